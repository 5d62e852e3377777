"""The settings and results of matching."""

from typing import NamedTuple

from pydantic import Field

from claimx.language.wording import word_group
from claimx.match.apart import Apart
from claimx.match.conflicts import GroupConflict
from claimx.records import Claim, Record, Score


class MatchSettings(Record):
    """
    The thresholds of matching.

    *min_score* is the least score of two equivalent claims, *min_conflict* the least
    similarity of two claims that may be in conflict.
    """

    min_score: Score = 0.56
    min_conflict: Score = 0.25


class Group(Record):
    """
    Claims that say the same.

    *claim* is the member whose wording all others say too: without flags if any
    member is, no headline, not about an unnamed "he" or "this". *wording* is its
    text, without a speaker whom another member does not credit; never a mixture.
    *claims* are sorted by document and place; *scores* say how likely each says the
    same as *claim*, 1 for the same wording.
    """

    claim: Claim
    claims: tuple[Claim, ...] = Field(min_length=1)
    scores: tuple[Score, ...] = ()

    @property
    def wording(self) -> str:
        """What all members say."""
        return word_group(self.claim, self.claims)


class Matching(Record):
    """
    All claims, each in one group, and the groups that contradict each other.

    *entailments* are positions of groups: the claim that stands for the first says all that the
    claim of the second says, and more.
    """

    groups: tuple[Group, ...]
    conflicts: tuple[GroupConflict, ...] = ()
    entailments: tuple[tuple[int, int], ...] = ()


class Comparison(NamedTuple):
    """
    How two texts compare.

    *similarity* is what they have in common, *unmatched* the weightiest word of
    each that the other has no match for, *apart* what keeps them apart, and
    *score* how likely they say the same, 0 to 1.
    """

    similarity: float
    score: float
    unmatched: tuple[str, str]
    apart: Apart | None = None

    @property
    def why(self) -> str:
        """The difference that keeps the two apart, first text first: ``21 / 22``; else ""."""
        return self.apart.why if self.apart else ""
