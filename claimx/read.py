"""Read articles: paths, folders, globs and stdin become documents, exactly as they stand."""

import glob
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from claimx.errors import InputError
from claimx.records import Document, Failure, Record

MEDIA_TYPES = {".txt": "text/plain", ".md": "text/markdown", ".markdown": "text/markdown"}
STDIN = "-"

Source = str | Path | Document


class Reading(Record):
    """The documents that could be read, and a failure for each that could not."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]


def read_documents(sources: Iterable[Source], encoding: str = "utf-8") -> Reading:
    """
    Read every source, in order; files of a folder in the order of their names.

    A file that is named twice is read once. Hidden files and folders below a
    folder are left alone; every other file there is read or becomes a failure.

    Args:
        sources: Files, folders (recursive), glob patterns, ``-`` for stdin, or
            documents that are passed through.
        encoding: Of the files. A byte order mark is not part of the text.

    Raises:
        LookupError: If *encoding* is not one that Python knows.
    """
    "".encode(encoding)
    documents: dict[str, Document] = {}
    failures: list[Failure] = []
    seen: set[Path] = set()
    for source in sources:
        if isinstance(source, Document):
            documents[_unused_id(source.id, "", documents)] = source
            continue
        try:
            found = list(_find_files(str(source)))
        except InputError as exc:
            failures.append(Failure(document_id=str(source), error=str(exc)))
            continue
        for path, name in found:
            if path != Path(STDIN) and path.resolve() in seen:
                continue
            seen.add(path.resolve())
            try:
                document = _read_file(path, _unused_id(name, str(path), documents), encoding)
            except InputError as exc:
                failures.append(Failure(document_id=name, error=str(exc)))
            else:
                documents[document.id] = document
    return Reading(documents=tuple(documents.values()), failures=tuple(failures))


def make_document(
    text: str, document_id: str, source: str = "", media_type: str = "text/plain"
) -> Document:
    """Make a document of *text* that is already at hand."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(
        id=document_id,
        source=source or document_id,
        text=text,
        sha256=digest,
        media_type=media_type,
    )


def _find_files(source: str) -> Iterator[tuple[Path, str]]:
    """Yield each file that *source* names, with its name for people."""
    path = Path(source)
    if source == STDIN or path.is_file():
        yield path, "stdin" if source == STDIN else path.name
    elif path.is_dir():
        files = list(_walk_folder(path))
        if not files:
            raise InputError(f"{source}: no file in this folder. Give it {_wanted()} files.")
        yield from ((file, file.relative_to(path).as_posix()) for file in files)
    elif glob.has_magic(source):
        # a pattern may be absolute, which Path.glob refuses
        matches = sorted(glob.glob(source, recursive=True))  # noqa: PTH207
        if not matches:
            raise InputError(f"{source}: matches no file. Check the pattern.")
        for match in matches:
            yield from _find_files(match)
    else:
        raise InputError(f"{source}: no such file or folder. Check the path.")


def _walk_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent) / name for name in sorted(files) if not name.startswith("."))


def _unused_id(name: str, path: str, taken: dict[str, Document]) -> str:
    if name not in taken:
        return name
    candidates = (path, *(f"{name} ({n})" for n in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate and candidate not in taken)


def _read_file(path: Path, document_id: str, encoding: str) -> Document:
    is_stdin = path == Path(STDIN)
    suffix = path.suffix.lower()
    if not is_stdin and suffix not in MEDIA_TYPES:
        raise InputError(
            f"{path}: {suffix or 'no ending'} is not supported yet. Convert it to {_wanted()}."
        )
    try:
        raw = sys.stdin.buffer.read() if is_stdin else path.read_bytes()
    except OSError as exc:
        raise InputError(f"{path}: cannot be read ({exc.strerror}). Check the file.") from exc
    text = _decode(raw, str(path), encoding)
    if not text.strip():
        raise InputError(f"{path}: empty. Remove it, or give it text.")
    media_type = MEDIA_TYPES.get(suffix, "text/plain")
    source = document_id if is_stdin else path.as_posix()
    return make_document(text, document_id, source, media_type)


def _decode(raw: bytes, name: str, encoding: str) -> str:
    """Decode *raw*; newlines stay as they are, so that offsets are those of the file."""
    if encoding.replace("_", "-").lower() in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    if b"\x00" in raw[:8192] and not encoding.lower().startswith("utf-16"):
        raise InputError(f"{name}: looks like a binary file (has a NUL byte). Give it plain text.")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as exc:
        raise InputError(
            f"{name}: not {exc.encoding.upper()} (byte 0x{raw[exc.start]:02x} at offset "
            f"{exc.start}). Convert it, or pass --encoding."
        ) from exc


def _wanted() -> str:
    return " or ".join(suffix for suffix in MEDIA_TYPES if suffix != ".markdown")
