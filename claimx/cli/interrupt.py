"""Handle Ctrl-C and SIGTERM: the first finishes open work and writes, the second stops."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from claimx.cli.output import EXIT_INTERRUPTED, INTERRUPTED, say

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Seconds for what is under way to be cancelled, before the program is ended.
_GRACE_S = 1.0


@contextmanager
def finish_on_signal() -> Iterator[asyncio.Event]:
    """
    Yield an event that the first signal sets; a second signal cancels the current task.

    If that does not help within a second, since the task computes, the program is ended.
    Enter it inside a running event loop. Outside the main thread no signal
    arrives, so the event is never set.
    """
    stop, loop, asked = asyncio.Event(), asyncio.get_running_loop(), False
    run = asyncio.current_task()
    last: threading.Timer | None = None

    def finish() -> None:
        if stop.is_set():
            return
        stop.set()
        say("finishing what is under way; once more stops at once. Answers so far are kept.")

    def receive(*_: Any) -> None:
        nonlocal asked, last
        if last is not None:
            return
        if asked and run is not None:
            # raising here might lose the callback of the loop that is about to run, and with it
            # the task that waits for it
            loop.call_soon_threadsafe(run.cancel)
            last = threading.Timer(_GRACE_S, _end)
            last.daemon = True
            last.start()
        asked = True
        loop.call_soon_threadsafe(finish)  # never print in the middle of another print

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = [(number, signal.signal(number, receive)) for number in _SIGNALS]
    try:
        yield stop
    finally:
        if last is not None:
            last.cancel()
        for number, handler in before:
            signal.signal(number, handler)


def _end() -> None:
    """End the program at once: it computes, so that nothing else can stop it."""
    say(INTERRUPTED)
    os._exit(EXIT_INTERRUPTED)
