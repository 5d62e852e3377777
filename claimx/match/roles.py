"""
Tell who did it to whom: "A accused B" against "B accused A".

Without a parser: a word both texts share stands between the same two others,
the other way round. The passive turns the order ("was accused by B"), and
only what stands near the word, in the same phrase, counts.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.facts.tokens import Tokens, is_word
from claimx.words import word_set

# (pivot, who, whom), all keys.
Roles = frozenset[tuple[str, str, str]]

_BE = word_set("is are was were be been being get gets got")
# What follows these is where, when or how, not who or whom.
CIRCUMSTANCE = word_set("in at on near during since with for over between among around")
# Words that order two things without a verb; "after" is "before" turned round.
_ORDERING = {"before": "before", "prior": "before", "after": "before", "than": "than"}
# Words whose two sides may change places: "A and B met", "A signed a pact with B".
_MUTUAL = word_set("meet agre alli allianc joint sign border marri negoti cooper")
# Another phrase begins here.
_BREAKS = word_set("and or but that which who whom whose when while as because if though")
ARTICLES = word_set("a an the its his her their this that new")
_BEFORE_THINGS = word_set("by of in at for with")
_LOOK_BACK = 3  # words between "was" and its participle, adverbs included
_REACH = 6  # words to either side that may be who or whom


class _Argument(NamedTuple):
    key: str
    marker: str
    is_name: bool


def find_swap(first: Roles, second: Roles) -> tuple[str, str] | None:
    """Give the who and whom of *first* that changed places in *second*, if any did."""
    return min(
        (
            (who, whom)
            for pivot, who, whom in first - second
            if (pivot, whom, who) in second and (pivot, whom, who) not in first
        ),
        default=None,
    )


def list_roles(tokens: Tokens, slots: Sequence[str]) -> Roles:
    """List who stands to whom around every word that may be a verb."""
    return frozenset(
        role
        for at, word in enumerate(tokens.lower)
        if word in _ORDERING
        or (slots[at] and slots[at] not in _MUTUAL and not _is_thing(tokens, at))
        for role in _list_roles_at(at, tokens, slots)
        if role[1] != role[2]
    )


def _list_roles_at(at: int, tokens: Tokens, slots: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    word = tokens.lower[at]
    pivot = _ORDERING.get(word, slots[at])
    passive = is_passive(tokens.lower, at)
    before = list(_look_back(at, tokens, slots))
    after = list(_look_ahead(at, tokens, slots))
    for left in _keep_nearest(before):
        for right in _keep_nearest(after):
            if right.marker == "by" or word == "after":
                yield pivot, right.key, left.key
            elif not passive:
                # "objections from Beijing" and "Beijing objects" are told apart by the marker
                yield pivot + ("<" if right.marker == "from" else ""), left.key, right.key


def _keep_nearest(arguments: Sequence[_Argument]) -> list[_Argument]:
    """Keep the nearest argument, and names further on; no circumstances."""
    fit = [one for one in arguments if one.marker not in CIRCUMSTANCE]
    return fit[:1] + [one for one in fit[1:] if one.is_name]


def _look_ahead(at: int, tokens: Tokens, slots: Sequence[str]) -> Iterator[_Argument]:
    marker = ""
    for place in range(at + 1, min(at + 1 + _REACH, len(slots))):
        word = tokens.lower[place]
        if is_break(word):
            return
        if _may_act(slots[place], word):
            yield _Argument(slots[place], marker, _is_name(tokens, place))
        elif not slots[place] and word not in ARTICLES:
            marker = word


def _look_back(at: int, tokens: Tokens, slots: Sequence[str]) -> Iterator[_Argument]:
    waiting: list[int] = []
    marker = ""
    for place in range(at - 1, max(at - 1 - _REACH, -1), -1):
        word = tokens.lower[place]
        if is_break(word):
            break
        if _may_act(slots[place], word):
            waiting.append(place)
        elif not slots[place] and word not in ARTICLES:
            marker = word
            yield from (_Argument(slots[one], marker, _is_name(tokens, one)) for one in waiting)
            waiting = []
    yield from (_Argument(slots[one], "", _is_name(tokens, one)) for one in waiting)


def _may_act(key: str, word: str) -> bool:
    """Tell who or whom from adverbs, quantities ("#12") and dates ("@5")."""
    return bool(key) and key[0] not in "#@" and not word.endswith("ly")


def is_break(word: str) -> bool:
    """Tell whether another phrase begins at *word*."""
    return word in _BREAKS or not (is_word(word) or word[0].isdigit())


def _is_thing(tokens: Tokens, at: int) -> bool:
    """Tell names and what follows "of" or "by" from what may be a deed."""
    return _is_name(tokens, at) or (at > 0 and tokens.lower[at - 1] in _BEFORE_THINGS)


def _is_name(tokens: Tokens, at: int) -> bool:
    return tokens.words[at][0].isupper()


def is_passive(words: Sequence[str], at: int) -> bool:
    """Tell whether the verb at *at* is said of whom it is done to."""
    if words[at].endswith("ing"):
        return False
    return words[at + 1 : at + 2] == ["by"] or not _BE.isdisjoint(
        words[max(0, at - _LOOK_BACK) : at]
    )
