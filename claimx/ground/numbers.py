"""Check that the numbers and dates of a claim are in the cited text, in any notation."""

import re
from collections.abc import Iterator
from math import isclose

from claimx.ground.ages import is_age, may_be_age
from claimx.ground.days import contradicts_day, follows_from_day, read_range_day
from claimx.ground.source import (
    MANY,
    Case,
    Source,
    flag_missing,
    value_key,
    work_out_weekday,
)
from claimx.language.features import (
    Moment,
    Quantity,
    are_comparable,
    bounds,
    describe_quantity,
    implies_quantity,
    same_moment,
    stem_word,
)
from claimx.language.lexicon import MONTHS, WEEKDAYS, read_words
from claimx.records import Flag


def check_quantities(case: Case) -> Iterator[Flag]:
    """Flag each number of the claim that the cited text does not support."""
    for quantity in case.claim.features.quantities[:MANY]:
        if quantity.kind == "year":
            continue  # a date
        if bears_quantity(case.cited, quantity) or _needs_no_number(case, quantity):
            continue
        if _is_in_name(case, quantity) or _is_range_day(case, quantity):
            continue
        elsewhere = bears_quantity(case.whole, quantity)
        # "Two allies", "his first season": derived from the rest of the document.
        sums_up = not quantity.unit and (quantity.value in (2, 3) or quantity.kind == "ordinal")
        if not (elsewhere and sums_up):
            flag = _flag_quantity(quantity, case, elsewhere=elsewhere)
            if flag is not None:
                yield flag


def bears_quantity(source: Source, quantity: Quantity) -> bool:
    """Return whether *source* states *quantity*, in any notation."""
    equal = source.quantities.get(value_key(quantity.value), [])
    others = source.features.quantities[:MANY]
    return any(_bears_out(other, quantity) for other in (*equal, *others))


def follows(case: Case, quantity: Quantity) -> bool:
    """Return whether *quantity*, or its whole, can be derived from the cited text."""
    if any(_amounts_to(one, quantity) for one in case.cited.derived):
        return True
    wholes = [one for one in case.claim.derived if one.at <= quantity.at and one.kind == "number"]
    return any(
        _amounts_to(other, whole)
        for whole in wholes
        if quantity.at - whole.at <= _PART
        for other in (*case.cited.features.quantities[:MANY], *case.cited.derived)
    )


