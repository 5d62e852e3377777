"""The interface of readers: a file in, its articles out."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from claimx.errors import InputError
from claimx.read.file import File
from claimx.records import Record

_log = logging.getLogger(__name__)
_MAX_WHY = 60
MAX_TEXT = 20_000_000
"""Characters of one article in a packed format: 12 novels."""


class ReadOptions(Record):
    """
    Options for reading; None means to decide for each file.

    *encoding* applies to text files; *text_column* and *id_column* apply to files
    with one article per row.
    """

    encoding: str | None = None
    text_column: str | None = None
    id_column: str | None = None


class Article(NamedTuple):
    """
    One article of a file.

    *pages* are the offsets in *text* where pages begin, *times* are (offset,
    milliseconds) where captions begin. *name* distinguishes it from the other
    articles of its file, and is empty if there are none; *is_id* if the file itself
    contains that name.
    """

    text: str
    title: str | None = None
    metadata: Mapping[str, str] = {}
    pages: tuple[int, ...] = ()
    times: tuple[tuple[int, int], ...] = ()
    name: str = ""
    is_id: bool = False


@contextmanager
def blame_file(file: File, kind: str, advice: str) -> Iterator[None]:
    """
    Turn what libraries raise at *file* into an error that says it is a broken *kind*.

    Of what a library raises at a broken file, nothing is certain but that it is an exception.

    Raises:
        InputError: If anything is raised but what says more: an error of claimx, a missing module,
            or missing memory.
    """
    try:
        yield
    except (InputError, ImportError, MemoryError):
        raise
    except Exception as exc:
        _log.debug("%s", file.name, exc_info=exc)
        why = " ".join(str(exc).split())[:_MAX_WHY] or type(exc).__name__
        raise InputError(f"{file.name}: broken {kind} ({why}). {advice}") from exc


class Produced:
    """
    Counts the characters that a reader makes of *file*, while it makes them.

    A few bytes that are packed, nested or repeated can become millions.
    """

    def __init__(self, file: File) -> None:
        self._file = file
        self._size = 0

    def count(self, text: str, more: int = 0) -> str:
        """
        Return *text* after counting it, and *more* characters around it.

        Raises:
            InputError: If there are too many by now.
        """
        self._size += len(text) + more
        if self._size > MAX_TEXT:
            raise InputError(
                f"{self._file.name}: more than {MAX_TEXT // 10**6} million characters of text. "
                "Split it."
            )
        return text


Reader = Callable[[File, ReadOptions], Iterable[Article | InputError]]
"""Yields the articles of a file. A yielded error concerns one article; a raised one the file."""


class Format(NamedTuple):
    """
    A kind of file and its reader.

    *endings* are suffixes in lower case, with the dot. A file that begins with one of
    *marks* has this format whatever its name is. *extra* is the extra to install if
    *read* misses a module. *apart* reads in a process of its own, with limits of
    memory and time: for what native libraries parse, or what is packed.
    """

    media_type: str
    endings: tuple[str, ...]
    read: Reader
    marks: tuple[bytes, ...] = ()
    extra: str = ""
    apart: bool = False
