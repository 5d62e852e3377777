"""
Hold the keys of many texts in three flat arrays, and relate texts by them.

A Python object for each key or pair would cost a hundred bytes; here a key of
a text costs four, and a million pairs are related in a second or two.
"""

from array import array
from collections import Counter
from collections.abc import Iterable
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

# A text is weighed as if this many others, sharing none of its words, stood
# beside it; without them a word that both of two texts have would weigh least.
UNSEEN_TEXTS = 50


class KeyRows(NamedTuple):
    """
    The keys of each text, as numbers.

    Text *i* has ``keys[starts[i] : starts[i + 1]]``, ascending. Keys are numbered from the
    rarest on, ties by their spelling, so the numbers don't depend on the order of the texts.
    *counts* says in how many texts each key is, *weights* how much it says.
    """

    starts: Longs
    keys: Ints
    counts: Longs
    weights: Floats

    @property
    def sizes(self) -> Longs:
        """How many keys each text has."""
        return np.diff(self.starts)

    @property
    def texts(self) -> Ints:
        """The text of each place in *keys*."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), self.sizes)

    def get_row(self, text: int) -> Ints:
        """Give the keys of one text."""
        return self.keys[self.starts[text] : self.starts[text + 1]]


def index_keys(texts: Iterable[Iterable[str]]) -> tuple[KeyRows, dict[str, int]]:
    """Number the keys of each text; also gives the number of each key."""
    first_ids: dict[str, int] = {}
    sizes, flat = [], []
    for keys in texts:
        ids = [first_ids.setdefault(key, len(first_ids)) for key in keys]
        sizes.append(len(ids))
        flat.append(np.asarray(ids, np.int32))
    found = np.concatenate(flat) if flat else np.empty(0, np.int32)
    counts = np.bincount(found, minlength=len(first_ids))
    order = sorted(first_ids, key=lambda key: (counts[first_ids[key]], key))
    ids_of = {key: at for at, key in enumerate(order)}
    renamed = np.empty(len(order), np.int32)
    renamed[[first_ids[key] for key in order]] = np.arange(len(order), dtype=np.int32)
    return _build_rows(renamed[found], np.asarray(sizes, np.int64), np.sort(counts)), ids_of


def sum_up(sizes: Longs) -> Longs:
    """Give where each of stretches of these *sizes* starts, and where the last ends."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def _build_rows(keys: Ints, sizes: Longs, counts: Longs) -> KeyRows:
    starts = sum_up(sizes)
    texts = np.repeat(np.arange(len(sizes)), sizes)
    return KeyRows(starts, keys[np.lexsort((keys, texts))], counts, _weigh(counts, len(sizes)))


def _weigh(counts: Longs, total: int) -> Floats:
    """Weigh each key by how few of the texts have it."""
    # math.log, once a count: numpy's may differ in the last bit between machines
    whole = total + UNSEEN_TEXTS + 1
    weight_of = {count: log(whole / (count + 0.5)) for count in Counter(counts.tolist())}
    return np.fromiter((weight_of[count] for count in counts.tolist()), np.float64, len(counts))


def sum_rows(rows: KeyRows) -> Floats:
    """Sum the weights of each text's keys."""
    return sum_by(rows.texts, rows.weights[rows.keys], len(rows.starts) - 1)


def sum_common(rows: KeyRows, first: Ints, second: Ints) -> Floats:
    """Sum, for each pair of texts, the weights of the keys they have in common."""
    pairs = np.arange(len(first), dtype=np.int64)
    width = len(rows.counts) or 1
    codes = np.concatenate([_spread(rows, pairs * width, side) for side in (first, second)])
    codes.sort()
    common = codes[1:][codes[1:] == codes[:-1]]
    return sum_by(common // width, rows.weights[common % width], len(first))


def sum_by(places: NDArray[np.integer], weights: Floats, count: int) -> Floats:
    """Sum *weights* by place, one after the other, so that the sum is the same everywhere."""
    return np.bincount(places, weights, count).astype(np.float64)


def _spread(rows: KeyRows, codes: Longs, texts: Ints) -> Longs:
    """Give every key of *texts*, each added to its text's code."""
    owners, places = expand(rows.starts, texts)
    spread: Longs = codes[owners] + rows.keys[places]
    return spread


def expand(starts: Longs, owners: NDArray[np.integer]) -> tuple[Longs, Longs]:
    """
    List the places of many stretches; stretch *i* goes from ``starts[i]`` to ``starts[i + 1]``.

    Gives for each place of each of *owners*, in order, which of *owners* it is of, and the place.

    >>> rows, places = expand(np.array([0, 2, 5]), np.array([1, 0]))
    >>> rows.tolist(), places.tolist()
    ([0, 0, 0, 1, 1], [2, 3, 4, 0, 1])
    """
    firsts = starts[owners]
    sizes = starts[owners + 1] - firsts
    ends = np.cumsum(sizes)
    rows = np.repeat(np.arange(len(owners)), sizes)
    return rows, np.arange(len(rows)) + np.repeat(firsts - ends + sizes, sizes)


class Listed(NamedTuple):
    """A list of whole numbers for each of many owners, in one array."""

    starts: Longs
    values: Longs

    def spread(self, owners: NDArray[np.integer]) -> tuple[Longs, Longs]:
        """Give every number of *owners*, after which of *owners* it is of."""
        rows, places = expand(self.starts, owners)
        return rows, self.values[places]


def list_up(lists: Iterable[Iterable[int]]) -> Listed:
    """Put *lists* in one array."""
    values, ends = array("q"), array("q", [0])
    for one in lists:
        values.extend(one)
        ends.append(len(values))
    return Listed(np.asarray(ends, np.int64), np.asarray(values, np.int64))


class Holdings:
    """Which owners hold which numbers, for looking up many at once."""

    def __init__(self, starts: Longs, values: NDArray[np.integer]) -> None:
        owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        self._width = int(values.max(initial=0)) + 1
        codes = owners * self._width + values
        # one more that nothing equals, for what would stand behind the last
        self._codes = np.append(np.sort(codes), -1)

    def hold(self, owners: NDArray[np.integer], values: Longs) -> NDArray[np.bool_]:
        """Tell which of *owners* hold the number beside them."""
        wanted = owners.astype(np.int64) * self._width + values
        held: NDArray[np.bool_] = self._codes[np.searchsorted(self._codes[:-1], wanted)] == wanted
        return held & (values < self._width)
