"""Read a text once into what comparing needs: its words as keys, in order, and its facts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from claimx.facts import Cue, Facts, Name, Quantity, read_facts
from claimx.facts.lexicon import IRREGULAR
from claimx.facts.names import find_place, strip_dots
from claimx.facts.places import PLACES
from claimx.facts.tokens import is_word, stem_word
from claimx.match.agents import Deeds, list_deeds
from claimx.match.lexicon import DONE, EMPTY, FAMILIES, RECENT, REJECTING, TRUE
from claimx.match.roles import ARTICLES, Roles, list_roles

# For each key that a cue bears on: the cue, and the word that the key stands for.
Scopes = dict[str, tuple[str, str]]
SCOPE = 3  # words after a cue that it bears on; further ones are often another phrase
DOUBLE = 2  # tokens from a denial to another that it denies
LONGEST_PLACE = 3  # words: "United Arab Emirates"
PLACE = "="  # starts the key of a country, its people, its capital


@dataclass(frozen=True, eq=False)
class Reading:
    """
    What a text says, ready to compare.

    *slots* has for each token its key, empty where the token says nothing. A
    quantity or a date is one key, whatever its writing, at its first token.
    """

    facts: Facts
    slots: tuple[str, ...]
    names: tuple[Name, ...]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The ideas of the text, order and repeats forgotten."""
        return frozenset(filter(None, self.slots))

    @cached_property
    def name_keys(self) -> tuple[frozenset[str], ...]:
        """The keys of each name."""
        return tuple(self.keys_in(name.at, name.end) for name in self.names)

    @cached_property
    def denied(self) -> Scopes:
        """The keys that a denial bears on, with the token of the denial and of the word."""
        return self._read_scopes(_drop_doubles(self.facts.negations), self._is_stated)

    @cached_property
    def doubted(self) -> Scopes:
        """The keys that are said to be possible only."""
        hedges = (cue for cue in self.facts.hedges if cue.certainty == "possible")
        cues = (cue for cue in hedges if not self._is_about_name(cue))
        return self._read_scopes(cues, self._is_plain)

    def _is_about_name(self, cue: Cue) -> bool:
        """Tell whether a cue bears on a name: "and potentially SM-6 missiles"."""
        return bool(cue.places) and self._is_in_name(cue.places[0])

    @cached_property
    def planned(self) -> Scopes:
        """The keys that are said to be planned."""
        cues = (cue for cue in self.facts.hedges if cue.certainty == "planned")
        return self._read_scopes(cues, self._is_plain)

    def _read_scopes(self, cues: Iterable[Cue], fits: Callable[[int], bool]) -> Scopes:
        """Map each key under an odd number of *cues* to its cue and its word; two cancel out."""
        scopes: Scopes = {}
        for cue in cues:
            for place in filter(fits, cue.places[:SCOPE]):
                key = self.slots[place]
                if scopes.pop(key, None) is None:
                    scopes[key] = (cue.word, self.facts.tokens.words[place])
        return scopes

    def _is_stated(self, place: int) -> bool:
        """
        Tell what can be denied from owners and from the cues themselves.

        "Without the man's consent" denies no man.
        """
        owner = self.facts.tokens.words[place].endswith(("'s", "'S"))
        return bool(self.slots[place]) and not owner and place not in self._cue_places

    def _is_plain(self, place: int) -> bool:
        """Tell what can be doubted or planned: no name either."""
        adverb = self.facts.tokens.lower[place].endswith("ly")
        return self._is_stated(place) and not adverb and not self._is_in_name(place)

    def _is_in_name(self, place: int) -> bool:
        # the capitals of a headline are no names
        return any(name.at <= place < name.end for name in self.names if name.sure)

    @cached_property
    def _cue_places(self) -> frozenset[int]:
        return frozenset(cue.at for cue in (*self.facts.negations, *self.facts.hedges))

    @cached_property
    def rejection(self) -> str:
        """The first word that says of the whole that it is not so: "hoax"; "" without one."""
        words = self.facts.tokens.lower
        if words[:2] == ["no", ","]:
            return "No"
        untrue = (cue for cue in self.facts.negations if not TRUE.isdisjoint(cue.scope[:1]))
        found = next((f"{cue.word} {cue.scope[0]}" for cue in untrue), "")
        if found or REJECTING.isdisjoint(words):
            return found
        return next(word for word in words if word in REJECTING)

    @cached_property
    def recent(self) -> str:
        """The word that says that it was of late, or ""."""
        return next((word for word in self.facts.tokens.lower if word in RECENT), "")

    @cached_property
    def roles(self) -> Roles:
        """Who stands to whom."""
        return list_roles(self.facts.tokens, self.slots)

    @cached_property
    def deeds(self) -> Deeds:
        """Who does what."""
        return list_deeds(self.facts.tokens, self.slots)

    def find_word(self, key: str) -> str:
        """Give the first word that *key* stands for, as written."""
        return self.facts.tokens.words[self.slots.index(key)]

    def keys_in(self, at: int, end: int) -> frozenset[str]:
        """Give the keys of tokens *at* to *end* (exclusive)."""
        return frozenset(filter(None, self.slots[at:end]))

    def keys_around(self, at: int, end: int) -> tuple[str, str]:
        """Give the nearest keys before token *at* and from token *end* on, or ""; not countries."""
        before = (key for key in reversed(self.slots[:at]) if key and key[0] != PLACE)
        after = (key for key in self.slots[end:] if key and key[0] != PLACE)
        return next(before, ""), next(after, "")

    def is_done(self, key: str) -> bool:
        """Tell whether the verb of *key* is in the past: "opened", not "the upgraded base"."""
        at = self.slots.index(key)
        lower = self.facts.tokens.lower
        word, before = lower[at], lower[max(0, at - 1)]
        if not DONE.isdisjoint(lower[max(0, at - 3) : at]):
            return True  # "completed the upgrade"
        return (word.endswith("ed") or word in IRREGULAR) and before not in ARTICLES


