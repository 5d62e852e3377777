"""Ask the model about blocks of claims, check its answers, and build groups and conflicts."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from claimx.errors import ModelError, OfflineMiss, raising_first
from claimx.judge.blocks import MAX_ITEMS, Block, Link, cut_blocks
from claimx.judge.reconcile import Contradiction, Ruling, reconcile
from claimx.language.text import fold_text
from claimx.language.wording import rate_credit
from claimx.llm.prompts import Prompt, load_prompt, show_line
from claimx.llm.question import Model, Question, ask_question
from claimx.match import (
    NO_NUMBER,
    Group,
    GroupConflict,
    Matching,
    explain_pair,
    list_neighbours,
)
from claimx.records import Claim, Failure, Flag, Record, Usage, join_usage

# Wordings of one document in a group. In four news topics, only nine pairs of claims from the
# same article are equivalent; a small model groups dozens.
_MOST_REPEATS = 4
# Wordings of a group, at most, that are tried as that of its row.
_MOST_LEADS = 8
# The strength of a link between wordings that the local matcher grouped or found in conflict.
_SURE = 2.0


class Judgement(Record):
    """
    The groups and conflicts of all claims as the model decided them.

    *asked* counts the blocks. Each block that failed is listed in *failures*; its
    groups are those of the local matcher.
    """

    matching: Matching
    asked: int = 0
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()
    created: int | None = None


class _Answered(NamedTuple):
    ruling: Ruling
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()
    created: int | None = None


# The claims of one wording, in order.
_Wording = tuple[Claim, ...]


def load_judge_prompt(folder: Path | None = None) -> Prompt:
    """
    Load the prompt ``judge`` from *folder*, or the packaged one.

    Raises:
        PromptError: If it is missing or malformed, or lacks a placeholder.
    """
    return load_prompt("judge", folder, ("documents",), ())


async def judge_claims(
    model: Model, prompt: Prompt, local: Matching, most: int = MAX_ITEMS
) -> Judgement:
    """
    Ask *model* to regroup the claims of *local* and to find contradictions.

    A request shows at most *most* wordings. Where it fails, *local* stands.

    Raises:
        OfflineMiss: If a recording has no answer.
    """
    wordings = _list_wordings(local)
    at_home = _Local(local, wordings)
    blocks = cut_blocks(len(wordings), at_home.list_links(), most)
    with raising_first(OfflineMiss):
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(_ask_block(model, prompt, wordings, block, at_home))
                for block in blocks
            ]
    answers = [task.result() for task in asked]
    alone = Block(_list_unseen(len(wordings), blocks))
    rulings = [*(answer.ruling for answer in answers), at_home.rule(alone)]
    failures = tuple(failure for answer in answers for failure in answer.failures)
    decided = len(failures) < len(blocks)
    return Judgement(
        matching=_settle(wordings, [*blocks, alone], rulings) if decided else local,
        asked=len(blocks),
        failures=failures,
        usage=join_usage(answer.usage for answer in answers),
        created=min(filter(None, (answer.created for answer in answers)), default=None),
    )


def _list_wordings(matching: Matching) -> list[_Wording]:
    """Collect claims with the same wording, in the order of their documents."""
    by_text: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in sorted((one for group in matching.groups for one in group.claims), key=_place):
        by_text[fold_text(claim.text)].append(claim)
    return [tuple(claims) for claims in by_text.values()]


def _place(claim: Claim) -> tuple[str, int, str, str]:
    start = claim.spans[0].start if claim.spans else 0
    return (claim.document_id, start, claim.text, claim.id)


class _Local:
    """The result of the local matcher for the same wordings."""

    def __init__(self, matching: Matching, wordings: Sequence[_Wording]) -> None:
        self._wordings = wordings
        position = {claim.id: at for at, claims in enumerate(wordings) for claim in claims}
        self.group_of = {
            position[claim.id]: number
            for number, group in enumerate(matching.groups)
            for claim in group.claims
        }
        self.leads = [position[group.claim.id] for group in matching.groups]
        self._details = tuple(
            (self.leads[specific], self.leads[general])
            for specific, general in matching.entailments
        )
        self._contradictions = tuple(
            Contradiction(position[one.claim_a.id], position[one.claim_b.id], one.kind, one.why)
            for one in matching.conflicts
        )

    def list_links(self) -> Iterator[Link]:
        """List similar pairs of wordings, pairs of a local group or conflict first."""
        for at, number in self.group_of.items():
            if at != self.leads[number]:
                yield (*_sort(at, self.leads[number]), _SURE)
        for one in self._contradictions:
            yield (*_sort(one.a, one.b), _SURE)
        yield from list_neighbours([claims[0].text for claims in self._wordings])

    def rule(self, block: Block) -> Ruling:
        """Return the local matcher's ruling on the positions of *block*."""
        seen = frozenset(block.items)
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for at in block.items:
            groups[self.group_of[at]].append(at)
        leads = frozenset(self.leads)
        return Ruling(
            tuple(
                tuple(sorted(group, key=lambda at: (at not in leads, at)))
                for group in groups.values()
            ),
            tuple(pair for pair in self._details if seen.issuperset(pair)),
            tuple(one for one in self._contradictions if {one.a, one.b} <= seen),
        )


