"""
Ask a language model for structured answers, over any OpenAI-compatible server.

Exceptions of openai's client are converted here. Only tenacity retries faults; the
client's own retries are off. A busy server is not a fault: it is asked again, at
the pace of `claimx.llm.pool`. If a server refuses the form of a request, the
request is adapted by `claimx.llm.adapt`, and the adaptation remembered.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from claimx.errors import (
    ClaimxError,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    NotAsked,
    OfflineMiss,
)
from claimx.llm.adapt import Adaptation
from claimx.llm.cache import AnswerCache, Answers, request_key
from claimx.llm.cassettes import Player, read_adaptations
from claimx.llm.common import Common
from claimx.llm.completions import Completion, mend_text, parse_completion, read_json
from claimx.llm.cost import Budget
from claimx.llm.faults import (
    FAULTS,
    NotACompletionError,
    find_error,
    is_busy,
    is_fault,
    is_lost,
    is_out_of_credit,
    read_asked_pause,
    redact,
    translate,
)
from claimx.llm.inquiry import Answer, Inquiry, make_answer
from claimx.llm.keys import check_key
from claimx.llm.learn import Learner, Received
from claimx.llm.pace import read_pause
from claimx.llm.pool import Client, Fleet, Turn
from claimx.llm.prompts import Message
from claimx.llm.structured import CutOffError, Form, MisfitError, Request, Try, read_text
from claimx.providers import OPENAI
from claimx.records import Usage, join_usage
from claimx.settings import Settings

__all__ = ["Answer", "Model", "Planner", "Traffic", "open_model", "open_planner"]

_log = logging.getLogger(__name__)

_BACKOFF = wait_random_exponential(multiplier=0.5, max=60)  # AWS "full jitter", 0.5 s to 1 min
_CHARACTERS_PER_TOKEN = 4  # of English; only a first estimate of what a question costs
_LONGEST_ENVELOPE = 65536  # bytes of an answer around the model's text
_LONGEST_TOKEN = 64  # characters; longer than any token of common tokenizers except blanks
_LIMITS = ("max_completion_tokens", "max_tokens")

T = TypeVar("T", bound=BaseModel)
Note = Callable[[str, dict[str, Any]], None]  # takes the key and body of a request


@dataclass
class Traffic:
    """
    Requests and tokens of a run so far; for progress reports, never part of a table.

    *retried* counts the requests without a usable answer: faults, a busy server, a
    refused form, and answers that did not fit and were asked for again. *usage* is
    the tokens of all new answers, *wasted* those of the unusable answers to questions
    that were answered later.
    """

    sent: int = 0
    answered: int = 0
    cached: int = 0
    retried: int = 0
    usage: Usage = field(default_factory=Usage)
    wasted: Usage = field(default_factory=Usage)


class Model:
    """
    A model behind a server. Use `open_model` to get one.

    Args:
        settings: *model* must be set, and *base_url* or *api_key*.
        cache: Where answers are kept; looked up first.
        trail: The adaptations used when answers were recorded, first to last.
        beside: Another model of the run, whose budget this one shares.
        common: What it has in common with other processes of the run.
    """

    def __init__(
        self,
        settings: Settings,
        cache: Answers,
        trail: Sequence[Adaptation] = (),
        beside: "Model | None" = None,
        common: Common | None = None,
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._learner = Learner(settings, cache, trail)
        self._budget: Budget = Budget(
            settings,
            None if beside is None else beside._budget,
            None if common is None else common.gate,
        )
        self._fleet = Fleet(
            self._connect(), settings.concurrency, rpm=settings.rpm, tpm=settings.tpm
        )
        self._under_way: dict[str, asyncio.Task[Answer[Any]]] = {}
        self.traffic = Traffic()
        for server, address in zip(self._fleet.servers, settings.addresses, strict=True):
            self._learner.meet(server, address)

    def _connect(self) -> Sequence[Client]:
        """Connect to the servers, or to the cassettes that answer in their place."""
        settings = self._settings
        if settings.replay is None or settings.client is not None:
            from claimx.llm.wire import connect  # openai is slow to import

            clients = connect(settings)
            if settings.replay is None:
                return clients
        return [Player(settings.replay, one or OPENAI) for one in settings.addresses]

    @property
    def closed(self) -> ModelError | None:
        """Why the run stopped asking, if it did: every later question fails with this error."""
        return self._fleet.closed

    def stop(self, reason: ModelError) -> None:
        """Send no more requests; answers to those under way still arrive."""
        self._fleet.close(reason)

    async def close(self) -> None:
        """Close the connections, but for those of the caller's own client."""
        own = getattr(self._settings.client, "_client", None)
        for server in self._fleet.servers:
            if getattr(server.client, "_client", None) is not own:
                await server.client.close()

    async def ask(
        self, messages: list[Message], schema: type[T], *, seed: int | None = None
    ) -> Answer[T]:
        """
        Ask *messages* and return the answer in the form of *schema*.

        An answer that does not fit is asked for again with its errors, up to
        ``settings.attempts`` times; after that *value* is None.

        Args:
            messages: Chat messages, each with a role and content.
            schema: Pydantic model of the answer; field descriptions are sent.
            seed: Sent instead of ``settings.seed``.

        Raises:
            ModelUnavailable: If the server could not be reached or was too busy.
            ModelRefused: If the server refuses for good: every later question would fail, too.
            RunStopped: If the run sends no more requests.
            OfflineMiss: If a replayed cassette has no such answer.
            InputError: If no answer is kept, and the server needs a key that is missing.
        """
        fields = _request_fields(self._settings) | ({} if seed is None else {"seed": seed})
        sent = [one | {"content": mend_text(one["content"])} for one in messages]
        question = Inquiry(sent, Form(schema), fields, self._settings.mode)
        keys = [request_key(address, question.meant) for address in self._settings.addresses]
        if (answer := self._recall(question, keys)) is not None:
            return answer
        if (task := self._under_way.get(keys[0])) is None:
            task = asyncio.ensure_future(self._answer(question, keys))
            self._under_way[keys[0]] = task
            task.add_done_callback(lambda _: self._under_way.pop(keys[0], None))
        return await task

    def _recall(self, question: Inquiry[T], keys: Sequence[str]) -> Answer[T] | None:
        """Find the answer in the cache, under the key of any server of the run."""
        for key in keys:
            if not (kept := self._cache.find(key)):
                continue
            completion = parse_completion(kept)
            if completion is not None and find_error(kept, completion, {}) is None:
                try:
                    answer = _read_answer(question, completion)
                except MisfitError as exc:
                    server = self._fleet.servers[keys.index(key)]
                    if not completion.cut_off:
                        question.tries = [Try(completion, exc)]
                    elif self._settings.replay is None:
                        self._learner.give_room(
                            Received(completion, server, server.adaptation), question
                        )
                else:
                    self.traffic.cached += 1
                    return answer
            _log.warning("cache: entry %s is no answer; asking again.", key[:12])
        return None

    async def _answer(self, question: Inquiry[T], keys: Sequence[str]) -> Answer[T]:
        """
        Ask until an answer fits, and keep it under the key of the server that sent it.

        Raises:
            InputError: If the server needs a key, and there is none.
        """
        check_key(self._settings)
        spent: list[Usage] = []
        misfits = 0
        while True:
            received = await self._send(question)
            completion = received.completion
            spent.append(completion.usage)
            try:
                answer = _read_answer(question, completion)
            except MisfitError as exc:
                if completion.cut_off and self._learner.give_room(received, question):
                    self.traffic.retried += 1
                    continue
                self._learner.learn_misfit(received, question)
                misfits += 1
                if completion.cut_off or misfits == self._settings.attempts:
                    return make_answer(completion, error=str(exc), usage=join_usage(spent))
                question.correct(completion, exc)
            else:
                place = self._fleet.servers.index(received.server)
                address = self._settings.addresses[place]
                self._learner.note_fit(received.server, received.asked, address)
                self._cache.keep(keys[place], completion.raw)
                self.traffic.wasted = join_usage((self.traffic.wasted, *spent[:-1]))
                return answer

    async def _send(self, question: Inquiry[Any]) -> Received:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.attempts),
            wait=_wait,
            retry=retry_if_exception(is_fault),
            before_sleep=self._note_retry,
            sleep=self._fleet.rest,
            reraise=True,
        )
        try:
            return await retrying(self._send_patiently, question)
        except ClaimxError:
            raise
        except Exception as exc:
            error = translate(exc, self._where(exc), self._settings)
            alive = self.traffic.answered > 0 or getattr(exc, "inside", False)
            unreachable = isinstance(error, ModelUnavailable) and not alive
            if unreachable or isinstance(error, ModelRefused):
                self._fleet.close(error)
            self._fleet.note_given_up(error)
            # a traceback shows the cause unchanged, so hide one in which the server repeats the key
            raise error from (exc if redact(text := str(exc), self._settings) in text else None)

    async def _send_patiently(self, question: Inquiry[Any]) -> Received:
        """Send *question*; retry a busy server until patience runs out."""
        while True:
            request = question.write(self._fleet.servers[0].adaptation)
            # check the budget first: a question that it does not allow need not wait
            async with (
                self._budget.hold(request) as spend,
                self._fleet.take_turn(_guess_tokens(request)) as turn,
            ):
                adaptation = turn.server.adaptation
                try:
                    received = await self._send_once(turn, question)
                    spend(received.completion.usage)
                    return received
                except FAULTS as exc:
                    exc.add_note(turn.server.name)
                    adapted = self._learner.learn_refusal(turn.server, adaptation, question, exc)
                    if not adapted and not self._is_worth_waiting(turn, exc):
                        raise
                    self.traffic.retried += 1

    async def _send_once(self, turn: Turn, question: Inquiry[Any]) -> Received:
        completion, headers, adaptation = await self._post(turn, question)
        tokens = completion.usage.tokens_in + completion.usage.tokens_out
        pause_s = read_pause(headers, tokens)
        if pause_s > self._settings.patience_s:
            pause_s = 0.0  # for a limit of days, say: the next request gets the error and gives up
        self._fleet.note_answer(turn, tokens, pause_s)
        self.traffic.answered += 1
        self.traffic.usage = join_usage((self.traffic.usage, completion.usage))
        return Received(completion, turn.server, adaptation)

    async def _post(
        self, turn: Turn, question: Inquiry[Any]
    ) -> tuple[Completion, Mapping[str, str], Adaptation]:
        """Post *question* in the form the server accepts; in a replay, in the form recorded."""
        miss: OfflineMiss | None = None
        for adaptation in self._learner.list_ways(turn.server, question):
            try:
                answered = await self._post_request(turn, question.write(adaptation), question)
            except OfflineMiss as exc:
                miss = exc
            else:
                self._learner.note_answer(turn.server, adaptation, question)
                return (*answered, adaptation)
        raise miss or OfflineMiss("no recorded answer")

    async def _post_request(
        self, turn: Turn, request: Request, question: Inquiry[Any]
    ) -> tuple[Completion, Mapping[str, str]]:
        self.traffic.sent += 1
        try:
            content, headers = await _exchange(turn.server.client, request)
        except ClaimxError:  # raised by the cassette, not by the network
            self.traffic.sent -= 1
            raise
        finally:
            self.traffic.retried += question.note_sent()
        return _read_completion(content, headers, request), headers

    def _is_worth_waiting(self, turn: Turn, exc: Exception) -> bool:
        """Report *exc* to the fleet; return whether the server is only too busy for now."""
        if not is_busy(exc):
            self._fleet.note_fault(turn, lost=is_lost(exc))
            turn.server.settled |= not is_fault(exc)
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
        """Return the name of the server that failed with *exc*."""
        names: list[str] = getattr(exc, "__notes__", [])
        return names[-1] if names else self._fleet.servers[0].name


