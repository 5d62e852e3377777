"""Find the numbers of a text, in digits or in words, with their magnitude and fraction."""

import math
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Literal, NamedTuple

from text_to_num import find_numbers

from claimx.language.lexicon import (
    DENOMINATORS,
    FUNCTION_WORDS,
    MAGNITUDES,
    MULTIPLES,
    NUMBER_WORDS,
    QUANTITY_WORDS,
    SPELT_MAGNITUDES,
    TIMES,
    UNITS,
    VAGUE,
    read_forms,
    read_words,
)
from claimx.language.tokens import Tokens, is_word

NumeralKind = Literal["number", "ordinal", "multiple", "vague", "clock", "year", "score"]


class Numeral(NamedTuple):
    """A number found in tokens *first* to *end* (exclusive), before its surroundings are read."""

    first: int
    end: int
    value: float
    kind: NumeralKind = "number"
    unit: str = ""


class _Word(str):
    """A token with the interface that the number reader needs."""

    __slots__ = ()

    def text(self) -> str:
        return str(self)

    def nt_separated(self, previous: object) -> bool:  # noqa: ARG002
        return False

    def not_a_number_part(self) -> bool:
        return False


def find_numerals(tokens: Tokens, used: Collection[int]) -> list[Numeral]:
    """Find the numbers of *tokens*, in order; skip tokens in *used*."""
    lower = tokens.lower
    found: list[Numeral] = []
    spelt = {} if NUMBER_WORDS.isdisjoint(lower) else _read_spelt(lower)
    at = 0
    for index, word in enumerate(lower):
        if index < at or not (word in _STARTS or word[0].isdigit()) or index in used:
            continue
        number = _start_number(tokens, index, spelt)
        if number is not None:
            number = _extend(lower, number)
            if found and found[-1].kind == "year":
                number = _complete_year(lower, found[-1], number)
            found.append(number)
            at = number.end
    return found


def _read_spelt(lower: list[str]) -> dict[int, Numeral]:
    """Read numbers in words, by the index of their first token."""
    spelt = find_numbers([_WORDS.get(word, _OTHER) for word in lower], "en", 0.0)
    return {
        n.start: Numeral(n.start, n.end, n.value, "ordinal" if n.is_ordinal else "number")
        for n in spelt
    }


# Only these words are passed to the reader, which crashes on a lone surrogate.
_WORDS = {word: _Word(word) for word in NUMBER_WORDS | {"and", "-"}}
_OTHER = _Word("x")


def _start_number(tokens: Tokens, at: int, spelt: dict[int, Numeral]) -> Numeral | None:
    """Read the number that starts at token *at*, if there is one."""
    word = tokens.lower[at]
    if word[0].isdigit():
        if len(word) > _LONGEST:
            return None
        value, kind, unit = parse_numeral(tokens.words[at])
        return None if math.isnan(value) else Numeral(at, at + 1, value, kind, unit)
    if word in _HOURS and (at == 0 or tokens.lower[at - 1] != "high"):
        return Numeral(at, at + 1, _HOURS[word], "clock")
    if word in TIMES and _counts_times(tokens, at):
        return Numeral(at, at + 1, TIMES[word], "multiple", "time")
    if word not in QUANTITY_WORDS:
        return None
    return _start_words(tokens, at, spelt)


# Times of day that are words, in minutes after midnight.
_HOURS = {word: float(minutes) for word, minutes in read_forms("numbers.hours").items()}
_STARTS = QUANTITY_WORDS | _HOURS.keys() | TIMES.keys()  # each number begins with one, or a digit


def _counts_times(tokens: Tokens, at: int) -> bool:
    """Distinguish "shot once in the leg" (true) from "once he left", "at once", "twice as many"."""
    before = tokens.lower[at - 1] if at else "."
    after = tokens.lower[at + 1] if at + 1 < len(tokens.lower) else "."
    counts = is_word(before) and before not in _BEFORE_TIMES
    return counts and (after in _AFTER_TIMES or not (is_word(after) or after == "-"))


_BEFORE_TIMES = (
    read_words("numbers.before_times")
    | read_words("function_words.forms_of_be")
    | read_words("function_words.have")
)
_AFTER_TIMES = read_words("numbers.after_times")


def _start_words(tokens: Tokens, at: int, spelt: dict[int, Numeral]) -> Numeral | None:
    word = tokens.lower[at]
    if word in MULTIPLES:
        return Numeral(at, at + 1, MULTIPLES[word], "multiple")
    if word in VAGUE:
        return Numeral(at, at + 1, VAGUE[word], "vague")
    if word in DENOMINATORS and (share := _read_share(tokens, at)):
        return share
    if word == "dozen":
        return Numeral(at, at + 1, 12.0)
    number = spelt.get(at)
    if number is None or not _counts(tokens, number):
        return None
    return number


