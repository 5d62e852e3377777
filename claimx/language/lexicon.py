"""
What the rules know of a language, read from the data files of its folder.

``english/negation.toml`` is the concept "negation" of English, and each of its
keys a section: "negation.words". A file is read once, when the first of its
sections is asked for; what is read is never changed.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Phrases = Mapping[str, tuple[tuple[str, ...], ...]]


@cache
def read_words(section: str, language: str = "english") -> frozenset[str]:
    """
    Read a set of words, parted by white space; "{name}" stands for another section.

    >>> sorted(read_words("function_words.joiners"))
    ['and', 'nor', 'or']
    """
    concept = section.partition(".")[0]
    words: set[str] = set()
    for word in _read_section(section, language).split():
        if word[0] == "{":
            words |= read_words(f"{concept}.{word[1:-1]}", language)
        else:
            words.add(word)
    return frozenset(words)


@cache
def read_lines(section: str, language: str = "english") -> tuple[str, ...]:
    """Read a list of phrases or patterns, one a line or parted by " | ", in order."""
    parts = _read_section(section, language).replace("\n", " | ").split(" | ")
    return tuple(part.strip() for part in parts if part.strip())


@cache
def read_phrases(section: str, language: str = "english") -> Phrases:
    """Read phrases by their first word, those of one word the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in read_lines(section, language):
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(each, key=len, reverse=True)) for first, each in found.items()}


@cache
def read_forms(section: str, language: str = "english") -> Mapping[str, str]:
    """
    Read a table from each form to what it is a form of.

    >>> read_forms("numbers.units")["hrs"]
    'hour'
    """
    table = _read_section(section, language)
    return {form: head for head, forms in table.items() for form in _split_forms(forms)}


def _split_forms(forms: str) -> list[str]:
    """Split at " | " where a form can be of several words, else at white space."""
    if "|" not in forms:
        return forms.split()
    return [" ".join(one.split()) for one in forms.split("|") if one.strip()]


@cache
def _read_concept(concept: str, language: str) -> dict[str, Any]:
    path = files("claimx.language") / language / f"{concept}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def _read_section(section: str, language: str) -> Any:
    concept, _, name = section.partition(".")
    return _read_concept(concept, language)[name]


@cache
def list_sections(concept: str, language: str = "english") -> tuple[str, ...]:
    """List the sections of a concept, in the order of its file."""
    return tuple(_read_concept(concept, language))


def _read_floats(section: str) -> Mapping[str, float]:
    return {form: float(value) for form, value in read_forms(section).items()}


def _number_lines(section: str, first: int) -> Mapping[str, int]:
    """Number the words of *section* by their line, from *first*."""
    lines = enumerate(read_lines(section), first)
    return {word: number for number, line in lines for word in line.split()}


UNITS = read_forms("numbers.units")
PHRASED_UNITS = read_forms("numbers.phrased_units")
CURRENCIES = read_forms("numbers.currencies")
MAGNITUDES = _read_floats("numbers.magnitudes")
# "K" and "M" written apart from the number are mostly something else.
SPELT_MAGNITUDES = {word: size for word, size in MAGNITUDES.items() if len(word) > 1}
LENGTHS = read_words("numbers.lengths")
VAGUE = _read_floats("numbers.vague")
MULTIPLES = _read_floats("numbers.multiples")
DENOMINATORS = {form: int(value) for form, value in read_forms("numbers.denominators").items()}
# A text without any of these, and without digits, states no quantity.
NUMBER_WORDS = frozenset[str]().union(
    *(read_words(f"numbers.{kind}") for kind in ("ones", "tens", "ordinals", "scales"))
)
QUANTITY_WORDS = NUMBER_WORDS | {"dozen", "half", "quarter"} | VAGUE.keys() | MULTIPLES.keys()
COMPARATORS = read_forms("numbers.comparators")
COMPARATORS_AFTER = read_forms("numbers.comparators_after")

MONTHS = _number_lines("time.months", 1)
DOUBTFUL_MONTHS = read_words("time.doubtful_months")
WEEKDAYS = _number_lines("time.weekdays", 0)
RELATIVE_DAYS = read_forms("time.relative_days")
RELATIVE_SHIFTS = read_forms("time.relative_shifts")
PERIODS = read_words("time.periods")

FUNCTION_WORDS = read_words("function_words.all")
REPORTING = read_words("speech.reporting")
IRREGULAR = read_forms("verbs.irregular")

NEGATIONS = read_words("negation.words")
NEGATION_PAIRS = read_words("negation.pairs")
NOT_NEGATIONS = read_words("negation.no_pairs")
LEXICAL_NEGATIONS = read_words("negation.lexical")
NEGATIVE_PREFIXES = ("un", "dis", "in", "im", "ir", "il", "non")

# How sure the text is of what follows, from words that come before it.
POSSIBLE = read_words("modality.possible")
PLANNED = read_words("modality.planned")
NEEDS_TO = read_words("modality.needs_to")
