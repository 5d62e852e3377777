"""
Tell who is said to do what, as verb or as noun: "Lee praised Park", "Lee's praise of Park".

`roles` sees two who changed places around one word. Here each word that may
be a deed has its doers, wherever they stand, and so "objections from Oslo"
and "Oslo objects" compare.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from claimx.facts.lexicon import IRREGULAR
from claimx.facts.tokens import Tokens
from claimx.match.roles import ARTICLES, CIRCUMSTANCE, is_break, is_passive
from claimx.words import word_set

_PRONOUNS = word_set("he she they")
_OBJECTS = word_set("him her them")
# Right after a verb, these say that nobody is done anything to: "two died in a fire".
_NO_OBJECT = CIRCUMSTANCE | word_set("of from after before as")
# What may stand between doer and verb: "they have also praised".
_AUXILIARIES = word_set(
    "has have had did does do will would can could shall should may might must to not also"
)
_SAYING = word_set("said says say told tells claimed claims added argued that")
_ENDINGS = ("ion", "ions", "ment", "ments", "al", "als", "ance", "ence", "ure", "ures", "ism")
_NOUNS = word_set("praise attack attacks threat threats support sale sales claim claims call calls")
_FAR = 10  # words to either side of a deed that may belong to it


class Deed(NamedTuple):
    """Who does it, and who or what else is there: their keys, "" for a pronoun."""

    doers: frozenset[str]
    others: frozenset[str]


Deeds = Mapping[str, Deed]


def find_exchange(first: Deeds, second: Deeds) -> tuple[str, str] | None:
    """Give a doer of *first* and one of *second* who are on another side in the other text."""
    return min(_list_exchanges(first, second), default=None)


def _list_exchanges(first: Deeds, second: Deeds) -> Iterator[tuple[str, str]]:
    for key in first.keys() & second.keys():
        one, two = first[key], second[key]
        if not one.doers.isdisjoint(two.doers):
            continue
        mine, theirs = (one.doers & two.others) - {""}, (two.doers & one.others) - {""}
        if mine and theirs:
            yield min(mine), min(theirs)
        elif mine and "" in two.doers:
            yield min(mine), ""
        elif theirs and "" in one.doers:
            yield "", min(theirs)


def list_deeds(tokens: Tokens, slots: Sequence[str]) -> dict[str, Deed]:
    """List the deeds of a text whose doers stand clearly; of two of one word, the first."""
    deeds: dict[str, Deed] = {}
    for at, key in enumerate(slots):
        if key and key[0] not in "#@=" and not tokens.words[at][0].isupper() and key not in deeds:
            deed = _read_deed(at, tokens, slots)
            if deed and deed.doers and deed.others:
                deeds[key] = deed
    return deeds


def _read_deed(at: int, tokens: Tokens, slots: Sequence[str]) -> Deed | None:
    verb = _is_verb(tokens.lower, at)
    if not verb and not _is_noun(tokens.lower[at]):
        return None
    before = list(_walk(tokens, range(at - 1, max(at - 1 - _FAR, -1), -1)))
    after = list(_walk(tokens, range(at + 1, min(at + 1 + _FAR, len(slots)))))
    if verb and not is_passive(tokens.lower, at):
        alone = not after or tokens.lower[after[0]] in _NO_OBJECT
        return None if alone else _read_active(before, after, tokens, slots)
    if verb:
        by = next((place for place in after if tokens.lower[place] == "by"), None)
        agent = by is not None and _read_agent(by, after, tokens, slots)
        return Deed(agent, _pick(before, slots)) if agent else None
    return _read_noun(before, after, tokens, slots)


def _read_active(
    before: Sequence[int], after: Sequence[int], tokens: Tokens, slots: Sequence[str]
) -> Deed:
    others = _pick(after, slots)
    if not _OBJECTS.isdisjoint(tokens.lower[place] for place in after):
        others |= {""}
    return Deed(_read_subject(before, tokens, slots), others)


def _read_noun(
    before: Sequence[int], after: Sequence[int], tokens: Tokens, slots: Sequence[str]
) -> Deed | None:
    """Read "Lee's praise of Park" and "praise from Lee"."""
    by = next((place for place in after if tokens.lower[place] in ("by", "from")), None)
    if by is not None:
        doers = _read_agent(by, after, tokens, slots)
        return Deed(doers, _pick([*before, *after], slots) - doers)
    owner = next((one for one in before[:3] if tokens.words[one].endswith("'s")), None)
    if owner is None or not slots[owner]:
        return None
    rest = [one for one in (*before, *after) if one != owner]
    return Deed(frozenset((slots[owner],)), _pick(rest, slots))


def _walk(tokens: Tokens, places: range) -> Iterator[int]:
    """Go along *places* to the end of the phrase."""
    for place in places:
        word = tokens.lower[place]
        if is_break(word) or word in _SAYING:
            return
        yield place


def _read_subject(before: Sequence[int], tokens: Tokens, slots: Sequence[str]) -> frozenset[str]:
    """Read who stands before a verb: a pronoun right there, or the words of the phrase."""
    near = (one for one in before if not _is_auxiliary(tokens.lower[one]))
    first = next(near, None)
    if first is not None and tokens.lower[first] in _PRONOUNS:
        return frozenset(("",))
    return _pick(before, slots)


def _read_agent(
    by: int, after: Sequence[int], tokens: Tokens, slots: Sequence[str]
) -> frozenset[str]:
    """Read who stands after "by", up to the next preposition but "of"."""
    doers: list[int] = []
    for place in (one for one in after if one > by):
        word = tokens.words[place]
        joins = slots[place] or tokens.lower[place] in ARTICLES or word == "of"
        named = doers and tokens.words[doers[0]][0].isupper()
        if (doers and not joins) or (named and word[0].islower()):
            break
        doers.append(place)
    return _pick(doers, slots)


def _pick(places: Sequence[int], slots: Sequence[str]) -> frozenset[str]:
    return frozenset(slots[one] for one in places if slots[one] and slots[one][0] not in "#@")


def _is_auxiliary(word: str) -> bool:
    return word in _AUXILIARIES or word.endswith("ly")


def _is_verb(lower: Sequence[str], at: int) -> bool:
    """Tell verbs with a doer by their ending or by what stands before and after."""
    word, before = lower[at], lower[at - 1] if at else ""
    if before in ARTICLES or not at:
        return False
    if before in _AUXILIARIES:
        return True
    if word.endswith("ed") or IRREGULAR.get(word, word) != word:
        return True
    after = lower[at + 1 : at + 2]
    third = word.endswith("s") and not word.endswith("ss")
    return third and after[:1] != [] and (after[0] in ARTICLES or after[0] == "to")


def _is_noun(word: str) -> bool:
    return word.endswith(_ENDINGS) or word in _NOUNS
