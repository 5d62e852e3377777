"""
Find which names of a collection mean the same, and read its texts so.

Only what some text says itself counts: "Defense Secretary Jo Park" makes "the
defense secretary" Park in the other texts too, "World Health Organization
(WHO)" makes the two one. A title that two people carry stands for neither.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress, groupby
from typing import NamedTuple

from claimx.facts import Alias, Name, read_aliases
from claimx.facts.names import TITLES, find_place, strip_dots
from claimx.facts.tokens import Tokens, is_word
from claimx.match.encode import PLACE, Reading, find_key, read_text

HEADLINE = 3  # words with a capital, at least

# Keys of a name, sorted; countries left out.
Phrase = tuple[str, ...]


class Target(NamedTuple):
    """What a phrase stands for: its key, and the word it comes from."""

    key: str
    word: str


Aliases = dict[Phrase, Target]


def resolve_names(readings: Sequence[Reading], sound: Sequence[bool] = ()) -> list[Reading]:
    """
    Read all texts with one key for each thing that has several names.

    Only *sound* texts teach names (default: all); one that names somebody its
    source does not would make two people of one.
    """
    readings = _read_headlines(readings)
    aliases = find_aliases(compress(readings, sound) if sound else readings)
    starts: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in sorted(aliases, key=lambda phrase: (-len(phrase), phrase)):
        starts[phrase[0]].append(phrase)
    return [_resolve_reading(reading, aliases, starts) for reading in readings]


def _read_headlines(readings: Sequence[Reading]) -> list[Reading]:
    """Leave out of the names of headlines what other texts write small: "Shooting At Plant"."""
    headlines = [_is_headline(reading) for reading in readings]
    if not any(headlines):
        return list(readings)
    small: set[str] = set()
    for reading in readings:
        tokens = reading.facts.tokens
        small.update(set(tokens.words).intersection(tokens.lower))
    return [
        replace(one, names=tuple(_drop_small(one, small))) if headline else one
        for one, headline in zip(readings, headlines, strict=True)
    ]


def _is_headline(reading: Reading) -> bool:
    """Tell a text whose every word that says something has a capital, three at least."""
    tokens, slots = reading.facts.tokens, reading.slots
    telling = [word for word, key in zip(tokens.words, slots, strict=True) if key and is_word(word)]
    return len(telling) >= HEADLINE and all(word[0].isupper() for word in telling)


def _drop_small(reading: Reading, small: Collection[str]) -> Iterator[Name]:
    """Give the names of *reading* without the words that are *small* elsewhere."""
    tokens = reading.facts.tokens
    for name in reading.names:
        capitals = [at for at in range(name.at, name.end) if tokens.words[at][0].isupper()]
        for is_small, run in groupby(capitals, lambda at: tokens.lower[at] in small):
            if not is_small:
                yield _cut_name(name, list(run), tokens)


def _cut_name(name: Name, places: Sequence[int], tokens: Tokens) -> Name:
    """Keep of *name* what stands from the first of *places* to the last."""
    first, end = places[0], places[-1] + 1
    words = tuple(strip_dots(tokens.lower[at]) for at in places)
    return Name(tokens.slice(first, end), words, first, end, name.sure)


def find_aliases(readings: Iterable[Reading]) -> Aliases:
    """Collect the phrases that stand for one thing, in the whole collection."""
    targets: dict[Phrase, set[Target]] = defaultdict(set)
    shorts: dict[Phrase, set[Target]] = defaultdict(set)
    for reading in readings:
        if _may_alias(reading):
            for alias in read_aliases(reading.facts.tokens.text):
                kind = shorts if alias.why == "abbreviation" else targets
                for phrase, target in _read_alias(alias):
                    kind[phrase].add(target)
    found = {phrase: min(some) for phrase, some in targets.items() if len(some) == 1}
    for phrase, some in shorts.items():
        # several abbreviations of one name ("AMRAAM", "MRAAM") stand for the first
        found[phrase] = min(some)
        found |= {(other.key,): min(some) for other in some}
    return {phrase: target for phrase, target in found.items() if phrase != (target.key,)}


def _may_alias(reading: Reading) -> bool:
    """Tell in time whether a text can hold an alias: it has brackets or a title."""
    lower = reading.facts.tokens.lower
    return "(" in lower or not TITLES.isdisjoint(lower)


def _read_alias(alias: Alias) -> Iterator[tuple[Phrase, Target]]:
    """Give the phrases of one alias that are long enough to be no accident."""
    if alias.other.endswith("'s") or find_place((alias.name.lower(),)):
        return  # "the Secretary's Asia tour" names nobody
    if alias.why == "abbreviation":
        pairs = [(alias.name, alias.other)]
    else:
        surname = alias.name.split()[-1]
        pairs = [(alias.name, surname), (alias.other, surname)]
    for long, short in pairs:
        phrase = _list_keys(long)
        word = short.lower()
        if len(phrase) > 1 and find_key(word):
            yield phrase, Target(find_key(word), word)


def _list_keys(name: str) -> Phrase:
    """List the keys of a name, sorted, countries left out."""
    return tuple(sorted(key for key in read_text(name).slots if key and key[0] != PLACE))


def _resolve_reading(
    reading: Reading, aliases: Aliases, starts: dict[str, list[Phrase]]
) -> Reading:
    """Give *reading* with every phrase that stands for something replaced by its target."""
    slots, names = list(reading.slots), list(reading.names)
    for key in sorted(starts.keys() & reading.slots):
        for phrase in starts[key]:
            if reading.keys.issuperset(phrase):
                for window in _find_windows(slots, phrase):
                    _replace_window(slots, names, window, aliases[phrase])
    if slots == list(reading.slots):
        return reading
    return replace(reading, slots=tuple(slots), names=tuple(names))


def _find_windows(slots: Sequence[str], phrase: Phrase) -> Iterator[range]:
    """Find where the keys of *phrase* stand side by side, in any order."""
    filled = [at for at, key in enumerate(slots) if key]
    size = len(phrase)
    for start in range(len(filled) - size + 1):
        places = filled[start : start + size]
        close = places[-1] - places[0] < 3 * size
        if close and tuple(sorted(slots[at] for at in places)) == phrase:
            first = places[0]
            if start and slots[filled[start - 1]][:1] == PLACE and first - filled[start - 1] <= 2:
                first = filled[start - 1]  # "U.S. Defense Secretary"
            yield range(first, places[-1] + 1)


def _replace_window(slots: list[str], names: list[Name], window: range, target: Target) -> None:
    """Put *target* where *window* is, in the slots and among the names."""
    slots[window.start : window.stop] = [target.key] + [""] * (len(window) - 1)
    kept = [name for name in names if name.end <= window.start or name.at >= window.stop]
    names[:] = [*kept, Name(target.word, (target.word,), window.start, window.stop)]
