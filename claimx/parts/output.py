"""
Make the table of a run whose claims do not fit into memory: rows of Parquet, in order.

The rows are those of the table's Parquet form, in its order. What groups need of all
documents, who repeats whom, is known before; the rest is done file by file.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from claimx.disk import copy_whole, write_whole
from claimx.match.stages.run import Run
from claimx.match.stages.tables import read_bucket, write_buckets, write_table
from claimx.render import parquet
from claimx.render.parquet import make_schema

# A table of more rows is a folder of files.
MOST_ROWS = 1 << 20

Longs = NDArray[np.int64]


class Counted(NamedTuple):
    """What a table has: *rows* are its citations, *shared* its groups of two documents."""

    rows: int
    groups: int
    shared: int
    conflicts: int


def write_ordered(
    matched: Sequence[Path],
    work: Path,
    order: Mapping[str, int],
    sources: Mapping[str, str],
    run: Run,
) -> tuple[list[Path], Counted]:
    """
    Write the rows of the files *matched* in the order of the table, into files of *work*.

    Each has as many rows as a row group of the table's form.

    Args:
        matched: Files of `match_parts`.
        work: A folder.
        order: The place of each document in the table.
        sources: What `claimx.table.join_sources` says of them.
        run: How the steps are run.
    """
    chunk_rows = parquet.GROUP_ROWS
    work.mkdir(exist_ok=True)
    ranked = _rank_rows(matched, order, sources)
    chunks = max(1, -(-len(ranked.places) // chunk_rows))
    groups = work / "groups.arrow"
    write_table(groups, {"name": ranked.names, "independent": pa.array(ranked.independent)})
    documents = work / "documents.arrow"
    write_table(documents, {"name": pa.array(sorted(order, key=lambda name: order[name]))})
    calls = []
    for number, (low, high) in enumerate(pairwise(ranked.bounds)):
        places = work / f"places-{number:05}.arrow"
        write_table(places, {"place": pa.array(ranked.places[low:high])})
        calls.append(
            (matched[number], places, work / f"rows-{number:05}.arrow", chunk_rows, chunks)
        )
    run(spread_rows, calls)
    spread = [call[2] for call in calls]
    outputs = [work / f"{number:05}.parquet" for number in range(chunks)]
    names = (groups, documents)
    run(write_chunk, [(spread, names, path, at) for at, path in enumerate(outputs)])
    return outputs, ranked.counted


class _Ranked(NamedTuple):
    """
    Where each row goes: *bounds* are those of the files, *names* the groups in order.

    *independent* counts, for each group, its documents that repeat no other.
    """

    places: Longs
    bounds: list[int]
    names: Any
    independent: NDArray[np.int32]
    counted: Counted


def _rank_rows(
    matched: Sequence[Path], order: Mapping[str, int], sources: Mapping[str, str]
) -> _Ranked:
    bounds = [0, *np.cumsum([pq.read_metadata(path).num_rows for path in matched]).tolist()]
    names, group = _number(_read_column(matched, "group_id"))
    documents, document = _number(_read_column(matched, "document_id"))
    stands_for = _number_sources(documents.to_pylist(), sources)
    support = _count_distinct(group, document, len(names))
    independent = _count_distinct(group, stands_for[document], len(names))
    place_of = np.array([order[name] for name in documents.to_pylist()], np.int64)
    claim = _number_sorted(_read_column(matched, "claim_id"))
    in_order = _order_rows(matched, claim, place_of[document])
    leads = in_order[np.unique(group[in_order], return_index=True)[1]]
    lead_rank = _invert(in_order)
    group_order = np.lexsort((lead_rank[leads], -support, -independent))
    rank = _invert(group_order)[group]
    places = _invert(np.lexsort((np.arange(len(rank)), _find_least(claim, lead_rank), rank)))
    disputes = np.concatenate([_count_conflicts(path) for path in matched])
    shared, conflicts = int((support > 1).sum()), int(disputes[leads].sum()) // 2
    counted = Counted(len(places), len(names), shared, conflicts)
    ordered = names.take(pa.array(group_order))
    return _Ranked(places, bounds, ordered, independent[group_order].astype(np.int32), counted)


def _order_rows(matched: Sequence[Path], claim: Longs, place: Longs) -> Longs:
    """Order the rows by the *place* of their document, and there by the first of each *claim*."""
    start, end = (_read_column(matched, name).to_numpy() for name in ("start", "end"))
    by_start = np.lexsort((end, start, claim))
    firsts = by_start[np.unique(claim[by_start], return_index=True)[1]]
    return np.lexsort((claim, end[firsts][claim], start[firsts][claim], place))


def _invert(order: Longs) -> Longs:
    """Return the position of each number in *order*, which has each once."""
    positions = np.empty(len(order), np.int64)
    positions[order] = np.arange(len(order))
    return positions


def _read_column(matched: Sequence[Path], name: str) -> Any:
    """Read one column of all files; all at once would take as much memory as the rest."""
    return pa.concat_tables(pq.read_table(path, columns=[name]) for path in matched)[name]


def _count_conflicts(path: Path) -> Longs:
    column = pq.read_table(path, columns=["conflicts"])["conflicts"]
    counts: Longs = pc.list_value_length(column).to_numpy().astype(np.int64)
    return counts


def _find_least(number: Longs, value: Longs) -> Longs:
    """Give each row the least *value* of the rows that have its *number*."""
    least = np.full(int(number.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, number, value)
    found: Longs = least[number]
    return found


def _number(column: Any) -> tuple[Any, Longs]:
    """Return the distinct values of *column*, and the number of each row's."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy()


