"""
Return whether two claims contradict each other, and in what.

Two claims conflict if they share their frame, that is everything but one
slot, and the values in that slot exclude each other: counts of the same
thing, days, places and doers of the same event, opposite predicates, said and
denied. Values that may both be true ("over 500", 1,204) and values that say
which thing is meant (first quarter, second quarter) keep two claims apart
without a conflict.
"""

from typing import Literal, NamedTuple

from claimx.match.pairing import Frame, Pairing, pair_words
from claimx.match.slots import NOTHING, Slot, find_names, find_swap, list_sure
from claimx.match.statements import Statement
from claimx.records import ConflictKind

Verdict = Literal["alike", "apart", "conflict", "unlike"]

# Of two claims in conflict, one shares at least the first part of the weight of its words. No word
# without a match weighs more than the second; if both have one, the lighter no more than the third.
# Chosen on four collections; each bound has its rows in the cases.
PLAIN = (0.75, 0.7, 0.35)
# The same where the slot itself says what is counted, and what happened to it.
COUNTED = (0.4, 1.0, 0.8)


class Contrast(NamedTuple):
    """
    The relation of two claims.

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
    Compare two claims as read by `read_statements`.

    >>> from claimx.match.statements import read_statements
    >>> found = contrast(*read_statements(["The boat sank; 4 died.", "The boat sank; 5 died."]))
    >>> found.verdict, found.kind, found.why
    ('conflict', 'number', '4 died / 5 died')
    """
    pairing = pair_words(one, other)
    slots = _settle(pairing, tuple(list_sure(pairing)))
    frame = _measure(pairing, slots)
    return Contrast(_judge(slots, frame), frame.mean, slots)


def find_conflict(one: Statement, other: Statement) -> Slot | None:
    """Find the slot in which two claims contradict each other, or None; as `contrast`, sooner."""
    pairing = pair_words(one, other)
    sure = []
    for slot in list_sure(pairing):
        if slot.bearing != "exclusive" and not slot.strict:
            return None
        sure.append(slot)
    slots = _settle(pairing, tuple(sure))
    if slots and _judge(slots, _measure(pairing, slots)) == "conflict":
        return slots[0]
    return None


def _settle(pairing: Pairing, sure: tuple[Slot, ...]) -> tuple[Slot, ...]:
    """Return the slots that count, *sure* and those that do where next to nothing else differs."""
    mine, theirs = _join_tokens(sure)
    sides = mine | pairing.one.named_tokens, theirs | pairing.other.named_tokens
    if not pairing.is_odd(*sides):
        slots = (*sure, *find_names(pairing), *find_swap(pairing))
        if not pairing.is_odd(*_join_tokens(slots)):
            return slots
    return tuple(slot for slot in sure if not slot.strict)


def _judge(slots: tuple[Slot, ...], frame: Frame) -> Verdict:
    """Judge two claims that differ in *slots*."""
    if not slots:
        return "alike"
    if not _hold(frame, COUNTED if all(slot.counted for slot in slots) else PLAIN):
        return "unlike"
    return "conflict" if _exclude(slots) else "apart"


def _measure(pairing: Pairing, slots: tuple[Slot, ...]) -> Frame:
    return pairing.measure(*_join_tokens(slots))


def _join_tokens(slots: tuple[Slot, ...]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the tokens of each side that carry *slots*."""
    mine = NOTHING.union(*[slot.mine for slot in slots])
    return mine, NOTHING.union(*[slot.theirs for slot in slots])


def _hold(frame: Frame, bounds: tuple[float, float, float]) -> bool:
    """Return whether two frames are one; what is odd on both sides is another slot."""
    share, odd, odd_both = bounds
    return frame.share >= share and max(frame.odd) <= odd and min(frame.odd) <= odd_both


def _exclude(slots: tuple[Slot, ...]) -> bool:
    """
    Return whether *slots* make two claims contradict each other.

    A differing day, place or name beside another difference means another event.
    """
    if any(slot.bearing != "exclusive" for slot in slots):
        return False
    return len(slots) == 1 or {slot.kind for slot in slots} <= {"number", "negation"}
