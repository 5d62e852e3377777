"""
Find what a sentence alleges rather than states: the cue, and the words in its scope.

``allegedly``, ``is accused of``, ``charged with``, ``prosecutors contend``,
``according to the indictment``. A cue of the first three kinds applies to what
its subject is alleged to have done; the others apply to everything the source says.
The cues are English.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from claimx.language.features import stem_word
from claimx.language.lexicon import FUNCTION_WORDS, read_words
from claimx.language.words import could_be_verb, is_statement, list_words
from claimx.records import Modality
from claimx.segment.statements import list_content

_CLAIM_FORMS = frozenset(("claim", "claims", "claimed", "claiming"))
# What follows "claimed" when it introduces a statement, not a title or a life.
_CLAUSE = re.compile(r"(?:that|to (?:have|be)|he|she|it|they|we|I|there|this)\b")
# Legal actors and documents: what they assert is still to be proven.
_ACCUSERS = (
    r"(?:indictment|complaint|lawsuit|law suit|suit|charge sheet|charging documents?|affidavit|"
    r"court (?:papers?|documents?|filings?)|legal filings?|prosecutors?|prosecution|plaintiffs?|"
    r"accusers?|whistle-?blowers?|petition|charges)"
)
_CHARGES = r"(?:charges|allegations?|accusations?|claims|rumou?rs|suspicions?)"
# Cues with the accused as subject: the subject comes before the cue, the predicate after it.
_OF_A_SUBJECT = {
    "hearsay": (
        r"(?:allegedly|reportedly|purportedly|supposedly)\b",
        r"accus(?:e|es|ed|ing)\b(?:[^.;,]{0,80}?\s)??of\b",
        r"suspect(?:s|ed|ing)? (?:that|(?:[\w’'.-]+ ){1,6}of(?= [a-z]+ing))\b",
        r"(?:is|are|was|were|be(?:en|ing)) (?:also )?(?:said|reported|rumou?red|claimed) to\b",
    ),
    "belief": (
        r"(?:is|are|was|were|be(?:en|ing)) (?:widely |also |now )?(?:believed|thought|understood|"
        r"presumed) to\b",
        r"(?:is|are|was|were|be(?:en|ing)) (?:widely |also |partly )?blamed for\b",
    ),
    "formal": (
        r"suspected of\b|(?:on|under) suspicion of\b",
        rf"(?:face[sd]?|facing|amid|over|on|rejected?|denie[sd]|deny|dismissed) (?:[\w-]+ )?"
        rf"{_CHARGES} (?:of|that)\b(?! \d)",
        r"charg(?:e|es|ed|ing)\b(?:[^.;]{0,60}?\s)??with\b",
        r"indict(?:s|ed|ing)?\b(?:[^.;]{0,60}?\s)??(?:for|over|on charges of)\b",
        r"su(?:es|ed|ing)\b(?:[^.;]{0,60}?\s)?(?:for|over)\b",
        r"(?:wanted|on trial|under investigation|arraigned|charged|tried) "
        r"(?:for|over|on|in connection with)\b",
        r"pleaded not guilty to\b",
    ),
    "denial": (
        r"den(?:y|ies|ied|ying) (?:having|that|[a-z]+ing)\b",
        r"den(?:y|ies|ied|ying) (?:all |any |the )?(?:wrongdoing|involvement|responsibility|"
        r"allegations?|accusations?|charges?|claims?|reports?)\b",
    ),
}
# Cues with a source as subject: the whole clause is in scope.
_OF_A_SOURCE = (
    r"alleg(?:e|es|ed|ing)\b(?! to\b)(?: that)?(?=\s+\S+\s+\S)",
    r"(?:it|It) (?:is|was|has been) (?:alleged|claimed|rumou?red)(?: that)?\b",
    r"contend(?:s|ed|ing)? (?!with\b|for\b)(?:that\b)?",
    r"(?<!\bthe )(?<!\bof )(?<![’']s )claim(?:s|ed|ing)? (?!with\b)",
    rf"{_CHARGES} that\b",
    rf"{_ACCUSERS} (?:also )?(?:says?|said|states?|stated|alleges?|alleged|claims?|claimed|argues?|"
    r"argued|contends?|contended|charges|charged|asserts?|asserted|accuses?|accused)(?! of\b)"
    r"(?: that)?\b",
    rf"\bin (?:an?|the|his|her|its|their) {_ACCUSERS}\b[^;.]{{0,80}}, [^,;.]{{2,60}} "
    r"(?:says?|said|claims?|claimed|states?|stated)\b",
)
# An attribution after the statement, or in the middle of it.
_ASIDE = re.compile(
    r"(?:^|,|[”\"]) ?(?:so )?(?:(?:(?!(?:by|of|in|with|for|from|and|as)\b)[\w’'.-]+ ){1,7})?"
    r"(?P<cue>(?:alleg(?:e|es|ed)|contend(?:s|ed)?|claim(?:s|ed)?)|"
    rf"{_ACCUSERS} (?:say|says|said|states|alleges?|claims?))"
    r"(?: (?:on|in|at) [^,;.]{1,50})?\s*(?:[,.;”\"]|$)"
)
_ACCORDING = re.compile(
    rf"\b(?P<cue>[Aa]ccording to (?:[\w’'.-]+ ){{0,6}}?{_ACCUSERS})\b[^,;.]*(?:,|\.|;|$)"
)
_ADJECTIVE = re.compile(
    r"\b(?:[Aa]lleged|[Ss]uspected|[Pp]urported|[Rr]eputed) (?!to\b|of\b|that\b)"
)
_BOUND = {
    kind: re.compile(rf"\b(?:{'|'.join(forms)})", re.IGNORECASE)
    for kind, forms in _OF_A_SUBJECT.items()
}
_SOURCED = re.compile(rf"\b(?:{'|'.join(_OF_A_SOURCE)})", re.IGNORECASE)
# What ends the scope of a cue: another statement, or an attribution.
_REACH_END = re.compile(
    r"[;.?!](?=[”\"’')]*(?:\s|$))|,? (?:but|while|although|though|whereas)\b|"
    r", (?:which|who|whom|whose|where|when|a charge|according|an? (?:allegation|claim))\b|"
    r", [^,;]{2,60}? (?:said|says|say|told|added|reported)\b"
)
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)”\"’][.!?])[”\"’')\]]*\s+(?=[“\"‘(]?[A-Z])|\n\s*\n")
_RELATIVE = re.compile(r"\b(?:who|which|whom|where|when|whose \w+)(?: \w+){0,2} $")
_PARTICIPLE = re.compile(r"(?:accus|charg|suspect|indict|alleg|wanted)", re.IGNORECASE)
# A claim with one of these words is about the case, not about the alleged act.
_OF_A_CASE = re.compile(
    r"\b(?:arrest\w*|detain\w*|detention|trial|tried|court|judge|jury|charge[sd]?|charging|sue[sd]?|"
    r"suing|lawsuit|investigat\w+|question(?:ed|ing)|probe[sd]?|inquiry|plea\w*|den(?:y|ies|ied)|"
    r"denial|suspects?|suspected|suspicions?|accus\w+|alleg\w+|indict\w*|claim\w*|rumou?r\w*|"
    r"contend\w*|reportedly|purported\w*|supposed\w*|wanted|prosecut\w+|complaint|reject\w*)\b",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"(?:^|\s)(?:the|an?|this|these|his|her|its|their|of|in|by|for|to|with|two|[a-z]+[’']s?) $",
    re.IGNORECASE,
)
# What a court has found is no longer an allegation.
_PROVEN = re.compile(
    r"\b(?:convicted|confess(?:es|ed)|sentenced|jailed|found guilty|admitted|pleaded guilty)\b"
)
_DEED = re.compile(
    r"\bwho ((?!is\b|was\b|has been\b|had been\b).+?)(?: (?:has|had|have|was|were|is|are))?"
    r"(?: been)? $"
)
# Subordinate uses: "After being charged with", "by allegedly", and reported plans.
_SUBORDINATE = re.compile(
    r"\b(?:after|before|despite|without|since|by|while|for|of) (?:being |having (?:been )?)?"
    r"(?:[\w’'-]+ ){0,2}$",
    re.IGNORECASE,
)
_OPENS_WITH = re.compile(
    r"[“\"]?(?:After|Although|As|Before|Because|Despite|Since|Though|When|While)\b"
)
_STILL_TO_COME = re.compile(
    r"\b(?:expected|will|would|could|may|might|to|not)(?: [a-z]+)? (?:be|face) (?:[a-z]+ly )?$"
)
_PARTICIPLES = read_words("allegations.participles")
_PREDICATE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|stands?|remains?|arrested|held|detained|booked|jailed|"
    r"questioned|custody|also)\b[^,;]{0,60}$"
)
_CLOSE = 2
_HINTS = read_words("allegations.hints")
_ADJECTIVE_REACH = 3
# A claim that shares this many words with an allegation repeats it, and does not just describe.
_SEVERAL = 3
_NAME = re.compile(r"(?<![.!?“] )\b[A-Z][\w’'-]+")
_LINK = re.compile(
    r"\b(?:is|are|was|were|(?:has|have|had)(?: [a-z]+ly)? been)\b"
    r"(?: [a-z]+ly)? ?(?P<after>[\w’'-]*)"
)


class Allegation(NamedTuple):
    """
    A cue, ``sentence[start:end]``, and the spans of its sentence that are in its scope.

    *kind* is "hearsay" ("allegedly"), "belief" ("is thought to"), "formal" ("charged
    with": the charge is itself a fact), "denial", "source" ("prosecutors contend")
    or "adjective" ("alleged").
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
        cue for sentence in _SENTENCE_END.split(text) if sentence for cue in _read_cues(sentence)
    )


