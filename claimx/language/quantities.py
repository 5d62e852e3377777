"""Read the numbers of a text as quantities: value, unit and comparator, in any notation."""

import math
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from claimx.language.lexicon import (
    COMPARATORS,
    COMPARATORS_AFTER,
    CURRENCIES,
    FUNCTION_WORDS,
    LENGTHS,
    MAGNITUDES,
    MONTHS,
    NUMBER_WORDS,
    PHRASED_UNITS,
    UNITS,
    read_lines,
    read_words,
)
from claimx.language.numerals import Numeral, NumeralKind, find_numerals, to_minutes
from claimx.language.tokens import Tokens, is_word

Comparator = Literal["=", ">", ">=", "<", "<=", "~", "<~"]


class Quantity(NamedTuple):
    """
    A number with what it counts.

    *value* to *high* is a range ("10-15"); the two are equal otherwise. A
    result ("9-14") is of kind "score", with its larger number as *value*.
    *unit* is "" for a bare number, "%", a currency such as "$", or a singular
    word such as "hour". *comparator* is "<~" for "nearly", "~" for "about".
    *nouns* are up to three words that follow; *text* is as written, in tokens
    *at* to *end* (exclusive). A fraction ("two thirds") is its percentage.
    """

    value: float
    high: float
    unit: str
    comparator: Comparator
    kind: NumeralKind
    nouns: tuple[str, ...]
    text: str
    at: int
    end: int


def read_quantities(tokens: Tokens, used: Collection[int] = ()) -> tuple[Quantity, ...]:
    """Read every quantity of *tokens*, in order, except where tokens are already *used*."""
    numbers = find_numerals(tokens, used)
    if not numbers:
        return ()
    found = list(_join_ranges(tokens, [_qualify(tokens, number) for number in numbers]))
    return tuple(_add_parts(tokens, _share_units(tokens, found)))


def _qualify(tokens: Tokens, number: Numeral) -> Quantity:
    """Read the unit, comparator and nouns around *number*."""
    first = _take_currency(tokens, number)
    unit, end = _read_unit(tokens, number)
    if first < number.first:
        unit = CURRENCIES.get(tokens.lower[first], unit)
    value, kind = number.value, number.kind
    if first == number.first and _is_length(tokens, number):
        value, unit = value / MAGNITUDES["m"], "metre"
    if _is_negative(tokens, first):
        value, first = -value, first - 1
    if not unit and kind == "number" and _is_magnitude(tokens, number):
        unit = "magnitude"
    if unit == "basis-point":
        value, unit = value / 100, "%"
    if unit == "hour" and _is_clock(tokens, number):
        value, kind, unit = value // 100 * 60 + value % 100, "clock", ""
    if not unit and kind == "number" and _is_age(tokens, number):
        unit = "year"
    if unit in ("am", "pm") and (kind == "clock" or value <= _NOON):
        minutes = value if kind == "clock" else value * 60
        value, kind, unit = to_minutes(minutes, unit), "clock", ""
    kind = _settle_kind(tokens, number, unit, kind)
    comparator = _read_comparator(tokens.lower, first, end)
    nouns = _read_nouns(tokens, end)
    text = tokens.slice(first, end)
    return Quantity(value, value, unit, comparator, kind, nouns, text, first, end)


_NOON = 12  # "25 a.m." is the rest of a time cut in two
_OLDEST = 120


def _is_age(tokens: Tokens, number: Numeral) -> bool:
    """Return whether *number* is an age, as in "Ada Novak, 61, was"."""
    at, lower = number.first, tokens.lower
    set_off = lower[at - 1 : at] == [","] == lower[number.end : number.end + 1]
    named = at > 1 and tokens.words[at - 2][0].isupper() and lower[at - 2] not in MONTHS
    return set_off and named and number.end == at + 1 and number.value <= _OLDEST


def _is_length(tokens: Tokens, number: Numeral) -> bool:
    """Distinguish 60 metres (true) from 60 million, both written "60m"."""
    word = tokens.words[number.first]
    if not word[:-1][-1:].isdigit() or word[-1] != "m" or number.end - number.first > 1:
        return False
    return not LENGTHS.isdisjoint(tokens.lower[number.end : number.end + 1])


def _is_clock(tokens: Tokens, number: Numeral) -> bool:
    """Distinguish a time, "at 1230 hours" (true), from a number of hours."""
    word = tokens.words[number.first]
    before = tokens.lower[number.first - 1] if number.first else ""
    fits = len(word) == 4 and word.isdigit() and number.value < 2400 and number.value % 100 < 60
    return fits and before in _BEFORE_CLOCKS


