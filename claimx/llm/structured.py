"""
Request an answer in a given form, and read it.

The only module that uses instructor: it writes requests for the other ways of
asking for JSON than by schema, and corrections of answers that did not fit.
Answers are read here: the last that fits counts, wherever the server put it.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from claimx.llm.completions import Completion
from claimx.llm.drafts import part_thinking
from claimx.llm.prompts import Message

if TYPE_CHECKING:  # slow to import, and only a correction needs them
    from openai.types.chat import ChatCompletion

_MODES = MappingProxyType(  # by instructor's names
    {"json_schema": "JSON_SCHEMA", "json": "JSON", "tools": "TOOLS", "markdown_json": "MD_JSON"}
)

T = TypeVar("T", bound=BaseModel)
Request = dict[str, Any]


class CutOffError(Exception):
    """The answer ended at the server's limit of tokens."""


# Reasons for an answer that ended early because a filter withheld it.
_FILTERED = frozenset({"content_filter", "safety", "recitation", "prohibited_content", "blocklist"})


class MisfitError(Exception):
    """The answer does not fit the form; the message explains why in one line."""


class Try(NamedTuple):
    """An answer that did not fit, and why."""

    completion: Completion
    misfit: MisfitError


class Form(Generic[T]):
    """
    The form of an answer.

    Args:
        schema: Pydantic model of the answer; field descriptions are sent.
    """

    def __init__(self, schema: type[T]) -> None:
        self._schema = schema

    def write_request(
        self, messages: Sequence[Message], fields: Request, mode: str, tries: Sequence[Try] = ()
    ) -> Request:
        """
        Build the body of a request.

        Args:
            messages: The messages to send.
            fields: Other fields to send, unchanged.
            mode: How to pass the schema to the server; one of `MODES`.
            tries: Earlier answers, to be corrected.
        """
        request: Request = {"messages": list(messages), **fields}
        if mode == "json_schema":  # as instructor writes it, without importing it
            request["response_format"] = _name_schema(self._schema)
            if not tries:
                return request
        from instructor import Mode  # half a second
        from instructor.v2 import Provider, mode_registry

        wrapped = _wrap_schema(self._schema)
        handlers = mode_registry.get_handlers(Provider.OPENAI, Mode[_MODES[mode]])
        if mode != "json_schema":
            request = handlers.request_handler(response_model=wrapped, kwargs=request)[1]
        for completion, misfit in tries:
            copied = request | {"messages": list(request["messages"])}  # it is appended to
            request = handlers.reask_handler(
                kwargs=copied,
                response=_repeat(completion, wrapped.__name__ if mode == "tools" else None),
                exception=misfit.__cause__ or misfit,
            )
        return request

    def read(self, completion: Completion) -> T:
        """
        Read the answer: the last one that fits, outside the model's thinking.

        Raises:
            CutOffError: If it was cut off.
            MisfitError: If it does not fit.
        """
        if completion.cut_off:
            raise CutOffError("cut off")
        misfit: Exception | None = None
        for text in _list_readings(completion):
            try:
                return self._validate(text)
            except Exception as exc:  # any error in a validator is a misfit
                misfit = misfit or exc
        if completion.refusal:
            raise MisfitError(f"refused: {' '.join(completion.refusal.split())[:200]}")
        if completion.finish in _FILTERED:
            raise MisfitError(f"stopped by the server: {completion.finish}") from misfit
        raise MisfitError(_explain(misfit)) from misfit

    def _validate(self, text: str) -> T:
        """Validate *text*, ignoring fields that the schema does not have."""
        _refuse_duplicates(text)
        try:
            return self._schema.model_validate_json(text, strict=True)
        except ValidationError as exc:
            errors = exc.errors()
            if any(one["type"] != "extra_forbidden" for one in errors):
                raise
            known = json.dumps(_drop(json.loads(text), [one["loc"] for one in errors]))
            return self._schema.model_validate_json(known, strict=True)

    def is_heeded(self, completion: Completion) -> bool:
        """Return whether a misfit may still follow the requested form, or is too short to judge."""
        text = read_text(completion)
        if not text or completion.refusal or completion.cut_off:
            return True
        return all(f'"{name}"' in text for name in self._schema.model_fields)


def _drop(value: Any, places: Sequence[tuple[int | str, ...]]) -> Any:
    """Remove the values at *places* from nested JSON."""
    for *path, name in places:
        inner = value
        for step in path:
            inner = inner[step]
        inner.pop(name, None)
    return value


def read_text(completion: Completion) -> str:
    """Return the model's text without its thinking."""
    return completion.spoken.text or "\n".join(completion.calls)


def _list_readings(completion: Completion) -> Iterator[str]:
    """
    List the candidates for the answer, best first; at least one.

    Tool arguments come last to first, then the objects of the content, or its text if
    it has none. An object in the thinking is a candidate only if there is no other
    and nothing follows it.
    """
    yield from reversed(completion.calls)
    spoken = completion.spoken
    yield from reversed(spoken.objects)
    if not (completion.calls or spoken.text):
        last = part_thinking(completion.thinking).last_words
        yield "" if last is None else last
    elif not spoken.objects and spoken.text:
        yield spoken.text


def _repeat(completion: Completion, tool: str | None) -> "ChatCompletion":
    """
    Return the completion to quote back to the model: no thinking, no unusual fields.

    Its calls are repeated as calls of *tool*, or as text if *tool* is None.
    """
    from openai.types.chat import ChatCompletion

    calls = completion.calls if tool else ()
    message: dict[str, Any] = {"role": "assistant", "content": read_text(completion) or "{}"}
    if calls:
        message["content"] = completion.spoken.text or None
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": tool, "arguments": arguments},
            }
            for number, arguments in enumerate(calls)
        ]
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return ChatCompletion.model_validate(
        {"id": "", "object": "chat.completion", "created": 0, "model": "", "choices": [choice]}
    )


@lru_cache(maxsize=64)
def _name_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """Make the field of a request that demands the form of *schema*; nobody may modify it."""
    named = {"name": schema.__name__, "schema": schema.model_json_schema()}
    return {"type": "json_schema", "json_schema": named}


@lru_cache(maxsize=64)
def _wrap_schema(schema: type[BaseModel]) -> type[BaseModel]:
    """Create the class that instructor needs; its JSON schema is built once."""
    import instructor

    class Wrapped(instructor.openai_schema(schema)):  # type: ignore[misc]  # a class made at run time
        @classmethod
        def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
            return deepcopy(cls._make_schema(*args, **options))  # instructor modifies it

        @classmethod
        @cache
        def _make_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
            made: dict[str, Any] = super().model_json_schema(*args, **options)
            return made

    Wrapped.__name__ = Wrapped.__qualname__ = schema.__name__
    Wrapped.__doc__ = schema.__doc__  # sent as the description
    return Wrapped


def _refuse_duplicates(text: str) -> None:
    """Refuse an answer with a duplicate key: every parser would silently take the last."""

    def check(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise json.JSONDecodeError("a key is given twice", text, 0)

    with suppress(RecursionError):  # pydantic has its own limit, with a better message
        json.loads(text, object_pairs_hook=check)


def _explain(cause: Exception | None) -> str:
    """Explain in one line why an answer did not fit."""
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        return f"{where}: {first['msg']}"
    if isinstance(cause, json.JSONDecodeError):
        return f"not JSON: {cause.msg}"
    return " ".join(str(cause).split())[:200]
