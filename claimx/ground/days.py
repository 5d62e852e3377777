"""Check dates that a claim works out: "Monday (5 May 2031)" where the cited text has "Monday"."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from heapq import nsmallest
from typing import NamedTuple

from claimx.ground.clauses import MARKS, start_of
from claimx.ground.source import FEW, MANY, Case, Source, read_day
from claimx.language.features import Moment, Quantity
from claimx.language.lexicon import MONTHS, RELATIVE_SHIFTS, UNITS, read_words

_STEP = re.compile(r"([a-z]+)([+-]\d)")
_PARTS_OF_DAY = read_words("time.parts_of_day")
_FROM_NOW = read_words("time.from_now")
_RANGE_MARKS = read_words("numbers.lists") | {"-"}
_WEEK = 7
_LONGEST = 31  # days of a month
# Tokens between "Monday" and the bracket that explains it: "Monday evening (".
_PART_OF_DAY = 1
# Words between "week" and a day: "the week of 28 April", "last week, on Monday".
_WORDS = 3
# A month without a year is in the year in which it is this near (in days).
_NEAR = 183
# Characters before the cited words in which "last week" tells which Monday is meant.
_REACH = 400


class _Period(NamedTuple):
    """The days *first* to *last*, named as a day, a week, a month or a year."""

    first: date
    last: date
    unit: str


def follows_from_day(case: Case, moment: Moment) -> bool:
    """
    Return whether *moment* is what "Monday" or "last week" of the cited text means.

    These count from the day of the document, or from another that it has in full. Behind
    "Monday" of the claim, *moment* is not what "Tuesday" of the cited text means.
    """
    if moment.relative:
        return False
    told = _list_told(case, moment)
    return any(
        _agrees(case, moment, period)
        for day in _choose_days(case, moment)
        for period in _list_periods(case, told, day)
    )


def contradicts_day(case: Case, moment: Moment) -> bool:
    """
    Return whether *moment* stands behind words of the cited text that mean another day.

    It does in "yesterday (10 May)" if the document is of that day.
    """
    told = [one for one in _list_told(case, moment) if one in _list_explained(case, moment)]
    days = _choose_days(case, moment)
    periods = [period for day in days for period in _list_periods(case, told, day)]
    return bool(periods) and not any(_agrees(case, moment, period) for period in periods)


def _choose_days(case: Case, moment: Moment) -> list[date]:
    """List a few days that the document has in full: the first, and those next to *moment*."""
    first, rest = case.whole.known_days[:1], case.whole.known_days[1:MANY]
    own = read_day(moment)
    return [*first, *(nsmallest(FEW, rest, lambda day: abs(day - own)) if own else rest[:FEW])]


def _list_told(case: Case, moment: Moment) -> Sequence[Moment]:
    """List the dates of the cited text that *moment* may be worked out of."""
    return _list_explained(case, moment) or case.cited.dates[:FEW]


def _list_explained(case: Case, moment: Moment) -> list[Moment]:
    """List the "Monday" of the cited text if the claim has "Monday (5 May 2031)"."""
    lower = case.claim.features.tokens.lower
    bracket = start_of(lower, moment.at, MARKS) - 1
    if bracket < 0 or lower[bracket] != "(":
        return []
    named, end = [], bracket
    for one in reversed(case.claim.dates[:MANY]):  # "Monday of last week (28 April)" has two
        if 0 <= end - one.end <= _PART_OF_DAY:
            named.append(one.fields)
            end = one.at
    return [one for one in case.cited.dates[:FEW] if one.fields in named]


def read_range_day(claim: Source, quantity: Quantity) -> Moment | None:
    """Return the day that a number is in "2-8 May 2031" and "May 2 to 8"; else None."""
    if quantity.unit or quantity.nouns or not quantity.text.isdigit() or quantity.value > _LONGEST:
        return None
    lower, at, end = claim.features.tokens.lower, quantity.at, quantity.end
    for one in claim.features.dates[:MANY]:
        between = lower[end : one.at] or lower[one.end : at]
        if one.day and len(between) == 1 and between[0] in _RANGE_MARKS:
            day = int(quantity.value)
            return one._replace(text=quantity.text, at=at, end=end, day=day, weekday=None)
    return None


def _agrees(case: Case, moment: Moment, period: _Period) -> bool:
    """Return whether *moment* says no more than *period*, and nothing else."""
    if period.unit == "week" and moment.day is not None:
        return _names_week(case, moment) and any(map(partial(_is_on, moment), _list_days(period)))
    finer = moment.day is not None or moment.weekday is not None
    if finer and period.unit != "day":
        return False
    if moment.month is not None and period.unit == "year":
        return False
    return _is_on(moment, period.first) or _is_on(moment, period.last)


def _names_week(case: Case, moment: Moment) -> bool:
    """Return whether the claim has "the week of" before *moment*, or a range of days with it."""
    lower = case.claim.features.tokens.lower
    beside = (lower[moment.end : moment.end + 2], lower[max(0, moment.at - 2) : moment.at][::-1])
    if any(_goes_on(*each) for each in beside if len(each) > 1):
        return True
    start = max(moment.at - _WORDS, start_of(lower, moment.at, MARKS))
    return "week" in map(UNITS.get, lower[start : moment.at])


def _goes_on(mark: str, word: str) -> bool:
    """Return whether a range of days goes on beside a day: "28 April - 4 May", "2 to 8 May"."""
    return mark in _RANGE_MARKS and (word.isdigit() or word in MONTHS)


def _is_on(moment: Moment, day: date) -> bool:
    """Return whether *day* has every part that *moment* states."""
    pairs = zip(moment[3:7], (day.year, day.month, day.day, day.weekday()), strict=True)
    return all(told in (None, part) for told, part in pairs)


def _list_days(period: _Period) -> Iterator[date]:
    length = (period.last - period.first).days
    return (period.first + timedelta(days=step) for step in range(length + 1))


def _list_periods(case: Case, told: Sequence[Moment], day: date) -> Iterator[_Period]:
    """List what *told*, dates of the cited text, may mean if it was written on *day*."""
    try:
        for moment in told:
            yield from _resolve(case, moment, day)
        lower = case.cited.features.tokens.lower
        for one in case.cited.features.quantities[:FEW]:
            if not _FROM_NOW.isdisjoint(lower[one.end : one.end + 1]):
                yield from _count_back(one.unit, -int(one.value), day)
    except (OverflowError, ValueError):  # outside the calendar
        return


def _resolve(case: Case, moment: Moment, told: date) -> Iterator[_Period]:
    first, *rest = moment.text.lower().split()
    if step := _STEP.fullmatch(moment.relative):
        counted = not _FROM_NOW.isdisjoint(rest)
        yield from (_count_back if counted else _step)(step[1], int(step[2]), told)
    elif moment.day is None and moment.month is None and moment.weekday is not None:
        near = [told + timedelta(days=step) for step in range(1 - _WEEK, _WEEK)]
        shift = int(RELATIVE_SHIFTS.get(first, 0)) or -_is_of_last_week(case, moment)
        if shift:  # "last Monday" may be that of last week
            near += (day for period in _step("week", shift, told) for day in _list_days(period))
        yield from (_Period(day, day, "day") for day in near if day.weekday() == moment.weekday)
    elif moment.month is not None and moment.year is None:
        yield from _add_year(moment, moment.month, told)


def _step(unit: str, step: int, told: date) -> Iterator[_Period]:
    """Resolve "yesterday", "this morning", "last week", "next month"."""
    if unit == "day" or unit in _PARTS_OF_DAY:
        day = told + timedelta(days=step)
        yield _Period(day, day, "day")
    elif unit == "week":  # which begins on a Sunday to some, on a Monday to others
        monday = told + timedelta(days=_WEEK * step - told.weekday())
        yield _Period(monday - timedelta(days=1), monday + timedelta(days=_WEEK - 1), unit)
    elif unit == "weekend":
        monday = told + timedelta(days=_WEEK * (step + 1) - told.weekday())
        yield _Period(monday - timedelta(days=2), monday - timedelta(days=1), "week")
    elif unit == "month":
        months = told.year * 12 + told.month - 1 + step
        if months >= 12:
            first = date(months // 12, months % 12 + 1, 1)
            yield _Period(first, first, unit)
    elif unit == "year" and told.year + step > 0:
        first = date(told.year + step, 1, 1)
        yield _Period(first, first, unit)


def _count_back(unit: str, step: int, told: date) -> Iterator[_Period]:
    """Resolve "a week ago", "three years ago", which may be exact."""
    yield from _step(unit, step, told)
    if unit == "week":
        yield from _step("day", step * _WEEK, told)
    if unit == "year":
        yield from _step("month", step * 12, told)
    if unit == "decade":
        yield from _step("year", step * 10, told)


def _add_year(moment: Moment, month: int, told: date) -> Iterator[_Period]:
    """Add the year to a day and month near the day *told*: "28 December", told in January."""
    for year in (told.year - 1, told.year, told.year + 1):
        try:
            day = date(year, month, moment.day or 1)
        except ValueError:
            continue
        if abs((day - told).days) < _NEAR:
            yield _Period(day, day, "month" if moment.day is None else "day")


def _is_of_last_week(case: Case, weekday: Moment) -> bool:
    """Return whether "last week" is beside *weekday*, or shortly before the cited text."""
    cited, whole = case.cited, case.whole
    beside = (
        one
        for one in cited.dates[:FEW]
        if max(one.at, weekday.at) - min(one.end, weekday.end) < _WORDS
    )
    dates, starts = whole.features.dates, whole.features.tokens.starts
    end = whole.text.find(cited.text.partition("\n")[0])
    first, last = (
        bisect_left(dates, at, key=lambda one: starts[one.at]) for at in (end - _REACH, end)
    )
    return any(one.relative == "week-1" for one in (*beside, *dates[first:last]))