def _is_magnitude(tokens: Tokens, number: Numeral) -> bool:
    """Return whether *number* is an earthquake's magnitude: "6.1 on the Richter scale"."""
    lower = tokens.lower
    before, after = (
        lower[max(0, number.first - 3) : number.first],
        lower[number.end : number.end + 4],
    )
    if after[:1] and after[0] in _QUAKES and number.value < _STRONGEST:
        return "." in lower[number.first]
    named = "magnitude" in before and before[before.index("magnitude") + 1 :] in _LINKS
    return named or "richter" in after


_BEFORE_CLOCKS = read_words("numbers.before_clocks")
_BEFORE_COMPARATORS = read_words("numbers.before_comparators")
_QUAKES = read_words("numbers.quakes")
_STRONGEST = 10
_LINKS = [[], *(line.split() for line in read_lines("numbers.links_of_magnitude"))]


def _is_negative(tokens: Tokens, at: int) -> bool:
    """Distinguish "-12 degrees" and "minus 12" (true) from "10-12" and "SM-12"."""
    if not at or tokens.lower[at - 1] not in ("-", "minus"):
        return False
    sign = tokens.starts[at - 1]
    apart = not sign or tokens.text[sign - 1].isspace() or tokens.text[sign - 1] in "(["
    joined = tokens.starts[at] == sign + 1
    return apart and (joined or tokens.lower[at - 1] == "minus")


def _take_currency(tokens: Tokens, number: Numeral) -> int:
    before = number.first - 1
    return before if before >= 0 and tokens.lower[before] in CURRENCIES else number.first


def _settle_kind(tokens: Tokens, number: Numeral, unit: str, kind: NumeralKind) -> NumeralKind:
    if unit == "time" and kind == "number":
        return "multiple"
    if kind == "ordinal" and unit == "year":
        return "number"  # the 80th anniversary is 80 years
    if kind != "year":
        return kind
    if unit or number.end - number.first > 1:
        return "number"
    return "year" if _stands_as_year(tokens, number) else "number"


def _stands_as_year(tokens: Tokens, number: Numeral) -> bool:
    """Distinguish the year 2000 (true) from 2000 people."""
    lower, end = tokens.lower, number.end
    before = lower[number.first - 1] if number.first else ""
    after = lower[end] if end < len(lower) else "."
    return before in FUNCTION_WORDS or not is_word(after) or after in FUNCTION_WORDS


def _read_unit(tokens: Tokens, number: Numeral) -> tuple[str, int]:
    """Find the unit after *number*, across a hyphen or one modifier ("18 fewer days")."""
    if number.unit:
        return number.unit, number.end
    lower, end = tokens.lower, number.end
    if number.kind == "clock":
        half = lower[end] if end < len(lower) else ""
        return _HALVES.get(half, ""), end + (half in _HALVES)
    near = [at for at in range(end, min(end + 6, len(lower))) if lower[at] != "-"]
    for size in (3, 2):
        phrase = " ".join(lower[at] for at in near[:size])
        if phrase in PHRASED_UNITS and len(near) >= size:
            return PHRASED_UNITS[phrase], near[size - 1] + 1
    for at in range(end, min(end + 3, len(lower))):
        word = lower[at]
        unit = _UNIT_OF.get(word)
        if unit is not None and not (unit == "second" and number.kind == "ordinal"):
            return unit, at + 1
        passable = word == "-" or (is_word(word) and word not in _STOPS_UNIT)
        if not passable:
            break
    return "", number.end


_HALVES = {"am": "am", "pm": "pm", "a.m.": "am", "p.m.": "pm"}
_UNIT_OF = {**UNITS, **CURRENCIES, **_HALVES}
_STOPS_UNIT = (FUNCTION_WORDS - read_words("numbers.starts_of_units")) | NUMBER_WORDS


def _read_comparator(lower: list[str], first: int, end: int) -> Comparator:
    """Read "more than", "nearly" before the number, "or more" after it."""
    after = " ".join(lower[end : end + 2])
    if after in COMPARATORS_AFTER:
        return COMPARATORS_AFTER[after]  # type: ignore[return-value]
    if after[:1] == "+" or after[:4] == "plus":
        return ">="
    at = first
    while at and lower[at - 1] in _BEFORE_COMPARATORS:
        at -= 1
    for size in (3, 2, 1):
        phrase = " ".join(lower[max(0, at - size) : at])
        if phrase in COMPARATORS:
            return COMPARATORS[phrase]  # type: ignore[return-value]
    return "="


