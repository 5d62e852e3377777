"""`claimx extract`: articles in, a cited claim table out."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from claimx.cli.app import app
from claimx.cli.apply import say_applied
from claimx.cli.batch import go_on
from claimx.cli.cost import describe_cost, show_estimate
from claimx.cli.interrupt import finish_on_signal
from claimx.cli.output import (
    EXIT_INTERRUPTED,
    EXIT_PARTLY,
    EXIT_USAGE,
    Target,
    check_not_read,
    choose_target,
    deliver,
    fail,
    report_errors,
    say,
    set_up_logging,
)
from claimx.errors import InputError
from claimx.pipeline import flow as pipeline
from claimx.pipeline.asking import Progress
from claimx.pipeline.plan import estimate
from claimx.read import GUESSED, REPLACED
from claimx.records import Decision, Document, Failure, join_usage
from claimx.render import FORMATS
from claimx.render.show import count_things
from claimx.review.decisions import apply_decisions, read_decisions
from claimx.settings import EXTRACTIVE, Settings, make_settings
from claimx.table import ClaimTable

_EPILOG = """
Examples:

  claimx extract articles/ -o table.md

  claimx extract a.txt b.txt --model gpt-5-mini -o table.json

  claimx extract articles/ --base-url http://localhost:11434/v1 --model qwen3

  claimx extract articles/ --base-url URL --model qwen2.5:1.5b --strategy stepwise

  claimx extract seeds/ --replay cassettes/seeds

  claimx extract articles/ --model gpt-5-mini --verify -o table.md

  claimx extract articles/ --model gpt-5-mini --batch -o table.md    # again, until it is there

Environment: OPENAI_API_KEY, OPENAI_BASE_URL, CLAIMX_MODEL, CLAIMX_VERIFY_API_KEY.

Exit status: 0 all done; 1 nothing could be done; 2 bad usage; 3 done, but some document or
segment failed or a limit was reached (the rest is written), or a batch is under way; 130
interrupted: Ctrl-C or SIGTERM once finishes what is under way and writes, twice stops. Answers so
far are kept: the same command goes on.
"""


class Mode(StrEnum):
    """instructor's modes, by the names of `claimx.settings.Mode`."""

    auto = "auto"
    json_schema = "json_schema"
    json = "json"
    tools = "tools"
    markdown_json = "markdown_json"


class StrategyChoice(StrEnum):
    """The strategies, by the names of `claimx.settings.StrategyName`."""

    auto = "auto"
    article = "article"
    window = "window"
    stepwise = "stepwise"
    extractive = "extractive"


def _read_number(text: str) -> float | str:
    """Read a number, or the word that leaves it out."""
    return _read_or_none(text, float, "a number")


def _read_whole(text: str) -> float | str:
    return _read_or_none(text, int, "a whole number")


