"""Which reader reads which file: by what it begins with, then by its ending."""

import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from claimx.errors import InputError
from claimx.read.csv import read_csv
from claimx.read.docx import read_docx
from claimx.read.file import File
from claimx.read.html import read_html
from claimx.read.parquet import read_parquet
from claimx.read.pdf import read_pdf
from claimx.read.plain import read_plain
from claimx.read.reader import Format, ReadOptions
from claimx.read.rows import read_json_lines

PLAIN = Format("text/plain", (".txt",), read_plain)

JSON_LINES = Format("application/jsonl", (".jsonl", ".ndjson"), read_json_lines)
CSV = Format("text/csv", (".csv",), read_csv)
HTML = Format("text/html", (".html", ".htm", ".xhtml"), read_html, extra="html")

FORMATS = (
    PLAIN,
    Format("text/markdown", (".md", ".markdown"), read_plain),
    HTML,
    Format("application/pdf", (".pdf",), read_pdf, (b"%PDF-",), "pdf"),
    Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
        read_docx,
        (b"PK\x03\x04",),
        "docx",
    ),
    CSV,
    Format("text/tab-separated-values", (".tsv",), read_csv),
    JSON_LINES,
    Format("application/vnd.apache.parquet", (".parquet",), read_parquet, (b"PAR1",), "parquet"),
)
# What tells a page that is called .txt.
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)?"
    rb"<(?:!doctype html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
GROUP = "claimx.readers"


def choose_format(file: File, options: ReadOptions) -> Format:
    """
    Choose the format of *file*: that of its first bytes, else that of its ending.

    Stdin, which has none, holds rows if *options* name their text, else plain text.

    Raises:
        InputError: If there is none for it.
    """
    for known in FORMATS:
        if file.head.startswith(known.marks):
            return known
    if file.ending in ("", *PLAIN.endings) and _PAGE.match(file.head):
        return HTML
    if not file.path and options.text_column:
        return JSON_LINES if file.head.lstrip().startswith(b"{") else CSV
    if not file.path:
        return PLAIN
    for known in FORMATS:
        if file.ending in known.endings:
            return known
    for known in load_plugins():
        if file.ending in known.endings:
            return known
    what = f"{file.ending} is not supported" if file.ending else "a name without an ending"
    raise InputError(f"{file.name}: {what}. Convert it to {list_endings()}.")


@cache
def load_plugins() -> tuple[Format, ...]:
    """
    Load the formats that other packages register.

    Raises:
        InputError: If one cannot be loaded.
    """
    return tuple(_load(point) for point in entry_points(group=GROUP))


def list_endings() -> str:
    """List the endings that are read, one for each format."""
    *most, last = (known.endings[0] for known in FORMATS)
    return f"{', '.join(most)} or {last}"


def _load(point: EntryPoint) -> Format:
    try:
        loaded = point.load()
    except Exception as exc:  # whatever the other package does when it is imported
        raise InputError(
            f"The reader {point.name} ({point.value}) fails: {exc}. Remove it."
        ) from exc
    if not isinstance(loaded, Format):
        raise InputError(f"The reader {point.name} ({point.value}) is no Format. Remove it.")
    return loaded
