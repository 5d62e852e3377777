"""Read days, months, years and "last week" from a text, as far as it states them."""

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

from claimx.language.lexicon import (
    DOUBTFUL_MONTHS,
    MONTHS,
    PERIODS,
    RELATIVE_DAYS,
    RELATIVE_SHIFTS,
    UNITS,
    WEEKDAYS,
    read_words,
)
from claimx.language.tokens import Tokens


class Moment(NamedTuple):
    """
    A date as far as the text states it; missing parts are None.

    *weekday* counts from 0, Monday. *relative* is a period and a step, such as
    ``week-1`` for "last week". *text* is as written, in tokens *at* to *end*
    (exclusive).
    """

    text: str
    at: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    relative: str = ""

    @property
    def fields(self) -> dict[str, int | str]:
        """The parts that the text states, by name."""
        named = zip(("year", "month", "day", "weekday", "relative"), self[3:], strict=True)
        return {name: value for name, value in named if value not in (None, "")}


_AGO = read_words("time.ago")
_ONE = read_words("numbers.one")
_DATE_WORDS = frozenset((*MONTHS, *WEEKDAYS, *RELATIVE_DAYS, *RELATIVE_SHIFTS, *_AGO))
_STARTS = _DATE_WORDS | _ONE  # with these, or a digit, each date begins
_DAY = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?$")
_YEAR = re.compile(r"^(?:1[1-9]|20|21)\d\d$")
_DECADE = re.compile(r"^((?:1[1-9]|20)?)([1-9]0)s$")


def read_moments(tokens: Tokens) -> tuple[Moment, ...]:
    """Read every date of *tokens*, in order; a bare year is read as a number."""
    lower = tokens.lower
    may_count = "-" in lower or "s" in lower  # 2025-03-30, 1970's
    if not may_count and _DATE_WORDS.isdisjoint(lower) and not any(map(_DECADE.match, lower)):
        return ()
    found: list[Moment] = []
    at = 0
    for index, word in enumerate(lower):
        if index < at or not (word in _STARTS or word[0].isdigit()):
            continue
        moment = _read_moment(tokens, index)
        if moment is not None:
            found.append(moment)
            at = moment.end
    return tuple(found)


def _read_moment(tokens: Tokens, at: int) -> Moment | None:
    word = tokens.lower[at]
    if word in WEEKDAYS:
        return _read_weekday(tokens, at)
    if word[0].isdigit():
        return _read_day_first(tokens, at)
    if word in MONTHS:
        return _read_month(tokens, at)
    return _read_relative(tokens, at)


def _read_weekday(tokens: Tokens, at: int) -> Moment | None:
    """Read "Sunday" and "Sunday, March 30, 2025"."""
    word = tokens.words[at]
    if word[0].islower() or (len(word) <= 4 and not _beside_number(tokens, at)):
        return None
    weekday = WEEKDAYS[tokens.lower[at]]
    follow = at + 1 + (tokens.lower[at + 1 : at + 2] in ([","], ["."]))
    date = _read_date(tokens, follow) if follow < len(tokens.lower) else None
    if date is None:
        return _mark(tokens, at, at + 1)._replace(weekday=weekday)
    return date._replace(weekday=weekday, text=tokens.slice(at, date.end), at=at)


def _beside_number(tokens: Tokens, at: int) -> bool:
    return any(word[0].isdigit() for word in tokens.lower[max(0, at - 1) : at + 3])


def _read_date(tokens: Tokens, at: int) -> Moment | None:
    if tokens.lower[at][0].isdigit():
        return _read_day_first(tokens, at)
    return _read_month(tokens, at) if tokens.lower[at] in MONTHS else None


def _read_day_first(tokens: Tokens, at: int) -> Moment | None:
    """Read "30 March 2025", "30th of March", "2025-03-30", "the 1990s"."""
    lower = tokens.lower
    if decade := _DECADE.match(lower[at]):
        return _mark(tokens, at, at + 1)._replace(relative=f"{decade[1] or 19}{decade[2]}s")
    if _YEAR.match(lower[at]) and lower[at + 1 : at + 2] == ["s"]:  # 1970's
        return _mark(tokens, at, at + 2)._replace(relative=lower[at] + "s")
    if _YEAR.match(lower[at]) and lower[at + 1 : at + 2] == ["-"]:
        return _read_iso(tokens, at)
    day = _day(lower[at])
    month_at = at + 1 + (lower[at + 1 : at + 2] == ["of"])
    if day is None or month_at >= len(lower) or not _is_month(tokens, month_at):
        return None
    end = month_at + 1
    year, end = _read_year(tokens, end)
    return _mark(tokens, at, end)._replace(year=year, month=MONTHS[lower[month_at]], day=day)


def _read_iso(tokens: Tokens, at: int) -> Moment | None:
    year, month, day = tokens.lower[at : at + 5 : 2] + [""] * (
        3 - len(tokens.lower[at : at + 5 : 2])
    )
    if tokens.lower[at + 3 : at + 4] != ["-"] or not (month.isdigit() and day.isdigit()):
        return None
    if len(month) != 2 or len(day) != 2 or not 0 < int(month) < 13:
        return None
    return _mark(tokens, at, at + 5)._replace(year=int(year), month=int(month), day=int(day))


