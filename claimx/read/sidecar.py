"""
Read a file with metadata of other files: CSV, or CSL-JSON as exported by Zotero.

A CSV row names its article in a column ``file`` (a path, a file name, its first words
or the id of a document); a CSL-JSON item by its id, address or title. Its values replace those
in the file itself.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from claimx.disk import describe_oddity
from claimx.errors import InputError
from claimx.read.about import NAMES, TITLES, join_authors, plain_name, read_date, split_fields
from claimx.read.csv import read_cells
from claimx.read.file import File
from claimx.read.reader import ReadOptions
from claimx.read.rows import MAX_NOTE
from claimx.records import Document
from claimx.segment.layout import find_title

_END_OF_WORD = re.compile(r"(?<=[^\W_])(?=[\W_])")
_FILES = ("file", "filename", "path", "document", "documentid", "id")
_WANTED = {
    "date": "Write a day that can only be one, as 2025-03-30.",
    "url": "Write it whole, as https://example.org/a.",
    "language": "Write a tag, as en or pt-BR.",
    "outlet": "Write a name of at most 300 letters.",
    "author": "Write names of at most 300 letters.",
}

log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """
    The metadata in one row: *fields* of a document; *where* names the row in messages.

    *keys* are the possible names of its article, the row's own first; *shortens* tells
    whether that may be short for the name of its file.
    """

    where: str
    keys: tuple[str, ...]
    fields: Mapping[str, str]
    metadata: Mapping[str, str]
    shortens: bool = False


class Sidecar:
    """
    Metadata of articles, by every key that identifies one of them.

    *sources* are the files or documents that will be read, as far as known. A row may name one of
    them in another case, or by the first words of its file's name, ``003`` for ``003_97f3.txt``, if
    no other begins so.
    """

    def __init__(self, entries: Iterable[Entry] = (), sources: Iterable[str] = ()) -> None:
        self._entries = list(entries)
        self._described: dict[str, str] = {}  # document ids by the entry's row
        self._found: dict[str, Entry | None] = {}
        for entry in self._entries:
            for key in entry.keys:
                self._found[key] = None if key in self._found else entry
        names = _Names(sources)
        self._meant = {one.where: names.find(one.keys[0]) for one in self._entries if one.shortens}
        self._shortened = {
            self._meant[one.where][0]: one
            for one in self._entries
            if len(self._meant.get(one.where, ())) == 1
        }

    def describe(self, document: Document) -> Document:
        """Return *document* with its metadata added."""
        entry = next(filter(None, map(self._found.get, _list_keys(document))), None)
        entry = entry or self._shortened.get(document.source)
        if entry is None:
            return document
        first = self._described.setdefault(entry.where, document.id)
        if first != document.id:
            log.warning(
                "%s: %s names %s too, and describes %s alone. Write whole paths.",
                *(entry.where, entry.keys[0], document.id, first),
            )
            return document
        metadata = {**document.metadata, **entry.metadata}
        return document.model_copy(update={**entry.fields, "metadata": metadata})

    def warn_unused(self) -> None:
        """Log each entry that matched no document."""
        for entry in self._entries:
            if entry.where in self._described:
                continue
            name, meant = entry.keys[0], self._meant.get(entry.where, ())
            if len(meant) > 1:
                log.warning(
                    "%s: %s may be %s or %s. Write more of it.", entry.where, name, *meant[:2]
                )
            else:
                log.warning("%s: %s names no article that was read", entry.where, name)


class _Names:
    """Finds which of *sources* may be meant by a name, whatever its case."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._whole: dict[str, list[str]] = {}
        self._begun: dict[str, list[str]] = {}
        for source in dict.fromkeys(sources):
            path = PurePosixPath(source)
            for name in {path.name.casefold(), path.stem.casefold()}:
                self._whole.setdefault(name, []).append(source)
            for end in _END_OF_WORD.finditer(path.stem):
                words = path.stem[: end.start()].casefold()
                self._begun.setdefault(words, []).append(source)

    def find(self, name: str) -> list[str]:
        """List the sources whose file has that name, or else a name that begins with its words."""
        folded = name.casefold()
        return self._whole.get(folded) or self._begun.get(folded) or []


def read_sidecar(path: str | PathLike[str], sources: Iterable[str] = ()) -> Sidecar:
    """
    Read the file *path*: CSL-JSON if it begins with a bracket, else CSV.

    *sources* are those of a `Sidecar`.

    Raises:
        InputError: If it cannot be read, two rows name the same file, or a
            value is invalid for its field; the message names the row.
    """
    file = File(str(path), Path(path))
    if (what := describe_oddity(Path(path))) is not None:
        raise InputError(f"{path}: {what}, not a file. Name a CSV or CSL-JSON file.")
    try:
        is_json = file.head.lstrip().startswith((b"[", b"{"))
        entries = _read_items(file) if is_json else list(_read_rows(file))
    except OSError as exc:
        raise InputError(f"{path}: cannot be read ({exc.strerror}). Check the path.") from exc
    if entries and not any(entry.fields for entry in entries):
        raise InputError(f"{path}: says nothing of its files. Name columns {', '.join(NAMES)}.")
    return Sidecar(entries, sources)


