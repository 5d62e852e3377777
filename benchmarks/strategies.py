"""
Compare what the strategies ask about the same articles, and what that costs, without asking.

    python benchmarks/strategies.py PATH... [--model NAME]

Prints a Markdown table: requests, tokens in, those of them that a request
shares with the one before (servers with a prompt cache charge less for them),
and what reading costs by the price list of NAME. What the answers cost goes by
the claims that a model finds, not by how it is asked. Of `stepwise` only first
questions can be counted, so it is left out.
"""

import argparse

from claimx.llm.cost.price import show_dollars
from claimx.pipeline.plan import Estimate, estimate
from claimx.settings import StrategyName

STRATEGIES: tuple[StrategyName, ...] = ("article", "window")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--model", default="gpt-5-mini")
    options = parser.parse_args()
    print("| strategy | requests | tokens in | shared | cost of reading |")
    print("|---|---|---|---|---|")
    for strategy in STRATEGIES:
        found = estimate(*options.paths, model=options.model, strategy=strategy, cache=None)
        print(f"| `{strategy}` | {describe_estimate(found)} |")


def describe_estimate(found: Estimate) -> str:
    """Put the figures of *found* into the cells of a row."""
    usage = found.usage.model_copy(update={"tokens_out": 0})
    cost = "unknown" if found.price is None else show_dollars(found.price.cost(usage))
    counts = (found.requests, usage.tokens_in, usage.tokens_cached)
    return " | ".join([*(f"{count:,}" for count in counts), cost])


if __name__ == "__main__":
    main()
