"""Compute a property once, when it is first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Once(Generic[Value]):
    """
    Decorate a method as a property that is computed once.

    As `functools.cached_property`, which up to Python 3.11 takes a lock each time: more than a
    microsecond, and two claims are compared in some thirty.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> Value:
        """Compute the value, and leave it on *owner*, where it is found from then on."""
        value = owner.__dict__[self._name] = self._compute(owner)
        return value
