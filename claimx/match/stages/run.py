"""
How the stages of matching are run: here, or by what `claimx.parts` has for processes and clusters.

A stage is a function of files that lie in one folder: it reads some, writes one aside, renames
it, and leaves it alone if it is there. So a stage that is tried again does no harm, and a run
that was stopped goes on where it was.
"""

from collections.abc import Callable, Sequence
from typing import Any

# Calls a function of this package with each tuple of arguments, in any order and any process, and
# returns when all calls are done. Arguments are paths, numbers, strings, and records.
Run = Callable[[Callable[..., None], Sequence[tuple[Any, ...]]], None]


def run_here(work: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
    """Call *work* with each of *calls*, one after another, in this process."""
    for arguments in calls:
        work(*arguments)
