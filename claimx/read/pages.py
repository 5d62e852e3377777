"""
Convert lines of pages to text: drop running heads, rejoin words and sentences.

Running heads and feet would interrupt each sentence that continues on the next
page, and so would footnotes: these are moved before the paragraph that continues,
so that they stay on their page.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain, pairwise, takewhile
from statistics import median
from typing import NamedTuple

from claimx.language.lexicon import NUMBER_WORDS, read_lines, read_others, read_words
from claimx.language.sentence_ends import ends_sentence

HYPHEN_MARK = "\ufffe"
"""PDFium's character for a hyphen at the end of a line."""

# Distance between paragraphs, as a multiple of the usual line spacing.
_GAP = 1.25
# Ratio of type sizes above which a line is a heading; superscripts on a line do not count.
_OTHER_SIZE = 1.1
# Most lines at either edge that may be printed on every page, and their greatest length.
_MAX_EDGE = 3
_MAX_RUNNING = 100
# Tolerance of their height on the page, in points.
_SAME_HEIGHT = 3.0
# Greatest ratio of the size of notes to that of the text.
_NOTE_SIZE = 0.93
# In type sizes: distance of parts of one line, distance of words, difference in height.
_NEAR = 1.0
_SPACE = 0.17
_LEVEL = 0.2

_HYPHENS = ("-", "\u2010", "\u00ad", HYPHEN_MARK)
# After a hyphen, a word that shows that the first part is complete: "pre- and post-war".
_JOINING = frozenset[str]().union(*read_others("joining").values())
_NOTE_START = re.compile(
    r"(?:\d{1,3}(?:[.)]|\b)|[⁰¹²³⁴-⁹]{1,3}|[a-z][.)]|[ᵃ-ᵛ]|\[\w{1,3}\]|[*†‡§¶]{1,3})\s*[^\W\d_]"
)
_LAST_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010'’][^\W\d_]+)*$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
# Words before a hyphen that hardly ever merge with the next word.
_OWN_WORDS = read_words("names.before_hyphens") | NUMBER_WORDS
_COUNTED = " ".join(read_lines("numbers.ones")).split()
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_NUMBER = re.compile(rf"\b(?:\d+|[ivxlc]{{1,8}}|{'|'.join(sorted(_COUNTED, key=len)[::-1])})\b")
_PAGE = "|".join(sorted({word for words in read_others("page").values() for word in words}))
_OF = "|".join(sorted({word for words in read_others("of_pages").values() for word in words}))
_PAGE_LABEL = re.compile(rf"\W*(?:(?:{_PAGE})\W*#(?:\W+(?:{_OF})?\W*#)?|#\W*(?:{_OF}|/)\W*#)\W*")


class Line(NamedTuple):
    """
    A line of a page; *base* is its height above the bottom of the page, 0 if unknown.

    It extends from *left* to *right*; *is_spaced* if a space precedes it.
    """

    text: str
    base: float = 0.0
    size: float = 0.0
    left: float = 0.0
    right: float = 0.0
    is_spaced: bool = False


class PageText(NamedTuple):
    """The text of all pages, the offsets where they begin, and the running lines."""

    text: str
    starts: tuple[int, ...]
    running: tuple[str, ...]


Words = Counter[str]
Place = tuple[int, float]
Key = tuple[int, str, tuple[object, ...]]


def join_pages(pages: Sequence[Sequence[Line]]) -> PageText:
    """Join the lines of *pages* to one text, with blank lines between paragraphs."""
    running = _find_running(pages)
    bodies = [
        [line for line in page if line not in edge]
        for page, edge in zip(pages, running, strict=True)
    ]
    if not any(bodies):  # every line counts as running
        bodies, running = [list(page) for page in pages], []
    size = _measure_type(line for body in bodies for line in body)
    words = Counter(
        word.casefold() for body in bodies for line in body for word in _WORD.findall(line.text)
    )
    text, starts = _join_texts(bodies, size, words)
    return PageText(text.replace(HYPHEN_MARK, "-"), starts, tuple(_name_running(running)))


def _name_running(running: Iterable[Iterable[Line]]) -> Iterator[str]:
    """Yield each running line once, without page numbers."""
    shown: set[str] = set()
    for line in sorted(chain.from_iterable(running), key=lambda line: -line.base):
        words = _blur(line.text)
        if words not in shown and any(map(str.isalpha, words)) and not _PAGE_LABEL.fullmatch(words):
            shown.add(words)
            yield line.text


