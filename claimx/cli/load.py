"""Load the table that a command is about: a JSON file, or a selection of a run in parts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from claimx.cli.output import say
from claimx.errors import InputError
from claimx.review.select import find_document, select_table
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


def load(  # noqa: PLR0913  # one parameter a filter
    path: Path,
    *,
    min_support: int = 1,
    document: str | None = None,
    claim: str | None = None,
    about: str | None = None,
    disputing: bool = False,
) -> ClaimTable:
    """
    Load the table in *path*; of a folder, only what passes the filters.

    With *disputing*, also the groups that contradict these.

    Raises:
        InputError: If it cannot be read, or the folder has no run in parts.
    """
    if not path.is_dir():
        return load_table(path)
    check_run(path)
    from claimx.parts.select import load_selection

    return load_selection(
        path,
        min_support=min_support,
        document=name_document(path, document),
        claim=claim,
        about=about,
        disputing=disputing,
    )


def name_document(path: Path, document: str | None) -> str | None:
    """
    Return *document* by its id, if *path* is the folder of a run in parts; else as it is given.

    Raises:
        InputError: If the run has no such document, or several.
    """
    if document is None or not path.is_dir():
        return document
    check_run(path)
    from claimx.parts.select import has_claims_of, list_documents

    if has_claims_of(path, document):
        return document
    return find_document(list_documents(path), document)


def check_run(folder: Path) -> None:
    """
    Check that *folder* holds a run in parts.

    Raises:
        InputError: If it does not.
    """
    if not _has_run(folder):
        raise InputError(
            f"{folder}: a folder with no run in parts. Name a table's JSON file, or the folder of "
            "--work."
        )


def load_whole(path: Path) -> ClaimTable:
    """
    Load the table in the file *path*.

    Raises:
        InputError: If it cannot be read, or is the folder of a run in parts.
    """
    if path.is_dir() and _has_run(path):
        raise InputError(
            f"{path}: a run in parts. Write its table first: claimx convert {path} -o table.json."
        )
    return load_table(path)


def _has_run(folder: Path) -> bool:
    from claimx.parts.store import MARK  # the room of parts is large

    return (folder / MARK).exists()


def load_selected(
    path: Path, *, min_support: int = 1, document: str | None = None, about: str | None = None
) -> ClaimTable:
    """Load what passes the filters of the table in *path*; say if nothing does."""
    filters: dict[str, Any] = {"min_support": min_support, "document": document, "about": about}
    table = load(path, **filters) if path.is_dir() else select_table(load_table(path), **filters)
    if not table.groups and (min_support > 1 or document or about):
        say(NOTHING)
    return table
