"""`claimx show`: show claims in the terminal, each quote within its source line."""

from typing import Annotated

import typer
from rich.console import Console

from claimx.cli.app import app
from claimx.cli.load import NOTHING, About, TableArgument, load, name_document
from claimx.cli.output import report_errors, say, write_out
from claimx.review.show import show as show_table

_EPILOG = """
Examples:

  claimx show table.json --min-support 2

  claimx show table.json --claim C9916a33f

  claimx show table.json --document 003 --conflicts

  claimx show table.json --about "ferry sank Friday"

Exit status: 0 done, even if no claim matches the filters; 1 the table cannot be read, or has no
such claim or document; 2 bad usage; 130 interrupted.
"""


@app.command(epilog=_EPILOG)
def show(  # noqa: PLR0913  # one parameter an option: typer's way
    *,
    table: TableArgument,
    claim: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Only the claim with this ID, or with an ID that starts like this."
        ),
    ] = None,
    document: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only claims of this document.")
    ] = None,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Only conflicting claims, in pairs.")
    ] = False,
    min_support: Annotated[
        int, typer.Option(metavar="N", min=1, help="Only claims made by at least N documents.")
    ] = 1,
    about: About = None,
) -> None:
    """Show the claims of a table, each with its quote underlined in the source line."""
    with report_errors():
        document = name_document(table, document)
        loaded = load(
            table,
            min_support=min_support,
            document=document,
            claim=claim,
            about=about,
            disputing=True,
        )
        if table.is_dir() and not loaded.groups:
            document = None  # a selection without claims does not have it either
        shown = show_table(
            loaded,
            claim=claim,
            document=document,
            conflicts=conflicts,
            min_support=min_support,
            about=about,
            width=Console().width,
        )
        write_out(shown)
    if not shown:
        say(NOTHING)
