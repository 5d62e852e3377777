"""
Find the objects that an address names, as `find` does files, and copy them to be read.

An address is read as a path is: ``s3://bucket/prefix`` is an object, or the folder of all objects
whose keys begin with ``prefix/``.
"""

import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fnmatch import translate
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import NamedTuple, TypeVar

from claimx.errors import InputError
from claimx.read.find import Passed, explain_own, explain_temporary
from claimx.read.storage import Entry, Listing, Storage, open_storage

# Objects fetched ahead of the one that is read, and their bytes; folders listed ahead.
_AHEAD = 16
_BYTES_AHEAD = 100_000_000
_FOLDERS_AHEAD = 4

T = TypeVar("T")


class Stored(NamedTuple):
    """
    An object in storage: its *address*, and its name for users.

    *is_named* if it was named itself, rather than a folder or pattern; *copy* writes it to a file.
    """

    address: str
    name: str
    size: int
    is_named: bool
    copy: Callable[[Path], Path]


class Copy(NamedTuple):
    """An object that is copied to a file: *take* waits for that, or raises why it is not."""

    stored: Stored
    take: Callable[[], Path]


Finds = Iterator[Stored | Passed | InputError]
Matches = Iterator[Entry | Passed | InputError]


def find_objects(source: str) -> Finds:
    """
    Yield each object that the address *source* names, in the order in which files are found.

    Of a folder, one level at a time is in memory. Hidden and temporary names, and folders where
    claimx keeps answers, are skipped as in a folder of files.
    """
    try:
        yield from _find(open_storage(source))
    except InputError as exc:
        yield exc


def copy_ahead(
    found: Iterable[Stored | T], folder: Path, begins: Callable[[], bool]
) -> Generator[Copy | T, None, None]:
    """
    Copy the objects *found* into *folder*, some ahead of the one that is yielded, in their order.

    While *begins* is false, none is copied before it is taken. The caller removes a copy.
    """
    waiting: deque[tuple[Copy | T, int]] = deque()
    with ThreadPoolExecutor(_AHEAD) as pool:
        try:
            for number, one in enumerate(found):
                if isinstance(one, Stored):
                    copy = partial(one.copy, folder / str(number))
                    take = pool.submit(copy).result if begins() else copy
                    waiting.append((Copy(one, take), one.size))
                else:
                    waiting.append((one, 0))
                while len(waiting) > _AHEAD or sum(size for _, size in waiting) > _BYTES_AHEAD:
                    yield waiting.popleft()[0]
            while waiting:
                yield waiting.popleft()[0]
        finally:
            pool.shutdown(cancel_futures=True)


def _find(storage: Storage) -> Finds:
    path = f"{storage.container}/{storage.key}".rstrip("/")
    found = storage.find(path)
    if found and (found.size is None or storage.key.endswith("/")):
        yield from _walk_folder(storage, path)
    elif found:
        yield _make(storage, path, _name(path), found.size or 0, is_named=True)
    elif has_magic(storage.key):
        yield from _match_pattern(storage)
    else:
        shown = storage.show(path)
        more = f"; {shown}* names all that begin so" if storage.key else ""
        yield InputError(f"{shown}: no such object or folder. Check the address{more}.")


def _make(storage: Storage, path: str, name: str, size: int, *, is_named: bool = False) -> Stored:
    copy = partial(storage.copy, path, size)
    return Stored(storage.show(path), name, size, is_named, copy)


def _judge(storage: Storage, path: str, name: str, size: int) -> Stored | Passed:
    if why := explain_temporary(_name(path)):
        return Passed(storage.show(path), why)
    return _make(storage, path, name, size)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _walk_folder(storage: Storage, folder: str) -> Finds:
    count = 0
    for found in _walk_visible(storage, folder):
        if not isinstance(found, Listing):
            count += 1
            yield found
            continue
        for name, size in found.objects:
            if not name.startswith("."):
                count += 1
                path = f"{found.path}/{name}"
                yield _judge(storage, path, path[len(folder) + 1 :], size)
    if not count:
        yield InputError(f"{storage.show(folder)}: no object in this folder. Check the address.")


def _walk_visible(storage: Storage, folder: str) -> Iterator[Listing | Passed | InputError]:
    """Walk through the folders below *folder* that may hold articles."""
    for found in _walk(storage, folder):
        if isinstance(found, InputError):
            yield found
            continue
        shown = storage.show(found.path)
        if why := explain_own(name for name, _ in found.objects):
            found.folders.clear()
            yield Passed(shown, why)
            continue
        found.folders[:] = [name for name in found.folders if not name.startswith(".")]
        if found.nameless:
            yield InputError(
                f"{shown}//: objects with an empty name in their path are not listed. Name each "
                "by itself, or rename them."
            )
        yield found


def _walk(storage: Storage, folder: str) -> Iterator[Listing | InputError]:
    """Yield the listing of *folder*, and of all folders that are left in a listing."""
    waiting = [folder]
    coming: dict[str, Future[Listing]] = {}
    with ThreadPoolExecutor(_FOLDERS_AHEAD) as pool:
        try:
            while waiting:
                for path in waiting[-_FOLDERS_AHEAD:]:
                    coming[path] = coming.get(path) or pool.submit(storage.list, path)
                path = waiting.pop()
                try:
                    listing = coming.pop(path).result()
                except InputError as exc:
                    yield exc
                    continue
                yield listing
                waiting += (f"{path}/{name}" for name in reversed(listing.folders))
        finally:
            pool.shutdown(cancel_futures=True)


def _match_pattern(storage: Storage) -> Finds:
    """Yield what the pattern matches; of a folder that it matches, what is in it."""
    parts = storage.key.rstrip("/").split("/")
    if parts[-1] == "**":
        parts.pop()
    found = list(_expand(storage, storage.container, parts))
    yield from (one for one in found if not isinstance(one, Entry))
    if not found:
        shown = storage.show(f"{storage.container}/{storage.key}")
        yield InputError(f"{shown}: matches no object. Check the pattern.")
    for path, size in sorted({one for one in found if isinstance(one, Entry)}, key=_place):
        if size is None:
            yield from _walk_folder(storage, path)
        else:
            yield _judge(storage, path, _name(path), size)


def _place(match: Entry) -> tuple[str, bool]:
    return match.path, match.size is None


def _expand(storage: Storage, folder: str, parts: list[str]) -> Matches:
    """
    Yield what *parts*, one a level, match below *folder*.

    What they match is hidden only where they say so, as in a shell.
    """
    if not parts:
        yield Entry(folder)
        return
    first, *rest = parts
    if first == "**":
        for found in _walk_visible(storage, folder):
            yield from _expand_in(storage, found, rest) if isinstance(found, Listing) else (found,)
    elif rest and not has_magic(first):
        yield from _expand(storage, f"{folder}/{first}", rest)
    else:
        try:
            listing = storage.list(folder)
        except InputError as exc:
            yield exc
        else:
            yield from _expand_in(storage, listing, parts)


def _expand_in(storage: Storage, listing: Listing, parts: list[str]) -> Matches:
    first, *rest = parts
    if first == "**":
        yield from _expand(storage, listing.path, parts)
        return
    pattern = re.compile(translate(first))

    def fits(name: str) -> bool:
        is_shown = first.startswith(".") or not name.startswith(".")
        return is_shown and pattern.match(name) is not None

    for name in filter(fits, listing.folders):
        yield from _expand(storage, f"{listing.path}/{name}", rest)
    for name, size in () if rest else listing.objects:
        if fits(name):
            yield Entry(f"{listing.path}/{name}", size)
