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

from claimx.language.features import same_moment, same_quantity, stem_word
from claimx.match.measures import names_own, tell_deeds
from claimx.match.pairing import Frame, Pairing, pair_words
from claimx.match.slots import NOTHING, PHASES, Slot, drop_shared, list_strict, list_sure
from claimx.match.statements import Statement
from claimx.records import ConflictKind

Verdict = Literal["alike", "apart", "conflict", "unlike"]

# Of two claims in conflict, one shares at least the first part of the weight of its words. No word
# without a match weighs more than the second; if both have one, the lighter no more than the third.
# Chosen on four collections; each bound has its rows in the cases.
PLAIN = (0.75, 0.7, 0.35)
# The same where the slot itself says what is counted, and what happened to it; the second for
# things counted of which neither claim has a deed, a place or a name of its own.
COUNTED, COUNTED_ALONE = (0.5, 1.0, 0.65), (0.4, 1.0, 0.8)
# The same where somebody went one way or the other at one moment.
MOVING = (0.75, 0.8, 0.7)
STRICT = 0.35  # weight of the heaviest word without a match where next to nothing else may differ
SHARED = 0.4  # weight of the words that a conflict shares, at least: one rare word


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
    >>> found = contrast(*read_statements(["The boat sank; 4 died.", "The boat sank; 5 died."]))
    >>> found.verdict, found.kind, found.why
    ('conflict', 'number', '4 died / 5 died')
    """
    pairing = pair_words(one, other)
    slots, strict = _settle(pairing, tuple(list_sure(pairing)))
    frame = _measure(pairing, slots)
    return Contrast(_judge(pairing, slots, frame, strict=strict), frame.mean, slots)


def find_conflict(one: Statement, other: Statement) -> Slot | None:
    """Find the slot in which two claims contradict each other, or None; as `contrast`, sooner."""
    pairing = pair_words(one, other)
    sure = []
    for slot in list_sure(pairing):
        if slot.bearing != "exclusive" and not slot.strict:
            return None
        sure.append(slot)
    slots, strict = _settle(pairing, tuple(sure))
    if not slots:
        return None
    verdict = _judge(pairing, slots, _measure(pairing, slots), strict=strict)
    return slots[0] if verdict == "conflict" else None


def _settle(pairing: Pairing, sure: tuple[Slot, ...]) -> tuple[tuple[Slot, ...], bool]:
    """Give the slots that count, *sure* and others, and whether next to nothing else differs."""
    mine, theirs = _join_tokens(sure)
    sides = mine | pairing.one.named_tokens, theirs | pairing.other.named_tokens
    if not pairing.is_odd(*sides, STRICT):
        slots = sure + list_strict(pairing, sure)
        if not pairing.is_odd(*_join_tokens(slots), STRICT):
            return slots, True
    return tuple(slot for slot in sure if not slot.strict), False


def _judge(pairing: Pairing, slots: tuple[Slot, ...], frame: Frame, *, strict: bool) -> Verdict:
    """Tell how two claims stand to each other that differ in *slots*."""
    if not slots:
        return "alike"
    if not _hold(frame, _pick_bounds(pairing, slots)):
        return "unlike"
    return "conflict" if _exclude(pairing, slots, strict=strict) else "apart"


def _measure(pairing: Pairing, slots: tuple[Slot, ...]) -> Frame:
    return pairing.measure(*_join_tokens(slots))


def _join_tokens(slots: tuple[Slot, ...]) -> tuple[frozenset[int], frozenset[int]]:
    """Give the tokens of each side that carry *slots*."""
    mine = NOTHING.union(*(slot.mine for slot in slots))
    return mine, NOTHING.union(*(slot.theirs for slot in slots))


def _pick_bounds(pairing: Pairing, slots: tuple[Slot, ...]) -> tuple[float, float, float]:
    """Pick what may differ beside *slots*."""
    if not all(slot.counted for slot in slots):
        return MOVING if all(slot.moving for slot in slots) else PLAIN
    alone = all(slot.plain for slot in slots)
    apart = tell_deeds(pairing) or (names_own(pairing) and names_own(pairing.flip()))
    return COUNTED_ALONE if alone and not apart else COUNTED


def _hold(frame: Frame, bounds: tuple[float, float, float]) -> bool:
    """Tell whether two frames are one; what is odd on both sides is another slot."""
    share, odd, odd_both = bounds
    return (
        frame.shared >= SHARED
        and frame.share >= share
        and max(frame.odd) <= odd
        and min(frame.odd) <= odd_both
    )


def _exclude(pairing: Pairing, slots: tuple[Slot, ...], *, strict: bool) -> bool:
    """
    Tell whether *slots* make two claims contradict each other.

    A differing day, place or name beside another difference means another
    event, and so does a start beside an end. Of what is done and undone, one
    may follow the other if only one claim has a day, or if more than that
    differs.
    """
    if any(slot.bearing != "exclusive" for slot in slots):
        return False
    phases = any(stem_word(slot.first.lower()) in PHASES for slot in slots)
    if len(slots) > 1:
        return {slot.kind for slot in slots} <= {"number", "negation"} and not phases
    if slots[0].kind in ("negation", "name") and _count_others(pairing):
        return False
    if slots[0].kind == "number" and _may_be_other_days(pairing):
        return False
    dated = bool(pairing.one.facts.dates) == bool(pairing.other.facts.dates)
    return not phases or (strict and dated)


def _count_others(pairing: Pairing) -> bool:
    """Tell whether each claim gives a number of its own: "won 40 games", "lost eight of ten"."""
    mine, theirs = drop_shared(
        pairing.one.facts.quantities, pairing.other.facts.quantities, same_quantity
    )
    return bool(mine and theirs)


def _may_be_other_days(pairing: Pairing) -> bool:
    """Tell whether both claims give a day and nothing says that it is the same."""
    mine, theirs = pairing.one.facts.dates, pairing.other.facts.dates
    return bool(mine and theirs) and not any(
        same_moment(one, other) for one in mine for other in theirs
    )
