"""Check that a claim keeps the order of its citation: earlier and later, more and less."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from claimx.ground.clauses import (
    MARKS,
    SENTENCE_ENDS,
    Stretch,
    end_of,
    find_phrases,
    find_words,
    list_stems,
    start_of,
)
from claimx.ground.source import FEW, Case, Source
from claimx.language.lexicon import read_forms, read_lines, read_phrases, read_words
from claimx.records import Flag


class _Pair(NamedTuple):
    """Two sides of an order, as stems of their words: the earlier or greater one first."""

    first: list[str]
    second: list[str]
    names: frozenset[str]
    shown: str


_BEFORE = read_phrases("sequence.before")
_AFTER = read_phrases("sequence.after")
_ALREADY = read_phrases("sequence.already")
_NOT = read_words("negation.bare")
_LATER = read_words("sequence.later")


def check_sequence(case: Case) -> Iterator[Flag]:
    """Flag "A before B" where the cited text has "B before A"."""
    claim, cited, _ = case
    theirs = list(islice(_order_events(cited), FEW))
    for ours in islice(_order_events(claim), FEW):
        for their in theirs:
            if _is_crossed(ours, their):
                message = f'told in another order; the cited text has "{their.shown}"'
                yield Flag(kind="wording", message=message)
                return


def _order_events(source: Source) -> Iterator[_Pair]:
    lower = source.features.tokens.lower
    for phrases, sub_is_later in ((_BEFORE, True), (_AFTER, False)):
        for cue in find_phrases(lower, phrases):
            yield from _pair_sides(source, cue, sub_is_later=sub_is_later)
    for cue in find_phrases(lower, _ALREADY):
        sentence = _sentence_of(lower, cue.first)
        if "already" in lower[sentence.first : sentence.end] or lower[cue.first] == "by":
            yield from _pair_sides(source, cue, sub_is_later=True)
    yield from _order_by_later(source)
    yield from _order_responses(source)


def _pair_sides(source: Source, cue: Stretch, *, sub_is_later: bool) -> Iterator[_Pair]:
    """Yield the clause that *cue* opens, paired with its main clause."""
    lower = source.features.tokens.lower
    sentence = _sentence_of(lower, cue.first)
    if cue.first - sentence.first <= 1:
        end = end_of(lower, cue.end, MARKS)
        sub, main = Stretch(cue.end, end), Stretch(end + 1, end_of(lower, end + 1, SENTENCE_ENDS))
    else:
        sub = Stretch(cue.end, end_of(lower, cue.end, MARKS))
        main = Stretch(sentence.first, cue.first)
    yield from _make_pair(source, *((main, sub) if sub_is_later else (sub, main)), cue)


def _make_pair(source: Source, first: Stretch, second: Stretch, cue: Stretch) -> Iterator[_Pair]:
    before, after = list_stems(source, first), list_stems(source, second)
    if before and after:
        lower = source.features.tokens.lower
        shown = source.features.tokens.slice(cue.first, min(cue.first + 6, len(lower)))
        named = {stem for at, stem in source.content if at in source.named}
        yield _Pair(before, after, frozenset(named), shown)


def _order_by_later(source: Source) -> Iterator[_Pair]:
    """Order "A; B three weeks later" and "A and then B"."""
    lower = source.features.tokens.lower
    for at in find_words(lower, _LATER):
        if not at or lower[at + 1 : at + 2] == ["than"]:
            continue
        if lower[at - 1] in _JOINTS:
            yield from _order_joined(source, at)
            continue
        start = start_of(lower, at, MARKS)
        before = Stretch(start_of(lower, max(0, start - 1), SENTENCE_ENDS), max(0, start - 1))
        if before.end > before.first:
            yield from _make_pair(source, before, Stretch(start, at), Stretch(start, at + 1))


def _order_joined(source: Source, at: int) -> Iterator[_Pair]:
    """Order "A, and then B", the "then" *at*."""
    lower = source.features.tokens.lower
    joint = at - 1 - (lower[at - 2 : at - 1] == [","])
    before = Stretch(start_of(lower, joint, MARKS), joint)
    behind = Stretch(at + 1, end_of(lower, at + 1, MARKS))
    yield from _make_pair(source, before, behind, Stretch(joint, at + 1))


def _order_responses(source: Source) -> Iterator[_Pair]:
    """Order "responded to A by B"."""
    lower = source.features.tokens.lower
    for at in find_words(lower, _RESPONDED):
        by = end_of(lower, at, MARKS | {"by", "with"})
        end = end_of(lower, by + 1, MARKS)
        if lower[at + 1 : at + 2] == ["to"] and by < end:
            sides = Stretch(at + 2, by), Stretch(by + 1, end)
            yield from _make_pair(source, *sides, Stretch(at, by))


_JOINTS = read_words("sequence.joints")
_RESPONDED = read_words("sequence.responded")


def _sentence_of(lower: Sequence[str], at: int) -> Stretch:
    return Stretch(start_of(lower, at, SENTENCE_ENDS), end_of(lower, at, SENTENCE_ENDS))


def _is_crossed(ours: _Pair, theirs: _Pair) -> bool:
    """Return whether the first side of one is the second of the other, both ways."""
    own_first, own_second = _own(ours.first, ours.second), _own(ours.second, ours.first)
    their_first, their_second = _own(theirs.first, theirs.second), _own(theirs.second, theirs.first)
    names = ours.names & theirs.names
    if own_first & their_second & names and own_second & their_first & names:
        return True
    crossed = _count(own_first, their_second), _count(own_second, their_first)
    straight = _count(own_first, their_first) + _count(own_second, their_second)
    return min(crossed) > 0 and sum(crossed) >= max(3, 2 * straight + 1)


def _own(side: Sequence[str], other: Sequence[str]) -> set[str]:
    return set(side).difference(other)


def _count(a: set[str], b: set[str]) -> int:
    starts = {stem[:5] for stem in b if len(stem) >= 5}
    return sum(stem in b or (len(stem) >= 5 and stem[:5] in starts) for stem in a)


# ----------------------------------------------------------------- comparisons

_SCALE_OF: dict[str, tuple[int, int]] = {}
for _number, _line in enumerate(read_lines("sequence.scales")):
    for _sign, _side in zip((1, -1), _line.split(" - "), strict=True):
        _SCALE_OF.update(dict.fromkeys(_side.split(), (_number, _sign)))
_GENERAL = 0
_ADJECTIVES = read_forms("sequence.comparatives")


class _Comparison(NamedTuple):
    scale: int
    sign: int
    left: list[str]
    right: list[str]
    shown: str


def check_comparisons(case: Case) -> Iterator[Flag]:
    """Flag "A is longer than B" where the cited text has "A is shorter than B", or "B than A"."""
    claim, cited, _ = case
    theirs = list(islice(_find_comparisons(cited), FEW))
    for ours in islice(_find_comparisons(claim), FEW):
        for their in theirs:
            if ours.scale != their.scale and _GENERAL not in (ours.scale, their.scale):
                continue
            order = _compare_order(ours, their)
            if order and order * ours.sign * their.sign < 0:
                message = f'compares the other way; the cited text has "{their.shown}"'
                yield Flag(kind="wording", message=message)
                return


def _find_comparisons(source: Source) -> Iterator[_Comparison]:
    lower = source.features.tokens.lower
    for than in find_words(lower, {"than"}):
        start = start_of(lower, than, MARKS)
        reach = range(than - 1, max(start, than - 6) - 1, -1)
        place = next((at for at in reach if lower[at] in _SCALE_OF), None)
        following = lower[than + 1 : than + 2]
        if place is None or (following and following[0][0].isdigit()):
            continue
        scale, sign = _SCALE_OF[lower[place]]
        known = _ADJECTIVES.get(lower[min(place + 1, than)])
        if scale == _GENERAL and known:
            scale, sign = _SCALE_OF[known][0], _SCALE_OF[known][1] * sign
        denied = any(map(_denies, lower[start:place]))
        right = list_stems(source, Stretch(than + 1, end_of(lower, than, MARKS)))
        left = [
            *list_stems(source, Stretch(start, place)),
            *list_stems(source, Stretch(place + 1, than)),
        ]
        if left and right:
            shown = source.features.tokens.slice(place, min(than + 5, len(lower)))
            yield _Comparison(scale, 0 if denied else sign, left, right, shown)


def _denies(word: str) -> bool:
    return word in _NOT or word.endswith("n't")


def _compare_order(ours: _Comparison, theirs: _Comparison) -> int:
    """Return 1 if both name the same thing after "than", -1 if the other way, 0 if unclear."""
    for stem in ours.right:
        after, before = stem in theirs.right, stem in theirs.left
        if after != before:
            return 1 if after else -1
    return 0