def _number_sorted(column: Any) -> Longs:
    """Number the distinct values of *column* in their order; return that of each row."""
    values, numbers = _number(column)
    ranks: Longs = _invert(pc.array_sort_indices(values).to_numpy())[numbers]
    return ranks


def _number_sources(documents: Sequence[str], sources: Mapping[str, str]) -> Longs:
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(sources.get(one, one), len(numbers)) for one in documents], np.int64
    )


def _count_distinct(group: Longs, value: Longs, groups: int) -> Longs:
    """Count the distinct values of each group."""
    width = int(value.max(initial=0)) + 1
    pairs = np.unique(group.astype(np.int64) * width + value)
    return np.bincount(pairs // width, minlength=groups)


def spread_rows(part: Path, places: Path, output: Path, chunk_rows: int, chunks: int) -> None:
    """Write the rows of *part*, each into the bucket of the file that it goes to."""
    table = pq.read_table(part)
    place = read_bucket([places], 0)["place"]
    table = table.append_column("place", place)
    write_buckets(output, table, place.to_numpy() // chunk_rows, chunks)


def write_chunk(
    spread: Sequence[Path], names: tuple[Path, Path], output: Path, number: int
) -> None:
    """
    Write file *number* of the table: its rows of all parts, in order.

    *names* are files with the groups and the documents in their order.
    """
    table = read_bucket(spread, number).sort_by("place")
    named, documents = (read_bucket([path], 0) for path in names)
    rank = pc.index_in(table["group_id"], value_set=named["name"].combine_chunks())
    columns = {
        "independent": named["independent"].take(rank),
        "conflicts": _order_conflicts(table["conflicts"], rank, named["name"]),
        "documents": _order_documents(table["documents"], documents["name"]),
    }
    schema = make_schema()
    made = pa.table(
        [columns.get(name, table[name]) for name in schema.names], schema=schema
    ).combine_chunks()
    sink = pa.BufferOutputStream()
    pq.write_table(made, sink, compression="zstd")
    write_whole(output, sink.getvalue().to_pybytes())


def _order_documents(column: Any, names: Any) -> Any:
    """Put the documents of each row in the order of the table."""
    lists = column.combine_chunks()
    flat = lists.flatten()
    place = pc.index_in(flat, value_set=names.combine_chunks()).to_numpy()
    owner = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy())
    values = flat.take(pa.array(np.lexsort((place, owner))))
    return pa.ListArray.from_arrays(lists.offsets, values)


def _order_conflicts(column: Any, rank: Any, names: Any) -> Any:
    """Put the conflicts of each row in the order of the table."""
    lists, ranks = column.to_pylist(), rank.to_pylist()
    wanted = {one["group_id"] for some in lists for one in some or ()}
    sought = pa.array(sorted(wanted), pa.string())
    found = pc.index_in(sought, value_set=names.combine_chunks()).to_pylist()
    rank_of = dict(zip(sought.to_pylist(), found, strict=True))

    def place(own: int, one: Mapping[str, str]) -> tuple[Any, ...]:
        sides = sorted((own, rank_of[one["group_id"]]))
        return (*sides, one["kind"], one["why"])

    ordered = [
        sorted(some or (), key=lambda one, own=own: place(own, one))
        for own, some in zip(ranks, lists, strict=True)
    ]
    return pa.array(ordered, column.type)


def join_chunks(chunks: Sequence[Path], output: Path) -> None:
    """Write the rows of *chunks* into one file, with the bytes that the table's form has."""
    whole = chunks[0].with_name("whole.partial")
    with pq.ParquetWriter(whole, make_schema(), compression="zstd") as writer:
        for path in chunks:
            writer.write_table(pq.read_table(path, schema=make_schema()).combine_chunks())
    copy_whole(whole, output)
    whole.unlink()
