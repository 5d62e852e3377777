"""
Functions that a table offers as methods and does not import, since they build on the table.

The package, which knows both sides, sets them in `claimx/__init__.py`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimx.views.coverage import Coverage
    from claimx.views.timeline import Timeline


class Renderers:
    """What a `claimx.table.ClaimTable` calls; each takes the table first."""

    render_table: Callable[..., bytes]
    save_table: Callable[..., None]
    make_frame: Callable[..., Any]
    make_frames: Callable[..., dict[str, Any]]
    render_fragment: Callable[..., str]
    find_coverage: "Callable[..., Coverage]"
    find_timeline: "Callable[..., Timeline]"


renderers = Renderers()
