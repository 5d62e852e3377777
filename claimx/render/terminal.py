"""Render a claim table for a terminal, at its width; text of articles is never markup."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

from claimx.records import ClaimGroup
from claimx.render.show import (
    label_documents,
    list_places,
    list_speakers,
    say_echo,
    show_text,
)
from claimx.table import ClaimTable, Folder, describe_review

WIDTH = 100
_GAP = "  "
_HEADINGS = ("", "Claim", "Support", "Where")
_LEAST_CLAIM, _LEAST_WHERE = 10, 9
# Least width at which ids are shown.
_WITH_IDS = 60
_BOLD, _CYAN, _YELLOW, _DIM = (Style.parse(one) for one in ("bold", "cyan", "yellow", "dim"))
_PLAIN = Style()

# Parts of one line, each with its style.
_Line = Sequence[tuple[str, Style]]


def render_terminal(
    table: ClaimTable,
    *,
    base: Folder | None = None,  # noqa: ARG001
    width: int = WIDTH,
) -> str:
    """Write *table* as plain text, *width* columns wide, regardless of the terminal."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False
    )
    console.print(layout_table(table))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def layout_table(table: ClaimTable) -> RenderableType:
    """Lay out *table* for `rich.console.Console.print`, which knows width and colours."""
    return _Layout(table)


@dataclass(frozen=True)
class _Layout:
    """Passes finished lines to rich, whose own tables take seconds for thousands of rows."""

    table: ClaimTable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _list_lines(self.table, options.max_width):
            yield from (Segment(text, style) for text, style in line)
            yield Segment.line()


def _list_lines(table: ClaimTable, width: int) -> Iterator[_Line]:
    labels = label_documents(table.documents)
    support = len(_HEADINGS[2])
    name = max((len(group.id) for group in table.groups), default=0) if width >= _WITH_IDS else 0
    room = width - name - len(_GAP) if name else width
    where = max((room - support) // 4, _LEAST_WHERE)
    claim = max(room - support - where - 2 * len(_GAP), _LEAST_CLAIM)
    widths = (name, claim, support, where)
    yield from _list_row(_HEADINGS, widths, (_BOLD, _BOLD, _BOLD, _BOLD))
    yield [("─" * width, _PLAIN)]
    for group in table.groups:
        strong = _BOLD if group.support > 1 else _PLAIN
        cells = (
            group.id if name else "",
            _word_claim(group),
            f"{group.support}/{len(table.documents)}",
            _say_places(group, labels),
        )
        yield from _list_row(cells, widths, (_DIM, _PLAIN, strong, _CYAN))
    yield from _list_conflicts(table, labels, width)
    yield from _list_echoes(table, labels, width)


def _list_row(
    cells: Sequence[str], widths: tuple[int, int, int, int], styles: Sequence[Style]
) -> Iterator[_Line]:
    """Wrap the cells of a row side by side: id (if its width is not 0), claim, support, places."""
    columns = [wrap_text(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for name, claim, support, where in zip_longest(*columns, fillvalue=""):
        padding = " " * (widths[1] - cell_len(claim))
        line = [
            (name.ljust(widths[0]) + _GAP, styles[0]),
            (claim + padding + _GAP, styles[1]),
            (support.rjust(widths[2]) + _GAP, styles[2]),
            (where, styles[3]),
        ]
        yield line if widths[0] else line[1:]


def _list_conflicts(table: ClaimTable, labels: dict[str, str], width: int) -> Iterator[_Line]:
    groups = {group.id: group for group in table.groups}
    if table.conflicts:
        yield []
        yield [("Where they disagree", _YELLOW)]
    for conflict in table.conflicts:
        yield []
        for line in wrap_text(f"{conflict.kind}: {show_text(conflict.why)}", width):
            yield [(line, _YELLOW)]
        for group in (groups[conflict.a], groups[conflict.b]):
            side = f"{_word_claim(group)} {_say_places(group, labels)}"
            yield from ([(_GAP + line, _PLAIN)] for line in wrap_text(side, width - len(_GAP)))


def _list_echoes(table: ClaimTable, labels: dict[str, str], width: int) -> Iterator[_Line]:
    if table.echoes:
        yield []
        yield [("Documents that repeat one another", _YELLOW)]
    for echo in table.echoes:
        line = f"{labels[echo.a]} and {labels[echo.b]}: {say_echo(echo)}"
        yield from ([(part, _PLAIN)] for part in wrap_text(line, width))


def wrap_text(text: str, width: int) -> list[str]:
    """
    Break *text* into lines of at most *width* columns, between words if possible.

    >>> wrap_text("Costs fell 4%.", 10)
    ['Costs fell', '4%.']
    """
    lines, used = [""], 0
    for word in _split_words(text, width):
        columns = cell_len(word)
        if used and used + 1 + columns <= width:
            lines[-1] += f" {word}"
            used += 1 + columns
        else:
            lines.append(word)
            used = columns
    return lines[1:] if len(lines) > 1 else lines


def _split_words(text: str, width: int) -> Iterator[str]:
    """Split *text* into words, and words wider than a line into pieces."""
    for word in text.split():
        if len(word) * 2 > width and cell_len(word) > width:
            yield from chop_cells(word, width)
        else:
            yield word


def _word_claim(group: ClaimGroup) -> str:
    notes = [*list_speakers(group), *describe_review(group)]
    return show_text(f"{group.claim} ({', '.join(notes)})" if notes else group.claim)


def _say_places(group: ClaimGroup, labels: dict[str, str]) -> str:
    return " ".join(f"[{place}]" for place in list_places(group.citations, labels))
