"""Check that a claim does not state as certain what is a plan or a possibility in its citation."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claimx.ground.clauses import (
    MARKS,
    Stretch,
    end_of,
    holds_stem,
    list_stems,
    spell_stem,
)
from claimx.ground.names import looks_past
from claimx.ground.source import MANY, Case, Source
from claimx.language.cues import Cue
from claimx.language.features import stem_word
from claimx.language.lexicon import REPORTING, read_lines, read_words
from claimx.language.modality import certainty_of
from claimx.records import Flag

_ENDS = MARKS | read_words("function_words.hedge_ends")
_REACH = 6
_NOUNS = read_words("modality.hedging_nouns")
_ADJECTIVES = read_words("modality.hedging_adjectives")
UNSETTLED = read_words("modality.unsettled")
_AIMS = read_words("modality.aims")
_IF = read_words("modality.conjunctions_of_conditions")
_COMPARING = read_words("modality.comparing")
_UNREAL = [phrase.split() for phrase in read_lines("modality.unreal")]
_OF_NOUNS = read_words("modality.after_hedging_nouns")
_BEFORE_PLANS = read_words("modality.before_planned_verbs")
_OWNERS = read_words("function_words.owners")
_NO_PREDICATES = frozenset(map(stem_word, read_words("modality.no_predicates")))
_UNDONE = read_words("modality.undone")


class _Hedge(NamedTuple):
    cue: Stretch
    is_possible: bool


def check_certainty(case: Case) -> Iterator[Flag]:
    """Flag a plan or possibility of the cited text that the claim states as more certain."""
    claim, cited, _ = case
    lower = claim.features.tokens.lower
    if not UNSETTLED.isdisjoint(lower) or any(map(_plans, claim.features.hedges)):
        return
    settled = not _UNDONE.isdisjoint(lower)
    for hedge in _find_hedges(cited):
        if (settled and not hedge.is_possible) or _keeps(claim, cited, hedge.cue):
            continue
        word = _find_overstated(claim, cited, hedge)
        if word:
            level = "planned" if settled else "fact"
            shown = cited.features.tokens.slice(hedge.cue.first, hedge.cue.end)
            yield Flag(
                kind="modality", message=f'"{word}" stated as {level}; the cited text has "{shown}"'
            )
            return


def _plans(cue: Cue) -> bool:
    """Return whether the claim itself is a plan in several words: "is to name"."""
    return cue.kind in ("planned", "unrealised") and cue.end - cue.at > 1


def _keeps(claim: Source, cited: Source, cue: Stretch) -> bool:
    """Return whether *claim* has the word of *cue* itself, in any form."""
    words = cited.features.tokens.lower[cue.first : cue.end]
    return holds_stem(claim, stem_word(words[0]))


def _find_hedges(source: Source) -> Iterator[_Hedge]:
    lower = source.features.tokens.lower
    for cue in source.features.hedges[:MANY]:
        if cue.kind == "seeming" or cue.end - cue.at > 1 or not _is_idle(lower, cue.at):
            yield _Hedge(Stretch(cue.at, cue.end), certainty_of(cue) == "possible")


def _is_idle(lower: Sequence[str], at: int) -> bool:
    """Return whether the word at *at* only looks like a hedge, or opens a condition."""
    word, before, after = lower[at], lower[max(0, at - 1)], lower[at + 1 : at + 2]
    if not _AIMS.isdisjoint(lower[max(0, at - 5) : at]):
        return True  # "so that it could reach the mine"
    if word in _NOUNS:
        return _OF_NOUNS.isdisjoint(after)
    return word in _IF or before in _COMPARING or [word, *after] in _UNREAL


def _find_overstated(claim: Source, cited: Source, hedge: _Hedge) -> str:
    """Return a word of *claim* that states what is in the scope of *hedge*; "" if none does."""
    scope, is_adjective = _find_scope(cited, hedge.cue)
    stems = list_stems(cited, scope)[: 2 if is_adjective else _REACH]
    held = [stem for stem in stems if holds_stem(claim, stem)]
    least = len(stems) if is_adjective else max(min(2, len(stems)), len(stems) / 2)
    if not held or len(held) < least:
        return ""
    outside = {stem for place, stem in cited.content if not scope.first <= place < scope.end}
    told = not all(stem in outside for stem in held)
    is_fact = hedge.is_possible or _is_done(claim, cited, _find_head(stems))
    return spell_stem(claim, held[0]) if told and is_fact else ""


def _find_head(stems: Sequence[str]) -> str:
    """Return the predicate of the plan: the first of *stems*, without "in principle"."""
    return next((stem for stem in stems if stem not in _NO_PREDICATES), "")


def _find_scope(cited: Source, cue: Stretch) -> tuple[Stretch, bool]:
    """Return the scope of *cue*, and whether *cue* is an adjective: "the possible end"."""
    lower = cited.features.tokens.lower
    scope = Stretch(cue.end, end_of(lower, cue.end, _ENDS))
    leads = lower[scope.first : scope.first + 1] == ["to"]
    return scope, lower[cue.first] in _ADJECTIVES and not leads


_BE_OR_HAVE = read_words("function_words.be_or_have")
_COMPLETED = read_words("verbs.completed")


def _is_done(claim: Source, cited: Source, head: str) -> bool:
    """
    Return whether *claim* states *head*, the planned predicate of *cited*, as done.

    "Was upgraded" does, "the upgrade" and "upgrades" do not. A past tense that *cited*
    lacks counts as another word for the plan.
    """
    lower = claim.features.tokens.lower
    for place, stem in claim.content:
        word = lower[place]
        if lower[place - 1] in _BEFORE_PLANS and place:
            continue
        is_past = looks_past(word) and word not in REPORTING
        after_verb = not (_BE_OR_HAVE | _COMPLETED).isdisjoint(lower[max(0, place - 2) : place])
        is_planned = head in (stem, f"re{stem}")
        if (is_planned and (is_past or after_verb)) or (
            is_past and not _describes_noun(lower, place) and not holds_stem(cited, stem)
        ):
            return True
    return False


def _describes_noun(lower: Sequence[str], place: int) -> bool:
    """Return whether the participle at *place* modifies a noun: "the proposed deal"."""
    return place > 0 and lower[place - 1] in _OWNERS
