"""
PDF: the text of its pages, in the order in which they are read.

PDFium was the only one of four libraries that read two columns, as a browser
and a word processor print them, one after the other and with single spaces:
pypdf doubles spaces, pdfminer.six mixes up paragraphs, pdfplumber reads across
the columns. It is also the fastest, and its licences are BSD and Apache.
"""

from collections.abc import Iterator, Sequence
from ctypes import c_double
from itertools import accumulate, pairwise
from statistics import median
from typing import Any, NamedTuple

from claimx.errors import InputError
from claimx.layout import ends_sentence
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

# A longer one is a collection, not an article: its text is 4 MB or more, in one document.
MAX_PAGES = 2000
# Between paragraphs, as a multiple of the usual step from line to line.
_GAP = 1.25
# Of type sizes: headings are larger by more, superscripts on a line do not count.
_OTHER_SIZE = 1.1
# Titles that programs set by themselves.
_FILE_TITLES = (".doc", ".docx", ".odt", ".pdf", ".indd", ".tex", ".dvi", ".html")


class _Line(NamedTuple):
    """A line of a page; *base* is its height above the page's foot, 0 if unknown."""

    text: str
    base: float = 0.0
    size: float = 0.0


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
        title = _read_title(document)
    if not any(page.strip() for page in pages):
        raise InputError(f"{file.name}: no text in it, a scan perhaps. Recognise its text first.")
    pages = [page + _end_page(page) for page in pages]
    starts = tuple(accumulate((len(page) for page in pages[:-1]), initial=0))
    yield Article("".join(pages), title, pages=starts)


def _read_page(page: Any) -> str:
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range()
        lines = text.split("\r\n")
        starts = list(accumulate((_count_units(line) + 2 for line in lines), initial=0))
        if starts[-1] - 2 != textpage.count_chars():  # places cannot be told then
            return "\n".join(line.rstrip() for line in lines)
        placed = [
            _place_line(textpage, line, start)
            for line, start in zip(lines, starts, strict=False)
            if line.strip()
        ]
    finally:
        textpage.close()
        page.close()
    return _join_lines(placed)


def _place_line(textpage: Any, line: str, start: int) -> _Line:
    from pypdfium2 import raw

    first = start + len(line) - len(line.lstrip())
    x, y = c_double(), c_double()
    raw.FPDFText_GetCharOrigin(textpage, first, x, y)
    return _Line(line.strip(), y.value, raw.FPDFText_GetFontSize(textpage, first))


def _count_units(line: str) -> int:
    """Count as PDFium does: characters beyond the first 65,536 are two."""
    return len(line.encode("utf-16-le", "surrogatepass")) // 2


def _join_lines(lines: Sequence[_Line]) -> str:
    """Join the lines of a page, paragraphs apart."""
    steps = [_measure_step(before, after) for before, after in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [0.0])
    parts = [line.text for line in lines[:1]]
    for (before, after), step in zip(pairwise(lines), steps, strict=True):
        parts += ("\n\n" if _is_parted(before, after, step, usual) else "\n", after.text)
    return "".join(parts)


def _measure_step(before: _Line, after: _Line) -> float:
    """Measure how far down the next line stands, in sizes of its type."""
    return (before.base - after.base) / (max(before.size, after.size) or 1.0)


def _is_parted(before: _Line, after: _Line, step: float, usual: float) -> bool:
    """Tell whether a paragraph ends between two lines, *step* apart instead of *usual*."""
    sizes = sorted((before.size, after.size))
    if sizes[1] > sizes[0] * _OTHER_SIZE:
        return True
    goes_up = step < 0  # to the next column
    return ends_sentence(before.text) if goes_up else step > usual * _GAP


def _end_page(page: str) -> str:
    """A sentence may run on to the next page, a paragraph that is over does not."""
    return "\n\n" if ends_sentence(page) or not page else "\n"


def _read_title(document: Any) -> str | None:
    title = " ".join(document.get_metadata_value("Title").split())
    is_given = (
        title and not title.lower().endswith(_FILE_TITLES) and "untitled" not in title.lower()
    )
    return title if is_given and not title.startswith("Microsoft ") else None


def _explain(exc: Exception) -> str:
    if "password" in str(exc).lower():
        return "locked with a password. Save a copy without one."
    return "not a PDF that can be opened. Check the file, or print it anew."