def _read_nouns(tokens: Tokens, end: int) -> tuple[str, ...]:
    """List up to three words that follow without a break: what is counted."""
    nouns: list[str] = []
    for word in tokens.lower[end : end + 5]:
        if word == "-":
            continue
        if not is_word(word) or word in FUNCTION_WORDS or len(nouns) == 3:
            break
        nouns.append(word)
    return tuple(nouns)


def _join_ranges(tokens: Tokens, quantities: list[Quantity]) -> Iterator[Quantity]:
    """Join "10-15", "10 to 15" and "between 10 and 15" into one range each."""
    low: Quantity | None = None
    for high in quantities:
        if low is not None and _is_score(tokens, low, high):
            low = _join_score(tokens, low, high)
            continue
        if low is not None and _is_range(tokens, low, high):
            low = _join(tokens, low, high)
            continue
        if low is not None:
            yield low
        low = high
    if low is not None:
        yield low


def _is_range(tokens: Tokens, low: Quantity, high: Quantity) -> bool:
    join = tokens.lower[low.end : high.at]
    if not {low.kind, high.kind} <= {"number", "clock"} or low.kind != high.kind:
        return False
    if low.unit not in ("", high.unit) or _spread(tokens, low, high).value >= high.value:
        return False
    before = tokens.lower[low.at - 1] if low.at else ""
    if join == ["and"]:
        return before == "between"
    return join == ["-"] or (join == ["to"] and before != "from")


def _is_score(tokens: Tokens, one: Quantity, other: Quantity) -> bool:
    """Distinguish a result (true) from a range: "won 2-1", "a 9-14 record", "by 52 votes to 48"."""
    join = tokens.lower[one.end : other.at]
    if one.kind != "number" or other.kind != "number" or one.unit or other.unit:
        return False
    if join == ["votes", "to"]:
        return True
    if join != ["-"] or tokens.starts[other.at] != tokens.starts[one.end] + 1:
        return False
    if one.value >= other.value:
        return one.end == one.at + 1
    lower, size = tokens.lower, len(tokens.lower)
    after = lower[other.end] if other.end < size else "."
    before = lower[max(0, one.at - 3) : one.at]
    return after in _RESULTS or (after in _ENDS and not _DECIDED.isdisjoint(before))


_RESULTS = read_words("numbers.results")
_ENDS = FUNCTION_WORDS | frozenset((".", ",", ";", ")"))
_DECIDED = read_words("numbers.decided")


def _join_score(tokens: Tokens, one: Quantity, other: Quantity) -> Quantity:
    """Join the two numbers of a result, the larger first, whoever won."""
    low, high = sorted((one.value, other.value))
    text = tokens.slice(one.at, other.end)
    return other._replace(value=high, high=low, kind="score", text=text, at=one.at)


def _spread(tokens: Tokens, low: Quantity, high: Quantity) -> Quantity:
    """Apply the magnitude of a range's upper end to the lower: "$2.5 to $3 million"."""
    scales = [MAGNITUDES[word] for word in tokens.lower[high.at : high.end] if word in MAGNITUDES]
    scaled = any(word in MAGNITUDES for word in tokens.lower[low.at : low.end])
    joined = tokens.words[low.end - 1][-1:].isalpha()
    if not scales or scaled or joined or low.value * scales[0] >= high.value:
        return low
    return low._replace(value=low.value * scales[0], high=low.high * scales[0])


def _join(tokens: Tokens, low: Quantity, high: Quantity) -> Quantity:
    low = _spread(tokens, low, high)
    text = tokens.slice(low.at, high.end)
    return high._replace(value=low.value, high=high.value, text=text, at=low.at)


def _add_parts(tokens: Tokens, quantities: list[Quantity]) -> Iterator[Quantity]:
    """Add up a quantity in two units: "2 hours 18 minutes", "6 feet 2 inches"."""
    whole: Quantity | None = None
    for part in quantities:
        if whole is not None and _are_parts(tokens, whole, part):
            value = whole.value + part.value * _SIZES[part.unit][1] / _SIZES[whole.unit][1]
            text = tokens.slice(whole.at, part.end)
            part = part._replace(  # noqa: PLW2901
                value=value,
                high=value,
                unit=whole.unit,
                text=text,
                at=whole.at,
                comparator=whole.comparator,
            )
        elif whole is not None:
            yield whole
        whole = part
    if whole is not None:
        yield whole


def _are_parts(tokens: Tokens, whole: Quantity, part: Quantity) -> bool:
    if (whole.unit, part.unit) not in _PARTS or part.comparator != "=":
        return False
    return tokens.lower[whole.end : part.at] in ([], ["and"], [","])


