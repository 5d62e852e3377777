"""
Join the stages: read, segment, extract, align, credit, ground, match, table.

The whole flow of claimx is in this file, and nothing else joins stages.
"""

import asyncio
import operator
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from claimx.align import Quote, align_quotes
from claimx.credit import credit_claims
from claimx.errors import InputError, ModelError, OfflineMiss, RunStopped
from claimx.extract import Extraction, Proposal, extract_segment, join_extractions
from claimx.extractive import extract_sentences
from claimx.ground import ground_claims
from claimx.layout import find_title
from claimx.match import MatchSettings, match_claims
from claimx.prompts import Prompt, load_prompt
from claimx.read import Source, read_documents
from claimx.records import (
    Alignment,
    Claim,
    Document,
    Failure,
    Record,
    Rejected,
    RejectReason,
    Run,
    Segment,
    Span,
    Spending,
    Usage,
    content_id,
    join_usage,
)
from claimx.segment import segment_document
from claimx.settings import EXTRACTIVE, Settings, make_settings
from claimx.table import ClaimTable, build_table
from claimx.text import fold_text
from claimx.version import __version__

if TYPE_CHECKING:
    from claimx.llm import Model, Traffic


@dataclass(frozen=True)
class Progress:
    """
    How far a run is, for people.

    *documents* counts those of the run and *segments* those met so far;
    *finished* and *done* say how many of each are over. *sent* counts
    requests, *retried* those in vain, *cached* answers that needed none.
    *tokens* are of all answers, *spent* is what those sent for cost.
    """

    documents: int
    segments: int = 0
    finished: int = 0
    done: int = 0
    proposed: int = 0
    tokens: int = 0
    sent: int = 0
    cached: int = 0
    retried: int = 0
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
            retried=traffic.retried,
            spent=traffic.usage,
        )


Watcher = Callable[[Progress], None]


