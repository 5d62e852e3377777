"""
Find the difference that keeps two similar texts out of one group.

The score measures how much two texts share. It cannot see that the rest changes
the truth: a number, a day, a name, a denial, or one word exchanged.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import product, takewhile
from typing import Literal, NamedTuple

from claimx.language.features import (
    Features,
    Moment,
    Quantity,
    same_moment,
)
from claimx.language.lexicon import read_words
from claimx.language.modality import find_certainty
from claimx.match.contrast import contrast, find_conflict
from claimx.match.embedded import find_aside, find_embedded, find_shares
from claimx.match.pairing import MATCHED as MATCHED_WORD
from claimx.match.pairing import Pairing, pair_words
from claimx.match.slots import Slot, agree, count_equal
from claimx.match.statements import UNSTRESSED, Statement, Words, read_statements
from claimx.records import Claim, ConflictKind

KEPT_READ = 32_768  # parsed texts kept in memory, about 4 kB each
EXCHANGED = 2  # longest exchange, in words of one side
# Match of exchanged words below which they say different things; and of a word with every word of
# another text below which that text says nothing like it.
MATCHED, STRANGE = 0.32, 0.2

NO_NUMBER = "none"  # the side of a text that leaves out a number of the other
# A kind of conflict, or a word that was exchanged.
Kind = ConflictKind | Literal["word"]


class Apart(NamedTuple):
    """What keeps two texts apart, in the words of each, and whether it is a conflict."""

    kind: Kind
    first: str
    second: str
    conflicts: bool = False

    @property
    def why(self) -> str:
        """The difference in short, first text first: ``21 / 22``."""
        return f"{self.first} / {self.second}"

    def flip(self) -> "Apart":
        """Swap the two sides."""
        return self._replace(first=self.second, second=self.first)


class Judge:
    """
    Compares texts, given by position, and finds what keeps them apart.

    *alleging* is True for a text that alleges, False for one that states a fact, else None.
    """

    def __init__(
        self,
        texts: Sequence[str],
        weigh: Callable[[int], Mapping[str, float]],
        alleging: Sequence[bool | None] = (),
    ) -> None:
        self._alleging = alleging
        # no method of its own, which would keep a judge and all that it has read for ever
        self.read = lru_cache(KEPT_READ)(partial(_read_text, texts, weigh, Words()))

    def find_conflict(self, first: int, second: int) -> Slot | None:
        """Find the slot in which two texts contradict each other."""
        one, other = self.read(first), self.read(second)
        slot = find_conflict(one, other)
        return None if slot and find_embedded(one, other) else slot

    def find_apart(self, first: int, second: int) -> Apart | None:
        """Find what keeps two texts apart; None if nothing does."""
        one, other = self.read(first), self.read(second)
        embedded = find_embedded(one, other)
        if embedded:
            return Apart("modality", *embedded)
        return self._find_slot(first, second) or _find_plain(one, other)

    def _find_slot(self, first: int, second: int) -> Apart | None:
        """Find a slot in which two texts differ, or a doubt of one."""
        one, other = self.read(first), self.read(second)
        found = contrast(one, other)
        if found.verdict != "alike":
            slot = found.slots[0]
            return Apart(slot.kind, slot.first, slot.second, found.verdict == "conflict")
        return find_doubt(one.features, other.features, found.frame)

    def are_apart(self, first: int, second: int) -> bool:
        """Return whether anything keeps two texts apart, what is quickest found first."""
        if self.are_unequal(first, second):
            return True
        if _find_plain(self.read(first), self.read(second)):
            return True
        return self._find_slot(first, second) is not None

    def are_unequal(self, first: int, second: int) -> bool:
        """Return whether one text alleges what the other states as a fact."""
        return bool(self._alleging) and {self._alleging[first], self._alleging[second]} == {
            True,
            False,
        }

    def is_contradicted(self, claim: Claim) -> bool:
        """Return whether a claim contradicts the words that it cites."""
        if claim.text == claim.quote:
            return False
        return contrast(*read_statements([claim.text, claim.quote])).verdict == "conflict"


def _read_text(
    texts: Sequence[str], weigh: Callable[[int], Mapping[str, float]], words: Words, at: int
) -> Statement:
    (statement,) = read_statements([texts[at]], weigh(at), words)
    return statement


def _find_plain(one: Statement, other: Statement) -> Apart | None:
    """Find a difference that can be seen without comparing slots."""
    return (
        find_unshared(one.features, other.features)
        or find_exchange(one, other)
        or find_joined(one, other)
        or find_spoken(one, other)
    )


def find_spoken(one: Statement, other: Statement) -> Apart | None:
    """Find where one text speaks of, or says aside, what the other states, or whom they count."""
    found = find_embedded(one, other) or find_shares(one, other) or find_aside(one, other)
    return Apart("modality", *found) if found else None


def find_doubt(one: Features, other: Features, frame: float) -> Apart | None:
    """Find out whether one text plans, or holds possible, what the other states."""
    mine, theirs = _read_certainty(one), _read_certainty(other)
    if mine == theirs or frame < SAME_EVENT:
        return None
    if {mine, theirs} == {"planned", "announced"} or {mine, theirs} == {"announced", "asserted"}:
        return None
    if all(not ABLE.isdisjoint(side.tokens.lower) for side in (one, other)):
        return None
    hedged, stated = (next((cue.word for cue in side.hedges), "stated") for side in (one, other))
    return Apart("modality", hedged, stated)


def _read_certainty(features: Features) -> str:
    """Return the weakest certainty; "will" alone is as good as a plan, and as what is stated."""
    certainty = find_certainty([cue for cue in features.hedges if cue.word.lower() not in FUTURE])
    return "announced" if certainty == "asserted" and features.hedges else certainty


# Share of the words of two texts that match if they speak of the same deed.
SAME_EVENT = 0.7
ABLE = read_words("matching.abilities")
FUTURE = read_words("matching.futures")


def find_unshared(one: Features, other: Features) -> Apart | None:
    """Find a quantity or a denial that only one text has."""
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
    """List the quantities that equal none of the other text."""
    return [
        one for one in ours if not any(one.value == to.value or agree(one, to) for to in theirs)
    ]


def _read_denial(features: Features) -> str:
    """Return the word that makes the whole of a text a denial, or ""."""
    lower = features.tokens.lower
    answers = lower[:2] == ["no", ","]  # "No, he did not" denies once
    places = {cue.at for cue in features.negations if cue.at or not answers}
    places |= {at for at, word in enumerate(lower) if word in REJECTING}
    return features.tokens.words[min(places)] if len(places) % 2 else ""


# Said of a whole claim: it is not so.
REJECTING = read_words("matching.rejecting")


def find_exchange(one: Statement, other: Statement) -> Apart | None:
    """
    Find where wordings that begin alike, or end alike, go on to say something else.

    "A market in Lima", "a market in Quito"; "the port's role is shown by its
    cranes and docks", "the port's role is growing". A few words exchanged have no
    match among those that they were exchanged for; a longer part begins with a
    word that has none in the whole of the other text.
    """
    mine, theirs = one.list_said(), other.list_said()
    start = count_equal(mine.stems, theirs.stems)
    rest = min(len(mine.stems), len(theirs.stems)) - start
    end = min(count_equal(mine.stems[::-1], theirs.stems[::-1]), rest)
    parts = (
        mine.places[start : len(mine.places) - end],
        theirs.places[start : len(theirs.places) - end],
    )
    when, then = _list_dates(one.features, parts[0]), _list_dates(other.features, parts[1])
    if (
        start + end
        and max(map(len, parts)) <= EXCHANGED
        and when
        and then
        and not any(same_moment(*pair) for pair in product(when, then))
    ):
        return Apart("time", when[0].text, then[0].text)
    new = [at for at in parts[0] if at in one.word_at]
    against = [at for at in parts[1] if at in other.word_at]
    if not new or not against or start + end == 0:
        return None
    pairing = pair_words(one, other)
    if max(map(len, parts)) <= EXCHANGED:
        unlike = max(pairing.match(at, to) for at in new for to in against) < MATCHED
    else:
        led = any(at in one.word_at for at in mine.places[:start])
        matches = [pairing.match(new[0], to) for to in other.places]
        matches += [pairing.match(at, against[0]) for at in one.places]
        unlike = led and max(len(new), len(against)) > 1 and max(matches) < STRANGE
    if not unlike:
        return None
    kind: Kind = "name" if _are_names(one, new) and _are_names(other, against) else "word"
    return Apart(kind, _slice(one.features, parts[0]), _slice(other.features, parts[1]))


def find_joined(one: Statement, other: Statement) -> Apart | None:
    """
    Find what only one text adds by "and".

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
                    "word", _slice(one.features, before if odd in before else after), NO_NUMBER
                )
    return None