_PARTS = frozenset(
    (
        ("hour", "minute"),
        ("minute", "second"),
        ("foot", "inch"),
        ("pound-weight", "ounce"),
        ("year", "month"),
    )
)


def _share_units(tokens: Tokens, quantities: list[Quantity]) -> list[Quantity]:
    """Apply the unit of a list's last number to the others: "from 10 to 15 percent"."""
    for at in range(len(quantities) - 2, -1, -1):
        left, right = quantities[at], quantities[at + 1]
        if left.unit or left.nouns or left.kind != right.kind:
            continue
        between = tokens.lower[left.end : right.at]
        if len(between) <= 2 and _LISTING.issuperset(between):
            quantities[at] = left._replace(unit=right.unit, nouns=right.nouns)
    return quantities


_LISTING = read_words("numbers.lists") | {",", "-"}


# ---------------------------------------------------------------- comparing

Relation = Literal["same", "compatible", "different", "unrelated"]

# For each unit, its base unit and its size in it. Miles, feet, pounds and gallons are the
# international and U.S. customary ones (NIST Special Publication 811).
_SIZES = {
    **{"second": ("day", 1 / 86400), "minute": ("day", 1 / 1440), "hour": ("day", 1 / 24)},
    **{"day": ("day", 1.0), "week": ("day", 7.0), "fortnight": ("day", 14.0)},
    **{"month": ("day", 365.25 / 12), "year": ("day", 365.25)},
    **{"decade": ("day", 3652.5), "century": ("day", 36525.0)},
    **{"millimetre": ("metre", 0.001), "centimetre": ("metre", 0.01), "metre": ("metre", 1.0)},
    **{"kilometre": ("metre", 1000.0), "mile": ("metre", 1609.344), "foot": ("metre", 0.3048)},
    **{"inch": ("metre", 0.0254), "yard": ("metre", 0.9144), "nautical-mile": ("metre", 1852.0)},
    **{"gram": ("gram", 1.0), "kilogram": ("gram", 1000.0), "ounce": ("gram", 28.3495)},
    **{"pound-weight": ("gram", 453.592), "ton": ("gram", 1e6)},
    **{"square-metre": ("square-metre", 1.0), "square-kilometre": ("square-metre", 1e6)},
    **{"hectare": ("square-metre", 1e4), "acre": ("square-metre", 4046.86)},
    **{"square-mile": ("square-metre", 2.58999e6), "square-foot": ("square-metre", 0.092903)},
    **{"litre": ("litre", 1.0), "gallon": ("litre", 3.78541), "barrel": ("litre", 158.987)},
    **{"kph": ("kph", 1.0), "mph": ("kph", 1.609344), "knot": ("kph", 1.852)},
    **{"kilowatt": ("kilowatt", 1.0), "megawatt": ("kilowatt", 1e3), "gigawatt": ("kilowatt", 1e6)},
    **{"megabyte": ("megabyte", 1.0), "gigabyte": ("megabyte", 1e3), "terabyte": ("megabyte", 1e6)},
    **{"celsius": ("degree", 1.0), "fahrenheit": ("degree", 5 / 9), "degree": ("degree", 1.0)},
}
_OFFSETS = {"fahrenheit": -160 / 9}  # 32 °F is 0 °C
# Tolerance (share) for a value converted to another unit: 93 mph for 150 km/h, 30 days for a
# month.
_CONVERTED = 0.02
# "About 50" can mean 46 to 54: newsrooms round to one or two figures.
_ABOUT = 0.1
# "More than 50" can mean 62, rounded down.
_ROUNDED = 0.2


def compare_quantities(a: Quantity, b: Quantity) -> Relation:
    """
    Compare *a* and *b* as quantities of the same thing.

    "over 50,000" and "50,000" are the same, "over 50,000" and "60,000" are
    compatible, "over 50,000" and "fewer than 50,000" are different. Hours and
    people are unrelated.
    """
    if not are_comparable(a, b):
        return "unrelated"
    if "score" in (a.kind, b.kind):
        return "same" if (a.value, a.high) == (b.value, b.high) else "different"
    (a_low, a_high), (b_low, b_high) = _limits(a), _limits(b)
    spare = 1e-9 if a.unit == b.unit else _CONVERTED
    if _close(a_low, b_low, spare) and _close(a_high, b_high, spare):
        return "different" if _bound_apart(a, b) else "same"
    (a_low, a_high), (b_low, b_high) = _widen(a, a_low, a_high), _widen(b, b_low, b_high)
    return "compatible" if a_low <= b_high and b_low <= a_high else "different"


