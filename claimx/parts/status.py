"""Say how far a run in parts is, while it goes on and afterwards."""

import os
import time
from pathlib import Path

from claimx.parts.records import RunProgress
from claimx.parts.store import Store
from claimx.records import Record, Usage, join_usage

# Where a lock tells nothing: a run that wrote nothing for so long has ended without saying so.
_SILENT_S = 30.0


class Status(Record):
    """
    How far the run in *folder* is.

    *done* parts are whole, *partial* ones lack some answer, *failed* were given up, *todo*
    are the rest, some of them under way. *requests* and *usage* are what the parts that
    are done took in all runs; *last* is the last run, *running* whether it goes on.
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
    running: bool


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
        running=last is not None and not last.ended and (store.is_locked() or _is_fresh(last)),
    )


def _is_fresh(last: RunProgress) -> bool:
    return time.time() - last.written < _SILENT_S
