"""Check that a claim adds no negation and no opposite to its citation."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from claimx.ground.clauses import SENTENCE_ENDS, end_of, list_stems, share_held, split_phrases
from claimx.ground.source import MANY, Case, Source, value_key
from claimx.language.features import Cue, stem_word
from claimx.language.lexicon import (
    LEXICAL_NEGATIONS,
    NEGATIVE_PREFIXES,
    REPORTING,
    any_of,
    read_words,
)
from claimx.language.opposites import read_camps
from claimx.records import Flag


def check_negations(case: Case) -> Iterator[Flag]:
    """Compare negations word by word, if claim and cited text share words."""
    claim, cited, _ = case
    for cue in claim.features.negations[:MANY]:
        if _is_lone_denial(cue, case):
            message = f'negation "{cue.word}" of the claim not in the cited text'
            yield Flag(kind="negation", message=message)
            return
    plain = [cue for cue in claim.features.negations if is_plain_denial(cue)]
    if len(plain) >= len(cited.features.negations) > 0:
        yield from _check_prefixes(claim, cited)
        return  # "were not asked" for "without asking"; what "not" bears on is of `check_focus`
    for cue in cited.features.negations[:MANY]:
        if _stands_in(cue, claim) or cancels(cue, cited, claim):
            continue
        if _clashes(cue, cited, claim):
            message = f'negation "{cue.word}" of the cited text not in the claim'
            yield Flag(kind="negation", message=message)
            return
    yield from _check_prefixes(claim, cited)


_COMPARATIVE = re.compile(rf"{any_of('negation.comparatives')}|[a-z]{{3,}}er")
_NEGATIVE_WORD = re.compile(
    rf"(?!{any_of('negation.not_prefixed')})un[a-z]{{4,}}|dis[a-z]{{5,}}|"
    rf"{any_of('negation.short_prefixes')}[a-z]+{any_of('negation.endings_of_adjectives')}"
)
_EXCEPTIVE = read_words("negation.exceptive")
_LIMITS = read_words("negation.limits")
_COMPARING = read_words("negation.comparing")


def cancels(cue: Cue, cited: Source, claim: Source) -> bool:
    """Return whether a negation is cancelled: "not uncommon", "no worse than", "not until May"."""
    lower = cited.features.tokens.lower
    after = lower[cue.at + 1 : cue.at + 2]
    if after and (_NEGATIVE_WORD.fullmatch(after[0]) or _COMPARATIVE.fullmatch(after[0])):
        return True
    if cue.scope and _NEGATIVE_WORD.fullmatch(cue.scope[0]):
        return True
    if any(word[:2] == "un" and stem_word(word[2:]) in claim.words for word in cue.scope):
        return True  # "none was unvaccinated"
    if cue.places and "," in lower[cue.at : cue.places[0]]:
        return True  # "I never will," said the doctor
    rest = lower[cue.at : end_of(lower, cue.at, SENTENCE_ENDS)]
    ours = claim.features.tokens.lower
    return not _COMPARING.isdisjoint(ours) or not (
        _EXCEPTIVE.isdisjoint(rest) or _LIMITS.isdisjoint(ours)
    )


_NOT = read_words("negation.plain")


def is_plain_denial(cue: Cue) -> bool:
    """Distinguish "not" and the like (true) from "refused to" and "free of"."""
    return cue.word.lower() in _NOT or cue.word.lower().endswith("n't")


def _stands_in(cue: Cue, source: Source) -> bool:
    """Return whether *source* has the same negation of the same word."""
    others = source.features.negations[:MANY]
    return any(one.word == cue.word and one.scope[:1] == cue.scope[:1] for one in others)


def _is_lone_denial(cue: Cue, case: Case) -> bool:
    """Return whether a negation of the claim has no counterpart in the cited text."""
    claim, cited, _ = case
    if _stands_in(cue, cited):
        return False
    rest = claim.features.tokens.lower[
        cue.at : end_of(claim.features.tokens.lower, cue.at, SENTENCE_ENDS)
    ]
    if not {"until", "before", "unless", "since"}.isdisjoint(rest):
        return False  # "not before May" says when
    stems = {stem_word(word) for word in cue.scope}
    if stems.isdisjoint(cited.polarity):
        return not cited.features.negations and not _denies_by_meaning(cited)
    return _clashes(cue, claim, cited) and not _denies_by_meaning(cited)


def _denies_by_meaning(cited: Source) -> bool:
    if not _DENYING.isdisjoint(cited.words) or value_key(0) in cited.quantities:
        return True
    return any(map(_PREFIXED.match, cited.words))


# "unclear", "disagree", "nonaligned"; not "under", "discuss".
_PREFIXED = re.compile(
    rf"(?!{any_of('negation.not_prefixed')}){any_of('negation.sure_prefixes')}[^\W\d_]{{4}}"
)
_DENYING = frozenset(map(stem_word, LEXICAL_NEGATIONS)) | read_words("negation.denying_stems")


def _clashes(cue: Cue, here: Source, there: Source) -> bool:
    """Return whether *there* states without negation what *cue* negates *here*."""
    denied = _denied_first(cue, here)
    shared = [stem for stem in denied if stem in there.polarity]
    if any(there.polarity[stem] & here.polarity[stem] for stem in shared):
        return False
    return shared[:1] == denied[:1] if len(shared) == 1 else len(shared) > 1


_CLAUSE_STARTS = read_words("function_words.negation_ends")
_TRANSPARENT = read_words("negation.transparent")


def _denied_first(cue: Cue, source: Source) -> list[str]:
    """List the stems nearest in the scope of *cue*; names and "said" are not negated."""
    words = source.features.tokens.words
    end = end_of(source.features.tokens.lower, cue.at + 1, _CLAUSE_STARTS)
    scope = zip(cue.scope, cue.places, strict=True)
    denied = [
        stem_word(word)
        for word, place in scope
        if place < end
        and not words[place][0].isupper()
        and not word.endswith("ly")
        and word not in REPORTING
        and word not in _TRANSPARENT
    ]
    return denied[:3]


def _check_prefixes(claim: Source, cited: Source) -> Iterator[Flag]:
    """Compare words with a negative prefix: "satisfied" and "dissatisfied"."""
    for ours, theirs in ((claim, cited), (cited, claim)):
        for _, stem in ours.content:
            base = _cut_prefix(stem, theirs.polarity)
            if not base or stem in theirs.polarity or base in ours.polarity:
                continue
            if 0 in ours.polarity[stem] and 0 in theirs.polarity[base]:
                there, here = (stem, base) if ours is cited else (base, stem)
                here, there = _spell(claim, {here}), _spell(cited, {there})
                message = f'"{here}" where the cited text has "{there}"'
                yield Flag(kind="negation", message=message)
                return


def _cut_prefix(stem: str, known: Iterable[str]) -> str:
    """Cut a negative prefix off *stem* if a *known* word is left."""
    for prefix in NEGATIVE_PREFIXES:
        base = stem.removeprefix(prefix)
        shortest = 5 if prefix[0] == "i" else 4  # "inform" is not the reverse of "form"
        if base != stem and len(base) >= shortest and base in known and stem not in _NO_PREFIX:
            return base
    return ""


_NO_PREFIX = frozenset(map(stem_word, read_words("negation.lookalikes")))

_CAMPS = tuple(
    tuple(frozenset(map(stem_word, side)) for side in pair)
    for pair in (*read_camps("news"), *read_camps("undone"))
)
_BOTH_WAYS = tuple(pair for one, other in _CAMPS for pair in ((one, other), (other, one)))


def check_opposites(case: Case) -> Iterator[Flag]:
    """Compare opposites: "rose" and "fell", if a text has only one of them."""
    claim, cited, _ = case
    if claim.features.negations or cited.features.negations:
        return
    if not (
        _LIMITS.isdisjoint(claim.features.tokens.lower)
        or _LIMITS.isdisjoint(cited.features.tokens.lower)
    ):
        return  # "closed until", "reopens only after"
    ours, theirs = claim.polarity.keys(), cited.polarity.keys()
    for one, other in _BOTH_WAYS:
        if one.isdisjoint(ours) or other.isdisjoint(theirs):
            continue
        if one.isdisjoint(theirs) and other.isdisjoint(ours) and _restates_around(case, other):
            here, there = _spell(claim, one), _spell(cited, other)
            if here[0].isupper() and there[0].isupper():
                continue  # North Korea is a name
            message = f'"{here}" where the cited text has "{there}"'
            yield Flag(kind="wording", message=message)


def _restates_around(case: Case, stems: AbstractSet[str]) -> bool:
    """Return whether the claim has half of the other words of a phrase with one of *stems*."""
    claim, cited, _ = case
    at = next(place for place, stem in cited.content if stem in stems)
    home = next((one for one in split_phrases(cited) if one.first <= at < one.end), None)
    others = [stem for stem in list_stems(cited, home) if stem not in stems] if home else []
    return not others or share_held(others, claim) >= 0.5


def _spell(source: Source, stems: AbstractSet[str]) -> str:
    """Return the first word of *source* with one of *stems*, as written."""
    return next(source.features.tokens.words[at] for at, stem in source.content if stem in stems)
