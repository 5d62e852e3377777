"""DOCX: headings, paragraphs, lists and tables in their order, as Markdown would set them."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from claimx.errors import InputError
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

# Unpacked, with pictures; a thesis full of photographs has 100 MB. Sizes that lie are cut off.
MAX_UNPACKED = 300_000_000
# XML of the text alone, which is in memory as a tree of ten times its size: 30 novels.
MAX_XML = 50_000_000

_MAIN = re.compile(r"word/document\d*\.xml")
_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
}
_W = f"{{{_NAMESPACES['w']}}}"
# What was inserted counts, what was deleted does not; boxes beside the text are left out.
_RUNS = (
    "(.//w:t|.//w:tab|.//w:br|.//w:cr|.//w:noBreakHyphen)"
    "[not(ancestor::w:txbxContent) and not(ancestor::mc:Fallback) and not(ancestor::w:tabs)]"
)
_SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_HEADING = re.compile(r"(?:heading ?([1-6])|(title))$", re.IGNORECASE)


def read_docx(file: File, options: ReadOptions) -> Iterator[Article]:  # noqa: ARG001
    """
    Read a Word file as one article; notes, comments, headers and text boxes are left out.

    Raises:
        InputError: If it is broken, too big, or another kind of ZIP archive.
    """
    raw = file.read()
    _check_archive(file, raw)
    from docx import Document
    from lxml import etree

    try:
        document = Document(io.BytesIO(raw))
        blocks = list(_list_blocks(document.element.body, document))
    except (KeyError, ValueError, AttributeError, etree.LxmlError, zipfile.BadZipFile) as exc:
        raise _refuse(file, exc) from exc
    core = document.core_properties
    named = {"author": core.author, "date": core.created and core.created.date().isoformat()}
    metadata = {name: str(value) for name, value in named.items() if value}
    yield Article(_join_blocks(blocks), core.title.strip() or None, metadata)


def _check_archive(file: File, raw: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise _refuse(file, exc) from exc
    if not any(map(_MAIN.fullmatch, sizes)):
        raise InputError(f"{file.name}: a ZIP archive, but no DOCX. Save its text as .docx.")
    xml = sum(size for name, size in sizes.items() if name.endswith((".xml", ".rels")))
    if xml > MAX_XML or sum(sizes.values()) > MAX_UNPACKED:
        raise InputError(
            f"{file.name}: unpacks to {sum(sizes.values()) / 1e6:,.0f} MB, {xml / 1e6:,.0f} of "
            f"them text (at most {MAX_UNPACKED / 1e6:.0f} and {MAX_XML / 1e6:.0f}). Split it."
        )


def _refuse(file: File, exc: Exception) -> InputError:
    why = " ".join(str(exc).split())[:60] or type(exc).__name__
    return InputError(f"{file.name}: broken DOCX ({why}). Save it anew.")


def _list_blocks(body: Any, document: Any) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of each block; content controls are opened where they stand."""
    for element in body.iterchildren(f"{_W}p", f"{_W}tbl", f"{_W}sdt"):
        if element.tag == f"{_W}p":
            text = _read_runs(element)
            if text:
                yield _mark_paragraph(element, text, document)
        elif element.tag == f"{_W}tbl":
            yield "table", _read_table(element)
        else:
            for content in element.iterchildren(f"{_W}sdtContent"):
                yield from _list_blocks(content, document)


def _read_runs(element: Any) -> str:
    from lxml import etree

    runs = etree.XPath(_RUNS, namespaces=_NAMESPACES)(element)
    pieces = (_SIGNS.get(etree.QName(run).localname, run.text or "") for run in runs)
    return "".join(pieces).strip()


def _mark_paragraph(element: Any, text: str, document: Any) -> tuple[str, str]:
    from docx.text.paragraph import Paragraph

    style = Paragraph(element, document).style
    heading = _HEADING.match(style.name or "") if style is not None else None
    if heading:
        return "heading", f"{'#' * int(heading[1] or 1)} {' '.join(text.split())}"
    level = _find_list_level(element, style)
    return ("text", text) if level is None else ("item", f"{'  ' * level}- {text}")


def _find_list_level(element: Any, style: Any) -> int | None:
    """Find how deep in a list a paragraph is; null if it is in none."""
    for properties in (element.pPr, style.element.pPr if style is not None else None):
        numbering = properties.numPr if properties is not None else None
        if numbering is not None:
            if numbering.numId is not None and numbering.numId.val == 0:
                return None
            return min(numbering.ilvl.val, 8) if numbering.ilvl is not None else 0
    return None


def _read_table(table: Any) -> str:
    """Set a table as Markdown does; cells joined over several columns are said once."""
    rows = [
        [" ".join(_read_runs(cell).split()).replace("|", "/") for cell in row.iter(f"{_W}tc")]
        for row in table.iterchildren(f"{_W}tr")
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines[:1], f"|{'---|' * len(rows[0])}", *lines[1:]]) if rows else ""


def _join_blocks(blocks: list[tuple[str, str]]) -> str:
    parts: list[str] = []
    last = ""
    for kind, text in blocks:
        if text:
            parts += ("\n" if kind == last == "item" else "\n\n", text)
            last = kind
    return "".join(parts[1:]) + "\n"
