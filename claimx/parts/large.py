"""Make a table that does not fit into memory, as Parquet, from the parts of a run."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from claimx.errors import OutputError
from claimx.match.stages import match_parts
from claimx.match.stages.run import Run
from claimx.parts.echoes import find_sources
from claimx.parts.output import MOST_ROWS, Counted, join_chunks, write_ordered
from claimx.parts.records import Large, PartRecord, Plan, list_missing
from claimx.parts.store import Store
from claimx.pipeline.flow import choose_scores
from claimx.records import DocumentResult, Failure
from claimx.settings import Settings
from claimx.table import Counts

# Columns that the rows of a table have, and hardly those of another program.
_ALWAYS = frozenset({"group_id", "claim_id", "document_id", "member_claim"})


def make_large(  # noqa: PLR0913, PLR0917  # what is known of the parts, and how to run
    plan: Plan,
    store: Store,
    settings: Settings,
    records: Mapping[str, PartRecord],
    missing: Mapping[str, str],
    run: Run,
) -> Large:
    """Match the claims of all parts but those *missing*, and put their rows in order."""
    there = [part for part in plan.parts if part.name not in missing]
    claims = [store.name_claims(part.name) for part in there]
    matched = match_parts(claims, store.folder / "match", choose_scores(settings), run)
    echoes = store.folder / "echoes"
    shutil.rmtree(echoes, ignore_errors=True)
    order, sources = find_sources(plan, store, echoes, missing, run)
    shutil.rmtree(store.table, ignore_errors=True)
    files, counted = write_ordered(matched, store.table, order, sources, run)
    shutil.rmtree(echoes, ignore_errors=True)
    failed = _list_failed(plan, store, records, missing)
    failures = [*plan.failures, *(failure for one in failed for failure in one.failures)]
    whole = [records[part.name] for part in there]
    return Large(files, _count(plan, whole, counted, failed, failures), failures)


def _list_failed(
    plan: Plan, store: Store, records: Mapping[str, PartRecord], missing: Mapping[str, str]
) -> list[DocumentResult]:
    """List the results with failures of all parts, in the order of the table."""
    found: list[tuple[int, DocumentResult]] = []
    for part in plan.parts:
        if (why := missing.get(part.name)) is not None:
            results = list_missing(store.read_documents(part.name), why)
        elif records[part.name].failures:
            results = store.read_results(part.name)
        else:
            continue
        pairs = zip(part.places, results, strict=True)
        found += [(place, one) for place, one in pairs if one.failures]
    return [one for _, one in sorted(found, key=lambda one: one[0])]


def _count(
    plan: Plan,
    records: Sequence[PartRecord],
    counted: Counted,
    failed: Sequence[DocumentResult],
    failures: Sequence[Failure],
) -> Counts:
    reasons = Counter[str]()
    for record in records:
        reasons.update(record.reasons)
    cited = sum(record.claims for record in records)
    unread = sum(not one.is_read for one in failed)
    return Counts(
        documents=plan.documents - unread,
        proposed=cited + sum(reasons.values()),
        cited=cited,
        rejected=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        groups=counted.groups,
        shared=counted.shared,
        conflicts=counted.conflicts,
        failures=len(failures),
        partial=len(failed) - unread,
        unread=unread + len({one.document_id for one in plan.failures}),
    )


def deliver_rows(files: Sequence[Path], output: Path) -> None:
    """
    Write the rows in *files* to *output*: one file, or a folder of files if they are many.

    A folder of an earlier table is replaced.

    Raises:
        OutputError: If a folder is there that is none, or *output* cannot be written.
    """
    try:
        with make_way(output):
            if len(files) == 1 or _count_rows(files) <= MOST_ROWS:
                join_chunks(files, output)
            else:
                _copy_files(files, output)
    except OSError as exc:
        raise OutputError(
            f"{output}: cannot be written ({exc.strerror}). What is done is kept: run again with "
            "another file after -o."
        ) from exc


@contextmanager
def make_way(output: Path) -> Iterator[None]:
    """
    Replace the rows of an earlier table, if *output* is a folder of them, by what is made now.

    Raises:
        OutputError: If it is a folder of something else.
    """
    if not output.is_dir():
        yield
        return
    if not is_of_rows(output):
        raise OutputError(f"{output}: is a folder. Name a file with -o.")
    output = output.resolve()  # a link stays a link
    aside = output.with_name(f".{output.name}.earlier")
    shutil.rmtree(aside, ignore_errors=True)
    output.rename(aside)
    try:
        yield
    finally:
        if output.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(output)


def _copy_files(files: Sequence[Path], output: Path) -> None:
    """Copy *files* into a folder that then takes the place of the file *output*."""
    output = output.resolve()
    aside = output.with_name(f".{output.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        for path in files:
            shutil.copyfile(path, aside / path.name)
        output.unlink(missing_ok=True)
        aside.rename(output)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _count_rows(files: Sequence[Path]) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in files)


def is_of_rows(folder: Path) -> bool:
    """Return whether *folder* holds the files of a table and nothing else."""
    import pyarrow.parquet as pq

    paths = sorted(folder.iterdir())
    names = [path.name for path in paths]
    if not names or names != [f"{number:05}.parquet" for number in range(len(names))]:
        return False
    try:
        return set(pq.read_schema(paths[0]).names) >= _ALWAYS
    except (OSError, ValueError):
        return False
