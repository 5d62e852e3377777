"""`claimx batch`, and the batch half of `claimx extract --batch`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimx.cli.app import app, cache_option
from claimx.cli.options import SERVER, GroupedCommand, with_settings
from claimx.cli.output import EXIT_PARTLY, report_errors, say
from claimx.render.show import count_things

if TYPE_CHECKING:  # openai is slow to import
    from claimx.batch import BatchReport, Submission

_EPILOG = """
Batches are submitted by `claimx extract ... --batch`; the same command, given again, collects
them and writes the table.

Environment: OPENAI_API_KEY, OPENAI_BASE_URL.

Exit status: 0 no batch is in progress; 1 the server or the cache cannot be used; 2 bad usage; 3 a
batch is in progress, or some of its requests have no answer.
"""

commands = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Manage batches in progress."
)
app.add_typer(commands, name="batch", epilog=_EPILOG)

Folder = Annotated[Path, cache_option("Folder of the cache. Default: the one that extract uses.")]


@commands.command(epilog=_EPILOG, cls=GroupedCommand)
@with_settings(*SERVER)
def status(*, folder: Folder, given: dict[str, Any]) -> None:
    """Show the progress of the batches."""
    from claimx.batch import list_batches

    _report(list_batches, folder, given)


@commands.command(epilog=_EPILOG, cls=GroupedCommand)
@with_settings(*SERVER)
def collect(*, folder: Folder, given: dict[str, Any]) -> None:
    """Bring the answers of finished batches into the cache."""
    from claimx import batch

    _report(batch.collect, folder, given)


def go_on(paths: list[str], options: dict[str, Any], *, quiet: bool) -> bool:
    """Collect finished batches and submit missing requests; return whether none is missing."""
    from claimx import batch

    where = {name: options[name] for name in ("cache", *SERVER) if name in options}
    for line in map(_describe, batch.collect(**where)):
        if not quiet:
            say(line)
    done = batch.submit(*paths, **options)
    missing = done.requests + done.waiting + done.left
    for failure in done.plan.failures if missing else ():  # otherwise the run reports them
        say(f"failed: {failure.error}")
    if missing and not quiet:
        say(_say_submitted(done))
    return not missing


def _report(
    ask: "Callable[..., Sequence[BatchReport]]", folder: Path, given: dict[str, Any]
) -> None:
    with report_errors():
        reports = ask(cache=folder, **given)
    for line in map(_describe, reports):
        typer.echo(line)
    if not reports:
        typer.echo(f"no batch is under way in {folder}")
    if any(_is_open(report) for report in reports):
        raise typer.Exit(EXIT_PARTLY)


def _is_open(report: "BatchReport") -> bool:
    return report.progress is None or not report.progress.ended or bool(report.problems)


def _describe(report: "BatchReport") -> str:
    """Describe the state of a batch in one line."""
    batch, progress = report.batch, report.progress
    name = f"batch {batch.id or 'of ' + batch.input_file} ({batch.model}, {batch.submitted:%F %R})"
    if progress is None:
        return f"{name}: {report.error}"
    words = f"{name}: {progress.status}, {progress.completed} of {len(batch.requests)} answered"
    if report.kept or report.problems:
        words += f", {report.kept} collected"
    problems = "; ".join(f"{why} ({number})" for why, number in report.problems.items())
    return f"{words}; without an answer: {problems}" if problems else words


def _say_submitted(done: "Submission") -> str:
    new = f"{count_things(done.requests, 'request')} submitted"
    if len(done.batches) > 1:
        new += f" in {len(done.batches)} batches"
    left = f", {done.left} left for later by --max-requests or --max-cost" if done.left else ""
    return (
        f"batch: {new}, {done.waiting} under way before{left}. Run the same command again to "
        "collect them (it takes up to 24 hours), or without --batch to ask at once."
    )
