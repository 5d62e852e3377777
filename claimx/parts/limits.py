"""
Hold the requests, tokens and money of all processes of a run to one limit.

`Limits` is in the process that hands out the parts, or in one that all machines of a
cluster reach. The others ask it through the `Client` that their runner sets.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

from claimx.errors import BudgetSpent, RunStopped
from claimx.llm.cost.budget import say_cost_reached, say_requests_reached
from claimx.llm.pace import Spacing
from claimx.settings import Settings

_HELD_S = 0.2  # until the money reserved for requests under way is asked about again
_LONGEST_S = 5.0  # sleep at most, so that a stop is seen
_LAST_ANSWER_S = 60.0  # for an answer under way when nobody holds the limits any more


class Allowed(NamedTuple):
    """Whether limits allow all that the settings say; each is none if there is no limit."""

    requests: int | None = None
    dollars: float | None = None
    rpm: float | None = None
    tpm: float | None = None


class Answer(NamedTuple):
    """Whether a request may be sent: after *wait_s*, or never, because the money is *spent*."""

    wait_s: float = 0.0
    stopped: str = ""
    spent: str = ""


class Spent(NamedTuple):
    """What was sent and spent so far."""

    requests: int = 0
    tokens: int = 0
    dollars: float = 0.0


def read_allowed(settings: Settings) -> Allowed:
    """Read the limits in *settings*."""
    return Allowed(settings.max_requests, settings.max_cost, settings.rpm, settings.tpm)


class Limits:
    """
    What all processes of a run may still send and spend.

    The price of the longest answer is reserved for each request under way. That of a
    process that died counts as spent, since its server may charge it. *spent* is what the
    run had sent and spent before.
    """

    def __init__(
        self,
        allowed: Allowed,
        clock: Callable[[], float] = time.monotonic,
        spent: Spent = Spent(),  # noqa: B008  # it cannot be changed
    ) -> None:
        self._allowed = Allowed(*allowed)
        self._clock = clock
        self._requests = Spacing(self._allowed.rpm)
        self._tokens = Spacing(self._allowed.tpm)
        self._tokens_each = 0.0
        self._held: defaultdict[str, float] = defaultdict(float)
        self._spent = spent
        self._stopped = ""
        self._used_up = ""

    def enter(self, worker: str, dollars: float, tokens: float) -> Answer:
        """Let *worker* send a request that costs *dollars* at most and about *tokens*, or not."""
        if self._stopped:
            return Answer(stopped=self._stopped)
        most = self._allowed.requests
        if most is not None and self._spent.requests >= most:
            return self._use_up(say_requests_reached(most))
        limit, held = self._allowed.dollars, sum(self._held.values())
        if limit is not None and self._spent.dollars + held + dollars > limit:
            if held > 0:
                return Answer(wait_s=_HELD_S)
            return self._use_up(say_cost_reached(limit, self._spent.dollars))
        now = self._clock()
        ready_at = max(self._requests.ready_at, self._tokens.ready_at)
        if ready_at > now:
            return Answer(wait_s=ready_at - now)
        self._requests.charge(1, now)
        self._tokens.charge(self._tokens_each or tokens, now)
        self._held[worker] += dollars
        self._spent = self._spent._replace(requests=self._spent.requests + 1)
        return Answer()

    def leave(self, worker: str, held: float, dollars: float, tokens: float) -> None:
        """Note that a request of *worker*, for which *held* was reserved, cost *dollars*."""
        self._held[worker] = max(0.0, self._held[worker] - held)
        if self._held[worker] < 1e-12:  # no rounding error remains
            del self._held[worker]
        if tokens:
            each = self._tokens_each or tokens
            self._tokens.correct(tokens - each)
            self._tokens_each = each + (tokens - each) / 8
        self._spent = Spent(
            self._spent.requests, self._spent.tokens + int(tokens), self._spent.dollars + dollars
        )

    def drop(self, worker: str) -> None:
        """Count what *worker*, which died, had reserved as spent."""
        dollars = self._spent.dollars + self._held.pop(worker, 0.0)
        self._spent = self._spent._replace(dollars=dollars)

    def stop(self, reason: str) -> None:
        """Let no more requests pass."""
        self._stopped = self._stopped or reason

    def find_end(self) -> str:
        """Return why nothing more is asked; "" while something is."""
        return self._stopped or self._used_up

    def count(self) -> Spent:
        """Count what was sent and spent."""
        return self._spent

    def _use_up(self, why: str) -> Answer:
        self._used_up = f"{why} Run the same command again to go on: answers so far are kept."
        return Answer(spent=self._used_up)


Client = Callable[..., Any]
"""Calls a method of the `Limits` of the run, by name, for this process."""

_client: Client | None = None


def set_client(client: Client | None) -> None:
    """Set what this process asks the limits of the run with."""
    global _client  # noqa: PLW0603  # one a process, set by what started it
    _client = client


class LimitsLost(Exception):  # an end, and no error of anybody's
    """Nobody is there any more who holds the limits."""


class CommonGate:
    """Lets the requests of this process pass within the limits of the run."""

    def __init__(self) -> None:
        self._under_way = 0

    async def enter(self, dollars: float, tokens: float) -> None:
        """
        Wait until a request may be sent.

        If the limits are lost, what is under way is answered, kept, and the process ended.

        Raises:
            BudgetSpent: If the limits leave no room for it.
            RunStopped: If the run asks nothing more.
        """
        while True:
            try:
                answer = Answer(*await asyncio.to_thread(_ask, "enter", dollars, tokens))
            except LimitsLost:
                await self._end()
            if answer.stopped:
                raise RunStopped(answer.stopped)
            if answer.spent:
                raise BudgetSpent(answer.spent)
            if not answer.wait_s:
                self._under_way += 1
                return
            await asyncio.sleep(min(answer.wait_s, _LONGEST_S))

    async def leave(self, held: float, dollars: float, tokens: float) -> None:
        """Note what a request cost, without waiting for it: its answer is to be kept first."""
        self._under_way -= 1
        asyncio.get_running_loop().run_in_executor(None, _tell, held, dollars, tokens)

    async def _end(self) -> NoReturn:
        """End this process once what is under way is answered and kept."""
        last = time.monotonic() + _LAST_ANSWER_S
        while self._under_way and time.monotonic() < last:
            await asyncio.sleep(_HELD_S)
        await asyncio.sleep(_HELD_S)
        os._exit(1)


def _ask(method: str, *args: float) -> Any:
    return Answer() if _client is None else _client(method, *args)


def _tell(held: float, dollars: float, tokens: float) -> None:
    with suppress(LimitsLost):
        _ask("leave", held, dollars, tokens)
