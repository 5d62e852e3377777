"""The very last stage: the parts that came in, with what matching found."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from claimx.match.rows import Longs
from claimx.match.stages.claims import number_claims, read_rows
from claimx.match.stages.groups import name_assigned
from claimx.match.stages.settings import Step
from claimx.match.stages.tables import Ranges, read_bucket, read_numbers, read_table

_TEXT = pa.string()
_CONFLICTS = pa.list_(pa.struct({"group_id": _TEXT, "kind": _TEXT, "why": _TEXT}))


def write_part(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Write a part of claims anew, with the group of each, its wording, support and conflicts."""
    part, names, conflicts = inputs[:3]
    groups = Ranges(inputs[3:], step.groups)
    of_claim = _read_groups(groups, step)
    of_row = of_claim[number_claims(read_rows(part))]
    numbers = np.unique(of_row)
    made = groups.take(numbers, ("claim", "documents"))
    documents = made["documents"].combine_chunks()
    support = documents.value_lengths().cast(pa.int32())
    named = read_table(names)["name"]
    places = pa.array(np.searchsorted(numbers, of_row))
    columns = {
        "group_id": named.take(pa.array(of_row)),
        "claim": made["claim"].take(places),
        "support": support.take(places),
        "independent": pa.nulls(len(of_row), pa.int32()),
        "documents": documents.take(places),
        "conflicts": pa.array(_list_conflicts(conflicts, numbers, named), _CONFLICTS).take(places),
    }
    table = pq.read_table(part)
    for name, column in columns.items():
        at = table.schema.get_field_index(name)
        field = pa.field(name, column.type)
        table = (
            table.append_column(field, column) if at < 0 else table.set_column(at, field, column)
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_name(f".{output.name}.{secrets.token_hex(8)}.partial")
    try:
        pq.write_table(table, aside, compression="zstd")
        aside.replace(output)
    finally:
        aside.unlink(missing_ok=True)


def _read_groups(groups: Ranges, step: Step) -> Longs:
    """Give the group of each claim of a part, over all ranges."""
    found = []
    for path, start in zip(groups.paths, groups.bounds, strict=False):
        table = read_bucket([name_assigned(path)], step.number)
        found.append((read_numbers(table, "row"), read_numbers(table, "group") + start))
    rows, numbers = (np.concatenate(some) for some in zip(*found, strict=True))
    of_claim = np.empty(len(rows), np.int64)
    of_claim[rows] = numbers
    return of_claim


def _list_conflicts(path: Path, numbers: Longs, named: Any) -> list[list[dict[str, str]]]:
    """List the conflicts of each of the groups *numbers*."""
    table = read_table(path)
    sides = read_numbers(table, "a"), read_numbers(table, "b")
    some = table.take(
        pa.array(np.flatnonzero(np.isin(sides[0], numbers) | np.isin(sides[1], numbers)))
    )
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    for row in some.to_pylist():
        for here, there in ((row["a"], row["b"]), (row["b"], row["a"])):
            told = {"group_id": named[there].as_py(), "kind": row["kind"], "why": row["why"]}
            found[here].append(told)
    return [found[number] for number in numbers.tolist()]
