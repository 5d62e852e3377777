"""
Find the slots in which two claims differ: numbers, times, predicates, denials, names.

A slot is a role that both claims fill, each with another value. What only one of
them states is no difference here.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Literal, NamedTuple, TypeVar

from claimx.language.dates import exclude_moments, same_moment
from claimx.language.features import Cue, Name, Quantity, stem_word
from claimx.language.lexicon import IRREGULAR, read_words
from claimx.language.names import TITLES, find_place
from claimx.language.opposites import can_be_undone
from claimx.language.quantities import are_comparable, compare_quantities
from claimx.match.measures import (
    are_step_and_level,
    count_same,
    is_age,
    list_silent,
    may_be_age,
    names_other_event,
    read_measure,
    tell_apart,
    tell_same_age,
)
from claimx.match.pairing import Pairing
from claimx.match.statements import Statement
from claimx.records import ConflictKind

Bearing = Literal["exclusive", "compatible", "sibling"]
Stated = TypeVar("Stated")
NOTHING: frozenset[int] = frozenset()


class Slot(NamedTuple):
    """
    One thing in which two claims differ, each side in its own words.

    *bearing* says whether both can be true: "exclusive" values cannot,
    "compatible" ones can, "sibling" ones are said of different things. *mine* and
    *theirs* are the tokens that carry them. A *strict* slot counts only where
    next to nothing else differs. A *counted* slot says what its numbers
    measure, and *rise* is how many more things the second counts.
    """

    kind: ConflictKind
    bearing: Bearing
    first: str
    second: str
    mine: frozenset[int] = NOTHING
    theirs: frozenset[int] = NOTHING
    strict: bool = False
    counted: bool = False
    rise: float = 0.0

    def flip(self) -> "Slot":
        """Swap the two sides."""
        return self._replace(
            first=self.second,
            second=self.first,
            mine=self.theirs,
            theirs=self.mine,
            rise=-self.rise,
        )


def list_sure(pairing: Pairing) -> Iterator[Slot]:
    """List the slots in which two statements differ whatever else differs, the surest first."""
    for finder in (find_numbers, find_times, find_opposites, find_denial):
        yield from finder(pairing)


# --- numbers -----------------------------------------------------------------------------------


def find_numbers(pairing: Pairing) -> Iterator[Slot]:
    """Find quantities of the same thing with different values."""
    mine, theirs = drop_shared(pairing.one.quantities, pairing.other.quantities, agree)
    for quantity in mine:
        found = next((to for to in theirs if _measure_same(pairing, quantity, to)), None)
        if found is not None:
            theirs.remove(found)
            yield _contrast_numbers(pairing, quantity, found)


def drop_shared(
    ours: Sequence[Stated], theirs: Sequence[Stated], same: Callable[[Stated, Stated], bool]
) -> tuple[list[Stated], list[Stated]]:
    """Leave out what both claims state, one for one."""
    left, unmatched = list(theirs), []
    for one in ours:
        for at, other in enumerate(left):
            if same(one, other):
                del left[at]
                break
        else:
            unmatched.append(one)
    return unmatched, left


# A rounded value in a headline: "more than 300" is 312.
ROUNDED = 0.1


def agree(one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities may be the same one: "about 50" and 48, "over 300" and 312."""
    rounded = abs(one.value - other.value) <= ROUNDED * abs(other.value)
    if not rounded and one.unit == other.unit:
        return False
    relation = compare_quantities(one, other)
    plain = one.comparator == other.comparator and relation != "unrelated"
    if one.value == other.value and plain and bool(one.unit) != bool(other.unit):
        return True  # was 36, was 36 years old
    return relation == "same" or (relation == "compatible" and rounded)


