"""Cues: words that change what the words after them state, each with its scope."""

from typing import Literal, NamedTuple

from claimx.language.lexicon import FUNCTION_WORDS, read_words
from claimx.language.sentence_ends import ENDING_TOKENS
from claimx.language.tokens import Tokens, is_word

CueKind = Literal[
    "negation",
    "planned",
    "unrealised",
    "considered",
    "sought",
    "wished",
    "potential",
    "chance",
    "seeming",
    "announced",
    "judged",
]


class Cue(NamedTuple):
    """
    A negation or a cue of modality, as written, in the tokens *at* to *end* (exclusive).

    *scope* are the words in its scope, in lower case, nearest first; *places* are the
    indexes of their tokens.
    """

    word: str
    at: int
    end: int
    kind: CueKind
    scope: tuple[str, ...]
    places: tuple[int, ...]


# The scope is the clause's next few content words; a wider one only adds noise.
_REACH = 4
_STOPS = ENDING_TOKENS | frozenset(":()") | read_words("function_words.contrasts")


def read_cue(tokens: Tokens, at: int, width: int, kind: CueKind) -> Cue:
    """Read the cue of *width* tokens at *at*, with its scope."""
    lower = tokens.lower
    places: list[int] = []
    for place in range(at + width, min(at + width + 12, len(lower))):
        word = lower[place]
        if word in _STOPS or (word == "," and places) or len(places) == _REACH:
            break
        if (is_word(word) and word not in FUNCTION_WORDS) or word[0].isdigit():
            places.append(place)
    scope = tuple(lower[place] for place in places)
    return Cue(tokens.slice(at, at + width), at, at + width, kind, scope, tuple(places))
