"""Recognise what a file is, where something else was expected."""

import re

# First bytes of files that are taken for a table: what claimx writes, and what else has a mark.
_KINDS = tuple(
    (re.compile(form), name)
    for form, name in (
        (rb"\s*\Z", "An empty file"),
        (rb"PAR1", "A Parquet file"),
        (rb"SQLite format 3\0", "An SQLite database"),
        (rb"PK\x03\x04(?s:.*?)\bxl/", "An Excel file"),
        (rb"PK\x03\x04", "A zip archive"),
        (rb"\x1f\x8b", "A file packed with gzip"),
        (rb"%PDF-", "A PDF file"),
        (rb"(?i)\s*<(?:!doctype html|html)\b", "A web page"),
        (rb"# What [\d,]+ documents? claims?\r?\n", "A Markdown file"),
        (rb"\s*@\w+\{", "A BibTeX file"),
        (rb"(?:\xef\xbb\xbf)?\"?group_id\"?,", "A CSV file"),
        (rb"\s*\{\"id\": ?\"[^\"]*\", ?\"kind\": ?\"", "A file of decisions"),
        (rb"\{\"id\": ?\"C[0-9a-f]+\", ?\"claim\": ?|\{[^\n]+\}\r?\n\s*\{", "A file of JSON Lines"),
        (rb"\s*[\[{]\s*(?:\{\s*)?\"@context\": ?", "A JSON-LD file"),
        (rb"\s*\[\s*\{\s*\"id\": ?\"[^\"]*\",\s*\"type\": ?", "A CSL-JSON file"),
        (rb"\s*\{\s*\"as_of\": ?", "A timeline"),
        (rb"\s*\{\s*\"outlets\": ?", "A list of outlets"),
    )
)
_TABLE = re.compile(rb"\s*\{\s*\"schema_version\": ?\d")
# A spreadsheet names its sheets further in, and a first line may be long.
_HEAD = 1 << 16


def name_kind(data: bytes | str) -> str | None:
    """
    Name what *data* is, by its first bytes, if it is known and no table in JSON.

    >>> name_kind(b"PAR1...")
    'A Parquet file'
    """
    head = data[:_HEAD]
    head = head.encode("utf-8", "surrogatepass") if isinstance(head, str) else head
    return next((name for form, name in _KINDS if form.match(head)), None)


def name_no_decisions(data: bytes) -> str | None:
    """
    Name what *data* is, by its first bytes, if it is known and has no lines of JSON.

    >>> name_no_decisions(b'{"schema_version": 2')
    'A claim table'
    """
    if _TABLE.match(data[:_HEAD]):
        return "A claim table"
    name = name_kind(data)
    return None if name in {"A file of decisions", "A file of JSON Lines"} else name
