"""Words, numbers and marks of a text, in order: what every reader of facts starts from."""

import re
import unicodedata
from array import array
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from itertools import islice
from sys import intern
from threading import Lock

import snowballstemmer

from claimx.language.disguise import undisguise
from claimx.language.lexicon import (
    ENGLISH,
    IRREGULAR,
    Language,
    behind_any,
    name_language,
    read_others,
    read_words,
)
from claimx.language.marks import blank_marks

_LOOKALIKES = {
    **dict.fromkeys("‘’‚‛′´`ʼ", "'"),
    **dict.fromkeys("‐‑‒–−﹣", "-"),
    **dict.fromkeys("“”„‟«»″", '"'),
    "⁄": "/",
    "×": "x",
    "\u00ad": "",
}
_LOOKALIKE = re.compile(f"[{''.join(_LOOKALIKES)}]")  # faster than to translate each character
_RAISED = re.compile("(?<=[0-9])[²³¹⁰⁴-⁹⁻]+")  # 10² is not 102
_SPACES = re.compile(" {2,}")
_FRACTION = re.compile("[¼-¾⅐-⅞]")  # and 2½ is not 21/2

_TOKEN = re.compile(
    r"""
    [a-z]{2,}+(?!'|[^\W\d_])                                        # most words
    | (?:\d{1,3}(?>(?:[ \u00a0\u2009\u202f]\d{3}(?!\d))+)(?:[.,]\d+)?  # 50 000
    | \d+(?>(?:[.,:/'^]\d+)*))[A-Za-z]*                             # 2.7bn, 80th, 10:30
    | [A-Z][A-Za-z]{0,9}-?\d[A-Za-z0-9]*+                             # SM-6, F-35A, COVID-19
    | [^\W\d_](?>(?:\.[^\W\d_])+)\.?                                   # U.S., p.m.
    | [^\W\d_]++(?:'[^\W\d_]++)*                                      # words, don't, O'Brien
    | (?:US|[A-Z])?[$€£¥₹₩₽] | [%‰°+~<>≥≤±]
    | [.,;:!?()"…\n—\[\]-]
    """,
    re.VERBOSE,
)

_SOME_POINT = re.compile(r"\.(?=\d)(?<!\d\.)")  # found in no time, where there is one at all
# ".41" is 0.41, also where the space before it was lost ("to.519").
_BARE_POINT = re.compile(
    rf"(?<![\w.,])\.(?=\d)|{behind_any('numbers.before_decimals', touching=True)}\.(?=\d)",
    re.IGNORECASE,
)

_stemmer = snowballstemmer.stemmer("english")
_stemming = Lock()  # the stemmer keeps the word that it is at; threads must take turns


class Tokens:
    """The tokens of a text: *words* as written, *lower* for look-ups, *starts* in *text*."""

    def __init__(self, text: str, words: list[str]) -> None:
        self.text = text
        self.words = words
        self.lower = list(map(_lower_word, words))

    @cached_property
    def starts(self) -> "array[int]":
        """Where each token begins; a character that can begin a token is never between two."""
        starts, end = array("I"), 0
        for word in self.words:
            starts.append(self.text.index(word, end))
            end = starts[-1] + len(word)
        return starts

    def slice(self, first: int, end: int) -> str:
        """Cut tokens *first* to *end* (exclusive) out of the text, with what is between them."""
        return self.text[self.starts[first] : self.starts[end - 1] + len(self.words[end - 1])]


def plain(text: str) -> str:
    """
    Replace typographic quotes, dashes, digits and disguises by plain ones; length may change.

    Unlike folding it keeps capitals, which identify names.
    """
    if text.isascii():
        return text
    text = undisguise(text)
    text = _RAISED.sub(lambda run: "^" + run[0], _FRACTION.sub(r" \g<0>", text))
    return _replace_lookalikes(unicodedata.normalize("NFKC", _replace_lookalikes(text)))


def _replace_lookalikes(text: str) -> str:
    return _LOOKALIKE.sub(lambda found: _LOOKALIKES[found[0]], text)


def tokenize(text: str) -> Tokens:
    """Split *text* into words, numbers, codes such as SM-6, and marks; not of notes or links."""
    shown = blank_marks(text)
    text = plain(text if shown == text else _SPACES.sub(" ", shown))
    text = _SOME_POINT.sub(lambda point: _write_point(text, point.start()), text)
    return Tokens(text, list(_find_tokens(text)))


_WINDOW = 10_000


def _find_tokens(text: str) -> Iterator[str]:
    """Find the tokens of *text*, some lines at a time; equal ones are one string."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _WINDOW) + 1 or len(text)
        yield from map(intern, _TOKEN.findall(text, start, end))
        start = end


def _write_point(text: str, at: int) -> str:
    return " 0." if _BARE_POINT.match(text, at) else "."


@lru_cache(maxsize=65_536)
def _lower_word(word: str) -> str:
    """Lower *word* for looking up, a possessive cut."""
    return intern(word.lower().removesuffix("'s"))


def stem_word(word: str) -> str:
    """Strip the endings of an English *word*, irregular forms included ("fell" is "fall")."""
    return word if len(word) > _LONGEST_WORD else _stem(word)


# Nothing longer is a word to be stemmed, or worth keeping in memory.
_LONGEST_WORD = 40


@lru_cache(maxsize=65_536)  # once a text has more words than this, each pass stems all anew
def _stem(word: str) -> str:
    with _stemming, suppress(UnicodeEncodeError):  # half a character: no word has one
        return str(_stemmer.stemWord(IRREGULAR.get(word, word)))
    return word


def is_word(token: str) -> bool:
    """Return whether *token* is a word, not a number or a mark."""
    return token[0].isalpha()


_ENGLISH = read_words("function_words.telling")


def reads_as_english(tokens: Tokens) -> bool:
    """
    Guess by its small words whether a text is English; too short to say counts as English.

    Text mostly in another alphabet is not.
    """
    return guess_language(tokens) == ENGLISH


def guess_language(tokens: Tokens) -> Language:
    """
    Guess the language of a text by its small words; see `reads_as_english`.

    >>> guess_language(tokenize("Die Fähre ist nicht mit der Post gekommen.")).name
    'German'
    """
    words = list(islice(filter(is_word, tokens.lower), _GUESSED_BY))
    latin = sum(word[0] < "\u0250" for word in words)
    others = read_others("small_words")
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _list_foreign() for word in words)
    if 2 * latin >= len(words) and english >= foreign:
        return ENGLISH
    counts = {code: sum(word in known for word in words) for code, known in others.items()}
    best = max(counts, key=counts.__getitem__)
    return name_language(best) if 2 * counts[best] > foreign > 0 else name_language("")


@cache
def _list_foreign() -> frozenset[str]:
    return frozenset[str]().union(*read_others("small_words").values())


_GUESSED_BY = 400  # words: more tell no more
