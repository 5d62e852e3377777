"""Asking a model: faults, retries, and what is never asked twice."""

import asyncio
import errno
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import claimx
from claimx.errors import (
    InputError,
    ModelError,
    ModelOutputInvalid,
    ModelRefused,
    ModelUnavailable,
    OutputError,
)
from claimx.llm.client import Answer, Traffic, open_model
from claimx.settings import Settings
from tests.support.server import Reply, Script, Server, completion, serve

MESSAGES = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
GOOD = Reply(completion('{"word": "yes"}'))


class Word(BaseModel):
    """An answer of one word."""

    word: str


def ask(script: Script, **options: Any) -> tuple[Answer[Word], Server, Traffic]:
    """Ask one question of a server that follows *script*."""

    async def run(server: Server) -> tuple[Answer[Word], Traffic]:
        settings = Settings.model_validate(
            {"model": "m", "base_url": server.url, "cache": None} | options
        )
        async with open_model(settings) as model:
            return await model.ask(MESSAGES, Word), model.traffic

    with serve(script) as server:
        answer, traffic = asyncio.run(run(server))
        return answer, server, traffic


def first_then_good(*faults: Reply) -> Script:
    """Answer with each of *faults* once, then well."""
    return lambda number, _: faults[number] if number < len(faults) else GOOD


def test_answer_that_fits_is_returned_with_its_cost() -> None:
    answer, server, traffic = ask(lambda *_: GOOD)
    assert answer.value == Word(word="yes")
    assert (answer.usage.tokens_in, answer.usage.tokens_out) == (10, 5)
    assert answer.created == 1_700_000_000
    assert (len(server.requests), traffic.sent, traffic.answered) == (1, 1, 1)


def test_request_carries_schema_model_and_sampling_settings() -> None:
    _, server, _ = ask(lambda *_: GOOD, temperature=0.5, seed=7, max_tokens=99)
    request = server.requests[0]
    assert request["response_format"]["type"] == "json_schema"
    assert (request["temperature"], request["seed"], request["max_tokens"]) == (0.5, 7, 99)
    assert request["messages"] == MESSAGES


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"error": {"message": "slow down"}}, status=429),
        Reply({"error": {"message": "oops"}}, status=500),
        Reply("bad gateway", status=502, content_type="text/html"),
        Reply({"error": {"message": "overloaded"}}, status=529),
        Reply(completion("x" * 500), hang_up_after=20),
        Reply('{"id": "chatcmpl-1", "choi'),
        Reply("<html>hello</html>", content_type="text/html"),
        Reply({**completion(""), "choices": []}),
        Reply({**completion(""), "choices": ["yes"]}),
        Reply(b"\xff\xfe\x00garbage"),
    ],
    ids=["429", "500", "502", "529", "reset", "truncated", "html", "no-choice", "word", "not-utf8"],
)
def test_fault_of_the_moment_is_tried_again(fault: Reply) -> None:
    answer, server, _ = ask(first_then_good(fault))
    assert answer.value == Word(word="yes")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (None, (0, 0, 0)),
        ("many", (0, 0, 0)),
        ([10, 5], (0, 0, 0)),
        ({"prompt_tokens": "ten", "completion_tokens": -5}, (0, 0, 0)),
        ({"prompt_tokens": 10, "prompt_tokens_details": [4]}, (10, 0, 0)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4}}, (10, 0, 4)),
    ],
)
def test_usage_that_is_odd_costs_its_count_not_the_answer(
    usage: Any, counted: tuple[int, int, int]
) -> None:
    answer, server, _ = ask(lambda *_: Reply({**completion('{"word": "yes"}'), "usage": usage}))
    found = answer.usage
    assert (answer.value, len(server.requests)) == (Word(word="yes"), 1)
    assert (found.tokens_in, found.tokens_out, found.tokens_cached) == counted


def test_retries_have_one_owner() -> None:
    """A server that only fails gets exactly as many requests as there are attempts."""
    failing = Reply({"error": {"message": "oops"}}, status=500)
    with serve(lambda *_: failing) as server:
        settings = Settings(model="m", base_url=server.url, cache=None, attempts=3)

        async def run() -> None:
            async with open_model(settings) as model:
                await model.ask(MESSAGES, Word)

        with pytest.raises(ModelUnavailable, match=r"HTTP 500 after 3 attempts\. Run again later"):
            asyncio.run(run())
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retry_after_in_seconds_is_honoured(status: int, waits: list[float]) -> None:
    ask(first_then_good(Reply({}, status=status, headers={"retry-after": "7"})))
    assert waits == [pytest.approx(7, abs=0.1)]


