"""Articles in object storage: what an address names, and what may go wrong there."""

import io
import json
import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec
import pyarrow
import pyarrow.parquet
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import claimx
from claimx import InputError, read_documents
from claimx.parts.plan import make_plan
from claimx.parts.store import Store
from claimx.read import count_sources, iter_documents, objects, storage
from claimx.settings import make_settings
from tests.conftest import ROOT
from tests.support.command import claimx as command
from tests.support.labelled import Case, mark_cases, read_cases

FILES = ROOT / "tests" / "files"


@pytest.fixture(autouse=True)
def memory() -> Iterator[None]:
    """Begin and end with nothing in memory://."""
    empty_memory()
    yield
    empty_memory()


def empty_memory() -> None:
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def put(contents: dict[str, bytes | str]) -> None:
    """Put objects into memory:// by key."""
    for key, content in contents.items():
        MemoryFileSystem().pipe_file(key, content.encode() if isinstance(content, str) else content)


class Faulty(MemoryFileSystem):
    """A storage behind s3:// that counts what is fetched, and fails where it is told to."""

    protocol = "s3"
    cachable = False
    fails: dict[str, Exception]
    sizes: dict[str, int]
    fetched: list[str]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.removeprefix("s3://"))

    def ls(self, path: str, detail: bool = True, **_: Any) -> Any:
        """List a folder, with sizes that may be wrong."""
        self.check(f"list {path}")
        return [
            entry | {"size": self.sizes.get(entry["name"].lstrip("/"), entry["size"])}
            for entry in super().ls(path, detail)
        ]

    def cat_file(self, path: str, start: Any = None, end: Any = None, **_: Any) -> bytes:
        """Fetch an object."""
        self.check(path)
        self.fetched.append(path)
        return super().cat_file(path, start, end)

    def check(self, path: str) -> None:
        """Raise what *path* fails with."""
        if path in self.fails:
            raise self.fails[path]


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> type[Faulty]:
    """Put the objects of memory:// behind s3:// too."""
    Faulty.fails, Faulty.sizes, Faulty.fetched = {}, {}, []
    monkeypatch.setattr(fsspec, "get_filesystem_class", lambda _: Faulty)
    monkeypatch.setattr(fsspec, "filesystem", lambda _, **options: Faulty(**options))
    return Faulty


def describe(found: Any, base: str) -> tuple[list[Any], list[Any]]:
    """Give what was read and what failed, with paths below *base*."""
    documents = [
        (one.id.removeprefix(base), one.source.removeprefix(base), one.text)
        for one in found.documents
    ]
    failures = [(one.document_id.removeprefix(base), one.error) for one in found.failures]
    return documents, failures


NAMES = st.sampled_from(["a", "b", "A-b", "é", ".hid", "x~", "cache.db", "c d", "[z]", "a.b"])
TREES = st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map(tuple), st.booleans())
PATTERNS = ("", "/", "*.txt", "a/*", "**", "**/*.txt", "a*/**/b*", "*/[ab]*.txt", ".h*/*", "[[]z]*")


@examples(max_examples=20)
@given(TREES, st.sampled_from(PATTERNS))
def test_address_is_read_as_a_path_is(tree: dict[tuple[str, ...], bool], pattern: str) -> None:
    """The same documents by the same names in the same order, and the same is passed over."""
    contents = {
        "/".join((*folders, name)) + (".txt" if is_text else ".md"): f"The text of {name}."
        for (*folders, name), is_text in tree.items()
    }
    empty_memory()
    with TemporaryDirectory() as folder:
        base = Path(folder) / "news"
        for key, content in contents.items():
            (base / key).parent.mkdir(parents=True, exist_ok=True)
            (base / key).write_text(content)
            put({f"news/{key}": content})
        local = describe(read_documents(f"{base}/{pattern}"), f"{base}/")
        stored = describe(read_documents(f"memory://news/{pattern}"), "memory://news/")
    assert stored[0] == local[0]
    if "**" not in pattern:  # which of folders without a file names each
        assert len(stored[1]) == len(local[1])


