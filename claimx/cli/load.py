"""Load the table that a command is about: a JSON file, or a selection of a run in parts."""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.output import EXIT_USAGE, fail
from claimx.table import ClaimTable, load_table

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE.json", help="Table in JSON format, or the folder of extract --work."
    ),
]
MinSupport = Annotated[
    int,
    typer.Option(
        metavar="N", min=1, help="Of a folder of --work, only claims made by at least N documents."
    ),
]
OfDocument = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of a folder of --work, only claims of this document."),
]


def load(
    path: Path, *, min_support: int = 1, document: str | None = None, claim: str | None = None
) -> ClaimTable:
    """Load the table in *path*; of a folder, only what passes the filters."""
    if not path.is_dir():
        return load_table(path)
    from claimx.parts.select import load_selection

    return load_selection(path, min_support=min_support, document=document, claim=claim)


def load_selected(path: Path, min_support: int, document: str | None) -> ClaimTable:
    """Load the table in *path*; filters go with a folder."""
    if not path.is_dir() and (min_support > 1 or document is not None):
        fail("--min-support and --document go with a folder of --work.", EXIT_USAGE)
    return load(path, min_support=min_support, document=document)
