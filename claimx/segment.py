"""Group the sentences of a document into segments for a language model."""

from collections.abc import Iterable, Iterator, Sequence

from claimx.records import Document, Segment, Sentence
from claimx.sentences import NOT_EXTRACTED, split_sentences

# English text has about four characters a token in the usual tokenizers; other scripts
# have fewer, so their segments come out larger than asked for.
_CHARACTERS_PER_TOKEN = 4
# Sentences before a segment that go along as context.
_CONTEXT_SENTENCES = 2
# How far back context is looked for, furniture included.
_CONTEXT_REACH = 12


def _measure(sentence: Sentence) -> int:
    """Estimate the tokens of *sentence*."""
    return -(-(sentence.span.end - sentence.span.start) // _CHARACTERS_PER_TOKEN)


def _group_sentences(
    sentences: Iterable[Sentence], max_tokens: int
) -> Iterator[tuple[Sentence, ...]]:
    """Fill segments up to *max_tokens*, starting them at labels where that is cheap."""
    group: list[Sentence] = []
    used = 0
    for sentence in sentences:
        size = _measure(sentence)
        # A gap is a label: better to begin a segment there than to run across it.
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
    """Gather what stands before and between the sentences of *group* and helps to read them."""
    first, last = group[0].index, group[-1].index
    before: list[Sentence] = []
    for sentence in reversed(sentences[max(0, first - _CONTEXT_REACH) : first]):
        label = sentence.kind == "label" and not any(each.kind == "label" for each in before)
        told = sum(each.kind != "label" for each in before)
        if label or (sentence.kind not in NOT_EXTRACTED and told < _CONTEXT_SENTENCES):
            before.insert(0, sentence)
    between = (each for each in sentences[first:last] if each.kind == "label")
    return (*before, *between)


def segment_document(document: Document, max_tokens: int) -> tuple[Segment, ...]:
    """
    Group the sentences of *document* into segments of at most *max_tokens* each.

    Furniture, adverts and labels are left out of a segment's sentences, so the
    numbers of its sentences may have gaps. Its context holds the two sentences
    before it, and the labels (section headings, list leads, table headers)
    before and between its sentences. Only a single sentence of more than
    *max_tokens* (never over 300) makes a larger segment. Tokens are estimated.
    """
    sentences = split_sentences(document.text)
    extracted = (each for each in sentences if each.kind not in NOT_EXTRACTED)
    return tuple(
        Segment(
            document_id=document.id,
            index=index,
            sentences=group,
            context=_gather_context(sentences, group),
        )
        for index, group in enumerate(_group_sentences(extracted, max_tokens))
    )


def isolate_sentences(document: Document, wanted: Iterable[Sentence]) -> tuple[Segment, ...]:
    """Make a segment of each sentence *wanted* of *document*, with its context."""
    sentences = split_sentences(document.text)
    return tuple(
        Segment(
            document_id=document.id,
            index=sentence.index,
            sentences=(sentence,),
            context=_gather_context(sentences, (sentence,)),
        )
        for sentence in wanted
    )
