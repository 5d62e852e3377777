"""
Lead a small model through a segment sentence by sentence, in two small steps.

First it says what "he" or "this step" means, where a sentence points at
something before it; the meaning is put in here, not by the model. Then it
splits the sentence into its facts and sees nothing else, so that nothing else
leaks in. Who speaks and how it is meant are left to the rules of `credit`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, create_model

from claimx.attribution import Heard, hear_sentences
from claimx.extract.proposals import (
    Extraction,
    Model,
    Proposal,
    Words,
    ask_prompt,
    join_extractions,
    reject_answer,
    tidy_claim,
)
from claimx.plain import list_content, word_sentence
from claimx.pointing import Pointer, accept_meaning, find_pair, find_pointers, put_meanings
from claimx.prompts import Prompt
from claimx.records import Document, Segment, Sentence, Usage
from claimx.speech import find_attribution, is_pronoun
from claimx.words import is_statement, is_verb_form

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm import Answer

_MAX_POINTERS = 3
_MAX_FACTS = 6  # a small model loops on open lists
_EARLIER = 3
# A split that loses more of the words of its sentence, or a fact that brings more of its own,
# is not one. Faithful splits of news lose and add function words mostly.
_MAX_LOST = 0.4
_MAX_ADDED = 0.25
_MAX_WHOLE_WORDS = 10
_SEVERAL = re.compile(r"[,;:–—]| - |\b(?:and|but|while|which|who|whom|where|that)\b")
_TWO_COUNTRIES = re.compile(r"(?:nations|countries|allies)$")
_OPENING = re.compile(r"(?:It|He|She|They) ")
_MAX_SUBJECT_WORDS = 9
# What a reader misses first when a split loses it.
_WHEN = re.compile(
    r"\d|\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|"
    r"August|September|October|November|December|(?:last|next|this) (?:week|month|year))\b",
    re.IGNORECASE,
)
# "Stronger response – The unit will act": the label states nothing.
_LABEL = re.compile(r"^[^.,–—]{3,60}\s[-–—]\s(?=[A-Z“\"])")
_CONNECTIVE = re.compile(
    r"(?:Furthermore|Moreover|Additionally|In addition|Consequently|As a result|Meanwhile|"
    r"(?:First|Second|Third|Last|Final)(?:ly)?), (?=\w)"
)
_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|``(.+?)''")


class _Facts(BaseModel):
    """What a sentence splits into."""

    model_config = ConfigDict(extra="forbid")

    claims: Annotated[list[Words], Field(max_length=_MAX_FACTS)]


@dataclass(frozen=True)
class Stepwise:
    """The strategy that resolves and splits one sentence at a time."""

    resolve: Prompt
    split: Prompt

    @property
    def label(self) -> str:
        """Name both prompts."""
        return f"{self.resolve.label}, {self.split.label}"

    async def extract(self, model: Model, document: Document, segment: Segment) -> Extraction:
        """
        Ask *model* about each sentence of *segment* in turn.

        Raises:
            ModelError: As the model raises it; a missing recording names the segment.
        """
        place = document, segment
        heard = _hear(document.text)
        earlier = [word_sentence(s.span.slice(document.text), s.kind) for s in segment.context]
        parts: list[Extraction] = []
        for sentence in segment.sentences:
            words = _word(sentence, document, heard.get(sentence.index))
            known = heard.get(sentence.index)
            read = await self._resolve(model, place, words, known, earlier[-_EARLIER:])
            parts += [read.cost, await self._split(model, place, sentence, read)]
            earlier.append(read.words)
        return join_extractions(parts)

    async def _resolve(
        self,
        model: Model,
        place: tuple[Document, Segment],
        words: str,
        heard: Heard | None,
        earlier: Sequence[str],
    ) -> "_Reading":
        """Put in *words* what they point at, as rule or model says."""
        words, pointers = _resolve_speaker(words, heard)
        words, pointers = _resolve_pair(words, pointers, place[0].text, heard)
        pointers = pointers[:_MAX_POINTERS]
        if not pointers or not earlier:
            return _Reading(words)
        title = place[0].title or ""
        values = {
            "title": title,
            "context": [_show_quotes(one) for one in earlier],
            "sentence": _show_quotes(words),
            "pointers": [pointer.words for pointer in pointers],
        }
        answer = await ask_prompt(
            model, self.resolve, values, _meaning_schema(len(pointers)), place
        )
        meant: Any = answer.value
        if meant is None:
            return _Reading(words, cost=_cost(answer))
        shown = " ".join((title, *earlier, words))
        accepted = [
            accept_meaning(pointer, tidy_claim(said), shown)
            for pointer, said in zip(pointers, meant.means, strict=True)
        ]
        doubts = {
            pointer: meaning for pointer, meaning in zip(pointers, accepted, strict=True) if meaning
        }
        return _Reading(put_meanings(words, pointers, accepted), doubts, _cost(answer))

    async def _split(
        self, model: Model, place: tuple[Document, Segment], sentence: Sentence, read: "_Reading"
    ) -> Extraction:
        """Split *read*, the words of *sentence*, into proposals."""
        words = read.words
        if not _SEVERAL.search(words) and len(words.split()) <= _MAX_WHOLE_WORDS:
            return Extraction(proposals=(_propose(words, sentence, place, read.meanings),))
        values = {"sentence": _show_quotes(words)}
        answer = await ask_prompt(model, self.split, values, _Facts, place)
        said = answer.value.claims if answer.value else _read_facts(answer.text)
        cost = _cost(answer)
        if not said:
            quote = sentence.span.slice(place[0].text)
            detail = answer.error or "no facts in it"
            rejected = reject_answer(*place, detail, claim=words, quote=quote)
            return cost.model_copy(update={"rejected": (rejected,)})
        facts = [_name_subject(_restore_quotes(tidy_claim(fact), words), words) for fact in said]
        kept, added = _part_faithful(facts, words)
        return cost.model_copy(
            update={
                "proposals": tuple(_propose(fact, sentence, place, read.meanings) for fact in kept),
                "rejected": tuple(
                    reject_answer(
                        *place,
                        f"adds words: {', '.join(more)}",
                        "unsupported",
                        claim=fact,
                        quote=sentence.span.slice(place[0].text),
                    )
                    for fact, more in added.items()
                ),
            }
        )


class _Reading(NamedTuple):
    """A sentence with what the model says its pointers mean put in, and what asking cost."""

    words: str
    meanings: Mapping[Pointer, str] = MappingProxyType({})
    cost: Extraction = Extraction()


@lru_cache(maxsize=4)
def _hear(text: str) -> dict[int, Heard]:
    return {heard.sentence.index: heard for heard in hear_sentences(text)}


@lru_cache(maxsize=8)
def _meaning_schema(pointers: int) -> type[BaseModel]:
    means: dict[str, Any] = {
        "means": (
            list[str],
            Field(min_length=pointers, max_length=pointers, description="One for each, in order."),
        )
    }
    return create_model("Meanings", __config__=ConfigDict(extra="forbid"), **means)


def _word(sentence: Sentence, document: Document, heard: Heard | None) -> str:
    """Word *sentence* plainly; a quotation that goes on is given its speaker."""
    words = word_sentence(
        sentence.span.slice(document.text), sentence.kind, heard.header if heard else ""
    )
    label = _LABEL.match(words)
    if sentence.kind == "item" and label and not is_statement(label[0], headline=True):
        words = words[label.end() :]
    if heard and heard.speaker and words[0] in '“"' and find_attribution(words) is None:
        return f"{heard.speaker} said: {words}"
    return words


def _resolve_speaker(words: str, heard: Heard | None) -> tuple[str, tuple[Pointer, ...]]:
    """Put the speaker in place of "he" where the rules know him; return what is left to ask."""
    pointers = find_pointers(words)
    said = find_attribution(words)
    if not (heard and heard.speaker and said and is_pronoun(said.who)):
        return words, pointers
    persons = [pointer for pointer in pointers if pointer.kind == "person"]
    words = put_meanings(words, persons, [heard.speaker] * len(persons))
    return words, tuple(one for one in find_pointers(words) if one.kind != "person")


def _resolve_pair(
    words: str, pointers: Sequence[Pointer], text: str, heard: Heard | None
) -> tuple[str, tuple[Pointer, ...]]:
    """Put the two countries named last in place of "both nations"; return what is left to ask."""
    both = [pointer for pointer in pointers if _TWO_COUNTRIES.search(pointer.words)]
    pair = find_pair(text[: heard.sentence.span.start]) if both and heard else ""
    if not pair:
        return words, tuple(pointers)
    words = put_meanings(words, both[:1], [pair])
    return words, tuple(one for one in find_pointers(words) if one.kind != "both")


def _name_subject(fact: str, words: str) -> str:
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


def _show_quotes(words: str) -> str:
    """Show quotations in single marks: a double one ends the string of a small model's answer."""
    return _QUOTED.sub(lambda quoted: f"‘{quoted[1] or quoted[2] or quoted[3]}’", words)


