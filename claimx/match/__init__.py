"""
Match claims: who says the same, and who says otherwise.

Local and pure: the same claims give the same groups in whatever order they
come, and claims with the same wording count once, so a copy joins its
original and changes nothing else.
"""

from claimx.match.apart import NO_NUMBER
from claimx.match.conflicts import GroupConflict
from claimx.match.matching import MatchProgress, explain_pair, match_claims, match_texts
from claimx.match.neighbours import list_neighbours
from claimx.match.result import Comparison, Group, Matching, MatchSettings

__all__ = [
    "NO_NUMBER",
    "Comparison",
    "Group",
    "GroupConflict",
    "MatchProgress",
    "MatchSettings",
    "Matching",
    "explain_pair",
    "list_neighbours",
    "match_claims",
    "match_texts",
]
