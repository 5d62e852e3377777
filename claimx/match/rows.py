"""
Hold the keys of many texts in flat arrays.

A Python object for each key or pair would cost a hundred bytes; here a key of
a text costs four.
"""

from collections.abc import Sequence
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


def number_keys(sizes: Sequence[int], ids: Ints, counts: Longs) -> KeyRows:
    """
    Make rows of the keys *ids* of texts, of which each has so many.

    *counts* says of each key in how many texts it is.
    """
    lengths = np.asarray(sizes, np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))
    order = np.lexsort((ids, np.repeat(np.arange(len(lengths)), lengths)))
    return KeyRows(starts, ids[order].astype(np.int32), counts)


def sum_by(places: NDArray[np.integer], weights: Floats, count: int) -> Floats:
    """Sum *weights* by place, one after the other, so that the sum is the same everywhere."""
    return np.bincount(places, weights, count).astype(np.float64)


def expand(starts: Longs, owners: NDArray[np.integer]) -> tuple[Longs, Longs]:
    """
    List the places of many stretches; stretch *i* goes from ``starts[i]`` to ``starts[i + 1]``.

    Returns for each place of each of *owners*, in order, which of *owners* it is of, and the place.

    >>> rows, places = expand(np.array([0, 2, 5]), np.array([1, 0]))
    >>> rows.tolist(), places.tolist()
    ([0, 0, 0, 1, 1], [2, 3, 4, 0, 1])
    """
    firsts = starts[owners]
    sizes = starts[owners + 1] - firsts
    ends = np.cumsum(sizes)
    rows = np.repeat(np.arange(len(owners)), sizes)
    return rows, np.arange(len(rows)) + np.repeat(firsts - ends + sizes, sizes)
