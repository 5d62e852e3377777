"""
Find what makes two texts that look alike say different things.

Each guard looks for one kind of difference and says it in words, first text
first. A guard fires only on what both sides state: a number, a name or a day
that one side leaves out is no contradiction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from rapidfuzz.distance.Indel import normalized_similarity as ratio

from claimx.facts import Name, Quantity, compare_quantities, same_moment, same_name
from claimx.facts.names import find_place
from claimx.facts.quantities import are_comparable
from claimx.match.agents import find_exchange
from claimx.match.denials import guard_completion, guard_modality, guard_negation
from claimx.match.differences import Difference, Guard, flip
from claimx.match.encode import Reading, find_key
from claimx.match.lexicon import OPPOSITES
from claimx.match.roles import find_swap
from claimx.records import ConflictKind
from claimx.words import word_set

# Of the letters of two names: "Taliban" and "Taleban" have .86, "Rowhani" and "Rohani" .92.
SPELT_ALIKE = 0.84
AFFIX = 5  # letters of the shorter of two names that begin or end alike, at least

Stated = TypeVar("Stated")


# --- quantities and dates ----------------------------------------------------------------------


def guard_numbers(first: Reading, second: Reading) -> Difference | None:
    """Find a quantity that the other text gives differently."""
    mine, theirs = _drop_shared(first.facts.quantities, second.facts.quantities, _agree)
    for one, other in _pair_all(mine, theirs):
        if _differ(one, other):
            kind: ConflictKind = "time" if one.kind in ("year", "clock") else "number"
            keys = first.keys_in(one.at, one.at + 1) | second.keys_in(other.at, other.at + 1)
            weak = _count_others(first, one, second, other)
            return Difference(kind, *_word_quantities(one, other), keys, weak)
    return _find_single(mine, second) or flip(_find_single(theirs, first))


def _find_single(quantities: Iterable[Quantity], second: Reading) -> Difference | None:
    """Find several of a thing of which the other text has one: "two commanders", "a commander"."""
    for one in quantities:
        word = next(filter(_is_plural, one.nouns), "")
        noun = find_key(word) if word else ""
        if one.kind == "number" and one.value >= 2 and noun and noun in second.keys:
            article = _find_article(second, noun)
            if article:
                found = second.find_word(noun)
                return Difference("number", f"{one.text} {word}", f"{article} {found}")
    return None


def _is_plural(word: str) -> bool:
    return (word.endswith("s") and not word.endswith("ss")) or word in _PLURALS


def _find_article(reading: Reading, noun: str) -> str:
    """Give the "a" or "one" that goes with *noun*, or ""; "a group of commanders" has none."""
    lower, at = reading.facts.tokens.lower, reading.slots.index(noun)
    before = list(lower[max(0, at - 4) : at])
    articles = [place for place, word in enumerate(before) if word in _ONE]
    if not articles or _is_plural(lower[at]) or "of" in before[articles[-1] :]:
        return ""
    return before[articles[-1]]


_PLURALS = word_set("people men women children")
_ONE = ("a", "an", "one", "single")


def _count_others(first: Reading, one: Quantity, second: Reading, other: Quantity) -> bool:
    """Tell whether two numbers count things that only their own text speaks of: 8 hurt, 1 dead."""
    mine, theirs = set(map(find_key, one.nouns[:1])), set(map(find_key, other.nouns[:1]))
    return bool(mine and theirs) and not (mine & second.keys or theirs & first.keys)


def _agree(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities may be the same one: "about 50" and 48, not "over 50" and 60."""
    relation = compare_quantities(one, other)
    comparators = {one.comparator, other.comparator}
    # "more than 300" is what a headline makes of 312
    rounded = "=" in comparators and 10 * abs(one.value - other.value) <= abs(other.value)
    loose = rounded or not _ROUNDED.isdisjoint(comparators)
    return relation == "same" or (relation == "compatible" and loose)


_ROUNDED = frozenset(("~", "<~"))


