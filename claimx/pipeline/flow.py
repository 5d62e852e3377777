"""
The flow of claimx: read, segment, extract, align, ground, match, table.

`aextract` is the flow of a run, and `_Flow.take` that of one document. When the
tasks of a run start, and how many at a time, is decided in `asking`.
"""

import operator
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from claimx.assess import assess_proposals
from claimx.echoes import find_echoes
from claimx.errors import InputError, ModelError, ModelOutputInvalid, RunStopped
from claimx.extract import NoModel, ask_segment, join_names, load_strategy
from claimx.ground.quality import find_unclaimed, find_unread, list_skipped, measure_coverage
from claimx.judge import Judgement, judge_claims, load_judge_prompt
from claimx.judge.reread import load_reread_prompt, reread_claims, settle_claims
from claimx.match import Matching, MatchSettings, match_claims
from claimx.pipeline.account import describe_run, name_prompts
from claimx.pipeline.asking import Asker, Outcome, Progress, Watcher
from claimx.pipeline.boundary import fail, match_within, take_within
from claimx.pipeline.earlier import Earlier, Take
from claimx.pipeline.intake import Intake
from claimx.pipeline.session import (
    Session,
    follow_event,
    open_cassettes,
    open_session,
    resolve_settings,
    run_blocking,
)
from claimx.read import Sources
from claimx.records import (
    Claim,
    Document,
    DocumentResult,
    Echo,
    Failure,
    Segment,
    Skipped,
    Span,
    join_proposed,
)
from claimx.segment.parsed import ParsedDocument
from claimx.segment.segments import cut_again, cut_document
from claimx.settings import Settings
from claimx.spelling import name_settings
from claimx.table import ClaimTable, Folder, build_table, open_table

if TYPE_CHECKING:
    import asyncio
    import threading

    from claimx.extract import Strategy
    from claimx.llm.common import Common

# Segments of a document with their outcomes.
Asking = Sequence[tuple[Segment, Outcome]]
Rounds = Sequence[Sequence[Segment]]


def extract(
    *sources: Sources,
    watch: Watcher | None = None,
    progress: bool = False,
    stop: "threading.Event | None" = None,
    add: ClaimTable | Folder | None = None,
    **options: Any,
) -> ClaimTable:
    """
    Read *sources* and return the table of their claims.

        >>> table = extract("seeds/", model="extractive")  # doctest: +SKIP

    Also works inside a running event loop (a notebook), in a thread of its own. Ctrl-C ends it
    at once, without a table; answers so far are kept, and the same call goes on from there.

    Args:
        sources: Files, folders, glob patterns, the same in object storage
            (``s3://bucket/prefix``), ``-`` for stdin, documents, or lists of them.
        watch: Called with a `Progress` after every segment.
        progress: Show a bar while it runs, in a terminal or a notebook.
        stop: An event that another thread, or *watch*, sets to end the run early. What is under
            way is finished, and the table lists the documents that are missing.
        add: A table, or its JSON file, whose documents are not asked about again. The result is
            that of a run over all of them; decisions in it must be applied again.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If nothing could be read, or an option is wrong.
        ModelError: If no segment at all could be extracted, or a replay lacks an answer.
    """

    async def run() -> ClaimTable:
        async with follow_event(stop) as event:
            return await aextract(
                *sources, watch=watch, progress=progress, stop=event, add=add, **options
            )

    return run_blocking(run)


async def aextract(
    *sources: Sources,
    watch: Watcher | None = None,
    progress: bool = False,
    stop: "asyncio.Event | None" = None,
    add: ClaimTable | Folder | None = None,
    **options: Any,
) -> ClaimTable:
    """
    Do what `extract` does, without blocking the event loop while the model is asked.

    Once *stop* is set, no more requests are sent and no more documents are taken: what is under
    way is finished, and the table lists the documents that are missing.
    """
    if progress:
        with _show_bar(watch) as both:
            return await aextract(*sources, watch=both, stop=stop, add=add, **options)
    earlier = None if add is None else Earlier(open_table(add))
    settings = resolve_settings(options, earlier.list_settings() if earlier else None)
    if settings.work is not None:
        raise InputError("work: extract makes no parts. Call extract_parts, or leave it out.")
    intake = Intake(sources, settings, earlier)
    async with open_session(settings, stop) as session:
        asker = Asker(session, settings, watch, operator.length_hint(intake), stop)
        flow = _Flow(settings, session, asker)
        take: Take = flow.take
        if earlier is not None:
            earlier.check(_list_shaping(settings), str(settings.model), flow.name_prompts())
            take = earlier.wrap(take, flow.label)
        results = intake.put_in_order(await asker.take_all(intake, take))
        documents = intake.list_documents()
        unread = earlier.list_failures(documents, intake.failures) if earlier else []
        return await flow.join(documents, results, [*unread, *intake.failures])


