"""
Find the slots in which two claims differ: numbers, times, names, predicates, denial, certainty.

Each finder looks at what one claim states and the other states differently in
the same role. What only one of them states is no difference here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeVar

from claimx.facts import Name, Quantity, stem_word
from claimx.facts.dates import exclude_moments, same_moment
from claimx.facts.names import TITLES, are_variants
from claimx.facts.quantities import are_comparable, compare_quantities
from claimx.match.pairing import MATCHED, Pairing
from claimx.match.statements import Statement
from claimx.records import ConflictKind
from claimx.words import word_set

Bearing = Literal["exclusive", "compatible", "sibling"]
Stated = TypeVar("Stated")


class Slot(NamedTuple):
    """
    One thing in which two claims differ, each side in its own words.

    *bearing* says whether both can be true: "exclusive" values cannot,
    "compatible" ones can, "siblings" are said of different things. *mine* and
    *theirs* are the tokens that carry them.
    """

    kind: ConflictKind
    bearing: Bearing
    first: str
    second: str
    mine: frozenset[int] = frozenset()
    theirs: frozenset[int] = frozenset()


def list_slots(pairing: Pairing) -> tuple[Slot, ...]:
    """List the slots in which two statements differ, the surest first."""
    finders = (
        find_numbers,
        find_times,
        find_opposites,
        find_denial,
        find_names,
        find_certainty,
    )
    return tuple(slot for finder in finders for slot in finder(pairing))


# --- numbers -----------------------------------------------------------------------------------


def find_numbers(pairing: Pairing) -> Iterator[Slot]:
    """Find quantities of the same thing with different values."""
    one, other = pairing.one.facts.quantities, pairing.other.facts.quantities
    mine, theirs = drop_shared(one, other, _agree)
    for quantity in mine:
        found = [to for to in theirs if _measure_same(pairing, quantity, to)]
        if found:
            to = min(found, key=lambda to: (not are_comparable(quantity, to), to.at))
            theirs.remove(to)
            yield _contrast_numbers(pairing, quantity, to)


def _agree(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities may be the same one: "about 50" and 48, "over 300" and 312."""
    relation = compare_quantities(one, other)
    rounded = 10 * abs(one.value - other.value) <= abs(other.value)
    return relation == "same" or (relation == "compatible" and rounded)


