"""Read a text into the keys of what it says: its words by stem, its values, its countries."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.language.features import Features, read_features, stem_word
from claimx.language.names import find_place, fold_letters, strip_dots
from claimx.language.places import PLACES
from claimx.language.quantities import key_quantity
from claimx.match.statements import list_content

LONGEST_PLACE = 3  # words: "United Arab Emirates"
PLACE, QUANTITY, DATE = "=", "#", "@"  # start the key of a country, a quantity, a date


class Reading(NamedTuple):
    """
    What a text says, in order: a key for each word with a meaning, each quantity, each date.

    *words* are what the keys were read from, in lower case.
    """

    keys: tuple[str, ...]
    words: tuple[str, ...]


def read_text(text: str) -> Reading:
    """
    Read *text* into keys.

    >>> read_text("U.S. troops left two bases.").keys
    ('=united states', 'troop', 'leav', '#2', 'base')
    """
    features = read_features(text)
    found = sorted([*_list_words(features), *_list_values(features)])
    return Reading(tuple(key for _, key, _ in found), tuple(word for _, _, word in found))


def _list_words(features: Features) -> Iterator[tuple[int, str, str]]:
    """List the place, key and wording of every word with a meaning."""
    places = dict(_find_places(features))
    inside = {at for start, (width, _) in places.items() for at in range(start, start + width)}
    lower = features.tokens.lower
    for at in list_content(features):
        if at in places:
            yield at, PLACE + places[at][1], places[at][1]
        elif at not in inside:
            yield at, stem_word(fold_letters(lower[at])), lower[at]


def _find_places(features: Features) -> Iterator[tuple[int, tuple[int, str]]]:
    """Find countries, their people and capitals in names: where, how many tokens, which."""
    for name in features.names:
        at = name.at
        while at < name.end:
            width, place = _find_place_at(features.tokens.lower, at, name.end)
            if place:
                yield at, (width, place)
            at += width


def _find_place_at(lower: Sequence[str], at: int, end: int) -> tuple[int, str]:
    """Find the longest place that starts at token *at*; its width and its country."""
    if strip_dots(lower[at]) not in _PLACE_STARTS:
        return 1, ""  # most names
    words = [strip_dots(word) for word in lower[at : min(end, at + LONGEST_PLACE)]]
    for width in range(len(words), 0, -1):
        place = find_place(tuple(words[:width]))
        if place:
            return width, place
    return 1, ""


_PLACE_STARTS = frozenset(place.split()[0] for place in PLACES)


def _list_values(features: Features) -> Iterator[tuple[int, str, str]]:
    """List the place, key and wording of every quantity and date, whatever its writing."""
    for quantity in features.quantities:
        yield quantity.at, QUANTITY + key_quantity(quantity), quantity.text
    for date in features.dates:
        yield date.at, DATE + " ".join(f"{value}" for value in date.fields.values()), date.text