def _join_texts(
    pages: Sequence[Sequence[Line]], size: float, words: Words
) -> tuple[str, tuple[int, ...]]:
    parts: list[str] = []
    starts: list[int] = []
    last: Line | None = None
    length = 0
    for page in pages:
        text = _set_page(page, size, words)
        if last is not None and page:
            before = parts[-1]
            joined = None if _is_resized(last, page[0]) else _join_words(before, text, words)
            parts[-1] = joined or before + _end_page(before, last, page[0])
            length += len(parts[-1]) - len(before)
        starts.append(length)
        if page:
            parts.append(text)
            length += len(text)
            last = (_split_notes(page, size)[0] or page)[-1]
    if last is not None:
        parts.append(_end_page(parts[-1], last, last))
    return "".join(parts), tuple(starts)


def _end_page(page: str, last: Line, first: Line) -> str:
    """Return what ends a page: a sentence may continue, a heading or paragraph not."""
    return "\n\n" if ends_sentence(page) or _is_resized(last, first) else "\n"


def _set_page(lines: Sequence[Line], size: float, words: Words) -> str:
    """Lay out a page; notes come last, or before the paragraph that continues on the next."""
    body, notes = _split_notes(lines, size)
    text = _join_lines(body, words)
    note = _join_lines(notes, words, in_notes=True)
    if not note or not text:
        return text or note
    if ends_sentence(text):
        return f"{text}\n\n{note}"
    before, parted, last = text.rpartition("\n\n")
    return f"{before}{parted}{note}\n\n{last}"


def _split_notes(lines: Sequence[Line], size: float) -> tuple[list[Line], list[Line]]:
    """Separate the notes at the foot of a page: they are smaller and begin with a mark."""
    small = [line for line in lines if 0 < line.size < size * _NOTE_SIZE]
    lowest = min((line.base for line in lines if line not in small), default=0.0)
    notes = [line for line in small if line.base < lowest]
    if not notes or not _NOTE_START.match(max(notes, key=lambda line: line.base).text):
        return list(lines), []
    return [line for line in lines if line not in notes], notes


