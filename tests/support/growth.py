"""Hold how much time something takes, on a machine that does other things too."""

import time
from collections.abc import Callable

# Four times as much: as the square, 16 times as long. The best of so many tries counts.
_STEP, _MOST, _TRIES = 4, 8, 3
# Seconds below which nothing is told.
_NOISE = 0.02


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Fail if *work* on *size* takes as long as the square of the size would."""
    ratios = []
    for number in range(_TRIES):  # another size each time, so that nothing is remembered
        short, long = (_time(work, each + number) for each in (size // _STEP, size))
        if long < _MOST * short + _NOISE:
            return
        ratios.append(f"{short:.3f} s, {long:.3f} s")
    raise AssertionError(f"time for {size // _STEP} and {size}: {'; '.join(ratios)}")


def assert_fast(work: Callable[[], object], limit_s: float) -> None:
    """Fail if *work* takes *limit_s* seconds of the processor at each try."""
    tries = []
    for _ in range(_TRIES):
        tries.append(_time(lambda _: work(), 0))
        if tries[-1] < limit_s:
            return
    raise AssertionError(f"{min(tries):.2f} s, more than {limit_s:g}")


def _time(work: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    work(size)
    return time.process_time() - start
