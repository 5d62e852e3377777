"""Recognise files that claimx wrote: its results are no articles."""

import re

from claimx.read.file import File

# First bytes of each format; the others have suffixes without a reader.
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
        rb"(?i)\s*<!doctype html>(?s:.*)<meta name=\"generator\" content=\"claimx\">",
    )
)


def is_own(file: File) -> bool:
    """Return whether *file* is a table or report that claimx wrote."""
    return any(form.match(file.head) for form in _FORMS)
