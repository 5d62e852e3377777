"""
Read chat completions leniently: servers omit fields, invent values and mix up types.

Direct answers, batch results and cached answers are read by the same rules.
Nothing that a server sends can raise here; what is no completion returns None.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from claimx.llm.drafts import Spoken, part_thinking
from claimx.records import Usage

_LATEST = 10**11  # seconds: the year 5138; a larger number has a finer unit
_DEEPEST = 64  # levels of JSON; answers have ten
_MOST_TOKENS = 10**10  # a larger number is no count
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)  # a second in s, ms, µs, ns
_CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_THINKING = ("reasoning_content", "reasoning", "thinking")  # fields beside the content


@dataclass(frozen=True)
class Completion:
    """
    An answer of a model: *raw* is the body as received, the rest is read from it.

    *calls* are the arguments of the tools called, as JSON. *thinking* is the
    reasoning sent beside the content, not in it. *finish* is the reason it ended, in
    lower case. *error* is the server's own, if it sent one with the answer.
    """

    raw: dict[str, Any] = field(repr=False)
    text: str
    calls: tuple[str, ...] = ()
    thinking: str = ""
    refusal: str | None = None
    finish: str = ""
    error: Any = None
    usage: Usage = field(default_factory=lambda: Usage(answers=1))
    created: int | None = None

    @cached_property
    def spoken(self) -> Spoken:
        """The text without its thinking, and the objects in it."""
        return part_thinking(self.text)

    @property
    def cut_off(self) -> bool:
        """Whether the answer ended at a limit of tokens."""
        return self.finish in _CUT_OFF


def read_json(content: bytes) -> Any:
    """Parse the body of an answer as JSON; None if it is not JSON."""
    try:
        answer: Any = _join_events(content) or json.loads(content)
        answer = json.loads(answer) if isinstance(answer, str) else answer
    except (ValueError, RecursionError):
        return None
    if _is_deep(answer, _DEEPEST):
        return None
    alone = isinstance(answer, list) and len(answer) == 1
    return answer[0] if alone else answer


def _join_events(content: bytes) -> dict[str, Any] | None:
    """Join the events of a server that streams without being asked to."""
    if not content.lstrip().startswith((b"data:", b"event:", b":")):
        return None
    lines = (line[5:].strip() for line in content.splitlines() if line.startswith(b"data:"))
    events: list[dict[str, Any]] = [json.loads(line) for line in lines if line.startswith(b"{")]
    whole: dict[str, Any] = {}
    message: dict[str, Any] = {}
    finish: Any = None
    for event in events:
        whole |= {name: value for name, value in event.items() if value is not None}
        choice = _read_choice(event)
        finish = choice.get("finish_reason") or finish
        _add_delta(message, choice.get("delta") or choice.get("message"))
    return whole | {"choices": [{"message": message, "finish_reason": finish}]} if events else None


def _add_delta(message: dict[str, Any], delta: Any) -> None:
    """Add an event's changes to *message*: texts are appended, other values replaced."""
    for name, value in delta.items() if isinstance(delta, dict) else ():
        before = message.get(name)
        goes_on = isinstance(before, str) and isinstance(value, str) and name != "role"
        message[name] = f"{before}{value}" if goes_on else value or before


def _read_choice(body: dict[str, Any]) -> dict[str, Any]:
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if isinstance(choice, dict) else {}


def _is_deep(value: Any, levels: int) -> bool:
    """Return whether *value* is nested too deeply to be an answer or to be walked safely."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(one, levels - 1) for one in inner)


def parse_completion(answer: Any) -> Completion | None:
    """Read *answer*, parsed JSON; None if it is no completion."""
    choice = _read_choice(answer) if isinstance(answer, dict) else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        return None
    refusal, finish = message.get("refusal"), choice.get("finish_reason")
    return Completion(
        raw=answer,
        text=_read_content(message.get("content")),
        calls=tuple(_list_calls(message)),
        thinking=next(filter(None, (_read_content(message.get(n)) for n in _THINKING)), ""),
        refusal=mend_text(refusal) if isinstance(refusal, str) and refusal else None,
        finish=finish.lower() if isinstance(finish, str) else "",
        error=choice.get("error") or answer.get("error"),
        usage=_read_usage(answer.get("usage")),
        created=_read_time(answer.get("created")),
    )


def _read_content(content: Any) -> str:
    """Read the text of a message: a string, an object, or parts, some of which are thinking."""
    match content:
        case str():
            return mend_text(_unwrap(content))
        case list():
            return "".join(map(_read_part, content))
        case dict() if "text" in content or "type" in content:
            return _read_part(content)
        case dict():
            return _dump(content)
    return ""


def _read_part(part: Any) -> str:
    if isinstance(part, str):
        return mend_text(part)
    kind = part.get("type", "text") if isinstance(part, dict) else None
    if not isinstance(kind, str) or not kind.endswith("text"):  # text, output_text; not thinking
        return ""
    text = part.get("text")
    return _read_content(text.get("value") if isinstance(text, dict) else text)


def _list_calls(message: dict[str, Any]) -> Iterator[str]:
    """List the arguments of the tools called; older servers call one function."""
    calls = message.get("tool_calls")
    functions = (
        [call.get("function") for call in calls if isinstance(call, dict)]
        if isinstance(calls, list)
        else []
    )
    for function in (*functions, message.get("function_call")):
        arguments = function.get("arguments") if isinstance(function, dict) else None
        if isinstance(arguments, str) and arguments.strip():
            yield mend_text(_unwrap(arguments))
        elif isinstance(arguments, dict):
            yield _dump(arguments)


def _dump(value: Any) -> str:
    return mend_text(json.dumps(value, ensure_ascii=False))


def _unwrap(text: str) -> str:
    """Decode *text* that is itself a JSON string."""
    if text[:1] != '"':
        return text
    with suppress(ValueError):
        inner = json.loads(text)
        return inner if isinstance(inner, str) else text
    return text


def mend_text(text: str) -> str:
    r"""
    Replace lone surrogates, which no file or request can hold.

    >>> mend_text("caf\udce9")
    'caf?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def _read_usage(usage: Any) -> Usage:
    """Read the tokens that an answer cost; an invalid count is 0."""
    counts = usage if isinstance(usage, dict) else {}
    return Usage(
        answers=1,
        tokens_in=_read_count(counts, "prompt_tokens"),
        tokens_out=_read_count(counts, "completion_tokens"),
        tokens_cached=_read_count(counts.get("prompt_tokens_details"), "cached_tokens"),
    )


def _read_count(counts: Any, name: str) -> int:
    number = counts.get(name) if isinstance(counts, dict) else None
    if isinstance(number, bool) or not isinstance(number, int | float):
        return 0
    return int(number) if 0 < number < _MOST_TOKENS else 0


def _read_time(created: Any) -> int | None:
    """Read when an answer was made, in seconds since 1970, whatever the server's unit."""
    if isinstance(created, bool) or not isinstance(created, int | float):
        return None
    if not 0 < created < _LATEST * _UNITS[-1]:
        return None
    return next(int(created / unit) for unit in _UNITS if created < _LATEST * unit) or None
