"""What the stages of one matching have in common."""

from claimx.match.result import MatchSettings
from claimx.records import Record


class Plan(Record):
    """
    How a matching is cut: *parts* of claims, *ranges* of wordings, *buckets* of blocks.

    Nothing in the result depends on it.
    """

    match: MatchSettings
    parts: int
    ranges: int
    buckets: int


class Step(Record):
    """
    A stage on one part: *number* is of the part, of the range or of the bucket.

    *bounds* are the positions at which the ranges of wordings begin, and the end of the last;
    *groups* the same of the groups of each range.
    """

    plan: Plan
    number: int = 0
    bounds: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """The number of wordings."""
        return self.bounds[-1]

    @property
    def start(self) -> int:
        """The position of the first wording of the range."""
        return self.bounds[self.number]
