"""Render one typed row per citation as Parquet, for pandas, polars and duckdb."""

import io
from collections import defaultdict
from typing import Any

from claimx.render.show import replace_surrogates
from claimx.table import COLUMNS, ClaimTable, Folder, pair_citations

# Rows of a row group, which take about a kilobyte each in memory.
GROUP_ROWS = 100_000


def render_parquet(table: ClaimTable, *, base: Folder | None = None) -> bytes:  # noqa: ARG001
    """
    Write the rows of `ClaimTable.to_records`, with lists where the table has lists.

    *flags* is a list of (kind, message); *documents* lists all that support the
    claim; *conflicts* is a list of (group_id, kind, why), why as in the table.
    A lone surrogate, which UTF-8 cannot encode, becomes U+FFFD.
    """
    return write_rows(list_typed_rows(table))


def write_rows(rows: list[dict[str, Any]], *texts: str) -> bytes:
    """Write *rows*, which have the columns of a table and of *texts*, as Parquet."""
    import pyarrow as pa  # an extra
    import pyarrow.parquet as pq

    out = io.BytesIO()
    schema = pa.schema([*make_schema(), *((name, pa.string()) for name in texts)])
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, out, compression="zstd", row_group_size=GROUP_ROWS)
    return out.getvalue()


def make_schema() -> Any:
    """Make the Arrow schema of the rows of a table."""
    import pyarrow as pa  # an extra

    text = pa.string()
    kinds = {name: pa.int32() for name in ("support", "independent", "line", "column", "page")}
    kinds |= {"start": pa.int64(), "end": pa.int64(), "score": pa.float64(), "time": pa.float64()}
    kinds |= {"flags": pa.list_(pa.struct({"kind": text, "message": text}))}
    kinds |= {
        "documents": pa.list_(text),
        "conflicts": pa.list_(pa.struct({"group_id": text, "kind": text, "why": text})),
    }
    return pa.schema({name: kinds.get(name, text) for name in COLUMNS})


def list_typed_rows(table: ClaimTable) -> list[dict[str, Any]]:
    """List the rows of `ClaimTable.to_records`, with lists where the table has lists."""
    conflicts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in table.conflicts:
        for here, there in ((one.a, one.b), (one.b, one.a)):
            conflicts[here].append({"group_id": there, "kind": one.kind, "why": one.why})
    pairs = ((group, claim) for group in table.groups for claim, _ in pair_citations(group))
    return [
        replace_surrogates(
            row
            | {
                "flags": [flag.model_dump() for flag in claim.flags],
                "documents": list(dict.fromkeys(one.document_id for one in group.claims)),
                "conflicts": conflicts[group.id],
            }
        )
        for row, (group, claim) in zip(table.to_records(), pairs, strict=True)
    ]
