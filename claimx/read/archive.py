"""Open ZIP archives with XML text, within size limits, and parse XML without entities."""

import io
import zipfile
from collections.abc import Callable
from posixpath import join, normpath
from typing import Any, TypeVar

from claimx.errors import InputError
from claimx.read.file import File
from claimx.read.reader import blame_file

# In memory, XML takes ten times its size; a long novel has 2 MB.
MAX_XML = 50_000_000

T = TypeVar("T")


class Archive:
    """The parts of an archive; the total size of what is read is limited."""

    def __init__(self, file: File, archive: zipfile.ZipFile) -> None:
        self._file = file
        self._archive = archive
        self._left = MAX_XML

    def read(self, name: str) -> bytes:
        """
        Read the part *name*.

        Raises:
            InputError: If the parts read so far exceed the limit.
        """
        with self._archive.open(normpath(name)) as stream:
            raw = stream.read(self._left + 1)
        self._left -= len(raw)
        if self._left < 0:
            raise InputError(
                f"{self._file.name}: more than {MAX_XML // 10**6} MB of text. Split it."
            )
        return raw

    def has(self, name: str) -> bool:
        """Return whether there is a part *name*."""
        return name in self._archive.namelist()

    def parse(self, name: str) -> Any:
        """Parse the part *name* as XML; entities are not resolved, nothing is fetched."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
        return etree.fromstring(self.read(name), parser)

    def resolve(self, folder: str, name: str) -> str:
        """Resolve *name* relative to *folder*."""
        return normpath(join(folder, name))


def name_element(element: Any) -> str:
    """Return the tag of *element* without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def join_text(element: Any) -> str:
    """Join all text in *element*, in one line; empty if there is no element."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def open_archive(file: File, kind: str, read: Callable[[Archive], T]) -> T:
    """
    Open *file* and *read* it.

    Raises:
        InputError: If it is broken, too big, or no archive of this *kind*.
    """
    with (
        blame_file(file, kind, "Save it anew."),
        zipfile.ZipFile(io.BytesIO(file.read())) as archive,
    ):
        return read(Archive(file, archive))
