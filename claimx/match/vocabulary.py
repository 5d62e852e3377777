"""
Read texts into keys, and number the keys of all of them.

Parts of a collection are read apart. What each found is joined without regard to which part a
text was in, so the numbers depend on the texts alone.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.match.embed import Vectors, embed_texts
from claimx.match.encode import DATE, QUANTITY, read_text
from claimx.match.rows import Floats, Ints, KeyRows, Longs, number_keys
from claimx.match.statements import weigh_word

TOLD_EVERY = 1000  # texts read, between two words on progress

Flags = NDArray[np.bool_]


class Found(NamedTuple):
    """The keys of some texts, in how many of them each is, and the first word for each."""

    keys: Sequence[str]
    words: Sequence[str]
    counts: Sequence[int]


class Readings(NamedTuple):
    """The keys of some texts, as positions in *found*: text *i* has ``sizes[i]`` of *ids*."""

    sizes: Sequence[int]
    ids: Ints
    found: Found


class Vocabulary(NamedTuple):
    """
    Keys of a collection from the rarest on, ties by their spelling, and what is known of each.

    *counts* says in how many texts each is, *usual* how rare it is in English, 0 to 1.
    """

    keys: Sequence[str]
    words: Sequence[str]
    counts: Longs
    usual: Floats
    vectors: Vectors


def read_texts(texts: Iterable[str]) -> Readings:
    """Read *texts* into keys, each key of a text once."""
    numbers: dict[str, int] = {}
    words: list[str] = []
    sizes: list[int] = []
    ids: list[int] = []
    for text in texts:
        reading = read_text(text)
        first: dict[str, str] = {}
        for key, word in zip(reading.keys, reading.words, strict=True):
            first[key] = min(word, first.get(key, word))
        for key, word in first.items():
            number = numbers.setdefault(key, len(words))
            if number == len(words):
                words.append(word)
            else:
                words[number] = min(word, words[number])
            ids.append(number)
        sizes.append(len(first))
    numbered = np.asarray(ids, np.int32)
    counts = np.bincount(numbered, minlength=len(words)).tolist()
    return Readings(sizes, numbered, Found(list(numbers), words, counts))


def join_found(parts: Iterable[Found]) -> Vocabulary:
    """Join what was found in the parts of a collection."""
    counts: dict[str, int] = {}
    words: dict[str, str] = {}
    for part in parts:
        for key, word, count in zip(*part, strict=True):
            counts[key] = counts.get(key, 0) + count
            known = words.get(key)
            if known is None or word < known:
                words[key] = word
    keys = sorted(counts, key=lambda key: (counts[key], key))
    values = [is_value(key) for key in keys]
    shown = [words[key] for key in keys]
    usual = (1.0 if value else weigh_word(word) for word, value in zip(shown, values, strict=True))
    vectors = embed_texts(
        ["" if value else word for word, value in zip(shown, values, strict=True)]
    )
    return Vocabulary(
        keys,
        shown,
        np.fromiter((counts[key] for key in keys), np.int64, len(keys)),
        np.fromiter(usual, np.float64, len(keys)),
        vectors,
    )


def is_value(key: str) -> bool:
    """Return whether *key* is of a quantity or a date."""
    return key[0] in (QUANTITY, DATE)


def is_date(key: str) -> bool:
    """Return whether *key* is of a date."""
    return key[0] == DATE


def find_keys(found: Found, vocabulary: Vocabulary) -> Ints:
    """Return the number in *vocabulary* of each key that was found."""
    numbers = {key: at for at, key in enumerate(vocabulary.keys)}
    return np.fromiter((numbers[key] for key in found.keys), np.int32, len(found.keys))


def number_readings(readings: Readings, numbers: Ints, counts: Longs) -> KeyRows:
    """
    Number the keys of *readings* as in the vocabulary.

    *numbers* are those of the keys that were found, *counts* of all keys of the vocabulary.
    """
    return number_keys(readings.sizes, numbers[readings.ids], counts)
