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


class _PlainDisk(diskcache.JSONDisk):  # type: ignore[misc]  # diskcache has no types
    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        if mode == MODE_PICKLE:
            raise ValueError("a pickle, which claimx never writes")
        return super().fetch(mode, filename, value, read)


class AnswerCache:
    """Answers by the hash of what was asked. Without a folder it keeps nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._cache = None if folder is None else _open_cache(folder)

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the answer kept under *key*; what cannot be read counts as absent."""
        if self._cache is None:
            return None
        try:
            answer = self._cache.get(key)
        except (ValueError, OSError, zlib.error, sqlite3.Error, diskcache.Timeout) as exc:
            _log.warning("cache: entry %s cannot be read (%s); asking again.", key[:12], exc)
            return None
        return answer if isinstance(answer, dict) else None

    def keep(self, key: str, answer: dict[str, Any]) -> None:
        """Keep *answer*; a full disk costs the cache, not the run."""
        if self._cache is None:
            return
        try:
            self._cache.set(key, answer)
        except (OSError, sqlite3.Error, diskcache.Timeout) as exc:
            _log.warning("cache: cannot write (%s); this answer is not kept.", exc)

    def close(self) -> None:
        """Close the database."""
        if self._cache is not None:
            self._cache.close()


def request_key(*parts: Any) -> str:
    """
    Hash what shapes an answer: any JSON values, dict order aside.

    >>> request_key({"a": 1, "b": 2}) == request_key({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _open_cache(folder: Path) -> Any:
    try:
        return diskcache.Cache(
            str(folder), disk=_PlainDisk, eviction_policy="none", size_limit=2**62
        )
    except (OSError, sqlite3.Error, ValueError) as exc:
        raise InputError(
            f"cache {folder}: cannot be used ({exc}). Pass another --cache DIR, or --no-cache."
        ) from exc
