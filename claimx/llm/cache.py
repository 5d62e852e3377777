"""
Keep answers on disk, so that nothing is asked twice.

Only JSON is written and read: diskcache's own pickles (see CVE-2025-69872) are
refused even if a tampered database contains them. Several processes of one machine may
share a folder: SQLite in WAL mode isolates them, but not those of several machines.
"""

import hashlib
import json
import logging
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from claimx.errors import InputError
from claimx.records import Record
from claimx.settings import default_cache

_log = logging.getLogger(__name__)

_DATABASE = "cache.db"  # diskcache's name for it
_DAMAGED = "damaged.db"
_NO_LIMIT = 2**32

FORMAT = 1
"""Version of the cache format. Folders without a version file predate it."""
_MARK = "claimx-cache"  # the version file
_CACHED_PAGES = 1024  # of 4 kB
_MB = 1_000_000


def _list_faults() -> tuple[type[Exception], ...]:
    """List what a cache may raise; diskcache is slow to import."""
    import diskcache

    return (ValueError, OSError, zlib.error, sqlite3.Error, diskcache.Timeout)


@lru_cache(maxsize=1)
def _make_disk() -> Any:
    """Make the class that keeps answers as JSON alone."""
    import diskcache
    from diskcache.core import MODE_PICKLE

    class _PlainDisk(diskcache.JSONDisk):  # type: ignore[misc]  # diskcache has no types
        def get(self, key: Any, raw: bool) -> Any:
            if not raw:
                raise ValueError("a pickle, which claimx never writes")
            return super().get(key, raw)

        def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
            if mode == MODE_PICKLE:
                raise ValueError("a pickle, which claimx never writes")
            return super().fetch(mode, filename, value, read)

    return _PlainDisk


class Answers(Protocol):
    """Answers that are kept, by the hash of the request."""

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the answer kept under *key*."""

    def keep(self, key: str, answer: dict[str, Any]) -> bool:
        """Keep *answer*; return whether that worked."""

    def close(self) -> None:
        """Keep nothing more."""


class AnswerCache:
    """
    Answers by the hash of the request. Without a folder it keeps nothing.

    A folder that is deleted during a run is created again, and a damaged database is
    renamed: both lose the kept answers, but do not stop the run. Above *limit_mb*,
    the oldest answers are removed.

    Raises:
        InputError: If the folder cannot be used, or belongs to a newer version of claimx.
    """

    def __init__(self, folder: Path | None = None, limit_mb: int = _NO_LIMIT) -> None:
        self._folder = folder
        self._limit_mb = limit_mb
        self._cache = None if folder is None else _open_or_renew(folder, limit_mb)
        self._failed = False

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the answer kept under *key*; an unreadable one counts as absent."""
        if self._cache is None:
            return None
        try:
            answer = self._cache.get(key)
        except _list_faults() as exc:
            _log.warning("cache: entry %s cannot be read (%s); asking again.", key[:12], exc)
            self._renew(exc)
            return None
        return answer if isinstance(answer, dict) else None

    def keep(self, key: str, answer: dict[str, Any]) -> bool:
        """Keep *answer*; return whether that worked. A full disk does not stop the run."""
        if self._cache is None:
            return False
        try:
            if self._folder is not None and not (self._folder / _DATABASE).exists():
                self._renew(None)
            return self._cache is not None and bool(self._cache.set(key, answer))
        except _list_faults() as exc:
            if not self._failed:  # log once: on a full disk every answer fails
                _log.warning("cache: cannot write (%s); this answer is not kept.", exc)
            self._failed = True
            self._renew(exc)
            return False

    def close(self) -> None:
        """Close the database."""
        if self._cache is not None:
            self._cache.close()

    def _renew(self, reason: Exception | None) -> None:
        """Open the database again if it is gone (no *reason*) or damaged."""
        if self._folder is None or (reason and not _is_damaged(reason)):
            return
        self.close()
        try:
            self._cache = _open_or_renew(self._folder, self._limit_mb, reason)
        except InputError as exc:
            _log.warning("%s", exc)
            self._cache = None


def _is_damaged(exc: BaseException | None) -> bool:
    """Return whether *exc* means damage, not a lock, a full disk or an unusable path."""
    return isinstance(exc, sqlite3.DatabaseError) and not isinstance(exc, sqlite3.OperationalError)


