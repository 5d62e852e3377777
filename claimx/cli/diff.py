"""`claimx diff`: compare two tables."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import load
from claimx.cli.output import EXIT_PARTLY, report_errors, write_out
from claimx.review.diff import diff as diff_tables

_EPILOG = """
Claims are identified by their wording and citations. A claim is not new if only its position
changed, or if another claim joined its group.

Examples:

  claimx diff old.json new.json

  claimx diff old.json new.json --format markdown

Exit status: 0 no difference; 1 a table cannot be read; 2 bad usage; 3 something differs; 130
interrupted.
"""


class DiffForm(StrEnum):
    """Output format of the command."""

    text = "text"
    markdown = "markdown"
    json = "json"


@app.command(epilog=_EPILOG)
def diff(
    old: Annotated[
        Path,
        typer.Argument(
            metavar="OLD.json", help="Table in JSON format, or the folder of extract --work."
        ),
    ],
    new: Annotated[Path, typer.Argument(metavar="NEW.json", help="Later table, or folder.")],
    form: Annotated[
        DiffForm, typer.Option("--format", "-f", help="Output format: text, markdown or json.")
    ] = DiffForm.text,
) -> None:
    """List the claims and conflicts that were added or removed between two tables."""
    with report_errors():
        found = diff_tables(load(old), load(new))
        writers = {
            DiffForm.text: found.to_text,
            DiffForm.markdown: found.to_markdown,
            DiffForm.json: found.to_json,
        }
        write_out(writers[form]())
    if not found.is_empty:
        raise typer.Exit(EXIT_PARTLY)