class Taken(NamedTuple):
    """
    Results of documents, in order; *error* left the first segment without an answer.

    *closed* is true if it left all later ones without, too.
    """

    results: list[DocumentResult]
    error: ModelError | None
    closed: bool


async def take_documents(
    documents: Sequence[Document],
    settings: Settings,
    watch: Watcher | None = None,
    common: "Common | None" = None,
) -> Taken:
    """Take *documents* from their texts to checked claims, as `aextract` does."""
    intake = Intake(documents, settings.model_copy(update={"sources": None}))
    async with open_session(settings, None, common) as session:
        asker = Asker(session, settings, watch, len(documents))
        flow = _Flow(settings, session, asker)
        results = await asker.take_all(intake, flow.take)
        closed = session.model is not None and session.model.closed is not None
        return Taken(results, flow.first_error, closed)


async def join_results(  # noqa: PLR0913, PLR0917  # these are the parts of a table
    documents: Sequence[Document],
    results: Sequence[DocumentResult],
    failures: Sequence[Failure],
    settings: Settings,
    stop: "asyncio.Event | None" = None,
    common: "Common | None" = None,
) -> ClaimTable:
    """Match the claims of *results* and make the table, as `aextract` does."""
    async with open_session(settings, stop, common) as session:
        flow = _Flow(settings, session, Asker(session, settings, None, len(documents)))
        return await flow.join(documents, results, failures)


def name_questions(settings: Settings) -> str:
    """Name the prompts of the questions about single documents, as in the table's run."""
    labels = dict.fromkeys(one.label for one in _load_strategies(settings))
    again = [load_reread_prompt(settings.prompts).label] if settings.verify else []
    return ", ".join((*labels, *again))


def _load_strategies(settings: Settings) -> tuple["Strategy", "Strategy"]:
    """Load the strategy of the first questions, and that of the second, about what was left out."""
    first = load_strategy(settings.strategy, settings.prompts)
    isolated = settings.min_coverage is not None and settings.strategy != "article"
    return first, load_strategy("window", settings.prompts) if isolated else first


@contextmanager
def _show_bar(watch: Watcher | None) -> Iterator[Watcher]:
    """Show a bar, and return what tells it and *watch* how far the run is."""
    from claimx.pipeline.bar import show_progress  # rich is slow to import

    with show_progress() as show:

        def tell(progress: Progress) -> None:
            show(progress)
            if watch is not None:
                watch(progress)

        yield tell


def _find_echoes(
    documents: Sequence[Document], results: Iterable[DocumentResult]
) -> tuple[tuple[Echo, ...], tuple[Failure, ...]]:
    """Find the documents that repeat one another; a fault fails that step, and not the table."""
    prose = {one.document_id: one.prose for one in results if one.prose is not None}
    try:
        return find_echoes(documents, prose), ()
    except BaseException as exc:
        return (), (fail("", "documents that repeat one another", exc),)


def _list_days(documents: Iterable[Document]) -> dict[str, date]:
    """Map the documents that name the day of their publication to it."""
    return {
        document.id: date.fromisoformat(document.date)
        for document in documents
        if document.date and len(document.date) == len("2025-03-30")
    }


