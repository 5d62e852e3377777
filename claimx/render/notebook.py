"""Render a claim table as an HTML fragment for a notebook; all text is escaped."""

from collections.abc import Iterator
from html import escape

from claimx.records import ClaimGroup
from claimx.render.show import (
    count_documents,
    count_things,
    label_documents,
    list_places,
    list_speakers,
    show_text,
)
from claimx.table import ClaimTable

# Rows that a notebook shows well; use a report or data frame for all.
MAX_ROWS = 50
_HEADINGS = ("Claim", "Support", "According to", "Where")


def render_fragment(table: ClaimTable) -> str:
    """Write the first rows as an HTML table, with the number of further rows below it."""
    counts = table.counts()
    caption = (
        f"{count_things(counts.groups, 'claim')} of {count_documents(counts)}, "
        f"{counts.shared} in two or more, {count_things(counts.conflicts, 'conflict')}, "
        f"{sum(counts.rejected.values())} rejected, {count_things(counts.failures, 'failure')}"
    )
    rows = "".join(
        _write_cells("td", _list_cells(table, group, labels))
        for labels in [label_documents(table.documents)]
        for group in table.groups[:MAX_ROWS]
    )
    more = counts.groups - MAX_ROWS
    rest = f"<p>and {more} more: to_frame(), to_markdown()</p>" if more > 0 else ""
    head = _write_cells("th", _HEADINGS)
    return f"<table><caption>{caption}</caption>{head}{rows}</table>{rest}"


def _list_cells(table: ClaimTable, group: ClaimGroup, labels: dict[str, str]) -> Iterator[str]:
    disputed = any(group.id in (one.a, one.b) for one in table.conflicts)
    yield f"{group.claim} [{group.id}]" + " (disputed)" * disputed
    yield f"{group.support}/{len(table.documents)}"
    yield ", ".join(list_speakers(group))
    yield " ".join(list_places(group.citations, labels))


def _write_cells(tag: str, cells: Iterator[str] | tuple[str, ...]) -> str:
    written = "".join(
        f'<{tag} style="text-align: left">{escape(show_text(cell))}</{tag}>' for cell in cells
    )
    return f"<tr>{written}</tr>"
