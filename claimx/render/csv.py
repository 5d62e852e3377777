"""Render one row for each citation as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet."""

import csv
import io
import re
from typing import Any

from claimx.render.show import replace_surrogates
from claimx.table import COLUMNS, ClaimTable, Folder

# What a spreadsheet takes for a formula, also after white space and in full width (OWASP, "CSV
# injection"); and the guard itself, so that taking one guard off always gives the text back.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n']")


def render_csv(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """
    Write the rows of `ClaimTable.to_records` under a line of column names.

    Text that a spreadsheet could take for a formula begins with an apostrophe,
    and so does text that has one already: `unguard_cell` takes it off. Else
    quotes are to the letter, line ends included; only a lone surrogate, which
    UTF-8 cannot hold, becomes U+FFFD.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in table.to_records():
        writer.writerow([_write_cell(row[column]) for column in COLUMNS])
    return out.getvalue()


def render_excel_csv(table: ClaimTable, *, base: Folder | None = None) -> str:
    """Write CSV with a byte order mark, without which Excel takes UTF-8 for another encoding."""
    return "\ufeff" + render_csv(table, base=base)


def guard_cell(text: str) -> str:
    """
    Put an apostrophe before *text* that a spreadsheet could run.

    >>> guard_cell("=1+1"), guard_cell("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguard_cell(cell: str) -> str:
    """
    Take off what `guard_cell` put on.

    >>> unguard_cell(guard_cell("'tis")), unguard_cell("1+1")
    ("'tis", '1+1')
    """
    return cell.removeprefix("'")


def _write_cell(value: Any) -> Any:
    return guard_cell(replace_surrogates(value)) if isinstance(value, str) else value