def _amounts_to(one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities have the same size, within rounding, whatever they count."""
    if not are_comparable(one._replace(nouns=()), other._replace(nouns=())):
        return False
    low, other_low = (bounds(each._replace(comparator="="))[0] for each in (one, other))
    return isclose(low, other_low, rel_tol=_ROUNDED if one.comparator == "~" else 1e-9)


# Tolerance of a derived share: 33 for 33.3 percent.
_ROUNDED = 0.02


# Most words between the numbers of "one in five" and "two hours and eight minutes".
_PART = 5


def _bears_out(source: Quantity, claim: Quantity) -> bool:
    """Return whether *source* supports *claim*; points are no percent, 17 is no "over 17"."""
    if claim.unit == "%" and _counts_points(source) != _counts_points(claim):
        return False
    if source.value != source.high and claim.value != claim.high:  # "a 9-14 record", "won 9-14"
        return {source.value, source.high} == {claim.value, claim.high}
    return implies_quantity(source, claim)


def _counts_points(quantity: Quantity) -> bool:
    return "point" in quantity.text or quantity.nouns[:1] in (("point",), ("points",))


def _is_in_name(case: Case, quantity: Quantity) -> bool:
    """Return whether the number ends a name that stands for "the band": "Maroon 5"."""
    words, at = case.claim.features.tokens.words, quantity.at
    named = words[at - 1] if at else ""
    if not named[:1].isupper() or named.lower() in MONTHS or named.lower() in WEEKDAYS:
        return False
    known = re.search(rf"\b{re.escape(named)} {re.escape(words[at])}\b", case.whole.text)
    return known is not None and named.lower() not in case.cited.words


def _is_range_day(case: Case, quantity: Quantity) -> bool:
    """Return whether the number is a day that the cited text means: "last week (2-8 May 2031)"."""
    day = read_range_day(case.claim, quantity)
    return day is not None and (_bears_date(case.cited, day) or follows_from_day(case, day))


_ONE = read_words("numbers.one")
_BOTH = read_words("numbers.pairs")
_INAUGURAL = read_words("numbers.firsts")
_POINTERS = read_words("function_words.count_openers")


def _needs_no_number(case: Case, quantity: Quantity) -> bool:
    """Return whether the number only counts what is named: "the two allies", "one person"."""
    words = case.cited.words
    if _is_worded_alike(case, quantity) or follows(case, quantity) or _is_multiple(case, quantity):
        return True
    if quantity.value == 0 and case.cited.features.negations:
        return True
    if quantity.unit or _counted_otherwise(case.cited, quantity):
        return False
    if quantity.kind == "ordinal":
        return quantity.value == 1 and not _INAUGURAL.isdisjoint(words)
    if quantity.kind != "number" or quantity.value > 12:
        return False
    before = case.claim.features.tokens.lower[quantity.at - 1] if quantity.at else ""
    is_pair = quantity.value == 2 and not _BOTH.isdisjoint(words)
    return quantity.value == 1 or before in _POINTERS or is_pair


_YEAR = re.compile(r"(?:1[89]|20)\d\d$")


def _is_worded_alike(case: Case, quantity: Quantity) -> bool:
    """Return whether the notation differs only: "second" and "the second", "eight" and "eighth"."""
    lower, at = case.claim.features.tokens.lower, quantity.at
    if quantity.kind == "ordinal":
        days = {date.day for date in case.cited.dates[:MANY]}
        is_day = lower[quantity.end : quantity.end + 1] == ["of"] and quantity.value in days
        return is_day or not case.cited.words.isdisjoint(lower[at : quantity.end])
    if at and lower[at - 1] == "and" and "half" in lower[at : quantity.end]:
        return True
    if at > 1 and lower[at - 1] == "-" and _YEAR.match(lower[at - 2]):
        return True  # 2006-07
    ordinals = [one for one in case.cited.features.quantities[:MANY] if one.kind == "ordinal"]
    if any(quantity.value == other.value - 1 and quantity.unit == other.unit for other in ordinals):
        return quantity.unit != ""  # "three weeks into it" is the fourth week
    return quantity.value > 3 and any(other.value == quantity.value for other in ordinals)


def _is_multiple(case: Case, quantity: Quantity) -> bool:
    """Return whether it is a multiple: "twice" for "two goals", "a fifth" for "20 percent"."""
    at, lower = quantity.at, case.claim.features.tokens.lower
    if quantity.kind == "ordinal" and at and lower[at - 1] in _ONE:
        share = 100 / quantity.value
        fraction = quantity._replace(value=share, high=share, unit="%", kind="number", nouns=())
        return bears_quantity(case.cited, fraction)
    others = case.cited.features.quantities[:MANY]
    if any(one.kind == "score" and quantity.value in (one.value, one.high) for one in others):
        return True  # "nine to two" is 9-2
    if quantity.kind != "multiple":
        return False
    if (quantity.unit, quantity.value) == ("time", 1):  # what happened, happened once at least
        return all(one.kind != "multiple" or one.value == 1 for one in others)
    return any(one.value in (quantity.value, 100 * quantity.value) for one in others)


def _counted_otherwise(cited: Source, quantity: Quantity) -> bool:
    """Return whether *cited* has another number of the same things."""
    nouns = set(map(stem_word, quantity.nouns[:2]))
    return any(
        not nouns.isdisjoint(map(stem_word, other.nouns[:2])) and are_comparable(other, quantity)
        for other in cited.features.quantities[:MANY]
    )


def _flag_quantity(quantity: Quantity, case: Case, *, elsewhere: bool) -> Flag | None:
    text = describe_quantity(quantity)
    others = case.cited.features.quantities[:MANY]
    twins = [q for q in others if q.value == quantity.value and q.unit != quantity.unit]
    if any(_may_mean(quantity, twin) for twin in twins):
        return None
    if may_be_age(case.claim, quantity) and any(map(is_age, twins)):
        return None  # whose it is, `check_ages` tells
    if twins and not elsewhere:
        return flag_missing("unit", f"unit of {text}", map(describe_quantity, twins))
    rivals = [describe_quantity(q) for q in others if are_comparable(q, quantity)]
    return flag_missing("number", f"number {text}", rivals, elsewhere=elsewhere)


def _may_mean(quantity: Quantity, twin: Quantity) -> bool:
    """Return whether only the unit differs: "66.18 m" and "66.18 metres", or a unit left out."""
    if quantity.unit and twin.unit:
        return False
    if not quantity.unit:
        if twin.nouns[:1] == ("old",):
            return True  # "a man of 31"
        return any(len(noun) <= 2 and twin.unit.startswith(noun[0]) for noun in quantity.nouns[:1])
    if any(len(noun) <= 2 and quantity.unit.startswith(noun[0]) for noun in twin.nouns[:1]):
        return True
    return not twin.nouns and quantity.text.startswith(twin.text)


def check_dates(case: Case) -> Iterator[Flag]:
    """Flag each date of the claim that the cited text does not state in full."""
    for moment in case.claim.dates[:MANY]:
        if _bears_date(case.cited, moment):
            continue
        others = case.cited.dates[:MANY]
        rivals = [
            other.text
            for other in others
            if _rivals(other, moment) and not _bears_date(case.claim, other)
        ]
        if (moment.day or not rivals) and follows_from_day(case, moment):
            continue
        elsewhere = case.whole is not case.cited and _bears_date(case.whole, moment)
        if elsewhere and (moment.relative or not rivals) and not contradicts_day(case, moment):
            continue  # the reader of the document knows when
        yield flag_missing("date", f"date {moment.text}", rivals, elsewhere=elsewhere)


def _rivals(one: Moment, other: Moment) -> bool:
    """Return whether two dates have different values for the same part."""
    shared = one.fields.keys() & other.fields.keys()
    return any(one.fields[name] != other.fields[name] for name in shared)


def _bears_date(source: Source, moment: Moment) -> bool:
    """Return whether *source* has every part of *moment*, in dates that agree with it."""
    wanted = set(moment.fields.items())
    moment = work_out_weekday(moment)
    items = moment.fields.items()
    found = (other for item in items for other in source.dates_by_field.get(item, ()))
    alike = {other[3:]: other for other in found}  # by their parts
    for other in alike.values():
        if same_moment(moment, other):
            wanted -= set(other.fields.items())
    if wanted == {("day", moment.day)} and alike:  # "the first day of May"
        wanted -= {("day", int(q.value)) for q in source.features.quantities if q.kind == "ordinal"}
    # "November 2" in a text of 2004 is November 2, 2004.
    by_its_year = wanted == {("year", moment.year)} and bool(alike)
    return not wanted or (by_its_year and ("year", moment.year) in source.dates_by_field)
