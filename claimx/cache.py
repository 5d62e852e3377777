"""
Answers kept on disk, so that nothing is asked twice.

Only JSON is written and only JSON is read: diskcache's own pickles (see
CVE-2025-69872) are refused even where a tampered database asks for them.
"""

import hashlib
import json
import logging
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import diskcache
from diskcache.core import MODE_PICKLE

from claimx.errors import InputError

_log = logging.getLogger(__name__)

_DATABASE = diskcache.core.DBNAME
_DAMAGED = "damaged.db"
_FAULTS = (ValueError, OSError, zlib.error, sqlite3.Error, diskcache.Timeout)


class _PlainDisk(diskcache.JSONDisk):  # type: ignore[misc]  # diskcache has no types
    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        if mode == MODE_PICKLE:
            raise ValueError("a pickle, which claimx never writes")
        return super().fetch(mode, filename, value, read)


class AnswerCache:
    """
    Answers by the hash of what was asked. Without a folder it keeps nothing.

    A folder that is deleted during a run is made anew, and a damaged database
    put aside: both cost what was kept before, not the run.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._cache = None if folder is None else _open_cache(folder)
        self._failed = False

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the answer kept under *key*; what cannot be read counts as absent."""
        if self._cache is None:
            return None
        try:
            answer = self._cache.get(key)
        except _FAULTS as exc:
            _log.warning("cache: entry %s cannot be read (%s); asking again.", key[:12], exc)
            self._renew(exc)
            return None
        return answer if isinstance(answer, dict) else None

    def keep(self, key: str, answer: dict[str, Any]) -> None:
        """Keep *answer*; a full disk costs the cache, not the run."""
        if self._cache is None:
            return
        try:
            if not (self._folder / _DATABASE).exists():
                self._renew(None)
            self._cache.set(key, answer)
        except _FAULTS as exc:
            if not self._failed:  # once; with a full disk every answer would say so
                _log.warning("cache: cannot write (%s); this answer is not kept.", exc)
            self._failed = True
            self._renew(exc)

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
            self._cache = _open_cache(self._folder, damaged=reason)
        except InputError as exc:
            _log.warning("%s", exc)
            self._cache = None


def _is_damaged(exc: Exception) -> bool:
    """Tell damage from what passes: a lock, a full disk, a path that cannot be opened."""
    return isinstance(exc, sqlite3.DatabaseError) and not isinstance(exc, sqlite3.OperationalError)


def request_key(*parts: Any) -> str:
    """
    Hash what shapes an answer: any JSON values, dict order aside.

    >>> request_key({"a": 1, "b": 2}) == request_key({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _open_cache(folder: Path, damaged: Exception | None = None) -> Any:
    try:
        if damaged is not None:
            _put_aside(folder, damaged)
        return diskcache.Cache(
            str(folder), disk=_PlainDisk, eviction_policy="none", size_limit=2**62
        )
    except (OSError, sqlite3.Error, ValueError) as exc:
        if damaged is None and _is_damaged(exc):
            return _open_cache(folder, damaged=exc)
        raise InputError(
            f"cache {folder}: cannot be used ({exc}). Pass another --cache DIR, or --no-cache."
        ) from exc


def _put_aside(folder: Path, reason: Exception) -> None:
    """Rename a damaged database, so that a new one takes its place."""
    _log.warning("cache %s: damaged (%s); put aside as %s.", folder, reason, _DAMAGED)
    for leftover in (f"{_DATABASE}-wal", f"{_DATABASE}-shm"):
        (folder / leftover).unlink(missing_ok=True)
    (folder / _DATABASE).replace(folder / _DAMAGED)
