"""`claimx verify`: does every citation still stand where the table says?"""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.output import EXIT_PARTLY, EXIT_USAGE, Form, fail, report_errors, say, write_out
from claimx.table import load_table
from claimx.verify import verify as verify_table

_EPILOG = """
Each citation is same; moved (to the letter, elsewhere: says where); changed (says what stands
there now); or missing. Those that are not the same are listed as file:line:column.

Examples:

  claimx verify table.json

  claimx verify table.json articles/

Exit status: 0 every citation is the same; 1 the table, or all of SOURCES, cannot be read; 2 bad
usage; 3 some citation moved, changed or is missing; 130 interrupted.
"""


@app.command(epilog=_EPILOG)
def verify(
    table: Annotated[Path, typer.Argument(metavar="TABLE.json", help="A table, as JSON.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCES",
            help="Where the articles are now. Default: the paths kept in the table, as seen from "
            "here or from the table's folder or one above it.",
        ),
    ] = None,
    form: Annotated[Form, typer.Option("--format", "-f", help="text or json.")] = Form.text,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the articles, as for extract.")
    ] = None,
) -> None:
    """Check every citation of a table against the files as they are now."""
    with report_errors():
        loaded = load_table(table)
        try:
            found = verify_table(loaded, *(sources or ()), base=table.parent, encoding=encoding)
        except LookupError as exc:
            fail(f"--encoding: {exc}. Name one that Python knows.", EXIT_USAGE)
        for failure in found.failures:
            say(f"failed: {failure.error}")
        write_out(found.to_json() if form is Form.json else found.to_text())
    if not found.holds:
        raise typer.Exit(EXIT_PARTLY)
