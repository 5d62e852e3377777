"""
Derive quantities that a text states without writing the number.

"A year and a half" is 18 months, "one in five" is 20 percent, "three adults
and two children" are five.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from claimx.language.features import Quantity
from claimx.language.lexicon import UNITS, read_forms, read_lines, read_words
from claimx.language.tokens import Tokens

_SPANS = read_forms("numbers.spans")
_ONE_IN = read_lines("numbers.one_in")
_ALL_BUT_ONE = read_lines("numbers.all_but_one")
_TIMES = read_words("numbers.clock_units")
# Numbers further apart than this (in tokens) are not combined.
_FAR = 12


def derive_quantities(tokens: Tokens, quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """List the quantities that follow from *quantities* of *tokens* and are not among them."""
    return tuple(_derive(tokens, quantities))


def _derive(tokens: Tokens, quantities: Sequence[Quantity]) -> Iterator[Quantity]:
    for at, word in enumerate(tokens.lower):
        if word in _SPANS:
            value, unit = _SPANS[word].split()
            yield _quantity(float(value), unit, at)
        if tokens.lower[at : at + 3] == ["and", "a", "half"] and at:
            yield from _add_half(tokens, quantities, at)
    for other in quantities:
        if " ".join(tokens.lower[max(0, other.at - 3) : other.at]).endswith(_ONE_IN):
            yield _quantity(100 / max(other.value, 1), "%", other.at)
        if " ".join(tokens.lower[max(0, other.at - 5) : other.at]).startswith(_ALL_BUT_ONE):
            yield _quantity(other.value - 1, other.unit, other.at)
    for one, other in pairwise(quantities):
        yield from _join(tokens.lower[one.end : other.at], one, other)
    shares = [one for one in quantities if one.unit == "%"]
    counts = [one for one in quantities if not one.unit and one.kind == "number"]
    for share in shares:
        for whole in counts:
            yield whole._replace(value=round(share.value * whole.value / 100), comparator="~")
    for part, whole in ((a, b) for a in counts for b in counts if 0 < a.value < b.value):
        yield _quantity(100 * part.value / whole.value, "%", part.at)._replace(comparator="~")


def _quantity(value: float, unit: str, at: int) -> Quantity:
    return Quantity(value, value, unit, "=", "number", (), "", at, at + 1)


def _add_half(tokens: Tokens, quantities: Sequence[Quantity], at: int) -> Iterator[Quantity]:
    """Read "an hour and a half" and "two years and a half", *at* the "and"."""
    unit = UNITS.get(tokens.lower[at - 1])
    if unit:
        whole = next((one.value for one in quantities if one.end == at), 1.0)
        yield _quantity(whole + 0.5, unit, at)


def _join(between: Sequence[str], one: Quantity, other: Quantity) -> Iterator[Quantity]:
    """Combine neighbours: a share ("one in five"), a time, a sum, a multiple ("from 2 to 4")."""
    if between in (["in"], ["out", "of"], ["in", "every"]) and 0 < one.value < other.value:
        yield _quantity(100 * one.value / other.value, "%", one.at)
    if len(between) > _FAR or "." in between or one.kind != "number" or other.kind != "number":
        return
    if one.unit == "hour" and other.unit == "minute":
        yield _quantity(one.value * 60 + other.value, "minute", one.at)
    if one.unit in _TIMES or one.unit == "%" or one.unit != other.unit:
        return
    total = one.value + other.value
    yield other._replace(value=total, high=total, nouns=(), comparator="=")
    if "to" in between and one.value:
        ratio = other.value / one.value
        yield one._replace(value=ratio, high=ratio, unit="time", kind="multiple", comparator="~")
