"""
Lead a small model through a segment sentence by sentence, in two small steps.

First the model resolves anaphora ("he", "this step") in a sentence; the referent
is inserted here, not by the model. Then it splits the resolved sentence into its
facts and sees nothing else, so that no other text leaks in. The referent of a
phrase like "this step" is a guess, so it is removed from the facts again.
Speaker and modality are left to the rules of `credit`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, create_model

from claimx.extract.proposals import (
    Model,
    Words,
    ask_prompt,
    explain_unread,
    reject_answer,
    tidy_claim,
)
from claimx.extract.splitting import (
    MAX_CLAIMS,
    cut_connective,
    name_subject,
    part_faithful,
    read_claims,
    restore_quotes,
    show_quotes,
)
from claimx.language.anaphora import (
    Pointer,
    accept_meaning,
    find_opening,
    find_pair,
    find_pointers,
    heads_agree,
    put_meanings,
)
from claimx.language.lexicon import any_of
from claimx.language.speech import find_attribution, is_pronoun
from claimx.language.words import is_statement
from claimx.llm.prompts import Prompt, show_line
from claimx.records import (
    Document,
    DocumentResult,
    Proposal,
    Segment,
    Sentence,
    Usage,
    join_proposed,
)
from claimx.segment.attribution import AttributedSentence
from claimx.segment.parsed import ParsedDocument, parse_document
from claimx.segment.statements import word_sentence

if TYPE_CHECKING:  # openai is slow to import
    from claimx.llm.client import Answer

_MAX_POINTERS = 3
_EARLIER = 3
_MAX_WHOLE_WORDS = 10
_SEVERAL = re.compile(rf"[,;:–—]| - |\b{any_of('function_words.joining_statements')}\b")
_TWO_COUNTRIES = re.compile(any_of("anaphora.countries") + "$")
# "Stronger response – The unit will act": the label is not part of the statement.
_LABEL = re.compile(r"^[^.,–—]{3,60}\s[-–—]\s(?=[A-Z“\"])")


class _Facts(BaseModel):
    """What a sentence splits into."""

    model_config = ConfigDict(extra="forbid")

    claims: Annotated[list[Words], Field(max_length=MAX_CLAIMS)]


@dataclass(frozen=True)
class Stepwise:
    """The strategy that resolves and splits one sentence at a time."""

    resolve: Prompt
    split: Prompt

    @property
    def label(self) -> str:
        """Return the name, version and hash of both prompts."""
        return f"{self.resolve.label}, {self.split.label}"

    async def extract(
        self, model: Model, document: Document | ParsedDocument, segment: Segment
    ) -> DocumentResult:
        """
        Ask *model* about each sentence of *segment* in turn.

        Raises:
            ModelError: As the model raises it; a missing recording names the segment.
        """
        parsed = parse_document(document)
        place = parsed.document, segment
        earlier = [word_sentence(s.span.slice(parsed.text), s.kind) for s in segment.context]
        parts: list[DocumentResult] = []
        for sentence in segment.sentences:
            known = parsed.attributed_by_index.get(sentence.index)
            words = _word(sentence, parsed.text, known)
            read = await self._resolve(model, place, words, known, earlier[-_EARLIER:])
            parts += [read.cost, await self._split(model, place, sentence, read)]
            earlier.append(read.words)
        return join_proposed(parts)

    async def _resolve(
        self,
        model: Model,
        place: tuple[Document, Segment],
        words: str,
        known: AttributedSentence | None,
        earlier: Sequence[str],
    ) -> "_Reading":
        """Insert the referents of the anaphora in *words*, by rule or by the model's answer."""
        words, pointers = _resolve_speaker(words, known)
        words, pointers = _resolve_pair(words, pointers, place[0].text, known)
        pointers = pointers[:_MAX_POINTERS]
        if not pointers or not earlier:
            return _Reading(words)
        title = show_line(place[0].title or "")
        values = {
            "title": title,
            "context": [show_quotes(one) for one in earlier],
            "sentence": show_quotes(words),
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
    ) -> DocumentResult:
        """Split *read*, the resolved words of *sentence*, into proposals."""
        words = read.words
        if not _SEVERAL.search(words) and len(words.split()) <= _MAX_WHOLE_WORDS:
            return DocumentResult(proposals=(_propose(words, sentence, place, read.meanings),))
        values = {"sentence": show_quotes(words)}
        answer = await ask_prompt(model, self.split, values, _Facts, place)
        said = answer.value.claims if answer.value else read_claims(answer.text)
        cost = _cost(answer)
        if not said and answer.value is None:
            return cost.model_copy(update={"unread": (explain_unread(answer),)})
        if not said:
            quote = sentence.span.slice(place[0].text)
            rejected = reject_answer(*place, "no facts in it", claim=words, quote=quote)
            return cost.model_copy(update={"unusable": (rejected,)})
        facts = [name_subject(restore_quotes(tidy_claim(fact), words), words) for fact in said]
        kept, added = part_faithful(facts, words)
        return cost.model_copy(
            update={
                "proposals": tuple(_propose(fact, sentence, place, read.meanings) for fact in kept),
                "unusable": tuple(
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
    """A sentence with its anaphora resolved, and what asking the model cost."""

    words: str
    meanings: Mapping[Pointer, str] = MappingProxyType({})
    cost: DocumentResult = DocumentResult()


@lru_cache(maxsize=8)
def _meaning_schema(pointers: int) -> type[BaseModel]:
    means: dict[str, Any] = {
        "means": (
            list[str],
            Field(min_length=pointers, max_length=pointers, description="One for each, in order."),
        )
    }
    return create_model("Meanings", __config__=ConfigDict(extra="forbid"), **means)


def _word(sentence: Sentence, text: str, known: AttributedSentence | None) -> str:
    """Return the plain text of *sentence*; a continued quotation gets its speaker."""
    words = word_sentence(sentence.span.slice(text), sentence.kind, known.header if known else "")
    label = _LABEL.match(words)
    if sentence.kind == "item" and label and not is_statement(label[0], headline=True):
        words = words[label.end() :]
    if known and known.speaker and words[0] in '“"' and find_attribution(words) is None:
        return f"{known.speaker} said: {words}"
    return words


def _resolve_speaker(
    words: str, known: AttributedSentence | None
) -> tuple[str, tuple[Pointer, ...]]:
    """Replace "he" by the speaker if the rules know him; return the anaphora still to ask about."""
    pointers = find_pointers(words)
    said = find_attribution(words)
    if not (known and known.speaker and said and is_pronoun(said.who)):
        return words, pointers
    persons = [pointer for pointer in pointers if pointer.kind == "person"]
    words = put_meanings(words, persons, [known.speaker] * len(persons))
    return words, tuple(one for one in find_pointers(words) if one.kind != "person")


def _resolve_pair(
    words: str, pointers: Sequence[Pointer], text: str, known: AttributedSentence | None
) -> tuple[str, tuple[Pointer, ...]]:
    """Replace "both nations" by the last two countries named; return what is still to ask about."""
    both = [pointer for pointer in pointers if _TWO_COUNTRIES.search(pointer.words)]
    pair = find_pair(text[: known.sentence.span.start]) if both and known else ""
    if not pair:
        return words, tuple(pointers)
    words = put_meanings(words, both[:1], [pair])
    return words, tuple(one for one in find_pointers(words) if one.kind != "both")


def _propose(
    fact: str,
    sentence: Sentence,
    place: tuple[Document, Segment],
    meanings: Mapping[Pointer, str],
) -> Proposal:
    document, segment = place
    claim, doubts = _settle_meanings(cut_connective(fact), meanings)
    return Proposal(
        document_id=document.id,
        segment=segment.index,
        claim=claim,
        quote=sentence.span.slice(document.text),
        near=(sentence.span,),
        doubts=doubts,
    )


def _settle_meanings(fact: str, meanings: Mapping[Pointer, str]) -> tuple[str, tuple[str, ...]]:
    """
    Remove from *fact* each of *meanings* that is only a guess, and describe the doubt.

    The guess helps to split the sentence; the claim keeps the words of its quote.
    """
    doubts = []
    for pointer, meaning in meanings.items():
        low, meant = fact.lower(), meaning.lower()
        at = low.rfind(meant) if pointer.start else low.find(meant)
        if at < 0:
            continue
        if heads_agree(pointer, meaning):
            doubts.append(f'"{pointer.words}" taken to mean "{meaning}"')
            continue
        words = pointer.words if at == 0 else pointer.words[0].lower() + pointer.words[1:]
        fact = fact[:at] + words + fact[at + len(meaning) :]
        if find_opening(fact) != pointer.words:
            doubts.append(f'"{words}" is unclear without the article')
    return fact, tuple(doubts)


def _cost(answer: "Answer[Any]") -> DocumentResult:
    usage: Usage = answer.usage
    return DocumentResult(usage=usage, created=answer.created)
