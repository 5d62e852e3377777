"""Sharing questions among servers: one gate, shared back-off, a breaker, dead servers."""

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import BaseModel

from claimx.errors import ModelError, ModelRefused, ModelUnavailable, RunStopped
from claimx.llm.client import Traffic, open_model
from claimx.settings import Settings
from tests.support.server import Reply, Script, Server, completion, serve

GOOD = Reply(completion('{"word": "yes"}'))  # 15 tokens
DEAD = "http://127.0.0.1:9/v1"


class Word(BaseModel):
    """An answer of one word."""

    word: str


def ask_many(count: int, urls: list[str], **options: Any) -> tuple[list[Any], Traffic]:
    """Ask *count* different questions at once; errors stand among the answers."""

    async def run() -> tuple[list[Any], Traffic]:
        settings = Settings.model_validate(
            {"model": "m", "base_url": urls, "cache": None, "concurrency": 8} | options
        )
        slots = asyncio.Semaphore(settings.concurrency)
        async with open_model(settings) as model:

            async def ask(number: int) -> Any:
                async with slots:
                    return await model.ask([{"role": "user", "content": f"Q{number}"}], Word)

            questions = (ask(number) for number in range(count))
            return await asyncio.gather(*questions, return_exceptions=True), model.traffic

    return asyncio.run(run())


def serve_and_ask(count: int, script: Script, **options: Any) -> tuple[list[Any], Server, Traffic]:
    with serve(script) as server:
        answers, traffic = ask_many(count, [server.url], **options)
        return answers, server, traffic


def errors_of(answers: list[Any]) -> list[ModelError]:
    return [answer for answer in answers if isinstance(answer, ModelError)]


def test_requests_a_minute_are_kept(waits: list[float]) -> None:
    """At 600 a minute the last of 60 goes out after 5.9 s, not sooner and hardly later."""
    answers, _, _ = serve_and_ask(60, lambda *_: GOOD, rpm=600)
    assert not errors_of(answers)
    assert sum(waits) == pytest.approx(5.9, rel=0.1)


def test_tokens_a_minute_are_kept(waits: list[float]) -> None:
    """The first guess is too high; answers (15 tokens each) correct it."""
    serve_and_ask(200, lambda *_: GOOD, tpm=15 * 600, max_tokens=16)
    assert sum(waits) == pytest.approx(20, rel=0.1)


def test_one_busy_answer_slows_all(waits: list[float]) -> None:
    """After one 429 with Retry-After nobody sends until the time is over."""
    sent_at: list[float] = []

    def script(number: int, _: dict[str, Any]) -> Reply:
        sent_at.append(sum(waits))
        busy = Reply({}, status=429, headers={"retry-after": "30"})
        return busy if number == 1 else Reply(GOOD.body, delay_s=0.02 * (number > 0))

    answers, server, traffic = serve_and_ask(40, script, concurrency=4)
    assert not errors_of(answers)
    assert (len(server.requests), traffic.retried) == (41, 1)
    assert sum(29 < at < 31 for at in sent_at) == 36  # the first, and four under way then


def test_busy_server_is_asked_until_it_answers(waits: list[float]) -> None:
    """A question is not lost to more 429s than it has attempts."""
    busy = Reply({}, status=429)
    answers, _, traffic = serve_and_ask(1, lambda n, _: busy if n < 8 else GOOD, attempts=1)
    assert not errors_of(answers)
    assert traffic.retried == 8
    assert sum(waits) > 30


def test_server_that_stays_busy_ends_the_run_after_the_patience(waits: list[float]) -> None:
    answers, _, _ = serve_and_ask(5, lambda *_: Reply({}, status=503), patience_s=100)
    assert {type(error) for error in errors_of(answers)} == {ModelUnavailable}
    assert len(answers) == len(errors_of(answers))
    assert "too busy (HTTP 503) for longer than 100 s" in str(answers[0])
    assert sum(waits) < 200


def test_limit_announced_in_headers_is_honoured(waits: list[float]) -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}
    last = Reply(GOOD.body, headers=headers)
    _, _, traffic = serve_and_ask(2, lambda n, _: GOOD if n else last, concurrency=1)
    assert sum(waits) == pytest.approx(20, abs=0.5)
    assert traffic.retried == 0


def test_limit_of_days_is_not_waited_for(waits: list[float]) -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "24h"}
    serve_and_ask(2, lambda *_: Reply(GOOD.body, headers=headers), concurrency=1)
    assert sum(waits) == 0


