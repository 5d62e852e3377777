"""Word a group of claims: as one of them, without a speaker whom the others do not credit."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from claimx.language.lexicon import DAY_OR_MONTH, read_words
from claimx.language.quotations import CLOSED_QUOTATION
from claimx.language.speech import cut_attribution, find_attribution, names_person
from claimx.language.words import could_be_verb, is_statement, list_words
from claimx.records import Claim

_WHEN = re.compile(rf"\b{DAY_OR_MONTH}|\d+")


class Said(NamedTuple):
    """
    What a text says that somebody says: *who*, on which days (*when*), and *wording*.

    *who* is in lower case, without its article; *is_person* if it is a person's name.
    *wording* is a slice of the text, with a capital.
    """

    who: str
    is_person: bool
    when: tuple[str, ...]
    wording: str


def word_group(lead: Claim, claims: Iterable[Claim]) -> str:
    """Return the text of *lead*, without a speaker whom one of *claims* does not credit."""
    others = [claim for claim in claims if claim.text != lead.text]
    wording = lead.text
    for said in list_said(lead.text) if others else ():
        if all(_credits(claim, said) for claim in others):
            break
        wording = said.wording
    return wording


def rate_credit(lead: Claim, others: Sequence[Claim]) -> int:
    """
    Rate the text of *lead* as the wording of it and *others*, by its speaker.

    0 if the text names no speaker whom another claim does not, 1 if `word_group` leaves that
    speaker out, and 2 if it cannot: the wording is not what the other says.
    """
    who = _fold(lead.speaker or "")
    if not who or all(_fold(one.speaker or "") == who for one in others):
        return 0
    texts = lead.text, word_group(lead, others)
    return sum(who in text.lower() or find_attribution(text) is not None for text in texts)


def find_lead(wording: str, claims: Iterable[Claim]) -> Claim | None:
    """Find the one of *claims* whose text *wording* is, or else is what that says is said."""
    claims = tuple(claims)
    same = (claim for claim in claims if claim.text == wording)
    cut = (
        claim for claim in claims if any(said.wording == wording for said in list_said(claim.text))
    )
    return next(chain(same, cut), None)


@lru_cache(maxsize=1_024)  # each claim of a group is asked for the wording of each
def list_said(text: str) -> tuple[Said, ...]:
    """
    List what *text* says that somebody says, then what that says that somebody says, and so on.

    >>> [*list_said("The navy said on Monday that two ferries were lost.")]
    [Said(who='navy', is_person=False, when=('Monday',), wording='Two ferries were lost.')]
    >>> [*list_said("Police denied that two ferries were lost.")]
    []
    """
    return tuple(_list_said(text))


def _list_said(text: str) -> Iterator[Said]:
    while (found := find_attribution(text)) and (said := cut_attribution(text)) != text:
        if not _is_whole(said):
            return
        when = _WHEN.findall(text.replace(said.removesuffix("."), ""))
        yield Said(_fold(found.who), names_person(found.who), tuple(when), _complete(said, text))
        text = said


def _is_whole(said: str) -> bool:
    """
    Return whether *said* is one statement, with no rest of what was said of the speaker.

    >>> _is_whole("Lind's lawyer, Moen fled Oslo."), _is_whole("yesterday that Lind fled.")
    (False, False)
    >>> _is_whole("12 people died and blamed the rain."), _is_whole("12 people died in Oslo.")
    (False, True)
    """
    words = list_words(said)
    pairs = list(pairwise(["", *words]))
    joined = any(one in _JOINING and (to in _THAT or could_be_verb(to)) for one, to in pairs)
    set_in = any(to in _THAT and not could_be_verb(one) for one, to in pairs[:_OPENING])
    return not joined and not set_in and is_statement(said.split(",", 1)[0], headline=True)


_JOINING = read_words("speech.going_on")
_THAT = read_words("function_words.that")
_OPENING = 5  # words in which "that" tells that when it was said is left: "last week that"


def _credits(claim: Claim, said: Said) -> bool:
    """
    Return whether *claim* names who *said* it, and when.

    "Mayor Ana Ruiz" is "Ruiz"; "the deputy minister" is not "the minister".
    """
    speakers = [_fold(claim.speaker or ""), *(one.who for one in list_said(claim.text))]
    named = said.who in speakers or (
        said.is_person and any(one.endswith(f" {said.who}") for one in speakers)
    )
    return named and all(when in claim.text for when in said.when)


def _fold(who: str) -> str:
    return who.lower().removeprefix("the ")


def _complete(said: str, text: str) -> str:
    """
    Make a sentence of *said*, a part of *text*, without quotation marks around all of it.

    >>> _complete("two boats sank", "Two boats sank, police said.")
    'Two boats sank.'
    >>> _complete("iPhone sales rose", "Analysts said that iPhone sales rose")
    'iPhone sales rose'
    """
    if quoted := CLOSED_QUOTATION.fullmatch(said):
        said = next(filter(None, quoted.groups()))
    if text.endswith(".") and not said.endswith(_CLOSED):
        said += "."
    return said[:1].upper() + said[1:] if said.split(maxsplit=1)[0].islower() else said


_CLOSED = (".", "!", "?", "”", '"')
