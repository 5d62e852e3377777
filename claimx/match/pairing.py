"""Align the words of two claims: which word of one matches which of the other, and how well."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from claimx.language.features import Name
from claimx.language.names import are_variants
from claimx.language.once import Once
from claimx.language.opposites import are_opposite
from claimx.match.statements import Statement

# Cosines of words, in the shipped table: up to the first two ideas are two, from the second on they
# are one. "Boat" and "ship" have .60, "dead" and "deaths" .66, "quake" and "earthquake" .57;
# "killed" and "injured" .18, "goalkeeper" and "defender" .27.
TWO, ONE = 0.25, 0.6
MATCHED = 0.5  # strength from which two words count as one idea
STRICT = 0.35  # weight of the heaviest word without a match where next to nothing else may differ

Strengths = Sequence[Sequence[float]]


class Frame(NamedTuple):
    """
    What two claims share apart from the slots in which they differ.

    *share* is the share of the weight of its words that is matched, of the
    claim with more of it, *mean* that of both. *odd* is the weight of the
    heaviest word without a match, of either; *shared* the weight in common.
    """

    share: float
    mean: float
    odd: tuple[float, float]
    shared: float


class Pairing:
    """
    Two statements, and the strength, 0 to 1, with which each pair of their words matches.

    *strengths* has a row for each word of the first, and *mine* says how well it is matched at
    best. *namesakes* are the names, by number, that may mean the same.
    """

    def __init__(
        self,
        one: Statement,
        other: Statement,
        strengths: Strengths,
        namesakes: Sequence[tuple[int, int]],
    ) -> None:
        self.one, self.other = one, other
        self.strengths = strengths
        self.namesakes = namesakes
        self.mine = _pick_best(strengths)

    @Once
    def _turned(self) -> Strengths:
        """The strengths by word of the second."""
        return list(zip(*self.strengths, strict=True)) or [()] * len(self.other.places)

    @Once
    def theirs(self) -> Sequence[float]:
        """How well each word of the second is matched at best."""
        return _pick_best(self._turned)

    def list_strangers(self) -> list[Name]:
        """List the names of the first that the second has not, under any variant."""
        known = {mine for mine, _ in self.namesakes}
        return [name for at, name in enumerate(self.one.features.names) if at not in known]

    @Once
    def partners(self) -> dict[int, int]:
        """For each matched word of the first, by token, the token that matches it best."""
        return {
            place: self.other.places[strengths.index(best)]
            for place, strengths, best in zip(
                self.one.places, self.strengths, self.mine, strict=True
            )
            if best >= MATCHED
        }

    def match(self, place: int, other: int) -> float:
        """Return how well two words match, by token; 0 for what is no content word."""
        at, to = self.one.word_at.get(place), self.other.word_at.get(other)
        return 0.0 if at is None or to is None else self.strengths[at][to]

    def flip(self) -> "Pairing":
        """Return the pairing from the other side."""
        return self._flipped

    @Once
    def _flipped(self) -> "Pairing":
        namesakes = [(theirs, mine) for mine, theirs in self.namesakes]
        return Pairing(self.other, self.one, self._turned, namesakes)

    @Once
    def _lost(self) -> tuple[Sequence[float], Sequence[float]]:
        """The weight of each word of either side that is not matched."""
        return _list_lost(self.one, self.mine), _list_lost(self.other, self.theirs)

    def measure(self, mine: frozenset[int], theirs: frozenset[int]) -> Frame:
        """Measure what is shared apart from the tokens *mine* and *theirs*."""
        one, odd_one, shared = _measure_side(self.one, self._lost[0], mine)
        two, odd_two, _ = _measure_side(self.other, self._lost[1], theirs)
        return Frame(max(one, two), (one + two) / 2, (odd_one, odd_two), shared)

    def is_odd(self, mine: frozenset[int], theirs: frozenset[int]) -> bool:
        """Return whether a word apart from *mine* and *theirs* lacks more weight than `STRICT`."""
        return not (mine >= self._odd[0] and theirs >= self._odd[1])

    @Once
    def _odd(self) -> tuple[frozenset[int], frozenset[int]]:
        """The tokens of either side that lack more weight than `STRICT`."""
        mine, theirs = self._lost
        return _pick_odd(self.one, mine), _pick_odd(self.other, theirs)

    @Once
    def opposites(self) -> tuple[tuple[int, int], ...]:
        """The tokens of words that exclude each other, each on one side only."""
        return tuple(self._find_opposites()) if self.one.may_oppose(self.other) else ()

    def _find_opposites(self) -> Iterator[tuple[int, int]]:
        mine, theirs = self.one.roots, self.other.roots
        turning, others = list(self.one.list_turning()), list(self.other.list_turning())
        known = {mine[at] for at in turning} & {theirs[to] for to in others}
        odd = [to for to in others if theirs[to] not in known]
        for at in turning:
            if mine[at] in known:
                continue
            for to in odd:
                if are_opposite(self.one.lower[at], self.other.lower[to]):
                    yield at, to


def _list_lost(statement: Statement, matches: Sequence[float]) -> list[float]:
    return [weight * (1 - match) for weight, match in zip(statement.weights, matches, strict=True)]


def _pick_odd(statement: Statement, losses: Sequence[float]) -> frozenset[int]:
    pairs = zip(statement.places, losses, strict=True)
    return frozenset([place for place, lost in pairs if lost > STRICT])


def _measure_side(
    statement: Statement, losses: Sequence[float], slot: frozenset[int]
) -> tuple[float, float, float]:
    """Return the share of the words' weight that is matched, the heaviest odd word, and its sum."""
    total = missing = odd = 0.0
    for place, weight, lost in zip(statement.places, statement.weights, losses, strict=True):
        if place not in slot:
            total += weight
            missing += lost
            odd = max(odd, lost)
    return 1 - missing / total if total else 1.0, odd, total - missing


def _pick_best(strengths: Strengths) -> list[float]:
    return list(map(max, strengths)) if strengths and strengths[0] else [0.0] * len(strengths)


@lru_cache(maxsize=4)  # what looks at two claims in turn pairs them once
def pair_words(one: Statement, other: Statement) -> Pairing:
    """Pair the words of two statements by stem, name and vector."""
    cosines = one.words.relate(one.rows, other.rows)
    cosines -= TWO
    cosines /= ONE - TWO
    np.maximum(cosines, 0, out=cosines)
    np.minimum(cosines, 1, out=cosines)
    strengths: list[list[float]] = cosines.tolist()
    for at, to in product(one.named, other.named):
        strengths[at][to] = 0.0  # two names that are near in meaning are two
    shared = set(one.stems).intersection(other.stems)
    for at, stem in enumerate(one.stems):
        if stem in shared:
            for to, same in enumerate(other.stems):
                if stem == same:
                    strengths[at][to] = 1.0
    namesakes = [
        (mine, theirs)
        for mine, name in enumerate(one.spellings)
        for theirs, same in enumerate(other.spellings)
        if are_variants(name, same)
    ]
    for mine, theirs in namesakes:
        names = one.features.names[mine], other.features.names[theirs]
        for at, to in product(one.number_words(names[0]), other.number_words(names[1])):
            strengths[at][to] = 1.0
    return Pairing(one, other, strengths, namesakes)
