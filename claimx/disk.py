"""Write files whole."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO

_PARTIAL = ".claimx-*.partial"


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
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
        return
    with write_aside(path) as partial, partial.open("xb") as file:
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
