"""
Score how likely two texts say the same, and say what keeps them apart.

Words in common are weighed by how rare they are in the collection. That alone
would merge "21 died" with "22 died", so guards look for what changes the
truth: quantities, names, negation, opposites, modality, who did it to whom.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import fsum, log
from typing import NamedTuple

from claimx.match.candidates import Pair, count_keys, find_pairs
from claimx.match.encode import Reading
from claimx.match.guards import Difference, differ_once, find_difference

# A text is weighed as if this many others, sharing none of its words, stood
# beside it; without them a word that both of two texts have would weigh least.
UNSEEN_TEXTS = 50
MIN_LIKENESS = 0.45  # likeness below which a pair starts no merge and is no conflict
GUARDED = 0.3  # share of its likeness that a pair kept apart still scores


class Comparison(NamedTuple):
    """
    How two texts compare.

    *likeness* is what they have in common, 0-1; *difference* is what keeps
    them apart, if anything does, and *likeness_apart* what they have in
    common apart from that.
    """

    likeness: float
    difference: Difference | None = None
    likeness_apart: float = 0.0

    @property
    def score(self) -> float:
        """How likely the two say the same, 0-1."""
        return self.likeness if self.difference is None else self.likeness * GUARDED

    @property
    def why(self) -> str:
        """What keeps the two apart, first text first: ``21 / 22``; "" if nothing does."""
        return self.difference.why if self.difference else ""


class Comparer:
    """Compares the texts of one collection, which says how rare each word is."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings
        self._weights = weigh_keys(readings)
        self._totals = [self._weigh(one.keys) for one in readings]

    def find_pairs(self) -> Iterator[tuple[Pair, float]]:
        """Yield the pairs with enough in common to be worth comparing, and how much that is."""
        for pair in find_pairs([one.keys for one in self._readings]):
            likeness = self.measure_likeness(*pair)
            if likeness >= MIN_LIKENESS:
                yield pair, likeness

    def measure_likeness(self, first: int, second: int) -> float:
        """Give what two texts, by position, have in common, 0-1; no guard is asked."""
        common = self._weigh(self._readings[first].keys & self._readings[second].keys)
        return _relate(common, self._totals[first], self._totals[second])

    def compare(self, first: int, second: int) -> Comparison:
        """Compare two texts, given by position."""
        one, two = self._readings[first], self._readings[second]
        likeness = self.measure_likeness(first, second)
        difference = find_difference(one, two)
        if difference is None:
            return Comparison(likeness)
        return Comparison(likeness, difference, self._compare_rest(one, two, difference.keys))

    def contradict(self, first: int, second: int) -> bool:
        """Tell whether two texts that differ do so in one thing only."""
        return differ_once(self._readings[first], self._readings[second])

    def measure_centrality(self, positions: Sequence[int]) -> dict[int, float]:
        """Give each text's mean likeness to the others; 1 for a text by itself."""
        return {one: self._mean_likeness(one, positions) for one in positions}

    def count_keys(self, position: int) -> int:
        """Count the different ideas a text has."""
        return len(self._readings[position].keys)

    def _mean_likeness(self, one: int, positions: Sequence[int]) -> float:
        others = [self.measure_likeness(one, other) for other in positions if other != one]
        return fsum(others) / len(others) if others else 1.0

    def _compare_rest(self, one: Reading, two: Reading, keys: frozenset[str]) -> float:
        mine, theirs = one.keys - keys, two.keys - keys
        return _relate(self._weigh(mine & theirs), self._weigh(mine), self._weigh(theirs))

    def _weigh(self, keys: Iterable[str]) -> float:
        # fsum, as the order of a set differs from run to run
        return fsum(map(self._weights.__getitem__, keys))


def _relate(common: float, one: float, two: float) -> float:
    """
    Relate what two texts share to what both say (Dice).

    Relating it to the shorter text alone would call a claim the same as one that says more.
    """
    return 2 * common / (one + two) if common else 0.0


def weigh_keys(readings: Sequence[Reading]) -> dict[str, float]:
    """Weigh each key by how few of the texts have it."""
    counts = count_keys(one.keys for one in readings)
    total = len(readings) + UNSEEN_TEXTS + 1
    return {key: log(total / (count + 0.5)) for key, count in counts.items()}
