"""
Find out what a run would still ask, and what that would cost, without asking.

The run is rehearsed with the same prompts, cache and request bodies; where a
question has no answer yet, its request is noted instead of sent.
"""

from collections.abc import Sequence
from itertools import chain, groupby, takewhile
from typing import TYPE_CHECKING, Any

from claimx.assess import assess_proposals
from claimx.errors import InputError, NotAsked
from claimx.extract import (
    Strategy,
    ask_segment,
    join_names,
    load_strategy,
)
from claimx.judge import judge_claims, load_judge_prompt
from claimx.judge.blocks import MAX_ITEMS
from claimx.judge.reread import MAX_CLAIMS, load_reread_prompt, reread_claims, settle_claims
from claimx.llm.cost import Price, Tokenizer, find_price, find_tokenizer
from claimx.llm.cost.budget import UNLIMITED
from claimx.llm.cost.tokens import estimate_tokens
from claimx.llm.prompts import fill_prompt
from claimx.match import match_claims
from claimx.pipeline.intake import Intake
from claimx.pipeline.session import resolve_settings, run_blocking
from claimx.read import Sources
from claimx.records import Claim, DocumentResult, Failure, Record, Segment, Usage, join_proposed
from claimx.segment.parsed import ParsedDocument
from claimx.segment.segments import cut_document
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:
    from claimx.llm.client import Model, Note

# Tokens of an answer for each token of the sentences asked about. The recorded answers to seeds/
# have 2.7; of `article`, those of a careful reader have 4.7, for there are claims that a small
# model misses. Models that reason before they answer write more.
ANSWER_SHARE, ARTICLE_SHARE = 2.7, 4.7
# What servers with a prompt cache find in it. Source: OpenAI, "Prompt caching": prefixes of 1,024
# tokens and more, in steps of 128.
_CACHED_FROM, _CACHED_STEP = 1024, 128
# Of claims as a strong model words them, 572 of 13 news articles: tokens of article for each, and
# tokens asked and answered when it is read again, beside those of the prompt.
_CLAIM_EVERY = 12
_CLAIM_IN, _CLAIM_OUT = 34, 16
# The same when it is judged, and claims of a request: of many, a fifth of its room is for guests.
_JUDGED_IN, _JUDGED_OUT, _JUDGED_AT_ONCE = 21, 4, 200


class Plan(Record):
    """
    What a run would still ask; *segments* counts all, *answered* those the cache can answer.

    *text_tokens* estimates the sentences of the others. What *waiting* segments
    will be asked depends on answers to come. *claims* estimates the claims of
    these documents, which are to be read again then, and *reread* in how many
    requests; *judged* those of all documents, where they are to be judged then.
    """

    documents: int
    segments: int
    answered: int
    text_tokens: int
    waiting: int = 0
    claims: int = 0
    reread: int = 0
    judged: int = 0
    failures: tuple[Failure, ...] = ()


class Later(Record):
    """What reading claims again, or judging them, would cost about, beyond what is sure."""

    requests: int
    usage: Usage
    model: str
    price: Price | None


class Estimate(Record):
    """
    What a run would cost: *usage* about, *most* when every answer is the longest allowed.

    Both are of what would be sent; answers asked again because they did not
    fit are not in them. ``usage.tokens_cached`` are those that begin a request
    as the one before it began: a server with a prompt cache charges less for
    them. *encoding* is what the tokens in were counted with,
    null when they are estimated from the bytes. *price* is null when unknown.
    *again* is what follows once the claims are known, or is asked of another
    model; null where claims are not read again. *judging* is the same for
    judging them.
    """

    plan: Plan
    requests: int
    encoding: str | None
    usage: Usage
    most: Usage
    price: Price | None
    again: Later | None = None
    judging: Later | None = None


def estimate(*sources: Sources, **options: Any) -> Estimate:
    """
    Return what `claimx.extract` would ask and what that would cost, without a request.

    Args:
        sources: As for `claimx.extract`.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If nothing could be read, an option is wrong, or nothing would be asked anyway.
    """
    return run_blocking(lambda: aestimate(*sources, **options))


async def aestimate(*sources: Sources, **options: Any) -> Estimate:
    """Do what `estimate` does, as a coroutine."""
    settings = resolve_settings(options)
    check_asking(settings)
    counter = _Counter(find_tokenizer(settings.model or ""))
    other = _Counter(counter.tokenizer)
    plan = await plan_requests(sources, settings, counter.count, other.count, counter.count)
    requests, tokens_in = len(counter.counts), sum(counter.counts.values())
    longest = requests * (settings.max_tokens or UNLIMITED)
    share = ARTICLE_SHARE if settings.strategy == "article" else ANSWER_SHARE
    about = min(longest, round(plan.text_tokens * share))
    most = Usage(answers=requests, tokens_in=tokens_in, tokens_out=longest)
    return Estimate(
        plan=plan,
        requests=requests,
        encoding=counter.tokenizer.name,
        usage=most.model_copy(update={"tokens_out": about, "tokens_cached": counter.cached}),
        most=most,
        price=find_price(settings),
        again=_estimate_rereading(plan, other.counts, settings),
        judging=_estimate_judging(plan, settings),
    )


