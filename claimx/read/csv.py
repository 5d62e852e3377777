"""
CSV and TSV: one article per row, in the dialect that fits most rows.

Programs follow no standard. The delimiter is the one that finds a text column, or
else most columns, in the header; spaces before quotes, backslashes before quotes
and tabs without quotes are tried on the first rows. A row with more or fewer cells
than the header is refused: its text may have been split at a comma or a line end.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from claimx.errors import InputError
from claimx.read import rows
from claimx.read.decode import open_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions
from claimx.read.rows import (
    choose_columns,
    find_text_columns,
    make_article,
    stop_at_broken,
    tell_apart,
)

DELIMITERS = ",;\t|"
# A delimiter that never occurs: for files of one column, whose commas are text.
_NO_DELIMITER = "\x1f"
# Characters on which the dialect is tried.
_SAMPLE = 1_000_000
# Most rows above the header: title, date and source of an export.
_MAX_PREAMBLE = 30

# A first line that declares the delimiter to spreadsheet programs.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*\s*', re.IGNORECASE)
_SPACE_AND_QUOTE = re.compile(r'\s+"')
_IN_QUOTES = re.compile(r'".*"\Z', re.DOTALL)
_BACKSLASH = re.compile(r'\\(?![\\"])')

Cells = list[str]


class _Dialect(NamedTuple):
    """Notation of the cells of a row."""

    delimiter: str
    skips_spaces: bool = False
    has_backslashes: bool = False
    has_quotes: bool = True


class _Layout(NamedTuple):
    """
    The *dialect* of a file and its column *names*, found in row number *header*.

    *skipped* lines at the top only declare the delimiter.
    """

    dialect: _Dialect
    names: Cells
    header: int
    skipped: int = 0

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self.names)


class _Fault(NamedTuple):
    """Why a row cannot be read; *is_open* if the next lines may be part of it."""

    why: str
    is_open: bool


def read_csv(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read CSV with a header; the rows above the header are skipped.

    Rows are numbered as in a spreadsheet: a header at the top is row 1.

    Raises:
        InputError: If columns are missing, a quote is never closed, or so many
            rows are broken that the file must have another format.
    """
    layout = _find_layout(file, options)
    columns = choose_columns(file, layout.names, options)
    stream, encoding = open_text(file, options.encoding)

    def read(row: _Row) -> Article | InputError:
        values = _name_cells(file, row, layout.names)
        if isinstance(values, InputError):
            return values
        return make_article(file, row.number, values, columns, encoding.metadata)

    with stream:
        yield from stop_at_broken(file, map(read, _number_rows(file, stream, layout)), "CSV")


def read_cells(file: File, options: ReadOptions) -> Iterator[tuple[int, dict[str, str]]]:
    """
    Read the cells of each row by the names of their columns, with the row's number.

    Raises:
        InputError: At a row that cannot be read.
    """
    layout = _find_layout(file, options)
    stream, _ = open_text(file, options.encoding)
    with stream:
        for row in _number_rows(file, stream, layout):
            values = _name_cells(file, row, layout.names)
            if isinstance(values, InputError):
                raise values
            yield row.number, values


class _Row(NamedTuple):
    """A row by its *number* and its first *line*, both counted from 1."""

    number: int
    line: int
    cells: Cells | InputError


def _number_rows(file: File, stream: Iterable[str], layout: _Layout) -> Iterator[_Row]:
    """Yield the rows below the header, without blank ones."""
    lines = islice(stream, layout.skipped, None)
    found = enumerate(_split_rows(lines, layout.dialect), start=1)
    for number, (line, cells) in islice(found, layout.header, None):
        at = line + layout.skipped
        if not isinstance(cells, _Fault):
            if cells:
                yield _Row(number, at, cells)
            continue
        why = f"{file.name}, line {at}: {cells.why}"
        if cells.is_open:
            raise InputError(f"{why} The rows from there on are left.")
        yield _Row(number, at, InputError(why))


def _name_cells(file: File, row: _Row, names: Sequence[str]) -> dict[str, str] | InputError:
    cells = row.cells
    if isinstance(cells, InputError):
        return cells
    if not _fits(cells, names):
        return InputError(
            f"{file.name}, line {row.line}: {len(cells)} cells for {len(names)} columns. "
            "Put text with delimiters or line ends in quotes."
        )
    return dict(zip(tell_apart(names), cells, strict=False))


