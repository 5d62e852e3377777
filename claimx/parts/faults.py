"""Say what failed, and what to do, if a folder of work cannot be written or a process dies."""

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from claimx.errors import OutputError

# What another try does not change: no room, or no right to write.
_LASTING = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM")
    if hasattr(errno, name)
)


class Loss(NamedTuple):
    """
    Why a process did not do its work.

    The system may have ended it for memory, or it could not reach the folder of the run.
    """

    why: str
    of_memory: bool = False
    of_disk: bool = False

    def sum_up(self, tries: int = 1) -> str:
        """Say why, after so many *tries*."""
        often = f", {tries} times" if tries > 1 else ""
        advice = " (the system may be short of memory: pass fewer --workers)"
        return f"{self.why}{often}{advice if self.of_memory else ''}"


def is_lasting(exc: OSError) -> bool:
    """Return whether another try would fail as well."""
    return exc.errno in _LASTING


def refuse_disk(where: Path | str, exc: OSError) -> OutputError:
    """Make the error that *where* cannot be read or written."""
    why = os.strerror(exc.errno) if exc.errno else " ".join(str(exc).split())[:200]
    return OutputError(
        f"{where}: cannot be read or written ({why}). Mend that, and run the same "
        "command again: what is done is kept."
    )


@contextmanager
def refusing_disk(where: Path) -> Iterator[None]:
    """Turn an error of the disk that holds *where* into one that says what to do."""
    try:
        yield
    except (ConnectionError, TimeoutError):
        raise  # of a server, or of a pipe that the output goes to
    except OSError as exc:
        raise refuse_disk(exc.filename or where, exc) from exc


def describe_end(code: int) -> Loss:
    """
    Say how a process ended that did not end by itself, from its exit status.

    >>> describe_end(-11).sum_up(3)
    'its process crashed (SIGSEGV), 3 times'
    """
    if code >= 0:
        return Loss(f"its process ended with status {code}")
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if name in {"SIGKILL", "SIGTERM"}:
        return Loss(f"its process was killed ({name})", of_memory=name == "SIGKILL")
    return Loss(f"its process crashed ({name})")
