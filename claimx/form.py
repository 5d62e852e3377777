"""
Say in which form an answer is wanted, and read it.

The one room that knows instructor: how each way of asking for JSON is put to a
server, how its answer is validated, and how it is told what did not fit.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import instructor
from instructor.core.exceptions import IncompleteOutputException, InstructorError
from instructor.v2 import Provider, mode_registry
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ValidationError

from claimx.prompts import Message
from claimx.settings import Mode

_MODES = MappingProxyType(
    {
        "json_schema": instructor.Mode.JSON_SCHEMA,
        "json": instructor.Mode.JSON,
        "tools": instructor.Mode.TOOLS,
        "markdown_json": instructor.Mode.MD_JSON,
    }
)
# Of pydantic and json; of a refusal; of an answer whose parts are not of the usual types.
_MISFITS = (ValueError, AssertionError, TypeError, AttributeError, InstructorError)

T = TypeVar("T", bound=BaseModel)
Request = dict[str, Any]


class CutOffError(Exception):
    """The answer ended at the server's limit of tokens."""


class MisfitError(Exception):
    """The answer does not fit the form; the message says why in one line."""


class Form(Generic[T]):
    """
    The form of an answer.

    Args:
        schema: Pydantic model of the answer; field descriptions are sent.
        mode: How the server is told the schema.
    """

    def __init__(self, schema: type[T], mode: Mode) -> None:
        self._schema = schema
        self._wrapped = _wrap_schema(schema)
        self._handlers = mode_registry.get_handlers(Provider.OPENAI, _MODES[mode])

    def write_request(self, messages: Sequence[Message], fields: Request) -> Request:
        """Make the body of a request that asks *messages*, with *fields* as they are."""
        request = {"messages": list(messages), **fields}
        written: Request = self._handlers.request_handler(
            response_model=self._wrapped, kwargs=request
        )[1]
        return written

    def read(self, completion: ChatCompletion) -> T:
        """
        Read the answer.

        Raises:
            CutOffError: If it was cut off.
            MisfitError: If it does not fit.
        """
        try:
            value = self._handlers.response_parser(
                response=completion,
                response_model=self._wrapped,
                validation_context=None,
                strict=True,
                stream=False,
                is_async=True,
            )
        except IncompleteOutputException as exc:
            raise CutOffError("cut off") from exc
        except _MISFITS as exc:
            raise MisfitError(_explain(exc)) from exc
        return self._schema.model_validate(value.model_dump())  # it is of the wrapped class

    def write_correction(
        self, request: Request, completion: ChatCompletion, misfit: MisfitError
    ) -> Request:
        """Make the request that follows *request*, with its answer and what is wrong with that."""
        copied = request | {"messages": list(request["messages"])}  # it is added to in place
        written: Request = self._handlers.reask_handler(
            kwargs=copied, response=completion, exception=misfit.__cause__
        )
        return written


@lru_cache(maxsize=64)
def _wrap_schema(schema: type[BaseModel]) -> type[BaseModel]:
    """Make the class that instructor takes; its JSON schema is made once."""

    class Wrapped(instructor.openai_schema(schema)):  # type: ignore[misc]  # a class made at run time
        @classmethod
        @cache
        def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
            made: dict[str, Any] = super().model_json_schema(*args, **options)
            return made

        @classmethod
        def model_validate_json(cls, json_data: str, **options: Any) -> Any:
            _refuse_duplicates(json_data)
            return super().model_validate_json(json_data, **options)

    Wrapped.__name__ = Wrapped.__qualname__ = schema.__name__
    Wrapped.__doc__ = schema.__doc__  # sent as the description
    return Wrapped


def _refuse_duplicates(text: str) -> None:
    """Refuse an answer that gives a key twice, of which every reader would take the last."""

    def check(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise json.JSONDecodeError("a key is given twice", text, 0)

    with suppress(RecursionError):  # pydantic has a limit of its own, and says so better
        json.loads(text, object_pairs_hook=check)


def _explain(cause: Exception) -> str:
    """Say in one line why an answer did not fit."""
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        return f"{where}: {first['msg']}"
    return " ".join(str(cause).split())[:200]
