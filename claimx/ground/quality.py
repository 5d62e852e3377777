"""
Check the quality of claims, and find the sentences without one. No model is used.

A claim is rejected if no reader can use it, and flagged if one can, with the citation
at hand.

Rejected:
    fragment: it has no word that could be a verb, is cells of a table, is a
        question, or has a reporting verb without what was said;
    boilerplate: it cites only labels, boilerplate or adverts;
    unsupported: more than half of it is a statement made elsewhere in the
        document and not in its citation (and, from `ground`: it shares less
        than a third of its words with its citation);
    duplicate: another claim of the same sentence has the same wording and is
        nearer to the quote; or it only joins other claims; or it is from a
        headline, and a cited sentence of the text states all of it.

Marked as headline: a claim that cites nothing else.

Flagged:
    "he", "this initiative", "the move", "we" are unresolved in it;
    it includes a statement from elsewhere in the document.

Flags about numbers, names, negation and modality are raised in `ground`.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from claimx.language.anaphora import find_opening
from claimx.language.lexicon import FUNCTION_WORDS, REPORTING, any_of, read_words
from claimx.language.sentence_ends import asks
from claimx.language.speech import find_attribution
from claimx.language.words import could_be_verb, is_statement, list_words
from claimx.records import (
    Claim,
    Document,
    Flag,
    RejectReason,
    Sentence,
    SkipKind,
    Skipped,
    Span,
)
from claimx.segment.adverts import list_cues
from claimx.segment.layout import name_boilerplate
from claimx.segment.parsed import ParsedDocument, parse_document, parse_text
from claimx.segment.sentences import NOT_EXTRACTED
from claimx.segment.statements import list_content, states_something

# Consecutive words that two sentences share by more than chance, as in plagiarism checks.
_RUN = 5
_MAX_LEAKED = 0.5
# Share of a claim that others must state for it to be redundant.
_MOST = 0.9
# Cap against hostile input: the comparison is quadratic in the claims of a sentence.
_MANY = 100
# The reason of a sentence about which there was no answer.
_UNREAD = "not read: there was no answer about it"
_EMPTY_SAYING = re.compile(
    rf"[^,:“\"]{{1,80}}\b{any_of('speech.empty_saying')}(?: {any_of('speech.empty_objects')})?"
    rf"(?P<where> {any_of('speech.before_occasions')} "
    rf"(?:(?! {any_of('function_words.that')} )[^,:“\"]){{1,120}})?\."
)
# "While talks go on." and "Which was late."; "while in office he fell ill" has its main clause.
_LONE_CLAUSE = re.compile(
    rf"(?:{any_of('function_words.concessive', first='capital')} "
    rf"(?!(?:{any_of('function_words.after_lone_openers')}|[a-z]+ing|[a-z]+ed)\b)|"
    rf"{any_of('function_words.lone_relatives', first='capital')} )"
    rf"[^,;:?–—]*\.?[”\"]?$|.* {any_of('function_words.that')} "
    rf"{any_of('function_words.concessive')} [^,;:]*\.?$"
)
# "Partnerships developing engines": a participle where a verb should be.
_PLURAL_PARTICIPLE = re.compile(r"(?:[\w’'-]+ ){0,3}(?P<plural>[a-z]+(?<!ou)s) [a-z]+ing\b[^,;:]*$")
_PARTICIPLE_FIRST = re.compile(r"[A-Z][a-z]+(?:ed|ing) ")
_LINKS = FUNCTION_WORDS | REPORTING
_JOINTS = read_words("function_words.joints")
_SMALL_WORDS_THAT_COUNT = read_words("function_words.small_words_that_count")


class Verdict(NamedTuple):
    """A claim with its flags; *reason* is set if it is rejected."""

    claim: Claim
    reason: RejectReason | None = None
    detail: str = ""


def check_claims(claims: Iterable[Claim], document: Document | ParsedDocument) -> list[Verdict]:
    """Judge *claims*, all of *document*, in order; what is said twice counts once."""
    parsed = parse_document(document)
    placed = [(claim, parsed.find_sentences(claim.spans)) for claim in claims]
    text = _Text(parsed, placed)
    verdicts = [_judge(claim, cited, text) for claim, cited in placed]
    sound: dict[tuple[int, ...], list[Claim]] = defaultdict(list)
    for verdict, (_, cited) in zip(verdicts, placed, strict=True):
        if verdict.reason is None:
            sound[cited].append(verdict.claim)
    repeated: dict[str, str] = {}
    for claims_of_one in sound.values():
        if len(claims_of_one) > 1:
            repeated |= _find_repeated({claim.id: _read_said(claim) for claim in claims_of_one})
    repeated |= _find_repeated_headlines(sound, text)
    return [
        Verdict(verdict.claim, "duplicate", repeated[verdict.claim.id])
        if verdict.reason is None and verdict.claim.id in repeated
        else verdict
        for verdict in verdicts
    ]


class _Said(NamedTuple):
    """
    What a claim says: the stems of its words, and small words that change them.

    *joints* counts words that join clauses. *nearness* is the part of its pairs
    of words that the quote has too; *cites* are the letters cited.
    """

    content: frozenset[str]
    small: frozenset[str]
    joints: int
    nearness: float
    cites: int

    def holds(self, other: "_Said") -> bool:
        """Return whether this states everything that *other* states."""
        return self.small == other.small and self.content >= other.content


def _read_said(claim: Claim) -> _Said:
    words = list_words(claim.text)
    pairs, quoted = set(pairwise(words)), set(pairwise(list_words(claim.quote)))
    return _Said(
        list_content(claim.text),
        _SMALL_WORDS_THAT_COUNT & set(words),
        sum(word in _JOINTS for word in words),
        len(pairs & quoted) / max(1, len(pairs)),
        sum(span.end - span.start for span in claim.spans),
    )


def _find_repeated_headlines(
    sound: Mapping[tuple[int, ...], Iterable[Claim]], text: "_Text"
) -> dict[str, str]:
    """Find which claims of headlines, by id, say no more than the text or another headline."""
    headlines = {
        claim.id: list_content(claim.text)
        for cited, claims in sound.items()
        if text.is_headline(cited)
        for claim in claims
    }
    cited = (at for some in sound for at in some if not text.is_headline([at]))
    told = _find_told(headlines.values(), (text.list_stems([at]) for at in cited))
    repeated: dict[str, str] = {}
    for name, content in headlines.items():
        if content in told:
            repeated[name] = "of a headline, and the text says it"
        told.add(content)
    return repeated


def _find_told(
    contents: Collection[frozenset[str]], sentences: Iterable[frozenset[str]]
) -> set[frozenset[str]]:
    """Find which of *contents* are part of the stems of one of *sentences*."""
    by_stem: dict[str, set[frozenset[str]]] = defaultdict(set)
    for content in contents:
        by_stem[max(content, key=len, default="")].add(content)
    told: set[frozenset[str]] = set()
    for stems in sentences if by_stem else ():
        for stem in ("", *(stems & by_stem.keys())):
            told.update(content for content in by_stem.get(stem, ()) if content <= stems)
    return told


def _find_repeated(said: dict[str, _Said]) -> dict[str, str]:
    """
    Find which claims of one sentence, by id, the others make needless, and why.

    What joins two others goes first, so that the atoms stay. A base ("the
    dhow was boarded") and its detail ("the dhow was boarded at dawn") both stay.
    """
    repeated: dict[str, str] = {}
    for name, one in list(said.items())[:_MANY]:
        parts = [
            other.content
            for other in said.values()
            if one.holds(other) and other.content != one.content and other.joints < one.joints
        ]
        if len(parts) > 1 and len(frozenset().union(*parts)) >= _MOST * len(one.content):
            repeated[name] = "only joins what other claims of the sentence say"
    left = sorted(
        (name for name in list(said)[:_MANY] if name not in repeated),
        key=lambda name: (-said[name].nearness, -said[name].cites),
    )
    kept: set[tuple[frozenset[str], frozenset[str]]] = set()
    for name in left:
        key = said[name].content, said[name].small
        if key in kept:
            repeated[name] = "said already, of the same sentence"
        kept.add(key)
    return repeated


def find_unclaimed(
    claims: Iterable[Claim], document: Document | ParsedDocument
) -> tuple[Sentence, ...]:
    """Find the sentences of *document* that state something and that none of *claims* cites."""
    stating = _list_stating(claims, parse_document(document))
    return tuple(sentence for sentence, is_cited in stating if not is_cited)


def measure_coverage(claims: Iterable[Claim], document: Document | ParsedDocument) -> float:
    """Return the share of the stating sentences of *document* that some of *claims* cites."""
    cited = [is_cited for _, is_cited in _list_stating(claims, parse_document(document))]
    return sum(cited) / len(cited) if cited else 1.0


def list_skipped(
    claims: Iterable[Claim], document: Document | ParsedDocument, unread: Collection[Span] = ()
) -> tuple[Skipped, ...]:
    """
    List every sentence of *document* that none of *claims* cites, with the reason.

    First comes the document itself where checks were skipped for its language. *unread* are
    the spans of sentences about which there was no answer.
    """
    claims = list(claims)
    parsed = parse_document(document)
    cited = {at for claim in claims for at in parsed.find_sentences(claim.spans)}
    uncited = _Uncited(parsed, find_unclaimed(claims, parsed), cited, unread)
    skipped = (
        _skip(sentence, parsed.document, uncited)
        for sentence in parsed.sentences
        if sentence.index not in cited
    )
    return (*_list_unchecked(parsed), *skipped)


def find_unread(skipped: Iterable[Skipped]) -> set[Span]:
    """Find the sentences among *skipped* about which there was no answer."""
    return {one.span for one in skipped if one.reason == _UNREAD}


class _Uncited:
    """Explains why no claim cites a sentence that may state something."""

    def __init__(
        self,
        parsed: ParsedDocument,
        unclaimed: Sequence[Sentence],
        cited: Iterable[int],
        unread: Collection[Span],
    ) -> None:
        self._text = parsed.text
        self._unclaimed = {one.index for one in unclaimed}
        self._unread = unread
        again = (parsed.sentences[at] for at in (cited if unclaimed else ()))
        self._said = {self._list_words(one) for one in again}

    def explain(self, sentence: Sentence) -> tuple[SkipKind, str]:
        """Return how the table lists *sentence*, and the reason."""
        if sentence.index not in self._unclaimed:
            return "unclaimed", "states nothing"
        if sentence.span in self._unread:
            return "unclaimed", _UNREAD
        if self._list_words(sentence) in self._said:
            return "label", "stands in the text once more, and is cited there"
        return "unclaimed", "states something, but no claim cites it"

    def _list_words(self, sentence: Sentence) -> tuple[str, ...]:
        return tuple(list_words(sentence.span.slice(self._text)))


# Characters that tell the language of a text.
_TELLING = 4000


def _list_unchecked(parsed: ParsedDocument) -> Iterator[Skipped]:
    """Say of a document in a language without rules which checks its claims went without."""
    is_short = len(parsed.text) <= _TELLING
    opening = parsed if is_short else parse_text(parsed.text[:_TELLING])
    language = opening.language
    if language.folder or not parsed.text:
        return
    name = language.name or "another language than English"
    reason = (
        f"reads as {name}: only quotes and numbers were checked; the rules on names, dates, "
        "speakers, negation and modality know English"
    )
    span = Span(start=0, end=len(parsed.text))
    yield Skipped(document_id=parsed.document.id, span=span, kind="unchecked", reason=reason)


class _Text:
    """A parsed text, and which runs of words of the claims *placed* stand in it."""

    def __init__(
        self, parsed: ParsedDocument, placed: Iterable[tuple[Claim, Sequence[int]]]
    ) -> None:
        self.sentences = parsed.sentences
        self._text = parsed.text
        self._standing = self._list_standing(placed)

    def is_headline(self, cited: Sequence[int]) -> bool:
        """Return whether all *cited* sentences are headlines."""
        return bool(cited) and all(self.sentences[at].kind == "heading" for at in cited)

    def list_stems(self, cited: Sequence[int]) -> frozenset[str]:
        """List the stems of what the *cited* sentences say."""
        return list_content(" ".join(map(self._slice, cited)))

    def list_leaked(self, claim: str, cited: Iterable[int]) -> set[tuple[str, ...]]:
        """List the runs of *claim* that stand in the text, but not where it *cited* from."""
        return self._list_foreign(claim, cited) & self._standing if self._standing else set()

    def _list_standing(
        self, placed: Iterable[tuple[Claim, Sequence[int]]]
    ) -> frozenset[tuple[str, ...]]:
        """List which of the runs that claims do not have from where they cite stand elsewhere."""
        foreign: set[tuple[str, ...]] = set()
        for claim, cited in placed:
            foreign |= self._list_foreign(claim.text, cited)
        texts = map(self._slice, range(len(self.sentences)) if foreign else ())
        return frozenset(run for text in texts for run in _list_runs(text) if run in foreign)

    def _list_foreign(self, claim: str, cited: Iterable[int]) -> set[tuple[str, ...]]:
        """List the runs of *claim* that the *cited* sentences lack."""
        texts = list(map(self._slice, cited))
        if claim in texts:
            return set()
        return set(_list_runs(claim)).difference(*map(_list_runs, texts))

    def _slice(self, at: int) -> str:
        return self.sentences[at].span.slice(self._text)


def _list_runs(text: str) -> Iterator[tuple[str, ...]]:
    words = list_words(text)
    return zip(*(words[at:] for at in range(_RUN)), strict=False)


def _judge(claim: Claim, cited: Sequence[int], text: _Text) -> Verdict:
    if fragment := _find_fault(claim.text):
        return Verdict(claim, "fragment", fragment)
    kinds = {text.sentences[at].kind for at in cited}
    if kinds and kinds <= NOT_EXTRACTED:
        return Verdict(claim, "boilerplate", f"cites nothing but: {', '.join(sorted(kinds))}")
    leaked = _find_leaked(claim.text, cited, text)
    if len(list_content(leaked)) > _MAX_LEAKED * len(list_content(claim.text)):
        return Verdict(claim, "unsupported", f'says "{leaked}", which its citation does not')
    flags = []
    if opening := find_opening(claim.text):
        flags.append(Flag(kind="wording", message=f'"{opening}" is unclear without the article'))
    if leaked:
        flags.append(Flag(kind="wording", message=f'"{leaked}" is from elsewhere in the document'))
    known = [flag for flag in flags if flag not in claim.flags]
    marks = {"flags": (*claim.flags, *known), "headline": text.is_headline(cited)}
    return Verdict(claim.model_copy(update=marks))


def _find_fault(claim: str) -> str:
    """Return why *claim* is no statement; empty if it is, or if its script is not supported."""
    words = list_words(claim)
    if claim.lower() == claim.upper():
        return ""
    if asks(claim) and not (asks(claim[:-1]) and find_attribution(claim)):
        return "asks"  # not "she said people ask, 'Why?'"
    if " | " in claim and not is_statement(claim, headline=True):
        return "cells of a table, no statement"
    if _LONE_CLAUSE.match(claim):
        return "is a clause without its main clause"
    if claim.isascii() and _lacks_verb(claim, words):
        return "has no verb"
    return "says that somebody speaks, not what" if _says_nothing(claim) else ""


def _says_nothing(claim: str) -> bool:
    """Return whether *claim* omits what was said: "Lie said on Monday."."""
    empty = _EMPTY_SAYING.fullmatch(claim)
    return empty is not None and not is_statement(empty["where"] or "", headline=True)


def _lacks_verb(claim: str, words: Sequence[str]) -> bool:
    """Return whether *claim* is a noun phrase; a word that could be a verb counts as one."""
    if not any(map(could_be_verb, words[1:])) and not _has_plural(words):
        return True
    if is_statement(claim, headline=True):
        return False
    opens = _PARTICIPLE_FIRST.match(claim) and not any(map(could_be_verb, words[1:-1]))
    found = _PLURAL_PARTICIPLE.match(claim)
    return bool(opens) or (found is not None and not _has_verb_stem(found["plural"]))


def _has_verb_stem(word: str) -> bool:
    """Distinguish "involves" (true) from "partnerships", by the word without its ending."""
    stems = (word[:-1], word[:-2] if word.endswith("es") else "")
    return any(map(could_be_verb, stems))


def _has_plural(words: Sequence[str]) -> bool:
    """Return whether a plural is where a verb can follow it: "Marines board the ship"."""
    return any(word.endswith("s") for word in words[:-2])


def _find_leaked(claim: str, cited: Sequence[int], text: _Text) -> str:
    """Find the longest statement that *claim* shares with sentences it does not cite."""
    runs = text.list_leaked(claim, cited)
    if not runs:
        return ""
    longest: list[str] = []
    current: list[str] = []
    for run in _list_runs(claim):
        if run in runs:
            current = [*current, run[-1]] if current else list(run)
            longest = max(longest, current, key=len)
        else:
            current = []
    leaked = " ".join(longest)
    fresh = list_content(leaked) - text.list_stems(cited)
    if not is_statement(_cut_links(longest)) or 2 * len(fresh) <= len(list_content(leaked)):
        return ""
    written = re.search(r"\W+".join(map(re.escape, longest)), claim, re.IGNORECASE)
    return written[0] if written else leaked


def _cut_links(words: Sequence[str]) -> str:
    """Cut off the verb at the end of *words* that only introduces something: "Ruiz said that"."""
    end = len(words)
    while end and words[end - 1] in _LINKS:
        end -= 1
    return " ".join(words[:end])


def _list_stating(
    claims: Iterable[Claim], parsed: ParsedDocument
) -> Iterator[tuple[Sentence, bool]]:
    """Yield each sentence that states something, and whether a claim cites it."""
    spans = sorted((span.start, span.end) for claim in claims for span in claim.spans)
    at, reached = 0, -1
    for attributed in parsed.attributed:
        span = attributed.sentence.span
        while at < len(spans) and spans[at][0] < span.end:
            reached = max(reached, spans[at][1])
            at += 1
        words = span.slice(parsed.text)[attributed.lead :]
        if states_something(words, attributed.sentence.kind, listed=attributed.listed):
            yield attributed.sentence, reached > span.start


def _skip(sentence: Sentence, document: Document, uncited: _Uncited) -> Skipped:
    words = sentence.span.slice(document.text)
    kind: SkipKind
    match sentence.kind:
        case "advert":
            cues = ", ".join(repr(cue) for cue in list_cues(words))
            kind, reason = "advert", "an advert, apart from the article in its words"
            reason += cues and f": {cues}"
        case "furniture":
            kind = "furniture"
            reason = (
                f"part of the page: {name_boilerplate(words) or 'menu, tag or call to readers'}"
            )
        case "label":
            kind, reason = "label", "names what follows and states nothing"
        case _:
            kind, reason = uncited.explain(sentence)
    return Skipped(document_id=document.id, span=sentence.span, kind=kind, reason=reason)
