"""
PDF: the text of its pages, in the order in which they are read.

PDFium was the only one of four libraries that read two columns, as a browser
and a word processor print them, one after the other and with single spaces:
pypdf doubles spaces, pdfminer.six mixes up paragraphs, pdfplumber reads across
the columns. It is also the fastest, and its licences are BSD and Apache.
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
from claimx.read.reader import Article, ReadOptions
from claimx.read.scripts import lower_text, raise_text

# A longer one is a collection, not an article: its text is 4 MB or more, in one document.
MAX_PAGES = 2000
# Titles that programs set by themselves.
_FILE_TITLES = (".doc", ".docx", ".odt", ".pdf", ".indd", ".tex", ".dvi", ".html")
_DAY = len("20250330")
# What is printed on every page is kept beside the text, up to so many characters.
_MAX_RUNNING = 200

# In sizes of type: so far above the line stand small characters that are raised, and others;
# so far below it small ones that are lowered.
_RISE, _HIGH_RISE, _FALL = 0.12, 0.25, 0.05
_SMALL = 0.95
# Letters by which the height of a line is told.
_SAMPLE = 9
_LETTER = re.compile(r"[^\W\d_]")
# What may be raised or lowered: numbers, and the last letter of a word.
_SCRIPT = re.compile(r"\d|(?<=[^\W\d_])[a-z](?![^\W_])")
_HYPHENED = re.compile(f"(?<={HYPHEN_MARK})")

Place = tuple[float, float]


def read_pdf(file: File, options: ReadOptions) -> Iterator[Article]:  # noqa: ARG001
    """
    Read a PDF as one article; lines are those of the page, an empty one parts paragraphs.

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
        try:
            pages = [_read_page(page) for page in document]
        except PdfiumError as exc:
            raise InputError(f"{file.name}: a page cannot be read ({exc}). Print it anew.") from exc
        title, told = _read_title(document), _read_info(document)
    text, starts, running = join_pages(pages)
    if not text.strip():
        raise InputError(f"{file.name}: no text in it, a scan perhaps. Recognise its text first.")
    metadata = {"running": " | ".join(running)[:_MAX_RUNNING]} if running else {}
    yield Article(text, title, told | metadata, pages=starts)


def _read_page(page: Any) -> list[Line]:
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range()
        lines = text.split("\r\n")
        starts = list(accumulate((count_units(line) + 2 for line in lines), initial=0))
        if starts[-1] - 2 != textpage.count_chars():  # places cannot be told then
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
    """Where the characters of a page stand, by their numbers."""

    def __init__(self, textpage: Any) -> None:
        from pypdfium2 import raw

        self._page, self._raw = textpage.raw, raw
        self._box = [c_double() for _ in range(4)]

    def place(self, number: int) -> Place:
        """Return the height of a character above the page's foot, and the size of its type."""
        x, y, *_ = self._box
        self._raw.FPDFText_GetCharOrigin(self._page, number, x, y)
        return y.value, self._raw.FPDFText_GetFontSize(self._page, number)

    def reach(self, number: int) -> tuple[float, float]:
        """Return from where to where a character goes, from the page's left."""
        self._raw.FPDFText_GetCharBox(self._page, number, *self._box)
        return self._box[0].value, self._box[1].value


def _split_line(line: str, start: int) -> Iterator[tuple[str, int]]:
    """Split what PDFium joins at a hyphen; each part is a line of the page."""
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
    """Measure the height and size of type that most letters of a line have."""
    found = [match.start() for match in _LETTER.finditer(text)] or [0]
    places = Counter(letters.place(first + at) for at in found[:: max(1, len(found) // _SAMPLE)])
    return places.most_common(1)[0][0]


def _write_scripts(letters: _Letters, text: str, first: int, line: Place) -> str:
    """Write the characters of a line so that those raised and lowered are told from the rest."""
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
    """Return whether a character is raised (1), lowered (-1) or neither."""
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
    """Read who wrote a PDF, and when its file was made: an article may be older."""
    author = " ".join(document.get_metadata_value("Author").split())
    made = document.get_metadata_value("CreationDate").removeprefix("D:")[:_DAY]
    told = {"author": author, "created": read_date(made) or ""}
    return {name: value for name, value in told.items() if value}


def _explain(exc: Exception) -> str:
    if "password" in str(exc).lower():
        return "locked with a password. Save a copy without one."
    return "not a PDF that can be opened. Check the file, or print it anew."
