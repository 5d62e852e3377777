"""
The knowledge of a language, read from the data files in its folder.

``english/negation.toml`` holds the concept "negation" of English, and each of its keys
is a section: "negation.words". A file is read once, when one of its sections is first
needed; the contents never change.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

FirstLetter = Literal["as written", "capital", "either"]
Phrases = Mapping[str, tuple[tuple[str, ...], ...]]


class Language(NamedTuple):
    """
    A language: its *code* (ISO 639-1), its *name*, and the *folder* with its data.

    Without a folder only numbers and quotes are checked. *code* and *name* are empty if
    the language is unknown.
    """

    code: str
    name: str
    folder: str = ""


ENGLISH = Language("en", "English", "english")


@cache
def read_words(section: str, language: str = "english") -> frozenset[str]:
    """
    Read a set of words, separated by white space; "{name}" includes another section.

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
    """Read a list of phrases or patterns, one per line or separated by " | ", in order."""
    parts = _read_section(section, language).replace("\n", " | ").split(" | ")
    return tuple(part.strip() for part in parts if part.strip())


def read_entries(section: str, language: str = "english") -> Iterable[str]:
    """Read the words of a section, or its phrases if it has a " | "."""
    has_phrases = "|" in _read_section(section, language)
    return (read_lines if has_phrases else read_words)(section, language)


def start_words(*sections: str) -> frozenset[str]:
    """
    Return the first word of each of the words and phrases of *sections*: "cites" for "cites a".

    Of "re-read" it is "re".
    """
    entries = (entry for section in sections for entry in read_entries(section))
    return frozenset(re.match("[a-z]+", entry)[0] for entry in entries)  # type: ignore[index]


def any_of(*sections: str, first: FirstLetter = "as written", language: str = "english") -> str:
    """
    Return a pattern that matches each of the words and phrases of *sections*, the longest first.

    A section has phrases if it has a " | ", else words. In them "*" stands for any ending and
    "…" for up to 60 characters, inside a phrase of one clause; spaces and apostrophes match
    all their forms. *first* changes the first letters: to capitals, or so that both match.

    >>> any_of("function_words.joiners")
    '(?:and|nor|or)'
    >>> any_of("function_words.joiners", first="either")
    '(?:[Aa]nd|[Nn]or|[Oo]r)'
    """
    return _write_pattern(sections, first, language)


@cache
def _write_pattern(sections: tuple[str, ...], first: FirstLetter, language: str) -> str:
    entries = {entry for section in sections for entry in read_entries(section, language)}
    ordered = sorted(entries, key=lambda entry: (-len(entry), entry))
    return f"(?:{'|'.join(_FIRST_LETTERS[first](entry) for entry in ordered)})"


def behind_any(*sections: str, touching: bool = False, language: str = "english") -> str:
    r"""
    Return a pattern that matches behind each of the words of *sections* and a space.

    *touching* leaves out the space.

    >>> behind_any("function_words.joiners")
    '(?:(?<=\\band )|(?<=\\bnor )|(?<=\\bor ))'
    """
    words = sorted(word for section in sections for word in read_words(section, language))
    gap = "" if touching else " "
    behind = (rf"(?<=\b{_write_entry(word)}{gap})" for word in words)
    return f"(?:{'|'.join(behind)})"


_SPECIAL = {
    r"\ …\ ": r"\b(?:[^.;]{0,60}?\s)??",
    r"\ …": r"\b.{0,60}",
    r"\ ": r"\s+",
    r"\*": r"\w*",
    "'": "['’]",
}


def _write_entry(entry: str) -> str:
    written = re.escape(entry)
    for mark, pattern in _SPECIAL.items():
        written = written.replace(mark, pattern)
    return written


_FIRST_LETTERS: Mapping[FirstLetter, Callable[[str], str]] = {
    "as written": _write_entry,
    "capital": lambda entry: _write_entry(entry[0].upper() + entry[1:]),
    "either": lambda entry: f"[{entry[0].upper()}{entry[0]}]{_write_entry(entry[1:])}",
}


@cache
def read_phrases(section: str, language: str = "english") -> Phrases:
    """Read phrases by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in read_lines(section, language):
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(each, key=len, reverse=True)) for first, each in found.items()}


@cache
def read_forms(section: str, language: str = "english") -> Mapping[str, str]:
    """
    Read a table from each form to its base form.

    >>> read_forms("numbers.units")["hrs"]
    'hour'
    """
    table = _read_section(section, language)
    return {form: head for head, forms in table.items() for form in _split_forms(forms)}


def _split_forms(forms: str) -> list[str]:
    """Split at " | " if a form can have several words, else at white space."""
    if "|" not in forms:
        return forms.split()
    return [" ".join(one.split()) for one in forms.split("|") if one.strip()]


@cache
def read_others(section: str) -> Mapping[str, frozenset[str]]:
    """Read the words of a section of ``others.toml``, by the code of their language."""
    table = _read_section(f"others.{section}", "")
    return {code: frozenset(words.split()) for code, words in table.items()}


@cache
def name_language(code: str) -> Language:
    """Return the language with the ISO 639-1 code *code*."""
    names = _read_section("others.names", "")
    return ENGLISH if code == ENGLISH.code else Language(code, names.get(code, ""))


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
    """Map the words of *section* to their line numbers, from *first*."""
    lines = enumerate(read_lines(section), first)
    return {word: number for number, line in lines for word in line.split()}


UNITS = read_forms("numbers.units")
PHRASED_UNITS = read_forms("numbers.phrased_units")
CURRENCIES = read_forms("numbers.currencies")
MAGNITUDES = _read_floats("numbers.magnitudes")
# Separate from the number, "K" and "M" mostly mean something else.
SPELT_MAGNITUDES = {word: size for word, size in MAGNITUDES.items() if len(word) > 1}
LENGTHS = read_words("numbers.lengths")
VAGUE = _read_floats("numbers.vague")
TIMES = _read_floats("numbers.times")
MULTIPLES = _read_floats("numbers.multiples")
DENOMINATORS = {form: int(value) for form, value in read_forms("numbers.denominators").items()}
# A text without any of these, and without digits, has no quantity.
NUMBER_WORDS = frozenset[str]().union(
    *(read_words(f"numbers.{kind}") for kind in ("ones", "tens", "ordinals", "scales"))
)
QUANTITY_WORDS = (
    NUMBER_WORDS | read_words("numbers.parts_and_dozens") | VAGUE.keys() | MULTIPLES.keys()
)
COMPARATORS = read_forms("numbers.comparators")
COMPARATORS_AFTER = read_forms("numbers.comparators_after")

MONTHS = _number_lines("time.months", 1)
DOUBTFUL_MONTHS = read_words("time.doubtful_months")
WEEKDAYS = _number_lines("time.weekdays", 0)
# A month or weekday as it is written, short forms with their full stop.
DAY_OR_MONTH = rf"(?:{any_of('time.months', 'time.weekdays', first='capital')}\.?)"
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
NEGATIVE_PREFIXES = read_lines("negation.prefixes")
