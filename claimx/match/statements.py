"""
Parse claims for comparison: content words with weights and vectors.

Quantities and dates are not among the words: they are compared as values.
"""

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.language.features import Features, Quantity, read_features, stem_word
from claimx.language.lexicon import NEGATIONS, read_words
from claimx.language.names import Name, Spelling, find_place, spell_name
from claimx.language.opposites import list_opposites, list_turned
from claimx.language.spoken import Spoken, read_spoken
from claimx.language.tokens import is_word
from claimx.match.embed import embed_texts, load_pieces

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

# Of the vocabulary, sorted by frequency: its first whole word, and about its last.
_FIRST, _LAST = 1996, 30_522


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
        mine = self._vectors.take(one, 0).astype(np.float32)
        cosines: Floats = mine @ self._vectors.take(other, 0).astype(np.float32).T
        cosines /= self._lengths.take(one)[:, None] * self._lengths.take(other)
        return cosines


_FEW_WORDS = 64  # rows to begin with


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """
    A claim, ready to be compared.

    *lower* and *roots* are its tokens in lower case and their stems. *places* are the tokens of
    its content words, in order; *stems*, *weights* (0 to 1, how rare a word is) and *rows* (in
    *words*) go with them, and *word_at* is the number of each among them. *named* are the
    numbers of those that stand in names, *spellings* the names as they are compared, and
    *own_places* the numbers of names of places that not all of the collection is about.
    *quantities* are without those that it repeats: "Kills 3: gunman kills 3". *turned* are the
    words that its own may be opposites of, by `list_turned`, and *spoken* what it speaks of
    without stating it. *measures* and *roles* keep what was read of its quantities and names, by
    token.
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
    named: tuple[int, ...]
    named_tokens: frozenset[int]
    spellings: tuple[Spelling, ...]
    own_places: tuple[int, ...]
    quantities: tuple[Quantity, ...]
    turned: tuple[frozenset[str], ...]
    spoken: tuple[Spoken, ...]
    measures: dict[int, Measure] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)

    def number_words(self, name: Name) -> range:
        """Return the numbers of the content words of a name."""
        return _number_words(self.places, name)

    def list_said(self) -> Line:
        """List the words and numbers."""
        places = (at for at, word in enumerate(self.lower) if is_word(word) or word[0].isdigit())
        return _make_line((at, self.roots[at]) for at in places)

    def list_actors(self) -> Line:
        """List the words, pronouns in one form, without articles and owners' pronouns."""
        said = zip(*self.list_said(), strict=True)
        heard = ((at, _PRONOUNS.get(stem, stem)) for at, stem in said)
        return _make_line((at, stem) for at, stem in heard if stem not in UNSTRESSED)

    def may_act(self, other: "Statement") -> bool:
        """Return whether *other* may have the same actors; if not, a word of this one is odd."""
        return HEARD.issuperset(set(self.stems).difference(other.roots))

    def list_turning(self) -> Iterator[int]:
        """List the tokens that may have an opposite, small words too ("before")."""
        return _list_turning(self.lower, self.roots, self.word_at)

    def may_oppose(self, other: "Statement") -> bool:
        """Return whether a word may be the opposite of one of *other*; if not, none is."""
        return _are_said(self.turned, other) or _are_said(other.turned, self)


def _number_words(places: Sequence[int], name: Name) -> range:
    return range(bisect_left(places, name.at), bisect_left(places, name.end))


def _list_turning(
    lower: Sequence[str], roots: Sequence[str], content: Container[int]
) -> Iterator[int]:
    for at, (word, stem) in enumerate(zip(lower, roots, strict=True)):
        if at in content or (list_opposites(stem) and word not in NEGATIONS):
            yield at


def _are_said(turned: Sequence[frozenset[str]], statement: Statement) -> bool:
    """Return whether a claim has any of the words in *turned*, as it is or as a stem."""
    for words in turned:
        if not (words.isdisjoint(statement.lower) and words.isdisjoint(statement.roots)):
            return True
    return False


def _make_line(words: Iterable[tuple[int, str]]) -> Line:
    kept = list(words)
    return Line(tuple(at for at, _ in kept), tuple(stem for _, stem in kept))


# Weight from which a name is none that the whole collection is about.
_OWN = 0.8
_PLACING = read_words("matching.placing_or_of")  # before the name of a place
_PRONOUNS = {"him": "he", "her": "she", "them": "they", "me": "i", "us": "we"}
UNSTRESSED = read_words("matching.unheard")
HEARD = UNSTRESSED.union(
    *_PRONOUNS.items()
)  # words that may be among actors in no form, or another


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
    names = features.names
    roots = tuple(map(stem_word, lower))
    # "US" is a name, "us" is silent
    silent = {name.at for name in names if name.sure and lower[name.at] in SILENT}
    places = tuple(sorted(silent.union(list_content(features))))
    content = [lower[at] for at in places]
    stems = tuple([roots[at] for at in places])
    heavy = tuple(
        [
            _weigh_word(word) if (weight := weights.get(stem)) is None else weight
            for word, stem in zip(content, stems, strict=True)
        ]
    )
    word_at = {place: at for at, place in enumerate(places)}
    numbers = [_number_words(places, name) for name in names]
    sure = [name.sure or bool(find_place(name.words)) for name in names]
    turning = _list_turning(lower, roots, word_at)
    return Statement(
        features=features,
        lower=lower,
        roots=roots,
        places=places,
        stems=stems,
        weights=heavy,
        words=words,
        rows=words.find_rows(content),
        word_at=word_at,
        named=tuple([at for some in compress(numbers, sure) for at in some]),
        named_tokens=frozenset([at for name in names for at in range(name.at, name.end)]),
        spellings=tuple(map(spell_name, names)),
        own_places=tuple(
            [
                number
                for number, name in enumerate(names)
                if not _PLACING.isdisjoint(lower[max(0, name.at - 2) : name.at])
                and any(heavy[at] >= _OWN for at in numbers[number])
            ]
        ),
        quantities=_drop_repeated(features),
        turned=tuple(filter(None, [list_turned(lower[at]) for at in turning])),
        spoken=read_spoken(features.tokens),
    )


def _drop_repeated(features: Features) -> tuple[Quantity, ...]:
    """Leave out the quantities that a claim repeats."""
    if len(features.quantities) < 2:
        return features.quantities
    lower = features.tokens.lower
    told = {
        (one.value, one.unit, *lower[max(0, one.at - 1) : one.at]): one
        for one in reversed(features.quantities)
    }
    return tuple(sorted(told.values(), key=lambda one: one.at))


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
    return min(1.0, log(pieces[0] - _FIRST + 2) / log(_LAST - _FIRST))
