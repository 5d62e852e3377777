"""
Parse claims for comparison: content words with weights and vectors.

Quantities and dates are not among the words: they are compared as values.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.language.features import Features, Quantity, read_features, stem_word
from claimx.language.lexicon import NEGATIONS, read_words
from claimx.language.names import Name, Spelling, find_place, spell_name
from claimx.language.opposites import list_opposites, list_turned
from claimx.language.tokens import is_word
from claimx.match.embed import embed_texts, load_pieces

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

# Of the vocabulary, sorted by frequency: its first whole word, and about its last.
_FIRST, _LAST = 1996, 30_522
_LIGHTEST = 0.15


class Use(NamedTuple):
    """
    How a number is used.

    It may be *given*, "the two boats"; a *part*, "eight of 10", or the whole, with the value of
    the whole; or the *start* of a change, "from 3 to 4".
    """

    given: bool
    part: tuple[str, float]
    start: bool


class Measure(NamedTuple):
    """What a number measures: the tokens of what it counts, and of what happens to it."""

    things: tuple[int, ...]
    predicate: tuple[int, ...]
    use: Use

    def __bool__(self) -> bool:
        return bool(self.things or self.predicate)


class Line(NamedTuple):
    """Words of a claim in order: their tokens and stems."""

    places: tuple[int, ...]
    stems: tuple[str, ...]


class Words:
    """The vectors of words, each word once, by the row that it was given."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._vectors = embed_texts([""] * _FEW_WORDS)
        self._lengths = np.ones(_FEW_WORDS, np.float32)

    def find_rows(self, words: Sequence[str]) -> Rows:
        """Return the row of each of *words*; new ones are given one."""
        new = [word for word in dict.fromkeys(words) if word not in self._rows]
        if new:
            self._add(new)
        return np.fromiter(map(self._rows.__getitem__, words), np.intp, len(words))

    def _add(self, words: Sequence[str]) -> None:
        start = len(self._rows)
        while start + len(words) > len(self._lengths):  # doubled, so that few rows are copied
            self._vectors = np.concatenate((self._vectors, np.zeros_like(self._vectors)))
            self._lengths = np.concatenate((self._lengths, np.ones_like(self._lengths)))
        rows = slice(start, start + len(words))
        vectors = self._vectors[rows] = embed_texts(words)
        squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float32)
        self._lengths[rows] = np.sqrt(np.maximum(squares, 1))
        self._rows.update(zip(words, range(start, start + len(words)), strict=True))

    def relate(self, one: Rows, other: Rows) -> Floats:
        """Return the cosine of each two words, by row, 0 for a word without a vector."""
        # products of whole numbers are exact, whatever the machine
        sides = (self._vectors.take(rows, 0).astype(np.float32) for rows in (one, other))
        cosines: Floats = next(sides) @ next(sides).T
        cosines /= self._lengths.take(one)[:, None] * self._lengths.take(other)
        return cosines


_FEW_WORDS = 64  # rows to begin with


@dataclass(frozen=True, eq=False)
class Statement:
    """
    A claim, ready to be compared.

    *roots* are the stems of its tokens. *places* are the tokens of its content words, in order;
    *stems*, *weights* (0 to 1, how rare a word is) and *rows* (in *words*) go with them, and
    *word_at* is the number of each among them. *measures* and *roles* keep what was read of
    its quantities and names, by token.
    """

    features: Features
    lower: Sequence[str]
    roots: tuple[str, ...]
    places: tuple[int, ...]
    stems: tuple[str, ...]
    weights: tuple[float, ...]
    words: Words
    rows: Rows
    word_at: Mapping[int, int]
    measures: dict[int, Measure] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)

    def number_words(self, name: Name) -> range:
        """Return the numbers of the content words of a name."""
        return range(bisect_left(self.places, name.at), bisect_left(self.places, name.end))

    @cached_property
    def named(self) -> Sequence[int]:
        """The numbers of the content words that stand in names."""
        return [
            at
            for name in self.features.names
            if name.sure or find_place(name.words)
            for at in self.number_words(name)
        ]

    @property
    def said(self) -> Line:
        """The words and numbers."""
        places = (at for at, word in enumerate(self.lower) if is_word(word) or word[0].isdigit())
        return _make_line((at, self.roots[at]) for at in places)

    @cached_property
    def actors(self) -> Line:
        """The words, pronouns in one form, without articles and owners' pronouns."""
        heard = ((at, _PRONOUNS.get(stem, stem)) for at, stem in zip(*self.said, strict=True))
        return _make_line((at, stem) for at, stem in heard if stem not in UNSTRESSED)

    @cached_property
    def own_places(self) -> Sequence[int]:
        """The names, by number, of places that not all of the collection is about."""
        return [
            number
            for number, name in enumerate(self.features.names)
            if not _PLACING.isdisjoint(self.lower[max(0, name.at - 2) : name.at])
            and any(self.weights[at] >= _OWN for at in self.number_words(name))
        ]

    @cached_property
    def spellings(self) -> Sequence[Spelling]:
        """The names, as they are compared."""
        return [spell_name(name) for name in self.features.names]

    @cached_property
    def quantities(self) -> Sequence[Quantity]:
        """The quantities, without those that a claim repeats: "Kills 3: gunman kills 3"."""
        told = {
            (one.value, one.unit, *self.lower[max(0, one.at - 1) : one.at]): one
            for one in reversed(self.features.quantities)
        }
        return sorted(told.values(), key=lambda one: one.at)

    @cached_property
    def named_tokens(self) -> frozenset[int]:
        """The tokens of all names."""
        return frozenset(at for name in self.features.names for at in range(name.at, name.end))

    def list_turning(self) -> Iterator[int]:
        """List the tokens that may have an opposite, small words too ("before")."""
        for at, (word, stem) in enumerate(zip(self.lower, self.roots, strict=True)):
            if at in self.word_at or (list_opposites(stem) and word not in NEGATIONS):
                yield at

    @cached_property
    def turned(self) -> frozenset[str]:
        """What may be the opposite of a word, by `list_turned`."""
        return NOTHING.union(*(list_turned(self.lower[at]) for at in self.list_turning()))

    def may_oppose(self, other: "Statement") -> bool:
        """Return whether a word may be the opposite of one of *other*; if not, none is."""
        return _are_said(self.turned, other) or _are_said(other.turned, self)


