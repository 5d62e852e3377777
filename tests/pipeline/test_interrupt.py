"""Ctrl-C, SIGTERM and SIGKILL at any moment, a full disk, a lost cache: the next run goes on."""

import asyncio
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claimx.cli import interrupt
from claimx.llm.cache import AnswerCache
from tests.support.articles import answer_from, write_articles
from tests.support.runner import Run, Runner, open_runner
from tests.support.server import Reply, Server, serve


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with open_runner() as opened:
        yield opened


@pytest.fixture
def start(runner: Runner, tmp_path: Path) -> Callable[..., Run]:
    """Start the command line on ``in/``, which has eight articles."""
    write_articles(tmp_path / "in", 8)

    def start(server: Server, *more: str, **options: Any) -> Run:
        args = ["extract", "in", "-m", "m", "-o", "t.json", "--cache", "kept"]
        args += ["--segment-tokens", "20", "--base-url", server.url, *more]
        return runner.start(*args, cwd=tmp_path, **options)

    return start


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def good(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body))


def list_asked(server: Server) -> list[str]:
    return [json.dumps(body) for body in server.requests]


def slow(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body), delay_s=0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_finishes_what_is_under_way_and_writes(
    tmp_path: Path, start: Callable[..., Run], number: signal.Signals
) -> None:
    with serve(slow) as server:
        first = start(server, "--concurrency", "2")
        wait_for(lambda: len(server.answered) >= 4)
        first.send_signal(number)
        assert first.wait() == 130
        asked, lines = list_asked(server), first.said.splitlines()
        assert len(server.answered) == len(asked) < 20
        table = json.loads((tmp_path / "t.json").read_text())
        assert start(server).wait() == 0
        assert set(asked).isdisjoint(list_asked(server)[len(asked) :])
    assert lines[0].startswith("claimx: finishing what is under way; once more stops at once.")
    there = {one["id"] for one in table["documents"]}
    failed = {one["document_id"]: one["error"] for one in table["failures"]}
    assert there | set(failed) == {f"{n}.txt" for n in range(8)}
    assert {claim["document_id"] for one in table["groups"] for claim in one["claims"]} == there
    assert {name: "read in part" in error for name, error in failed.items()} == {
        name: name in there for name in failed
    }
    assert f"claimx: {len(there)} documents" in lines[1]
    assert f" {len(set(failed) - there)} not read, " in lines[1]
    assert "because the run was stopped. Run it again to go on." in lines[-1]


def test_signal_before_the_first_answer_says_so(tmp_path: Path, start: Callable[..., Run]) -> None:
    busy = Reply({}, status=429, headers={"retry-after": "300"})
    with serve(lambda *_: busy) as server:
        run = start(server)
        wait_for(lambda: len(server.answered) >= 1)
        run.send_signal(signal.SIGINT)
        assert run.wait() == 130
    assert run.said.splitlines()[-1].startswith("claimx: not asked, because the run was stopped.")
    assert not (tmp_path / "t.json").exists()


def test_second_signal_stops_at_once(tmp_path: Path, start: Callable[..., Run]) -> None:
    with serve(lambda *_: Reply({}, delay_s=10)) as server:
        run = start(server)
        wait_for(lambda: len(server.requests) >= 1)
        run.send_signal(signal.SIGINT)
        wait_for(lambda: "finishing" in run.said)
        begin = time.monotonic()
        run.send_signal(signal.SIGINT)
        assert run.wait() == 130
        assert time.monotonic() - begin < 8
    assert run.said.endswith("claimx: interrupted. Run the same command again to continue.\n")
    assert not (tmp_path / "t.json").exists()


def test_second_signal_ends_a_computation_that_hears_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(interrupt, "_GRACE_S", 0.01)
    monkeypatch.setattr("os._exit", ended.append)

    async def compute() -> None:
        with interrupt.finish_on_signal():
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            wait_for(lambda: bool(ended))

    asyncio.run(compute())
    assert ended == [130]
    assert (
        "claimx: interrupted. Run the same command again to continue.\n" in capsys.readouterr().err
    )


