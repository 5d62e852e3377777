"""Find negations ("not", "refused"), each with its scope."""

from collections.abc import Sequence

from claimx.language.cues import Cue, read_cue
from claimx.language.lexicon import NEGATION_PAIRS, NEGATIONS, NOT_NEGATIONS
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
    if word in _PAIR_STARTS and at + 1 < len(lower):
        return 2 if f"{word}|{lower[at + 1]}" in NEGATION_PAIRS else 0
    return 0


_PAIR_STARTS = frozenset(pair.partition("|")[0] for pair in NEGATION_PAIRS)
