"""
Find the slots in which two claims differ: numbers, times, names, predicates, denial, certainty.

Each finder looks at what one claim states and the other states differently in
the same role. What only one of them states is no difference here.
"""

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest
from typing import Literal, NamedTuple, TypeVar

from claimx.language.dates import exclude_moments, same_moment
from claimx.language.features import Cue, Moment, Name, Quantity, stem_word
from claimx.language.lexicon import IRREGULAR, MAGNITUDES
from claimx.language.names import TITLES, find_place
from claimx.language.quantities import are_comparable, compare_quantities
from claimx.language.words import word_set
from claimx.match.measures import (
    HAPPENING,
    adds_up,
    count_same,
    find_part,
    is_given,
    is_rate,
    list_silent,
    lists_rest,
    names_other_event,
    read_measure,
    read_step,
    tell_apart,
    tell_deeds,
    tell_places,
    tell_stock,
)
from claimx.match.pairing import MATCHED, Pairing
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
    measure, a *plain* one counts things, not units, and *rise* is how many more
    the second counts. A *moving* slot says where somebody went at one moment.
    """

    kind: ConflictKind
    bearing: Bearing
    first: str
    second: str
    mine: frozenset[int] = NOTHING
    theirs: frozenset[int] = NOTHING
    strict: bool = False
    counted: bool = False
    plain: bool = False
    rise: float = 0.0
    moving: bool = False

    def flip(self) -> "Slot":
        """State the difference from the other side."""
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


def list_strict(pairing: Pairing, sure: Sequence[Slot]) -> tuple[Slot, ...]:
    """List the slots that count only where next to nothing else differs than *sure*."""
    found = (*find_names(pairing), *find_certainty(pairing))
    if any(slot.kind != "modality" for slot in (*sure, *found)):
        return found
    return found + tuple(find_exchanges(pairing))


# --- numbers -----------------------------------------------------------------------------------


def find_numbers(pairing: Pairing) -> Iterator[Slot]:
    """Find quantities of the same thing with different values."""
    mine, theirs = drop_shared(pairing.one.quantities, pairing.other.quantities, _agree)
    for quantity in mine:
        found = next((to for to in theirs if _measure_same(pairing, quantity, to)), None)
        if found is not None:
            theirs.remove(found)
            yield _contrast_numbers(pairing, quantity, found)
    yield from _find_single(pairing, theirs)
    yield from (slot.flip() for slot in _find_single(pairing.flip(), mine))
    yield from _find_rank(pairing, mine)
    yield from (slot.flip() for slot in _find_rank(pairing.flip(), theirs))


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


# A rounded value in a headline: "more than 300" is 312.
_ROUNDED = 0.1


def _agree(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities may be the same one: "about 50" and 48, "over 300" and 312."""
    relation = compare_quantities(one, other)
    if _write_metres(one, other) or _write_metres(other, one):
        return True
    rounded = abs(one.value - other.value) <= _ROUNDED * abs(other.value)
    return relation == "same" or (relation == "compatible" and rounded)


def _write_metres(one: Quantity, other: Quantity) -> bool:
    """Tell whether "600m" may be the other's 600 metres, not 600 million."""
    metres = one.value / MAGNITUDES["m"]
    return other.unit == "metre" and one.text.endswith("m") and metres == other.value


