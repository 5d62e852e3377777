"""
Find the speaker of a sentence, from the words around reporting verbs.

Rules for English news: ``"...," Ruiz said``, ``said a spokesman``, ``officials noted
that``, ``according to the ministry``. A pronoun is returned as it is; the caller
resolves it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from claimx.language.lexicon import (
    DAY_OR_MONTH,
    FUNCTION_WORDS,
    any_of,
    read_forms,
    read_words,
    start_words,
)
from claimx.language.names import find_place
from claimx.language.quotations import blank_quotations
from claimx.language.words import is_statement, is_verb_form, list_words

_ARTICLE = any_of("function_words.articles")
# "Added that" reports speech; "added 300 jobs", "wrote a book" and "claimed 12 lives" do not.
_ADDED = rf"(?= {any_of('speech.after_additions')}\b|\s*[,.:;“\"”]|\s*$)"
_CLAIMED = (
    rf"(?! (?:\d|{any_of('speech.claimed_amounts')}\b|"
    rf"{_ARTICLE} (?:[a-z]+ )?{any_of('speech.claimed_prizes')}\b))"
)
_DENIED = rf"(?! {any_of('function_words.owners')} {any_of('speech.denied_requests')}\b)"
# "Dismissed the allegations" is a reply; "dismissed the case" is a decision.
_DISMISSED = rf"(?=[^.;]{{0,40}}? {any_of('speech.dismissed_views')}\b)"
_SAYING = "|".join(
    (
        any_of("speech.saying"),
        rf"{any_of('speech.saying_something')}(?! {any_of('speech.little')})",
        rf"{any_of('speech.saying_that')}(?= {any_of('function_words.that')})",
        rf"{any_of('speech.saying_to_the_end')}(?=[.,])",
        rf"{any_of('speech.adding')}{_ADDED}",
        rf"{any_of('speech.claiming')}{_CLAIMED}",
        rf"{any_of('speech.contending')}(?! {any_of('speech.contended_with')})",
        rf"{any_of('speech.denying')}{_DENIED}",
        rf"{any_of('speech.dismissing')}{_DISMISSED}",
    )
)
# "called" reports speech only before a quotation: officers also call an ambulance.
_CALLING = rf"{any_of('speech.calling')}(?=[^“”\"]{{0,90}}[“”\"])"
_ADVERBS = rf"(?:(?:{any_of('speech.adverbs')}|[a-z]{{2,12}}ly)\s+){{0,3}}"
_VERB = re.compile(
    rf"(?P<lead>(?:^|(?<=[\s,”\"’'“])){_ADVERBS})"
    rf"(?:(?P<saying>(?:{_SAYING})\b|{_CALLING})|(?P<showing>{any_of('speech.showing')})\b)"
)
_LOWER = re.compile("[a-z]+")
# Where none of these words is, no verb is found: this is much faster to see.
_REPORTS = start_words(
    *(f"speech.{kind}" for kind in ("saying", "saying_something", "saying_that")),
    *(f"speech.{kind}" for kind in ("saying_to_the_end", "adding", "claiming", "contending")),
    *(f"speech.{kind}" for kind in ("denying", "dismissing", "calling", "showing")),
)
_SAID_BY = re.compile(rf"{any_of('speech.inverted')}\s+(?P<who>[^,;:“\"()—]{{2,80}}(?![\w’'-]))")
# After a quotation or a comma the subject may follow its verb: "…," said Ruiz.
_INVERTS = re.compile(r"(?:^|[,”\"’'»])\s*$")
_ASIDE = re.compile(r"\([^()]*\)")
# "The navy in November said", "police Tuesday said".
_WHEN = re.compile(
    rf"(?:\s+{any_of('time.before_dates')})*\s+(?:{DAY_OR_MONTH}(?: \d{{1,2}})?|\d{{4}}|"
    rf"{any_of('time.without_name')})(?:\s+{any_of('time.parts_of_day')})?$"
)
# "A man who asked not to be named", "a study published in Lund".
_CLAUSE_OF_SUBJECT = re.compile(
    rf"(?<=[a-z])\s+(?:{any_of('function_words.who')}(?= \S)|"
    rf"{any_of('speech.clauses_of_subjects')})\b.*$"
)
_DETERMINERS = read_words("function_words.speaker_determiners")
_OF_WHOM = read_words("function_words.speaker_prepositions")
_NO_SUBJECT = read_words("function_words.no_speakers")
_LINKS = read_words("function_words.speech_auxiliaries")
_WRITINGS = read_words("speech.writings")
_BARE = read_words("speech.bare")
_ACCORDING = re.compile(
    rf"\b{any_of('speech.according_to', first='either')}\s+(?P<who>[^,;:“\"()—]{{2,80}}(?![\w’'-]))"
)
_NO_SOURCES = read_words("speech.no_sources")

# Verbs that say of what they introduce only that it is said, and what stands between the two.
_TELLING = read_words("speech.telling")
_TELLING_BARE = read_words("speech.telling_without_that")
_TELLING_WHOM = read_words("speech.telling_whom")
_PARTIAL = read_words("speech.partial_speakers")
# Most voters, a rumor: that they say so is all that is claimed.
_NOT_SOURCES = read_words("speech.doubtful_sources").union(
    read_forms("speech.shares"), read_forms("speech.parts")
)
_OPENING_ARTICLE = re.compile(rf"{_ARTICLE} ", re.IGNORECASE)
_TO_VERB = re.compile(r"(?:,[^;:“\"]{2,90},)? ")
_WEAK_LEADS = re.compile(rf"(?:{any_of('speech.weak_leads')} )*")
# "Ada Lund, 44, a doctor in Oslo, said": with more than one comma.
_APPOSED = re.compile(
    rf"(?P<who>[A-Z][^,;:“\"]{{1,40}}),(?P<more>[^;:“\"]{{2,90}}?), "
    rf"(?:{any_of('speech.weak_leads')} )*(?P<verb>{any_of('speech.telling')})\b"
)
_THAT = any_of("function_words.that")
# Who is told stands before "that", and so does where it is said, but no clause.
_TO_WHOM = re.compile(rf"(?P<between>(?: [\w’'.-]+){{1,8}}?) {_THAT},? ")
_SETTING = re.compile(
    rf"(?P<between>(?: (?:{any_of('speech.no_speech')}|{DAY_OR_MONTH})\b[^\d,.;:“\"]{{0,60}}?)?)"
    rf" {_THAT},? "
)
_BARE_SPEECH = re.compile(r":? ")
_NOT_SAID = FUNCTION_WORDS - read_words("function_words.speech_openings")
_REFERRING = (
    read_words("function_words.third_person_pronouns")
    | read_words("function_words.of_the_speaker")
    | read_words("function_words.personal_pronouns")
)
# What these are in means the same whoever says it: a name, a year, somebody's very words.
_ANCHOR = re.compile(rf"[“\"]|(?<= )(?!{DAY_OR_MONTH}(?!\w))[A-Z]|\b(?:1[89]|20)\d\d\b")
_DEFINITE = read_words("function_words.definite")
_ANOTHER_SENTENCE = re.compile(r"(?<![A-Z])[.!?][”\"]? +[A-Z“\"]")
_GOES_ON = re.compile(r",\s+\S")

_HUMAN = read_words("speech.human")
_PLURAL = read_words("speech.plural")
_NOT_NAMES = read_words("speech.not_names")
_PRONOUNS = read_words("function_words.personal_pronouns")
_LEADING = re.compile(rf"^(?:{any_of('speech.leading')}\s+)+", re.IGNORECASE)
_INITIALS = re.compile(r"\b[A-Z]\.[A-Z]\.$")
_BOTH = re.compile(
    rf"{any_of('function_words.both')}\s+(?!{any_of('speech.pairs')})", re.IGNORECASE
)
_CAN_OPEN = read_words("speech.opens_descriptions")
_BEFORE_MODIFIERS = read_words("speech.before_modifiers")


_SINGLE = read_words("speech.single")
_BOUNDARY = read_words("function_words.speaker_boundaries")
_SUBORDINATE = read_words("function_words.no_speaker_after")
_MAX_SUBJECT_WORDS = 10
_MAX_THING_WORDS = 6
_UNFINISHED = _BOUNDARY | _NOT_NAMES | _OF_WHOM | _DETERMINERS
_NOT_FIRST = _NOT_NAMES | read_words("speech.lower_starts")
_OPENS_CLAUSE = _LINKS | _SUBORDINATE


class Attribution(NamedTuple):
    """The speaker of a sentence, *who* as written, and the *verb* (empty: "according to")."""

    who: str
    verb: str
    start: int


def is_pronoun(who: str) -> bool:
    """Return whether *who* is a pronoun such as "he", not a name or description."""
    return who.lower() in _PRONOUNS


def is_one_person(who: str) -> bool:
    """Return whether "he" or "she" could refer to *who*."""
    words = who.lower().split()
    return not _PLURAL & set(words) and (words[-1] not in _HUMAN or words[-1] in _SINGLE)


def names_person(name: str) -> bool:
    """
    Return whether *name* is a person's, unlike "Port Authority", "New Delhi" or "On Saturday".

    >>> names_person("Delia Moen"), names_person("Port Authority")
    (True, False)
    """
    words = name.lower().split()
    listed = words[0] in _NOT_FIRST or not _HUMAN.isdisjoint(words)
    return not listed and not find_place(tuple(words))


def names_people(text: str) -> bool:
    """
    Return whether *text* names a person or body, by a capital or a word for one.

    >>> names_people("During the summer"), names_people("The minister")
    (False, True)
    """
    words = [word.strip(".,;:’'\"“”()") for word in text.split()]
    return any(
        word.lower() in _HUMAN or (at and word[:1].isupper() and word.lower() not in _NOT_NAMES)
        for at, word in enumerate(words)
    ) or (
        len(words) < _MAX_SUBJECT_WORDS
        and words[:1] != []
        and words[0][:1].isupper()
        and words[0].lower() not in _NOT_FIRST
    )


@lru_cache(maxsize=1_024)  # a claim is often its sentence, and both are asked about
def find_attribution(sentence: str) -> Attribution | None:
    """
    Find the speaker of *sentence*; None if it is in the article's own voice.

    >>> find_attribution("The talks failed, officials said on Monday.").who
    'officials'
    >>> find_attribution("Sales rose by 4%.") is None
    True
    """
    open_words = _blank_asides(blank_quotations(sentence))
    may_report = not _REPORTS.isdisjoint(_LOWER.findall(open_words))
    for verb in _VERB.finditer(open_words) if may_report else ():
        who = _find_speaker(open_words, verb)
        if who:
            return Attribution(_tidy(who), verb["saying"] or verb["showing"], verb.start())
    source = _ACCORDING.search(open_words)
    if source and source["who"].split()[0].lower() not in _NO_SOURCES:
        return Attribution(_tidy(source["who"]), "", source.start())
    return None


def _find_speaker(sentence: str, verb: re.Match[str]) -> str | None:
    """Find the subject of *verb*: before it, before a relative clause, or after it."""
    strict = verb["showing"] is not None
    before = sentence[max(0, verb.start() - 200) : verb.start()]
    clauses = before.rstrip().split(",")
    if clauses[-1].strip() == "who" and len(clauses) > 1:
        return _find_subject(clauses[-2], strict=True)
    if clauses[-1].strip(" ”\"'’"):
        closing = max(clauses[-1].rfind(mark) for mark in '”":;—–(')
        return _find_subject(clauses[-1][closing + 1 :], strict=strict)
    behind = _SAID_BY.match(sentence, verb.end("lead")) if _INVERTS.search(before) else None
    phrase = _cut_at_boundary(behind["who"]) if behind else ""
    named = phrase and _find_subject(phrase, strict=True)
    if named:
        return named
    # "Officials, who asked not to be named, said": the subject stands before the comma.
    return _find_subject(clauses[-3], strict=True) if len(clauses) > 2 else None


def _blank_asides(sentence: str) -> str:
    """Blank text in brackets; offsets stay the same."""
    return _ASIDE.sub(lambda aside: " " * len(aside[0]), sentence)


def _cut_at_boundary(phrase: str) -> str:
    """Cut *phrase*, which follows its verb, before the first word that ends a name."""
    words = phrase.split()
    ends = (
        at
        for at, word in enumerate(words)
        if at and word.lower() in _BOUNDARY and not _leads_on(words, at)
    )
    end = next(ends, len(words))
    # "Said employees were waiting", "said he knew": the subject of what is said.
    is_clause = words[end : end + 1] != [] and words[end].lower() in _LINKS
    is_clause = is_clause or words[:1] == [] or words[0].lower() in _NO_SUBJECT
    return "" if is_clause else " ".join(words[:end])


def _leads_on(words: Sequence[str], at: int) -> bool:
    """Return whether the preposition at *at* continues a word for a person: "officials in"."""
    return words[at].lower() in _OF_WHOM and at > 0 and words[at - 1].lower() in _HUMAN


def _tidy(who: str) -> str:
    """Strip words and marks around the name: "both", "the", quotes."""
    who = _BOTH.sub("", who.strip(" ,’'\"”"), count=1)
    who = who.removeprefix("and ").removeprefix("or ")
    who = who.lstrip("# ").removeprefix("the ").removeprefix("The ")
    return who if _INITIALS.search(who) else who.rstrip(".")


def _find_subject(clause: str, *, strict: bool) -> str | None:
    """Find the person or body at the end of *clause*; *strict*: only if its words show that."""
    clause = _CLAUSE_OF_SUBJECT.sub("", _WHEN.sub("", f" {clause.strip()}"))
    words = _LEADING.sub("", clause.strip(), count=1).split()
    last = words[-1].strip(".,’'").lower() if words else ""
    if not last or last in _UNFINISHED or words[-1].endswith(("'s", "’s")):
        return None
    if last in _PRONOUNS:
        return words[-1]
    if _is_person_of(words):
        return " ".join(words)
    led = any(_leads_on(words, at) for at in range(1, len(words)))
    if led or last in _HUMAN or words[-1][0].isupper():
        return _cut_noun_phrase(words)
    opens = words[0].lower() in _CAN_OPEN
    return " ".join(words) if opens and not strict and len(words) < _MAX_THING_WORDS else None


def _is_person_of(words: Sequence[str]) -> bool:
    """Return whether *words* are a person with a description: "a source with knowledge of"."""
    at = next((at for at, word in enumerate(words) if word.lower() in _OF_WHOM), 0)
    plain = not any(word.lower() in _OPENS_CLAUSE for word in words)
    return at > 0 and words[at - 1].lower() in _HUMAN and plain and len(words) < _MAX_SUBJECT_WORDS


def _cut_noun_phrase(words: list[str]) -> str | None:
    """Return the noun phrase at the end of *words*; None inside a relative or time clause."""
    first = len(words)
    earliest = max(0, first - _MAX_SUBJECT_WORDS)
    while first > earliest and not _ends_phrase(words, first - 1):
        first -= 1
        if words[first].lower() in _DETERMINERS and not _leads_on(words, first - 1):
            break  # "in May a watchdog"
    if words[-1] in _BARE and len(words) - first > 1 and words[-2] in _SINGLE:
        return words[-1]
    writings = (at for at in range(first, len(words) - 1) if words[at] in _WRITINGS)
    first = next((at + 1 for at in writings if words[at + 1][0].isupper()), first)
    if first and words[first - 1].lower() in _SUBORDINATE:
        return None
    return " ".join(words[first:]) or None


def _ends_phrase(words: Sequence[str], at: int) -> bool:
    """Return whether a noun phrase after the word at *at* cannot extend back over it."""
    word = words[at]
    if word.lower() in _BOUNDARY:
        return not _leads_on(words, at)
    # After an article a participle is a modifier ("a retired general"); else it is another verb.
    described = at == 0 or words[at - 1].lower() in _BEFORE_MODIFIERS
    return word.islower() and is_verb_form(word) and not described


@lru_cache(maxsize=4_096)
def cut_attribution(text: str) -> str:
    """
    Return what *text* says somebody says; *text* itself if it does not plainly report speech.

    Verbs that say more of it than that it is said ("denied", "believes") are kept.

    >>> cut_attribution("Ruiz told Lund Radio that two ferries were lost off Rhodes.")
    'two ferries were lost off Rhodes.'
    >>> cut_attribution("Two ferries were lost, according to the port.")
    'Two ferries were lost'
    """
    found = _find_apposed(text) or find_attribution(text)
    if found is None or (found.verb and found.verb not in _TELLING):
        return text
    said = _cut_source(text, found) if not found.verb else _cut_telling(text, found)
    if not said or not _stands_alone(said, found.who):
        return text
    return said if is_statement(said.rstrip('.,”"'), headline=True) else text


def _find_apposed(text: str) -> Attribution | None:
    """Find a speaker whom several descriptions stand behind."""
    found = _APPOSED.match(text) if text.count(",") > 2 else None
    if not found or "," not in found["more"]:
        return None
    who = _OPENING_ARTICLE.sub("", found["who"])
    more = [word.strip(",") for word in found["more"].split()]
    if _find_subject(who, strict=True) != who or any(map(_is_past_form, more)):
        return None
    return Attribution(who, found["verb"], found.end("more") + 2)


def _stands_alone(said: str, who: str) -> bool:
    """Return whether what is *said* means the same without *who* says it."""
    words = list_words(said)
    if not words or words[0] in _NOT_SAID or is_verb_form(words[0]):
        return False
    if not _REFERRING.isdisjoint(words):
        return False  # "he" would be nobody
    if _ANOTHER_SENTENCE.search(said):
        return False
    # Of "Volvo said sales rose", the sales are Volvo's; "the two boats" are known already.
    bare = _OPENING_ARTICLE.sub("", who)
    unnamed = all(word.islower() or word.lower() in _HUMAN for word in bare.split())
    definite = words[0] in _DEFINITE and _HUMAN.isdisjoint(words[:3])
    return unnamed or definite or _ANCHOR.search(f" {said}") is not None


def _cut_source(text: str, found: Attribution) -> str:
    """Cut off "according to the ministry" at the beginning or end of *text*."""
    if not _NOT_SOURCES.isdisjoint(list_words(found.who)):
        return ""
    left = text[: found.start].rstrip()
    if not left:
        behind = text.partition(found.who)[2]
        return behind[1:].lstrip() if behind.startswith(",") else ""
    # "Chosen according to the rules" says how.
    names_source = left.endswith(",") or _find_subject(found.who, strict=True)
    return left.removesuffix(",") if names_source and not _GOES_ON.search(text, found.start) else ""


def _cut_telling(text: str, found: Attribution) -> str:
    """Cut off "officials said in Lund that" before what is said, or ", said Ruiz" behind it."""
    return _cut_opening(text, found) or _cut_tail(text, found)


_REST = 60  # characters behind "officials said" that only say when and where
_MARKS = re.compile('[;:“”"]')


def _cut_tail(text: str, found: Attribution) -> str:
    """Cut off ", the mayor said on Monday" at the end of *text*."""
    left, _, telling = text.rpartition(",")
    is_closed = telling[:1] in ("”", '"')
    telling = telling[is_closed:].removesuffix(".")
    who, verb = found.who, found.verb
    forms = (f" {who} {verb}", f" the {who} {verb}", f" {verb} {who}", f" {verb} the {who}")
    rest = next((telling[len(form) :] for form in forms if telling.startswith(form)), None)
    if rest is None or len(rest) > _REST or _MARKS.search(rest) or not _is_source(who):
        return ""
    if any(map(_is_past_form, rest.split())):
        return ""
    if is_closed:
        left = left[1:] if left[:1] in ("“", '"') else ""
    return "" if not left or "”" in left or '"' in left else f"{left}."


def _cut_opening(text: str, found: Attribution) -> str:
    """Cut off "officials said in Lund that" at the beginning of *text*."""
    article = None if text.startswith(found.who) else _OPENING_ARTICLE.match(text)
    start = article.end() if article else 0
    between = text[start + len(found.who) : found.start]
    opens = text.startswith(found.who, start) and _is_source(found.who)
    verb = _WEAK_LEADS.match(text, found.start)
    if not opens or not _TO_VERB.fullmatch(between) or not verb:
        return ""
    if not text.startswith(found.verb, verb.end()):
        return ""
    end = verb.end() + len(found.verb)
    form = _TO_WHOM if found.verb in _TELLING_WHOM else _SETTING
    behind = form.match(text, end)
    if behind and any(map(_is_past_form, behind["between"].split())):
        return ""  # "said in March evidence showed that"
    if behind is None and found.verb in _TELLING_BARE:
        behind = _BARE_SPEECH.match(text, end)
    return text[behind.end() :] if behind else ""


def _is_past_form(word: str) -> bool:
    return word.islower() and (is_verb_form(word) or word.endswith("ed"))


def _is_source(who: str) -> bool:
    """Return whether *who* are people or a body as a whole: not "most voters", not "a rumor"."""
    return _PARTIAL.isdisjoint(list_words(who)) and _find_subject(who, strict=True) is not None
