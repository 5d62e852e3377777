"""What a reader is: a file in, its articles out."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from claimx.errors import InputError
from claimx.read.file import File
from claimx.records import Record


class ReadOptions(Record):
    """
    How to read; null leaves it to the file.

    *encoding* is of text. *text_column* and *id_column* are of files with one
    article a row.
    """

    encoding: str | None = None
    text_column: str | None = None
    id_column: str | None = None


class Article(NamedTuple):
    """
    One article of a file.

    *pages* are the offsets in *text* where pages begin, *times* are (offset,
    milliseconds) where captions do. *name* tells it from
    the other articles of its file, and is empty when there are none; *is_id*
    says that the file itself names it so.
    """

    text: str
    title: str | None = None
    metadata: Mapping[str, str] = {}
    pages: tuple[int, ...] = ()
    times: tuple[tuple[int, int], ...] = ()
    name: str = ""
    is_id: bool = False


Reader = Callable[[File, ReadOptions], Iterable[Article | InputError]]
"""Yields the articles of a file; an error in between is of one article, a raised one the last."""


class Format(NamedTuple):
    """
    A kind of file and its reader.

    *endings* are in lower case, with the dot. A file that begins with one of
    *marks* is of this kind whatever it is called. *extra* is what to install
    when *read* misses a module.
    """

    media_type: str
    endings: tuple[str, ...]
    read: Reader
    marks: tuple[bytes, ...] = ()
    extra: str = ""
