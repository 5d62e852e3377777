"""Check dates that a claim works out: "Monday (5 May 2031)" where the cited text has "Monday"."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from claimx.ground.clauses import MARKS, start_of
from claimx.ground.source import FEW, MANY, Case
from claimx.language.features import Moment
from claimx.language.lexicon import UNITS, read_words

_STEP = re.compile(r"([a-z]+)([+-]\d)")
_PARTS_OF_DAY = read_words("time.parts_of_day")
_FROM_NOW = read_words("time.from_now")
_WEEK = 7
# Words before a day in which "week" is looked for: "the week of 28 April".
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

    These count from the day of the document, or from another that it has in full.
    """
    if moment.relative:
        return False
    return any(
        _agrees(case, moment, period)
        for told in case.whole.known_days[:MANY]
        for period in _list_periods(case, told)
    )


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
    """Return whether the claim has "the week of" in front of *moment*."""
    lower = case.claim.features.tokens.lower
    start = max(moment.at - _WORDS, start_of(lower, moment.at, MARKS))
    return "week" in map(UNITS.get, lower[start : moment.at])


def _is_on(moment: Moment, day: date) -> bool:
    """Return whether *day* has every part that *moment* states."""
    pairs = zip(moment[3:7], (day.year, day.month, day.day, day.weekday()), strict=True)
    return all(told in (None, part) for told, part in pairs)


def _list_days(period: _Period) -> Iterator[date]:
    length = (period.last - period.first).days
    return (period.first + timedelta(days=step) for step in range(length + 1))


def _list_periods(case: Case, told: date) -> Iterator[_Period]:
    """List what the cited text may mean if it was written on the day *told*."""
    try:
        for moment in case.cited.dates[:FEW]:
            yield from _resolve(case, moment, told)
        lower = case.cited.features.tokens.lower
        for one in case.cited.features.quantities[:FEW]:
            if not _FROM_NOW.isdisjoint(lower[one.end : one.end + 1]):
                yield from _count_back(one.unit, -int(one.value), told)
    except OverflowError:  # before the first year of the calendar
        return


def _resolve(case: Case, moment: Moment, told: date) -> Iterator[_Period]:
    if step := _STEP.fullmatch(moment.relative):
        counted = not _FROM_NOW.isdisjoint(moment.text.lower().split())
        yield from (_count_back if counted else _step)(step[1], int(step[2]), told)
    elif moment.day is None and moment.month is None and moment.weekday is not None:
        near = [told + timedelta(days=step) for step in range(-_WEEK, _WEEK + 1)]
        if _is_told_of_last_week(case):
            near += (day for period in _step("week", -1, told) for day in _list_days(period))
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


def _add_year(moment: Moment, month: int, told: date) -> Iterator[_Period]:
    """Add the year to a day and month near the day *told*: "28 December", told in January."""
    for year in (told.year - 1, told.year, told.year + 1):
        try:
            day = date(year, month, moment.day or 1)
        except ValueError:
            continue
        if abs((day - told).days) < _NEAR:
            yield _Period(day, day, "month" if moment.day is None else "day")


def _is_told_of_last_week(case: Case) -> bool:
    """Return whether "last week" is in the cited text, or shortly before it."""
    cited, whole = case.cited.text, case.whole
    at = whole.text.find(cited.partition("\n")[0])
    starts = whole.features.tokens.starts
    return any(
        one.relative == "week-1" and at - _REACH <= starts[one.at] <= at + len(cited)
        for one in whole.features.dates
    )
