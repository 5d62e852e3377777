"""Files with one article per row: what all have in common, and JSON Lines."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from claimx.errors import InputError
from claimx.read.about import TITLES, split_fields
from claimx.read.decode import open_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

# In characters. A longer cell (6 novels) is probably a quote that was never closed.
MAX_CELL = 10_000_000
# This many consecutive broken lines mean that the file has another format.
MAX_BROKEN = 100
# Other values of a row become metadata if they are shorter; only so many of them.
MAX_NOTE = 200
MAX_NOTES = 20

_TEXT_COLUMNS = ("text", "body", "content", "article")
# Columns used as ids if none is named.
_ID_COLUMNS = ("id", "doc_id", "document_id", "article_id", "uuid", "guid", "url", "link")


class Columns(NamedTuple):
    """
    The columns of a row by role; None where there is none.

    *key* names the row in its file, if no column is named as its id.
    """

    text: str
    title: str | None
    id: str | None
    key: str | None = None


def choose_columns(file: File, names: Sequence[str], options: ReadOptions) -> Columns:
    """
    Choose the columns among *names*, by *options* or by the usual names.

    Raises:
        InputError: If there is no such column, or no candidate.
    """
    for wanted in (options.text_column, options.id_column):
        if wanted is not None and wanted not in names:
            raise InputError(f"{file.name}: no column {wanted!r}. It has: {_join(names)}.")
    texts = find_text_columns(names, options) or (names if len(names) == 1 else ())
    if not texts:
        raise InputError(
            f"{file.name}: which column is the text? It has: {_join(names)}. Pass --text-column."
        )
    for chosen in (texts, [name for name in names if name == options.id_column]):
        if len(chosen) > 1:
            raise InputError(
                f"{file.name}: {len(chosen)} columns are called {chosen[0]!r}. Rename all but one."
            )
    keys = [] if options.id_column else _find_usual(names, _ID_COLUMNS)
    return Columns(
        texts[0],
        next(iter(_find_usual(names, TITLES)), None),
        options.id_column,
        keys[0] if len(keys) == 1 else None,
    )


def find_text_columns(names: Sequence[str], options: ReadOptions) -> Sequence[str]:
    """Return the text columns: all with the name in *options* or a usual name."""
    if options.text_column is not None:
        return [name for name in names if name == options.text_column]
    return _find_usual(names, _TEXT_COLUMNS)


def tell_apart(names: Sequence[str]) -> list[str]:
    """Make the names of columns unique."""
    seen: dict[str, int] = {}
    apart = []
    for at, name in enumerate(names, start=1):
        seen[name] = count = seen.get(name, 0) + 1
        apart.append(f"column {at}" if not name else name if count == 1 else f"{name} ({count})")
    return apart


def make_article(
    file: File, row: int, values: Mapping[str, Any], columns: Columns, notes: Mapping[str, str]
) -> Article | InputError:
    """Make an article of *row*, its number for users; *notes* is metadata of every row."""
    text = values.get(columns.text)
    if text is None or text == "":
        return InputError(
            f"{file.name}, row {row}: no text in {columns.text!r}. Fill or remove it."
        )
    if not isinstance(text, str):
        kind = type(text).__name__
        return InputError(f"{file.name}, row {row}: {columns.text!r} is no text ({kind}). Mend it.")
    if len(text) > MAX_CELL:
        return InputError(f"{file.name}, row {row}: {say_too_long(columns.text)}")
    title = values.get(columns.title) if columns.title else None
    name, key = (_name_row(values, column) for column in (columns.id, columns.key))
    told = {name: _write(value) for name, value in values.items() if name not in columns[:3]}
    fields, rest = split_fields(told)
    return Article(
        text,
        title=title if isinstance(title, str) and title else None,
        metadata=dict(_keep_short(rest, columns)) | fields | {"row": str(row)} | dict(notes),
        name=name or key or str(row),
        is_id=bool(name),
    )


def _name_row(values: Mapping[str, Any], column: str | None) -> str:
    written = _write(values.get(column)) if column else ""
    return written.strip()[:MAX_NOTE]


def read_json_lines(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read JSON Lines, one object per line; rows have the numbers of their lines.

    Raises:
        InputError: After so many broken lines that the format must be another.
    """
    stream, encoding = open_text(file, options.encoding)
    with stream:
        articles = (
            _read_line(file, number, line, options, encoding.metadata)
            for number, line in _read_lines(stream)
            if line.strip()
        )
        yield from stop_at_broken(file, articles, "JSON Lines")


