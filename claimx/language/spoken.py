"""
Find the statements that a text speaks of without making them.

"Nobody said that the dam is safe", "if officials say that the dam is safe", "most voters
say that it is", "she was fired after she said so": what is said there is not claimed. A
plain attribution, "officials said that the dam is safe", claims it.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from claimx.language.lexicon import (
    FUNCTION_WORDS,
    IRREGULAR,
    LEXICAL_NEGATIONS,
    NEGATIONS,
    read_forms,
    read_phrases,
    read_words,
    start_words,
)
from claimx.language.modality import HEDGES
from claimx.language.sentence_ends import ENDING_TOKENS
from claimx.language.tokens import Tokens, is_word, stem_word
from claimx.language.words import could_be_verb, is_base_verb, is_verb_form

SpokenKind = Literal[
    "share", "denied", "doubtful", "hedged", "asked", "told", "condition", "clause", "noun"
]

_DOUBTING = read_words("speech.doubting")
_SAYING = frozenset[str]().union(
    *(read_words(f"speech.{kind}") for kind in ("saying", "saying_something", "saying_that")),
    *(read_words(f"speech.{kind}") for kind in ("saying_to_the_end", "adding", "claiming")),
    *(read_words(f"speech.{kind}") for kind in ("contending", "telling", "before_bare_clauses")),
)
_STEMS = frozenset(map(stem_word, _SAYING))
_VERBS = _SAYING | _DOUBTING
_BARE = read_words("speech.before_bare_clauses")
_TELLING_WHOM = read_words("speech.telling_whom")
_NOUNS = read_words("speech.nouns_of_statements")
_NOUNS_OR_VERBS = read_words("speech.nouns_or_verbs")
_DOUBTFUL = read_words("speech.doubtful_sources")
_SHARES = read_forms("speech.shares")
_PARTS = read_forms("speech.parts")
_WRONGLY = read_words("speech.wrongly")
_BEFORE_GERUNDS = read_words("speech.before_gerunds")
_ACCORDING = frozenset(read_phrases("speech.according_to"))
_TO = read_words("function_words.to")
_THAT = read_words("function_words.that")
_INVERTED = read_words("function_words.inverted_conditions")
_CONDITIONS = read_words("function_words.conditions")
_WHETHER = read_words("function_words.indirect_questions")
_SUBORDINATORS = read_words("function_words.subordinators")
_RELATIVES = read_words("function_words.object_relatives") | read_words("function_words.who")
_MODALS = read_words("function_words.modals")
_FINITE = _MODALS.union(*(read_words(f"function_words.{kind}") for kind in ("be", "have", "do")))
_AUXILIARIES = read_words("function_words.auxiliaries")
_FIRST_PERSONS = read_words("function_words.first_persons")
_NEGATIONS = read_words("negation.bare")
_NOT_DONE = HEDGES.keys() | NEGATIONS.union(map(stem_word, LEXICAL_NEGATIONS))
_PREPOSITIONS = read_words("function_words.prepositions") | read_words("function_words.of")
_DETERMINERS = read_words("function_words.determiners")
_BEFORE_NOUNS = _DETERMINERS | _PREPOSITIONS
_JOINERS = _SUBORDINATORS | read_words("function_words.and_or_but")
_JOINERS |= start_words("function_words.concessive")
_BESIDE_VERBS = _AUXILIARIES | _MODALS | _NEGATIONS | read_words("function_words.beside_verbs")
_IRREGULAR_VERBS = frozenset(IRREGULAR.values())
_CUES = _THAT | _VERBS | _NOUNS | _CONDITIONS | _ACCORDING
_MARKS = ENDING_TOKENS | frozenset(';:()"[]')
_BREAKS = _MARKS | {","}
# Tokens from a verb to "that": "told the paper on Monday in Lund that", "announced on Monday that".
_FAR, _NEAR = 9, 3
_LONGEST = 500  # tokens of a statement: what is longer is an article
_NOUN_PHRASE = 4  # tokens before a relative clause that it is about


class Spoken(NamedTuple):
    """
    A statement that a text speaks of.

    *cue* are the tokens that speak of it: "no official said". *said* are those of the statement,
    and *about* those outside that it is about: "*the ship* that police said *was lost*". *share*
    names the share of people of the kind "share".
    """

    kind: SpokenKind
    cue: range
    said: range
    about: range = range(0)
    share: str = ""


class _Manner(NamedTuple):
    """How a clause speaks of a statement, None if it plainly reports it; see `Spoken`."""

    kind: SpokenKind | None
    first: int
    share: str = ""


def read_spoken(tokens: Tokens) -> tuple[Spoken, ...]:
    """
    Find the statements that *tokens* speak of; none in what is too long for a statement.

    >>> text = Tokens("", "Nobody said that the dam broke".split())
    >>> [(one.kind, one.share, one.said) for one in read_spoken(text)]
    [('share', 'none', range(3, 6))]
    """
    lower = tokens.lower
    if lower[-1:] == ["?"] and lower[0] in _FINITE:
        return (Spoken("asked", range(1), range(1, len(lower) - 1)),)
    if _CUES.isdisjoint(lower) or len(lower) > _LONGEST:
        return ()
    return tuple(_Reader(tokens).find())


class _Reader:
    """Reads a text clause by clause; the current one begins at token *begin*."""

    def __init__(self, tokens: Tokens) -> None:
        self.words, self.lower = tokens.words, tokens.lower
        self.begin = 0

    def find(self) -> Iterator[Spoken]:
        """Find what is spoken of."""
        for at, word in enumerate(self.lower):
            if at < self.begin:
                continue
            if word in _CONDITIONS:
                yield from self._read_condition(at)
            elif self._is_noun(at):
                self.begin = at + 2
                yield Spoken("noun", range(at, at + 1), range(self.begin, self._find_end(at, ",")))
            elif word in _ACCORDING and self._get(at + 1) in _TO:
                yield from self._read_source(at)
            elif word in _VERBS or self._introduces(at):
                yield from self._read_verb(at)

    def _read_condition(self, at: int) -> Iterator[Spoken]:
        """Read "if the vote fails," and "whether it fails", or either behind a verb."""
        end = self._find_end(at, ",")
        opens = at == 0 or self.lower[at - 1] in _BREAKS
        closed = self._get(end) == "," or self.lower[at] in _WHETHER
        if (opens and closed) or self._has_verb(range(self.begin, at)):
            yield Spoken("condition", range(at, at + 1), range(at + 1, end))

    def _read_verb(self, at: int) -> Iterator[Spoken]:
        """Read what the verb at *at* introduces, unless it plainly reports it."""
        start = self._find_said(at)
        if start is None:
            yield from self._read_tail(at)
            return
        lead = self._find_lead(at)
        self.begin = start
        if start > at + 1 and self.lower[start - 1] in _TO:
            cue, said = range(lead, at + 1), range(start, self._find_end(start))
            yield Spoken("told", cue, said, range(at + 1, start))
        elif start == at + 1 and self._get(start) in _FINITE:
            yield from self._read_gap(lead, at)
        else:
            manner = self._judge(lead, at)
            if manner.kind:
                depends = manner.kind in ("clause", "condition")
                opens = self._get(manner.first - 1) in ("", ",")
                said = range(start, self._find_end(start, "," if depends and opens else "."))
                yield Spoken(manner.kind, range(manner.first, at + 1), said, share=manner.share)

    def _read_gap(self, lead: int, at: int) -> Iterator[Spoken]:
        """Read "the ship that police said was lost", with or without "that"."""
        places = range(at + 2, len(self.lower))
        end = next((to for to in places if self.lower[to] in _FINITE), 0)
        relative = next((to for to in range(lead, at) if self.words[to] in _RELATIVES), 0)
        if end or relative:
            said = range(at + 1, end or self._find_end(at))
            first = relative or at
            about = range(max(0, first - _NOUN_PHRASE), first)
            yield Spoken("clause", range(first, at + 1), said, about)

    def _read_tail(self, at: int) -> Iterator[Spoken]:
        """Read ", most voters say" and ", say most voters" behind a statement."""
        mark = next((to for to in range(at - 1, 0, -1) if self.lower[to] in _BREAKS), 0)
        doubts = self.lower[at] in _DOUBTING
        if not mark or not (doubts or self.lower[at] in _BARE):
            return
        subject, closed = range(mark + 1, at), not is_word(self._get(at + 1) or ".")
        if all(map(self._is_beside, subject)):
            subject, closed = range(at + 1, self._find_end(at, ",")), not doubts
        if doubts and closed and self._agrees(at):
            yield Spoken("doubtful", range(mark + 1, at + 1), range(mark))
        elif closed and not doubts:
            kind, share = self._judge_subject(subject)
            if kind:
                cue = range(mark + 1, max(at + 1, subject.stop))
                yield Spoken(kind, cue, range(mark), share=share)

    def _read_source(self, at: int) -> Iterator[Spoken]:
        """Read "according to most voters", before or behind a statement."""
        end = self._find_end(at, ",")
        kind, share = self._judge_subject(range(at + 2, end))
        if kind:
            said = range(at) if at else range(end + 1, self._find_end(end))
            yield Spoken(kind, range(at, end), said, share=share)

    def _introduces(self, at: int) -> bool:
        """Return whether the word at *at* is a verb before "that" and a clause."""
        return (
            self._get(at + 1) in _THAT
            and (could_be_verb(self.lower[at]) or self.lower[at].endswith("ing"))
            and not self._is_verb(at + 2)
        )

    def _find_said(self, at: int) -> int | None:
        """Find where what the verb at *at* introduces begins."""
        reach = _FAR if self.lower[at] in _BARE else _NEAR
        for to in range(at + 1, min(at + 1 + reach, len(self.lower))):
            word = self.lower[to]
            if word in _CONDITIONS or word in _THAT:
                # "reported earnings that were low" has no statement
                return None if word in _THAT and self._is_verb(to + 1) else to + 1
            if word in _TO and self.lower[at] in _TELLING_WHOM and self._is_infinitive(to + 1):
                return to + 1
            if word in _BREAKS or word in _TO or (to > at + 1 and self._is_verb(to)):
                break
        if self.lower[at] not in _BARE:
            return None
        if self._get(at + 1) in (":", ","):
            return at + 2
        return at + 1 if self._has_verb(range(at + 1, self._find_end(at, ","))) else None

    def _find_lead(self, at: int) -> int:
        """Find where the clause of the verb at *at* begins; an apposition is part of it."""
        marks = [to for to in range(self.begin, at) if self.lower[to] in _BREAKS]
        if not marks or all(map(self._is_beside, range(marks[-1] + 1, at))):
            return self.begin
        return marks[-1] + 1

    def _find_end(self, at: int, *ends: str) -> int:
        """Find where the clause behind *at* ends: at one of *ends*, a mark, or ", but"."""
        for to in range(at + 1, len(self.lower)):
            word = self.lower[to]
            if word in ends or word in _MARKS or (word == "," and self._get(to + 1) in _JOINERS):
                return to
        return len(self.lower)

    def _judge(self, lead: int, at: int) -> _Manner:
        """Say how the clause from *lead* to the verb at *at* speaks of what it introduces."""
        first = at
        while first > lead and self._is_beside(first - 1):
            first -= 1
        kind = self._judge_verb(first, at)
        if kind:
            return _Manner(kind, lead)
        clause = self._find_clause(lead, first, at)
        if clause is not None:
            kind = "condition" if self.lower[clause] in _CONDITIONS | _INVERTED else "clause"
            return _Manner(kind, clause)
        if self._is_hedged(lead, first, at):
            return _Manner("hedged", lead)
        kind, share = self._judge_subject(range(lead, first))
        return _Manner(kind, lead, share)

    def _judge_verb(self, first: int, at: int) -> SpokenKind | None:
        """Say what the verb at *at* does to what it introduces, by the words beside it."""
        beside = self.lower[first:at]
        if self.lower[at] in _DOUBTING or not _WRONGLY.isdisjoint(beside):
            return "doubtful"
        if self.lower[-1] == "?":
            return "asked"
        denied = any(word in _NEGATIONS or word.endswith("n't") for word in beside)
        return "denied" if denied else None

    def _is_hedged(self, lead: int, first: int, at: int) -> bool:
        """Return whether it is not said, or not yet: "may say", "plans to say", "refused to"."""
        if stem_word(self.lower[at]) not in _STEMS or not _FIRST_PERSONS.isdisjoint(
            self.lower[lead:at]
        ):
            return False  # "I would say"
        if first > lead + 1 and self.lower[first - 1] in _TO:
            before = self.lower[first - 2]
            return before in _NOT_DONE or stem_word(before) in _NOT_DONE
        modals = (to for to in range(first, at) if self.lower[to] in _MODALS)
        return any(self.words[to] != "May" for to in modals)

    def _find_clause(self, lead: int, first: int, at: int) -> int | None:
        """Find what makes the clause of the verb at *at* depend on another: "after she said"."""
        lower = self.lower
        if first > lead:
            gerund = lower[at].endswith("ing") and lower[first - 1] in _BEFORE_GERUNDS
            if gerund or self.words[first - 1] in _RELATIVES:
                return first - 1
        if lead == 0 and lower[0] in _INVERTED:
            return 0
        subordinators = (to for to in range(lead, at) if lower[to] in _SUBORDINATORS)
        return next((to for to in subordinators if self._depends(lead, to, at)), None)

    def _depends(self, lead: int, to: int, at: int) -> bool:
        """Distinguish "after she said" from "after the storm officials said"."""
        if self.lower[to] in _CONDITIONS or self._has_verb(range(lead, to)):
            return True
        end = self._find_end(at, ",")
        opens = to == 0 and self._get(end) == ","
        return opens and self._has_verb(range(end, len(self.lower)))

    def _judge_subject(self, places: range) -> tuple[SpokenKind | None, str]:
        """Say whether those at *places* do not speak for what they say, or are a share."""
        named = given = False
        for at in places:
            word = self.lower[at]
            if word in _RELATIVES or (word in _PREPOSITIONS and named):
                break
            if word in _DOUBTFUL:
                return "doubtful", ""
            if word in _SHARES and not (named or given):
                return "share", _SHARES[word]
            if word in _PARTS:
                return "share", _PARTS[word]
            given = given or word in _DETERMINERS
            named = named or word not in FUNCTION_WORDS
        return None, ""

    def _is_noun(self, at: int) -> bool:
        """Return whether the word at *at* is a noun of a statement: "the claim that he fled"."""
        word, before = self.lower[at], self._get(at - 1) if at else ""
        if word not in _NOUNS or self._get(at + 1) not in _THAT or self._is_verb(at + 2):
            return False
        return word not in _NOUNS_OR_VERBS or before in _BEFORE_NOUNS or self._is_verb(at - 1)

    def _is_beside(self, at: int) -> bool:
        """Return whether the word at *at* may stand between a subject and its verb: "has also"."""
        word = self.words[at]
        return self.lower[at] in _BESIDE_VERBS or (word.islower() and word.endswith(("ly", "n't")))

    def _is_verb(self, at: int) -> bool:
        word = self._get(at) if at >= 0 else ""
        return is_verb_form(word) or word.endswith("ed")

    def _is_infinitive(self, at: int) -> bool:
        return is_base_verb(self._get(at)) or self._get(at) in _IRREGULAR_VERBS

    def _has_verb(self, places: range) -> bool:
        return any(map(self._is_verb, places))

    def _agrees(self, at: int) -> bool:
        """Return whether the word at *at* can be the verb of what stands before: "experts fear"."""
        word = self.lower[at]
        return word.endswith(("s", "ed")) or self.lower[at - 1].endswith("s")

    def _get(self, at: int) -> str:
        return self.lower[at] if 0 <= at < len(self.lower) else ""
