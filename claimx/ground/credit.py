"""
Attribute claims to speakers, and set their modality.

A model's answer is kept: rules only add to it. They add a speaker if the cited words
have an attribution, the model named none, and the claim is not about that speaker. They
mark as alleged what the cited words allege, but for what a quoted phrase takes for
granted. A speaker whose name is not in the document is removed.

If the model was not asked, the words decide: a claim gets the speaker of its cited
sentence. If a sentence contains more than its speaker's words ("Before leaving, Ruiz
visited Lund, where he praised the crews"), a claim gets the speaker if it has the
attribution itself or is based on the speaker's words. Its modality follows from its
own words and its speaker.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

from claimx.ground.descriptions import repeats_descriptions
from claimx.language.lexicon import FUNCTION_WORDS, any_of, read_words
from claimx.language.modality import judge_words
from claimx.language.names import initials_of
from claimx.language.quotations import blank_quotations
from claimx.language.speech import Attribution, find_attribution, is_pronoun
from claimx.language.words import is_statement, list_words
from claimx.records import Claim, Document, Flag, Modality, Span
from claimx.segment.allegations import ABOUT_ALLEGATIONS, makes_fact, states_allegation
from claimx.segment.attribution import AttributedSentence
from claimx.segment.parsed import ParsedDocument, parse_document
from claimx.segment.statements import list_content

# Least share of a claim's words that must be its speaker's.
_MIN_SPOKEN = 0.5
# What can follow "officials said" without being speech: the end, a time, a place, an aside.
_NO_SPEECH = re.compile(
    rf"(?:\s+(?:[a-z]+ly|{any_of('speech.no_speech')}|{any_of('time.weekdays', first='capital')})"
    rf"\b(?:(?! {any_of('function_words.that')} )[^,]){{0,80}})?\s*[.,;”\"]"
)
_OF_ONESELF = re.compile(rf"\b{any_of('function_words.of_the_speaker')}\b", re.IGNORECASE)
_OWN_CLAUSE = re.compile(rf",? {any_of('speech.own_clauses')} ")
# Neutral reporting verbs; "" is "according to".
_REPORTING = read_words("speech.neutral") | {""}
_ITSELF = read_words("speech.article_itself")
_BELIEVING = read_words("speech.believing")
_OPENING = 2  # words of a claim that show whom it is about
_CAPITAL = re.compile(r"\b[A-Z][\w.]")


def credit_claims(
    claims: Iterable[Claim], document: Document | ParsedDocument, unasked: Collection[str] = ()
) -> Iterator[Claim]:
    """
    Yield copies of *claims* of *document* with speaker and modality set.

    *unasked* are the ids of claims whose speaker and modality no model was asked for.
    *document* is analysed once; each claim is judged by the sentence in which its first
    span begins.
    """
    parsed = parse_document(document)
    text, attributed = parsed.text, parsed.attributed
    starts = [one.sentence.span.start for one in attributed]

    def credit(claim: Claim) -> Claim:
        at = bisect_right(starts, claim.spans[0].start) - 1
        if at < 0:
            return claim
        if claim.id in unasked:
            judged = _judge(claim, attributed[at], text)
            return _doubt(judged, _list_cited(claim.spans, attributed, starts), text)
        answered = _complete(claim, attributed[at], parsed)
        return _doubt_answer(answered, _list_cited(claim.spans, attributed, starts), text)

    return map(credit, claims)


def _list_cited(
    spans: Iterable[Span], attributed: Sequence[AttributedSentence], starts: Sequence[int]
) -> tuple[Span, ...]:
    """List the sentences that *spans* overlap."""
    touched: dict[Span, None] = {}
    for span in spans:
        at = max(0, bisect_right(starts, span.start) - 1)
        while at < len(attributed) and starts[at] < span.end:
            touched[attributed[at].sentence.span] = None
            at += 1
    return tuple(touched)


def _judge(claim: Claim, said: AttributedSentence, text: str) -> Claim:
    """Set speaker and modality of *claim* by the words alone."""
    is_said = _rests_on_speech(claim.text, said, text)
    speaker = said.speaker if is_said else None
    own = find_attribution(claim.text)
    if speaker is None and said.verb and is_said:
        end = said.sentence.span.end
        known = own and not is_pronoun(own.who) and text.find(own.who, 0, end) >= 0
        speaker = own.who if own and known else None
    elif own and own.verb in _REPORTING and speaker and _is_other(own.who, speaker):
        speaker = own.who if own.who in said.sentence.span.slice(text) else speaker
    modality = judge_modality(claim.text, speaker, said.verb if is_said else "")
    return claim.model_copy(update={"speaker": speaker, "modality": modality})


def judge_modality(text: str, speaker: str | None, verb: str) -> Modality:
    """
    Return the modality of a claim of *text*, said by *speaker* with *verb*.

    What it alleges, plans or considers goes before who says it, and that before opinion. Who
    denies something says it, and alleges nothing.
    """
    alleged = states_allegation(text)
    if alleged == "denial":
        return "reported"
    if alleged not in {"", "rejection"}:
        return "alleged"
    own = judge_words(text)
    is_plan = own == "planned" and verb not in _BELIEVING
    if is_plan or own == "considered" or not (speaker or verb):
        return own
    return "reported"


def _complete(claim: Claim, said: AttributedSentence, parsed: ParsedDocument) -> Claim:
    """Add to the model's answer about *claim* what the cited words leave no doubt about."""
    text, speaker, flags = parsed.text, claim.speaker, claim.flags
    names = _list_names(speaker or "")
    if speaker is None or (names and _ITSELF.issuperset(names)):
        speaker = said.speaker if _quotes_speech(claim, said, text) else None
    elif is_pronoun(speaker) or parsed.words.isdisjoint(names):
        speaker = said.speaker
    elif doubt := _doubt_speaker(speaker, said, text):
        flags = (*flags, Flag(kind="speaker", message=doubt))
    modality: Modality = claim.modality
    if speaker and modality == "asserted":
        modality = "reported"
    return claim.model_copy(update={"speaker": speaker, "modality": modality, "flags": flags})


