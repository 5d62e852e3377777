"""The first stages: claims to wordings in order, wordings to rows of keys."""

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claimx.language.text import fold_text
from claimx.match.collector import pause_collector
from claimx.match.embed import embed_texts
from claimx.match.matcher import cut_text
from claimx.match.rows import KeyRows, Longs
from claimx.match.stages.claims import CLAIM, read_claims, read_rows
from claimx.match.stages.settings import Step
from claimx.match.stages.tables import (
    Table,
    make_lists,
    make_vectors,
    read_bucket,
    read_lists,
    read_numbers,
    read_table,
    write_buckets,
    write_table,
)
from claimx.match.vocabulary import Found, Readings, join_found, number_readings, read_texts
from claimx.segment.allegations import weigh_allegation

SAMPLES = 500  # wordings of a part by which all are cut into ranges
CHUNK = 50_000  # claims of a part that are strings in memory at a time
Key = tuple[str, bool]


def sample_wordings(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Pick wordings of a part of claims, evenly."""
    rows = read_rows(inputs[0])
    step = max(1, rows.num_rows // SAMPLES)
    some = rows.take(pa.array(np.arange(0, rows.num_rows, step)))
    _write_keys(output, sorted(_list_keys(some["member_claim"], some)))


def cut_ranges(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Find wordings that cut all of them into ranges of about the same size."""
    keys = sorted(key for path in inputs for key in _read_keys(path))
    ranges = step.plan.ranges
    cuts = sorted({keys[len(keys) * at // ranges] for at in range(1, ranges)}) if keys else []
    _write_keys(output, cuts)


def spread_claims(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Put the claims of a part into the ranges of their wordings."""
    claims = read_claims(inputs[0], step.number)
    cuts = _read_keys(inputs[1])
    ranges, folded = [np.empty(0, np.int64)], [pa.array([], pa.string())]
    for at in range(0, claims.num_rows, CHUNK):
        some = claims.slice(at, CHUNK)
        keys = _list_keys(some["text"], some)
        ranges.append(np.fromiter((bisect_right(cuts, key) for key in keys), np.int64, len(keys)))
        folded.append(pa.array([text for text, _ in keys], pa.string()))
    table = claims.append_column("folded", pa.chunked_array(folded))
    write_buckets(output, table, np.concatenate(ranges), step.plan.ranges)


def collect_range(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Put the claims of each wording of a range together, in order."""
    table = read_bucket(inputs, step.number)
    keys = _list_sorting(table)
    table = table.take(pc.sort_indices(keys, [(name, "ascending") for name in keys.column_names]))
    firsts = _find_wordings(table)
    starts = pa.array(np.append(firsts, table.num_rows), pa.int64())
    claims = table.select([field.name for field in CLAIM]).to_struct_array()
    claims = pa.concat_arrays(claims.chunks) if claims.num_chunks else pa.array([], CLAIM)
    first = table.take(pa.array(firsts))
    texts, modalities = (first[name].to_pylist() for name in ("text", "modality"))
    alleging = [
        weigh_allegation(text, modality or "asserted")
        for text, modality in zip(texts, modalities, strict=True)
    ]
    write_table(
        output,
        {
            "text": pa.array(map(cut_text, texts), pa.string()),
            "alleging": pa.array(alleging, pa.bool_()),
            "claims": pa.LargeListArray.from_arrays(starts, claims),
        },
    )


def _list_sorting(table: Table) -> Table:
    """List what claims are sorted by: their wording, then as by `place_claim`."""
    texts = {name: pc.fill_null(table[name], "") for name in ("quote", "speaker")}
    return pa.table(
        {
            "folded": table["folded"],
            "alleged": _flag_alleged(table),
            "document": table["document"],
            "start": pc.fill_null(table["start"], 0),
            "text": table["text"],
            "id": table["id"],
            **texts,
        }
    )


def _flag_alleged(table: Table) -> Any:
    return pc.equal(pc.fill_null(table["modality"], ""), "alleged")


def _find_wordings(table: Table) -> Longs:
    """Find the rows at which a wording begins."""
    folded = table["folded"].combine_chunks().dictionary_encode().indices.to_numpy()
    alleged = _flag_alleged(table).to_numpy()
    changes = (np.diff(folded, prepend=-1) != 0) | (
        np.diff(alleged.astype(np.int8), prepend=-1) != 0
    )
    return np.flatnonzero(changes)


@pause_collector()
def read_range(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Read the wordings of a range into keys; what was found goes beside, for the vocabulary."""
    readings = read_texts(read_table(inputs[0], ("text",))["text"].to_pylist())
    keys, words, counts = readings.found
    starts = np.concatenate(([0], np.cumsum(readings.sizes, dtype=np.int64)))
    write_table(
        name_found(output),
        {
            "key": pa.array(keys, pa.string()),
            "word": pa.array(words, pa.string()),
            "count": pa.array(counts, pa.int64()),
        },
    )
    write_table(
        output,
        {
            "ids": make_lists(starts, readings.ids),
        },
    )


def name_found(path: Path) -> Path:
    """Give the file of what was found, beside the readings in *path*."""
    return path.with_suffix(".found")


@pause_collector()
def join_vocabulary(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Number the keys of all ranges."""
    joined = join_found(map(_read_found, inputs))
    write_table(
        output,
        {
            "key": pa.array(joined.keys, pa.string()),
            "word": pa.array(joined.words, pa.string()),
            "count": pa.array(joined.counts),
            "usual": pa.array(joined.usual),
            "vector": make_vectors(joined.vectors),
        },
    )


def _read_found(path: Path) -> Found:
    table = read_table(path)
    return Found(*(table[name].to_pylist() for name in ("key", "word", "count")))


def number_range(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Number the keys of the wordings of a range, and embed these."""
    wordings, readings, found, vocabulary = inputs
    texts = read_table(wordings, ("text", "alleging"))
    read = read_table(readings)
    starts, ids = read_lists(read, "ids")
    known = Readings(
        np.diff(starts).tolist(),
        ids,
        _read_found(found),
    )
    keys = read_table(vocabulary, ("key", "count"))
    numbers = pc.index_in(read_table(found)["key"], value_set=keys["key"].combine_chunks())
    rows = number_readings(known, numbers.to_numpy(), read_numbers(keys, "count"))
    write_table(
        output,
        {
            "text": texts["text"],
            "alleging": texts["alleging"],
            "keys": make_lists(rows.starts, rows.keys),
            "vector": make_vectors(embed_texts(texts["text"].to_pylist())),
        },
    )


def read_key_rows(texts: Path, vocabulary: Path) -> KeyRows:
    """Give the keys of a range of texts, as they are numbered in the vocabulary."""
    starts, keys = read_lists(read_table(texts, ("keys",)), "keys")
    return KeyRows(starts, keys, read_numbers(read_table(vocabulary, ("count",)), "count"))


def _list_keys(texts: Any, table: Table) -> list[Key]:
    named = "modality" in table.column_names
    modalities = table["modality"].to_pylist() if named else [None] * len(texts)
    return [
        (fold_text(text), modality == "alleged")
        for text, modality in zip(texts.to_pylist(), modalities, strict=True)
    ]


def _write_keys(path: Path, keys: Sequence[Key]) -> None:
    texts, alleged = [text for text, _ in keys], [flag for _, flag in keys]
    write_table(
        path, {"text": pa.array(texts, pa.string()), "alleged": pa.array(alleged, pa.bool_())}
    )


def _read_keys(path: Path) -> list[Key]:
    table = read_table(path)
    return list(zip(table["text"].to_pylist(), table["alleged"].to_pylist(), strict=True))
