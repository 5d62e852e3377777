"""
Join the stages: read, segment, extract, align, credit, ground, match, table.

The whole flow of claimx is in this file, but for what follows the answers
about a document, which is in `assess`; nothing else joins stages.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from claimx.assess import assess_proposals
from claimx.check import find_unclaimed, list_skipped, measure_coverage
from claimx.errors import InputError, ModelError, OfflineMiss
from claimx.extract import (
    Extraction,
    Strategy,
    ask_segment,
    join_extractions,
    load_strategy,
)
from claimx.extractive import extract_sentences
from claimx.layout import find_title
from claimx.match import MatchSettings, match_claims
from claimx.read import Source, read_documents
from claimx.records import (
    Claim,
    Document,
    Failure,
    Record,
    Rejected,
    Run,
    Segment,
    Skipped,
    Spending,
    Usage,
    join_usage,
)
from claimx.segment import isolate_sentences, segment_document
from claimx.settings import EXTRACTIVE, Settings, make_settings
from claimx.table import ClaimTable, build_table
from claimx.version import __version__

if TYPE_CHECKING:
    from claimx.llm import Model, Traffic


@dataclass(frozen=True)
class Progress:
    """
    How far a run is, for people.

    *sent* counts requests, *cached* answers that needed none; *tokens* are of
    all answers, *spent* is what those sent for cost.
    """

    documents: int
    segments: int
    done: int = 0
    proposed: int = 0
    tokens: int = 0
    sent: int = 0
    cached: int = 0
    spent: Usage = field(default_factory=Usage)

    def after(self, outcome: Extraction | ModelError, traffic: "Traffic") -> "Progress":
        """Return how far the run is once *outcome* is there too."""
        found = outcome if isinstance(outcome, Extraction) else Extraction()
        return replace(
            self,
            done=self.done + 1,
            proposed=self.proposed + len(found.proposals),
            tokens=self.tokens + found.usage.tokens_in + found.usage.tokens_out,
            sent=traffic.sent,
            cached=traffic.cached,
            spent=traffic.usage,
        )


Watcher = Callable[[Progress], None]


class _Job(Record):
    """One segment to ask about."""

    document: Document
    segment: Segment


class _Reading(Record):
    """The claims of all documents, and what came with them."""

    claims: tuple[Claim, ...]
    rejected: tuple[Rejected, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    run: Run


def extract(*sources: Source, watch: Watcher | None = None, **options: Any) -> ClaimTable:
    """
    Read *sources* and return the table of what they claim.

        >>> table = extract("seeds/", model="extractive")  # doctest: +SKIP

    Works inside a running event loop too (a notebook), in a thread of its own.

    Args:
        sources: Files, folders, glob patterns, ``-`` for stdin, or documents.
        watch: Called with a `Progress` after every segment.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If nothing could be read, or an option is wrong.
        ModelError: If no segment at all could be extracted, or a replay misses.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(aextract(*sources, watch=watch, **options))
    with ThreadPoolExecutor(max_workers=1) as thread:
        run = aextract(*sources, watch=watch, **options)
        return thread.submit(asyncio.run, run).result()


