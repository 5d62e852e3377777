"""
Join the stages: read, segment, extract, align, credit, ground, match, table.

The whole flow of claimx is in this file, but for what follows the answers
about a document, which is in `assess`; nothing else joins stages.
"""

import asyncio
import operator
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from claimx.echoes import find_echoes
from claimx.errors import RunStopped
from claimx.extract import load_strategy
from claimx.extract.extractive import extract_sentences
from claimx.ground.quality import list_skipped
from claimx.judge import Judgement, judge_claims, load_judge_prompt
from claimx.judge.reread import load_reread_prompt
from claimx.llm.prompts import Prompt
from claimx.match import Matching, MatchSettings, match_claims
from claimx.pipeline.asking import Asker, Checked, Rereader, Watcher
from claimx.pipeline.intake import Intake
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
    from claimx.llm.client import Model


T = TypeVar("T")


class _Reading(Record):
    """The claims of all documents, matched, and what came with them."""

    matching: Matching
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
    return build_table(
        intake.list_documents(),
        reading.matching.groups,
        reading.matching.conflicts,
        reading.rejected,
        (*intake.failures, *reading.failures),
        _note_matching(reading.run, settings),
        entailments=reading.matching.entailments,
        skipped=reading.skipped,
        echoes=find_echoes(intake.list_documents()),
    )


def judge(matching: Matching, **options: Any) -> Judgement:
    """
    Let a model decide anew which claims of *matching* say the same, and which contradict.

        >>> sentences = ["21 died.", "22 people were killed."]
        >>> judge(match_texts(sentences), model="gpt-5-mini")  # doctest: +SKIP

    Args:
        matching: Of `claimx.match_texts` or `claimx.match_claims`; it stands where the model fails.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If no model is named, or an option is wrong.
        ModelError: If a replay misses.
    """
    return run_blocking(lambda: _judge(matching, options))


async def _judge(matching: Matching, options: dict[str, Any]) -> Judgement:
    from claimx.llm.client import open_model

    settings = resolve_settings(options | {"judge": True})
    prompt = load_judge_prompt(settings.prompts)
    with open_cassettes(settings):
        async with open_model(settings.choose_judge()) as model:
            return await judge_claims(model, prompt, matching)


def resolve_settings(options: dict[str, Any]) -> Settings:
    """
    Settle *options* with the environment and, for a replay, with how it was recorded.

    Raises:
        InputError: If an option is wrong, or the folder to replay holds no recording.
    """
    settings = make_settings(options)
    if settings.replay is None:
        return settings
    from claimx.llm.cassettes import read_recording  # vcrpy costs a quarter of a second

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
    return _Reading(matching=_match(claims, settings), skipped=tuple(skipped), run=run)


async def _ask_model(
    documents: Intake,
    settings: Settings,
    watch: Watcher,
    stop: asyncio.Event | None = None,
) -> _Reading:
    """Ask the model about every segment, and check what it said against the documents."""
    from claimx.llm.client import open_model  # openai costs a second, and only this path needs it

    strategy = load_strategy(settings.strategy, settings.prompts)
    isolated = settings.min_coverage is not None and settings.strategy != "article"
    second = load_strategy("window", settings.prompts) if isolated else strategy
    label = ", ".join(dict.fromkeys((strategy.label, second.label)))
    with open_cassettes(settings):
        async with (
            open_model(settings) as model,
            open_rereader(settings, model) as rereader,
            _open_judge(settings, model) as judge,
            _stopping(stop, *(one.model for one in (rereader, judge) if one), model),
        ):
            expected = operator.length_hint(documents)
            asker = Asker(model, (strategy, second), settings, watch, expected, rereader)
            checked = await asker.ask_documents(documents)
            if not any(one.answered for one in checked) and asker.first_error is not None:
                raise asker.first_error
            matching = _match((claim for one in checked for claim in one.claims), settings)
            judged = Judgement(matching=matching)
            if judge is not None:
                judged = await judge_claims(judge.model, judge.prompt, matching)
                asker.tell(judged.usage, judge.model.traffic)
    created = (judged.created, *(one.created for one in checked))
    spending = [
        *_list_spending(checked, label, rereader),
        *_list_judging(judged, judge),
    ]
    run = Run(
        claimx_version=__version__,
        model=str(settings.model),
        prompt=", ".join((label, *(one.prompt.label for one in (rereader, judge) if one))),
        answered=_date(min((one for one in created if one is not None), default=None)),
        usage=join_usage(one.usage for one in spending),
        spending=tuple(spending),
        settings=settings.shaping(),
    )
    return _Reading(
        matching=judged.matching,
        rejected=(
            *(rejected for one in checked for rejected in one.unread),
            *(rejected for one in checked for rejected in one.rejected),
        ),
        failures=(
            *(failure for one in checked for failure in one.failures),
            *judged.failures,
        ),
        skipped=tuple(skipped for one in checked for skipped in one.skipped),
        run=run,
    )


