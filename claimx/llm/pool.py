"""
Distribute the questions of a run over servers, at the pace that limits and servers allow.

Every request passes one gate in order of arrival. It waits there for the limits,
for the end of a pause, or for a free place at a server, and goes to the least
loaded server that works.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from claimx.errors import ModelError, RunStopped
from claimx.llm.adapt import Adaptation
from claimx.llm.pace import Pace, Spacing

_clock = time.monotonic  # replaced in tests
_BREAK_AFTER = 10  # consecutive questions given up, with no answer in between


class Client(Protocol):
    """What answers requests: openai's client, or cassettes."""

    @property
    def base_url(self) -> Any:
        """The address that requests go to."""

    async def close(self) -> None:
        """Close its connections."""


@dataclass
class Server:
    """
    One server of a run: its client, its pace, and its adaptation.

    *adaptation* is what it accepts, as far as known; *settled* is true once that is
    certain. *proven* is the last adaptation that got an answer.
    """

    client: Any
    pace: Pace
    adaptation: Adaptation = field(default_factory=Adaptation)
    proven: Adaptation | None = None
    settled: bool = False

    @property
    def name(self) -> str:
        """Its host, and its port if one is given."""
        address = urlsplit(str(self.client.base_url))
        return address.hostname or "server" if not address.port else address.netloc.split("@")[-1]


@dataclass(frozen=True)
class Turn:
    """A request's place at *server*: when it was sent, and its estimated cost."""

    server: Server
    sent_at: float
    tokens: float


class Fleet:
    """
    The servers of a run, and the gate that every request passes.

    Args:
        clients: One for each server; at least one.
        concurrency: Requests under way at once, over all servers.
        rpm: Requests per minute, over all servers.
        tpm: Tokens per minute, sent and received, over all servers.
    """

    def __init__(
        self,
        clients: Sequence[Client],
        concurrency: int,
        rpm: float | None = None,
        tpm: float | None = None,
    ) -> None:
        self.servers = [Server(client, Pace(concurrency)) for client in clients]
        self.closed: ModelError | None = None
        self._requests = Spacing(rpm)
        self._tokens = Spacing(tpm)
        self._tokens_each = 0.0
        self._given_up = 0
        self._gate = asyncio.Lock()
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def take_turn(self, tokens: float) -> AsyncIterator[Turn]:
        """
        Wait for a place at a server and hold it.

        Args:
            tokens: Estimated cost of the request, used until an answer provides a better one.

        Raises:
            ModelError: The reason, if the fleet is closed.
        """
        async with self._gate:
            server = await self._wait_for_server()
            turn = Turn(server, _clock(), self._tokens_each or tokens)
            self._requests.charge(1, turn.sent_at)
            self._tokens.charge(turn.tokens, turn.sent_at)
            server.pace.under_way += 1
        try:
            yield turn
        finally:
            server.pace.under_way -= 1
            self._changed.set()

    def note_answer(self, turn: Turn, tokens: int, pause_s: float) -> None:
        """Count an answer that cost *tokens*, with the pause asked for in its headers."""
        self._given_up = 0
        turn.server.pace.note_answer()
        turn.server.pace.pause_until(_clock() + pause_s)
        if tokens:
            self._tokens.correct(tokens - turn.tokens)
            # a moving average: the estimated cost of the next questions
            self._tokens_each += (tokens - self._tokens_each) / (8 if self._tokens_each else 1)

    def note_overload(self, turn: Turn, asked_s: float | None) -> float:
        """Slow the server down; return for how many seconds it will have sent no answer."""
        return turn.server.pace.note_overload(turn.sent_at, _clock(), asked_s)

    def note_fault(self, turn: Turn, *, lost: bool) -> None:
        """Count a fault of the server; *lost* if it could not be reached."""
        turn.server.pace.note_fault(_clock(), lost=lost, has_peers=len(self.servers) > 1)

    def note_given_up(self, error: ModelError) -> None:
        """Count a question without an answer; after many in a row, close the fleet."""
        self._given_up += 1
        if self._given_up == _BREAK_AFTER:
            self.close(RunStopped(f"{self._given_up} questions in a row got no answer: {error}"))

    def close(self, reason: ModelError) -> None:
        """Let no more requests pass: those waiting and later ones raise *reason*."""
        self.closed = self.closed or reason
        self._ended.set()
        self._changed.set()

    async def rest(self, seconds: float) -> None:
        """Sleep, but wake up if the fleet is closed."""
        await _wait(self._ended, seconds)

    async def _wait_for_server(self) -> Server:
        while self.closed is None:
            self._changed.clear()
            now = _clock()
            server = min(self.servers, key=lambda one: _rank(one, now))
            ready_at = max(server.pace.ready_at, self._requests.ready_at, self._tokens.ready_at)
            if self._is_finding_out():
                ready_at = math.inf
            if ready_at <= now:
                return server
            await _wait(self._changed, ready_at - now)
        raise self.closed

    def _is_finding_out(self) -> bool:
        """Return whether the first question is under way, from which the others will learn."""
        settled = any(server.settled for server in self.servers)
        return not settled and any(server.pace.under_way for server in self.servers)


def _rank(server: Server, now: float) -> tuple[float, int]:
    """Return a sort key: the server that may be asked first, then the least loaded."""
    return max(server.pace.ready_at, now), server.pace.under_way


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait until *event* is set, at most *seconds*."""
    with suppress(TimeoutError):
        # not wait_for, which loses a cancellation that comes with the event (Python 3.11)
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            await event.wait()
