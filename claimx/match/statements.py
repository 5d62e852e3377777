"""
Read claims into what contrasting them needs: content words, weighed, each with a vector.

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
from claimx.language.names import Spelling, find_place, spell_name
from claimx.language.opposites import list_opposites, list_turned
from claimx.language.tokens import is_word
from claimx.match.embed import Vectors, embed_texts, load_pieces

Floats = NDArray[np.float32]

# Of the vocabulary, sorted by frequency: its first whole word, and about its last.
_FIRST, _LAST = 1996, 30_522
_LIGHTEST = 0.15


class Measure(NamedTuple):
    """What a number measures: the tokens of what it counts, and of what happens to it."""

    things: tuple[int, ...]
    predicate: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.things or self.predicate)


class Line(NamedTuple):
    """Words of a claim in order: their tokens and stems; *ordered* are the stems, sorted."""

    places: tuple[int, ...]
    stems: tuple[str, ...]
    ordered: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Statement:
    """
    A claim, ready to contrast.

    *places* are the tokens of its content words, in order; *stems*, *weights*
    (0 to 1, how rare a word is) and *vectors* (whole numbers) go with them.
    *measures* keeps what was read of its quantities, by token.
    """

    features: Features
    places: tuple[int, ...]
    stems: tuple[str, ...]
    weights: Floats
    vectors: Vectors
    measures: dict[int, Measure] = field(default_factory=dict)

    @cached_property
    def lengths(self) -> Floats:
        """The lengths of the vectors, 1 for a word without one."""
        squares = np.einsum("ij,ij->i", self.vectors, self.vectors, dtype=np.float32)
        lengths: Floats = np.sqrt(np.maximum(squares, 1))
        return lengths

    @cached_property
    def lower(self) -> Sequence[str]:
        """The tokens in lower case."""
        return self.features.tokens.lower

    @cached_property
    def word_at(self) -> Mapping[int, int]:
        """For each token that is a content word, its number among them."""
        return {place: at for at, place in enumerate(self.places)}

    @cached_property
    def known(self) -> frozenset[str]:
        """The stems of all tokens."""
        return frozenset(map(stem_word, self.lower))

    @cached_property
    def stem_at(self) -> Mapping[str, Sequence[int]]:
        """For each stem, the numbers of the content words that have it."""
        numbers: dict[str, list[int]] = {}
        for at, stem in enumerate(self.stems):
            numbers.setdefault(stem, []).append(at)
        return numbers

    @cached_property
    def name_words(self) -> Sequence[Sequence[int]]:
        """For each name, the numbers of its content words."""
        places = self.places
        return [
            range(bisect_left(places, name.at), bisect_left(places, name.end))
            for name in self.features.names
        ]

    @cached_property
    def named(self) -> NDArray[np.intp]:
        """The numbers of the content words that stand in names."""
        numbers = [
            at
            for name, words in zip(self.features.names, self.name_words, strict=True)
            if name.sure or find_place(name.words)
            for at in words
        ]
        return np.asarray(numbers, np.intp)

    @cached_property
    def said(self) -> Line:
        """The words and numbers."""
        places = (at for at, word in enumerate(self.lower) if is_word(word) or word[0].isdigit())
        return _make_line((at, stem_word(self.lower[at])) for at in places)

    @cached_property
    def actors(self) -> Line:
        """The words, pronouns in one form, without articles and owners' pronouns."""
        words = zip(*self.said[:2], strict=True)
        heard = ((at, _PRONOUNS.get(stem, stem)) for at, stem in words)
        return _make_line((at, stem) for at, stem in heard if stem not in UNSTRESSED)

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

    @cached_property
    def heavy(self) -> Sequence[float]:
        """The weights, as a list."""
        weights: list[float] = self.weights.tolist()
        return weights

    @cached_property
    def turning(self) -> Mapping[int, str]:
        """The stems, by token, of words that may have an opposite, small words too ("before")."""
        stems = ((at, word, stem_word(word)) for at, word in enumerate(self.lower))
        return {
            at: stem
            for at, word, stem in stems
            if at in self.word_at or (list_opposites(stem) and word not in NEGATIONS)
        }

    @cached_property
    def turned(self) -> frozenset[str]:
        """What may be the opposite of a word, by `list_turned`."""
        return NOTHING.union(*(list_turned(self.lower[at]) for at in self.turning))

    @cached_property
    def forms(self) -> frozenset[str]:
        """The words that may have an opposite, and their stems."""
        return frozenset(self.lower[at] for at in self.turning).union(self.turning.values())

    def may_oppose(self, other: "Statement") -> bool:
        """Tell whether a word may be the opposite of one of *other*; if not, none is."""
        return not (self.turned.isdisjoint(other.forms) and other.turned.isdisjoint(self.forms))


def _make_line(words: Iterable[tuple[int, str]]) -> Line:
    kept = list(words)
    stems = tuple(stem for _, stem in kept)
    return Line(tuple(at for at, _ in kept), stems, tuple(sorted(stems)))


NOTHING: frozenset[str] = frozenset()
_PRONOUNS = {"him": "he", "her": "she", "them": "they", "me": "i", "us": "we"}
UNSTRESSED = read_words("matching.unheard")


def read_statements(
    texts: Sequence[str], weights: Mapping[str, float] | None = None
) -> list[Statement]:
    """
    Read *texts*; a stem in *weights* (0 to 1) weighs so, others as rare as they are in English.

    Words seen before are not embedded again.
    """
    features = [read_features(text) for text in texts]
    kept = [tuple(list_content(one)) for one in features]
    return [
        _make_statement(one, places, weights or {})
        for one, places in zip(features, kept, strict=True)
    ]


def _make_statement(
    features: Features, places: tuple[int, ...], weights: Mapping[str, float]
) -> Statement:
    lower = features.tokens.lower
    stems = tuple(stem_word(lower[at]) for at in places)
    heavy = [
        weights.get(stem, weigh_word(lower[at])) for at, stem in zip(places, stems, strict=True)
    ]
    rows = [_embed_word(lower[at]) for at in places] or embed_texts(())
    return Statement(features, places, stems, np.asarray(heavy, np.float32), np.asarray(rows))


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


@lru_cache(maxsize=16_384)
def _embed_word(word: str) -> Vectors:
    row: Vectors = embed_texts([word])[0]
    return row
