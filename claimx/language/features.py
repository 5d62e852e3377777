"""
What a piece of text states, comparable: quantities, dates, names, denials, certainty.

The language of the rules is English; of other languages only numbers are read.
Everything is linear in the text, and light: some twenty thousand short claims
a second.
"""

from claimx.language.cues import Cue
from claimx.language.dates import Moment, read_figures, read_moments, same_moment
from claimx.language.modality import Certainty, certainty_of, find_certainty, read_modality
from claimx.language.names import Alias, Name, read_aliases, read_names, same_name
from claimx.language.negation import read_negations
from claimx.language.once import Once
from claimx.language.quantities import (
    Quantity,
    are_comparable,
    bounds,
    compare_quantities,
    describe_quantity,
    implies_quantity,
    read_quantities,
    same_quantity,
)
from claimx.language.tokens import Tokens, reads_as_english, stem_word, tokenize

__all__ = [
    "Alias",
    "Certainty",
    "Cue",
    "Features",
    "Moment",
    "Name",
    "Quantity",
    "Tokens",
    "are_comparable",
    "bounds",
    "compare_quantities",
    "describe_quantity",
    "implies_quantity",
    "read_aliases",
    "read_features",
    "read_figures",
    "reads_as_english",
    "same_moment",
    "same_name",
    "same_quantity",
    "stem_word",
    "tokenize",
]


class Features:
    """What a text states, each in the order it stands, and read when it is first asked for."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    @Once
    def dates(self) -> tuple[Moment, ...]:
        """The days, months, weekdays and periods."""
        return read_moments(self.tokens)

    @Once
    def quantities(self) -> tuple[Quantity, ...]:
        """The numbers that are part of no date."""
        return read_quantities(self.tokens, self._dated)

    @Once
    def names(self) -> tuple[Name, ...]:
        """The names that are part of no date."""
        return read_names(self.tokens, self._dated)

    @Once
    def negations(self) -> tuple[Cue, ...]:
        """The words that deny, each with the words that it bears on."""
        return read_negations(self.tokens)

    @Once
    def hedges(self) -> tuple[Cue, ...]:
        """The words that soften, each with the words that it bears on."""
        return tuple(cue for cue in read_modality(self.tokens) if certainty_of(cue) != "asserted")

    @property
    def _dated(self) -> set[int]:
        return {at for date in self.dates for at in range(date.at, date.end)}

    @property
    def is_negative(self) -> bool:
        """Whether the denials do not cancel out ("not ruled out" is positive)."""
        return len(self.negations) % 2 == 1

    @property
    def certainty(self) -> Certainty:
        """How sure the text is of what it says: the weakest of its hedges."""
        return find_certainty(self.hedges)


def read_features(text: str) -> Features:
    """
    Read what *text* states; any text will do, an empty one states nothing.

    >>> [q.value for q in read_features("Over fifty thousand troops, 14% of them new").quantities]
    [50000.0, 14.0]
    """
    return Features(tokenize(text))
