"""
Cut a place out of the source: its own characters, without stray ones at the ends.

The search ignores what is between words. The span takes in punctuation that the
quote has as well, but no spaces and no quotation mark without its partner, and
never splits a character.
"""

import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

from rapidfuzz.distance import Postfix, Prefix

from claimx.align.index import Place
from claimx.align.wording import Wording

_BEFORE_NUMBERS = frozenset("$€£¥₹₩₽+-±<>≤≥")
# Behind these, as behind a letter or digit, a hyphen is no sign of a number.
_BEFORE_HYPHENS = frozenset(".)]%")
_AFTER_NUMBERS = frozenset("%‰°")
# Superscripts belong to their unit or number: km², 10⁶.
_RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
# In code points: emoji sequences have up to eleven, letters up to thirty marks (UAX 15).
_LONGEST_CHARACTER = 32


class Cut(NamedTuple):
    """Offsets *start* to *end* in the source; *status* is exact if the quote is spelt the same."""

    start: int
    end: int
    status: Literal["exact", "normalized"]


def cut_out(quote: Wording, place: Place, document: Wording) -> Cut:
    """Cut the *place* of *quote* out of *document*."""
    theirs = document.folded.text
    words = document.starts[place.first], document.end(place.end - 1)
    mine = quote.folded.text
    first, last = quote.starts[0], quote.end(len(quote.words) - 1)
    before = Postfix.similarity(mine[:first], theirs[max(words[0] - first, 0) : words[0]])
    after = Prefix.similarity(mine[last:], theirs[words[1] : words[1] + len(mine) - last])
    start, end = _strip_marks(theirs, words[0] - before, words[1] + after)
    start, end = _complete_number(theirs, min(start, words[0]), max(end, words[1]))
    same = first - (words[0] - start), last + (end - words[1])
    return _close(quote, same, document, (start, end))


def _close(
    quote: Wording, mine: tuple[int, int], document: Wording, theirs: tuple[int, int]
) -> Cut:
    """Map both ranges back to their sources and compare them there."""
    start, end = _keep_whole(document, *theirs)
    if mine[0] < 0 or mine[1] > len(quote.folded.text):
        return Cut(start, end, "normalized")
    own = quote.source[quote.folded.trace(mine[0]) : quote.folded.trace(mine[1] - 1, 1)]
    rest = quote.folded.text[: mine[0]] + quote.folded.text[mine[1] :]
    is_same = own == document.source[start:end] and not rest.strip(" \"'")
    return Cut(start, end, "exact" if is_same else "normalized")


def find_marks(quote: Wording, document: Wording) -> Iterator[Cut]:
    """Find a *quote* without any word, such as an emoji, in *document*."""
    wanted, text = quote.folded.text.strip(), document.folded.text
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        start, stop = _keep_whole(document, at, end)
        is_same = document.source[start:stop] == quote.source.strip()
        yield Cut(start, stop, "exact" if is_same else "normalized")
        at = text.find(wanted, end)


def _strip_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Exclude spaces, and quotation marks that have no partner or enclose the whole."""
    while True:
        part = text[start:end]
        start += len(part) - len(part.lstrip())
        end -= len(part) - len(part.rstrip())
        opens, closes = text[start] in "\"'", text[end - 1] in "\"'"
        marks = text.count('"', start, end)
        if opens and (text[start] == "'" or marks % 2 or (closes and marks == 2)):
            start += 1
        elif closes and (marks % 2 if text[end - 1] == '"' else text[end - 2] != "s"):
            end -= 1
        else:
            return start, end


def _complete_number(text: str, start: int, end: int) -> tuple[int, int]:
    """Include the sign, currency or percent sign of a number at either end."""
    if text[start].isdigit() and start and text[start - 1] in _BEFORE_NUMBERS:
        before = text[: start - 1][-1:]
        joins = text[start - 1] in "+-" and (before.isalnum() or before in _BEFORE_HYPHENS)
        start -= not joins
    if text[end - 1].isdigit() and text[end : end + 1] in _AFTER_NUMBERS:
        end += 1
    return start, end


def _keep_whole(document: Wording, start: int, end: int) -> tuple[int, int]:
    """Map folded offsets to the source, without outer spaces and without splitting a character."""
    text = document.source
    first, last = document.folded.trace(start), document.folded.trace(end - 1, 1)
    low, high = max(first - _LONGEST_CHARACTER, 0), min(last + _LONGEST_CHARACTER, len(text))
    while first > low and _belongs_to(text, first):
        first -= 1
    while last < high and _belongs_to(text, last):
        last += 1
    part = text[first:last]
    return last - len(part.lstrip()), first + len(part.rstrip())


def _belongs_to(text: str, at: int) -> bool:
    """Return whether readers see the character at *at* as one with the character before it."""
    before, here = text[at - 1], text[at]
    if here == "\u200d" or (before == "\u200d" and not here.isalnum() and not here.isspace()):
        return True
    if "\U0001f1e6" <= here <= "\U0001f1ff":
        return _count_flag_letters(text, at) % 2 == 1
    if here in _RAISED and before.isalnum():
        return True
    is_tone_or_tag = "\U0001f3fb" <= here <= "\U0001f3ff" or "\U000e0020" <= here <= "\U000e007f"
    return is_tone_or_tag or unicodedata.category(here)[0] == "M"


def _count_flag_letters(text: str, at: int) -> int:
    """Count the flag letters right before *at*; two make a flag."""
    start = at
    while start and "\U0001f1e6" <= text[start - 1] <= "\U0001f1ff":
        start -= 1
    return at - start
