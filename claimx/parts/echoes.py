"""
Find which documents repeat one another where their texts do not fit into memory.

The steps are those of `claimx.echoes`, on files: each document's runs of words are put
into buckets, so that equal runs meet; the pairs that share some are compared.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from claimx.echoes import (
    ALL_PAIRS,
    LEADS,
    Words,
    compare_words,
    find_credit,
    hash_runs,
    pair_owners,
)
from claimx.match.stages.run import Run
from claimx.match.stages.tables import (
    read_bucket,
    read_numbers,
    read_table,
    read_tables,
    write_buckets,
    write_table,
)
from claimx.parts.records import PartPlan, Plan
from claimx.parts.store import Store
from claimx.records import Document
from claimx.table import join_alike, pair_named

# Documents whose runs of words a step has in memory, about: of a thousand words each, some 16 MB.
_BUCKET_DOCUMENTS = 2_000
# Pairs of documents that a step compares.
_PAIRS = 50_000
_KEPT = 16_000_000  # characters of the documents that a step has in memory


class Known(NamedTuple):
    """What is known of all documents: the place of each, and who stands for whom."""

    order: dict[str, int]
    sources: dict[str, str]


def find_sources(plan: Plan, store: Store, work: Path, missing: Collection[str], run: Run) -> Known:
    """
    Find the documents of *plan* that repeat one another, in files of *work*.

    Nothing but their documents is known of the parts *missing*.
    """
    work.mkdir(exist_ok=True)
    buckets = max(1, plan.documents // _BUCKET_DOCUMENTS)
    hashed = [work / f"runs-{part.name}.arrow" for part in plan.parts]
    abouts = [_name_about(path) for path in hashed]
    parts = zip(plan.parts, hashed, strict=True)
    run(
        hash_part,
        [(store.folder, one, one.name not in missing, path, buckets) for one, path in parts],
    )
    paired = [work / f"pairs-{number:05}.arrow" for number in range(buckets)]
    run(pair_bucket, [(hashed, path, n, plan.documents) for n, path in enumerate(paired)])
    summed = [work / f"sums-{number:05}.arrow" for number in range(buckets)]
    run(sum_bucket, [(paired, path, number) for number, path in enumerate(summed)])
    codes = np.sort(np.concatenate([_read_codes(path) for path in summed]))
    if plan.documents <= ALL_PAIRS:
        every = combinations(range(plan.documents), 2)
        codes = np.array([a * plan.documents + b for a, b in every], np.int64)
    cuts = range(0, len(codes), _PAIRS)
    compared = [work / f"echoes-{number:05}.arrow" for number in range(len(cuts))]
    total = plan.documents
    calls = [
        (abouts, codes[cut : cut + _PAIRS].tolist(), total, path)
        for cut, path in zip(cuts, compared, strict=True)
    ]
    run(compare_pairs, calls)
    return _join(abouts, compared)


def hash_part(folder: Path, part: PartPlan, is_done: bool, output: Path, buckets: int) -> None:
    """
    Write the runs of words of each document of *part*, and beside them what it is.

    Which sentences are prose is known if the part *is_done*.
    """
    store = Store(folder)
    documents = store.read_documents(part.name)
    results = store.read_results(part.name) if is_done else []
    prose = {one.document_id: one.prose for one in results if one.prose is not None}
    runs = [hash_runs(Words(document, None).words) for document in documents]
    places = np.repeat(np.array(part.places, np.int64), [len(own) for own in runs])
    every = np.concatenate([*runs, np.empty(0, np.uint64)])
    table = pa.table({"run": pa.array(every), "place": pa.array(places)})
    credited = [find_credit(document.text) for document in documents]
    write_table(
        _name_about(output),
        {
            "place": pa.array(part.places, pa.int64()),
            "id": pa.array([one.id for one in documents], pa.string()),
            "outlet": pa.array([one.outlet for one in documents], pa.string()),
            "credit": pa.array([one and one[0] for one in credited], pa.string()),
            "text": pa.array([one.text.encode(*_BYTES) for one in documents], pa.large_binary()),
            "prose": pa.array([prose.get(one.id) for one in documents], pa.list_(pa.int64())),
        },
    )
    write_buckets(output, table, (every % np.uint64(buckets)).astype(np.int64), buckets)


_BYTES = ("utf-8", "surrogatepass")


def _name_about(path: Path) -> Path:
    return path.with_name(f"about-{path.name}")


def pair_bucket(hashed: Sequence[Path], output: Path, number: int, total: int) -> None:
    """Write the pairs of documents that share runs of bucket *number*, with how many."""
    table = read_bucket(hashed, number)
    runs, owners = read_numbers(table, "run"), read_numbers(table, "place")
    codes, counts = pair_owners(runs, owners, total)
    table = pa.table({"code": pa.array(codes), "count": pa.array(counts)})
    buckets = _count_buckets(hashed)
    write_buckets(output, table, codes % buckets, buckets)


def _count_buckets(hashed: Sequence[Path]) -> int:
    buckets: int = pa.ipc.open_file(pa.memory_map(str(hashed[0]))).num_record_batches
    return buckets


def sum_bucket(paired: Sequence[Path], output: Path, number: int) -> None:
    """Write the pairs of bucket *number* that share enough runs."""
    table = read_bucket(paired, number)
    codes, inverse = np.unique(read_numbers(table, "code"), return_inverse=True)
    counts = np.bincount(inverse, read_numbers(table, "count"), len(codes))
    write_table(output, {"code": pa.array(codes[counts >= LEADS], pa.int64())})


def _read_codes(path: Path) -> Any:
    return read_numbers(read_tables([path]), "code")


def compare_pairs(abouts: Sequence[Path], codes: Sequence[int], total: int, output: Path) -> None:
    """Write which of the pairs of documents *codes* repeat one another."""
    texts = _Texts(abouts)
    echoes = [
        echo
        for code in codes
        if (echo := compare_words(*map(texts.read, divmod(code, total)))) is not None
    ]
    write_table(
        output,
        {
            "a": pa.array([one.a for one in echoes], pa.string()),
            "b": pa.array([one.b for one in echoes], pa.string()),
        },
    )


class _Texts:
    """Reads documents by their places; the last ones stay in memory."""

    def __init__(self, abouts: Sequence[Path]) -> None:
        self._tables = [read_table(path, ["id", "text", "prose"]) for path in abouts]
        places = [read_numbers(read_table(path, ["place"]), "place") for path in abouts]
        self._row_of = {
            int(place): (at, row) for at, own in enumerate(places) for row, place in enumerate(own)
        }
        self._kept: dict[int, Words] = {}
        self._characters = 0

    def read(self, place: int) -> Words:
        """Read the document at *place*."""
        words = self._kept.pop(place, None)
        if words is None:
            words = self._open(place)
            self._characters += len(words.document.text)
        self._kept[place] = words  # the last that was asked for
        while self._characters > _KEPT and len(self._kept) > 1:
            oldest = self._kept.pop(next(iter(self._kept)))
            self._characters -= len(oldest.document.text)
        return words

    def _open(self, place: int) -> Words:
        at, row = self._row_of[place]
        name, text, prose = (column[row].as_py() for column in self._tables[at].columns)
        return Words(Document.model_construct(id=name, text=text.decode(*_BYTES)), prose)


def _join(abouts: Sequence[Path], compared: Sequence[Path]) -> Known:
    """Join what was found, and the documents that credit one agency, with the first of them."""
    columns = ["place", "id", "outlet", "credit"]
    about = pa.concat_tables(read_table(path, columns) for path in abouts).sort_by("place")
    names = about["id"].to_pylist()
    named = (zip(names, about[own].to_pylist(), strict=True) for own in ("outlet", "credit"))
    alike = chain(_list_echoes(compared), *map(pair_named, named))
    return Known({name: place for place, name in enumerate(names)}, join_alike(alike))


def _list_echoes(compared: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for path in compared:
        found = read_tables([path])
        yield from zip(found["a"].to_pylist(), found["b"].to_pylist(), strict=True)
