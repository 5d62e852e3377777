"""Render a claim table as a workbook without formulas and links."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from claimx.errors import OutputError
from claimx.language.offsets import count_units
from claimx.records import Run
from claimx.render.show import list_run_values, replace_surrogates
from claimx.table import ClaimTable, Folder
from claimx.views.lists import list_all

if TYPE_CHECKING:
    from xlsxwriter import Workbook

# Most text, which needs no escape.
_PLAIN = re.compile(r"[ !-%'-;=?-\^`-~]*")
# What Excel reads as the code of a character (ECMA-376, ST_Xstring), and what is written so.
_CODE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

# Capacity of a cell, and of a sheet below its header (Excel's specifications and limits).
_MAX_LETTERS = 32_767
_MAX_ROWS = 1_048_575
_CUT = "… (cut)"
_WIDTHS = {"claim": 70, "quote": 70, "member_claim": 50, "detail": 50, "flags": 40, "error": 70}
_WIDTHS |= {"claim_a": 50, "claim_b": 50, "why": 30, "documents": 40, "title": 50, "source": 40}
_WIDTHS |= {"outlet": 25, "outlets": 40, "author": 30, "url": 40}
_WIDTH = 14

Row = Mapping[str, Any]


def render_xlsx(table: ClaimTable, *, base: Folder | None = None) -> bytes:  # noqa: ARG001
    """
    Write a sheet of claims, one of citations, and others for the rest of the table.

    Header rows are frozen, with filters. Text is always written as text; text longer
    than a cell can hold is cut, with a note.

    Raises:
        OutputError: If there are more rows than a sheet can hold.
    """
    from xlsxwriter import Workbook  # an extra

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime(1980, 1, 1)})  # fixed, for reproducible bytes
    for name, columns, rows in _list_sheets(table):
        _write_sheet(book, name, columns, rows)
    book.close()
    return out.getvalue()


def _list_sheets(table: ClaimTable) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
    """Yield each sheet's name, columns and rows."""
    listings = list_all(table)
    for name in ("groups", "citations", "conflicts", "rejected", "failures", "documents"):
        title = "Claims" if name == "groups" else name.capitalize()
        yield title, *listings[name]
    yield "Run", ("name", "value"), _list_run(table.run)


def _list_run(run: Run) -> Iterator[Row]:
    for name, value in list_run_values(run):
        yield {"name": name, "value": value or ""}


def _write_sheet(book: "Workbook", name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    wrapped.set_align("top")
    letters = _name_columns(len(columns))
    head, plain = bold._get_xf_index(), wrapped._get_xf_index()
    lines = [_write_row(1, letters, columns, head)]
    for at, row in enumerate(rows, start=2):
        lines.append(_write_row(at, letters, [row[key] for key in columns], plain))
    last = len(lines) - 1
    if last > _MAX_ROWS:
        raise OutputError(f"{name}: {last} rows; a sheet holds {_MAX_ROWS}. Write CSV or Parquet.")
    sheet = book.add_worksheet(name, worksheet_class=_load_sheet())
    sheet.set_lines(lines, len(columns))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    for column, key in enumerate(columns):
        sheet.set_column(column, column, _WIDTHS.get(key, _WIDTH), wrapped)


@cache
def _load_sheet() -> type:
    """Return a worksheet that takes its rows as XML: cell by cell, they take six times as long."""
    from xlsxwriter.worksheet import Worksheet

    class Sheet(Worksheet):  # type: ignore[misc]  # the library has no types
        def set_lines(self, lines: Sequence[str], columns: int) -> None:
            self._lines = lines
            for row, column in ((0, 0), (len(lines) - 1, columns - 1)):
                self._check_dimensions(row, column)

        def _write_sheet_data(self) -> None:
            self.fh.write("<sheetData>")
            self.fh.writelines(self._lines)
            self.fh.write("</sheetData>")

    return Sheet


def _name_columns(count: int) -> list[str]:
    from xlsxwriter.utility import xl_col_to_name

    return [xl_col_to_name(at) for at in range(count)]


def _write_row(number: int, letters: Sequence[str], values: Iterable[Any], style: int) -> str:
    """Write row *number* (from 1) as XML; empty cells are left out."""
    cells = (
        _write_cell(f"{letter}{number}", value, style)
        for letter, value in zip(letters, values, strict=True)
        if value is not None
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def _write_cell(name: str, value: Any, style: int) -> str:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, list):
        value = "; ".join(value)
    if not isinstance(value, str):
        return f'<c r="{name}" s="{style}"><v>{value!r}</v></c>'
    if not value:
        return ""
    text = f'<t xml:space="preserve">{_escape(value)}</t>'
    return f'<c r="{name}" s="{style}" t="inlineStr"><is>{text}</is></c>'


def _escape(text: str) -> str:
    r"""
    Write *text* for a cell: cut to what it holds, and what XML cannot have by its code.

    >>> _escape("a < b\x0b _x000B_")
    'a &lt; b_x000B_ _x005F_x000B_'
    """
    if len(text) > _MAX_LETTERS // 2 and count_units(text) > _MAX_LETTERS:
        text = text[: _MAX_LETTERS // 2 - len(_CUT)] + _CUT
    if _PLAIN.fullmatch(text):
        return text
    text = _CODE.sub("_x005F_", replace_surrogates(text))
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", escape(text, quote=False))