class _Flow:
    """
    Takes each document from its text to checked claims, and matches the claims of all.

    *label* names the prompts, *first_error* is the first error that left a segment unanswered.
    """

    def __init__(self, settings: Settings, session: Session, asker: Asker) -> None:
        self._settings = settings
        self._session = session
        self._asker = asker
        self._strategy, self._second = _load_strategies(settings)
        self.label = ", ".join(dict.fromkeys((self._strategy.label, self._second.label)))
        self.first_error: ModelError | None = None

    def name_prompts(self) -> str | None:
        """Return the names of all prompts of the run."""
        return name_prompts(self._session, self.label)

    async def take(self, document: Document) -> DocumentResult:
        """Segment, extract, align and ground *document*."""
        return await take_within(self._take, document)

    async def _take(self, document: Document) -> DocumentResult:
        if (closed := self._asker.closed) is not None:
            failure = self._fail(closed, document)
            return DocumentResult(document_id=document.id, failures=(failure,))
        parsed = ParsedDocument(document)
        rounds = await self._asker.compute(cut_document, parsed, self._settings)
        asked = await self._extract(parsed, rounds, self._strategy)
        gaps = await self._asker.compute(self._find_gaps, parsed, asked)
        asked = await self._extract(parsed, gaps, self._second, asked)
        failures = self._list_failures(document, asked)
        result = await self._asker.compute(_check, parsed, asked, failures)
        return await self._read_again(parsed, result)

    async def join(
        self,
        documents: Sequence[Document],
        results: Sequence[DocumentResult],
        failures: Iterable[Failure],
    ) -> ClaimTable:
        """
        Match the claims of *results* and make the table.

        Documents that were not read are among its failures alone.

        Raises:
            ModelError: If no segment at all could be extracted.
        """
        if self.first_error and not any(one.answered for one in results):
            raise self.first_error
        unread = {one.document_id for one in results if not one.is_read}
        documents = [one for one in documents if one.id not in unread]
        judged = await self.match(results, documents)
        run = describe_run(self._settings, self._session, self.label, results, judged)
        echoes, unechoed = _find_echoes(documents, results)
        return build_table(
            documents,
            judged.matching.groups,
            judged.matching.conflicts,
            (rejected for one in results for rejected in (*one.unusable, *one.rejected)),
            (
                *failures,
                *(failure for one in results for failure in one.failures),
                *judged.failures,
                *unechoed,
            ),
            run.model_copy(update={"settings": _list_shaping(self._settings)}),
            entailments=judged.matching.entailments,
            skipped=(skipped for one in results if one.is_read for skipped in one.skipped),
            echoes=echoes,
        )

    async def match(
        self, results: Iterable[DocumentResult], documents: Iterable[Document]
    ) -> Judgement:
        """Match the claims of all documents; a judge, if there is one, revises the result."""
        scores, days = choose_scores(self._settings), _list_days(documents)
        matching, failures = match_within(
            results, lambda claims: match_claims(claims, scores, days=days)
        )
        judge = self._session.judge
        if judge is None:
            return Judgement(matching=matching, failures=failures)
        try:
            judged = await judge_claims(judge.model, judge.prompt, matching)
        except BaseException as exc:
            failure = fail("", "judging which claims say the same", exc)
            return Judgement(matching=matching, failures=(*failures, failure))
        self._asker.tell(judged.usage, judge.model.traffic)
        return judged.model_copy(update={"failures": (*failures, *judged.failures)})

    async def _extract(
        self, parsed: ParsedDocument, rounds: Rounds, strategy: "Strategy", before: Asking = ()
    ) -> Asking:
        """
        Ask about *rounds*, one after the other; return the outcomes, after those *before*.

        Each round is shown the names that earlier parts introduce.
        """
        model = self._session.model or NoModel()

        async def ask(segment: Segment) -> DocumentResult:
            return await ask_segment(strategy, model, parsed, segment, self._settings)

        asked = list(before)
        for segments in rounds:
            earlier = (
                outcome
                for segment, outcome in asked
                if segment.part < segments[0].part and isinstance(outcome, DocumentResult)
            )
            names = join_names(earlier)
            told = [each.model_copy(update={"names": names}) for each in segments]
            outcomes = await self._asker.ask_segments(parsed.document, told, ask)
            asked += zip(told, outcomes, strict=True)
        return asked

    def _find_gaps(self, parsed: ParsedDocument, asked: Asking) -> Rounds:
        """List the sentences to ask about again, if too few of *parsed* have a claim."""
        if self._settings.min_coverage is None:
            return ()
        claims = assess_proposals(parsed, _join(asked).proposals).claims
        if measure_coverage(claims, parsed) >= self._settings.min_coverage:
            return ()
        return cut_again(parsed, self._settings, find_unclaimed(claims, parsed))

    async def _read_again(self, parsed: ParsedDocument, result: DocumentResult) -> DocumentResult:
        """Have the claims of *result* read again; flag or reject those that are not stated."""
        rereader = self._session.rereader
        if rereader is None or not result.claims:
            return result
        try:
            read = await reread_claims(rereader.model, rereader.prompt, parsed, result.claims)
        except BaseException as exc:
            name = result.document_id
            failure = fail(name, f"{name}: its claims were not read again", exc)
            return result.model_copy(update={"failures": (*result.failures, failure)})
        self._asker.tell(read.usage)
        update: dict[str, Any] = {
            "failures": (*result.failures, *read.failures),
            "usage_again": read.usage,
            "created": min(filter(None, (result.created, read.created)), default=None),
        }
        reject = self._settings.verify == "reject"
        update["claims"], rejected = settle_claims(result.claims, read.verdicts, reject=reject)
        if rejected:
            update["rejected"] = (*result.rejected, *rejected)
            unread = find_unread(result.skipped)
            update["skipped"] = await self._asker.compute(
                _list_skipped, parsed, update["claims"], unread
            )
        return result.model_copy(update=update)

    def _list_failures(self, document: Document, asked: Asking) -> tuple[Failure, ...]:
        """
        List the failures; all segments that were not asked about form one.

        It says how many were read, if any.
        """
        errors = [(error, segment.index) for segment, one in asked for error in _list_errors(one)]
        stopped = [one for one, _ in errors if isinstance(one, RunStopped)]
        read = _count_read(asked)
        part = f"read in part, {read} of {len(asked)} segments; the rest: " if read else ""
        return (
            *(
                self._fail(one, document, index)
                for one, index in errors
                if not isinstance(one, RunStopped)
            ),
            *(self._fail(one, document, part=part) for one in stopped[:1]),
        )

    def _fail(
        self, error: ModelError, document: Document, segment: int | None = None, part: str = ""
    ) -> Failure:
        self.first_error = self.first_error or error
        return Failure(document_id=document.id, segment=segment, error=f"{part}{error}")


