"""
Fold text so that typography does not matter, and map each character back to its source.

The stages compare wording, not typography: a curly quote, a no-break space or a soft
hyphen must not make two equal sentences differ. All stages fold text here, so that
they agree on what is "the same wording".
"""

import html
import html.entities
import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

from claimx.records import Span

_LOOKALIKES = {
    **dict.fromkeys("“”„‟«»″‶〝〞〟「」『』❝❞", '"'),
    **dict.fromkeys("‘’‚‛‹›′‵´`ʼʻʹ❛❜", "'"),
    **dict.fromkeys("‐‑‒–—―−﹘﹣⁃", "-"),
    **dict.fromkeys("⁄∕", "/"),
    "ـ": "",  # stretches an Arabic word, says nothing
}

# UTF-8 read in a wrong code page: the usual broken text of news pages. Two-byte
# sequences only where the page is Latin; in Russian, "В" and a no-break space is a word.
_OFTEN_BROKEN = {
    **dict.fromkeys(("latin_1", "cp1252"), "‘’“”–—…•™€" + "".join(map(chr, range(0xA0, 0x100)))),
    **dict.fromkeys(("cp1251", "cp1253", "iso8859_7"), "‘’“”–—…•™"),
}

_BREAK = r"(?P<break>(?<=[^\W\d_])[-\u00ad‐][ \t]*+\r?\n[ \t]*+(?=\S))"
_ENTITY = r"&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});"
_BLANK_ENTITY = r"&(?i:nbsp|ensp|emsp|thinsp|\#160|\#8239|\#xa0);"
_ASCII = frozenset(map(chr, range(128)))
_BLANKS = re.compile(" {2,}")
# The C1 half of a broken apostrophe is often lost as well: "Japanβs".
_LOST_APOSTROPHE = r"(?<=[A-Za-z])β(?=(?:s|t|d|m|re|ve|ll)\b)"


def fold_text(text: str) -> str:
    """
    Reduce *text* to its wording.

    Lower case (casefolded), NFKC, straight quotes, plain dashes, ASCII
    digits, single spaces and none at the ends; soft hyphens, zero-width and
    control characters gone; words joined that a line break had hyphenated;
    HTML entities and UTF-8 read in a wrong code page decoded.

        >>> fold_text("“Costs\u00a0 fell 4%” &mdash; the ﬁrst time")
        '"costs fell 4%" - the first time'

    A superscript digit gets a caret and a fraction a space: 10² is not 102.
    """
    return Folded(text).text.strip()


class Folded:
    """
    A folded text with the mapping back to the offsets of its source.

    *text* is as from `fold_text`, but may have a space at either end.
    Building it is linear in the length of the source.
    """

    __slots__ = ("_at", "_from", "text")

    def __init__(self, source: str) -> None:
        # one study serves all plain texts
        odd, table = _study_characters(_ASCII if source.isascii() else frozenset(source))
        plain = source.translate(table)
        # Pieces, in order: folded offset and source offset where each begins,
        # closed by one that stands at both ends. A piece as long on both
        # sides maps character by character, any other only as a whole.
        self._at, self._from = array("L", [0]), array("L", [0])
        parts: list[str] = []
        done = length = 0
        folded = ""
        for match in odd.finditer(source):
            start, end = match.span()
            before = plain[start - 1] if start > done else folded[-1:]
            folded = _fold_stretch(match, before)
            length += start - done
            self._at.extend((length, length + len(folded)))
            self._from.extend((start, end))
            parts += (plain[done:start], folded)
            length += len(folded)
            done = end
        self._at.append(length + len(plain) - done)
        self._from.append(len(plain))
        self.text = "".join((*parts, plain[done:]))

    def span(self, start: int, end: int) -> Span:
        """Return the source's span of ``text[start:end]``; pieces partly in it count whole."""
        return Span(start=self.trace(start, 0), end=self.trace(end - 1, 1))

    def find(self, offset: int) -> int:
        """Return the offset in *text* that corresponds to *offset* of the source."""
        piece = min(bisect_right(self._from, offset), len(self._from) - 1) - 1
        step = offset - self._from[piece] if self._is_straight(piece) else 0
        return self._at[piece] + step

    def trace(self, offset: int, width: int = 0) -> int:
        """Return where in the source the character at *offset* begins (*width* 0) or ends (1)."""
        piece = bisect_right(self._at, offset) - 1
        if self._is_straight(piece):
            return self._from[piece] + offset - self._at[piece] + width
        return self._from[piece + width]

    def _is_straight(self, piece: int) -> bool:
        folded = self._at[piece + 1] - self._at[piece]
        return folded == self._from[piece + 1] - self._from[piece]


