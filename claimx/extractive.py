"""
Read claims without a language model: one of every sentence that states something.

The claim is the sentence itself, so its quote is exact by construction. Who
says it and how it is meant are read from the words by rule; a pronoun is left
as it is and flagged, never filled in.
"""

import re
from collections.abc import Iterator

from claimx.attribution import hear_sentences, judge_modality
from claimx.layout import ends_sentence
from claimx.records import Alignment, Claim, Document, Flag, Modality, Sentence, Span, content_id
from claimx.sentences import cut_sentences
from claimx.words import is_statement

_MIN_WORDS = 3

_MARKER = re.compile(r"(?:#{1,6}|>|[-*+•‣◦▪●·∙–—]|\(?\d{1,2}[.)])\s+")
_MARKUP = re.compile(r"\*{1,3}|__|(?<!`)`(?!`)|~~")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)")
_OPENING_PRONOUN = re.compile(
    r"[\"“‘'(]*((?:He|She|It|They|We|I|This|These|That|Those|His|Her|Its|Their|Our|My)(?![\w'’]))"
)
_INNER_QUOTE = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]?")
_REQUEST = re.compile(
    r"(?:please|thanks?\b|thank you|let us|let's|let’s|welcome to|click|don't|don’t|do not|never|"
    r"remember|imagine|consider this|see you|good luck|happy)\b",
    re.IGNORECASE,
)
# "It employs 300 people." has no verb that a list knows, and is no fragment.
_SHORT_STATEMENT = re.compile(r"(?:The|He|She|It|They|We|I)\b|.*\d")


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
        if not _is_checkable(words, sentence, listed=heard.listed):
            continue
        for start, end in _cut_statements(words):
            span = Span(start=sentence.span.start + start, end=sentence.span.start + end)
            text = _word_claim(words[start:end], sentence, heard.header)
            modality = judge_modality(text, heard.speaker, heard.verb)
            yield _make_claim(document, span, text, heard.speaker, modality)


def _is_checkable(words: str, sentence: Sentence, *, listed: bool) -> bool:
    """Tell whether *words* state something that could be looked up."""
    body = _strip_marker(words)
    if body.rstrip("\"”’'»)").endswith(("?", "？", "؟")) or _REQUEST.match(body):
        return False
    if sentence.kind in ("item", "row"):
        figures = sentence.kind == "row" and any(character.isdigit() for character in body)
        return listed or figures or is_statement(body, headline=True)
    count = len(body.split())
    if not body.isascii() and body.lower() == body.upper():
        return len(body) > 4  # scripts without spaces
    if count < _MIN_WORDS or count > 5:
        return count > 5
    return is_statement(body, headline=True) or (
        ends_sentence(body) and _SHORT_STATEMENT.match(body) is not None
    )


def _strip_marker(words: str) -> str:
    marker = _MARKER.match(words)
    return words[marker.end() :] if marker else words


def _cut_statements(words: str) -> Iterator[tuple[int, int]]:
    """Cut *words* where a sentence ends inside a quotation, without a list marker in front."""
    start = len(words) - len(_strip_marker(words))
    for quote in _INNER_QUOTE.finditer(words, start):
        parts = cut_sentences(quote[1])
        if any(right - left < 15 for left, right in parts):
            continue
        for _, right in parts[:-1]:
            yield start, quote.start(1) + right
            start = quote.start(1) + right
            start += len(words[start:]) - len(words[start:].lstrip())
    yield start, len(words)


def _word_claim(words: str, sentence: Sentence, header: str) -> str:
    """Word a claim: the sentence on one line, without markup; a row with its column names."""
    if sentence.kind == "row":
        return _word_row(words, header)
    plain = _MARKUP.sub("", _LINK.sub(r"\1", _strip_marker(words).replace("\n>", " ")))
    return _close_quotes(" ".join(plain.split())) or words


def _word_row(words: str, header: str) -> str:
    cells = [" ".join(cell.split()) for cell in words.strip("|").split("|")]
    if len(cells) == 2:
        return ": ".join(cells)
    names = [" ".join(name.split()) for name in header.strip("|").split("|")]
    if len(names) != len(cells):
        return "; ".join(cells)
    return "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True))


def _close_quotes(text: str) -> str:
    """Put back the quotation mark that cutting a quotation took off."""
    if text.count("“") > text.count("”"):
        return text + "”"
    if text.count("“") < text.count("”"):
        return "“" + text
    if text.count('"') % 2:
        at = text.index('"')
        opens = at + 1 < len(text) and (at == 0 or text[at - 1].isspace())
        return text + '"' if opens else '"' + text
    return text


def _make_claim(
    document: Document, span: Span, text: str, speaker: str | None, modality: Modality
) -> Claim:
    opening = _OPENING_PRONOUN.match(text)
    flag = (
        Flag(kind="wording", message=f"opens with {opening[1]!r}, not resolved")
        if opening
        else None
    )
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
