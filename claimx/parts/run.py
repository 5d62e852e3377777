"""
Run functions somewhere: what the adapters have in common.

A `Runner` calls a module-level function with each of many tuples of arguments, in
processes that may die. What died is tried again, `TRIES` times at most.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from claimx import errors
from claimx.errors import ClaimxError, InputError, name_fault
from claimx.parts.faults import Loss, is_lasting, refuse_disk
from claimx.parts.limits import Limits, Spent
from claimx.settings import EXTRACTIVE, Settings

if TYPE_CHECKING:
    from claimx.match.stages.run import Run  # its package needs pyarrow, an extra

TRIES = 3
# Of a call whose machine may have lost sight of the folder for a while.
_DISK_TRIES = 12
# Such a machine waits, so that it does not fail one call after the other that others could make.
_DISK_PAUSE_S = 10.0

Arguments = tuple[Any, ...]
Function = Callable[..., Any]


class Made(NamedTuple):
    """
    What a process makes of a call: its *value*; or why it *refused*, or how it was *lost*.

    A refusal is an error that claimx raises on purpose, by the name of its class.
    """

    value: Any = None
    refused: tuple[str, str] | None = None
    lost: Loss | None = None


def make_call(function: Function, arguments: Arguments) -> Made:
    """Call *function* in a process that must not end by an error."""
    try:
        return Made(function(*arguments))
    except ClaimxError as exc:
        return Made(refused=(type(exc).__name__, str(exc)))
    except MemoryError:
        return Made(lost=Loss("its process found no memory", of_memory=True))
    except OSError as exc:
        return _describe_fault(exc)
    except Exception as exc:  # whatever it was may pass; the last try is told
        return Made(lost=Loss(name_fault(exc)))


def _describe_fault(exc: OSError) -> Made:
    """Refuse what another try does not mend; wait for the rest, which may be this machine's."""
    if is_lasting(exc):
        refusal = refuse_disk(exc.filename or "the folder of --work", exc)
        return Made(refused=(type(refusal).__name__, str(refusal)))
    time.sleep(_DISK_PAUSE_S)
    return Made(lost=Loss(name_fault(exc), of_disk=True))


class Outcome(NamedTuple):
    """
    What came of a call: its *value*; or *error*, why it was given up.

    *begun* is false if it was never made, since the run was stopped.
    """

    value: Any = None
    error: str = ""
    begun: bool = True


class Overseer(Protocol):
    """Decides whether a run goes on, and is told how far it is."""

    def is_over(self) -> bool:
        """Return whether no further call should be made."""

    def note(self, outcome: Outcome | None, under_way: int) -> None:
        """Take note of an *outcome*, or that time has passed with *under_way* calls."""


class LimitsKeeper(Protocol):
    """Keeps the limits of a run, wherever they are held."""

    def count(self) -> Spent:
        """Count what the calls sent and spent."""

    def find_end(self) -> str:
        """Return why the limits let nothing more pass; "" while they do."""

    def stop(self, reason: str) -> None:
        """Let no more requests pass."""

    def ask_limits(self, method: str, *args: Any) -> Any:
        """Call a method of the limits for this process."""


class Runner(LimitsKeeper, Protocol):
    """Calls functions in other processes."""

    slots: int
    """How many calls are made at once."""

    def run(
        self, function: Function, calls: Sequence[Arguments], overseer: Overseer
    ) -> list[Outcome]:
        """
        Call *function* with each of *calls*; return the outcomes, in their order.

        Raises:
            ClaimxError: If a call raises one: no other would do better.
        """

    def abort(self) -> None:
        """Leave off at once what is under way."""


class NeverOver:
    """Lets a run go on, and takes no notes."""

    def is_over(self) -> bool:
        """Go on."""
        return False

    def note(self, outcome: Outcome | None, under_way: int) -> None:
        """Take no notes."""


def choose_slots(settings: Settings, processors: int) -> int:
    """Choose how many calls are made at once: no more than may ask a model."""
    slots = settings.workers or max(1, processors)
    return slots if settings.model == EXTRACTIVE else min(slots, settings.concurrency)


def make_run(runner: Runner, overseer: Overseer | None = None) -> "Run":
    """Return what runs the stages of matching with *runner*; *overseer* is told how they go on."""

    def run(function: Function, calls: Sequence[Arguments]) -> None:
        for outcome in runner.run(function, calls, overseer or NeverOver()):
            if outcome.error:
                raise InputError(
                    f"matching: {outcome.error}. Run the same command again: what is done is kept."
                )

    return run


@dataclass
class Task:
    """A call to make, and how often it was tried."""

    at: int
    arguments: Arguments
    tries: int = 0


class Queue:
    """The calls to make, and what came of those made."""

    def __init__(self, calls: Sequence[Arguments], overseer: Overseer) -> None:
        self._waiting = deque(Task(at, one) for at, one in enumerate(calls))
        self._outcomes = [Outcome(begun=False)] * len(calls)
        self._overseer = overseer
        self._under_way = 0

    def take(self) -> Task | None:
        """Return the next call to make now, if there is one."""
        if not self._waiting or self._overseer.is_over():
            return None
        self._under_way += 1
        return self._waiting.popleft()

    def settle(self, task: Task, made: Made) -> None:
        """
        Note what a process made of a call.

        Raises:
            ClaimxError: If it refused: no other would do better.
        """
        if made.refused is not None:
            name, text = made.refused
            raise getattr(errors, name)(text)
        if made.lost is not None:
            self.lose(task, made.lost)
        else:
            self._note(task, Outcome(made.value))

    def lose(self, task: Task, loss: Loss) -> None:
        """Note the *loss* of a call; it is made again, unless that was its last try."""
        task.tries += 1
        tries = _DISK_TRIES if loss.of_disk else TRIES
        if task.tries < tries:
            self._under_way -= 1
            self._waiting.append(task)
        else:
            self._note(task, Outcome(error=loss.sum_up(task.tries)))

    def wait(self) -> None:
        """Tell the overseer that time has passed."""
        self._overseer.note(None, self._under_way)

    def list_outcomes(self) -> list[Outcome]:
        """List the outcomes, in the order of the calls."""
        return self._outcomes

    def _note(self, task: Task, outcome: Outcome) -> None:
        self._under_way -= 1
        self._outcomes[task.at] = outcome
        self._overseer.note(outcome, self._under_way)


class LocalLimits:
    """The part of a runner whose limits are held in this process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._one_at_a_time = Lock()

    def count(self) -> Spent:
        """Count what the calls sent and spent."""
        return self.limits.count()

    def find_end(self) -> str:
        """Return why the limits let nothing more pass."""
        return self.limits.find_end()

    def stop(self, reason: str) -> None:
        """Let no more requests pass."""
        self.limits.stop(reason)

    def ask_limits(self, method: str, *args: Any) -> Any:
        """Call a method of the limits for this process, from any of its threads."""
        with self._one_at_a_time:
            return getattr(self.limits, method)("", *args)
