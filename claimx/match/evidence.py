"""Ask what keeps pairs of texts apart, and remember those that look alike but differ."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claimx.match.candidates import Pair
from claimx.match.compare import Comparer
from claimx.match.conflicts import Clash
from claimx.match.group import Link
from claimx.match.rows import Ints
from claimx.match.screen import UNSCREENED, Doubt

ROUND_OFF = 1e-9  # sums in another order may differ by less


class Evidence:
    """
    Asks about pairs once, and keeps what may be a conflict.

    Whether two texts differ in one thing only is asked at the end, and only
    of the pair that shows best how two groups differ.
    """

    def __init__(self, comparer: Comparer, min_conflict: float) -> None:
        self._comparer = comparer
        self._min_conflict = min_conflict
        self._free: set[Pair] = set()
        self._surely: list[tuple[NDArray[Any], ...]] = []
        self._asked: list[tuple[float, ...]] = []
        self._inclusions: list[tuple[Ints, Ints]] = []

    def list_links(self, min_score: float) -> Iterator[Link]:
        """List the pairs alike enough to merge that nothing keeps apart."""
        for found in self._comparer.find_pairs():
            # other pairs start no merge and make no conflict, so nobody need ask
            asked = (found.likeness >= min_score) | (found.ceiling >= self._min_conflict)
            self._inclusions.append(self._comparer.pick_inclusions(found))
            pairs = found.keep(asked)
            verdicts = self._comparer.screen(pairs)
            alike = verdicts.rest >= self._min_conflict - ROUND_OFF
            suspect = verdicts.barred & ~verdicts.twice & alike
            columns = (pairs.first, pairs.second, *verdicts[2:])
            self._surely.append(tuple(column[suspect] for column in columns))
            unsure = ~verdicts.barred
            columns = (pairs.first, pairs.second, pairs.likeness, *verdicts[3:])
            rows = zip(*(column[unsure].tolist() for column in columns), strict=True)
            for first, second, likeness, *doubt in rows:
                barred = self._ask(first, second, Doubt(*doubt))
                if not barred and likeness >= min_score:
                    self._free.add((first, second))
                    yield first, second, likeness

    def bar_pair(self, first: int, second: int) -> bool:
        """Tell whether something keeps a pair apart."""
        return (first, second) not in self._free and self._ask(first, second)

    def list_entailments(self, leading: Collection[int]) -> Iterator[Pair]:
        """List the pairs of *leading* texts whose first says all of the second, and more."""
        for specific, general in self._inclusions:
            for pair in zip(specific.tolist(), general.tolist(), strict=True):
                if pair[0] in leading and pair[1] in leading:
                    difference, _ = self._comparer.differ(*sorted(pair))
                    if difference is None:
                        yield pair

    def list_clashes(
        self, group_of: Mapping[int, int], documents: Sequence[frozenset[str]]
    ) -> Iterator[Clash]:
        """List for every two groups of different *documents* the pair that differs most clearly."""
        firsts, seconds, rests, *doubts = self._join_suspects()
        groups = np.fromiter((group_of[at] for at in range(len(group_of))), np.int64)
        sides = np.sort(np.stack((groups[firsts], groups[seconds])), axis=0)
        order = np.lexsort((seconds, firsts, -np.round(rests, 9), sides[1], sides[0]))
        done: tuple[int, int] | None = None
        columns = (column[order].tolist() for column in (firsts, seconds, *sides, *doubts))
        for first, second, a, b, *doubt in zip(*columns, strict=True):
            if (a, b) == done:
                continue
            if not documents[a].isdisjoint(documents[b]):
                done = (a, b)
                continue
            contrast = self._comparer.contrast(first, second, self._min_conflict, Doubt(*doubt))
            if contrast:
                done = (a, b)
                yield Clash((first, second), contrast[1], contrast[0])

    def _join_suspects(self) -> list[NDArray[Any]]:
        """
        Join what was asked with what arrays told.

        Six columns: two positions, how alike they are apart from what differs, and the three
        numbers of a `Doubt`.
        """
        asked = np.asarray(self._asked, np.float64).reshape(-1, 6).T
        firsts, seconds, rests, *doubts = map(
            np.concatenate, zip(asked, *self._surely, strict=True)
        )
        whole = (column.astype(np.int32) for column in (firsts, seconds, *doubts))
        return [next(whole), next(whole), rests, *whole]

    def _ask(self, first: int, second: int, doubt: Doubt = UNSCREENED) -> bool:
        difference, rest = self._comparer.differ(first, second, doubt)
        if difference and rest >= self._min_conflict:
            self._asked.append((first, second, rest, *doubt))
        return difference is not None
