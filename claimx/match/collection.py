"""
Hold the texts of a collection in flat arrays, and weigh their words.

What all claims about an event say does not distinguish them. So a word weighs
more the fewer of the similar texts have it; where few texts are similar, its
rarity in English decides. No division into topics is needed: in a collection of
many topics each text is weighed among its own.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from math import log
from typing import NamedTuple

import numpy as np

from claimx.language.features import stem_word
from claimx.match.embed import Vectors, relate_rows, square_rows
from claimx.match.rows import Floats, Ints, KeyRows, Longs, expand, sum_by
from claimx.match.vocabulary import Flags, Vocabulary, is_date

# Least cosine of two texts that are compared, and that count as similar when words are weighed.
MIN_COSINE = 0.35
FEW = 3  # similar texts from which they count for more than English in the weight of a word
GRAIN = 1024  # weights are whole numbers of this part, so that their sums are exact
LIGHTEST = 0.0125
PART = 100_000  # pairs looked at together


class Alike(NamedTuple):
    """Pairs of texts by position, lower first, sorted, and the cosine of each."""

    first: Ints
    second: Ints
    cosines: Floats

    def keep(self, kept: Flags) -> "Alike":
        """Return the pairs that *kept* says."""
        return Alike(self.first[kept], self.second[kept], self.cosines[kept])

    def cut(self) -> "Iterator[Alike]":
        """Cut the pairs into parts that fit in memory."""
        for at in range(0, len(self.first), PART):
            part = slice(at, at + PART)
            yield Alike(self.first[part], self.second[part], self.cosines[part])


class Common(NamedTuple):
    """
    The keys of both sides of some pairs.

    Side *i* of pair ``owners[i][n]`` has the entry ``places[i][n]`` of the
    rows, and the other side has its key too if ``shared[i][n]``. *matches* are
    the places of equal keys, first side and second, by pair.
    """

    owners: tuple[Longs, Longs]
    places: tuple[Longs, Longs]
    shared: tuple[Flags, Flags]
    matches: tuple[Longs, Longs, Longs]


class Texts(NamedTuple):
    """Some texts: their keys and their vectors."""

    rows: KeyRows
    vectors: Vectors


class Shares(NamedTuple):
    """The number of texts similar to each text, and of those that share each of its keys."""

    rivals: Longs
    shared: Longs


def relate_texts(texts: Texts, first: Ints, second: Ints) -> Alike:
    """Keep the pairs of texts whose vectors are similar."""
    cosines = relate_rows(texts.vectors, first, second)
    return Alike(first, second, cosines).keep(cosines >= MIN_COSINE)


def count_shares(rows: KeyRows, pairs: Iterable[Alike]) -> Shares:
    """Count for each text the others that it is in a pair with, and for each key those with it."""
    rivals = np.zeros(len(rows.sizes), np.int64)
    shared = np.zeros(len(rows.keys), np.int64)
    for some in pairs:
        for part in some.cut():
            _, mine, theirs = find_common(rows, part.first, part.second).matches
            for counts, places in ((rivals, part[:2]), (shared, (mine, theirs))):
                for side in places:
                    np.add.at(counts, side, 1)
    return Shares(rivals, shared)


class Collection:
    """
    All or some texts of a collection, with the weight of each key in each text.

    The keys of *texts* are positions in *vocabulary*. *shares* count over the whole collection.
    """

    def __init__(self, vocabulary: Vocabulary, texts: Texts, shares: Shares) -> None:
        self.vocabulary = vocabulary
        self.rows, self.vectors = texts
        self.rivals, self.shared = shares
        self.weights = self._weigh()
        totals = sum_by(self.rows.texts, self.weights, len(self.rivals))
        self.totals = np.maximum(totals, LIGHTEST)
        self.lengths = np.sqrt(sum_by(self.rows.texts, self.weights**2, len(self.rivals)))

    @cached_property
    def squares(self) -> Floats:
        """The products of the vectors of words with themselves."""
        return square_rows(self.vocabulary.vectors)

    @cached_property
    def dated(self) -> Flags:
        """Flags the texts that give a date."""
        dates = np.fromiter(map(is_date, self.vocabulary.keys), np.bool_)
        flags: Flags = np.bincount(self.rows.texts, dates[self.rows.keys], len(self.rivals)) > 0
        return flags

    def _weigh(self) -> Floats:
        """
        Weigh every entry of the rows, 0 to 1, by how few of the texts like its own have its key.

        Few such texts say little, and then how rare it is in English decides.
        """
        like = self.rivals[self.rows.texts]
        near = like / (like + FEW)
        weights = (1 - near) * self.vocabulary.usual[self.rows.keys]
        weights += near * (1 - _take_logs(self.shared + 1) / _take_logs(like + 2))
        rounded: Floats = np.rint(np.maximum(weights, LIGHTEST) * GRAIN) / GRAIN
        return rounded

    def weigh_stems(self, at: int) -> dict[str, float]:
        """Return what the stems of a text weigh."""
        place = slice(self.rows.starts[at], self.rows.starts[at + 1])
        words = (self.vocabulary.words[key] for key in self.rows.keys[place].tolist())
        return dict(zip(map(stem_word, words), self.weights[place].tolist(), strict=True))


def _take_logs(numbers: Longs) -> Floats:
    """Take logarithms by math.log, as numpy's may differ in the last bits between machines."""
    known, places = np.unique(numbers, return_inverse=True)
    logs: Floats = np.fromiter(map(log, known.tolist()), np.float64, len(known))[places]
    return logs


def find_common(rows: KeyRows, first: Ints, second: Ints) -> Common:
    """Find which keys of pairs of texts stand on both sides."""
    width = len(rows.counts) or 1
    sides = expand(rows.starts, first), expand(rows.starts, second)
    owners, places = (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])
    codes = np.concatenate(
        [owner * width + rows.keys[place] for owner, place in zip(owners, places, strict=True)]
    )
    order = np.argsort(codes, kind="stable")
    equal = np.flatnonzero(np.diff(codes[order]) == 0)
    mine, theirs = order[equal], order[equal + 1] - len(owners[0])
    shared = np.zeros(len(owners[0]), np.bool_), np.zeros(len(owners[1]), np.bool_)
    shared[0][mine] = True
    shared[1][theirs] = True
    matches = owners[0][mine], places[0][mine], places[1][theirs]
    return Common(owners, places, shared, matches)
