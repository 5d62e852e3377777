"""Files with one article a row: JSON Lines, CSV and TSV, read row by row."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from claimx.errors import InputError
from claimx.read.decode import open_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

# In characters. A longer cell is hardly an article (6 novels), but a quote that was never closed.
MAX_CELL = 10_000_000
# In a row: so many broken lines mean that the file is of another kind.
MAX_BROKEN = 100
# What else a row says is kept where it is small enough for metadata; the first of them.
MAX_NOTE = 200
MAX_NOTES = 20

DELIMITERS = ",;\t|"
_TEXT_COLUMNS = ("text", "body", "content", "article")
_TITLE_COLUMNS = ("title", "headline")


class Columns(NamedTuple):
    """Which column of a row is what; null where there is none."""

    text: str
    title: str | None
    id: str | None


def choose_columns(file: File, names: Sequence[str], options: ReadOptions) -> Columns:
    """
    Choose among the columns *names* as *options* say, or by the usual names.

    Raises:
        InputError: If there is no such column, or none to choose.
    """
    for wanted in (options.text_column, options.id_column):
        if wanted is not None and wanted not in names:
            raise InputError(f"{file.name}: no column {wanted!r}. It has: {_join(names)}.")
    text = options.text_column or _find_name(names, _TEXT_COLUMNS)
    if text is None and len(names) == 1:
        text = names[0]
    if text is None:
        raise InputError(
            f"{file.name}: which column is the text? It has: {_join(names)}. Pass --text-column."
        )
    return Columns(text, _find_name(names, _TITLE_COLUMNS), options.id_column)


def make_article(
    file: File, row: int, values: Mapping[str, Any], columns: Columns, notes: Mapping[str, str]
) -> Article | InputError:
    """Make the article of one *row*, by its number for people; *notes* come with every row."""
    text = values.get(columns.text)
    if text is None or text == "":
        return InputError(
            f"{file.name}, row {row}: no text in {columns.text!r}. Fill or remove it."
        )
    if not isinstance(text, str):
        kind = type(text).__name__
        return InputError(f"{file.name}, row {row}: {columns.text!r} is no text ({kind}). Mend it.")
    if len(text) > MAX_CELL:
        return InputError(f"{file.name}, row {row}: {_say_too_long(columns.text)}")
    title = values.get(columns.title) if columns.title else None
    name = str(values.get(columns.id) or "").strip()[:MAX_NOTE] if columns.id else ""
    return Article(
        text,
        title=title if isinstance(title, str) and title else None,
        metadata=dict(_note_values(values, columns)) | {"row": str(row)} | dict(notes),
        name=name or str(row),
        is_id=bool(name),
    )


def read_csv(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read CSV with a line of column names; comma, semicolon, tab and bar are told apart.

    Rows are numbered as a spreadsheet numbers them: the names are row 1.

    Raises:
        InputError: If columns are missing, or a cell has no end.
    """
    csv.field_size_limit(MAX_CELL)  # of the process, alas
    stream, encoding = open_text(file, options.encoding)
    with stream:
        rows = csv.reader(stream, delimiter=_find_delimiter(file, options))
        try:
            names = next(rows, [])
            if not any(names):
                raise InputError(f"{file.name}: empty. Remove it, or give it text.")
            columns = choose_columns(file, names, options)
            for number, cells in enumerate(rows, start=2):
                if cells:
                    values = dict(zip(names, cells, strict=False))
                    yield make_article(file, number, values, columns, encoding.metadata)
        except csv.Error as exc:
            why = _say_too_long("a cell") if "field limit" in str(exc) else f"{exc}. Mend it."
            raise InputError(f"{file.name}, line {rows.line_num}: {why}") from exc


def read_json_lines(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read JSON Lines, an object a line; rows are numbered by their lines.

    Raises:
        InputError: After so many broken lines that it must be something else.
    """
    stream, encoding = open_text(file, options.encoding)
    broken = 0
    with stream:
        for number, line in _read_lines(stream):
            if not line.strip():
                continue
            article = _read_line(file, number, line, options, encoding.metadata)
            broken = broken + 1 if isinstance(article, InputError) else 0
            yield article
            if broken == MAX_BROKEN:
                raise InputError(
                    f"{file.name}: {MAX_BROKEN} lines running cannot be used, "
                    "so the rest is left. Is it JSON Lines?"
                )


def _read_lines(stream: TextIO) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; of one that is too long, its beginning."""
    number = 0
    while line := stream.readline(2 * MAX_CELL):
        number += 1
        yield number, line
        while line and not line.endswith("\n"):
            line = stream.readline(MAX_CELL)


def _read_line(
    file: File, number: int, line: str, options: ReadOptions, notes: Mapping[str, str]
) -> Article | InputError:
    if len(line) >= 2 * MAX_CELL:
        return InputError(f"{file.name}, line {number}: {_say_too_long('the line')}")
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as exc:
        why = exc.msg if isinstance(exc, json.JSONDecodeError) else "nested too deep, or too long"
        return InputError(f"{file.name}, line {number}: not JSON ({why}). Mend that line.")
    if not isinstance(values, dict):
        return InputError(f"{file.name}, line {number}: no JSON object. Mend that line.")
    try:
        columns = choose_columns(file, tuple(values), options)
    except InputError as exc:
        where = f"{file.name}, line {number}"
        return InputError(str(exc).replace(file.name, where, 1))
    return make_article(file, number, values, columns, notes)


def _find_delimiter(file: File, options: ReadOptions) -> str:
    """Find what divides the line of names into most columns."""
    stream, _ = open_text(file, options.encoding)
    with stream:
        first = stream.readline(MAX_CELL)
    return max(DELIMITERS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))


def _note_values(values: Mapping[str, Any], columns: Columns) -> Iterator[tuple[str, str]]:
    """Pick what is small enough to keep beside the text."""
    rest = ((name, _write(value)) for name, value in values.items() if name not in columns)
    short = ((name, value) for name, value in rest if value and len(value) <= MAX_NOTE)
    for _, pair in zip(range(MAX_NOTES), short, strict=False):
        yield pair


def _write(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list | bytes) else str(value)


def _find_name(names: Iterable[str], usual: Iterable[str]) -> str | None:
    known = {name.strip().casefold(): name for name in names}
    return next((known[name] for name in usual if name in known), None)


def _join(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:MAX_NOTES])
    return shown + (", ..." if len(names) > MAX_NOTES else "")


def _say_too_long(thing: str) -> str:
    return f"{thing} has more than {MAX_CELL:,} characters. Close its quotes, or shorten it."
