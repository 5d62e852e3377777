"""Make a table that does not fit into memory, as Parquet, from the parts of a run."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from claimx.match.stages import match_parts
from claimx.parts.output import MOST_ROWS, Counted, Run, join_chunks, write_ordered
from claimx.parts.records import Large, PartRecord, Plan, list_missing
from claimx.parts.store import Store
from claimx.pipeline.flow import choose_scores, find_echoes_within
from claimx.records import Document, DocumentResult
from claimx.settings import Settings
from claimx.table import Counts, join_sources


def make_large(
    plan: Plan, store: Store, settings: Settings, missing: Mapping[str, str], run: Run
) -> Large:
    """Match the claims of all parts but those *missing*, and put their rows in order."""
    there = [part for part in plan.parts if part.name not in missing]
    claims = [store.name_claims(part.name) for part in there]
    matched = match_parts(claims, store.folder / "match", choose_scores(settings), run)
    documents, results = _read_all(plan, store, missing)
    echoes, failures = find_echoes_within(documents, results)
    order = {document.id: place for place, document in enumerate(documents)}
    sources = join_sources(documents, echoes)
    shutil.rmtree(store.table, ignore_errors=True)
    files, counted = write_ordered(matched, store.table, order, sources, run)
    records = [record for part in there if (record := store.find_record(part.name))]
    missed = [failure for one in results for failure in one.failures]
    every = [*plan.failures, *missed, *failures]
    return Large(files, _count(plan, records, counted, len(every)), every)


def _read_all(
    plan: Plan, store: Store, missing: Mapping[str, str]
) -> tuple[list[Document], list[DocumentResult]]:
    """Read the documents of all parts in order, and of their results what is not in the rows."""
    documents: list[Document | None] = [None] * plan.documents
    results: list[DocumentResult] = []
    for part in plan.parts:
        own = store.read_documents(part.name)
        for place, document in zip(part.places, own, strict=True):
            documents[place] = document
        if (why := missing.get(part.name)) is not None:
            results += list_missing(own, why)
            continue
        for one in store.read_results(part.name):
            results.append(one.model_copy(update={"claims": (), "rejected": (), "skipped": ()}))
    return [one for one in documents if one is not None], results


def _count(plan: Plan, records: Sequence[PartRecord], counted: Counted, failures: int) -> Counts:
    reasons = Counter[str]()
    for record in records:
        reasons.update(record.reasons)
    cited = sum(record.claims for record in records)
    return Counts(
        documents=plan.documents,
        proposed=cited + sum(reasons.values()),
        cited=cited,
        rejected=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        groups=counted.groups,
        shared=counted.shared,
        conflicts=counted.conflicts,
        failures=failures,
    )


def deliver_rows(files: Sequence[Path], output: Path) -> None:
    """
    Write the rows in *files* to *output*: one file, or a folder of files if they are many.

    A folder of an earlier table is replaced.
    """
    if len(files) == 1 or _count_rows(files) <= MOST_ROWS:
        if output.is_dir():
            shutil.rmtree(output)
        join_chunks(files, output)
        return
    aside = output.with_name(f".{output.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for path in files:
        shutil.copyfile(path, aside / path.name)
    if output.is_dir():
        shutil.rmtree(output)
    output.unlink(missing_ok=True)
    aside.rename(output)


def _count_rows(files: Sequence[Path]) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in files)


def is_of_rows(folder: Path) -> bool:
    """Return whether *folder* holds the files of a table and nothing else."""
    names = [path.name for path in folder.iterdir()]
    return bool(names) and all(
        name.removesuffix(".parquet").isdigit() and name.endswith(".parquet") for name in names
    )
