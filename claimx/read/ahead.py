"""Fetch pages before they are asked for: a few at once, and of each host one at a time."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from itertools import islice
from typing import Generic, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

# Hosts that are asked at once, results that may wait to be taken, and addresses to choose from.
_AT_ONCE = 4
_MAX_WAITING = 32
_LOOK = 1000


class Ahead(Generic[T]):
    """
    Calls *get* in threads, with the next of the addresses that are to be expected.

    Each host's addresses are taken in order, and none before the one ahead of it is done. The
    threads end with the program.
    """

    def __init__(self, get: Callable[[str], T]) -> None:
        self._get = get
        self._lock = threading.Lock()
        self._expected: dict[str, None] = {}  # in order
        self._begun: dict[str, Future[T]] = {}
        self._busy: set[str] = set()

    def expect(self, addresses: Iterable[str]) -> None:
        """Say that *addresses* will be asked for, in this order, after those expected before."""
        with self._lock:
            self._expected |= dict.fromkeys(one for one in addresses if one not in self._begun)
            self._begin_some()

    def forget(self) -> None:
        """Expect nothing more; what is under way is finished."""
        with self._lock:
            self._expected.clear()

    def take(self, address: str) -> T:
        """Return what *get* gives for *address*, or raise what it raises."""
        with self._lock:
            future = self._begun.get(address) or self._begin(address)
        try:
            return future.result()
        finally:
            with self._lock:
                self._begun.pop(address, None)
                self._begin_some()

    def _begin_some(self) -> None:
        for address in list(islice(self._expected, _LOOK)):
            if len(self._busy) >= _AT_ONCE or len(self._begun) >= _MAX_WAITING:
                return
            if _name_host(address) not in self._busy:
                self._begin(address)

    def _begin(self, address: str) -> Future[T]:
        future: Future[T] = Future()
        self._expected.pop(address, None)
        self._begun[address] = future
        self._busy.add(_name_host(address))
        threading.Thread(target=self._work, args=(address, future), daemon=True).start()
        return future

    def _work(self, address: str, future: Future[T]) -> None:
        try:
            result = self._get(address)
        except BaseException as exc:
            future.set_exception(exc)
        else:
            future.set_result(result)
        with self._lock:
            self._busy.discard(_name_host(address))
            self._begin_some()


def _name_host(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()
