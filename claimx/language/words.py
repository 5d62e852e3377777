"""
Decide whether a line is a statement: English verb forms, without a tagger.

A list of verbs and the neighbouring words are enough to distinguish ``Allies fast-track
missile co-production`` from ``Expanding Partnerships``. If both readings are likely, a
line is not taken for a statement.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from claimx.language.lexicon import read_words

_VERBS = read_words("verbs.verbs")
_NOUN_VERBS = read_words("verbs.noun_verbs")
_PAST = read_words("verbs.past")
_ANY_PAST = _PAST | read_words("verbs.other_past")
_PRESENT_IRREGULAR = read_words("verbs.present_irregular")
_AUXILIARIES = read_words("function_words.auxiliaries")
_DETERMINERS = read_words("function_words.determiners")
_LINKS = read_words("function_words.links")
_PRONOUNS = read_words("function_words.statement_subjects")
# Words that may follow a verb, but seldom a participle that modifies a noun.
_AFTER_VERB = _DETERMINERS | (_LINKS - read_words("function_words.pairing")) | _PRONOUNS
_AFTER_VERB |= read_words("function_words.after_verbs")
_AFTER_NOUNS = read_words("function_words.after_nouns")
_QUESTION_WORDS = read_words("function_words.question_words")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def _third_person(stem: str) -> str:
    """Build "carries" from "carry", "focuses" from "focus"."""
    if stem.endswith(("s", "x", "z", "ch", "sh")):
        return stem + "es"
    if stem.endswith("y") and stem[-2] not in "aeiou":
        return stem[:-1] + "ies"
    return stem + "s"


_THIRD_PERSON = frozenset(map(_third_person, _VERBS)) | _PRESENT_IRREGULAR
_THIRD_PERSON_OF_NOUNS = frozenset(map(_third_person, _NOUN_VERBS))
_NOUN_VERB_FORMS = _THIRD_PERSON_OF_NOUNS | _NOUN_VERBS
_INFINITIVES = _VERBS | _NOUN_VERBS
_NOT_PAST = read_words("verbs.not_past")


def list_words(text: str) -> list[str]:
    """List the words of *text* in lower case, typographic apostrophes made plain."""
    return list(_list_words(text)) if len(text) < _LONG else _find_words(text)


_LONG = 2_000  # characters: a sentence is read again and again, a document is not


@lru_cache(maxsize=1_024)
def _list_words(text: str) -> tuple[str, ...]:
    return tuple(_find_words(text))


def _find_words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _is_past(words: Sequence[str], at: int, *, headline: bool) -> bool:
    """Distinguish a past tense from a participle that modifies a noun, by its neighbours."""
    word = words[at]
    regular = word.endswith("ed") and word not in _NOT_PAST
    regular = regular and (len(word) > 4 or (word.endswith("ied") and len(word) == 4))
    if at == 0 or not (regular or word in _PAST):
        return False
    before = words[at - 1]
    if before in _DETERMINERS or before in _LINKS:
        return False
    if before.endswith("ly"):  # "newly created command", but "quickly changed its route"
        led = headline and at > 1 and words[at - 2] not in _DETERMINERS | _LINKS
        return led or (at + 1 < len(words) and words[at + 1] in _DETERMINERS)
    if headline or at + 1 == len(words) or before in _PRONOUNS:
        return True
    after = words[at + 1]
    return after in _AFTER_VERB or after[0].isdigit()


def _is_noun_verb(words: Sequence[str], at: int, *, headline: bool) -> bool:
    """Distinguish "posture targets islands" (true) from "Philippines Stop and Commitments"."""
    if words[at] not in _NOUN_VERB_FORMS or not 0 < at < len(words) - 1:
        return False
    before, after = words[at - 1], words[at + 1]
    if before in _DETERMINERS or before in _LINKS or after in _AFTER_NOUNS:
        return False
    to_do = after == "to" and any(word in _INFINITIVES for word in words[at + 2 : at + 3])
    return headline or before in _PRONOUNS or after in _DETERMINERS or to_do


def _is_finite(words: Sequence[str], at: int, *, headline: bool) -> bool:
    word = words[at]
    if word in _AUXILIARIES:
        return True
    before = words[at - 1] if at else ""
    free = before not in _DETERMINERS and before not in _LINKS
    if word in _THIRD_PERSON:
        return free
    if word in _VERBS and at and free:
        return headline or before == "also"
    if headline and word == "to" and at:  # "Ellen DeGeneres To Host Oscars"
        return any(after in _INFINITIVES for after in words[at + 1 : at + 2])
    return _is_past(words, at, headline=headline) or _is_noun_verb(words, at, headline=headline)


def is_verb_form(word: str) -> bool:
    """Return whether *word*, in lower case, is a verb form that cannot be a singular noun."""
    known = word in _AUXILIARIES or word in _THIRD_PERSON or word in _PAST
    return known or word in _THIRD_PERSON_OF_NOUNS


def is_base_verb(word: str) -> bool:
    """Return whether *word*, in lower case, can follow "to" as a verb."""
    return word in _INFINITIVES


def could_be_verb(word: str) -> bool:
    """Tell whether *word*, in lower case, has a form that a finite verb can have."""
    known = word in _AUXILIARIES or word in _INFINITIVES or word in _ANY_PAST
    return known or word.endswith(("s", "ed")) or word in _PRESENT_IRREGULAR


def is_statement(text: str, *, headline: bool = False) -> bool:
    """
    Return whether *text*, a line without closing punctuation, is a statement.

    *headline* reads doubtful words as verbs, as headlines and key points are
    mostly statements; section headings and list labels are mostly not.

    >>> is_statement("Command restructuring aims to cut response time by 40%")
    True
    >>> is_statement("Implications for US-China Relations", headline=True)
    False
    """
    words = list_words(text)
    if len(words) < 3 or words[0] in _QUESTION_WORDS:
        return False
    return any(_is_finite(words, at, headline=headline) for at in range(len(words)))
