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
_RANKED = ("group_id", "document_id", "claim_id", "start", "end")


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
    tables = [pq.read_table(path, columns=list(_RANKED)) for path in matched]
    bounds = [0, *np.cumsum([table.num_rows for table in tables]).tolist()]
    rows = pa.concat_tables(tables).combine_chunks()
    disputes = np.concatenate([_count_conflicts(path) for path in matched])
    names, group = _number(rows["group_id"])
    documents, document = _number(rows["document_id"])
    place_of = np.array([order[name] for name in documents.to_pylist()], np.int64)
    stands_for = _number_sources(documents.to_pylist(), sources)
    claim = _number_sorted(rows["claim_id"])
    start, end = (rows[name].to_numpy().astype(np.int64) for name in ("start", "end"))

    # a claim is placed by the first of its citations, a group by the first of its claims
    by_place = np.lexsort((end, start, claim))
    firsts = by_place[np.unique(claim[by_place], return_index=True)[1]]
    keys = (place_of[document], start[firsts][claim], end[firsts][claim], claim)
    in_order = np.lexsort(tuple(reversed(keys)))
    leads = in_order[np.unique(group[in_order], return_index=True)[1]]
    support = _count_distinct(group, document, len(names))
    independent = _count_distinct(group, stands_for[document], len(names))
    lead_rank = np.empty(len(rows), np.int64)
    lead_rank[in_order] = np.arange(len(rows))
    group_order = np.lexsort((lead_rank[leads], -support, -independent))
    rank = np.empty(len(names), np.int64)
    rank[group_order] = np.arange(len(names))
    final = np.lexsort((np.arange(len(rows)), _find_least(claim, lead_rank), rank[group]))
    places = np.empty(len(rows), np.int64)
    places[final] = np.arange(len(rows))
    ordered = names.take(pa.array(group_order))
    shared, conflicts = int((support > 1).sum()), int(disputes[leads].sum()) // 2
    counted = Counted(len(rows), len(names), shared, conflicts)
    return _Ranked(places, bounds, ordered, independent[group_order].astype(np.int32), counted)


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
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)


def _number_sorted(column: Any) -> Longs:
    """Number the distinct values of *column* in their order; return that of each row."""
    values, numbers = _number(column)
    rank = np.empty(len(values), np.int64)
    rank[pc.array_sort_indices(values).to_numpy()] = np.arange(len(values))
    ranks: Longs = rank[numbers]
    return ranks


def _number_sources(documents: Sequence[str], sources: Mapping[str, str]) -> Longs:
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(sources.get(one, one), len(numbers)) for one in documents], np.int64
    )


def _count_distinct(group: Longs, value: Longs, groups: int) -> Longs:
    """Count the distinct values of each group."""
    pairs = np.unique(group * (int(value.max(initial=0)) + 1) + value)
    return np.bincount(pairs // (int(value.max(initial=0)) + 1), minlength=groups)


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