def _sort(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _list_unseen(count: int, blocks: Iterable[Block]) -> tuple[int, ...]:
    seen = {at for block in blocks for at in block.home}
    return tuple(at for at in range(count) if at not in seen)


async def _ask_block(
    model: Model, prompt: Prompt, wordings: Sequence[_Wording], block: Block, local: _Local
) -> _Answered:
    """Ask about *block*; fall back to the local matcher if that fails."""
    items = block.items
    try:
        answer = await ask_question(model, _write_question(prompt, wordings, items))
    except OfflineMiss:
        raise  # a replay must be complete
    except ModelError as exc:
        return _Answered(local.rule(block), (_fail(items, str(exc)),))
    ruling = None if answer.value is None else _read_ruling(answer.value, items)
    error = _doubt_ruling(ruling, wordings) if ruling else str(answer.error)
    if ruling is None or error:
        failure = _fail(items, error)
        return _Answered(local.rule(block), (failure,), answer.usage, answer.created)
    return _Answered(ruling, (), answer.usage, answer.created)


def _doubt_ruling(ruling: Ruling, wordings: Sequence[_Wording]) -> str:
    """Return why *ruling* is implausible, if it is: small models group almost at random."""
    for group in ruling.groups:
        counts = Counter(wordings[at][0].document_id for at in group)
        document, most = counts.most_common(1)[0]
        if most > _MOST_REPEATS:
            return f"the answer groups {most} different claims of {document}"
    return ""


def _fail(items: Sequence[int], why: str) -> Failure:
    error = f"{why} (claims not judged by the model, but matched locally: {len(items)})"
    return Failure(document_id="", error=error)


def _write_question(
    prompt: Prompt, wordings: Sequence[_Wording], items: Sequence[int]
) -> Question[Any]:
    """Write the question about *items*, numbered from 1, document by document."""
    numbered = enumerate((wordings[at][0] for at in items), 1)
    documents = [
        [_show(number, claim) for number, claim in claims]
        for _, claims in groupby(numbered, key=lambda one: one[1].document_id)
    ]
    place = f"{len(items)} claims of {len(documents)} documents"
    return Question(prompt, {"documents": documents}, _answer_schema(len(items)), place)


def _show(number: int, claim: Claim) -> dict[str, Any]:
    """Write *claim* for the prompt, with its speaker unless the wording names them."""
    speaker = show_line(claim.speaker or "")
    named = speaker and fold_text(speaker) in fold_text(claim.text)
    return {
        "number": number,
        "text": " ".join(claim.text.split()),
        "speaker": "" if named else speaker,
    }


def _read_ruling(value: Any, items: Sequence[int]) -> Ruling:
    """Parse a ruling; a claim that says more than another of its group leaves that group."""
    details = tuple((items[one.more - 1], items[one.less - 1]) for one in value.details)
    groups = []
    for numbers in value.groups:
        group = [items[number - 1] for number in numbers]
        more = {one for one, less in details if one in group and less in group}
        groups.append(tuple(at for at in group if at not in more))
    return Ruling(
        tuple(groups),
        details,
        tuple(
            Contradiction(
                items[one.a - 1],
                items[one.b - 1],
                one.kind,
                show_line(one.why),
            )
            for one in value.conflicts
            if one.a != one.b
        ),
    )


@lru_cache(maxsize=64)
def _answer_schema(claims: int) -> type[BaseModel]:
    """Build the answer schema for claims numbered 1 to *claims*."""
    number: Any = Annotated[int, Field(ge=1, le=claims)]
    strict = ConfigDict(extra="forbid")
    said: dict[str, Any] = {
        "a": (number, Field(description="Number of the claim on one side.")),
        "b": (number, Field(description="Number of the claim on the other side.")),
        "kind": (
            Literal["number", "name", "time", "negation"],
            Field(description="What kind of thing differs."),
        ),
        "why": (str, Field(description="What a says / what b says.")),
    }
    conflict: Any = create_model("ClaimConflict", __config__=strict, **said)
    sides: dict[str, Any] = {
        "more": (number, Field(description="Number of the claim that says more.")),
        "less": (number, Field(description="Number of the claim of which it says all.")),
    }
    detail: Any = create_model("ClaimDetail", __config__=strict, **sides)

    def check(groups: list[list[int]]) -> list[list[int]]:
        met: set[int] = set()
        for one in (number for group in groups for number in group):
            if one in met:
                raise ValueError(f"claim {one} stands twice in the groups")
            met.add(one)
        return groups

    group: Any = Annotated[list[number], Field(min_length=2)]
    listed: dict[str, Any] = {
        "groups": (
            Annotated[list[group], AfterValidator(check)],
            Field(description="Numbers of claims that say the same."),
        ),
        "details": (
            list[detail],
            Field(description="Pairs of claims of which one says more than the other."),
        ),
        "conflicts": (
            list[conflict],
            Field(description="Pairs of claims that cannot both be true."),
        ),
    }
    return create_model("Judgement", __config__=strict, **listed)


def _settle(
    wordings: Sequence[_Wording],
    blocks: Sequence[Block],
    rulings: Sequence[Ruling],
) -> Matching:
    """Build groups and conflicts from the rulings of all blocks."""
    led = [_lead_group(group, wordings) for group in reconcile(blocks, rulings)]
    led.sort(key=lambda one: min(one[0]))
    groups = [group for group, _ in led]
    group_of = {at: number for number, group in enumerate(groups) for at in group}
    contradictions = [one for ruling in rulings for one in ruling.contradictions]
    doubts = _list_doubts((lacking for _, lacking in led), group_of, contradictions)
    details = [pair for ruling in rulings for pair in ruling.details]
    entailed = {(group_of[more], group_of[less]) for more, less in details}
    return Matching(
        groups=tuple(_make_group(group, wordings, doubts) for group in groups),
        conflicts=tuple(_list_conflicts(contradictions, group_of, wordings)),
        entailments=tuple(sorted(pair for pair in entailed if pair[0] != pair[1])),
    )


def _lead_group(
    group: Sequence[int], wordings: Sequence[_Wording]
) -> tuple[list[int], dict[int, str]]:
    """
    Put first the sound wording whose numbers the fewest others lack, of equal ones the first.

    Returns which others lack a number of it, too, and how they differ.
    """
    sound = min(_rank(wordings[at]) for at in group)
    able = [at for at in group if _rank(wordings[at]) == sound]
    lacking: dict[int, dict[int, str]] = {}
    for at in able[:_MOST_LEADS]:
        lacking[at] = _list_lacking(at, group, wordings)
        if not lacking[at]:
            break
    lead = min(lacking, key=lambda at: len(lacking[at]))
    return [lead, *(at for at in group if at != lead)], lacking[lead]


def _rank(claims: _Wording) -> tuple[bool, bool]:
    return bool(claims[0].flags), claims[0].headline


def _list_lacking(lead: int, group: Sequence[int], wordings: Sequence[_Wording]) -> dict[int, str]:
    """List the members of *group* that lack a number of its wording *lead*, and how they differ."""
    lacking = {}
    for at in (at for at in group if at != lead):
        compared = explain_pair(wordings[lead][0].text, wordings[at][0].text)
        apart = compared.apart
        # a number that only the member gives does not affect the group's wording
        if apart is not None and apart.kind == "number" and apart.first != NO_NUMBER:
            lacking[at] = compared.why
    return lacking


def _list_doubts(
    lacking: Iterable[Mapping[int, str]],
    group_of: Mapping[int, int],
    contradictions: Iterable[Contradiction],
) -> dict[int, str]:
    """List the objections to a member of a group: a number only it gives, a contradiction."""
    doubts = {at: why for some in lacking for at, why in some.items()}
    for one in contradictions:
        if group_of[one.a] == group_of[one.b]:
            doubts.setdefault(max(one.a, one.b), one.why)
    return doubts


def _make_group(
    group: Sequence[int], wordings: Sequence[_Wording], doubts: Mapping[int, str]
) -> Group:
    """
    Build a group, worded by its first one, unless that is in doubt.

    One that names a speaker whom another does not credit, and cannot go without, comes last.
    """
    claims = [_doubt(claim, doubts.get(at)) for at in group for claim in wordings[at]]
    best = min(
        claims, key=lambda one: (bool(one.flags), one.headline, rate_credit(one, claims) > 1)
    )
    claims.sort(key=_place)
    scores = {claim.text: explain_pair(best.text, claim.text).score for claim in claims}
    scores[best.text] = 1.0
    return Group(
        claim=best,
        claims=tuple(claims),
        scores=tuple(scores[claim.text] for claim in claims),
    )


def _doubt(claim: Claim, why: str | None) -> Claim:
    if why is None:
        return claim
    flag = Flag(kind="grouping", message=f"grouped by the model, though it differs: {why}")
    return claim.model_copy(update={"flags": (*claim.flags, flag)})


def _list_conflicts(
    contradictions: Iterable[Contradiction],
    group_of: Mapping[int, int],
    wordings: Sequence[_Wording],
) -> list[GroupConflict]:
    """List *contradictions* as conflicts, at most one for two groups, the earlier group first."""
    found: dict[tuple[int, int], GroupConflict] = {}
    for one in contradictions:
        a, b, why = one.a, one.b, one.why
        if group_of[a] > group_of[b]:
            a, b = b, a
            why = " / ".join(reversed(why.split(" / "))) if why.count(" / ") == 1 else why
        places = group_of[a], group_of[b]
        if places[0] != places[1] and places not in found:
            found[places] = GroupConflict(
                a=places[0],
                b=places[1],
                kind=one.kind,
                why=why,
                claim_a=wordings[a][0],
                claim_b=wordings[b][0],
                score=explain_pair(wordings[a][0].text, wordings[b][0].text).similarity,
            )
    return [found[places] for places in sorted(found)]
