"""Check that a claim keeps what limits the words it restates: "if", "allegedly", "may"."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.facts.tokens import is_word
from claimx.ground.clauses import (
    MARKS,
    SENTENCE_ENDS,
    Stretch,
    end_of,
    find_phrases,
    list_stems,
    phrase_set,
    restates,
    share_held,
    start_of,
)
from claimx.ground.source import MANY, Case, Source
from claimx.records import Flag
from claimx.words import word_set

# ------------------------------------------------------------------ conditions

_CONDITIONS = phrase_set("""
    if | unless | provided that | providing that | on condition that | on the condition that
    as long as | so long as | assuming that | assuming | in the event that | in the event of
    depending on | contingent on | conditional on | only if
    """)
_ONLY_FIRST = phrase_set("should | were | had | suppose | supposing | imagine")
_CONDITIONAL = word_set("""
    if unless provided providing assuming should whether would could may might until except
    depends depending subject condition conditional contingent without pending before case
    hypothetical hypothetically suppose once when
    """)
_ASKS = word_set("ask asks asked asking wonder wondered wonders see know")


class _Condition(NamedTuple):
    """A clause that limits another: its cue, its words, and the words that it limits."""

    cue: Stretch
    clause: Stretch
    host: Stretch


def check_conditions(case: Case) -> Iterator[Flag]:
    """Flag a claim that says outright what the cited text says only under a condition."""
    claim, cited, _ = case
    if not _CONDITIONAL.isdisjoint(claim.facts.tokens.lower):
        return
    for condition in list(_find_conditions(cited))[:MANY]:
        if not restates(claim, cited, condition.host):
            continue
        is_fictive = cited.facts.tokens.lower[condition.cue.first] in _ONLY_FIRST
        if not is_fictive and share_held(list_stems(cited, condition.clause), claim) >= 0.5:
            continue  # "must lodge a bond" keeps "unless it lodges a bond"
        shown = cited.facts.tokens.slice(condition.cue.first, _shorten(condition.clause))
        yield Flag(kind="modality", message=f'leaves out the condition "{shown}" of the cited text')
        return


def _shorten(stretch: Stretch) -> int:
    return min(stretch.end, stretch.first + 8)


def _find_conditions(source: Source) -> Iterator[_Condition]:
    lower = source.facts.tokens.lower
    for cue in find_phrases(lower, _CONDITIONS):
        before = lower[cue.first - 1] if cue.first else ""
        if before in _ASKS or before in ("as", "even"):
            continue
        yield from _place_condition(lower, cue)
    for cue in find_phrases(lower, _ONLY_FIRST):
        is_first = start_of(lower, cue.first, SENTENCE_ENDS) == cue.first
        if is_first and not _asks(lower, cue.first):
            yield from _place_condition(lower, cue)


def _place_condition(lower: Sequence[str], cue: Stretch) -> Iterator[_Condition]:
    """Give the clause that *cue* opens and the one that it limits, before or after it."""
    clause = Stretch(cue.end, end_of(lower, cue.end, MARKS))
    if _starts_sentence(lower, cue.first):
        first = clause.end + 1
        host = Stretch(first, end_of(lower, first, MARKS))
    else:
        host = Stretch(start_of(lower, cue.first, MARKS), cue.first)
    if host.end > host.first:
        yield _Condition(cue, clause, host)


def _starts_sentence(lower: Sequence[str], at: int) -> bool:
    """Tell whether nothing but a short opening ("But", a quotation mark) stands before *at*."""
    first = start_of(lower, at, SENTENCE_ENDS)
    return sum(map(is_word, lower[first:at])) <= 1


def _asks(lower: Sequence[str], at: int) -> bool:
    end = end_of(lower, at, SENTENCE_ENDS)
    return end < len(lower) and lower[end] == "?"


# ------------------------------------------------------------------- questions

_ASKING = word_set("""
    ask asks asked question questions questioned whether unclear unknown wonder wonders wondered if
    """)


def check_questions(case: Case) -> Iterator[Flag]:
    """Flag a claim that states what the cited text only asks."""
    claim, cited, _ = case
    lower = cited.facts.tokens.lower
    if "?" not in lower or "?" in claim.facts.tokens.lower:
        return
    if not _ASKING.isdisjoint(claim.facts.tokens.lower):
        return
    for end in [at for at, word in enumerate(lower) if word == "?"][:MANY]:
        question = Stretch(start_of(lower, end, SENTENCE_ENDS), end)
        rest = [*lower[: question.first], *lower[question.end :]]
        stated = {stem for stem in list_stems(cited, question) if stem in rest}
        if not stated and restates(claim, cited, question, 0.6):
            yield Flag(kind="modality", message="states what the cited text only asks")
            return


# ------------------------------------------------------------------ rejections

_REJECTED = phrase_set("""
    stopped short of | stops short of | stopping short of | rejected the suggestion that
    rejected the claim that | rejected the idea that | rejected claims that | rejects the idea that
    rejected suggestions that | rejected the allegation that | rejected allegations that
    rejects claims that | dismissed as fabricated | dismissed as false | dismissed claims that
    dismissed suggestions that | dismissed the idea that | wrong to say that | wrong to claim that
    untrue that | false that | no evidence that | no proof that | no sign that | denied that
    denies that | denying that | denied having | ruled out that | averted | avoided | narrowly missed
    """)
_REJECTING = word_set("""
    not no never none neither nor reject rejects rejected dismiss dismisses dismissed deny denies
    denied denying false untrue fabricated short avoid avoided averted ruled without cannot
    """)


def check_rejections(case: Case) -> Iterator[Flag]:
    """Flag a claim that states what the cited text tells as rejected or not done."""
    claim, cited, _ = case
    lower = claim.facts.tokens.lower
    if not _REJECTING.isdisjoint(lower) or any(word.endswith("n't") for word in lower):
        return
    theirs = cited.facts.tokens.lower
    for cue in find_phrases(theirs, _REJECTED):
        host = Stretch(cue.end, end_of(theirs, cue.end, MARKS))
        if restates(claim, cited, host):
            shown = cited.facts.tokens.slice(cue.first, cue.end)
            yield Flag(kind="negation", message=f'told as so; the cited text has "{shown}"')
            return
