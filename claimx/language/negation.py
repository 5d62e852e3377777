"""Find negations ("not", "refused"), each with its scope."""

from collections.abc import Sequence

from claimx.language.cues import Cue, read_cue
from claimx.language.lexicon import NEGATION_PAIRS, NEGATIONS, NOT_NEGATIONS, read_words
from claimx.language.tokens import Tokens


def read_negations(tokens: Tokens) -> tuple[Cue, ...]:
    """Find the negations in *tokens*."""
    lower = tokens.lower
    return tuple(
        read_cue(tokens, at, width, "negation")
        for at, word in enumerate(lower)
        if (width := _negation_width(lower, at, word))
    )


def _negation_width(lower: Sequence[str], at: int, word: str) -> int:
    """Count the tokens of the negation that starts at *at*; 0 if there is none."""
    if word in NEGATIONS or word.endswith("n't"):
        said = "not" if word.endswith("n't") else word
        pair = f"{said}|{lower[at + 1]}" if at + 1 < len(lower) else ""
        before = f"{lower[at - 1]}|{word}" if at else ""
        return 0 if pair in NOT_NEGATIONS or before == "or|not" else 1
    if word in _TURNING_DOWN:
        return _rejection_width(lower, at)
    if word in _PAIR_STARTS and at + 1 < len(lower):
        return 2 if f"{word}|{lower[at + 1]}" in NEGATION_PAIRS else 0
    return 0


def _rejection_width(lower: Sequence[str], at: int) -> int:
    """Count the tokens of "rejected claims that", "dismissed the idea that"; 0 for all else."""
    noun = at + 2 if lower[at + 1 : at + 2] and lower[at + 1] in _BEFORE_NOUNS else at + 1
    is_told = lower[noun + 1 : noun + 2] == ["that"] and lower[noun] in _TURNED_DOWN
    return noun + 2 - at if is_told else 0


_TURNING_DOWN = read_words("negation.turning_down")
_TURNED_DOWN = read_words("negation.turned_down")
_BEFORE_NOUNS = read_words("function_words.determiners")
_PAIR_STARTS = frozenset(pair.partition("|")[0] for pair in NEGATION_PAIRS)
