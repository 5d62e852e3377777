"""Render one JSON object per claim and line, as read by pandas, polars, jq and datasets."""

from collections import defaultdict

from claimx.records import Conflict
from claimx.render.json import write_json
from claimx.table import ClaimTable, Folder


def render_jsonl(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """
    Write each group on a line of its own, as in the JSON format, with its *conflicts*.

    Every line has the same fields. Only the JSON format has documents, rejected claims
    and failures.
    """
    conflicts: dict[str, list[Conflict]] = defaultdict(list)
    for conflict in table.conflicts:
        for name in {conflict.a, conflict.b}:
            conflicts[name].append(conflict)
    return "".join(
        write_json({**dict(group), "conflicts": conflicts[group.id]}, indent=None)
        for group in table.groups
    )