def test_signal_during_a_long_pause_does_not_wait_for_its_end(
    tmp_path: Path, start: Callable[..., Run]
) -> None:
    busy = Reply({}, status=429, headers={"retry-after": "300"})
    with serve(lambda n, body: good(n, body) if n < 3 else busy) as server:
        run = start(server, "--concurrency", "1")
        wait_for(lambda: len(server.answered) >= 4)
        run.send_signal(signal.SIGINT)
        assert run.wait() == 130
    assert (tmp_path / "t.json").is_file()


def test_killed_at_random_moments_it_asks_nothing_twice(
    tmp_path: Path, start: Callable[..., Run]
) -> None:
    """The quick form of benchmarks/kill.py: SIGKILL, five times, in the middle of a run."""
    chance = random.Random(1)
    with serve(lambda _, body: Reply(answer_from(body), delay_s=0.01)) as server:
        assert start(server, "--cache", "other").wait() == 0
        expected, done = (tmp_path / "t.json").read_bytes(), len(server.requests)
        (tmp_path / "t.json").unlink()
        for kill in range(5):
            run = start(server, "--concurrency", "1")
            target = len(server.answered) + chance.randrange(1, 5)
            wait_for(lambda at=target: len(server.answered) >= at)  # type: ignore[misc]
            time.sleep(chance.random() * 0.02)
            run.send_signal(signal.SIGKILL)
            assert run.wait() == -signal.SIGKILL
            time.sleep(0.03)  # what was under way ends
            sent = list_asked(server)[done:]
            # at concurrency 1, at most the last request of each run comes again
            assert len(sent) - len(set(sent)) <= kill
        assert start(server).wait() == 0
    assert (tmp_path / "t.json").read_bytes() == expected


def test_full_disk_costs_the_cache_but_not_the_table(
    tmp_path: Path, start: Callable[..., Run]
) -> None:
    AnswerCache(tmp_path / "kept").close()
    with serve(good) as server:
        run = start(server, "-o", "t.csv", longest_file=250_000)
        assert run.wait() == 0, run.said
        [line] = [line for line in run.said.splitlines() if "not kept" in line]
        asked = len(server.requests)
        assert start(server).wait() == 0
        assert 0 < len(server.requests) - asked < asked  # what was kept is not asked again
    assert line.startswith("claimx: cache: cannot write (")
    assert (tmp_path / "t.csv").is_file()


def test_full_disk_leaves_the_old_table_alone(tmp_path: Path, start: Callable[..., Run]) -> None:
    (tmp_path / "t.json").write_text("old")
    with serve(good) as server:
        run = start(server, "--no-cache", longest_file=10_000)
        assert run.wait() == 1
    assert run.said.splitlines()[-1].startswith(
        "claimx: t.json: cannot be written (File too large). Answers are kept"
    )
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []
    assert (tmp_path / "t.json").read_text() == "old"


def test_cache_deleted_in_the_middle_begins_anew(tmp_path: Path, start: Callable[..., Run]) -> None:
    """The run completes, and what it asked after the loss is kept for the next one."""
    with serve(lambda _, body: Reply(answer_from(body), delay_s=0.01)) as server:
        run = start(server, "--concurrency", "1")
        wait_for(lambda: len(server.answered) >= 5)
        shutil.rmtree(tmp_path / "kept")
        assert run.wait() == 0, run.said
        asked = len(server.requests)
        assert start(server).wait() == 0
        assert len(server.requests) - asked <= 10


@pytest.mark.parametrize("share", [0, 0.5])
def test_damaged_cache_is_put_aside(
    tmp_path: Path, start: Callable[..., Run], share: float
) -> None:
    """Cut off anywhere, overwritten in the middle: the next run completes, and the one after."""
    database = tmp_path / "kept" / "cache.db"
    with serve(good) as server:
        assert start(server).wait() == 0
        expected, asked = (tmp_path / "t.json").read_bytes(), len(server.requests)
        whole = database.read_bytes()
        cut = int(len(whole) * share)
        database.write_bytes(whole[:cut] if cut else b"no database at all")
        assert start(server).wait() == 0
        assert (tmp_path / "t.json").read_bytes() == expected
        (tmp_path / "t.json").unlink()
        again = len(server.requests)
        assert again <= 2 * asked
        assert start(server).wait() == 0
        assert len(server.requests) == again
    assert (tmp_path / "t.json").read_bytes() == expected
