"""
Functions that a table offers as methods and does not import, since they build on the table.

The package, which knows both sides, sets them in `claimx/__init__.py`.
"""

from collections.abc import Callable
from typing import Any


class Renderers:
    """What a `claimx.table.ClaimTable` calls; each takes the table first."""

    render_table: Callable[..., bytes]
    make_frame: Callable[..., Any]
    render_fragment: Callable[..., str]


renderers = Renderers()
