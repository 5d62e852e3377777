"""What keeps two texts apart, in words."""

from collections.abc import Callable
from typing import NamedTuple

from claimx.match.encode import Reading
from claimx.records import ConflictKind


class Difference(NamedTuple):
    """
    What keeps two texts apart, each side in its own words.

    *keys* are the keys that differ, left out when the rest is compared. A
    *weak* difference is enough not to merge, too little to call a conflict.
    """

    kind: ConflictKind
    first: str
    second: str
    keys: frozenset[str] = frozenset()
    weak: bool = False

    @property
    def why(self) -> str:
        """Say it in short, first text first: ``21 / 22``."""
        return f"{self.first} / {self.second}"

    def flip(self) -> "Difference":
        """State it from the other side."""
        return self._replace(first=self.second, second=self.first)


Guard = Callable[[Reading, Reading], Difference | None]


def flip(difference: Difference | None) -> Difference | None:
    """State what keeps two texts apart, if anything does, from the other side."""
    return difference and difference.flip()
