"""
Render a claim table: one module per format, all behind `render_table`.

A format is a function from a table to text or bytes, with its file suffixes. To add
one, write a module and a line in `FORMATS`; other packages add theirs by an entry
point, see `GROUP`.
"""

from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol

from claimx.disk import explain_unwritten, write_whole
from claimx.errors import OutputError
from claimx.table import ClaimTable, Folder, check_citations


class Renderer(Protocol):
    """Renders a table; links to files are relative to the folder *base*."""

    def __call__(self, table: ClaimTable, *, base: Folder | None = None) -> str | bytes:
        """Render *table*; the same table yields the same bytes."""


class Format(NamedTuple):
    """
    A format for tables; *endings* are file suffixes, without the dot.

    *needs* is a module from claimx's extra called *name*, for formats that need more
    than the core.
    """

    name: str
    endings: tuple[str, ...]
    render: Renderer
    needs: str = ""


def _import_later(module: str, name: str) -> Renderer:
    """Return the renderer *name* of *module*, which only its format needs: it is imported then."""

    def render(table: ClaimTable, *, base: Folder | None = None) -> str | bytes:
        renderer: Renderer = getattr(import_module(f"claimx.render.{module}"), name)
        return renderer(table, base=base)

    return render


FORMATS = (
    Format("markdown", ("md", "markdown"), _import_later("markdown", "render_markdown")),
    Format("csv", ("csv",), _import_later("csv", "render_csv")),
    Format("json", ("json",), _import_later("json", "render_json")),
    Format("html", ("html", "htm"), _import_later("html", "render_html")),
    Format("jsonl", ("jsonl", "ndjson"), _import_later("jsonl", "render_jsonl")),
    Format("sqlite", ("db", "sqlite"), _import_later("sqlite", "render_sqlite")),
    Format("annotations", ("jsonld",), _import_later("annotation", "render_annotations")),
    Format("xlsx", ("xlsx",), _import_later("xlsx", "render_xlsx"), needs="xlsxwriter"),
    Format("csv-excel", (), _import_later("csv", "render_excel_csv")),
    Format("parquet", ("parquet",), _import_later("parquet", "render_parquet"), needs="pyarrow"),
    Format("bibtex", ("bib",), _import_later("references", "render_bibtex")),
    Format("csl-json", (), _import_later("references", "render_csl")),
    Format("claimreview", (), _import_later("claimreview", "render_claimreview")),
    Format("timeline", (), _import_later("views", "render_timeline")),
    Format("coverage", (), _import_later("views", "render_coverage")),
    Format("table", (), _import_later("terminal", "render_terminal")),
)


# Entry points of this group refer to a `Format` and have its name.
GROUP = "claimx.renderers"


def find_format(name: str) -> Format:
    """
    Find a format by its name or a file suffix, in any case; built-in ones come first.

    >>> find_format("MD").name
    'markdown'

    Raises:
        OutputError: If there is none, or a module it needs is not installed.
    """
    wanted = name.lower().removeprefix(".")
    for known in FORMATS:
        if wanted == known.name or wanted in known.endings:
            return _check_needs(known)
    registered = _find_registered()
    if wanted in registered:
        return _check_needs(_load_format(registered[wanted]))
    for known in _list_formats():
        if wanted in known.endings:
            return _check_needs(known)
    names = ", ".join([*(known.name for known in FORMATS), *sorted(registered)])
    raise OutputError(f"Unknown format {name!r}. Use one of: {names}.")


def guess_format(path: Folder) -> Format:
    """
    Find the format for the suffix of *path*.

    Raises:
        OutputError: If the suffix is missing or unknown, or a module that the format
            needs is not installed.
    """
    ending = Path(path).suffix
    for known in _list_formats():
        if ending.lower().removeprefix(".") in known.endings:
            return _check_needs(known)
    endings = [f".{one}" for known in _list_formats() for one in known.endings]
    raise OutputError(
        f"{path}: no format ends in {ending or 'nothing'!r}. "
        f"Use one of {', '.join(endings)}, or pass --format."
    )


def _list_formats() -> Iterator[Format]:
    """Yield the built-in formats, then those of other packages, without broken ones."""
    yield from FORMATS
    for _, point in sorted(_find_registered().items()):
        with suppress(OutputError):
            yield _load_format(point)


def _find_registered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load_format(point: EntryPoint) -> Format:
    where = f"Format {point.name!r} ({point.value})"
    try:
        found = point.load()
    except Exception as exc:
        raise OutputError(
            f"{where} cannot be loaded: {exc}. Mend or uninstall the package that brings it."
        ) from exc
    if not isinstance(found, Format):
        raise OutputError(f"{where} is no claimx.render.Format. Mend the package that brings it.")
    return found


def _check_needs(known: Format) -> Format:
    if known.needs and find_spec(known.needs) is None:
        raise OutputError(
            f"{known.name} needs {known.needs}. Run: pip install 'claimx[{known.name}]'."
        )
    return known


def render_table(table: ClaimTable, name: str, *, base: Folder | None = None) -> bytes:
    """
    Render *table* in the format *name*, after checking every citation once more.

    Text is encoded as UTF-8; write the bytes unchanged, to keep the line ends.

    Raises:
        OutputError: If the format is unknown, or a citation differs from its
            document.
    """
    check_citations(table)
    rendered = find_format(name).render(table, base=base)
    return rendered.encode() if isinstance(rendered, str) else rendered


def save_table(table: ClaimTable, path: Path, name: str | None = None) -> None:
    """
    Write *table* to *path* in the format *name*, else in the format of the suffix.

    Raises:
        OutputError: If there is no such format, or *path* cannot be written.
    """
    known = find_format(name) if name else guess_format(path)
    rendered = render_table(table, known.name, base=path.parent)
    try:
        write_whole(path, rendered)
    except OSError as exc:
        raise OutputError(explain_unwritten(path, exc, "Check the path.")) from exc
