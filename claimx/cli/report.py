"""`claimx report`: make a web page from a table."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import About, MinSupport, OfDocument, TableArgument, load_selected
from claimx.cli.output import (
    EXIT_USAGE,
    Target,
    choose_target,
    fail,
    refuse_same,
    report_errors,
    write_file,
)
from claimx.render import render_table

_EPILOG = """
The page works offline and is a single file, which you can open or send to others.

Examples:

  claimx report table.json -o report.html

  claimx extract articles/ -o report.html

Exit status: 0 done; 1 the table cannot be read, or OUT cannot be written; 2 bad usage; 130
interrupted.
"""


@app.command(epilog=_EPILOG)
def report(
    table: TableArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.html", help="File to write. Default: stdout."),
    ] = None,
    min_support: MinSupport = 1,
    document: OfDocument = None,
    about: About = None,
) -> None:
    """Make a web page from a table."""
    if output is None and sys.stdout.isatty():
        fail("A page is not for a terminal. Pass -o report.html.", EXIT_USAGE)
    target = choose_target(output, "html")
    refuse_same(target.path, table)
    _check_ending(target)
    with report_errors():
        page = render_table(
            load_selected(table, min_support=min_support, document=document, about=about),
            target.format.name,
        )
        if target.path is not None:
            write_file(target.path, page)
        else:
            sys.stdout.buffer.write(page)
            sys.stdout.flush()


def _check_ending(target: Target) -> None:
    endings = target.format.endings
    if target.path is not None and target.path.suffix[1:].lower() not in endings:
        wanted = " or ".join(f".{ending}" for ending in endings)
        fail(
            f"{target.path}: a report is a page for a browser. Use the ending {wanted}.", EXIT_USAGE
        )
