"""
Find what keeps two texts apart that share most of their words.

A score says how much of what two texts say is the same; it can't see that the
rest changes the truth: a number, a day, a name, a denial, one word exchanged
in a wording otherwise the same.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Literal, NamedTuple

from claimx.facts import Facts, Quantity, compare_quantities, stem_word
from claimx.facts.tokens import is_word
from claimx.match.contrast import Contrast, contrast
from claimx.match.pairing import pair_words
from claimx.match.statements import Statement, read_statements
from claimx.records import Claim, ConflictKind

KEPT_READ = 4096  # texts whose words are kept to be contrasted again
EXCHANGED = 2  # words of a side, at most, that are exchanged for others
# Match of exchanged words below which they say different things, where the two texts share few
# other words, and where they share more: two long wordings that agree in all but one word mean
# the same more often.
MATCHED, MATCHED_LONG = 0.32, 0.2
LONG = 4  # words with a meaning, and values, that two long wordings share


# A kind of conflict, or a word that was exchanged.
Kind = ConflictKind | Literal["word"]


class Apart(NamedTuple):
    """What keeps two texts apart: its kind, each side in its own words, and whether it conflicts."""

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
    """Says what keeps texts apart, given by position."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self.read = lru_cache(KEPT_READ)(self._read)

    def _read(self, at: int) -> Statement:
        (statement,) = read_statements([self._texts[at]])
        return statement

    def contrast(self, first: int, second: int) -> Contrast:
        """Contrast two texts: which slots differ."""
        return contrast(self.read(first), self.read(second))

    def find_apart(self, first: int, second: int) -> Apart | None:
        """Find what keeps two texts apart; None if nothing does."""
        one, other = self.read(first), self.read(second)
        found = contrast(one, other)
        if found.verdict != "alike":
            slot = found.slots[0]
            return Apart(slot.kind, slot.first, slot.second, found.verdict == "conflict")
        return find_unshared(one.facts, other.facts) or find_exchange(one, other)

    def is_contradicted(self, claim: Claim) -> bool:
        """Tell whether a claim contradicts the words that it cites."""
        if claim.text == claim.quote:
            return False
        return contrast(*read_statements([claim.text, claim.quote])).verdict == "conflict"


def find_unshared(one: Facts, other: Facts) -> Apart | None:
    """Find a quantity of one text that the other leaves out, or one that it denies."""
    mine = _list_unshared(one.quantities, other.quantities)
    theirs = _list_unshared(other.quantities, one.quantities)
    if mine or theirs:
        return Apart("number", *(some[0].text if some else "none" for some in (mine, theirs)))
    if one.is_negative != other.is_negative:
        words = (side.negations[0].word if side.is_negative else "not denied" for side in (one, other))
        return Apart("negation", *words)
    return None


def _list_unshared(ours: Sequence[Quantity], theirs: Sequence[Quantity]) -> list[Quantity]:
    return [one for one in ours if all(compare_quantities(one, to) == "different" for to in theirs)]


def find_exchange(one: Statement, other: Statement) -> Apart | None:
    """
    Find words exchanged for others in wordings otherwise the same, small words included.

    Two that tell one thing in their own words seldom agree in every other word:
    "a market in Lima", "a market in Quito" are two markets. Words that match in
    meaning may be exchanged.
    """
    mine, theirs = _list_words(one.facts), _list_words(other.facts)
    start = _count_equal(mine, theirs)
    rest = min(len(mine), len(theirs)) - start
    end = min(_count_equal(mine[::-1], theirs[::-1]), rest)
    places = [at for at, _ in mine[start : len(mine) - end]]
    others = [at for at, _ in theirs[start : len(theirs) - end]]
    if start + end == 0 or not (len(places) <= EXCHANGED and len(others) <= EXCHANGED):
        return None
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


def _list_words(facts: Facts) -> list[tuple[int, str]]:
    """List the tokens that are words or numbers, each with its stem."""
    lower = facts.tokens.lower
    return [
        (at, stem_word(word))
        for at, word in enumerate(lower)
        if is_word(word) or word[0].isdigit()
    ]


def _count_equal(mine: Sequence[tuple[int, str]], theirs: Sequence[tuple[int, str]]) -> int:
    """Count the words from the start on that are equal."""
    pairs = zip(mine, theirs, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0][1] == pair[1][1], pairs))


def _are_names(statement: Statement, places: Sequence[int]) -> bool:
    named = {at for name in statement.facts.names for at in range(name.at, name.end)}
    return named.issuperset(places)


def _slice(facts: Facts, places: Sequence[int]) -> str:
    return facts.tokens.slice(places[0], places[-1] + 1)
