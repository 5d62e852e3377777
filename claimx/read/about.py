"""
Read an article's metadata: outlet, author, date, address, language.

Files name these in many ways, and dates have even more formats. What is not
certain is left out: a date that could be two different days is ignored.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from claimx.language.dates import Moment, read_moments
from claimx.language.tokens import tokenize
from claimx.records import is_iso_date

# Names of each field in files; the first is preferred.
NAMES: Mapping[str, tuple[str, ...]] = {
    "outlet": (
        *("outlet", "newspaper", "publication", "publicationname", "containertitle", "journal"),
        *("sitename", "publisher", "source", "sourcename", "site", "website", "domain"),
    ),
    "author": ("author", "authors", "byline", "creator", "writer", "by"),
    "date": (
        *("date", "datepublished", "publisheddate", "publishdate", "publicationdate", "pubdate"),
        *("published", "publishedat", "publishedon", "issued", "dateissued"),
    ),
    "url": ("url", "link", "address", "uri", "permalink", "sourceurl", "articleurl", "weburl"),
    "language": ("language", "lang"),
}
TITLES = ("title", "headline")
# A longer value is text, not a name.
MAX_FIELD = 300

_NOT_IN_NAME = re.compile(r"[\W_]+")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
# A day, month or year first, then at most a time.
_ISO = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:[T ]\d\d:?\d\d.{0,25})?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?\d{4,6}.{0,6})?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d\d:?\d\d.{0,25})?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,? \d\d?:\d\d.{0,25})?", re.ASCII)
_HYPHEN = re.compile(r"(?<=\d)-(?=[^\W\d_])|(?<=[^\W\d_])-(?=\d)")  # 30-Mar-2025
_MONTHS = 12
_MAX_DATE = 100


def split_fields(told: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """
    Split *told*, metadata by name, into fields of a document and the rest.

    Names match in any case, without spaces or underscores. A value that is invalid
    for its field stays in the rest, under its own name.

    >>> split_fields({"Publisher": "Courier", "date": "03/04/2025", "page": "2"})
    ({'outlet': 'Courier'}, {'date': '03/04/2025', 'page': '2'})
    """
    plain = {plain_name(name): name for name in reversed([*told])}
    fields, used = {}, set()
    for field, names in NAMES.items():
        for name in (plain[one] for one in names if one in plain):
            if value := read_field(field, told[name]):
                fields[field] = value
                used.add(name)
                break
    return fields, {name: value for name, value in told.items() if name not in used}


def plain_name(name: str) -> str:
    """
    Normalise the *name* of a column like the names in `NAMES`.

    >>> plain_name("Date_Published ")
    'datepublished'
    """
    return _NOT_IN_NAME.sub("", name).casefold()


def read_field(field: str, text: str) -> str:
    """Read *text* as the value of *field*; empty if it is invalid."""
    plain = " ".join(text.split())
    if not plain or len(plain) > MAX_FIELD:
        return read_date(plain) or "" if field == "date" else ""
    match field:
        case "date":
            return read_date(plain) or ""
        case "url":
            return plain if _ADDRESS.fullmatch(plain) else ""
        case "language":
            return read_language(plain) or ""
        case "outlet":
            return "" if _ADDRESS.match(plain) or plain.isdigit() else plain
    return plain


def read_language(text: str) -> str | None:
    """
    Read a BCP 47 tag; None if *text* is not one.

    >>> read_language("en_GB"), read_language("English")
    ('en-GB', None)
    """
    return text.replace("_", "-") if _LANGUAGE.fullmatch(text) else None


def read_date(text: str) -> str | None:
    """
    Read the day, month or year in *text* as ISO 8601; None if it is ambiguous or invalid.

    >>> read_date("Sun, 30 Mar 2025 23:30:00 GMT"), read_date("31/03/2025")
    ('2025-03-30', '2025-03-31')
    >>> read_date("03/04/2025"), read_date("30 March"), read_date("June 31, 2025")
    (None, None, None)
    """
    plain = " ".join(text.split())
    if not plain or len(plain) > _MAX_DATE:
        return None
    written = _read_digits(plain) or _read_words(plain)
    return written if written and is_iso_date(written) else None


def join_authors(names: Iterable[Any]) -> str:
    """Join the names of authors by semicolons, each once, without addresses."""
    plain = (" ".join(name.split()) for name in names if isinstance(name, str))
    return "; ".join(dict.fromkeys(one for one in plain if one and not _ADDRESS.match(one)))


def _read_digits(text: str) -> str | None:
    if found := _ISO.fullmatch(text):
        return found[1]
    if found := _COMPACT.fullmatch(text):
        return "-".join(found.groups())
    if found := _YEAR_FIRST.fullmatch(text):
        return f"{found[1]}-{found[3]:0>2}-{found[4]:0>2}"
    if found := _YEAR_LAST.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        # no country writes the month first and separates with full stops (Unicode CLDR)
        day_first = first > _MONTHS or first == second or found[2] == "."
        if day_first or second > _MONTHS:
            day, month = (first, second) if day_first else (second, first)
            return f"{found[4]}-{month:02}-{day:02}"
    return None


def _read_words(text: str) -> str | None:
    moments = read_moments(tokenize(_HYPHEN.sub(" ", text)))
    if len(moments) != 1 or moments[0].relative:
        return None
    return _write_moment(moments[0])


def _write_moment(moment: Moment) -> str | None:
    """Write *moment* as ISO 8601 if it has a year and month, and any weekday fits its date."""
    if moment.year is None or moment.month is None:
        return None
    month = f"{moment.year}-{moment.month:02}"
    if moment.day is None:
        return month
    day = f"{month}-{moment.day:02}"
    if moment.weekday is None or not is_iso_date(day):
        return day
    return day if datetime.date.fromisoformat(day).weekday() == moment.weekday else None
