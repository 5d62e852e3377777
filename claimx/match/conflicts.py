"""Report the groups that contradict each other: few, and each worth reading."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from claimx.match.apart import Apart, Judge
from claimx.match.group import Pair
from claimx.match.rows import Floats, Ints
from claimx.match.slots import Slot
from claimx.records import Claim, ConflictKind, FlagKind, Record, Score

# Other groups that one is said to contradict; one that is unlike more is a form of words that is
# filled in again and again.
MOST_CLASHES = 8
# What a flag casts doubt on, by the kind of conflict that would rest on it.
DOUBTED: Mapping[str, frozenset[FlagKind]] = {
    "number": frozenset(("number", "unit")),
    "time": frozenset(("date", "number")),
    "name": frozenset(("name",)),
    "negation": frozenset(("negation",)),
    "modality": frozenset(("modality",)),
}


# The claims of each text, by position.
Wordings = Sequence[Sequence[Claim]] | Mapping[int, Sequence[Claim]]


class GroupConflict(Record):
    """
    Two similar groups that cannot both be true.

    *a* and *b* are positions in the list of groups, *a* first. *claim_a* and
    *claim_b* are the members that show it best, *why* is the difference, side
    *a* first: ``21 / 22``. *score* is their similarity.
    """

    a: int
    b: int
    kind: ConflictKind
    why: str
    claim_a: Claim
    claim_b: Claim
    score: Score


class Clash(NamedTuple):
    """Two wordings, by position, that contradict each other."""

    pair: Pair
    claims: tuple[Claim, Claim]
    similarity: float
    apart: Apart

    @property
    def documents(self) -> tuple[str, str]:
        """The documents of the two claims."""
        return self.claims[0].document_id, self.claims[1].document_id


class Ranked(Protocol):
    """Two texts, by position, that contradict each other."""

    @property
    def pair(self) -> Pair:
        """The positions of the two."""

    @property
    def similarity(self) -> float:
        """Their similarity."""

    @property
    def apart(self) -> Apart:
        """What differs."""

    @property
    def documents(self) -> tuple[str, str]:
        """The documents that show it."""


RankedT = TypeVar("RankedT", bound=Ranked)


def pick_clashes(clashes: Iterable[RankedT], group_of: Mapping[int, int]) -> Iterator[RankedT]:
    """
    Pick for every two groups the pair that contradicts most clearly, the most alike first.

    What several groups of one document hold against one group, in the same values, is told once.
    """
    room: dict[int, int] = defaultdict(lambda: MOST_CLASHES)
    done: set[Pair] = set()
    told: set[_Against] = set()
    for clash in sorted(clashes, key=_rank):
        one, other = sorted(group_of[at] for at in clash.pair)
        full = not (room[one] and room[other])
        against = _list_against(clash, group_of)
        if full or (one, other) in done or not told.isdisjoint(against):
            continue
        done.add((one, other))
        told.update(against)
        room[one] -= 1
        room[other] -= 1
        yield clash


# A group, the document that contradicts it, and in what: the kind, its value, the other value.
_Against = tuple[int, str, str, str, str]


def _list_against(clash: Ranked, group_of: Mapping[int, int]) -> tuple[_Against, _Against]:
    (first, second), (one, other), apart = clash.pair, clash.documents, clash.apart
    mine, theirs = apart.first.casefold(), apart.second.casefold()
    return (
        (group_of[first], other, apart.kind, mine, theirs),
        (group_of[second], one, apart.kind, theirs, mine),
    )


class Found(NamedTuple):
    """The slot in which two texts, by position, contradict each other."""

    pair: Pair
    similarity: float
    slot: Slot


def find_slots(
    pairs: tuple[Ints, Ints, Floats], judge: Judge, may_clash: Callable[[int, int], bool]
) -> Iterator[Found]:
    """
    Find which *pairs* contradict each other: first texts, second ones, how alike they are.

    They are gone through from the last on, as the texts read last are still kept.
    """
    columns = (column[::-1] for column in (*pairs[:2], np.round(pairs[2], 6)))
    for first, second, similarity in zip(*(column.tolist() for column in columns), strict=True):
        if may_clash(first, second):
            slot = judge.find_conflict(first, second)
            if slot:
                yield Found((first, second), similarity, slot)


def bear_out(
    found: Iterable[Found], judge: Judge, wordings: Wordings, days: Mapping[str, date]
) -> Iterator[Clash]:
    """
    Keep the contradictions of which each side is borne out by what it cites.

    *wordings* are the claims of each text, *days* those of dated documents, by id.
    """
    for pair, similarity, slot in found:
        claim, other = (_pick_trusted(wordings[at], judge, slot.kind) for at in pair)
        if claim and other:
            kind = _name_kind(slot, days.get(claim.document_id), days.get(other.document_id))
            apart = Apart(kind, slot.first, slot.second, conflicts=True)
            yield Clash(pair, (claim, other), similarity, apart)


def _name_kind(slot: Slot, one: date | None, other: date | None) -> ConflictKind:
    """Name what differs; a count that is higher in the later document is a development."""
    if not slot.rise or one is None or other is None or one == other:
        return slot.kind
    return "development" if (slot.rise > 0) == (other > one) else slot.kind


def _rank(clash: Ranked) -> tuple[float, Pair]:
    """Put the most alike first."""
    return -clash.similarity, clash.pair


def _pick_trusted(claims: Sequence[Claim], judge: Judge, kind: str) -> Claim | None:
    """Pick a claim that its own quote bears out, with no flag on what a conflict rests on."""
    doubts = DOUBTED.get(kind, frozenset())
    sound = (claim for claim in claims if doubts.isdisjoint(flag.kind for flag in claim.flags))
    return next((claim for claim in sound if not judge.is_contradicted(claim)), None)


def report_conflicts(clashes: Iterable[Clash], group_of: Mapping[int, int]) -> list[GroupConflict]:
    """State *clashes* as conflicts of their groups, sorted by group, the earlier group first."""
    conflicts = (_make_conflict(clash, group_of) for clash in clashes)
    return sorted(conflicts, key=lambda conflict: (conflict.a, conflict.b))


def _make_conflict(clash: Clash, group_of: Mapping[int, int]) -> GroupConflict:
    (first, second), (claim, other), similarity, apart = clash
    why = apart.why
    if group_of[first] > group_of[second]:
        first, second, claim, other, why = second, first, other, claim, apart.flip().why
    # constructed, as a set of the names of its fields takes more memory than all the rest
    return GroupConflict.model_construct(
        _FIELDS,
        a=group_of[first],
        b=group_of[second],
        kind=apart.kind,
        why=why,
        claim_a=claim,
        claim_b=other,
        score=min(similarity, 1.0),
    )


_FIELDS = set(GroupConflict.model_fields)
