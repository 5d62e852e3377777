"""
The flow of a run in parts: plan, work on each part somewhere, join the results.

The table is that of `claimx.extract` over the same sources, byte for byte, however the
documents are divided and whatever dies on the way.
"""

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from claimx.disk import remove_partial
from claimx.errors import InputError, ModelError, RunStopped
from claimx.llm.cost import find_price
from claimx.parts.faults import refusing_disk
from claimx.parts.limits import Limits, read_allowed, set_client
from claimx.parts.plan import make_plan
from claimx.parts.records import Large, PartPlan, PartRecord, Plan, RunProgress, list_missing
from claimx.parts.run import (
    LimitsKeeper,
    LocalLimits,
    NeverOver,
    Outcome,
    Runner,
    choose_slots,
    make_run,
)
from claimx.parts.store import MARK, Store
from claimx.parts.work import extract_part, open_common, pack_settings
from claimx.pipeline.flow import join_results
from claimx.pipeline.packing import pack_record, unpack_record
from claimx.pipeline.session import STOPPED, resolve_settings, run_blocking
from claimx.read import Sources
from claimx.records import Document, DocumentResult, join_usage
from claimx.settings import Settings
from claimx.table import ClaimTable

# Claims that are matched in memory; more take over a gigabyte.
MANY_CLAIMS = 200_000
_GB_A_CLAIM = 5e-6  # measured at a million
_TOO_MANY = (
    "%s claims are matched in memory, in one process: that takes some %.0f GB. For fewer, leave "
    "--judge out and name a .parquet file with -o; what is done is kept."
)
_NAMED = 3  # documents of a part that failed
_WRITE_S = 1.0  # between two notes of how far the run is
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+:/")  # of which a path keeps one slash
_TOGETHER = "joining"  # where answers are kept that are about all documents

_log = logging.getLogger(__name__)

Watcher = Callable[[RunProgress], None]


def extract_parts(*sources: Sources, watch: Watcher | None = None, **options: Any) -> ClaimTable:
    """
    Do what `claimx.extract` does, in parts that are kept in the folder *work*.

    What is there already is not done again, so that the same call goes on after a crash.

    Args:
        sources: As for `claimx.extract`.
        watch: Told now and then how far the run is.
        options: Fields of `claimx.Settings`; *work* must be one.

    Raises:
        InputError: If nothing could be read, or an option is wrong.
        ModelError: If no segment at all could be extracted.
    """
    return run_blocking(lambda: aextract_parts(*sources, watch=watch, **options))[0]


async def aextract_parts(
    *sources: Sources,
    watch: Watcher | None = None,
    stop: asyncio.Event | None = None,
    **options: Any,
) -> tuple[ClaimTable, RunProgress]:
    """
    Do what `extract_parts` does, without blocking the event loop while parts are worked on.

    Once *stop* is set, no more is asked, and the table lists the documents that are missing.
    Returns also how far the run came.
    """
    made = await _run(sources, watch, stop, options, as_rows=False)
    return cast("tuple[ClaimTable, RunProgress]", made)


async def aextract_rows(
    *sources: Sources,
    watch: Watcher | None = None,
    stop: asyncio.Event | None = None,
    **options: Any,
) -> tuple[ClaimTable | Large, RunProgress]:
    """
    Do what `aextract_parts` does, where the rows of the table are enough.

    Many claims are matched in files, without holding them in memory.
    """
    return await _run(sources, watch, stop, options, as_rows=True)


async def _run(
    sources: Sequence[Sources],
    watch: Watcher | None,
    stop: asyncio.Event | None,
    options: dict[str, Any],
    *,
    as_rows: bool,
) -> tuple[ClaimTable | Large, RunProgress]:
    """Plan, work on each part, and join what came of them."""
    settings = resolve_settings(options)
    _check(settings)
    store = Store(Path(settings.work or "").absolute())
    with store.lock(), refusing_disk(store.folder):
        now = time.time()
        store.write_progress(RunProgress(parts=0, step="read", began=now, written=now))
        # a run that is stopped before it begins makes a table of what there is
        heeds = (stop.is_set,) if stop is not None and not stop.is_set() else ()
        plan = await asyncio.to_thread(make_plan, list(sources), settings, store, *heeds)
        with open_runner(settings, MARK) as runner:
            overseer = _Overseer(plan, store, settings, runner, watch, stop)
            set_client(runner.ask_limits)
            try:
                await asyncio.to_thread(_work_on_parts, overseer)
                overseer.begin("match")
                large = await _join_in_files(overseer, runner) if as_rows else None
                overseer.keep_limits_here()
            except asyncio.CancelledError:
                overseer.abort()
                raise
        if large is not None:
            return large, overseer.end()
        table = await _join(overseer)
        if as_rows:
            store.write_rows(table.to_parquet())
        return table, overseer.end()


