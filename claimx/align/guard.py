"""
Refuse a place that means something else than the quote, however similar they look.

A place may differ from the quote in words, but not in a number, a negation, a
name, a word's opposite or the degree of certainty. In a script without capitals
a name cannot be distinguished from another word, so there a word may only be
replaced by one that is spelt alike.

Opposites and certainty are known for English only, negations for some more
languages. An opposite that is not listed passes, as a fuzzy find with its score.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from claimx.align.wording import Wording
from claimx.language.lexicon import (
    COMPARATORS,
    MONTHS,
    NEGATIONS,
    NEGATIVE_PREFIXES,
    NUMBER_WORDS,
    QUANTITY_WORDS,
    RELATIVE_DAYS,
    UNITS,
    WEEKDAYS,
    any_of,
    read_others,
    read_words,
)
from claimx.language.modality import HEDGES
from claimx.language.opposites import list_opposites
from claimx.language.quantities import read_quantities, same_quantity
from claimx.language.sentence_ends import SENTENCE_START
from claimx.language.tokens import stem_word, tokenize

# Below this similarity (0-100) two words are different words, not one misspelt:
# "initiatives" and "initiative" have 95, "missiles" and "munitions" 47.
_SAME_SPELLING = 70
# In shorter texts than this (in words), every word matters too much to be replaced.
_SHORT = 6

# Negation in scripts without spaces: parts of words.
_UNSPACED_DENIALS = re.compile("[不没沒未無无非否莫勿]|ない|なかっ|ません|まい|ずに|ไม่|มิ|មិន|ဘူး")
_UNSPACED_NUMBERS = frozenset("〇零一二三四五六七八九十百千万萬亿億兆两兩半")

_VALUES = (MONTHS, UNITS, WEEKDAYS, RELATIVE_DAYS)
_SIGN = re.compile(
    rf"[%‰°$€£¥₹₩₽≤≥≠±]|\b{any_of('numbers.percent')}\b|[<>=](?=\s?[-.]?\d)|(?<![\w.)\]%])[-+](?=\d)"
)
_BOUNDS = frozenset("-<>=≤≥≠±")
_SEPARATED = re.compile(r"\d{1,3}(?:,\d{3})+")
_DENIALS = NEGATIONS.union(*read_others("denials").values())
_STATING = read_words("function_words.stating")


class Passage(NamedTuple):
    """Words *first* to *end* (exclusive) of a wording."""

    wording: Wording
    first: int
    end: int

    @property
    def words(self) -> list[str]:
        """The words, folded."""
        return self.wording.words[self.first : self.end]

    @property
    def letters(self) -> str:
        """The letters of the words, joined."""
        return self.wording.letters[self.wording.at[self.first] : self.wording.at[self.end]]

    @property
    def folded(self) -> str:
        """The folded text from the first word to the last."""
        wording = self.wording
        return wording.folded.text[wording.starts[self.first] : wording.end(self.end - 1)]

    def part(self, start: int, end: int) -> "Passage":
        """Cut words *start* to *end* out, counted within this passage."""
        return Passage(self.wording, self.first + start, self.first + end)

    def show(self) -> str:
        """The source's own characters."""
        wording = self.wording
        start, end = wording.starts[self.first], wording.end(self.end - 1)
        return wording.folded.span(start, end).slice(wording.source)


class Change(NamedTuple):
    """Words of the *quote* and their counterpart in the *place*; one side may be empty."""

    quote: Passage
    place: Passage


IsCommon = Callable[[str], bool]


def find_contradiction(quote: Passage, place: Passage, is_common: IsCommon) -> str:
    """
    Describe how *place* contradicts *quote*; empty if no difference matters.

    *is_common* returns whether the document also writes a word without a capital;
    if so, a capital at the start of a sentence does not make it a name.
    """
    if quote.folded == place.folded:
        return ""
    changes = list(_list_changes(quote, place))
    worded = [change for change in changes if change.quote.letters != change.place.letters]
    return (
        _compare_numbers(quote, place, changes)
        or _first(map(_compare_denials, changes))
        or _compare_names(worded, is_common)
        or _first(map(_compare_senses, worded))
        or _first(map(_compare_limits, (c for c in worded if c.place.end < place.end)))
        or _first(_compare_spelling(change, len(quote.words)) for change in worded)
    )


