"""
Represent a text as words, each traceable to the characters it comes from.

Alignment compares words. In scripts without spaces each character is a word,
together with its combining marks.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from itertools import accumulate

from claimx.language.text import Folded

_MARKS = "".join(
    chr(code)
    for low, high in ((0x300, 0x3100), (0xA660, 0xAC00), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30))
    for code in range(low, high)
    if unicodedata.category(chr(code))[0] == "M"
)
_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_SOUTH_EAST_ASIAN = "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0edf\u1000-\u109f\u1780-\u17d7"
_UNSPACED = _IDEOGRAPHS + _SOUTH_EAST_ASIAN
_LETTER = rf"[^\W_{_UNSPACED}]"
# Apostrophes inside words and separators inside numbers belong to them. Two signs of Burmese
# and Khmer stack the next consonant below the one before.
_WORD = re.compile(
    rf"{_LETTER}++(?>(?:(?:[{_MARKS}]++|'(?={_LETTER})|(?<=[0-9])[.,](?=[0-9])){_LETTER}*+)*)"
    rf"|[{_UNSPACED}](?>(?:[\u1039\u17d2][{_UNSPACED}]|[{_MARKS}])*)"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_IS_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_IS_SOUTH_EAST_ASIAN = re.compile(f"[{_SOUTH_EAST_ASIAN}]")
_NOT_LETTERS = {ord(mark): None for mark in "'.,"}


class Wording:
    """
    A text as *words*; *starts* are their offsets in the folded text.

    The words are taken from *shown*, a copy of the same length with parts blanked, if given.

    *letters* joins the words without anything between or inside them, so that
    "U. S." and "U.S." are the same; word number i begins at the i-th of *at*.
    """

    __slots__ = ("_spelt", "at", "folded", "letters", "source", "starts", "words")

    def __init__(self, source: str, shown: str | None = None) -> None:
        self.source = source
        self.folded = Folded(source if shown is None else shown)
        self.words: list[str] = []
        self.starts = array("L")
        for match in _WORD.finditer(self.folded.text):
            self.words.append(match[0])
            self.starts.append(match.start())
        self._spelt = [w if w.isalnum() else w.translate(_NOT_LETTERS) for w in self.words]
        self.letters = "".join(self._spelt)
        self.at = array("L", accumulate(map(len, self._spelt), initial=0))

    def list_keys(self) -> list[str]:
        """
        Return the key by which each word can be looked up: the word itself.

        In scripts without spaces single characters are too common; there a key is as
        many of them as distinguish places: two ideographs, four letters of Thai. The
        last characters of a text then have no key ("").
        """
        if not _HAS_UNSPACED.search(self.letters):
            return self._spelt
        ends = (word + self._key_width(word) for word in range(len(self.words)))
        last, at = len(self.words), self.at
        return [
            self.letters[at[word] : at[end]] if end <= last else "" for word, end in enumerate(ends)
        ]

    def end(self, word: int) -> int:
        """Return the offset in the folded text at which word *word* ends."""
        return self.starts[word] + len(self.words[word])

    def between(self, left: int, right: int) -> str:
        """Return the folded text from the end of word *left* to the start of word *right*."""
        return self.folded.text[self.end(left) : self.starts[right]]

    def find_word(self, letter: int) -> tuple[int, bool]:
        """Return the index of the first word not before *letter*, and whether it begins there."""
        word = bisect_left(self.at, letter)
        return word, self.at[word] == letter

    def find_letter(self, offset: int) -> int:
        """Return the offset in *letters* of the first word at or after *offset* of the source."""
        return self.at[bisect_left(self.starts, self.folded.find(offset))]

    def is_capitalised(self, word: int) -> bool:
        """Return whether the source writes word number *word* with a capital."""
        return self.source[self.folded.trace(self.starts[word])].isupper()

    def _key_width(self, word: int) -> int:
        first = self.words[word][0]
        if _IS_IDEOGRAPH.match(first):
            return 2
        return 4 if _IS_SOUTH_EAST_ASIAN.match(first) else 1
