"""Find the files that a path, folder or glob names."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from claimx.disk import describe_oddity
from claimx.errors import InputError

# Temporary files of editors, browsers and Office, and Windows' own files in a folder.
_TEMPORARY = re.compile(
    r"~\$.*|Thumbs\.db|desktop\.ini|~WR[A-Z]\d+\..*|#.*#|.*(?:~|\.(?:tmp|temp|swp|part|partial|crdownload|download|lock))",
    re.IGNORECASE | re.DOTALL,
)
# Office's lock files, which a shell pattern may match, too.
_LOCK = re.compile(r"~\$.*", re.DOTALL)
# Files that identify folders made by claimx: caches, cassettes, runs in parts and matching.
_OWN_FOLDERS = frozenset(
    ("cache.db", "recording.json", "claimx-parts", "claimx-match", "claimx-matching")
)
# Suffix of the notes on pages that were fetched; their folder belongs to a table.
NOTE = ".fetched.json"
_WHY_TEMPORARY = "a temporary file of another program"
# Paths are shorter on nearly all systems.
_MAX_NAME = 255
_SHOWN = 60


class Found(NamedTuple):
    """
    A file (None for stdin) and its name for users: its path below the folder named.

    *is_named* if the file itself was named, rather than a folder or pattern. *address* is
    where it is from if it is a copy.
    """

    path: Path | None
    name: str
    is_named: bool = False
    address: str = ""


class Passed(NamedTuple):
    """A file that is skipped, and *why*."""

    path: str
    why: str


Finds = Iterator[Found | Passed | InputError]


def find_files(source: str, wanted: str) -> Finds:
    """
    Yield each file that *source* names, those of a folder sorted by name.

    Hidden files and folders below a folder are skipped, and links to folders are not
    followed; temporary files, and folders where claimx keeps answers, are skipped. A
    source that names no file or cannot be listed is yielded as an error, which
    recommends *wanted* instead.
    """
    path = Path(source)
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, ValueError):  # not a valid file name
        is_file = is_folder = False
    if is_file and _LOCK.fullmatch(path.name):
        yield Passed(source, _WHY_TEMPORARY)
    elif is_file:
        yield Found(path, path.name, is_named=True)
    elif is_folder:
        count = 0
        for count, found in enumerate(_walk_folder(path), start=1):  # noqa: B007
            yield found
        if not count:
            yield InputError(f"{source}: no file in this folder. Give it {wanted} files.")
    elif (what := describe_oddity(path)) is not None:
        yield InputError(f"{source}: {what}, not a file. Save what it gives, and name that file.")
    elif glob.has_magic(source) and len(source) <= _MAX_NAME * 4:
        yield from _match_pattern(source, wanted)
    else:
        yield InputError(_explain_missing(source))


def _match_pattern(pattern: str, wanted: str) -> Finds:
    matches = sorted(_expand(pattern))
    if not matches:
        yield InputError(f"{pattern}: matches no file. Check the pattern.")
    for match in matches:
        for found in find_files(match, wanted):
            if isinstance(found, Found) and found.is_named:
                yield _judge(Path(match), found.name)
            else:
                yield found


def _expand(pattern: str) -> Iterator[str]:
    """
    Yield the paths that *pattern* matches; ``**`` follows no links, which may lead in circles.

    What it matches is hidden only where the pattern says so, as in a shell.
    """
    start, deep, rest = pattern.partition("**")
    if not deep or (start and not start.endswith(("/", os.sep))):
        # a pattern may be absolute, which Path.glob refuses
        yield from glob.iglob(pattern)  # noqa: PTH207
        return
    rest = rest.lstrip("/" + os.sep)
    folders = _expand(start) if glob.has_magic(start) else [start]
    for folder in folders:
        for parent, _, files in _walk(folder or ".", lambda _: None):
            inside = parent if folder else parent.removeprefix(".").lstrip(os.sep)
            if rest:
                yield from _expand(os.path.join(glob.escape(inside), rest))  # noqa: PTH118
            elif inside:
                yield inside
            shown = () if rest else (name for name in files if name[0] != ".")
            yield from (os.path.join(inside, name) for name in shown)  # noqa: PTH118  # keeps "./"


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[:_SHOWN]}..."


def _explain_missing(source: str) -> str:
    shown = " ".join(_shorten(source).split())
    if "\n" in source or len(source) > _MAX_NAME:
        return (
            f"{shown}: a text, not a path. Save it as a file, "
            "or in Python give make_document(text, name)."
        )
    return f"{shown}: no such file or folder. Check the path."


def _walk_folder(folder: Path) -> Finds:
    failed: list[InputError] = []

    def note(exc: OSError) -> None:
        shown = _shorten(str(exc.filename))
        failed.append(InputError(f"{shown}: cannot be listed ({exc.strerror}). Check the folder."))

    for parent, folders, files in _walk(str(folder), note):
        yield from failed
        failed.clear()
        if why := explain_own(files):
            yield Passed(parent, why)
            folders.clear()
            continue
        for name in sorted(files):
            path = Path(parent) / name
            if not name.startswith("."):
                yield _judge(path, path.relative_to(folder).as_posix())
    yield from failed


def explain_own(files: Iterable[str]) -> str:
    """Say what claimx keeps in a folder with *files*; empty if it may hold articles."""
    names = set(files)
    if _OWN_FOLDERS & names:
        return "a folder in which claimx keeps answers"
    if any(name.endswith(NOTE) for name in names):
        return "a folder of pages that claimx fetched; name their addresses"
    return ""


def _walk(
    folder: str, note: Callable[[OSError], None]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """
    Walk as `os.walk` does, which fails in folders 1,000 deep, through folders that are not hidden.

    Links to folders are not followed. What cannot be listed is told to *note*.
    """
    open_folders = [folder]
    while open_folders:
        parent = open_folders.pop()
        try:
            with os.scandir(parent) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as exc:
            note(exc)
            continue
        is_folder = {entry.name: _is_folder(entry) for entry in entries}
        links = {entry.name for entry in entries if entry.is_symlink()}
        inner = [name for name, is_one in is_folder.items() if is_one and name[0] != "."]
        yield parent, inner, [name for name, is_one in is_folder.items() if not is_one]
        open_folders += (
            os.path.join(parent, name)  # noqa: PTH118  # half the time of Path
            for name in reversed(inner)
            if name not in links
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _judge(path: Path, name: str) -> Found | Passed:
    if why := explain_temporary(path.name):
        return Passed(str(path), why)
    if (what := describe_oddity(path)) is not None:
        return Passed(str(path), f"{what}, not a file")
    return Found(path, name)


def explain_temporary(name: str) -> str:
    """Say that the file *name* is temporary; empty if it is not."""
    return _WHY_TEMPORARY if _TEMPORARY.fullmatch(name) else ""
