"""
Tell from flat arrays which name of a text stands where another text has another.

The guard of names compares all names of two texts word by word, some
microseconds a pair; here a million pairs of names take a second. The few
that only spelling can tell apart are asked one by one, each once a chunk.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance.Indel import normalized_similarity
from rapidfuzz.process import cpdist

from claimx.facts import Name
from claimx.facts.names import find_place
from claimx.match.encode import Reading
from claimx.match.guards import AFFIX, SPELT_ALIKE, are_variants, find_sort
from claimx.match.rows import (
    Floats,
    Holdings,
    Ints,
    Longs,
    expand,
    list_up,
    sum_up,
)

Flags = NDArray[np.bool_]

LETTERS = 4  # of an abbreviation that one word of a name gives, at most: "viii"
READ_LETTERS = 20  # of names whose letters are compared in arrays
_PARTS = re.compile(r"[^\W_]+")


class Replaced(NamedTuple):
    """
    The pairs of texts in which one name stands for another, ascending.

    *mine* and *theirs* are the places of the two names, the first found.
    """

    pairs: Longs
    mine: Longs
    theirs: Longs


class Names:
    """
    The names of the texts of one collection, in the order they stand.

    Text *i* has the names from ``starts[i]`` to ``starts[i + 1]``; *keys* lists the keys of each.
    """

    def __init__(
        self, readings: Sequence[Reading], ids: Mapping[str, int], holdings: Holdings
    ) -> None:
        self._holdings = holdings
        spellings: dict[tuple[str, tuple[str, ...]], int] = {}
        samples: list[Name] = []
        rows: list[tuple[int, ...]] = []
        for reading, name in _list_names(readings):
            spelling = spellings.setdefault((name.text, name.words), len(spellings))
            if spelling == len(samples):
                samples.append(name)
            before, after = reading.keys_around(name.at, name.end)
            around = ids.get(before, -1), ids.get(after, -1)
            rows.append((spelling, *around, name.at, name.sure))
        table = np.asarray(rows, np.int32).reshape(-1, 5)
        self._spelling, self._before, self._after, self._at, self._sure = table.T.copy()
        sizes = np.fromiter((len(one.names) for one in readings), np.int64, len(readings))
        self.starts = sum_up(sizes)
        self.keys = list_up(
            {ids[key] for key in reading.slots[name.at : name.end] if key}
            for reading, name in _list_names(readings)
        )
        self._spellings = _Spellings(samples)

    @property
    def texts(self) -> Longs:
        """The text of each name."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def weigh(self, weights: Floats) -> Floats:
        """Weigh each name by its keys."""
        return np.bincount(self._own_keys(), weights[self.keys.values], len(self._at)).astype(
            np.float64
        )

    def flag_heads(self, reach: int) -> Flags:
        """
        Flag the texts with a name in their first *reach* tokens or just behind.

        Its keys must be of names that some text has elsewhere than at its head, where all
        is capital.
        """
        names = self._own_keys()
        known = np.zeros(self.keys.values.max(initial=-1) + 1, np.bool_)
        known[self.keys.values[self._sure[names] > 0]] = True
        strange = np.bincount(names[~known[self.keys.values]], minlength=len(self._at))
        flags = np.zeros(len(self.starts) - 1, np.bool_)
        flags[self.texts[(self._at <= reach) & (strange == 0)]] = True
        return flags

    def _own_keys(self) -> Longs:
        """The name of each place in *keys*."""
        return np.repeat(np.arange(len(self._at)), np.diff(self.keys.starts))

    def find_replaced(self, first: Ints, second: Ints) -> Replaced:
        """Find the pairs of texts that `guard_names` keeps apart, and by which names."""
        rows, mine = self._list_strange(first, second)
        pairs, inverse = np.unique(rows, return_inverse=True)
        others, theirs = self._list_strange(second[pairs], first[pairs])
        starts = np.searchsorted(others, np.arange(len(pairs) + 1))
        which, places = expand(starts, inverse)
        one, other = mine[which], theirs[places]
        hits = np.flatnonzero(self._stand_alike(one, other))
        found = rows[which[hits]]
        kept = np.diff(found, prepend=-1) > 0
        return Replaced(found[kept], one[hits[kept]], other[hits[kept]])

    def spread_keys(self, mine: Longs, theirs: Longs) -> tuple[Longs, Longs]:
        """Give the keys of two names side by side, each once, after their row."""
        rows, keys = (
            np.concatenate(both)
            for both in zip(self.keys.spread(mine), self.keys.spread(theirs), strict=True)
        )
        order = np.lexsort((keys, rows))
        rows, keys = rows[order], keys[order]
        once = (np.diff(rows, prepend=-1) > 0) | (np.diff(keys, prepend=-1) != 0)
        return rows[once], keys[once]

    def _list_strange(self, texts: Ints, others: Ints) -> tuple[Longs, Longs]:
        """List the names of *texts* that *others* have under no variant, after their pair."""
        pairs, names = expand(self.starts, texts)
        rows, keys = self.keys.spread(names)
        missing = ~self._holdings.hold(others[pairs[rows]], keys)
        strange = np.bincount(rows[missing], minlength=len(names)) > 0
        pairs, names = pairs[strange], names[strange]
        rows, theirs = expand(self.starts, others[pairs])
        spellings = self._spelling[names[rows]], self._spelling[theirs]
        variants = self._spellings.are_variants(*spellings)
        strange = np.bincount(rows[variants], minlength=len(names)) == 0
        return pairs[strange], names[strange]

    def _stand_alike(self, one: Longs, other: Longs) -> Flags:
        """Tell which names are of one sort, or of none and beside the same word."""
        sorts = self._spellings.sorts
        mine, theirs = sorts[self._spelling[one]], sorts[self._spelling[other]]
        beside = np.zeros(len(one), np.bool_)
        for side in (self._before, self._after):
            beside |= (side[one] >= 0) & (side[one] == side[other])
        alike: Flags = (mine == theirs) & ((mine > 0) | beside)
        return alike


