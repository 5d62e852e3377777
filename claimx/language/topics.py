"""Tell whether a text says all of some words, in whatever form."""

from collections.abc import Iterator
from typing import NamedTuple

from claimx.errors import InputError
from claimx.language.names import fold_letters
from claimx.language.tokens import is_word, stem_word, tokenize


class Topic(NamedTuple):
    """Words that a text must say: *names* as they are written, *stems* in any form."""

    names: frozenset[str]
    stems: frozenset[str]

    def is_said_in(self, text: str) -> bool:
        """
        Return whether *text* says all of the words.

        >>> read_topic("bridge close US").is_said_in("The U.S. closed two bridges.")
        True
        >>> read_topic("bridge close US").is_said_in("They made us close the bridge.")
        False
        """
        names: set[str] = set()
        stems: set[str] = set()
        for name, own in _read_words(text):
            names.add(name)
            stems.update(own)
        return self.names <= names and self.stems <= stems


def read_topic(words: str) -> Topic:
    """
    Read the *words* of a topic; one with a capital is a name.

    >>> sorted(read_topic("Rose's roses, 50,000").stems), sorted(read_topic("Rose's roses").names)
    (['50000', 'rose'], ['Rose'])

    Raises:
        InputError: If there is none.
    """
    names: set[str] = set()
    stems: set[str] = set()
    for name, own in _read_words(words):
        if name[0].isupper():
            names.add(name)
        else:
            stems.add(own[0])
    if not names and not stems:
        raise InputError(f"{words!r}: has no word. Name one that the claims say.")
    return Topic(frozenset(names), frozenset(stems))


def _read_words(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each word and number of *text* as written, and its stem; of a code its parts too."""
    tokens = tokenize(text)
    for word, lower in zip(tokens.words, tokens.lower, strict=True):
        if word[0].isdigit():
            number = "".join(lower.replace(",", "").split())
            yield number, (number,)
        elif is_word(word) and (name := fold_letters(word[: len(lower)])):
            parts = tokenize(lower).lower if any(map(str.isdigit, word)) else ()
            yield name, (stem_word(fold_letters(lower)), *parts)
