"""`claimx extract`: make a cited claim table from articles."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from claimx.cli.app import app
from claimx.cli.interrupt import finish_on_signal
from claimx.cli.load import load_whole
from claimx.cli.options import (
    GroupedCommand,
    NoCache,
    gather_options,
    list_settings,
    with_settings,
)
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
from claimx.pipeline.asking import Progress, Watcher
from claimx.pipeline.bar import show_progress
from claimx.pipeline.earlier import Earlier
from claimx.pipeline.session import run_loop
from claimx.read import GUESSED, REPLACED, UNREAD
from claimx.read.addresses import hide_password, is_address
from claimx.records import Decision, Document, Failure, Usage, join_usage
from claimx.render import FORMATS
from claimx.render.show import count_documents, count_things
from claimx.settings import EXTRACTIVE, Settings, make_settings
from claimx.spelling import spell_options
from claimx.table import ClaimTable, Counts

if TYPE_CHECKING:  # only some runs need these, and those below import them
    from claimx.parts import Large
    from claimx.review.decisions import Applied

_EPILOG = """
Examples:

  claimx extract articles/ -o table.md

  claimx extract a.txt b.txt --model gpt-5-mini -o table.json

  claimx extract articles/ --base-url http://localhost:11434/v1 --model qwen3

  claimx extract articles/ --base-url URL --model qwen2.5:1.5b --strategy stepwise

  claimx extract seeds/ --replay cassettes/seeds

  claimx extract articles/ --model gpt-5-mini --verify -o table.md

  claimx extract new/ --add table.json -o table.json

  claimx extract addresses.txt --fetch -o table.md

  claimx extract s3://news/2025/ --model gpt-5-mini -o table.md

  claimx extract articles/ --model gpt-5-mini --batch -o table.md    # again, until it is there

  claimx extract many/ --work parts/ -o table.parquet    # all processors; goes on after a crash

Environment: OPENAI_API_KEY, OPENAI_BASE_URL, CLAIMX_MODEL, CLAIMX_VERIFY_API_KEY.

