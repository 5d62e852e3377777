"""Tell of many pairs of texts at once in which two may have changed places."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from claimx.match.encode import Reading
from claimx.match.roles import list_roles
from claimx.match.rows import Holdings, Ints, Listed, Longs


def flag_swaps(
    readings: Sequence[Reading], ids: Mapping[str, int], first: Ints, second: Ints
) -> NDArray[np.bool_]:
    """
    Flag the pairs of *readings*, by position, in which `guard_roles` may find something.

    Only the texts of the pairs are read for who stands to whom, which takes longer than all else.
    """
    texts = np.unique(np.concatenate((first, second)))
    owners, said, turned = _read_roles([readings[at] for at in texts.tolist()], ids)
    # next to nothing is said the other way round anywhere, and only that counts
    codes = np.intersect1d(said, turned)
    sayings = Holdings(*_pick(owners, said, codes, len(texts)))
    watched = _pick(owners, turned, codes, len(texts))
    pairs, wanted = watched.spread(np.searchsorted(texts, first))
    flags = np.zeros(len(first), np.bool_)
    flags[pairs[sayings.hold(np.searchsorted(texts, second[pairs]), wanted)]] = True
    return flags


def _read_roles(readings: Sequence[Reading], ids: Mapping[str, int]) -> tuple[Longs, Longs, Longs]:
    """Give all roles of *readings* as numbers: whose they are, as said, and turned round."""
    pivots: dict[str, int] = {}
    rows = [
        (at, pivots.setdefault(pivot, len(pivots)), ids[who], ids[whom])
        for at, reading in enumerate(readings)
        for pivot, who, whom in list_roles(reading.facts.tokens, reading.slots)
    ]
    columns = np.asarray(rows, np.int64).reshape(-1, 4).T
    # two that overflow to the same number only make a guard be asked in vain
    said, turned = (
        (columns[1] * len(ids) + columns[one]) * len(ids) + columns[other]
        for one, other in ((2, 3), (3, 2))
    )
    return columns[0], said, turned


def _pick(owners: Longs, found: Longs, codes: Longs, count: int) -> Listed:
    """List for each owner the places in *codes* of what was *found* with it, if it is there."""
    kept = np.isin(found, codes)
    starts = np.searchsorted(owners[kept], np.arange(count + 1))
    return Listed(starts, np.searchsorted(codes, found[kept]))