def _read_rows(file: File) -> Iterator[Entry]:
    seen: dict[str, int] = {}
    for number, cells in read_cells(file, ReadOptions()):
        where = f"{file.name}, row {number}"
        told = {plain_name(name): " ".join(cell.split()) for name, cell in cells.items()}
        column = next((name for name in _FILES if name in told), None)
        if column is None:
            raise InputError(
                f"{file.name}: no column 'file'. It has: {', '.join(cells)[:MAX_NOTE]}. "
                "Name each article there by its file."
            )
        name = told.pop(column)
        if not name:
            raise InputError(f"{where}: no file. Name the article that the row is about.")
        if name in seen:
            raise InputError(f"{where}: {name!r} is in row {seen[name]}, too. Remove one of them.")
        seen[name] = number
        yield _make_entry(where, (name,), told)._replace(shortens=True)


def _make_entry(where: str, keys: tuple[str, ...], told: dict[str, str]) -> Entry:
    """
    Make an entry of *told*, metadata by normalised name.

    Raises:
        InputError: If a value is invalid for its field.
    """
    title = next((value for name in TITLES if (value := told.pop(name, ""))), "")
    fields, rest = split_fields(told)
    for field, names in NAMES.items():
        unread = next((rest[name] for name in names if rest.get(name)), "")
        if unread and field not in fields:
            raise InputError(f"{where}: {field} {unread[:60]!r} cannot be read. {_WANTED[field]}")
    metadata = {name: value for name, value in rest.items() if value and len(value) <= MAX_NOTE}
    return Entry(where, keys, fields | ({"title": title} if title else {}), metadata)


def _list_keys(document: Document) -> Iterator[str]:
    """Yield the keys under which an entry may list *document*, the most certain first."""
    path = PurePosixPath(document.source)
    yield from (document.id, document.source, path.name, path.stem)
    yield f"address {document.url}"
    yield f"title {_fold(document.title or find_title(document.text) or '')}"


def _fold(title: str) -> str:
    return " ".join(title.casefold().split()).rstrip(".")


# CSL-JSON


def _read_items(file: File) -> list[Entry]:
    try:
        items = json.loads(file.read())
    except (ValueError, RecursionError) as exc:
        raise InputError(f"{file.name}: no JSON ({exc}). Export it as CSL-JSON anew.") from exc
    items = items.get("items") if isinstance(items, dict) else items
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(f"{file.name}: no list of items. Export it as CSL-JSON, or write CSV.")
    return [_read_item(f"{file.name}, item {at}", item) for at, item in enumerate(items, start=1)]


def _read_item(where: str, item: Mapping[str, Any]) -> Entry:
    """Read an item; a value that is invalid for its field goes to the metadata."""
    title = _read_text(item, "title")
    told = {
        "outlet": _read_text(item, "container-title") or _read_text(item, "publisher"),
        "author": join_authors(map(_name_person, _list(item.get("author")))),
        "date": _read_issued(item.get("issued")),
        "url": _read_text(item, "URL"),
        "language": _read_text(item, "language"),
        "doi": _read_text(item, "DOI"),
    }
    fields, rest = split_fields(told)
    names = [_read_text(item, "file"), _read_text(item, "id")]
    address = [f"address {fields['url']}"] if "url" in fields else []
    keys = [*names, *address, *([f"title {_fold(title)}"] if title else [])]
    return Entry(
        where,
        tuple(filter(None, keys)) or ("nothing",),
        fields | ({"title": title} if title else {}),
        {name: value for name, value in rest.items() if value and len(value) <= MAX_NOTE},
    )


def _read_text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _name_person(person: Any) -> str:
    if not isinstance(person, dict):
        return ""
    parts = (_read_text(person, part) for part in ("given", "non-dropping-particle", "family"))
    return _read_text(person, "literal") or " ".join(filter(None, parts))


def _read_issued(issued: Any) -> str:
    """Read a CSL date: numbers of a year, month and day, or free text."""
    if not isinstance(issued, dict):
        return ""
    first = next(iter(_list(issued.get("date-parts"))), None)
    parts = [str(part) for part in _list(first)[:3]]
    if parts and all(part.isdecimal() for part in parts):
        return "-".join(f"{part:0>2}" for part in parts)
    raw = _read_text(issued, "raw") or _read_text(issued, "literal")
    return read_date(raw) or raw
