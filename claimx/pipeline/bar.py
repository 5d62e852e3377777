"""Show how far a run is: a bar in a terminal or a notebook, and nothing in a file or pipe."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from claimx.pipeline.asking import Progress, Watcher

if TYPE_CHECKING:
    from rich.console import Console

# How many of how many are done, and what else is known.
Move = Callable[[int | None, int | None, str], None]

# What tells rich that something else than a terminal shows a bar.
_SHOWING = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@contextmanager
def show_progress(console: "Console | None" = None) -> Iterator[Watcher]:
    """Open a bar on *console*, stderr by default, and return what moves it with a run."""
    with open_bar(console) as move:
        yield lambda progress: move(
            progress.finished, progress.documents, f"documents; {_describe(progress)}"
        )


@contextmanager
def open_bar(console: "Console | None" = None) -> Iterator[Move]:
    """
    Open a bar on *console*, stderr by default, if a person looks on.

    Return what moves it: to how many of how many, and what is said behind it.
    """
    if console is None and not _may_show():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = console or Console(stderr=True)
    said = TextColumn("{task.description}")
    columns = (BarColumn(), MofNCompleteColumn(), said, TimeElapsedColumn())
    hidden = not (console.is_terminal or console.is_jupyter)
    with Bar(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, words: bar.update(
            task, completed=done, total=total, description=words
        )


def _may_show() -> bool:
    """Whether stderr may be a terminal or a notebook: rich, which is slow to import, knows."""
    notebook = "IPython" in sys.modules or "DATABRICKS_RUNTIME_VERSION" in os.environ
    return notebook or sys.stderr.isatty() or any(os.environ.get(name) for name in _SHOWING)


def _describe(progress: Progress) -> str:
    if not progress.tokens:
        return f"{progress.done} segments, {progress.proposed} claims"
    return (
        f"{progress.done} segments, {progress.proposed} claims, "
        f"{progress.tokens:,} tokens, {progress.cached} cached"
    )