def _estimate_judging(plan: Plan, settings: Settings) -> Later | None:
    """Estimate judging claims that are not known yet."""
    if not settings.judge:
        return None
    [system, _] = fill_prompt(load_judge_prompt(settings.prompts), documents=[])
    count, all_at_once = plan.judged, plan.judged <= MAX_ITEMS
    requests = min(count, 1) if all_at_once else -(-count // _JUDGED_AT_ONCE)
    usage = Usage(
        answers=requests,
        tokens_in=estimate_tokens(system["content"]) * requests + _JUDGED_IN * count,
        tokens_out=_JUDGED_OUT * count,
    )
    return Later(
        requests=requests, usage=usage, model=str(settings.model), price=find_price(settings)
    )


def _estimate_rereading(plan: Plan, known: dict[str, int], settings: Settings) -> Later | None:
    """Estimate reading again, of which *known* requests are sure, with their tokens."""
    if settings.verify is None:
        return None
    chosen = settings.choose_rereader()
    [system, _] = fill_prompt(load_reread_prompt(settings.prompts), passages=[])
    asked = estimate_tokens(system["content"]) * plan.reread + _CLAIM_IN * plan.claims
    usage = Usage(
        answers=plan.reread + len(known),
        tokens_in=asked + sum(known.values()),
        tokens_out=_CLAIM_OUT * (plan.claims + MAX_CLAIMS * len(known)),
    )
    return Later(
        requests=usage.answers, usage=usage, model=str(chosen.model), price=find_price(chosen)
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
    sources: Sources,
    settings: Settings,
    note: "Note",
    note_other: "Note" = lambda *_: None,
    guess: "Note" = lambda *_: None,
) -> Plan:
    """
    Rehearse a run over *sources*; *note* gets every request that the cache cannot answer.

    Those to another model than the one that extracts go to *note_other*.

    Where an answer did not fit or was cut off, the request that follows it is
    noted: a plan is complete for one round of asking. Requests that depend on
    answers to come go to *guess*, as they are without those. Claims that are to
    be read again are known once their document is answered, and those to be
    judged once all are.

    Raises:
        InputError: If nothing could be read.
    """
    from claimx.llm.client import open_planner  # openai costs a second

    rehearsal = _Rehearsal(settings, note, guess)
    intake = Intake(sources, settings)
    chosen = settings.choose_rereader()
    documents = claims = reread = judged = 0
    known: list[Claim] = []
    pending = False
    async with (
        open_planner(settings, rehearsal.note) as planner,
        open_planner(chosen, rehearsal.note if chosen is settings else note_other) as second,
        open_planner(settings.choose_judge(), note) as judge,
    ):
        prompt = load_reread_prompt(settings.prompts) if settings.verify else None
        for document in intake:
            documents += 1
            parsed = ParsedDocument(document)
            found, fresh = await rehearsal.ask(planner, parsed)
            if fresh:
                expected = -(-fresh // _CLAIM_EVERY)
                claims, reread = claims + expected, reread - (-expected // MAX_CLAIMS)
            elif prompt is not None or settings.judge:
                own = assess_proposals(parsed, join_proposed(found).proposals).claims
                if prompt is not None:
                    read = await reread_claims(second, prompt, parsed, own)
                    own = settle_claims(own, read.verdicts, reject=settings.verify == "reject")[0]
                    pending = pending or bool(read.failures)
                known += own
        if settings.judge and (claims or (pending and settings.verify == "reject")):
            judged = len(known) + claims
        elif settings.judge:
            await judge_claims(judge, load_judge_prompt(settings.prompts), match_claims(known))
    return Plan(
        documents=documents,
        segments=rehearsal.segments,
        answered=rehearsal.answered,
        text_tokens=rehearsal.text_tokens,
        waiting=rehearsal.waiting,
        claims=claims,
        reread=reread,
        judged=judged,
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

    async def ask(
        self, planner: "Model", parsed: ParsedDocument
    ) -> tuple[list[DocumentResult], int]:
        """Ask about *parsed*, part by part; return what was found, and the tokens not asked."""
        before = self.text_tokens
        rounds = cut_document(parsed, self._settings)
        parts = groupby(chain.from_iterable(rounds), key=lambda segment: segment.part)
        found: list[DocumentResult] = []
        self._waits = False
        for _, segments in parts:
            names = join_names(found)
            outcomes = [
                await self._ask_segment(
                    planner, parsed, segment.model_copy(update={"names": names})
                )
                for segment in segments
            ]
            found += filter(None, outcomes)
            self._waits = self._waits or None in outcomes
        return found, self.text_tokens - before

    async def _ask_segment(
        self, planner: "Model", parsed: ParsedDocument, segment: Segment
    ) -> DocumentResult | None:
        self.segments += 1
        try:
            found = await ask_segment(self._strategy, planner, parsed, segment, self._settings)
        except NotAsked:
            self.waiting += self._waits
            self.text_tokens += sum(
                estimate_tokens(sentence.span.slice(parsed.text)) for sentence in segment.sentences
            )
            return None
        self.answered += 1
        return found
