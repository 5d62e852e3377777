"""
Find out what a run would still ask, and what that would cost, without asking.

The run is rehearsed with the same prompts, cache and request bodies; where a
question has no answer yet, its request is noted instead of sent.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from claimx.cost import Price, find_price, find_tokenizer
from claimx.cost.budget import UNLIMITED
from claimx.cost.tokens import estimate_tokens
from claimx.errors import InputError, NotAsked
from claimx.extract import ask_segment, load_strategy
from claimx.intake import Intake
from claimx.pipeline import resolve_settings, run_blocking
from claimx.read import Source
from claimx.records import Failure, Record, Usage
from claimx.segment import segment_document
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:
    from claimx.llm import Note

# Tokens of an answer for each token of the sentences asked about. The recorded answers to seeds/
# have 2.7 (158 tokens in the median); models that reason before they answer write more.
ANSWER_SHARE = 2.7


class Plan(Record):
    """
    What a run would still ask; *segments* counts all, *answered* those the cache can answer.

    *text_tokens* estimates the sentences of the others.
    """

    documents: int
    segments: int
    answered: int
    text_tokens: int
    failures: tuple[Failure, ...] = ()


class Estimate(Record):
    """
    What a run would cost: *usage* about, *most* when every answer is the longest allowed.

    Both are of what would be sent; answers asked again because they did not
    fit are not in them. *encoding* is what the tokens in were counted with,
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
    tokenizer = find_tokenizer(settings.model or "")
    counts: dict[str, int] = {}

    def count(key: str, request: dict[str, Any]) -> None:
        if key not in counts:
            counts[key] = tokenizer.count_request(request)

    plan = await plan_requests(sources, settings, count)
    tokens_in, longest = sum(counts.values()), len(counts) * (settings.max_tokens or UNLIMITED)
    about = min(longest, round(plan.text_tokens * ANSWER_SHARE))
    return Estimate(
        plan=plan,
        requests=len(counts),
        encoding=tokenizer.name,
        usage=Usage(answers=len(counts), tokens_in=tokens_in, tokens_out=about),
        most=Usage(answers=len(counts), tokens_in=tokens_in, tokens_out=longest),
        price=find_price(settings),
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


async def plan_requests(sources: Sequence[Source], settings: Settings, note: "Note") -> Plan:
    """
    Rehearse a run over *sources*; *note* gets every request that the cache cannot answer.

    Where an answer did not fit or was cut off, the request that follows it is
    noted: a plan is complete for one round of asking.

    Raises:
        InputError: If nothing could be read.
    """
    from claimx.llm import open_planner  # openai costs a second

    intake = Intake(sources, settings)
    strategy = load_strategy(settings.strategy, settings.prompts)
    documents = segments = answered = text_tokens = 0
    async with open_planner(settings, note) as planner:
        for document in intake:
            documents += 1
            for segment in segment_document(document, settings.segment_tokens):
                segments += 1
                try:
                    await ask_segment(strategy, planner, document, segment, settings)
                    answered += 1
                except NotAsked:
                    text_tokens += sum(
                        estimate_tokens(sentence.span.slice(document.text))
                        for sentence in segment.sentences
                    )
    return Plan(
        documents=documents,
        segments=segments,
        answered=answered,
        text_tokens=text_tokens,
        failures=tuple(intake.failures),
    )
