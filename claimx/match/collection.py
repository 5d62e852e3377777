"""
Hold the texts of a collection in flat arrays, and say what is given there and what is new.

What the claims of an event all say is given, and tells none of them apart. So
a word of a text weighs by how few of the texts like it have it too; how rare
it is in English stands in for texts that are not there. No cut into topics is
needed, and a collection of many weighs the words of each as if it stood alone.
"""

from collections.abc import Callable, Iterator, Sequence
from math import log
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.language.features import stem_word
from claimx.match.candidates import find_pairs
from claimx.match.embed import Vectors, embed_texts, relate_rows
from claimx.match.encode import DATE, QUANTITY, read_text
from claimx.match.rows import Floats, Ints, KeyRows, Longs, expand, index_keys, sum_by
from claimx.match.statements import estimate_frequency, weigh_known

# Texts alike at least so much, by vector, are compared, and say what is given.
MIN_COSINE = 0.35
# Texts of general English that stand beside those of the collection when words are weighed.
UNSEEN_TEXTS = 50
VALUE_FREQUENCY = 0.01  # share of texts that give one quantity or date
GRAIN = 1024  # weights are whole numbers of this part, so that their sums are exact
LIGHTEST = 0.05
TOLD_EVERY = 1000  # texts read, between two words on progress


Flags = NDArray[np.bool_]
# Told the step and how many texts are done with.
Watch = Callable[[Literal["read", "compare"], int], None]


class Alike(NamedTuple):
    """Pairs of texts by position, lower first, sorted, and the cosine of each."""

    first: Ints
    second: Ints
    cosines: Floats

    def keep(self, kept: Flags) -> "Alike":
        """Give the pairs that *kept* says."""
        return Alike(self.first[kept], self.second[kept], self.cosines[kept])


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


class Collection:
    """
    The texts of one collection: keys, vectors, and what each key weighs in each text.

    *dated* flags the texts that give a date.
    """

    def __init__(self, texts: Sequence[str], watch: Watch = lambda _step, _done: None) -> None:
        gatherer = _Gatherer()
        self.rows, ids = index_keys(
            gatherer.gather(at, text, watch) for at, text in enumerate(texts)
        )
        self.keys = list(ids)
        self.words = [gatherer.words[key] for key in ids]
        dates = _flag_keys(self.keys, DATE)
        self.dated = np.bincount(self.rows.texts, dates[self.rows.keys], len(texts)) > 0
        self.vectors: Vectors = embed_texts(texts)
        values = dates | _flag_keys(self.keys, QUANTITY)
        self.key_vectors = embed_texts(
            ["" if value else word for word, value in zip(self.words, values, strict=True)]
        )
        self.alike = self._find_alike(watch)
        self.rivals = _count(self.alike, len(texts))
        usual = np.fromiter(map(_estimate, self.keys, self.words), np.float64, len(ids))
        self.weights = self._weigh(usual)
        totals = sum_by(self.rows.texts, self.weights, len(texts))
        self.totals = np.maximum(totals, LIGHTEST)
        self.lengths = np.sqrt(sum_by(self.rows.texts, self.weights**2, len(texts)))

    def _find_alike(self, watch: Watch) -> Alike:
        """Find the pairs worth comparing that are alike by their vectors."""
        found = []
        for first, second in find_pairs(self.rows, self.vectors):
            cosines = relate_rows(self.vectors, first, second)
            found.append(Alike(first, second, cosines).keep(cosines >= MIN_COSINE))
            watch("compare", int(first[-1]) + 1 if len(first) else len(self.rows.sizes))
        columns: list[NDArray[Any]] = [np.concatenate(some) for some in zip(*found, strict=True)]
        return Alike(*columns)

    def _weigh(self, usual: Floats) -> Floats:
        """Weigh every entry of the rows by how few of the texts like its own have its key."""
        shared = np.zeros(len(self.rows.keys), np.int64)
        for part in self.list_parts(self.alike):
            _, mine, theirs = find_common(self.rows, part.first, part.second).matches
            np.add.at(shared, mine, 1)
            np.add.at(shared, theirs, 1)
        self.shared = shared
        seen = UNSEEN_TEXTS * usual[self.rows.keys] + shared + 1
        ratios = (self.rivals[self.rows.texts] + 1 + UNSEEN_TEXTS) / seen
        # math.log, as numpy's may differ in the last bits between machines
        weights = np.fromiter(map(log, ratios.tolist()), np.float64, len(ratios))
        rounded: Floats = np.rint(np.maximum(weights, LIGHTEST) * GRAIN) / GRAIN
        return rounded

    def weigh_stems(self, at: int) -> dict[str, float]:
        """Weigh the stems of a text, 0 to 1, by how few of the texts like it have them."""
        places = range(self.rows.starts[at], self.rows.starts[at + 1])
        like = int(self.rivals[at])
        keys = (int(key) for key in self.rows.keys[places.start : places.stop])
        shared = self.shared[places.start : places.stop].tolist()
        return {
            stem_word(self.words[key]): weigh_known(self.words[key], number, like)
            for key, number in zip(keys, shared, strict=True)
        }

    def list_parts(self, pairs: Alike, size: int = 100_000) -> Iterator[Alike]:
        """Cut *pairs* into parts that fit in memory."""
        for at in range(0, max(1, len(pairs.first)), size):
            part = slice(at, at + size)
            yield Alike(pairs.first[part], pairs.second[part], pairs.cosines[part])


class _Gatherer:
    """What is noted of each text while the keys of all are numbered."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def gather(self, at: int, text: str, watch: Watch) -> list[str]:
        """Give the keys of *text*, sorted, and note the rest; of a key's words the first."""
        if at % TOLD_EVERY == 0:
            watch("read", at)
        reading = read_text(text)
        for key, word in zip(reading.keys, reading.words, strict=True):
            known = self.words.get(key)
            if known is None or word < known:
                self.words[key] = word
        return sorted(set(reading.keys))


def _flag_keys(keys: Sequence[str], start: str) -> Flags:
    return np.fromiter((key[0] == start for key in keys), np.bool_, len(keys))


def _estimate(key: str, word: str) -> float:
    return VALUE_FREQUENCY if key[0] in (QUANTITY, DATE) else estimate_frequency(word)


def _count(pairs: Alike, texts: int) -> Longs:
    """Count for each text the others that it is in a pair with."""
    return np.bincount(pairs.first, minlength=texts) + np.bincount(pairs.second, minlength=texts)


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