@pytest.mark.parametrize("header", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_retry_after_that_is_over_costs_no_wait(header: str, waits: list[float]) -> None:
    ask(first_then_good(Reply({}, status=503, headers={"retry-after": header})))
    assert sum(waits) == 0


def test_unreadable_retry_after_falls_back_to_backing_off(waits: list[float]) -> None:
    ask(first_then_good(Reply({}, status=429, headers={"retry-after": "soon"})))
    assert 0 <= waits[0] <= 1


def test_wait_longer_than_patience_gives_up_instead() -> None:
    reply = Reply({}, status=429, headers={"retry-after": "3600"})
    with pytest.raises(ModelUnavailable, match="HTTP 429"):
        ask(lambda *_: reply, patience_s=10)


def test_slow_answer_times_out() -> None:
    with pytest.raises(ModelUnavailable, match=r"no answer within 0\.1 s"):
        ask(lambda *_: Reply(GOOD.body, delay_s=0.5), timeout_s=0.1, attempts=1)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_key_is_said_once_and_not_retried(status: int) -> None:
    """Every later question fails alike, without another request."""
    with serve(lambda *_: Reply({"error": {"message": "no"}}, status=status)) as server:
        settings = Settings(model="m", base_url=server.url, cache=None)

        async def run() -> list[Any]:
            async with open_model(settings) as model:
                first = await asyncio.gather(model.ask(MESSAGES, Word), return_exceptions=True)
                other = [{"role": "user", "content": "other"}]
                return first + await asyncio.gather(model.ask(other, Word), return_exceptions=True)

        errors = asyncio.run(run())
        assert len(server.requests) == 1
    assert [type(error) for error in errors] == [ModelRefused, ModelRefused]
    assert f"key refused (HTTP {status}). Set OPENAI_API_KEY" in str(errors[0])


def test_unknown_model_names_it() -> None:
    with pytest.raises(ModelRefused, match=r"no model 'm' \(HTTP 404\)\. Check --model"):
        ask(lambda *_: Reply({"error": {"message": "unknown"}}, status=404))


def test_bad_request_shows_what_the_server_said() -> None:
    reply = Reply({"error": {"message": "context too long"}}, status=400)
    with pytest.raises(ModelOutputInvalid, match=r"HTTP 400, .*context too long"):
        ask(lambda *_: reply)


def test_server_that_is_down_is_said_to_be_unreachable() -> None:
    settings = Settings(model="m", base_url="http://127.0.0.1:9/v1", cache=None)

    async def run() -> None:
        async with open_model(settings) as model:
            await model.ask(MESSAGES, Word)

    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9: cannot be reached after 3"):
        asyncio.run(run())


def test_answer_that_does_not_fit_is_asked_again_with_the_error() -> None:
    answer, server, _ = ask(first_then_good(Reply(completion('{"wrong": 1}'))))
    assert answer.value == Word(word="yes")
    assert len(server.requests) == 2
    assert "word" in json.dumps(server.requests[1]["messages"][2:])


def test_answer_that_never_fits_comes_back_with_its_text_and_error() -> None:
    answer, server, _ = ask(lambda *_: Reply(completion('{"wrong": 1}')), attempts=2)
    assert answer.value is None
    assert answer.text == '{"wrong": 1}'
    assert answer.error == "word: Field required"
    assert len(server.requests) == 2


def test_answer_cut_off_by_length_says_so() -> None:
    answer, server, _ = ask(lambda *_: Reply(completion('{"wor', finish_reason="length")))
    assert answer.cut_off
    assert answer.text == '{"wor'
    assert len(server.requests) == 1


def test_refusal_comes_back_as_an_error() -> None:
    refusal = Reply(completion(None, refusal="I will not."))
    answer, _, _ = ask(lambda *_: refusal, attempts=2)
    assert answer.value is None
    assert answer.error


def test_compressed_answer_is_read() -> None:
    answer, _, _ = ask(lambda *_: Reply(GOOD.body, gzip=True))
    assert answer.value == Word(word="yes")


@pytest.mark.parametrize(
    ("mode", "content"),
    [
        ("json", '{"word": "yes"}'),
        ("markdown_json", 'Sure!\n```json\n{"word": "yes"}\n```'),
    ],
)
def test_other_modes_read_their_form_of_answer(mode: str, content: str) -> None:
    answer, _, _ = ask(lambda *_: Reply(completion(content)), mode=mode)
    assert answer.value == Word(word="yes")


def test_tools_mode_reads_the_tool_call() -> None:
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "Word", "arguments": '{"word": "yes"}'},
    }
    reply = Reply(completion(None, finish_reason="tool_calls", tool_calls=[call]))
    answer, _, _ = ask(lambda *_: reply, mode="tools")
    assert answer.value == Word(word="yes")