def _differ(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities that do not agree measure the same."""
    if one.kind != other.kind:
        return False
    same_value = (one.value, one.high) == (other.value, other.high)
    return are_comparable(one, other) or bool(same_value and one.unit and other.unit)


def _word_quantities(one: Quantity, other: Quantity) -> tuple[str, str]:
    """Word two quantities, with their comparators where the values are the same."""
    if (one.value, one.high, one.unit) != (other.value, other.high, other.unit):
        return one.text, other.text
    return f"{one.comparator} {one.text}", f"{other.comparator} {other.text}"


def guard_time(first: Reading, second: Reading) -> Difference | None:
    """Find a date that the other text gives differently."""
    mine, theirs = _drop_shared(first.facts.dates, second.facts.dates, same_moment)
    for one, other in _pair_all(mine, theirs):
        if one.fields.keys() & other.fields.keys():
            keys = first.keys_in(one.at, one.at + 1) | second.keys_in(other.at, other.at + 1)
            return Difference("time", one.text, other.text, keys)
    return _find_old(first, second) or flip(_find_old(second, first))


def _find_old(first: Reading, second: Reading) -> Difference | None:
    """Find what is recent in one text and a year old or more in the other."""
    if not first.recent or second.recent or first.facts.dates:
        return None
    for date in second.facts.dates:
        if date.relative in _LONG_AGO:
            return Difference("time", first.recent, date.text, weak=True)
    return None


_LONG_AGO = ("year-1", "decade-1", "century-1")


def _drop_shared(
    ours: Sequence[Stated], theirs: Sequence[Stated], same: Callable[[Stated, Stated], bool]
) -> tuple[list[Stated], list[Stated]]:
    """Leave out what both texts state, one for one."""
    left, unmatched = list(theirs), []
    for one in ours:
        match = next((at for at, other in enumerate(left) if same(one, other)), None)
        if match is None:
            unmatched.append(one)
        else:
            del left[match]
    return unmatched, left


def _pair_all(mine: Iterable[Stated], theirs: Sequence[Stated]) -> Iterator[tuple[Stated, Stated]]:
    return ((one, other) for one in mine for other in theirs)


# --- words -------------------------------------------------------------------------------------


def guard_opposites(first: Reading, second: Reading) -> Difference | None:
    """Find a word whose opposite is on the other side: rise / fall, satisfied / dissatisfied."""
    mine, theirs = first.keys - second.keys, second.keys - first.keys
    for word in sorted(mine):
        for other in sorted(list_opposites(word) & theirs):
            words = first.find_word(word), second.find_word(other)
            return Difference("negation", *words, frozenset((word, other)))
    return None


@lru_cache(maxsize=65_536)
def list_opposites(key: str) -> set[str]:
    """List the opposites of *key*, by table and by prefix."""
    prefixed = {prefix + key for prefix in _NEGATIVE_PREFIXES} - _NO_OPPOSITES
    if key in _NO_OPPOSITES:
        return _OPPOSITES.get(key, set()) | prefixed
    bare = {key.removeprefix(prefix) for prefix in _NEGATIVE_PREFIXES} - {key}
    return _OPPOSITES.get(key, set()) | prefixed | {one for one in bare if len(one) > 3}


def _index_opposites() -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for line in OPPOSITES:
        one, other = map(find_key, line.split())
        index.setdefault(one, set()).add(other)
        index.setdefault(other, set()).add(one)
    return index


# "non" is left out: "nonprofit" is no opposite of "profit"
_NEGATIVE_PREFIXES = ("un", "in", "dis", "im", "ir", "il")
_OPPOSITES = _index_opposites()
# What looks like a denied word and is none: "information" / "form", "discover" / "cover".
_NO_OPPOSITES = frozenset(
    find_key(word)
    for word in word_set(
        """
        inform information invest impress import implant impact imprint improve insure infer
        inside intend intense intent internal insight install instance instate instruct insult
        discover display discharge distress distant district dispatch disease discuss dispose
        discount dissent distill distract distribute discourse discard disposal unit unite under
        until union universe illuminate illustrate irritate inspire inflame invent involve indent
        """
    )
)


def guard_roles(first: Reading, second: Reading) -> Difference | None:
    """Find two who changed places."""
    swap = find_swap(first.roles, second.roles) or find_exchange(first.deeds, second.deeds)
    if swap is None:
        return None
    who, whom = (first.find_word(key) if key else "somebody" for key in swap)
    return Difference("name", f"{who} - {whom}", f"{whom} - {who}", frozenset(swap) - {""})


# --- names -------------------------------------------------------------------------------------


def guard_names(first: Reading, second: Reading) -> Difference | None:
    """Find a name that stands where the other text has another of the same sort."""
    mine = _list_strange(first, second)
    theirs = _list_strange(second, first)
    for one, other in _pair_all(mine, theirs):
        if _is_replaced(first, one, second, other):
            return word_names(first, one, second, other)
    return None


def word_names(first: Reading, one: Name, second: Reading, other: Name) -> Difference:
    """Word the difference of two texts of which each has a name that the other has not."""
    keys = first.keys_in(one.at, one.end) | second.keys_in(other.at, other.end)
    return Difference("name", one.text, other.text, keys, not (_is_sure(one) and _is_sure(other)))


def _is_sure(name: Name) -> bool:
    """Tell names from the capitals of a headline; the first word of a text is a name here."""
    return name.sure or name.at == 0


def _list_strange(reading: Reading, other: Reading) -> list[Name]:
    """List the names of a text that the other has not, under any variant or as plain words."""
    return [
        name
        for name, keys in zip(reading.names, reading.name_keys, strict=True)
        if not keys <= other.keys and not any(are_variants(name, one) for one in other.names)
    ]


def are_variants(one: Name, other: Name) -> bool:
    """Tell whether two names may mean the same: "Southwest" and "Southwestern" too."""
    if same_name(one, other) or _are_spelt_alike("".join(one.words), "".join(other.words)):
        return True
    # "Mohamed Morsi", "Mursi"
    single = min(len(one.words), len(other.words)) == 1
    return single and _are_spelt_alike(one.words[-1], other.words[-1])


@lru_cache(maxsize=65_536)
def _are_spelt_alike(one: str, other: str) -> bool:
    """Tell whether one name holds the other, or both are one in two scripts: "Taleban"."""
    short, long = sorted((one, other), key=len)
    known = find_place((short,)) or find_place((long,))
    if len(short) < AFFIX or known or any(map(str.isdigit, one + other)):
        return False
    return long.startswith(short) or long.endswith(short) or ratio(one, other) >= SPELT_ALIKE


def _is_replaced(first: Reading, one: Name, second: Reading, other: Name) -> bool:
    """Tell whether two names are of one sort and stand in the same place."""
    sorts = find_sort(one), find_sort(other)
    if sorts[0] != sorts[1]:
        return False
    if sorts[0]:
        return True
    around = first.keys_around(one.at, one.end), second.keys_around(other.at, other.end)
    return any(mine and mine == theirs for mine, theirs in zip(*around, strict=True))


def find_sort(name: Name) -> str:
    """Tell codes by their letters and places; any other name is of no known sort."""
    if any(character.isdigit() for character in name.text):
        return "".join(filter(str.isalpha, name.text)).lower()
    return "place" if find_place(name.words) else ""


GUARDS: tuple[Guard, ...] = (
    guard_numbers,
    guard_time,
    guard_opposites,
    guard_negation,
    guard_modality,
    guard_completion,
    guard_names,
    guard_roles,
)
