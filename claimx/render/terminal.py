"""Render a claim table for a terminal, fitted to its width; no text of an article is markup."""

import io
from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from claimx.records import ClaimGroup, Conflict
from claimx.render.show import label_documents, list_places, list_speakers, show_text
from claimx.table import ClaimTable, Folder

WIDTH = 100


def render_terminal(
    table: ClaimTable,
    *,
    base: Folder | None = None,  # noqa: ARG001
    width: int = WIDTH,
) -> str:
    """Write *table* as plain text, *width* columns wide, whatever the terminal is."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False
    )
    console.print(layout_table(table))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def layout_table(table: ClaimTable) -> RenderableType:
    """Lay *table* out for `rich.console.Console.print`, which knows width and colours."""
    labels = label_documents(table.documents)
    rows = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    rows.add_column("Claim", ratio=3, overflow="fold")
    rows.add_column("Support", justify="right", no_wrap=True)
    rows.add_column("Where", ratio=1, min_width=9, overflow="fold")
    for group in table.groups:
        support = f"{group.support}/{len(table.documents)}"
        places = " ".join(f"[{place}]" for place in list_places(group.citations, labels))
        rows.add_row(
            _word_claim(group),
            Text(support, style="bold" if group.support > 1 else ""),
            Text(places, style="cyan"),
        )
    groups = {group.id: group for group in table.groups}
    return Group(rows, *_layout_conflicts(table.conflicts, groups, labels))


def _word_claim(group: ClaimGroup) -> Text:
    wording = Text(show_text(group.claim))
    speakers = list_speakers(group)
    if speakers:
        wording.append(f" ({show_text(', '.join(speakers))})", style="dim")
    return wording


def _layout_conflicts(
    conflicts: tuple[Conflict, ...], groups: dict[str, ClaimGroup], labels: dict[str, str]
) -> Iterator[RenderableType]:
    if conflicts:
        yield Text("Where they disagree", style="bold yellow")
    for conflict in conflicts:
        yield Text(f"\n{conflict.kind}: {show_text(conflict.why)}", style="yellow")
        for group in (groups[conflict.a], groups[conflict.b]):
            places = " ".join(f"[{place}]" for place in list_places(group.citations, labels))
            yield Padding(Text(f"{show_text(group.claim)} {places}"), (0, 0, 0, 2))
