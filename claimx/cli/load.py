"""Load the table that a command is about: a JSON file, or a selection of a run in parts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from claimx.cli.output import say
from claimx.review.select import select_table
from claimx.table import ClaimTable, load_table

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE.json", help="Table in JSON format, or the folder of extract --work."
    ),
]
NOTHING = "no claim of the table passes these filters."

MinSupport = Annotated[
    int,
    typer.Option(metavar="N", min=1, help="Only claims made by at least N documents."),
]
OfDocument = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only claims of this document.")
]
About = Annotated[
    str | None,
    typer.Option(
        metavar="WORDS",
        help="Only claims that say all of these words, in any form; a word with a capital is a "
        "name, and said as it is written.",
    ),
]


def load(
    path: Path,
    *,
    min_support: int = 1,
    document: str | None = None,
    claim: str | None = None,
    about: str | None = None,
) -> ClaimTable:
    """Load the table in *path*; of a folder, only what passes the filters."""
    if not path.is_dir():
        return load_table(path)
    from claimx.parts.select import load_selection

    return load_selection(
        path, min_support=min_support, document=document, claim=claim, about=about
    )


def load_selected(
    path: Path, *, min_support: int = 1, document: str | None = None, about: str | None = None
) -> ClaimTable:
    """Load what passes the filters of the table in *path*; say if nothing does."""
    filters: dict[str, Any] = {"min_support": min_support, "document": document, "about": about}
    table = load(path, **filters) if path.is_dir() else select_table(load_table(path), **filters)
    if not table.groups and (min_support > 1 or document or about):
        say(NOTHING)
    return table
