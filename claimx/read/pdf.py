"""
PDF: the text of its pages, in reading order.

Of four libraries only PDFium read two columns, as printed by a browser and a word
processor, one after the other and with single spaces: pypdf doubles spaces,
pdfminer.six mixes up paragraphs, pdfplumber reads across the columns. It is also
the fastest, and its licences are BSD and Apache.
"""

import re
from collections import Counter
from collections.abc import Iterator
from ctypes import c_double
from itertools import accumulate
from typing import Any

from claimx.errors import InputError
from claimx.language.offsets import count_units
from claimx.read.about import read_date
from claimx.read.file import File
from claimx.read.pages import HYPHEN_MARK, Line, join_pages
from claimx.read.reader import Article, Produced, ReadOptions
from claimx.read.scripts import lower_text, raise_text

# A longer file is a collection, not an article: 4 MB of text or more in one document.
MAX_PAGES = 2000
# Suffixes of titles that programs set automatically.
_FILE_TITLES = (".doc", ".docx", ".odt", ".pdf", ".indd", ".tex", ".dvi", ".html")
_DAY = len("20250330")
# Running lines are kept as metadata, up to this many characters.
_MAX_RUNNING = 200

# In type sizes: height above the line of small raised characters and of others; depth below it
# of small lowered characters.
_RISE, _HIGH_RISE, _FALL = 0.12, 0.25, 0.05
_SMALL = 0.95
# Letters from which the height of a line is determined.
_SAMPLE = 9
_LETTER = re.compile(r"[^\W\d_]")
# Characters that may be raised or lowered: digits, and the last letter of a word.
_SCRIPT = re.compile(r"\d|(?<=[^\W\d_])[a-z](?![^\W_])")
_HYPHENED = re.compile(f"(?<={HYPHEN_MARK})")

Place = tuple[float, float]


def read_pdf(file: File, options: ReadOptions) -> Iterator[Article]:  # noqa: ARG001
    """
    Read a PDF as one article; keep its lines, with blank lines between paragraphs.

    Raises:
        InputError: If it is broken, locked, too long or has no text.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(file.read())
    except PdfiumError as exc:
        raise InputError(f"{file.name}: {_explain(exc)}") from exc
    with document:
        if len(document) > MAX_PAGES:
            raise InputError(
                f"{file.name}: {len(document):,} pages (at most {MAX_PAGES:,}). Split it."
            )
        produced = Produced(file)
        try:
            pages = [_count_page(_read_page(page), produced) for page in document]
        except PdfiumError as exc:
            raise InputError(f"{file.name}: a page cannot be read ({exc}). Print it anew.") from exc
        title, told = _read_title(document), _read_info(document)
    text, starts, running = join_pages(pages)
    if not text.strip():
        raise InputError(f"{file.name}: no text in it, a scan perhaps. Recognise its text first.")
    metadata = {"running": " | ".join(running)[:_MAX_RUNNING]} if running else {}
    yield Article(text, title, told | metadata, pages=starts)


def _count_page(lines: list[Line], produced: Produced) -> list[Line]:
    for line in lines:
        produced.count(line.text, 1)
    return lines


def _read_page(page: Any) -> list[Line]:
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range()
        lines = text.split("\r\n")
        starts = list(accumulate((count_units(line) + 2 for line in lines), initial=0))
        if starts[-1] - 2 != textpage.count_chars():  # positions are unknown then
            return [Line(line.strip()) for line in lines if line.strip()]
        letters = _Letters(textpage)
        return [
            _place_line(letters, part, start)
            for line, at in zip(lines, starts, strict=False)
            for part, start in _split_line(line, at)
            if part.strip()
        ]
    finally:
        textpage.close()
        page.close()


class _Letters:
    """Positions of the characters of a page, by their indexes."""

    def __init__(self, textpage: Any) -> None:
        from pypdfium2 import raw

        self._page, self._raw = textpage.raw, raw
        self._box = [c_double() for _ in range(4)]

    def place(self, number: int) -> Place:
        """Return a character's height above the bottom of the page, and its type size."""
        x, y, *_ = self._box
        self._raw.FPDFText_GetCharOrigin(self._page, number, x, y)
        return y.value, self._raw.FPDFText_GetFontSize(self._page, number)

    def reach(self, number: int) -> tuple[float, float]:
        """Return the left and right edge of a character, from the left of the page."""
        self._raw.FPDFText_GetCharBox(self._page, number, *self._box)
        return self._box[0].value, self._box[1].value


def _split_line(line: str, start: int) -> Iterator[tuple[str, int]]:
    """Split lines that PDFium joins at a hyphen; each part is a line of the page."""
    for part in _HYPHENED.split(line):
        yield part, start
        start += count_units(part)


def _place_line(letters: _Letters, line: str, start: int) -> Line:
    text = line.strip()
    first = start + len(line) - len(line.lstrip())
    base, size = _measure_line(letters, text, first)
    left, _ = letters.reach(first)
    _, right = letters.reach(first + count_units(text) - 1)
    written = _write_scripts(letters, text, first, (base, size))
    return Line(written, base, size, left, right, is_spaced=line[0].isspace())


def _measure_line(letters: _Letters, text: str, first: int) -> Place:
    """Return the height and type size of most letters of a line."""
    found = [match.start() for match in _LETTER.finditer(text)] or [0]
    places = Counter(letters.place(first + at) for at in found[:: max(1, len(found) // _SAMPLE)])
    return places.most_common(1)[0][0]


def _write_scripts(letters: _Letters, text: str, first: int, line: Place) -> str:
    """Write a line with superscripts and subscripts distinct from the rest."""
    if count_units(text) != len(text):
        return text

    def find_side(at: int) -> int:
        return _find_side(letters.place(first + at), line)

    parts: list[str] = []
    done = 0
    for found in _SCRIPT.finditer(text):
        start = found.start()
        side = find_side(start) if start >= done else 0
        if side:
            begin, end = start, start + 1
            while begin > done and not text[begin - 1].isspace() and find_side(begin - 1) == side:
                begin -= 1
            while end < len(text) and not text[end].isspace() and find_side(end) == side:
                end += 1
            parts.append(text[done:begin])
            stretch = text[begin:end]
            parts.append(raise_text(stretch, parts[-1]) if side > 0 else lower_text(stretch))
            done = end
    return "".join((*parts, text[done:]))


def _find_side(place: Place, line: Place) -> int:
    """Return 1 for a raised character, -1 for a lowered one, else 0."""
    height, size = place
    base, usual = line
    is_small = size < usual * _SMALL
    rise = (height - base) / (usual or 1.0)
    if _HIGH_RISE < rise < 1 or (is_small and _RISE < rise < 1):
        return 1
    return -1 if is_small and rise < -_FALL else 0


def _read_title(document: Any) -> str | None:
    title = " ".join(document.get_metadata_value("Title").split())
    is_given = (
        title and not title.lower().endswith(_FILE_TITLES) and "untitled" not in title.lower()
    )
    return title if is_given and not title.startswith("Microsoft ") else None


def _read_info(document: Any) -> dict[str, str]:
    """Read the author of a PDF, and the date of its file: the article may be older."""
    author = " ".join(document.get_metadata_value("Author").split())
    made = document.get_metadata_value("CreationDate").removeprefix("D:")[:_DAY]
    told = {"author": author, "created": read_date(made) or ""}
    return {name: value for name, value in told.items() if value}


def _explain(exc: Exception) -> str:
    if "password" in str(exc).lower():
        return "locked with a password. Save a copy without one."
    return "not a PDF that can be opened. Check the file, or print it anew."
