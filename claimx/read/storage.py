"""
Object storage through fsspec: open what an address names, list it, and copy objects.

Keys and tokens come from the environment, as the library of each storage reads it. One in an
address is refused, and shown nowhere.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from glob import has_magic
from pathlib import Path
from typing import Any, NamedTuple

from claimx.errors import InputError, name_fault
from claimx.read.addresses import is_address
from claimx.read.file import HEAD, MAX_WHOLE, File
from claimx.read.formats import choose_format, find_named
from claimx.read.reader import ReadOptions

# What is read, and the package that fsspec needs for it. What unpacks or wraps other addresses
# (zip://, simplecache::, reference://) is left out: it would open what nobody named.
SCHEMES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "adlfs"),
    "oci": "ocifs",
    "oss": "ossfs",
    "memory": "",
}
MAX_ROWS = 10_000_000_000
"""Bytes of an object with one article per row, which is copied to a temporary file."""

# Rows are read a few at a time, so that their file may be large.
_ROWS = frozenset((".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".warc"))
_ADDRESS = re.compile(r"([a-z][a-z0-9+.:-]+)://(.*)", re.IGNORECASE | re.DOTALL)
# "key:secret@", where a secret may have slashes; "name@"; and "?token=".
_USER = re.compile(r"\A(?:[^/@:]*:[^@]*|[^/@]*)@")
_QUERY = re.compile(r"\?[^/]*=.*", re.DOTALL)
# The same in what a library says.
_SECRET = re.compile(r"(?<=//)(?:[^/@:\s]*:[^@\s]*|[^/@\s]*)@|\?[^/\s]*=\S*")
# Microsoft writes container@account, which is no secret. Keys are sent to no other host.
_CONTAINER = re.compile(r"[\w$-]+@[a-z0-9]+\.(?:dfs|blob)\.core\.windows\.net(?=/|$)")
_MAX_SHOWN = 255
# Objects of up to so many bytes are fetched by one request.
_AT_ONCE = 8_000_000
_CHUNK = 1 << 20
# Bytes that tell the format of an object with an unknown ending, packed or not.
_BEGIN = 16 * HEAD


class Entry(NamedTuple):
    """An object with its *size*, or a folder, which has none."""

    path: str
    size: int | None = None


class Listing(NamedTuple):
    """
    What lies in the folder *path*: names of folders, and names of objects with their sizes.

    *nameless* if there is also something that has no name.
    """

    path: str
    folders: list[str]
    objects: list[tuple[str, int]]
    nameless: bool


def is_stored(source: str) -> bool:
    """Return whether *source* is an address of any kind but a page's, rather than a path."""
    return _ADDRESS.match(source) is not None and not is_address(source)


def show_address(address: str) -> str:
    """
    Return *address* without a password or query, cut to a length that can be shown.

    >>> show_address("s3://id:se/cret@bucket/a?token=b"), show_address("az://me@box/a")
    ('s3://bucket/a', 'az://box/a')
    """
    scheme, rest = _split(address)
    rest = _QUERY.sub("", rest)
    if not _is_container(scheme, rest):
        rest = _USER.sub("", rest, count=1)
    return " ".join(f"{scheme}://{rest}".split())[:_MAX_SHOWN]


def _split(address: str) -> tuple[str, str]:
    scheme, rest = address.split("://", maxsplit=1)
    return scheme.lower(), rest


def _is_container(scheme: str, rest: str) -> bool:
    return scheme in ("abfs", "abfss") and _CONTAINER.match(rest) is not None


def open_storage(source: str) -> "Storage":
    """
    Open the storage that the address *source* names.

    Raises:
        InputError: If it is not to be read, or a package is missing.
    """
    scheme, rest = _check(source)
    shown = show_address(source)
    authority, _, key = (rest.lstrip("/") if scheme == "memory" else rest).partition("/")
    if not authority or has_magic(authority):
        raise InputError(f"{shown}: names no bucket. Write {scheme}://BUCKET/PREFIX.")
    address = f"{scheme}://{authority}"
    try:
        import fsspec

        kind = fsspec.get_filesystem_class(scheme)
        with _telling(shown, "opened"):
            options = kind._get_kwargs_from_urls(address)  # as fsspec.open does
            opened = fsspec.filesystem(scheme, **options, use_listings_cache=False)
            container = str(kind._strip_protocol(f"{address}/")).strip("/")
    except (ImportError, ValueError) as exc:  # the latter of one that its package makes known
        needs = f"'claimx[cloud]' {SCHEMES[scheme]}".strip()
        raise InputError(
            f"{shown}: {scheme}:// needs {SCHEMES[scheme] or 'fsspec'}. Run: pip install {needs}"
        ) from exc
    return Storage(opened, address, container, key)


