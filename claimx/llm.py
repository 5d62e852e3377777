"""
Ask a language model for structured answers, over any OpenAI-compatible server.

The one room that knows instructor and tenacity; their exceptions, and those of
openai's client, stop here. tenacity alone retries faults: the client's own
retries are off, and instructor is told when to stop asking again. A busy server
is no fault of a question; it is asked again, at the pace of `claimx.servers`.
"""

import asyncio
import copy
import json
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import httpx2
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
    wait_random_exponential,
)

from claimx.cache import AnswerCache, request_key
from claimx.completion import (
    dump_completion,
    parse_completion,
    read_completion,
    read_text,
    read_usage,
)
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
from claimx.pace import read_pause, read_retry_after
from claimx.prompts import Message
from claimx.records import Usage, join_usage
from claimx.servers import Fleet, Server, Turn
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
_FAULT_STATUS = frozenset({408, 409, 425, 500, 502, 504})
_BUSY_STATUS = frozenset({429, 503, 529})
_BACKOFF = wait_random_exponential(multiplier=0.5, max=60)  # AWS "full jitter", 0.5 s to 1 min
_CHARACTERS_PER_TOKEN = 4  # of English; only a first guess of what a question costs
_LONGEST_ENVELOPE = 65536  # bytes of an answer around what the model said
_NO_CREDIT = "insufficient_quota"  # OpenAI's code of a 429 that no waiting helps
_LONGEST_TOKEN = 64  # characters; tokens of common tokenizers are shorter, but for blank space

T = TypeVar("T", bound=BaseModel)
Note = Callable[[str, dict[str, Any]], None]  # takes the key and body of a request


class _NotACompletionError(Exception):
    """The server answered with HTTP 200, but not with a chat completion."""


