"""Split a text into phrases, and find which of them a claim restates."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import NamedTuple

from claimx.ground.source import MANY, Source
from claimx.language.lexicon import NUMBER_WORDS, REPORTING, Phrases, read_words
from claimx.language.sentence_ends import ENDING_TOKENS
from claimx.language.words import is_verb_form

SENTENCE_ENDS = ENDING_TOKENS
MARKS = SENTENCE_ENDS | frozenset(",:()[]")
_OPENERS = read_words("function_words.clause_openers")
_JOINERS = read_words("function_words.joiners")
_OPENING = read_words("function_words.clause_subjects")


class Stretch(NamedTuple):
    """Tokens *first* to *end* (exclusive) of a text."""

    first: int
    end: int


def split_sentences(source: Source) -> list[Stretch]:
    """Cut *source* at full stops, question marks, semicolons and line ends."""
    return _cut(source.features.tokens.lower, lambda lower, at: lower[at] in SENTENCE_ENDS)


def split_phrases(source: Source) -> list[Stretch]:
    """Cut *source* at every mark, and before the words that open a clause."""
    return _cut(source.features.tokens.lower, _opens_phrase)


def _opens_phrase(lower: Sequence[str], at: int) -> bool:
    word = lower[at]
    if word in MARKS or word in _OPENERS:
        return True
    if word not in _JOINERS or at + 1 == len(lower):
        return False
    following = lower[at + 1]
    opens_number = following[0].isdigit() or following in NUMBER_WORDS
    return (
        opens_number or following in _OPENING or following.endswith("ly") or looks_finite(following)
    )


def looks_finite(word: str) -> bool:
    """Return whether *word* looks like a finite verb by itself."""
    return is_verb_form(word) or (word.endswith("ed") and len(word) > 4)


def _cut(lower: Sequence[str], ends: Callable[[Sequence[str], int], bool]) -> list[Stretch]:
    stretches: list[Stretch] = []
    first = 0
    for at in range(len(lower)):
        if ends(lower, at):
            if at > first:
                stretches.append(Stretch(first, at))
            first = at + 1 if lower[at] in MARKS else at
            if len(stretches) == MANY:
                return stretches
    if len(lower) > first:
        stretches.append(Stretch(first, len(lower)))
    return stretches


def end_of(lower: Sequence[str], at: int, stops: frozenset[str]) -> int:
    """Return the index of the first of *stops* from *at* on; the end of the text if none."""
    return next((place for place in range(at, len(lower)) if lower[place] in stops), len(lower))


def start_of(lower: Sequence[str], at: int, stops: frozenset[str]) -> int:
    """Return the start of the run of tokens before *at* that has none of *stops*."""
    return next((place + 1 for place in range(at - 1, -1, -1) if lower[place] in stops), 0)


def list_stems(source: Source, stretch: Stretch) -> list[str]:
    """List the stems of the content words in *stretch*, without reporting verbs."""
    return [stem for _, stem in _list_content(source, stretch)]


def _list_content(source: Source, stretch: Stretch) -> list[tuple[int, str]]:
    first, end = (bisect_left(source.content, (place,)) for place in stretch)
    lower = source.features.tokens.lower
    return [
        (place, stem) for place, stem in source.content[first:end] if lower[place] not in REPORTING
    ]


def holds_stem(source: Source, stem: str) -> bool:
    """Return whether *source* has a word with the stem *stem*, or with the same beginning."""
    return stem in source.words or (len(stem) >= 5 and stem[:5] in source.word_starts)


def spell_stem(source: Source, stem: str) -> str:
    """Return the first word of *source* that `holds_stem` matches with *stem*, as written."""
    words = source.features.tokens.words
    exact = (words[place] for place, other in source.content if other == stem)
    alike = (words[place] for place, other in source.content if other[:5] == stem[:5])
    return next(exact, None) or next(alike, stem)


def share_held(stems: Sequence[str], by: Source) -> float:
    """Return the share of *stems* that *by* has; 0 if there are none."""
    return sum(holds_stem(by, stem) for stem in stems) / len(stems) if stems else 0.0


def list_common_stems(source: Source, stretch: Stretch) -> list[str]:
    """List the stems of the content words in *stretch* outside names."""
    return [stem for place, stem in _list_content(source, stretch) if place not in source.named]


def restates(claim: Source, cited: Source, stretch: Stretch, least: float = 0.5) -> bool:
    """
    Return whether *claim* restates *stretch* of *cited*.

    It does if it has at least two of its content words, and the share *least* of them.
    """
    stems = list_stems(cited, stretch)
    held = sum(holds_stem(claim, stem) for stem in stems)
    return held >= min(2, len(stems)) and held >= least * len(stems) > 0


def find_phrases(lower: Sequence[str], phrases: Phrases) -> Iterator[Stretch]:
    """Find the first of *phrases*, by their first word, in *lower*; the longest at each place."""
    return islice(_find_all(lower, phrases), MANY)


def _find_all(lower: Sequence[str], phrases: Phrases) -> Iterator[Stretch]:
    for at, word in enumerate(lower):
        for phrase in phrases.get(word, ()):
            if tuple(lower[at : at + len(phrase)]) == phrase:
                yield Stretch(at, at + len(phrase))
                break


def find_words(lower: Sequence[str], words: AbstractSet[str]) -> list[int]:
    """List the first places in *lower* of any of *words*."""
    return list(islice((at for at, word in enumerate(lower) if word in words), MANY))
