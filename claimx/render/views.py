"""Render what follows from dates and outlets as JSON: the timeline, and the coverage by outlet."""

from claimx.render.json import write_json
from claimx.table import ClaimTable, Folder
from claimx.views.coverage import find_coverage
from claimx.views.timeline import find_timeline


def render_timeline(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """Write who reported each claim first, and which numbers changed, as `ClaimTable.timeline`."""
    return write_json(find_timeline(table))


def render_coverage(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """Write what each outlet says and leaves out, as `ClaimTable.coverage`."""
    return write_json(find_coverage(table))
