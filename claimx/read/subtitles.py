"""Subtitles and transcripts: SRT and WebVTT, captions joined to paragraphs, with times."""

import io
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from claimx.errors import InputError
from claimx.read.decode import decode_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions
from claimx.segment.voices import VOICES, join_voices

if TYPE_CHECKING:
    from webvtt import Caption

# A pause of this many seconds begins a paragraph.
_PAUSE_S = 3.0
_TIMED = re.compile(r"^[ \t]*\d[\d:.,]*[ \t]*-{1,2}>", re.MULTILINE)
_ENDS = (".", "!", "?", "…", "”", '"')
# Codes for place and look, which players follow and do not show: "{\an8}".
_CODES = re.compile(r"\{\\[^{}\n]{0,200}\}")
# Songs, and sounds in brackets: between sentences, or in capitals. "He met [the mayor]" stays.
_SONG = re.compile(r"[♪♫][^♪♫]*[♪♫]?")
_SOUND = re.compile(
    r"(?:(?<=[.!?…:>]\s)|(?<=[.!?…])|^[ \t]*(?:(?:-|–|—|>+)[ \t]*)?)"
    r"(?:\[[^\[\]]{1,80}\]|\([^()]{1,80}\)(?=\s*$))(?=\s*$|\s+[^a-z\s])(?!:)"
    r"|\[[A-Z][A-Z ,.'’-]{2,60}\]",
    re.MULTILINE,
)
# Another speaker: a dash or arrows before a capital, a name in capitals with a colon.
_TURN = re.compile(r"\s*(?:>{2,}|[-–—](?=\s*[\"“‘'¿¡]?[^\W\d_a-z]))\s*")
_LABEL = re.compile(r"([A-Z][A-Z0-9 .'’&/-]{0,38}[A-Z0-9.]):\s+")


def read_subtitles(file: File, options: ReadOptions) -> Iterator[Article]:
    """
    Read captions as text; a pause after a sentence, or another speaker, begins a paragraph.

    Songs, and sounds in brackets, are left out. A paragraph begins with the name of its
    speaker, if that is known; the names are in the metadata, too.

    *times* of the article maps offsets to the start of their captions.

    Raises:
        InputError: If there are no captions.
    """
    text, encoding = decode_text(file, options.encoding)
    parts: list[str] = []
    times: list[tuple[int, int]] = []
    voices: list[str] = []
    length, before = 0, None
    for spoken in _list_spoken(_read_captions(file, text)):
        lead = _separate(before, spoken)
        words = f"{spoken.voice}: {spoken.words}" if spoken.voice and lead != " " else spoken.words
        if spoken.voice:
            voices.append(spoken.voice)
        if before is None or before.start != spoken.start:
            times.append((length + len(lead), round(1000 * _count_seconds(spoken.start))))
        parts += lead, words
        length += len(lead) + len(words)
        before = spoken
    if before is None:
        raise InputError(f"{file.name}: no captions in it. Save its text as .txt.")
    known = {VOICES: join_voices(voices)} if voices else {}
    metadata = encoding.metadata | known
    yield Article("".join(parts) + "\n", metadata=metadata, times=tuple(times))


class _Spoken(NamedTuple):
    """Words of a caption; *is_turn* if they are marked as another speaker's."""

    words: str
    voice: str | None
    is_turn: bool
    start: str
    end: str


def _list_spoken(captions: "Iterable[Caption]") -> Iterator[_Spoken]:
    """Yield what is said in *captions*, by speaker, without songs and sounds."""
    voice = None
    for caption in captions:
        said = _SOUND.sub(" ", _SONG.sub(" ", _CODES.sub("", unescape(caption.text))))
        turns: list[tuple[bool, list[str]]] = [(False, [])]
        for line in said.splitlines():
            turn = _TURN.match(line)
            label = _LABEL.match(line, turn.end() if turn else 0)
            if turn or label:
                turns.append((True, []))
            turns[-1][1].append(line[turn.end() :] if turn else line)
        for is_turn, lines in turns:
            words = " ".join(" ".join(lines).split())
            label = _LABEL.match(words)
            if label:
                voice, words = label[1], words[label.end() :]
            elif is_turn:
                voice = None
            if words:
                yield _Spoken(words, caption.voice or voice, is_turn, caption.start, caption.end)


def _read_captions(file: File, text: str) -> "list[Caption]":
    from webvtt import from_buffer
    from webvtt.errors import MalformedFileError

    kind = "vtt" if text.lstrip("\ufeff").startswith("WEBVTT") else "srt"
    try:
        captions = from_buffer(io.StringIO(text), format=kind).captions
    except MalformedFileError as exc:
        raise InputError(f"{file.name}: broken {kind.upper()} ({exc}). Save it anew.") from exc
    timed = len(_TIMED.findall(text))
    if len(captions) < timed:
        raise InputError(
            f"{file.name}: {timed - len(captions)} of {timed} time lines cannot be read. Mend "
            "them, as 00:01:13,000 --> 00:01:15,000."
        )
    return list(captions)


def _separate(before: _Spoken | None, spoken: _Spoken) -> str:
    """Return what stands between two things said: another speaker begins a paragraph."""
    if before is None:
        return ""
    pause_s = _count_seconds(spoken.start) - _count_seconds(before.end)
    ended = before.words.endswith(_ENDS)
    another = spoken.is_turn or spoken.voice != before.voice
    return "\n\n" if another or (ended and pause_s >= _PAUSE_S) else " "


def _count_seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
