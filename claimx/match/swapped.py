"""Tell from flat arrays in which pairs of texts two may have changed places."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from claimx.match.encode import Reading
from claimx.match.roles import list_roles
from claimx.match.rows import Holdings, Ints, Listed, Longs


class Roles:
    """
    Who stands to whom in the texts of one collection.

    Kept is only what some text has the other way round: next to nothing.
    """

    def __init__(self, readings: Sequence[Reading], ids: Mapping[str, int]) -> None:
        pivots: dict[str, int] = {}
        rows: list[tuple[int, int, int]] = []
        sizes = np.zeros(len(readings), np.int64)
        for at, reading in enumerate(readings):
            found = list_roles(reading.facts.tokens, reading.slots)
            sizes[at] = len(found)
            for pivot, who, whom in found:
                rows.append((pivots.setdefault(pivot, len(pivots)), ids[who], ids[whom]))
        columns = np.asarray(rows, np.int64).reshape(-1, 3).T
        texts = np.repeat(np.arange(len(readings)), sizes)
        # two codes that overflow to the same number only make a guard be asked in vain
        said, turned = (
            (columns[0] * len(ids) + columns[one]) * len(ids) + columns[other]
            for one, other in ((1, 2), (2, 1))
        )
        codes = np.intersect1d(said, turned)
        self._said = Holdings(*_pick(texts, said, codes, len(readings)))
        self._turned = _pick(texts, turned, codes, len(readings))

    def may_swap(self, first: Ints, second: Ints) -> NDArray[np.bool_]:
        """Tell where `guard_roles` may find something."""
        pairs, codes = self._turned.spread(first)
        flags = np.zeros(len(first), np.bool_)
        flags[pairs[self._said.hold(second[pairs], codes)]] = True
        return flags


def _pick(texts: Longs, found: Longs, codes: Longs, count: int) -> Listed:
    """List for each text the places in *codes* of what was *found* in it, if it is there."""
    kept = np.isin(found, codes)
    starts = np.searchsorted(texts[kept], np.arange(count + 1))
    return Listed(starts, np.searchsorted(codes, found[kept]))
