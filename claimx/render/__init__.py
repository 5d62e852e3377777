"""
Render a claim table: one file a format, all behind `render_table`.

A format is a function from a table to text or bytes, and the file endings it
goes by. A new one is one file and one line in `FORMATS`.
"""

from pathlib import Path
from typing import NamedTuple, Protocol

from claimx.errors import OutputError
from claimx.render.csv import render_csv
from claimx.render.html import render_html
from claimx.render.json import render_json
from claimx.render.markdown import render_markdown
from claimx.render.terminal import render_terminal
from claimx.table import ClaimTable, Folder, check_citations


class Renderer(Protocol):
    """Renders a table; links lead to files as seen from the folder *base*."""

    def __call__(self, table: ClaimTable, *, base: Folder | None = None) -> str | bytes:
        """Render *table*: the same table, the same result, byte for byte."""


class Format(NamedTuple):
    """A way to write a table; *endings* are of file names, without the dot."""

    name: str
    endings: tuple[str, ...]
    render: Renderer


FORMATS = (
    Format("markdown", ("md", "markdown"), render_markdown),
    Format("csv", ("csv",), render_csv),
    Format("json", ("json",), render_json),
    Format("html", ("html", "htm"), render_html),
    Format("table", (), render_terminal),
)


def find_format(name: str) -> Format:
    """
    Find a format by its name or a file ending, in any case.

    >>> find_format("MD").name
    'markdown'

    Raises:
        OutputError: If there is none.
    """
    wanted = name.lower().removeprefix(".")
    for known in FORMATS:
        if wanted == known.name or wanted in known.endings:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise OutputError(f"Unknown format {name!r}. Use one of: {names}.")


def guess_format(path: Folder) -> Format:
    """
    Find the format that the ending of *path* stands for.

    Raises:
        OutputError: If the ending is missing or unknown.
    """
    ending = Path(path).suffix
    endings = [f".{one}" for known in FORMATS for one in known.endings]
    if ending.lower() not in endings:
        raise OutputError(
            f"{path}: no format ends in {ending or 'nothing'!r}. "
            f"Use one of {', '.join(endings)}, or pass --format."
        )
    return find_format(ending)


def render_table(table: ClaimTable, name: str, *, base: Folder | None = None) -> bytes:
    """
    Render *table* in the format *name*, after checking every citation once more.

    Text is encoded as UTF-8; write the result as it is, so that line ends stay.

    Raises:
        OutputError: If the format is unknown, or a citation is not what its
            document says.
    """
    check_citations(table)
    rendered = find_format(name).render(table, base=base)
    return rendered.encode() if isinstance(rendered, str) else rendered
