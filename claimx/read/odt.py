"""ODT: headings, paragraphs, lists, tables and notes of a text document, in order."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from claimx.errors import InputError
from claimx.read.archive import Archive, join_text, name_element, open_archive
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions
from claimx.read.scripts import lower_text, raise_text

_MAX_SPACES = 100  # of one element for a run of spaces
_OPENED = frozenset({"section", "text-box", "frame", "index-body", "list-header"})
# Tracked changes, and what is attached to the text.
_UNSEEN = frozenset({"tracked-changes", "annotation", "annotation-end", "forms", "sequence-decls"})
_FAMILIES = {"span": "text", "p": "paragraph", "h": "paragraph"}
_WHOLE = "hidden-paragraph"  # stands in the paragraph that it hides
_MAX_PARENTS = 50  # of a style


def read_odt(file: File, options: ReadOptions) -> Iterator[Article]:  # noqa: ARG001
    """
    Read an OpenDocument text as one article, notes last; comments are left out.

    Raises:
        InputError: If it is broken, locked, too big, or another kind of archive.
    """
    yield open_archive(file, "ODT", _read_text)


def _read_text(archive: Archive) -> Article:
    content = archive.parse("content.xml")
    body = content.find(".//{*}body/{*}text")
    if body is None:
        raise InputError("An OpenDocument file that is no text. Save its text as .odt.")
    sheets = [content, *(archive.parse(one) for one in ("styles.xml",) if archive.has(one))]
    _write_as_seen(body, sheets)
    notes: list[str] = []
    blocks = [*_list_blocks(body, notes), *notes]
    meta = archive.parse("meta.xml") if archive.has("meta.xml") else None
    named = {
        "author": _say(meta, "initial-creator") or _say(meta, "creator"),
        "modified": _say(meta, "date")[:10],
    }
    metadata = {name: text for name, text in named.items() if text}
    return Article("\n\n".join(blocks) + "\n", _say(meta, "title") or None, metadata)


def _write_as_seen(body: Any, sheets: Sequence[Any]) -> None:
    """Empty what is hidden or struck out, and write superscripts and subscripts as such."""
    styles = {
        (_get(style, "family"), _get(style, "name")): style
        for sheet in sheets
        for style in sheet.iterfind(".//{*}style")
    }
    for element in [*body.iter("*")]:
        key = _FAMILIES.get(name_element(element), ""), _get(element, "style-name")
        say = partial(_say_style, key, styles)
        position = say("text-position")
        if (
            "none" in {_get(element, "display"), say("display")}
            or say("text-line-through-style") not in {"", "none"}
            or _get(element, "is-hidden") == "true"
        ):
            hidden = element.getparent() if name_element(element) == _WHOLE else element
            hidden.clear(keep_tail=True)
        elif position and not len(element):
            _write_script(element, position)


def _say_style(key: tuple[str, str], styles: Mapping[tuple[str, str], Any], name: str) -> str:
    """Return what a style, given by its family and name, or one that it is based on says."""
    for _ in range(_MAX_PARENTS):
        if (style := styles.get(key)) is None:
            break
        for about in style.iterfind("{*}text-properties"):
            if said := _get(about, name):
                return said
        key = key[0], _get(style, "parent-style-name")
    return ""


def _write_script(element: Any, position: str) -> None:
    """Write the text of *element*; *position* is "super", "sub" or a height, before a size."""
    text, height = element.text or "", position.strip().partition(" ")[0]
    if height == "sub" or height.startswith("-"):
        element.text = lower_text(text)
    elif height != "0%":
        previous = element.getprevious()
        before = element.getparent().text if previous is None else previous.tail
        element.text = raise_text(text, before or "")


def _get(element: Any, name: str) -> str:
    """Return the attribute *name* in whatever namespace, or ""."""
    ending = f"}}{name}"
    return next((str(said) for key, said in element.attrib.items() if key.endswith(ending)), "")


def _say(meta: Any, tag: str) -> str:
    return "" if meta is None else join_text(meta.find(f".//{{*}}{tag}"))


def _list_blocks(parent: Any, notes: list[str]) -> Iterator[str]:
    for element in parent:
        tag = name_element(element)
        if tag in {"h", "p"}:
            text = _flatten(element, notes)
            if text:
                yield _head(element) + text
        elif tag == "list":
            items = list(_list_items(element, notes, 0))
            if items:
                yield "\n".join(items)
        elif tag == "table":
            inner: list[Any] = []
            rows = [_join_row(row, notes, inner) for row in _list_rows(element)]
            yield "\n".join(row for row in rows if row)
            yield from _list_blocks(inner, notes)
        elif tag in _OPENED:
            yield from _list_blocks(element, notes)


def _head(element: Any) -> str:
    if name_element(element) != "h":
        return ""
    level = next((value for key, value in element.attrib.items() if "outline-level" in key), "1")
    return "#" * min(int(level), 6) + " "


def _list_items(parent: Any, notes: list[str], depth: int) -> Iterator[str]:
    for item in parent:
        for element in item:
            if name_element(element) == "list":
                yield from _list_items(element, notes, depth + 1)
            elif text := _flatten(element, notes):
                yield f"{'  ' * depth}- {text}"


def _list_rows(table: Any) -> Iterator[Any]:
    """Yield the rows of *table*, in groups or not, without those of tables in its cells."""
    for element in table:
        tag = name_element(element)
        if tag == "table-row":
            yield element
        elif tag != "table":
            yield from _list_rows(element)


def _join_row(row: Any, notes: list[str], inner: list[Any]) -> str:
    cells = (" ".join(_list_cell(cell, notes, inner)) for cell in row.iterfind("{*}table-cell"))
    return " | ".join(cells).strip(" |")


def _list_cell(cell: Any, notes: list[str], inner: list[Any]) -> Iterator[str]:
    """Yield the texts in *cell*; append tables in it to *inner*."""
    for element in cell:
        tag = name_element(element)
        if tag == "table":
            inner.append(element)
        elif tag in {"h", "p"}:
            yield from filter(None, (_flatten(element, notes),))
        elif tag and tag not in _UNSEEN:
            yield from _list_cell(element, notes, inner)


def _flatten(element: Any, notes: list[str]) -> str:
    return " ".join("".join(_list_pieces(element, notes)).split())


def _list_pieces(element: Any, notes: list[str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        tag = name_element(child)
        if tag == "s":
            count = next((value for key, value in child.attrib.items() if key.endswith("}c")), "1")
            yield " " * min(int(count), _MAX_SPACES)
        elif tag in {"tab", "line-break"}:
            yield " "
        elif tag == "note":
            mark = "".join(child.find("{*}note-citation").itertext())
            body = child.find("{*}note-body")
            notes.append(f"[{mark}] {' '.join(_flatten(part, notes) for part in body)}")
            yield f"[{mark}]"
        elif tag and tag not in _UNSEEN:
            yield from _list_pieces(child, notes)
        yield child.tail or ""
