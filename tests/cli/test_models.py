"""`claimx models` lists what a server offers, and says in one line why it cannot."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.command import claimx
from tests.support.server import Reply, serve

LIST = {"object": "list", "data": [{"id": "qwen3:8b"}, {"id": "llama3.1-8b"}]}


def ask(reply: Reply, tmp_path: Path, *args: str) -> Any:
    with serve(lambda *_: reply) as server:
        result = claimx(
            "models", "--base-url", server.url, *args, cwd=tmp_path, OPENAI_API_KEY="sk-marked-1"
        )
    assert server.paths == ["/v1/models"]
    assert server.headers[0]["authorization"] == "Bearer sk-marked-1"
    return result


def test_models_are_listed_by_name(tmp_path: Path) -> None:
    result = ask(Reply(LIST), tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["llama3.1-8b", "qwen3:8b"]


def test_names_cannot_command_the_terminal(tmp_path: Path) -> None:
    result = ask(Reply({"data": [{"id": "a\x1b[2Jb"}]}), tmp_path)
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply({"error": {"message": "no"}}, status=404), "has no list of models (HTTP 404)"),
        (
            Reply({"error": {"message": "sk-marked-1"}}, status=401),
            "one that may use its models.",
        ),
        (Reply({"detail": "no"}), "the answer is no list of models"),
        (Reply({"data": [{"name": "m"}]}), "the answer is no list of models"),
        (Reply({"data": [{"id": 7}, {"id": "m"}]}), "the answer is no list of models"),
        (Reply("<html>", content_type="text/html"), "the answer is no list of models"),
        (Reply({"error": {"message": "down"}}, status=503), "too busy (HTTP 503)"),
    ],
)
def test_server_that_lists_none_is_told_in_one_line(
    reply: Reply, message: str, tmp_path: Path
) -> None:
    result = ask(reply, tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "sk-marked-1" not in result.stderr


def test_empty_list_is_said(tmp_path: Path) -> None:
    result = ask(Reply({"data": []}), tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    assert "lists no models. Name one with --model." in result.stderr


def test_each_of_several_servers_stands_over_its_models(tmp_path: Path) -> None:
    with serve(lambda *_: Reply(LIST)) as one, serve(lambda *_: Reply({"data": []})) as other:
        result = claimx("models", "--base-url", one.url, "--base-url", other.url, cwd=tmp_path)
    host = one.url.removeprefix("http://").removesuffix("/v1")
    assert result.stdout.splitlines()[:3] == [f"{host}:", "llama3.1-8b", "qwen3:8b"]


def test_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = claimx("models", "--base-url", "http://127.0.0.1:9/v1", cwd=tmp_path)
    assert result.returncode == 1
    assert "127.0.0.1:9: cannot be reached" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "OpenAI: set OPENAI_API_KEY"),
        (["--provider", "mistral"], "mistral: set MISTRAL_API_KEY"),
    ],
)
def test_server_that_needs_a_key_is_not_asked_without(
    args: list[str], message: str, tmp_path: Path
) -> None:
    result = claimx("models", *args, cwd=tmp_path)
    assert result == (
        1,
        "",
        f"claimx: No key for {message}, or name another server with --provider or --base-url.\n",
    )