def _measure_same(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities measure the same thing, by unit and by what they count."""
    if one.kind != other.kind:
        return False
    same_value = (one.value, one.high) == (other.value, other.high)
    if not are_comparable(one, other) and not (same_value and one.unit and other.unit):
        return False
    if one.kind in ("year", "clock") or one.unit == other.unit == "magnitude":
        return True
    given = is_given(pairing.one, one) == is_given(pairing.other, other)
    if not given or find_part(pairing.one, one) != find_part(pairing.other, other):
        return False
    steps = {read_step(pairing.one, one), read_step(pairing.other, other)}
    if steps == {"step", "level"} or ("start" in steps and len(steps) > 1):
        return False
    return count_same(pairing, read_measure(pairing.one, one), read_measure(pairing.other, other))


def _contrast_numbers(pairing: Pairing, one: Quantity, other: Quantity) -> Slot:
    kind: ConflictKind = "time" if one.kind in ("year", "clock") else "number"
    measures = read_measure(pairing.one, one), read_measure(pairing.other, other)
    mine = frozenset(list_silent(pairing, one, *measures))
    theirs = frozenset(list_silent(pairing.flip(), other, *measures[::-1]))
    bearing = _weigh_numbers(pairing, one, other)
    if is_given(pairing.one, one) and is_given(pairing.other, other):
        bearing = "sibling"  # won the 1,500 metres, won the 5,000 metres
    if bearing == "exclusive" and _are_of_two(pairing, one, other, kind):
        bearing = "sibling"
    if kind == "time":
        mine = mine.union(_list_happening(pairing.one))
        theirs = theirs.union(_list_happening(pairing.other))
    words = word_quantity(one), word_quantity(other)
    counted = one.unit == other.unit == "magnitude" or (kind == "number" and all(measures))
    strict = one.kind == "ordinal" and bearing == "exclusive"
    plain = kind == "number" and not one.unit and not other.unit
    rise = other.value - one.value if plain and counted else 0.0
    return Slot(kind, bearing, *words, mine, theirs, strict, counted, plain, rise)


def _are_of_two(pairing: Pairing, one: Quantity, other: Quantity, kind: ConflictKind) -> bool:
    """Tell whether two values are of two events or things, or of a whole and its parts."""
    return (
        names_other_event(pairing, one, other)
        or tell_apart(pairing)
        or (kind == "time" and tell_deeds(pairing))
        or is_rate(pairing.one, one) != is_rate(pairing.other, other)
        or (kind == "number" and (tell_places(pairing) or tell_stock(pairing, one, other)))
        or adds_up(pairing.one, other)
        or adds_up(pairing.other, one)
        or lists_rest(pairing.one)
        or lists_rest(pairing.other)
    )


def _weigh_numbers(pairing: Pairing, one: Quantity, other: Quantity) -> Bearing:
    if one.kind == "ordinal":
        said = _is_said(pairing.one, one.at) and _is_said(pairing.other, other.at)
        return "exclusive" if said else "sibling"
    if compare_quantities(one, other) == "compatible":
        return "compatible"
    return "exclusive"


def _is_said(statement: Statement, place: int) -> bool:
    """Tell what is said of the subject, "was its third", from what names it: "the third season"."""
    lower, at = statement.lower, place - 1
    while at >= 0 and lower[at] in _DETERMINERS:
        at -= 1
    return at >= 0 and lower[at] in _RANKING


_DETERMINERS = word_set("a an the its his her their only")
_BEING = word_set("is are was were be been being as became become")
_RANKING = _BEING | word_set("finished finish came come ranked ranks placed")


_SPELT = {">": "over ", ">=": "at least ", "<": "under ", "<=": "up to ", "~": "about "}
_SPELT["<~"] = "nearly "


def word_quantity(quantity: Quantity) -> str:
    """Word *quantity* with its comparator and what it counts: "at least 40 people"."""
    words = _SPELT.get(quantity.comparator, "") + quantity.text
    return f"{words} {quantity.nouns[0]}" if quantity.nouns else words


def _find_single(pairing: Pairing, theirs: Sequence[Quantity]) -> Iterator[Slot]:
    """Find "a commander" where the other claim has "two commanders"."""
    one = pairing.one
    for quantity in theirs:
        things = read_measure(pairing.other, quantity).things[:1]
        if quantity.kind != "number" or quantity.unit or quantity.value <= 1 or not things:
            continue
        for at, stem in zip(one.places, one.stems, strict=True):
            if stem == stem_word(pairing.other.lower[things[0]]) and _is_single(one, at):
                words = one.facts.tokens.slice(at - 1, at + 1), word_quantity(quantity)
                tokens = frozenset(range(quantity.at, quantity.end))
                yield Slot("number", "exclusive", *words, NOTHING, tokens, strict=True)
                return


def _is_single(statement: Statement, place: int) -> bool:
    """Tell "a commander" from "the commanders" and "a commander's"."""
    before, word = statement.lower[place - 1 : place], statement.facts.tokens.words[place]
    return before in (["a"], ["an"]) and not word.endswith("s")


def _find_rank(pairing: Pairing, mine: Sequence[Quantity]) -> Iterator[Slot]:
    """Find "the second-highest" where the other claim has "the highest"."""
    for one in mine:
        lower = pairing.one.lower
        at = one.end + (lower[one.end : one.end + 1] == ["-"])
        superlative = at < len(lower) and (lower[at].endswith("est") or lower[at] == "most")
        if one.kind != "ordinal" or one.value < 2 or not superlative:
            continue
        if lower[at] in pairing.other.lower:
            words = f"{one.text}-{lower[at]}", lower[at]
            yield Slot("number", "exclusive", *words, frozenset(range(one.at, one.end)))


# --- times -------------------------------------------------------------------------------------


def find_times(pairing: Pairing) -> Iterator[Slot]:
    """Find dates that cannot be the same day."""
    for one, other in _pair_strange_dates(pairing):
        if exclude_moments(one, other):
            mine = frozenset((*range(one.at, one.end), *_list_happening(pairing.one)))
            theirs = frozenset((*range(other.at, other.end), *_list_happening(pairing.other)))
            two = tell_apart(pairing) or tell_deeds(pairing)
            bearing: Bearing = "sibling" if two else "exclusive"
            yield Slot("time", bearing, one.text, other.text, mine, theirs)
            return


def _list_happening(statement: Statement) -> Iterator[int]:
    """List the words that only say that something happens, or at what time of which day."""
    return (at for at in statement.places if statement.lower[at] in HAPPENING)


def _pair_strange_dates(pairing: Pairing) -> Iterator[tuple[Moment, Moment]]:
    mine, theirs = drop_shared(pairing.one.facts.dates, pairing.other.facts.dates, same_moment)
    return ((one, other) for one in mine for other in theirs)


# --- predicates --------------------------------------------------------------------------------


def find_opposites(pairing: Pairing) -> Iterator[Slot]:
    """Find words that exclude each other; a denied one and its opposite agree."""
    for mine, theirs in pairing.opposites:
        if is_denied(pairing.one, mine) != is_denied(pairing.other, theirs):
            continue
        if _are_turned(pairing, mine, theirs) or _is_who_and_what(pairing, mine, theirs):
            continue
        words = pairing.one.facts.tokens.words[mine], pairing.other.facts.tokens.words[theirs]
        yield _make_opposites(pairing, mine, theirs, *words)
        return


def _make_opposites(pairing: Pairing, mine: int, theirs: int, first: str, second: str) -> Slot:
    group = _is_group(pairing.one, mine) and _is_group(pairing.other, theirs)
    small = mine not in pairing.one.word_at or theirs not in pairing.other.word_at
    bearing: Bearing = "sibling" if group or _tell_subjects(pairing, mine, theirs) else "exclusive"
    tokens = frozenset((mine,)), frozenset((theirs,))
    moving = small and _is_one_move(pairing, mine, theirs)
    return Slot(
        "negation", bearing, first, second, *tokens, strict=small and not moving, moving=moving
    )


def _is_one_move(pairing: Pairing, mine: int, theirs: int) -> bool:
    """Tell "was walking *out* when she was hit", "struck as she walked *into*"."""
    sides = (pairing.one, mine), (pairing.other, theirs)
    verbs = [stem_word(side.lower[at - 1]) for side, at in sides if at]
    tied = all(not _AT_ONCE.isdisjoint(side.lower) for side, _ in sides)
    return tied and len(verbs) == len(sides) and verbs[0] == verbs[1]


_AT_ONCE = word_set("when as while")


def _is_who_and_what(pairing: Pairing, mine: int, theirs: int) -> bool:
    """Tell "his employer", who does it, beside "dismissed", which is done."""
    words = pairing.one.lower[mine], pairing.other.lower[theirs]
    who = [word.rstrip("s").endswith(("er", "or")) for word in words]
    done = [_is_past(word) for word in words]
    return (who[0] and done[1]) or (who[1] and done[0])


def _tell_subjects(pairing: Pairing, mine: int, theirs: int) -> bool:
    """Tell opposites that say which thing is meant: "the *eastern* tunnel closed"."""
    if pairing.one.lower[mine].endswith(_EXTREMES):
        return False
    first = not any(at < mine for at in pairing.one.places)
    return (
        first
        and not any(to < theirs for to in pairing.other.places)
        and pairing.one.lower[max(0, mine - 1) : mine] == ["the"]
        and pairing.other.lower[max(0, theirs - 1) : theirs] == ["the"]
        and pairing.match(mine + 1, theirs + 1) >= MATCHED
        and not _is_past(pairing.one.lower[mine + 1])
    )


_EXTREMES = ("est", "imum")  # one value is not both the highest and the lowest


# Opposites that name two groups of people: what is said of one may hold for the other too.
_GROUPS = word_set("""
    man woman men women boy girl boys girls male female males females buyer seller buyers sellers
    husband wife husbands wives father mother fathers mothers son daughter sons daughters
    brother sister brothers sisters employer employee employers employees
    """)
# Opposites that may both happen, one after the other.
PHASES = frozenset(
    map(
        stem_word,
        word_set("""
            begin start open reopen launch commence resume end finish close shut stop suspend halt
            arrive leave depart enter join quit arrest release jail free detain impose lift deploy
            withdraw hire fire appoint dismiss buy sell
            """),
    )
)


def _is_group(statement: Statement, place: int) -> bool:
    """Tell "strokes in men" and "men live longer" from "the bomber was a man"."""
    return statement.lower[place] in _GROUPS and not _is_said(statement, place)


def is_denied(statement: Statement, place: int) -> bool:
    """Tell whether an odd number of denials bears on token *place*."""
    cues = statement.facts.negations
    if statement.lower[max(0, place - 2) : place] == ["non", "-"]:
        return True
    return sum(place in cue.places[:SCOPE] or place == cue.at + 1 for cue in cues) % 2 == 1


def _are_turned(pairing: Pairing, mine: int, theirs: int) -> bool:
    """Tell whether what stands before one word stands after its opposite: "A buys", "sold to A"."""
    moves = [
        (at < mine, to < theirs)
        for at, to in pairing.partners.items()
        if at != mine and to != theirs
    ]
    crossed = sum(one != other for one, other in moves)
    return crossed > 1 or (crossed == 1 and len(moves) == 1)


# --- denial ------------------------------------------------------------------------------------

SCOPE = 3  # content words after a denial that it bears on


def find_denial(pairing: Pairing) -> Iterator[Slot]:
    """Find what one claim denies and the other states."""
    if pairing.one.facts.is_negative != pairing.other.facts.is_negative:
        yield from _find_denied(pairing)
        yield from (slot.flip() for slot in _find_denied(pairing.flip()))


def _find_denied(pairing: Pairing) -> Iterator[Slot]:
    one, other = pairing.one, pairing.other
    named = {at for name in one.facts.names for at in range(name.at, name.end)}
    against = {mine for mine, _ in pairing.opposites}
    for cue in one.facts.negations:
        if not against.isdisjoint((cue.at, cue.at + 1)):
            continue
        for place in _list_scope(one, cue, named):
            if place in against:
                break
            to = pairing.partners.get(place)
            if to is None or is_denied(other, to):
                continue
            if not _is_taken(pairing, cue, place, to):
                words = f"{cue.word} {one.facts.tokens.words[place]}", other.facts.tokens.words[to]
                tokens = _list_subjects(pairing, cue, place, to)
                changes = _is_future(one, place) != _is_future(other, to)
                bearing: Bearing = "sibling" if changes else "exclusive"
                yield Slot("negation", bearing, *words, *tokens)
                return


def _is_future(statement: Statement, place: int) -> bool:
    """Tell "will coach" from "has never been a coach", which do not exclude each other."""
    return not _FUTURE.isdisjoint(statement.lower[max(0, place - _NEAR) : place])


_FUTURE = word_set("will shall would 'll won't")
_NEAR = 3


def _list_scope(statement: Statement, cue: Cue, named: set[int]) -> list[int]:
    """List what a denial bears on: soldiers in "no soldiers were", the verb in "no group has"."""
    lower = statement.lower
    near = [at for at in cue.places[:SCOPE] if _CLAUSES.isdisjoint(lower[cue.at : at])]
    places = [at for at in near if at not in named and at in statement.word_at]
    if lower[cue.at] == "no" and places and lower[places[0]] in _ANYBODY:
        return places[1:2]
    heavy = (number for number, at in enumerate(places) if not _leaves_on(lower, cue, at))
    return places[: next(heavy, len(places)) + 1]


def _leaves_on(lower: Sequence[str], cue: Cue, place: int) -> bool:
    """
    Tell whether what is denied is in the next word: "immediately", "sign of", "trigger an alert".

    What is refused is only the first.
    """
    adverb = lower[place].endswith("ly") and len(lower[place]) >= _ADVERB
    amount = lower[place + 1 : place + 2] == ["of"]
    if adverb or amount or stem_word(lower[place]) in _LIGHT:
        return True
    denies = stem_word(lower[cue.at]) not in _REFUSING
    return denies and not _INDEFINITE.isdisjoint(lower[place + 1 : place + 3])


_ADVERB = 7  # letters of an adverb in -ly: "comply", "family" and "supply" are none
_INDEFINITE = word_set("a an any")


_LIGHT = frozenset(
    map(
        stem_word,
        word_set("immediate report take make give reach"),
    )
)


def _is_taken(pairing: Pairing, cue: Cue, place: int, to: int) -> bool:
    """
    Tell "refused the offer", which leaves that there was an offer, from "refused to go".

    The noun may still say what was done: "denied involvement", "was involved".
    """
    one, other = pairing.one.lower, pairing.other.lower
    if stem_word(one[cue.at]) not in _REFUSING or one[place].endswith("ing"):
        return False
    led = not {"to", "that"}.isdisjoint(one[cue.at : place])
    return not led and one[place] == other[to]


_REFUSING = frozenset(map(stem_word, word_set("refuse refusal deny decline")))


_CLAUSES = word_set("and if whether")  # what follows them is denied by itself
_ANYBODY = word_set("group groups one party side body person people country company official team")


def _list_subjects(
    pairing: Pairing, cue: Cue, place: int, to: int
) -> tuple[frozenset[int], frozenset[int]]:
    """
    List the tokens of who does not, and of who does: "no group has", "the Front has".

    Elsewhere they are the denial and what it leads to: "did not *reach* significance".
    """
    lower = pairing.one.lower
    helped = not _HELPERS.isdisjoint(lower[cue.at + 1 : place])
    nobody = lower[cue.at] in ("no", "nobody", "none", "neither")
    counted = frozenset(_list_counted(pairing, to)) if nobody else NOTHING
    if nobody and helped:
        return frozenset(range(cue.at, place)), counted or frozenset(range(to))
    return frozenset(at for at in range(cue.at, place) if at not in pairing.partners), counted


def _list_counted(pairing: Pairing, to: int) -> Iterator[int]:
    """List the tokens of whom the other claim counts by what is denied: "injured *six workers*"."""
    for quantity in pairing.other.facts.quantities:
        measure = read_measure(pairing.other, quantity)
        if to in measure.predicate:
            yield from range(quantity.at, quantity.end)
            yield from measure.things


_HELPERS = word_set("has have had is are was were will would did does do can could")


# --- names -------------------------------------------------------------------------------------


def find_names(pairing: Pairing) -> Iterator[Slot]:
    """Find two names in the same role."""
    mine = _list_strange(pairing)
    theirs = _list_strange(pairing.flip())
    for one in mine:
        for other in theirs:
            role = find_role(pairing.one, one)
            if role == find_role(pairing.other, other):
                tokens = frozenset(range(one.at, one.end)), frozenset(range(other.at, other.end))
                bearing = _weigh_names(pairing, role, one, other)
                yield Slot("name", bearing, one.text, other.text, *tokens, strict=True)
                return


def _list_strange(pairing: Pairing) -> list[Name]:
    """List the names of a claim that the other has not, under any variant or as plain words."""
    known, told = pairing.other.stem_at, pairing.one.told
    return [
        name
        for name in pairing.list_strangers()
        if (name.sure or name.at == 0)
        and name.at not in told
        and TITLES.isdisjoint(name.words)
        and not all(stem_word(word) in known for word in name.words)
    ]


def find_role(statement: Statement, name: Name) -> str:
    """
    Give the role of *name*: "doer", "object", "modifier", or the preposition before it.

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
    return _is_past(word) or (word.endswith("s") and not word.endswith("ss"))


def _is_past(word: str) -> bool:
    return word.endswith("ed") or IRREGULAR.get(word, word) != word


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
    if role == "modifier":
        both = find_place(one.words) and find_place(other.words)
        return "exclusive" if both and all(map(_is_definite, sides)) else "sibling"
    if role in _PLACING:
        counted = all(map(_counts_things, sides))
        return "exclusive" if counted or all(map(_is_definite, sides)) else "sibling"
    return "sibling"


def _acts_on_definite(statement: Statement) -> bool:
    """Tell whether what is done is done to one known thing: "the final", "the delegation"."""
    return "the" in statement.lower[1:] or _is_definite(statement)


def _is_definite(statement: Statement) -> bool:
    """Tell whether a claim is about one known thing: "the treaty was", "Libya is"."""
    named = any(name.at == 0 for name in statement.facts.names)
    return statement.lower[:1] == ["the"] or (named and not _BEING.isdisjoint(statement.lower))


def _counts_things(statement: Statement) -> bool:
    return any(one.kind == "number" and not one.unit for one in statement.facts.quantities)


# --- who did it to whom ------------------------------------------------------------------------


def find_exchanges(pairing: Pairing) -> Iterator[Slot]:
    """Find two names that changed places around a verb: "A accused B", "B accused A"."""
    ours, theirs = _pair_named(pairing)
    if len(ours) < 2:
        return
    near, against = _list_after_one(ours), _list_after_one(theirs)
    for at, to in pairing.partners.items():
        if at not in near or to not in against:
            continue
        if pairing.one.lower[at] != pairing.other.lower[to] or _is_mutual(pairing.one, at):
            continue
        mine = _order_names(pairing.one, ours, at)
        swapped = _order_names(pairing.other, theirs, to)
        if mine and swapped and mine == swapped[::-1]:
            who, whom = (ours[key].text for key in mine)
            yield Slot("name", "exclusive", f"{who} - {whom}", f"{whom} - {who}", strict=True)
            return


def _pair_named(pairing: Pairing) -> tuple[dict[int, Name], dict[int, Name]]:
    """Number the names that both claims have."""
    ours, theirs = pairing.one.facts.names, pairing.other.facts.names
    pairs = [(ours[mine], theirs[same]) for mine, same in pairing.namesakes]
    return {at: one for at, (one, _) in enumerate(pairs)}, {
        at: other for at, (_, other) in enumerate(pairs)
    }


def _list_after_one(names: dict[int, Name]) -> range:
    """List the tokens that exactly one of *names* stands before."""
    first, second = nsmallest(2, (name.end for name in names.values()))
    return range(first, second)


def _order_names(statement: Statement, names: dict[int, Name], verb: int) -> tuple[int, ...]:
    """
    Give the names before and after *verb*, who does it first; () if there are not both.

    Without "by" a passive does not say who does it: "was elected mayor of Tarn".
    """
    before = [key for key, name in names.items() if name.end <= verb]
    after = [key for key, name in names.items() if name.at > verb]
    if len(before) != 1 or not after:
        return ()
    if not _is_passive(statement, verb):
        return before[0], after[0]
    doers = [key for key in after if "by" in statement.lower[names[key].at - 2 : names[key].at]]
    return (doers[0], before[0]) if doers else ()


def _is_passive(statement: Statement, verb: int) -> bool:
    """Tell "was elected", "directed by" from "elected"."""
    lower = statement.lower
    helped = not _BEING.isdisjoint(lower[max(0, verb - 2) : verb])
    return "by" in lower[verb + 1 : verb + 3] or (helped and not lower[verb].endswith("ing"))


def _is_mutual(statement: Statement, verb: int) -> bool:
    """Tell whether both do the same around *verb*: "A met B", "A signed a pact with B"."""
    stems = {stem_word(word) for word in statement.lower[verb : verb + 5]}
    return not _MUTUAL.isdisjoint(stems)


_MUTUAL = frozenset(
    map(
        stem_word,
        word_set("""
            meet meeting talk talks agree agreement ally alliance joint sign border marry married
            wed negotiate negotiation cooperate cooperation discuss discussion trade clash fight
            collide merge merger draw tie play face debate divorce partner dispute neighbour
            neighbor war resemble equal match and
            """),
    )
)


# --- certainty ---------------------------------------------------------------------------------


def find_certainty(pairing: Pairing) -> Iterator[Slot]:
    """Find what is done in one claim, and only planned or possible in the other."""
    yield from _find_unsettled(pairing)
    yield from (slot.flip() for slot in _find_unsettled(pairing.flip()))


def _find_unsettled(pairing: Pairing) -> Iterator[Slot]:
    one, other = pairing.one, pairing.other
    for cue in one.facts.hedges:
        stem = stem_word(cue.word.lower())
        to = pairing.partners.get(cue.places[0]) if cue.places else None
        if stem not in _OPEN or to is None or other.facts.hedges:
            continue
        done = _is_done(other, to)
        if done if stem in _TO_COME else done or "can" not in other.lower[:to]:
            words = f"{cue.word} {one.facts.tokens.words[cue.places[0]]}"
            yield Slot("modality", "compatible", words, other.facts.tokens.words[to], strict=True)
            return


_OPEN = frozenset(
    map(
        stem_word,
        word_set("""
            may might could consider considers considering contemplate mull weigh explore threaten
            possibly potentially will shall plan plans planning intend aim expect schedule
            """),
    )
)
_TO_COME = frozenset(map(stem_word, word_set("will shall plan intend aim expect schedule")))


def _is_done(statement: Statement, place: int) -> bool:
    """Tell whether the verb at *place* is in the past."""
    return _is_past(statement.lower[place])
