"""Check and tidy the claims that a small model splits a sentence into. Pure functions."""

import re
from collections.abc import Sequence

import pydantic_core

from claimx.language.lexicon import any_of
from claimx.language.quotations import CLOSED_QUOTATION
from claimx.language.words import is_verb_form, list_words
from claimx.segment.statements import list_content

MAX_CLAIMS = 6  # a small model can loop on lists without a limit
# Largest share of a sentence's words that a split may lose, and of a claim's words that it may
# add. Faithful splits of news mostly lose and add function words.
_MAX_LOST = 0.4
_MAX_ADDED = 0.25
_OPENING = re.compile(any_of("anaphora.subjects", first="capital") + " ")
_MAX_SUBJECT_WORDS = 9
# Dates and times: the loss that readers notice first.
_WHEN = re.compile(
    rf"\d|\b(?:{any_of('time.months', 'time.weekdays')}|{any_of('time.relative_periods')})\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(any_of("sequence.connectives", first="capital") + r", (?=\w)")


def part_faithful(
    claims: Sequence[str], words: str
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """
    Separate *claims* that keep to *words* from those that add to them; list the additions.

    If there is only one claim, or the claims together lose a date or too many of
    *words*, the whole sentence takes their place.
    """
    content = list_content(words)
    kept: list[str] = []
    added: dict[str, tuple[str, ...]] = {}
    for claim in dict.fromkeys(claims):
        own = list_content(claim)
        more = own - content
        if len(more) > _MAX_ADDED * len(own):
            added[claim] = tuple(word for word in list_words(claim) if list_content(word) & more)
        else:
            kept.append(claim)
    told = frozenset().union(*map(list_content, kept)) if kept else frozenset()
    lost = len(content - told) > _MAX_LOST * len(content)
    said = " ".join(kept).lower()
    lost = lost or any(when.lower() not in said for when in _WHEN.findall(words))
    return ([words], added) if lost or len(kept) == 1 else (kept, added)


def name_subject(claim: str, words: str) -> str:
    """Replace a pronoun at the start of *claim* by the subject of *words*."""
    opening = _OPENING.match(claim)
    if not opening:
        return claim
    subject: list[str] = []
    for word in words.split()[:_MAX_SUBJECT_WORDS]:
        if subject and is_verb_form(word.lower()):
            named = " ".join(subject)
            return claim if _OPENING.match(f"{named} ") else named + claim[opening.end() - 1 :]
        if word[-1] in ",;:":
            break
        subject.append(word)
    return claim


def show_quotes(words: str) -> str:
    """Convert double quotation marks to single ones: a double one would end the JSON string."""
    return CLOSED_QUOTATION.sub(lambda quoted: f"‘{quoted[1] or quoted[2] or quoted[3]}’", words)


def restore_quotes(claim: str, words: str) -> str:
    """Restore the double quotation marks of *words* in *claim*."""
    for quoted in CLOSED_QUOTATION.finditer(words):
        piece = (quoted[1] or quoted[2] or quoted[3]).rstrip(" ,.")
        marked = rf"[‘'“\"`]{{1,2}}({re.escape(piece)})([,.]?)[’'”\"]{{1,2}}"
        claim = re.sub(marked, r"“\1”\2", claim)
    if "‘" in claim:
        return re.sub(r"’(?!\w)", "”", claim.replace("‘", "“"))
    return claim.removesuffix("’")


def cut_connective(claim: str) -> str:
    """Remove the connective at the start of *claim*: "Furthermore, "."""
    tied = _CONNECTIVE.match(claim)
    return claim[tied.end()].upper() + claim[tied.end() + 1 :] if tied else claim


def read_claims(text: str) -> list[str]:
    """Read the claims of an answer with text after its JSON, or with truncated JSON."""
    try:
        start = text.index("{")
        answer = pydantic_core.from_json(text[start:], allow_partial=True)
    except ValueError:
        return []
    said = answer.get("claims") if isinstance(answer, dict) else None
    listed = said if isinstance(said, list) else []
    return [one for one in listed if isinstance(one, str) and one.strip()][:MAX_CLAIMS]
