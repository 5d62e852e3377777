"""
Ask a language model for structured answers, over any OpenAI-compatible server.

The one room that knows openai, instructor and tenacity; their exceptions stop
here. tenacity alone retries: the client's own retries are off, and instructor
is told when to stop asking again.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import instructor
import openai
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, SecretStr, ValidationError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from claimx.cache import AnswerCache, request_key
from claimx.cost import Budget
from claimx.errors import (
    ClaimxError,
    InputError,
    ModelError,
    ModelOutputInvalid,
    ModelRefused,
    ModelUnavailable,
    NotAsked,
)
from claimx.prompts import Message
from claimx.records import Usage, join_usage
from claimx.settings import Settings

_log = logging.getLogger(__name__)
logging.getLogger("instructor").addHandler(logging.NullHandler())  # its errors are raised too

_MODES = MappingProxyType(
    {
        "json_schema": instructor.Mode.JSON_SCHEMA,
        "json": instructor.Mode.JSON,
        "tools": instructor.Mode.TOOLS,
        "markdown_json": instructor.Mode.MD_JSON,
    }
)
_PARSE_ERRORS = (ValueError, AssertionError)  # of pydantic and json; of a refusal
_TRANSIENT_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_BACKOFF = wait_random_exponential(multiplier=0.5, max=60)  # AWS "full jitter", 0.5 s to 1 min
_sleep = asyncio.sleep  # tests put a clock of their own here

T = TypeVar("T", bound=BaseModel)
Note = Callable[[str, dict[str, Any]], None]  # takes the key and body of a request


@dataclass(frozen=True)
class Answer(Generic[T]):
    """
    What came of one question: *value* where it fitted the schema, else *error*.

    *text* is the last answer as it came. *cut_off* says that it hit
    ``max_tokens``. *created* is when it was made, in seconds since 1970.
    """

    value: T | None
    text: str
    usage: Usage
    created: int | None
    error: str | None = None
    cut_off: bool = False


@dataclass
class Traffic:
    """What a run cost in requests so far; for people, never part of a table."""

    sent: int = 0
    answered: int = 0
    cached: int = 0
    usage: Usage = field(default_factory=Usage)


class Model:
    """
    A model behind a server. Use `open_model` to get one.

    Args:
        settings: *model* must be set, and *base_url* or *api_key*.
        cache: Where answers are kept; asked first.
    """

    def __init__(self, settings: Settings, cache: AnswerCache) -> None:
        self._settings = settings
        self._cache = cache
        self._budget = Budget(settings)
        self._client = _connect(settings)
        # instructor's types know a synchronous create only
        self._create: Any = instructor.patch(create=self._complete, mode=_MODES[settings.mode])
        self._under_way: dict[str, asyncio.Task[ChatCompletion]] = {}
        self._refusal: ModelError | None = None
        self.traffic = Traffic()

    async def ask(
        self, messages: list[Message], schema: type[T], *, seed: int | None = None
    ) -> Answer[T]:
        """
        Ask *messages* and return the answer as a *schema*.

        An answer that does not fit is asked again with the errors, up to
        ``settings.attempts`` times; then it comes back with *value* None.

        Args:
            messages: Chat messages, each with a role and content.
            schema: Pydantic model of the answer; field descriptions are sent.
            seed: Sent instead of ``settings.seed``.

        Raises:
            ModelUnavailable: If the server could not be reached or was too busy.
            ModelRefused: If it will never answer: every later question fails alike.
            OfflineMiss: If a cassette is playing and has no such answer.
        """
        again = AsyncRetrying(
            stop=stop_after_attempt(self._settings.attempts),
            retry=retry_if_exception_type(_PARSE_ERRORS),
            reraise=True,
        )
        request = _request_fields(self._settings) | ({} if seed is None else {"seed": seed})
        try:
            value = await self._create(
                response_model=_wrap_schema(schema), messages=messages, max_retries=again, **request
            )
        except IncompleteOutputException as exc:
            return _read_answer(None, exc.last_completion, error="cut off", cut_off=True)
        except InstructorRetryException as exc:
            if isinstance(exc.__cause__, ClaimxError):
                raise exc.__cause__ from None
            if exc.last_completion is None:
                raise ModelOutputInvalid(f"{type(exc.__cause__).__name__}: {exc}") from exc
            return _read_answer(None, exc.last_completion, error=_explain(exc.__cause__))
        plain = schema.model_validate(value.model_dump())  # instructor returns a class of its own
        return _read_answer(plain, value._raw_response)

    async def _complete(self, **request: Any) -> ChatCompletion:
        """Answer *request* from the cache, from the same request under way, or the server."""
        key = request_key(self._settings.base_url, request)
        if kept := self._cache.find(key):
            try:
                completion = ChatCompletion.model_validate(kept)
            except ValidationError:
                _log.warning("cache: entry %s is no answer; asking again.", key[:12])
            else:
                self.traffic.cached += 1
                return completion
        if (task := self._under_way.get(key)) is None:
            task = asyncio.ensure_future(self._send_and_keep(key, request))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await task

    async def _send_and_keep(self, key: str, request: dict[str, Any]) -> ChatCompletion:
        completion = await self._send(request)
        self._cache.keep(key, completion.model_dump(mode="json", exclude_none=True))
        return completion

    async def _send(self, request: dict[str, Any]) -> ChatCompletion:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.attempts)
            | stop_before_delay(self._settings.patience_s),
            wait=_wait,
            retry=retry_if_exception(_is_transient),
            before_sleep=self._log_retry,
            sleep=_sleep,
            reraise=True,
        )
        try:
            return await retrying(self._send_once, request)
        except ClaimxError:
            raise
        except Exception as exc:
            error = self._translate(exc)
            unreachable = isinstance(error, ModelUnavailable) and self.traffic.answered == 0
            if unreachable or isinstance(error, ModelRefused):
                self._refusal = error
            raise error from exc

    async def _send_once(self, request: dict[str, Any]) -> ChatCompletion:
        if self._refusal is not None:
            raise self._refusal
        async with self._budget.hold(request) as spend:
            completion = await self._post(request)
            usage = _read_usage(completion)
            spend(usage)
        self.traffic.usage = join_usage((self.traffic.usage, usage))
        return completion

    async def _post(self, request: dict[str, Any]) -> ChatCompletion:
        self.traffic.sent += 1
        try:
            # post, not chat.completions.create, which spends half a millisecond on renaming fields
            completion = await self._client.post(
                "/chat/completions", cast_to=ChatCompletion, body=request
            )
        except openai.APIConnectionError as exc:
            if isinstance(exc.__cause__, ClaimxError):  # the cassette spoke, not the network
                raise exc.__cause__ from None
            raise
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise _NotACompletionError(f"answered no chat completion: {str(completion)[:80]!r}")
        self.traffic.answered += 1
        return completion

    def _translate(self, exc: Exception) -> ModelError:
        """Say *exc* in one line, as an error of ours."""
        where, tried = self._where(), f"after {self._settings.attempts} attempts"
        match exc:
            case openai.APIStatusError():
                return self._translate_status(exc)
            case openai.APITimeoutError():
                return ModelUnavailable(
                    f"{where}: no answer within {self._settings.timeout_s:g} s, {tried}. "
                    "Raise --timeout, or run again: answers so far are kept."
                )
            case openai.APIConnectionError():
                return ModelUnavailable(
                    f"{where}: cannot be reached {tried} "
                    f"({self._redact(str(exc.__cause__ or exc))}). Is the server running?"
                )
            case _:
                reason = self._redact(f"{type(exc).__name__}: {exc}")
                return ModelUnavailable(
                    f"{where}: unusable answer {tried} ({reason}). Is it an OpenAI-compatible API?"
                )

    def _translate_status(self, exc: openai.APIStatusError) -> ModelError:
        where, status, model = self._where(), exc.status_code, self._settings.model
        if status in (401, 403):
            return ModelRefused(
                f"{where}: key refused (HTTP {status}). Set OPENAI_API_KEY to one that may "
                f"use {model}."
            )
        if status == 404:
            return ModelRefused(
                f"{where}: no model {model!r} (HTTP 404). Check --model and --base-url."
            )
        if status in _TRANSIENT_STATUS:
            return ModelUnavailable(
                f"{where}: HTTP {status} after {self._settings.attempts} attempts. "
                "Run again later: answers so far are kept."
            )
        return ModelOutputInvalid(f"{where}: HTTP {status}, {self._redact(exc.message)}")

    def _log_retry(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        _log.info(
            "%s: %s; attempt %d of %d failed, waiting %.1f s",
            self._where(),
            self._redact(str(error)),
            state.attempt_number,
            self._settings.attempts,
            wait,
        )

    def _where(self) -> str:
        address = urlsplit(str(self._client.base_url))
        return address.hostname or "server" if not address.port else address.netloc.split("@")[-1]

    def _redact(self, text: str) -> str:
        key = self._settings.api_key
        text = text if key is None else text.replace(key.get_secret_value(), "***")
        return " ".join(text.split())[:200]


class _NotACompletionError(Exception):
    """The server answered with HTTP 200, but not with a chat completion."""


@asynccontextmanager
async def open_model(settings: Settings) -> AsyncIterator[Model]:
    """Open the model and cache that *settings* name, and close both afterwards."""
    offline = settings.replay is not None or settings.record is not None
    cache = AnswerCache(None if offline else settings.cache, settings.cache_mb)
    model = Model(settings, cache)
    try:
        yield model
    finally:
        await model._client.close()
        cache.close()


class Planner(Model):
    """A model that answers from its cache alone; *note* gets each request that is not there."""

    def __init__(self, settings: Settings, cache: AnswerCache, note: Note) -> None:
        super().__init__(settings, cache)
        self._note = note

    async def _send_and_keep(self, key: str, request: dict[str, Any]) -> ChatCompletion:
        self._note(key, request)
        raise NotAsked("not asked: this only plans")


@asynccontextmanager
async def open_planner(settings: Settings, note: Note) -> AsyncIterator[Planner]:
    """Open what rehearses a run: no key is needed, and nothing is sent."""
    keyless = {"api_key": SecretStr("none"), "max_cost": None}
    folder = None if settings.record is not None else settings.cache
    cache = AnswerCache(folder, settings.cache_mb)
    planner = Planner(settings.model_copy(update=keyless), cache, note)
    try:
        yield planner
    finally:
        await planner._client.close()
        cache.close()


def _connect(settings: Settings) -> openai.AsyncOpenAI:
    if settings.api_key is None and settings.base_url is None and settings.replay is None:
        raise InputError(
            f"No key for {settings.model}: set OPENAI_API_KEY, or --base-url for a local server, "
            "or --replay DIR."
        )
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    return openai.AsyncOpenAI(
        api_key=key,
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=0,
    )


@lru_cache(maxsize=64)
def _wrap_schema(schema: type[BaseModel]) -> type[BaseModel]:
    """Make the class that instructor would make anew for every question."""
    return instructor.openai_schema(schema)


def _request_fields(settings: Settings) -> dict[str, Any]:
    fields = {
        "model": settings.model,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "frequency_penalty": settings.frequency_penalty,
        "max_tokens": settings.max_tokens,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _read_answer(
    value: T | None,
    completion: Any,
    error: str | None = None,
    cut_off: bool = False,
) -> Answer[T]:
    return Answer(
        value=value,
        text=_read_text(completion),
        usage=_read_usage(completion),
        created=completion.created or None,
        error=error,
        cut_off=cut_off,
    )


def _read_usage(completion: ChatCompletion) -> Usage:
    usage = completion.usage
    if usage is None:
        return Usage(answers=1)
    details = usage.prompt_tokens_details
    return Usage(
        answers=1,
        tokens_in=usage.prompt_tokens or 0,
        tokens_out=usage.completion_tokens or 0,
        tokens_cached=(details.cached_tokens if details else None) or 0,
    )


def _read_text(completion: ChatCompletion) -> str:
    message = completion.choices[0].message
    calls = message.tool_calls or []
    return message.content or "".join(
        call.function.arguments for call in calls if call.type == "function"
    )


def _explain(cause: BaseException | None) -> str:
    """Say in one line why an answer did not fit."""
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        return f"{where}: {first['msg']}"
    return " ".join(str(cause).split())[:200]


def _is_transient(exc: BaseException) -> bool:
    if isinstance(exc, openai.APIStatusError):
        return exc.status_code in _TRANSIENT_STATUS
    return isinstance(
        exc,
        (openai.APIConnectionError, _NotACompletionError, json.JSONDecodeError, UnicodeDecodeError),
    )


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asks, else back off exponentially with jitter."""
    asked = _read_retry_after(state.outcome.exception() if state.outcome else None)
    return _BACKOFF(state) if asked is None else asked


def _read_retry_after(exc: BaseException | None) -> float | None:
    """Read Retry-After in seconds: a number or an HTTP date (RFC 9110, 10.2.3)."""
    if not isinstance(exc, openai.APIStatusError):
        return None
    value = exc.response.headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
