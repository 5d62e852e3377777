"""Check that a claim adds no cause and no purpose to its citation."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from claimx.ground.clauses import (
    Stretch,
    find_phrases,
    list_stems,
    split_sentences,
)
from claimx.ground.names import looks_past
from claimx.ground.source import Case, Source
from claimx.language.features import stem_word
from claimx.language.lexicon import Phrases, read_phrases, read_words
from claimx.language.words import is_base_verb
from claimx.records import Flag

_CAUSE = read_phrases("causes.causes")
_ANY_CAUSE = read_phrases("causes.any_cause")
_SIDE_BY_SIDE = read_words("causes.side_by_side")
_PURPOSE = read_phrases("causes.purposes")
_ANY_PURPOSE = read_phrases("causes.any_purpose")


def check_causes(case: Case) -> Iterator[Flag]:
    """Flag a cause if the cited text only mentions both things side by side."""
    claim, cited, _ = case
    cue = next(find_phrases(claim.features.tokens.lower, _CAUSE), None)
    if cue is None or _find(cited, _ANY_CAUSE):
        return
    following = claim.features.tokens.lower[cue.end : cue.end + 1]
    if any(word == "be" or is_base_verb(word) for word in following):
        return  # "due to start"
    before = list_stems(claim, Stretch(0, cue.first))
    after = list_stems(claim, Stretch(cue.end, len(claim.features.tokens.lower)))
    places = _find_sentence(cited, before), _find_sentence(cited, after)
    if None not in places and (places[0] != places[1] or _only_places(cited, places[0])):
        shown = claim.features.tokens.slice(*cue)
        yield Flag(kind="wording", message=f'the cited text gives no cause ("{shown}")')


def _find_sentence(cited: Source, stems: Sequence[str]) -> Stretch | None:
    """Find the sentence of *cited* with most of *stems*, if it has a third of them."""
    ranked = [
        (len(set(stems).intersection(list_stems(cited, one))), one)
        for one in split_sentences(cited)
    ]
    count, best = max(ranked, key=lambda one: one[0], default=(0, None))
    return best if count and 3 * count >= len(stems) else None


def _only_places(cited: Source, sentence: Stretch | None) -> bool:
    """Return whether *sentence* only states when things happened."""
    if sentence is None:
        return False
    return not _SIDE_BY_SIDE.isdisjoint(cited.features.tokens.lower[sentence.first : sentence.end])


def check_purposes(case: Case) -> Iterator[Flag]:
    """Flag a purpose that the cited text does not state."""
    claim, cited, _ = case
    cue = _find(claim, _PURPOSE)
    if cue and not _find(cited, _ANY_PURPOSE) and not _has_infinitive(cited):
        yield Flag(kind="wording", message=f'the cited text gives no purpose ("{cue}")')


def _has_infinitive(source: Source) -> bool:
    lower = source.features.tokens.lower
    return any(word == "to" and is_base_verb(after) for word, after in pairwise(lower))


def check_infinitives(case: Case) -> Iterator[Flag]:
    """Flag "went to A to see it" where the cited text has "went to A, where he saw it"."""
    claim, cited, _ = case
    ours, theirs = claim.features.tokens.lower, cited.features.tokens.lower
    pasts = {stem_word(word) for word in theirs if looks_past(word)}
    others = {stem_word(word) for word in theirs if not looks_past(word)}
    for at, word in enumerate(ours[:-1]):
        verb = ours[at + 1]
        if word != "to" or at - 1 not in claim.named or stem_word(verb) not in pasts - others:
            continue
        if is_base_verb(verb):
            message = f'the cited text gives no purpose ("to {verb}")'
            yield Flag(kind="wording", message=message)
            return


def _find(source: Source, phrases: Phrases) -> str:
    """Return the first of *phrases* that *source* has, as written; empty if it has none."""
    tokens = source.features.tokens
    cue = next(find_phrases(tokens.lower, phrases), None)
    return tokens.slice(*cue) if cue else ""
