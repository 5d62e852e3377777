"""Subtitles and transcripts: SRT and WebVTT, captions joined to paragraphs, with times."""

import io
import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from claimx.errors import InputError
from claimx.read.decode import decode_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

if TYPE_CHECKING:
    from webvtt import Caption

# A pause of this many seconds begins a paragraph.
_PAUSE_S = 3.0
_TIMED = re.compile(r"^[ \t]*\d[\d:.,]*[ \t]*-{1,2}>", re.MULTILINE)
_ENDS = (".", "!", "?", "…", "”", '"')


def read_subtitles(file: File, options: ReadOptions) -> Iterator[Article]:
    """
    Read captions as text; a pause after a sentence, or another speaker, begins a paragraph.

    *times* of the article maps offsets to the start of their captions.

    Raises:
        InputError: If there are no captions.
    """
    text, encoding = decode_text(file, options.encoding)
    captions = _read_captions(file, text)
    parts: list[str] = []
    times: list[tuple[int, int]] = []
    length, before = 0, None
    for caption in captions:
        lead, words = _join(before, caption)
        times.append((length + len(lead), round(1000 * _count_seconds(caption.start))))
        parts += lead, words
        length += len(lead) + len(words)
        before = caption
    yield Article("".join(parts) + "\n", metadata=encoding.metadata, times=tuple(times))


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
    kept = [one for one in captions if one.text.strip()]
    if not kept:
        raise InputError(f"{file.name}: no captions in it. Save its text as .txt.")
    return kept


def _join(before: "Caption | None", caption: "Caption") -> tuple[str, str]:
    """Return the separator before *caption*, and its words; a new speaker is named."""
    words = " ".join(unescape(caption.text).split())
    is_new = caption.voice and (before is None or before.voice != caption.voice)
    if is_new:
        words = f"{caption.voice}: {words}"
    if before is None:
        return "", words
    pause_s = _count_seconds(caption.start) - _count_seconds(before.end)
    ended = before.text.rstrip().endswith(_ENDS)
    return "\n\n" if is_new or (ended and pause_s >= _PAUSE_S) else " ", words


def _count_seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
