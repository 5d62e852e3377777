"""Compare two groupings of the same items, by B-cubed and by pairs."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import NamedTuple

from claimx.review.evaluate.bootstrap import Outcome


class Grouping(NamedTuple):
    """For each item its contribution to B-cubed and pairwise precision and recall."""

    bcubed_precision: list[Outcome]
    bcubed_recall: list[Outcome]
    pair_precision: list[Outcome]
    pair_recall: list[Outcome]


def compare_groupings(gold: Sequence[Collection[Hashable]], found: Sequence[Hashable]) -> Grouping:
    """
    Compare the group of each item in *found* with its groups in *gold*.

    An item may be in several gold groups, as a claim may state two things at once; two
    items belong together if they share a group. With one group each, this is B-cubed
    as defined by Bagga and Baldwin (1998).

    >>> grouping = compare_groupings([{1}, {1}, {2}], "aab")
    >>> grouping.bcubed_precision
    [(1.0, 1), (1.0, 1), (1.0, 1)]
    """
    by_gold = _index((label, at) for at, labels in enumerate(gold) for label in labels)
    by_found = _index((label, at) for at, label in enumerate(found))
    scores = Grouping([], [], [], [])
    for labels, label in zip(gold, found, strict=True):
        mates = set[int]().union(*(by_gold[one] for one in labels))
        group = by_found[label]
        shared = len(mates & group)
        scores.bcubed_precision.append((shared / len(group), 1))
        scores.bcubed_recall.append((shared / len(mates), 1))
        scores.pair_precision.append((shared - 1, len(group) - 1))
        scores.pair_recall.append((shared - 1, len(mates) - 1))
    return scores


def _index(pairs: Iterable[tuple[Hashable, int]]) -> dict[Hashable, set[int]]:
    index: dict[Hashable, set[int]] = defaultdict(set)
    for label, at in pairs:
        index[label].add(at)
    return index
