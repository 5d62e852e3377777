"""DOCX: headings, paragraphs, lists and tables in order, in Markdown style."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from claimx.errors import InputError
from claimx.read.file import File
from claimx.read.reader import Article, Produced, ReadOptions, blame_file
from claimx.read.scripts import raise_text
from claimx.read.wordml import (
    GONE,
    W,
    choose_version,
    is_on,
    join_pieces,
    list_pieces,
    name_tag,
    write_out_styles,
)

# Unpacked size with pictures; a thesis full of photographs has 100 MB.
MAX_UNPACKED = 300_000_000
# XML of the text alone, which takes ten times its size in memory: 30 novels.
MAX_XML = 50_000_000

_MAIN = re.compile(r"word/document\d*\.xml")
_HEADING = re.compile(r"(?:heading ?([1-6])|(title))$", re.IGNORECASE)
# Elements that only wrap blocks; inserted and moved text counts, deleted text does not.
_WRAPPERS = frozenset(
    (
        "w:sdt",
        "w:sdtContent",
        "w:customXml",
        "w:smartTag",
        "w:ins",
        "w:moveTo",
        "mc:AlternateContent",
    )
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PART_PROPERTIES = (f"{W}trPr", f"{W}tcPr")
# Start of other Office files, and of files locked with a password (Compound File Binary).
_OLE_MARK = b"\xd0\xcf\x11\xe0"
_CELL = len(" | ") + len("---|")
_BROKEN = ("DOCX", "Save it anew.")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


class Block(NamedTuple):
    """The text of a paragraph or of a whole table; *level* is that of a heading or list item."""

    kind: str
    text: str
    level: int = 0


def read_docx(file: File, options: ReadOptions) -> Iterator[Article]:  # noqa: ARG001
    """
    Read a Word file as one article, notes last; comments and page headers are left out.

    Raises:
        InputError: If it is broken, locked, too big, or another kind of ZIP archive.
    """
    raw = file.read()
    with blame_file(file, *_BROKEN):
        yield _read_article(file, raw)


def _read_article(file: File, raw: bytes) -> Article:
    _check_archive(file, raw)
    from docx import Document

    document = Document(io.BytesIO(raw))
    text = _join_blocks(_Reader(document, Produced(file)).read())
    core = document.core_properties
    named = {"author": core.author, "created": core.created and core.created.date().isoformat()}
    told = {name: str(value) for name, value in named.items() if value}
    return Article(text, core.title.strip() or None, told)


def _check_archive(file: File, raw: bytes) -> None:
    if raw.startswith(_OLE_MARK):
        raise InputError(f"{file.name}: locked with a password, or .doc. Save a copy as .docx.")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sizes = {one.filename: one.file_size for one in archive.infolist()}
    if not any(map(_MAIN.fullmatch, sizes)):
        raise InputError(f"{file.name}: a ZIP archive, but no DOCX. Save its text as .docx.")
    xml = sum(size for name, size in sizes.items() if name.endswith((".xml", ".rels")))
    if xml > MAX_XML or sum(sizes.values()) > MAX_UNPACKED:
        raise InputError(
            f"{file.name}: unpacks to {sum(sizes.values()) / 1e6:,.0f} MB, {xml / 1e6:,.0f} of "
            f"them text (at most {MAX_UNPACKED / 1e6:.0f} and {MAX_XML / 1e6:.0f}). Split it."
        )


class _Reader:
    """Reads the blocks of *document*, with its styles and the notes referred to."""

    def __init__(self, document: Any, produced: Produced) -> None:
        self._document = document
        self._produced = produced
        self._styles, self._default = _index_styles(document.styles.element)
        self._notes: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def read(self) -> Iterator[Block]:
        """Read the body, then its notes in the order of their references."""
        write_out_styles(self._document.element.body, self._document.styles.element)
        yield from self._list_blocks(self._document.element.body)
        notes = {kind: self._find_notes(kind) for kind in ("footnote", "endnote")}
        for (kind, name), mark in list(self._notes.items()):
            note = notes[kind].get(name)
            if note is not None:
                yield Block("text", f"{mark} {self._flatten(note)}".strip())

    def _list_blocks(self, parent: Any) -> Iterator[Block]:
        """Yield the blocks in *parent*; wrappers are opened in place."""
        before = ""  # text of a paragraph whose end was deleted
        for element in parent:
            tag = name_tag(element)
            if tag == "w:p":
                text, boxes = self._read_paragraph(element)
                before += text
                if not _is_joined(element):
                    if before.strip():
                        yield self._mark_paragraph(element, before.strip())
                    before = ""
                for box in boxes:
                    yield from self._list_blocks(box)
            elif tag == "w:tbl":
                yield from self._read_table(element)
            elif tag in _WRAPPERS:
                inside = choose_version(element) if tag == "mc:AlternateContent" else element
                yield from self._list_blocks(inside)
            elif tag == "w:altChunk":
                yield Block("text", "[embedded file, not read]")
            elif tag not in GONE:
                yield from self._read_other(element)
        if before.strip():
            yield Block("text", before.strip())

    def _read_other(self, element: Any) -> Iterator[Block]:
        """Read what is in an element that is not known here, or does not belong here."""
        if next(element.iter(f"{W}p", f"{W}tbl"), None) is not None:
            yield from self._list_blocks(element)
            return
        text, _ = self._read_paragraph([element])
        if text.strip():
            yield Block("text", text.strip())

    def _read_paragraph(self, element: Any) -> tuple[str, list[Any]]:
        """Read the text of a paragraph, and the text boxes anchored in it."""
        pieces = list(list_pieces(element))
        marked = [
            piece._replace(text=self._mark_note(*piece.note)) if piece.note else piece
            for piece in pieces
        ]
        text = self._produced.count(join_pieces(marked))
        return text, [piece.box for piece in pieces if piece.box is not None]

    def _mark_note(self, kind: str, name: str, has_mark: bool) -> str:
        """Return the mark of a note: a superscript number, or a bracketed Roman one (endnote)."""
        if has_mark:  # the mark is also in the text and in front of the note
            self._notes.setdefault((kind, name), "")
            return ""
        if not self._notes.get((kind, name)):
            self._counts[kind] += 1
            number = self._counts[kind]
            mark = _write_endnote(number) if kind == "endnote" else raise_text(str(number), "")
            self._notes[kind, name] = mark
        return self._notes[kind, name]

    def _find_notes(self, kind: str) -> dict[str, Any]:
        """Return the notes of *kind*, by id."""
        from docx.oxml.parser import parse_xml

        parts = (one for one in self._document.part.rels.values() if not one.is_external)
        part = next(
            (one.target_part for one in parts if one.reltype == f"{_RELATIONS}/{kind}s"), None
        )
        if part is None or not any(kind == one for one, _ in self._notes):
            return {}
        root = parse_xml(part.blob)
        write_out_styles(root, self._document.styles.element)
        return {one.get(f"{W}id", ""): one for one in root.iter(f"{W}{kind}")}

    def _flatten(self, element: Any) -> str:
        """Read all blocks of a note or cell as one line."""
        return " ".join(" ".join(block.text for block in self._list_blocks(element)).split())

    def _mark_paragraph(self, element: Any, text: str) -> Block:
        style = self._find_style(element)
        heading = _HEADING.match(style.name_val or "") if style is not None else None
        if heading:
            return Block("heading", " ".join(text.split()), int(heading[1] or 1))
        level = _find_list_level(element, style)
        return Block("text", text) if level is None else Block("item", text, level)

    def _find_style(self, element: Any) -> Any:
        return self._styles.get(element.style, self._default)

    def _read_table(self, table: Any) -> Iterator[Block]:
        """
        Write a table in Markdown, followed by the tables in its cells.

        Cells merged over several columns are written once. A single cell is a box.
        """
        rows = [list(_list_parts(row, "w:tc")) for row in _list_parts(table, "w:tr")]
        if sum(map(len, rows)) == 1:
            yield from self._list_blocks(next(cell for row in rows for cell in row))
            return
        inner: list[Block] = []
        lines = [f"| {' | '.join(self._read_cell(cell, inner) for cell in row)} |" for row in rows]
        if lines:
            rule = f"|{'---|' * len(rows[0])}"
            yield Block("table", "\n".join([lines[0], rule, *lines[1:]]))
        yield from inner

    def _read_cell(self, cell: Any, inner: list[Block]) -> str:
        """Read a cell as one line; append tables in it to *inner*."""
        blocks = list(self._list_blocks(cell))
        inner += [block for block in blocks if block.kind == "table"]
        text = " ".join(block.text for block in blocks if block.kind != "table")
        return self._produced.count(" ".join(text.split()).replace("|", "/"), _CELL)


def _index_styles(styles: Any) -> tuple[dict[str, Any], Any]:
    """Return the styles of paragraphs by id, and the one of paragraphs without any."""
    from docx.enum.style import WD_STYLE_TYPE

    own = [one for one in styles.style_lst if one.type == WD_STYLE_TYPE.PARAGRAPH]
    default = next((one for one in reversed(own) if one.default), None)
    return {one.styleId: one for one in reversed(own)}, default


def _list_parts(parent: Any, wanted: str) -> Iterator[Any]:
    """List the rows of a table, or the cells of a row, wrapped or not, without deleted ones."""
    for element in parent:
        tag = name_tag(element)
        if tag == wanted:
            if not any(
                is_on(one, "del", "cellDel") for one in element.iterchildren(*_PART_PROPERTIES)
            ):
                yield element
        elif tag in _WRAPPERS:
            is_choice = tag == "mc:AlternateContent"
            yield from _list_parts(choose_version(element) if is_choice else element, wanted)


def _is_joined(paragraph: Any) -> bool:
    """Return whether a paragraph's end was deleted or moved, so that the next one continues it."""
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    return is_on(mark, "del", "moveFrom")


def _write_endnote(number: int) -> str:
    return f"[{_ROMAN[number - 1] if number <= len(_ROMAN) else f'n{number}'}]"


def _find_list_level(element: Any, style: Any) -> int | None:
    """Return the list level of a paragraph; None outside lists."""
    for properties in (element.pPr, style.pPr if style is not None else None):
        numbering = properties.numPr if properties is not None else None
        if numbering is not None:
            if numbering.numId is not None and numbering.numId.val == 0:
                return None
            return min(numbering.ilvl.val, 8) if numbering.ilvl is not None else 0
    return None


def _join_blocks(blocks: Iterator[Block]) -> str:
    parts: list[str] = []
    last = ""
    for kind, text, level in blocks:
        if text:
            mark = {"heading": f"{'#' * level} ", "item": f"{'  ' * level}- "}.get(kind, "")
            parts += ("\n" if kind == last == "item" else "\n\n", mark + text)
            last = kind
    return "".join(parts[1:]) + "\n"
