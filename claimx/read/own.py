"""Recognise files that claimx wrote: its results are no articles."""

import io
import re

from claimx.errors import InputError
from claimx.read.archive import open_archive
from claimx.read.file import HEAD, File

# First bytes of each format.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rb"# What [\d,]+ documents? claims?\r?\n(?s:.*)\bproposed claim",
        rb"# What differs\r?\n\r?\n[\d,]+ (?:claims?|difference)",
        rb"(?:\xef\xbb\xbf)?\"?group_id\"?,\"?claim\"?,\"?support\"?,\"?document_id\b",
        rb"\{\"id\": ?\"C[0-9a-f]{8,64}\", ?\"claim\": ?",
        rb"\s*\{\s*\"schema_version\": ?\d+,\s*\"documents\": ?\[",
        rb"\s*\{\s*\"@context\"(?s:.*)\"claims and where they stand, by claimx\"",
        rb"\s*\{\s*\"as_of\": ?(?:null|\"[\d-]{4,10}\"),\s*\"undated\": ?\[",
        rb"\s*\{\s*\"outlets\": ?\[\s*\{\s*\"outlet\": ?",
        rb"\s*\{\s*\"@context\": ?\"https://schema.org\",\s*\"@graph\": ?\[\s*\{\s*"
        rb"\"@type\": ?\"ClaimReview\"",
        rb"C[0-9a-f]{8,64}  \d+/\d+  ",
        rb"1\. [^\n]*\r?\n   \d\.\d\d  \S",
        rb"group,score,document,text,claim,conflicts\r?\n",
        rb"\s*\{\s*\"groups\": ?\[\s*\{\s*\"id\": ?1,\s*\"claim\": ?",
        rb" *Claim +Support +Where *\r?\n(?:\xe2\x94\x80){20}",
        rb"@misc\{[A-Za-z\d-]+,\r?\n  title = \{\{",
        rb"\s*\[\s*\{\s*\"id\": \"[A-Za-z\d-]+\",\s*"
        rb"\"type\": \"(?:webpage|document)\",\s*\"title\"",
        rb"SQLite format 3\x00(?s:.*)CREATE INDEX citations_of_group\b",
        rb"(?i)\s*<!doctype html>(?s:.*)<meta name=\"generator\" content=\"claimx\">",
    )
)


_WORKBOOK, _LINKS = "xl/workbook.xml", b"xl/_rels/workbook.xml.rels"
_SHEETS = re.compile(rb'<sheets><sheet name="Claims"[^<>]*/><sheet name="Citations"')
_PARQUET = b"PAR1"
_TAIL = 8  # bytes at the end of Parquet: the length of the footer in four, and its mark
_COLUMNS = re.compile(rb"(?s)group_id.{1,16}claim.{1,16}support.{1,16}document_id")


def is_own(file: File) -> bool:
    """Return whether *file* is a table or report that claimx wrote."""
    head = file.head
    if _LINKS in head:
        return _is_workbook(file)
    if head.startswith(_PARQUET):
        return _COLUMNS.search(_read_footer(file)) is not None
    return any(form.match(head) for form in _FORMS)


def _is_workbook(file: File) -> bool:
    try:
        book = open_archive(file, "XLSX", lambda archive: archive.read(_WORKBOOK))
    except InputError:
        return False
    return _SHEETS.search(book) is not None


def _read_footer(file: File) -> bytes:
    """Read the beginning of what stands behind the data of Parquet, the columns first."""
    with file.open() as stream:
        if file.is_packed or file.size < _TAIL:
            return b""
        stream.seek(-_TAIL, io.SEEK_END)
        length = int.from_bytes(stream.read(4), "little")
        stream.seek(max(0, file.size - _TAIL - length))
        return stream.read(HEAD)
