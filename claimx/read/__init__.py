"""
Read articles: convert paths, folders, globs and stdin to documents, one at a time.

A reader is a small module with a function from a `File` to its `Article`s, and a
`Format` that defines which files it reads. The built-in ones are listed in
`formats.FORMATS`; other packages register a `Format` under the entry point group
``claimx.readers``.
"""

from claimx.read.decode import GUESSED
from claimx.read.documents import (
    REPLACED,
    ReadResult,
    Source,
    Sources,
    count_sources,
    find_articles,
    iter_documents,
    list_sources,
    make_document,
    open_pages,
    read_documents,
)
from claimx.read.file import File
from claimx.read.plain import UNREAD
from claimx.read.reader import Article, Format, ReadOptions

__all__ = [
    "GUESSED",
    "REPLACED",
    "UNREAD",
    "Article",
    "File",
    "Format",
    "ReadOptions",
    "ReadResult",
    "Source",
    "Sources",
    "count_sources",
    "find_articles",
    "iter_documents",
    "list_sources",
    "make_document",
    "open_pages",
    "read_documents",
]
