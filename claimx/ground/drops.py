"""Check that a claim keeps the limits of what it restates: "if", "allegedly", "may"."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.ground.certainty import UNSETTLED
from claimx.ground.clauses import (
    MARKS,
    SENTENCE_ENDS,
    Stretch,
    end_of,
    find_phrases,
    find_words,
    list_stems,
    restates,
    share_held,
    start_of,
)
from claimx.ground.source import Case, Source
from claimx.language.lexicon import read_phrases, read_words
from claimx.language.tokens import is_word
from claimx.records import Flag
from claimx.segment.allegations import find_dropped_allegation

# ------------------------------------------------------------------ conditions

_CONDITIONS = read_phrases("modality.conditions")
_ONLY_FIRST = read_phrases("modality.opening_conditions")
_CONDITIONAL = read_words("modality.conditional")
_NO_CONDITION = read_words("modality.before_no_condition")
_ASKS = read_words("modality.asks_whether")


class _Condition(NamedTuple):
    """A clause that limits another: its cue, its words, and the words it limits."""

    cue: Stretch
    clause: Stretch
    host: Stretch


def check_conditions(case: Case) -> Iterator[Flag]:
    """Flag a claim that states without condition what the cited text states with one."""
    claim, cited, _ = case
    if not _CONDITIONAL.isdisjoint(claim.features.tokens.lower):
        return
    for condition in _find_conditions(cited):
        is_fictive = cited.features.tokens.lower[condition.cue.first] in _ONLY_FIRST
        taken_as_fact = is_fictive and restates(claim, cited, condition.clause, 0.8)
        if not taken_as_fact and not restates(claim, cited, condition.host):
            continue
        if not is_fictive and share_held(list_stems(cited, condition.clause), claim) >= 0.5:
            continue  # "must lodge a bond" keeps "unless it lodges a bond"
        shown = cited.features.tokens.slice(condition.cue.first, _shorten(condition.clause))
        yield Flag(kind="modality", message=f'leaves out the condition "{shown}" of the cited text')
        return


def _shorten(stretch: Stretch) -> int:
    return min(stretch.end, stretch.first + 8)


def _find_conditions(source: Source) -> Iterator[_Condition]:
    lower = source.features.tokens.lower
    for cue in find_phrases(lower, _CONDITIONS):
        before = lower[cue.first - 1] if cue.first else ""
        if before in _ASKS or before in _NO_CONDITION:
            continue
        yield from _place_condition(lower, cue)
    for cue in find_phrases(lower, _ONLY_FIRST):
        is_first = start_of(lower, cue.first, SENTENCE_ENDS) == cue.first
        if is_first and not _asks(lower, cue.first):
            yield from _place_condition(lower, cue)


def _place_condition(lower: Sequence[str], cue: Stretch) -> Iterator[_Condition]:
    """Yield the clause that *cue* opens with the one that it limits, before or after it."""
    clause = Stretch(cue.end, end_of(lower, cue.end, MARKS))
    if _starts_sentence(lower, cue.first):
        first = clause.end + 1
        host = Stretch(first, end_of(lower, first, MARKS))
    else:
        host = Stretch(start_of(lower, cue.first, MARKS), cue.first)
    if host.end > host.first:
        yield _Condition(cue, clause, host)


def _starts_sentence(lower: Sequence[str], at: int) -> bool:
    """Return whether only a short opening ("But", a quotation mark) precedes *at*."""
    first = start_of(lower, at, SENTENCE_ENDS)
    return sum(map(is_word, lower[first:at])) <= 1


def _asks(lower: Sequence[str], at: int) -> bool:
    end = end_of(lower, at, SENTENCE_ENDS)
    return end < len(lower) and lower[end] == "?"


# ------------------------------------------------------------------- questions

_ASKING = read_words("modality.asking")


def check_questions(case: Case) -> Iterator[Flag]:
    """Flag a claim that states what the cited text only asks."""
    claim, cited, _ = case
    lower = cited.features.tokens.lower
    if "?" not in lower or "?" in claim.features.tokens.lower:
        return
    if not _ASKING.isdisjoint(claim.features.tokens.lower):
        return
    for end in find_words(lower, {"?"}):
        question = Stretch(start_of(lower, end, SENTENCE_ENDS), end)
        rest = [*lower[: question.first], *lower[question.end :]]
        stated = {stem for stem in list_stems(cited, question) if stem in rest}
        if not stated and restates(claim, cited, question, 0.6):
            yield Flag(kind="modality", message="states what the cited text only asks")
            return


# ----------------------------------------------------------------- allegations


def check_allegations(case: Case) -> Iterator[Flag]:
    """Flag a claim that states as fact what is an allegation in the cited text."""
    claim, cited, _ = case
    if not (UNSETTLED - set(cited.features.tokens.lower)).isdisjoint(claim.features.tokens.lower):
        return
    if cue := find_dropped_allegation(claim.text, cited.text):
        yield Flag(kind="modality", message=f'stated as fact; the cited text has "{cue}"')


# ------------------------------------------------------------------ rejections

_REJECTED = read_phrases("negation.rejections")
_REJECTING = read_words("negation.rejecting")


def check_rejections(case: Case) -> Iterator[Flag]:
    """Flag a claim that states what was rejected or not done in the cited text."""
    claim, cited, _ = case
    lower = claim.features.tokens.lower
    if not _REJECTING.isdisjoint(lower) or any(word.endswith("n't") for word in lower):
        return
    theirs = cited.features.tokens.lower
    for cue in find_phrases(theirs, _REJECTED):
        host = Stretch(cue.end, end_of(theirs, cue.end, MARKS))
        if restates(claim, cited, host):
            shown = cited.features.tokens.slice(cue.first, cue.end)
            yield Flag(kind="negation", message=f'told as so; the cited text has "{shown}"')
            return
