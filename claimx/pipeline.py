"""
Join the stages: read, segment, extract, align, credit, ground, match, table.

The whole flow of claimx is in this file, but for what follows the answers
about a document, which is in `assess`; nothing else joins stages.
"""

import asyncio
import operator
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from claimx.asking import Asker, Watcher
from claimx.check import list_skipped
from claimx.errors import RunStopped
from claimx.extract import load_strategy
from claimx.extractive import extract_sentences
from claimx.intake import Intake
from claimx.match import MatchSettings, match_claims
from claimx.read import Sources
from claimx.records import (
    Claim,
    Document,
    Failure,
    Record,
    Rejected,
    Run,
    Skipped,
    Spending,
    join_usage,
)
from claimx.settings import EXTRACTIVE, Settings, make_settings
from claimx.table import ClaimTable, build_table
from claimx.version import __version__

if TYPE_CHECKING:
    from claimx.llm import Model


T = TypeVar("T")


class _Reading(Record):
    """The claims of all documents, and what came with them."""

    claims: tuple[Claim, ...]
    rejected: tuple[Rejected, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    run: Run


def extract(*sources: Sources, watch: Watcher | None = None, **options: Any) -> ClaimTable:
    """
    Read *sources* and return the table of what they claim.

        >>> table = extract("seeds/", model="extractive")  # doctest: +SKIP

    Works inside a running event loop too (a notebook), in a thread of its own.

    Args:
        sources: Files, folders, glob patterns, ``-`` for stdin, documents, or lists of them.
        watch: Called with a `Progress` after every segment.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If nothing could be read, or an option is wrong.
        ModelError: If no segment at all could be extracted, or a replay misses.
    """
    return run_blocking(lambda: aextract(*sources, watch=watch, **options))


def run_blocking(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run the coroutine that *start* makes; inside a running event loop, in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(start())
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(start())).result()


async def aextract(
    *sources: Sources,
    watch: Watcher | None = None,
    stop: asyncio.Event | None = None,
    **options: Any,
) -> ClaimTable:
    """
    Do what `extract` does, without blocking the event loop while the model is asked.

    Once *stop* is set, nothing more is asked: what is under way is finished, and
    the table tells which documents are missing.
    """
    settings = resolve_settings(options)
    intake = Intake(sources, settings)
    if settings.model == EXTRACTIVE:
        reading = _read_sentences(intake, settings)
    else:
        reading = await _ask_model(intake, settings, watch or (lambda _: None), stop)
    judge = MatchSettings(**settings.model_dump(include={"min_score"}, exclude_none=True))
    matching = match_claims(reading.claims, judge)
    return build_table(
        intake.list_documents(),
        matching.groups,
        matching.conflicts,
        reading.rejected,
        (*intake.failures, *reading.failures),
        _note_matching(reading.run, judge),
        entailments=matching.entailments,
        skipped=reading.skipped,
    )


def resolve_settings(options: dict[str, Any]) -> Settings:
    """
    Settle *options* with the environment and, for a replay, with how it was recorded.

    Raises:
        InputError: If an option is wrong, or the folder to replay holds no recording.
    """
    settings = make_settings(options)
    if settings.replay is None:
        return settings
    from claimx.replay import read_recording  # vcrpy costs a quarter of a second

    recording = read_recording(settings.replay)
    return make_settings(options, {"model": recording.model} | recording.settings)


def _read_sentences(documents: Iterable[Document], settings: Settings) -> _Reading:
    """Take every checkable sentence as a claim: the reader that needs no model."""
    claims: list[Claim] = []
    skipped: list[Skipped] = []
    for document in documents:
        cited = extract_sentences(document)
        claims += cited
        skipped += list_skipped(cited, document)
    run = Run(claimx_version=__version__, model=EXTRACTIVE, settings=settings.shaping())
    return _Reading(claims=tuple(claims), skipped=tuple(skipped), run=run)


async def _ask_model(
    documents: Intake,
    settings: Settings,
    watch: Watcher,
    stop: asyncio.Event | None = None,
) -> _Reading:
    """Ask the model about every segment, and check what it said against the documents."""
    from claimx.llm import open_model  # openai costs a second, and only this path needs it

    strategy = load_strategy(settings.strategy, settings.prompts)
    second = (
        strategy if settings.min_coverage is None else load_strategy("window", settings.prompts)
    )
    label = ", ".join(dict.fromkeys((strategy.label, second.label)))
    with _open_cassettes(settings):
        async with open_model(settings) as model, _stopping(model, stop):
            expected = operator.length_hint(documents)
            asker = Asker(model, (strategy, second), settings, watch, expected)
            checked = await asker.ask_documents(documents)
    if not any(one.answered for one in checked) and asker.first_error is not None:
        raise asker.first_error
    run = Run(
        claimx_version=__version__,
        model=str(settings.model),
        prompt=label,
        answered=_date(
            min((one.created for one in checked if one.created is not None), default=None)
        ),
        usage=join_usage(one.usage for one in checked),
        spending=tuple(
            Spending(document_id=one.document_id, prompt=label, usage=one.usage)
            for one in checked
            if one.answered
        ),
        settings=settings.shaping(),
    )
    return _Reading(
        claims=tuple(claim for one in checked for claim in one.claims),
        rejected=(
            *(rejected for one in checked for rejected in one.unread),
            *(rejected for one in checked for rejected in one.rejected),
        ),
        failures=tuple(failure for one in checked for failure in one.failures),
        skipped=tuple(skipped for one in checked for skipped in one.skipped),
        run=run,
    )


@asynccontextmanager
async def _stopping(model: "Model", stop: asyncio.Event | None) -> AsyncIterator[None]:
    """Let nothing more be asked once *stop* is set."""

    async def wait() -> None:
        if stop is not None:
            await stop.wait()
            model.stop(RunStopped("not asked, because the run was stopped. Run it again to go on."))

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        waiting.cancel()


def _open_cassettes(settings: Settings) -> AbstractContextManager[None]:
    if not (settings.replay or settings.record):
        return nullcontext()
    from claimx.replay import Recording, record_answers, replay_answers  # vcrpy is slow to import

    if settings.replay is not None:
        return replay_answers(settings.replay)
    if settings.record is None:
        return nullcontext()
    about = Recording(
        claimx_version=__version__, model=str(settings.model), settings=settings.shaping()
    )
    return record_answers(settings.record, about)


def _date(created: int | None) -> str | None:
    if created is None:
        return None
    return datetime.fromtimestamp(created, UTC).isoformat().replace("+00:00", "Z")


def _note_matching(run: Run, judge: MatchSettings) -> Run:
    return run.model_copy(update={"settings": run.settings | judge.model_dump()})