def _check(source: str) -> tuple[str, str]:
    """
    Split *source* into scheme and rest.

    Raises:
        InputError: If it is not to be read.
    """
    scheme, rest = _split(source)
    shown = show_address(source)
    if "::" in scheme or re.search(r"::[\w+.-]+://", rest):
        raise InputError(f"{shown}: chained addresses are not read. Name the objects themselves.")
    if scheme not in SCHEMES:
        raise InputError(
            f"{shown}: {scheme[:40]}:// is not read. Download it, or name an address that begins "
            f"with {', '.join(filter(SCHEMES.get, SCHEMES))}, https or file."
        )
    has_user = _USER.match(rest) is not None and not _is_container(scheme, rest)
    if has_user or _QUERY.search(rest):
        raise InputError(
            f"{shown}: has a password or a query, which might be secret. Leave it out, and give "
            "keys in the environment."
        )
    return scheme, rest


@contextmanager
def _telling(shown: str, done: str) -> Iterator[None]:
    """
    Turn what fsspec raises at *shown* into one line; *done* says what could not be done to it.

    Of what the libraries of storages raise, nothing is certain but that it is an exception.

    Raises:
        InputError: If anything is raised but a missing package or missing memory.
    """
    try:
        yield
    except (InputError, ImportError, MemoryError):
        raise
    except FileNotFoundError as exc:
        raise InputError(f"{shown}: no such object or bucket. Check the address.") from exc
    except Exception as exc:
        why = _SECRET.sub("", name_fault(exc))
        raise InputError(
            f"{shown}: cannot be {done} ({why}). Check the address, the network, and the keys in "
            "the environment."
        ) from exc


class Storage:
    """
    The objects of a bucket; *key* is what was named in it.

    A path begins with *container*, which is the bucket as the file system *opened* knows it.
    """

    def __init__(self, opened: Any, address: str, container: str, key: str) -> None:
        self.container = container
        self.key = key
        self._opened = opened
        self._address = address

    def show(self, path: str) -> str:
        """Return the address of *path*."""
        return self._address + path[len(self.container) :]

    def find(self, path: str) -> Entry | None:
        """
        Find out what *path* is; None if nothing is there.

        Raises:
            InputError: If that cannot be known.
        """
        with _telling(self.show(path), "read"):
            try:
                found = self._opened.info(path)
            except FileNotFoundError:
                return None
            return Entry(path, None if found["type"] == "directory" else _read_size(found))

    def list(self, path: str) -> Listing:
        """
        List the folder *path*, in order; one that is not there is empty.

        Raises:
            InputError: If it cannot be listed.
        """
        folders: set[str] = set()
        objects: dict[str, int] = {}
        nameless = False
        with _telling(self.show(path), "listed"):
            for entry in self._iterate(path):
                at, is_folder = entry["name"].lstrip("/"), entry["type"] == "directory"
                if not at.startswith(f"{path}/"):
                    continue  # an object of this very name
                name = at[len(path) + 1 :]
                if not name.strip("/"):  # an empty object may mark the folder
                    nameless |= is_folder or _read_size(entry) > 0
                elif is_folder:
                    folders.add(name.rstrip("/"))
                else:
                    objects[name] = _read_size(entry)
        return Listing(path, sorted(folders), sorted(objects.items()), nameless)

    def _iterate(self, path: str) -> Any:
        try:
            return self._opened.ls(path, detail=True)
        except FileNotFoundError:
            return ()

    def copy(self, path: str, size: int, to: Path) -> Path:
        """
        Copy the object at *path*, of about *size* bytes, into the file *to*.

        Of one with an unknown ending no more is fetched than tells whether it can be read.

        Raises:
            InputError: If it cannot be read or written, or is too large.
        """
        file = File(self.show(path), to)
        most = MAX_ROWS if file.ending in _ROWS else MAX_WHOLE
        too_large = InputError(f"{file.name}: more than {most // 1_000_000} MB. Split it.")
        try:
            if size > _BEGIN and find_named(file) is None:
                to.write_bytes(self._fetch(path, _BEGIN))
                choose_format(file, ReadOptions())
            if size > most:
                raise too_large
            with to.open("wb") as copy:
                for chunk in self._stream(path, size):
                    copy.write(chunk)
                    if copy.tell() > most:
                        raise too_large
        except OSError as exc:
            raise InputError(
                f"{file.name}: cannot be copied to {to.parent} ({exc.strerror}). Make room there, "
                "or set TMPDIR to another folder."
            ) from exc
        return to

    def _stream(self, path: str, size: int) -> Iterator[bytes]:
        """Yield the bytes of an object: one request for a small one. *size* may have changed."""
        if 0 < size <= _AT_ONCE:
            whole = self._fetch(path, _AT_ONCE + 1)
            if len(whole) <= _AT_ONCE:
                yield whole
                return
        with _telling(self.show(path), "read"), self._opened.open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def _fetch(self, path: str, most: int) -> bytes:
        with _telling(self.show(path), "read"):
            return bytes(self._opened.cat_file(path, start=0, end=most))


def _read_size(entry: Any) -> int:
    """Return the size of an object, 0 if it is not known."""
    return int(entry.get("size") or 0)
