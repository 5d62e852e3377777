"""Submit the requests of a run as batches, and collect their answers."""

import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from claimx.batch.files import RequestFiles
from claimx.batch.server import BatchProgress, BatchServer, choose_address, open_server
from claimx.batch.state import (
    Batch,
    drop_batch,
    find_note,
    list_pending,
    note_batch,
    read_batches,
)
from claimx.errors import InputError, ModelError, ModelOutputInvalid, ModelRefused
from claimx.llm.cache import AnswerCache
from claimx.llm.completions import parse_completion
from claimx.pipeline.plan import Plan, check_asking, plan_requests
from claimx.pipeline.session import resolve_settings, run_blocking
from claimx.read import Sources
from claimx.records import Record
from claimx.settings import Settings, make_settings


class Submission(Record):
    """
    What was submitted: *requests* in *batches*, by id.

    *waiting* were under way before, *left* did not fit into ``max_requests``
    or ``max_cost``. If all three counts are 0, a run sends no requests.
    """

    plan: Plan
    requests: int
    batches: tuple[str, ...]
    waiting: int
    left: int


class BatchReport(Record):
    """
    State of a batch; if *error* is set, *progress* could not be read and is null.

    *kept* answers were added to the cache; *problems* counts failed requests by
    reason. The note of a batch is deleted once it has ended and was collected.
    """

    batch: Batch
    progress: BatchProgress | None = None
    error: str | None = None
    kept: int = 0
    problems: dict[str, int] = Field(default_factory=dict)


def submit(*sources: Sources, **options: Any) -> Submission:
    """
    Submit, as batches, the requests that `claimx.extract` would send with the same arguments.

    Requests that the cache can answer or that are under way are not submitted.

    Args:
        sources: As for `claimx.extract`.
        options: Fields of `claimx.Settings`; *max_requests* and *max_cost* hold for this call.

    Raises:
        InputError: If nothing could be read, or an option cannot be used with batches.
        ModelError: If the server does not accept it.
    """
    return run_blocking(lambda: asubmit(*sources, **options))


async def asubmit(*sources: Sources, **options: Any) -> Submission:
    """Do what `submit` does, as a coroutine."""
    settings = resolve_settings(options)
    cache = _check_settings(settings)
    pending = list_pending(read_batches(cache))
    with tempfile.TemporaryDirectory() as folder:
        files = RequestFiles(Path(folder), settings, pending)
        plan = await plan_requests(sources, settings, files.add, _leave_out)
        files.close()
        batches = []
        if files.paths:
            async with open_server(settings) as server:
                for path, keys in zip(files.paths, files.keys, strict=True):
                    batches.append(await _start(server, cache, settings, path, keys))
    return Submission(
        plan=plan,
        requests=sum(map(len, files.keys)),
        batches=tuple(batches),
        waiting=files.waiting,
        left=files.left,
    )


def _leave_out(key: str, body: dict[str, Any]) -> None:
    """Ignore requests to another model, which are left to the run: a batch has one model."""


def list_batches(**options: Any) -> tuple[BatchReport, ...]:
    """
    Return the state of the batches noted in a cache, and change nothing.

    Args:
        options: Of the fields of `claimx.Settings`, *cache*, *base_url* and *api_key* matter.

    Raises:
        InputError: If there is no cache, or no key.
        ModelError: If the server does not answer.
    """
    return run_blocking(lambda: _visit(_settle(options), _look))


def collect(**options: Any) -> tuple[BatchReport, ...]:
    """
    Collect the answers of all ended batches into the cache.

    Failed and expired requests have no answer in it afterwards: `submit` makes a new
    batch of them, and `claimx.extract` sends them directly. Arguments and errors are
    those of `list_batches`.
    """
    return run_blocking(lambda: _visit(_settle(options), _collect))


def _settle(options: dict[str, Any]) -> Settings:
    """Make settings of *options* without a model: the requests were already sent."""
    return make_settings({"model": "any"} | options)


Visitor = Callable[[BatchServer, Settings, Batch], Awaitable[BatchReport]]


async def _visit(settings: Settings, visit: Visitor) -> tuple[BatchReport, ...]:
    """Visit each batch under way; an error in one does not stop the others."""
    batches = read_batches(_choose_cache(settings))
    if not batches:
        return ()
    async with open_server(settings) as server:
        return tuple([await _visit_one(server, settings, batch, visit) for batch in batches])


