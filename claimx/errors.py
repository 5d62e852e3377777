"""
What can go wrong, drawn as a tree.

ClaimxError
├── InputError            this file or text cannot be used
├── OutputError           the result cannot be written there
├── PromptError           prompt file missing, or a placeholder unfilled
└── ModelError            asked, no usable answer
    ├── ModelRefused          wrong key, unknown model: asking again is useless
    ├── ModelUnavailable      network, 429, 5xx after the last attempt
    ├── ModelOutputInvalid    answer never fitted the schema
    ├── RunStopped            nothing more is asked in this run
    │   └── BudgetSpent           the limit in requests or money is reached
    ├── NotAsked              planning only: no answer is at hand
    └── OfflineMiss           replaying, and no recorded answer

A class exists only where a caller acts differently. Every message names the
thing, the offending value and the next step, on one line.

Anything else that is raised for a document is a fault of claimx or of a library. It becomes a
failure of that document, which asks to report it; `explain_fault` words it.
"""

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

_log = logging.getLogger("claimx")
# In characters: libraries put whole texts into their messages.
_MAX_WHY = 200
_STOPS = (KeyboardInterrupt, SystemExit, GeneratorExit, BaseExceptionGroup)


class ClaimxError(Exception):
    """Anything claimx raises on purpose."""


class InputError(ClaimxError):
    """This file or text cannot be used; other files still can."""


class OutputError(ClaimxError):
    """The result cannot be written where it was asked for."""


class PromptError(ClaimxError):
    """A prompt file is missing, malformed, or leaves a placeholder unfilled."""


class ModelError(ClaimxError):
    """The model was asked and gave no usable answer."""


class ModelRefused(ModelError):
    """The server will never answer this run: wrong key, unknown model, bad request."""


class ModelUnavailable(ModelError):
    """The server could not be reached, or was too busy, at the last attempt too."""


class ModelOutputInvalid(ModelError):
    """The answer never fitted the schema."""


class RunStopped(ModelError):
    """The run asks nothing more: it was told to stop, or too much failed in a row."""


class BudgetSpent(RunStopped):
    """The run's limit in requests or money leaves no room for this question."""


class NotAsked(ModelError):
    """Planning: there is no answer to this question yet, and nothing was sent."""


class OfflineMiss(ModelError):
    """Replaying, and this request has no recorded answer."""


def explain_fault(name: str, exc: BaseException) -> str:
    """
    Say that *exc*, which nobody foresaw, failed *name*; with the log at debug, where.

    Raises:
        BaseException: *exc* itself, if it is to end the program, such as an interrupt.
    """
    if is_stop(exc):
        raise exc
    if isinstance(exc, MemoryError):
        return f"{name}: needs more memory than there is. Split it."
    return ask_to_report(name, name_fault(exc), "".join(traceback.format_exception(exc)))


def ask_to_report(name: str, fault: str, trace: str) -> str:
    """Say that *fault* failed *name*, and ask to report it; log it at debug, with its *trace*."""
    _log.debug("%s: %s", name, fault, extra={"trace": trace})
    return f"{name}: a fault in claimx ({fault}). Report it, with {TRACE}."


def is_stop(exc: BaseException) -> bool:
    """
    Return whether *exc* is to end the program or a task.

    Panics of native libraries are no Exception either, and end nothing.
    """
    if isinstance(exc, Exception):
        return False
    return isinstance(exc, _STOPS) or type(exc).__name__ == "CancelledError"


def name_fault(exc: BaseException) -> str:
    """Write *exc* in one short line."""
    why = " ".join(str(exc).split())[:_MAX_WHY]
    return f"{type(exc).__name__}: {why}" if why else type(exc).__name__


TRACE = "what --debug prints"
"""What a report of a fault needs, as it is named on the command line."""

# An option in a message, with its value: "--model NAME", "--temperature 0.7".
OPTION = re.compile(r"--(?P<no>no-)?(?P<name>[a-z][a-z-]*)(?: (?P<value>[A-Z]{2,}|[\d.]*\d))?")


@contextmanager
def raising_first(kind: type[ClaimxError]) -> Iterator[None]:
    """Raise the first error of a group of *kind* by itself, as ``except*`` does from 3.11.4 on."""
    try:
        yield
    except BaseExceptionGroup as group:
        errors, others = group.split(kind)
        if errors is None or others is not None:
            raise
        raise errors.exceptions[0] from None


def name_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function*, whose errors speak of arguments where those of the shell have options."""
    from inspect import iscoroutinefunction  # needs more time than all else here

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        with _naming_arguments():
            return function(*args, **options)

    @wraps(function)
    async def acall(*args: Any, **options: Any) -> Any:
        with _naming_arguments():
            return await function(*args, **options)

    return acall if iscoroutinefunction(function) else call


@contextmanager
def _naming_arguments() -> Iterator[None]:
    try:
        yield
    except ClaimxError as exc:
        exc.args = (OPTION.sub(_name_argument, str(exc)), *exc.args[1:])
        raise


def _name_argument(option: re.Match[str]) -> str:
    """
    Name an option as an argument of Python.

    >>> OPTION.sub(_name_argument, "Raise --max-tokens, or pass --cache DIR or --no-cache.")
    'Raise max_tokens, or pass cache=DIR or cache=None.'
    """
    name = option["name"].replace("-", "_")
    value = "None" if option["no"] else option["value"]
    return f"{name}={value}" if value else name
