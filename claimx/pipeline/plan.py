"""
Find out which requests a run would send, and what they would cost, without sending any.

A dry run uses the same prompts, cache and request bodies; a request that the cache
cannot answer is noted instead of sent.
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
from claimx.llm.prompts import Prompt, fill_prompt
from claimx.match import match_claims
from claimx.pipeline.boundary import fail
from claimx.pipeline.intake import Intake
from claimx.pipeline.session import resolve_settings, run_blocking
from claimx.read import Sources
from claimx.records import Claim, DocumentResult, Failure, Record, Segment, Usage, join_proposed
from claimx.segment.parsed import ParsedDocument
from claimx.segment.segments import cut_document
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:
    from claimx.llm.client import Model, Note

# Tokens of an answer for each token of the sentences asked about: 2.7 in the recorded answers to
# seeds/; 4.7 in those of a thorough reader to `article`, with claims that a small model misses.
# Models that reason before they answer write more.
ANSWER_SHARE, ARTICLE_SHARE = 2.7, 4.7
# Which prefix of a request a server with a prompt cache reuses. Source: OpenAI, "Prompt caching":
# prefixes of 1,024 tokens and more, in steps of 128.
_CACHED_FROM, _CACHED_STEP = 1024, 128
# Measured on 572 claims by a strong model in 13 news articles: tokens of article per claim, and
# tokens asked and answered when a claim is read again, without those of the prompt.
_CLAIM_EVERY = 12
_CLAIM_IN, _CLAIM_OUT = 34, 16
# The same for judging, and claims per request: of many, a fifth of its room is for guests.
_JUDGED_IN, _JUDGED_OUT, _JUDGED_AT_ONCE = 21, 4, 200


class Plan(Record):
    """
    What a run would still ask; *segments* counts all, *answered* those in the cache.

    *text_tokens* estimates the sentences of the others. The requests for *waiting*
    segments depend on answers to come. *claims* estimates the claims of these
    documents, which will then be read again in *reread* requests; *judged* estimates
    the claims of all documents, if they are to be judged.
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
    """Estimated cost of reading claims again, or of judging them, beyond what is certain."""

    requests: int
    usage: Usage
    model: str
    price: Price | None


class Estimate(Record):
    """
    The cost of a run: *usage* is likely, *most* is the cost if every answer is as long as allowed.

    Both are for requests to be sent, without repeats after answers that do not fit.
    ``usage.tokens_cached`` are tokens at the start of a request that equal those of the
    request before: a server with a prompt cache charges less for them. *encoding* is
    the tokenizer that counted the input tokens, null if they are estimated from bytes.
    *price* is null if unknown. *again* is what reading the claims again would add, null
    if they are not read again. *judging* is the same for judging them.
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
    Estimate what `claimx.extract` would ask and what that would cost, without a request.

    Args:
        sources: As for `claimx.extract`.
        options: Fields of `claimx.Settings`.

    Raises:
        InputError: If nothing could be read, an option is wrong, or the run asks no model.
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
    """Estimate the cost of judging claims that are not known yet."""
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
    """Estimate the cost of reading again; the requests in *known*, with tokens, are certain."""
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
    """Counts the tokens of requests, each once, and those that a server may have cached."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.counts: dict[str, int] = {}
        self.cached = 0
        self._last: list[str] = []

    def count(self, key: str, request: dict[str, Any]) -> None:
        """Count *request*, unless it was counted before."""
        if key in self.counts:
            return
        texts = [str(message.get("content")) for message in request["messages"]]
        self.counts[key] = self.tokenizer.count_request(request)
        shared = self.tokenizer.count(_share_beginning(texts, self._last))
        self.cached += shared // _CACHED_STEP * _CACHED_STEP if shared >= _CACHED_FROM else 0
        self._last = texts


def _share_beginning(texts: Sequence[str], others: Sequence[str]) -> str:
    """Return the common prefix of *texts* and *others*, each joined."""
    shared = ""
    for text, other in zip(texts, others, strict=False):
        if text != other:
            alike = takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False))
            return shared + "".join(character for character, _ in alike)
        shared += text
    return shared


def check_asking(settings: Settings) -> None:
    """
    Check that a run with *settings* sends requests to a server.

    Raises:
        InputError: If it does not.
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
    Dry-run *sources*; *note* is called with every request that the cache cannot answer.

    Requests to another model than the extracting one go to *note_other*. Where a cached
    answer did not fit or was cut off, the request that follows it is noted: a plan is
    complete for one round of asking. Requests that depend on answers to come go to
    *guess*, without those answers. Claims to be read again are known once their
    document is answered, and those to be judged once all documents are.

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
            try:
                parsed = ParsedDocument(document)
                found, fresh = await rehearsal.ask(planner, parsed)
                if fresh:
                    expected = -(-fresh // _CLAIM_EVERY)
                    claims, reread = claims + expected, reread - (-expected // MAX_CLAIMS)
                elif prompt is not None or settings.judge:
                    own = assess_proposals(parsed, join_proposed(found).proposals).claims
                    own, again = await _read_again(second, prompt, parsed, own, settings)
                    pending = pending or again
                    known += own
            except BaseException as exc:
                intake.failures.append(fail(document.id, document.id, exc))
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


async def _read_again(
    model: "Model",
    prompt: Prompt | None,
    parsed: ParsedDocument,
    claims: tuple[Claim, ...],
    settings: Settings,
) -> tuple[tuple[Claim, ...], bool]:
    """Return *claims* after they were read again, and whether answers are missing."""
    if prompt is None:
        return claims, False
    read = await reread_claims(model, prompt, parsed, claims)
    kept, _ = settle_claims(claims, read.verdicts, reject=settings.verify == "reject")
    return kept, bool(read.failures)


class _Rehearsal:
    """Asks as a run does, and counts; see `Plan`."""

    def __init__(self, settings: Settings, note: "Note", guess: "Note") -> None:
        self._settings = settings
        self._strategy: Strategy = load_strategy(settings.strategy, settings.prompts)
        self._note, self._guess = note, guess
        self._waits = False
        self.segments = self.answered = self.text_tokens = self.waiting = 0

    def note(self, key: str, request: dict[str, Any]) -> None:
        """Note the request for the segment that is being asked about."""
        (self._guess if self._waits else self._note)(key, request)

    async def ask(
        self, planner: "Model", parsed: ParsedDocument
    ) -> tuple[list[DocumentResult], int]:
        """Ask about *parsed*, part by part; return the results, and the tokens not asked about."""
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
