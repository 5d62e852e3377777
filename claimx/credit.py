"""
Settle whom the article credits with a claim, and how the claim is meant.

A model names speakers freely: the title, the last person mentioned, "the
article". Here the words decide: where a rule hears a speaker in the cited
sentence, the model may only name the same one more fully; where the sentence
is a quotation or reports somebody it does not name, the model's speaker counts if the
article names it before; elsewhere the article speaks itself. How a claim is
meant follows from its own words and its speaker.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from claimx.attribution import Heard, hear_sentences, judge_modality
from claimx.records import Claim, Document
from claimx.speech import is_pronoun
from claimx.words import word_set

_QUOTATION_MARKS = frozenset('“”"«»„')
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
    speaker = _settle_speaker(claim.speaker, said, text)
    modality = judge_modality(claim.text, speaker, said.verb)
    return claim.model_copy(update={"speaker": speaker, "modality": modality})


def _settle_speaker(proposed: str | None, said: Heard, text: str) -> str | None:
    names = _list_names(proposed or "")
    if said.speaker is not None:
        same = names & _list_names(said.speaker)
        return proposed if same and proposed and proposed in text else said.speaker
    words = said.sentence.span.slice(text)
    reports = said.verb or words[0] in _QUOTATION_MARKS
    named = proposed and not is_pronoun(proposed) and proposed in text[: said.sentence.span.end]
    return proposed if reports and named else None


def _list_names(speaker: str) -> frozenset[str]:
    return frozenset(speaker.lower().replace("’s", "").split()) - _TITLES
