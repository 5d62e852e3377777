"""Describe the cost of a run in words."""

import typer

from claimx.llm.cost import find_price
from claimx.llm.cost.price import BATCH_SHARE, describe_model, show_dollars
from claimx.pipeline.asking import Progress
from claimx.pipeline.plan import Estimate, Later
from claimx.records import Usage
from claimx.render.show import count_things
from claimx.settings import Settings


def describe_cost(usage: Usage, progress: Progress, settings: Settings) -> str:
    """Describe the tokens of all answers, and the price of the new ones if it is known."""
    cached = f" ({usage.tokens_cached:,} cached by the server)" if usage.tokens_cached else ""
    tokens = (
        f"{usage.tokens_in + usage.tokens_out:,} tokens "
        f"= {usage.tokens_in:,} in{cached} + {usage.tokens_out:,} out"
    )
    if settings.replay is not None:
        return tokens
    parts = [(settings, progress.spent), (settings.choose_rereader(), progress.spent_again)]
    prices = [(find_price(one), spent) for one, spent in parts if spent != Usage()]
    if find_price(settings) is None:
        return tokens
    dollars = [price.cost(spent) for price, spent in prices if price is not None]
    return f"{tokens}, {show_dollars(sum(dollars))}" if len(dollars) == len(prices) else tokens


def show_estimate(estimate: Estimate, settings: Settings) -> None:
    """Print *estimate* to stdout, and the documents that could not be read to stderr."""
    plan = estimate.plan
    typer.echo(
        f"{count_things(plan.documents, 'document')}, {count_things(plan.segments, 'segment')}: "
        f"{plan.answered} answered already, {count_things(estimate.requests, 'request')} to send"
    )
    if settings.strategy == "stepwise":
        typer.echo(
            "only first questions are counted: stepwise goes on with one about every sentence, "
            "which depends on the answer"
        )
    if plan.waiting:
        typer.echo(
            f"{plan.waiting} of them go on in a long document, and show who is who by the answers "
            "before: they come out longer than counted"
        )
    how = estimate.encoding or "an estimate, from the bytes"
    cached = estimate.usage.tokens_cached
    again = f", {cached:,} of them shared with the request before" if cached else ""
    typer.echo(f"tokens in: {estimate.usage.tokens_in:,}{again} ({how})")
    typer.echo(
        f"tokens out: about {estimate.usage.tokens_out:,}, at most {estimate.most.tokens_out:,} "
        f"(an estimate; --max-tokens {settings.max_tokens or 'none'} an answer)"
    )
    typer.echo(f"cost: {_describe_money(estimate, settings)}")
    for switch, later in (("--verify", estimate.again), ("--judge", estimate.judging)):
        if later is not None and later.requests:
            typer.echo(f"then {switch}: about {_describe_later(later)}")


def _describe_later(later: Later) -> str:
    cost = "" if later.price is None else f", about {show_dollars(later.price.cost(later.usage))}"
    return (
        f"{count_things(later.requests, 'request')}, {later.usage.tokens_in:,} tokens in, "
        f"{later.usage.tokens_out:,} out{cost} ({later.model})"
    )


def _describe_money(estimate: Estimate, settings: Settings) -> str:
    price = estimate.price
    if price is None:
        return (
            f"unknown: no price is known for {describe_model(settings)}. "
            "Pass --price-in and --price-out, in dollars per million tokens."
        )
    about, most = price.cost(estimate.usage), price.cost(estimate.most)
    return (
        f"about {show_dollars(about)}, at most {show_dollars(most)}; as a batch about "
        f"{show_dollars(about * BATCH_SHARE)} ({settings.model}: ${price.tokens_in:g} in, "
        f"${price.tokens_out:g} out, per million tokens)"
    )