def test_used_up_credit_stops_at_once() -> None:
    reply = Reply({"error": {"message": "x", "code": "insufficient_quota"}}, status=429)
    answers, server, _ = serve_and_ask(9, lambda *_: reply, concurrency=1)
    assert len(server.requests) == 1
    assert {type(answer) for answer in answers} == {ModelRefused}
    assert "no credit left (HTTP 429)" in str(answers[0])


def test_many_failures_in_a_row_break_the_run() -> None:
    def script(number: int, _: dict[str, Any]) -> Reply:
        return GOOD if number < 5 else Reply({}, status=500)

    answers, server, _ = serve_and_ask(100, script, concurrency=1, attempts=2)
    assert len(server.requests) == 5 + 10 * 2
    assert "10 questions in a row got no answer: " in str(answers[-1])
    assert [type(error) for error in errors_of(answers)] == [ModelUnavailable] * 10 + [
        RunStopped
    ] * 85


def test_failures_between_answers_do_not_break_the_run() -> None:
    def script(number: int, _: dict[str, Any]) -> Reply:
        return Reply({}, status=400) if number % 10 else GOOD

    answers, server, _ = serve_and_ask(50, script, concurrency=1)
    assert (len(server.requests), len(errors_of(answers))) == (50, 45)


def test_stopped_run_ends_what_is_under_way_and_sends_nothing_more() -> None:
    async def run(server: Server) -> tuple[list[Any], int]:
        settings = Settings(model="m", base_url=server.url, cache=None, concurrency=4)
        async with open_model(settings) as model:
            tasks = [
                asyncio.create_task(model.ask([{"role": "user", "content": str(n)}], Word))
                for n in range(20)
            ]
            while len(server.requests) < 5:  # the first finds out what the server takes
                await asyncio.sleep(0.005)
            model.stop(RunStopped("told to stop"))
            return await asyncio.gather(*tasks, return_exceptions=True), len(server.requests)

    with serve(lambda *_: Reply(GOOD.body, delay_s=0.2)) as server:
        answers, _ = asyncio.run(run(server))
        assert len(server.requests) == 5
    assert sum(isinstance(answer, RunStopped) for answer in answers) == 15


def test_work_is_shared_evenly() -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(serve(lambda *_: Reply(GOOD.body, delay_s=0.02))) for _ in "ab"]
        ask_many(40, [server.url for server in slow])
        counts = [len(server.requests) for server in slow]
    assert sum(counts) == 40
    assert min(counts) >= 10


def test_slower_server_gets_less() -> None:
    with (
        serve(lambda *_: Reply(GOOD.body, delay_s=0.01)) as fast,
        serve(lambda *_: Reply(GOOD.body, delay_s=0.2)) as slow,
    ):
        ask_many(60, [slow.url, fast.url])
        assert len(fast.requests) > 2 * len(slow.requests)


def test_dead_server_costs_no_answer() -> None:
    with serve(lambda *_: GOOD) as server:
        answers, traffic = ask_many(50, [DEAD, server.url])
    assert not errors_of(answers)
    assert traffic.retried <= 10  # those under way when it was found dead, and later trials


def test_dead_server_is_tried_again_later(waits: list[float]) -> None:
    failing = Reply({}, status=500)
    with (
        serve(lambda n, _: failing if n < 3 else GOOD) as ill,
        serve(lambda *_: Reply(GOOD.body, delay_s=0.01)) as well,
    ):
        answers, _ = ask_many(60, [ill.url, well.url], rpm=60)  # a minute, at one a second
        assert len(ill.requests) > 10
    assert not errors_of(answers)
    assert sum(waits) > 50


def test_answers_of_any_server_are_kept_for_all(tmp_path: Any) -> None:
    with serve(lambda *_: GOOD) as one, serve(lambda *_: GOOD) as other:
        urls = [one.url, other.url]
        ask_many(20, urls, cache=tmp_path)
        _, traffic = ask_many(20, urls[::-1], cache=tmp_path)
    assert (traffic.sent, traffic.cached) == (0, 20)


def test_failing_server_is_named() -> None:
    with serve(lambda *_: Reply({}, status=400)) as server:
        answers, _ = ask_many(1, [server.url, DEAD])
    assert str(answers[0]).startswith(server.url.split("/")[2])
