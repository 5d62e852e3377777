"""Answers on disk: kept, found, and harmless when broken."""

import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

import diskcache
import pytest

import claimx.llm.cache
from claimx.errors import InputError
from claimx.llm.cache import AnswerCache, request_key
from tests.conftest import ROOT
from tests.support.articles import answer_from, write_articles
from tests.support.command import claimx as run_claimx
from tests.support.server import Reply, serve

KEY = request_key("question")


def test_kept_answer_is_found_by_the_next_process(tmp_path: Path) -> None:
    first = AnswerCache(tmp_path)
    first.keep(KEY, {"text": "ja – 日本 🎌"})
    first.close()
    assert AnswerCache(tmp_path).find(KEY) == {"text": "ja – 日本 🎌"}


def test_cache_without_a_folder_keeps_nothing() -> None:
    cache = AnswerCache()
    cache.keep(KEY, {"text": "yes"})
    assert cache.find(KEY) is None


def test_different_questions_have_different_keys() -> None:
    assert request_key({"a": 1}) != request_key({"a": 2})
    assert request_key("a", "b") != request_key("ab")


def test_broken_entry_is_a_miss_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = AnswerCache(tmp_path)
    cache.keep(KEY, {"text": "yes"})
    with sqlite3.connect(tmp_path / "cache.db") as database:
        database.execute("update Cache set value = ?", (b"not zlib",))
    assert cache.find(KEY) is None
    assert "cannot be read" in caplog.text


def test_pickle_in_a_tampered_database_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Unpickling runs code; a planted pickle is a miss, and its code never runs."""
    cache = AnswerCache(tmp_path)
    cache.keep(KEY, {"text": "yes"})
    bomb = pickle.dumps(_Bomb(tmp_path / "exploded"))
    with sqlite3.connect(tmp_path / "cache.db") as database:
        database.execute("update Cache set mode = 4, value = ?", (bomb,))
    assert cache.find(KEY) is None
    assert not (tmp_path / "exploded").exists()
    assert "a pickle, which claimx never writes" in caplog.text


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return (Path.touch, (self.path,))


def test_folder_that_is_no_cache_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be used .*or --no-cache"):
        AnswerCache(tmp_path / "file")


def test_damaged_database_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache.db").write_bytes(b"not a database at all" * 100)
    cache = AnswerCache(tmp_path)
    cache.keep("k", {"a": 1})
    assert cache.find("k") == {"a": 1}
    cache.close()
    assert (tmp_path / "damaged.db").read_bytes().startswith(b"not a database")
    assert "damaged (file is not a database); put aside as damaged.db." in caplog.text


def test_command_leaves_a_damaged_database_where_it_is(tmp_path: Path) -> None:
    """Only a run that needs the cache puts it aside."""
    (tmp_path / "cache.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(InputError, match=r"cannot be used \(file is not a database\)"):
        claimx.llm.cache.info(tmp_path)
    assert not (tmp_path / "damaged.db").exists()


def test_folder_that_is_gone_for_good_costs_the_cache_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = AnswerCache(tmp_path / "c")
    shutil.rmtree(tmp_path / "c")
    (tmp_path / "c").write_text("in the way")
    assert not cache.keep(KEY, {"a": 1})
    assert not cache.keep(KEY, {"a": 1})
    assert cache.find(KEY) is None
    assert "cannot be used" in caplog.text


def test_folder_deleted_while_in_use_is_made_anew(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "c")
    cache.keep("old", {"a": 1})
    shutil.rmtree(tmp_path / "c")
    cache.keep("new", {"a": 2})
    cache.close()
    again = AnswerCache(tmp_path / "c")
    assert (again.find("old"), again.find("new")) == (None, {"a": 2})
    again.close()


def test_oldest_answers_go_where_the_cache_grows_too_large(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, limit_mb=1)
    for number in range(400):
        cache.keep(str(number), {"text": random.Random(number).randbytes(4_000).hex()})
    assert cache.find("399") is not None
    assert cache.find("0") is None
    assert claimx.llm.cache.info(tmp_path).size_mb < 1.5


def test_cache_of_before_there_was_a_mark_is_understood(tmp_path: Path) -> None:
    """As claimx 0.1 wrote it: the same database, no mark of the format."""
    old = diskcache.Cache(tmp_path, disk=diskcache.JSONDisk, eviction_policy="none")
    old.set(KEY, {"text": "yes"})
    old.close()
    assert AnswerCache(tmp_path).find(KEY) == {"text": "yes"}
    assert AnswerCache(tmp_path).find(KEY) == {"text": "yes"}


def test_cache_of_a_newer_claimx_is_refused_with_a_line(tmp_path: Path) -> None:
    AnswerCache(tmp_path).close()
    (tmp_path / "claimx-cache").write_text("7\n")
    with pytest.raises(InputError) as caught:
        AnswerCache(tmp_path)
    assert str(caught.value) == (
        f"cache {tmp_path}: cannot be used (its format is '7', a newer claimx's). "
        "Pass another --cache DIR, or --no-cache."
    )


def test_pickled_key_in_a_tampered_database_is_refused(tmp_path: Path) -> None:
    """No command reads a planted key as a pickle."""
    AnswerCache(tmp_path).keep(KEY, {"text": "yes"})
    bomb = pickle.dumps(_Bomb(tmp_path / "exploded"))
    with sqlite3.connect(tmp_path / "cache.db") as database:
        database.execute("update Cache set key = ?, raw = 0", (bomb,))
    assert claimx.llm.cache.info(tmp_path).answers == 1
    with pytest.raises(InputError, match=r"cannot be used .*Remove the folder"):
        claimx.llm.cache.prune(tmp_path, days=0)
    with pytest.raises(ValueError, match="claimx never writes"):
        list(AnswerCache(tmp_path)._cache)
    assert claimx.llm.cache.clear(tmp_path) == 1
    assert not (tmp_path / "exploded").exists()


_SHARE = """
import sys
from pathlib import Path
from claimx.llm.cache import AnswerCache
bad = 0
for round in range(10):
    cache = AnswerCache(Path(sys.argv[1]))
    for number in range(40):
        key = f"{(number * 7 + round) % 100}"
        found = cache.find(key)
        bad += found not in (None, {"answer": key})
        bad += not cache.keep(key, {"answer": key})
        bad += cache.find(key) not in (None, {"answer": key})
    cache.close()