def _fits(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a row has a cell for each name, and then only empty ones."""
    return len(cells) >= len(names) and not any(cells[len(names) :])


# cells


class _Tape:
    """The lines passed to the csv reader; *row* has those of the current row."""

    def __init__(self, lines: Iterable[str], *, has_backslashes: bool) -> None:
        self._lines = iter(lines)
        self._has_backslashes = has_backslashes
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.row.append(line)
        # a backslash is an escape only before a quote or another backslash
        return _BACKSLASH.sub(r"\\\\", line) if self._has_backslashes else line


def _split_rows(lines: Iterable[str], dialect: _Dialect) -> Iterator[tuple[int, Cells | _Fault]]:
    """Yield the first line of each row, counted from 1, with its cells or what is wrong."""
    tape = _Tape(lines, has_backslashes=dialect.has_backslashes)
    reader = csv.reader(
        tape,
        delimiter=dialect.delimiter,
        skipinitialspace=dialect.skips_spaces,
        escapechar="\\" if dialect.has_backslashes else None,
        quoting=csv.QUOTE_MINIMAL if dialect.has_quotes else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        first = reader.line_num + 1
        tape.row.clear()
        try:
            yield first, next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield first, _explain(exc, tape.row)


def _explain(exc: csv.Error, lines: Sequence[str]) -> _Fault:
    if "field limit" in str(exc):
        return _Fault(rows.say_too_long("a cell"), is_open=True)
    if "end of data" in str(exc):
        return _Fault("a quote is never closed. Close it.", is_open=True)
    is_open = len(lines) > 1 or lines[0].count('"') % 2 == 1
    return _Fault("a quote inside a cell is not doubled, or not closed. Mend it.", is_open)


# layout


def _find_layout(file: File, options: ReadOptions) -> _Layout:
    """
    Find the dialect and header of the file, from its beginning.

    Raises:
        InputError: If it is empty, or its columns have no names.
    """
    csv.field_size_limit(rows.MAX_CELL)  # applies to the whole process
    stream, _ = open_text(file, options.encoding)
    with stream:
        sample = list(_take_lines(stream))
    told = _SEPARATOR_LINE.fullmatch(sample[0]) if sample else None
    lines = sample[1:] if told else sample
    layouts = [_try_delimiter(lines, one, options) for one in (told[1] if told else DELIMITERS)]
    best = max(layouts, key=lambda one: (bool(find_text_columns(one.names, options)), one.size))
    if not any(best.names):
        raise InputError(f"{file.name}: empty. Remove it, or give it text.")
    if best.size == 1:
        _check_single(file, lines, best, options)
        best = best._replace(dialect=_Dialect(_NO_DELIMITER))
    return best._replace(dialect=_refine(lines, best), skipped=len(sample) - len(lines))


def _take_lines(stream: Iterable[str]) -> Iterator[str]:
    size = 0
    for line in stream:
        yield line
        size += len(line)
        if size > _SAMPLE:
            return


def _try_delimiter(lines: Sequence[str], delimiter: str, options: ReadOptions) -> _Layout:
    """Find the header, if *delimiter* separates its cells; strip the names."""
    dialect = _Dialect(delimiter, skips_spaces=True)
    top = [_strip(cells) for _, cells in islice(_split_rows(lines, dialect), _MAX_PREAMBLE)]
    filled = [at for at, cells in enumerate(top) if any(cells)] or [0]
    for at in filled:
        names = top[at] if top else []
        if find_text_columns(names, options) and _is_preamble(top[filled[0] : at], names):
            return _Layout(dialect, names, at + 1)
    return _Layout(dialect, top[filled[0]] if top else [], filled[0] + 1)


def _strip(cells: Cells | _Fault) -> Cells:
    return [] if isinstance(cells, _Fault) else [cell.strip() for cell in cells]


def _is_preamble(above: Sequence[Cells], names: Cells) -> bool:
    """Return whether rows are only a title: they fill fewer cells, or a blank row follows."""
    is_parted = bool(above) and not any(above[-1])
    return is_parted or all(sum(map(bool, cells)) < len(names) for cells in above)


def _check_single(file: File, lines: Sequence[str], layout: _Layout, options: ReadOptions) -> None:
    """
    Check that a single cell names the only column, and is not a title above several.

    Raises:
        InputError: If all the rows below have the same number of cells, more than one.
    """
    if find_text_columns(layout.names, options):
        return
    for delimiter in DELIMITERS:
        below = islice(_split_rows(lines, _Dialect(delimiter)), layout.header, None)
        counts = [len(cells) for _, cells in below if cells and not isinstance(cells, _Fault)]
        if len(counts) > 1 and counts[0] > 1 and len(set(counts)) == 1:
            raise InputError(
                f"{file.name}, row {layout.header}: one name above rows of {counts[0]} cells. "
                "Begin the file with the names of its columns."
            )


def _refine(lines: Sequence[str], layout: _Layout) -> _Dialect:
    """Find the dialect in which most rows fit the header; of equals the simplest."""
    plain = _Dialect(layout.dialect.delimiter)
    _, header = next(islice(_split_rows(lines, plain), layout.header - 1, None))
    is_spaced = isinstance(header, _Fault) or any(name[:1] == " " for name in header)
    tried = [
        plain._replace(skips_spaces=skips, has_backslashes=escapes)
        for escapes in (False, True)
        for skips in ((True,) if is_spaced else (False, True))
    ]
    if plain.delimiter == "\t":
        tried.append(plain._replace(has_quotes=False))
    return min(tried, key=lambda one: _count_misfits(lines, one, layout))


def _count_misfits(lines: Sequence[str], dialect: _Dialect, layout: _Layout) -> int:
    below = islice(_split_rows(lines, dialect), layout.header, None)
    return sum(
        isinstance(cells, _Fault)
        or not _fits(cells, layout.names)
        or any(map(_is_misread(dialect).match, cells))
        for _, cells in below
        if cells
    )


def _is_misread(dialect: _Dialect) -> re.Pattern[str]:
    """Return a pattern of cells whose quotes were taken for text."""
    return _SPACE_AND_QUOTE if dialect.has_quotes else _IN_QUOTES