def _measure_same(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities measure the same thing, by unit and by what they count."""
    if {one.kind, other.kind} & {"ordinal", "clock", "multiple"} and one.kind != other.kind:
        return False
    same_value = (one.value, one.high) == (other.value, other.high)
    if not are_comparable(one, other) and not (same_value and one.unit and other.unit):
        return False
    mine, theirs = set(map(stem_word, one.nouns)), set(map(stem_word, other.nouns))
    return not mine or not theirs or bool(mine & theirs) or _match_nouns(pairing, one, other)


def _match_nouns(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """Tell whether a word that *one* counts matches a word that *other* counts."""
    return any(
        pairing.match(at, to) >= MATCHED
        for at in range(one.end, one.end + 3)
        for to in range(other.end, other.end + 3)
    )


def _contrast_numbers(pairing: Pairing, one: Quantity, other: Quantity) -> Slot:
    kind: ConflictKind = "time" if one.kind in ("year", "clock") else "number"
    tokens = frozenset(range(one.at, one.end)), frozenset(range(other.at, other.end))
    words = _word_quantity(one, pairing.one), _word_quantity(other, pairing.other)
    return Slot(kind, _weigh_numbers(one, other), *words, *tokens)


def _weigh_numbers(one: Quantity, other: Quantity) -> Bearing:
    if one.kind == "ordinal":
        return "sibling"
    if compare_quantities(one, other) == "compatible":
        return "compatible"
    return "exclusive"


_SPELT = {">": "over ", ">=": "at least ", "<": "under ", "<=": "up to ", "~": "about "}


def _word_quantity(quantity: Quantity, statement: Statement) -> str:
    """Word *quantity* with its comparator and what it counts: "at least 40 people"."""
    noun = quantity.nouns[0] if quantity.nouns else ""
    text = _SPELT.get(quantity.comparator, "nearly " if quantity.comparator == "<~" else "")
    return f"{text}{quantity.text}" + (f" {noun}" if noun else "")


# --- times -------------------------------------------------------------------------------------


def find_times(pairing: Pairing) -> Iterator[Slot]:
    """Find dates that cannot be the same day."""
    mine, theirs = drop_shared(pairing.one.facts.dates, pairing.other.facts.dates, same_moment)
    for one in mine:
        for other in theirs:
            if exclude_moments(one, other):
                tokens = frozenset(range(one.at, one.end)), frozenset(range(other.at, other.end))
                yield Slot("time", "exclusive", one.text, other.text, *tokens)
                return


def drop_shared(
    ours: Sequence[Stated], theirs: Sequence[Stated], same: Callable[[Stated, Stated], bool]
) -> tuple[list[Stated], list[Stated]]:
    """Leave out what both claims state, one for one."""
    left, unmatched = list(theirs), []
    for one in ours:
        match = next((at for at, other in enumerate(left) if same(one, other)), None)
        if match is None:
            unmatched.append(one)
        else:
            del left[match]
    return unmatched, left


# --- predicates --------------------------------------------------------------------------------


def find_opposites(pairing: Pairing) -> Iterator[Slot]:
    """Find words that exclude each other; a denied one and its opposite agree."""
    for mine, theirs in pairing.list_opposites():
        if _is_denied(pairing.one, mine) != _is_denied(pairing.other, theirs):
            continue
        if _are_turned(pairing, mine, theirs):
            continue
        words = pairing.one.facts.tokens.words[mine], pairing.other.facts.tokens.words[theirs]
        bearing: Bearing = "sibling" if _GROUPS.issuperset(map(str.lower, words)) else "exclusive"
        yield Slot("negation", bearing, *words, frozenset((mine,)), frozenset((theirs,)))
        return


# Opposites that name two groups of people: what is said of one may hold for the other too.
_GROUPS = word_set("""
    man woman men women boy girl boys girls male female males females buyer seller buyers sellers
    husband wife husbands wives father mother fathers mothers son daughter sons daughters
    brother sister brothers sisters employer employee employers employees
    """)


def _is_denied(statement: Statement, place: int) -> bool:
    cues = [cue for cue in statement.facts.negations if place in cue.places or place == cue.at]
    return sum(place in cue.places for cue in cues) % 2 == 1


def _are_turned(pairing: Pairing, mine: int, theirs: int) -> bool:
    """Tell whether what stands before one word stands after its opposite: "A buys", "sold to A"."""
    moves = [
        (at < mine, to < theirs)
        for at, to in pairing.partners.items()
        if at != mine and to != theirs
    ]
    crossed = sum(one != other for one, other in moves)
    return crossed >= 2 or (crossed == 1 and len(moves) == 1)


# --- denial ------------------------------------------------------------------------------------


def find_denial(pairing: Pairing) -> Iterator[Slot]:
    """Find what one claim denies and the other states."""
    yield from _find_denied(pairing, pairing.one, pairing.other, pairing.partners)
    turned = {to: at for at, to in pairing.partners.items()}
    for slot in _find_denied(pairing, pairing.other, pairing.one, turned):
        yield slot._replace(
            first=slot.second, second=slot.first, mine=slot.theirs, theirs=slot.mine
        )


def _find_denied(
    pairing: Pairing, one: Statement, other: Statement, partners: dict[int, int]
) -> Iterator[Slot]:
    if one.facts.is_negative == other.facts.is_negative:
        return
    for cue in one.facts.negations:
        for place in cue.places[:_SCOPE]:
            to = partners.get(place)
            if to is not None and not _is_denied(other, to):
                words = f"{cue.word} {one.facts.tokens.words[place]}", other.facts.tokens.words[to]
                yield Slot("negation", "exclusive", *words, frozenset((cue.at,)))
                return


_SCOPE = 3  # content words after a denial that it bears on


# --- names -------------------------------------------------------------------------------------


def find_names(pairing: Pairing) -> Iterator[Slot]:
    """Find two names in the same role."""
    mine = _list_strange(pairing.one, pairing.other)
    theirs = _list_strange(pairing.other, pairing.one)
    for one in mine:
        for other in theirs:
            role = find_role(pairing.one, one)
            if role == find_role(pairing.other, other):
                tokens = frozenset(range(one.at, one.end)), frozenset(range(other.at, other.end))
                bearing = _weigh_names(pairing, role, one, other)
                yield Slot("name", bearing, one.text, other.text, *tokens)
                return


def _list_strange(statement: Statement, other: Statement) -> list[Name]:
    """List the names of a claim that the other has not, under any variant or as plain words."""
    known = set(other.stems)
    return [
        name
        for name in statement.facts.names
        if (name.sure or name.at == 0)
        and not TITLES.issuperset(name.words)
        and not known.issuperset(map(stem_word, name.words))
        and not any(are_variants(name, one) for one in other.facts.names)
    ]


def find_role(statement: Statement, name: Name) -> str:
    """
    Give the role of *name*: "doer", "object", or the preposition before it.

    What stands before every other content word is the doer, and so is what follows "by".
    """
    lower = statement.lower
    before = [at for at in statement.places if at < name.at and lower[at] not in TITLES]
    if not before:
        return "doer"
    at = name.at - 1
    while at > 0 and (lower[at] in ("the", "a", "an") or lower[at] in TITLES):
        at -= 1
    return "doer" if lower[at] == "by" else lower[at] if lower[at] in _PREPOSITIONS else "object"


_PREPOSITIONS = word_set("in at on near off from to of for with against into outside inside over")
_PLACING = word_set("in at near off outside inside")


def _weigh_names(pairing: Pairing, role: str, one: Name, other: Name) -> Bearing:
    """
    Tell whether two names in one role exclude each other.

    A definite event has one doer and one place: "broke the ceasefire", "the
    treaty was signed in". Of an indefinite one there may be several.
    """
    sides = (pairing.one, pairing.other)
    if any(character.isdigit() for character in one.text + other.text):
        return "sibling"
    if role == "doer":
        done = all(not side.facts.hedges for side in sides)
        return "exclusive" if done and all(map(_acts_on_definite, sides)) else "sibling"
    if role in _PLACING:
        counted = all(side.facts.quantities for side in sides)
        return "exclusive" if counted or all(map(_is_definite, sides)) else "sibling"
    return "sibling"


def _acts_on_definite(statement: Statement) -> bool:
    """Tell whether what is done is done to one known thing: "the final", "the delegation"."""
    return "the" in statement.lower[1:] or _is_definite(statement)


def _is_definite(statement: Statement) -> bool:
    return statement.lower[:1] == ["the"]


# --- certainty ---------------------------------------------------------------------------------


def find_certainty(pairing: Pairing) -> Iterator[Slot]:
    """Find what is done in one claim, and only planned or possible in the other."""
    one, other = pairing.one.facts, pairing.other.facts
    if one.certainty == other.certainty:
        return
    hedges = [cue.word for cue in (*one.hedges, *other.hedges)]
    mine = one.hedges[0].word if one.hedges else "settled"
    theirs = other.hedges[0].word if other.hedges else "settled"
    if hedges and not _COMMON.issuperset(hedges):
        yield Slot("modality", "compatible", mine, theirs)


_COMMON = word_set("may might could can")
