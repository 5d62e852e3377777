"""Render a claim table as a workbook without formulas and links."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from claimx.errors import OutputError
from claimx.language.offsets import count_units
from claimx.records import Run
from claimx.render.show import list_run_values, replace_surrogates
from claimx.table import ClaimTable, Folder
from claimx.views.lists import list_all

if TYPE_CHECKING:
    from xlsxwriter import Workbook

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
    book = Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
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
    sheet = book.add_worksheet(name)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    wrapped.set_align("top")
    sheet.write_row(0, 0, columns, bold)
    sheet.freeze_panes(1, 0)
    at = 0
    for at, row in enumerate(rows, start=1):
        for column, key in enumerate(columns):
            _write_cell(sheet, at, column, row[key])
    if at > _MAX_ROWS:
        raise OutputError(f"{name}: {at} rows; a sheet holds {_MAX_ROWS}. Write CSV or Parquet.")
    sheet.autofilter(0, 0, at, len(columns) - 1)
    for column, key in enumerate(columns):
        sheet.set_column(column, column, _WIDTHS.get(key, _WIDTH), wrapped)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str):
        text = replace_surrogates(value)
        cut = count_units(text) > _MAX_LETTERS
        sheet.write_string(
            row, column, text[: _MAX_LETTERS // 2 - len(_CUT)] + _CUT if cut else text
        )
    elif value is not None:
        sheet.write_number(row, column, value)
