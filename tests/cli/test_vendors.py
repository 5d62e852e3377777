"""The commands of the README, tried against servers that behave as vendors document theirs."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claimx.table import ClaimTable
from tests.conftest import ROOT
from tests.support.articles import answer_from, write_articles
from tests.support.command import EXTRACT, Result
from tests.support.command import claimx as run
from tests.support.server import Reply, Script, completion, serve
from tests.support.vendors import (
    VENDORS,
    Body,
    answer_as_reasoning_model,
    answer_with_tools_only,
    refuse,
)

COMMANDS = [
    line.split("#")[0].split("<")[0].strip()
    for line in (ROOT / "README.md").read_text("utf-8").splitlines()
    if line.startswith("    claimx extract articles/") and "--model" in line
    if not {"--dry-run", "--batch", "--record"} & set(line.split())
]
FIRST = "claimx extract articles/ --model gpt-5-mini -o table.md"


def say(body: Body) -> str:
    """Answer a request as the model would, whatever the form it is asked in."""
    text: str = answer_from(body)["choices"][0]["message"]["content"]
    return text


def act(vendor: str) -> Script:
    return lambda _, body: VENDORS[vendor](body, say)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_articles(tmp_path / "articles", 3)
    return tmp_path


def read(folder: Path) -> dict[str, Any]:
    """Read the table written last, but for how it came to be."""
    table = ClaimTable.from_json((folder / "t.json").read_bytes())
    return table.model_dump(exclude={"run"})


def extract(folder: Path, script: Script, *args: str) -> tuple[Result, list[Body], list[Body]]:
    """Run over the articles; return the result, the requests, and those that were answered."""
    with serve(script) as server:
        common = [*EXTRACT, "--base-url", server.url]
        result = run(*common, *args, cwd=folder)
        return result, server.requests, server.answered


@pytest.mark.parametrize("vendor", VENDORS)
def test_table_is_the_same_whatever_the_server_takes(folder: Path, vendor: str) -> None:
    """What a server refuses costs a few requests at the start, said in a line each."""
    plain, good, _ = extract(folder, lambda _, body: Reply(answer_from(body)), "--no-cache")
    expected = read(folder)
    result, requests, _ = extract(folder, act(vendor), "--no-cache")
    assert (plain.returncode, result.returncode) == (0, 0)
    assert read(folder) == expected
    extra = len(requests) - len(good)
    assert extra <= 4
    assert len(result.stderr.splitlines()) == 1 + extra  # the summary, and a line for each


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_was_found_out_is_kept_in_the_cache(folder: Path, vendor: str) -> None:
    """A run over one more article asks about that alone, and is not refused again."""
    with serve(act(vendor)) as server:
        common = [*EXTRACT, "--base-url", server.url]
        run(*common, cwd=folder)
        asked = len(server.requests)
        (folder / "articles" / "new.txt").write_text("Bolt hired 40 people in Lund in June.")
        more = run(*common, cwd=folder)
        assert len(server.requests) == asked + 1
        again = run(*common, cwd=folder)
        assert len(server.requests) == asked + 1
    assert (more.returncode, again.returncode) == (0, 0)
    assert len(more.stderr.splitlines()) == len(again.stderr.splitlines()) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_was_found_out_is_kept_with_a_recording(folder: Path, vendor: str) -> None:
    _, _, _ = extract(folder, act(vendor), "--record", "tapes")
    recorded = (folder / "t.json").read_bytes()
    for concurrency in ("1", "16"):
        common = ["extract", "articles", "-o", "t.json", "--concurrency", concurrency]
        result = run(*common, "--replay", "tapes", cwd=folder)
        assert result.returncode == 0
        assert (folder / "t.json").read_bytes() == recorded


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_readme_makes_a_table(folder: Path, vendor: str, command: str) -> None:
    assert FIRST in COMMANDS
    arguments = shlex.split(command)[1:]
    with serve(act(vendor)) as server:
        if "--base-url" in arguments:
            arguments[arguments.index("--base-url") + 1] = server.url
        where = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-test"}
        result = run(*arguments, cwd=folder, **where)
    assert result.returncode == 0
    assert " 15 cited, " in result.stderr


def test_first_command_says_what_it_did(folder: Path) -> None:
    with serve(act("a reasoning model's")) as server:
        where = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-test"}
        result = run(*shlex.split(FIRST)[1:], cwd=folder, **where)
        host = server.url.split("/")[2]
    assert result.stderr.splitlines()[0] == (
        f"claimx: {host}: does not take max_tokens; sending max_completion_tokens."
    )


def test_thinking_that_takes_all_of_the_limit_gets_more(folder: Path) -> None:
    result, requests, _ = extract(folder, act("a reasoning model's"))
    assert "thinking took all of max_tokens; allowing 4 times as many." in result.stderr
    assert requests[-1]["max_completion_tokens"] == 4096


def test_only_what_is_needed_is_sent(folder: Path) -> None:
    _, requests, _ = extract(folder, lambda _, body: Reply(answer_from(body)))
    assert requests[0].keys() == {"model", "messages", "max_tokens", "response_format"}


@pytest.mark.parametrize("options", ["--temperature 0 --seed 0 --frequency-penalty 0.2"])
def test_what_is_set_is_sent_until_it_is_refused(folder: Path, options: str) -> None:
    result, requests, _ = extract(folder, act("a reasoning model's"), *options.split())
    assert (requests[0]["temperature"], requests[0]["seed"]) == (0, 0)
    assert "temperature" not in requests[-1]
    assert "frequency_penalty" not in requests[-1]
    assert requests[-1]["seed"] == 0
    assert "does not take temperature; left out." in result.stderr


@pytest.mark.parametrize("name", ["temperature", "seed", "frequency-penalty", "max-tokens"])
def test_every_parameter_can_be_left_out(folder: Path, name: str) -> None:
    options = ["--temperature", "1", "--seed", "1", "--frequency-penalty", "1", "--max-tokens", "9"]
    given = [*options, f"--{name}", "none"]
    _, requests, _ = extract(folder, lambda _, body: Reply(answer_from(body)), *given)
    names = {"temperature", "seed", "frequency_penalty", "max_tokens"}
    assert names - requests[0].keys() == {name.replace("-", "_")}


def test_what_is_neither_a_number_nor_none_is_bad_usage(folder: Path) -> None:
    result = run("extract", "articles", "-m", "m", "--seed", "one", cwd=folder)
    assert result.returncode == 2
    assert "'one' is neither a whole number nor none." in result.stderr


def test_limit_that_was_set_is_not_raised(folder: Path) -> None:
    """Who sets a limit means it, also where the model spends it on thinking."""
    limit = ("--max-tokens", "1000")
    result, requests, _ = extract(folder, act("a reasoning model's"), *limit)
    assert max(body.get("max_completion_tokens", 0) for body in requests) == 1000
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "claimx: the answer was cut off before a claim was complete. Raise --max-tokens."
    )


def test_mode_named_by_the_user_is_kept(folder: Path) -> None:
    def tools_only(_: int, body: Body) -> Reply:
        return answer_with_tools_only(body, say)

    result, requests, _ = extract(folder, tools_only, "--mode", "json", "--concurrency", "1")
    assert {body["response_format"]["type"] for body in requests} == {"json_object"}
    assert result.returncode == 1
    assert "HTTP 400, This response_format type is unavailable now" in result.stderr


def test_one_question_finds_out_what_a_server_takes(folder: Path) -> None:
    """Nothing else is asked meanwhile, however many wait."""

    def strict(number: int, body: Body) -> Reply:
        slow = {"delay_s": 0.05} if number < 3 else {}
        if "seed" in body:
            return Reply(refuse(400, "Unknown parameter: 'seed'.").body, status=400, **slow)
        return Reply(answer_from(body), **slow)

    result, requests, _ = extract(folder, strict, "--seed", "0", "--concurrency", "16")
    assert [number for number, body in enumerate(requests) if "seed" in body] == [0]
    assert result.stderr.count("does not take seed") == 1


def test_refusal_that_nothing_helps_against_is_said_and_ends(folder: Path) -> None:
    """A server that refuses whatever it is asked gets few requests."""
    reply = refuse(400, "Unsupported parameter: 'max_tokens' or 'max_completion_tokens'.")
    result, requests, _ = extract(folder, lambda *_: reply, "--concurrency", "1")
    per_question = len(requests) / 15
    assert result.returncode == 1
    assert per_question < 3
    assert "HTTP 400, Unsupported parameter: 'max_tokens'" in result.stderr


def test_two_servers_that_differ_are_each_asked_as_they_want(folder: Path) -> None:
    with (
        serve(lambda _, body: replace(answer_as_reasoning_model(body, say), delay_s=0.02)) as one,
        serve(lambda _, body: Reply(answer_from(body), delay_s=0.01)) as other,
    ):
        urls = ["--base-url", one.url, "--base-url", other.url]
        common = [*EXTRACT, "--segment-tokens", "20"]
        result = run(*common, *urls, cwd=folder)
        assert all("max_tokens" in body for body in other.requests)
        assert sum("max_tokens" in body for body in one.requests) <= 8  # all at once
        assert len(other.requests) > 2
    assert result.returncode == 0
    assert result.stderr.count("does not take max_tokens") == 1


def test_parameters_that_local_servers_take_are_set_where_they_listen() -> None:
    """Left alone, Ollama, llama.cpp, vLLM and LM Studio choose their words by chance."""
    from claimx.settings import make_settings

    def settle(**options: Any) -> tuple[Any, Any]:
        found = make_settings({"model": "m", **options}, environment={})
        return found.temperature, found.seed

    local, far = "http://localhost:11434/v1", "https://api.example.com/v1"
    assert settle(base_url=local) == (0, 0)
    assert settle(base_url=far) == settle() == settle(base_url=[local, far]) == (None, None)
    assert settle(base_url=local, temperature=0.7, seed=None) == (0.7, None)
    assert settle(base_url=local, runs=3) == (None, None)
    recorded = make_settings({"base_url": local}, {"model": "m"}, environment={})
    assert recorded.temperature is None


def test_openai_is_asked_with_the_name_that_all_its_models_take() -> None:
    from claimx.llm.adapt import adapt_request, expect

    for address in (None, "https://api.openai.com/v1"):
        assert adapt_request({"max_tokens": 5}, expect(address)) == {"max_completion_tokens": 5}
    assert adapt_request({"max_tokens": 5}, expect("http://localhost/v1")) == {"max_tokens": 5}


def test_mode_that_works_is_settled_once(folder: Path) -> None:
    result, requests, _ = extract(folder, act("one with tools only"))
    formats = [body.get("response_format", {}).get("type") for body in requests]
    assert formats[:2] == ["json_schema", "json_object"]
    assert set(formats[2:]) == {None}
    assert all("tools" in body for body in requests[2:])
    assert "does not take mode json; asking with tools." in result.stderr


def test_answer_of_the_right_form_with_a_wrong_value_changes_no_mode(folder: Path) -> None:
    """A server that enforces the form cannot enforce that a quote is not blank."""
    bad = {"claims": [{"sentences": [1], "quote": " ", "claim": "x", "speaker": None}]}

    def script(number: int, body: Body) -> Reply:
        return Reply(answer_from(body) if number else completion(json.dumps(bad)))

    _, requests, _ = extract(folder, script)
    assert {body["response_format"]["type"] for body in requests} == {"json_schema"}


def test_server_that_nothing_helps_against_is_tried_afresh_in_the_next_run(folder: Path) -> None:
    with serve(lambda *_: Reply(completion("No."))) as server:
        common = [*EXTRACT, "--base-url", server.url]
        for _ in range(2):
            begin = len(server.requests)
            assert run(*common, cwd=folder).returncode == 1
            kinds = [body.get("response_format", {}).get("type") for body in server.requests]
            assert kinds[begin : begin + 2] == ["json_schema", "json_object"]


def test_what_is_learned_later_is_kept_too(folder: Path) -> None:
    """A server that refused one thing in an earlier run may refuse another in this."""
    refused = ["max_tokens"]

    def script(_: int, body: Body) -> Reply:
        for name in refused:
            if name in body:
                return refuse(400, f"Unsupported parameter: '{name}'", param=name)
        return Reply(answer_from(body))

    with serve(script) as server:
        common = [*EXTRACT, "--base-url", server.url]
        run(*common, cwd=folder)
        refused.append("seed")
        run(*common, "--seed", "1", cwd=folder)
        (folder / "articles" / "new.txt").write_text("Bolt hired 40 people in Lund in June.")
        asked = len(server.requests)
        run(*common, "--seed", "1", cwd=folder)
        assert len(server.requests) == asked + 1


def test_answers_are_kept_by_what_was_meant(folder: Path) -> None:
    """The same answers serve --mode auto and --mode json_schema, at any server's spelling."""
    extract_at = act("a reasoning model's")
    with serve(extract_at) as server:
        common = [*EXTRACT, "--base-url", server.url]
        run(*common, cwd=folder)
        asked = len(server.requests)
        run(*common, "--mode", "json_schema", cwd=folder)
        assert len(server.requests) == asked


def test_correction_of_a_tool_call_repeats_it_as_a_call(folder: Path) -> None:
    """Servers want an answer to every call that they are told of, and no call without a tool."""
    seen: set[str] = set()

    def careless(_: int, body: Body) -> Reply:
        asked = json.dumps(body["messages"][1])
        if asked in seen:
            return Reply(answer_from(body))
        seen.add(asked)
        call = {"function": {"name": "Answer", "arguments": {"facts": 1}}}
        return Reply(completion(None, tool_calls=[call]))

    _, requests, _ = extract(folder, careless, "--mode", "tools", "--concurrency", "1")
    _, _, repeated, told = requests[1]["messages"]
    assert repeated["tool_calls"][0]["function"]["arguments"] == '{"facts": 1}'
    assert told["tool_call_id"] == repeated["tool_calls"][0]["id"]