def stop_at_broken(
    file: File, articles: Iterable[Article | InputError], kind: str
) -> Iterator[Article | InputError]:
    """
    Pass *articles* on; stop if so many are broken that the file is not of this *kind*.

    Raises:
        InputError: If too many are broken.
    """
    broken = 0
    for article in articles:
        yield article
        broken = broken + 1 if isinstance(article, InputError) else 0
        if broken == MAX_BROKEN:
            raise InputError(
                f"{file.name}: {MAX_BROKEN} lines running cannot be used, "
                f"so the rest is left. Is it {kind}?"
            )


class _Object(dict[str, Any]):
    """A JSON object; *twice* is its first duplicate key, if any."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        repeated = len(keys) > len(self)
        self.twice = next((k for k in keys if keys.count(k) > 1), None) if repeated else None


def _read_lines(stream: TextIO) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; a line that is too long is truncated."""
    number = 0
    while line := stream.readline(2 * MAX_CELL):
        number += 1
        yield number, line
        while line and not line.endswith(("\n", "\r")):
            line = stream.readline(MAX_CELL)


def _read_line(
    file: File, number: int, line: str, options: ReadOptions, notes: Mapping[str, str]
) -> Article | InputError:
    if len(line) >= 2 * MAX_CELL:
        return InputError(f"{file.name}, line {number}: {say_too_long('the line')}")
    try:
        values = json.loads(line, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as exc:
        why = exc.msg if isinstance(exc, json.JSONDecodeError) else "nested too deep, or too long"
        return InputError(f"{file.name}, line {number}: not JSON ({why}). Mend that line.")
    if not isinstance(values, _Object):
        return InputError(f"{file.name}, line {number}: no JSON object. Mend that line.")
    if values.twice is not None:
        key = _shorten(values.twice)
        return InputError(f"{file.name}, line {number}: the key {key!r} twice. Mend that line.")
    try:
        columns = choose_columns(file, tuple(values), options)
    except InputError as exc:
        where = f"{file.name}, line {number}"
        return InputError(str(exc).replace(file.name, where, 1))
    return make_article(file, number, values, columns, notes)


def _keep_short(told: Mapping[str, str], columns: Columns) -> Iterator[tuple[str, str]]:
    """Yield the values short enough for metadata."""
    rest = ((name, value) for name, value in told.items() if name != columns.key)
    short = ((name, value) for name, value in rest if value and len(value) <= MAX_NOTE)
    for _, pair in zip(range(MAX_NOTES), short, strict=False):
        yield pair


def _write(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list | bytes) else str(value)


def _find_usual(names: Sequence[str], usual: Iterable[str]) -> list[str]:
    """Return the columns with the first name of *usual* that occurs."""
    plain = [name.strip().casefold() for name in names]
    known = next((name for name in usual if name in plain), None)
    return [name for name, one in zip(names, plain, strict=True) if one == known]


def _join(names: Sequence[str]) -> str:
    shown = ", ".join(map(_shorten, names[:MAX_NOTES]))
    return shown + (", ..." if len(names) > MAX_NOTES else "")


def _shorten(name: str) -> str:
    return name[:40]


def say_too_long(thing: str) -> str:
    """Return the message that *thing* is too long."""
    return f"{thing} has more than {MAX_CELL:,} characters. Close its quotes, or shorten it."
