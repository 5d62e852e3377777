"""
Separate a model's answer from its thinking.

Reasoning models write their thinking before the answer, in tags of their own,
with drafts of the answer in it. The opening tag may be missing (it was part of
the prompt), and so may the closing one (the answer was cut off).
"""

import json
import re
from typing import NamedTuple

_NAMES = r"(?:think|thinking|thought|thoughts|reason|reasoning|reflection|scratchpad)"
# Qwen, DeepSeek and many others; Magistral; Kimi; OpenThinker; gpt-oss; a fence.
_OPENING = (
    rf"<{_NAMES}\b[^<>]*>|\[THINK\]|◁think▷|<\|begin_of_thought\|>"
    rf"|<\|channel\|>(?:analysis|commentary)\b[^<>]*<\|message\|>|```{_NAMES}\b"
)
_CLOSING = (
    rf"</{_NAMES}\s*>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>"
    r"|<\|channel\|>final\b[^<>]*<\|message\|>"
)
_FENCE_END = r"^\s*```\s*$"
_MARK = re.compile(rf"(?P<object>\{{)|(?P<opening>{_OPENING})|(?P<closing>{_CLOSING})", re.I)
_END = re.compile(_CLOSING, re.I)
_END_OF_FENCE = re.compile(rf"{_CLOSING}|{_FENCE_END}", re.I | re.M)
_DECODER = json.JSONDecoder(strict=False)
_WORK = 16  # most passes over an answer to find the objects in it


class Spoken(NamedTuple):
    """The text outside the thinking, and the JSON *objects* in it, in order."""

    text: str
    objects: tuple[str, ...]

    @property
    def last_words(self) -> str | None:
        """The last object, if only a closing fence follows it."""
        ends = self.objects and self.text.rstrip("` \n\r\t").endswith(self.objects[-1])
        return self.objects[-1] if ends else None


def part_thinking(text: str) -> Spoken:
    """
    Separate the answer in *text* from the thinking.

    A tag inside a JSON object does not count, and an object in the thinking is a
    draft. Everything before an unopened closing tag is thinking, and so is
    everything after an unclosed opening tag.

        >>> part_thinking('<think>Say {"a": 1}?</think>{"a": 2}').objects
        ('{"a": 2}',)
    """
    pieces: list[str] = []
    objects: list[str] = []
    at, work = 0, _WORK * len(text)
    while mark := _MARK.search(text, at):
        pieces.append(text[at : mark.start()])
        at = mark.end()
        if mark["object"]:
            work -= len(text) - mark.start()
            end = _find_end(text, mark.start()) if work >= 0 else None
            if end is not None:
                work += len(text) - end  # each is read once: whole objects never overlap
                objects.append(text[mark.start() : end])
                at = end
            pieces.append(text[mark.start() : at])
        elif mark["closing"]:
            pieces, objects = [], []
        else:
            closing = (_END_OF_FENCE if mark[0].startswith("`") else _END).search(text, at)
            at = closing.end() if closing else len(text)
    return Spoken("".join((*pieces, text[at:])).strip(), tuple(objects))


def _find_end(text: str, start: int) -> int | None:
    """Return the end of the JSON object that begins at *start*, if there is one."""
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None
