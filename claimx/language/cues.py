"""Find negation ("not", "refused") and hedges ("may", "plans to"), each with its scope."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from claimx.language.lexicon import (
    FUNCTION_WORDS,
    NEEDS_TO,
    NEGATION_PAIRS,
    NEGATIONS,
    NOT_NEGATIONS,
    PLANNED,
    POSSIBLE,
    QUANTITY_WORDS,
)
from claimx.language.tokens import Tokens, is_word

Certainty = Literal["asserted", "planned", "possible"]


class Cue(NamedTuple):
    """
    A negation or hedge, which changes what the words after it state.

    *scope* are the words in its scope, in lower case, nearest first; *places* are the
    indexes of their tokens. *at* is the index of the cue itself. *certainty* is
    "asserted" for a negation.
    """

    word: str
    at: int
    scope: tuple[str, ...]
    places: tuple[int, ...]
    certainty: Certainty = "asserted"


# The scope is the clause's next few content words; a wider one only adds noise.
_REACH = 4
_STOPS = frozenset((*".;:!?()\n—…", "but", "although", "though", "because"))


def read_negations(tokens: Tokens) -> tuple[Cue, ...]:
    """Find the negations in *tokens*."""
    lower = tokens.lower
    return tuple(
        _read_cue(tokens, at, width)
        for at, word in enumerate(lower)
        if (width := _negation_width(lower, at, word))
    )


def _negation_width(lower: Sequence[str], at: int, word: str) -> int:
    """Count the tokens of the negation that starts at *at*; 0 if there is none."""
    if word in NEGATIONS or word.endswith("n't"):
        pair = f"{word}|{lower[at + 1]}" if at + 1 < len(lower) else ""
        before = f"{lower[at - 1]}|{word}" if at else ""
        return 0 if pair in NOT_NEGATIONS or before == "or|not" else 1
    if word in _PAIR_STARTS and at + 1 < len(lower):
        return 2 if f"{word}|{lower[at + 1]}" in NEGATION_PAIRS else 0
    return 0


_PAIR_STARTS = frozenset(pair.partition("|")[0] for pair in NEGATION_PAIRS)


def read_hedges(tokens: Tokens) -> tuple[Cue, ...]:
    """Find the hedges in *tokens*, which make what follows a plan or a possibility."""
    lower = tokens.lower
    return tuple(
        _read_cue(tokens, at, 1, certainty)
        for at, word in enumerate(lower)
        if word in _HEDGES and (certainty := _hedge_certainty(tokens, at))
    )


_HEDGES = POSSIBLE | PLANNED | NEEDS_TO


def _hedge_certainty(tokens: Tokens, at: int) -> Certainty | None:
    lower, word = tokens.lower, tokens.lower[at]
    if word in NEEDS_TO and not (at + 1 < len(lower) and _leads_to(lower, at)):
        return None
    if word in ("may", "will") and tokens.words[at][0].isupper():
        return None  # the month, and the name
    if word.startswith("weigh") and _is_heavy(lower[at + 1 : at + 2]):
        return None
    if word == "likely" and at and lower[at - 1] in ("more", "less", "most", "least"):
        return None  # compares
    advice = word == "consider" and tokens.words[at][0] == "C"  # "Consider using ..."
    if advice or (word == "considered" and lower[at + 1 : at + 2] in (["a"], ["an"], ["the"])):
        return None
    return "possible" if word in POSSIBLE else "planned"


def _is_heavy(after: Sequence[str]) -> bool:
    """Distinguish "weighs 200 grams" (true) from "weighs a plan"."""
    return any(word[0].isdigit() or word in _SCALES for word in after)


# Words after "weighs" that introduce a weight; otherwise an option is being weighed.
_SCALES = frozenset(("in", "about", "around", "over", "under", "nearly", "almost", *QUANTITY_WORDS))


def _leads_to(lower: Sequence[str], at: int) -> bool:
    """Distinguish "asked Japan to pay" and "agreed to pay" (true) from "a set of rules"."""
    return "to" in lower[at + 1 : at + 2] or (
        lower[at] not in ("set", "going", "ready", "about")
        and ("to" in lower[at + 2 : at + 5] or "that" in lower[at + 1 : at + 2])
    )


def _read_cue(tokens: Tokens, at: int, width: int, certainty: Certainty = "asserted") -> Cue:
    lower = tokens.lower
    places: list[int] = []
    for place in range(at + width, min(at + width + 12, len(lower))):
        word = lower[place]
        if word in _STOPS or (word == "," and places) or len(places) == _REACH:
            break
        if (is_word(word) and word not in FUNCTION_WORDS) or word[0].isdigit():
            places.append(place)
    scope = tuple(lower[place] for place in places)
    return Cue(tokens.slice(at, at + width), at, scope, tuple(places), certainty)


def find_certainty(hedges: Sequence[Cue]) -> Certainty:
    """Return the weakest certainty among *hedges*."""
    levels = {hedge.certainty for hedge in hedges}
    return "possible" if "possible" in levels else "planned" if levels else "asserted"
