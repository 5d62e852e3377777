"""
Find out what a run would still ask, and what that would cost, without asking.

The run is rehearsed with the same prompts, cache and request bodies; where a
question has no answer yet, its request is noted instead of sent.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from claimx.assess import assess_proposals
from claimx.cost import Price, find_price, find_tokenizer
from claimx.cost.tokens import estimate_tokens
from claimx.errors import InputError, NotAsked
from claimx.extract import Extraction, ask_segment, join_extractions, load_strategy
from claimx.intake import Intake
from claimx.pipeline import resolve_settings, run_blocking
from claimx.prompts import fill_prompt
from claimx.read import Source
from claimx.records import Failure, Record, Usage
from claimx.reread import MAX_CLAIMS, load_reread_prompt, reread_claims
from claimx.segment import segment_document
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:
    from claimx.llm import Note

# Tokens of an answer for each token of the sentences asked about. The recorded answers to seeds/
# have 2.7 (158 tokens in the median); models that reason before they answer write more.
ANSWER_SHARE = 2.7
# Of claims as a strong model words them, 572 of 13 news articles: tokens of article for each, and
# tokens asked and answered when it is read again, beside those of the prompt.
_CLAIM_EVERY = 12
_CLAIM_IN, _CLAIM_OUT = 34, 16


class Plan(Record):
    """
    What a run would still ask; *segments* counts all, *answered* those the cache can answer.

    *text_tokens* estimates the sentences of the others. *claims* estimates the
    claims of these, which are to be read again then, and *reread* in how many
    requests.
    """

    documents: int
    segments: int
    answered: int
    text_tokens: int
    claims: int = 0
    reread: int = 0
    failures: tuple[Failure, ...] = ()


class Rereading(Record):
    """What reading claims again would cost about, beyond what is known for sure."""

    requests: int
    usage: Usage
    model: str
    price: Price | None


class Estimate(Record):
    """
    What a run would cost: *usage* about, *most* when every answer is the longest allowed.

    Both are of what would be sent; answers asked again because they did not
    fit are not in them. *encoding* is what the tokens in were counted with,
    null when they are estimated from the bytes. *price* is null when unknown.
    *again* is what follows once the claims are known, or is asked of another
    model; null where claims are not read again.
    """

    plan: Plan
    requests: int
    encoding: str | None
    usage: Usage
    most: Usage
    price: Price | None
    again: Rereading | None = None


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
    tokenizer = find_tokenizer(settings.model or "")
    counts: dict[str, int] = {}
    others: dict[str, int] = {}

    def count(key: str, request: dict[str, Any]) -> None:
        if key not in counts:
            counts[key] = tokenizer.count_request(request)

    def count_other(key: str, request: dict[str, Any]) -> None:
        if key not in others:
            others[key] = tokenizer.count_request(request)

    plan = await plan_requests(sources, settings, count, count_other)
    tokens_in, longest = sum(counts.values()), len(counts) * settings.max_tokens
    about = min(longest, round(plan.text_tokens * ANSWER_SHARE))
    return Estimate(
        plan=plan,
        requests=len(counts),
        encoding=tokenizer.name,
        usage=Usage(answers=len(counts), tokens_in=tokens_in, tokens_out=about),
        most=Usage(answers=len(counts), tokens_in=tokens_in, tokens_out=longest),
        price=find_price(settings),
        again=_estimate_rereading(plan, others, settings),
    )


def _estimate_rereading(plan: Plan, known: dict[str, int], settings: Settings) -> Rereading | None:
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
    return Rereading(
        requests=usage.answers, usage=usage, model=str(chosen.model), price=find_price(chosen)
    )


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
    sources: Sequence[Source], settings: Settings, note: "Note", note_other: "Note"
) -> Plan:
    """
    Rehearse a run over *sources*; *note* gets every request that the cache cannot answer.

    Those to another model than the one that extracts go to *note_other*.

    Where an answer did not fit or was cut off, the request that follows it is
    noted: a plan is complete for one round of asking. Claims that are to be
    read again are known once their document is answered.

    Raises:
        InputError: If nothing could be read.
    """
    from claimx.llm import open_planner  # openai costs a second

    intake = Intake(sources, settings)
    strategy = load_strategy(settings.strategy, settings.prompts)
    chosen = settings.choose_rereader()
    documents = segments = answered = text_tokens = claims = reread = 0
    async with (
        open_planner(settings, note) as planner,
        open_planner(chosen, note if chosen is settings else note_other) as second,
    ):
        prompt = load_reread_prompt(settings.prompts) if settings.verify else None
        for document in intake:
            documents += 1
            found: list[Extraction] = []
            fresh = 0
            for segment in segment_document(document, settings.segment_tokens):
                segments += 1
                try:
                    found.append(await ask_segment(strategy, planner, document, segment, settings))
                except NotAsked:
                    fresh += sum(
                        estimate_tokens(sentence.span.slice(document.text))
                        for sentence in segment.sentences
                    )
            answered += len(found)
            text_tokens += fresh
            if prompt is not None and fresh:
                expected = -(-fresh // _CLAIM_EVERY)
                claims, reread = claims + expected, reread - (-expected // MAX_CLAIMS)
            elif prompt is not None:
                known = assess_proposals(document, join_extractions(found).proposals).claims
                await reread_claims(second, prompt, document, known)
    return Plan(
        documents=documents,
        segments=segments,
        answered=answered,
        text_tokens=text_tokens,
        claims=claims,
        reread=reread,
        failures=tuple(intake.failures),
    )