_FAULTS = (openai.APIStatusError, openai.APIConnectionError, _NotACompletionError)


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
    """
    What a run cost in requests so far; for people, never part of a table.

    *retried* counts the answers that were of no use: faults, a busy server,
    and those that did not fit and were asked again.
    """

    sent: int = 0
    answered: int = 0
    cached: int = 0
    retried: int = 0
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
        self._fleet = Fleet(
            _connect(settings), settings.concurrency, rpm=settings.rpm, tpm=settings.tpm
        )
        # instructor's types know a synchronous create only
        self._create: Any = instructor.patch(create=self._complete, mode=_MODES[settings.mode])
        self._under_way: dict[str, asyncio.Task[ChatCompletion]] = {}
        self.traffic = Traffic()

    @property
    def closed(self) -> ModelError | None:
        """Why nothing more is asked, if that is so: every later question fails with it."""
        return self._fleet.closed

    def stop(self, reason: ModelError) -> None:
        """Ask nothing more; what is under way still comes."""
        self._fleet.close(reason)

    async def close(self) -> None:
        """Close the connections."""
        for server in self._fleet.servers:
            await server.client.close()

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
            RunStopped: If nothing more is asked in this run.
            OfflineMiss: If a cassette is playing and has no such answer.
        """
        again = AsyncRetrying(
            stop=stop_after_attempt(self._settings.attempts),
            retry=retry_if_exception_type(_PARSE_ERRORS),
            before_sleep=self._count_retry,
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
        keys = [request_key(address, request) for address in self._settings.addresses]
        if (completion := self._recall(keys)) is None:
            if (task := self._under_way.get(keys[0])) is None:
                task = asyncio.ensure_future(self._send_and_keep(keys, request))
                self._under_way[keys[0]] = task
                task.add_done_callback(lambda _: self._under_way.pop(keys[0], None))
            completion = await task
        # instructor adds up the usage of all attempts in place: it gets a copy to do so
        spent = {"usage": copy.copy(completion.usage), "spent": read_usage(completion)}
        return completion.model_copy(update=spent)

    def _recall(self, keys: Iterable[str]) -> ChatCompletion | None:
        """Find the answer of any of the servers that the run may ask."""
        for key in keys:
            if kept := self._cache.find(key):
                if (completion := parse_completion(kept)) is not None:
                    self.traffic.cached += 1
                    return completion
                _log.warning("cache: entry %s is no answer; asking again.", key[:12])
        return None

    async def _send_and_keep(self, keys: Sequence[str], request: dict[str, Any]) -> ChatCompletion:
        """Send *request*, and keep the answer under the key of the server that gave it."""
        server, completion = await self._send(request)
        self._cache.keep(keys[self._fleet.servers.index(server)], dump_completion(completion))
        return completion

    async def _send(self, request: dict[str, Any]) -> tuple[Server, ChatCompletion]:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.attempts),
            wait=_wait,
            retry=retry_if_exception(_is_fault),
            before_sleep=self._note_retry,
            sleep=self._fleet.rest,
            reraise=True,
        )
        try:
            return await retrying(self._send_patiently, request)
        except ClaimxError:
            raise
        except Exception as exc:
            error = self._translate(exc)
            unreachable = isinstance(error, ModelUnavailable) and self.traffic.answered == 0
            if unreachable or isinstance(error, ModelRefused):
                self._fleet.close(error)
            self._fleet.note_given_up(error)
            # a traceback shows the cause as it came, with a key that the server repeats
            raise error from (exc if self._redact(text := str(exc)) in text else None)

    async def _send_patiently(self, request: dict[str, Any]) -> tuple[Server, ChatCompletion]:
        """Send *request*; to a busy server again and again, while there is patience."""
        while True:
            # the budget first: who has none left waits for no turn
            async with (
                self._budget.hold(request) as spend,
                self._fleet.take_turn(_guess_tokens(request)) as turn,
            ):
                try:
                    completion = await self._send_once(turn, request)
                    spend(read_usage(completion))
                    return turn.server, completion
                except _FAULTS as exc:
                    exc.add_note(turn.server.name)
                    if not self._is_worth_waiting(turn, exc):
                        raise
                    self.traffic.retried += 1

    async def _send_once(self, turn: Turn, request: dict[str, Any]) -> ChatCompletion:
        completion, headers = await self._post(turn, request)
        usage = read_usage(completion)
        tokens = usage.tokens_in + usage.tokens_out
        pause_s = read_pause(headers, tokens)
        if pause_s > self._settings.patience_s:
            pause_s = 0.0  # a limit of days, say: the next request hears so and gives up
        self._fleet.note_answer(turn, tokens, pause_s)
        self.traffic.answered += 1
        self.traffic.usage = join_usage((self.traffic.usage, usage))
        return completion

    async def _post(
        self, turn: Turn, request: dict[str, Any]
    ) -> tuple[ChatCompletion, Mapping[str, str]]:
        self.traffic.sent += 1
        try:
            # post, not chat.completions.create, which spends half a millisecond on renaming fields
            response = await turn.server.client.post(
                "/chat/completions", cast_to=httpx2.Response, body=request
            )
        except openai.APIConnectionError as exc:
            if isinstance(exc.__cause__, ClaimxError):  # the cassette spoke, not the network
                raise exc.__cause__ from None
            raise
        return _read_completion(response, request.get("max_tokens")), response.headers

    def _is_worth_waiting(self, turn: Turn, exc: Exception) -> bool:
        """Tell the fleet of *exc*; say whether the server is only too busy for now."""
        if not isinstance(exc, openai.APIStatusError):
            lost = isinstance(exc.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout))
            self._fleet.note_fault(turn, lost=lost)
            return False
        if exc.status_code not in _BUSY_STATUS:
            self._fleet.note_fault(turn, lost=False)
            return False
        if exc.code == _NO_CREDIT:
            return False
        asked_s = read_retry_after(exc.response.headers, datetime.now(UTC))
        busy_s = self._fleet.note_overload(turn, asked_s)
        _log.info(
            "%s: too busy (HTTP %d), asking again; now %d at once",
            turn.server.name,
            exc.status_code,
            turn.server.pace.allowed,
        )
        return busy_s <= self._settings.patience_s

    def _translate(self, exc: Exception) -> ModelError:
        """Say *exc* in one line, as an error of ours."""
        where, tried = self._where(exc), f"after {self._settings.attempts} attempts"
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
        where, status, model = self._where(exc), exc.status_code, self._settings.model
        if exc.code == _NO_CREDIT:
            return ModelRefused(f"{where}: no credit left (HTTP {status}). Add some, run again.")
        if status in (401, 403):
            return ModelRefused(
                f"{where}: key refused (HTTP {status}). Set OPENAI_API_KEY to one that may "
                f"use {model}."
            )
        if status == 404:
            return ModelRefused(
                f"{where}: no model {model!r} (HTTP 404). Check --model and --base-url."
            )
        if status in _BUSY_STATUS:
            return ModelUnavailable(
                f"{where}: too busy (HTTP {status}) for longer than {self._settings.patience_s:g} "
                "s. Run again later: answers so far are kept."
            )
        if status in _FAULT_STATUS:
            return ModelUnavailable(
                f"{where}: HTTP {status} after {self._settings.attempts} attempts. "
                "Run again later: answers so far are kept."
            )
        return ModelOutputInvalid(f"{where}: HTTP {status}, {self._redact(exc.message)}")

    def _count_retry(self, _: RetryCallState) -> None:
        self.traffic.retried += 1

    def _note_retry(self, state: RetryCallState) -> None:
        self._count_retry(state)
        error = state.outcome.exception() if state.outcome else None
        _log.info(
            "%s: %s; attempt %d of %d failed, waiting %.1f s",
            self._where(error),
            self._redact(str(error)),
            state.attempt_number,
            self._settings.attempts,
            state.next_action.sleep if state.next_action else 0.0,
        )

    def _where(self, exc: BaseException | None) -> str:
        """Name the server that failed with *exc*."""
        names: list[str] = getattr(exc, "__notes__", [])
        return names[-1] if names else self._fleet.servers[0].name

    def _redact(self, text: str) -> str:
        key = self._settings.api_key
        text = text if key is None else text.replace(key.get_secret_value(), "***")
        return " ".join(text.split())[:200]


@asynccontextmanager
async def open_model(settings: Settings) -> AsyncIterator[Model]:
    """Open the model and cache that *settings* name, and close both afterwards."""
    offline = settings.replay is not None or settings.record is not None
    cache = AnswerCache(None if offline else settings.cache, settings.cache_mb)
    model = Model(settings, cache)
    try:
        yield model
    finally:
        await model.close()
        cache.close()


class Planner(Model):
    """A model that answers from its cache alone; *note* gets each request that is not there."""

    def __init__(self, settings: Settings, cache: AnswerCache, note: Note) -> None:
        super().__init__(settings, cache)
        self._note = note

    async def _send_and_keep(self, keys: Sequence[str], request: dict[str, Any]) -> ChatCompletion:
        self._note(keys[0], request)
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
        await planner.close()
        cache.close()


def _connect(settings: Settings) -> list[openai.AsyncOpenAI]:
    if settings.api_key is None and not settings.base_url and settings.replay is None:
        raise InputError(
            f"No key for {settings.model}: set OPENAI_API_KEY, or --base-url for a local server, "
            "or --replay DIR."
        )
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    return [
        openai.AsyncOpenAI(api_key=key, base_url=address, timeout=settings.timeout_s, max_retries=0)
        for address in settings.addresses
    ]


@lru_cache(maxsize=64)
def _wrap_schema(schema: type[BaseModel]) -> type[BaseModel]:
    """Make the class, and its JSON schema, that instructor would make anew for every question."""

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
        text=read_text(completion),
        usage=completion.spent,
        created=completion.created or None,
        error=error,
        cut_off=cut_off,
    )


def _guess_tokens(request: dict[str, Any]) -> float:
    """Guess what *request* costs before any answer has said so: no less than it can."""
    said = sum(len(message["content"] or "") for message in request["messages"])
    return float(said / _CHARACTERS_PER_TOKEN + request.get("max_tokens", 0))


def _read_completion(response: httpx2.Response, max_tokens: int | None) -> ChatCompletion:
    """
    Read a chat completion.

    Raises:
        _NotACompletionError: If it is none, or is longer than it can be.
    """
    most = _LONGEST_TOKEN * (max_tokens or math.inf) + _LONGEST_ENVELOPE
    if len(response.content) > most:
        raise _NotACompletionError(f"answered {len(response.content):,} bytes to one segment")
    completion = read_completion(response.content)
    if completion is None:
        raise _NotACompletionError(f"answered no chat completion: {response.text[:80]!r}")
    return completion


def _explain(cause: BaseException | None) -> str:
    """Say in one line why an answer did not fit."""
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        return f"{where}: {first['msg']}"
    return " ".join(str(cause).split())[:200]


def _is_fault(exc: BaseException) -> bool:
    """Tell whether the same request may well be answered next time."""
    if isinstance(exc, openai.APIStatusError):
        return exc.status_code in _FAULT_STATUS
    return isinstance(exc, _FAULTS)


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asks, else back off exponentially with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, openai.APIStatusError):
        asked_s = read_retry_after(error.response.headers, datetime.now(UTC))
        if asked_s is not None:
            return asked_s
    return _BACKOFF(state)