def _drop_doubles(cues: Iterable[Cue]) -> list[Cue]:
    """Drop denials of denials, both: "has not ruled out"."""
    kept: list[Cue] = []
    for cue in cues:
        if kept and cue.at - kept[-1].at <= DOUBLE:
            kept.pop()
        else:
            kept.append(cue)
    return kept


def read_text(text: str) -> Reading:
    """Read *text* into facts and keys: stems of its words, one stem for a family of words."""
    facts = read_facts(text)
    slots = list(map(find_key, facts.tokens.lower))
    _tell_close(slots, facts.tokens.lower)
    for name in facts.names:
        _fill_places(slots, name, facts)
    for at, end, key in _list_fact_keys(facts):
        slots[at:end] = [key] + [""] * (end - at - 1)
    return Reading(facts, tuple(slots), facts.names)


def _tell_close(slots: list[str], lower: Sequence[str]) -> None:
    """Tell "close to the border" from "close the border"."""
    for at, word in enumerate(lower[:-1]):
        if word == "close" and lower[at + 1] in ("to", "by", "proximity"):
            slots[at] = find_key("near")


def _fill_places(slots: list[str], name: Name, facts: Facts) -> None:
    """Give "United States", "American" and "Washington" in a name the key of one country."""
    at = name.at
    while at < name.end:
        width, place = _find_place_at(facts, at, name.end)
        if place:
            slots[at : at + width] = [PLACE + place] + [""] * (width - 1)
        at += width


def _find_place_at(facts: Facts, at: int, end: int) -> tuple[int, str]:
    """Find the longest place that starts at token *at*; its width and its country."""
    if strip_dots(facts.tokens.lower[at]) not in _PLACE_STARTS:
        return 1, ""  # most names
    words = [strip_dots(word) for word in facts.tokens.lower[at : min(end, at + LONGEST_PLACE)]]
    for width in range(len(words), 0, -1):
        place = find_place(tuple(words[:width]))
        if place:
            return width, place
    return 1, ""


_PLACE_STARTS = frozenset(place.split()[0] for place in PLACES)


def _list_fact_keys(facts: Facts) -> Iterator[tuple[int, int, str]]:
    """Give tokens and key of every quantity and date."""
    for quantity in facts.quantities:
        if (quantity.kind, quantity.value) == ("ordinal", 1):
            continue  # the word has an opposite: "the first phase", "the last phase"
        yield quantity.at, _find_end(facts, quantity), f"#{quantity.value:g}{quantity.unit}"
    for date in facts.dates:
        yield date.at, date.end, "@" + " ".join(f"{value}" for value in date.fields.values())


def _find_end(facts: Facts, quantity: Quantity) -> int:
    """Find the token after a quantity."""
    starts = facts.tokens.starts
    length = starts[quantity.at] + len(quantity.text)
    return next(
        (at for at in range(quantity.at + 1, len(starts)) if starts[at] >= length), len(starts)
    )


@lru_cache(maxsize=200_000)
def find_key(word: str) -> str:
    """Name the idea of *word*, in lower case: its family's first stem; empty if it says nothing."""
    if word in EMPTY or not (is_word(word) or word[0].isdigit()):
        return ""
    stem = stem_word(word)
    return _FAMILY_OF.get(stem, stem)


def _index_families() -> dict[str, str]:
    families = (line.split() for line in FAMILIES)
    return {stem_word(word): stem_word(family[0]) for family in families for word in family}


_FAMILY_OF = _index_families()
