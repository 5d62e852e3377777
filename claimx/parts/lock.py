"""
Keep a folder to one run, and tell whether a run is at work in it.

The lock is on a file that also marks the folder as one of claimx. Another machine may not see
the lock, depending on the file system they share. So the file says which machine locked it, and
changes every other second while the run goes on: whoever looks at it for a while knows, whatever
the clocks of the machines say.
"""

import logging
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from claimx.errors import ClaimxError, InputError, OutputError
from claimx.parts.faults import refuse_disk
from claimx.records import Record

_BOOT = Path("/proc/sys/kernel/random/boot_id")  # Linux: the same in all its containers
_BEAT_S = 2.0
_LOOK_S = 0.5
_LOOKS = 3
# A run on another machine that is silent for so long is given up: its machine died, or is cut off.
_SILENT_S = 30.0
_GLANCE_S = 3 * _BEAT_S
# Bytes of the file, always as many: a machine may know the size of a moment ago.
_ROOM = 256

_log = logging.getLogger(__name__)


class Holder(Record):
    """
    Who locked a folder last: the *machine*, and a name of the *run* that no other has.

    *beat* grows while the run goes on, until it has *ended*.
    """

    machine: str
    run: str
    beat: int = 0
    ended: bool = False


class Lock:
    """A lock on *folder* that this process holds, by the file *path* in it."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder = folder
        self._path = path
        self._holder = Holder(machine=name_machine(), run=secrets.token_hex(8))
        self._over = threading.Event()

    def check(self) -> None:
        """
        Make sure that *folder* is the one that was locked, and that it is locked by this run.

        Raises:
            OutputError: If it was removed or unmounted meanwhile, or another run has begun there.
        """
        try:
            holder = _read(self._path)
        except OSError as exc:
            raise refuse_disk(self._folder, exc) from exc
        if holder is None:
            raise OutputError(
                f"{self._folder}: was removed or unmounted during the run. Bring it back and run "
                "the same command again: what was kept there is not done again."
            )
        if holder.run != self._holder.run:
            raise OutputError(
                f"{self._folder}: another run has begun there, as this one was silent for a while. "
                "Wait for its end."
            )

    @contextmanager
    def hold(self) -> Iterator[None]:
        """
        Say in the file that this run goes on, and in the end that it has ended.

        Raises:
            OSError: If the file cannot be written to begin with.
        """
        with self._path.open("r+b", buffering=0) as file:
            file.write(_pad(self._holder))
            file.truncate()
            os.fsync(file.fileno())  # other machines look at it
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._over.set()
            beating.join(_BEAT_S)
            self._say(self._holder.model_copy(update={"ended": True}))

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_S):
            self._holder = self._holder.model_copy(update={"beat": self._holder.beat + 1})
            self._say(self._holder)

    def _say(self, holder: Holder) -> None:
        """Write *holder*, unless another run has begun or the folder is out of reach."""
        with suppress(OSError):
            there = _read(self._path)
            if there is not None and there.run == holder.run:
                with self._path.open("r+b", buffering=0) as file:  # closed, so that others see it
                    file.write(_pad(holder))


@contextmanager
def lock_folder(folder: Path, mark: str) -> Iterator[Lock]:
    """
    Keep *folder* to this run; the file *mark* in it tells it from folders of others.

    A run on another machine that was killed did not say that it ended. It is waited for.

    Raises:
        InputError: If another run is at work there, or the folder holds something else.
        OutputError: If the folder cannot be written, goes away, or is taken by another run.
    """
    path = folder / mark
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.exists() and _holds_anything(folder):
                raise InputError(f"{folder}: has other files. Name an empty folder, or a new one.")
            file = stack.enter_context(path.open("a+b"))
            if _is_held(folder, path, file):
                raise InputError(f"{folder}: another run is at work there. Wait for its end.")
            lock = Lock(folder, path)
            stack.enter_context(lock.hold())
        except OSError as exc:
            raise refuse_disk(folder, exc) from exc
        try:
            yield lock
        except ClaimxError:
            lock.check()  # a folder that went away explains the rest
            raise


def _is_held(folder: Path, path: Path, file: IO[bytes]) -> bool:
    """Lock *file*, which is at *path*; return whether another run keeps *folder*."""
    free = _try_lock(file)
    if free is False:
        return True
    holder = _read(path)
    if holder is None or _has_left(holder, free):
        return False
    _log.warning(
        "%s: a run on another machine began there, and did not say that it ended. Looking whether "
        "it goes on, for %.0f s.",
        folder,
        _SILENT_S,
    )
    return _listen(path, holder, _SILENT_S) is True


def read_holder(folder: Path, mark: str) -> Holder | None:
    """Read who locked *folder* last."""
    try:
        return _read(folder / mark)
    except OSError:
        return None


def is_locked(folder: Path, mark: str) -> bool | None:
    """Return whether a run is at work in *folder*; none if this machine cannot tell."""
    path = folder / mark
    try:
        with path.open("rb") as file:
            free = _try_lock(file, shared=True)
        if free is False:
            return True
        holder = _read(path)
        if holder is None:
            return None
        return False if _has_left(holder, free) else _listen(path, holder, _GLANCE_S)
    except OSError:
        return None


def name_machine() -> str:
    """Name this machine, until it is started again where the system tells."""
    try:
        return f"{_BOOT.read_text('ascii').strip()} {platform.node()}"
    except OSError:
        return platform.node()


def _has_left(holder: Holder, free: bool | None) -> bool:
    """Return whether *holder* has surely ended, as its lock is *free*: here that is known."""
    return holder.ended or (free is True and holder.machine == name_machine())


def _listen(path: Path, before: Holder, patience_s: float) -> bool | None:
    """Return whether the run goes on that wrote *before* to *path*; none if it is silent."""
    last = time.monotonic() + patience_s
    while time.monotonic() < last:
        time.sleep(_LOOK_S)
        now = _read(path)
        if now is not None and now != before:
            return not now.ended
    return None


def _read(path: Path) -> Holder | None:
    """
    Read who locked *path*; none if it is not there, or says nothing.

    Raises:
        OSError: If it cannot be read.
    """
    for _ in range(_LOOKS):
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not data:
            return None
        try:
            return Holder.model_validate_json(data)
        except ValidationError:  # half written
            time.sleep(_LOOK_S / 10)
    return None


def _pad(holder: Holder) -> bytes:
    return holder.model_dump_json().encode().ljust(_ROOM)


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
