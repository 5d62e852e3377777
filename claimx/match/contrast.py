"""
Tell whether two claims contradict each other, and in what.

Two claims conflict if they share their frame, that is everything but one
slot, and the values in that slot exclude each other: counts of the same
thing, days, places and doers of the same event, opposite predicates, said and
denied. Values that may both be true ("over 500", 1,204) and values that say
which thing is meant (first quarter, second quarter) keep two claims apart
without a conflict.
"""

from typing import Literal, NamedTuple

import numpy as np

from claimx.match.pairing import Pairing, pair_words
from claimx.match.slots import Slot, list_slots
from claimx.match.statements import Floats, Statement
from claimx.records import ConflictKind

Verdict = Literal["alike", "apart", "conflict", "unlike"]

# A conflict shares at least so much of the weight of the words of the claim that says less, and
# of the one that says more; no word that it leaves unmatched may weigh more.
FRAME, FRAME_LONG, ODD = 0.75, 0.5, 0.6
SHARED = 0.8  # weight of the words that a conflict shares, at least


class Contrast(NamedTuple):
    """
    How two claims stand to each other.

    *verdict* is one of

    - ``alike``: nothing that can be checked differs; whether the two say the
      same is left to their words,
    - ``apart``: what can be checked differs, so they must not be merged, and
      they do not contradict each other,
    - ``conflict``: they cannot both be true,
    - ``unlike``: something differs, and so does their frame.

    *frame* is the share of their words that match, 0 to 1, *slots* what
    differs, the surest first.
    """

    verdict: Verdict
    frame: float
    slots: tuple[Slot, ...] = ()

    @property
    def kind(self) -> ConflictKind | None:
        """The kind of the first difference; None without one."""
        return self.slots[0].kind if self.slots else None

    @property
    def why(self) -> str:
        """What differs, first claim first: ``4 dead / 5 dead``."""
        return "; ".join(f"{slot.first} / {slot.second}" for slot in self.slots)


def contrast(one: Statement, other: Statement) -> Contrast:
    """
    Tell how two claims, by `read_statements`, stand to each other.

    >>> from claimx.match.statements import read_statements
    >>> found = contrast(*read_statements(["The ferry sank and 4 died.", "The ferry sank and 5 died."]))
    >>> found.verdict, found.kind, found.why
    ('conflict', 'number', '4 died / 5 died')
    """
    pairing = pair_words(one, other)
    slots = list_slots(pairing)
    frame = _measure_frame(pairing, slots)
    if not slots:
        return Contrast("alike", frame.share)
    if not frame.holds:
        return Contrast("unlike", frame.share, slots)
    return Contrast("conflict" if _exclude(slots) else "apart", frame.share, slots)


def _exclude(slots: tuple[Slot, ...]) -> bool:
    """
    Tell whether *slots* make two claims contradict each other.

    A differing day, place or name beside another difference means another event.
    """
    if any(slot.bearing != "exclusive" for slot in slots):
        return False
    kinds = {slot.kind for slot in slots}
    return len(slots) == 1 or kinds <= {"number"} or kinds <= {"number", "negation"}


class _Frame(NamedTuple):
    share: float
    holds: bool


def _measure_frame(pairing: Pairing, slots: tuple[Slot, ...]) -> _Frame:
    """Measure how much of two claims matches apart from *slots*."""
    mine = frozenset().union(*(slot.mine for slot in slots))
    theirs = frozenset().union(*(slot.theirs for slot in slots))
    one, odd_one, shared = _measure_side(pairing.one, pairing.mine, mine)
    two, odd_two, _ = _measure_side(pairing.other, pairing.theirs, theirs)
    low, high = min(one, two), max(one, two)
    odd = odd_one if one >= two else odd_two
    holds = high >= FRAME and low >= FRAME_LONG and odd <= ODD and shared >= SHARED
    return _Frame((one + two) / 2, holds)


def _measure_side(
    statement: Statement, matches: Floats, slot: frozenset[int]
) -> tuple[float, float, float]:
    """Give the share of the words' weight that is matched, the heaviest odd word, the shared weight."""
    kept = np.array([place not in slot for place in statement.places], np.float32)
    weights = statement.weights * kept
    total = float(weights.sum())
    missing = weights * (1 - matches)
    share = 1 - float(missing.sum()) / total if total else 0.0
    return share, float(missing.max(initial=0)), float((weights * matches).sum())