@lru_cache(maxsize=256)
def _study_characters(characters: frozenset[str]) -> tuple[re.Pattern[str], dict[int, str]]:
    """
    Divide *characters* into those that fold one to one and all others.

    Returns a pattern for stretches that need special treatment, and a table for the rest.
    A text has few different characters, so this costs little.
    """
    folds = {character: _fold_character(character) for character in characters}
    table = {ord(c): fold for c, fold in folds.items() if len(fold) == 1}
    gone = _class(c for c, fold in folds.items() if not fold)
    marks = _class(c for c in characters if _leans_left(c))
    spaced = _class(c for c, fold in folds.items() if len(fold) > 1 and fold[0] == " ")
    longer = _class(c for c, fold in folds.items() if len(fold) > 1 and fold[0] != " ")
    blank = rf"(?>(?:[\s{gone}]++|{_BLANK_ENTITY})*)"
    kinds = [_BREAK, rf"(?P<blank>(?:\s(?=[\s&{gone}])|{_BLANK_ENTITY}){blank})", _ENTITY]
    kinds += [pattern for start, pattern in _BROKEN_PATTERNS.items() if start in characters]
    if marks:
        # At most 30 marks on one letter (UAX 15, stream-safe text): sorting them is quadratic.
        kinds.append(rf"[^\s{marks}]?[{marks}]{{1,30}}+")
    if spaced:
        kinds.append(f"(?P<spaced>[{spaced}])")
    if longer:
        kinds.append(f"[{longer}]")
    if gone:
        kinds.append(f"(?P<gone>[{gone}]++)")
    return re.compile("|".join(kinds)), table


def _class(characters: Iterable[str]) -> str:
    return "".join(re.escape(c) for c in sorted(characters))


def _leans_left(character: str) -> bool:
    """Return whether *character* may merge with the one before it."""
    first = unicodedata.normalize("NFKD", character)[0]
    is_jamo_tail = "\u1160" <= first <= "\u11ff"
    return is_jamo_tail or unicodedata.category(first)[0] == "M"


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """Fold a single character, independent of its neighbours."""
    if character.isspace():
        return " "
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    category = unicodedata.category(character)
    if category in ("Cf", "Cc") or "\ufe00" <= character <= "\ufe0f":
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    fold = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    return _number_lead(character) + "".join(_LOOKALIKES.get(c, c) for c in fold)


def _number_lead(character: str) -> str:
    """Separate a superscript digit or a fraction from the number before it."""
    kind = unicodedata.decomposition(character).partition(" ")[0]
    if unicodedata.category(character) != "No":
        return ""
    return {"<super>": "^", "<fraction>": " "}.get(kind, "")


def _fold_stretch(match: re.Match[str], before: str) -> str:
    """Fold a stretch that needs special treatment; *before* is the previous folded text."""
    kind = match.lastgroup
    if kind == "blank":
        return " "
    if kind == "gone":
        return ""
    if kind == "break":
        return "" if match.string[match.end() : match.end() + 1].islower() else "- "
    fold = _fold_odd(match[0])
    return fold[1:] if kind == "spaced" and before.isspace() else fold


@lru_cache(maxsize=4096)
def _fold_odd(stretch: str) -> str:
    if stretch in _BROKEN:
        return _BROKEN[stretch]
    fold = "".join(map(_fold_character, _decode_entity(stretch)))
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", fold))


def _decode_entity(stretch: str) -> str:
    """Decode an HTML entity; an unknown name is kept."""
    is_unknown = stretch[1:2].isalpha() and stretch[1:] not in html.entities.html5
    return stretch if is_unknown else html.unescape(stretch)


def _break(text: str, page: str) -> str:
    """Read the UTF-8 of *text* as *page*; bytes unknown there stay control characters."""
    codes = (bytes([code]) for code in text.encode())
    return "".join(code.decode(page, "ignore") or code.decode("latin_1") for code in codes)


_BROKEN = {
    _break(character, page): _fold_character(character)
    for page, characters in _OFTEN_BROKEN.items()
    for character in characters
} | {"β": "'"}


def _list_broken() -> dict[str, str]:
    """Return the patterns of broken sequences, by their first character."""
    patterns = {}
    for start in sorted({broken[0] for broken in _BROKEN}):
        tails = (re.escape(broken[1:]) for broken in sorted(_BROKEN) if broken[0] == start)
        patterns[start] = f"{start}(?:{'|'.join(tail for tail in tails if tail)})"
    patterns["β"] += "|" + _LOST_APOSTROPHE
    return patterns


_BROKEN_PATTERNS = _list_broken()
