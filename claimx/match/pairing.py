"""Pair the words of two claims: which word of one stands for which of the other, how well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from claimx.language.features import Name
from claimx.language.names import are_variants
from claimx.language.opposites import are_opposite
from claimx.match.statements import Floats, Statement

# Cosines of words, in the shipped table: up to the first two ideas are two, from the second on they
# are one. "Boat" and "ship" have .60, "dead" and "deaths" .66, "quake" and "earthquake" .57;
# "killed" and "injured" .18, "goalkeeper" and "defender" .27.
TWO, ONE = 0.25, 0.6
MATCHED = 0.5  # strength from which two words count as one idea


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


@dataclass(frozen=True, eq=False)
class Pairing:
    """
    Two statements, and for each word of one how strongly each of the other matches it, 0-1.

    *namesakes* are the names, by number, that may mean the same.
    """

    one: Statement
    other: Statement
    strengths: Floats
    namesakes: Sequence[tuple[int, int]]

    def list_strangers(self) -> list[Name]:
        """List the names of the first that the second has not, under any variant."""
        known = {mine for mine, _ in self.namesakes}
        return [name for at, name in enumerate(self.one.features.names) if at not in known]

    @cached_property
    def mine(self) -> list[float]:
        """How well each word of the first is matched."""
        return _best(self.strengths, 1)

    @cached_property
    def theirs(self) -> list[float]:
        """How well each word of the second is matched."""
        return _best(self.strengths, 0)

    @cached_property
    def partners(self) -> dict[int, int]:
        """For each matched word of the first, by token, the token that matches it best."""
        if not self.strengths.size:
            return {}
        best = self.strengths.argmax(1)
        return {
            place: self.other.places[best[at]]
            for at, place in enumerate(self.one.places)
            if self.mine[at] >= MATCHED
        }

    def match(self, place: int, other: int) -> float:
        """Give how well two words match, by token; 0 for what is no content word."""
        at, to = self.one.word_at.get(place), self.other.word_at.get(other)
        return 0.0 if at is None or to is None else float(self.strengths[at, to])

    def flip(self) -> "Pairing":
        """Give the pairing from the other side."""
        return self._flipped

    @cached_property
    def _flipped(self) -> "Pairing":
        namesakes = [(theirs, mine) for mine, theirs in self.namesakes]
        return Pairing(self.other, self.one, self.strengths.T, namesakes)

    def measure(self, mine: frozenset[int], theirs: frozenset[int]) -> Frame:
        """Measure what is shared apart from the tokens *mine* and *theirs*."""
        one, odd_one, shared = _measure_side(self.one, self.mine, mine)
        two, odd_two, _ = _measure_side(self.other, self.theirs, theirs)
        return Frame(max(one, two), (one + two) / 2, (odd_one, odd_two), shared)

    def is_odd(self, mine: frozenset[int], theirs: frozenset[int], limit: float) -> bool:
        """Tell whether a word apart from *mine* and *theirs* lacks more weight than *limit*."""
        sides = (self.one, self.mine, mine), (self.other, self.theirs, theirs)
        return any(
            weight * (1 - match) > limit and place not in slot
            for statement, matches, slot in sides
            for place, weight, match in zip(statement.places, statement.heavy, matches, strict=True)
        )

    @cached_property
    def opposites(self) -> tuple[tuple[int, int], ...]:
        """The tokens of words that exclude each other, each on one side only."""
        return tuple(self._find_opposites()) if self.one.may_oppose(self.other) else ()

    def _find_opposites(self) -> Iterator[tuple[int, int]]:
        mine, theirs = self.one.turning, self.other.turning
        known = {*mine.values()} & {*theirs.values()}
        odd = [to for to, stem in theirs.items() if stem not in known]
        for at, stem in mine.items():
            if stem in known:
                continue
            for to in odd:
                if are_opposite(self.one.lower[at], self.other.lower[to]):
                    yield at, to


def _measure_side(
    statement: Statement, matches: Sequence[float], slot: frozenset[int]
) -> tuple[float, float, float]:
    """Give the share of the words' weight that is matched, the heaviest odd word, and its sum."""
    total = missing = odd = 0.0
    for place, weight, match in zip(statement.places, statement.heavy, matches, strict=True):
        if place not in slot:
            lost = weight * (1 - match)
            total += weight
            missing += lost
            odd = max(odd, lost)
    return 1 - missing / total if total else 1.0, odd, total - missing


def _best(strengths: Floats, axis: int) -> list[float]:
    best: list[float] = (
        strengths.max(axis).tolist() if strengths.shape[axis] else [0.0] * strengths.shape[1 - axis]
    )
    return best


@lru_cache(maxsize=4)  # what looks at two claims in turn pairs them once
def pair_words(one: Statement, other: Statement) -> Pairing:
    """Pair the words of two statements by stem, name and vector."""
    # products of whole numbers are exact, whatever the machine
    strengths = one.vectors.astype(np.float32) @ other.vectors.astype(np.float32).T
    strengths /= one.lengths[:, None] * other.lengths
    strengths -= TWO
    strengths /= ONE - TWO
    np.maximum(strengths, 0, out=strengths)
    np.minimum(strengths, 1, out=strengths)
    if one.named.size and other.named.size:
        # two names that are near in meaning are two
        strengths[one.named[:, None], other.named] = 0
    for at, stem in enumerate(one.stems):
        for to in other.stem_at.get(stem, ()):
            strengths[at, to] = 1
    namesakes = [
        (mine, theirs)
        for mine, name in enumerate(one.spellings)
        for theirs, same in enumerate(other.spellings)
        if are_variants(name, same)
    ]
    for mine, theirs in namesakes:
        for at, to in product(one.name_words[mine], other.name_words[theirs]):
            strengths[at, to] = 1
    return Pairing(one, other, strengths, namesakes)
