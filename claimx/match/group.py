"""
Group positions by average link on sparse scores, so that chains do not run away.

Two groups join while the mean likeness over all their pairs reaches the
cut-off. Two that are kept apart are never inside one group. All pairs of a
group are looked at, so what hangs together without end is cut first.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from math import fsum, inf

from claimx.match.candidates import Pair

# Likeness of each of some pairs of positions, lower first.
MeasurePairs = Callable[[Sequence[Pair]], Sequence[float]]
# Whether any of some pairs of positions, lower first, must never be in one group.
BarPairs = Callable[[Sequence[Pair]], bool]
# Two positions, lower first, and their likeness.
Link = tuple[int, int, float]

# Positions that hang together and are still grouped as a whole: of 25,000 sentences of news made
# to be alike, the most were 820.
MOST_TOGETHER = 1000
# Positions of the parts that more are cut into, along their weakest links: twenty thousand
# wordings of one sentence take 51 s so.
PART = 200


def group_items(
    count: int,
    links: Iterable[Link],
    measure_pairs: MeasurePairs,
    bar_pairs: BarPairs,
    min_score: float,
) -> list[list[int]]:
    """
    Group the positions 0 to *count* - 1, each group sorted, groups by first member.

    Only *links* start a merge; every other pair that a merge would bring
    together is measured then, so the mean is over all pairs.
    """
    groups: list[list[int]] = []
    linked = [False] * count
    for component in _split_links(links):
        positions = sorted({at for link in component for at in link[:2]})
        linker = _Linker(positions, measure_pairs, bar_pairs, min_score)
        for first, second, mean in component:
            linker.connect(linker.group_of[first], linker.group_of[second], mean)
        linker.merge_all()
        groups += (sorted(members) for members in linker.members.values())
        for at in positions:
            linked[at] = True
    groups += ([at] for at in range(count) if not linked[at])
    return sorted(groups)


def _split_links(links: Iterable[Link]) -> Iterator[list[Link]]:
    """Part links that touch neither directly nor through others; the parts group alone."""
    for part in _part_links(list(links)):
        # a part has one link less than positions at least
        positions = {at for link in part for at in link[:2]} if len(part) >= MOST_TOGETHER else ()
        if len(positions) <= MOST_TOGETHER:
            yield part
        else:
            strongest = sorted(part, key=lambda link: (-link[2], *link[:2]))
            yield from _part_links(strongest, PART)


def _part_links(links: Sequence[Link], most: float = inf) -> Iterable[list[Link]]:
    """Part *links* so that parts share no position; one that would join more than *most* goes."""
    parents = {at: at for link in links for at in link[:2]}
    sizes: dict[int, int] = {}

    def find_root(at: int) -> int:
        while parents[at] != at:
            parents[at] = at = parents[parents[at]]
        return at

    for first, second, _ in links:
        one, two = sorted((find_root(first), find_root(second)))
        joined = sizes.get(one, 1) + sizes.get(two, 1)
        if one != two and joined <= most:
            parents[two], sizes[one] = one, joined
    parts: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        root = find_root(link[0])
        if root == find_root(link[1]):
            parts[root].append(link)
    return parts.values()


class _Linker:
    """The groups so far, and the mean likeness between those that touch."""

    def __init__(
        self,
        positions: list[int],
        measure_pairs: MeasurePairs,
        bar_pairs: BarPairs,
        min_score: float,
    ) -> None:
        self.members: dict[int, list[int]] = {at: [one] for at, one in enumerate(positions)}
        self.group_of = {one: at for at, one in enumerate(positions)}
        self._means: dict[int, dict[int, float]] = {at: {} for at in self.members}
        # groups that are kept apart, and so is all that they become
        self._barred: dict[int, set[int]] = defaultdict(set)
        self._measure_pairs = measure_pairs
        self._bar_pairs = bar_pairs
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
            if first not in self.members or second not in self.members:
                continue
            if self._bar_pairs(self._cross(first, second)):
                self._bar(first, second)
            else:
                self._merge(first, second)

    def _bar(self, first: int, second: int) -> None:
        self._barred[first].add(second)
        self._barred[second].add(first)
        self._means[first].pop(second, None)
        self._means[second].pop(first, None)

    def _merge(self, first: int, second: int) -> None:
        merged, self._next = self._next, self._next + 1
        barred = self._barred.pop(first, set()) | self._barred.pop(second, set())
        near = self._means[first].keys() | self._means[second].keys()
        near -= barred | {first, second}
        means = self._blend(first, second, sorted(near))
        self.members[merged] = self.members.pop(first) + self.members.pop(second)
        for gone in (first, second):
            for other in self._means.pop(gone):
                self._means.get(other, {}).pop(gone, None)
        for other in barred & self.members.keys():
            self._barred[merged].add(other)
            self._barred[other].add(merged)
        self._means[merged] = {}
        for other, mean in means:
            self.connect(merged, other, mean)

    def _blend(self, first: int, second: int, others: list[int]) -> list[tuple[int, float]]:
        """Give the mean between each of *others* and two groups about to merge."""
        one, two = len(self.members[first]), len(self.members[second])
        means = zip(self._find_means(first, others), self._find_means(second, others), strict=True)
        blended = ((mean * one + mean_two * two) / (one + two) for mean, mean_two in means)
        return list(zip(others, blended, strict=True))

    def _find_means(self, group: int, others: list[int]) -> Iterator[float]:
        """Give the mean between *group* and each of *others*, those not known measured at once."""
        known = self._means[group]
        crosses = [self._cross(group, other) for other in others if other not in known]
        scores = iter(self._measure_pairs([pair for cross in crosses for pair in cross]))
        means = (fsum(islice(scores, len(cross))) / len(cross) for cross in crosses)
        return (known[other] if other in known else next(means) for other in others)

    def _cross(self, group: int, other: int) -> list[Pair]:
        """List the pairs between two groups, lower position first."""
        pairs = product(self.members[group], self.members[other])
        return [(one, two) if one < two else (two, one) for one, two in pairs]
