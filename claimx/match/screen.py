"""
Tell from flat arrays what the guards of numbers, dates and names would say of many pairs.

Most pairs that look alike differ in one number or one day, or share all their
names. A guard costs some microseconds a pair, an array a hundredth of that.
What an array cannot tell for sure is left to the guards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.match.denials import guard_completion, guard_modality, guard_negation
from claimx.match.differences import Guard
from claimx.match.encode import Reading
from claimx.match.guards import (
    GUARDS,
    guard_names,
    guard_numbers,
    guard_opposites,
    guard_time,
    list_opposites,
)
from claimx.match.replaced import Names
from claimx.match.rows import (
    Floats,
    Holdings,
    Ints,
    KeyRows,
    Listed,
    Longs,
    list_up,
    sum_by,
    sum_up,
)

Flags = NDArray[np.bool_]

NONE, MIXED = -2, -1  # no number or date at all; some that only the guard can compare
APART = 1e-5  # closer values may be equal, and have one key; they are left to the guard
_FIELDS = ("year", "month", "day", "weekday", "relative")
_ALL = (1 << len(GUARDS)) - 1


class Verdicts(NamedTuple):
    """
    What is sure of pairs of texts.

    *barred* are kept apart by a number or a date, *twice* by both; *rest* is what they have
    in common apart from the first. Bit *i* of *open* says that guard *i* may find something.
    """

    barred: Flags
    twice: Flags
    rest: Floats
    open: Ints
    mine: Ints
    theirs: Ints


class _Stated(NamedTuple):
    """
    The only number, or the only date, of each text.

    *sorts* says what may be compared with what, `NONE` or `MIXED`; *values* has a row a
    text, NaN for what is not said; *weights* is what its key weighs.
    """

    sorts: Ints
    values: Floats
    weights: Floats


class Screen:
    """The numbers, dates, names and turning words of the texts of one collection."""

    def __init__(self, readings: Sequence[Reading], ids: Mapping[str, int], rows: KeyRows) -> None:
        self._weights = rows.weights
        self._numbers = _collect(readings, _read_numbers, ids, rows.weights, 1)
        self._dates = _collect(readings, _read_dates, ids, rows.weights, len(_FIELDS))
        self._holdings = Holdings(rows.starts, rows.keys)
        self.names = Names(readings, ids, self._holdings)
        # the keys of one text of which a guard must see one in the other text to find anything
        self._watched: dict[Guard, Listed] = {
            guard_opposites: _watch_opposites(ids, rows),
            guard_negation: list_up(
                # what is rejected as a whole is so with all its keys
                {ids[key] for key in (one.slots if one.rejection else one.denied) if key}
                if one.facts.negations or one.rejection
                else ()
                for one in readings
            ),
            guard_modality: list_up(
                [ids[key] for key in one.doubted] if one.facts.hedges else () for one in readings
            ),
            guard_completion: list_up(
                [ids[key] for key in one.planned] if one.facts.hedges else () for one in readings
            ),
        }

    def judge(self, first: Ints, second: Ints, common: Floats, totals: Floats) -> Verdicts:
        """Tell what is sure of pairs of texts with *common* in common, of *totals* together."""
        by_number, same_number = _relate(self._numbers, first, second)
        by_date, same_date = _relate(self._dates, first, second)
        lost = np.where(
            by_number,
            self._numbers.weights[first] + self._numbers.weights[second],
            self._dates.weights[first] + self._dates.weights[second],
        )
        rest = 2 * common / np.maximum(totals - lost, 1e-9)
        undated = (self._dates.sorts[first] == NONE) | (self._dates.sorts[second] == NONE)
        silent: dict[Guard, Flags] = {guard_numbers: same_number, guard_time: same_date | undated}
        for guard, watched in self._watched.items():
            silent[guard] = ~(self._see(watched, first, second) | self._see(watched, second, first))
        # by a later guard only where no earlier one may find something to be named instead
        quiet = np.logical_and.reduce(list(silent.values()))
        replaced = self.names.find_replaced(first, second)
        names = np.full((2, len(first)), -1, np.int32)
        names[:, replaced.pairs] = replaced[1:]
        by_name = names[0] >= 0
        silent[guard_names] = ~by_name
        named = quiet[replaced.pairs]
        pairs, mine, theirs = (column[named] for column in replaced)
        lost_here, lost = self._weigh_names(first[pairs], second[pairs], mine, theirs)
        rest[pairs] = 2 * (common[pairs] - lost_here) / np.maximum(totals[pairs] - lost, 1e-9)
        barred = by_number | (by_date & same_number) | (by_name & quiet)
        twice = by_number & by_date | by_name & (by_number | by_date)
        names -= np.where(by_name, self.names.starts[[first, second]], 0).astype(np.int32)
        return Verdicts(barred, twice, rest, _code_guards(silent, len(first)), *names)

    def _see(self, watched: Listed, first: Ints, second: Ints) -> Flags:
        """Tell where *second* has a key that *first* watches for."""
        pairs, keys = watched.spread(first)
        seen: Flags = np.zeros(len(first), np.bool_)
        seen[pairs[self._holdings.hold(second[pairs], keys)]] = True
        return seen

    def _weigh_names(
        self, first: Ints, second: Ints, mine: Longs, theirs: Longs
    ) -> tuple[Floats, Floats]:
        """Weigh the keys of two names that pairs of texts have in common, and in all."""
        rows, keys = self.names.spread_keys(mine, theirs)
        one, other = (self._holdings.hold(side[rows], keys) for side in (first, second))
        weights = self._weights[keys]
        shared = sum_by(rows, weights * (one & other), len(first))
        return shared, sum_by(rows, weights * one + weights * other, len(first))


class Doubt(NamedTuple):
    """What is still to be asked of a pair of texts: the last three columns of `Verdicts`."""

    open: int
    mine: int
    theirs: int


UNSCREENED = Doubt(_ALL, -1, -1)


@lru_cache(maxsize=1 << len(GUARDS))
def pick_guards(open_bits: int) -> tuple[Guard, ...]:
    """Give the guards of `Verdicts.open`."""
    return tuple(compress(GUARDS, (open_bits >> at & 1 for at in range(len(GUARDS)))))


def _code_guards(silent: Mapping[Guard, Flags], count: int) -> Ints:
    bits = np.full(count, _ALL, np.int32)
    for guard, flags in silent.items():
        bits -= flags.astype(np.int32) << GUARDS.index(guard)
    return bits


def _watch_opposites(ids: Mapping[str, int], rows: KeyRows) -> Listed:
    """List for each text the opposites of its keys that any text has."""
    opposites = list_up([ids[one] for one in list_opposites(key) if one in ids] for key in ids)
    places, found = opposites.spread(rows.keys)
    sizes = np.bincount(rows.texts[places], minlength=len(rows.starts) - 1)
    return Listed(sum_up(sizes), found)


# --- numbers and dates -------------------------------------------------------------------------


def _relate(stated: _Stated, first: Ints, second: Ints) -> tuple[Flags, Flags]:
    """Tell where the only number (or date) differs for sure, and where nothing differs."""
    sorts, others = stated.sorts[first], stated.sorts[second]
    one, other = stated.values[first], stated.values[second]
    gaps = np.abs(one - other) > APART * np.maximum(np.abs(one), np.abs(other))
    comparable = (sorts == others) & (sorts >= 0)
    # what one of them leaves out is NaN, and no gap
    differ = comparable & gaps.any(axis=1)
    same = comparable & ((one == other) | np.isnan(one) & np.isnan(other)).all(axis=1)
    return differ, same | ((sorts == NONE) & (others == NONE))


# What is stated: its sort, its values, the token where its key stands.
_Read = Callable[[Reading, dict[object, int]], tuple[int, Sequence[float], int]]


def _collect(
    readings: Iterable[Reading],
    read: _Read,
    ids: Mapping[str, int],
    weights: Floats,
    width: int,
) -> _Stated:
    """Put what *read* gives for each text in arrays."""
    seen: dict[object, int] = {}
    blank = (np.nan,) * width
    rows = []
    for reading in readings:
        sort, values, at = read(reading, seen)
        key = reading.slots[at] if sort >= 0 else ""
        if key.startswith(("#", "@")):
            rows.append((sort, *values, weights[ids[key]]))
        else:
            # a number in a name may have lost its key to the name
            rows.append((min(sort, MIXED), *blank, 0.0))
    table = np.asarray(rows, np.float64).reshape(-1, width + 2)
    return _Stated(table[:, 0].astype(np.int32), table[:, 1:-1], table[:, -1])


def _read_numbers(reading: Reading, seen: dict[object, int]) -> tuple[int, Sequence[float], int]:
    """Read the only quantity of a text if it is plain: no range, no "over", no "dozens"."""
    quantities = reading.facts.quantities
    if len(quantities) != 1:
        return (MIXED if quantities else NONE), (), 0
    (one,) = quantities
    if one.comparator != "=" or one.kind == "vague" or one.value != one.high:
        return MIXED, (), 0
    return seen.setdefault((one.kind, one.unit), len(seen)), (one.value,), one.at


def _read_dates(reading: Reading, seen: dict[object, int]) -> tuple[int, Sequence[float], int]:
    """Read the only date of a text; "recently" is one that only the guard can compare."""
    dates = reading.facts.dates
    if len(dates) != 1 or reading.recent:
        return (MIXED if dates or reading.recent else NONE), (), 0
    fields = dates[0].fields
    if "relative" in fields:
        fields["relative"] = seen.setdefault(fields["relative"], len(seen))
    return 0, [float(fields.get(name, np.nan)) for name in _FIELDS], dates[0].at