class _Checked(Record):
    """
    What came of one document, once all its segments are in.

    *unread* is what could not be read in the answers, *rejected* what did not
    stand the checks. *answered* says that some segment was.
    """

    document_id: str
    claims: tuple[Claim, ...] = ()
    unread: tuple[Rejected, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()
    created: int | None = None
    answered: bool = False

    def pack(self) -> bytes:
        """Make it small, to keep until all documents are in: a tenth of what the records take."""
        return zlib.compress(self.model_dump_json(exclude_defaults=True).encode(), level=1)

    @classmethod
    def unpack(cls, packed: bytes) -> "_Checked":
        """Undo `pack`."""
        return cls.model_validate_json(zlib.decompress(packed))


class _Reading(Record):
    """The claims of all documents, and what came with them."""

    claims: tuple[Claim, ...]
    rejected: tuple[Rejected, ...] = ()
    failures: tuple[Failure, ...] = ()
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


async def aextract(
    *sources: Source,
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
    read = read_documents(sources, settings.encoding, settings.text_column, settings.id_column)
    if not read.documents:
        raise InputError(_say(read.failures) or "Nothing to read: name a file or folder.")
    documents = [_add_title(document) for document in read.documents]
    if settings.model == EXTRACTIVE:
        reading = _read_sentences(documents, settings)
    else:
        reading = await _ask_model(documents, settings, watch or (lambda _: None), stop)
    judge = MatchSettings(**settings.model_dump(include={"min_score"}, exclude_none=True))
    matching = match_claims(reading.claims, judge)
    return build_table(
        documents,
        matching.groups,
        matching.conflicts,
        reading.rejected,
        (*read.failures, *reading.failures),
        _note_matching(reading.run, judge),
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
    claims = [claim for document in documents for claim in extract_sentences(document)]
    run = Run(claimx_version=__version__, model=EXTRACTIVE, settings=settings.shaping())
    return _Reading(claims=tuple(claims), run=run)


async def _ask_model(
    documents: Iterable[Document],
    settings: Settings,
    watch: Watcher,
    stop: asyncio.Event | None = None,
) -> _Reading:
    """Ask the model about every segment, and check what it said against the documents."""
    from claimx.llm import open_model  # openai costs a second, and only this path needs it

    prompt = load_prompt("extract", settings.prompts)
    with _open_cassettes(settings):
        async with open_model(settings) as model, _stopping(model, stop):
            asker = _Asker(model, prompt, settings, watch, operator.length_hint(documents))
            packed = await asker.ask_documents(documents)
    checked = [_Checked.unpack(one) for one in packed]
    if not any(one.answered for one in checked) and asker.first_error is not None:
        raise asker.first_error
    run = Run(
        claimx_version=__version__,
        model=str(settings.model),
        prompt=prompt.label,
        answered=_date(
            min((one.created for one in checked if one.created is not None), default=None)
        ),
        usage=join_usage(one.usage for one in checked),
        spending=tuple(
            Spending(document_id=one.document_id, prompt=prompt.label, usage=one.usage)
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


class _Asker:
    """
    Asks about documents as a stream: few are open at once, and each is checked when it is over.

    Args:
        model: Whom to ask.
        prompt: What to ask.
        settings: How many requests may be under way, and how large segments are.
        watch: Told after every segment.
        expected: How many documents will come, for *watch*.
    """

    def __init__(
        self, model: "Model", prompt: Prompt, settings: Settings, watch: Watcher, expected: int
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._settings = settings
        self._watch = watch
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._progress = Progress(expected)
        self.first_error: ModelError | None = None

    async def ask_documents(self, documents: Iterable[Document]) -> list[bytes]:
        """Ask about all of *documents*; what came of each, packed, stands in their order."""
        packed: list[bytes] = []
        open_documents = asyncio.Semaphore(self._settings.concurrency)

        async def work(place: int, document: Document) -> None:
            packed[place] = (await self._ask_and_check(document)).pack()
            open_documents.release()

        try:
            async with asyncio.TaskGroup() as tasks:
                for place, document in enumerate(documents):
                    await open_documents.acquire()
                    packed.append(b"")
                    tasks.create_task(work(place, document))
        except* OfflineMiss as misses:
            raise misses.exceptions[0] from None
        return packed

    async def _ask_and_check(self, document: Document) -> _Checked:
        if self._model.closed is not None:
            failure = self._fail(self._model.closed, document)
            checked = _Checked(document_id=document.id, failures=(failure,))
        else:
            segments = segment_document(document, self._settings.segment_tokens)
            self._progress = replace(
                self._progress, segments=self._progress.segments + len(segments)
            )
            outcomes = await self._ask_segments(document, segments)
            failures = self._list_failures(document, segments, outcomes)
            found = [one for one in outcomes if isinstance(one, Extraction)]
            checked = _check_document(document, join_extractions(found), failures, bool(found))
        self._progress = replace(self._progress, finished=self._progress.finished + 1)
        return checked

    async def _ask_segments(
        self, document: Document, segments: Iterable[Segment]
    ) -> list[Extraction | ModelError]:
        """Ask about *segments*; outcomes stand in their order."""
        asked: list[asyncio.Task[Extraction | ModelError]] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                for segment in segments:
                    await self._slots.acquire()
                    asked.append(tasks.create_task(self._ask_segment(document, segment)))
        except* OfflineMiss as misses:
            raise misses.exceptions[0] from None
        return [task.result() for task in asked]

    async def _ask_segment(self, document: Document, segment: Segment) -> Extraction | ModelError:
        outcome: Extraction | ModelError
        try:
            outcome = await extract_segment(self._model, self._prompt, document, segment)
        except OfflineMiss:
            raise  # a replay is complete or it is nothing
        except ModelError as exc:
            outcome = exc
        finally:
            self._slots.release()
        self._progress = self._progress.after(outcome, self._model.traffic)
        self._watch(self._progress)
        return outcome

    def _list_failures(
        self,
        document: Document,
        segments: Sequence[Segment],
        outcomes: Sequence[Extraction | ModelError],
    ) -> tuple[Failure, ...]:
        """List what failed; segments that were not asked make one failure together."""
        errors = [
            (one, segment.index)
            for one, segment in zip(outcomes, segments, strict=True)
            if isinstance(one, ModelError)
        ]
        stopped = [one for one, _ in errors if isinstance(one, RunStopped)]
        return (
            *(
                self._fail(one, document, index)
                for one, index in errors
                if not isinstance(one, RunStopped)
            ),
            *(self._fail(one, document) for one in stopped[:1]),
        )

    def _fail(self, error: ModelError, document: Document, segment: int | None = None) -> Failure:
        self.first_error = self.first_error or error
        return Failure(document_id=document.id, segment=segment, error=str(error))


def _check_document(
    document: Document, found: Extraction, failures: tuple[Failure, ...], answered: bool
) -> _Checked:
    """Align, credit and ground what the model proposed for *document*."""
    quotes = [Quote(text=one.quote, near=one.near, claim=one.claim) for one in found.proposals]
    claims: list[Claim] = []
    rejected: list[Rejected] = []
    aligned: dict[str, tuple[Claim, Proposal]] = {}
    for proposal, alignment in zip(
        found.proposals, align_quotes(quotes, document.text), strict=True
    ):
        claim = _make_claim(proposal, alignment)
        if not alignment.found:
            rejected.append(_reject_unplaced(proposal, alignment, document))
        elif claim.id in aligned:
            rejected.append(_reject(proposal, "duplicate", "said already, of the same words"))
        else:
            aligned[claim.id] = claim, proposal
    credited = credit_claims((claim for claim, _ in aligned.values()), document)
    for claim in ground_claims(credited, document):
        unbacked = [flag.message for flag in claim.flags if flag.kind == "backing"]
        if unbacked:
            rejected.append(_reject(aligned[claim.id][1], "unsupported", unbacked[0]))
        else:
            claims.append(claim)
    return _Checked(
        document_id=document.id,
        claims=tuple(claims),
        unread=found.rejected,
        rejected=tuple(rejected),
        failures=failures,
        usage=found.usage,
        created=found.created,
        answered=answered,
    )


def _make_claim(proposal: Proposal, alignment: Alignment) -> Claim:
    places = ",".join(f"{span.start}:{span.end}" for span in alignment.spans)
    return Claim(
        id=content_id(proposal.document_id, fold_text(proposal.claim), places),
        document_id=proposal.document_id,
        text=proposal.claim,
        quote=proposal.quote,
        alignment=alignment,
        speaker=proposal.speaker,
        modality=proposal.modality,
    )


def _reject_unplaced(proposal: Proposal, alignment: Alignment, document: Document) -> Rejected:
    if alignment.status == "ambiguous":
        lines = ", ".join(str(_find_line(span, document)) for span in alignment.spans[:5])
        return _reject(proposal, "ambiguous", f"the quote stands in several places: lines {lines}")
    hint = ""
    if alignment.nearest is not None:
        shown = " ".join(alignment.nearest.slice(document.text).split())
        hint = f"; nearest: {shown!r}, line {_find_line(alignment.nearest, document)}"
    why = alignment.why or "the quote is not in the document"
    return _reject(proposal, "not_found", why + hint)


def _find_line(span: Span, document: Document) -> int:
    return document.text.count("\n", 0, span.start) + 1


def _reject(proposal: Proposal, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(
        document_id=proposal.document_id,
        segment=proposal.segment,
        claim=proposal.claim,
        quote=proposal.quote,
        reason=reason,
        detail=detail,
    )


def _date(created: int | None) -> str | None:
    if created is None:
        return None
    return datetime.fromtimestamp(created, UTC).isoformat().replace("+00:00", "Z")


def _note_matching(run: Run, judge: MatchSettings) -> Run:
    return run.model_copy(update={"settings": run.settings | judge.model_dump()})
