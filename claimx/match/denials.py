"""
Find what one text denies, doubts or only plans, and the other states.

A guard fires on what both speak of: what one denies and the other leaves out
is no contradiction.
"""

from claimx.match.differences import Difference, flip
from claimx.match.encode import PLACE, Reading, find_key
from claimx.words import word_set


def guard_negation(first: Reading, second: Reading) -> Difference | None:
    """Find something that one text denies and the other states."""
    both = first.rejection and second.rejection
    if both or not first.denied.keys().isdisjoint(second.denied):
        return None
    return (
        _find_denied(first, second)
        or flip(_find_denied(second, first))
        or _find_rejected(first, second)
        or flip(_find_rejected(second, first))
    )


def _find_rejected(first: Reading, second: Reading) -> Difference | None:
    """Find a claim said to be a hoax, or denied as a whole, that the other text just states."""
    if not first.rejection or second.rejection or second.facts.negations:
        return None
    words = [second.find_word(key) for key in second.slots if key in first.keys]
    # rather what is said than of whom
    word = next((word for word in words if word[0].islower()), next(iter(words), ""))
    return Difference("negation", first.rejection, word) if word else None


def _find_denied(first: Reading, second: Reading) -> Difference | None:
    # nearest first; of a country and a deed, the deed is what a reader looks for
    shared = [key for key in first.denied if key in second.keys]
    key = min(shared, key=lambda key: key[0] == PLACE, default=None)
    if key is None:
        return None
    return Difference("negation", " ".join(first.denied[key]), second.find_word(key))


def guard_modality(first: Reading, second: Reading) -> Difference | None:
    """Find something that is settled in one text and only possible in the other."""
    if not first.doubted.keys().isdisjoint(second.doubted):
        return None
    return _find_doubted(first, second) or flip(_find_doubted(second, first))


def _find_doubted(first: Reading, second: Reading) -> Difference | None:
    for key in (key for key in first.doubted if key in second.keys):
        cue, word = first.doubted[key]
        wish = find_key(cue) in _WISHES and key in second.planned
        # "his threats of tariffs" and "his tariff threats" doubt the same in other words
        if not wish and find_key(cue) not in second.keys:
            return Difference("modality", f"{cue} {word}", second.find_word(key))
    return None


# What somebody wants is not far from what somebody plans.
_WISHES = frozenset(map(find_key, word_set("seek want hope urge ask demand request recommend")))


def guard_completion(first: Reading, second: Reading) -> Difference | None:
    """Find something that is done in one text and only planned in the other."""
    return _find_done(first, second) or flip(_find_done(second, first))


def _find_done(first: Reading, second: Reading) -> Difference | None:
    open_keys = second.planned.keys() | second.doubted.keys()
    for key in sorted(first.planned.keys() & second.keys - open_keys):
        cue, word = first.planned[key]
        if second.is_done(key) and not word.endswith("ed"):
            return Difference("modality", f"{cue} {word}", second.find_word(key))
    return None