def _measure_type(lines: Iterable[Line]) -> float:
    """Return the most common type size."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size), default=0.0)


# lines


def _join_lines(lines: Sequence[Line], words: Words, *, in_notes: bool = False) -> str:
    """Join lines, with blank lines between paragraphs; *in_notes*: one paragraph per note."""
    steps = [_measure_step(before, after) for before, after in pairwise(lines)]
    usual = median([step for step in steps if step > _LEVEL] or [0.0])
    parts = [line.text for line in lines[:1]]
    for (before, after), step in zip(pairwise(lines), steps, strict=True):
        if _is_same_line(before, after, step):
            is_spaced = after.is_spaced or after.left - before.right > _SPACE * before.size
            parts += (" " if is_spaced else "", after.text)
        elif _is_parted(before, after, step, usual) or (in_notes and _NOTE_START.match(after.text)):
            parts += ("\n\n", after.text)
        elif joint := _join_words(parts[-1], after.text, words):
            parts[-1:] = [joint, after.text]
        else:
            parts += ("\n", after.text)
    return "".join(parts)


def _measure_step(before: Line, after: Line) -> float:
    """Measure the distance to the next line, in its type size."""
    return (before.base - after.base) / (max(before.size, after.size) or 1.0)


def _is_same_line(before: Line, after: Line, step: float) -> bool:
    """Return whether both are parts of one line, as around a superscript."""
    gap = after.left - before.right
    return before.size > 0 and abs(step) < _LEVEL and -_SPACE < gap / before.size < _NEAR


def _is_parted(before: Line, after: Line, step: float, usual: float) -> bool:
    """Return whether a paragraph ends between two lines, *step* apart instead of *usual*."""
    if _is_resized(before, after):
        return True
    goes_up = step < 0  # to the next column
    return ends_sentence(before.text) if goes_up else step > usual * _GAP


def _is_resized(before: Line, after: Line) -> bool:
    """Return whether two lines differ in type size, as heading and text do."""
    sizes = sorted((before.size, after.size))
    return sizes[1] > sizes[0] * _OTHER_SIZE


def _join_words(before: str, after: str, words: Words) -> str | None:
    """
    Return *before* without its hyphen if *after* continues its last word; None if not.

    The hyphen is kept before a capital and in compounds; *words* are the words of the
    text, which may contain the word unbroken.

    >>> _join_words("in Lar-", "vik on", Counter()), _join_words("Jon-", "Ivar", Counter())
    ('in Lar', 'Jon-')
    """
    if not before.endswith(_HYPHENS):
        return None
    stem = before[:-1]
    first, second = _LAST_WORD.search(stem, max(0, len(stem) - 80)), _FIRST_WORD.match(after)
    if second and second[0].casefold() in _JOINING and before[-1] != "\u00ad":
        whole = (first[0] if first else "") + second[0]
        return stem if words[whole.casefold()] else None
    if first and second:
        is_soft = before[-1] == "\u00ad"
        return stem if is_soft or not _keeps_hyphen(first[0], second[0], words) else f"{stem}-"
    is_number = stem[-1:].isdigit() or after[:1].isdigit()
    return f"{stem}-" if is_number and stem[-1:].isalnum() and after[:1].isalnum() else None


def _keeps_hyphen(first: str, second: str, words: Words) -> bool:
    if second[0].isupper() or "-" in first:
        return True
    first, second = first.casefold(), second.casefold()
    apart, whole = words[f"{first}-{second}"], words[first + second]
    return apart > whole if apart != whole else first in _OWN_WORDS


# running heads and feet


def _find_running(pages: Sequence[Sequence[Line]]) -> list[set[Line]]:
    """Find the lines at the edges of each page that recur on other pages."""
    falling = [sorted(page, key=lambda line: -line.base) for page in pages]
    counts = Counter(
        key
        for number, lines in enumerate(falling)
        for key in {
            key
            for line in {*lines[:_MAX_EDGE], *lines[-_MAX_EDGE:]}
            for key in _list_keys(line, number)
        }
    )
    body = _NOTE_SIZE * _measure_type(chain.from_iterable(pages))
    places = {
        _place(line)
        for number, lines in enumerate(falling)
        for line in (*lines[:_MAX_EDGE], *lines[-_MAX_EDGE:])
        if 0 < line.size < body and _is_running(line, number, counts, frozenset())
    }
    steps = Counter(round(a.base - b.base, 1) for lines in falling for a, b in pairwise(lines))
    usual = max(steps, key=lambda step: (steps[step], -step), default=0.0)
    return [
        {
            line
            for inwards in (lines, lines[::-1])
            for line in _take_running(inwards, number, counts, usual, places)
        }
        for number, lines in enumerate(falling)
    ]


def _take_running(
    inwards: Sequence[Line],
    number: int,
    counts: Counter[Key],
    usual: float,
    places: Set[Place],
) -> list[Line]:
    """Take running lines from the edge *inwards*, as far as a gap separates them from the text."""
    taken = list(
        takewhile(lambda line: _is_running(line, number, counts, places), inwards[:_MAX_EDGE])
    )
    while taken and len(taken) < len(inwards):
        gap = abs(taken[-1].base - inwards[len(taken)].base)
        if gap > usual * _GAP or not usual:
            break
        taken.pop()
    return taken


def _place(line: Line) -> Place:
    return round(line.base / _SAME_HEIGHT), round(line.size, 1)


def _is_running(line: Line, number: int, counts: Counter[Key], places: Set[Place]) -> bool:
    """
    Return whether *line*, on page *number*, is a running line.

    It is if another page has it, if it is only a number, or if it is at one of
    *places*, where others have such a line: a left page between two right ones.
    """
    if len(line.text) > _MAX_RUNNING:
        return False
    height, size = _place(line)
    if any((height + near, size) in places for near in (-1, 0, 1)):
        return True
    repeated = any(
        sum(counts[height + near, words, values] for near in (-1, 0, 1)) > 1
        for height, words, values in _list_keys(line, number)
    )
    return repeated or _PAGE_LABEL.fullmatch(_blur(line.text)) is not None


def _list_keys(line: Line, number: int) -> list[Key]:
    """List the keys by which a line recurs: height and words, with numbers relative to the page."""
    height, words = round(line.base / _SAME_HEIGHT), _blur(line.text)
    values = [_read_number(found[0]) for found in _NUMBER.finditer(line.text.casefold())]
    counted = [
        (at, value - number, *values[:at], *values[at + 1 :]) for at, value in enumerate(values)
    ]
    return [(height, words, ("same", *values)), *((height, words, one) for one in counted)]


def _blur(text: str) -> str:
    """Replace the numbers in *text*, so that it compares equal whatever they are."""
    return _NUMBER.sub("#", text.casefold())


def _read_number(word: str) -> int:
    if word.isdigit():
        return int(word[:9])
    if word in _COUNTED:
        return _COUNTED.index(word)
    values = [_ROMAN[letter] for letter in word]
    return sum(-one if one < after else one for one, after in pairwise([*values, 0]))
