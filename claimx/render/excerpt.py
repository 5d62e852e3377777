"""Cut a quote with its line out of its text, and underline it with carets."""

from collections.abc import Iterator

from rich.cells import get_character_cell_size

from claimx.records import Span
from claimx.render.show import show_text

# Characters of context on either side of a quote.
_AROUND = 40
_CUT = "…"

# A displayed character, its width in columns, and whether it is part of the quote.
_Cell = tuple[str, int, bool]


def mark_quote(text: str, span: Span, width: int) -> Iterator[tuple[str, str]]:
    """
    Return the line with *span*, wrapped to *width* columns, each row with its carets.

    Text far from the span is cut off. Columns are those of a terminal: a wide character
    has two, and two carets below it.

    >>> list(mark_quote("One. Costs fell 4%. End.", Span(start=5, end=19), 40))
    [('One. Costs fell 4%. End.', '     ^^^^^^^^^^^^^^')]
    """
    for row in _wrap(_list_cells(text, span), max(width, 2)):
        shown = "".join(character for character, _, _ in row)
        carets = "".join(("^" if quoted else " ") * cells for _, cells, quoted in row)
        yield shown.rstrip(), carets.rstrip()


def _list_cells(text: str, span: Span) -> list[_Cell]:
    """List the cells to show of the line, or lines, of *span*."""
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.end - 1)
    line_end = len(text) if line_end < 0 else max(line_end, span.end)
    start, end = line_start, line_end
    if span.start - line_start > _AROUND:
        start = text.find(" ", span.start - _AROUND, span.start) + 1 or span.start
    if line_end - span.end > _AROUND:
        end = max(text.rfind(" ", span.end, span.end + _AROUND), span.end)
    cells = [_show(text[at], span.start <= at < span.end) for at in range(start, end)]
    before = [(_CUT, 1, False)] if start > line_start else []
    after = [(_CUT, 1, False)] if end < line_end else []
    return [*before, *cells, *after]


def _show(character: str, quoted: bool) -> _Cell:
    shown = " " if character.isspace() else show_text(character)
    return shown, get_character_cell_size(shown), quoted


def _wrap(cells: list[_Cell], width: int) -> Iterator[list[_Cell]]:
    """Break *cells* into rows of at most *width* columns, at spaces if possible."""
    row: list[_Cell] = []
    used = space = 0
    for cell in cells:
        while used + cell[1] > width:
            cut = space or len(row)
            yield row[:cut]
            row = row[cut:]
            used, space = sum(columns for _, columns, _ in row), 0
        row.append(cell)
        used += cell[1]
        space = len(row) if cell[0] == " " else space
    yield row
