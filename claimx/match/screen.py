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

from claimx.match.differences import Guard
from claimx.match.encode import Reading
from claimx.match.guards import GUARDS, guard_names, guard_numbers, guard_time
from claimx.match.rows import Floats, Ints, KeyRows, Longs

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
    open: Longs


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
    """The numbers, dates and names of the texts of one collection."""

    def __init__(self, readings: Sequence[Reading], ids: Mapping[str, int], rows: KeyRows) -> None:
        weights = rows.weights
        self._numbers = _collect(readings, _read_numbers, ids, weights, 1)
        self._dates = _collect(readings, _read_dates, ids, weights, len(_FIELDS))
        names = [{ids[key] for keys in one.name_keys for key in keys} for one in readings]
        self._name_sizes = np.fromiter(map(len, names), np.int64, len(names))
        self._name_ends = np.cumsum(self._name_sizes)
        self._name_keys = np.fromiter((key for some in names for key in some), np.int32)
        self._width = len(weights) or 1
        self._codes = rows.texts.astype(np.int64) * self._width + rows.keys

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
        silent: dict[Guard, Flags] = {
            guard_numbers: same_number,
            guard_time: same_date | undated,
            guard_names: self._share_names(first, second),
        }
        # by a date alone only where no number, which is looked for first, may be named instead
        barred = by_number | (by_date & same_number)
        return Verdicts(barred, by_number & by_date, rest, _code_guards(silent, len(first)))

    def _share_names(self, first: Ints, second: Ints) -> Flags:
        """Tell where all names of one text stand in the other in so many words."""
        return self._hold_names(first, second) | self._hold_names(second, first)

    def _hold_names(self, first: Ints, second: Ints) -> Flags:
        sizes = self._name_sizes[first]
        pairs = np.repeat(np.arange(len(first)), sizes)
        ends = np.cumsum(sizes)
        places = np.arange(len(pairs)) + np.repeat(self._name_ends[first] - ends, sizes)
        wanted = second[pairs].astype(np.int64) * self._width + self._name_keys[places]
        found = np.searchsorted(self._codes, wanted)
        missing = np.append(self._codes, -1)[found] != wanted
        held: Flags = np.bincount(pairs[missing], minlength=len(first)) == 0
        return held


@lru_cache(maxsize=1 << len(GUARDS))
def pick_guards(open_bits: int) -> tuple[Guard, ...]:
    """Give the guards of `Verdicts.open`."""
    return tuple(compress(GUARDS, (open_bits >> at & 1 for at in range(len(GUARDS)))))


def _code_guards(silent: Mapping[Guard, Flags], count: int) -> Longs:
    bits = np.full(count, _ALL, np.int64)
    for guard, flags in silent.items():
        bits -= flags.astype(np.int64) << GUARDS.index(guard)
    return bits


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
