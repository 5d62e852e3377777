"""The command line: the only room that prints."""

import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from claimx import pipeline
from claimx.errors import ClaimxError, InputError, OutputError
from claimx.records import Failure
from claimx.render import FORMATS, Format, find_format, guess_format, render_table
from claimx.render.show import count_things
from claimx.render.terminal import layout_table
from claimx.settings import EXTRACTIVE, make_settings
from claimx.table import ClaimTable, check_citations
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
    frequency_penalty: Annotated[
        float | None, typer.Option(metavar="N", help="Keeps small models from looping: 0.2.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Longest answer, in tokens; default: 1024.")
    ] = None,
    segment_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Text sent at a time, in tokens; default: 80.")
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
        "frequency_penalty": frequency_penalty,
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
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if no_cache:
        options["cache"] = None
    _set_up_logging(quiet=quiet, verbose=verbose)
    _check_usage(options)
    target = _choose_target(output, format_name)
    try:
        _run(paths, options, target, quiet=quiet, verbose=verbose)
    except ClaimxError as exc:
        _fail(str(exc), EXIT_NOTHING)
    except KeyboardInterrupt:
        _fail("interrupted. Run the same command again to go on.", EXIT_INTERRUPTED)


def main() -> None:
    """Run the command line."""
    app()


def _check_usage(options: dict[str, Any]) -> None:
    try:
        make_settings(options)
    except InputError as exc:
        _fail(str(exc), EXIT_USAGE)


class _Target(NamedTuple):
    """Where the table goes: *path* is none for stdout."""

    path: Path | None
    format: Format


def _choose_target(output: Path | None, format_name: str | None) -> _Target:
    """Settle file and format before anything is asked, so that no answer is wasted."""
    try:
        if output is None or str(output) == "-":
            default = "table" if sys.stdout.isatty() else "markdown"
            return _Target(None, find_format(format_name or default))
        chosen = find_format(format_name) if format_name else guess_format(output)
    except OutputError as exc:
        _fail(str(exc), EXIT_USAGE)
    try:
        _check_writable(output)
    except OutputError as exc:
        _fail(str(exc), EXIT_NOTHING)
    return _Target(output, chosen)


def _check_writable(path: Path) -> None:
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "is a folder")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as exc:
        raise OutputError(f"{path}: cannot be written ({exc.strerror}). Pass another -o.") from exc


def _write(path: Path, data: bytes) -> None:
    """Write *data* at once: *path* is the old file or the whole new one, never a part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as exc:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"{path}: cannot be written ({exc.strerror}). Answers are kept: run again with "
            "another -o."
        ) from exc


def _run(
    paths: list[str], options: dict[str, Any], target: _Target, *, quiet: bool, verbose: bool
) -> None:
    begin = time.monotonic()
    with _show_progress(quiet) as watch:
        table = pipeline.extract(*paths, watch=watch, **options)
    _deliver(table, target)
    for one in table.rejected if verbose else ():
        _say(
            f"rejected: {one.document_id}: {one.claim or one.quote!r} ({one.reason}: {one.detail})"
        )
    if not quiet and table.run.model == EXTRACTIVE and "model" not in options:
        _say(
            "no model configured: took every checkable sentence as a claim (--model extractive). "
            "For atomic claims pass --model NAME, with OPENAI_API_KEY or --base-url."
        )
    if not quiet:
        _say(_summarise(table, watch.last, time.monotonic() - begin, replayed="replay" in options))
    for line in _list_failures(table.failures):
        _say(line)
    if table.failures:
        raise typer.Exit(EXIT_PARTLY)


def _deliver(table: ClaimTable, target: _Target) -> None:
    if target.path is not None:
        _write(target.path, render_table(table, target.format.name, base=target.path.parent))
    if sys.stdout.isatty() and (target.path is not None or target.format.name == "table"):
        check_citations(table)
        Console().print(layout_table(table))  # as wide and colourful as the terminal is
    elif target.path is None:
        sys.stdout.buffer.write(render_table(table, target.format.name, base=Path()))
        sys.stdout.flush()


class _Watch:
    """Remembers how far the run is, and shows it while a person looks on."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)
        self.last: pipeline.Progress | None = None

    def __call__(self, progress: pipeline.Progress) -> None:
        self.last = progress
        self._bar.update(
            self._task,
            total=progress.segments,
            completed=progress.done,
            description=(
                f"{progress.documents} documents, {progress.proposed} claims, "
                f"{progress.tokens:,} tokens, {progress.cached} cached"
            ),
        )


@contextmanager
def _show_progress(quiet: bool) -> Iterator[_Watch]:
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("segments; {task.description}"),
        TimeElapsedColumn(),
    )
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        yield _Watch(bar)


def _summarise(
    table: ClaimTable, progress: pipeline.Progress | None, seconds: float, *, replayed: bool
) -> str:
    counts = table.counts()
    reasons = ", ".join(f"{number} {why}" for why, number in counts.rejected.items())
    rejected = f"{sum(counts.rejected.values())} rejected" + (f" ({reasons})" if reasons else "")
    cost = ""
    if progress is not None:
        asked = count_things(progress.sent, "recorded answer" if replayed else "model call")
        cost = f"{asked}, {progress.cached} cached, {progress.tokens:,} tokens, "
    return (
        f"{count_things(counts.documents, 'document')}, "
        f"{count_things(counts.proposed, 'claim')} proposed: {counts.cited} cited, {rejected}; "
        f"{count_things(counts.groups, 'group')}, {counts.shared} in two or more documents, "
        f"{count_things(counts.conflicts, 'conflict')}; {cost}{seconds:.1f} s"
    )


def _list_failures(failures: Sequence[Failure]) -> Iterator[str]:
    """Say each failure once, with how often it came."""
    for error, number in Counter(failure.error for failure in failures).items():
        yield f"failed: {error}" + (f" ({number} times)" if number > 1 else "")


def _set_up_logging(*, quiet: bool, verbose: bool) -> None:
    level = logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("claimx: %(message)s"))
    ours = logging.getLogger("claimx")
    ours.setLevel(level)
    ours.handlers = [handler]


def _say(line: str) -> None:
    print(f"claimx: {line}", file=sys.stderr)  # noqa: T201  # the room that prints


def _fail(message: str, status: int) -> NoReturn:
    _say(message)
    raise typer.Exit(status)