async def aextract(*sources: Source, watch: Watcher | None = None, **options: Any) -> ClaimTable:
    """Do what `extract` does, without blocking the event loop while the model is asked."""
    settings = resolve_settings(options)
    read = read_documents(sources, settings.encoding, settings.text_column, settings.id_column)
    if not read.documents:
        raise InputError(_say(read.failures) or "Nothing to read: name a file or folder.")
    documents = [_add_title(document) for document in read.documents]
    if settings.model == EXTRACTIVE:
        reading = _read_sentences(documents, settings)
    else:
        reading = await _ask_model(documents, settings, watch or (lambda _: None))
    judge = MatchSettings(**settings.model_dump(include={"min_score"}, exclude_none=True))
    matching = match_claims(reading.claims, judge)
    return build_table(
        documents,
        matching.groups,
        matching.conflicts,
        reading.rejected,
        (*read.failures, *reading.failures),
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


def _add_title(document: Document) -> Document:
    return document.model_copy(update={"title": document.title or find_title(document.text)})


def _say(failures: Sequence[Failure]) -> str:
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return failures[0].error + more if failures else ""


def _read_sentences(documents: Sequence[Document], settings: Settings) -> _Reading:
    """Take every checkable sentence as a claim: the reader that needs no model."""
    claims = tuple(claim for document in documents for claim in extract_sentences(document))
    run = Run(claimx_version=__version__, model=EXTRACTIVE, settings=settings.shaping())
    return _Reading(claims=claims, skipped=_list_skipped(claims, documents), run=run)


async def _ask_model(documents: Sequence[Document], settings: Settings, watch: Watcher) -> _Reading:
    """Ask the model about every segment, then check what it said against the documents."""
    from claimx.llm import open_model  # openai costs a second, and only this path needs it

    strategy = load_strategy(settings.strategy, settings.prompts)
    second = (
        strategy if settings.min_coverage is None else load_strategy("window", settings.prompts)
    )
    jobs = [
        _Job(document=document, segment=segment)
        for document in documents
        for segment in segment_document(document, settings.segment_tokens)
    ]
    with _open_cassettes(settings):
        async with open_model(settings) as model:
            outcomes = await _ask_jobs(jobs, model, strategy, settings, watch)
            again = _find_gaps(documents, outcomes, settings)
            if again:
                jobs += again
                outcomes += await _ask_jobs(again, model, second, settings, watch)
    label = ", ".join(dict.fromkeys((strategy.label, second.label)))
    extraction, failures = _sum_up(jobs, outcomes)
    claims, rejected = _assess(documents, extraction)
    run = Run(
        claimx_version=__version__,
        model=str(settings.model),
        prompt=label,
        answered=_date(extraction.created),
        usage=extraction.usage,
        spending=_split_usage(jobs, outcomes, label),
        settings=settings.shaping(),
    )
    return _Reading(
        claims=claims,
        rejected=(*extraction.rejected, *rejected),
        failures=tuple(failures),
        skipped=_list_skipped(claims, documents),
        run=run,
    )


def _open_cassettes(settings: Settings) -> AbstractContextManager[None]:
    from claimx.replay import Recording, record_answers, replay_answers

    if settings.replay is not None:
        return replay_answers(settings.replay)
    if settings.record is None:
        return nullcontext()
    about = Recording(
        claimx_version=__version__, model=str(settings.model), settings=settings.shaping()
    )
    return record_answers(settings.record, about)


async def _ask_jobs(
    jobs: Sequence[_Job], model: "Model", strategy: Strategy, settings: Settings, watch: Watcher
) -> list[Extraction | ModelError]:
    """Ask every job, some at once; outcomes stand in the order of *jobs*."""
    outcomes: list[Extraction | ModelError] = [Extraction()] * len(jobs)
    slots = asyncio.Semaphore(settings.concurrency)
    progress = Progress(len({job.document.id for job in jobs}), len(jobs))

    async def ask(index: int, job: _Job) -> None:
        nonlocal progress
        outcome: Extraction | ModelError
        try:
            outcome = await ask_segment(strategy, model, job.document, job.segment, settings)
        except OfflineMiss:
            raise  # a replay is complete or it is nothing
        except ModelError as exc:
            outcome = exc
        finally:
            slots.release()
        outcomes[index] = outcome
        progress = progress.after(outcome, model.traffic)
        watch(progress)

    try:
        async with asyncio.TaskGroup() as tasks:
            for index, job in enumerate(jobs):
                await slots.acquire()
                tasks.create_task(ask(index, job))
    except* OfflineMiss as misses:
        raise misses.exceptions[0] from None
    return outcomes


def _sum_up(
    jobs: Sequence[_Job], outcomes: Sequence[Extraction | ModelError]
) -> tuple[Extraction, list[Failure]]:
    """
    Join what the segments brought; segments that failed become failures.

    Raises:
        ModelError: If every segment failed: the first one's error.
    """
    errors = [outcome for outcome in outcomes if isinstance(outcome, ModelError)]
    if errors and len(errors) == len(outcomes):
        raise errors[0]
    failures = [
        Failure(document_id=job.document.id, segment=job.segment.index, error=str(outcome))
        for job, outcome in zip(jobs, outcomes, strict=True)
        if isinstance(outcome, ModelError)
    ]
    found = (outcome for outcome in outcomes if isinstance(outcome, Extraction))
    return join_extractions(found), failures


def _split_usage(
    jobs: Sequence[_Job], outcomes: Sequence[Extraction | ModelError], label: str
) -> tuple[Spending, ...]:
    """Add up what the answers about each document cost."""
    parts = defaultdict(list)
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, Extraction):
            parts[job.document.id].append(outcome.usage)
    return tuple(
        Spending(document_id=name, prompt=label, usage=join_usage(usages))
        for name, usages in parts.items()
    )


def _assess(
    documents: Iterable[Document], extraction: Extraction
) -> tuple[tuple[Claim, ...], tuple[Rejected, ...]]:
    """Settle what was proposed about each of *documents*."""
    proposed = defaultdict(list)
    for proposal in extraction.proposals:
        proposed[proposal.document_id].append(proposal)
    settled = [assess_proposals(document, proposed[document.id]) for document in documents]
    return (
        tuple(claim for one in settled for claim in one.claims),
        tuple(rejected for one in settled for rejected in one.rejected),
    )


def _find_gaps(
    documents: Sequence[Document],
    outcomes: Sequence[Extraction | ModelError],
    settings: Settings,
) -> list[_Job]:
    """List the sentences to ask about again, of documents with too few sentences claimed."""
    if settings.min_coverage is None:
        return []
    found = join_extractions(one for one in outcomes if isinstance(one, Extraction))
    claimed = _sort_by_document(_assess(documents, found)[0])
    return [
        _Job(document=document, segment=segment)
        for document in documents
        if measure_coverage(claimed[document.id], document) < settings.min_coverage
        for segment in isolate_sentences(document, find_unclaimed(claimed[document.id], document))
    ]


def _sort_by_document(claims: Iterable[Claim]) -> defaultdict[str, list[Claim]]:
    sorted_claims = defaultdict(list)
    for claim in claims:
        sorted_claims[claim.document_id].append(claim)
    return sorted_claims


def _list_skipped(claims: Sequence[Claim], documents: Iterable[Document]) -> tuple[Skipped, ...]:
    """List what no claim cites, document by document."""
    cited = _sort_by_document(claims)
    return tuple(
        one for document in documents for one in list_skipped(cited[document.id], document)
    )


def _date(created: int | None) -> str | None:
    if created is None:
        return None
    return datetime.fromtimestamp(created, UTC).isoformat().replace("+00:00", "Z")


def _note_matching(run: Run, judge: MatchSettings) -> Run:
    return run.model_copy(update={"settings": run.settings | judge.model_dump()})
