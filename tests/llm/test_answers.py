"""Answers in every shape: what the model said is found, and a draft never is."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import diskcache
import pytest

from claimx.errors import ModelError
from claimx.llm.client import Answer, open_model
from claimx.llm.drafts import part_thinking
from claimx.settings import Settings
from tests.llm.test_llm import MESSAGES as QUESTION
from tests.llm.test_llm import Word, ask
from tests.support.server import CLAIM, Reply, Server, completion, serve

YES = '{"word": "yes"}'
DRAFT = '{"word": "draft"}'
CALL = {"id": "1", "type": "function", "function": {"name": "Word", "arguments": YES}}


def message(content: Any, **more: Any) -> dict[str, Any]:
    return completion(content, **more)


def call(arguments: Any) -> dict[str, Any]:
    return CALL | {"function": {"name": "Word", "arguments": arguments}}


READABLE = {
    # content in parts
    "a part": [{"type": "text", "text": YES}],
    "parts that join": [{"type": "text", "text": YES[:5]}, {"type": "text", "text": YES[5:]}],
    "a part with its text in an object": [{"type": "output_text", "text": {"value": YES}}],
    "a thinking part before": [
        {"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]},
        {"type": "text", "text": YES},
    ],
    "a reasoning part after": [{"type": "text", "text": YES}, {"type": "reasoning", "text": DRAFT}],
    "strings in a list": ["", YES],
    "odd parts": [None, 7, {"type": 7}, {"type": "text"}, {"type": "text", "text": YES}],
    "an object": {"type": "text", "text": YES},
    "the answer itself": {"word": "yes"},
    # thinking in the content
    "thinking with braces": f"<think>Is it {{word}}? {{}} {{</think>{YES}",
    "thinking with a draft": f"<think>{DRAFT}</think>\n\n{YES}",
    "no opening tag": f"So: {DRAFT}. Hm.\n</think>\n{YES}",
    "no opening tag, a brace": f"So {{ it is.\n</think>\n{YES}",
    "fenced answer": f"<think>{DRAFT}</think>\n```json\n{YES}\n```",
    "fenced thinking": f"```\n<think>{DRAFT}</think>\n```\n{YES}",
    "a fence of thinking": f"```thinking\n{DRAFT}\n```\n{YES}",
    "all in one fence": f"```json\n<think>{DRAFT}</think>\n{YES}\n```",
    "another tag": f"<thinking>{DRAFT}</thinking>{YES}",
    "a tag with an attribute": f'<reasoning effort="high">{DRAFT}</reasoning >{YES}',
    "brackets": f"[THINK]{DRAFT}[/THINK]{YES}",
    "channels": (
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant"
        f"<|channel|>final<|message|>{YES}"
    ),
    "two thoughts": f"<think>{DRAFT}</think> Hm. <think>{DRAFT}</think>{YES}",
    "a tag named in the thinking": f"<think>I end with </think>. {DRAFT} </think>{YES}",
    "a thought after the answer": f"{YES}<think>Was it {DRAFT}?</think>",
    "an unfinished thought after the answer": f"{YES}\n<think>Was it {DRAFT}",
    "capitals": f"<THINK>{DRAFT}</THINK>{YES}",
    # the last answer counts
    "two answers": f"{DRAFT}\nNo:\n{YES}",
    "fields of its own": '{"word": "yes", "confidence": 0.9, "why": {"a": []}}',
    "an object after the answer": f'{YES}\n{{"note": 1}}',
    "prose around": f"Sure! {YES} Hope it helps.",
    "a string of JSON": json.dumps(YES),
    "a mark of the byte order": f"\ufeff{YES}",
}


@pytest.mark.parametrize("shape", READABLE)
@pytest.mark.parametrize("mode", ["json_schema", "json", "tools", "markdown_json"])
def test_answer_is_found_in_the_content(shape: str, mode: str) -> None:
    answer, server, _ = ask(lambda *_: Reply(message(READABLE[shape])), mode=mode)
    assert answer.value == Word(word="yes")
    assert len(server.requests) == 1


MESSAGES = {
    "all in reasoning_content": message("", reasoning_content=YES),
    "all in reasoning": message(None, reasoning=f"Let me see.\n```json\n{YES}\n```\n"),
    "thinking before, in reasoning_content": message(None, reasoning_content=f"{DRAFT} No. {YES}"),
    "a draft in reasoning_content": message(YES, reasoning_content=DRAFT),
    "a call": message(None, tool_calls=[CALL]),
    "a call beside words": message("I call it.", tool_calls=[CALL]),
    "arguments as an object": message(None, tool_calls=[call({"word": "yes"})]),
    "arguments that are a string of JSON": message(None, tool_calls=[call(json.dumps(YES))]),
    "null arguments, and content": message(YES, tool_calls=[call(None)]),
    "two calls": message(None, tool_calls=[call({"facts": 1}), CALL]),
    "a call of an older kind": message(None, function_call={"name": "W", "arguments": YES}),
    "calls that are none": message(YES, tool_calls="none", function_call=7),
    "a call without a function": message(YES, tool_calls=[{"id": 1}, None]),
    "a refusal that is empty": message(YES, refusal=""),
}


@pytest.mark.parametrize("shape", MESSAGES)
@pytest.mark.parametrize("mode", ["json_schema", "tools"])
def test_answer_is_found_beside_the_content(shape: str, mode: str) -> None:
    answer, server, _ = ask(lambda *_: Reply(MESSAGES[shape]), mode=mode)
    assert answer.value == Word(word="yes")
    assert len(server.requests) == 1


BARE = {"choices": [{"message": {"content": YES}}]}
BODIES: dict[str, Any] = {
    "nothing but the choice": BARE,
    "a choice with nulls": {
        "choices": [{"index": None, "finish_reason": None, "message": {"content": YES}}],
        **dict.fromkeys(["id", "created", "model", "object", "usage"]),
    },
    "types mixed up": {
        "choices": [{"index": "0", "finish_reason": 7, "message": {"content": YES, "role": 3}}],
        "id": 1,
        "model": ["m"],
        "usage": [1],
        "created": "yesterday",
    },
    "several choices": {"choices": [BARE["choices"][0], {"message": {"content": DRAFT}}]},
    "a list of one": [BARE],
    "JSON in a string": json.dumps(json.dumps(BARE)),
    "UTF-16": json.dumps(BARE).encode("utf-16"),
    "a mark of the byte order": b"\xef\xbb\xbf" + json.dumps(BARE).encode(),
    "blank space around": f"\n\n  {json.dumps(BARE)}\n",
    "a stream": b"".join(
        b"data: " + json.dumps({"choices": [{"delta": {"content": piece}}]}).encode() + b"\n\n"
        for piece in (YES[:4], YES[4:])
    )
    + b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": null}\n\n'
    + b"data: [DONE]\n\n",
    "an error that is none": BARE | {"error": None},
}


@pytest.mark.parametrize("shape", BODIES)
def test_body_is_read_whatever_is_odd_about_it(shape: str) -> None:
    answer, server, _ = ask(lambda *_: Reply(BODIES[shape]))
    assert answer.value == Word(word="yes")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        (1_700_000_000, 1_700_000_000),
        (1_700_000_000.25, 1_700_000_000),
        (1_700_000_000_250, 1_700_000_000),
        (1_700_000_000_250_000, 1_700_000_000),
        (1_700_000_000_250_000_000.0, 1_700_000_000),
        (10**400, None),
        (1e300, None),
        (-5, None),
        (0, None),
        (0.5, None),
        (True, None),
        ("2026-01-01", None),
        (None, None),
        ([], None),
    ],
)
def test_time_is_read_in_seconds_whatever_it_is_given_in(
    created: Any, expected: int | None
) -> None:
    answer, _, _ = ask(lambda *_: Reply(message(YES) | {"created": created}))
    assert (answer.value, answer.created) == (Word(word="yes"), expected)


DRAFTS = {
    "thinking without an end": f"<think>Perhaps {DRAFT}",
    "nothing after the thinking": f"<think>Perhaps {DRAFT}</think>\n",
    "nothing after a closing tag": f"Perhaps {DRAFT}\n</think>\n\n",
    "words after the thinking": f"<think>{DRAFT}</think>I cannot say.",
}


@pytest.mark.parametrize("text", DRAFTS.values(), ids=DRAFTS)
def test_draft_in_the_thinking_is_no_answer(text: str) -> None:
    answer, server, _ = ask(lambda *_: Reply(message(text)), attempts=2)
    assert answer.value is None
    assert "draft" not in answer.text
    assert len(server.requests) == 2


@pytest.mark.parametrize("after", [" or not? I am not sure.", ' {"word": 7}'])
def test_draft_in_reasoning_content_is_no_answer(after: str) -> None:
    reply = Reply(message("", reasoning_content=DRAFT + after))
    assert ask(lambda *_: reply, attempts=1)[0].value is None


def test_thinking_is_not_repeated_to_the_model() -> None:
    bad = f"<think>{DRAFT}</think>{{}}"
    _, server, _ = ask(lambda n, _: Reply(message(YES if n else bad)))
    assert server.requests[1]["messages"][2] == {"role": "assistant", "content": "{}"}


def test_fields_of_its_own_are_left_out_at_any_depth() -> None:
    from claimx.extract.window import _answer_schema
    from claimx.llm.completions import parse_completion
    from claimx.llm.structured import Form

    said = {"claims": [CLAIM | {"x": 1}, CLAIM, CLAIM | {"y": [], "z": {}}], "note": "three"}
    completed = parse_completion(message(json.dumps(said)))
    assert completed is not None
    assert Form(_answer_schema(2)[1]).read(completed).model_dump() == {"claims": [CLAIM] * 3}


def test_tag_inside_an_answer_is_part_of_it() -> None:
    said = json.dumps({"word": "</think><think>"})
    answer, _, _ = ask(lambda *_: Reply(message(f"Here: {said}")))
    assert answer.value == Word(word="</think><think>")


def test_half_a_character_is_replaced() -> None:
    """No file, terminal or request can hold it."""
    answer, server, _ = ask(lambda n, _: Reply(message('{"word": "\ud800"}' if n else "\udfff")))
    assert answer.value == Word(word="?")
    assert server.requests[1]["messages"][2]["content"] == "?"


def test_half_a_character_in_the_article_is_replaced_in_the_question() -> None:
    """Else no request could be written, and the server would be blamed."""

    async def run(url: str) -> Answer[Word]:
        async with open_model(Settings(model="m", base_url=url, cache=None)) as model:
            return await model.ask([{"role": "user", "content": "caf\udce9"}], Word)

    with serve(lambda *_: Reply(message(YES))) as server:
        assert asyncio.run(run(server.url)).value == Word(word="yes")
        assert server.requests[0]["messages"][0]["content"] == "caf?"


@pytest.mark.parametrize("piece", ["{", '{"a":', '{"a', "<think>", "</think>", "[", "```think\n"])
def test_long_nonsense_is_read_in_no_time(piece: str) -> None:
    part_thinking(piece * (200_000 // len(piece)))


@pytest.mark.parametrize("finish", ["length", "LENGTH", "max_tokens", "MAX_TOKENS", "model_length"])
def test_answer_cut_off_is_known_by_any_name(finish: str) -> None:
    answer, _, _ = ask(lambda *_: Reply(completion('{"wor', finish_reason=finish)))
    assert answer.cut_off


BAD = {
    "prose": message("I found nothing."),
    "another schema": message('{"facts": 1}'),
    "blank": message(""),
    "null": message(None),
    "a draft": message(f"<think>{DRAFT}"),
    "all thinking": message("", finish_reason="length"),
    "half of it": message('{"wor'),
    "a refusal": message(None, refusal="I will not."),
    "stopped by an error": message(YES, finish_reason="error"),
    "an error beside it": message(YES) | {"error": {"message": "overloaded", "code": 500}},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_answer_is_never_kept(tmp_path: Path, bad: dict[str, Any]) -> None:
    """A later run asks again; its good answer is kept, and no run asks after that."""
    with suppress(ModelError):
        ask_again(tmp_path, bad, expected=None)
    assert list_kept(tmp_path) == []
    server = ask_again(tmp_path, message(YES))
    assert len(server.requests) == 1
    assert ask_again(tmp_path, BAD["prose"]).requests == []


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_answer_in_the_cache_is_asked_again_and_replaced(
    tmp_path: Path, bad: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """An earlier release may have kept it, or a batch."""
    ask_again(tmp_path, message(YES))
    spoil(tmp_path, bad)
    assert len(ask_again(tmp_path, message(YES)).requests) == 1
    assert "is no answer; asking again." in caplog.text
    assert ask_again(tmp_path, BAD["prose"]).requests == []


@pytest.mark.parametrize("bad", [[], {}, {"choices": {}}, {"choices": [[]]}, "x", {"a": 1}])
def test_nonsense_in_the_cache_is_asked_again_and_replaced(tmp_path: Path, bad: Any) -> None:
    ask_again(tmp_path, message(YES))
    spoil(tmp_path, bad)
    assert len(ask_again(tmp_path, message(YES)).requests) == 1
    assert ask_again(tmp_path, BAD["prose"]).requests == []


def ask_again(folder: Path, body: dict[str, Any], expected: str | None = "yes") -> Server:
    """Ask as another run does, of a server at the same address, and expect its answer."""
    settings = {"base_url": "http://127.0.0.1:9/v1", "cache": folder, "model": "m", "attempts": 1}

    async def run(url: str) -> Answer[Word]:
        async with open_model(Settings.model_validate(settings)) as model:
            for one in model._fleet.servers:
                one.client.base_url = url  # type: ignore[assignment]
            return await model.ask(QUESTION, Word)

    with serve(lambda *_: Reply(body)) as server:
        value = asyncio.run(run(server.url)).value
        assert value == (expected and Word(word=expected))
        return server


def list_kept(folder: Path) -> list[Any]:
    """List the completions in the cache."""
    with diskcache.Cache(str(folder), disk=diskcache.JSONDisk) as kept:
        return [kept[key] for key in kept if "choices" in kept[key]]


def spoil(folder: Path, answer: Any) -> None:
    """Put *answer* in the place of every answer in the cache."""
    with diskcache.Cache(str(folder), disk=diskcache.JSONDisk) as kept:
        for key in list(kept):
            kept[key] = answer