def _lacks(pairing: Pairing, odd: int, kept: int) -> bool:
    """Return whether the second text says token *kept* of the first, and *odd* nowhere else."""
    mine, others = (pairing.strengths[pairing.one.word_at[at]] for at in (odd, kept))
    said = [match >= MATCHED_WORD for match in others]
    bounds = (ONE_IDEA if same else MATCHED_WORD for same in said)
    return any(said) and all(match < bound for match, bound in zip(mine, bounds, strict=True))


def _list_run(statement: Statement, at: int, step: int) -> list[int]:
    """List the content words that stand together from token *at* on, a determiner before them."""
    lower = statement.lower
    if step > 0 and at < len(lower) and lower[at] in UNSTRESSED:
        at += step
    places = range(at, len(lower) if step > 0 else -1, step)
    return list(takewhile(statement.word_at.__contains__, places))


# Match from which what is joined is one with what it is joined to: houses and homes.
ONE_IDEA = 0.9


def _list_dates(features: Features, places: Sequence[int]) -> list[Moment]:
    return [date for date in features.dates if date.at in places or date.end - 1 in places]


def _are_names(statement: Statement, places: Sequence[int]) -> bool:
    return statement.named_tokens.issuperset(places)


def _slice(features: Features, places: Sequence[int]) -> str:
    return features.tokens.slice(places[0], places[-1] + 1)
