"""Choose the reader of a file: by its first bytes, then by its suffix."""

import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from claimx.errors import InputError
from claimx.read.csv import read_csv
from claimx.read.docx import read_docx
from claimx.read.epub import read_epub
from claimx.read.file import File
from claimx.read.html import read_html
from claimx.read.odt import read_odt
from claimx.read.parquet import read_parquet
from claimx.read.pdf import read_pdf
from claimx.read.plain import read_plain
from claimx.read.reader import Format, ReadOptions
from claimx.read.rows import read_json_lines
from claimx.read.saved import read_mhtml, read_warc
from claimx.read.subtitles import read_subtitles

PLAIN = Format("text/plain", (".txt",), read_plain)

JSON_LINES = Format("application/jsonl", (".jsonl", ".ndjson"), read_json_lines)
CSV = Format("text/csv", (".csv",), read_csv)
HTML = Format("text/html", (".html", ".htm", ".xhtml"), read_html, extra="html", apart=True)

FORMATS = (
    PLAIN,
    Format("text/markdown", (".md", ".markdown"), read_plain),
    HTML,
    Format("application/pdf", (".pdf",), read_pdf, (b"%PDF-",), "pdf", apart=True),
    Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
        read_docx,
        (b"PK\x03\x04",),
        "docx",
        apart=True,
    ),
    Format("application/epub+zip", (".epub",), read_epub, extra="html", apart=True),
    Format(
        "application/vnd.oasis.opendocument.text", (".odt",), read_odt, extra="html", apart=True
    ),
    Format("multipart/related", (".mhtml", ".mht"), read_mhtml, extra="html", apart=True),
    Format("application/warc", (".warc",), read_warc, (b"WARC/",), "warc", apart=True),
    Format("application/x-subrip", (".srt",), read_subtitles, extra="subtitles"),
    Format("text/vtt", (".vtt",), read_subtitles, (b"WEBVTT", b"\xef\xbb\xbfWEBVTT"), "subtitles"),
    CSV,
    Format("text/tab-separated-values", (".tsv",), read_csv),
    JSON_LINES,
    Format(
        "application/vnd.apache.parquet",
        (".parquet",),
        read_parquet,
        (b"PAR1",),
        "parquet",
        apart=True,
    ),
)
# Start of an HTML page, even if it is called .txt.
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)?"
    rb"<(?:!doctype html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
# EPUB and OpenDocument files begin with an unpacked part that has their type (OCF 3.3, 4.3).
_MIMETYPE = re.compile(rb"PK\x03\x04.{26}mimetype(application/[\w.+-]+?)(?:PK|\s|$)", re.DOTALL)
_ZIPPED = (".epub", ".odt")
# Media types that servers give to files of any kind, and other names of those that we know.
_VAGUE = frozenset(("", "text/plain", "application/octet-stream", "binary/octet-stream"))
_SAME = {"application/xhtml+xml": "text/html", "application/x-pdf": "application/pdf"}
GROUP = "claimx.readers"


def choose_format(file: File, options: ReadOptions) -> Format:
    """
    Choose the format of *file*: by its first bytes, else by its suffix.

    Stdin has no suffix; it holds rows if *options* name a text column, else plain text.

    Raises:
        InputError: If no format matches.
    """
    marked = _find_marked(file)
    if marked:
        return marked
    if file.ending in ("", *PLAIN.endings) and _PAGE.match(file.head):
        return HTML
    if not file.path and options.text_column:
        return JSON_LINES if file.head.lstrip().startswith(b"{") else CSV
    if not file.path:
        return PLAIN
    if named := find_named(file):
        return named
    what = f"{file.ending} is not supported" if file.ending else "a name without an ending"
    raise InputError(f"{file.name}: {what}. Convert it to {list_endings()}.")


def _find_marked(file: File) -> Format | None:
    """Find the format by the first bytes of *file*."""
    named = _MIMETYPE.match(file.head)
    media_type = named[1].decode() if named else ""
    for known in FORMATS:
        if media_type == known.media_type:
            return known
        if file.head.startswith(known.marks) and not media_type and file.ending not in _ZIPPED:
            return known
    return None


def find_named(file: File) -> Format | None:
    """Find the format by the suffix of *file*."""
    known = (*FORMATS, *load_plugins())
    return next((one for one in known if file.ending in one.endings), None)


@cache
def load_plugins() -> tuple[Format, ...]:
    """
    Load the formats that other packages register.

    Raises:
        InputError: If one cannot be loaded.
    """
    return tuple(_load(point) for point in entry_points(group=GROUP))


def choose_ending(media_type: str, address: str) -> str:
    """
    Choose the suffix under which to keep a page of *media_type*.

    Raises:
        InputError: If no reader reads such pages.
    """
    known = (*FORMATS, *load_plugins())
    named = PurePosixPath(urlsplit(address).path).suffix.lower()
    if media_type in _VAGUE and any(named in one.endings for one in known):
        return named
    found = next(
        (one for one in known if one.media_type == _SAME.get(media_type, media_type)), None
    )
    if found is None:
        what = media_type[:60] or "a page of no type"
        raise InputError(f"{address}: {what} is not supported. Save its text as .txt.")
    return found.endings[0]


def list_endings() -> str:
    """List the supported suffixes, one for each format."""
    *most, last = (known.endings[0] for known in FORMATS)
    return f"{', '.join(most)} or {last}"


def _load(point: EntryPoint) -> Format:
    try:
        loaded = point.load()
    except Exception as exc:  # the other package may raise anything when it is imported
        raise InputError(
            f"The reader {point.name} ({point.value}) fails: {exc}. Remove it."
        ) from exc
    if not isinstance(loaded, Format):
        raise InputError(f"The reader {point.name} ({point.value}) is no Format. Remove it.")
    return loaded
