"""Show how far a run is: a bar in a terminal or a notebook, and nothing in a file or pipe."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from claimx.pipeline.asking import Progress, Watcher

if TYPE_CHECKING:
    from rich.console import Console

# What tells rich that something else than a terminal shows a bar.
_SHOWING = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@contextmanager
def show_progress(console: "Console | None" = None) -> Iterator[Watcher]:
    """Open a bar on *console*, stderr by default, and return what moves it."""
    if console is None and not _may_show():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = console or Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("documents; {task.description}"),
        TimeElapsedColumn(),
    )
    hidden = not (console.is_terminal or console.is_jupyter)
    with Bar(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)

        def watch(progress: Progress) -> None:
            bar.update(
                task,
                total=progress.documents,
                completed=progress.finished,
                description=_describe(progress),
            )

        yield watch


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
