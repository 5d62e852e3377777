"""Read and write files whole."""

import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO

from claimx.errors import InputError

# In characters: whole texts are passed as paths by mistake.
_MAX_SHOWN = 255
_ODDITIES = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_PARTIAL = ".claimx-*.partial"
# What the shell has opened: `<(zcat table.json.gz)`.
_HANDED_ON = ("/dev/fd/", "/dev/std", "/proc/self/fd/")


def describe_oddity(path: Path) -> str | None:
    """
    Say what *path* is if it is there and no regular file, such as "a folder" or "a pipe".

    A pipe that the shell has opened, ``/dev/fd/63``, is as good as a file.
    """
    if path.as_posix().startswith(_HANDED_ON):
        return None
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # not there, or no valid name
        return None
    return next((what for is_one, what in _ODDITIES if is_one(mode)), None)


def read_whole(path: Path, wanted: str) -> bytes:
    """
    Read the file *path*; a message recommends *wanted* in place of a folder, pipe or device.

    Raises:
        InputError: If it cannot be read.
    """
    shown = " ".join(str(path).split())
    shown = shown if len(shown) <= _MAX_SHOWN else f"{shown[:_MAX_SHOWN]}..."
    if (what := describe_oddity(path)) is not None:
        raise InputError(f"{shown}: {what}, not a file. Name {wanted}.")
    try:
        return path.read_bytes()
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise InputError(f"{shown}: cannot be read ({why}). Check the path.") from exc


def explain_unwritten(path: Path, exc: OSError, step: str) -> str:
    """
    Say why *path* cannot be written, and the next *step*; name the folder if that is missing.

    >>> gone = FileNotFoundError(2, "No such file or directory")
    >>> explain_unwritten(Path("no/such/t.md"), gone, "Name another file with -o.")
    'no/such/t.md: there is no folder no/such. Create it, or name another file with -o.'
    """
    if isinstance(exc, FileNotFoundError) and not path.parent.exists():
        return (
            f"{path}: there is no folder {path.parent}. Create it, or {step[0].lower()}{step[1:]}"
        )
    return f"{path}: cannot be written ({exc.strerror}). {step}"


def write_whole(path: Path, data: bytes) -> None:
    """
    Write *data* to *path* at once: a reader finds the old file or the whole new one.

    A link stays a link, and what it leads to is replaced. A file keeps its mode.
    What is no file, such as a device or a pipe, is written to as it is.

    Raises:
        OSError: If *path* cannot be written; nothing is left behind.
    """
    _write(path, BytesIO(data))


def copy_whole(source: Path, path: Path) -> None:
    """
    Copy the file *source* to *path* as `write_whole` writes.

    Raises:
        OSError: If *source* cannot be read or *path* cannot be written; nothing is left behind.
    """
    with source.open("rb") as file:
        _write(path, file)


def _write(path: Path, source: IO[bytes]) -> None:
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
        return
    with write_aside(path.resolve()) as partial, partial.open("xb") as file:
        shutil.copyfileobj(source, file)


@contextmanager
def write_aside(path: Path) -> Iterator[Path]:
    """
    Yield a path beside *path* to write to; what was written then replaces it, and keeps its mode.

    Raises:
        OSError: If *path* cannot be replaced; it names *path*, and nothing is left behind.
    """
    partial = path.with_name(_PARTIAL.replace("*", secrets.token_hex(8)))
    try:
        yield partial
        if path.exists():
            shutil.copymode(path, partial)
        partial.replace(path)
    except BaseException as exc:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(exc, OSError) and exc.filename in {None, str(partial)}:
            exc.filename = str(path)
        raise


def remove_partial(folder: Path) -> None:
    """Remove what processes that were killed left in *folder*, where no other writes now."""
    for path in folder.glob(_PARTIAL):
        path.unlink(missing_ok=True)
