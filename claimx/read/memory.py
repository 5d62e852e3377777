"""Articles in memory: rows of a data frame, dicts, and (id, text, metadata) tuples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from claimx.errors import InputError
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions
from claimx.read.rows import choose_columns, make_article

# Missing values in pandas, besides NaN.
_MISSING = ("NAType", "NaTType")
_PARTS = 3


@dataclass(frozen=True)
class Row:
    """An article with its *number* in the list; *options* name the columns."""

    number: int
    values: Mapping[str, Any]
    options: ReadOptions | None = None


def take_row(source: Any, number: int) -> Row | None:
    """Convert a dict, or an (id, text, metadata), to a row; None for anything else."""
    if isinstance(source, Mapping):
        return Row(number, source)
    if isinstance(source, tuple) and len(source) == _PARTS and isinstance(source[2], Mapping):
        name, text, told = source
        values = {**told, "id": name, "text": text}
        return Row(number, values, ReadOptions(text_column="text", id_column="id"))
    return None


def list_frame(source: Any) -> Iterator[Row] | None:
    """Return the rows of a pandas or polars data frame; None for anything else."""
    if hasattr(source, "columns") and hasattr(source, "to_dicts"):
        records = source.to_dicts()
    elif hasattr(source, "columns") and hasattr(source, "to_dict"):
        records = source.to_dict("records")
    else:
        return None
    return (Row(number, _fill(record)) for number, record in enumerate(records, start=1))


def read_row(row: Row, options: ReadOptions) -> Article | InputError:
    """Read the article of *row* like a row of a file."""
    named = File("data")
    values = {str(name): value for name, value in row.values.items()}
    try:
        columns = choose_columns(named, tuple(values), row.options or options)
    except InputError as exc:
        return InputError(f"data, row {row.number}: {str(exc).removeprefix('data: ')}")
    article = make_article(named, row.number, values, columns, {})
    key = columns.id or columns.key
    if isinstance(article, Article) and not (key and values.get(key)):
        return article._replace(name=f"row {row.number}")
    return article


def _fill(record: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if _is_missing(value) else value for name, value in record.items()}


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in _MISSING or (isinstance(value, float) and value != value)  # noqa: PLR0124  # NaN