def test_kept_answer_is_not_asked_again(tmp_path: Path) -> None:
    with serve(lambda *_: GOOD) as server:
        settings = Settings(model="m", base_url=server.url, cache=tmp_path)

        async def run() -> tuple[Answer[Word], Traffic]:
            async with open_model(settings) as model:
                return await model.ask(MESSAGES, Word), model.traffic

        first, _ = asyncio.run(run())
        second, traffic = asyncio.run(run())
        assert len(server.requests) == 1
    assert first == second
    assert (traffic.sent, traffic.cached) == (0, 1)


def test_same_question_asked_at_once_is_sent_once() -> None:
    with serve(lambda *_: Reply(GOOD.body, delay_s=0.05)) as server:
        settings = Settings(model="m", base_url=server.url, cache=None)

        async def run() -> list[Answer[Word]]:
            async with open_model(settings) as model:
                return await asyncio.gather(*(model.ask(MESSAGES, Word) for _ in range(5)))

        answers = asyncio.run(run())
        assert len(server.requests) == 1
    assert {answer.text for answer in answers} == {'{"word": "yes"}'}


def test_key_reaches_the_server_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The key is in the request's header, and in no log, error or file."""
    caplog.set_level("DEBUG")
    reply = Reply({"error": {"message": "bad key sk-marked-key"}}, status=400)
    with serve(lambda *_: reply) as server:
        settings = Settings(model="m", base_url=server.url, cache=tmp_path, api_key="sk-marked-key")

        async def run() -> None:
            async with open_model(settings) as model:
                await model.ask(MESSAGES, Word)

        with pytest.raises(ModelError) as caught:
            asyncio.run(run())
        assert server.headers[0]["authorization"] == "Bearer sk-marked-key"
    assert "sk-marked-key" not in str(caught.value)
    assert "sk-marked-key" not in repr(settings)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"sk-marked-key" not in kept


def test_model_without_key_or_server_says_what_to_set() -> None:
    async def run() -> None:
        async with open_model(Settings(model="gpt-x", cache=None)) as model:
            await model.ask([{"role": "user", "content": "Say ok."}], Word)

    with pytest.raises(InputError) as caught:
        asyncio.run(run())
    assert str(caught.value) == (
        "No key for gpt-x: set OPENAI_API_KEY, or --base-url for a local server, or --replay DIR."
    )


def test_article_is_not_taken_to_another_address() -> None:
    """A redirect is told, and not followed: with HTTP 307 the request would go with it."""
    with serve(lambda *_: GOOD) as other:
        moved = Reply(
            "", status=307, headers={"Location": f"{other.url}/chat/completions?a=secret"}
        )
        with pytest.raises(ModelRefused) as caught:
            ask(lambda *_: moved)
        assert other.requests == []
    origin = other.url.removesuffix("/v1")
    assert str(caught.value).endswith(
        f": redirects to {origin} (HTTP 307), where nothing was sent. Name that address with "
        "--base-url if you trust it."
    )


def test_answer_that_unpacks_to_too_much_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("claimx.llm.wire.MAX_ANSWER", 3_000_000)
    with pytest.raises(ModelUnavailable, match="NotACompletionError: answered more than 3 MB"):
        ask(lambda *_: Reply(" " * 9_000_000, gzip=True), attempts=1)


def test_full_disk_while_recording_is_not_blamed_on_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.txt").write_text("Acme opened a plant in Oslo on Monday.")
    with serve(lambda *_: GOOD) as server:
        options = {"model": "m", "base_url": server.url, "record": tmp_path / "tapes"}
        monkeypatch.setattr("claimx.llm.cassettes.write_whole", fail)
        with pytest.raises(OutputError, match=r"tapes: cannot be recorded there \(No space left"):
            claimx.extract(tmp_path / "a.txt", **options)
