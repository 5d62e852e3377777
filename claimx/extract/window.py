"""
Ask about a whole segment at once: for models that hold several things in mind.

What does not fit the schema is saved claim by claim, and the rest is said to
be rejected.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from claimx.extract.proposals import (
    Extraction,
    Model,
    Proposal,
    Words,
    ask_prompt,
    explain_unread,
    join_extractions,
    reject_answer,
    show_sentence,
    tidy_claim,
)
from claimx.facts import Alias, read_aliases
from claimx.prompts import Prompt
from claimx.records import Document, Modality, Segment

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm import Answer

_MAX_NAMES = 10
MAX_CLAIMS_PER_SENTENCE = 4  # a small model loops on open lists; longest seen in news is 4


@dataclass(frozen=True)
class Window:
    """The strategy that shows a segment with its context and asks for all its claims."""

    prompt: Prompt

    @property
    def label(self) -> str:
        """Name the prompt."""
        return self.prompt.label

    async def extract(self, model: Model, document: Document, segment: Segment) -> Extraction:
        """
        Ask *model* for the claims of *segment*.

        Of an answer that was cut off, the claims that were complete are kept, and
        the sentences that it had not come to are asked about again, in halves
        where they are more than half of the segment.

        Raises:
            ModelError: As the model raises it; a missing recording names the segment.
        """
        schema = _answer_schema(len(segment.sentences))
        values = _show(document, segment)
        answer = await ask_prompt(model, self.prompt, values, schema, (document, segment))
        cost = Extraction(usage=answer.usage, created=answer.created)
        if answer.cut_off and answer.text and len(segment.sentences) > 1:
            kept, rest = _part_answer(_salvage(answer, schema, document, segment), segment)
            later = [await self.extract(model, document, part) for part in rest]
            return join_extractions([cost, kept, *later])
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
    return create_model("Answer", __config__=ConfigDict(extra="forbid"), **listed)


def _show(document: Document, segment: Segment) -> dict[str, Any]:
    return {
        "title": document.title or "",
        "names": _list_names(document, segment),
        "context": [show_sentence(sentence, document) for sentence in segment.context],
        "sentences": [
            {"number": number, "text": show_sentence(sentence, document)}
            for number, sentence in enumerate(segment.sentences, start=1)
        ],
    }


@lru_cache(maxsize=256)  # documents that may be open at once
def _read_names(text: str) -> tuple[Alias, ...]:
    return read_aliases(text)


def _list_names(document: Document, segment: Segment) -> list[str]:
    """List the short names of *segment* that *document* gives in full elsewhere: "SM-6: ..."."""
    first, last = segment.sentences[0].span, segment.sentences[-1].span
    shown = document.text[first.start : last.end]
    names = {
        (alias.other, alias.name) if alias.why != "title" else (alias.name, alias.other)
        for alias in _read_names(document.text)
    }
    useful = (f"{short}: {full}" for short, full in names if short in shown and full not in shown)
    return sorted(useful)[:_MAX_NAMES]


def _propose(item: Any, document: Document, segment: Segment) -> Proposal:
    return Proposal(
        document_id=document.id,
        segment=segment.index,
        claim=tidy_claim(item.claim),
        quote=item.quote,
        near=tuple(segment.sentences[n - 1].span for n in sorted(set(item.sentences))),
        speaker=item.speaker or None,
        modality=item.modality,
    )


def _part_answer(found: Extraction, segment: Segment) -> tuple[Extraction, list[Segment]]:
    """
    Part what an answer that was cut off says about *segment* from what is to be asked again.

    The sentences of its last claim may have more to say, and so may those that
    share a claim with them.
    """
    cited = [set(one.near) for one in found.proposals]
    unsure = set(cited[-1]) if cited else set()
    while more := set().union(*(near for near in cited if near & unsure)) - unsure:
        unsure |= more
    done = set().union(*cited) - unsure
    kept = tuple(one for one in found.proposals if done.issuperset(one.near))
    rest = [at for at, sentence in enumerate(segment.sentences) if sentence.span not in done]
    middle = len(rest) // 2 if len(rest) > len(segment.sentences) / 2 else 0
    parts = filter(None, (rest[:middle], rest[middle:]))
    return Extraction(proposals=kept), [_take_part(segment, part) for part in parts]


def _take_part(segment: Segment, places: Sequence[int]) -> Segment:
    """Make a segment of the sentences at *places*; those before them are context."""
    before = segment.sentences[: places[0]]
    return segment.model_copy(
        update={
            "sentences": tuple(segment.sentences[at] for at in places),
            "context": segment.context + before,
        }
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
    for item in _read_items(answer.text):
        try:
            known = item if answer.cut_off else _keep_fields(item, claim_schema)
            proposals.append(_propose(claim_schema.model_validate(known), document, segment))
        except ValidationError as exc:
            said = item if isinstance(item, dict) else {}
            detail = _first_error(exc)
            rejected.append(
                reject_answer(
                    document, segment, detail, claim=said.get("claim"), quote=said.get("quote")
                )
            )
    if not proposals and not any(one.claim or one.quote for one in rejected):
        return Extraction(unread=(explain_unread(answer),))
    if answer.cut_off:
        detail = "answer ended at max_tokens"
        rejected.append(reject_answer(document, segment, detail, "cut_off"))
    return Extraction(proposals=tuple(proposals), rejected=tuple(rejected))


def _keep_fields(item: Any, schema: type[BaseModel]) -> Any:
    """Leave out fields that *schema* has not; who says it and how may be missing."""
    if not isinstance(item, dict):
        return item
    said = {name: value for name, value in item.items() if name in schema.model_fields}
    return {"speaker": None, "modality": "asserted"} | said


def _read_items(text: str) -> Iterable[Any]:
    """Yield what looks like claims in *text*, even where its JSON stops in the middle."""
    try:
        answer = pydantic_core.from_json(text[text.index("{") :], allow_partial=True)
    except (ValueError, RecursionError):
        return []
    items = answer.get("claims") if isinstance(answer, dict) else None
    return items if isinstance(items, list) else []


def _first_error(exc: ValidationError) -> str:
    first = exc.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
