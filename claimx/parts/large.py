"""Make a table that does not fit into memory, as Parquet, from the parts of a run."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from claimx.errors import OutputError
from claimx.match.stages import match_parts
from claimx.match.stages.run import Run
from claimx.parts.echoes import find_sources
from claimx.parts.output import MOST_ROWS, Counted, join_chunks, write_ordered
from claimx.parts.records import Large, PartRecord, Plan, list_missing
from claimx.parts.store import Store
from claimx.pipeline.flow import choose_scores
from claimx.records import Failure
from claimx.settings import Settings
from claimx.table import Counts


def make_large(
    plan: Plan, store: Store, settings: Settings, missing: Mapping[str, str], run: Run
) -> Large:
    """Match the claims of all parts but those *missing*, and put their rows in order."""
    there = [part for part in plan.parts if part.name not in missing]
    claims = [store.name_claims(part.name) for part in there]
    matched = match_parts(claims, store.folder / "match", choose_scores(settings), run)
    echoes = store.folder / "echoes"
    shutil.rmtree(echoes, ignore_errors=True)
    order, sources = find_sources(plan, store, echoes, run)
    shutil.rmtree(store.table, ignore_errors=True)
    files, counted = write_ordered(matched, store.table, order, sources, run)
    shutil.rmtree(echoes, ignore_errors=True)
    records = [record for part in there if (record := store.find_record(part.name))]
    failures = [*plan.failures, *_list_failures(plan, store, missing)]
    return Large(files, _count(plan, records, counted, len(failures)), failures)


def _list_failures(plan: Plan, store: Store, missing: Mapping[str, str]) -> list[Failure]:
    """List what failed in all parts, in the order of the table."""
    found: list[tuple[int, tuple[Failure, ...]]] = []
    for part in plan.parts:
        record = store.find_record(part.name)
        if (why := missing.get(part.name)) is not None:
            results = list_missing(store.read_documents(part.name), why)
        elif record is not None and record.failures:
            results = store.read_results(part.name)
        else:
            continue
        pairs = zip(part.places, results, strict=True)
        found += [(place, one.failures) for place, one in pairs if one.failures]
    return [failure for _, some in sorted(found, key=lambda one: one[0]) for failure in some]


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

    Raises:
        OutputError: If a folder is there that is none.
    """
    if output.is_dir() and not is_of_rows(output):
        raise OutputError(f"{output}: is a folder. Name a file with -o.")
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