def states_allegation(claim: str) -> str:
    """
    Return the kind of the cue by which *claim* as a whole alleges; empty if it states something.

    A cue that only describes a person does not count: "Lie, accused of arson,
    was born in Lund".
    """
    kinds = {cue.kind for cue in find_allegations(claim) if _is_main(cue)}
    return next((kind for kind in ("hearsay", "source", "formal", "denial") if kind in kinds), "")


def weigh_allegation(text: str, modality: Modality) -> bool | None:
    """
    Return true if a claim of *text* alleges, false if it states a fact.

    None for a charge or a denial, which is both: a fact about an allegation.
    """
    kind = states_allegation(text)
    if kind in ("formal", "denial"):
        return None
    return bool(kind) or modality == "alleged"


def find_dropped_allegation(claim: str, cited: str) -> str:
    """
    Return the cue of *cited* that *claim* leaves out; empty if it leaves none out.

    A denial does not count: leaving it out reverses the sentence, as leaving out "not" does.

    >>> find_dropped_allegation("Lie took bribes.", "Lie is accused of taking bribes.")
    'accused of'
    """
    return next((cue.words for cue in _list_dropped(claim, cited)), "")


def makes_fact(claim: str, cited: str) -> bool:
    """Return whether *claim* states as certain, not just as likely, what *cited* alleges."""
    return any(cue.kind != "belief" for cue in _list_dropped(claim, cited))


