"""Find the files that a path, folder or glob names."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from claimx.errors import InputError


class Found(NamedTuple):
    """A file (null for stdin) and its name for people: its path below the folder named."""

    path: Path | None
    name: str


def find_files(source: str, wanted: str) -> Iterator[Found | InputError]:
    """
    Yield each file that *source* names, those of a folder in the order of their names.

    Hidden files and folders below a folder are left alone, links to folders
    are not followed. What names no file is yielded as an error, which says
    to give *wanted* instead.
    """
    path = Path(source)
    if path.is_file():
        yield Found(path, path.name)
    elif path.is_dir():
        files = list(_walk_folder(path))
        if not files:
            yield InputError(f"{source}: no file in this folder. Give it {wanted} files.")
        yield from (Found(file, file.relative_to(path).as_posix()) for file in files)
    elif glob.has_magic(source):
        # a pattern may be absolute, which Path.glob refuses
        matches = sorted(glob.glob(source, recursive=True))  # noqa: PTH207
        if not matches:
            yield InputError(f"{source}: matches no file. Check the pattern.")
        for match in matches:
            yield from find_files(match, wanted)
    else:
        yield InputError(f"{source}: no such file or folder. Check the path.")


def _walk_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent) / name for name in sorted(files) if not name.startswith("."))
