"""
Find words that exclude each other when applied to the same thing.

The words are in ``english/opposites.toml``, with their sources. Negative prefixes and
the suffixes -ful and -less are read by rule.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache

from claimx.language.lexicon import NEGATIVE_PREFIXES, list_sections, read_lines, read_words
from claimx.language.tokens import stem_word

_SHORTEST = 4  # least letters of the word that a prefix negates: "un|paid", not "un|it"


@cache
def read_camps(section: str = "") -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Read the list, or one *section*: on each line, words and the opposites of all of them."""
    sections = (section,) if section else list_sections("opposites")
    lines = (line for name in sections for line in read_lines(f"opposites.{name}"))
    sides = (line.split(" - ") for line in lines)
    return tuple((frozenset(one.split()), frozenset(other.split())) for one, other in sides)


@lru_cache(maxsize=65_536)
def are_opposite(one: str, other: str) -> bool:
    """
    Return whether two words, in lower case and any form, exclude each other.

    >>> are_opposite("arrested", "releases"), are_opposite("armed", "unarmed")
    (True, True)
    >>> are_opposite("rose", "climbed")
    False
    """
    if one == other:
        return False
    listed = stem_word(other) in list_opposites(stem_word(one))
    listed = listed or _read_base(other) in list_opposites(_read_base(one))
    return listed or _differ_by_prefix(one, other) or _differ_by_suffix(one, other)


def can_be_undone(one: str, other: str) -> bool:
    """
    Return whether two opposites may both be true, each of its own time.

    >>> can_be_undone("arrested", "released"), can_be_undone("convicted", "acquitted")
    (True, False)
    """
    return stem_word(other) in _index_stems("undone").get(stem_word(one), frozenset())


@lru_cache(maxsize=16_384)
def _read_base(word: str) -> str:
    """Return the stem of an adjective from its comparative: "older", "younger"."""
    base = next((word.removesuffix(end) for end in ("er", "est") if word.endswith(end)), "")
    return stem_word(base) if len(base) >= _SHORTEST - 1 else ""


def list_opposites(stem: str) -> frozenset[str]:
    """Return the stems listed as opposites of *stem*."""
    return _index_stems().get(stem, frozenset())


@lru_cache(maxsize=16_384)
def list_turned(word: str) -> frozenset[str]:
    """
    List the words of which *word*, in lower case, may be the opposite by prefix or suffix.

    For two opposites, at least one lists the other, or its stem.
    """
    stem = stem_word(word)
    forms = [
        form[len(prefix) :]
        for form in (word, stem)
        for prefix in NEGATIVE_PREFIXES
        if form.startswith(prefix)
    ]
    if word.endswith("ful"):
        forms.append(word[:-3] + "less")
    return list_opposites(stem).union(forms)


@cache
def _index_stems(section: str = "") -> dict[str, frozenset[str]]:
    index: dict[str, set[str]] = defaultdict(set)
    for one, other in _pair_stems(section):
        index[one].add(other)
        index[other].add(one)
    return {stem: frozenset(others) for stem, others in index.items()}


def _pair_stems(section: str) -> Iterator[tuple[str, str]]:
    for side, other in read_camps(section):
        for word in side:
            yield from ((stem_word(word), stem_word(against)) for against in other)


def _differ_by_prefix(one: str, other: str) -> bool:
    turned = _is_prefixed(one, other) or _is_prefixed(stem_word(one), stem_word(other))
    return turned and {one, other}.isdisjoint(read_words("negation.lookalikes"))


def _is_prefixed(one: str, other: str) -> bool:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    ends = len(short) >= _SHORTEST and long.endswith(short)
    return ends and long[: len(long) - len(short)] in NEGATIVE_PREFIXES


def _differ_by_suffix(one: str, other: str) -> bool:
    base, ending = (one[:-3], one[-3:]) if one.endswith("ful") else (one[:-4], one[-4:])
    return (ending == "ful" and other == base + "less") or (
        ending == "less" and other == base + "ful"
    )
