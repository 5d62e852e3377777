"""
Run documents through their stages: few at a time, and within limits of requests.

Few documents are in memory at once; finished results are kept packed. Reading, and
the checks of long documents, run in a thread of their own, so that answers are
received and kept in the meantime. This module does not know what the stages do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from claimx.errors import (
    ClaimxError,
    ModelError,
    ModelOutputInvalid,
    OfflineMiss,
    RunStopped,
    explain_fault,
    raising_first,
)
from claimx.pipeline.intake import Intake
from claimx.pipeline.packing import pack_record, unpack_record
from claimx.pipeline.session import STOPPED, Session
from claimx.records import Document, DocumentResult, Segment, Usage, join_usage
from claimx.segment.parsed import ParsedDocument
from claimx.settings import Settings

if TYPE_CHECKING:
    from claimx.llm.client import Traffic


T = TypeVar("T")
Outcome = DocumentResult | ModelError
# In characters: the checks of so long a document take a quarter of a second. A thread costs more
# than it gains below that: a loop that releases the interpreter waits 5 ms to get it back.
_LONG = 50_000


@dataclass(frozen=True)
class Progress:
    """
    The progress of a run, for display.

    *documents* counts those of the run, as far as known before all are read,
    and *segments* those met so far; *finished* and *done* say how many of each
    are over. *sent* counts
    requests, *retried* those repeated, *cached* answers that needed none.
    *tokens* are of all answers, *spent* is what those sent for cost; those of
    another model that reads claims again are in *spent_again*, those that did
    not fit and were asked again in *wasted*.
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
    spent_again: Usage = field(default_factory=Usage)
    wasted: Usage = field(default_factory=Usage)

    def after(self, outcome: Outcome) -> "Progress":
        """Return the progress once *outcome* is counted as well."""
        found = outcome if isinstance(outcome, DocumentResult) else DocumentResult()
        return replace(self, done=self.done + 1, proposed=self.proposed + len(found.proposals)).pay(
            found.usage
        )

    def pay(self, usage: Usage) -> "Progress":
        """Add the tokens of an answer."""
        return replace(self, tokens=self.tokens + _count_tokens(usage))

    def note(self, own: Sequence["Traffic"], other: Sequence["Traffic"]) -> "Progress":
        """Add the traffic of the run's model, and of an *other* that reads claims again."""
        every = (*own, *other)
        wasted = join_usage(one.wasted for one in every)
        more = _count_tokens(wasted) - _count_tokens(self.wasted)
        return replace(
            self,
            tokens=self.tokens + more,
            wasted=wasted,
            sent=sum(one.sent for one in every),
            cached=sum(one.cached for one in every),
            retried=sum(one.retried for one in every),
            spent=join_usage(one.usage for one in own),
            spent_again=join_usage(one.usage for one in other),
        )


def _count_tokens(usage: Usage) -> int:
    return usage.tokens_in + usage.tokens_out


Watcher = Callable[[Progress], None]


