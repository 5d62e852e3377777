"""Write files whole."""

import secrets
import shutil
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """
    Write *data* to *path* at once: a reader finds the old file or the whole new one.

    A link stays a link, and what it leads to is replaced. A file keeps its mode.
    What is no file, such as a device or a pipe, is written to as it is.

    Raises:
        OSError: If *path* cannot be written; nothing is left behind.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    partial = path.with_name(f".claimx-{secrets.token_hex(8)}.partial")
    try:
        with partial.open("xb") as file:
            file.write(data)
        if path.exists():
            shutil.copymode(path, partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
