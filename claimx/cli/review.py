"""`claimx review`: review a table in the browser and save the decisions to a file."""

import signal
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import load_whole
from claimx.cli.output import report_errors, say, write_out
from claimx.render.show import count_things
from claimx.review.server import ReviewServer

DECISIONS = "decisions.jsonl"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_EPILOG = """
The page is served to this machine only, at an address that cannot be guessed. Every decision is
saved as soon as it is made; the table is not changed. Press Ctrl-C to stop.

Examples:

  claimx review table.json --open

  claimx review table.json --decisions mine.jsonl --by "Ada Lovelace"

  claimx apply table.json decisions.jsonl -o decided.json

Exit status: 0 stopped by Ctrl-C or SIGTERM; 1 a file cannot be read or written; 2 bad usage.
"""


@app.command(epilog=_EPILOG)
def review(
    table: Annotated[Path, typer.Argument(metavar="TABLE.json", help="Table in JSON format.")],
    decisions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=f"File to save to. Default: {DECISIONS} next to the table."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the reviewer, saved with each decision."),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
) -> None:
    """Review a table in the browser, and save your decisions about its claims."""
    path = decisions or table.parent / DECISIONS
    with report_errors():
        server = ReviewServer(load_whole(table), path, by)
    with server, _catch_signals() as ended, _serving(server):
        write_out(f"{server.address}\n")
        say(f"decisions go to {path}. Ctrl-C ends.")
        if open_browser:
            webbrowser.open(server.address)
        ended.wait()
    lines = count_things(server.number, "line")
    say(f"{lines} of decisions in {path}. Next: claimx apply {table} {path}")


@contextmanager
def _catch_signals() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set."""
    ended = threading.Event()
    before = [(one, signal.signal(one, lambda *_: ended.set())) for one in _SIGNALS]
    try:
        yield ended
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextmanager
def _serving(server: ReviewServer) -> Iterator[None]:
    """Run the server in a thread."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
