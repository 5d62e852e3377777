"""Group the sentences of a document into segments for a language model."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from claimx.language.lexicon import any_of
from claimx.language.sentence_ends import ends_sentence
from claimx.records import Document, Segment, Sentence
from claimx.segment.layout import name_boilerplate
from claimx.segment.parsed import ParsedDocument, parse_document
from claimx.segment.sentences import NOT_EXTRACTED
from claimx.settings import Settings

# English text has about four characters per token in common tokenizers. Other scripts have
# fewer, so their segments have more tokens than asked for.
_CHARACTERS_PER_TOKEN = 4
# Sentences before a segment that are sent along as context.
_CONTEXT_SENTENCES = 2
# How many sentences back context is searched for, boilerplate included.
_CONTEXT_REACH = 12
# Documents up to this length are shown whole: 2,500 words of English, more than most news. With
# the instructions and the longest answer it fits the 16,384 tokens common on local servers.
_PART_TOKENS = 4000
# A longer line is no byline, dateline or date.
_MAX_PAGE_LINE = 150
_PUBLISHED = re.compile(any_of("boilerplate.published") + r"\b", re.IGNORECASE)


def _measure(sentence: Sentence) -> int:
    """Estimate the tokens of *sentence*."""
    return -(-(sentence.span.end - sentence.span.start) // _CHARACTERS_PER_TOKEN)


def _group_sentences(
    sentences: Iterable[Sentence], max_tokens: int
) -> Iterator[tuple[Sentence, ...]]:
    """Fill segments up to *max_tokens*; start them at labels where that costs little room."""
    group: list[Sentence] = []
    used = 0
    for sentence in sentences:
        size = _measure(sentence)
        # A gap is a label: start a segment there rather than run across it.
        across = group and sentence.index - group[-1].index > 1 and used > max_tokens // 2
        if group and (across or used + size > max_tokens):
            yield tuple(group)
            group, used = [], 0
        group.append(sentence)
        used += size
    if group:
        yield tuple(group)


def _gather_context(
    sentences: Sequence[Sentence], group: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """Collect the sentences before and between those of *group* that help to read them."""
    first, last = group[0].index, group[-1].index
    before: list[Sentence] = []
    for sentence in reversed(sentences[max(0, first - _CONTEXT_REACH) : first]):
        label = sentence.kind == "label" and not any(each.kind == "label" for each in before)
        told = sum(each.kind != "label" for each in before)
        if label or (sentence.kind not in NOT_EXTRACTED and told < _CONTEXT_SENTENCES):
            before.insert(0, sentence)
    between = (each for each in sentences[first:last] if each.kind == "label")
    return (*before, *between)


def segment_document(document: Document | ParsedDocument, max_tokens: int) -> tuple[Segment, ...]:
    """
    Group the sentences of *document* into segments of at most *max_tokens* each.

    Boilerplate, adverts and labels are left out of a segment's sentences, so the
    numbers of its sentences may have gaps. Its context holds the two sentences
    before it, and the labels (section headings, list leads, table headers)
    before and between its sentences. Only a single sentence of more than
    *max_tokens* (never over 300) makes a larger segment. Tokens are estimated.
    """
    parsed = parse_document(document)
    sentences = parsed.sentences
    extracted = (each for each in sentences if each.kind not in NOT_EXTRACTED)
    return tuple(
        Segment(
            document_id=parsed.document.id,
            index=index,
            sentences=group,
            context=_gather_context(sentences, group),
        )
        for index, group in enumerate(_group_sentences(extracted, max_tokens))
    )


def isolate_sentences(parsed: ParsedDocument, wanted: Iterable[Sentence]) -> tuple[Segment, ...]:
    """Make one segment, with context, of each sentence of *parsed* in *wanted*."""
    return tuple(
        Segment(
            document_id=parsed.document.id,
            index=sentence.index,
            sentences=(sentence,),
            context=_gather_context(parsed.sentences, (sentence,)),
        )
        for sentence in wanted
    )


def cut_article(
    document: Document | ParsedDocument, max_tokens: int, wanted: Iterable[Sentence] | None = None
) -> tuple[tuple[Segment, ...], ...]:
    """
    Cut *document* into segments of about *max_tokens* that together show all of it.

    They come in rounds, to be asked about one after the other. The first segment
    of a part precedes its others, so that the server has cached by then what they
    share. A document of more than 4,000 tokens is shown in parts, which begin at
    labels (section headings) where that costs little room.

    Args:
        document: What to cut.
        max_tokens: Tokens of the sentences asked about at a time; the blocks are about equal.
        wanted: The sentences to ask about; None means all that claims may be taken from.
    """
    parsed = parse_document(document)
    sentences = parsed.sentences
    parts = [
        part
        for part in _cut_parts(_list_shown(parsed.text, sentences))
        if any(each.kind not in NOT_EXTRACTED for each in part)
    ]
    chosen = {each.index for each in (sentences if wanted is None else wanted)}
    rounds: list[tuple[Segment, ...]] = []
    for number, part in enumerate(parts):
        asked = [one for one in part if one.kind not in NOT_EXTRACTED and one.index in chosen]
        blocks = [
            Segment(
                document_id=parsed.document.id,
                index=sum(map(len, rounds)) + at,
                sentences=block,
                context=part,
                part=number,
                parts=len(parts),
            )
            for at, block in enumerate(_cut_evenly(asked, max_tokens))
        ]
        rounds += [tuple(group) for group in (blocks[:1], blocks[1:]) if group]
    return tuple(rounds)


def _cut_parts(shown: Iterable[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """Cut the sentences *shown* of a document into parts, preferably at labels and headings."""
    part: list[Sentence] = []
    used = 0
    for sentence in shown:
        size = _measure(sentence)
        section = sentence.kind in ("label", "heading") and used > _PART_TOKENS // 2
        if part and (section or used + size > _PART_TOKENS):
            yield tuple(part)
            part, used = [], 0
        part.append(sentence)
        used += size
    if part:
        yield tuple(part)


def _cut_evenly(sentences: Sequence[Sentence], max_tokens: int) -> list[tuple[Sentence, ...]]:
    """Cut *sentences* into the fewest blocks of about *max_tokens*, about equal in size."""
    total = sum(map(_measure, sentences))
    blocks = -(-total // max_tokens)
    places, before = [], 0
    for sentence in sentences:
        size = _measure(sentence)
        places.append((2 * before + size) * blocks // (2 * total))
        before += size
    pairs = groupby(zip(places, sentences, strict=True), key=lambda pair: pair[0])
    return [tuple(sentence for _, sentence in group) for _, group in pairs]


def _list_shown(text: str, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield what a reader of the article sees: no adverts and no boilerplate."""
    for sentence in sentences:
        words = sentence.span.slice(text)
        if sentence.kind == "advert" or (sentence.kind == "furniture" and not _places(words)):
            continue
        yield sentence


def _places(words: str) -> bool:
    """Return whether boilerplate gives the author, place or time: a byline, dateline or date."""
    if len(words) > _MAX_PAGE_LINE:
        return False
    name = name_boilerplate(words)
    if name == "field of the page":
        return _PUBLISHED.match(words) is not None
    return name in ("byline", "date") if name else not ends_sentence(words)


def cut_document(
    document: Document | ParsedDocument, settings: Settings
) -> tuple[tuple[Segment, ...], ...]:
    """Cut *document* into rounds of segments, as the strategy of *settings* requires."""
    if settings.strategy == "article":
        return cut_article(document, settings.segment_tokens)
    return (segment_document(document, settings.segment_tokens),)


def cut_again(
    document: Document | ParsedDocument, settings: Settings, wanted: Sequence[Sentence]
) -> tuple[tuple[Segment, ...], ...]:
    """Cut *document* so as to ask again about the sentences *wanted* only."""
    if settings.strategy == "article":
        return cut_article(document, settings.segment_tokens, wanted)
    return (isolate_sentences(parse_document(document), wanted),)
