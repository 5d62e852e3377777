"""
Find out what a run would still ask, and what that would cost, without asking.

The run is rehearsed with the same prompts, cache and request bodies; where a
question has no answer yet, its request is noted instead of sent.
"""

from collections.abc import Sequence
from itertools import chain, groupby, takewhile
from typing import TYPE_CHECKING, Any

from claimx.cost import Price, Tokenizer, find_price, find_tokenizer
from claimx.cost.tokens import estimate_tokens
from claimx.errors import InputError, NotAsked
from claimx.extract import Extraction, Strategy, ask_segment, join_names, load_strategy
from claimx.intake import Intake
from claimx.pipeline import resolve_settings, run_blocking
from claimx.read import Source
from claimx.records import Document, Failure, Record, Segment, Usage
from claimx.segment import cut_document
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:
    from claimx.llm import Model, Note

# Tokens of an answer for each token of the sentences asked about. The recorded answers to seeds/
# have 2.7 (158 tokens in the median); models that reason before they answer write more.
ANSWER_SHARE = 2.7
# What servers with a prompt cache find in it. Source: OpenAI, "Prompt caching": prefixes of 1,024
# tokens and more, in steps of 128.
_CACHED_FROM, _CACHED_STEP = 1024, 128


class Plan(Record):
    """
    What a run would still ask; *segments* counts all, *answered* those the cache can answer.

    *text_tokens* estimates the sentences of the others. What *waiting* segments
    will be asked depends on answers to come.
    """

    documents: int
    segments: int
    answered: int
    text_tokens: int
    waiting: int = 0
    failures: tuple[Failure, ...] = ()


class Estimate(Record):
    """
    What a run would cost: *usage* about, *most* when every answer is the longest allowed.

    Both are of what would be sent; answers asked again because they did not
    fit are not in them. ``usage.tokens_cached`` are those that begin a request
    as the one before it began: a server with a prompt cache charges less for
    them. *encoding* is what the tokens in were counted with,
    null when they are estimated from the bytes. *price* is null when unknown.
    """

    plan: Plan
    requests: int
    encoding: str | None
    usage: Usage
    most: Usage
    price: Price | None


def estimate(*sources: Source, **options: Any) -> Estimate:
    """
    Say what `claimx.extract` would ask and what that would cost, without a request.

    Args:
        sources: As for `claimx.extract`.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If nothing could be read, an option is wrong, or nothing would be asked anyway.
    """
    return run_blocking(lambda: aestimate(*sources, **options))


async def aestimate(*sources: Source, **options: Any) -> Estimate:
    """Do what `estimate` does, as a coroutine."""
    settings = resolve_settings(options)
    check_asking(settings)
    counter = _Counter(find_tokenizer(settings.model or ""))
    plan = await plan_requests(sources, settings, counter.count, counter.count)
    requests, tokens_in = len(counter.counts), sum(counter.counts.values())
    longest = requests * settings.max_tokens
    about = min(longest, round(plan.text_tokens * ANSWER_SHARE))
    most = Usage(answers=requests, tokens_in=tokens_in, tokens_out=longest)
    return Estimate(
        plan=plan,
        requests=requests,
        encoding=counter.tokenizer.name,
        usage=most.model_copy(update={"tokens_out": about, "tokens_cached": counter.cached}),
        most=most,
        price=find_price(settings),
    )


class _Counter:
    """Counts the tokens of requests, each once, and those that a server may have read before."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.counts: dict[str, int] = {}
        self.cached = 0
        self._last: list[str] = []

    def count(self, key: str, request: dict[str, Any]) -> None:
        """Count *request*, unless it came before."""
        if key in self.counts:
            return
        texts = [str(message.get("content")) for message in request["messages"]]
        self.counts[key] = self.tokenizer.count_request(request)
        shared = self.tokenizer.count(_share_beginning(texts, self._last))
        self.cached += shared // _CACHED_STEP * _CACHED_STEP if shared >= _CACHED_FROM else 0
        self._last = texts


def _share_beginning(texts: Sequence[str], others: Sequence[str]) -> str:
    """Return what *texts*, one after the other, begin with as *others* do."""
    shared = ""
    for text, other in zip(texts, others, strict=False):
        if text != other:
            alike = takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False))
            return shared + "".join(character for character, _ in alike)
        shared += text
    return shared


def check_asking(settings: Settings) -> None:
    """
    Check that a run with *settings* asks a server.

    Raises:
        InputError: If it would not.
    """
    if settings.model == EXTRACTIVE:
        raise InputError("model 'extractive': asks nothing, costs nothing. Pass --model NAME.")
    if settings.replay is not None:
        raise InputError(f"replay {settings.replay}: asks nothing, costs nothing. Leave it out.")


async def plan_requests(
    sources: Sequence[Source],
    settings: Settings,
    note: "Note",
    guess: "Note" = lambda *_: None,
) -> Plan:
    """
    Rehearse a run over *sources*; *note* gets every request that the cache cannot answer.

    Where an answer did not fit or was cut off, the request that follows it is
    noted: a plan is complete for one round of asking. Requests that depend on
    answers to come go to *guess*, as they are without those.

    Raises:
        InputError: If nothing could be read.
    """
    from claimx.llm import open_planner  # openai costs a second

    rehearsal = _Rehearsal(settings, note, guess)
    intake = Intake(sources, settings)
    documents = 0
    async with open_planner(settings, rehearsal.note) as planner:
        for document in intake:
            documents += 1
            await rehearsal.ask(planner, document)
    return Plan(
        documents=documents,
        segments=rehearsal.segments,
        answered=rehearsal.answered,
        text_tokens=rehearsal.text_tokens,
        waiting=rehearsal.waiting,
        failures=tuple(intake.failures),
    )


class _Rehearsal:
    """Asks as a run does, and counts; see `Plan`."""

    def __init__(self, settings: Settings, note: "Note", guess: "Note") -> None:
        self._settings = settings
        self._strategy: Strategy = load_strategy(settings.strategy, settings.prompts)
        self._note, self._guess = note, guess
        self._waits = False
        self.segments = self.answered = self.text_tokens = self.waiting = 0

    def note(self, key: str, request: dict[str, Any]) -> None:
        """Note the request to send for the segment that is asked about just now."""
        (self._guess if self._waits else self._note)(key, request)

    async def ask(self, planner: "Model", document: Document) -> None:
        """Ask about *document*, part by part."""
        rounds = cut_document(document, self._settings)
        parts = groupby(chain.from_iterable(rounds), key=lambda segment: segment.part)
        found: list[Extraction] = []
        self._waits = False
        for _, segments in parts:
            names = join_names(found)
            outcomes = [
                await self._ask_segment(
                    planner, document, segment.model_copy(update={"names": names})
                )
                for segment in segments
            ]
            found += filter(None, outcomes)
            self._waits = self._waits or None in outcomes

    async def _ask_segment(
        self, planner: "Model", document: Document, segment: Segment
    ) -> Extraction | None:
        self.segments += 1
        try:
            found = await ask_segment(self._strategy, planner, document, segment, self._settings)
        except NotAsked:
            self.waiting += self._waits
            self.text_tokens += sum(
                estimate_tokens(sentence.span.slice(document.text))
                for sentence in segment.sentences
            )
            return None
        self.answered += 1
        return found
