"""
Write the tables of a stage, and read parts of them.

A file holds one table in Arrow's own form, which is read by mapping it into memory: of a table
of a million rows only those that are asked for are touched. A file of *buckets* holds one record
batch for each bucket, empty ones too, so that a later stage reads its own of every file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claimx.disk import write_aside
from claimx.errors import InputError
from claimx.match.rows import Longs

Table = Any  # pyarrow has no types of its own


def write_table(path: Path, columns: Mapping[str, Any] | Table) -> None:
    """Write one table to *path*, aside first."""
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    with _open_writer(path, table.schema) as writer:
        writer.write_table(table)


def write_buckets(path: Path, table: Table, buckets: NDArray[np.integer], count: int) -> None:
    """Write the rows of *table*, each into one of *count* buckets, in their order."""
    order = np.argsort(buckets, kind="stable")
    bounds = np.searchsorted(buckets[order], np.arange(count + 1)).tolist()
    table = table.take(pa.array(order)).combine_chunks()
    with _open_writer(path, table.schema) as writer:
        for low, high in pairwise(bounds):
            part = table.slice(low, high - low).combine_chunks().to_batches()
            writer.write_batch(part[0] if part else pa.RecordBatch.from_pylist([], table.schema))


@contextmanager
def _open_writer(path: Path, schema: Any) -> Iterator[Any]:
    with write_aside(path) as aside, pa.ipc.new_file(str(aside), schema) as writer:
        yield writer


@contextmanager
def _blame(path: Path) -> Iterator[None]:
    """
    Blame *path* for any error in what an earlier run left there.

    What the system says, such as that a network disk does not answer, is no fault of the file.
    """
    try:
        yield
    except (OSError, pa.ArrowException) as exc:
        if getattr(exc, "errno", None):
            raise
        why = str(exc).splitlines()[0][:200]
        raise InputError(f"{path}: damaged ({why}). Remove its folder, and match again.") from exc


def read_table(path: Path, columns: Sequence[str] | None = None) -> Table:
    """
    Open the table of *path*; its rows are read as they are used.

    Raises:
        InputError: If it is damaged.
    """
    with _blame(path):
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        return table if columns is None else table.select(list(columns))


def count_rows(path: Path) -> int:
    """Count the rows of the table of *path*."""
    rows: int = read_table(path).num_rows
    return rows


def read_tables(paths: Iterable[Path]) -> Table:
    """Join the tables of *paths*, in their order."""
    return pa.concat_tables(read_table(path) for path in paths)


def read_bucket(paths: Iterable[Path], number: int) -> Table:
    """Join one bucket of each of *paths*, in their order."""
    batches = []
    for path in paths:
        with _blame(path):
            batches.append(pa.ipc.open_file(pa.memory_map(str(path))).get_batch(number))
    return pa.Table.from_batches(batches, batches[0].schema)


def read_numbers(table: Table, name: str) -> NDArray[Any]:
    """Return a column of numbers or flags as an array."""
    found: NDArray[Any] = table[name].to_numpy()
    return found


def read_lists(table: Table, name: str) -> tuple[Longs, NDArray[Any]]:
    """Return a column of lists as where each starts, and all that is in them."""
    column = table[name].combine_chunks()
    sizes = np.asarray(column.value_lengths(), np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    return starts, column.flatten().to_numpy(zero_copy_only=False)


def make_lists(starts: NDArray[np.integer], values: NDArray[Any]) -> Any:
    """Make a column of lists."""
    return pa.LargeListArray.from_arrays(pa.array(starts, pa.int64()), pa.array(values))


def read_vectors(table: Table, name: str = "vector") -> NDArray[np.int8]:
    """Return a column of vectors as the rows of an array."""
    column = table[name].combine_chunks()
    width = column.type.byte_width
    _, data = column.buffers()
    flat = np.frombuffer(data or b"", np.int8)[column.offset * width :]
    return flat[: len(column) * width].reshape(len(column), width)


def make_vectors(vectors: NDArray[np.int8]) -> Any:
    """Make a column of vectors."""
    kind = pa.binary(vectors.shape[1])
    data = pa.py_buffer(np.ascontiguousarray(vectors))
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(vectors), [None, data])


class Ranges(NamedTuple):
    """A table cut into files by position: file *i* has those from ``bounds[i]`` on."""

    paths: Sequence[Path]
    bounds: Sequence[int]

    def take(self, positions: Longs, columns: Sequence[str] | None = None) -> Table:
        """Return the rows at *positions*, which ascend."""
        cuts = np.searchsorted(positions, self.bounds).tolist()
        parts = [
            read_table(path, columns).take(pa.array(positions[low:high] - base))
            for path, base, (low, high) in zip(
                self.paths, self.bounds, pairwise(cuts), strict=False
            )
            if high > low
        ]
        return pa.concat_tables(parts) if parts else read_table(self.paths[0], columns).slice(0, 0)
