"""Run `claimx extract` in parts, and show how far it is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from claimx.cli.interrupt import finish_on_signal
from claimx.llm.cost.price import show_dollars
from claimx.parts import Large, RunProgress, aextract_parts, aextract_rows
from claimx.pipeline.asking import Progress
from claimx.pipeline.bar import open_bar
from claimx.render.show import count_things
from claimx.table import ClaimTable

_STEPS = {"read": "reading the articles", "match": "matching"}


def extract_in_parts(
    paths: list[str], options: dict[str, Any], *, as_rows: bool, quiet: bool
) -> tuple[ClaimTable | Large, bool, Progress]:
    """
    Extract *paths* in parts; a bar shows how far it is, unless *quiet*.

    If the table's rows are enough, *as_rows*, a large one is not held in memory.

    Returns:
        The table, whether a signal cut the run short, and what it took.
    """
    extract = aextract_rows if as_rows else aextract_parts
    with _show_parts(quiet) as watch:
        table, done, stopped = asyncio.run(_extract_until_signal(extract, paths, watch, options))
    progress = Progress(
        table.counts.documents if isinstance(table, Large) else len(table.documents),
        sent=done.requests,
        cached=done.cached,
        spent=done.usage,
        spent_again=done.again,
    )
    return table, stopped, progress


async def _extract_until_signal(
    extract: Callable[..., Awaitable[tuple[ClaimTable | Large, RunProgress]]],
    paths: list[str],
    watch: Callable[[RunProgress], None],
    options: dict[str, Any],
) -> tuple[ClaimTable | Large, RunProgress, bool]:
    with finish_on_signal() as stop:
        table, progress = await extract(*paths, watch=watch, stop=stop, **options)
        return table, progress, stop.is_set()


@contextmanager
def _show_parts(quiet: bool) -> Iterator[Callable[[RunProgress], None]]:
    """Open a bar on stderr, unless *quiet*, and return what moves it."""
    if quiet:
        yield lambda _: None
        return
    with open_bar() as move:
        yield lambda progress: move(
            progress.done, progress.parts, f"parts; {describe_run(progress)}"
        )


def describe_run(progress: RunProgress) -> str:
    """Say what is under way, and what it took so far."""
    if progress.step in _STEPS:
        return _STEPS[progress.step]
    said = ["ended"] if progress.ended else [f"{progress.under_way} under way"]
    if progress.requests:
        said += [count_things(progress.requests, "request"), f"{progress.tokens:,} tokens"]
    if progress.dollars:
        said.append(show_dollars(progress.dollars))
    if progress.failed:
        said.append(f"{len(progress.failed)} failed")
    return ", ".join(said)
