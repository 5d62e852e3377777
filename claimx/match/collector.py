"""Python's search for cycles, which matching does without."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_collector() -> Iterator[None]:
    """Let nobody search for cycles among a million small records that have none; a fifth faster."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            kept = gc.get_freeze_count()
            gc.freeze()  # there and back, all that was made counts as old
            if not kept:
                gc.unfreeze()
            gc.enable()