def _measure_same(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities measure the same thing, by unit and by what they count."""
    if one.kind != other.kind or _numbers_name(pairing.one, one) != _numbers_name(
        pairing.other, other
    ):
        return False
    same_value = (one.value, one.high) == (other.value, other.high)
    if not are_comparable(one, other) and not (same_value and one.unit and other.unit):
        return False
    if one.kind in ("year", "clock") or one.unit == other.unit == "magnitude":
        return True
    sides = (pairing.one, one), (pairing.other, other)
    aged = any(is_age(*side) for side in sides)
    # "Lund was 36" tells no length, even beside "fell 200 feet"
    if aged or (one.unit != other.unit and any(may_be_age(*side) for side in sides)):
        return tell_same_age(pairing, one, other)
    measures = read_measure(pairing.one, one), read_measure(pairing.other, other)
    same = measures[0].use == measures[1].use and count_same(pairing, *measures)
    return same and not are_step_and_level(pairing, one, other)


def _numbers_name(statement: Statement, quantity: Quantity) -> bool:
    """Return whether a number belongs to the name before it: "Route 52", "Flight 370"."""
    bare = not quantity.unit and not quantity.nouns
    return bare and quantity.at - 1 in statement.named_tokens


def _contrast_numbers(pairing: Pairing, one: Quantity, other: Quantity) -> Slot:
    kind: ConflictKind = "time" if one.kind in ("year", "clock") else "number"
    measures = read_measure(pairing.one, one), read_measure(pairing.other, other)
    mine = frozenset(list_silent(pairing, one, *measures))
    theirs = frozenset(list_silent(pairing.flip(), other, *measures[::-1]))
    given = measures[0].use.given and measures[1].use.given
    # won the 1,500 metres, won the 5,000 metres
    bearing: Bearing = "sibling" if given else _weigh_numbers(pairing, one, other)
    words = word_quantity(one), word_quantity(other)
    aged = is_age(pairing.one, one) or is_age(pairing.other, other)
    all_said = kind == "number" and all(measures) and not aged
    counted = one.unit == other.unit == "magnitude" or all_said
    strict = one.kind == "ordinal" and bearing == "exclusive"
    plain = counted and not one.unit and not other.unit
    rise = other.value - one.value if plain else 0.0
    return Slot(kind, bearing, *words, mine, theirs, strict, counted, rise)


def _weigh_numbers(pairing: Pairing, one: Quantity, other: Quantity) -> Bearing:
    if one.kind == "ordinal":
        said = _is_said(pairing.one, one.at) and _is_said(pairing.other, other.at)
        return "exclusive" if said else "sibling"
    if compare_quantities(one, other) == "compatible":
        return "compatible"
    other_event = names_other_event(pairing, one, other) or tell_apart(pairing)
    return "sibling" if other_event else "exclusive"


def _is_said(statement: Statement, place: int) -> bool:
    """Return whether a word is said of a subject, "was its third", and names none: "the third"."""
    lower, at = statement.lower, place - 1
    while at >= 0 and lower[at] in _DETERMINERS:
        at -= 1
    return at >= 0 and lower[at] in _RANKING


_DETERMINERS = read_words("matching.determiners")
_BEING = read_words("matching.being")
_RANKING = read_words("matching.ranking")


_SPELT = {">": "over ", ">=": "at least ", "<": "under ", "<=": "up to ", "~": "about "}
_SPELT["<~"] = "nearly "


def word_quantity(quantity: Quantity) -> str:
    """Word *quantity* with its comparator and what it counts: "at least 40 people"."""
    text = quantity.text
    if text[:1].isupper() and text[1:].islower():  # "Four people died."
        text = text.lower()
    words = _SPELT.get(quantity.comparator, "") + text
    return f"{words} {quantity.nouns[0]}" if quantity.nouns else words


# --- times -------------------------------------------------------------------------------------


def find_times(pairing: Pairing) -> Iterator[Slot]:
    """Find dates that cannot be the same day."""
    dates = pairing.one.features.dates, pairing.other.features.dates
    mine, theirs = drop_shared(*dates, same_moment) if all(dates) else ([], [])
    for one, other in ((one, other) for one in mine for other in theirs):
        if exclude_moments(one, other):
            tokens = frozenset(range(one.at, one.end)), frozenset(range(other.at, other.end))
            bearing: Bearing = "sibling" if tell_apart(pairing) else "exclusive"
            yield Slot("time", bearing, one.text, other.text, *tokens)
            return


# --- predicates --------------------------------------------------------------------------------


def find_opposites(pairing: Pairing) -> Iterator[Slot]:
    """
    Find words that exclude each other; a denied one and its opposite agree.

    Of what can be undone, each may be true of its own time, where only one claim says when:
    arrested at night, released.
    """
    if not pairing.opposites:
        return
    apart = _says_when(pairing.one) != _says_when(pairing.other)
    staged = _tell_stages(pairing)
    for mine, theirs in pairing.opposites:
        denied = is_denied(pairing.one, mine) != is_denied(pairing.other, theirs)
        if not denied and not _are_turned(pairing, mine, theirs):
            groups = _is_group(pairing.one, mine) and _is_group(pairing.other, theirs)
            words = (
                pairing.one.features.tokens.words[mine],
                pairing.other.features.tokens.words[theirs],
            )
            tokens = frozenset((mine,)), frozenset((theirs,))
            small = mine not in pairing.one.word_at or theirs not in pairing.other.word_at
            may_follow = staged or (apart and can_be_undone(words[0].lower(), words[1].lower()))
            bearing: Bearing = "sibling" if may_follow or groups else "exclusive"
            yield Slot("negation", bearing, *words, *tokens, small)
            return


def _tell_stages(pairing: Pairing) -> bool:
    """Return whether a claim says that it was so for a while: "at first", "finally"."""
    return any(
        word in _STAGES or (word == "at" and lower[at + 1 : at + 2] in (["first"], ["last"]))
        for lower in (pairing.one.lower, pairing.other.lower)
        for at, word in enumerate(lower)
    )


_STAGES = read_words("matching.stages")


def _says_when(statement: Statement) -> bool:
    times = (one.kind in {"clock", "year"} for one in statement.features.quantities)
    return bool(statement.features.dates) or any(times)


# Opposites that name two groups of people: what is said of one may hold for the other too.
_GROUPS = read_words("matching.groups")


def _is_group(statement: Statement, place: int) -> bool:
    """Distinguish "strokes in men" and "men live longer" from "the bomber was a man"."""
    return statement.lower[place] in _GROUPS and not _is_said(statement, place)


def is_denied(statement: Statement, place: int) -> bool:
    """Return whether an odd number of denials bears on token *place*."""
    cues = statement.features.negations
    if statement.lower[max(0, place - 2) : place] == ["non", "-"]:
        return True
    return sum(place in cue.places or place == cue.at + 1 for cue in cues) % 2 == 1


def _are_turned(pairing: Pairing, mine: int, theirs: int) -> bool:
    """Return whether two opposites have their sides swapped: "A buys", "sold to A"."""
    moves = [
        (at < mine, to < theirs)
        for at, to in pairing.partners.items()
        if at != mine and to != theirs
    ]
    crossed = sum(one != other for one, other in moves)
    return crossed > 1 or (crossed == 1 and len(moves) == 1)


# --- denial ------------------------------------------------------------------------------------


def find_denial(pairing: Pairing) -> Iterator[Slot]:
    """Find what one claim denies and the other states."""
    if pairing.one.features.is_negative != pairing.other.features.is_negative:
        yield from _find_denied(pairing)
        yield from (slot.flip() for slot in _find_denied(pairing.flip()))


def _find_denied(pairing: Pairing) -> Iterator[Slot]:
    one, other = pairing.one, pairing.other
    against = {mine for mine, _ in pairing.opposites}
    for cue in one.features.negations:
        if _advises(one, cue) and not ADVISING.intersection(other.lower):
            continue  # what should not be may well be
        if _excepts(one, cue):
            continue
        place = _find_scope(one, cue)
        if not _QUESTIONS.isdisjoint(one.lower[cue.end : place]):
            continue  # "could not say how many died"
        to = pairing.partners.get(place)
        if to is None or not against.isdisjoint((cue.at, cue.at + 1, place)):
            continue
        if not is_denied(other, to):
            words = (
                f"{cue.word} {one.features.tokens.words[place]}",
                other.features.tokens.words[to],
            )
            tokens = _list_subjects(pairing, cue, place, to)
            bearing: Bearing = "sibling" if _tell_stages(pairing) else "exclusive"
            yield Slot("negation", bearing, *words, *tokens)
            return


def _excepts(statement: Statement, cue: Cue) -> bool:
    """Return whether a denial has an exception: "no ship came *before* the Vega"."""
    nobody = statement.lower[cue.at] in _NOBODY
    return nobody and not _EXCEPTIONS.isdisjoint(statement.lower[cue.end :])


_NOBODY = ("no", "nobody", "none", "neither")
_QUESTIONS = read_words("matching.questions")
_EXCEPTIONS = read_words("matching.exceptions")
ADVISING = read_words("matching.advising")


def _advises(statement: Statement, cue: Cue) -> bool:
    """Return whether a denial says what should not be: "must not", "shouldn't"."""
    return not ADVISING.isdisjoint(statement.lower[max(0, cue.at - 1) : cue.at + 1])


def _find_scope(statement: Statement, cue: Cue) -> int:
    """Find what a denial bears on, -1 if nothing: the first word of meaning that is no name."""
    named = statement.named_tokens
    content = (at for at in cue.places if at not in named and at in statement.word_at)
    return next(content, -1)


def _list_subjects(
    pairing: Pairing, cue: Cue, place: int, to: int
) -> tuple[frozenset[int], frozenset[int]]:
    """
    List the tokens of the denial, and of what only the other claim has that is no other slot.

    What the other claim counts is the other side of "no one": "injured *six workers*". Where the
    other says all that is denied, what it adds are details: "was issued *after the quake*".
    """
    denied = frozenset(at for at in range(cue.at, place) if at not in pairing.partners)
    same = stem_word(pairing.one.lower[place]) == stem_word(pairing.other.lower[to])
    if same and denied.union(pairing.partners).issuperset(pairing.one.places):
        return denied, frozenset(pairing.other.places).difference(pairing.partners.values())
    nobody = pairing.one.lower[cue.at] in _NOBODY
    return denied, frozenset(_list_counted(pairing, to)) if nobody else NOTHING


def _list_counted(pairing: Pairing, to: int) -> Iterator[int]:
    """List the tokens of whom the other claim counts by what is denied."""
    for quantity in pairing.other.features.quantities:
        measure = read_measure(pairing.other, quantity)
        if to in measure.predicate:
            yield from range(quantity.at, quantity.end)
            yield from measure.things


# --- names -------------------------------------------------------------------------------------


def find_names(pairing: Pairing) -> Iterator[Slot]:
    """Find two names in the same role."""
    theirs = _list_strange(pairing.flip())
    for one in _list_strange(pairing):
        for other in theirs:
            role = _read_role(pairing.one, one)
            if role == _read_role(pairing.other, other):
                tokens = frozenset(range(one.at, one.end)), frozenset(range(other.at, other.end))
                bearing = _weigh_names(pairing, role, one, other)
                yield Slot("name", bearing, one.text, other.text, *tokens, strict=True)
                return


def _list_strange(pairing: Pairing) -> list[Name]:
    """List the names of a claim that the other has not, under any variant or as plain words."""
    known = pairing.other.stems
    return [
        name
        for name in pairing.list_strangers()
        if (name.sure or name.at == 0)
        and TITLES.isdisjoint(name.words)
        and not set(map(stem_word, name.words)).issubset(known)
    ]


def _read_role(statement: Statement, name: Name) -> str:
    known = statement.roles
    if name.at not in known:
        known[name.at] = find_role(statement, name)
    return known[name.at]


def find_role(statement: Statement, name: Name) -> str:
    """
    Return the role of *name*: "doer", "object", "modifier", or the preposition before it.

    What stands before every other content word is the doer, and so is what follows "by".
    """
    lower = statement.lower
    after = lower[name.end : name.end + 1]
    placed = bool(find_place(name.words)) and _is_said(statement, name.at)
    if placed or (name.end in statement.word_at and not _is_verb(after[0])):
        return "modifier"
    before = [at for at in statement.places if at < name.at and lower[at] not in TITLES]
    if not before:
        return "object" if "by" in lower[name.end + 2 : name.end + 4] else "doer"
    at = name.at - 1
    while at > 0 and (lower[at] in ("the", "a", "an") or lower[at] in TITLES):
        at -= 1
    return "doer" if lower[at] == "by" else lower[at] if lower[at] in _PREPOSITIONS else "object"


def _is_verb(word: str) -> bool:
    """Guess whether the word after a name is its verb: in the past, or in -s."""
    past = word.endswith("ed") or IRREGULAR.get(word, word) != word
    return past or (word.endswith("s") and not word.endswith("ss"))


_PREPOSITIONS = read_words("matching.prepositions")
_PLACING = read_words("matching.placing")


def _weigh_names(pairing: Pairing, role: str, one: Name, other: Name) -> Bearing:
    """
    Return whether two names in one role exclude each other.

    A definite event has one doer and one place: "broke the ceasefire", "the
    treaty was signed in". Of an indefinite one there may be several.
    """
    sides = (pairing.one, pairing.other)
    if role == "doer":
        definite = _acts_on_definite(pairing.one, one) and _acts_on_definite(pairing.other, other)
        exclusive = definite and not any(side.features.hedges for side in sides)
    elif role == "modifier":
        places = find_place(one.words) and find_place(other.words)
        exclusive = bool(places) and all(map(_is_definite, sides))
    else:
        placed = role in _PLACING
        exclusive = placed and (all(map(_counts_things, sides)) or all(map(_is_definite, sides)))
    vague = any(map(str.isdigit, one.text + other.text)) or any(map(_has_noun, sides, (one, other)))
    return "exclusive" if exclusive and not vague else "sibling"


def _has_noun(statement: Statement, name: Name) -> bool:
    """Return whether a capital only begins a claim: "Winds of up to 50 mph", "Prices were"."""
    return not name.sure and not _AFTER_NOUNS.isdisjoint(statement.lower[name.end : name.end + 1])


_AFTER_NOUNS = read_words("matching.after_nouns")


def _acts_on_definite(statement: Statement, name: Name) -> bool:
    """Return whether what is done is done to one known thing: "won the final"."""
    return "the" in statement.lower[name.end : name.end + NEAR] or _is_definite(statement)


NEAR = 3  # tokens after a doer in which what is done, and to what, is said


def _is_definite(statement: Statement) -> bool:
    """Return whether a claim is about one known thing: "the treaty was", "Libya is"."""
    named = any(name.at == 0 for name in statement.features.names)
    return statement.lower[:1] == ["the"] or (named and not _BEING.isdisjoint(statement.lower))


def _counts_things(statement: Statement) -> bool:
    return any(one.kind == "number" and not one.unit for one in statement.features.quantities)


# --- who did it to whom ------------------------------------------------------------------------


def find_swap(pairing: Pairing) -> Iterator[Slot]:
    """
    Find two that changed places around what one does to the other.

    "The dog bit the postman", "the postman bit the dog". What only moves to the
    end ("on Monday") changes nothing, nor do two joined by "and".
    """
    if not pairing.one.may_act(pairing.other):
        return
    mine, theirs = pairing.one.list_actors(), pairing.other.list_actors()
    if sorted(mine.stems) != sorted(theirs.stems):
        return
    start = count_equal(mine.stems, theirs.stems)
    end = len(mine.stems) - count_equal(mine.stems[start:][::-1], theirs.stems[start:][::-1])
    stems, places = mine.stems[start:end], mine.places[start:end]
    for first, last in product(range(1, SWAPPED + 1), repeat=2):
        one, middle, other = stems[:first], stems[first:-last], stems[-last:]
        if other + middle + one == theirs.stems[start:end] and not _is_mutual(middle):
            who, whom = places[:first], places[-last:]
            slice_words = pairing.one.features.tokens.slice
            words = [slice_words(some[0], some[-1] + 1) for some in (who, whom)]
            named = not pairing.one.named_tokens.isdisjoint(who + whom)
            bearing: Bearing = "exclusive" if named else "sibling"
            yield Slot("name", bearing, " - ".join(words), " - ".join(words[::-1]))
            return


SWAPPED = 3  # words of a side, at most, that changed places


def count_equal(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Count the words from the start on that are equal."""
    pairs = enumerate(zip(mine, theirs, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(mine), len(theirs)))


def _is_mutual(middle: Sequence[str]) -> bool:
    """Return whether both do the same: "A and B", "A met B", "A signed a pact with B"."""
    return JOINING.issuperset(middle) or not MUTUAL.isdisjoint(middle)


JOINING = read_words("matching.joining")
MUTUAL = frozenset(map(stem_word, read_words("matching.mutual")))