def _bound_apart(a: Quantity, b: Quantity) -> bool:
    """Distinguish "fewer than 50" from "over 50" and from 50; "over 50" may be 50, rounded."""
    sides = {_SIDE[a.comparator], _SIDE[b.comparator]}
    return sides == {-1, 1} or ("<" in (a.comparator, b.comparator) and 0 in sides)


def are_comparable(a: Quantity, b: Quantity) -> bool:
    """Return whether the two have the same dimension, so that they can differ."""
    if a.kind != b.kind and not {a.kind, b.kind} <= _PLAIN:
        return False
    if a.unit == b.unit:
        return True
    if not a.unit or not b.unit:
        # A bare number may leave out the unit; one that counts people has none.
        return "%" not in (a.unit, b.unit) and not (b if a.unit else a).nouns
    return _SIZES.get(a.unit, (a.unit, 1))[0] == _SIZES.get(b.unit, (b.unit, 1))[0]


_PLAIN = frozenset(("number", "vague", "year"))
_SIDE = {"=": 0, "~": 0, ">": 1, ">=": 1, "<": -1, "<=": -1, "<~": -1}


def key_quantity(quantity: Quantity) -> str:
    """
    Return what a quantity has in common with an equal one of another unit.

    A measure is told in metric units, to the two figures that a converted one is right to.

    >>> from claimx.language.features import read_features
    >>> miles, km, years = read_features("12 miles, 19 km, 34 years").quantities
    >>> key_quantity(miles), key_quantity(km), key_quantity(years)
    ('1.9e+04metre', '1.9e+04metre', '34year')
    """
    base, size = _SIZES.get(quantity.unit, ("", 1.0))
    if base in {"", "day"}:
        return f"{quantity.value:g}{quantity.unit}"
    return f"{quantity.value * size + _OFFSETS.get(quantity.unit, 0.0):.2g}{base}"


def same_quantity(a: Quantity, b: Quantity) -> bool:
    """Return whether *a* and *b* are equal in any notation; see `compare_quantities`."""
    return compare_quantities(a, b) == "same"


def implies_quantity(source: Quantity, claim: Quantity) -> bool:
    """
    Return whether a text with *source* supports *claim*.

    A claim may leave out "over" and "about", but not "up to"; it may not add "over".
    "More than 50" is supported by 53.
    """
    if not are_comparable(source, claim):
        return False
    if claim.comparator == "=" and claim.kind != "vague":
        plain = same_quantity(source, claim)
        return plain and source.comparator not in ("<", "<=")
    open_ended = _SIDE[source.comparator] and source.comparator != "<~"
    low, high = bounds(source) if open_ended else _limits(source)
    claim_low, claim_high = bounds(claim)
    if _SIDE[source.comparator] == _SIDE[claim.comparator] and same_quantity(source, claim):
        return True
    open_end = claim.comparator in (">", "<") and source.comparator == "="
    if open_end and same_quantity(source, claim):
        return False
    return claim_low <= low and high <= claim_high and _near(source, claim)


def _near(source: Quantity, claim: Quantity) -> bool:
    """Return whether "more than 50" is a fair rounding of *source*, at most a fifth below it."""
    (low, _), (claim_low, _) = _limits(source), _limits(claim)
    return claim.kind == "vague" or abs(low - claim_low) <= _ROUNDED * abs(low)


def bounds(quantity: Quantity) -> tuple[float, float]:
    """Return the smallest and the largest value that *quantity* allows, in base units."""
    return _widen(quantity, *_limits(quantity))


def _widen(quantity: Quantity, low: float, high: float) -> tuple[float, float]:
    if quantity.kind == "vague" or quantity.comparator in (">", ">="):
        return low, math.inf
    if quantity.comparator in ("<", "<="):
        return -math.inf, high
    if quantity.comparator == "=":
        return low, high
    return low * (1 - _ABOUT), high * (1 + _ABOUT) if quantity.comparator == "~" else high


def _limits(quantity: Quantity) -> tuple[float, float]:
    if not quantity.unit:
        return quantity.value, quantity.high
    factor = _SIZES.get(quantity.unit, ("", 1.0))[1]
    offset = _OFFSETS.get(quantity.unit, 0.0)
    return quantity.value * factor + offset, quantity.high * factor + offset


def _close(a: float, b: float, spare: float) -> bool:
    return math.isclose(a, b, rel_tol=spare)


_SPELT = {
    ">": "over ",
    ">=": "at least ",
    "<": "under ",
    "<=": "up to ",
    "~": "about ",
    "<~": "nearly ",
}


def describe_quantity(quantity: Quantity) -> str:
    """Write *quantity* as in the text, with its comparator: "over 50,000"."""
    return _SPELT.get(quantity.comparator, "") + quantity.text
