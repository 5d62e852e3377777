"""Check that a claim denies, reverses and makes certain nothing that the cited text does not."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from claimx.facts import Cue, stem_word
from claimx.facts.lexicon import LEXICAL_NEGATIONS, NEGATIVE_PREFIXES, REPORTING
from claimx.facts.opposites import read_camps
from claimx.ground.names import looks_past
from claimx.ground.source import MANY, Case, Source, value_key
from claimx.records import Flag
from claimx.words import word_set


def check_negations(case: Case) -> Iterator[Flag]:
    """Compare what is denied, word by word, only where claim and cited text share words."""
    claim, cited, _ = case
    for cue in claim.facts.negations[:MANY]:
        if _is_lone_denial(cue, case):
            message = f'negation "{cue.word}" of the claim not in the cited text'
            yield Flag(kind="negation", message=message)
            return
    for cue in cited.facts.negations[:MANY]:
        if _clashes(cue, cited, claim):
            message = f'negation "{cue.word}" of the cited text not in the claim'
            yield Flag(kind="negation", message=message)
            return
    yield from _check_prefixes(claim, cited)


def _is_lone_denial(cue: Cue, case: Case) -> bool:
    """Tell a denial of the claim that nothing in the cited text stands for."""
    claim, cited, _ = case
    stems = {stem_word(word) for word in cue.scope}
    if stems.isdisjoint(cited.polarity):
        return not cited.facts.negations and not _denies_by_meaning(cited)
    return _clashes(cue, claim, cited) and not _denies_by_meaning(cited)


def _denies_by_meaning(cited: Source) -> bool:
    if not _DENYING.isdisjoint(cited.words) or value_key(0) in cited.quantities:
        return True
    return any(map(_PREFIXED.match, cited.words))


# "unclear", "disagree", "nonaligned"; not "under", "discuss".
_PREFIXED = re.compile(
    r"(?:un(?!der|i|til|less|ana)|non|dis(?!cu|pl|ta|tri|as|cov|ea|pat|tin|h))[^\W\d_]{4}"
)
_DENYING = frozenset(map(stem_word, LEXICAL_NEGATIONS))


def _clashes(cue: Cue, here: Source, there: Source) -> bool:
    """Tell whether *there* states outright what *cue* denies *here*, and nothing the same way."""
    denied = _denied_first(cue, here)
    shared = [stem for stem in denied if stem in there.polarity]
    if any(there.polarity[stem] & here.polarity[stem] for stem in shared):
        return False
    return shared[:1] == denied[:1] if len(shared) == 1 else len(shared) > 1


def _denied_first(cue: Cue, source: Source) -> list[str]:
    """List the words that *cue* bears on most, as stems; names and "said" are not denied."""
    words = source.facts.tokens.words
    scope = zip(cue.scope, cue.places, strict=True)
    denied = [
        stem_word(word)
        for word, place in scope
        if not words[place][0].isupper() and not word.endswith("ly") and word not in REPORTING
    ]
    return denied[:3]


def _check_prefixes(claim: Source, cited: Source) -> Iterator[Flag]:
    """Compare "satisfied" with "dissatisfied": a prefix that turns a word round."""
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
    """Cut a denying prefix off *stem* if a *known* word is left."""
    for prefix in NEGATIVE_PREFIXES:
        base = stem.removeprefix(prefix)
        shortest = 5 if prefix[0] == "i" else 4  # "inform" is not the reverse of "form"
        if base != stem and len(base) >= shortest and base in known and stem not in _NO_PREFIX:
            return base
    return ""


_LOOKS_PREFIXED = word_set(
    "improve immigrate immigrant impress involve disclose display discover discount dispose"
)
_NO_PREFIX = frozenset(map(stem_word, _LOOKS_PREFIXED))

_CAMPS = tuple(
    tuple(frozenset(map(stem_word, side)) for side in pair) for pair in read_camps("news")
)
_BOTH_WAYS = tuple(pair for one, other in _CAMPS for pair in ((one, other), (other, one)))


def check_opposites(case: Case) -> Iterator[Flag]:
    """Compare "rose" with "fell", where one of them is all that a text says."""
    claim, cited, _ = case
    if claim.facts.negations or cited.facts.negations:
        return
    ours, theirs = claim.polarity.keys(), cited.polarity.keys()
    for one, other in _BOTH_WAYS:
        if one.isdisjoint(ours) or other.isdisjoint(theirs):
            continue
        if one.isdisjoint(theirs) and other.isdisjoint(ours):
            here, there = _spell(claim, one), _spell(cited, other)
            if here[0].isupper() and there[0].isupper():
                continue  # North Korea is a name
            message = f'"{here}" where the cited text has "{there}"'
            yield Flag(kind="wording", message=message)


def _spell(source: Source, stems: AbstractSet[str]) -> str:
    """Give the first word of *source* with one of *stems*, as written."""
    return next(source.facts.tokens.words[at] for at, stem in source.content if stem in stems)


def check_certainty(case: Case) -> Iterator[Flag]:
    """Flag what the cited text only plans or considers and the claim states as more."""
    claim, cited, _ = case
    # "Production would begin" says of itself that it is not settled.
    is_conditional = any(cue.word.lower() == "would" for cue in claim.facts.hedges)
    stated = _RANKS["possible" if is_conditional else claim.facts.certainty]
    hedged = {place for cue in cited.facts.hedges for place in cue.places}
    outright = {stem for place, stem in cited.content if place not in hedged}
    for cue in cited.facts.hedges[:MANY]:
        if _RANKS[cue.certainty] <= stated or stem_word(cue.word.lower()) in claim.polarity:
            continue
        word = _find_overstated(cue, claim, cited, outright)
        if word:
            level = "planned" if stated else "fact"
            message = f'"{word}" stated as {level}; the cited text has "{cue.word}"'
            yield Flag(kind="modality", message=message)
            return


_RANKS = {"asserted": 0, "planned": 1, "possible": 2}


def _find_overstated(cue: Cue, claim: Source, cited: Source, outright: set[str]) -> str:
    """Find the word of *claim* that states what *cue* hedges; "" where it states something else."""
    words = cited.facts.tokens.words
    places = [place for place in cue.places if not words[place][0].isupper()]
    stems = [stem_word(words[place].lower()) for place in places][:3]
    shared = [stem for stem in stems if stem in claim.polarity]
    heads = [stem for stem in stems[:2] if stem in shared and stem not in outright]
    if not heads or 2 * len(shared) < len(stems):
        return ""
    head = heads[0]
    if claim.facts.hedges and not _is_hedged(claim, head):
        return ""  # hedges something else
    if cue.certainty == "planned" and not _is_done(claim, head):
        return ""
    return _spell(claim, {head})


def _is_hedged(source: Source, stem: str) -> bool:
    return any(stem == stem_word(word) for cue in source.facts.hedges for word in cue.scope)


_PAST_BEFORE = word_set("has have had began begun started completed finished")
_NOT_DONE_BEFORE = word_set("to be being")


def _is_done(claim: Source, stem: str) -> bool:
    """Tell "was upgraded" and "completed the upgrade" from "upgrades" and "to be upgraded"."""
    lower = claim.facts.tokens.lower
    for place, other in claim.content:
        if other != stem:
            continue
        before = lower[max(0, place - 3) : place]
        if not _PAST_BEFORE.isdisjoint(before):
            return True
        if looks_past(lower[place]) and _NOT_DONE_BEFORE.isdisjoint(before):
            return True
    return False
