"""
Ask a model about a stream of documents, and settle each when its answers are in.

Few documents are open at once; what came of those that are over is kept packed.
Reading, and the checks of long documents, are done in a thread of their own, so
that answers are received, and kept, meanwhile.
"""

import asyncio
import logging
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from claimx.assess import assess_proposals
from claimx.errors import (
    ClaimxError,
    ModelError,
    ModelOutputInvalid,
    OfflineMiss,
    RunStopped,
)
from claimx.extract import Extraction, Strategy, ask_segment, join_extractions, join_names
from claimx.ground.quality import find_unclaimed, list_skipped, measure_coverage
from claimx.judge.reread import reread_claims, settle_claims
from claimx.llm.prompts import Prompt
from claimx.pipeline.intake import Intake
from claimx.records import (
    Claim,
    Document,
    Failure,
    Record,
    Rejected,
    Segment,
    Skipped,
    Usage,
    join_usage,
)
from claimx.segment.parsed import ParsedDocument
from claimx.segment.segments import cut_again, cut_document
from claimx.settings import Settings

if TYPE_CHECKING:
    from claimx.llm.client import Model, Traffic


_log = logging.getLogger(__name__)

T = TypeVar("T")
Outcome = Extraction | ModelError
# Characters; their checks take a quarter of a second. Below that a thread costs more than it
# gains: each call of the loop that lets go of the interpreter waits 5 ms to get it back.
_LONG = 50_000


@dataclass(frozen=True)
class Progress:
    """
    How far a run is, for people.

    *documents* counts those of the run, as far as known before all are read,
    and *segments* those met so far; *finished* and *done* say how many of each
    are over. *sent* counts
    requests, *retried* those in vain, *cached* answers that needed none.
    *tokens* are of all answers, *spent* is what those sent for cost; those of
    another model that reads claims again are in *spent_again*, those that did
    not fit and were asked again in *vain*.
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
    vain: Usage = field(default_factory=Usage)

    def after(self, outcome: Outcome) -> "Progress":
        """Return how far the run is once *outcome* is there too."""
        found = outcome if isinstance(outcome, Extraction) else Extraction()
        return replace(self, done=self.done + 1, proposed=self.proposed + len(found.proposals)).pay(
            found.usage
        )

    def pay(self, usage: Usage) -> "Progress":
        """Count the tokens of answers more."""
        return replace(self, tokens=self.tokens + _count_tokens(usage))

    def note(self, own: Sequence["Traffic"], other: Sequence["Traffic"]) -> "Progress":
        """Note the traffic of the run's model, and of an *other* that reads again."""
        every = (*own, *other)
        vain = join_usage(one.vain for one in every)
        more = _count_tokens(vain) - _count_tokens(self.vain)
        return replace(
            self,
            tokens=self.tokens + more,
            vain=vain,
            sent=sum(one.sent for one in every),
            cached=sum(one.cached for one in every),
            retried=sum(one.retried for one in every),
            spent=join_usage(one.usage for one in own),
            spent_again=join_usage(one.usage for one in other),
        )


def _count_tokens(usage: Usage) -> int:
    return usage.tokens_in + usage.tokens_out


Watcher = Callable[[Progress], None]


