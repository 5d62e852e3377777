"""Time of the processor, for tests that hold how it grows: the best of a few tries counts."""

import time
from collections.abc import Callable
from typing import Any

_TRIES = 3
_SLACK_S = 0.1  # what may come between, whatever is measured


def measure(work: Callable[..., Any], *args: Any) -> float:
    """Measure the CPU seconds of *work*."""
    begin = time.process_time()
    work(*args)
    return time.process_time() - begin


def takes_less(limit_s: float, work: Callable[..., Any], *args: Any) -> bool:
    """Whether *work* takes less than *limit_s*; tried again only where it does not."""
    return any(measure(work, *args) < limit_s for _ in range(_TRIES))


def grows_less(
    factor: float, work: Callable[[str], Any], unit: str, counts: tuple[int, int]
) -> bool:
    """Whether *unit* many times takes less than *factor* times as long as *unit* a few times."""
    few, many = counts
    return any(
        measure(work, unit * many) < factor * measure(work, unit * few) + _SLACK_S
        for _ in range(_TRIES)
    )
