"""
Extract claims without a language model: one from every sentence that states something.

The claim is the sentence itself, so its quote is exact by construction. Its
speaker and modality are left to the rules of `credit`; a pronoun is kept, never
resolved.
"""

import re
from collections.abc import Iterator

from claimx.extract.proposals import Model
from claimx.language.lexicon import any_of
from claimx.language.quotations import INNER_QUOTED, blank_quotations
from claimx.language.sentence_ends import ends_sentence
from claimx.language.words import is_statement
from claimx.records import Document, DocumentResult, Proposal, Segment, Span
from claimx.segment.attribution import AttributedSentence
from claimx.segment.parsed import ParsedDocument, parse_document
from claimx.segment.sentences import cut_sentences
from claimx.segment.statements import states_something, strip_marker, word_sentence

_SUBJECT = any_of("function_words.subjects_of_statements")
_JOINT = re.compile(
    rf";\s+(?:{any_of('function_words.and_or_but')}\s+)?(?=[A-Z]|{_SUBJECT} )"
    rf"|,\s+{any_of('function_words.joins_of_statements')}\s+"
    rf"(?=[A-Z]|{any_of('function_words.definite')} |"
    rf"{any_of('function_words.indefinite')} [a-z]+ [a-z]+)"
)


class Extractive:
    """The strategy that asks no model."""

    label = ""

    async def extract(
        self,
        model: Model,  # noqa: ARG002  # other strategies ask it
        document: Document | ParsedDocument,
        segment: Segment,
    ) -> DocumentResult:
        """Propose what the sentences of *segment* state."""
        return DocumentResult(proposals=propose_sentences(parse_document(document), segment))


def propose_sentences(parsed: ParsedDocument, segment: Segment) -> tuple[Proposal, ...]:
    """
    Propose every sentence of *segment* that makes a checkable statement.

    Proposals come in the order of the text, and each one's quote is the slice at
    its span. Questions, requests and fragments are left out. A quotation of
    several sentences becomes one proposal for each.
    """
    return tuple(_list_proposals(parsed, segment))


def _list_proposals(parsed: ParsedDocument, segment: Segment) -> Iterator[Proposal]:
    for sentence in segment.sentences:
        said = parsed.attributed_by_index[sentence.index]
        words = sentence.span.slice(parsed.text)
        if not states_something(words[said.lead :], sentence.kind, listed=said.listed):
            continue
        for start, end, is_clause in _cut_clauses(words, said):
            text = word_sentence(words[start:end], sentence.kind, said.header)
            yield Proposal(
                document_id=parsed.document.id,
                segment=segment.index,
                claim=_complete(text) if is_clause else text,
                quote=words[start:end],
                near=(sentence.span,),
                span=Span(start=sentence.span.start + start, end=sentence.span.start + end),
            )


def _cut_statements(words: str, lead: int) -> Iterator[tuple[int, int]]:
    """Cut *words* after *lead* and a list marker, where a sentence ends inside a quotation."""
    start = len(words) - len(strip_marker(words[lead:]))
    for quote in INNER_QUOTED.finditer(words, start):
        parts = cut_sentences(quote[1])
        if any(right - left < 15 for left, right in parts):
            continue
        for _, right in parts[:-1]:
            yield start, quote.start(1) + right
            start = quote.start(1) + right
            start += len(words[start:]) - len(words[start:].lstrip())
    yield start, len(words)


def _cut_clauses(words: str, said: AttributedSentence) -> Iterator[tuple[int, int, bool]]:
    """
    Cut *words* into statements; the third value of each is true if a clause was cut off.

    Cuts are made where sentences end, and at the first boundary between clauses
    where it is safe: a semicolon, "but" or "while" between two statements with
    subjects of their own, outside quotations, in a sentence without attribution.
    """
    whole = said.sentence.kind == "row" or said.speaker or said.verb
    for start, end in _cut_statements(words, said.lead):
        joint = None if whole else _find_joint(words[start:end])
        if joint is None:
            yield start, end, False
        else:
            yield start, start + joint[0], True
            yield start + joint[1], end, True


def _find_joint(statement: str) -> tuple[int, int] | None:
    """Find a clause boundary: the end of the first statement and the start of the second."""
    open_words = blank_quotations(statement)
    joints = (joint.span() for joint in _JOINT.finditer(open_words))
    return next(
        (
            (left, right)
            for left, right in joints
            if is_statement(open_words[:left]) and is_statement(open_words[right:])
        ),
        None,
    )


def _complete(clause: str) -> str:
    """Make a sentence of *clause*: a capital at the start, a full stop at the end."""
    ended = clause if ends_sentence(clause) else f"{clause}."
    return ended[0].upper() + ended[1:]