def _read_share(tokens: Tokens, at: int) -> Numeral | None:
    """Read "half" and "a quarter of" as shares, not "the first half", "this quarter", "third"."""
    if tokens.lower[at] not in ("half", "quarter"):
        return _read_part(tokens, at)
    lower = tokens.lower
    before = lower[at - 1] if at else ""
    value = 100.0 / DENOMINATORS[lower[at]]
    if before not in _OF_TWO_HALVES and (part := _read_part_of_one(lower, at, value / 100)):
        return part
    if before in _ONE and lower[at] == "half":
        return Numeral(at - 1, at + 1, value, "number", "%")
    if part := _read_part(tokens, at):
        return part
    if lower[at] == "half" and before not in _OF_TWO_HALVES:
        return Numeral(at, at + 1, value, "number", "%")
    return None


def _read_part_of_one(lower: list[str], at: int, part: float) -> Numeral | None:
    """Read "half a million", "a half-mile", "a quarter of an hour" and "a year and a half"."""
    first = at - (lower[max(0, at - 1)] in _ONE)
    if first < at and lower[first - 1] == "and" and first > 2:
        unit = UNITS.get(lower[first - 2]) if lower[first - 3] in _INDEFINITE else None
        return Numeral(first - 3, at + 1, 1 + part, "number", unit) if unit else None
    end = at + 1
    while end < min(at + 3, len(lower)) and lower[end] in _PART_LINKS:
        end += 1
    whole = lower[end] if end < len(lower) else ""
    if whole in SPELT_MAGNITUDES:
        return Numeral(first, end + 1, SPELT_MAGNITUDES[whole] * part)
    if whole in NUMBER_WORDS and whole in UNITS:  # half a second
        return Numeral(first, end + 1, part, "number", UNITS[whole])
    return Numeral(first, end, part) if whole in UNITS else None


def _read_part(tokens: Tokens, at: int) -> Numeral | None:
    """Read "a third of them" and "by a third", not "a third man"."""
    lower = tokens.lower
    before, after = lower[max(0, at - 2) : at], lower[at + 1 : at + 2]
    if before[-1:] not in (["a"], ["one"]):
        return None
    ends = not after or not is_word(after[0]) or after[0] in FUNCTION_WORDS
    if after == ["of"] or (before[0] == "by" and ends):
        return Numeral(at - 1, at + 1, 100.0 / DENOMINATORS[lower[at]], "number", "%")
    return None


def _counts(tokens: Tokens, number: Numeral) -> bool:
    """Distinguish a number from a pronoun ("one of them", "no one") and from part of a name."""
    at = number.first
    if number.kind == "ordinal":
        mark = tokens.lower[number.end] if number.end < len(tokens.lower) else "."
        inside = at > 0 and tokens.lower[at - 1] != "."
        follows = tokens.words[number.end : number.end + 1]
        in_name = inside or (bool(follows) and follows[0][0].isupper())
        return mark != "," and not (in_name and tokens.words[at][0].isupper())
    if tokens.lower[at : number.end] != ["one"]:
        return True
    if _end_half(tokens.lower, number.end) is not None:
        return True
    before = tokens.lower[at - 1] if at else ""
    after = tokens.lower[number.end] if number.end < len(tokens.lower) else "."
    return before not in _ONE_BEFORE and is_word(after) and after not in FUNCTION_WORDS


_INDEFINITE = read_words("function_words.indefinite")
# What stands between a part and its unit.
_PART_LINKS = _INDEFINITE | {"-", "of"}
_ONE = read_words("numbers.one")
_ONE_BEFORE = read_words("numbers.before_one")


def _extend(lower: list[str], number: Numeral) -> Numeral:
    """Include what belongs to the number: "million", "and a half", "thirds", "x 10^4"."""
    after = lower[number.end : number.end + 3]
    if not after:
        return number
    if after[0] in SPELT_MAGNITUDES:
        number = _scale(lower, number)
    elif after[0] == "-" and after[1:2] and after[1] in _LARGE:
        number = _scale(lower, number._replace(end=number.end + 1))
    elif (end := _end_half(lower, number.end)) is not None:
        number = _scale(lower, number._replace(end=end, value=number.value + 0.5))
    elif after[0] == "x" and after[1:2] and after[1][:3] == "10^":
        power = parse_numeral(after[1])[0]
        number = number._replace(end=number.end + 2, value=number.value * power)
    elif number.kind == "number" and "/" in after[0] and (share := parse_numeral(after[0])[0]) > 0:
        whole = number.value + share / 100  # 2 1/2
        number = _scale(lower, number._replace(end=number.end + 1, value=whole))
    elif number.kind == "number":
        number = _read_fraction(lower, number)
    return number


def _end_half(lower: list[str], at: int) -> int | None:
    """Return where "and a half" or "-and-a-half" ends, if it stands at token *at*."""
    places = [place for place in range(at, min(at + 6, len(lower))) if lower[place] != "-"][:3]
    is_half = [lower[place] for place in places] == ["and", "a", "half"]
    return places[-1] + 1 if is_half else None


# "The first half" is no share.
_OF_TWO_HALVES = read_words("numbers.of_two_halves") | {"-"}
# Magnitudes that may follow a number after a hyphen: "$53.7-million".
_LARGE = read_words("numbers.large")