def find_hidden_denial(words: Iterable[str]) -> str:
    """Return the first negation among the *words* that an ellipsis leaves out, or empty."""
    return next((word for word in words if _is_denial(word)), "")


def _list_changes(quote: Passage, place: Passage) -> Iterator[Change]:
    here = there = 0
    for block in Levenshtein.editops(quote.words, place.words).as_matching_blocks():
        if (here, there) != (block.a, block.b):
            yield Change(quote.part(here, block.a), place.part(there, block.b))
        here, there = block.a + block.size, block.b + block.size


def _first(reasons: Iterable[str]) -> str:
    return next(filter(None, reasons), "")


def _say(place: str, quote: str) -> str:
    """Word a difference for the user."""
    if place and quote:
        return f"has {place}, quote says {quote}"
    return f"quote leaves out {place}" if place else f"quote adds {quote}"


# numbers


def _compare_numbers(quote: Passage, place: Passage, changes: list[Change]) -> str:
    says = [number for change in changes for number in _list_numbers(change.quote, change.place)]
    has = [number for change in changes for number in _list_numbers(change.place, change.quote)]
    values, others = [number.value for number in says], [number.value for number in has]
    signs_say, signs_have = _list_signs(quote), _list_signs(place)
    if values == others and signs_say == signs_have:
        return ""
    is_same_side = _BOUNDS.intersection(signs_say) == _BOUNDS.intersection(signs_have)
    may_be_same = is_same_side and _may_be_same_numbers(values, others)
    if may_be_same and _state_same_quantities(quote, place):
        return ""
    if values != others:
        at = _find_difference(others, values)
        return _say(
            _show(n.shown for n in has[at : at + 1]), _show(n.shown for n in says[at : at + 1])
        )
    at = _find_difference(signs_have, signs_say)
    return _say(_quote(signs_have[at : at + 1]), _quote(signs_say[at : at + 1]))


class _Number(NamedTuple):
    value: str
    shown: str


def _list_numbers(passage: Passage, other: Passage) -> list[_Number]:
    """List the numbers of *passage*; "one" counts only if *other* has a number, too."""
    numbers = [
        _Number(value, passage.part(at, at + 1).show())
        for at, word in enumerate(passage.words)
        if (value := _read_number(word))
    ]
    if any(map(_read_number, other.words)):
        return numbers
    return [number for number in numbers if number.value != "one"]


def _read_number(word: str) -> str:
    """Return the number that *word* means, comparable; empty if it is none."""
    if word[0].isdigit() or word in NUMBER_WORDS or word in QUANTITY_WORDS:
        return word.replace(",", "") if _SEPARATED.fullmatch(word) else word
    return word if word in _UNSPACED_NUMBERS or any(map(str.isdigit, word)) else ""


def _list_signs(passage: Passage) -> list[str]:
    return ["%" if sign[0] == "p" else sign for sign in _SIGN.findall(passage.folded)]


def _may_be_same_numbers(values: list[str], others: list[str]) -> bool:
    """Return whether both have the same digits in any grouping, or one has a number in words."""
    one, other = ("".join(filter(str.isdigit, "".join(numbers))) for numbers in (values, others))
    return bool(values) == bool(others) and (one == other or not (one and other))


def _state_same_quantities(quote: Passage, place: Passage) -> bool:
    """Return whether both have the same quantities, whatever their notation."""
    says, has = (read_quantities(tokenize(side.show())) for side in (quote, place))
    return bool(says) and len(says) == len(has) and all(map(same_quantity, says, has))


