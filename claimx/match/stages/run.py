"""
How the stages of matching are run: here, in processes, or on a cluster.

A stage is a function of files that lie in one folder: it reads some, writes one aside, renames
it, and leaves it alone if it is there. So a stage that is tried again does no harm, and a run
that was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

# Calls a function of this package with each tuple of arguments, in any order and any process, and
# returns when all calls are done. Arguments are paths, numbers, strings, and records.
Run = Callable[[Callable[..., None], Sequence[tuple[Any, ...]]], None]


def run_here(work: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
    """Call *work* with each of *calls*, one after another, in this process."""
    for arguments in calls:
        work(*arguments)


@contextmanager
def run_in_processes(count: int) -> Iterator[Run]:
    """Make the calls of each stage in *count* processes of this machine; in this one if 1."""
    if count <= 1:
        yield run_here
        return
    with ProcessPoolExecutor(count, get_context("spawn")) as pool:

        def run(work: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
            for call in [pool.submit(work, *arguments) for arguments in calls]:
                call.result()

        try:
            yield run
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