def request_key(*parts: Any) -> str:
    """
    Hash the parts of a request: any JSON values, regardless of key order.

    >>> request_key({"a": 1, "b": 2}) == request_key({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class CacheInfo(Record):
    """Contents of a cache; *first* and *last* are when its answers were kept (UTC)."""

    folder: Path
    answers: int
    size_mb: float
    first: datetime | None
    last: datetime | None


def info(folder: Path | None = None) -> CacheInfo:
    """
    Describe the cache in *folder*.

    Raises:
        InputError: If there is none, or it cannot be read.
    """
    folder = folder or default_cache()
    query = "SELECT count(*), min(store_time), max(store_time) FROM Cache"
    with _open_existing(folder) as cache:
        [(count, first, last)] = _select(folder, query)
        return CacheInfo(
            folder=folder,
            answers=count,
            size_mb=round(cache.volume() / _MB, 1),
            first=first and datetime.fromtimestamp(first, UTC),
            last=last and datetime.fromtimestamp(last, UTC),
        )


def clear(folder: Path | None = None) -> int:
    """Remove every answer from the cache in *folder*; return how many there were."""
    with _open_existing(folder or default_cache()) as cache:
        return int(cache.clear(retry=True))


def prune(
    folder: Path | None = None, *, max_mb: int | None = None, days: float | None = None
) -> int:
    """
    Remove answers older than *days*, then the oldest until *max_mb* fit; return their number.

    Raises:
        InputError: If there is no cache in *folder*.
    """
    folder, removed = folder or default_cache(), 0
    with _open_existing(folder, max_mb) as cache:
        if days is not None:
            before = time.time() - days * 86_400
            keys = _select(folder, "SELECT key FROM Cache WHERE store_time < ?", before)
            for start in range(0, len(keys), 1_000):  # others can write in between
                with cache.transact(retry=True):
                    some = keys[start : start + 1_000]
                    removed += sum(cache.delete(_read_key(key)) for (key,) in some)
        return removed + (0 if max_mb is None else int(cache.cull(retry=True)))


@contextmanager
def _open_existing(folder: Path, limit_mb: int | None = None) -> Iterator[Any]:
    """Open a cache that exists already; an error describes in one line what is wrong with it."""
    if not (folder / _DATABASE).is_file():
        raise InputError(f"{folder}: no cache there. Pass --cache DIR.")
    cache = _open_cache(folder, _NO_LIMIT if limit_mb is None else limit_mb)
    try:
        yield cache
    except _list_faults() as exc:
        raise InputError(f"cache {folder}: cannot be used ({exc}). Remove the folder.") from exc
    finally:
        cache.close()


def _select(folder: Path, query: str, *values: float) -> list[Any]:
    with closing(sqlite3.connect(folder / _DATABASE, timeout=60)) as database:
        return database.execute(query, values).fetchall()


def _read_key(stored: bytes) -> Any:
    return json.loads(zlib.decompress(stored))


def _open_or_renew(folder: Path, limit_mb: int, damaged: BaseException | None = None) -> Any:
    """Open the cache in *folder*; replace its database if that is *damaged* or proves to be."""
    try:
        return _open_cache(folder, limit_mb, damaged)
    except InputError as exc:
        if damaged is not None or not _is_damaged(exc.__cause__):
            raise
        return _open_cache(folder, limit_mb, exc.__cause__)


def _open_cache(folder: Path, limit_mb: int, damaged: BaseException | None = None) -> Any:
    try:
        if damaged is not None:
            _put_aside(folder, damaged)
        folder.mkdir(parents=True, exist_ok=True)
        _check_format(folder)
        import diskcache

        return diskcache.Cache(
            str(folder),
            disk=_make_disk(),
            eviction_policy="least-recently-stored",
            size_limit=limit_mb * _MB,
            # an answer is written once and read once, so few pages need to be in memory
            # (the default is 96 MB, which a long run fills)
            sqlite_cache_size=_CACHED_PAGES,
            sqlite_mmap_size=0,
        )
    except (OSError, sqlite3.Error, ValueError) as exc:
        raise InputError(
            f"cache {folder}: cannot be used ({exc}). Pass another --cache DIR, or --no-cache."
        ) from exc


def _check_format(folder: Path) -> None:
    """Write the format version to *folder*, or refuse a folder with another version."""
    mark = folder / _MARK
    try:
        found = mark.read_text("utf-8").strip()
    except FileNotFoundError:
        mark.write_text(f"{FORMAT}\n", "utf-8")
        return
    if found not in ("", str(FORMAT)):  # empty: another process is about to write it
        raise ValueError(f"its format is {found[:20]!r}, a newer claimx's")


def _put_aside(folder: Path, reason: BaseException) -> None:
    """Rename a damaged database, to make room for a new one."""
    _log.warning("cache %s: damaged (%s); put aside as %s.", folder, reason, _DAMAGED)
    for leftover in (f"{_DATABASE}-wal", f"{_DATABASE}-shm"):
        (folder / leftover).unlink(missing_ok=True)
    (folder / _DATABASE).replace(folder / _DAMAGED)
