"""Ask what keeps pairs of texts apart, and remember those that look alike but differ."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from claimx.match.candidates import Pair
from claimx.match.compare import Comparer
from claimx.match.conflicts import Clash
from claimx.match.differences import Difference
from claimx.match.group import Link
from claimx.match.rows import Floats, Ints
from claimx.match.screen import pick_guards

# Two positions and how alike they are apart from what differs, side by side in three columns.
Suspects = tuple[Ints, Ints, Floats]
# Share of the likeness asked of a conflict that is enough where one side doubts what the other
# states of one named thing: plans are told in other words than deeds.
DOUBTED = 0.65
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
        self._surely: list[Suspects] = []
        self._asked: list[tuple[int, int, float]] = []
        self._inclusions: list[tuple[Ints, Ints]] = []

    def list_links(self, min_score: float) -> Iterator[Link]:
        """List the pairs alike enough to merge that nothing keeps apart."""
        for found in self._comparer.find_pairs():
            # other pairs start no merge and make no conflict, so nobody need ask
            least = np.where(self._comparer.differ_in_doubt(found), DOUBTED, 1) * self._min_conflict
            asked = (found.likeness >= min_score) | (found.ceiling >= least)
            self._inclusions.append(self._comparer.pick_inclusions(found))
            pairs = found.keep(asked)
            verdicts = self._comparer.screen(pairs)
            alike = verdicts.rest >= self._min_conflict - ROUND_OFF
            suspect = verdicts.barred & ~verdicts.twice & alike
            kept = (pairs.first[suspect], pairs.second[suspect], verdicts.rest[suspect])
            self._surely.append(kept)
            unsure = ~verdicts.barred
            columns = (pairs.first, pairs.second, pairs.likeness, verdicts.open)
            rows = zip(*(column[unsure].tolist() for column in columns), strict=True)
            for first, second, likeness, open_bits in rows:
                barred = self._ask(first, second, open_bits)
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
        firsts, seconds, rests = self._join_suspects()
        groups = np.fromiter((group_of[at] for at in range(len(group_of))), np.int64)
        sides = np.sort(np.stack((groups[firsts], groups[seconds])), axis=0)
        order = np.lexsort((seconds, firsts, -np.round(rests, 9), sides[1], sides[0]))
        done: tuple[int, int] | None = None
        columns = (column[order].tolist() for column in (firsts, seconds, *sides))
        for first, second, a, b in zip(*columns, strict=True):
            if (a, b) == done:
                continue
            if not documents[a].isdisjoint(documents[b]):
                done = (a, b)
                continue
            contrast = self._comparer.contrast(first, second)
            if contrast and self._suffices(first, second, *contrast):
                done = (a, b)
                yield Clash((first, second), contrast[1], contrast[0])

    def _join_suspects(self) -> Suspects:
        asked = np.asarray(self._asked, np.float64).reshape(-1, 3).T
        columns = zip(asked, *self._surely, strict=True)
        firsts, seconds, rests = (np.concatenate(column) for column in columns)
        return firsts.astype(np.int32), seconds.astype(np.int32), rests

    def _ask(self, first: int, second: int, open_bits: int = -1) -> bool:
        difference, rest = self._comparer.differ(first, second, pick_guards(open_bits))
        if difference and self._suffices(first, second, difference, rest):
            self._asked.append((first, second, rest))
        return difference is not None

    def _suffices(self, first: int, second: int, difference: Difference, rest: float) -> bool:
        """Tell whether the rest is alike enough for a conflict."""
        if rest >= self._min_conflict:
            return True
        doubted = difference.kind == "modality" and rest >= DOUBTED * self._min_conflict
        return doubted and self._comparer.share_name(first, second)
