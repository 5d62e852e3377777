"""Say how far a run in parts is, while it goes on and afterwards."""

import os
import time
from pathlib import Path

from claimx.parts.records import RunProgress
from claimx.parts.store import Store
from claimx.records import Record, Usage, join_usage


class Status(Record):
    """
    How far the run in *folder* is.

    *done* parts are whole, *partial* ones lack some answer, *failed* were given up, *todo*
    are the rest, some of them under way. *requests* and *usage* are what the parts that
    are done took in all runs; *last* is the last run, *running* whether a run is at work.
    That is none if this machine cannot tell, and *heard_s* is how many seconds ago the last
    run wrote how far it was.
    """

    folder: str
    documents: int
    parts: int
    done: int
    partial: int
    failed: int
    todo: int
    claims: int
    rejected: int
    failures: int
    requests: int
    usage: Usage
    last: RunProgress | None
    running: bool | None
    heard_s: float | None = None


def read_status(folder: str | os.PathLike[str]) -> Status:
    """
    Read how far the run in *folder* is.

    Raises:
        InputError: If there is none.
    """
    store = Store(Path(folder))
    plan, last = store.read_plan(), store.find_progress()
    records = [store.find_record(part.name) for part in plan.parts]
    done = [one for one in records if one is not None]
    whole = [one for one in done if one.is_whole]
    running = _tell_running(store, last)
    failed = {part.name for part in plan.parts} & set(last.failed if last else ())
    return Status(
        folder=str(folder),
        documents=plan.documents,
        parts=len(plan.parts),
        done=len(whole),
        partial=len(done) - len(whole),
        failed=len(failed),
        todo=len(plan.parts) - len(done) - len(failed),
        claims=sum(one.claims for one in done),
        rejected=sum(one.rejected for one in done),
        failures=sum(one.failures for one in done) + len(plan.failures),
        requests=sum(one.sent for one in done),
        usage=join_usage(usage for one in done for usage in (one.usage, one.again)),
        last=last,
        running=running,
        heard_s=max(0.0, time.time() - last.written) if running is None and last else None,
    )


def _tell_running(store: Store, last: RunProgress | None) -> bool | None:
    """Return whether a run is at work; none if this machine cannot tell."""
    locked = store.is_locked()
    if locked is None and (last is None or last.ended):
        return False
    return locked
