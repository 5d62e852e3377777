"""Handle Ctrl-C and SIGTERM: the first finishes open work and writes, the second stops."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from claimx.cli.output import say

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def finish_on_signal() -> Iterator[asyncio.Event]:
    """
    Yield an event that the first signal sets; a second signal raises KeyboardInterrupt.

    Enter it inside a running event loop. Outside the main thread no signal
    arrives, so the event is never set.
    """
    stop, loop, asked = asyncio.Event(), asyncio.get_running_loop(), False
    run = asyncio.current_task()

    def finish() -> None:
        stop.set()
        say("finishing what is under way; once more stops at once. Answers so far are kept.")

    def receive(*_: Any) -> None:
        nonlocal asked
        if asked:
            loop.set_exception_handler(lambda *_: None)  # what is interrupted now says nothing
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)  # a third one ends it, whatever it does
            # an exception raised inside a callback of a library may be lost there
            if run is not None:
                loop.call_soon_threadsafe(run.cancel)
            raise KeyboardInterrupt
        asked = True
        loop.call_soon_threadsafe(finish)  # never print in the middle of another print

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = [(number, signal.signal(number, receive)) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in before:
            signal.signal(number, handler)
