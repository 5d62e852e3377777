"""Tell of many pairs of texts at once in which two may have changed places."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from claimx.match.agents import list_deeds
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
    said, watched = _read_sides([readings[at] for at in texts.tolist()], ids)
    # next to nothing is said the other way round anywhere, and only that counts
    codes = np.intersect1d(said[1], watched[1])
    sayings = Holdings(*_pick(*said, codes, len(texts)))
    watches = _pick(*watched, codes, len(texts))
    places = np.searchsorted(texts, first), np.searchsorted(texts, second)
    flags = np.zeros(len(first), np.bool_)
    for one, other in (places, places[::-1]):
        pairs, wanted = watches.spread(one)
        flags[pairs[sayings.hold(other[pairs], wanted)]] = True
    return flags


def _read_sides(
    readings: Sequence[Reading], ids: Mapping[str, int]
) -> tuple[tuple[Longs, Longs], tuple[Longs, Longs]]:
    """
    Give as numbers what *readings* say, and what the other text says if two changed places.

    After each number's reading: roles, and roles turned round; who else is in a deed, and its
    doers.
    """
    pivots: dict[str, int] = {}
    said: list[tuple[int, int, int, int]] = []
    watched: list[tuple[int, int, int, int]] = []
    for at, reading in enumerate(readings):
        tokens = reading.facts.tokens
        for pivot, who, whom in list_roles(tokens, reading.slots):
            number = pivots.setdefault(pivot, len(pivots))
            said.append((at, number, ids[who], ids[whom]))
            watched.append((at, number, ids[whom], ids[who]))
        for key, deed in list_deeds(tokens, reading.slots).items():
            number = pivots.setdefault("deed " + key, len(pivots))
            said += ((at, number, ids[one], 0) for one in deed.others if one)
            watched += ((at, number, ids[one], 0) for one in deed.doers if one)
    return _code_rows(said, len(ids)), _code_rows(watched, len(ids))


def _code_rows(rows: Sequence[tuple[int, int, int, int]], width: int) -> tuple[Longs, Longs]:
    owners, pivot, who, whom = np.asarray(rows, np.int64).reshape(-1, 4).T
    # two that overflow to the same number only make a guard be asked in vain
    return owners, (pivot * width + who) * width + whom


def _pick(owners: Longs, found: Longs, codes: Longs, count: int) -> Listed:
    """List for each owner the places in *codes* of what was *found* with it, if it is there."""
    kept = np.isin(found, codes)
    starts = np.searchsorted(owners[kept], np.arange(count + 1))
    return Listed(starts, np.searchsorted(codes, found[kept]))
