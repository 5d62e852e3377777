"""Report which groups contradict each other: few, and each worth a reader's look."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from claimx.match.candidates import Pair
from claimx.match.differences import Difference
from claimx.records import Claim, ConflictKind, Record, Score


class GroupConflict(Record):
    """
    Two groups that look alike but cannot both be true.

    *a* and *b* are positions in the list of groups, *a* first. *claim_a* and
    *claim_b* are the members that show it best, *why* what differs, side *a*
    first: ``21 / 22``. *score* is how alike they are apart from that.
    """

    a: int
    b: int
    kind: ConflictKind
    why: str
    claim_a: Claim
    claim_b: Claim
    score: Score


class Clash(NamedTuple):
    """Two wordings, by position, that are alike but for *difference*."""

    pair: Pair
    likeness: float
    difference: Difference


def report_conflicts(
    clashes: Iterable[Clash], wordings: Sequence[Sequence[Claim]], group_of: Mapping[int, int]
) -> list[GroupConflict]:
    """
    State *clashes* of *wordings*, at most one of any two groups, as conflicts of their groups.

    They are sorted by the groups, and the earlier group is first.
    """
    conflicts = (_make_conflict(clash, wordings, group_of) for clash in clashes)
    return sorted(conflicts, key=lambda conflict: (conflict.a, conflict.b))


def _make_conflict(
    clash: Clash, wordings: Sequence[Sequence[Claim]], group_of: Mapping[int, int]
) -> GroupConflict:
    (first, second), likeness, difference = clash
    if group_of[first] > group_of[second]:
        first, second, difference = second, first, difference.flip()
    # constructed, as a set of the names of its fields takes more memory than all the rest
    return GroupConflict.model_construct(
        _FIELDS,
        a=group_of[first],
        b=group_of[second],
        kind=difference.kind,
        why=difference.why,
        claim_a=wordings[first][0],
        claim_b=wordings[second][0],
        score=likeness,
    )


_FIELDS = set(GroupConflict.model_fields)
