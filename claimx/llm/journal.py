"""Keep answers in files that are only ever appended to, so that a killed process loses none."""

import errno
import json
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from claimx.errors import OutputError
from claimx.llm.cache import Answers

_NAMES = "answers-*.jsonl"
# A machine that dies, or is cut off from a shared disk, loses the answers of so many seconds.
_SYNC_S = 1.0
# Of a file that was open when the connection to its disk was lost; another one may do.
_LOST = frozenset({errno.EIO, errno.ENOTCONN, errno.ESTALE})


class Journal:
    """
    Answers in the files of *folder*, each process with a file of its own.

    No lock is taken, so that the folder may be on any shared file system. A line that
    was cut off counts as absent. Answers in the folders *others*, or in the cache
    *beside*, are found as well, and are not written again.
    """

    def __init__(
        self, folder: Path, others: Iterable[Path] = (), beside: Answers | None = None
    ) -> None:
        self._folder = folder
        self._beside = beside
        self._file: IO[bytes] | None = None
        self._synced = -_SYNC_S
        self._kept: dict[str, bytes] = {}
        for one in (*others, folder):
            for path in sorted(one.glob(_NAMES)):
                self._read(path)

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the answer kept under *key*; an unreadable one counts as absent."""
        line = self._kept.get(key)
        if line is not None:
            answer: dict[str, Any] = json.loads(line)["answer"]
            return answer
        return None if self._beside is None else self._beside.find(key)

    def keep(self, key: str, answer: dict[str, Any]) -> bool:
        """
        Append *answer*.

        Raises:
            OutputError: If it cannot be: what is answered next would be lost as well.
        """
        line = json.dumps({"key": key, "answer": answer}, ensure_ascii=True).encode() + b"\n"
        for is_last in (False, True):
            try:
                self._append(line)
                break
            except OSError as exc:
                self._leave_file()
                if is_last or exc.errno not in _LOST:
                    raise OutputError(
                        f"{self._folder}: an answer cannot be kept ({exc.strerror}). Mend that, "
                        "and run the same command again: answers so far are kept."
                    ) from exc
        self._kept[key] = line
        return True

    def close(self) -> None:
        """Close the file."""
        self._leave_file()
        if self._beside is not None:
            self._beside.close()

    def _append(self, line: bytes) -> None:
        """Append *line*; a new file begins a line."""
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            name = _NAMES.replace("*", secrets.token_hex(8))
            self._file = (self._folder / name).open("xb", buffering=0)
        if self._file.write(line) != len(line):  # no room for more
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        now = time.monotonic()
        if now - self._synced >= _SYNC_S:
            os.fsync(self._file.fileno())
            self._synced = now

    def _leave_file(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _read(self, path: Path) -> None:
        """Read the lines of *path* that are whole."""
        for line in path.read_bytes().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and isinstance(entry.get("answer"), dict):
                self._kept[str(entry.get("key"))] = line
