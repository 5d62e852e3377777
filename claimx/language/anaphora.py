"""
Find anaphora: words of a sentence whose antecedent is elsewhere.

A reader of a single sentence does not know what ``He``, ``this initiative`` or ``both
nations`` refer to. A word whose antecedent is in the sentence itself does not count:
``Ruiz said he would``. Quotations are ignored, because they are the speaker's words.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.language.features import stem_word
from claimx.language.lexicon import any_of, read_words
from claimx.language.names import find_place
from claimx.language.quotations import blank_quotations
from claimx.language.speech import names_people
from claimx.language.words import is_statement, is_verb_form

_OPENS = rf"^[\"“‘'(]*(?:{any_of('anaphora.openings', first='capital')},? )?"
_POINTER = re.compile(
    rf"(?P<person>\b{any_of('anaphora.persons', first='either')}\b(?!['’](?!s\b)))"
    rf"|(?P<thing>\b{any_of('anaphora.things', first='either')}\b)"
    rf"|(?P<this>\b{any_of('anaphora.demonstratives', first='either')}\b)"
    rf"|(?P<both>\b{any_of('anaphora.pairs', first='either')} {any_of('anaphora.groups')}\b)"
    rf"|(?P<shell>{_OPENS}{any_of('function_words.definite', first='capital')} "
    rf"{any_of('anaphora.shell_nouns')}s?(?= [a-z]))"
)
_OF_WHAT = re.compile(rf" {any_of('anaphora.of_what')}\b")
# "It is clear that": a pronoun without antecedent.
_EMPTY_IT = re.compile(any_of("anaphora.empty_it") + r"\b", re.IGNORECASE)
_TIMES = read_words("anaphora.times")
_MAX_NOUN_PHRASE = 4
_WORD = re.compile(r"[\w’'-]+")
_LINKS = read_words("function_words.noun_phrase_ends")
_FIRST_PERSON = re.compile(
    rf"\b(?:{any_of('anaphora.first_person', first='either')}|"
    rf"{any_of('anaphora.first_person_as_written')})\b(?!\.)"
)
_SEVERAL = re.compile(r"[a-z]s\b|\band\b")
_BARE = re.compile(r"(?:[Tt]he )?[a-z-]+")
_COUNTRY = r"[A-Z][\w.]+(?: (?:of )?[A-Z]\w+)?"
_PAIR = re.compile(
    rf"(?P<a>(?:[Tt]he )?{_COUNTRY})(?: and |(?P<dash>[-–]))(?P<b>(?:the )?{_COUNTRY})"
)
# "American and Japanese officials" does not name two countries.
_NATIONALITY = re.compile(
    rf"(?:{any_of('places.endings_of_peoples')}|{any_of('places.other_peoples')})$"
)
_PAIR_REACH = 3000
_POSSESSIVE = read_words("function_words.third_person_possessives")
_MAX_MEANING_WORDS = 14
_OPENING_REACH = 100


class Pointer(NamedTuple):
    """An anaphor, ``sentence[start:end]``; *kind* is the kind of antecedent it can have."""

    start: int
    end: int
    words: str
    kind: str


def find_pointers(sentence: str) -> tuple[Pointer, ...]:
    """
    Find the anaphora in *sentence*, in order; only the first of each kind.

    >>> [pointer.words for pointer in find_pointers("This step, he said, helps both sides.")]
    ['This step', 'he', 'both sides']
    """
    first: dict[str, Pointer] = {}
    for pointer in _list_pointers(blank_quotations(sentence)):
        key = pointer.words.lower() if pointer.kind in ("this", "both", "shell") else pointer.kind
        first.setdefault(key, pointer)
    return tuple(first.values())


def find_opening(claim: str) -> str | None:
    """
    Return the anaphor that leaves *claim* unclear to a reader who sees it alone, if any.

    In the middle of a claim only "we" and the like count: others may have their
    antecedent in the claim.
    """
    if not blank_quotations(claim).strip(" .,\"”'’»"):
        claim = claim.strip("\"“”'‘’«»")  # the whole claim is a quotation
    blanked = blank_quotations(claim)
    first = next(_list_pointers(blanked[:_OPENING_REACH]), None)
    if first and (first.kind == "shell" or not claim[: first.start].strip(" \"“‘'(")):
        return first.words
    said = _FIRST_PERSON.search(blanked)
    return said[0] if said else None


def put_meanings(sentence: str, pointers: Sequence[Pointer], meanings: Sequence[str]) -> str:
    """Replace each of *pointers* by its antecedent; one with a blank antecedent is kept."""
    for pointer, meaning in reversed(list(zip(pointers, meanings, strict=True))):
        if meaning:
            stands = _fit_in(pointer, meaning, sentence)
            sentence = sentence[: pointer.start] + stands + sentence[pointer.end :]
    return sentence


def accept_meaning(pointer: Pointer, meaning: str, shown: str) -> str:
    """Tidy *meaning*; blank if *pointer* cannot refer to it or its words are not in *shown*."""
    meaning = meaning.strip(' .,;:"“”').removesuffix("’s").removesuffix("'s")
    words = _WORD.findall(meaning)
    known = set(_WORD.findall(shown.lower().replace("’", "'")))
    plain = [word.lower().replace("’", "'") for word in words]
    if not 0 < len(words) <= _MAX_MEANING_WORDS or meaning.lower() == pointer.words.lower():
        return ""
    if any(word not in known and word.removesuffix("'s") not in known for word in plain):
        return ""
    if _POINTER.match(meaning) or any(word in _VERBS for word in plain) or is_statement(meaning):
        return ""
    return (
        meaning if pointer.words.lower() not in meaning.lower() and _fits(pointer, meaning) else ""
    )


def heads_agree(pointer: Pointer, meaning: str) -> bool:
    """
    Return whether *meaning* is certainly the antecedent of *pointer*.

    Pronouns are mostly resolved correctly. Phrases like "this step" are not, unless the
    antecedent has the same noun: of 38 such phrases a small model got 15 wrong.

        >>> heads_agree(Pointer(0, 9, "This plan", "this"), "the plan of the council")
        True
        >>> heads_agree(Pointer(0, 9, "This step", "this"), "the new ferry line")
        False
    """
    if pointer.kind not in ("this", "shell"):
        return True
    return " " in pointer.words and _find_head(pointer.words) == _find_head(meaning)


def _find_head(phrase: str) -> str:
    """Return the stem of the head noun of *phrase*: the last before "of", "that" and so on."""
    words = [word.lower() for word in _WORD.findall(phrase)]
    ends = (at for at, word in enumerate(words) if at and word in _LINKS)
    return stem_word(words[next(ends, len(words)) - 1])


def _fits(pointer: Pointer, meaning: str) -> bool:
    """Return whether *meaning* is of the kind that *pointer* can refer to."""
    if pointer.kind == "person":
        return names_people(meaning)
    if pointer.kind == "both":
        return " and " in meaning
    if pointer.words.lower().startswith(("these ", "those ")) and not _SEVERAL.search(meaning):
        return False
    # "The initiative" is no clearer than "this initiative".
    return pointer.kind == "thing" or not _BARE.fullmatch(meaning)


def find_pair(text: str) -> str:
    """
    Return the last two countries that *text* names together; empty if there are none.

    >>> find_pair("The US-Japan pact. Norway and the Netherlands met in Oslo.")
    'Norway and the Netherlands'
    """
    last = ""
    for found in _PAIR.finditer(text, max(0, len(text) - _PAIR_REACH)):
        if all(_is_country(found[side]) for side in ("a", "b")):
            last = f"{found['a']} and {found['b']}"
    return last


_VERBS = read_words("function_words.verbs_of_no_name")


def _is_country(name: str) -> bool:
    words = name.lower().replace(".", "").removeprefix("the ").split()
    return bool(find_place(tuple(words))) and not _NATIONALITY.search(name)


def _list_pointers(sentence: str) -> Iterator[Pointer]:
    for found in _POINTER.finditer(sentence):
        kind = str(found.lastgroup)
        start, end = found.span(kind)
        if kind == "shell":
            start = sentence.index("The", start)
            if _OF_WHAT.match(sentence, end):
                continue
        if kind == "this":
            end = _end_phrase(sentence, found)
        if end > start and not _is_explained(sentence, start, kind):
            yield Pointer(start, end, sentence[start:end], kind)


def _end_phrase(sentence: str, this: re.Match[str]) -> int:
    """Return the end of the noun phrase that *this* begins; its start if it is no anaphor."""
    end, plural = this.end(), this[0].lower() != "this"
    for count, word in enumerate(_WORD.finditer(sentence, end)):
        known = word[0].lower()
        gap = sentence[end : word.start()]
        if len(gap) > 2 and not gap.strip(" ”\"'»"):
            return this.start()  # a quotation was blanked: This new "headquarters"
        if gap != " " or known in _LINKS or count == _MAX_NOUN_PHRASE:
            break
        if known.removesuffix("’s").removesuffix("'s") in _TIMES:
            return this.start()
        described = count and not sentence[:end].endswith("ly")
        if not plural and (is_verb_form(known) or (described and known.endswith(("s", "ed")))):
            break
        end = word.end()
        if plural and known.endswith("s"):
            break
    return end


def _is_explained(sentence: str, start: int, kind: str) -> bool:
    """Return whether the antecedent of the words at *start* is before them in *sentence*."""
    before = sentence[:start]
    if kind == "thing":
        empty = _EMPTY_IT.match(sentence, start) is not None
        return empty or any(word.islower() and len(word) > 3 for word in _WORD.findall(before))
    if kind == "person":
        return names_people(before)
    if kind == "both":
        return re.search(r"[A-Z][\w.]+(?: and|,) (?:the )?[A-Z]", before) is not None
    return False


def _fit_in(pointer: Pointer, meaning: str, sentence: str) -> str:
    following = _WORD.match(sentence, pointer.end + 1)
    word = pointer.words.lower()
    owned = word in _POSSESSIVE and following and following[0].lower() not in _LINKS
    if owned:
        meaning += "’" if meaning.endswith("s") else "’s"
    if pointer.start == 0:
        return meaning[0].upper() + meaning[1:]
    lowered = re.match(r"(?:The|A|An|Both|This|These) ", meaning)
    return meaning[0].lower() + meaning[1:] if lowered else meaning
