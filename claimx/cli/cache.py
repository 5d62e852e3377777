"""`claimx cache`: inspect and shrink the cache of answers."""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app, cache_option
from claimx.cli.output import EXIT_USAGE, fail, report_errors
from claimx.llm import cache
from claimx.render.show import count_things

_EPILOG = "Exit status: 0 done; 1 there is no cache, or it cannot be read; 2 bad usage."

commands = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Manage the cache of answers."
)
app.add_typer(commands, name="cache", epilog=_EPILOG)

Folder = Annotated[Path, cache_option("Folder of the cache. Default: the one that extract uses.")]


@commands.command(epilog=_EPILOG)
def info(folder: Folder) -> None:
    """Show how many answers are cached, and how much space they take."""
    with report_errors():
        found = cache.info(folder)
    typer.echo(f"folder: {found.folder}")
    span = f", kept {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}" if found.first else ""
    typer.echo(f"answers: {found.answers:,}{span}")
    typer.echo(f"size: {found.size_mb:,} MB")


@commands.command(epilog=_EPILOG)
def clear(
    folder: Folder,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Remove all answers; the next run asks and pays again."""
    with report_errors():
        found = cache.info(folder)
        if not yes:
            question = f"Remove {count_things(found.answers, 'answer')} from {found.folder}?"
            typer.confirm(question, abort=True, err=True)
        _say_removed(cache.clear(found.folder), found.folder)


@commands.command(epilog=_EPILOG)
def prune(
    folder: Folder,
    max_mb: Annotated[
        int | None,
        typer.Option(
            "--max-size", metavar="MB", min=0, help="Keep only the newest answers, up to this size."
        ),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option("--older-than", metavar="DAYS", min=0, help="Remove answers older than this."),
    ] = None,
) -> None:
    """Remove old answers, by age or until the rest fits."""
    if max_mb is None and days is None:
        fail("prune: pass --max-size MB or --older-than DAYS.", EXIT_USAGE)
    with report_errors():
        _say_removed(cache.prune(folder, max_mb=max_mb, days=days), folder)


def _say_removed(number: int, folder: Path) -> None:
    typer.echo(f"removed {count_things(number, 'answer')} from {folder}")
