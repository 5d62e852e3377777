"""A caller's own client and headers: they reach the server, and nothing else."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

import claimx
from claimx import ClaimTable, InputError
from tests.support.articles import answer_from, write_articles
from tests.support.server import Reply, Server, serve

MARK = "marked-4f2b7e91c0"
KEPT = {"cache": "kept", "segment_tokens": 20, "model": "m", "strategy": "window"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_articles(tmp_path / "in", 2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(lambda _, body: Reply(answer_from(body))) as running:
        yield running


def extract(**options: Any) -> ClaimTable:
    return claimx.extract("in", **KEPT | options)


def own(server: Server, **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=f"sk-{MARK}", base_url=server.url, **options)


def list_marked(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if MARK.encode() in path.read_bytes()]


def test_headers_reach_the_server_and_no_file(folder: Path, server: Server) -> None:
    table = extract(base_url=server.url, headers={"x-tenant-key": MARK}, record="tape", cache=None)
    assert {one["x-tenant-key"] for one in server.headers} == {MARK}
    extract(base_url=server.url, headers={"x-tenant-key": MARK}).save("table.json")
    assert table.groups
    assert list_marked(folder) == []


def test_header_that_a_server_repeats_is_hidden(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body) | {"seen": asked.headers[-1]})

    headers = {"x-tenant-key": MARK}
    with serve(echo) as asked:
        extract(base_url=asked.url, headers=headers, record="tape", cache=None)
        extract(base_url=asked.url, headers=headers)
    assert list_marked(folder) == []

    def refuse(*_: Any) -> Reply:
        return Reply({"error": {"message": f"no {MARK}"}}, status=400)

    with serve(refuse) as asked, pytest.raises(claimx.ModelError) as caught:
        extract(base_url=asked.url, headers=headers, cache="other")
    assert MARK not in str(caught.value) + caplog.text


def test_headers_do_not_reach_the_server_of_another_model(server: Server) -> None:
    with serve(lambda _, body: Reply(answer_from(body))) as other:
        extract(
            base_url=server.url,
            headers={"x-tenant-key": MARK},
            verify="flag",
            verify_base_url=other.url,
        )
    assert other.headers
    assert not any("x-tenant-key" in one for one in other.headers)


def test_own_client_is_asked_and_left_open(folder: Path, server: Server) -> None:
    client = own(server, default_headers={"x-own": MARK})
    table = extract(client=client, headers={"x-more": "1"})
    again = extract(client=client, cache="other")
    assert {(one["x-own"], one["authorization"]) for one in server.headers} == {
        (MARK, f"Bearer sk-{MARK}")
    }
    assert "x-more" in server.headers[0]
    assert not client.is_closed()
    assert table.groups == again.groups == extract(base_url=server.url, cache="third").groups
    assert list_marked(folder) == []


def test_answers_of_own_client_are_kept_as_those_of_its_address(server: Server) -> None:
    extract(client=own(server))
    asked = len(server.requests)
    extract(base_url=server.url)
    assert len(server.requests) == asked


def test_own_client_serves_one_event_loop_again_and_again(server: Server) -> None:
    async def run() -> None:
        async with own(server) as client:
            for cache in ("one", "two"):
                await claimx.aextract("in", **KEPT | {"client": client, "cache": cache})
            assert not client.is_closed()

    asyncio.run(run())


def test_own_client_records_and_is_not_asked_in_a_replay(folder: Path, server: Server) -> None:
    table = extract(client=own(server), record="tape", cache=None)
    asked = len(server.requests)
    assert extract(client=own(server), replay="tape").groups == table.groups
    assert len(server.requests) == asked
    assert list_marked(folder) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client": object()}, "must be an openai.AsyncOpenAI"),
        ({"client": openai.OpenAI(api_key="k")}, "must be an openai.AsyncOpenAI"),
        (
            {"client": openai.AsyncOpenAI(api_key="k"), "base_url": "localhost:9"},
            "client and base_url exclude each other",
        ),
    ],
)
def test_client_that_cannot_be_used_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        extract(**options)
