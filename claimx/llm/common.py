"""What the processes of one run have in common: its limits, and where answers are kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from claimx.llm.cache import Answers  # diskcache is slow to import


class Gate(Protocol):
    """Lets requests pass within the limits of a whole run."""

    async def enter(self, dollars: float, tokens: float) -> None:
        """
        Wait until a request that costs *dollars* at most, and about *tokens*, may be sent.

        Raises:
            BudgetSpent: If the limits leave no room for it.
            RunStopped: If the run asks nothing more.
        """

    async def leave(self, held: float, dollars: float, tokens: float) -> None:
        """Note what a request cost for which *held* dollars were reserved."""


class Common(NamedTuple):
    """
    What the processes of one run have in common.

    *open_answers* opens what is kept of earlier answers, *gate* keeps the limits.
    """

    open_answers: "Callable[[], Answers]"
    gate: Gate | None = None
