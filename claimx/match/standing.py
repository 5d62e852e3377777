"""
Choose the wording of each group: one that every supporting member entails.

A claim that says less than the wording does not support it; it becomes a group
of its own.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from claimx.language.anaphora import find_pointers
from claimx.language.wording import rate_credit
from claimx.match.compare import Comparer
from claimx.match.group import Pair
from claimx.records import Claim

JUDGES = 64  # wordings of a group that the others are held against
STEP = 0.05  # share by which what others lack must differ to count
# Share of what the wording says, without a match in a member, from which the member says less.
SAYS_LESS = 0.45

Wording = Sequence[Claim]
# Of two texts, the share of what the first says that the second does not.
Lacks = dict[Pair, float]


class Standing(NamedTuple):
    """The member that words a group, and all members that support it."""

    chosen: int
    members: tuple[int, ...]


def list_standings(
    groups: Iterable[Sequence[int]], wordings: Sequence[Wording], comparer: Comparer
) -> list[Standing]:
    """Choose the wordings of *groups*; members that say less become groups of their own."""
    groups = list(groups)
    lacks = _measure_lacks(groups, comparer)
    standings = []
    while groups:
        members = groups.pop()
        standing = _choose(members, wordings, comparer, lacks)
        standings.append(standing)
        if less := [at for at in members if at not in standing.members]:
            groups.append(less)
    return standings


def _measure_lacks(groups: Iterable[Sequence[int]], comparer: Comparer) -> Lacks:
    pairs = [pair for members in groups for pair in combinations(sorted(members)[:JUDGES], 2)]
    lacks: Lacks = {}
    for scored in comparer.score_many(pairs):
        sides = scored.first.tolist(), scored.second.tolist()
        lacks |= dict(zip(zip(*sides, strict=True), scored.mine.tolist(), strict=True))
        lacks |= dict(zip(zip(*sides[::-1], strict=True), scored.theirs.tolist(), strict=True))
    return lacks


def _choose(
    members: Sequence[int], wordings: Sequence[Wording], comparer: Comparer, lacks: Lacks
) -> Standing:
    if len(members) == 1:
        return Standing(members[0], tuple(members))
    dated = comparer.collection.dated

    def says(other: int, one: int) -> bool:
        if dated[one] and not dated[other]:
            return False
        return lacks.get((one, other), 0.0) < SAYS_LESS

    def rank(one: int) -> tuple[object, ...]:
        claim = pick_claim(wordings[one])
        others = [other for other in members if other != one]
        return (
            bool(claim.flags),
            _is_headline(claim.text),
            bool(find_pointers(claim.text)),
            rate_credit(claim, [made for at in others for made in wordings[at]]),
            -sum(
                len({made.document_id for made in wordings[at]}) for at in others if says(at, one)
            ),
            round(max(lacks.get((one, other), 0.0) for other in others) / STEP),
            -comparer.count_keys(one),
            claim.speaker is None,
            place_claim(claim),
        )

    chosen = min(members, key=rank)
    kept = [other for other in members if other == chosen or says(other, chosen)]
    return Standing(chosen, tuple(kept))


def pick_claim(claims: Wording) -> Claim:
    """Pick the claim of one wording that stands best for the rest."""
    return min(claims, key=lambda one: (bool(one.flags), one.speaker is None, place_claim(one)))


def place_claim(claim: Claim) -> tuple[str, int, str, str, str, str]:
    """Order claims by where they stand; the rest only makes the order total."""
    start = claim.spans[0].start if claim.spans else 0
    return (claim.document_id, start, claim.text, claim.id, claim.quote, claim.speaker or "")


def _is_headline(text: str) -> bool:
    """Return whether a wording is a headline: no full stop, or a capital on every longer word."""
    longer = [word for word in text.split() if len(word) >= _LONG]
    capitals = len(longer) >= _TITLED and all(word[:1].isupper() for word in longer)
    return capitals or text.rstrip("\"'”’)").endswith(_STOPS) is False


_STOPS = (".", "!", "?", "…")
_LONG, _TITLED = 4, 3  # letters of a longer word; longer words of a headline, at least
