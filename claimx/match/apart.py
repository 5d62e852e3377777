"""
Find what keeps two texts apart that share most of their words.

A score says how much of what two texts say is the same; it can't see that the
rest changes the truth: a number, a day, a name, a denial, one word exchanged
in a wording otherwise the same.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import product, takewhile
from statistics import fmean
from typing import Literal, NamedTuple

from claimx.language.features import (
    Facts,
    Moment,
    Quantity,
    compare_quantities,
    same_moment,
)
from claimx.language.modality import find_certainty
from claimx.language.names import Name
from claimx.language.words import word_set
from claimx.match.contrast import contrast, find_conflict
from claimx.match.pairing import MATCHED as MATCHED_WORD
from claimx.match.pairing import Pairing, pair_words
from claimx.match.slots import Slot
from claimx.match.statements import UNHEARD, Statement, read_statements
from claimx.records import Claim, ConflictKind

KEPT_READ = 4096  # texts whose words are kept to be contrasted again
EXCHANGED = 2  # words of a side, at most, that are exchanged for others
# Match of exchanged words below which they say different things, where the two texts share few
# other words, and where they share more: two long wordings that agree in all but one word mean
# the same more often.
MATCHED, MATCHED_LONG = 0.32, 0.2
# Match of a word with every word of another text below which that text says nothing like it.
STRANGE = 0.2
ELSE = 2  # words of a text without a match, from which it says something else
LONG = 4  # words with a meaning, and values, that two long wordings share


NO_NUMBER = "none"  # the side of a text that leaves out a number of the other
# A kind of conflict, or a word that was exchanged.
Kind = ConflictKind | Literal["word"]


class Apart(NamedTuple):
    """What keeps two texts apart, each side in its own words, and whether it is a conflict."""

    kind: Kind
    first: str
    second: str
    conflicts: bool = False

    @property
    def why(self) -> str:
        """Say it in short, first text first: ``21 / 22``."""
        return f"{self.first} / {self.second}"

    def flip(self) -> "Apart":
        """State it from the other side."""
        return self._replace(first=self.second, second=self.first)


class Judge:
    """
    Says what keeps texts apart, given by position.

    *alleging* tells of each text whether it alleges; None: neither that nor a fact.
    """

    def __init__(
        self,
        texts: Sequence[str],
        weigh: Callable[[int], Mapping[str, float]],
        alleging: Sequence[bool | None] = (),
    ) -> None:
        self._texts = texts
        self._alleging = alleging
        self._weigh = weigh
        self.read = lru_cache(KEPT_READ)(self._read)

    def _read(self, at: int) -> Statement:
        (statement,) = read_statements([self._texts[at]], self._weigh(at))
        return statement

    def find_conflict(self, first: int, second: int) -> Slot | None:
        """Find the slot in which two texts contradict each other."""
        return find_conflict(self.read(first), self.read(second))

    def find_apart(self, first: int, second: int) -> Apart | None:
        """Find what keeps two texts apart; None if nothing does."""
        return self._find_slot(first, second) or _find_plain(self.read(first), self.read(second))

    def _find_slot(self, first: int, second: int) -> Apart | None:
        """Find a slot in which two texts differ, or a doubt of one."""
        one, other = self.read(first), self.read(second)
        found = contrast(one, other)
        if found.verdict != "alike":
            slot = found.slots[0]
            return Apart(slot.kind, slot.first, slot.second, found.verdict == "conflict")
        return find_doubt(one.facts, other.facts, found.frame)

    def are_apart(self, first: int, second: int) -> bool:
        """Tell whether anything keeps two texts apart, what is quickest found first."""
        if self.are_unequal(first, second):
            return True
        if _find_plain(self.read(first), self.read(second)):
            return True
        return self._find_slot(first, second) is not None

    def are_unequal(self, first: int, second: int) -> bool:
        """Tell whether one text alleges what the other states as a fact."""
        return bool(self._alleging) and {self._alleging[first], self._alleging[second]} == {
            True,
            False,
        }

    def is_contradicted(self, claim: Claim) -> bool:
        """Tell whether a claim contradicts the words that it cites."""
        if claim.text == claim.quote:
            return False
        return contrast(*read_statements([claim.text, claim.quote])).verdict == "conflict"


def _find_plain(one: Statement, other: Statement) -> Apart | None:
    """Find what shows without asking which slots differ."""
    return (
        find_unshared(one.facts, other.facts)
        or find_swap(one, other)
        or find_exchange(one, other)
        or find_predicate(one, other)
        or find_joined(one, other)
        or find_doers(one, other)
        or find_turn(one, other)
    )


def find_doubt(one: Facts, other: Facts, frame: float) -> Apart | None:
    """Find that one text plans or holds possible what the other states, in about its words."""
    mine, theirs = _read_certainty(one), _read_certainty(other)
    if mine == theirs or frame < SAME_DEED:
        return None
    if {mine, theirs} == {"planned", "announced"} or {mine, theirs} == {"announced", "asserted"}:
        return None
    if all(not ABLE.isdisjoint(side.tokens.lower) for side in (one, other)):
        return None
    hedged, stated = (next((cue.word for cue in side.hedges), "stated") for side in (one, other))
    return Apart("modality", hedged, stated)


def _read_certainty(facts: Facts) -> str:
    """Give the weakest certainty; "will" alone is as good as a plan, and as what is stated."""
    certainty = find_certainty([cue for cue in facts.hedges if cue.word.lower() not in FUTURE])
    return "announced" if certainty == "asserted" and facts.hedges else certainty


# Share of the words of two texts that match if they speak of the same deed.
SAME_DEED = 0.7
ABLE = word_set("can could may might")
FUTURE = word_set("will would shall")


# Two values that lie closer are one, rounded: "some 2 million" and 1.9 million.
ROUNDED = 0.1


def find_unshared(one: Facts, other: Facts) -> Apart | None:
    """Find a quantity of one text that the other leaves out, or a denial."""
    mine = _list_unshared(one.quantities, other.quantities)
    theirs = _list_unshared(other.quantities, one.quantities)
    if mine or theirs:
        first, second = (some[0].text if some else NO_NUMBER for some in (mine, theirs))
        return Apart("number", first, second)
    denied, denies = _read_denial(one), _read_denial(other)
    if bool(denied) != bool(denies):
        return Apart("negation", denied or "stated", denies or "stated")
    return None


def _list_unshared(ours: Sequence[Quantity], theirs: Sequence[Quantity]) -> list[Quantity]:
    """List the quantities that differ from all of the other text."""
    return [one for one in ours if all(_differ(one, to) for to in theirs)]


def _differ(one: Quantity, other: Quantity) -> bool:
    """Tell two values apart; "at least 12" leaves room for 21, but does not say it."""
    relation = compare_quantities(one, other)
    far = abs(one.value - other.value) > ROUNDED * max(abs(one.value), abs(other.value))
    return one.value != other.value and (
        relation == "different" or (relation == "compatible" and far)
    )


def _read_denial(facts: Facts) -> str:
    """Give the word that makes the whole of a text a denial, or ""."""
    lower = facts.tokens.lower
    answers = lower[:2] == ["no", ","]  # "No, he did not" denies once
    places = {cue.at for cue in facts.negations if cue.at or not answers}
    places |= {at for at, word in enumerate(lower) if word in REJECTING}
    return facts.tokens.words[min(places)] if len(places) % 2 else ""


def find_swap(one: Statement, other: Statement) -> Apart | None:
    """
    Find two that changed places around what one does to the other.

    "The dog bit the postman", "the postman bit the dog". What only moves to the
    end ("on Monday") changes nothing, nor do two joined by "and".
    """
    mine, theirs = one.actors, other.actors
    if mine.ordered != theirs.ordered:
        return None
    start = _count_equal(mine.stems, theirs.stems)
    end = _count_equal(mine.stems[start:][::-1], theirs.stems[start:][::-1])
    ours, others = ([*zip(*side[:2], strict=True)][start:] for side in (mine, theirs))
    ours, others = ours[: len(ours) - end], others[: len(others) - end]
    for first, last in product(range(1, SWAPPED + 1), repeat=2):
        middle = ours[first : len(ours) - last]
        if SYMMETRIC.issuperset(word for _, word in middle):
            continue
        turned = ours[len(ours) - last :] + middle + ours[:first]
        if [word for _, word in turned] == [word for _, word in others]:
            sides = [
                _slice(one.facts, [at for at, _ in some]) for some in (ours[:first], ours[-last:])
            ]
            return Apart("name", " - ".join(sides), " - ".join(sides[::-1]))
    return None


SWAPPED = 3  # words of a side, at most, that changed places
SYMMETRIC = frozenset(("and", "or", "nor", "with", "meet", "marri", "resembl"))
# Said of a whole claim: it is not so.
REJECTING = word_set("""
    hoax fake faked false falsely untrue debunked debunks myth bogus fabricated fictitious
    unfounded baseless denies denied denial refutes refuted disproved satire
    """)


def find_exchange(one: Statement, other: Statement) -> Apart | None:
    """
    Find words exchanged for others in wordings otherwise the same, small words included.

    Two that tell one thing in their own words seldom agree in every other word:
    "a market in Lima", "a market in Quito" are two markets. Words that match in
    meaning may be exchanged.
    """
    mine, theirs = one.said, other.said
    start = _count_equal(mine.stems, theirs.stems)
    rest = min(len(mine.stems), len(theirs.stems)) - start
    end = min(_count_equal(mine.stems[::-1], theirs.stems[::-1]), rest)
    places = mine.places[start : len(mine.places) - end]
    others = theirs.places[start : len(theirs.places) - end]
    if start + end == 0 or not (len(places) <= EXCHANGED and len(others) <= EXCHANGED):
        return None
    when, then = _list_dates(one.facts, places), _list_dates(other.facts, others)
    if when and then and not any(same_moment(a, b) for a in when for b in then):
        return Apart("time", when[0].text, then[0].text)
    pairing = pair_words(one, other)
    content = [at for at in places if at in one.word_at]
    against = [at for at in others if at in other.word_at]
    if not content or not against:
        return None
    shared = len(one.places) - len(content) + len(one.facts.quantities) + len(one.facts.dates)
    enough = MATCHED_LONG if shared >= LONG else MATCHED
    if max(pairing.match(at, to) for at in content for to in against) >= enough:
        return None
    kind: Kind = "name" if _are_names(one, content) and _are_names(other, against) else "word"
    words = (_slice(one.facts, places), _slice(other.facts, others))
    return Apart(kind, *words)


def find_predicate(one: Statement, other: Statement) -> Apart | None:
    """
    Find that two texts begin alike and go on to say something else.

    "The port's role is shown by its cranes", "the port's role is growing": the
    first word of each that is new has no match anywhere in the other, and one
    has more such words. A few words may be another way to say the same.
    """
    mine, theirs = one.said, other.said
    start = _count_equal(mine.stems, theirs.stems)
    if not any(at in one.word_at for at in mine.places[:start]):
        return None
    new = next((at for at in mine.places[start:] if at in one.word_at), None)
    against = next((at for at in theirs.places[start:] if at in other.word_at), None)
    if new is None or against is None:
        return None
    pairing = pair_words(one, other)
    matches = [
        *(pairing.match(new, at) for at in other.places),
        *(pairing.match(at, against) for at in one.places),
    ]
    if max(matches) >= STRANGE or max(map(_count_strange, (pairing, pairing.flip()))) < ELSE:
        return None
    return Apart("word", _slice(one.facts, [new]), _slice(other.facts, [against]))


def _count_strange(pairing: Pairing) -> int:
    """Count the content words of the first text that have no match in the other."""
    return sum(1 for strength in pairing.mine if strength < MATCHED)


def find_joined(one: Statement, other: Statement) -> Apart | None:
    """
    Find what only one text joins by "and" to what both say.

    "Its president and manager" says more than "its manager". Where both join
    things, they may tell the same ones in other words.
    """
    joins = [[at for at, word in enumerate(side.lower) if word == "and"] for side in (one, other)]
    if bool(joins[0]) == bool(joins[1]):
        return None
    if joins[1]:
        found = find_joined(other, one)
        return found.flip() if found else None
    pairing = pair_words(one, other)
    for at in joins[0]:
        before, after = _list_run(one, at - 1, -1)[:1], _list_run(one, at + 1, 1)
        ends = (after[0], after[-1]) if after else ()
        for odd, kept in [*product(before, ends), *product(ends, before)]:
            if _lacks(pairing, odd, kept):
                return Apart(
                    "word", _slice(one.facts, before if odd in before else after), NO_NUMBER
                )
    return None


def _lacks(pairing: Pairing, odd: int, kept: int) -> bool:
    """Tell whether the second text says token *kept* of the first, and *odd* nowhere else."""
    mine, others = (pairing.strengths[pairing.one.word_at[at]] for at in (odd, kept))
    said = others >= MATCHED_WORD
    found = max(mine[~said].max(initial=0), (mine[said] >= ONE_IDEA).max(initial=0))
    return bool(said.any()) and found < MATCHED_WORD


def _list_run(statement: Statement, at: int, step: int) -> list[int]:
    """List the content words that stand together from token *at* on, a determiner before them."""
    lower = statement.lower
    if step > 0 and at < len(lower) and lower[at] in UNHEARD:
        at += step
    places = range(at, len(lower) if step > 0 else -1, step)
    return list(takewhile(statement.word_at.__contains__, places))


def find_doers(one: Statement, other: Statement) -> Apart | None:
    """Find that two texts begin with full names, and that neither speaks of the other's."""
    mine, theirs = _find_leading(one), _find_leading(other)
    if not mine or not theirs:
        return None
    pairing = pair_words(one, other)
    for name, side in ((mine, pairing), (theirs, pairing.flip())):
        places = [at for at in range(name.at, name.end) if at in side.one.word_at]
        if any(side.mine[side.one.word_at[at]] >= MATCHED_WORD for at in places):
            return None
    return Apart("name", mine.text, theirs.text)


