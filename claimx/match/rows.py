"""
Hold the keys of many texts in flat arrays.

A Python object for each key or pair would cost a hundred bytes; here a key of
a text costs four.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class KeyRows(NamedTuple):
    """
    The keys of each text, as numbers.

    Text *i* has ``keys[starts[i] : starts[i + 1]]``, ascending. Keys are numbered from the
    rarest on, ties by their spelling, so the numbers don't depend on the order of the texts.
    *counts* says in how many texts each key is.
    """

    starts: Longs
    keys: Ints
    counts: Longs

    @property
    def sizes(self) -> Longs:
        """How many keys each text has."""
        return np.diff(self.starts)

    @property
    def texts(self) -> Ints:
        """The text of each place in *keys*."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), self.sizes)


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


def _build_rows(keys: Ints, sizes: Longs, counts: Longs) -> KeyRows:
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
    texts = np.repeat(np.arange(len(sizes)), sizes)
    return KeyRows(starts, keys[np.lexsort((keys, texts))], counts)


def sum_by(places: NDArray[np.integer], weights: Floats, count: int) -> Floats:
    """Sum *weights* by place, one after the other, so that the sum is the same everywhere."""
    return np.bincount(places, weights, count).astype(np.float64)


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
