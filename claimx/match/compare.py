"""
Score the equivalence of two texts: their similarity, less what only one of them says.

Similarity alone would merge "was hit by a quake" with "the quake did no damage":
claims about one event share most of their words.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.match.collection import Alike, Collection, Common, find_common
from claimx.match.embed import relate_rows
from claimx.match.rows import Floats, Ints, Longs, expand, sum_by

# Taken off the score for the share of a text that the other has no match for, of the one that says
# more.
UNMATCHED = 0.8
# What is left is between minus one and one, about; it is moved and shrunk to a score from 0 to 1.
SHIFT, SPAN = 1.2, 2.2
# Penalty for rivals: a text with many similar ones is less likely equivalent to any of them.
RIVALRY = 0.08
PART = 50_000  # pairs scored at a time


class Scored(NamedTuple):
    """
    Pairs of texts and how they compare.

    *similarity* is what two have in common, *mine* and *theirs* the share of what
    either says that the other does not, and *score* how likely they say the
    same.
    """

    first: Ints
    second: Ints
    similarity: Floats
    mine: Floats
    theirs: Floats
    score: Floats

    def keep(self, kept: NDArray[np.bool_] | Longs) -> "Scored":
        """Return the pairs that *kept* says."""
        columns: list[NDArray[Any]] = [column[kept] for column in self]
        return Scored(*columns)


class Comparer:
    """Compares the texts of one collection."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def score_alike(
        self, alike: Alike, min_score: float, min_similarity: float
    ) -> Iterator[Scored]:
        """Score the pairs among *alike* that may reach either, part by part."""
        for part in alike.cut():
            similarity = self._relate(part, self._find_common(part.first, part.second))
            bound = (similarity + SHIFT - self._discount(part.first, part.second)) / SPAN
            kept = (bound >= min_score) | (similarity >= min_similarity)
            yield self._score(part.keep(kept), similarity[kept])

    def score_pairs(self, pairs: Sequence[tuple[int, int]]) -> Scored:
        """Score any *pairs* of texts."""
        first, second = np.asarray(pairs, np.int32).reshape(-1, 2).T
        cosines = relate_rows(self.collection.vectors, first, second)
        part = Alike(first, second, cosines)
        return self._score(part, self._relate(part, self._find_common(first, second)))

    def score_many(self, pairs: Sequence[tuple[int, int]]) -> Iterator[Scored]:
        """Score any *pairs* of texts, part by part."""
        for at in range(0, len(pairs), PART):
            yield self.score_pairs(pairs[at : at + PART])

    def count_keys(self, text: int) -> int:
        """Count the different things that a text says."""
        return int(self.collection.rows.starts[text + 1] - self.collection.rows.starts[text])

    def _find_common(self, first: Ints, second: Ints) -> Common:
        return find_common(self.collection.rows, first, second)

    def _relate(self, pairs: Alike, common: Common) -> Floats:
        """Return the mean of two cosines: of the vectors of texts, and of their words."""
        weights, lengths = self.collection.weights, self.collection.lengths
        owners, mine, theirs = common.matches
        shared = sum_by(owners, weights[mine] * weights[theirs], len(pairs.first))
        words = shared / np.maximum(lengths[pairs.first] * lengths[pairs.second], 1e-9)
        similarity: Floats = (pairs.cosines + words) / 2
        return similarity

    def _discount(self, first: Ints, second: Ints) -> Floats:
        """Return the penalty for rivals."""
        rivals = np.maximum(self.collection.rivals[first], self.collection.rivals[second])
        taken: Floats = RIVALRY * _LOGS[np.minimum(rivals, len(_LOGS) - 1)]
        return taken

    def _score(self, pairs: Alike, similarity: Floats) -> Scored:
        common = self._find_common(pairs.first, pairs.second)
        mine = self._measure_lack(common, 0, pairs.first, pairs.second)
        theirs = self._measure_lack(common, 1, pairs.second, pairs.first)
        taken = UNMATCHED * np.maximum(mine, theirs) + self._discount(pairs.first, pairs.second)
        sizes = self.collection.rows.sizes
        said = (sizes[pairs.first] > 0) & (sizes[pairs.second] > 0)
        score: Floats = np.where(said, np.clip((similarity + SHIFT - taken) / SPAN, 0, 1), 0.0)
        rounded: Floats = np.round(score, 6)
        return Scored(pairs.first, pairs.second, similarity, mine, theirs, rounded)

    def _measure_lack(self, common: Common, side: int, texts: Ints, others: Ints) -> Floats:
        """Measure the share of what one side of each pair says that only it says."""
        owners, weights = self._list_unmatched(common, side, others)
        lack: Floats = sum_by(owners, weights, len(others)) / self.collection.totals[texts]
        return lack

    def _list_unmatched(self, common: Common, side: int, others: Ints) -> tuple[Longs, Floats]:
        """List for the words of one side, by pair, the weight that has no match on the other."""
        rows = self.collection.rows
        left = ~common.shared[side]
        owners, places = common.owners[side][left], common.places[side][left]
        words, facing = expand(rows.starts, others[owners])
        one, other = rows.keys[places[words]], rows.keys[facing]
        known = self.collection.squares > 0  # numbers and dates are not: they match nothing
        told = known[one] & known[other]
        covered = np.zeros(len(owners))
        np.maximum.at(covered, words[told], self._relate_words(one[told], other[told]))
        unmatched: Floats = self.collection.weights[places] * (1 - covered)
        return owners, unmatched

    def _relate_words(self, one: Ints, other: Ints) -> Floats:
        """Return the cosine of words, by key; each two different words are looked at once."""
        width = len(self.collection.rows.counts)
        codes, places = np.unique(one.astype(np.int64) * width + other, return_inverse=True)
        vectors, squares = self.collection.vocabulary.vectors, self.collection.squares
        cosines = relate_rows(vectors, codes // width, codes % width, squares)
        related: Floats = cosines[places]
        return related

    def find_unmatched(self, first: int, second: int) -> tuple[str, str]:
        """Return the heaviest word of each of two texts that the other has no match for, or ""."""
        pair = np.asarray([first], np.int32), np.asarray([second], np.int32)
        common = self._find_common(*pair)
        words = []
        for side, other in ((0, pair[1]), (1, pair[0])):
            _, weights = self._list_unmatched(common, side, other)
            keys = self.collection.rows.keys[common.places[side][~common.shared[side]]]
            heaviest = int(weights.argmax()) if len(weights) else -1
            words.append(self.collection.vocabulary.words[keys[heaviest]] if len(weights) else "")
        return words[0], words[1]


# Of the number of rivals; none where a pair stands alone.
_LOGS: Floats = np.round(np.log(np.maximum(np.arange(64), 1)), 6).astype(np.float64)