def _find_leading(statement: Statement) -> Name | None:
    """Find the name of two words at least that a text is about: it begins with it."""
    first = next(iter(statement.places), -1)
    if first in statement.told:
        return None
    return next(
        (
            name
            for name in statement.facts.names
            if name.sure and len(name.words) > 1 and name.at <= first < name.end
        ),
        None,
    )


def find_turn(one: Statement, other: Statement) -> Apart | None:
    """Find that what comes first in one text comes last in the other: "prior to", "after"."""
    mine, theirs = _read_order(one), _read_order(other)
    if not mine or not theirs:
        return None
    pairing = pair_words(one, other)

    def share(places: Sequence[int], others: Sequence[int]) -> float:
        matches = [[pairing.match(at, to) for to in others] for at in places]
        sides = (map(max, matches), map(max, zip(*matches, strict=True)))
        return fmean(map(fmean, sides))

    turned = all(
        share(mine[at], theirs[1 - at]) > share(mine[at], theirs[at]) + TURNED for at in (0, 1)
    )
    return (
        Apart("time", _slice(one.facts, mine[0]), _slice(other.facts, theirs[0]))
        if turned
        else None
    )


def _read_order(statement: Statement) -> tuple[list[int], list[int]] | None:
    """Split a text that says once what comes before what: the words of the first and the last."""
    lower = statement.lower
    words = [at for at, word in enumerate(lower) if word in BEFORE or word in AFTER]
    if len(words) != 1:
        return None
    word = words[0]
    end = next((at for at in range(word, len(lower)) if lower[at] == ","), len(lower))
    led = [at for at in statement.places if word < at < end]
    main = [at for at in statement.places if not word <= at < end]
    if not led or not main:
        return None
    return (main, led) if lower[word] in BEFORE else (led, main)


BEFORE, AFTER = word_set("before prior ahead"), word_set("after following")
TURNED = 0.3  # share of the words of two parts by which those told in turned order match better


# Match from which what is joined is one with what it is joined to: houses and homes.
ONE_IDEA = 0.9


def _list_dates(facts: Facts, places: Sequence[int]) -> list[Moment]:
    return [date for date in facts.dates if date.at in places or date.end - 1 in places]


def _count_equal(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Count the words from the start on that are equal."""
    count = 0
    for one, other in zip(mine, theirs, strict=False):
        if one != other:
            break
        count += 1
    return count


def _are_names(statement: Statement, places: Sequence[int]) -> bool:
    named = {at for name in statement.facts.names for at in range(name.at, name.end)}
    return named.issuperset(places)


def _slice(facts: Facts, places: Sequence[int]) -> str:
    return facts.tokens.slice(places[0], places[-1] + 1)
