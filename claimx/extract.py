"""
Ask the model what a segment claims.

The model supplies wording and sentence numbers, never offsets. Its answer is
a list of proposals; nothing it says is trusted before it is aligned and
grounded. What does not fit the schema is saved claim by claim, and the rest is
said to be rejected.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pydantic_core
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from claimx.errors import OfflineMiss
from claimx.prompts import Message, Prompt, fill_prompt
from claimx.records import Document, Modality, Record, Rejected, Segment, Span, Usage, join_usage

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm import Answer, Model

MAX_CLAIMS_PER_SENTENCE = 4  # a small model loops on open lists; longest seen in news is 4


class Proposal(Record):
    """A claim as the model put it, before anything is checked; *near* is where it says to look."""

    document_id: str
    segment: int
    claim: str
    quote: str
    near: tuple[Span, ...]
    speaker: str | None = None
    modality: Modality = "asserted"


class Extraction(Record):
    """What one segment, or several, brought."""

    proposals: tuple[Proposal, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    usage: Usage = Usage()
    created: int | None = None


def join_extractions(parts: Iterable[Extraction]) -> Extraction:
    """Join what several segments brought, in order; *created* is the earliest."""
    parts = list(parts)
    return Extraction(
        proposals=tuple(one for part in parts for one in part.proposals),
        rejected=tuple(one for part in parts for one in part.rejected),
        usage=join_usage(part.usage for part in parts),
        created=min((part.created for part in parts if part.created is not None), default=None),
    )


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


_Words = Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]


async def extract_segment(
    model: "Model", prompt: Prompt, document: Document, segment: Segment
) -> Extraction:
    """
    Ask *model* for the claims of *segment*.

    An answer that was cut off is asked again in halves, so that nothing is
    lost; a single sentence keeps the claims that were complete.

    Raises:
        ModelError: As the model raises it; a missing recording names the segment.
    """
    schema = _answer_schema(len(segment.sentences))
    try:
        answer = await model.ask(_fill(prompt, document, segment), schema)
    except OfflineMiss as exc:
        where = f"{prompt.label}, {document.id}, segment {segment.index}"
        raise OfflineMiss(f"replay: {where}: {exc}") from exc
    cost = Extraction(usage=answer.usage, created=answer.created)
    if answer.cut_off and len(segment.sentences) > 1:
        halves = [await extract_segment(model, prompt, document, half) for half in _halve(segment)]
        return join_extractions([cost, *halves])
    value: Any = answer.value
    if value is not None:
        proposals = tuple(_propose(item, document, segment) for item in value.claims)
        return cost.model_copy(update={"proposals": proposals})
    return join_extractions([cost, _salvage(answer, schema, document, segment)])


@lru_cache(maxsize=64)
def _answer_schema(sentences: int) -> type[BaseModel]:
    """
    Build the schema of an answer about that many numbered sentences.

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
            _Words,
            Field(description="The words of those sentences that state it, copied exactly."),
        ),
        "claim": (
            _Words,
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
    return create_model("Answer", __config__=ConfigDict(extra="forbid"), **listed)


def _fill(prompt: Prompt, document: Document, segment: Segment) -> list[Message]:
    return fill_prompt(
        prompt,
        title=document.title or "",
        context=[_one_line(s.span.slice(document.text)) for s in segment.context],
        sentences=[
            {"number": number, "text": _one_line(sentence.span.slice(document.text))}
            for number, sentence in enumerate(segment.sentences, start=1)
        ],
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _propose(item: Any, document: Document, segment: Segment) -> Proposal:
    return Proposal(
        document_id=document.id,
        segment=segment.index,
        claim=item.claim,
        quote=item.quote,
        near=tuple(segment.sentences[n - 1].span for n in sorted(set(item.sentences))),
        speaker=item.speaker or None,
        modality=item.modality,
    )


def _halve(segment: Segment) -> tuple[Segment, Segment]:
    middle = len(segment.sentences) // 2
    first, second = segment.sentences[:middle], segment.sentences[middle:]
    return (
        segment.model_copy(update={"sentences": first}),
        segment.model_copy(update={"sentences": second, "context": segment.context + first}),
    )


def _salvage(
    answer: "Answer[Any]", schema: type[BaseModel], document: Document, segment: Segment
) -> Extraction:
    """Keep the claims of a bad answer that are good on their own; reject the others by name."""
    [claim_schema] = [
        field.annotation.__args__[0]  # type: ignore[union-attr]
        for field in schema.model_fields.values()
    ]
    proposals, rejected = [], []
    items = list(_read_items(answer.text))
    for item in items:
        try:
            proposals.append(_propose(claim_schema.model_validate(item), document, segment))
        except ValidationError as exc:
            rejected.append(_reject(document, segment, item, _first_error(exc)))
    if answer.cut_off:
        rejected.append(_reject(document, segment, {}, "answer ended at max_tokens", "cut_off"))
    elif not items:
        rejected.append(_reject(document, segment, {}, answer.error or "no claims in it"))
    return Extraction(proposals=tuple(proposals), rejected=tuple(rejected))


def _read_items(text: str) -> Iterable[Any]:
    """Yield what looks like claims in *text*, even where its JSON stops in the middle."""
    try:
        answer = pydantic_core.from_json(text[text.index("{") :], allow_partial=True)
    except ValueError:
        return []
    items = answer.get("claims") if isinstance(answer, dict) else None
    return items if isinstance(items, list) else []


def _first_error(exc: ValidationError) -> str:
    first = exc.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _reject(
    document: Document,
    segment: Segment,
    item: Any,
    detail: str,
    reason: Literal["invalid", "cut_off"] = "invalid",
) -> Rejected:
    said = item if isinstance(item, dict) else {}
    return Rejected(
        document_id=document.id,
        segment=segment.index,
        claim=str(said.get("claim") or ""),
        quote=str(said.get("quote") or ""),
        reason=reason,
        detail=detail,
    )
