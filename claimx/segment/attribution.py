"""
Attribute each sentence of a document to its speaker, and judge how what is said is meant.

Rules over the whole text: "he" is the person named before, a quotation that
goes on is its speaker's, a list is credited to whom its lead-in names.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from claimx.language.lexicon import read_words
from claimx.language.speech import (
    Attribution,
    blank_quotations,
    find_attribution,
    is_one_person,
    is_pronoun,
    names_person,
)
from claimx.records import Modality, Sentence
from claimx.segment.allegations import states_allegation
from claimx.segment.sentences import NOT_EXTRACTED

# A named speaker stands for "he" this many sentences on, unless somebody else is named.
_MEMORY = 3
_ORDINAL = re.compile(r"(?:And )?(?:Second|Third|Fourth|Fifth|Lastly|Finally)(?:ly)?,")
_FIRST = re.compile(r":\s*(?:First|One)(?:ly)?,")
_QUOTE_OPENS = re.compile(r"[“\"«]|``")
_CONSIDERED = re.compile(
    r"\b(?:(?:is|are|was|were|been|be) (?:also |now |still |reportedly )?(?:considering|weighing|"
    r"mulling|exploring|contemplating|looking (?:at|into)|studying whether)|(?:may|might|could) "
    r"(?:consider|decide)|under consideration|(?:agreed|plans?|promised) to consider)\b"
)
_PLANNED = re.compile(
    r"\b(?:will|won't|won’t|shall|(?:plan|plans|planned|planning|intend|intends|intended|aim|aims|"
    r"aimed|seek|seeks|pledged|vowed|agreed|promised|prepares?|preparing|proposed|expected|"
    r"scheduled|set|slated|anticipated|poised|about|hopes?) to|(?:is|are) (?:going|designed|to be|"
    r"meant|intended) (?:to )?|would like to|(?:revealed|announced|unveiled|outlined|has|have) "
    r"(?:\w+ )?plans?|announced (?:the|a|an)|agreed on|concurred on|"
    r"(?:reached|struck|made) an? (?:consensus|deal|decision|agreement) to)\b"
)
_OPINION = re.compile(
    r"\b(?:likely|unlikely|could|might|may (?!\d)|should|must|ought to|perhaps|arguably|seems?|"
    r"appears? to|(?:is|are|was|were|be|remains?|proved?) (?:\w+ )?(?:crucial|critical|essential|"
    r"vital|indispensable|historic|significant|remarkable|important|defensive|clear)|"
    r"signals?|reflects?|underscores?|underlines|highlights?|serves? as|stems? from|aligns? with|"
    r"(?<!to )(?:reinforces?|enhances?|strengthens?|undermines?)|"
    r"(?:is|are) (?:reinforcing|enhancing|strengthening|undermining)|marks? (?:a|an|the)|"
    r"represents (?:a|an|the)|poses (?:a|an)|clearly|undoubtedly|of course)\b",
    re.IGNORECASE,
)
_JUDGED_AHEAD = re.compile(
    r"\bwill (?:\w+ )?(?:be|prove|remain) (?:\w+ )?"
    r"(?:crucial|critical|essential|vital|indispensable|important|key|necessary)\b"
)
# ", highlighting its role": the article's gloss on what it asserts.
_ADDED_CLAUSE = re.compile(r",\s+(?:[a-z]+ly\s+|thereby\s+)?[a-z]{3,}ing\b|\s[-–—]\s")
# "Stronger response – The unit will act": what the label announces is what is stated.
_LABEL = re.compile(r"^[^.,–—-]{3,60}\s[-–—]\s(?=[A-Z])")
_BELIEVING = read_words("speech.believing")
_NAMED = re.compile(r"[A-Z][\w-]+(?![\w'’])")
# Somebody in full who does or is something: "Delia Garcia shoved him", "Delia Garcia, 45,".
_NEW_PERSON = re.compile(
    r"(?:^|(?<=[.,;“] )|(?<=\b[Aa]nd )|(?<=that )|(?<=said ))[A-Z][a-z]+ (?:[A-Z]\. )?"
    r"(?P<last>[A-Z][a-z’'-]+)(?=,? (?:[a-z]+ed|who|is|was|has|had|\d{2}|the|an?)\b)"
)
# "Said that she was ready": the speaker is meant.
_OF_SPEAKER = re.compile(r"\W*(?:that )?(he|she)\b")
_MAN = re.compile(
    r"\b(?:Mr|Sir|Lord|King|Prince|Father|[a-z]*(?:spokes|chair|business|police|congress)man|man|boy|"
    r"father|brother|husband|son|uncle|he)\b",
    re.IGNORECASE,
)
_WOMAN = re.compile(
    r"\b(?:Mrs|Ms|Miss|Lady|Queen|Princess|Sister|[a-z]*(?:spokes|chair|business|police|congress)"
    r"woman|woman|girl|mother|sister|wife|daughter|aunt|actress|she)\b",
    re.IGNORECASE,
)


class AttributedSentence(NamedTuple):
    """
    A sentence that may state something, and who says it.

    *attribution* is how its own words credit somebody, None where they do not;
    *speaker* may be known from sentences before. *listed* tells that a credited
    list is under way, *header* is that of the table under way.
    """

    sentence: Sentence
    attribution: Attribution | None
    speaker: str | None
    listed: bool
    header: str

    @property
    def verb(self) -> str:
        """The verb of saying, empty where there is none or it only names a source."""
        return self.attribution.verb if self.attribution else ""


class _Memory(NamedTuple):
    """
    Who was heard so far in a document.

    *person* is whom "he" would mean and *age* how many sentences ago that was;
    *quoted* spoke in the sentence before; *listed* is credited with the list
    under way. *header* is the header of the table under way.
    """

    person: str | None = None
    age: int = 0
    quoted: str | None = None
    listed: str | None = None
    header: str = ""


def attribute_sentences(text: str, sentences: Iterable[Sentence]) -> Iterator[AttributedSentence]:
    """Yield each of the *sentences* of *text* that may state something, with who says it."""
    memory, people = _Memory(), _People({}, {})
    for sentence in sentences:
        words = sentence.span.slice(text)
        if sentence.kind == "label":
            memory = memory._replace(listed=None, header=words if "|" in words else "")
        if sentence.kind in NOT_EXTRACTED:
            continue
        said = find_attribution(words)
        speaker, memory = _listen(words, said, sentence, memory, people)
        is_listed = memory.listed is not None
        yield AttributedSentence(sentence, said, speaker, is_listed, memory.header)


def judge_modality(text: str, speaker: str | None, verb: str) -> Modality:
    """
    Tell how a claim is meant, by its words; the first rule that fits decides.

    Several fit at times: alleged goes before planned, considered, reported and opinion.
    """
    if states_allegation(text):
        return "alleged"
    judged = verb in _BELIEVING or _JUDGED_AHEAD.search(text)
    if _PLANNED.search(text) and not _CONSIDERED.search(text) and not judged:
        return "planned"
    if _CONSIDERED.search(text):
        return "considered"
    if speaker or verb:
        return "reported"
    return "opinion" if judged or _gives_opinion(text) else "asserted"


def _gives_opinion(text: str) -> bool:
    """Tell whether the article itself judges or forecasts in *text*, glosses aside."""
    stated = _ADDED_CLAUSE.split(_LABEL.sub("", text), maxsplit=1)[0]
    return _OPINION.search(stated) is not None


class _People(NamedTuple):
    """The speakers heard so far, by last name, and "he" or "she" where the words tell; grows."""

    speakers: dict[str, str]
    pronouns: dict[str, str]

    def list_named(self, words: str) -> list[str]:
        """List the speakers that *words* name."""
        return [self.speakers[name] for name in _NAMED.findall(words) if name in self.speakers]

    def add(self, speaker: str, behind: str) -> None:
        """Add *speaker*; *behind* are the words behind the verb: "that she was ready"."""
        self.speakers[speaker.rsplit(maxsplit=1)[-1]] = speaker
        own = _OF_SPEAKER.match(behind)
        told = f"{speaker} {own[1]}" if own else speaker
        for pronoun, form in (("he", _MAN), ("she", _WOMAN)):
            if form.search(told):
                self.pronouns.setdefault(speaker, pronoun)

    def names_another(self, words: str) -> bool:
        """Tell whether *words* name in full somebody who has not spoken yet."""
        return any(
            found["last"] not in self.speakers and names_person(found[0])
            for found in _NEW_PERSON.finditer(words)
        )

    def can_be(self, pronoun: str, person: str | None) -> bool:
        """Tell whether *pronoun* can stand for *person*: "she" is no man."""
        return person is not None and self.pronouns.get(person, pronoun) == pronoun


def _listen(
    words: str,
    said: Attribution | None,
    sentence: Sentence,
    memory: _Memory,
    people: _People,
) -> tuple[str | None, _Memory]:
    """Find who says *words*, which *said* attributes; *people* grows."""
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
    """Say whom "he" or "she" means, if one person alone comes into question."""
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
    """Say who goes on speaking, in a quotation or a list that an earlier sentence began."""
    if _QUOTE_OPENS.match(words) and not blank_quotations(words).strip(" .,!?”\"’'»"):
        return memory.quoted
    listed = sentence.kind in ("item", "row") or _ORDINAL.match(words)
    return memory.listed if listed else None


def _remember(
    words: str, sentence: Sentence, memory: _Memory, speaker: str | None, named: list[str]
) -> _Memory:
    """Remember for the next sentence who was heard and named in this one."""
    person, age = memory.person, memory.age + 1
    if named:
        person, age = (named[0] if len(set(named)) == 1 else None), 0
    opens_list = speaker and (words.endswith(":") or _FIRST.search(words))
    goes_on = sentence.kind in ("item", "row") or _ORDINAL.match(words)
    return _Memory(
        person=person,
        age=age,
        quoted=speaker if _QUOTE_OPENS.search(words) else None,
        listed=speaker if opens_list else memory.listed if goes_on else None,
        header=memory.header if sentence.kind == "row" else "",
    )
