"""Match claims in files, in other processes or on a cluster: `claimx match` with Parquet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from claimx.match.stages import Run, match_parts, run_here
from claimx.parts.faults import refusing_disk
from claimx.parts.flow import open_runner
from claimx.parts.lock import lock_folder
from claimx.parts.run import make_run
from claimx.settings import EXTRACTIVE, Settings, check_settings

MARK = "claimx-match"  # by which the folder is told from others

# Told the stage that begins, and how many calls it has.
Watch = Callable[[str, int], None]


@contextmanager
def match_files(
    parts: Sequence[Path],
    work: Path,
    watch: Watch,
    workers: int | None = None,
    ray: str | None = None,
) -> Iterator[list[Path]]:
    """
    Match the claims in *parts* as `match_parts` does, and yield the files with their groups.

    Args:
        parts: Files of Parquet; with *ray*, all its machines see them, and *work*.
        work: The folder of this matching, which is locked; files that are yielded are in it.
        watch: Told of every stage.
        workers: How many processes; one a processor if not given.
        ray: As `Settings.ray`.

    Raises:
        InputError: If a file is not of claims, or *work* is of something else or in use.
        OutputError: If *work* cannot be written.
    """
    work = work.absolute()
    model = {"model": EXTRACTIVE, "strategy": EXTRACTIVE}
    settings = check_settings({**model, "work": work, "workers": workers, "ray": ray})
    with lock_folder(work, MARK) as lock, refusing_disk(work), _open_run(settings) as run:

        def run_watched(stage: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
            lock.check()
            watch(stage.__name__.replace("_", " "), len(calls))
            run(stage, calls)

        yield match_parts([path.absolute() for path in parts], work / "match", run=run_watched)


@contextmanager
def _open_run(settings: Settings) -> Iterator[Run]:
    """Open what runs the stages; a single process needs no other."""
    if settings.ray is None and settings.workers == 1:
        yield run_here
        return
    with open_runner(settings, MARK) as runner:
        yield make_run(runner)
