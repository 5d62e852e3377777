"""Ask about a few sentences and their context: for models that a whole article confuses."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from claimx.extract.answers import complete_answer, read_answer
from claimx.extract.proposals import (
    Model,
    Words,
    ask_prompt,
    show_sentence,
)
from claimx.llm.prompts import Prompt, show_line
from claimx.records import Document, DocumentResult, Modality, Segment, Sentence
from claimx.segment.parsed import ParsedDocument, parse_document

_MAX_NAMES = 10
MAX_CLAIMS_PER_SENTENCE = 4  # limits loops of small models; the most seen in news is 4


@dataclass(frozen=True)
class Window:
    """The strategy that shows a segment with its context and asks for all its claims."""

    prompt: Prompt

    @property
    def label(self) -> str:
        """Return the prompt's name, version and hash."""
        return self.prompt.label

    async def extract(
        self, model: Model, document: Document | ParsedDocument, segment: Segment
    ) -> DocumentResult:
        """
        Ask *model* for the claims of *segment*.

        The sentences that a truncated answer did not reach are asked about again.

        Raises:
            ModelError: As the model raises it; a missing recording names the segment.
        """
        parsed = parse_document(document)
        place = parsed.document, segment
        claim_schema, schema = _answer_schema(len(segment.sentences))
        answer = await ask_prompt(model, self.prompt, _show(parsed, segment), schema, place)
        numbered = dict(enumerate(segment.sentences, start=1))
        found = read_answer(answer, claim_schema, place, numbered)

        async def ask(part: tuple[Sentence, ...]) -> DocumentResult:
            return await self.extract(model, parsed, _take_part(segment, part))

        return await complete_answer(answer, found, segment, ask)


@lru_cache(maxsize=64)
def _answer_schema(sentences: int) -> tuple[type[BaseModel], type[BaseModel]]:
    """
    Build the schemas of a claim and of an answer about this many numbered sentences.

    A model writes the fields in this order: it copies the quote first and
    words the claim from it.
    """
    numbers: Any = Literal[tuple(range(1, sentences + 1))]
    said: dict[str, Any] = {
        "sentences": (
            list[numbers],
            Field(
                min_length=1,
                max_length=3,
                description="Numbers of the sentences that state the fact.",
            ),
        ),
        "quote": (
            Words,
            Field(description="The words of those sentences that state it, copied exactly."),
        ),
        "claim": (
            Words,
            Field(description="That one fact as a full sentence that can be understood alone."),
        ),
        "speaker": (
            str | None,
            Field(description="Who says it, as the article names them; null if nobody is named."),
        ),
        "modality": (Modality, Field(description="How firmly it is said.")),
    }
    claim: Any = create_model("ProposedClaim", __config__=ConfigDict(extra="forbid"), **said)
    listed: dict[str, Any] = {
        "claims": (
            list[claim],
            Field(
                max_length=MAX_CLAIMS_PER_SENTENCE * sentences,
                description="One entry for each single fact; empty when there is none.",
            ),
        )
    }
    return claim, create_model("Answer", __config__=ConfigDict(extra="forbid"), **listed)


def _show(parsed: ParsedDocument, segment: Segment) -> dict[str, Any]:
    document = parsed.document
    return {
        "title": show_line(document.title or ""),
        "names": _list_names(parsed, segment),
        "context": [show_sentence(sentence, document) for sentence in segment.context],
        "sentences": [
            {"number": number, "text": show_sentence(sentence, document)}
            for number, sentence in enumerate(segment.sentences, start=1)
        ],
    }


def _list_names(parsed: ParsedDocument, segment: Segment) -> list[str]:
    """List the aliases of *segment* that *parsed* defines elsewhere: "SM-6: ..."."""
    first, last = segment.sentences[0].span, segment.sentences[-1].span
    shown = parsed.text[first.start : last.end]
    names = {
        (alias.other, alias.name) if alias.why != "title" else (alias.name, alias.other)
        for alias in parsed.aliases
    }
    useful = (f"{short}: {full}" for short, full in names if short in shown and full not in shown)
    return sorted(useful)[:_MAX_NAMES]


def _take_part(segment: Segment, part: tuple[Sentence, ...]) -> Segment:
    """Make a segment of *part*, with the sentences before it as context."""
    before = segment.sentences[: segment.sentences.index(part[0])]
    return segment.model_copy(update={"sentences": part, "context": segment.context + before})
