"""The command line: the only room that prints."""

import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from claimx import pipeline
from claimx.errors import ClaimxError, OutputError
from claimx.records import Failure
from claimx.render import FORMATS, find_format, render_terminal
from claimx.settings import EXTRACTIVE
from claimx.table import ClaimTable
from claimx.version import __version__

EXIT_DONE, EXIT_NOTHING, EXIT_USAGE, EXIT_PARTLY, EXIT_INTERRUPTED = 0, 1, 2, 3, 130

_EPILOG = """
Examples:

  claimx extract articles/ -o table.md

  claimx extract a.txt b.txt --model gpt-5-mini -o table.json

  claimx extract articles/ --base-url http://localhost:11434/v1 --model qwen3

  claimx extract seeds/ --replay cassettes/seeds

Environment: OPENAI_API_KEY, OPENAI_BASE_URL, CLAIMX_MODEL.

Exit status: 0 all done; 1 nothing could be done; 2 bad usage; 3 done, but some document or
segment failed (the rest is written); 130 interrupted (answers so far are kept).
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Say what articles claim, who claims it, where exactly, and where they disagree.",
)


class Mode(StrEnum):
    """instructor's modes, by the names of `claimx.settings.Mode`."""

    json_schema = "json_schema"
    json = "json"
    tools = "tools"
    markdown_json = "markdown_json"


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


@app.command(epilog=_EPILOG)
def extract(
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
            help=f"{', '.join(FORMATS)}; default: by OUT's ending.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME", help="Model; 'extractive' needs none."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Any OpenAI-compatible server; default: OpenAI's."),
    ] = None,
    mode: Annotated[
        Mode | None,
        typer.Option(help="How the server is told the answer's schema; default: json_schema."),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(metavar="0-2", help="Sampling temperature; default: 0.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Sampling seed; default: 0.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Longest answer, in tokens; default: 1024.")
    ] = None,
    segment_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Text sent at a time, in tokens; default: 160.")
    ] = None,
    attempts: Annotated[
        int | None, typer.Option(metavar="N", help="How often to ask at most; default: 3.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", help="Requests under way at once; default: 8.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Longest wait for an answer; default: 120."),
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Your own prompt files.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where answers are kept.")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep no answers.")] = False,
    replay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Answer from cassettes alone, offline.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Ask, and write cassettes.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the articles; default: utf-8.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say every retry and rejected claim.")
    ] = False,
) -> None:
    """Make a cited table of what the articles at PATH claim."""
    given = {
        "model": model,
        "base_url": base_url,
        "mode": mode and mode.value,
        "temperature": temperature,
        "seed": seed,
        "max_tokens": max_tokens,
        "segment_tokens": segment_tokens,
        "attempts": attempts,
        "concurrency": concurrency,
        "timeout_s": timeout,
        "prompts": prompts,
        "cache": cache,
        "replay": replay,
        "record": record,
        "encoding": encoding,
    }
    options = {name: value for name, value in given.items() if value is not None}
    if no_cache:
        options["cache"] = None
    _set_up_logging(quiet, verbose)
    target = _choose_target(output, format_name)
    try:
        _run(paths, options, target, quiet, verbose)
    except ClaimxError as exc:
        _fail(str(exc), EXIT_NOTHING)
    except KeyboardInterrupt:
        _fail("interrupted. Run the same command again to go on.", EXIT_INTERRUPTED)


def main() -> None:
    """Run the command line."""
    app()
