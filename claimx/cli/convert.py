"""`claimx convert`: write a table in another format."""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import About, MinSupport, OfDocument, TableArgument, load_selected
from claimx.cli.output import (
    FormatName,
    Target,
    choose_target,
    deliver,
    refuse_same,
    report_errors,
    write_file,
)
from claimx.render import FORMATS, render_table

_EPILOG = f"""
Formats: {", ".join(one.name for one in FORMATS)}.

Examples:

  claimx convert table.json -o table.xlsx

  claimx convert table.json -o table.md -o table.csv

  claimx convert table.json --format bibtex

  claimx convert table.json --about "ferry Bergen" -o ferry.md

  claimx convert parts/ --min-support 20 -o table.json    # of a run in parts

Exit status: 0 done; 1 the table cannot be read, or OUT cannot be written; 2 bad usage; 130
interrupted.
"""


@app.command(epilog=_EPILOG)
def convert(  # noqa: PLR0913  # one parameter an option: typer's way
    *,
    table: TableArgument,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="File to write. Repeat it for several files."
        ),
    ] = None,
    format_name: FormatName = None,
    min_support: MinSupport = 1,
    document: OfDocument = None,
    about: About = None,
) -> None:
    """Write a table in another format."""
    outputs: list[Path | None] = [*output] if output else [None]
    targets = [choose_target(path, format_name) for path in outputs]
    for target in targets:
        refuse_same(target.path, table)
    with report_errors():
        loaded = load_selected(table, min_support=min_support, document=document, about=about)
        for path, known in targets:
            if path is None:
                deliver(loaded, Target(path, known))
            else:
                write_file(path, render_table(loaded, known.name, base=path.parent))
