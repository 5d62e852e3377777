"""
Attribute each sentence of a document to its speaker.

Rules over the whole text: "he" refers to the person named before, a continued
quotation belongs to its speaker, a list is credited to whom its lead-in names.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from claimx.language.lexicon import any_of, behind_any
from claimx.language.quotations import OPENING_MARK, blank_quotations
from claimx.language.speech import (
    Attribution,
    find_attribution,
    is_one_person,
    is_pronoun,
    names_person,
)
from claimx.records import Sentence
from claimx.segment.sentences import NOT_EXTRACTED

# "He" can refer to a speaker named up to this many sentences before, unless another is named.
_MEMORY = 3
_ORDINAL = re.compile(any_of("sequence.next_items", first="capital") + ",")
_FIRST = re.compile(rf":\s*{any_of('sequence.first_items', first='capital')},")
_NAMED = re.compile(r"[A-Z][\w-]+(?![\w'’])")
# A person with full name who does or is something: "Delia Garcia shoved him", "Delia Garcia, 45,".
_NEW_PERSON = re.compile(
    rf"(?:^|(?<=[.,;“] )|{behind_any('names.before_persons')})[A-Z][a-z]+ (?:[A-Z]\. )?"
    r"(?P<last>[A-Z][a-z’'-]+)"
    rf"(?=,? (?:[a-z]+ed|{any_of('names.after_persons')}|\d{{2}})\b)"
)
# "Said that she was ready": the pronoun refers to the speaker.
_OF_SPEAKER = re.compile(
    rf"\W*(?:{any_of('function_words.that')} )?({any_of('anaphora.one_person')})\b"
)
_MAN = re.compile(rf"\b{any_of('names.men')}\b", re.IGNORECASE)
_WOMAN = re.compile(rf"\b{any_of('names.women')}\b", re.IGNORECASE)


class AttributedSentence(NamedTuple):
    """
    A sentence that may state something, with its speaker.

    *attribution* is the attribution in its own words, None if it has none;
    *speaker* may be known from earlier sentences. *listed* is true inside a list
    that is credited to a speaker; *header* is the header of the current table.
    *lead* is the length of a speaker's name before what is said ("ANCHOR: ").
    """

    sentence: Sentence
    attribution: Attribution | None
    speaker: str | None
    listed: bool
    header: str
    lead: int = 0

    @property
    def verb(self) -> str:
        """The reporting verb; empty if there is none or it only names a source."""
        return self.attribution.verb if self.attribution else ""


class _Memory(NamedTuple):
    """
    What earlier sentences of a document say about the speaker of the next.

    *person* is the antecedent of "he", named *age* sentences ago; *quoted* is the
    speaker of the sentence before; *listed* is credited with the current list.
    *header* is the header of the current table.
    """

    person: str | None = None
    age: int = 0
    quoted: str | None = None
    listed: str | None = None
    header: str = ""


def attribute_sentences(text: str, sentences: Iterable[Sentence]) -> Iterator[AttributedSentence]:
    """Yield each of the *sentences* of *text* that may state something, with its speaker."""
    memory, people = _Memory(), _People({}, {})
    for sentence in sentences:
        words = sentence.span.slice(text)
        if sentence.kind == "label":
            memory = memory._replace(listed=None, header=words if "|" in words else "")
        if sentence.kind in NOT_EXTRACTED:
            continue
        said = find_attribution(words)
        speaker, memory = _find_speaker(words, said, sentence, memory, people)
        is_listed = memory.listed is not None
        yield AttributedSentence(sentence, said, speaker, is_listed, memory.header)


class _People(NamedTuple):
    """The speakers so far by last name, with the pronoun where the text shows it; mutable."""

    speakers: dict[str, str]
    pronouns: dict[str, str]

    def list_named(self, words: str) -> list[str]:
        """List the speakers that *words* name."""
        return [self.speakers[name] for name in _NAMED.findall(words) if name in self.speakers]

    def add(self, speaker: str, behind: str) -> None:
        """Add *speaker*; *behind* is the text after the reporting verb: "that she was ready"."""
        self.speakers[speaker.rsplit(maxsplit=1)[-1]] = speaker
        own = _OF_SPEAKER.match(behind)
        told = f"{speaker} {own[1]}" if own else speaker
        for pronoun, form in (("he", _MAN), ("she", _WOMAN)):
            if form.search(told):
                self.pronouns.setdefault(speaker, pronoun)

    def names_another(self, words: str) -> bool:
        """Return whether *words* have the full name of a person who has not spoken yet."""
        return any(
            found["last"] not in self.speakers and names_person(found[0])
            for found in _NEW_PERSON.finditer(words)
        )

    def can_be(self, pronoun: str, person: str | None) -> bool:
        """Return whether *pronoun* can refer to *person*: "she" is no man."""
        return person is not None and self.pronouns.get(person, pronoun) == pronoun


def _find_speaker(
    words: str,
    said: Attribution | None,
    sentence: Sentence,
    memory: _Memory,
    people: _People,
) -> tuple[str | None, _Memory]:
    """Find the speaker of *words*, whose own attribution is *said*; updates *people*."""
    another = people.names_another(words)
    named = people.list_named(words)
    speaker = said.who if said else None
    if said and is_pronoun(said.who):
        speaker = _resolve(said.who.lower(), words[: said.start], memory, people)
    elif said and speaker and is_one_person(speaker) and speaker[-1].isalpha():
        named, another = [speaker], False
        people.add(speaker, words[said.start + len(said.verb) :])
    elif not said:
        speaker = _carry_on(words, sentence, memory)
    memory = _remember(words, sentence, memory, speaker, named)
    if another:  # "she" may be the person newly named as well
        memory = memory._replace(person=None)
    if said and not said.verb:  # "according to" names a source, not who is being quoted
        memory = memory._replace(quoted=None)
    return speaker, memory


def _resolve(pronoun: str, before: str, memory: _Memory, people: _People) -> str | None:
    """Return the antecedent of "he" or "she", if there is only one candidate."""
    if pronoun not in ("he", "she") or people.names_another(before):
        return None
    named = set(people.list_named(before))
    recent = memory.person if not named and memory.age < _MEMORY else None
    person = named.pop() if len(named) == 1 else recent
    if person is None or not people.can_be(pronoun, person):
        return None
    people.pronouns[person] = pronoun
    return person


def _carry_on(words: str, sentence: Sentence, memory: _Memory) -> str | None:
    """Return the speaker of a quotation or list that an earlier sentence began."""
    if OPENING_MARK.match(words) and not blank_quotations(words).strip(" .,!?”\"’'»"):
        return memory.quoted
    listed = sentence.kind in ("item", "row") or _ORDINAL.match(words)
    return memory.listed if listed else None


def _remember(
    words: str, sentence: Sentence, memory: _Memory, speaker: str | None, named: list[str]
) -> _Memory:
    """Return the memory for the next sentence: the speaker and the people named in this one."""
    person, age = memory.person, memory.age + 1
    if named:
        person, age = (named[0] if len(set(named)) == 1 else None), 0
    opens_list = speaker and (words.endswith(":") or _FIRST.search(words))
    goes_on = sentence.kind in ("item", "row") or _ORDINAL.match(words)
    return _Memory(
        person=person,
        age=age,
        quoted=speaker if OPENING_MARK.search(words) else None,
        listed=speaker if opens_list else memory.listed if goes_on else None,
        header=memory.header if sentence.kind == "row" else "",
    )
