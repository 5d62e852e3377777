"""Pair the words of two claims: which word of one stands for which of the other, how well."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from claimx.facts import Name
from claimx.facts.names import are_variants, find_place
from claimx.facts.opposites import are_opposite
from claimx.match.statements import Floats, Statement

PARAPHRASE = 0.95  # strength of a perfect match of vectors, beside 1 of equal stems
# Strength from which two words count as one idea. In the shipped table "boat" and "ship" have
# .60, "dead" and "deaths" .66, "begin" and "start" .61, "killed" and "injured" .18.
MATCHED = 0.5


@dataclass(frozen=True, eq=False)
class Pairing:
    """Two statements, and for each word of one how strongly each of the other matches it, 0-1."""

    one: Statement
    other: Statement
    strengths: Floats

    @cached_property
    def mine(self) -> Floats:
        """How well each word of the first is matched."""
        return _best(self.strengths, 1)

    @cached_property
    def theirs(self) -> Floats:
        """How well each word of the second is matched."""
        return _best(self.strengths, 0)

    @cached_property
    def partners(self) -> dict[int, int]:
        """For each matched word of the first, by token, the token of the second that matches best."""
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

    def list_opposites(self) -> Iterator[tuple[int, int]]:
        """Yield the tokens of words that exclude each other, neither of which stands on both sides."""
        mine, theirs = set(self.one.stems), set(self.other.stems)
        for at, stem in enumerate(self.one.stems):
            if stem in theirs:
                continue
            for to, against in enumerate(self.other.stems):
                places = self.one.places[at], self.other.places[to]
                if against not in mine and are_opposite(
                    self.one.lower[places[0]], self.other.lower[places[1]]
                ):
                    yield places


def _best(strengths: Floats, axis: int) -> Floats:
    best: Floats = (
        strengths.max(axis)
        if strengths.shape[axis]
        else np.zeros(strengths.shape[1 - axis], np.float32)
    )
    return best


def pair_words(one: Statement, other: Statement) -> Pairing:
    """Pair the words of two statements by stem, name and vector; opposites do not match."""
    strengths = np.clip(PARAPHRASE * (one.vectors @ other.vectors.T), 0, 1)
    named, names = _name_words(one), _name_words(other)
    strengths[np.ix_(named, names)] = 0  # two names that are near in meaning are two
    for at, stem in enumerate(one.stems):
        for to, against in enumerate(other.stems):
            if stem == against:
                strengths[at, to] = 1
            elif strengths[at, to] >= MATCHED and are_opposite(
                one.lower[one.places[at]], other.lower[other.places[to]]
            ):
                strengths[at, to] = 0
    for name in one.facts.names:
        for same in other.facts.names:
            if are_variants(name, same):
                rows, columns = _number(one, name), _number(other, same)
                strengths[np.ix_(rows, columns)] = 1
    return Pairing(one, other, strengths)


def _name_words(statement: Statement) -> list[int]:
    return [
        at
        for name in statement.facts.names
        if name.sure or find_place(name.words)
        for at in _number(statement, name)
    ]


def _number(statement: Statement, name: Name) -> list[int]:
    """Number the content words of *name*."""
    return [at for at, place in enumerate(statement.places) if name.at <= place < name.end]