def _doubt_speaker(speaker: str, said: AttributedSentence, text: str) -> str:
    """Return a doubt if the cited sentence names another speaker than *speaker*, else ""."""
    words = said.sentence.span.slice(text)
    named = said.attribution
    if named is None or not _is_other(named.who, speaker) or not _CAPITAL.search(named.who):
        return ""  # "the mayor said" names nobody else
    stands = not set(list_words(words)).isdisjoint(_list_names(speaker))
    short = {initials_of(speaker), initials_of(named.who)} - {()}
    one_name = any(
        name.lower().replace(".", "") in initials
        for initials in short
        for name in (speaker, named.who)
    )
    return "" if stands or one_name else f"speaker {speaker}; the cited sentence has {named.who}"


def _doubt(claim: Claim, cited: Iterable[Span], text: str) -> Claim:
    """Mark *claim* as alleged if it alleges, or its cited sentences do."""
    kind = states_allegation(claim.text)
    if kind == "rejection" or (kind in ABOUT_ALLEGATIONS and claim.modality != "asserted"):
        kind = ""  # the charge, or the denial, is itself reported
    words = " ".join(span.slice(text) for span in cited)
    if kind or makes_fact(claim.text, words):
        return claim.model_copy(update={"modality": "alleged"})
    return claim


