"""
Resolve "today", "Tuesday" or "last week" to dates, by the date of the article.

The words are kept; the date is shown beside them. If the article's day is unknown,
or the words could mean two days, there is no date.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from claimx.language.dates import Moment, read_moments
from claimx.language.lexicon import read_words
from claimx.language.tokens import Tokens, reads_as_english, tokenize
from claimx.records import Record

_WEEK = 7
# A day and month without a year are in the year in which they are this near.
_NEAR = timedelta(days=120)
_STEP = re.compile(r"(day|week|month|year)([+-]\d)")
_YEAR = re.compile(r"(?:1[1-9]|20|21)\d\d")
_COMING = read_words("time.signs_of_coming")
_PAST = read_words("time.signs_of_past")
_NO_DAY = read_words("time.no_single_day")
_BEFORE_DAY = read_words("time.before_single_day")
# "Today's drivers" are those of our time.
_POSSESSIVE = ("'s", "s'")
_OF_OTHERS = read_words("time.of_other_days")


class Day(Record):
    """
    The day or period that *words* of a claim refer to: ISO 8601, a period as ``from/to``.

    >>> list_days("It closed on Tuesday.", "2025-03-30")
    (Day(words='Tuesday', date='2025-03-25'),)
    """

    words: str
    date: str


def list_days(text: str, published: str | None) -> tuple[Day, ...]:
    """List the days that *text*, published on *published*, mentions without full dates."""
    if published is None or len(published) < len("2025-03-30"):
        return ()
    tokens = tokenize(text)
    moments = read_moments(tokens)
    told = date.fromisoformat(published)
    if not moments or not reads_as_english(tokens) or _tells_other_year(tokens, told):
        return ()
    found = ((moment.text, _resolve(moment, tokens, told)) for moment in moments)
    return tuple(Day(words=words, date=day) for words, day in found if day)


def _tells_other_year(tokens: Tokens, told: date) -> bool:
    """Return whether the text is about another time, to which its "Tuesday" may belong."""
    return any(_YEAR.fullmatch(word) and int(word) != told.year for word in tokens.lower)


def _resolve(moment: Moment, tokens: Tokens, told: date) -> str | None:
    is_quoted = tokens.words[: moment.at].count('"') % 2  # relative to the day of the quotation
    if moment.year is not None or is_quoted or moment.text.endswith(_POSSESSIVE):
        return None
    if moment.relative:
        return _step(moment, tokens, told)
    if moment.month is not None:
        return _find_year(moment, tokens, told)
    if moment.weekday is None or not _is_past(tokens) or _is_in_name(moment, tokens):
        return None
    return (told - timedelta(days=(told.weekday() - moment.weekday) % _WEEK)).isoformat()


def _is_past(tokens: Tokens) -> bool:
    """
    Return whether *tokens* are about the past only.

    "Will open on Friday" and "next Friday" mean this week's Friday to some readers and
    that of the week after to others.
    """
    is_past = any(
        (word.endswith("ed") and len(word) > len("need")) or word in _PAST for word in tokens.lower
    )
    return is_past and _COMING.isdisjoint(tokens.lower)


def _is_in_name(moment: Moment, tokens: Tokens) -> bool:
    """
    Return whether a weekday is part of a name, as in "Black Friday", or recurs ("every Monday").

    Also true of "last Tuesday", which some use for this week's.
    """
    before = tokens.words[moment.at - 1] if moment.at else ","
    after = tokens.words[moment.end] if moment.end < len(tokens.words) else "."
    if len(moment.text.split()) > 1 or after[0].isupper():
        return True
    is_first = moment.at == 1 and before.lower() in _BEFORE_DAY
    return before.lower() in _NO_DAY or (before[0].isupper() and not is_first)


def _step(moment: Moment, tokens: Tokens, told: date) -> str | None:
    """
    Resolve "yesterday", "last week", "this month", "next year".

    Not "the last year", which ended today, nor "a week earlier", which is relative to
    something else. The week of a Sunday began that day, or six days before.
    """
    found = _STEP.fullmatch(moment.relative)
    words = moment.text.lower().split()
    before = tokens.lower[moment.at - 1] if moment.at else ""
    if not found or before == "the" or words[0] in _OF_OTHERS or words[-1] == "earlier":
        return None
    if found[1] == "week" and told.weekday() == _WEEK - 1:
        return None
    unit, step = found[1], int(found[2])
    match unit:
        case "day":
            return (told + timedelta(days=step)).isoformat()
        case "week":
            first = told - timedelta(days=told.weekday()) + timedelta(weeks=step)
            return f"{first.isoformat()}/{(first + timedelta(days=_WEEK - 1)).isoformat()}"
        case "month":
            year, month = divmod(told.year * 12 + told.month - 1 + step, 12)
            return f"{year:04}-{month + 1:02}"
    return f"{told.year + step:04}"


def _find_year(moment: Moment, tokens: Tokens, told: date) -> str | None:
    """Find the year in which a day and month are near *told*, before it if in the past."""
    if (
        moment.day is None
        or moment.month is None
        or tokens.lower[moment.end : moment.end + 1] == ["of"]
    ):
        return None
    near = [day for day in _list_years(moment.month, moment.day, told) if abs(day - told) < _NEAR]
    if len(near) != 1 or moment.weekday not in (None, near[0].weekday()):
        return None
    return near[0].isoformat() if near[0] <= told or not _is_past(tokens) else None


def _list_years(month: int, day: int, told: date) -> Iterator[date]:
    for year in (told.year - 1, told.year, told.year + 1):
        if day <= monthrange(year, month)[1]:
            yield date(year, month, day)