print(bad)
"""


def test_two_processes_share_a_cache_while_a_third_clears_it(tmp_path: Path) -> None:
    """Opened, written, read and emptied at the same time: nothing fails and nothing is wrong."""
    command = [sys.executable, "-c", _SHARE, str(tmp_path / "kept")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    cleared = 0
    while any(one.poll() is None for one in running):
        if (tmp_path / "kept" / "cache.db").is_file():
            cleared += claimx.llm.cache.clear(tmp_path / "kept")
    said = [one.communicate() for one in running]
    assert said == [("0\n", ""), ("0\n", "")]
    assert cleared > 0


def test_two_runs_at_once_share_what_they_ask(tmp_path: Path) -> None:
    """Both tables are whole and alike, and a third run asks nothing."""
    write_articles(tmp_path / "in", 4)
    with serve(lambda _, body: Reply(answer_from(body), delay_s=0.02)) as server:
        short = ("--strategy", "window", "--segment-tokens", "20")
        command = [sys.executable, "-m", "claimx", "extract", "in", "-m", "m"]
        command += ["--base-url", server.url, "--cache", "kept", *short]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        running = [
            subprocess.Popen(
                [*command, "-o", f"{name}.json"],
                cwd=tmp_path,
                env=environment,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name in "ab"
        ]
        said = [one.communicate()[1] for one in running]
        assert [one.returncode for one in running] == [0, 0]
        assert all(len(lines.splitlines()) == 1 for lines in said)
        asked = len(server.requests)
        extract = ["extract", "in", "-m", "m", "--base-url", server.url, "--cache", "kept"]
        run_claimx(*extract, *short, "-o", "c.json", cwd=tmp_path)
        assert len(server.requests) == asked
    tables = {(tmp_path / f"{name}.json").read_bytes() for name in "abc"}
    assert len(tables) == 1


def test_info_says_what_is_kept(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.keep("a", {})
    cache.keep("b", {})
    cache.close()
    result = run_claimx("cache", "info", "--cache", tmp_path, cwd=tmp_path)
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    assert result.returncode == 0
    assert result.stdout.splitlines()[:2] == [
        f"folder: {tmp_path}",
        f"answers: 2, kept {today} to {today}",
    ]


def test_clear_asks_first_and_then_removes_all(tmp_path: Path) -> None:
    AnswerCache(tmp_path).keep("a", {})
    no = run_claimx("cache", "clear", "--cache", tmp_path, cwd=tmp_path, stdin="n\n")
    assert (no.returncode, claimx.llm.cache.info(tmp_path).answers) == (1, 1)
    yes = run_claimx("cache", "clear", "--cache", tmp_path, "--yes", cwd=tmp_path)
    assert (yes.returncode, yes.stdout) == (0, f"removed 1 answer from {tmp_path}\n")
    assert claimx.llm.cache.info(tmp_path) == claimx.llm.cache.CacheInfo(
        folder=tmp_path,
        answers=0,
        size_mb=claimx.llm.cache.info(tmp_path).size_mb,
        first=None,
        last=None,
    )


def test_prune_removes_what_is_older(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.keep("old", {})
    cache.keep("new", {})
    with sqlite3.connect(tmp_path / "cache.db") as database:
        stored = zlib.compress(b'"old"', 1)
        database.execute("update Cache set store_time = 0 where key = ?", (stored,))
    options = ("--cache", tmp_path, "--older-than", "30")
    result = run_claimx("cache", "prune", *options, cwd=tmp_path)
    assert result.stdout == f"removed 1 answer from {tmp_path}\n"
    assert (cache.find("old"), cache.find("new")) == (None, {})


def test_prune_keeps_the_newest_that_fit(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    for number in range(300):
        cache.keep(str(number), {"text": random.Random(number).randbytes(4_000).hex()})
    assert claimx.llm.cache.info(tmp_path).size_mb > 1.2
    assert claimx.llm.cache.prune(tmp_path, max_mb=1) > 0
    assert claimx.llm.cache.info(tmp_path).size_mb <= 1
    assert cache.find("0") is None
    assert cache.find("299") is not None


@pytest.mark.parametrize("command", ["info", "clear", "prune --max-size 1"])
def test_folder_without_a_cache_is_left_alone(command: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = run_claimx("cache", *command.split(), "--cache", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (
        1,
        f"claimx: {tmp_path}: no cache there. Pass --cache DIR.\n",
    )
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["thesis.txt"]


def test_prune_without_a_measure_is_bad_usage(tmp_path: Path) -> None:
    result = run_claimx("cache", "prune", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (
        2,
        "claimx: prune: pass --max-size MB or --older-than DAYS.\n",
    )
