"""Report which groups contradict each other: few, and each worth a reader's look."""

from collections.abc import Iterable, Iterator, Sequence
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
    clashes: Iterable[Clash],
    wordings: Sequence[Sequence[Claim]],
    group_of: dict[int, int],
    documents: Sequence[frozenset[str]],
) -> Iterator[GroupConflict]:
    """
    Report for two groups the pair of wordings that shows best how they differ.

    Groups that one document both supports state two facts, no contradiction.

    Args:
        clashes: The pairs of wordings that are alike but differ.
        wordings: The claims of each wording.
        group_of: The group of each wording.
        documents: The documents of each group.
    """
    best: dict[Pair, GroupConflict] = {}
    for clash in sorted(clashes, key=lambda clash: (-clash.likeness, clash.pair)):
        conflict = _make_conflict(clash, wordings, group_of)
        if documents[conflict.a].isdisjoint(documents[conflict.b]):
            best.setdefault((conflict.a, conflict.b), conflict)
    yield from (best[pair] for pair in sorted(best))


def _make_conflict(
    clash: Clash, wordings: Sequence[Sequence[Claim]], group_of: dict[int, int]
) -> GroupConflict:
    """State a clash of wordings as one of their groups, the earlier group first."""
    (first, second), likeness, difference = clash
    if group_of[first] > group_of[second]:
        first, second, difference = second, first, difference.flip()
    return GroupConflict(
        a=group_of[first],
        b=group_of[second],
        kind=difference.kind,
        why=difference.why,
        claim_a=wordings[first][0],
        claim_b=wordings[second][0],
        score=likeness,
    )
