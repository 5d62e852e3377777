"""The application that the commands register with."""

from typing import Annotated, Any

import typer

from claimx.settings import default_cache
from claimx.version import __version__

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Say what articles claim, who claims it, where exactly, and where they disagree.",
)


def cache_option(what: str) -> Any:
    """Make the option that names the cache's folder; *what* is its help."""
    return typer.Option(
        "--cache", metavar="DIR", default_factory=default_cache, show_default=False, help=what
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"claimx {__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Say what articles claim, who claims it, where exactly, and where they disagree."""
