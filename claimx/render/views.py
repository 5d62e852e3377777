"""Render the timeline, and the coverage by outlet, as JSON."""

from claimx.render.json import write_json
from claimx.table import ClaimTable, Folder
from claimx.views.coverage import find_coverage
from claimx.views.timeline import find_timeline


def render_timeline(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """Write `ClaimTable.timeline`: who reported each claim first, and which numbers changed."""
    return write_json(find_timeline(table))


def render_coverage(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """Write `ClaimTable.coverage`: what each outlet reports and omits."""
    return write_json(find_coverage(table))
