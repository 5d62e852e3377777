"""Show how far a run is: a bar in a terminal or a notebook, and nothing in a file or pipe."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from claimx.pipeline.asking import Progress, Watcher


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[Watcher]:
    """Open a bar on *console*, stderr by default, and return what moves it."""
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


def _describe(progress: Progress) -> str:
    if not progress.tokens:
        return f"{progress.done} segments, {progress.proposed} claims"
    return (
        f"{progress.done} segments, {progress.proposed} claims, "
        f"{progress.tokens:,} tokens, {progress.cached} cached"
    )
