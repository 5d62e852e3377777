"""
Show a model the whole article, and ask about one block of its sentences at a time.

All requests about an article begin with the same bytes, and those about all
articles with the same instructions and schema, so that a server can cache them.
A document that is too long to be shown whole comes in parts; the model lists the
people and things that each part introduces, for the parts after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from claimx.extract.answers import Numbered, complete_answer, read_answer
from claimx.extract.proposals import (
    Model,
    Words,
    ask_prompt,
    show_sentence,
)
from claimx.llm.prompts import Prompt, show_line
from claimx.records import Document, DocumentResult, Modality, Segment, Sentence
from claimx.segment.parsed import ParsedDocument, parse_document
from claimx.segment.sentences import NOT_EXTRACTED

Shown = dict[str, Any]

# Opening sentences that are repeated with later parts: where, when and who it is about.
_LEAD = 3
# Most names carried to later parts: of a book's characters, the first to appear.
_MAX_NAMES = 60


class _Claim(BaseModel):
    """A fact that the article states."""

    model_config = ConfigDict(extra="forbid")

    sentences: Annotated[list[int], Field(min_length=1, description="Numbers of its sentences.")]
    quote: Annotated[Words, Field(description="The words that state it, copied exactly.")]
    claim: Annotated[Words, Field(description="The fact as a sentence understood alone.")]
    speaker: Annotated[str | None, Field(description="Who says it; null if nobody is named.")]
    modality: Annotated[Modality, Field(description="How firmly it is said.")]


class Answer(BaseModel):
    """The facts that the sentences asked about state."""

    model_config = ConfigDict(extra="forbid")

    claims: Annotated[list[_Claim], Field(description="One entry for each single fact.")]


class AnswerWithNames(Answer):
    """The facts that the sentences asked about state, and whom and what they introduce."""

    names: Annotated[list[str], Field(description="Each as “full name: what it is”.")]


@dataclass(frozen=True)
class Article:
    """The strategy that shows the whole article and asks for the claims of a block of sentences."""

    prompt: Prompt

    @property
    def label(self) -> str:
        """Return the prompt's name, version and hash."""
        return self.prompt.label

    async def extract(
        self, model: Model, document: Document | ParsedDocument, segment: Segment
    ) -> DocumentResult:
        """
        Ask *model* for the claims of *segment*, whose context is everything that is shown.

        The sentences that a truncated answer did not reach are asked about again.

        Raises:
            ModelError: As the model raises it; a missing recording names the segment.
        """
        parsed = parse_document(document)
        place = parsed.document, segment
        numbered = _number(segment)
        more = segment.part + 1 < segment.parts
        schema = AnswerWithNames if more else Answer
        values = _show(parsed, segment, numbered) | {"more": more}
        answer = await ask_prompt(model, self.prompt, values, schema, place)
        found = read_answer(answer, _Claim, place, numbered)
        if isinstance(answer.value, AnswerWithNames):
            found = found.model_copy(update={"names": tuple(answer.value.names)})

        async def ask(part: tuple[Sentence, ...]) -> DocumentResult:
            rest = segment.model_copy(update={"sentences": part})
            return await self.extract(model, parsed, rest)

        return await complete_answer(answer, found, segment, ask)


def join_names(found: Iterable[DocumentResult]) -> tuple[str, ...]:
    """Join the names in *found* for later prompts: in order, each once, one on a line."""
    named: dict[str, str] = {}
    for name in chain.from_iterable(one.names for one in found):
        line = show_line(name)
        named.setdefault(line.casefold(), line)
    return tuple(filter(None, named.values()))[:_MAX_NAMES]


def _number(segment: Segment) -> Numbered:
    """Number the sentences that are shown and may be asked about, from 1."""
    shown = (one for one in segment.context if one.kind not in NOT_EXTRACTED)
    return dict(enumerate(shown, start=1))


def _show(parsed: ParsedDocument, segment: Segment, numbered: Numbered) -> dict[str, Any]:
    document = parsed.document
    numbers = {sentence.index: number for number, sentence in numbered.items()}
    return {
        "title": show_line(document.title or ""),
        "outlet": show_line(document.outlet or ""),
        "date": show_line(document.date or ""),
        "lead": _show_lead(parsed) if segment.part else [],
        "names": list(segment.names),
        "sentences": list(_list_sentences(document, segment, numbered)),
        "asked": _list_ranges([numbers[sentence.index] for sentence in segment.sentences]),
    }


def _list_sentences(document: Document, segment: Segment, numbered: Numbered) -> Iterator[Shown]:
    """Yield the sentences to show; a headline is a heading only before all prose."""
    numbers = {sentence.index: number for number, sentence in numbered.items()}
    begun = segment.part > 0
    for sentence in segment.context:
        begun = begun or sentence.kind == "prose"
        text = show_sentence(sentence, document)
        label = sentence.kind == "label"
        yield {
            "number": numbers.get(sentence.index),
            "headline": sentence.kind == "heading" and not begun,
            "label": label,
            "text": text.lstrip("# ") if label else text,
        }


def _show_lead(parsed: ParsedDocument) -> list[str]:
    """Return the opening sentences of the document."""
    prose = [one for one in parsed.sentences if one.kind == "prose"]
    return [show_sentence(sentence, parsed.document) for sentence in prose[:_LEAD]]


def _list_ranges(numbers: Sequence[int]) -> str:
    """
    Format ascending *numbers* as ranges.

    >>> _list_ranges([1, 2, 3, 7, 9, 10])
    '1 to 3, 7, 9 to 10'
    """
    return ", ".join(
        str(first) if first == last else f"{first} to {last}"
        for first, last in _join_neighbours(numbers)
    )


def _join_neighbours(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number > last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