def _doubt_answer(claim: Claim, cited: Iterable[Span], text: str) -> Claim:
    """Mark *claim*, whose modality a model gave, as alleged if the words leave no doubt."""
    kind = states_allegation(claim.text)
    overlooked = (kind == "hearsay" and claim.modality == "reported") or (
        kind in ("hearsay", "source") and claim.modality == "asserted"
    )
    places = claim.spans if repeats_descriptions(claim, text) else cited
    words = " ".join(span.slice(text) for span in places)
    speaker = claim.speaker if claim.modality == "reported" else None
    if overlooked or makes_fact(claim.text, words, speaker):
        return claim.model_copy(update={"modality": "alleged"})
    return claim


def _is_other(who: str, speaker: str) -> bool:
    """Return whether *who* is a name that shares no word with *speaker*."""
    return not is_pronoun(who) and set(list_words(who)).isdisjoint(list_words(speaker))


def _list_names(speaker: str) -> frozenset[str]:
    """List the words of *speaker* that are names, without function words."""
    words = frozenset(list_words(speaker))
    return words - FUNCTION_WORDS or words


def _quotes_speech(claim: Claim, said: AttributedSentence, text: str) -> bool:
    """Return whether *claim* cites a statement that is mostly its speaker's words."""
    words = said.sentence.span.slice(text)
    attribution = said.attribution
    if attribution is None or not _rests_on_speech(claim.text, said, text):
        return False
    cited = " ".join(span.slice(text) for span in claim.spans)
    if _is_about(attribution.who, claim.text) and not _OF_ONESELF.search(cited):
        return False
    spoken = list_content(_cut_speech(words, attribution))
    # "The destroyer Lund" in a spokesman's words is presupposed, and known to the article itself.
    states = is_statement(cited, headline=True)
    return states and 2 * len(spoken & list_content(cited)) > len(spoken)


def _rests_on_speech(claim: str, said: AttributedSentence, text: str) -> bool:
    """Return whether *claim* is based on the words that its sentence attributes to the speaker."""
    words = said.sentence.span.slice(text)
    attribution = said.attribution
    if attribution is None or not attribution.verb or find_attribution(claim):
        return True
    if list_content(attribution.verb) <= list_content(claim):
        return True
    own = list_content(claim) - list_content(f"{said.speaker} {attribution.who}")
    speech = _cut_speech(words, attribution)
    if _opens_with(said.speaker, claim) and not _OF_ONESELF.search(speech):
        return False  # about what the speaker did, not what was said
    spoken = list_content(speech)
    return bool(own) and len(own & spoken) >= _MIN_SPOKEN * len(own)


def _opens_with(speaker: str | None, claim: str) -> bool:
    """Return whether *claim* begins with *speaker*, by the last word of the name."""
    named = list_words(speaker or "")
    return bool(named) and named[-1] in list_words(claim)[: len(named) + 1]


def _is_about(who: str, claim: str) -> bool:
    """Return whether *claim* begins with *who*, and not because it says what *who* said."""
    named, own = set(list_words(who)), find_attribution(claim)
    content = [word for word in list_words(claim) if word not in FUNCTION_WORDS]
    opening = content[: min(_OPENING, len(named - FUNCTION_WORDS))]
    says = own is not None and own.verb in _REPORTING and not named.isdisjoint(list_words(own.who))
    return bool(opening) and named.issuperset(opening) and not says


def _cut_speech(words: str, attribution: Attribution) -> str:
    """Return the part of a sentence that is attributed to its speaker."""
    before = words[: attribution.start]
    behind = words[attribution.start + len(attribution.verb) :]
    spoken = _OWN_CLAUSE.split(behind, maxsplit=1)[0]
    aside = _NO_SPEECH.match(behind)
    if behind.lstrip().startswith(attribution.who) or (aside and not is_statement(aside[0])):
        goes_on = behind[aside.end() :] if aside and aside[0].endswith(",") else ""
        spoken = before.rpartition(",")[0] + _OWN_CLAUSE.split(goes_on, maxsplit=1)[0]
    blanked = zip(words, blank_quotations(words), strict=True)
    return (
        spoken
        + " "
        + "".join(letter for letter, left in blanked if letter != left or letter.isspace())
    )