async def _visit_one(
    server: BatchServer, settings: Settings, batch: Batch, visit: Visitor
) -> BatchReport:
    if batch.base_url != choose_address(settings):  # never send the key to an address from a note
        where = batch.base_url or "OpenAI's"
        return BatchReport(batch=batch, error=f"its server is {where}. Pass that as --base-url.")
    try:
        return await visit(server, settings, batch)
    except ModelRefused as exc:
        note = find_note(_choose_cache(settings), batch)
        return BatchReport(batch=batch, error=f"{exc} To give it up, remove {note}.")
    except ModelError as exc:
        return BatchReport(batch=batch, error=str(exc))


async def _look(server: BatchServer, _: Settings, batch: Batch) -> BatchReport:
    batch_id = batch.id or await server.find(batch.input_file)
    if batch_id is None:
        never = BatchProgress(id="", status="failed", errors=("it was never started",))
        return BatchReport(batch=batch, progress=never)
    found = batch.model_copy(update={"id": batch_id})
    return BatchReport(batch=found, progress=await server.look(batch_id))


async def _collect(server: BatchServer, settings: Settings, batch: Batch) -> BatchReport:
    report = await _look(server, settings, batch)
    progress, folder = report.progress, _choose_cache(settings)
    if progress is None or not progress.ended:
        return report
    cache = AnswerCache(folder, settings.cache_mb)
    kept, problems = 0, Counter(progress.errors)
    asked = frozenset(batch.requests)
    try:
        for file in progress.files:
            async for line in server.read_lines(file):
                if line.strip():
                    problem = _keep_answer(line, asked, cache)
                    kept += problem is None
                    problems.update([problem] if problem else [])
    finally:
        cache.close()
    drop_batch(folder, batch)
    return report.model_copy(update={"kept": kept, "problems": dict(problems.most_common())})


class _Result(BaseModel):
    """A line of a file of results; its other fields are ignored."""

    custom_id: str
    response: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


def _keep_answer(line: bytes, asked: frozenset[str], cache: AnswerCache) -> str | None:
    """
    Keep the answer in a line of results; return what is wrong if it has none.

    Raises:
        InputError: If the cache cannot keep it; the batch can be collected again later.
    """
    try:
        result = _Result.model_validate_json(line)
    except ValidationError:
        return "a line of the results cannot be read"
    if result.custom_id not in asked:
        return "an answer to something that was not asked"
    response = result.response or {}
    answer = parse_completion(response.get("body"))
    if answer is None or answer.error or response.get("status_code") != 200:
        return _explain(response, result.error)
    if not cache.keep(result.custom_id, answer.raw):
        raise InputError("batch: the cache cannot keep an answer. Make room, and collect again.")
    return None


def _explain(response: dict[str, Any], error: dict[str, Any] | None) -> str:
    """Explain in a few words why a request of a batch has no answer."""
    body = response.get("body")
    said = error or (body.get("error") if isinstance(body, dict) else None)
    told = (said.get("message") or said.get("code")) if isinstance(said, dict) else None
    status = response.get("status_code")
    words = [] if status in (None, 200) else [f"HTTP {status}"]
    return " ".join(": ".join([*words, str(told or "no answer in it")]).split())[:200]


async def _start(
    server: BatchServer, cache: Path, settings: Settings, path: Path, keys: Sequence[str]
) -> str:
    """Upload and start one file, noted before and after, so that a crash loses no batch."""
    batch = Batch(
        input_file=await server.upload(path),
        model=str(settings.model),
        base_url=choose_address(settings),
        submitted=datetime.now(UTC).replace(microsecond=0),
        requests=tuple(keys),
    )
    note_batch(cache, batch)
    try:
        batch_id = await server.create(batch.input_file)
    except (ModelRefused, ModelOutputInvalid):
        drop_batch(cache, batch)  # it was certainly not started
        raise
    note_batch(cache, batch.model_copy(update={"id": batch_id}))
    return batch_id


def _check_settings(settings: Settings) -> Path:
    """Check that *settings* go with batches, and return the cache's folder."""
    check_asking(settings)
    if settings.record is not None:
        raise InputError("A batch cannot be recorded: leave out --batch or --record.")
    if "@" in (choose_address(settings) or ""):
        raise InputError(
            "A batch is noted with its server's address: leave the password out of --base-url."
        )
    return _choose_cache(settings)


def _choose_cache(settings: Settings) -> Path:
    if settings.cache is None:
        raise InputError("A batch needs a cache for its answers: leave out --no-cache.")
    return settings.cache