def _read_or_none(text: str, read: Callable[[str], float], what: str) -> float | str:
    if text.lower() == "none":
        return "none"
    try:
        return read(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither {what} nor none.") from None


@app.command(epilog=_EPILOG)
def extract(  # noqa: PLR0913, PLR0917  # one parameter an option: typer's way
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs; - for stdin.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="File to write.")
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"{', '.join(one.name for one in FORMATS)}; default: by OUT's ending.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME", help="Model; 'extractive' needs none."),
    ] = None,
    strategy: Annotated[
        StrategyChoice | None,
        typer.Option(
            help="article: all of it in view; window: a few sentences a call; stepwise: small "
            "steps for small models; extractive: no model; default: auto, by the model's name."
        ),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option(metavar="N", help="Ask N times, other seeds; counts agreement; default: 1."),
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option(metavar="0-1", help="Ask again about sentences without a claim, below this."),
    ] = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Any OpenAI-compatible server; default: OpenAI's. Repeat it to share the work.",
        ),
    ] = None,
    mode: Annotated[
        Mode | None,
        typer.Option(help="How the server is told the answer's schema; default: auto, finds out."),
    ] = None,
    temperature: Annotated[
        Any,
        typer.Option(
            parser=_read_number,
            metavar="0-2",
            help="Sampling temperature, or none; default: the server's, 0 where it is known.",
        ),
    ] = None,
    seed: Annotated[
        Any,
        typer.Option(
            parser=_read_whole,
            metavar="N",
            help="Sampling seed, or none; default: none, 0 where it is known.",
        ),
    ] = None,
    frequency_penalty: Annotated[
        Any,
        typer.Option(
            parser=_read_number,
            metavar="N",
            help="Keeps small models from looping: 0.2; default: none.",
        ),
    ] = None,
    max_tokens: Annotated[
        Any,
        typer.Option(
            parser=_read_whole,
            metavar="N",
            help="Longest answer, in tokens, or none; default: 8192; 1024 if not article.",
        ),
    ] = None,
    segment_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Text asked about at a time; default: 1000; 80 if not article."
        ),
    ] = None,
    attempts: Annotated[
        int | None, typer.Option(metavar="N", help="How often to ask at most; default: 3.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", help="Requests under way at once; default: 8.")
    ] = None,
    rpm: Annotated[
        float | None, typer.Option(metavar="N", help="Requests a minute at most.")
    ] = None,
    tpm: Annotated[
        float | None, typer.Option(metavar="N", help="Tokens a minute at most, in and out.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Longest wait for an answer; default: 120."),
    ] = None,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Let the model decide which claims say the same or clash."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Let the model read the claims again; flag what it doubts."),
    ] = False,
    verify_reject: Annotated[
        bool, typer.Option("--verify-reject", help="The same, but reject what it doubts.")
    ] = False,
    verify_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Model that reads again; default: as --model."),
    ] = None,
    verify_base_url: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Its server, sent CLAIMX_VERIFY_API_KEY alone."),
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Your own prompt files.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where answers are kept.")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep no answers.")] = False,
    cache_mb: Annotated[
        int | None,
        typer.Option(
            "--cache-size", metavar="MB", help="Above it the oldest answers go; default: 4096."
        ),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Answer from cassettes alone, offline.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Ask, and write cassettes.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and cost; ask nothing.")
    ] = False,
    batch: Annotated[
        bool,
        typer.Option("--batch", help="Ask by OpenAI's Batch API: half the price, within 24 hours."),
    ] = False,
    max_requests: Annotated[
        int | None, typer.Option(metavar="N", help="Stop after so many requests.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="Stop before spending more than this.")
    ] = None,
    price_in: Annotated[
        float | None,
        typer.Option(metavar="USD", help="Per million tokens read, where no price is known."),
    ] = None,
    price_out: Annotated[
        float | None, typer.Option(metavar="USD", help="The same for tokens written.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Apply what a person decided; see claimx review."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the articles; default: found out.")
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Text of a row, in CSV, TSV, JSON Lines, Parquet."),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of a row; default: its number.")
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who published what: CSV (file, outlet, date) or CSL."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say every retry and rejected claim.")
    ] = False,
) -> None:
    """Make a cited table of what the articles at PATH claim."""
    given = {
        "model": model,
        "strategy": strategy and strategy.value,
        "runs": runs,
        "min_coverage": min_coverage,
        "base_url": base_url or None,
        "mode": mode and mode.value,
        "temperature": temperature,
        "seed": seed,
        "frequency_penalty": frequency_penalty,
        "max_tokens": max_tokens,
        "segment_tokens": segment_tokens,
        "attempts": attempts,
        "concurrency": concurrency,
        "rpm": rpm,
        "tpm": tpm,
        "timeout_s": timeout,
        "prompts": prompts,
        "cache": cache,
        "cache_mb": cache_mb,
        "replay": replay,
        "record": record,
        "max_requests": max_requests,
        "max_cost": max_cost,
        "price_in": price_in,
        "price_out": price_out,
        "encoding": encoding,
        "judge": judge or None,
        "verify": "reject" if verify_reject else "flag" if verify or verify_model else None,
        "verify_model": verify_model,
        "verify_base_url": verify_base_url or None,
        "text_column": text_column,
        "id_column": id_column,
        "sources": sources,
    }
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if no_cache:
        options["cache"] = None
    set_up_logging(quiet=quiet, verbose=verbose)
    _check_usage(paths, options)
    if dry_run:
        with report_errors():
            _show_plan(paths, options)
        return
    target = choose_target(output, format_name)
    check_not_read(target.path, paths)
    with report_errors():
        if batch and not go_on(paths, options, quiet=quiet):
            raise typer.Exit(EXIT_PARTLY)
        kept = () if decisions is None else read_decisions(decisions)
        _run(paths, options, target, kept, quiet=quiet, verbose=verbose)


def _explain_strategy(options: dict[str, Any]) -> str:
    """Say how the model is asked, where nobody chose; else nothing."""
    settings = make_settings(options)
    chosen = options.get("strategy", "auto") != "auto" or settings.replay is not None
    if chosen or settings.model == EXTRACTIVE:
        return ""
    return f"strategy {settings.strategy}, by the name of {settings.model}; else pass --strategy"


def _check_usage(paths: list[str], options: dict[str, Any]) -> None:
    for path in paths:
        if path.startswith(("http://", "https://")):
            fail(f"{path}: an address is not read. Download the page first.", EXIT_USAGE)
    try:
        make_settings(options)
    except InputError as exc:
        fail(str(exc), EXIT_USAGE)


def _show_plan(paths: list[str], options: dict[str, Any]) -> None:
    found = estimate(*paths, **options)
    show_estimate(found, make_settings(options))
    if strategy := _explain_strategy(options):
        typer.echo(strategy)
    for line in _list_failures(found.plan.failures):
        say(line)
    if found.plan.failures:
        raise typer.Exit(EXIT_PARTLY)


