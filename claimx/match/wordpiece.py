"""
Split text into the word pieces of BERT's uncased vocabulary.

The tokenizers package does this too, but brings a client of a model hub with
it, and claimx fetches nothing at run time. Checked against that package in the
benchmarks of the weights.

Source: Devlin et al. 2019, basic tokenizer and greedy longest-match WordPiece.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100  # characters; longer ones are unknown, as in BERT
_WORDS = re.compile(r"[^\W_]+|[^\s]")


class WordPiece:
    """A vocabulary, ready to split words; every word is split once."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._ids = {piece: at for at, piece in enumerate(pieces)}
        self.unknown = self._ids[UNKNOWN]
        self.start, self.end = self._ids[START], self._ids[END]
        self._split_word = lru_cache(maxsize=200_000)(self._split_unseen)

    def split(self, text: str) -> list[int]:
        """Return the ids of the pieces of *text*, without start and end."""
        return [one for word in list_words(text) for one in self._split_word(word)]

    def _split_unseen(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self.unknown,)
        pieces: list[int] = []
        at = 0
        while at < len(word):
            found = self._find_longest(word, at)
            if found is None:
                return (self.unknown,)
            piece, at = found
            pieces.append(piece)
        return tuple(pieces)

    def _find_longest(self, word: str, at: int) -> tuple[int, int] | None:
        for end in range(len(word), at, -1):
            piece = self._ids.get(("##" if at else "") + word[at:end])
            if piece is not None:
                return piece, end
        return None


def list_words(text: str) -> list[str]:
    """
    List words and punctuation, lower case, without accents.

    >>> list_words("Café, the U.S.")
    ['cafe', ',', 'the', 'u', '.', 's', '.']
    """
    plain = text.lower()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFD", plain)
        plain = "".join(one for one in decomposed if unicodedata.category(one) != "Mn")
    return _WORDS.findall(plain)
