"""A marked key goes to the server and nowhere else: no file, no line, no traceback has it."""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import claimx
from tests.support.articles import answer_from, write_articles
from tests.support.command import claimx as run
from tests.support.server import Reply, Server, serve

KEY = "sk-marked-1f8a0c"


def echo(server: list[Server], status: int) -> Any:
    """Answer *status* with the headers of the request, as some servers and proxies do."""
    return lambda *_: Reply({"error": {"message": str(server[0].headers[-1])}}, status=status)


def answer(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_articles(tmp_path / "in", 2)
    return tmp_path


@pytest.fixture(autouse=True)
def nothing_has_the_key(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """After every test, look through every file written, every line printed or logged."""
    caplog.set_level("DEBUG")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    yield
    assert all(KEY not in text for text in (caplog.text, *capfd.readouterr()))
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in written if KEY.encode() in path.read_bytes()] == []


def extract(folder: Path, server: Server, *args: str) -> int:
    common = ["extract", "in", "-m", "m", "--segment-tokens", "20", "--verbose"]
    result = run(*common, "--base-url", server.url, *args, cwd=folder)
    assert KEY not in result.stdout + result.stderr
    if server.headers:
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    return result.returncode


@pytest.mark.parametrize("form", ["md", "csv", "json"])
def test_in_no_output_cache_or_log(folder: Path, form: str) -> None:
    with serve(answer) as server:
        assert extract(folder, server, "-o", f"t.{form}", "--cache", "kept") == 0
        assert server.headers


def test_in_no_cassette(folder: Path) -> None:
    with serve(answer) as server:
        assert extract(folder, server, "--record", "tapes") == 0
        assert extract(folder, server, "--replay", "tapes") == 0
    assert list((folder / "tapes").glob("*.json"))


def test_in_no_answer_that_repeats_it(folder: Path) -> None:
    """Neither the cache, a cassette nor the table has it, and a replay gives the same table."""

    def repeat(_: int, body: dict[str, Any]) -> Reply:
        answered = answer_from(body)
        return Reply(answered | {"echo": server.headers[-1]["authorization"], "id": KEY})

    with serve(repeat) as server:
        assert extract(folder, server, "-o", "t.json", "--cache", "kept") == 0
        assert extract(folder, server, "-o", "taped.json", "--record", "tapes") == 0
        assert extract(folder, server, "-o", "again.json", "--replay", "tapes") == 0
    assert (folder / "taped.json").read_bytes() == (folder / "again.json").read_bytes()


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_in_no_message_even_where_the_server_repeats_it(folder: Path, status: int) -> None:
    servers: list[Server] = []
    with serve(echo(servers, status)) as server:
        servers.append(server)
        assert extract(folder, server, "--cache", "kept", "--attempts", "2") == 1


@pytest.mark.parametrize("status", [400, 401, 500])
def test_in_no_traceback_even_where_the_server_repeats_it(folder: Path, status: int) -> None:
    servers: list[Server] = []
    with serve(echo(servers, status)) as server:
        servers.append(server)
        with pytest.raises(claimx.ModelError) as caught:
            claimx.extract(folder / "in", model="m", base_url=server.url, cache=None)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_in_no_representation_of_the_settings() -> None:
    settings = claimx.Settings(model="m", api_key=KEY)
    assert KEY not in f"{settings} {settings!r} {settings.model_dump()} {settings.shaping()}"
    assert KEY not in settings.model_dump_json()


def test_password_in_an_address_is_not_shown(folder: Path) -> None:
    with serve(lambda *_: Reply({}, status=400)) as server:
        address = server.url.replace("http://", f"http://user:{KEY}@")
        result = run("extract", "in", "-m", "m", "--base-url", address, "-v", cwd=folder)
    assert result.returncode == 1
    assert KEY not in result.stdout + result.stderr


def test_no_option_takes_a_key() -> None:
    said = run("extract", "--help", cwd=Path()).stdout
    assert "--api-key-file FILE" in said
    assert not re.search(r"--\S*key(?!-file)", said)


def test_key_may_come_from_a_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("secret") / "key"
    path.write_text(f"{KEY}\n")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(path))
    with serve(answer) as server:
        assert extract(folder, server) == 0


def test_key_file_that_is_missing_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "nowhere")
    result = run("extract", "in", "-m", "m", cwd=folder)
    assert result.returncode == 2
    assert result.stderr == (
        "claimx: OPENAI_API_KEY_FILE='nowhere': cannot be read (No such file or directory). "
        "Check the path.\n"
    )
