"""What a text states; each part is computed when a check first needs it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import islice
from typing import NamedTuple, TypeVar

from claimx.ground.derived import derive_quantities
from claimx.language.features import (
    Alias,
    Features,
    Moment,
    Quantity,
    read_features,
    read_figures,
    stem_word,
)
from claimx.language.lexicon import FUNCTION_WORDS, Language
from claimx.language.names import find_aliases, find_place, initials_of
from claimx.language.tokens import guess_language, is_word
from claimx.records import Flag, FlagKind
from claimx.segment.parsed import ParsedDocument

# A text with more items of a kind is a table: look items up in it, do not iterate.
MANY = 200

# Most numbers that are combined, each with each.
FEW = 12

_Item = TypeVar("_Item")


class Source:
    """A text with what it states; each part is computed once, on first use."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def features(self) -> Features:
        """The quantities, dates, names and so on that it states."""
        return read_features(self.text)

    @cached_property
    def aliases(self) -> tuple[Alias, ...]:
        """The names that it says stand for one another."""
        return find_aliases(self.features.tokens)

    @cached_property
    def language(self) -> Language:
        """Its language, guessed; only numbers are checked in languages other than English."""
        return guess_language(self.features.tokens)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word, in lower case and as a stem, dots dropped."""
        lower = {word.replace(".", "") for word in self.features.tokens.lower if is_word(word)}
        return frozenset(lower | set(map(stem_word, lower)))

    @cached_property
    def word_starts(self) -> frozenset[str]:
        """The first five letters of every word that is long enough."""
        return frozenset(word[:5] for word in self.words if len(word) >= 5)

    @cached_property
    def content(self) -> tuple[tuple[int, str], ...]:
        """The content words, as index and stem."""
        return tuple(
            (place, stem_word(word))
            for place, word in enumerate(self.features.tokens.lower)
            if is_word(word) and word not in FUNCTION_WORDS
        )

    @cached_property
    def named(self) -> frozenset[int]:
        """The indexes of the words in names."""
        return frozenset(at for name in self.features.names for at in range(name.at, name.end))

    @cached_property
    def polarity(self) -> dict[str, set[int]]:
        """For each content word's stem, whether it is negated (1), not (0), or both."""
        depth: dict[int, int] = {}
        for cue in self.features.negations:
            for place in cue.places:
                depth[place] = depth.get(place, 0) + 1
        found: dict[str, set[int]] = {}
        for place, stem in self.content:
            found.setdefault(stem, set()).add(depth.get(place, 0) % 2)
        return found

    @cached_property
    def quantities(self) -> dict[str, list[Quantity]]:
        """The first quantities of each value, to find equal ones without comparing all."""
        found: dict[str, list[Quantity]] = {}
        for quantity in self.features.quantities:
            for value in {quantity.value, quantity.high}:
                _add_some(found.setdefault(value_key(value), []), quantity)
        return found

    @cached_property
    def derived(self) -> tuple[Quantity, ...]:
        """Quantities derived from its first ones."""
        return derive_quantities(self.features.tokens, self.features.quantities[:FEW])

    @cached_property
    def dates(self) -> tuple[Moment, ...]:
        """The dates, including bare years."""
        years = (q for q in self.features.quantities if q.kind == "year")
        bare = (Moment(q.text, q.at, q.end, year=int(q.value)) for q in years)
        return (*self.features.dates, *bare)

    @cached_property
    def dates_by_field(self) -> dict[tuple[str, int | str], list[Moment]]:
        """The first dates of each year, month, day, weekday or period, with computed weekdays."""
        found: dict[tuple[str, int | str], list[Moment]] = {}
        for moment in map(work_out_weekday, self.dates):
            for item in moment.fields.items():
                _add_some(found.setdefault(item, []), moment)
        return found

    @cached_property
    def known_days(self) -> tuple[date, ...]:
        """The days that it states in full; one in figures, as "5/6/2031", is read both ways."""
        stated = filter(None, map(read_day, self.dates[:MANY]))
        return tuple(dict.fromkeys((*stated, *islice(read_figures(self.text), FEW))))

    @cached_property
    def places(self) -> frozenset[str]:
        """The countries that it mentions, by name, people or capital."""
        pieces = (piece for name in self.features.names for piece in _pieces(name.words))
        return frozenset(filter(None, map(find_place, pieces)))

    @cached_property
    def initials(self) -> frozenset[str]:
        """The abbreviations that its longer names would have."""
        return frozenset(i for name in self.features.names for i in initials_of(name.text))

    @cached_property
    def companions(self) -> dict[str, set[str]]:
        """For each word of a name the other words of its names: "Kate" for "Downing"."""
        found: dict[str, set[str]] = {}
        aliases = (f"{alias.name} {alias.other}".lower().split() for alias in self.aliases)
        short_names = (name.words for name in self.features.names if 1 < len(name.words) <= 4)
        for words in (*aliases, *short_names):
            for word in words:
                found.setdefault(word, set()).update(words)
        return found


class WholeSource(Source):
    """All of a document, of which what is worked out already is not worked out again."""

    def __init__(self, document: ParsedDocument) -> None:
        super().__init__(document.text)
        self._document = document

    @cached_property
    def features(self) -> Features:
        """The quantities, dates, names and so on that it states."""
        return Features(self._document.tokens)

    @cached_property
    def known_days(self) -> tuple[date, ...]:
        """The day of the document, if known, and those that it states in full."""
        told = self._document.document.date or ""
        own = [date.fromisoformat(told)] if len(told) == len("2031-05-06") else []
        return (*own, *super().known_days)

    @cached_property
    def language(self) -> Language:
        """The language that it reads as."""
        return self._document.language

    @cached_property
    def aliases(self) -> tuple[Alias, ...]:
        """The names that it says stand for one another."""
        return self._document.aliases


class Case(NamedTuple):
    """A claim, the words it cites, and the whole document they are from."""

    claim: Source
    cited: Source
    whole: Source


def flag_missing(kind: FlagKind, what: str, has: Iterable[str], *, elsewhere: bool = False) -> Flag:
    """Word a flag for *what* the cited text lacks; *has* is what it has instead."""
    shown = ", ".join(islice(dict.fromkeys(has), 3))
    place = ", only elsewhere in the document" if elsewhere else ""
    has_instead = f" (has {shown})" if shown else ""
    return Flag(kind=kind, message=f"{what} not in the cited text{place}{has_instead}")


def value_key(value: float) -> str:
    """Write *value* so that equal numbers have the same text."""
    return f"{value:.9g}"


def _add_some(items: list[_Item], item: _Item) -> None:
    if len(items) < MANY:
        items.append(item)


def _pieces(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """List runs of up to three of *words*."""
    for size in (1, 2, 3):
        for start in range(len(words) - size + 1):
            yield tuple(words[start : start + size])


def work_out_weekday(moment: Moment) -> Moment:
    """Add the weekday to a date with year, month and day."""
    day = read_day(moment) if moment.weekday is None else None
    return moment if day is None else moment._replace(weekday=day.weekday())


def read_day(moment: Moment) -> date | None:
    """Return *moment* as a day of the calendar; None if a part is missing or it is none."""
    if not (moment.year and moment.month and moment.day):
        return None
    try:
        return date(moment.year, moment.month, moment.day)
    except ValueError:
        return None
