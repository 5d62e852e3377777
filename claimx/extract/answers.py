"""
Read answers that list claims; keep what is valid.

An answer that does not fit the schema is read claim by claim: valid claims are
kept, others are reported as rejected. The sentences that a truncated answer did
not reach are returned, so that they can be asked about again.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import pydantic_core
from pydantic import BaseModel, ValidationError

from claimx.extract.proposals import (
    explain_unread,
    reject_answer,
    tidy_claim,
)
from claimx.records import (
    Document,
    DocumentResult,
    Proposal,
    Segment,
    Sentence,
    join_proposed,
)

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm.client import Answer

Numbered = Mapping[int, Sentence]


def read_answer(
    answer: "Answer[Any]",
    claim_schema: type[BaseModel],
    place: tuple[Document, Segment],
    numbered: Numbered,
) -> DocumentResult:
    """
    Convert *answer* to proposals, and to rejections of what is invalid.

    Args:
        answer: The model's answer; of an invalid one, the claims that are valid are kept.
        claim_schema: The schema of one claim.
        place: The document and segment that were asked about.
        numbered: The sentences that were shown, by their numbers in the prompt.
    """
    parts = [DocumentResult(usage=answer.usage, created=answer.created)]
    if answer.value is not None:
        parts += [_propose(item, place, numbered) for item in answer.value.claims]
    else:
        parts += _salvage(answer, claim_schema, place, numbered)
    return DocumentResult(
        proposals=tuple(one for part in parts for one in part.proposals),
        unusable=tuple(one for part in parts for one in part.unusable),
        unread=tuple(one for part in parts for one in part.unread),
        usage=answer.usage,
        created=answer.created,
    )


def _propose(item: Any, place: tuple[Document, Segment], numbered: Numbered) -> DocumentResult:
    """Make a proposal of *item*; reject it if it cites sentences that were not asked about."""
    document, segment = place
    near = [numbered[number].span for number in sorted(set(item.sentences)) if number in numbered]
    if not {sentence.span for sentence in segment.sentences}.intersection(near):
        detail = f"sentences: {item.sentences} were not asked about"
        rejected = reject_answer(*place, detail, claim=item.claim, quote=item.quote)
        return DocumentResult(unusable=(rejected,))
    proposal = Proposal(
        document_id=document.id,
        segment=segment.index,
        claim=tidy_claim(item.claim),
        quote=item.quote,
        near=tuple(near),
        speaker=item.speaker or None,
        modality=item.modality,
    )
    return DocumentResult(proposals=(proposal,))


def _salvage(
    answer: "Answer[Any]",
    claim_schema: type[BaseModel],
    place: tuple[Document, Segment],
    numbered: Numbered,
) -> list[DocumentResult]:
    """Keep the valid claims of an invalid answer; reject each of the others."""
    found = []
    for item in _read_items(answer.text):
        try:
            known = item if answer.cut_off else _keep_fields(item, claim_schema)
            found.append(_propose(claim_schema.model_validate(known), place, numbered))
        except ValidationError as exc:
            said = item if isinstance(item, dict) else {}
            detail = _first_error(exc)
            rejected = reject_answer(
                *place, detail, claim=said.get("claim"), quote=said.get("quote")
            )
            found.append(DocumentResult(unusable=(rejected,)))
    proposed = any(part.proposals for part in found)
    named = any(one.claim or one.quote for part in found for one in part.unusable)
    if not (proposed or named):
        return [DocumentResult(unread=(explain_unread(answer),))]
    if answer.cut_off:
        detail = "answer ended at max_tokens"
        found.append(DocumentResult(unusable=(reject_answer(*place, detail, "cut_off"),)))
    return found


def _keep_fields(item: Any, schema: type[BaseModel]) -> Any:
    """Drop fields that *schema* does not have; speaker and modality may be missing."""
    if not isinstance(item, dict):
        return item
    said = {name: value for name, value in item.items() if name in schema.model_fields}
    return {"speaker": None, "modality": "asserted"} | said


def _read_items(text: str) -> list[Any]:
    """List what looks like claims in *text*, even where its JSON is truncated."""
    try:
        answer = pydantic_core.from_json(text[text.index("{") :], allow_partial=True)
    except (ValueError, RecursionError):
        return []
    items = answer.get("claims") if isinstance(answer, dict) else None
    return items if isinstance(items, list) else []


def _first_error(exc: ValidationError) -> str:
    first = exc.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


async def complete_answer(
    answer: "Answer[Any]",
    found: DocumentResult,
    segment: Segment,
    ask: Callable[[tuple[Sentence, ...]], Awaitable[DocumentResult]],
) -> DocumentResult:
    """
    Complete *found*, the claims of an *answer*, by asking again if it was truncated.

    Of a truncated answer, the complete claims are kept. *ask* is called with the
    sentences that it did not reach, in halves where they are more than half of
    *segment*.
    """
    if not (answer.cut_off and answer.text and len(segment.sentences) > 1):
        return found
    kept, rest = _part_answer(found, segment)
    return join_proposed([kept, *[await ask(part) for part in rest]])


def _part_answer(
    found: DocumentResult, segment: Segment
) -> tuple[DocumentResult, list[tuple[Sentence, ...]]]:
    """
    Separate what a truncated answer says about *segment* from what to ask again.

    The sentences of its last claim may have further claims, and so may those that
    share a claim with them. Where more than half of the sentences are left, they
    are returned in halves.
    """
    cited = [set(one.near) for one in found.proposals]
    unsure = set(cited[-1]) if cited else set()
    while more := set().union(*(near for near in cited if near & unsure)) - unsure:
        unsure |= more
    done = set().union(*cited) - unsure
    kept = tuple(one for one in found.proposals if done.issuperset(one.near))
    rest = tuple(one for one in segment.sentences if one.span not in done)
    middle = len(rest) // 2 if len(rest) > len(segment.sentences) / 2 else 0
    cost = DocumentResult(proposals=kept, usage=found.usage, created=found.created)
    return cost, [part for part in (rest[:middle], rest[middle:]) if part]
