"""
Group positions by average link on sparse scores, so that chains do not run away.

Two groups join while the mean likeness over all their pairs reaches the
cut-off. Two that are kept apart are never inside one group.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from math import fsum

from claimx.match.candidates import Pair

# Likeness of two positions, lower first.
MeasurePair = Callable[[int, int], float]
# Whether two positions, lower first, must never be in one group.
BarPair = Callable[[int, int], bool]
# Two positions, lower first, and their likeness.
Link = tuple[int, int, float]


def group_items(
    count: int,
    links: Iterable[Link],
    measure_pair: MeasurePair,
    bar_pair: BarPair,
    min_score: float,
) -> list[list[int]]:
    """
    Group the positions 0 to *count* - 1, each group sorted, groups by first member.

    Only *links* start a merge; every other pair that a merge would bring
    together is measured then, so the mean is over all pairs.
    """
    groups: list[list[int]] = []
    linked = [False] * count
    for component in _split_links(count, links):
        positions = sorted({at for link in component for at in link[:2]})
        linker = _Linker(positions, measure_pair, bar_pair, min_score)
        for first, second, mean in component:
            linker.connect(linker.group_of[first], linker.group_of[second], mean)
        linker.merge_all()
        groups += (sorted(members) for members in linker.members.values())
        for at in positions:
            linked[at] = True
    groups += ([at] for at in range(count) if not linked[at])
    return sorted(groups)


def _split_links(count: int, links: Iterable[Link]) -> Iterator[list[Link]]:
    """Part links that touch neither directly nor through others; the parts group alone."""
    links, parents = list(links), list(range(count))

    def find_root(at: int) -> int:
        while parents[at] != at:
            parents[at] = at = parents[parents[at]]
        return at

    for first, second, _ in links:
        one, two = find_root(first), find_root(second)
        parents[max(one, two)] = min(one, two)
    parts: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        parts[find_root(link[0])].append(link)
    yield from parts.values()


class _Linker:
    """The groups so far, and the mean likeness between those that touch."""

    def __init__(
        self,
        positions: list[int],
        measure_pair: MeasurePair,
        bar_pair: BarPair,
        min_score: float,
    ) -> None:
        self.members: dict[int, list[int]] = {at: [one] for at, one in enumerate(positions)}
        self.group_of = {one: at for at, one in enumerate(positions)}
        self._means: dict[int, dict[int, float]] = {at: {} for at in self.members}
        self._measure_pair = measure_pair
        self._bar_pair = bar_pair
        self._min_score = min_score
        self._next = len(positions)
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