def _list_dropped(claim: str, cited: str) -> Iterator[Allegation]:
    cues = [cue for cue in find_allegations(cited) if cue.kind != "denial"]
    if not cues or _PROVEN.search(cited) or find_allegations(claim):
        return
    told = claim
    if case := _OF_A_CASE.search(claim):  # "the man who set the fire was arrested" states the deed
        deed = _DEED.search(claim, 0, case.start())
        told = f"somebody {deed[1]}" if deed else ""
    yield from (cue for cue in cues if _is_stated(told, cue))


def _read_cues(sentence: str) -> Iterator[Allegation]:
    for kind, form in _BOUND.items():
        for found in form.finditer(sentence):
            yield Allegation(
                sentence, found.start(), found.end(), kind, _reach(sentence, found, kind)
            )
    for found in _SOURCED.finditer(sentence):
        is_verb = found[0][:5].lower() in ("alleg", "claim")
        if is_verb and _NO_SUBJECT.search(sentence[max(0, found.start() - 12) : found.start()]):
            continue  # "the alleged thief", "of claims that"
        if found[0].rstrip().lower() in _CLAIM_FORMS and not _is_clause(sentence[found.end() :]):
            continue  # "claimed 12 lives"
        scope = ((found.end(), _find_end(sentence, found.end())),)
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


def _reach(sentence: str, found: re.Match[str], kind: str) -> tuple[tuple[int, int], ...]:
    """Return the scope of a cue that has a subject: up to the end of its clause."""
    start = found.end()
    if kind == "denial" and found[0].endswith("ing"):  # "denied setting the fire"
        start = found.start() + len(found[0].split()[0])
    end = _find_end(sentence, start)
    if _is_aside(sentence, found.start()):
        comma = sentence.find(", ", start)
        end = min(end, comma) if comma >= 0 else end
    if not sentence[start:end].strip(" ,.;”\"’'"):  # "set the fire, allegedly."
        return ((0, found.start()),)
    return ((start, end),)


def _find_end(sentence: str, start: int) -> int:
    ends = _list_ends(sentence)
    at = bisect_left(ends, start)
    return ends[at] if at < len(ends) else len(sentence)


@lru_cache(maxsize=16)
def _list_ends(sentence: str) -> list[int]:
    """List where a clause may end: searched for at each cue, they would take time as the square."""
    ends: list[int] = []
    while found := _REACH_END.search(sentence, ends[-1] + 1 if ends else 0):
        ends.append(found.start())
    return ends


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