Exit status: 0 all done; 1 nothing could be done, or the folder of --work or its cluster was lost on
the way; 2 bad usage; 3 done, but some document or segment failed or a limit was reached (the rest
is written), or a batch is under way; 130 interrupted: Ctrl-C or SIGTERM once finishes what is under
way and writes, twice stops. Answers so far are kept: the same command goes on.
"""


@app.command(epilog=_EPILOG, cls=GroupedCommand)
@with_settings(*list_settings())
def extract(  # noqa: PLR0913  # one parameter an option: typer's way
    *,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files, folders or patterns, also in object storage (s3://bucket/prefix); - is "
            "stdin. With --fetch also addresses of pages, and text files of addresses.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="File to write.", rich_help_panel="Output"
        ),
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"Format, if not by the ending of OUT: {', '.join(one.name for one in FORMATS)}.",
            rich_help_panel="Output",
        ),
    ] = None,
    fetch: Annotated[
        bool,
        typer.Option(
            "--fetch",
            help="Fetch the pages at addresses from the web, and keep them in a folder beside OUT.",
            rich_help_panel="Input",
        ),
    ] = False,
    add: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE.json",
            help="Add to this table: ask only about what is new.",
            rich_help_panel="Output",
        ),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Apply the decisions of a person; see claimx review.",
            rich_help_panel="Output",
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print only errors.", rich_help_panel="Output"),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Print every retry, and every claim that was rejected.",
            rich_help_panel="Output",
        ),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Let the model read the claims again, and flag those that the text does not "
            "support.",
            rich_help_panel="Model",
        ),
    ] = False,
    verify_reject: Annotated[
        bool,
        typer.Option(
            "--verify-reject",
            help="The same, but reject them.",
            rich_help_panel="Model",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be asked and what it would cost; ask nothing.",
            rich_help_panel="Limits",
        ),
    ] = False,
    batch: Annotated[
        bool,
        typer.Option(
            "--batch",
            help="Use OpenAI's Batch API: half the price, within 24 hours.",
            rich_help_panel="Limits",
        ),
    ] = False,
    no_cache: NoCache = False,
    given: dict[str, Any],
) -> None:
    """Make a cited table of what the articles at PATH claim."""
    options = gather_options(given, no_cache=no_cache)
    if verify or verify_reject or "verify_model" in given:
        options["verify"] = "reject" if verify_reject else "flag"
    set_up_logging(quiet=quiet, verbose=verbose)
    before: _Before | None = None
    if add is not None:
        if batch or dry_run:
            fail("--add goes with neither --batch nor --dry-run. Leave one out.", EXIT_USAGE)
        with report_errors():
            before = _Before(load_whole(add), add.parent)
        options = Earlier(before.table).list_settings() | options
    if fetch:
        options["fetch"] = _choose_folder(output)
    _check_usage(paths, options)
    if make_settings(options).work is not None and (add is not None or batch or dry_run):
        fail("--work goes with none of --add, --batch and --dry-run. Leave one out.", EXIT_USAGE)
    if dry_run:
        with report_errors():
            _show_plan(paths, options)
        return
    target = choose_target(output, format_name, replaces=_is_earlier(output, options))
    check_not_read(target.path, paths)
    with report_errors():
        if batch:
            from claimx.cli.batch import go_on

            if not go_on(paths, options, quiet=quiet):
                raise typer.Exit(EXIT_PARTLY)
        kept: Sequence[Decision] = ()
        if decisions is not None:
            from claimx.review.decisions import read_decisions

            kept = read_decisions(decisions)
        _run(paths, options, target, kept, before, quiet=quiet, verbose=verbose)


def _explain_strategy(options: dict[str, Any]) -> str:
    """Name the strategy that was chosen automatically; return "" if the user chose one."""
    settings = make_settings(options)
    chosen = options.get("strategy", "auto") != "auto" or settings.replay is not None
    if chosen or settings.model == EXTRACTIVE:
        return ""
    return f"strategy {settings.strategy}, by the name of {settings.model}; else pass --strategy"


def _choose_folder(output: Path | None) -> Path:
    """Name the folder that keeps the pages of a table."""
    if output is None or str(output) == "-":
        fail("--fetch keeps pages beside the table. Name its file with -o.", EXIT_USAGE)
    return output.with_name(f"{output.stem}.pages")


def _check_usage(paths: list[str], options: dict[str, Any]) -> None:
    for path in paths:
        if is_address(path) and "fetch" not in options:
            shown = hide_password(path)
            fail(f"{shown}: an address. Pass --fetch, or download the page first.", EXIT_USAGE)
    try:
        make_settings(options)
    except InputError as exc:
        fail(str(exc), EXIT_USAGE)


def _show_plan(paths: list[str], options: dict[str, Any]) -> None:
    from claimx.cli.cost import show_estimate
    from claimx.pipeline.plan import estimate

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
    before: "_Before | None",
    *,
    quiet: bool,
    verbose: bool,
) -> None:
    begin = time.monotonic()
    as_rows = target.format.name == "parquet" and target.path is not None and not decisions
    made = _extract(paths, options, before, as_rows=as_rows, quiet=quiet)
    settings = make_settings(options)
    if not isinstance(made.table, ClaimTable):
        usage = made.progress.spent if made.progress and settings.model != EXTRACTIVE else None
        took = time.monotonic() - begin
        summary = _summarise(made.table.counts, usage, made.progress, took, settings)
        _finish_rows(made.table, target, "" if quiet else summary, stopped=made.stopped)
    else:
        _finish(made, made.table, options, target, decisions, before, begin, quiet, verbose)


def _is_earlier(output: Path | None, options: dict[str, Any]) -> bool:
    """Return whether *output* is a folder of rows, which a run in parts writes if they are many."""
    if output is None or make_settings(options).work is None:
        return False
    with suppress(OSError, ImportError):  # which is told later
        from claimx.parts.large import is_of_rows  # pyarrow is an extra

        return output.is_dir() and is_of_rows(output)
    return False


@contextmanager
def _make_way(target: Target) -> Iterator[None]:
    """Let a table that is small now replace the folder of rows that it was."""
    if target.path is None or not target.path.is_dir():
        yield
        return
    from claimx.parts.large import make_way  # pyarrow is an extra

    with make_way(target.path):
        yield


def _finish_rows(table: "Large", target: Target, summary: str, *, stopped: bool) -> None:
    """Write the rows of a large table where they go, and say how it went."""
    from claimx.parts.large import deliver_rows  # pyarrow is an extra

    if target.path is not None:
        deliver_rows(table.files, target.path)
    for line in (summary, *_list_failures(table.failures)):
        if line:
            say(line)
    if stopped:
        raise typer.Exit(EXIT_INTERRUPTED)
    if table.failures:
        raise typer.Exit(EXIT_PARTLY)


def _finish(  # noqa: PLR0913, PLR0917  # as given on the command line
    made: "_Extracted",
    table: ClaimTable,
    options: dict[str, Any],
    target: Target,
    decisions: Sequence[Decision],
    before: "_Before | None",
    begin: float,
    quiet: bool,
    verbose: bool,
) -> None:
    """Apply decisions to the table, write it, and say how it went."""
    if before is not None:
        decisions = (*before.table.decisions, *decisions)
    applied: Applied | None = None
    if decisions:
        from claimx.review.decisions import apply_decisions

        applied = apply_decisions(table, decisions)
        table = applied.table
    with _make_way(target):
        deliver(table, target)
    for line in _list_left_out(table) if verbose else ():
        say(line)
    if not quiet and table.run.model == EXTRACTIVE and not {"model", "strategy"} & options.keys():
        say(
            "no model configured: took every checkable sentence as a claim (--model extractive). "
            "For atomic claims pass --model NAME, with OPENAI_API_KEY or --base-url."
        )
    if not quiet:
        usage = None if table.run.model == EXTRACTIVE else table.run.usage
        took = time.monotonic() - begin
        say(_summarise(table.counts(), usage, made.progress, took, make_settings(options)))
    if not quiet and (strategy := _explain_strategy(options)):
        say(f"note: {strategy}")
    for line in () if quiet else _list_notes(table.documents):
        say(line)
    for line in () if quiet else _list_changes(before, table):
        say(line)
    for line in _list_failures(table.failures):
        say(line)
    if applied and not quiet:
        from claimx.cli.apply import say_applied

        say_applied(applied)
    if made.stopped:
        raise typer.Exit(EXIT_INTERRUPTED)
    if table.failures or (applied and applied.unapplied):
        raise typer.Exit(EXIT_PARTLY)


def _extract(
    paths: list[str],
    options: dict[str, Any],
    before: "_Before | None",
    *,
    as_rows: bool,
    quiet: bool,
) -> "_Extracted":
    if make_settings(options).work is not None:
        from claimx.cli.parts import extract_in_parts

        return _Extracted(*extract_in_parts(paths, options, as_rows=as_rows, quiet=quiet))
    with _show_progress(quiet) as watch:
        table, stopped = run_loop(_extract_until_signal(paths, watch, options, before))
        return _Extracted(table, stopped, watch.last)


async def _extract_until_signal(
    paths: list[str], watch: "_Watch", options: dict[str, Any], before: "_Before | None"
) -> tuple[ClaimTable, bool]:
    """Return the table, and whether a signal ended the run early."""
    add = before and before.table
    with finish_on_signal() as stop:
        table = await pipeline.aextract(*paths, watch=watch, stop=stop, add=add, **options)
        return table, stop.is_set()


class _Extracted(NamedTuple):
    """A table, whether a signal cut it short, and what it took."""

    table: "ClaimTable | Large"
    stopped: bool
    progress: Progress | None


class _Before(NamedTuple):
    """A table to add to, and the folder of its file."""

    table: ClaimTable
    folder: Path


class _Watch:
    """Keep the latest progress, and pass it on to *show*."""

    def __init__(self, show: Watcher | None) -> None:
        self._show = show
        self.last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self.last = progress
        if self._show is not None:
            self._show(progress)


@contextmanager
def _show_progress(quiet: bool) -> Iterator[_Watch]:
    if quiet:
        yield _Watch(None)
        return
    with show_progress() as show:
        yield _Watch(show)


def _summarise(
    counts: Counts,
    usage: Usage | None,
    progress: Progress | None,
    seconds: float,
    settings: Settings,
) -> str:
    """Sum up a run; *usage* is that of all answers, none if no model was asked."""
    reasons = ", ".join(f"{number} {why}" for why, number in counts.rejected.items())
    rejected = f"{sum(counts.rejected.values())} rejected" + (f" ({reasons})" if reasons else "")
    cost = ""
    if progress is not None and usage is not None:
        asked = count_things(progress.sent, "recorded answer" if settings.replay else "model call")
        retried = f" ({progress.retried} retried)" if progress.retried else ""
        every = join_usage((usage, progress.wasted))
        from claimx.cli.cost import describe_cost

        spent = describe_cost(every, progress, settings)
        cost = f"{asked}{retried}, {progress.cached} cached, {spent}, "
    return (
        f"{count_documents(counts)}, "
        f"{count_things(counts.proposed, 'claim')} proposed: {counts.cited} cited, {rejected}; "
        f"{count_things(counts.groups, 'group')}, {counts.shared} in two or more documents, "
        f"{count_things(counts.conflicts, 'conflict')}; {cost}{seconds:.1f} s"
    )


def _list_changes(before: _Before | None, table: ClaimTable) -> Iterator[str]:
    """List what *table* has beyond the one it was added to, if there is one."""
    if before is not None:
        from claimx.cli.add import list_changes

        yield from list_changes(before.table, table, before.folder)


def _list_notes(documents: Sequence[Document]) -> Iterator[str]:
    """List the files whose encoding was guessed, and the texts with replaced characters."""
    notes = {one.source: one.metadata.get("encoding", "") for one in documents}
    for source, note in notes.items():
        if note.endswith(GUESSED):
            encoding = note.removesuffix(GUESSED).strip()
            yield f"note: {source}: not UTF-8, read as {encoding} by a guess; else pass --encoding"
    for one in documents:
        if replaced := one.metadata.get(REPLACED):
            yield f"note: {one.id}: {replaced} became U+FFFD"
        if why := one.metadata.get(UNREAD):
            yield f"note: {one.id}: its front matter cannot be read ({why}). Mend its YAML."


def _list_left_out(table: ClaimTable) -> Iterator[str]:
    """
    List the claims that were rejected, and the sentences that no claim cites, with the reason.

    Labels and boilerplate are skipped.
    """
    for left in table.rejected:
        said = left.claim or left.quote
        yield f"rejected: {left.document_id}: {said!r} ({left.reason}: {left.detail})"
    texts = {document.id: document.text for document in table.documents}
    for one in table.skipped:
        if one.kind == "unchecked":
            yield f"not checked: {one.document_id}: {one.reason}"
        if one.kind in ("advert", "unclaimed"):
            words = " ".join(one.span.slice(texts[one.document_id]).split())
            yield f"not cited: {one.document_id}: {words!r} ({one.reason})"


def _list_failures(failures: Sequence[Failure]) -> Iterator[str]:
    """List each distinct failure with its count, or with its document if that is one."""
    documents: dict[str, list[str]] = {}
    for failure in failures:
        documents.setdefault(spell_options(failure.error), []).append(failure.document_id)
    for error, names in documents.items():
        of_one = len(set(names)) == 1 and names[0] not in error
        where = f"{names[0]}: " if of_one else ""
        yield f"failed: {where}{error}" + (f" ({len(names)} times)" if len(names) > 1 else "")