def _run(  # noqa: PLR0913  # as given on the command line
    paths: list[str],
    options: dict[str, Any],
    target: Target,
    decisions: Sequence[Decision],
    *,
    quiet: bool,
    verbose: bool,
) -> None:
    begin = time.monotonic()
    with _show_progress(quiet) as watch:
        table, stopped = asyncio.run(_extract_until_signal(paths, watch, options))
    applied = apply_decisions(table, decisions)
    table = applied.table
    deliver(table, target)
    for one in table.rejected if verbose else ():
        say(f"rejected: {one.document_id}: {one.claim or one.quote!r} ({one.reason}: {one.detail})")
    for line in _list_skipped(table) if verbose else ():
        say(line)
    if not quiet and table.run.model == EXTRACTIVE and not {"model", "strategy"} & options.keys():
        say(
            "no model configured: took every checkable sentence as a claim (--model extractive). "
            "For atomic claims pass --model NAME, with OPENAI_API_KEY or --base-url."
        )
    if not quiet:
        settings = make_settings(options)
        say(_summarise(table, watch.last, time.monotonic() - begin, settings))
    if not quiet and (strategy := _explain_strategy(options)):
        say(f"note: {strategy}")
    for line in () if quiet else _list_notes(table.documents):
        say(line)
    for line in _list_failures(table.failures):
        say(line)
    if decisions and not quiet:
        say_applied(applied)
    if table.failures or applied.unapplied:
        raise typer.Exit(EXIT_INTERRUPTED if stopped else EXIT_PARTLY)


async def _extract_until_signal(
    paths: list[str], watch: "_Watch", options: dict[str, Any]
) -> tuple[ClaimTable, bool]:
    """Return the table, and whether a signal cut it short."""
    with finish_on_signal() as stop:
        return await pipeline.aextract(*paths, watch=watch, stop=stop, **options), stop.is_set()


class _Watch:
    """Remembers how far the run is, and shows it while a person looks on."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)
        self.last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self.last = progress
        self._bar.update(
            self._task,
            total=progress.documents,
            completed=progress.finished,
            description=(
                f"{progress.done} segments, {progress.proposed} claims, "
                f"{progress.tokens:,} tokens, {progress.cached} cached"
            ),
        )


@contextmanager
def _show_progress(quiet: bool) -> Iterator[_Watch]:
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("documents; {task.description}"),
        TimeElapsedColumn(),
    )
    hidden = quiet or not console.is_terminal
    with Bar(*columns, console=console, transient=True, disable=hidden) as bar:
        yield _Watch(bar)


def _summarise(
    table: ClaimTable, progress: Progress | None, seconds: float, settings: Settings
) -> str:
    counts = table.counts()
    reasons = ", ".join(f"{number} {why}" for why, number in counts.rejected.items())
    rejected = f"{sum(counts.rejected.values())} rejected" + (f" ({reasons})" if reasons else "")
    cost = ""
    if progress is not None:
        asked = count_things(progress.sent, "recorded answer" if settings.replay else "model call")
        retried = f" ({progress.retried} in vain)" if progress.retried else ""
        usage = join_usage((table.run.usage, progress.vain))
        spent = describe_cost(usage, progress, settings)
        cost = f"{asked}{retried}, {progress.cached} cached, {spent}, "
    return (
        f"{count_things(counts.documents, 'document')}, "
        f"{count_things(counts.proposed, 'claim')} proposed: {counts.cited} cited, {rejected}; "
        f"{count_things(counts.groups, 'group')}, {counts.shared} in two or more documents, "
        f"{count_things(counts.conflicts, 'conflict')}; {cost}{seconds:.1f} s"
    )


def _list_notes(documents: Sequence[Document]) -> Iterator[str]:
    """Say each file once whose encoding was guessed, and each text with characters replaced."""
    notes = {one.source: one.metadata.get("encoding", "") for one in documents}
    for source, note in notes.items():
        if note.endswith(GUESSED):
            encoding = note.removesuffix(GUESSED).strip()
            yield f"note: {source}: not UTF-8, read as {encoding} by a guess; else pass --encoding"
    for one in documents:
        if replaced := one.metadata.get(REPLACED):
            yield f"note: {one.id}: {replaced} became U+FFFD"


def _list_skipped(table: ClaimTable) -> Iterator[str]:
    """Say of each sentence that no claim cites, labels and page furniture aside, why not."""
    texts = {document.id: document.text for document in table.documents}
    for one in table.skipped:
        if one.kind in ("advert", "unclaimed"):
            words = " ".join(one.span.slice(texts[one.document_id]).split())
            yield f"not cited: {one.document_id}: {words!r} ({one.reason})"


def _list_failures(failures: Sequence[Failure]) -> Iterator[str]:
    """Say each failure once, with how often it came."""
    for error, number in Counter(failure.error for failure in failures).items():
        yield f"failed: {error}" + (f" ({number} times)" if number > 1 else "")
