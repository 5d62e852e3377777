"""Render one row per citation as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet."""

import csv
import io
import re
from typing import Any

from claimx.render.show import replace_surrogates
from claimx.table import COLUMNS, ClaimTable, Folder

# What a spreadsheet takes for a formula, also after white space and in full width (OWASP, "CSV
# injection"); and the apostrophe itself, so that removing one always restores the text.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n']")


def render_csv(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """
    Write the rows of `ClaimTable.to_records` below a header.

    Text that a spreadsheet could take for a formula is prefixed with an apostrophe, and
    so is text that begins with one: `unguard_cell` removes it. Otherwise quotes are
    unchanged, line ends included, except that a lone surrogate, which UTF-8 cannot
    encode, becomes U+FFFD.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in table.to_records():
        writer.writerow([_write_cell(row[column]) for column in COLUMNS])
    return out.getvalue()


def render_excel_csv(table: ClaimTable, *, base: Folder | None = None) -> str:
    """Write CSV with a byte order mark, without which Excel misreads UTF-8."""
    return "\ufeff" + render_csv(table, base=base)


def guard_cell(text: str) -> str:
    """
    Prefix *text* with an apostrophe if a spreadsheet could take it for a formula.

    >>> guard_cell("=1+1"), guard_cell("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguard_cell(cell: str) -> str:
    """
    Remove the apostrophe that `guard_cell` added.

    >>> unguard_cell(guard_cell("'tis")), unguard_cell("1+1")
    ("'tis", '1+1')
    """
    return cell.removeprefix("'")


def _write_cell(value: Any) -> Any:
    return guard_cell(replace_surrogates(value)) if isinstance(value, str) else value