def _list_errors(outcome: Outcome) -> Iterable[ModelError]:
    """List the errors of one segment; several answers with the same error count once."""
    if isinstance(outcome, ModelError):
        return (outcome,)
    return map(ModelOutputInvalid, dict.fromkeys(outcome.unread))


def _join(asked: Asking) -> DocumentResult:
    return join_proposed(one for _, one in asked if isinstance(one, DocumentResult))


def _count_read(asked: Asking) -> int:
    """Count the segments with a readable answer."""
    return sum(isinstance(one, DocumentResult) and one.is_readable for _, one in asked)


def _list_skipped(
    parsed: ParsedDocument, claims: Sequence[Claim], unread: Set[Span]
) -> tuple[Skipped, ...]:
    return list_skipped(claims, parsed, unread)


def _find_unread(asked: Asking) -> set[Span]:
    """Find the sentences of segments without a readable answer."""
    read: dict[Span, bool] = {}
    for segment, outcome in asked:
        readable = isinstance(outcome, DocumentResult) and outcome.is_readable
        for sentence in segment.sentences:
            read[sentence.span] = read.get(sentence.span, False) or readable
    return {span for span, readable in read.items() if not readable}


def _check(parsed: ParsedDocument, asked: Asking, failures: tuple[Failure, ...]) -> DocumentResult:
    """Align and ground the proposals for *parsed*, and list the sentences that no claim cites."""
    joined = _join(asked)
    assessed = assess_proposals(parsed, joined.proposals)
    return DocumentResult(
        document_id=parsed.document.id,
        unusable=joined.unusable,
        claims=assessed.claims,
        rejected=assessed.rejected,
        skipped=_list_skipped(parsed, assessed.claims, _find_unread(asked)),
        failures=failures,
        prose=parsed.prose,
        answered=_count_read(asked),
        usage=joined.usage,
        created=joined.created,
    )


def judge(matching: Matching, **options: Any) -> Judgement:
    """
    Let a model decide again which claims of *matching* are equivalent, and which contradict.

        >>> sentences = ["21 died.", "22 people were killed."]
        >>> judge(match_texts(sentences), model="gpt-5-mini")  # doctest: +SKIP

    Args:
        matching: Of `claimx.match_texts` or `claimx.match_claims`; kept where the model fails.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If no model is named, or an option is wrong.
        ModelError: If a replay lacks an answer.
    """
    return run_blocking(lambda: _judge(matching, options))


async def _judge(matching: Matching, options: dict[str, Any]) -> Judgement:
    from claimx.llm.client import open_model

    settings = resolve_settings(options | {"judge": True})
    prompt = load_judge_prompt(settings.prompts)
    with open_cassettes(settings):
        async with open_model(settings.choose_judge()) as model:
            judged = await judge_claims(model, prompt, matching)
    return judged.model_copy(update={"failures": name_settings(judged.failures)})


def _list_shaping(settings: Settings) -> dict[str, Any]:
    """Return the settings that affect the table, including those of matching."""
    return settings.shaping() | choose_scores(settings).model_dump()


def choose_scores(settings: Settings) -> MatchSettings:
    """Choose when two claims say the same."""
    return MatchSettings(**settings.model_dump(include={"min_score"}, exclude_none=True))