class Checked(Record):
    """
    What came of one document, once all its segments are in.

    *unread* is what could not be read in the answers, *rejected* what did not
    stand the checks, *skipped* what no claim cites. *answered* says that some
    segment was. *usage_again* is what reading the claims again cost.
    """

    document_id: str
    claims: tuple[Claim, ...] = ()
    unread: tuple[Rejected, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    failures: tuple[Failure, ...] = ()
    usage: Usage = Usage()
    created: int | None = None
    skipped: tuple[Skipped, ...] = ()
    answered: bool = False
    usage_again: Usage = Usage()

    def pack(self) -> bytes:
        """Make it small, to keep until all documents are in: a tenth of what the records take."""
        return zlib.compress(self.model_dump_json(exclude_defaults=True).encode(), level=1)

    @classmethod
    def unpack(cls, packed: bytes) -> "Checked":
        """Undo `pack`."""
        return cls.model_validate_json(zlib.decompress(packed))


@dataclass(frozen=True)
class Rereader:
    """Who reads claims again, and how: *model* may be the one that extracts."""

    model: "Model"
    prompt: Prompt


class Asker:
    """
    Asks about documents as a stream: few are open at once, and each is checked when it is over.

    Args:
        model: Whom to ask.
        strategies: How to ask about a segment, and how again about sentences without a claim.
        settings: How many requests may be under way, and how large segments are.
        watch: Told after every segment.
        expected: How many documents will come, as far as known, for *watch*.
        rereader: Who reads the claims of a document again, if anybody does.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # whom, how, how much and for whom
        self,
        model: "Model",
        strategies: tuple[Strategy, Strategy],
        settings: Settings,
        watch: Watcher,
        expected: int,
        rereader: Rereader | None = None,
    ) -> None:
        self._model = model
        self._strategy, self._second = strategies
        self._settings = settings
        self._watch = watch
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._progress = Progress(expected)
        self._rereader = rereader
        self._desk = ThreadPoolExecutor(max_workers=1)
        self._held: dict[str, Outcome] = {}
        self.first_error: ModelError | None = None

    def tell(self, usage: Usage, *others: "Traffic") -> None:
        """Tell the watcher how far the run is, with *usage* more, and what *others* sent."""
        again = self._rereader.model if self._rereader else self._model
        second = () if again is self._model else (again.traffic,)
        own = (self._model.traffic, *others)
        self._progress = self._progress.pay(usage).note(own, second)
        self._watch(self._progress)

    async def ask_documents(self, documents: Intake) -> list[Checked]:
        """Ask about all of *documents*; what came of each stands in their order."""
        packed: list[bytes] = []
        open_documents = asyncio.Semaphore(self._settings.concurrency)

        async def work(place: int, document: Document) -> None:
            packed[place] = (await self._ask_and_check(document)).pack()
            open_documents.release()

        try:
            async with asyncio.TaskGroup() as tasks:
                coming = iter(documents)
                while (document := await self._do_aside(next, coming, None)) is not None:
                    await open_documents.acquire()
                    if self._model.closed is not None:
                        documents.unread = str(self._model.closed)
                    tasks.create_task(work(len(packed), document))
                    packed.append(b"")
        except* OfflineMiss as misses:
            raise misses.exceptions[0] from None
        finally:
            self._desk.shutdown(wait=False, cancel_futures=True)
        if self._progress.documents != len(packed):  # some could not be read
            self._progress = replace(self._progress, documents=len(packed))
            self.tell(Usage())
        return [Checked.unpack(one) for one in packed]

    async def _do_aside(self, work: Callable[..., T], *args: Any) -> T:
        """Do *work* in the thread beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._desk, work, *args)

    async def _compute(self, work: Callable[..., T], parsed: ParsedDocument, *args: Any) -> T:
        """Do *work* with *parsed*, aside if that takes long."""
        if len(parsed.text) < _LONG:
            return work(parsed, *args)
        return await self._do_aside(work, parsed, *args)

    async def _ask_and_check(self, document: Document) -> Checked:
        if self._model.closed is not None:
            failure = self._fail(self._model.closed, document)
            checked = Checked(document_id=document.id, failures=(failure,))
        else:
            parsed = ParsedDocument(document)
            checked = await self._read_again(parsed, await self._ask_all(parsed))
        finished = self._progress.finished + 1
        known = max(self._progress.documents, finished)  # a file may hold several
        self._progress = replace(self._progress, finished=finished, documents=known)
        self._tell_of(self._held.pop(document.id, None))
        return checked

    async def _ask_all(self, parsed: ParsedDocument) -> Checked:
        """Ask about every segment of *parsed*, and again about what was left out."""
        rounds = await self._compute(cut_document, parsed, self._settings)
        asked = await self._ask_rounds(parsed, rounds, self._strategy)
        gaps = await self._compute(self._find_gaps, parsed, [outcome for _, outcome in asked])
        asked = await self._ask_rounds(parsed, gaps, self._second, asked)
        failures = self._list_failures(parsed.document, asked)
        return await self._compute(_check, parsed, [outcome for _, outcome in asked], failures)

    def _find_gaps(
        self, parsed: ParsedDocument, outcomes: Sequence[Outcome]
    ) -> tuple[tuple[Segment, ...], ...]:
        """List the sentences to ask about again, if too few of *parsed* are claimed."""
        if self._settings.min_coverage is None:
            return ()
        found = join_extractions(one for one in outcomes if isinstance(one, Extraction))
        claims = assess_proposals(parsed, found.proposals).claims
        if measure_coverage(claims, parsed) >= self._settings.min_coverage:
            return ()
        return cut_again(parsed, self._settings, find_unclaimed(claims, parsed))

    async def _ask_rounds(
        self,
        parsed: ParsedDocument,
        rounds: Sequence[Sequence[Segment]],
        strategy: Strategy,
        before: Sequence[tuple[Segment, Outcome]] = (),
    ) -> list[tuple[Segment, Outcome]]:
        """
        Ask about *rounds*, one after the other, and return what came, after what came *before*.

        Each is told who is who in the parts before.
        """
        asked = list(before)
        for segments in rounds:
            earlier = (
                outcome
                for segment, outcome in asked
                if segment.part < segments[0].part and isinstance(outcome, Extraction)
            )
            names = join_names(earlier)
            told = [each.model_copy(update={"names": names}) for each in segments]
            outcomes = await self._ask_segments(parsed, told, strategy)
            asked += zip(told, outcomes, strict=True)
        return asked

    async def _ask_segments(
        self, parsed: ParsedDocument, segments: Sequence[Segment], strategy: Strategy
    ) -> list[Outcome]:
        """Ask about *segments*; outcomes stand in their order."""
        self._progress = replace(self._progress, segments=self._progress.segments + len(segments))
        name = parsed.document.id
        if name in self._held:
            self._tell_of(self._held.pop(name))
        asked: list[asyncio.Task[Outcome]] = []
        done = 0

        async def work(segment: Segment) -> Outcome:
            nonlocal done
            outcome = await self._ask_segment(parsed, segment, strategy)
            done += 1
            if done < len(segments):
                self._tell_of(outcome)
            else:
                self._held[name] = outcome  # told of when the document is over
            return outcome

        try:
            async with asyncio.TaskGroup() as tasks:
                for segment in segments:
                    await self._slots.acquire()
                    asked.append(tasks.create_task(work(segment)))
        except* OfflineMiss as misses:
            raise misses.exceptions[0] from None
        return [task.result() for task in asked]

    async def _ask_segment(
        self, parsed: ParsedDocument, segment: Segment, strategy: Strategy
    ) -> Outcome:
        outcome: Outcome
        try:
            outcome = await ask_segment(strategy, self._model, parsed, segment, self._settings)
        except OfflineMiss:
            raise  # a replay is complete or it is nothing
        except ModelError as exc:
            outcome = exc
        except ClaimxError:
            raise
        except Exception as exc:  # no answer of any shape ends the run
            _log.debug("%s, segment %d", parsed.document.id, segment.index, exc_info=exc)
            why = f"{type(exc).__name__}: {exc}"
            outcome = ModelOutputInvalid(f"no answer could be read ({' '.join(why.split())[:200]})")
        finally:
            self._slots.release()
        return outcome

    def _tell_of(self, outcome: Outcome | None) -> None:
        """Tell who watches of *outcome*, and how far the run is."""
        if outcome is not None:
            self._progress = self._progress.after(outcome)
        self.tell(Usage())

    async def _read_again(self, parsed: ParsedDocument, checked: Checked) -> Checked:
        """Have the claims of *parsed* read again, and flag or reject what is not stated."""
        if self._rereader is None or not checked.claims:
            return checked
        model, prompt = self._rereader.model, self._rereader.prompt
        read = await reread_claims(model, prompt, parsed, checked.claims)
        self.tell(read.usage)
        update: dict[str, Any] = {
            "failures": (*checked.failures, *read.failures),
            "usage_again": read.usage,
            "created": min(filter(None, (checked.created, read.created)), default=None),
        }
        reject = self._settings.verify == "reject"
        update["claims"], rejected = settle_claims(checked.claims, read.verdicts, reject=reject)
        if rejected:
            update["rejected"] = (*checked.rejected, *rejected)
            skipped = await self._compute(_list_skipped, parsed, update["claims"])
            update["skipped"] = tuple(skipped)
        return checked.model_copy(update=update)

    def _list_failures(
        self, document: Document, asked: Sequence[tuple[Segment, Outcome]]
    ) -> tuple[Failure, ...]:
        """List what failed; segments that were not asked make one failure together."""
        errors = [(error, segment.index) for segment, one in asked for error in _list_errors(one)]
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


def _list_errors(outcome: Outcome) -> Iterable[ModelError]:
    """List what went wrong in one segment; of several answers alike, one."""
    if isinstance(outcome, ModelError):
        return (outcome,)
    return map(ModelOutputInvalid, dict.fromkeys(outcome.unread))


def _list_skipped(parsed: ParsedDocument, claims: Sequence[Claim]) -> list[Skipped]:
    return list(list_skipped(claims, parsed))


def _check(
    parsed: ParsedDocument,
    outcomes: Sequence[Outcome],
    failures: tuple[Failure, ...],
) -> Checked:
    """Check what was said about *parsed*."""
    found = [one for one in outcomes if isinstance(one, Extraction)]
    joined = join_extractions(found)
    assessed = assess_proposals(parsed, joined.proposals)
    return Checked(
        document_id=parsed.document.id,
        claims=assessed.claims,
        unread=joined.rejected,
        rejected=assessed.rejected,
        failures=failures,
        usage=joined.usage,
        created=joined.created,
        skipped=tuple(_list_skipped(parsed, assessed.claims)),
        answered=any(one.answered for one in found),
    )
