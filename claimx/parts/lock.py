"""
Keep a folder to one run, and tell whether a run is at work in it.

The lock is on a file that also marks the folder as one of claimx. It says which machine
locked it: another one may not see the lock, depending on the file system they share.
"""

import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from claimx.errors import ClaimxError, InputError, OutputError
from claimx.parts.faults import refuse_disk
from claimx.records import Record

_BOOT = Path("/proc/sys/kernel/random/boot_id")  # Linux: the same in all its containers


class Holder(Record):
    """Who locked a folder last: the *machine*, and a name of the *run* that no other has."""

    machine: str
    run: str


class Lock:
    """A lock on *folder* that this process holds."""

    def __init__(self, folder: Path, file: IO[bytes], path: Path) -> None:
        self._folder = folder
        self._file = file
        self._path = path

    def check(self) -> None:
        """
        Make sure that *folder* is the one that was locked.

        Raises:
            OutputError: If it was removed or unmounted meanwhile.
        """
        try:
            there = os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            there = False
        if not there:
            raise OutputError(
                f"{self._folder}: was removed or unmounted during the run. Bring it back and run "
                "the same command again: what was kept there is not done again."
            )


@contextmanager
def lock_folder(folder: Path, mark: str) -> Iterator[Lock]:
    """
    Keep *folder* to this run; the file *mark* in it tells it from folders of others.

    Raises:
        InputError: If another run is at work there, or the folder holds something else.
        OutputError: If the folder cannot be written, or goes away.
    """
    path = folder / mark
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() and _holds_anything(folder):
            raise InputError(f"{folder}: has other files. Name an empty folder, or a new one.")
        file = path.open("a+b")
    except OSError as exc:
        raise refuse_disk(folder, exc) from exc
    with file:
        if _try_lock(file) is False:
            raise InputError(f"{folder}: another run is at work there. Wait for its end.")
        try:
            _write_holder(file)
        except OSError as exc:
            raise refuse_disk(folder, exc) from exc
        lock = Lock(folder, file, path)
        try:
            yield lock
        except ClaimxError:
            lock.check()  # a folder that went away explains the rest
            raise


def read_holder(folder: Path, mark: str) -> Holder | None:
    """Read who locked *folder* last."""
    try:
        return Holder.model_validate_json((folder / mark).read_bytes())
    except (OSError, ValidationError):
        return None


def is_locked(folder: Path, mark: str) -> bool | None:
    """Return whether a run is at work in *folder*; none if this machine cannot tell."""
    try:
        with (folder / mark).open("rb") as file:
            free = _try_lock(file, shared=True)
    except OSError:
        return None
    if free is False:
        return True
    holder = read_holder(folder, mark)
    trusted = free is True and holder is not None and holder.machine == name_machine()
    return False if trusted else None


def name_machine() -> str:
    """Name this machine, until it is started again where the system tells."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return platform.node()


def _write_holder(file: IO[bytes]) -> None:
    holder = Holder(machine=name_machine(), run=secrets.token_hex(8))
    file.truncate(0)
    file.write(holder.model_dump_json().encode())
    file.flush()
    os.fsync(file.fileno())  # other machines look at it


def _try_lock(file: IO[bytes], *, shared: bool = False) -> bool | None:
    """Lock *file* until it is closed; return whether it was free, or none if nobody can tell."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _holds_anything(folder: Path) -> bool:
    """Return whether *folder* has something in it that is not hidden."""
    return any(not path.name.startswith(".") for path in folder.iterdir())
