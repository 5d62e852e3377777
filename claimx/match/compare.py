"""
Score how likely two texts say the same, and say what keeps them apart.

Words in common are weighed by how rare they are in the collection. That alone
would merge "21 died" with "22 died", so guards look for what changes the
truth: quantities, names, negation, opposites, modality, who did it to whom.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, reduce
from math import fsum
from operator import add
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.match.candidates import Pair, find_pairs
from claimx.match.differences import Difference
from claimx.match.embed import Positions, Vectors, relate_rows, relate_two
from claimx.match.encode import PLACE, Reading
from claimx.match.guards import guard_names, word_names
from claimx.match.rows import Floats, Ints, index_keys, sum_common, sum_rows
from claimx.match.screen import UNSCREENED, Doubt, Screen, Verdicts, pick_guards
from claimx.match.swapped import flag_swaps

MIN_LIKENESS = 0.35  # likeness below which a pair starts no merge and is no conflict
GUARDED = 0.25  # share of its likeness that a pair kept apart still scores
# Taken off the likeness of two wordings of one document, which seldom says a thing twice: of 172
# pairs labelled as the same in five articles, 11 stood in one document.
SAME_DOCUMENT = 0.2
# Taken off where one text has all words of the other (by weight) and much more besides: a claim
# that says more is another claim.
SAID_MORE = 0.1
COVERED, SOME_MORE, MUCH_MORE = 0.95, 0.15, 0.4
# Taken off for each of a number, a day and a doubt that only one of two texts gives: each can be
# checked by itself, so a claim with it is another claim.
DETAIL = 0.06
DOUBT = 4  # bit of a text's details that says that it has one
HEAD = 2  # tokens before a name that still heads its text: "The U.S. envoy", "Defense chief Lee"
TELLING = 3  # ideas that a text has if another may entail it
BULK = 64  # pairs from which on arrays are faster
JUDGES = 64  # wordings of a group, at least, that say how central each is; all of a smaller one


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


class LikePairs(NamedTuple):
    """
    Pairs of texts by position, lower first, sorted, that have enough in common.

    *ceiling* is the most that they can have in common apart from one difference, *common*
    the weight of the keys in common.
    """

    first: Ints
    second: Ints
    likeness: Floats
    ceiling: Floats
    common: Floats

    def keep(self, kept: NDArray[np.bool_]) -> "LikePairs":
        """Give the pairs that *kept* says."""
        first, second, likeness, ceiling, common = self
        return LikePairs(first[kept], second[kept], likeness[kept], ceiling[kept], common[kept])


class Comparer:
    """
    Compares the texts of one collection, which says how rare each word is.

    Likeness is the mean of two: the words in common, weighed, and the cosine
    of the texts' *vectors*. Texts of one document, by *homes*, are less alike.
    """

    def __init__(
        self, readings: Sequence[Reading], vectors: Vectors, homes: Sequence[int] = ()
    ) -> None:
        self._readings = readings
        self._vectors = vectors
        self._homes = np.asarray(homes or range(len(readings)), np.int64)
        self._rows, self._ids = index_keys(sorted(set(filter(None, one.slots))) for one in readings)
        self._weights = self._rows.weights.tolist()
        self._totals = sum_rows(self._rows)
        self._details = np.fromiter(map(_code_details, readings), np.int8, len(readings))
        self._screen = Screen(readings, self._ids, self._rows)
        self._heaviest = self._weigh_heaviest()

    def find_pairs(self, min_likeness: float = MIN_LIKENESS) -> Iterator[LikePairs]:
        """Yield, chunk by chunk, the pairs with enough in common to be worth comparing."""
        for first, second in find_pairs(self._rows, self._vectors):
            common = sum_common(self._rows, first, second)
            likeness = self._blend(common, first, second)
            kept = likeness >= min_likeness
            first, second = first[kept], second[kept]  # noqa: PLW2901
            ceiling = self._limit_rest(first, second, common[kept])
            yield LikePairs(first, second, likeness[kept], ceiling, common[kept])

    def screen(self, pairs: LikePairs) -> Verdicts:
        """Tell what is sure of *pairs* before any guard is asked."""
        return self._judge(pairs.first, pairs.second, pairs.common)

    def screen_all(self, pairs: Sequence[Pair]) -> Verdicts:
        """Screen any *pairs*, however much they have in common."""
        first, second = np.asarray(pairs, np.int32).T
        return self._judge(first, second, sum_common(self._rows, first, second))

    def _judge(self, first: Ints, second: Ints, common: Floats) -> Verdicts:
        return self._screen.judge(first, second, common, self._totals[first] + self._totals[second])

    def flag_swaps(self, first: Ints, second: Ints) -> NDArray[np.bool_]:
        """Flag the pairs of texts in which two may have changed places."""
        return flag_swaps(self._readings, self._ids, first, second)

    def differ_in_doubt(self, pairs: LikePairs) -> NDArray[np.bool_]:
        """Tell of which *pairs* one text says that something is only possible, and one does not."""
        doubts = (self._details & DOUBT).astype(np.bool_)
        return np.not_equal(doubts[pairs.first], doubts[pairs.second])

    def measure_likeness(self, first: int, second: int) -> float:
        """Give what two texts, by position, have in common, 0-1; no guard is asked."""
        # summed in the order in which all pairs are, so that both ways give the same
        mine = self._rows.get_row(first).tolist()
        shared = sorted(set(mine).intersection(self._rows.get_row(second).tolist()))
        # one after the other; from Python 3.12 on, sum would round otherwise
        common = reduce(add, self._rows.weights[shared].tolist(), 0.0)
        one, two = self._totals[[first, second]].tolist()
        likeness = (_relate(common, one, two) + relate_two(self._vectors, first, second)) / 2
        covered = common >= COVERED * min(one, two)
        more = covered and common <= (1 - MUCH_MORE) * max(one, two)
        together = bool(self._homes[first] == self._homes[second])
        details = int(_BITS[self._details[first] ^ self._details[second]])
        likeness -= SAME_DOCUMENT * together + SAID_MORE * more
        return float(max(likeness - DETAIL * details, 0.0))

    def measure_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Measure the likeness of *pairs*, by arrays if they are many."""
        if len(pairs) < BULK:
            return [self.measure_likeness(*pair) for pair in pairs]
        first, second = np.asarray(pairs, np.int32).T
        common = sum_common(self._rows, first, second)
        likeness: list[float] = self._blend(common, first, second).tolist()
        return likeness

    def pick_inclusions(self, pairs: LikePairs) -> tuple[Ints, Ints]:
        """Pick the *pairs* of which one has all words of the other, and more; that one first."""
        one, two = self._totals[pairs.first], self._totals[pairs.second]
        general = np.where(one <= two, pairs.first, pairs.second)
        covered = (pairs.common >= COVERED * np.minimum(one, two)) & (pairs.common > 0)
        more = pairs.common <= (1 - SOME_MORE) * np.maximum(one, two)
        kept = covered & more & (self._rows.sizes[general] >= TELLING)
        specific = np.where(one <= two, pairs.second, pairs.first)
        return specific[kept], general[kept]

    def _blend(self, common: Floats, first: Positions, second: Positions) -> Floats:
        """Join what words and vectors say of pairs, less where one says much more."""
        one, two = self._totals[first], self._totals[second]
        likeness = _relate_all(common, one + two) + relate_rows(self._vectors, first, second)
        covered = common >= COVERED * np.minimum(one, two)
        more = covered & (common <= (1 - MUCH_MORE) * np.maximum(one, two))
        together = self._homes[first] == self._homes[second]
        blended: Floats = likeness / 2 - SAME_DOCUMENT * together - SAID_MORE * more
        details = _BITS[self._details[first] ^ self._details[second]]
        blended -= DETAIL * details
        return np.maximum(blended, 0)

    def compare(self, first: int, second: int) -> Comparison:
        """Compare two texts, given by position."""
        likeness = self.measure_likeness(first, second)
        return Comparison(likeness, *self.differ(first, second))

    def differ(
        self, first: int, second: int, doubt: Doubt = UNSCREENED
    ) -> tuple[Difference | None, float]:
        """Give what keeps two texts apart and what they have in common without it."""
        difference = next(self._list_differences(first, second, doubt), None)
        if difference is None:
            return None, 0.0
        return difference, self._compare_rest(first, second, difference.keys)

    def contrast(self, first: int, second: int, doubt: Doubt) -> tuple[Difference, float] | None:
        """Give what keeps two texts apart, if it is sure and the only thing, and what is alike."""
        found = self._list_differences(first, second, doubt)
        difference = next(found, None)
        if difference is None or difference.weak or next(found, None):
            return None
        return difference, self._compare_rest(first, second, difference.keys)

    def share_name(self, first: int, second: int) -> bool:
        """Tell whether two texts name the same thing; a country is too common to count."""
        one, two = (frozenset().union(*self._readings[at].name_keys) for at in (first, second))
        return any(key[0] != PLACE for key in one & two)

    def _list_differences(self, first: int, second: int, doubt: Doubt) -> Iterator[Difference]:
        """List what the guards in *doubt* find, the surest first."""
        one, two = self._readings[first], self._readings[second]
        for guard in pick_guards(doubt.open):
            if guard is guard_names and doubt.mine >= 0:
                yield word_names(one, one.names[doubt.mine], two, two.names[doubt.theirs])
            elif difference := guard(one, two):
                yield difference

    def measure_centrality(self, positions: Sequence[int]) -> dict[int, float]:
        """Give each text's mean likeness to the others; 1 for a text by itself."""
        if len(positions) == 1:
            return {positions[0]: 1.0}
        judges = positions[:: max(1, len(positions) // JUDGES)]
        scores: dict[int, list[float]] = {one: [] for one in positions}
        pairs = [(one, other) for one in positions for other in judges if other != one]
        for (one, _), score in zip(pairs, self.measure_pairs(pairs), strict=True):
            scores[one].append(score)
        return {one: fsum(some) / len(some) for one, some in scores.items()}

    def count_keys(self, position: int) -> int:
        """Count the different ideas a text has."""
        return len(self._rows.get_row(position))

    def names_subject(self, position: int) -> bool:
        """Tell whether a text begins with a name, an article and a word aside."""
        return bool(self._headed[position])

    @cached_property
    def _headed(self) -> NDArray[np.bool_]:
        """Whether each text has a name at its head that some text has elsewhere too."""
        return self._screen.names.flag_heads(HEAD)

    def _compare_rest(self, first: int, second: int, keys: frozenset[str]) -> float:
        """Give what two texts have in common apart from *keys*."""
        mine, theirs = self._readings[first].keys - keys, self._readings[second].keys - keys
        return _relate(self._weigh(mine & theirs), self._weigh(mine), self._weigh(theirs))

    def _limit_rest(self, first: Ints, second: Ints, common: Floats) -> Floats:
        """
        Bound what pairs have in common apart from what one guard may find.

        A guard takes no more than one name or one word out of either text.
        """
        totals = self._totals[first] + self._totals[second]
        for side in (first, second):
            totals -= np.minimum(self._totals[side] - common, self._heaviest[side])
        return np.where(common > 0, 1.0, 0.0) * np.minimum(
            2 * common / np.maximum(totals, 1e-9) + 1e-9, 1.0
        )

    def _weigh_heaviest(self) -> Floats:
        """Weigh the heaviest word or name of each text."""
        # the first key of a text is its rarest
        filled = self._rows.sizes > 0
        heaviest = np.zeros(len(filled))
        heaviest[filled] = self._rows.weights[self._rows.keys[self._rows.starts[:-1][filled]]]
        names = self._screen.names
        np.maximum.at(heaviest, names.texts, names.weigh(self._rows.weights))
        return heaviest

    def _weigh(self, keys: Iterable[str]) -> float:
        # fsum, as the order of a set differs from run to run
        return fsum(self._weights[self._ids[key]] for key in keys)


# How many sorts of detail each code holds, or the differing bits of two.
_BITS = np.array([bin(code).count("1") for code in range(8)], np.int32)


def _code_details(reading: Reading) -> int:
    """Code whether a text gives a number, a day, a doubt, one bit each."""
    facts = reading.facts
    doubt = any(cue.certainty == "possible" for cue in facts.hedges)
    return bool(facts.quantities) + 2 * bool(facts.dates) + DOUBT * doubt


def _relate(common: float, one: float, two: float) -> float:
    """
    Relate what two texts share to what both say (Dice).

    Relating it to the shorter text alone would call a claim the same as one that says more.
    """
    return 2 * common / (one + two) if common else 0.0


def _relate_all(common: Floats, totals: Floats) -> Floats:
    """Relate as `_relate` does, for many pairs."""
    return np.divide(2 * common, totals, out=np.zeros_like(common), where=common > 0)
