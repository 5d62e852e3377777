"""
Read claims without a language model: one of every sentence that states something.

The claim is the sentence itself, so its quote is exact by construction. Who
says it and how it is meant are read from the words by rule; a pronoun is left
as it is and flagged, never filled in.
"""

import re
from collections.abc import Iterator

from claimx.attribution import hear_sentences, judge_modality
from claimx.plain import states_something, strip_marker, word_sentence
from claimx.pointing import find_opening
from claimx.records import Alignment, Claim, Document, Flag, Modality, Span, content_id
from claimx.sentences import cut_sentences

_INNER_QUOTE = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]?")


def extract_sentences(document: Document) -> tuple[Claim, ...]:
    """
    Make a claim of every sentence of *document* that states something checkable.

    Claims stand in the order of the text. Each one's quote is the slice at its
    span. Left out: furniture, adverts, labels, questions, requests, and lines
    that state nothing. A quotation of several sentences makes a claim of each.
    """
    return tuple(_read_claims(document))


def _read_claims(document: Document) -> Iterator[Claim]:
    for heard in hear_sentences(document.text):
        sentence = heard.sentence
        words = sentence.span.slice(document.text)
        if not states_something(words, sentence.kind, listed=heard.listed):
            continue
        for start, end in _cut_statements(words):
            span = Span(start=sentence.span.start + start, end=sentence.span.start + end)
            text = word_sentence(words[start:end], sentence.kind, heard.header)
            modality = judge_modality(text, heard.speaker, heard.verb)
            yield _make_claim(document, span, text, heard.speaker, modality)


def _cut_statements(words: str) -> Iterator[tuple[int, int]]:
    """Cut *words* where a sentence ends inside a quotation, without a list marker in front."""
    start = len(words) - len(strip_marker(words))
    for quote in _INNER_QUOTE.finditer(words, start):
        parts = cut_sentences(quote[1])
        if any(right - left < 15 for left, right in parts):
            continue
        for _, right in parts[:-1]:
            yield start, quote.start(1) + right
            start = quote.start(1) + right
            start += len(words[start:]) - len(words[start:].lstrip())
    yield start, len(words)


def _make_claim(
    document: Document, span: Span, text: str, speaker: str | None, modality: Modality
) -> Claim:
    opening = find_opening(text)
    flag = Flag(kind="wording", message=f"{opening!r} is not resolved") if opening else None
    return Claim(
        id=content_id(document.id, text, f"{span.start}:{span.end}"),
        document_id=document.id,
        text=text,
        quote=span.slice(document.text),
        alignment=Alignment(status="exact", spans=(span,), score=1.0),
        speaker=speaker,
        modality=modality,
        flags=(flag,) if flag else (),
    )
