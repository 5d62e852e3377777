"""Keep a run within a limit of requests and a limit of money."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from claimx.errors import BudgetSpent, InputError
from claimx.llm.common import Gate
from claimx.llm.cost.price import describe_model, find_price, show_dollars
from claimx.llm.cost.tokens import estimate_tokens
from claimx.records import Usage
from claimx.settings import Settings

UNLIMITED = 8192  # tokens of an answer without a limit; no answer to a segment is longer
_MARGIN = 1.5  # a prompt may have more tokens than estimated; in some scripts it does


@dataclass
class _Ledger:
    """What was sent and spent, and the dollars reserved for requests under way."""

    requests: int = 0
    dollars: float = 0.0
    under_way: int = 0
    held: float = 0.0
    freed: asyncio.Condition = field(default_factory=asyncio.Condition)


class Budget:
    """
    What a run may still send and spend.

    The price of the longest possible answer is reserved before a request is sent,
    and the rest released afterwards, so that many requests under way at once cannot
    exceed *max_cost* together. Two models of a run, each with its own price, share
    one budget: the second's is *beside* the first's. A *gate* keeps the limits of all
    processes of a run.

    Raises:
        InputError: If there is a limit of money, but the price is unknown.
    """

    def __init__(
        self, settings: Settings, beside: "Budget | None" = None, gate: Gate | None = None
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._ledger: _Ledger = _Ledger() if beside is None else beside._ledger
        self._price = None if settings.max_cost is None else find_price(settings)
        if settings.max_cost is not None and self._price is None:
            raise InputError(
                f"--max-cost {settings.max_cost:g}: no price is known for "
                f"{describe_model(settings)}. Pass --price-in and --price-out, in dollars per "
                "million tokens."
            )

    @asynccontextmanager
    async def hold(self, request: dict[str, Any]) -> AsyncIterator[Callable[[Usage], None]]:
        """
        Reserve what *request* may cost; call the yielded function with the usage of its answer.

        Raises:
            BudgetSpent: If the limits leave no room for it.
        """
        tokens = self._count_tokens(request)
        most = self._estimate_most(request, tokens)
        ledger = self._ledger
        async with ledger.freed:
            await ledger.freed.wait_for(lambda: self._fits(most) or not ledger.under_way)
            self._check(most)
            ledger.requests += 1
            ledger.under_way += 1
            ledger.held += most
        try:
            async with self._pass_gate(tokens, most) as note:
                yield lambda usage: note(usage, self._spend(usage, most))
        finally:
            async with ledger.freed:
                ledger.under_way -= 1
                # reset to 0, so that no rounding error remains
                ledger.held = ledger.held - most if ledger.under_way else 0.0
                ledger.freed.notify_all()

    @asynccontextmanager
    async def _pass_gate(
        self, tokens: int, most: float
    ) -> AsyncIterator[Callable[[Usage, float], None]]:
        """Hold a place within the limits of the whole run; the yielded function notes the cost."""
        if self._gate is None:
            yield _ignore
            return
        paid = (0.0, 0.0)

        def note(usage: Usage, dollars: float) -> None:
            nonlocal paid
            paid = (dollars, float(usage.tokens_in + usage.tokens_out))

        await self._gate.enter(most, tokens)
        try:
            yield note
        finally:
            await self._gate.leave(most, *paid)

    def estimate_most(self, request: dict[str, Any]) -> float:
        """Estimate the cost of *request*, in dollars, with the longest answer allowed."""
        return self._estimate_most(request, self._count_tokens(request))

    def _count_tokens(self, request: dict[str, Any]) -> int:
        """Estimate the tokens of *request*, if there is a limit that they count for."""
        if self._price is None and self._gate is None:
            return 0
        return estimate_tokens(json.dumps(request, ensure_ascii=False))

    def _estimate_most(self, request: dict[str, Any], tokens: int) -> float:
        if self._price is None:
            return 0.0
        limits = (request.get(name) for name in ("max_completion_tokens", "max_tokens"))
        longest = next(filter(None, (*limits, self._settings.max_tokens)), UNLIMITED)
        return self._price.cost(Usage(tokens_in=int(tokens * _MARGIN), tokens_out=longest))

    def _fits(self, most: float) -> bool:
        limit = self._settings.max_cost
        return limit is None or self._ledger.dollars + self._ledger.held + most <= limit

    def _check(self, most: float) -> None:
        limit = self._settings.max_requests
        if limit is not None and self._ledger.requests >= limit:
            raise BudgetSpent(f"{say_requests_reached(limit)} {self._say_next()}")
        if not self._fits(most):
            spent = say_cost_reached(self._settings.max_cost or 0.0, self._ledger.dollars)
            raise BudgetSpent(f"{spent} {self._say_next()}")

    def _say_next(self) -> str:
        if self._settings.cache is None or self._settings.record is not None:
            return "Raise it, or keep answers with --cache to go on from here."
        return "Run the same command again to go on: answers so far are kept."

    def _spend(self, usage: Usage, most: float) -> float:
        """Count what *usage* cost, and return it."""
        if self._price is None:
            return 0.0
        counted = usage.tokens_in + usage.tokens_out > 0  # some servers report no usage
        dollars = self._price.cost(usage) if counted else most
        self._ledger.dollars += dollars
        return dollars


def say_requests_reached(limit: int) -> str:
    """Return the message that *limit* requests were sent."""
    return f"not asked: --max-requests {limit} is reached."


def say_cost_reached(limit: float, spent: float) -> str:
    """Return the message that of *limit* dollars too little is left."""
    return (
        f"not asked: --max-cost {limit:g} leaves too little for the next request "
        f"({show_dollars(spent)} spent)."
    )


def _ignore(usage: Usage, dollars: float) -> None:
    """Note nothing."""
