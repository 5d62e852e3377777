"""
Group positions by average link on sparse scores, so that chains do not run away.

Two groups join while the mean likeness over all their pairs reaches the
cut-off. Two that are kept apart are never inside one group.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import fsum

from claimx.match.candidates import Pair

# Likeness of two positions, lower first.
MeasurePair = Callable[[int, int], float]
# Whether two positions, lower first, must never be in one group.
BarPair = Callable[[int, int], bool]


def group_items(
    count: int,
    likeness: Mapping[Pair, float],
    measure_pair: MeasurePair,
    bar_pair: BarPair,
    min_score: float,
) -> list[list[int]]:
    """
    Group the positions 0 to *count* - 1, each group sorted, groups by first member.

    Only pairs in *likeness* start a merge; every other pair that a merge
    would bring together is measured then, so the mean is over all pairs.
    """
    linker = _Linker(count, measure_pair, bar_pair, min_score)
    for (first, second), mean in likeness.items():
        linker.connect(first, second, mean)
    linker.merge_all()
    return sorted(sorted(members) for members in linker.members.values())


class _Linker:
    """The groups so far, and the mean likeness between those that touch."""

    def __init__(
        self, count: int, measure_pair: MeasurePair, bar_pair: BarPair, min_score: float
    ) -> None:
        self.members: dict[int, list[int]] = {at: [at] for at in range(count)}
        self._means: dict[int, dict[int, float]] = {at: {} for at in range(count)}
        self._measure_pair = measure_pair
        self._bar_pair = bar_pair
        self._min_score = min_score
        self._next = count
        self._heap: list[tuple[float, int, int]] = []

    def connect(self, first: int, second: int, mean: float) -> None:
        """Note the mean between two groups, and queue their merge if it suffices."""
        self._means[first][second] = self._means[second][first] = mean
        if mean >= self._min_score:
            heapq.heappush(self._heap, (-mean, min(first, second), max(first, second)))

    def merge_all(self) -> None:
        """Merge the closest two groups that may be merged until none are close enough."""
        while self._heap:
            _, first, second = heapq.heappop(self._heap)
            alive = first in self.members and second in self.members
            if alive and not any(self._bar_pair(*pair) for pair in self._cross(first, second)):
                self._merge(first, second)

    def _merge(self, first: int, second: int) -> None:
        merged, self._next = self._next, self._next + 1
        near = (self._means[first].keys() | self._means[second].keys()) - {first, second}
        means = {other: self._blend(first, second, other) for other in sorted(near)}
        self.members[merged] = self.members.pop(first) + self.members.pop(second)
        for gone in (first, second):
            for other in self._means.pop(gone):
                self._means.get(other, {}).pop(gone, None)
        self._means[merged] = {}
        for other, mean in means.items():
            self.connect(merged, other, mean)

    def _blend(self, first: int, second: int, other: int) -> float:
        """Give the mean between *other* and two groups about to merge."""
        sizes = len(self.members[first]), len(self.members[second])
        means = self._find_mean(first, other), self._find_mean(second, other)
        return (means[0] * sizes[0] + means[1] * sizes[1]) / sum(sizes)

    def _find_mean(self, group: int, other: int) -> float:
        if other in self._means[group]:
            return self._means[group][other]
        scores = [self._measure_pair(*pair) for pair in self._cross(group, other)]
        return fsum(scores) / len(scores)

    def _cross(self, group: int, other: int) -> Iterable[Pair]:
        """List the pairs between two groups, lower position first."""
        pairs = product(self.members[group], self.members[other])
        return ((min(pair), max(pair)) for pair in pairs)