class Asker:
    """
    Runs documents through their stages, few at once, and asks about their segments within limits.

    Args:
        session: The models to ask.
        settings: How many requests may be under way.
        watch: Told after every segment.
        expected: How many documents will come, as far as known, for *watch*.
        stop: Once it is set, no more files are read, and no more documents taken.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        watch: Watcher | None,
        expected: int,
        stop: asyncio.Event | None = None,
    ) -> None:
        self._stop = stop
        self._session = session
        self._watch = watch
        self._concurrency = settings.concurrency
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._progress = Progress(expected)
        self._aside = ThreadPoolExecutor(max_workers=1)
        self._held: dict[str, Outcome] = {}

    @property
    def closed(self) -> ModelError | None:
        """Why no more files are read and no more documents taken, if so."""
        model = self._session.model
        if model is not None and model.closed is not None:
            return model.closed
        return RunStopped(STOPPED) if self._stop is not None and self._stop.is_set() else None

    def tell(self, usage: Usage, *others: "Traffic") -> None:
        """Report progress to the watcher, with *usage* added, and the traffic of *others*."""
        model, rereader = self._session.model, self._session.rereader
        if self._watch is None:
            return
        if model is not None:
            second = (rereader.model.traffic,) if rereader and rereader.model is not model else ()
            self._progress = self._progress.pay(usage).note((model.traffic, *others), second)
        self._watch(self._progress)

    async def take_all(
        self, documents: Intake, take: Callable[[Document], Awaitable[DocumentResult]]
    ) -> list[DocumentResult]:
        """Call *take* with each of *documents*; return the results in document order."""
        packed: list[bytes] = []
        open_documents = asyncio.Semaphore(self._concurrency)

        async def work(place: int, document: Document) -> None:
            packed[place] = pack_record(await take(document))
            self._finish(document)
            open_documents.release()

        try:
            with raising_first(ClaimxError):
                async with asyncio.TaskGroup() as tasks:
                    coming = iter(documents)
                    while (document := await self._do_aside(next, coming, None)) is not None:
                        await open_documents.acquire()
                        documents.unread = None if self.closed is None else str(self.closed)
                        tasks.create_task(work(len(packed), document))
                        packed.append(b"")
        finally:
            self._aside.shutdown(wait=False, cancel_futures=True)
        if self._progress.documents != len(packed):  # some could not be read
            self._progress = replace(self._progress, documents=len(packed))
            self.tell(Usage())
        return [unpack_record(DocumentResult, one) for one in packed]

    async def compute(self, work: Callable[..., T], parsed: ParsedDocument, *args: Any) -> T:
        """Call *work* with *parsed*, in the thread if that takes long."""
        if len(parsed.text) < _LONG:
            return work(parsed, *args)
        return await self._do_aside(work, parsed, *args)

    async def ask_segments(
        self,
        document: Document,
        segments: Sequence[Segment],
        ask: Callable[[Segment], Awaitable[DocumentResult]],
    ) -> list[Outcome]:
        """Call *ask* with each of *segments* of *document*; return the outcomes in order."""
        self._progress = replace(self._progress, segments=self._progress.segments + len(segments))
        if document.id in self._held:
            self._tell_of(self._held.pop(document.id))
        asked: list[asyncio.Task[Outcome]] = []
        done = 0

        async def work(segment: Segment) -> Outcome:
            nonlocal done
            outcome = await self._ask_segment(segment, ask)
            done += 1
            if done < len(segments):
                self._tell_of(outcome)
            else:
                self._held[document.id] = outcome  # reported once the document is finished
            return outcome

        with raising_first(ClaimxError):
            async with asyncio.TaskGroup() as tasks:
                for segment in segments:
                    await self._slots.acquire()
                    asked.append(tasks.create_task(work(segment)))
        return [task.result() for task in asked]

    async def _ask_segment(
        self, segment: Segment, ask: Callable[[Segment], Awaitable[DocumentResult]]
    ) -> Outcome:
        outcome: Outcome
        try:
            outcome = await ask(segment)
        except OfflineMiss:
            raise  # a replay must be complete
        except ModelError as exc:
            outcome = exc
        except ClaimxError:
            raise
        except BaseException as exc:  # no answer, however odd, may end the run
            outcome = ModelOutputInvalid(explain_fault("no answer could be read", exc))
        finally:
            self._slots.release()
        return outcome

    async def _do_aside(self, work: Callable[..., T], *args: Any) -> T:
        """Call *work* in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._aside, work, *args)

    def _finish(self, document: Document) -> None:
        finished = self._progress.finished + 1
        known = max(self._progress.documents, finished)  # a file may hold several documents
        self._progress = replace(self._progress, finished=finished, documents=known)
        self._tell_of(self._held.pop(document.id, None))

    def _tell_of(self, outcome: Outcome | None) -> None:
        """Report *outcome* and the progress to the watcher."""
        if outcome is not None:
            self._progress = self._progress.after(outcome)
        self.tell(Usage())