def _find_difference(one: list[str], other: list[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _show(shown: Iterable[str]) -> str:
    return " ".join(shown)


# negations


def _compare_denials(change: Change) -> str:
    says, has = (
        [w for w in side.words if _is_denial(w)] + _UNSPACED_DENIALS.findall("".join(side.words))
        for side in change
    )
    return "" if len(says) == len(has) else _say(_quote(has), _quote(says))


def _is_denial(word: str) -> bool:
    return word in _DENIALS or word.endswith("n't")


def _quote(words: Iterable[str]) -> str:
    shown = " ".join(words)
    return f"{shown!r}" if shown else ""


# names


def _compare_names(changes: list[Change], is_common: IsCommon) -> str:
    says = [name for change in changes for name in _list_names(change.quote, is_common)]
    has = [name for change in changes for name in _list_names(change.place, is_common)]
    if "".join(map(_plain_name, says)) == "".join(map(_plain_name, has)):
        return ""
    return _say(_show(has), _show(says))


def _list_names(passage: Passage, is_common: IsCommon) -> Iterator[str]:
    for at in range(passage.first, passage.end):
        if _is_name(passage.wording, at, is_common):
            yield Passage(passage.wording, at, at + 1).show()


def _is_name(wording: Wording, word: int, is_common: IsCommon) -> bool:
    if not wording.is_capitalised(word) or wording.words[word] == "i":
        return False
    return not (_starts_sentence(wording, word) and is_common(wording.words[word]))


def _starts_sentence(wording: Wording, word: int) -> bool:
    if word == 0:
        return True
    start = wording.folded.trace(wording.end(word - 1) - 1, 1)
    end = wording.folded.trace(wording.starts[word])
    return SENTENCE_START.search(wording.source, start, end) is not None


def _plain_name(name: str) -> str:
    """Normalise *name* for comparison: no possessive, accents or points, lower case."""
    letters = unicodedata.normalize("NFKD", re.sub("['’]s$", "", name.casefold()))
    return "".join(filter(str.isalnum, letters))


# opposites and certainty


def _compare_senses(change: Change) -> str:
    is_opposite = _are_opposite(change) or _have_other_values(change)
    if is_opposite or _are_certain_differently(change):
        return _say(_quote(change.place.words), _quote(change.quote.words))
    return ""


def _are_opposite(change: Change) -> bool:
    says, has = (set(side.words).union(map(stem_word, side.words)) for side in change)
    if any(not list_opposites(word).isdisjoint(has) for word in says):
        return True
    return any(_negates(a, b) or _negates(b, a) for a in says for b in has)


def _negates(word: str, other: str) -> bool:
    """Return whether *word* is *other* with a negative prefix such as "un-"."""
    return len(other) > 2 and word.endswith(other) and word[: -len(other)] in NEGATIVE_PREFIXES


def _have_other_values(change: Change) -> bool:
    """Return whether both name a month, weekday or unit, but not the same."""
    for values in _VALUES:
        says, has = ({values[w] for w in side.words if w in values} for side in change)
        if says and has and says != has:
            return True
    return False


def _are_certain_differently(change: Change) -> bool:
    """Return whether the degree of certainty differs: plan, possibility or fact."""
    says, has = (_list_hedges(side.words) for side in change)
    if bool(says) == bool(has):
        return {kind for kind, _ in says} != {kind for kind, _ in has}
    hedges, stated = (has, change.quote.words) if has else (says, change.place.words)
    return not stated or any(_replaces(word, hedge) for word in stated for _, hedge in hedges)


def _list_hedges(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(HEDGES[word], word) for word in words if word in HEDGES]


def _replaces(word: str, hedge: str) -> bool:
    """Return whether *word* can replace *hedge*: an auxiliary, or a verb of the same form."""
    if word in _STATING:
        return True
    return any(hedge.endswith(form) and word.endswith(form) for form in ("ed", "ing"))


def _compare_limits(change: Change) -> str:
    """Describe a limit before a number ("over", "nearly") that was added, lost or changed."""
    says, has = (_read_limit(side) for side in change)
    if COMPARATORS.get(says) == COMPARATORS.get(has):
        return ""
    return _say(has and f"{has!r}", says and f"{says!r}")


def _read_limit(passage: Passage) -> str:
    """Return the last word of *passage* if it limits a number that follows."""
    if passage.first == passage.end or passage.end >= len(passage.wording.words):
        return ""
    last, following = passage.wording.words[passage.end - 1 : passage.end + 1]
    return last if last in COMPARATORS and _read_number(following) else ""


# spelling


def _compare_spelling(change: Change, length: int) -> str:
    """Refuse a replaced word where no other check can judge its meaning."""
    says, has = ("".join(side.words) for side in change)
    is_caseless = any(map(_is_caseless, says + has))
    if not is_caseless and (length >= _SHORT or not (says and has)):
        return ""
    if fuzz.ratio(says, has) >= _SAME_SPELLING or (is_caseless and len(says + has) <= 2):
        return ""
    return _say(_quote([has]), _quote([says]))


def _is_caseless(character: str) -> bool:
    return character.isalpha() and character.lower() == character.upper()