@asynccontextmanager
async def open_model(
    settings: Settings, beside: Model | None = None, common: Common | None = None
) -> AsyncIterator[Model]:
    """
    Open the model and cache named in *settings*, and close both afterwards.

    The model shares the budget of *beside*, if given, and what is *common* to the
    processes of a run.
    """
    offline = settings.replay is not None or settings.record is not None
    if common is not None and not offline:
        cache: Answers = common.open_answers()
    else:
        cache = AnswerCache(None if offline else settings.cache, settings.cache_mb)
    model = Model(settings, cache, _read_trail(settings), beside, common)
    try:
        yield model
    finally:
        await model.close()
        cache.close()


class Planner(Model):
    """A model that answers from its cache alone; *note* is called with each request not in it."""

    def __init__(self, settings: Settings, cache: AnswerCache, note: Note) -> None:
        super().__init__(settings, cache)
        self._note = note

    async def _answer(self, question: Inquiry[T], keys: Sequence[str]) -> Answer[T]:
        self._note(keys[0], question.write(self._fleet.servers[0].adaptation))
        raise NotAsked("not asked: this only plans")


@asynccontextmanager
async def open_planner(settings: Settings, note: Note) -> AsyncIterator[Planner]:
    """Open a model for a dry run: no key is needed, and nothing is sent."""
    folder = None if settings.record is not None else settings.cache
    cache = AnswerCache(folder, settings.cache_mb)
    planner = Planner(settings.model_copy(update={"max_cost": None}), cache, note)
    try:
        yield planner
    finally:
        await planner.close()
        cache.close()


