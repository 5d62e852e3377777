"""
Find out what a number in a claim measures: what it counts, and what happens to that.

"At least four people were killed" and "the quake killed five" count the same,
"killed 12" and "injured 30" do not, nor do the dead of another year.
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from claimx.language.features import Quantity, stem_word
from claimx.language.lexicon import FUNCTION_WORDS, IRREGULAR, read_words
from claimx.language.opposites import are_opposite
from claimx.language.tokens import is_word
from claimx.match.pairing import MATCHED, Pairing
from claimx.match.statements import Measure, Statement, Use


def _read_stems(section: str) -> frozenset[str]:
    return frozenset(map(stem_word, read_words(section)))


# Words that only lead to a number: "the toll rose to", "left 17 dead".
_LEADING = _read_stems("matching.leading")
# Nouns whose own noun says what is counted: "death toll", "number of injured".
_AMOUNTS = _read_stems("matching.amounts")
_THINGS = 3  # words after a number that may say what it counts
_LOOK = 4  # tokens around a number and its things in which its predicate may stand


def read_measure(statement: Statement, quantity: Quantity) -> Measure:
    """Read what *quantity* measures; words that only lead to a number are left out."""
    known = statement.measures
    if quantity.at not in known:
        known[quantity.at] = _read_measure(statement, quantity)
    return known[quantity.at]


def _read_measure(statement: Statement, quantity: Quantity) -> Measure:
    things = list(_list_things(statement, quantity))
    use = Use(
        is_given(statement, quantity),
        find_part(statement, quantity),
        is_start(statement, quantity),
    )
    if not things and (amount := _find_amount(statement, quantity)):
        return Measure((), amount, use)
    after = _find_after(statement, things[-1] + 1 if things else quantity.end)
    before = _find_before(statement, quantity)
    predicate = after if after and (not before or _begins_clause(statement, quantity)) else before
    return Measure(tuple(_keep(statement, things)), tuple(_keep(statement, predicate)), use)


def is_age(statement: Statement, quantity: Quantity) -> bool:
    """Return whether a time is an age: "36 years old", "the 36-year-old", "Ruiz, 36,"."""
    after = statement.lower[quantity.end : quantity.end + 2]
    set_off = quantity.unit == "year" and quantity.text.isdigit()
    return set_off or (quantity.unit in _AGES and (after[:1] == ["old"] or after == ["-", "old"]))


def tell_same_age(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """Return whether two numbers are ages, and of one: a 3-year-old son is not Ruiz, 36."""
    if not (may_be_age(pairing.one, one) and may_be_age(pairing.other, other)):
        return False
    mine, theirs = _list_aged(pairing.one, one), _list_aged(pairing.other, other)
    return not (
        _list_odd(pairing, mine, theirs or _list_named(pairing.other))
        or _list_odd(pairing.flip(), theirs, mine or _list_named(pairing.one))
    )


def _list_aged(statement: Statement, quantity: Quantity) -> list[int]:
    """List the words that say whose age it is: "a 3-year-old *son*"; not man, woman, child."""
    at = quantity.end
    while statement.lower[at : at + 1] in (["-"], ["old"]):
        at += 1
    aged = takewhile(statement.word_at.__contains__, range(at, at + _THINGS))
    return [place for place in aged if statement.lower[place] not in _ANYONE]


def _list_named(statement: Statement) -> list[int]:
    return [at for at in statement.places if at in statement.named_tokens]


def may_be_age(statement: Statement, quantity: Quantity) -> bool:
    """Return whether a number is an age, or may be one: "the suspect is 36"."""
    bare = not quantity.unit and not quantity.nouns
    said = statement.lower[max(0, quantity.at - 1) : quantity.at]
    return is_age(statement, quantity) or (bare and not _BEING.isdisjoint(said))


_AGES = ("year", "month", "week", "day")
_ANYONE = read_words("matching.anyone")
_BEING = read_words("function_words.forms_of_be")


def _begins_clause(statement: Statement, quantity: Quantity) -> bool:
    """Return whether *quantity* is behind "and": "17 died and *25* were missing"."""
    before = (word for word in reversed(statement.lower[: quantity.at]) if word not in _HEDGES)
    return next(before, "") in _JOINING


_HEDGES = read_words("matching.number_hedges")
_JOINING = read_words("matching.clause_joining")


def _keep(statement: Statement, places: Iterable[int]) -> Iterator[int]:
    return (at for at in places if stem_word(statement.lower[at]) not in _LEADING)


def _list_things(statement: Statement, quantity: Quantity) -> Iterator[int]:
    """List the tokens right after a number that say what it counts."""
    of = bool(quantity.unit) and statement.lower[quantity.end : quantity.end + 1] == ["of"]
    start = quantity.end + of
    if of:
        start += statement.lower[start : start + 1] == ["the"]
        if start in statement.named_tokens:
            return  # "8,400 acres of Gotland"
    for at in range(start, min(start + _THINGS, len(statement.lower))):
        word = statement.lower[at]
        if word == "-":
            continue
        if at not in statement.word_at or word in FUNCTION_WORDS or not is_word(word):
            return
        if at > start and (word == "aboard" or _ends_things(statement, at)):
            return
        yield at


def _ends_things(statement: Statement, place: int) -> bool:
    """Tell the verb after things, "homes *lost* power", from "unknown armed men"."""
    word = statement.lower[place]
    led = place + 1 in statement.word_at
    return IRREGULAR.get(word, word) != word or (word.endswith("ed") and not led)


def _find_amount(statement: Statement, quantity: Quantity) -> tuple[int, ...]:
    """Find what a toll or a number before *quantity* is of."""
    places = [at for at in statement.places if at < quantity.at]
    for number, at in enumerate(places):
        if stem_word(statement.lower[at]) in _AMOUNTS:
            beside = places[number - 1 : number] if number else []
            if statement.lower[at + 1 : at + 2] == ["of"]:
                beside = places[number + 1 : number + 2]
            return tuple(_keep(statement, beside))
    return ()


def _find_after(statement: Statement, start: int) -> list[int]:
    """Find the predicate after what is counted: "four people *were killed*"."""
    lower = statement.lower
    for at in range(start, min(start + _LOOK, len(lower))):
        if at in statement.word_at:
            verb = lower[at].endswith("ed") or IRREGULAR.get(lower[at], lower[at]) != lower[at]
            helped = lower[at - 1] in _HELPERS
            return [at] if verb or helped else []
        if lower[at] not in FUNCTION_WORDS or lower[at] in _BREAKS:
            return []
    return []


_HELPERS = read_words("matching.helpers")
_BREAKS = read_words("matching.breaks")


def _find_before(statement: Statement, quantity: Quantity) -> list[int]:
    """Find the predicate before a number: "*killed* at least four people"."""
    lower = statement.lower
    for at in range(quantity.at - 1, max(quantity.at - 1 - _LOOK, -1), -1):
        if at in statement.word_at:
            return [at]
        if lower[at] in _HAVE or (not is_word(lower[at]) and lower[at] not in ",-"):
            return []  # "the ferry had 92 passengers" says no more of them
    return []


_HAVE = read_words("function_words.have")


def list_silent(
    pairing: Pairing, quantity: Quantity, measure: Measure, other: Measure
) -> Iterator[int]:
    """
    List the tokens that only tell the number, or say in other words what it measures.

    A predicate is such a word if the other claim has none: "killed 31", "the toll is 44".
    """
    one = pairing.one
    yield from range(quantity.at, quantity.end)
    if is_age(one, quantity):
        yield from (at for at in measure.things if one.lower[at] in _ANYONE)
    if quantity.kind != "year" and not other.predicate:
        yield from (at for at in measure.predicate if pairing.mine[one.word_at[at]] < MATCHED)
    yield from (at for at, stem in zip(one.places, one.stems, strict=True) if stem in _LEADING)


def find_part(statement: Statement, quantity: Quantity) -> tuple[str, float]:
    """
    Return whether a number is a part, as in "eight of 10 games", or a whole, and of how many.

    The whole is -1 where it is no number: "eight of the games".
    """
    lower = statement.lower
    for one in statement.features.quantities:
        if lower[one.end : one.end + 1] != ["of"] or one.unit:
            continue
        wholes = [to for to in statement.features.quantities if 0 < to.at - one.end <= _LOOK]
        if one == quantity:
            return "part", wholes[0].value if wholes else -1.0
        if quantity in wholes:
            return "whole", quantity.value
    return "", -1.0


def is_given(statement: Statement, quantity: Quantity) -> bool:
    """Return whether a number is taken as known: "the two boats", not "two boats"."""
    return bool(quantity.at) and statement.lower[quantity.at - 1] in ("the", "these", "those")


def tell_apart(pairing: Pairing) -> bool:
    """
    Return whether the same word has another word before it in each claim: two things of one kind.

    "The copper mine employs 800", "the zinc mine employs 350"; names are left to their own slot.
    """
    for at, to in pairing.partners.items():
        before, other = at - 1, to - 1
        if pairing.one.lower[at] != pairing.other.lower[to]:
            continue
        if before in pairing.one.word_at and other in pairing.other.word_at:
            odd = pairing.mine[pairing.one.word_at[before]] < MATCHED
            strange = pairing.theirs[pairing.other.word_at[other]] < MATCHED
            opposite = are_opposite(pairing.one.lower[before], pairing.other.lower[other])
            if opposite or (odd and strange):
                return True
    return False


def are_step_and_level(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """Return whether something rose *by* one number, or rose one, and *to* the other."""
    sides = (pairing.one, one), (pairing.other, other)
    return {_find_step(*side) for side in sides} == {"to", "by"}


def _find_step(statement: Statement, quantity: Quantity) -> str:
    before = takewhile(_HEDGES.__contains__, reversed(statement.lower[: quantity.at]))
    at = quantity.at - 1 - len(list(before))
    word = statement.lower[at] if at >= 0 else ""
    return "by" if stem_word(word) in _MOVING else word


# Verbs of which a bare number says how far: "rose 2%".
_MOVING = _read_stems("matching.moving")


def is_start(statement: Statement, quantity: Quantity) -> bool:
    """Return whether something rose or fell *from* it: the 3 of "from 3 to 4 percent"."""
    before, after = statement.lower[: quantity.at][-1:], statement.lower[quantity.end :][:3]
    return before == ["from"] and "to" in after


def count_same(pairing: Pairing, one: Measure, other: Measure) -> bool:
    """
    Return whether two measures are one: each thing has its match, and one of the predicates.

    A predicate and its opposite measure the same: "rose to 40", "fell to 30".
    """
    mine, theirs = (*one.things, *one.predicate), (*other.things, *other.predicate)
    if not mine or not theirs:
        return True
    if _list_odd(pairing, one.things, theirs) or _list_odd(pairing.flip(), other.things, mine):
        return False
    turned = [frozenset(places) for places in zip(*pairing.opposites, strict=True)]
    ups, downs = turned or (frozenset[int](), frozenset[int]())
    odd = _list_odd(pairing, set(one.predicate) - ups, _look_round(pairing.other, theirs))
    if odd and _list_odd(
        pairing.flip(), set(other.predicate) - downs, _look_round(pairing.one, mine)
    ):
        return False
    return not (_adds_result(pairing, one, other) or _adds_result(pairing.flip(), other, one))


def _adds_result(pairing: Pairing, one: Measure, other: Measure) -> bool:
    """Return whether the first tells what came of one deed: "shot *dead*", "beat *to death*"."""
    lower, theirs = pairing.one.lower, pairing.other.lower
    for at in {at + step for at in one.predicate for step in range(3) if at + step < len(lower)}:
        if lower[at] in _RESULTS:
            to = pairing.partners.get(at - 1 - (lower[at - 1] == "to"), -1)
            if to in other.predicate and _RESULTS.isdisjoint(theirs[to : to + 3]):
                return True
    return False


_RESULTS = read_words("matching.results")


def _look_round(statement: Statement, places: tuple[int, ...]) -> list[int]:
    """List the words near *places*."""
    near = range(min(places) - _LOOK, max(places) + _LOOK + 1)
    return [at for at in statement.places if at in near]


def _list_odd(pairing: Pairing, places: Iterable[int], others: Iterable[int]) -> list[int]:
    """List the content words among *places* that match none of *others*."""
    numbers = [pairing.other.word_at[to] for to in others]
    rows = ((at, pairing.strengths[pairing.one.word_at[at]]) for at in places)
    return [at for at, row in rows if max([row[to] for to in numbers], default=0.0) < MATCHED]


def names_other_event(pairing: Pairing, one: Quantity, other: Quantity) -> bool:
    """
    Return whether only one claim says which event it means, in a way that the other may not mean.

    By a year, an ordinal, or a place that not all of the collection is about.
    """
    return _specifies(pairing, one) or _specifies(pairing.flip(), other)


def _specifies(pairing: Pairing, quantity: Quantity) -> bool:
    known = {mine for mine, _ in pairing.namesakes}
    if not known.issuperset(pairing.one.own_places):
        return True
    values = [
        (value.kind, value.value)
        for value in pairing.one.features.quantities
        if value.kind in ("ordinal", "year") and value.at != quantity.at
    ]
    theirs = pairing.other.features.quantities
    return bool(values) and not {(to.kind, to.value) for to in theirs}.issuperset(values)
