"""Convert a table's rows to data frames of pandas or polars."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from claimx.errors import OutputError
from claimx.table import ClaimTable
from claimx.views.lists import Listing, list_all

_LIBRARIES = ("pandas", "polars")


# pandas frames have attributes of these names, which would hide the column.
_RENAMED = {"flags": "claim_flags"}
_NAMES = ("groups", "claims", "citations", "conflicts", "rejected", "documents")


def make_frame(table: ClaimTable, library: str | None = None) -> Any:
    """Make the data frame of `ClaimTable.to_records`, as `make_frames` does."""
    return make_frames(table, library, ("citations",))["citations"]


def make_frames(
    table: ClaimTable, library: str | None = None, names: Sequence[str] = _NAMES
) -> dict[str, Any]:
    """
    Make the data frames *names* of *table*, with *library* or else an installed one.

    If both are installed, the imported one is preferred, then pandas.

    Raises:
        OutputError: If none, or not this one, is installed.
    """
    if library not in (None, *_LIBRARIES):
        raise OutputError(f"library={library!r}: use pandas or polars.")
    wanted = [library] if library else sorted(_LIBRARIES, key=lambda name: name not in sys.modules)
    found = [name for name in wanted if find_spec(name)]
    if not found:
        raise OutputError(f"A data frame needs {' or '.join(wanted)}. Install it with pip.")
    make = import_module(found[0]).DataFrame
    listings = list_all(table)
    return {name: make(_turn(listings[name])) for name in names}


def _turn(listing: Listing) -> dict[str, list[Any]]:
    """Convert rows to columns."""
    rows = list(listing.rows)
    return {_RENAMED.get(name, name): [row[name] for row in rows] for name in listing.columns}
