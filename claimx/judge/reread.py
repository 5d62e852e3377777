"""
Let a model check claims against the sentences that they cite, and nothing else.

For each claim it decides whether the text alone states it, or else what the
claim added, dropped or changed. A verdict flags or rejects a claim; it never
rewords one.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)
from pydantic_core import from_json

from claimx.errors import ModelError, OfflineMiss, raising_first
from claimx.llm.prompts import Prompt, load_prompt, show_line
from claimx.llm.question import Model, Question, ask_question
from claimx.records import (
    Claim,
    Document,
    Failure,
    Flag,
    Record,
    Rejected,
    Sentence,
    Usage,
    join_usage,
    reject_claim,
)
from claimx.segment.parsed import ParsedDocument, parse_document

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm.client import Answer

VerdictKind = Literal["stated", "dropped", "added", "changed"]
# Claims per request; their verdicts fill about half of the default limit of an answer.
MAX_CLAIMS = 20
# Characters of the passages of one request: about 2,000 tokens.
_MAX_LETTERS = 8_000


class Verdict(Record):
    """The verdict on a claim; *why* is empty if the cited text states it."""

    claim_id: str
    kind: VerdictKind
    why: str = ""


class Reread(Record):
    """The verdicts on the claims of a document; a claim without a verdict failed."""

    verdicts: tuple[Verdict, ...] = ()
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()
    created: int | None = None


class Passage(NamedTuple):
    """Sentences on one line, and the claims that cite exactly these."""

    text: str
    claims: tuple[Claim, ...]


def load_reread_prompt(folder: Path | None = None) -> Prompt:
    """
    Load the prompt ``verify`` from *folder*, or the packaged one.

    Raises:
        PromptError: If it is missing or malformed, or lacks a placeholder.
    """
    return load_prompt("verify", folder, ("passages",), ())


async def reread_claims(
    model: Model, prompt: Prompt, document: Document | ParsedDocument, claims: Iterable[Claim]
) -> Reread:
    """
    Ask *model* whether *document* supports its *claims*.

    A claim for which the request failed has no verdict and is counted in a failure.

    Raises:
        OfflineMiss: If a recording has no answer.
    """
    parsed = parse_document(document)
    batches = batch_passages(gather_passages(parsed, claims))
    with raising_first(OfflineMiss):
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(_ask_batch(model, prompt, parsed.document, batch))
                for batch in batches
            ]
    return _join([task.result() for task in asked])


def settle_claims(
    claims: Iterable[Claim], verdicts: Iterable[Verdict], *, reject: bool
) -> tuple[tuple[Claim, ...], tuple[Rejected, ...]]:
    """Flag, or with *reject* drop, each claim with an adverse verdict; keep the others."""
    doubts = {verdict.claim_id: verdict for verdict in verdicts if verdict.kind != "stated"}
    kept: list[Claim] = []
    rejected: list[Rejected] = []
    for claim in claims:
        if claim.id not in doubts:
            kept.append(claim)
        elif reject:
            why = f"read again: {describe_verdict(doubts[claim.id])}"
            rejected.append(reject_claim(claim, "unsupported", why))
        else:
            flag = Flag(kind="verify", message=describe_verdict(doubts[claim.id]))
            kept.append(claim.model_copy(update={"flags": (*claim.flags, flag)}))
    return tuple(kept), tuple(rejected)


def describe_verdict(verdict: Verdict) -> str:
    """Describe *verdict* in one line: ``dropped: only "up to" 40``."""
    return f"{verdict.kind}: {verdict.why}" if verdict.why else verdict.kind


def gather_passages(document: Document | ParsedDocument, claims: Iterable[Claim]) -> list[Passage]:
    """Collect claims that cite the same sentences, in the order of the text."""
    parsed = parse_document(document)
    claims_at: defaultdict[tuple[int, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        claims_at[parsed.find_sentences(claim.spans)].append(claim)
    return [
        Passage(_show([parsed.sentences[at] for at in cited], parsed.text), tuple(claims_at[cited]))
        for cited in sorted(claims_at)
    ]


def batch_passages(passages: Iterable[Passage]) -> Iterator[tuple[Passage, ...]]:
    """Divide *passages* into batches; one with too many claims is repeated in the next."""
    batch: list[Passage] = []
    claims = letters = 0
    for passage in passages:
        for part in _cut_passage(passage, MAX_CLAIMS):
            full = claims + len(part.claims) > MAX_CLAIMS
            if batch and (full or letters + len(part.text) > _MAX_LETTERS):
                yield tuple(batch)
                batch, claims, letters = [], 0, 0
            batch.append(part)
            claims += len(part.claims)
            letters += len(part.text)
    if batch:
        yield tuple(batch)


def write_question(prompt: Prompt, document: Document, batch: Sequence[Passage]) -> Question[Any]:
    """Write the question about the claims of *batch*, numbered from 1."""
    number = 0
    shown = []
    for passage in batch:
        listed = [
            {
                "number": number + at,
                "text": _put_on_line(claim.text),
                "speaker": show_line(claim.speaker or ""),
            }
            for at, claim in enumerate(passage.claims, 1)
        ]
        number += len(listed)
        shown.append({"text": passage.text, "claims": listed})
    place = f"{document.id}, {number} claims"
    return Question(prompt, {"passages": shown}, _answer_schema(number), place)


def _cut_passage(passage: Passage, most: int) -> Iterator[Passage]:
    for at in range(0, len(passage.claims), most):
        yield passage._replace(claims=passage.claims[at : at + most])


def _show(sentences: Sequence[Sentence], text: str) -> str:
    """Join *sentences* on one line, with a mark for each gap between them."""
    shown = [_put_on_line(sentence.span.slice(text)) for sentence in sentences]
    parts = shown[:1]
    for (before, after), words in zip(pairwise(sentences), shown[1:], strict=True):
        parts.append(words if after.index == before.index + 1 else f"[...] {words}")
    return " ".join(parts)


def _put_on_line(text: str) -> str:
    return " ".join(text.split())


async def _ask_batch(
    model: Model, prompt: Prompt, document: Document, batch: Sequence[Passage]
) -> Reread:
    """Ask about *batch*, and once more about claims that the answer left open."""
    try:
        answer = await ask_question(model, write_question(prompt, document, batch))
    except OfflineMiss:
        raise  # a replay must be complete
    except ModelError as exc:
        return Reread(failures=(_fail(document, batch, str(exc)),))
    verdicts = tuple(_read_verdicts(answer, batch))
    read = Reread(verdicts=verdicts, usage=answer.usage, created=answer.created)
    rest = tuple(_list_open(batch, {verdict.claim_id for verdict in verdicts}))
    if rest and not verdicts:
        why = f"{document.id}: {answer.error}"
        return read.model_copy(update={"failures": (_fail(document, batch, why),)})
    return _join([read, await _ask_batch(model, prompt, document, rest)]) if rest else read


def _list_open(batch: Iterable[Passage], done: Set[str]) -> Iterator[Passage]:
    """List the passages of *batch* with claims that are not *done*."""
    for passage in batch:
        if claims := tuple(claim for claim in passage.claims if claim.id not in done):
            yield passage._replace(claims=claims)


def _read_verdicts(answer: "Answer[Any]", batch: Sequence[Passage]) -> Iterator[Verdict]:
    """Parse the verdicts of *answer*; from an invalid answer keep those that are valid alone."""
    claims = [claim for passage in batch for claim in passage.claims]
    listed = answer.value.verdicts if answer.value else _salvage(answer.text, len(claims))
    times = Counter(one.claim for one in listed)
    said = {one.claim: one for one in listed if times[one.claim] == 1}
    for number, claim in enumerate(claims, 1):
        if number in said:
            why = show_line(said[number].why)
            yield Verdict(claim_id=claim.id, kind=said[number].verdict, why=why)


def _salvage(text: str, claims: int) -> list[Any]:
    """List the valid verdicts of an invalid answer, such as a truncated one."""
    try:
        answer = from_json(text[text.index("{") :], allow_partial=True)
    except ValueError:
        return []
    listed = answer.get("verdicts") if isinstance(answer, dict) else None
    found = []
    for item in listed if isinstance(listed, list) else []:
        with suppress(ValidationError):
            found.append(_verdict_schema(claims).model_validate(item))
    return found


_STRICT = ConfigDict(extra="forbid")


@lru_cache(maxsize=64)
def _verdict_schema(claims: int) -> type[BaseModel]:
    numbers: Any = Literal[tuple(range(1, claims + 1))]
    said: dict[str, Any] = {
        "claim": (numbers, Field(description="Number of the claim.")),
        "why": (str, Field(description="What speaks against it; empty if it is stated.")),
        "verdict": (VerdictKind, Field(description="What the claim makes of its passage.")),
    }
    return create_model("ClaimVerdict", __config__=_STRICT, **said)


@lru_cache(maxsize=64)
def _answer_schema(claims: int) -> type[BaseModel]:
    """Build the answer schema for claims numbered 1 to *claims*, one verdict each."""
    verdict: Any = _verdict_schema(claims)

    def check(verdicts: list[Any]) -> list[Any]:
        missing = set(range(1, claims + 1)) - {one.claim for one in verdicts}
        if missing:
            raise ValueError(f"no verdict on claim {min(missing)}")
        return verdicts

    count = Field(min_length=claims, max_length=claims, description="One verdict for each claim.")
    listed: dict[str, Any] = {"verdicts": (Annotated[list[verdict], AfterValidator(check)], count)}
    return create_model("Verdicts", __config__=_STRICT, **listed)


def _fail(document: Document, batch: Iterable[Passage], why: str) -> Failure:
    count = sum(len(passage.claims) for passage in batch)
    return Failure(document_id=document.id, error=f"{why} (claims not read again: {count})")


def _join(parts: Sequence[Reread]) -> Reread:
    return Reread(
        verdicts=tuple(verdict for part in parts for verdict in part.verdicts),
        failures=tuple(failure for part in parts for failure in part.failures),
        usage=join_usage(part.usage for part in parts),
        created=min((part.created for part in parts if part.created is not None), default=None),
    )
