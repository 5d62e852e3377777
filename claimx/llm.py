"""
Ask a language model for structured answers, over any OpenAI-compatible server.

Exceptions of openai's client stop here. tenacity alone retries faults: the
client's own retries are off. A busy server is no fault of a question; it is
asked again, at the pace of `claimx.servers`.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx2
import openai
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, SecretStr
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
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
    ModelRefused,
    ModelUnavailable,
    NotAsked,
)
from claimx.faults import (
    FAULTS,
    NotACompletionError,
    is_busy,
    is_fault,
    is_lost,
    is_out_of_credit,
    read_asked_pause,
    redact,
    translate,
)
from claimx.form import CutOffError, Form, MisfitError
from claimx.pace import read_pause
from claimx.prompts import Message
from claimx.records import Usage, join_usage
from claimx.servers import Fleet, Server, Turn
from claimx.settings import Settings

_log = logging.getLogger(__name__)

_BACKOFF = wait_random_exponential(multiplier=0.5, max=60)  # AWS "full jitter", 0.5 s to 1 min
_CHARACTERS_PER_TOKEN = 4  # of English; only a first guess of what a question costs
_LONGEST_ENVELOPE = 65536  # bytes of an answer around what the model said
_LONGEST_TOKEN = 64  # characters; tokens of common tokenizers are shorter, but for blank space

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
        beside: Another model of the run, whose budget this one shares.
    """

    def __init__(
        self, settings: Settings, cache: AnswerCache, beside: "Model | None" = None
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._budget: Budget = Budget(settings, None if beside is None else beside._budget)
        self._fleet = Fleet(
            _connect(settings), settings.concurrency, rpm=settings.rpm, tpm=settings.tpm
        )
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
        form = Form(schema, self._settings.mode)
        fields = _request_fields(self._settings) | ({} if seed is None else {"seed": seed})
        request = form.write_request(messages, fields)
        for attempt in range(self._settings.attempts):
            self.traffic.retried += attempt > 0
            completion = await self._complete(request)
            try:
                return _read_answer(form.read(completion), completion)
            except CutOffError as exc:
                return _read_answer(None, completion, error=str(exc), cut_off=True)
            except MisfitError as exc:
                error = str(exc)
                request = form.write_correction(request, completion, exc)
        return _read_answer(None, completion, error=error)

    async def _complete(self, request: dict[str, Any]) -> ChatCompletion:
        """Answer *request* from the cache, from the same request under way, or the server."""
        keys = [request_key(address, request) for address in self._settings.addresses]
        if (completion := self._recall(keys)) is not None:
            return completion
        if (task := self._under_way.get(keys[0])) is None:
            task = asyncio.ensure_future(self._send_and_keep(keys, request))
            self._under_way[keys[0]] = task
            task.add_done_callback(lambda _: self._under_way.pop(keys[0], None))
        return await task

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
            retry=retry_if_exception(is_fault),
            before_sleep=self._note_retry,
            sleep=self._fleet.rest,
            reraise=True,
        )
        try:
            return await retrying(self._send_patiently, request)
        except ClaimxError:
            raise
        except Exception as exc:
            error = translate(exc, self._where(exc), self._settings)
            unreachable = isinstance(error, ModelUnavailable) and self.traffic.answered == 0
            if unreachable or isinstance(error, ModelRefused):
                self._fleet.close(error)
            self._fleet.note_given_up(error)
            # a traceback shows the cause as it came, with a key that the server repeats
            raise error from (exc if redact(text := str(exc), self._settings) in text else None)

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
                except FAULTS as exc:
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
        if not is_busy(exc):
            self._fleet.note_fault(turn, lost=is_lost(exc))
            return False
        if is_out_of_credit(exc):
            return False
        busy_s = self._fleet.note_overload(turn, read_asked_pause(exc))
        _log.info(
            "%s: too busy, asking again; now %d at once",
            turn.server.name,
            turn.server.pace.allowed,
        )
        return busy_s <= self._settings.patience_s

    def _note_retry(self, state: RetryCallState) -> None:
        self.traffic.retried += 1
        error = state.outcome.exception() if state.outcome else None
        _log.info(
            "%s: %s; attempt %d of %d failed, waiting %.1f s",
            self._where(error),
            redact(str(error), self._settings),
            state.attempt_number,
            self._settings.attempts,
            state.next_action.sleep if state.next_action else 0.0,
        )

    def _where(self, exc: BaseException | None) -> str:
        """Name the server that failed with *exc*."""
        names: list[str] = getattr(exc, "__notes__", [])
        return names[-1] if names else self._fleet.servers[0].name


@asynccontextmanager
async def open_model(settings: Settings, beside: Model | None = None) -> AsyncIterator[Model]:
    """
    Open the model and cache that *settings* name, and close both afterwards.

    It shares the budget of the model *beside* it, if there is one.
    """
    offline = settings.replay is not None or settings.record is not None
    cache = AnswerCache(None if offline else settings.cache, settings.cache_mb)
    model = Model(settings, cache, beside)
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
        openai.AsyncOpenAI(
            api_key=key,
            base_url=address,
            timeout=settings.timeout_s,
            max_retries=0,
            http_client=openai.DefaultAioHttpClient(),
        )
        for address in settings.addresses
    ]


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
    completion: ChatCompletion,
    error: str | None = None,
    cut_off: bool = False,
) -> Answer[T]:
    return Answer(
        value=value,
        text=read_text(completion),
        usage=read_usage(completion),
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
        NotACompletionError: If it is none, or is longer than it can be.
    """
    most = _LONGEST_TOKEN * (max_tokens or math.inf) + _LONGEST_ENVELOPE
    if len(response.content) > most:
        raise NotACompletionError(f"answered {len(response.content):,} bytes to one segment")
    completion = read_completion(response.content)
    if completion is None:
        raise NotACompletionError(f"answered no chat completion: {response.text[:80]!r}")
    return completion


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asks, else back off exponentially with jitter."""
    asked_s = read_asked_pause(state.outcome.exception() if state.outcome else None)
    return _BACKOFF(state) if asked_s is None else asked_s
