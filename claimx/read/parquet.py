"""Parquet: one article per row, read in small batches."""

import io
from collections.abc import Iterator
from typing import Any

from claimx.errors import InputError
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions, blame_file
from claimx.read.rows import choose_columns, make_article, stop_at_broken, tell_apart

_BATCH = 64
_BROKEN = ("Parquet", "Write it anew.")
# A row group is in memory as a whole. Writers use 64 MB to 1 GB, unpacked.
MAX_GROUP = 1_000_000_000


def read_parquet(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read the rows of a Parquet file, numbered from 1.

    Raises:
        InputError: If it is broken or too large, or its columns are missing.
    """
    import pyarrow.parquet

    source = io.BytesIO(file.read()) if file.is_packed or not file.path else str(file.path)
    with (
        blame_file(file, "Parquet", "Write it anew."),
        pyarrow.parquet.ParquetFile(source) as table,
    ):
        names = [field.name for field in table.schema_arrow if _is_plain(field.type)]
        columns = choose_columns(file, names, options)
        _check_groups(file, table.metadata)
        batches = table.iter_batches(_BATCH, columns=names, use_threads=False)
        rows = (row for batch in batches for row in _list_rows(batch))
        articles = (
            make_article(file, number, row, columns, {}) for number, row in enumerate(rows, start=1)
        )
        yield from stop_at_broken(file, articles, "the text")


def _list_rows(batch: Any) -> Iterator[dict[str, Any]]:
    names = tell_apart(batch.schema.names)
    for values in zip(*map(_list_values, batch.columns), strict=True):
        yield dict(zip(names, values, strict=True))


def _list_values(column: Any) -> list[Any]:
    """List the values of *column*; those without a Python type stay bytes, which are ignored."""
    try:
        return list(column.to_pylist())
    except (ArithmeticError, LookupError, ValueError):
        return [_read_value(cell) for cell in column]


def _read_value(cell: Any) -> Any:
    try:
        return cell.as_py()
    except (ArithmeticError, LookupError, ValueError):
        return b""


def _is_plain(kind: Any) -> bool:
    from pyarrow import types

    nested = types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind)
    return not nested and not types.is_fixed_size_binary(kind)


def _check_groups(file: File, metadata: Any) -> None:
    groups = (metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    biggest = max(groups, default=0)
    if biggest > MAX_GROUP:
        raise InputError(
            f"{file.name}: a row group of {biggest / 1e9:.1f} GB (at most {MAX_GROUP / 1e9:.0f}). "
            "Write it with smaller ones."
        )
