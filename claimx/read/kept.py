"""
Keep fetched pages in a folder: the bytes as they came, and beside them a note of where from.

A page that is kept is not fetched again, and reads the same wherever the folder is.
"""

import codecs
import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from claimx.disk import write_whole
from claimx.errors import InputError
from claimx.read.ahead import Ahead
from claimx.read.find import NOTE
from claimx.records import Record

if TYPE_CHECKING:
    from claimx.read.fetch import Fetched, Fetcher

_log = logging.getLogger(__name__)

_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
_MAX_NAME = 60
_CHARSET = re.compile(r";\s*charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAX_NOTE = 100_000


class Note(Record):
    """Where a kept page is from: *address* as it was asked for, *url* where it was found."""

    address: str
    url: str
    time: str
    status: int
    content_type: str
    sha256: str
    file: str


class Kept(Record):
    """A kept page: its file, and its note."""

    path: Path
    note: Note


class Pages:
    """
    The fetched pages in *folder*; if *offline*, no others are fetched.

    *choose_ending* tells a page's suffix from its media type and address.
    """

    def __init__(
        self,
        folder: Path,
        choose_ending: Callable[[str, str], str],
        fetcher: "Fetcher | None" = None,
        *,
        offline: bool = False,
    ) -> None:
        self._folder = folder
        self._choose_ending = choose_ending
        self._fetcher = fetcher
        self._offline = offline
        self._ahead: Ahead[Kept] = Ahead(self._take)

    def expect(self, addresses: Iterable[str]) -> None:
        """
        Say which pages will be asked for next, in this order: some are fetched ahead.

        Raises:
            ImportError: If what fetching needs is not installed.
        """
        if not self._offline:
            self._ahead.expect(list(self._list_asked(addresses)))

    def forget(self) -> None:
        """Fetch nothing ahead any more."""
        self._ahead.forget()

    def get(self, address: str) -> Kept:
        """
        Return the page at *address*: the one kept, else fetch it and keep it.

        Raises:
            InputError: If it cannot be had, or is no article.
            OSError: If it cannot be kept.
        """
        asked = self._read(address)
        return self._take(asked) if self._offline else self._ahead.take(asked)

    def _list_asked(self, addresses: Iterable[str]) -> Iterator[str]:
        for address in addresses:
            with suppress(InputError):  # which `get` tells
                yield self._read(address)

    def _read(self, address: str) -> str:
        from claimx.read.fetch import Fetcher, read_address  # httpx2 is slow to import

        self._fetcher = self._fetcher or Fetcher()
        return str(read_address(address))

    def _take(self, asked: str) -> Kept:
        at = self._folder / f"{_name_page(asked)}{NOTE}"
        if at.is_file():
            return _read_kept(at, asked)
        if self._offline or self._fetcher is None:
            raise InputError(f"{asked}: not kept, and a replay uses no network. Fetch it before.")
        _log.info("fetching %s", asked)
        return self._keep(at, asked, self._fetcher.fetch(asked))

    def _keep(self, at: Path, asked: str, page: "Fetched") -> Kept:
        media_type = page.content_type.partition(";")[0].strip().lower()
        ending = self._choose_ending(media_type, page.address) + (".gz" if page.packed else "")
        path = at.with_name(at.name.removesuffix(NOTE) + ending)
        note = Note(
            address=asked,
            url=page.address,
            time=page.time,
            status=page.status,
            content_type=page.content_type,
            sha256=hashlib.sha256(page.body).hexdigest(),
            file=path.name,
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, page.body)
        write_whole(at, (note.model_dump_json(indent=1) + "\n").encode())
        return Kept(path=path, note=note)


def find_note(path: Path) -> Note | None:
    """Return the note on the page at *path*, if it is one that was fetched."""
    at = path.with_name(Path(path.name.removesuffix(".gz")).stem + NOTE)
    return _read_note(at) if at.is_file() else None


def find_charset(note: Note, raw: bytes) -> str | None:
    """
    Return the encoding that the server told, unless the page is UTF-8 or says one by a mark.

    Servers often name a default of theirs that the page contradicts.
    """
    told = _CHARSET.search(note.content_type)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return None
    if told is None or raw.startswith(_MARKS):
        return None
    try:
        "".encode(told[1])
    except (LookupError, ValueError):
        return None
    return told[1]


def _name_page(address: str) -> str:
    """
    Name the file of a page so that a person recognises it, and no two share it.

    >>> _name_page("https://www.example.org/News/toll")
    'www-example-org-news-toll-4e5d1fd3bb'
    """
    plain = _NOT_IN_NAME.sub("-", address.partition("://")[2].lower()).strip("-")[:_MAX_NAME]
    return f"{plain}-{hashlib.sha256(address.encode()).hexdigest()[:10]}"


def _read_kept(at: Path, asked: str) -> Kept:
    note = _read_note(at)
    path = at.with_name(Path(note.file).name)
    if note.address != asked or not path.is_file():
        raise InputError(f"{at}: belongs to no page beside it. Remove it to fetch {asked} anew.")
    with path.open("rb") as stream:
        now = hashlib.file_digest(stream, "sha256").hexdigest()
    if now != note.sha256:
        raise InputError(
            f"{path}: changed since it was fetched. Put it back, or remove {at} to fetch it anew."
        )
    return Kept(path=path, note=note)


def _read_note(at: Path) -> Note:
    try:
        with at.open("rb") as stream:
            return Note.model_validate(json.loads(stream.read(_MAX_NOTE)))
    except (ValueError, ValidationError, RecursionError) as exc:
        raise InputError(f"{at}: no note on a page. Remove it to fetch the page anew.") from exc
