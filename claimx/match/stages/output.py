"""The very last stage: the parts that came in, with what matching found."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from claimx.disk import write_aside
from claimx.match.rows import Longs
from claimx.match.stages.claims import number_claims, read_rows
from claimx.match.stages.groups import name_assigned
from claimx.match.stages.settings import Step
from claimx.match.stages.tables import (
    Ranges,
    Table,
    read_bucket,
    read_numbers,
    read_table,
)

ROWS = 50_000  # of a part that are in memory at a time

_TEXT = pa.string()
_FOUND = {
    "group_id": _TEXT,
    "claim": _TEXT,
    "support": pa.int32(),
    "independent": pa.int32(),
    "documents": pa.list_(_TEXT),
    "conflicts": pa.list_(pa.struct({"group_id": _TEXT, "kind": _TEXT, "why": _TEXT})),
}
Conflicts = Mapping[int, list[dict[str, str]]]


def write_part(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Write a part of claims anew, with the group of each, its wording, support and conflicts."""
    part, names, conflicts = inputs[:3]
    groups = Ranges(inputs[3:], step.groups)
    of_row = _read_groups(groups, step)[number_claims(read_rows(part))]
    named = read_table(names)["name"]
    told = _list_conflicts(conflicts, np.unique(of_row), named)
    with write_aside(output) as aside, pq.ParquetFile(part) as rows:
        schema = _add_fields(rows.schema_arrow)
        with pq.ParquetWriter(aside, schema, compression="zstd") as writer:
            at = 0
            for batch in rows.iter_batches(ROWS):
                some = of_row[at : at + batch.num_rows]
                writer.write_table(_fill(batch, schema, _describe(some, groups, named, told)))
                at += batch.num_rows


def _add_fields(schema: Any) -> Any:
    """Add the columns that a part lacks, and convert those of the same name to the right type."""
    for name, kind in _FOUND.items():
        at = schema.get_field_index(name)
        field = pa.field(name, kind)
        schema = schema.append(field) if at < 0 else schema.set(at, field)
    return schema


def _fill(batch: Any, schema: Any, columns: Mapping[str, Any]) -> Table:
    found = [columns[name] if name in columns else batch.column(name) for name in schema.names]
    return pa.Table.from_arrays(found, schema=schema)


def _describe(of_row: Longs, groups: Ranges, named: Any, told: Conflicts) -> dict[str, Any]:
    """Describe the group of each row."""
    numbers, at = np.unique(of_row, return_inverse=True)
    made = groups.take(numbers, ("claim", "documents"))
    documents = made["documents"].combine_chunks()
    conflicts = pa.array([told.get(number, ()) for number in numbers.tolist()], _FOUND["conflicts"])
    places = pa.array(at)
    return {
        "group_id": named.take(pa.array(of_row)),
        "claim": made["claim"].take(places),
        "support": documents.value_lengths().cast(pa.int32()).take(places),
        "independent": pa.nulls(len(of_row), pa.int32()),
        "documents": documents.take(places),
        "conflicts": conflicts.take(places),
    }


def _read_groups(groups: Ranges, step: Step) -> Longs:
    """Return the group of each claim of a part, over all ranges."""
    found = []
    for path, start in zip(groups.paths, groups.bounds, strict=False):
        table = read_bucket([name_assigned(path)], step.number)
        found.append((read_numbers(table, "row"), read_numbers(table, "group") + start))
    rows, numbers = (np.concatenate(some) for some in zip(*found, strict=True))
    of_claim = np.empty(len(rows), np.int64)
    of_claim[rows] = numbers
    return of_claim


def _list_conflicts(path: Path, numbers: Longs, named: Any) -> Conflicts:
    """List the conflicts of the groups *numbers*, by group."""
    table = read_table(path)
    here = np.isin(read_numbers(table, "a"), numbers) | np.isin(read_numbers(table, "b"), numbers)
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    for row in table.take(pa.array(np.flatnonzero(here))).to_pylist():
        for one, other in ((row["a"], row["b"]), (row["b"], row["a"])):
            told = {"group_id": named[other].as_py(), "kind": row["kind"], "why": row["why"]}
            found[one].append(told)
    return found
