"""Judge and tidy what a small model splits a sentence into. Pure: words in, words out."""

import re
from collections.abc import Sequence

import pydantic_core

from claimx.language.words import is_verb_form, list_words
from claimx.segment.statements import list_content

MAX_FACTS = 6  # a small model loops on open lists
# A split that loses more of the words of its sentence, or a fact that brings more of its own,
# is not one. Faithful splits of news lose and add function words mostly.
_MAX_LOST = 0.4
_MAX_ADDED = 0.25
_OPENING = re.compile(r"(?:It|He|She|They) ")
_MAX_SUBJECT_WORDS = 9
# What a reader misses first when a split loses it.
_WHEN = re.compile(
    r"\d|\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|"
    r"August|September|October|November|December|(?:last|next|this) (?:week|month|year))\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"(?:Furthermore|Moreover|Additionally|In addition|Consequently|As a result|Meanwhile|"
    r"(?:First|Second|Third|Last|Final)(?:ly)?), (?=\w)"
)
_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|``(.+?)''")


def part_faithful(facts: Sequence[str], words: str) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """
    Part *facts* that keep to *words* from those that add to them, with what they add.

    Where there is one fact only, or too much of *words* or a date is in none,
    the facts give way to the whole.
    """
    content = list_content(words)
    kept: list[str] = []
    added: dict[str, tuple[str, ...]] = {}
    for fact in dict.fromkeys(facts):
        own = list_content(fact)
        more = own - content
        if len(more) > _MAX_ADDED * len(own):
            added[fact] = tuple(word for word in list_words(fact) if list_content(word) & more)
        else:
            kept.append(fact)
    told = frozenset().union(*map(list_content, kept)) if kept else frozenset()
    lost = len(content - told) > _MAX_LOST * len(content)
    said = " ".join(kept).lower()
    lost = lost or any(when.lower() not in said for when in _WHEN.findall(words))
    return ([words], added) if lost or len(kept) == 1 else (kept, added)


def name_subject(fact: str, words: str) -> str:
    """Name the subject of *words* in a *fact* that opens with "it" or the like."""
    opening = _OPENING.match(fact)
    if not opening:
        return fact
    subject: list[str] = []
    for word in words.split()[:_MAX_SUBJECT_WORDS]:
        if subject and is_verb_form(word.lower()):
            named = " ".join(subject)
            return fact if _OPENING.match(f"{named} ") else named + fact[opening.end() - 1 :]
        if word[-1] in ",;:":
            break
        subject.append(word)
    return fact


def show_quotes(words: str) -> str:
    """Show quotations in single marks: a double one ends the string of a small model's answer."""
    return _QUOTED.sub(lambda quoted: f"‘{quoted[1] or quoted[2] or quoted[3]}’", words)


def restore_quotes(fact: str, words: str) -> str:
    """Put back the double marks of what *words* quote."""
    for quoted in _QUOTED.finditer(words):
        piece = (quoted[1] or quoted[2] or quoted[3]).rstrip(" ,.")
        marked = rf"[‘'“\"`]{{1,2}}({re.escape(piece)})([,.]?)[’'”\"]{{1,2}}"
        fact = re.sub(marked, r"“\1”\2", fact)
    if "‘" in fact:
        return re.sub(r"’(?!\w)", "”", fact.replace("‘", "“"))
    return fact.removesuffix("’")


def cut_connective(fact: str) -> str:
    """Cut off what ties *fact* to the sentence before: "Furthermore, "."""
    tied = _CONNECTIVE.match(fact)
    return fact[tied.end()].upper() + fact[tied.end() + 1 :] if tied else fact


def read_facts(text: str) -> list[str]:
    """Read the facts of an answer that does not end where its JSON does."""
    try:
        start = text.index("{")
        answer = pydantic_core.from_json(text[start:], allow_partial=True)
    except ValueError:
        return []
    said = answer.get("claims") if isinstance(answer, dict) else None
    listed = said if isinstance(said, list) else []
    return [one for one in listed if isinstance(one, str) and one.strip()][:MAX_FACTS]
