"""Credit what is said in a transcript to the voices that its reader found."""

from collections.abc import Iterable, Iterator

from claimx.records import Document
from claimx.segment.attribution import AttributedSentence

VOICES = "voices"
"""Metadata key: the names that stand before a colon where a voice begins."""
_BETWEEN = "; "
_PARAGRAPH = "\n\n"


def join_voices(voices: Iterable[str]) -> str:
    """Join the names of *voices*, each once, as metadata."""
    return _BETWEEN.join(dict.fromkeys(voices))


def credit_voices(
    document: Document, attributed: Iterable[AttributedSentence]
) -> Iterator[AttributedSentence]:
    """
    Yield each of *attributed*, with the voice of its paragraph as speaker if it names none.

    *lead* of the sentence that begins with the name is the length of that and the colon.
    """
    voices = [f"{name}: " for name in document.metadata.get(VOICES, "").split(_BETWEEN) if name]
    text = document.text
    begin, end = 0, text.find(_PARAGRAPH)
    for one in attributed:
        start = one.sentence.span.start
        while 0 <= end < start:
            begin = end + len(_PARAGRAPH)
            end = text.find(_PARAGRAPH, begin)
        label = next((name for name in voices if text.startswith(name, begin)), None)
        if label is None:
            yield one
        else:
            lead = len(label) if begin == start else 0
            yield one._replace(speaker=one.speaker or label[:-2], lead=lead)
