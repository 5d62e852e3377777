"""Turn a table's rows into a data frame, with whichever library is there."""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from claimx.errors import OutputError
from claimx.table import COLUMNS, ClaimTable

_LIBRARIES = ("pandas", "polars")


def make_frame(table: ClaimTable, library: str | None = None) -> Any:
    """
    Make a data frame of `ClaimTable.to_records`: of *library*, else of what is there.

    Of two, the one that is imported already is meant, else pandas.

    Raises:
        OutputError: If there is none, or not this one.
    """
    if library not in (None, *_LIBRARIES):
        raise OutputError(f"library={library!r}: use pandas or polars.")
    wanted = [library] if library else sorted(_LIBRARIES, key=lambda name: name not in sys.modules)
    found = [name for name in wanted if find_spec(name)]
    if not found:
        raise OutputError(f"A data frame needs {' or '.join(wanted)}. Install it with pip.")
    rows = table.to_records()
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return import_module(found[0]).DataFrame(columns)