async def _join_in_files(run: "_Overseer", runner: Runner) -> Large | None:
    """Make the rows of the table in files, if its claims are many."""
    if run.claims <= MANY_CLAIMS or run.settings.judge:
        return None
    from claimx.parts.large import make_large  # pyarrow is an extra

    return await asyncio.to_thread(
        make_large,
        run.plan,
        run.store,
        run.settings,
        run.records,
        run.missing,
        make_run(runner, _Matching(run)),
    )


class _Matching(NeverOver):
    """Lets the matching of a run go on, and tells that it does."""

    def __init__(self, run: "_Overseer") -> None:
        self._run = run

    def note(self, outcome: Outcome | None, under_way: int) -> None:  # noqa: ARG002
        """Tell it, and see that the folder is still that of the run."""
        self._run.tell()


def _check(settings: Settings) -> None:
    """
    Refuse options that do not go with parts.

    Raises:
        InputError: If there is one, or a module is missing.
    """
    if settings.work is None:
        raise InputError("work: name a folder to keep the parts in.")
    if _ADDRESS.match(settings.work.as_posix()):
        raise InputError(
            "work: files in it are appended to and renamed. Name a folder, no address."
        )
    for name in ("record", "client"):
        if getattr(settings, name) is not None:
            raise InputError(f"{name} does not go with work: parts are asked in other processes.")
    for module, extra in (("pyarrow", "parquet"), *((("ray", "ray"),) if settings.ray else ())):
        if find_spec(module) is None:
            raise InputError(f"Parts need {module}. Run: pip install 'claimx[{extra}]'.")


def open_runner(settings: Settings, mark: str) -> AbstractContextManager[Runner]:
    """Open what calls functions in other processes; *mark* is the locked file in its folder."""
    if settings.ray is not None:
        from claimx.parts.cluster import open_cluster  # ray is an extra, and slow to import

        return open_cluster(settings, mark)
    from claimx.parts.local import open_local

    return open_local(choose_slots(settings, os.cpu_count() or 1), Limits(read_allowed(settings)))