def _list_names(readings: Sequence[Reading]) -> Iterator[tuple[Reading, Name]]:
    return ((reading, name) for reading in readings for name in reading.names)


class _Spellings:
    """What decides whether two spellings may mean the same, for each that a collection has."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._names = names
        self.sorts = _number(map(find_sort, names))
        self._wordings = _number("\n".join(name.words) for name in names)
        self._places = _number(find_place(name.words) for name in names)
        ids: dict[str, int] = {}
        self._words = list_up(
            [ids.setdefault(word, len(ids)) for word in name.words] for name in names
        )
        self._holdings = Holdings(*self._words)
        self._sizes = np.diff(self._words.starts)
        self._joined = _Letters(["".join(name.words) for name in names])
        self._lasts = _Letters([name.words[-1] if name.words else "" for name in names])
        parts = [_PARTS.findall(name.text.lower()) for name in names]
        self._initials = _gather(
            _mark_letters(name.words) if len(name.words) == 1 else 0 for name in names
        )
        self._starts = _gather(map(_mark_letters, parts))
        self._longest = _gather(LETTERS * len(some) + 1 for some in parts)

    def are_variants(self, one: Ints, other: Ints) -> Flags:
        """Tell which of *one* may mean the same as the *other* beside it; see `are_variants`."""
        same: Flags = self._wordings[one] == self._wordings[other]
        same |= (self._places[one] > 0) & (self._places[one] == self._places[other])
        turned = self._sizes[one] > self._sizes[other]
        short, long = np.where(turned, other, one), np.where(turned, one, other)
        rows, words = self._words.spread(short)
        strange = np.bincount(rows[~self._holdings.hold(long[rows], words)], minlength=len(one))
        same |= strange == 0
        unsure = np.flatnonzero(~same)
        unsure = unsure[self._may_be_variants(short[unsure], long[unsure])]
        codes = one[unsure].astype(np.int64) * len(self._names) + other[unsure]
        asked, inverse = np.unique(codes, return_inverse=True)
        answers = [
            are_variants(self._names[mine], self._names[theirs])
            for mine, theirs in (divmod(code, len(self._names)) for code in asked.tolist())
        ]
        same[unsure] = np.asarray(answers, np.bool_)[inverse]
        return same

    def _may_be_variants(self, short: Ints, long: Ints) -> Flags:
        """Tell where spelling must be looked at: of *short*, in words, and *long*."""
        abbreviates = (self._initials[short] & self._starts[long]) > 0
        abbreviates &= self._joined.lengths[short] <= self._longest[long]
        surname = (self._sizes[short] == 1) & self._lasts.may_be_alike(short, long)
        may: Flags = abbreviates | surname | self._joined.may_be_alike(short, long)
        return may


class _Letters:
    """The letters of many spellings, one after the other."""

    def __init__(self, spellings: Sequence[str]) -> None:
        self._spellings = spellings
        self.lengths = _gather(map(len, spellings))
        letters = "".join(spellings).encode("utf-32-le", "surrogatepass")
        self._letters = np.frombuffer(letters, np.uint32)
        self._ends = np.cumsum(self.lengths)

    def may_be_alike(self, one: Ints, other: Ints) -> Flags:
        """Tell where one may begin or end with the other, or have most of its letters."""
        turned = self.lengths[one] > self.lengths[other]
        short, long = np.where(turned, other, one), np.where(turned, one, other)
        may = self._may_extend(short, long, 0) | self._may_extend(short, long, 1)
        return may | self._look_alike(short, long)

    def _may_extend(self, short: Ints, long: Ints, end: int) -> Flags:
        """
        Tell where the letters of *short* begin (*end* 0) or end (1) *long*.

        Only some letters are read.
        """
        extended = np.zeros(len(short), np.bool_)
        left = np.flatnonzero(self.lengths[short] >= AFFIX)
        step = 0
        while len(left) and step < READ_LETTERS:  # one by one, as most differ in the first
            done = self.lengths[short[left]] == step
            extended[left[done]] = True
            left = left[~done]
            mine, theirs = (self._take_letters(side[left], step, end) for side in (short, long))
            left = left[mine == theirs]
            step += 1
        extended[left] = True
        return extended

    def _take_letters(self, spellings: Ints, step: int, end: int) -> NDArray[np.uint32]:
        """Give the letter *step* letters from the begin (*end* 0) or from the end (1) of each."""
        ends = self._ends[spellings]
        return self._letters[ends - 1 - step if end else ends - self.lengths[spellings] + step]

    def _look_alike(self, short: Ints, long: Ints) -> Flags:
        one, other = self.lengths[short], self.lengths[long]
        # most pairs differ too much in length already
        near = np.flatnonzero((one >= AFFIX) & (other - one <= (1 - SPELT_ALIKE) * (one + other)))
        columns = (list(map(self._spellings.__getitem__, side[near])) for side in (short, long))
        ratios = cpdist(*columns, scorer=normalized_similarity)
        alike = np.zeros(len(short), np.bool_)
        alike[near[ratios > SPELT_ALIKE - 1e-6]] = True
        return alike


def _mark_letters(words: Iterable[str]) -> int:
    """Mark the first letters of *words*, each by one of 32 bits; several letters share a bit."""
    return reduce(or_, (1 << ord(word[0]) % 32 for word in words if word), 0)


def _number(values: Iterable[str]) -> Ints:
    """Number different *values*; the empty one is 0."""
    ids = {"": 0}
    return np.asarray([ids.setdefault(value, len(ids)) for value in values], np.int32)


def _gather(numbers: Iterable[int]) -> Longs:
    return np.fromiter(numbers, np.int64)
