"""Answers on disk: kept, found, and harmless when broken."""

import pickle
import shutil
import sqlite3
from pathlib import Path

import pytest

from claimx.cache import AnswerCache, request_key
from claimx.errors import InputError

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


def test_folder_deleted_while_in_use_is_made_anew(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "c")
    cache.keep("old", {"a": 1})
    shutil.rmtree(tmp_path / "c")
    cache.keep("new", {"a": 2})
    cache.close()
    again = AnswerCache(tmp_path / "c")
    assert (again.find("old"), again.find("new")) == (None, {"a": 2})
    again.close()