def _work_on_parts(run: "_Overseer") -> None:
    """Work on each part that is not whole yet."""
    todo: list[PartPlan] = []
    for part in run.plan.parts:
        record = run.store.find_record(part.name)
        if record is not None and record.is_whole:
            run.count(record)
        else:
            remove_partial(run.store.place(part.name))
            todo.append(part)
    settings, runner = run.settings, run.runner
    share: dict[str, Any] = {"concurrency": max(1, settings.concurrency // runner.slots)}
    if settings.prompts is not None:
        share |= {"prompts": settings.prompts.absolute()}
    packed = pack_settings(settings.model_copy(update=share))
    shape = run.plan.shape
    calls = [(run.store.folder, part.name, part.donors, shape, packed) for part in todo]
    outcomes = runner.run(extract_part, calls, run)
    run.tell(always=True)  # the folder is there
    for part, outcome in zip(todo, outcomes, strict=True):
        run.settle(part, outcome)


class _Overseer:
    """Notes how far the run is, and decides whether it goes on."""

    def __init__(  # noqa: PLR0913, PLR0917  # it sees all of the run
        self,
        plan: Plan,
        store: Store,
        settings: Settings,
        runner: Runner,
        watch: Watcher | None,
        stop: asyncio.Event | None,
    ) -> None:
        self.plan, self.store, self.settings = plan, store, settings
        self.runner = runner
        self._limits: LimitsKeeper = runner
        self.stop = stop
        self.records: dict[str, PartRecord] = {}
        self.missing: dict[str, str] = {}
        self.claims = 0
        self.errors: list[str] = []
        self._watch = watch
        self._has_price = settings.max_cost is not None or find_price(settings) is not None
        self._closed = ""
        self._stopped = False
        self._told_at = 0.0
        self._progress = RunProgress(parts=len(plan.parts), began=time.time())

    def is_over(self) -> bool:
        """Return whether no further part should be begun."""
        self._heed_stop()
        return bool(self.find_end())

    def _heed_stop(self) -> None:
        if self.stop is not None and self.stop.is_set() and not self._stopped:
            self._stopped = True
            self._limits.stop(STOPPED)

    def find_end(self) -> str:
        """Return why no further part is begun."""
        return self._closed or self._limits.find_end()

    def abort(self) -> None:
        """Leave off at once what is under way."""
        self._closed = STOPPED
        self.runner.abort()

    def keep_limits_here(self) -> None:
        """Go on with the limits in this process: the others, or their machines, may end."""
        here = LocalLimits(Limits(read_allowed(self.settings), spent=self._limits.count()))
        if self._stopped:
            here.stop(STOPPED)
        set_client(here.ask_limits)
        self._limits = here

    def note(self, outcome: Outcome | None, under_way: int) -> None:
        """Take note of what came of a part, and tell how far the run is."""
        self._heed_stop()
        if outcome is not None and isinstance(outcome.value, PartRecord):
            self.count(outcome.value)
            self._add(outcome.value)
        self._progress = self._progress.model_copy(update={"under_way": under_way})
        self.tell()

    def count(self, record: PartRecord) -> None:
        """Count a part that is done."""
        self.records[record.name] = record
        self.claims += record.claims
        if record.error:
            self.errors.append(record.error)
        if record.closed:
            self._closed = self._closed or record.error
        done = self._progress.done + 1
        self._progress = self._progress.model_copy(update={"done": done})

    def _add(self, record: PartRecord) -> None:
        """Add what a part took that was worked on in this run."""
        now = self._progress
        update = {
            "cached": now.cached + record.cached,
            "usage": join_usage((now.usage, record.usage)),
            "again": join_usage((now.again, record.again)),
        }
        self._progress = now.model_copy(update=update)

    def settle(self, part: PartPlan, outcome: Outcome) -> None:
        """Note why *part* is missing, if it is; what an earlier run has of it is used."""
        if outcome.value is not None:
            return
        known = None if outcome.begun else self.store.find_record(part.name)
        if known is not None:
            self.count(known)
            return
        why = outcome.error and (
            f"part {part.name} ({self._name_documents(part)}): {outcome.error}. Run the same "
            "command again."
        )
        self.missing[part.name] = why or self.find_end() or STOPPED
        failed = (*self._progress.failed, part.name) if why else self._progress.failed
        self._progress = self._progress.model_copy(update={"failed": failed})

    def _name_documents(self, part: PartPlan) -> str:
        """Name the first documents of a part, and count the others."""
        names = [one.id for one in self.store.read_documents(part.name)]
        more = len(names) - _NAMED
        return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")

    def begin(self, step: str) -> None:
        """Note that another step has begun."""
        self._progress = self._progress.model_copy(update={"step": step, "under_way": 0})
        self.tell(always=True)

    def end(self) -> RunProgress:
        """Note that the run has ended, and return how far it came."""
        self._progress = self._progress.model_copy(update={"ended": True, "step": "done"})
        self.tell(always=True)
        return self._progress

    def tell(self, *, always: bool = False) -> None:
        """Write how far the run is, unless that was done a moment ago."""
        now = time.monotonic()
        if not always and now - self._told_at < _WRITE_S:
            return
        self._told_at = now
        spent = self._limits.count()
        update = {
            "requests": spent.requests,
            "tokens": spent.tokens,
            "dollars": spent.dollars if self._has_price else None,
            "written": time.time(),
        }
        self._progress = self._progress.model_copy(update=update)
        self.store.write_progress(self._progress)
        if self._watch is not None:
            self._watch(self._progress)


async def _join(run: _Overseer) -> ClaimTable:
    """
    Match the claims of all parts and make the table.

    Raises:
        ModelError: If no segment at all could be extracted.
    """
    if run.claims > MANY_CLAIMS:
        _log.warning(_TOO_MANY, f"{run.claims:,}", run.claims * _GB_A_CLAIM)
    documents, results = _gather(run.plan, run.store, run.missing)
    if not any(one.answered for one in results) and any(one.failures for one in results):
        if run.stop is not None and run.stop.is_set():
            raise RunStopped(STOPPED)
        first = next(one.failures[0].error for one in results if one.failures)
        raise ModelError(run.errors[0] if run.errors else first)
    common = open_common(run.store, _TOGETHER, (), run.settings)
    failures = run.plan.failures
    return await join_results(documents, results, failures, run.settings, run.stop, common)


def _gather(
    plan: Plan, store: Store, missing: dict[str, str]
) -> tuple[list[Document], list[DocumentResult]]:
    """Gather the documents and results of all parts, in the order of the table."""
    documents = [b""] * plan.documents
    results = [b""] * plan.documents
    for part in plan.parts:
        own = store.read_documents(part.name)
        why = missing.get(part.name)
        came = store.read_results(part.name) if why is None else list_missing(own, why)
        for place, document, result in zip(part.places, own, came, strict=True):
            documents[place] = pack_record(document)
            results[place] = pack_record(result)
    return (
        [unpack_record(Document, one) for one in documents],
        [unpack_record(DocumentResult, one) for one in results],
    )
