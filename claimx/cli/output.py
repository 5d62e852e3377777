"""Write the results and messages of a command, and end it with the right exit status."""

import asyncio
import errno
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer

from claimx.disk import describe_oddity, explain_unwritten, write_whole
from claimx.errors import BudgetSpent, ClaimxError, OutputError, RunStopped
from claimx.read import find_articles
from claimx.render import Format, find_format, guess_format, render_table
from claimx.render.show import show_text
from claimx.table import ClaimTable, check_citations

INTERRUPTED = "interrupted. Run the same command again to continue."
EXIT_DONE, EXIT_NOTHING, EXIT_USAGE, EXIT_PARTLY, EXIT_INTERRUPTED = 0, 1, 2, 3, 130

FormatName = Annotated[
    str | None,
    typer.Option(
        "--format", "-f", metavar="FORMAT", help="Output format. Default: by the extension of OUT."
    ),
]


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn claimx's errors and Ctrl-C into one line and an exit status."""
    try:
        yield
    except RunStopped as exc:
        fail(str(exc), EXIT_NOTHING if isinstance(exc, BudgetSpent) else EXIT_INTERRUPTED)
    except ClaimxError as exc:
        fail(str(exc), EXIT_NOTHING)
    except OSError as exc:
        if exc.errno == errno.EPIPE:
            raise  # the reader of the pipe is gone
        with suppress(OSError):
            sys.stdout.close()  # or Python flushes once more at exit
        where = exc.filename or "the output"
        fail(f"{where}: cannot be read or written ({exc.strerror}).", EXIT_NOTHING)
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail(INTERRUPTED, EXIT_INTERRUPTED)


class Target(NamedTuple):
    """The destination of a table; *path* is None for stdout."""

    path: Path | None
    format: Format


def choose_target(
    output: Path | None, format_name: str | None, *, replaces: bool = False
) -> Target:
    """
    Choose file and format before the first request, so that no answer is wasted.

    A folder is refused, unless it is one that the table *replaces*.
    """
    try:
        if output is None or str(output) == "-":
            default = "table" if sys.stdout.isatty() else "markdown"
            return Target(None, find_format(format_name or default))
        with suppress(OSError):  # which `check_writable` tells
            if output.is_dir() and not replaces:
                fail(_say_folder(output), EXIT_USAGE)
        chosen = find_format(format_name) if format_name else guess_format(output)
    except OutputError as exc:
        fail(str(exc), EXIT_USAGE)
    try:
        if not replaces:
            check_writable(output)
    except OutputError as exc:
        fail(str(exc), EXIT_NOTHING)
    return Target(output, chosen)


def check_writable(path: Path) -> None:
    """Fail before any work is done if *path* cannot be written."""
    try:
        if path.is_dir():
            raise OutputError(_say_folder(path))
        if describe_oddity(path) == "a pipe":  # which might have no reader
            raise OutputError(f"{path}: a pipe. Name a file, or leave out -o and pipe stdout.")
        if path.exists() and not path.is_file():
            return  # a device
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as exc:
        raise OutputError(explain_unwritten(path, exc, "Name another file with -o.")) from exc


def _say_folder(path: Path) -> str:
    return f"{path}: is a folder. Name a file in it."


def check_not_read(path: Path | None, sources: Sequence[str]) -> None:
    """Fail if the output would overwrite an article."""
    if path is not None and path.exists():
        with report_errors():
            for article in find_articles(sources):
                refuse_same(path, Path(article))


def refuse_same(output: Path | None, source: Path) -> None:
    """Fail if the output would overwrite the input."""
    if output is not None and output.exists() and source.exists() and output.samefile(source):
        fail(f"{output}: is read as well. Name another file with -o.", EXIT_USAGE)


def write_file(path: Path, data: bytes) -> None:
    """Replace *path* atomically: it holds either the old content or all of *data*."""
    try:
        write_whole(path, data)
    except OSError as exc:
        raise OutputError(
            f"{path}: cannot be written ({exc.strerror}). Answers are kept: run again with "
            "another file after -o."
        ) from exc


def deliver(table: ClaimTable, target: Target) -> None:
    """Check *table* and write it to *target*; show it on a terminal too."""
    if target.path is not None:
        write_file(target.path, render_table(table, target.format.name, base=target.path.parent))
    if sys.stdout.isatty() and (target.path is not None or target.format.name == "table"):
        check_citations(table)
        from rich.console import Console  # slow to import

        from claimx.render.terminal import layout_table

        Console().print(layout_table(table))  # with the width and colours of the terminal
    elif target.path is None:
        sys.stdout.buffer.write(render_table(table, target.format.name, base=Path()))
        sys.stdout.flush()


class ResultForm(StrEnum):
    """Output format of a result other than a table."""

    text = "text"
    json = "json"


def write_out(text: str) -> None:
    """Write a result to stdout, always in UTF-8."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def set_up_logging(*, quiet: bool, verbose: bool) -> None:
    """Send claimx's log to stderr, at the level that *quiet*, *verbose* and `--debug` ask for."""
    level = logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("claimx: %(message)s"))
    ours = logging.getLogger("claimx")
    if ours.level != logging.DEBUG:
        ours.setLevel(level)
    ours.handlers = [handler]


class _OneLine(logging.Formatter):
    """Format a log message as `say` does, and leave a traceback after it unchanged."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        record.message = show_text(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        lines = getattr(record, "trace", "").splitlines()
        shown = (f"{line[: -len(line.lstrip())]}{show_text(line)}" for line in lines)
        return "\n".join((super().format(record), *shown))


def say(line: str) -> None:
    """Print one line to stderr; line breaks and control characters are escaped."""
    print(f"claimx: {show_text(line)}", file=sys.stderr)  # noqa: T201  # the room that prints


def fail(message: str, status: int) -> NoReturn:
    """Print one line to stderr and end the command with *status*."""
    say(message)
    raise typer.Exit(status)