def _complete_year(lower: list[str], year: Numeral, number: Numeral) -> Numeral:
    """Read the second half of "2018-19" as a year too."""
    joined = lower[year.end : number.first] == ["-"] and len(lower[number.first]) == 2
    whole = year.value - year.value % 100 + number.value
    if joined and number.kind == "number" and whole > year.value:
        return number._replace(value=whole, kind="year")
    return number


def _scale(lower: list[str], number: Numeral) -> Numeral:
    """Multiply by a following "million", "dozen" and the like."""
    value, end = number.value, number.end
    while end < len(lower) and lower[end] in SPELT_MAGNITUDES:
        value *= SPELT_MAGNITUDES[lower[end]]
        end += 1
    return number._replace(value=value, end=end)


def _read_fraction(lower: list[str], number: Numeral) -> Numeral:
    """Read "two thirds" and "three-quarters" as percentages."""
    end = number.end + (lower[number.end] == "-")
    word = lower[end] if end < len(lower) else ""
    if number.value >= DENOMINATORS.get(word, 0) or not (word[-1] == "s" or number.value == 1):
        return number
    share = 100.0 * number.value / DENOMINATORS[word]
    return number._replace(value=share, end=end + 1, unit="%")


# Most characters of a number; more digits in a row are an identifier.
_LONGEST = 40


@lru_cache(maxsize=16_384)
def parse_numeral(word: str) -> tuple[float, NumeralKind, str]:
    """
    Read a number in digits and its suffix: value, kind, unit.

    The value is NaN if it is not a number ("9/11", "3D", "1.2.3").

    >>> parse_numeral("2.7bn")
    (2700000000.0, 'number', '')
    """
    match = _NUMERAL.match(word)
    if match is None:
        return math.nan, "number", ""
    digits, suffix = match.groups()
    if "/" in digits or "'" in digits:
        return _parse_slashed(digits)
    if ":" in digits:
        return _parse_clock(digits, suffix)
    value = _parse_digits(digits)
    return _apply_suffix(value, digits, suffix)


_NUMERAL = re.compile(r"^(\d[\d.,:/'^ \u00a0\u2009\u202f]*)([A-Za-z]*)$")
_GROUPED = re.compile(r"^\d{1,3}(?:([,. ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$")


def _parse_digits(digits: str) -> float:
    """Read digits with any common thousands separators; "50,000" and "50 000" are equal."""
    base, _, power = digits.partition("^")
    try:
        value = float(_drop_separators(base))
        return value ** float(power) if power and len(power) < 3 else value
    except (ValueError, OverflowError):
        return math.nan


def _drop_separators(digits: str) -> str:
    digits = re.sub(r"\s", " ", digits)
    grouped = _GROUPED.match(digits)
    separator = grouped[1] if grouped else ""
    # A single dot before three digits is a decimal point in English: 1.234.
    if separator == "." and digits.count(".") == 1:
        separator = ""
    if separator:
        digits = digits.replace(separator, "")
    return digits.replace(" ", "").replace(",", ".")


def _parse_slashed(digits: str) -> tuple[float, NumeralKind, str]:
    top, _, bottom = digits.partition("/")
    if top.isdigit() and bottom.isdigit() and int(top) < int(bottom) <= 10 and int(bottom) > 1:
        return 100.0 * int(top) / int(bottom), "number", "%"
    return math.nan, "number", ""


def _parse_clock(digits: str, suffix: str) -> tuple[float, NumeralKind, str]:
    """Read a time of day as minutes after midnight."""
    hour, _, minute = digits.partition(":")
    if not (hour.isdigit() and minute.isdigit()) or int(hour) > 24 or int(minute) > 59:
        return math.nan, "number", ""
    return to_minutes(float(hour) * 60 + int(minute), suffix), "clock", ""


def to_minutes(minutes: float, half: str) -> float:
    """Convert *minutes* of a 12-hour clock ("am" or "pm") to minutes after midnight."""
    half = half.lower().replace(".", "")
    if half == "pm" and minutes < 720:
        return minutes + 720
    return minutes - 720 if half == "am" and minutes >= 720 else minutes


def _apply_suffix(value: float, digits: str, suffix: str) -> tuple[float, NumeralKind, str]:
    low = suffix.lower()
    if not low:
        return value, "year" if _looks_like_year(digits) else "number", ""
    if low in ("st", "nd", "rd", "th"):
        return value, "ordinal", ""
    if low in ("am", "pm"):
        return to_minutes(value * 60, low), "clock", ""
    if low in MAGNITUDES:
        return value * MAGNITUDES[low], "number", ""
    if low in UNITS or low in _SHORT_UNITS:
        return value, "multiple" if low == "x" else "number", _SHORT_UNITS.get(low) or UNITS[low]
    return math.nan, "number", ""


_SHORT_UNITS = {"s": "s", "x": "time", "h": "hour", "c": "celsius", "f": "fahrenheit"}


def _looks_like_year(digits: str) -> bool:
    return len(digits) == 4 and digits.isdigit() and 1100 <= int(digits) < 2200