def _read_trail(settings: Settings) -> list[Adaptation]:
    """Return the adaptations used when the cassettes were recorded."""
    folder = settings.replay or settings.record
    if folder is None:
        return []
    return read_adaptations(folder) or ([Adaptation()] if settings.replay else [])


async def _exchange(client: Any, request: Request) -> tuple[bytes, Mapping[str, str]]:
    """Send *request* to *client*; return the body and the headers of the answer."""
    if isinstance(client, Player):
        return client.answer(request)
    from claimx.llm.wire import post

    return await post(client, request)


def _request_fields(settings: Settings) -> Request:
    fields = {
        "model": settings.model,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "frequency_penalty": settings.frequency_penalty,
        "max_tokens": settings.max_tokens,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _read_answer(question: Inquiry[T], completion: Completion) -> Answer[T]:
    """
    Read an answer that fits; if it was cut off, the part that arrived.

    Raises:
        MisfitError: If it does not fit, or has no usable part.
    """
    try:
        return make_answer(completion, question.form.read(completion))
    except CutOffError as exc:
        if read_text(completion):
            return make_answer(completion, error=str(exc))
        raise MisfitError("max_tokens were used up before the answer began") from exc


def _guess_tokens(request: Request) -> float:
    """Estimate the tokens of *request* before any answer is known; a lower bound."""
    said = sum(len(str(message.get("content") or "")) for message in request["messages"])
    return float(said / _CHARACTERS_PER_TOKEN + (_read_limit(request) or 0))


def _read_limit(request: Request) -> int | None:
    return next((request[name] for name in _LIMITS if name in request), None)


def _read_completion(content: bytes, headers: Mapping[str, str], request: Request) -> Completion:
    """
    Read a chat completion.

    Raises:
        ServerError: If the server reports an error.
        NotACompletionError: If it is no completion, or is too long for one.
    """
    most = _LONGEST_TOKEN * (_read_limit(request) or math.inf) + _LONGEST_ENVELOPE
    if len(content) > most:
        raise NotACompletionError(f"answered {len(content):,} bytes to one segment")
    body = read_json(content)
    completion = parse_completion(body)
    if (error := find_error(body, completion, headers)) is not None:
        raise error
    if completion is None:
        raise NotACompletionError(f"answered no chat completion: {_show(content)}")
    return completion


def _show(content: bytes) -> str:
    return repr(content[:400].decode("utf-8", "replace")[:80])


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asks, otherwise back off exponentially with jitter."""
    asked_s = read_asked_pause(state.outcome.exception() if state.outcome else None)
    return _BACKOFF(state) if asked_s is None else asked_s
