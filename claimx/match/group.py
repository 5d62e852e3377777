"""
Group positions, the surest pairs first, so that no chain of small differences runs away.

A document seldom says a thing twice, so a group has one of each, and two of two
documents join only if each is the other's best match in its document.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import fsum

import numpy as np
from numpy.typing import NDArray

from claimx.match.rows import Floats, Ints, Longs

# Two positions, and how likely they say the same.
Link = tuple[int, int, float]
Pair = tuple[int, int]
# How likely each of some pairs says the same; -inf alone if any must never be in one group.
MeasurePairs = Callable[[Sequence[Pair]], Sequence[float]]

# Two groups join if the mean over all their pairs reaches this share of the cut-off.
COHESION = 0.97
# Members of a group, at most, that are held against those of another; so thousands of wordings of
# one sentence are grouped in a time that grows as their number.
MOST_ASKED = 4


def pick_mutual(first: Ints, second: Ints, scores: Floats, documents: Longs) -> NDArray[np.bool_]:
    """Flag the pairs whose sides are each other's best match in the other's document."""
    owners = np.concatenate((first, second)).astype(np.int64)
    codes = owners * (int(documents.max(initial=0)) + 1) + np.concatenate(
        (documents[second], documents[first])
    )
    _, places = np.unique(codes, return_inverse=True)
    best = np.zeros(len(codes))
    both = np.concatenate((scores, scores))
    np.maximum.at(best, places, both)
    mutual = both >= best[places]
    return mutual[: len(first)] & mutual[len(first) :]


def flag_nearest(owners: Ints, others: Ints, scores: Floats, most: int) -> NDArray[np.bool_]:
    """Flag the pairs that are among the *most* surest of their owner."""
    flags = np.zeros(len(owners), np.bool_)
    order = np.lexsort((others, -np.round(scores, 6), owners))
    ordered = owners[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    sizes = np.diff(starts, append=len(ordered))
    flags[order] = np.arange(len(ordered)) - np.repeat(starts, sizes) < most
    return flags


def find_roots(first: Ints, second: Ints, count: int) -> Longs:
    """Return for each of *count* positions the lowest that pairs join it to, through others too."""
    parents = list(range(count))

    def find_root(at: int) -> int:
        while parents[at] != at:
            parents[at] = at = parents[parents[at]]
        return at

    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        low, high = sorted((find_root(one), find_root(other)))
        parents[high] = low
    return np.fromiter(map(find_root, range(count)), np.int64, count)


def group_links(
    documents: Sequence[frozenset[int]],
    repeats: Iterable[Pair],
    links: Iterable[Link],
    measure_pairs: MeasurePairs,
    min_score: float,
) -> list[list[int]]:
    """
    Group the positions of *documents*, each group sorted, groups by first member.

    *repeats* are joined whatever their documents. *links* come the surest first.
    """
    groups = _Groups(documents)
    refused: set[tuple[int, int, int, int]] = set()  # two groups, and their sizes then
    for first, second in repeats:
        groups.join(first, second)
    for first, second, score in links:
        one, two = groups.of[first], groups.of[second]
        if one == two or not groups.documents[one].isdisjoint(groups.documents[two]):
            continue
        state = (one, two, len(groups.members[one]), len(groups.members[two]))
        if state in refused:
            continue
        pairs = list(product(_pick_some(groups.members[one]), _pick_some(groups.members[two])))
        scores = [score] if len(pairs) == 1 else measure_pairs(pairs)
        if fsum(scores) >= COHESION * min_score * len(pairs):
            groups.join(first, second)
        else:
            refused.add(state)
    return sorted(sorted(members) for members in groups.members.values())


def _pick_some(members: Sequence[int]) -> Sequence[int]:
    """Pick members evenly where there are more than `MOST_ASKED`."""
    step = -(-len(members) // MOST_ASKED)
    return members[::step]


class _Groups:
    """The groups so far: which each position is in, its members, its documents."""

    def __init__(self, documents: Sequence[frozenset[int]]) -> None:
        self.of = list(range(len(documents)))
        self.members = {at: [at] for at in self.of}
        self.documents = dict(enumerate(documents))

    def join(self, first: int, second: int) -> None:
        """Make one group of those of two positions."""
        one, two = sorted((self.of[first], self.of[second]))
        if one == two:
            return
        for at in self.members[two]:
            self.of[at] = one
        self.members[one] += self.members.pop(two)
        self.documents[one] |= self.documents.pop(two)
