"""Subtitles and transcripts: SRT and WebVTT, captions joined to paragraphs, times kept."""

import io
from collections.abc import Iterator
from itertools import pairwise

from claimx.errors import InputError
from claimx.read.decode import decode_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

# A pause of so many seconds begins a paragraph.
_PAUSE_S = 3.0
_ENDS = (".", "!", "?", "…", "”", '"')


def read_subtitles(file: File, options: ReadOptions) -> Iterator[Article]:
    """
    Read captions as a text: a paragraph ends with a sentence before a pause or another speaker.

    *times* of the article says when the caption begins that each offset is of.

    Raises:
        InputError: If there are no captions.
    """
    import webvtt

    text, encoding = decode_text(file, options.encoding)
    kind = "vtt" if text.lstrip("\ufeff").startswith("WEBVTT") else "srt"
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=kind).captions
    except webvtt.errors.MalformedFileError as exc:
        raise InputError(f"{file.name}: no {kind.upper()} captions ({exc}). Save them anew.") from exc
    kept = [one for one in captions if one.text.strip()]
    if not kept:
        raise InputError(f"{file.name}: no captions in it. Save its text as .txt.")
    parts: list[str] = []
    times: list[tuple[int, int]] = []
    length = 0
    for before, caption in pairwise([None, *kept]):
        voiced = caption.voice and (before is None or before.voice != caption.voice)
        words = " ".join(caption.text.split())
        if before is not None:
            pause = _seconds(caption.start) - _seconds(before.end)
            ended = before.text.rstrip().endswith(_ENDS)
            parts.append("\n\n" if voiced or (ended and pause >= _PAUSE_S) else "\n")
            length += len(parts[-1])
        times.append((length, round(1000 * _seconds(caption.start))))
        parts.append(f"{caption.voice}: {words}" if voiced else words)
        length += len(parts[-1])
    yield Article("".join(parts) + "\n", metadata=encoding.metadata, times=tuple(times))


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