def _are_said(words: frozenset[str], statement: Statement) -> bool:
    """Return whether a claim has any of *words*, as it is or as a stem."""
    said = (statement.lower, statement.roots)
    return bool(words) and not all(map(words.isdisjoint, said))


def _make_line(words: Iterable[tuple[int, str]]) -> Line:
    kept = list(words)
    return Line(tuple(at for at, _ in kept), tuple(stem for _, stem in kept))


NOTHING: frozenset[str] = frozenset()
# Weight from which a name is none that the whole collection is about.
_OWN = 0.8
_PLACING = read_words("matching.placing_or_of")  # before the name of a place
_PRONOUNS = {"him": "he", "her": "she", "them": "they", "me": "i", "us": "we"}
UNSTRESSED = read_words("matching.unheard")


def read_statements(
    texts: Iterable[str],
    weights: Mapping[str, float] | None = None,
    words: Words | None = None,
) -> list[Statement]:
    """
    Read *texts*; a stem in *weights* (0 to 1) weighs so, others as rare as they are in English.

    Statements that are compared must have their vectors in the same *words*.
    """
    known = words or Words()
    return [_make_statement(read_features(text), weights or {}, known) for text in texts]


def _make_statement(features: Features, weights: Mapping[str, float], words: Words) -> Statement:
    lower = features.tokens.lower
    roots = tuple(map(stem_word, lower))
    places = tuple(list_content(features))
    content = [lower[at] for at in places]
    stems = tuple(roots[at] for at in places)
    heavy = (weights.get(stem) for stem in stems)
    return Statement(
        features,
        lower,
        roots,
        places,
        stems,
        tuple(
            _weigh_word(word) if weight is None else weight
            for word, weight in zip(content, heavy, strict=True)
        ),
        words,
        words.find_rows(content),
        dict(zip(places, range(len(places)), strict=True)),
    )


def list_content(features: Features) -> Iterator[int]:
    """List the tokens that are words with a meaning of their own, outside of values."""
    spans = [(value.at, value.end) for value in features.quantities]
    spans += [(value.at, value.end) for value in features.dates]
    values = {at for first, end in spans for at in range(first, end)}
    for at, word in enumerate(features.tokens.lower):
        if at not in values and word not in SILENT and (is_word(word) or word[0].isdigit()):
            yield at


# Beside the words without content: what only qualifies a number.
SILENT = read_words("function_words.empty") | read_words("matching.qualifying")


@lru_cache(maxsize=65_536)
def _weigh_word(word: str) -> float:
    """Weigh *word* as `weigh_word`, in the precision in which words are paired."""
    return float(np.float32(weigh_word(word)))


@lru_cache(maxsize=65_536)
def weigh_word(word: str) -> float:
    """
    Estimate how rare *word* is in English from its rank in the shipped vocabulary, 0 to 1.

    >>> weigh_word("people") < weigh_word("earthquake") < weigh_word("Kasese".lower())
    True
    """
    pieces = load_pieces().split(word)
    if len(pieces) != 1 or pieces[0] < _FIRST:
        return 1.0
    return max(_LIGHTEST, min(1.0, log(pieces[0] - _FIRST + 2) / log(_LAST - _FIRST)))
