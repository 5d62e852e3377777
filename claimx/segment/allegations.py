"""
Find what a sentence alleges rather than states: the cue, and the words in its scope.

``allegedly``, ``is accused of``, ``charged with``, ``prosecutors contend``,
``according to the indictment``. A cue of the first three kinds applies to what
its subject is alleged to have done; the others apply to everything the source says.
The cues are English.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from claimx.language.features import stem_word
from claimx.language.lexicon import FUNCTION_WORDS, any_of, read_words
from claimx.language.sentence_ends import SENTENCE_GAP
from claimx.language.words import could_be_verb, is_statement, list_words
from claimx.records import Modality
from claimx.segment.statements import list_content

_BE = any_of("function_words.finite_be", "function_words.be_not_finite")
_ARTICLE, _OWNER = any_of("function_words.articles"), any_of("function_words.owners")
_THAT = rf"(?: {any_of('function_words.that')})?"
_WORDS = r"(?:[\w’'.-]+ )"
# "The claim" is a noun.
_NOT_NOUN = "".join(rf"(?<!\b{word} )" for word in sorted(read_words("allegations.before_nouns")))
_CLAIM_FORMS = read_words("allegations.claiming")
# What follows "claimed" when it introduces a statement, not a title or a life.
_CLAUSE = re.compile(any_of("allegations.openings_of_clauses") + r"\b")
# Legal actors and documents: what they assert is still to be proven.
_ACCUSERS = any_of("allegations.accusers")
_CHARGES = any_of("allegations.charges")
# Cues with the accused as subject: the subject comes before the cue, the predicate after it.
_OF_A_SUBJECT = {
    "hearsay": (
        any_of("allegations.hearsay", "allegations.accusing", "allegations.suspecting_that"),
        rf"{any_of('allegations.suspecting')} {_WORDS}{{1,6}}"
        rf"{any_of('function_words.of')}(?= [a-z]+ing)",
        rf"{_BE} (?:{any_of('allegations.adverbs')} )?{any_of('allegations.rumoured')}",
    ),
    "belief": (rf"{_BE} (?:{any_of('allegations.adverbs')} )?{any_of('allegations.believed')}",),
    "formal": (
        any_of("allegations.charging", "allegations.suspected"),
        rf"{any_of('allegations.facing')} (?:[\w-]+ )?{_CHARGES} "
        rf"{any_of('allegations.after_charges')}(?! \d)",
        any_of("allegations.on_trial", "allegations.pleading"),
    ),
    "rejection": (
        rf"{any_of('allegations.rejecting')} (?:[\w-]+ )?{_CHARGES} "
        rf"{any_of('allegations.after_charges')}(?! \d)",
    ),
    "denial": (
        rf"{any_of('allegations.denying')} (?:{any_of('allegations.denied_acts')}|[a-z]+ing)",
        rf"{any_of('allegations.denying')} (?:{any_of('allegations.amounts')} )?"
        rf"{any_of('allegations.denied_things')}",
    ),
}
# Cues with a source as subject: the whole clause is in scope.
_OF_A_SOURCE = (
    rf"{any_of('allegations.alleging')}\b(?! {any_of('function_words.to')}\b){_THAT}"
    r"(?=\s+\S+\s+\S)",
    rf"{any_of('allegations.impersonal')}{_THAT}\b",
    rf"{any_of('allegations.contending')} (?!{any_of('speech.contended_with')}\b)"
    rf"(?:{any_of('function_words.that')}\b)?",
    rf"(?<![’']s )(?!{any_of('allegations.claiming')} {any_of('allegations.claimed_with')}\b)"
    rf"{_NOT_NOUN}{any_of('allegations.claiming')} ",
    rf"{_CHARGES} {any_of('function_words.that')}\b",
    rf"{_ACCUSERS} (?:{any_of('allegations.also')} )?{any_of('allegations.accusers_say')}"
    rf"(?! {any_of('function_words.of')}\b){_THAT}\b",
    rf"\b{any_of('function_words.in')} {_OWNER} {_ACCUSERS}\b[^;.]{{0,80}}, [^,;.]{{2,60}} "
    rf"{any_of('allegations.sources_say')}\b",
)
# An attribution after the statement, or in the middle of it.
_ASIDE = re.compile(
    rf"(?:^|,|[”\"]) ?(?:so )?(?:(?:(?!{any_of('allegations.not_in_sources')}\b){_WORDS}){{1,7}})?"
    rf"(?P<cue>{_NOT_NOUN}{any_of('allegations.asides')}|"
    rf"{_ACCUSERS} {any_of('allegations.accusers_say_aside')})"
    rf"(?: {any_of('allegations.before_places')} [^,;.]{{1,50}})?\s*(?:[,.;”\"]|$)"
)
_ACCORDING = re.compile(
    rf"\b(?P<cue>{any_of('speech.according_to', first='either')} {_WORDS}{{0,6}}?{_ACCUSERS})"
    r"\b[^,;.]*(?:,|\.|;|$)"
)
_ADJECTIVE = re.compile(
    rf"\b{any_of('allegations.adjectives', first='either')} "
    rf"(?!{any_of('allegations.after_verbs')}\b)"
)
_BOUND = {
    kind: re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE)
    for kind, forms in _OF_A_SUBJECT.items()
}
_SOURCED = re.compile(rf"\b(?:{'|'.join(_OF_A_SOURCE)})", re.IGNORECASE)
# What ends the scope of a cue: another statement, or an attribution.
_REACH_END = re.compile(
    rf"[;.?!](?=[”\"’')]*(?:\s|$))|,? {any_of('allegations.contrasts')}\b|"
    rf", {any_of('allegations.after_commas')}\b|"
    rf", [^,;]{{2,60}}? {any_of('allegations.reporting')}\b"
)
_RELATIVE = re.compile(rf"\b{any_of('allegations.relatives')}(?: \w+){{0,3}} $")
_PARTICIPLE = re.compile(any_of("allegations.participle_stems"), re.IGNORECASE)
# A claim with one of these words is about the case, not about the alleged act.
_OF_A_CASE = re.compile(rf"\b{any_of('allegations.of_a_case')}\b", re.IGNORECASE)
_NO_SUBJECT = re.compile(
    rf"(?:^|\s)(?:{any_of('allegations.no_subjects')}|[a-z]+[’']s?) $", re.IGNORECASE
)
# What a court has found is no longer an allegation.
_PROVEN = re.compile(rf"\b{any_of('allegations.proven')}\b")
_HAVE_OR_BE = any_of("function_words.have", "function_words.finite_be")
_BEEN = any_of("function_words.been")
_ACT = re.compile(
    rf"\b{any_of('function_words.who')} ((?!{any_of('allegations.not_acts')}\b).+?)"
    rf"(?: {_HAVE_OR_BE})?(?: {_BEEN})? $"
)
# Subordinate uses: "After being charged with", "by allegedly", and reported plans.
_SUBORDINATE = re.compile(
    rf"\b{any_of('allegations.subordinating')} (?:{any_of('allegations.passives')} )?"
    r"(?:[\w’'-]+ ){0,2}$",
    re.IGNORECASE,
)
_OPENS_WITH = re.compile(rf"[“\"]?{any_of('allegations.opening', first='capital')}\b")
_STILL_TO_COME = re.compile(
    rf"\b{any_of('allegations.still_to_come')}(?: [a-z]+)? {any_of('allegations.to_come')} "
    r"(?:[a-z]+ly )?$"
)
_PARTICIPLES = read_words("allegations.participles")
_PREDICATE = re.compile(rf"\b{any_of('allegations.predicates')}\b[^,;]{{0,60}}$")
_CLOSE = 2
_HINTS = read_words("allegations.hints")
_ADJECTIVE_REACH = 3
# A claim that shares this many words with an allegation repeats it, and does not just describe.
_SEVERAL = 3
_NAME = re.compile(r"(?<![.!?“] )\b[A-Z][\w’'-]+")
_LINK = re.compile(
    rf"\b(?:{any_of('function_words.finite_be')}|"
    rf"{any_of('function_words.have')}(?: [a-z]+ly)? {_BEEN})\b"
    r"(?: [a-z]+ly)? ?(?P<after>[\w’'-]*)"
)


class Allegation(NamedTuple):
    """
    A cue, ``sentence[start:end]``, and the spans of its sentence that are in its scope.

    *kind* is "hearsay" ("allegedly"), "belief" ("is thought to"), "formal" ("charged
    with": the charge is itself a fact), "rejection" ("rejected claims that"), "denial",
    "source" ("prosecutors contend") or "adjective" ("alleged").
    """

    sentence: str
    start: int
    end: int
    kind: str
    scope: tuple[tuple[int, int], ...]

    @property
    def words(self) -> str:
        """The cue as written."""
        return " ".join(self.sentence[self.start : self.end].split())


@lru_cache(maxsize=1_024)  # several rules ask about one claim, and about one sentence
def find_allegations(text: str) -> tuple[Allegation, ...]:
    """
    Find the cues in *text*, sentence by sentence, that turn statements into allegations.

    >>> [cue.words for cue in find_allegations("Lie allegedly took bribes, but denied knowing.")]
    ['allegedly', 'denied knowing']
    """
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return ()
    return tuple(
        cue for sentence in SENTENCE_GAP.split(text) if sentence for cue in _read_cues(sentence)
    )


def states_allegation(claim: str) -> str:
    """
    Return the kind of the cue by which *claim* as a whole alleges; empty if it states something.

    A cue that only describes a person does not count: "Lie, accused of arson,
    was born in Lund".
    """
    cues = [cue for cue in find_allegations(claim) if _is_main(cue)]
    rejected = [cue for cue in cues if cue.kind == "rejection"]
    # "rejected claims that": nobody claims there
    kinds = {cue.kind for cue in cues if cue in rejected or not _is_in_one(cue, rejected)}
    return next((kind for kind in _OF_CLAIMS if kind in kinds), "")


def _is_in_one(cue: Allegation, others: Iterable[Allegation]) -> bool:
    return any(
        one.sentence == cue.sentence and one.start <= cue.start and cue.end <= one.end
        for one in others
    )


_OF_CLAIMS = ("hearsay", "source", "formal", "rejection", "denial")
# What is itself a fact, or reported: that somebody is charged, or denies it.
ABOUT_ALLEGATIONS = frozenset(("formal", "denial"))


def weigh_allegation(text: str, modality: Modality) -> bool | None:
    """
    Return true if a claim of *text* alleges, false if it states a fact.

    None for a charge or a denial, which is both: a fact about an allegation.
    """
    kind = states_allegation(text)
    if kind in {"formal", "denial"}:
        return None
    return bool(kind) or modality == "alleged"


def find_dropped_allegation(claim: str, cited: str, speaker: str | None = None) -> str:
    """
    Return the cue of *cited* that *claim* leaves out; empty if it leaves none out.

    A denial does not count: leaving it out reverses the sentence, as leaving out "not" does.
    Nor does what the *speaker* of the claim alleges.

    >>> find_dropped_allegation("Lie took bribes.", "Lie is accused of taking bribes.")
    'accused of'
    """
    return next((cue.words for cue in _list_dropped(claim, cited, speaker)), "")


def makes_fact(claim: str, cited: str, speaker: str | None = None) -> bool:
    """
    Return whether *claim* states as certain, not just as likely, what *cited* alleges.

    What its *speaker* alleges does not count: who says it shows what it is worth.
    """
    return any(cue.kind != "belief" for cue in _list_dropped(claim, cited, speaker))


def _list_dropped(claim: str, cited: str, speaker: str | None) -> Iterator[Allegation]:
    cues = [cue for cue in find_allegations(cited) if cue.kind != "denial"]
    cues = [cue for cue in cues if not _is_by(speaker or "", cue)]
    if not cues or _PROVEN.search(cited) or find_allegations(claim):
        return
    told = claim
    if case := _OF_A_CASE.search(claim):  # "the man who set the fire was arrested" states the act
        act = _ACT.search(claim, 0, case.start())
        told = f"somebody {act[1]}" if act else ""
    yield from (cue for cue in cues if _is_stated(told, cue))


def _is_by(speaker: str, cue: Allegation) -> bool:
    """Return whether *speaker* alleges what is in the scope of *cue*, by the words beside it."""
    before = " ".join(cue.sentence[: cue.start].split()[-_BESIDE:])
    behind = " ".join(cue.sentence[cue.end :].split()[:_BESIDE])
    beside = f"{before} {cue.words} {behind if cue.words.lower().endswith('to') else ''}"
    named = _list_names(beside if cue.kind == "source" else cue.words)
    return not _list_names(speaker).isdisjoint(named)


_BESIDE = 2  # words beside a cue in which the last word of a name stands


def _list_names(text: str) -> frozenset[str]:
    return frozenset(list_words(text)) - FUNCTION_WORDS


class _Clauses:
    """Where the clauses of a sentence end; a stretch without an end is not searched twice."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self._searched = range(0)

    def find_end(self, start: int) -> int:
        """Find the end of the clause that has *start* in it."""
        if start not in self._searched:
            found = _REACH_END.search(self.sentence, start)
            self._searched = range(start, (found.start() if found else len(self.sentence)) + 1)
        return self._searched[-1]


def _read_cues(sentence: str) -> Iterator[Allegation]:
    clauses = _Clauses(sentence)
    for kind, form in _BOUND.items():
        for found in form.finditer(sentence):
            yield Allegation(
                sentence, found.start(), found.end(), kind, _reach(clauses, found, kind)
            )
    for found in _SOURCED.finditer(sentence):
        is_verb = found[0][:5].lower() in ("alleg", "claim")
        if is_verb and _NO_SUBJECT.search(sentence[max(0, found.start() - 12) : found.start()]):
            continue  # "the alleged thief", "of claims that"
        if found[0].rstrip().lower() in _CLAIM_FORMS and not _is_clause(sentence[found.end() :]):
            continue  # "claimed 12 lives"
        scope = ((found.end(), clauses.find_end(found.end())),)
        yield Allegation(sentence, found.start(), found.end(), "source", scope)
    for form in (_ASIDE, _ACCORDING):
        for found in form.finditer(sentence):
            around = ((0, found.start()), (found.end(), len(sentence)))
            yield Allegation(sentence, *found.span("cue"), "source", around)
    for found in _ADJECTIVE.finditer(sentence):
        end = found.end() + len(
            " ".join(sentence[found.end() :].split(None, _ADJECTIVE_REACH)[:_ADJECTIVE_REACH])
        )
        scope = ((found.end(), end),)
        yield Allegation(sentence, found.start(), found.end(), "adjective", scope)


def _is_clause(words: str) -> bool:
    """Return whether *words* begin with a clause: "the firm knew"."""
    opening = " ".join(words[:100].partition(",")[0].split()[:10])
    return _CLAUSE.match(opening) is not None or is_statement(opening, headline=True)


def _reach(clauses: _Clauses, found: re.Match[str], kind: str) -> tuple[tuple[int, int], ...]:
    """Return the scope of a cue that has a subject: up to the end of its clause."""
    sentence, start = clauses.sentence, found.end()
    if kind == "denial" and found[0].endswith("ing"):  # "denied setting the fire"
        start = found.start() + len(found[0].split()[0])
    end = clauses.find_end(start)
    if _is_aside(sentence, found.start()):
        comma = sentence.find(", ", start)
        end = min(end, comma) if comma >= 0 else end
    if not sentence[start:end].strip(" ,.;”\"’'"):  # "set the fire, allegedly."
        return ((0, found.start()),)
    return ((start, end),)


def _is_main(cue: Allegation) -> bool:
    """Return whether everything that the sentence of *cue* says is in the scope of *cue*."""
    before, first = cue.sentence[: cue.start], cue.words.split()[0].lower()
    if cue.kind == "adjective" or _is_aside(cue.sentence, cue.start):
        return False
    if _SUBORDINATE.search(before) or (_OPENS_WITH.match(before) and "," not in before):
        return False
    if cue.kind == "formal" and _STILL_TO_COME.search(before):
        return False
    if first in _PARTICIPLES and not cue.words.lower().startswith("accused the"):
        return _PREDICATE.search(before) is not None or len(cue.words.split()) > _CLOSE
    return True


def _is_aside(sentence: str, start: int) -> bool:
    """Return whether the cue at *start* is in a relative clause or a descriptive phrase."""
    before = sentence[:start]
    opened = before.rpartition(",")[2]
    if _RELATIVE.search(before[-60:]):
        return True
    described = not opened.strip() and "," in before and _PARTICIPLE.match(sentence, start)
    return bool(described) and ", " in sentence[start:]


def _is_stated(claim: str, cue: Allegation) -> bool:
    """Return whether *claim* states what is in the scope of *cue*."""
    own, named = _list_stems(claim), _list_stems(" ".join(_NAME.findall(claim)))
    if not own:
        return False
    scope = " ".join(cue.sentence[start:end] for start, end in cue.scope)
    doubted = _list_stems(scope)
    shared = set(own) & set(doubted)
    told = shared - set(named)
    if not told or (len(told) < _SEVERAL and _is_presupposed(claim, scope)):
        return False
    if cue.kind == "source":
        firm = list_content(cue.sentence) - set(doubted)
        return len(shared) > len(set(own) & firm)
    if cue.kind == "adjective":
        return set(doubted[:1]) <= shared and len(shared) > 1
    if own[0] in doubted and cue.scope[0][0] and not cue.words.endswith("that"):
        return False  # about what was done, whoever did it
    firm = list_content(cue.sentence) - set(doubted)
    rest = [stem for stem in own[1:] if stem not in firm]
    return doubted[0] in shared or 2 * len(shared) >= len(rest)


def _is_presupposed(claim: str, scope: str) -> bool:
    """
    Return whether *claim* only repeats a description that the allegation presupposes.

    "Prosecutors allege Lie, 45, took bribes" leaves no doubt that Lie is 45.
    """
    linked = _LINK.search(claim)
    if linked is None or _LINK.search(scope):
        return False
    done = linked["after"].lower()
    said = could_be_verb(done) and stem_word(done) in _list_stems(scope)
    return not said or f"-{done}" in scope  # "the recently-fired clerk"


def _list_stems(text: str) -> list[str]:
    return [
        stem_word(word) for word in list_words(text) if word not in FUNCTION_WORDS and len(word) > 1
    ]
