"""Claims in the columns of a table: read from Parquet, made into records again."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from claimx.errors import InputError
from claimx.match.rows import Longs
from claimx.match.stages.tables import Ranges, Table
from claimx.records import Alignment, Claim, Flag, FlagKind, Modality, Span

# The columns of a table in Parquet that matching reads.
_NEEDED = ("claim_id", "document_id", "member_claim")
_OTHERS = ("start", "end", "speaker", "modality", "flags", "date")
_QUOTE = "claim_quote"  # the words that the model copied, if they are there
_READ = (*_NEEDED, "quote", *_OTHERS, _QUOTE)
_JOIN = " … "  # between the citations of a claim, where they are not
_MODALITIES, _KINDS = get_args(Modality), get_args(FlagKind)
_DAY = len("2025-03-30")

CLAIM = pa.struct(
    {
        **dict.fromkeys(("id", "document", "text", "quote"), pa.string()),
        **dict.fromkeys(("start", "end"), pa.int64()),
        **dict.fromkeys(("speaker", "modality"), pa.string()),
        "flags": pa.list_(pa.struct({"kind": pa.string(), "message": pa.string()})),
        "date": pa.string(),
        "part": pa.int32(),
        "row": pa.int32(),
    }
)


def read_claims(path: Path, part: int) -> Table:
    """
    List the claims of Parquet file *path*, number *part* of several: a row a claim.

    Raises:
        InputError: If it is no Parquet, or not of claims.
    """
    rows = read_rows(path)
    numbers = number_claims(rows)
    _, firsts = np.unique(numbers, return_index=True)
    count = rows.num_rows
    columns = {
        "id": rows["claim_id"],
        "document": rows["document_id"],
        "text": rows["member_claim"],
        "quote": _join_quotes(rows, numbers),
        **{name: rows[name] if name in rows.column_names else pa.nulls(count) for name in _OTHERS},
        "part": pa.array(np.full(count, part, np.int32)),
        "row": pa.array(numbers.astype(np.int32)),
    }
    claims = pa.table(columns).take(pa.array(firsts))
    try:
        claims = claims.cast(pa.schema(list(CLAIM)))
    except pa.ArrowException as exc:
        raise InputError(f"{path}: {exc}. Pass the Parquet form of a table.") from exc
    _check_values(claims, path)
    return claims.combine_chunks()


def count_citations(path: Path) -> int:
    """
    Count the rows of Parquet file *path*.

    Raises:
        InputError: If it is no Parquet, or not of claims.
    """
    metadata = _open(path, lambda: pq.read_metadata(path))
    for name in _NEEDED:
        if name not in metadata.schema.names:
            raise InputError(f'{path}: no column "{name}". Pass the Parquet form of a table.')
    rows: int = metadata.num_rows
    return rows


def read_rows(path: Path) -> Table:
    """
    Read the columns of *path* that matching needs.

    Raises:
        InputError: If they cannot be read.
    """
    names = _open(path, lambda: pq.read_schema(path).names)
    some = [name for name in _READ if name in names]
    table = _open(path, lambda: pq.read_table(path, columns=some))
    for name in _NEEDED:
        if table[name].null_count:
            raise InputError(f'{path}: a row without "{name}". Pass the Parquet form of a table.')
    return table


def _open(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, pa.ArrowException) as exc:
        why = str(exc).splitlines()[0][:200]
        raise InputError(f"{path}: cannot be read as Parquet ({why}). Write it anew.") from exc


def number_claims(rows: Table) -> Longs:
    """Number the claims of *rows*, which are citations, in the order of the first of each."""
    documents, ids = (
        rows[name].combine_chunks().dictionary_encode() for name in ("document_id", "claim_id")
    )
    codes = documents.indices.to_numpy().astype(np.int64) * max(1, len(ids.dictionary))
    codes += ids.indices.to_numpy()
    _, firsts, places = np.unique(codes, return_index=True, return_inverse=True)
    numbers = np.empty(len(firsts), np.int64)
    numbers[np.argsort(firsts)] = np.arange(len(firsts))
    return numbers[places]


def _join_quotes(rows: Table, numbers: Longs) -> Any:
    """Return for each row the words that its claim cites."""
    if _QUOTE in rows.column_names:
        return rows[_QUOTE]
    if "quote" not in rows.column_names:
        return rows["member_claim"]
    several = np.bincount(numbers)[numbers] > 1 if len(numbers) else np.empty(0, np.bool_)
    if not several.any():
        return rows["quote"]
    quotes: dict[int, list[str]] = defaultdict(list)
    some = rows["quote"].filter(pa.array(several)).to_pylist()
    for number, quote in zip(numbers[several].tolist(), some, strict=True):
        quotes[number].append(quote or "")
    joined = [_JOIN.join(quotes[number]) for number in numbers[several].tolist()]
    quoted = rows["quote"].combine_chunks()
    return pc.replace_with_mask(quoted, pa.array(several), pa.array(joined, quoted.type))


def _check_values(claims: Table, path: Path) -> None:
    """Check what records may hold only some values of."""
    found = claims["modality"].unique().to_pylist()
    kinds = claims["flags"].combine_chunks().flatten().field("kind").unique().to_pylist()
    for value in (*set(found).difference(_MODALITIES, [None]), *set(kinds).difference(_KINDS)):
        raise InputError(f"{path}: {value!r} is no modality and no flag of claimx.")


class Told(NamedTuple):
    """The claims of some wordings, where each is from (part and number), days of documents."""

    wordings: list[list[Claim]]
    sources: dict[int, tuple[int, int]]
    days: dict[str, date]

    def find_source(self, claim: Claim) -> tuple[int, int]:
        """Return the part of *claim*, and its number there."""
        return self.sources[id(claim)]


def take_claims(ranges: Ranges, positions: Longs) -> Told:
    """Return the claims of the wordings at *positions*, which ascend."""
    lists = ranges.take(positions, ("claims",))["claims"].combine_chunks()
    told = Told([], {}, {})
    for rows in lists.to_pylist():
        wording = []
        for row in rows:
            claim = make_claim(row)
            wording.append(claim)
            told.sources[id(claim)] = row["part"], row["row"]
            if (day := _read_day(row["date"])) is not None:
                told.days[claim.document_id] = day
        told.wordings.append(wording)
    return told


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and len(text) == _DAY else None
    except ValueError:
        return None


def make_claim(row: dict[str, Any]) -> Claim:
    """Make a claim of a row that was checked."""
    start = row["start"]
    spans = () if start is None else (_make_span(start, row["end"] or start),)
    return Claim.model_construct(
        _FIELDS,
        id=row["id"],
        document_id=row["document"],
        text=row["text"],
        quote=row["quote"] or "",
        alignment=Alignment.model_construct(_PLACED, status="exact", spans=spans),
        speaker=row["speaker"],
        modality=row["modality"] or "asserted",
        flags=tuple(
            Flag.model_construct(kind=flag["kind"], message=flag["message"] or "")
            for flag in row["flags"] or ()
        ),
    )


def _make_span(start: int, end: int) -> Span:
    return Span.model_construct(start=start, end=end)


_FIELDS = {"id", "document_id", "text", "quote", "alignment", "speaker", "modality", "flags"}
_PLACED = {"status", "spans"}