def _read_month(tokens: Tokens, at: int) -> Moment | None:
    """Read "March 30, 2025", "March 2025" and "March"."""
    if not _is_month(tokens, at):
        return None
    end = at + 1
    follow = end + (tokens.lower[end : end + 1] == ["."] and len(tokens.words[at]) <= 4)
    day = _day(tokens.lower[follow]) if follow < len(tokens.lower) else None
    end = end if day is None else follow + 1
    year, end = _read_year(tokens, end)
    return _mark(tokens, at, end)._replace(year=year, month=MONTHS[tokens.lower[at]], day=day)


def _is_month(tokens: Tokens, at: int) -> bool:
    """Distinguish May and March from the verbs: capital, and beside a number or after "in"."""
    word = tokens.words[at]
    if tokens.lower[at] not in MONTHS or word[0].islower():
        return False
    if tokens.lower[at] not in DOUBTFUL_MONTHS:
        return True
    before = tokens.lower[at - 1] if at else ""
    listed = before in _LISTS and tokens.lower[at - 2] in MONTHS
    return before in _BEFORE_MONTH or listed or _beside_number(tokens, at)


_LISTS = read_words("numbers.lists")
_BEFORE_MONTH = read_words("time.before_month")


def _day(word: str) -> int | None:
    match = _DAY.match(word)
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None


def _read_year(tokens: Tokens, at: int) -> tuple[int | None, int]:
    """Read a year at token *at*, after an optional comma; also return where reading stopped."""
    lower = tokens.lower
    place = at + (lower[at : at + 1] in ([","], ["of"]))
    if place < len(lower) and _YEAR.match(lower[place]):
        return int(lower[place]), place + 1
    return None, at


def _read_relative(tokens: Tokens, at: int) -> Moment | None:
    """Read "yesterday", "last week", "a year ago"."""
    lower = tokens.lower
    word, after = lower[at], lower[at + 1] if at + 1 < len(lower) else ""
    if word in RELATIVE_DAYS:
        return _mark(tokens, at, at + 1)._replace(relative=RELATIVE_DAYS[word])
    told = at and lower[at - 1] == "the" and RELATIVE_SHIFTS.get(word) == "+1"
    if word in RELATIVE_SHIFTS and after in PERIODS and not told:  # "the next day" is narrative
        return _mark(tokens, at, at + 2)._replace(
            relative=UNITS.get(after, after) + RELATIVE_SHIFTS[word]
        )
    if word in RELATIVE_SHIFTS and (after in WEEKDAYS or after in MONTHS):
        date = _read_date(tokens, at + 1) or _read_weekday_only(tokens, at + 1)
        return date and date._replace(text=tokens.slice(at, date.end), at=at)
    if word in _ONE and after in UNITS and not _AGO.isdisjoint(lower[at + 2 : at + 3]):
        return _mark(tokens, at, at + 3)._replace(relative=UNITS[after] + "-1")
    return None


def _read_weekday_only(tokens: Tokens, at: int) -> Moment | None:
    return _read_weekday(tokens, at) if tokens.lower[at] in WEEKDAYS else None


def _mark(tokens: Tokens, at: int, end: int) -> Moment:
    return Moment(tokens.slice(at, end), at, end)


# In figures, as "5/6/2031"; which is the month depends on the country.
_FIGURES = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d)")


def read_figures(text: str) -> Iterator[datetime.date]:
    """
    Read each date in figures, as day and month and as month and day.

    >>> [str(day) for day in read_figures("Updated 5/16/2031")]
    ['2031-05-16']
    """
    for found in _FIGURES.finditer(text):
        for month, day in dict.fromkeys(((found[1], found[3]), (found[3], found[1]))):
            try:
                yield datetime.date(int(found[4]), int(month), int(day))
            except ValueError:  # the 16th month
                continue


def same_moment(a: Moment, b: Moment) -> bool:
    """Return whether two dates share a stated part and differ in none."""
    ours, theirs = a.fields, b.fields
    shared = ours.keys() & theirs.keys()
    return bool(shared) and all(ours[name] == theirs[name] for name in shared)


def exclude_moments(a: Moment, b: Moment) -> bool:
    """
    Return whether two dates cannot mean the same day or period.

    "Yesterday" and "today", or "this year" and "next year", can, in articles of
    different days. A day of the month and a weekday cannot if the year shows that the
    day was another weekday.
    """
    ours, theirs = _complete(a).fields, _complete(b).fields
    shared = ours.keys() & theirs.keys() - {"relative"}
    return _are_far(a.relative, b.relative) or any(ours[name] != theirs[name] for name in shared)


def _are_far(one: str, other: str) -> bool:
    """Return whether two periods, as "last year" and "next year", never coincide."""
    days = {one.rstrip("+-01"), other.rstrip("+-01")} & {"day", "week"}
    return {one[-2:], other[-2:]} == {"-1", "+1"} and not days


def _complete(moment: Moment) -> Moment:
    """Add the weekday to a date with day, month and year."""
    year, month, day = moment.year, moment.month, moment.day
    if moment.weekday is not None or year is None or month is None or day is None:
        return moment
    try:
        return moment._replace(weekday=datetime.date(year, month, day).weekday())
    except ValueError:  # the 31st of February
        return moment
