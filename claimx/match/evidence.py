"""Ask what keeps pairs of texts apart, and remember those that look alike but differ."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claimx.match.candidates import CHUNK, Pair
from claimx.match.compare import BULK, Comparer, LikePairs
from claimx.match.conflicts import Clash
from claimx.match.differences import Difference
from claimx.match.group import Link
from claimx.match.guards import GUARDS, guard_roles
from claimx.match.rows import Ints
from claimx.match.screen import UNSCREENED, Doubt
from claimx.records import Claim

# Other groups that one is said to contradict; one that is unlike more is a form of words that is
# filled in again and again. Of 100,000 synthetic claims with 9,433 real contradictions, 9,224 are
# kept and 40,000 of 83,000 others go.
MOST_CLASHES = 8
# Share of the likeness asked of a conflict that is enough where one side doubts what the other
# states of one named thing: plans are told in other words than deeds.
DOUBTED = 0.65
ROUND_OFF = 1e-9  # sums in another order may differ by less
SWAP_BIT = 1 << GUARDS.index(guard_roles)

_Columns = list[NDArray[Any]]


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
        self._barred: list[_Columns] = []
        self._asked: list[tuple[float, ...]] = []
        self._inclusions: list[tuple[Ints, Ints]] = []

    def list_links(self, min_score: float, reach: Callable[[int], None]) -> Iterator[Link]:
        """
        List the pairs alike enough to merge that nothing keeps apart.

        *reach* is told now and then up to which text all pairs have been found.
        """
        found = []
        for pairs in self._comparer.find_pairs():
            found.append(self._screen(pairs, min_score))
            reach(int(pairs.first[-1]) if len(pairs.first) else 0)
        barred, unsure = (_join_columns(some) for some in zip(*found, strict=True))
        swaps = self._comparer.flag_swaps(
            *(np.concatenate(both) for both in zip(barred[:2], unsure[:2], strict=True))
        )
        for columns, flags in zip((barred, unsure), np.split(swaps, [len(barred[0])]), strict=True):
            columns[3] &= np.where(flags, -1, ~SWAP_BIT)
        self._barred.append(barred)
        for first, second, likeness, *doubt in _list_rows(unsure):
            kept_apart = self._ask(first, second, Doubt(*doubt))
            if likeness >= min_score and not kept_apart:
                self._free.add((first, second))
                yield first, second, likeness

    def _screen(self, found: LikePairs, min_score: float) -> tuple[_Columns, _Columns]:
        """
        Pick the pairs that are kept apart and may clash, and those of which nobody knows.

        In six columns: two positions, how alike they are (apart from what differs, for the
        first), and the three numbers of a `Doubt`.
        """
        self._inclusions.append(self._comparer.pick_inclusions(found))
        # other pairs start no merge and make no conflict, so nobody need ask
        least = np.where(self._comparer.differ_in_doubt(found), DOUBTED, 1) * self._min_conflict
        asked = (found.likeness >= min_score) | (found.ceiling >= least)
        pairs = found.keep(asked)
        verdicts = self._comparer.screen(pairs)
        alike = verdicts.rest >= self._min_conflict - ROUND_OFF
        suspect = verdicts.barred & ~verdicts.twice & alike
        places, doubts = (pairs.first, pairs.second), verdicts[3:]
        return (
            [column[suspect] for column in (*places, verdicts.rest, *doubts)],
            [column[~verdicts.barred] for column in (*places, pairs.likeness, *doubts)],
        )

    def bar_pairs(self, pairs: Sequence[Pair]) -> bool:
        """Tell whether something keeps any of *pairs* apart."""
        unsure = [pair for pair in pairs if pair not in self._free]
        if len(unsure) < BULK:
            return any(self._ask(*pair) for pair in unsure)
        verdicts = self._comparer.screen_all(unsure)
        doubts = zip(*(column.tolist() for column in verdicts[3:]), strict=True)
        return any(
            self._ask(*pair, Doubt(*doubt)) for pair, doubt in zip(unsure, doubts, strict=True)
        )

    def list_entailments(self, leading: Collection[int]) -> Iterator[Pair]:
        """List the pairs of *leading* texts whose first says all of the second, and more."""
        leaders = np.asarray(sorted(leading), np.int64)
        for specific, general in self._inclusions:
            kept = np.isin(specific, leaders) & np.isin(general, leaders)
            for pair in zip(specific[kept].tolist(), general[kept].tolist(), strict=True):
                difference, _ = self._comparer.differ(*sorted(pair))
                if difference is None:
                    yield pair

    def list_clashes(
        self, group_of: Mapping[int, int], claims: Sequence[Sequence[Claim]]
    ) -> Iterator[Clash]:
        """
        List for every two groups of different documents the pair that differs most clearly.

        *claims* are those of each group.
        A group clashes with `MOST_CLASHES` others at most, the most alike first.
        """
        room = [MOST_CLASHES] * len(claims)
        done: set[Pair] = set()
        for first, second, _, *doubt in self._rank_suspects():
            pair = a, b = _sort_pair(group_of[first], group_of[second])
            told = not (room[a] and room[b]) or pair in done
            if told or _share_document(claims[a], claims[b]):
                continue
            contrast = self._comparer.contrast(first, second, Doubt(*doubt))
            if contrast and self._suffices(first, second, *contrast):
                done.add(pair)
                room[a] -= 1
                room[b] -= 1
                yield Clash((first, second), contrast[1], contrast[0])

    def _rank_suspects(self) -> Iterator[tuple[Any, ...]]:
        """List the pairs that may clash, the most alike first, with what is to be asked of them."""
        asked = np.asarray(self._asked, np.float64).reshape(-1, 6).T
        whole = [column if at == 2 else column.astype(np.int32) for at, column in enumerate(asked)]
        suspects = _join_columns([whole, *self._barred])
        firsts, seconds, rests = suspects[:3]
        order = np.lexsort((seconds, firsts, -np.round(rests, 9)))
        return _list_rows([column[order] for column in suspects])

    def _ask(self, first: int, second: int, doubt: Doubt = UNSCREENED) -> bool:
        difference, rest = self._comparer.differ(first, second, doubt)
        if difference and self._suffices(first, second, difference, rest):
            self._asked.append((first, second, rest, *doubt))
        return difference is not None

    def _suffices(self, first: int, second: int, difference: Difference, rest: float) -> bool:
        """Tell whether the rest is alike enough for a conflict."""
        if rest >= self._min_conflict:
            return True
        doubted = difference.kind == "modality" and rest >= DOUBTED * self._min_conflict
        return doubted and self._comparer.share_name(first, second)


def _share_document(ours: Sequence[Claim], theirs: Sequence[Claim]) -> bool:
    documents = {claim.document_id for claim in ours}
    return any(claim.document_id in documents for claim in theirs)


def _sort_pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _join_columns(tables: Iterable[_Columns]) -> _Columns:
    return [np.concatenate(columns) for columns in zip(*tables, strict=True)]


def _list_rows(columns: _Columns) -> Iterator[tuple[Any, ...]]:
    """List the rows of *columns*; only a chunk of them is made into Python's numbers at a time."""
    for at in range(0, len(columns[0]), CHUNK):
        yield from zip(*(column[at : at + CHUNK].tolist() for column in columns), strict=True)