def _restore_quotes(fact: str, words: str) -> str:
    """Put back the double marks of what *words* quote."""
    for quoted in _QUOTED.finditer(words):
        piece = (quoted[1] or quoted[2] or quoted[3]).rstrip(" ,.")
        marked = rf"[‘'“\"`]{{1,2}}({re.escape(piece)})([,.]?)[’'”\"]{{1,2}}"
        fact = re.sub(marked, r"“\1”\2", fact)
    if "‘" in fact:
        return re.sub(r"’(?!\w)", "”", fact.replace("‘", "“"))
    return fact.removesuffix("’")


def _part_faithful(
    facts: Sequence[str], words: str
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
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
        more = tuple(sorted(own - content))
        if len(more) > _MAX_ADDED * len(own):
            added[fact] = more
        else:
            kept.append(fact)
    told = frozenset().union(*map(list_content, kept)) if kept else frozenset()
    lost = len(content - told) > _MAX_LOST * len(content)
    said = " ".join(kept).lower()
    lost = lost or any(when.lower() not in said for when in _WHEN.findall(words))
    return ([words], added) if lost or len(kept) == 1 else (kept, added)


def _propose(
    fact: str,
    sentence: Sentence,
    place: tuple[Document, Segment],
    meanings: Mapping[Pointer, str],
) -> Proposal:
    document, segment = place
    taken = {p.words: meaning for p, meaning in meanings.items() if meaning.lower() in fact.lower()}
    return Proposal(
        document_id=document.id,
        segment=segment.index,
        claim=_cut_connective(fact),
        quote=sentence.span.slice(document.text),
        near=(sentence.span,),
        doubts=tuple(f"“{words}” taken to mean “{meaning}”" for words, meaning in taken.items()),
    )


def _cut_connective(fact: str) -> str:
    """Cut off what ties *fact* to the sentence before: "Furthermore, "."""
    tied = _CONNECTIVE.match(fact)
    return fact[tied.end()].upper() + fact[tied.end() + 1 :] if tied else fact


def _cost(answer: "Answer[Any]") -> Extraction:
    usage: Usage = answer.usage
    return Extraction(usage=usage, created=answer.created)


def _read_facts(text: str) -> list[str]:
    """Read the facts of an answer that does not end where its JSON does."""
    try:
        start = text.index("{")
        answer = pydantic_core.from_json(text[start:], allow_partial=True)
    except ValueError:
        return []
    said = answer.get("claims") if isinstance(answer, dict) else None
    listed = said if isinstance(said, list) else []
    return [one for one in listed if isinstance(one, str) and one.strip()][:_MAX_FACTS]