@asynccontextmanager
async def open_rereader(settings: Settings, model: "Model") -> AsyncIterator[Rereader | None]:
    """Open who reads claims again, if *settings* want it: *model*, or one beside it."""
    from claimx.llm.client import open_model

    if settings.verify is None:
        yield None
        return
    prompt, chosen = load_reread_prompt(settings.prompts), settings.choose_rereader()
    if chosen is settings:
        yield Rereader(model, prompt)
        return
    async with open_model(chosen, model) as second:
        yield Rereader(second, prompt)


class _Judge(NamedTuple):
    model: "Model"
    prompt: Prompt


@asynccontextmanager
async def _open_judge(settings: Settings, model: "Model") -> AsyncIterator[_Judge | None]:
    """Open who decides what says the same, beside *model*, if *settings* want it."""
    from claimx.llm.client import open_model

    if not settings.judge:
        yield None
        return
    prompt = load_judge_prompt(settings.prompts)
    async with open_model(settings.choose_judge(), model) as longer:
        yield _Judge(longer, prompt)


def _list_judging(judged: Judgement, judge: _Judge | None) -> Iterator[Spending]:
    if judge and judged.usage.answers:
        yield Spending(document_id="", prompt=judge.prompt.label, usage=judged.usage)


def _list_spending(
    checked: Sequence[Checked], label: str, rereader: Rereader | None
) -> Iterator[Spending]:
    """List what each document cost by the prompts of *label*, and for being read again."""
    for one in checked:
        if one.answered:
            yield Spending(document_id=one.document_id, prompt=label, usage=one.usage)
        if rereader and one.usage_again.answers:
            again = rereader.prompt.label
            yield Spending(document_id=one.document_id, prompt=again, usage=one.usage_again)


@asynccontextmanager
async def _stopping(stop: asyncio.Event | None, *models: "Model") -> AsyncIterator[None]:
    """Let nothing more be asked of *models* once *stop* is set."""
    reason = RunStopped("not asked, because the run was stopped. Run it again to go on.")

    async def wait() -> None:
        if stop is not None:
            await stop.wait()
            for model in models:
                model.stop(reason)

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        waiting.cancel()


def open_cassettes(settings: Settings) -> AbstractContextManager[None]:
    """Open the folder that *settings* replay or record, if there is one."""
    if not (settings.replay or settings.record):
        return nullcontext()
    from claimx.llm.cassettes import (  # vcrpy is slow to import
        Recording,
        record_answers,
        replay_answers,
    )

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


def _match(claims: Iterable[Claim], settings: Settings) -> Matching:
    return match_claims(claims, _choose_scores(settings))


def _choose_scores(settings: Settings) -> MatchSettings:
    return MatchSettings(**settings.model_dump(include={"min_score"}, exclude_none=True))


def _note_matching(run: Run, settings: Settings) -> Run:
    scores = _choose_scores(settings).model_dump()
    return run.model_copy(update={"settings": run.settings | scores})
