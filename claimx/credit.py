"""
Settle whom the article credits with a claim, and how the claim is meant.

A model names speakers freely: the title, the last person mentioned, "the
article". Here the words decide: where a rule hears a speaker in the cited
sentence, the model may only name the same one more fully; where the sentence
is a quotation or reports somebody it does not name, the model's speaker counts if the
article names it before; elsewhere the article speaks itself. Of a sentence
that says more than its speaker does ("Before leaving, Ruiz visited Lund, where
he praised the crews"), a claim is credited if it says so or rests on the words
that the speaker answers for. How a claim is meant follows from its own words
and its speaker.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from claimx.attribution import Heard, hear_sentences, judge_modality
from claimx.plain import list_content
from claimx.records import Claim, Document
from claimx.speech import Attribution, blank_quotations, find_attribution, is_pronoun
from claimx.words import word_set

_QUOTATION_MARKS = frozenset('“”"«»„')
# Which part of a claim's words must be its speaker's.
_MIN_SPOKEN = 0.5
# Behind "officials said", what is no speech: the end, a time, a place, an aside.
_NO_SPEECH = re.compile(
    r"(?:\s+(?:[a-z]+ly|on|in|at|during|after|late|early|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
    r"\b[^,]{0,80})?\s*[.,;”\"]"
)
_OWN_CLAUSE = re.compile(r",? while ")
_TITLES = word_set("the a an u.s. us mr mr. ms ms. mrs mrs. dr dr. and of")


def credit_claims(claims: Iterable[Claim], document: Document) -> tuple[Claim, ...]:
    """
    Give copies of *claims*, all of *document*, with speaker and modality settled.

    *document* is read once; each claim is judged by the sentence that its
    first span begins in.
    """
    heard = list(hear_sentences(document.text))
    starts = [one.sentence.span.start for one in heard]
    return tuple(_credit(claim, heard, starts, document.text) for claim in claims)


def _credit(claim: Claim, heard: Sequence[Heard], starts: Sequence[int], text: str) -> Claim:
    at = bisect_right(starts, claim.spans[0].start) - 1
    if at < 0:
        return claim
    said = heard[at]
    is_said = _rests_on_speech(claim.text, said, text)
    proposed = claim.speaker or _name_speaker(claim.text)
    speaker = _settle_speaker(proposed, said, text) if is_said else None
    modality = judge_modality(claim.text, speaker, said.verb if is_said else "")
    return claim.model_copy(update={"speaker": speaker, "modality": modality})


def _rests_on_speech(claim: str, said: Heard, text: str) -> bool:
    """Tell whether *claim* is among what the speaker of its sentence answers for."""
    words = said.sentence.span.slice(text)
    attribution = find_attribution(words)
    if attribution is None or not attribution.verb or find_attribution(claim):
        return True
    if list_content(attribution.verb) <= list_content(claim):
        return True
    own = list_content(claim) - list_content(f"{said.speaker} {attribution.who}")
    spoken = list_content(_cut_speech(words, attribution))
    return len(own & spoken) >= _MIN_SPOKEN * len(own)


def _cut_speech(words: str, attribution: Attribution) -> str:
    """Cut out of a sentence what its speaker answers for."""
    before = words[: attribution.start]
    behind = words[attribution.start + len(attribution.verb) :]
    spoken = _OWN_CLAUSE.split(behind, maxsplit=1)[0]
    if behind.lstrip().startswith(attribution.who) or _NO_SPEECH.match(behind):
        spoken = before.rpartition(",")[0]
    blanked = zip(words, blank_quotations(words), strict=True)
    return spoken + " " + "".join(letter for letter, left in blanked if letter != left)


def _settle_speaker(proposed: str | None, said: Heard, text: str) -> str | None:
    names = _list_names(proposed or "")
    if said.speaker is not None:
        same = names & _list_names(said.speaker)
        return proposed if same and proposed and proposed in text else said.speaker
    words = said.sentence.span.slice(text)
    reports = said.verb or words[0] in _QUOTATION_MARKS
    named = proposed and not is_pronoun(proposed) and proposed in text[: said.sentence.span.end]
    return proposed if reports and named else None


def _name_speaker(claim: str) -> str | None:
    """Say whom *claim* itself credits."""
    own = find_attribution(claim)
    return own.who if own else None


def _list_names(speaker: str) -> frozenset[str]:
    return frozenset(speaker.lower().replace("’s", "").split()) - _TITLES