def test_object_of_any_format_reads_as_the_file_does(tmp_path: Path) -> None:
    for path in FILES.iterdir():
        shutil.copy(path, tmp_path)
    rows = [{"id": str(number), "text": f"Row {number}."} for number in range(3)]
    (tmp_path / "r.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    (tmp_path / "r.parquet").write_bytes(sink.getvalue())
    (tmp_path / "t.md").write_text("---\ntitle: A\n---\nThe bridge closed.\n")
    (tmp_path / "empty.txt").touch()
    put({f"news/{path.name}": path.read_bytes() for path in tmp_path.iterdir()})
    local, stored = read_documents(tmp_path), read_documents("memory://news")
    assert len(local.documents) > 15
    moved = [
        one.model_copy(update={"source": one.source.replace(tmp_path.as_posix(), "memory://news")})
        for one in local.documents
    ]
    assert list(stored.documents) == moved
    assert [one.error.replace("memory://news", str(tmp_path)) for one in stored.failures] == [
        one.error for one in local.failures
    ]


def test_object_is_named_by_its_last_part_and_read_once() -> None:
    put({"news/2025/a.txt": "A.", "news/2025/b.txt": "B.", "other/a.txt": "C."})
    found = read_documents(
        ["memory://news/2025/b.txt", "memory://news/2025", "memory:///other/a.txt"]
    )
    assert describe(found, "memory://") == (
        [
            ("b.txt", "news/2025/b.txt", "B."),
            ("a.txt", "news/2025/a.txt", "A."),
            ("other/a.txt", "other/a.txt", "C."),
        ],
        [],
    )
    assert count_sources(["memory://news", "memory://other/a.txt"]) == 2


@pytest.mark.parametrize("case", mark_cases(read_cases("addresses")))
def test_address_that_is_not_read_says_why_and_tells_no_secret(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for missing in ("gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, missing, None)
    put({"bucket/news/a.txt": "A."})
    [failure] = read_documents(case["source"]).failures
    assert (failure.document_id, failure.error) == (case["id"], case["error"])
    assert "hush" not in failure.model_dump_json()


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    errors = [one.error for one in read_documents(["s3://b/a", "memory://b/a"]).failures]
    assert errors == [
        "s3://b/a: s3:// needs s3fs. Run: pip install 'claimx[cloud]' s3fs",
        "memory://b/a: memory:// needs fsspec. Run: pip install 'claimx[cloud]'",
    ]


def test_object_that_cannot_be_read_fails_alone(faulty: type[Faulty]) -> None:
    """What a library says is shown without what might be secret, in one line."""
    put({f"news/{name}": "A." for name in ("a.txt", "b.txt", "c/d.txt", "e.txt", "f/g.txt")})
    faulty.fails = {
        "news/a.txt": PermissionError("Forbidden"),
        "news/b.txt": OSError("GET https://me:hush@host/b?X-Sig=hush:\nreset"),
        "news/e.txt": FileNotFoundError("news/e.txt"),
        "list news/c": PermissionError("Access Denied"),
    }
    found = read_documents("s3://news")
    assert [one.id for one in found.documents] == ["f/g.txt"]
    advice = "Check the address, the network, and the keys in the environment."
    assert [(one.document_id, one.error) for one in found.failures] == [
        (
            "a.txt",
            f"s3://news/a.txt: cannot be read (PermissionError: Forbidden). {advice}",
        ),
        (
            "b.txt",
            f"s3://news/b.txt: cannot be read (OSError: GET https://host/b reset). {advice}",
        ),
        ("e.txt", "s3://news/e.txt: no such object or bucket. Check the address."),
        (
            "s3://news",
            f"s3://news/c: cannot be listed (PermissionError: Access Denied). {advice}",
        ),
    ]


def test_wrong_key_is_one_line(faulty: type[Faulty], tmp_path: Path) -> None:
    put({"news/a.txt": "A."})
    faulty.fails = {"list news": PermissionError("The key does not exist.")}
    failed = command("extract", "s3://news", "-m", "extractive", cwd=tmp_path)
    assert (failed.returncode, failed.stderr) == (
        1,
        "claimx: s3://news: cannot be listed (PermissionError: The key does not exist.). Check the "
        "address, the network, and the keys in the environment.\n",
    )


def test_object_that_is_too_large_is_left_while_it_comes(
    faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing may be wrong about sizes."""
    monkeypatch.setattr(storage, "MAX_WHOLE", 1_000_000)
    monkeypatch.setattr(storage, "MAX_ROWS", 2_000_000)
    monkeypatch.setattr(storage, "_AT_ONCE", 100_000)
    put({f"news/{name}": b"long " * 300_000 for name in ("a.txt", "b.txt", "c.csv", "d.csv")})
    faulty.sizes = {"news/a.txt": 10, "news/c.csv": 10, "news/d.csv": 3_000_000}
    failures = read_documents("s3://news").failures
    assert [one.error for one in failures] == [
        "s3://news/a.txt: more than 1 MB. Split it.",
        "s3://news/b.txt: more than 1 MB. Split it.",
        failures[2].error,
        "s3://news/d.csv: more than 2 MB. Split it.",
    ]
    assert "s3://news/c.csv" in failures[2].error
    assert "MB" not in failures[2].error


@pytest.mark.usefixtures("faulty")
def test_of_an_object_of_no_known_kind_only_the_beginning_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = b"<!doctype html><title>T</title><p>" + b"The bridge over the river closed. " * 4000
    put({"news/film.mp4": b"\x00" * 300_000, "news/page": page})
    got: list[int] = []
    kept = Faulty.cat_file
    monkeypatch.setattr(Faulty, "cat_file", lambda *a, **k: got.append(k["end"]) or kept(*a, **k))
    found = read_documents("s3://news")
    assert [one.id for one in found.documents] == ["page"]
    assert found.failures[0].error.startswith("s3://news/film.mp4: .mp4 is not supported.")
    assert sorted(got) == [storage._BEGIN, storage._BEGIN, storage._AT_ONCE + 1]


def test_nothing_more_is_fetched_once_a_run_ends(faulty: type[Faulty]) -> None:
    put({f"news/{number:03}.txt": f"Text {number}." for number in range(100)})
    ended: list[str] = []
    found = iter_documents("s3://news", unread=lambda: ended[0] if ended else None)
    first = next(found)
    ended.append("stopped")
    rest = list(found)
    assert first.id == "000.txt"
    assert [one.error for one in rest] == ["stopped"] * 99
    assert len(faulty.fetched) <= objects._AHEAD + 1


@pytest.mark.usefixtures("faulty")
def test_objects_whose_path_has_an_empty_name_are_not_lost_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Storages list a//b as a folder a/, below which they list the same again."""
    entries = [
        {"name": "news/", "size": 0, "type": "file"},
        {"name": "news/", "size": 0, "type": "directory"},
        {"name": "news/a.txt", "size": 2, "type": "file"},
    ]
    monkeypatch.setattr(Faulty, "ls", lambda *_, **__: entries)
    put({"news/a.txt": "A."})
    found = read_documents("s3://news/")
    assert [one.id for one in found.documents] == ["a.txt"]
    assert [one.error for one in found.failures] == [
        "s3://news//: objects with an empty name in their path are not listed. Name each by "
        "itself, or rename them."
    ]


@pytest.mark.usefixtures("faulty")
def test_no_copy_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    put({f"news/{number:03}.txt": f"Text {number}." for number in range(40)})
    found = iter_documents("s3://news")
    for _ in range(20):
        next(found)
    [folder] = tmp_path.iterdir()
    assert len(list(folder.iterdir())) <= objects._AHEAD + 1
    found.close()
    assert not list(tmp_path.iterdir())


def test_skipped_objects_are_told(caplog: pytest.LogCaptureFixture) -> None:
    table = claimx.extract(claimx.make_document("The bridge closed.", "a"), model="extractive")
    put({"news/a.txt": "The bridge closed.", "news/b.txt~": "x", "news/t.json": table.to_json()})
    put({"news/w/claimx-parts": "", "news/w/parts/c.txt": "The ferry sank."})
    with caplog.at_level(logging.WARNING, "claimx"):
        assert len(read_documents("memory://news").documents) == 1
    assert [one.getMessage() for one in caplog.records] == [
        "skipped: memory://news/b.txt~: a temporary file of another program",
        "skipped: memory://news/w: a folder in which claimx keeps answers",
        "skipped: memory://news/t.json: a table that claimx wrote, no article",
    ]


def test_run_in_parts_keeps_what_it_read(tmp_path: Path, seeds: Path) -> None:
    """Workers, and the same command again for the parts that are done, need no access."""
    put({f"news/{path.name}": path.read_bytes() for path in seeds.iterdir()})
    settings = make_settings({"model": "extractive", "work": tmp_path / "w", "part_kb": 1})
    kept = Store(tmp_path / "w")
    plan = make_plan("memory://news", settings, kept)
    documents = [one for part in plan.parts for one in kept.read_documents(part.name)]
    assert len(plan.parts) > 1
    assert [one.text for one in documents] == [path.read_text() for path in sorted(seeds.iterdir())]
    assert documents[0].source == f"memory://news/{min(seeds.iterdir()).name}"


def test_table_of_objects_is_checked_against_them(tmp_path: Path) -> None:
    put({"news/a.txt": "The bridge closed on Monday.", "news/b.txt": "The ferry sank on Friday."})
    made = command("extract", "memory://news", "-m", "extractive", "-o", "t.json", cwd=tmp_path)
    assert made.returncode == 0
    assert command("verify", "t.json", cwd=tmp_path).returncode == 0
    page = command("convert", "t.json", "-f", "markdown", cwd=tmp_path).stdout
    assert "(memory://news/a.txt)" in page
    put({"news/a.txt": "The bridge closed on Sunday.", "news/c.txt": "The port reopened today."})
    MemoryFileSystem().rm_file("news/b.txt")
    checked = command("verify", "t.json", cwd=tmp_path)
    assert checked.returncode == 3
    assert "0 same, 0 moved, 1 changed, 1 missing" in checked.stdout
    more = ("extract", "memory://news/c.txt", "--add", "t.json", "-m", "extractive", "-o", "t.json")
    added = command(*more, cwd=tmp_path)
    assert added.returncode == 0
    assert "gone" not in added.stderr


def test_address_of_a_file_is_its_path(tmp_path: Path, seeds: Path) -> None:
    shutil.copytree(seeds, tmp_path / "two words")
    there = (tmp_path / "two words").as_uri()
    assert read_documents(there) == read_documents(tmp_path / "two words")
    assert len(read_documents(f"{there}/00*.txt").documents) == 5
    with pytest.raises(InputError, match="no file of this machine"):
        read_documents("file://host/a.txt")
