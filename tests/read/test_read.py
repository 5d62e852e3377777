"""Reading: every file is a document, exactly as it stands, or a failure that says why."""

import glob
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.errors import InputError
from claimx.match.stages import flow
from claimx.parts import store
from claimx.pipeline.flow import extract
from claimx.read import find, make_document, read_documents
from claimx.read.formats import list_endings
from claimx.render import guess_format, render_table
from tests.support.tables import make_seed_table


def only_failure(path: Path | str) -> str:
    reading = read_documents([str(path)])
    assert reading.documents == ()
    [failure] = reading.failures
    return failure.error


def test_folder_is_read_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Text of {name}.")
    reading = read_documents([tmp_path])
    assert [document.id for document in reading.documents] == ["a.md", "b.txt", "sub/c.txt"]
    assert [document.media_type for document in reading.documents] == [
        "text/markdown",
        "text/plain",
        "text/plain",
    ]
    assert reading.failures == ()


def test_seeds_are_read_byte_for_byte(seeds: Path) -> None:
    documents = read_documents([seeds]).documents
    assert len(documents) == 5
    for document in documents:
        assert document.text.encode() == (seeds / document.id).read_bytes()


def test_hidden_files_below_a_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("no")
    (tmp_path / ".DS_Store").write_bytes(b"\x00")
    (tmp_path / "a.txt").write_text("Yes.")
    reading = read_documents([tmp_path])
    assert [document.id for document in reading.documents] == ["a.txt"]
    assert reading.failures == ()


def test_glob_names_files(tmp_path: Path) -> None:
    for name in ("a1.txt", "a2.txt", "b.txt"):
        (tmp_path / name).write_text("Text.")
    documents = read_documents([str(tmp_path / "a*.txt")]).documents
    assert [document.id for document in documents] == ["a1.txt", "a2.txt"]


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    assert len(read_documents([tmp_path, tmp_path / "a.txt", str(tmp_path)]).documents) == 1


def test_same_name_in_two_folders_gets_two_ids(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("Text.")
    documents = read_documents([tmp_path / "x", tmp_path / "y"]).documents
    assert documents[0].id == "a.txt"
    assert documents[1].id == str(tmp_path / "y" / "a.txt")


def test_stdin_is_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Tōkyō.".encode())))
    [document] = read_documents(["-"]).documents
    assert (document.id, document.text) == ("stdin", "Tōkyō.")


def test_document_at_hand_is_passed_through() -> None:
    document = make_document("Text.", "mine")
    assert read_documents([document]).documents == (document,)


def test_byte_order_mark_is_not_text_and_newlines_stay(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    [document] = read_documents([tmp_path]).documents
    assert document.text == "one\r\ntwo\rthree\n"


def test_other_encoding_is_read_when_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("caf\xe9".encode("latin-1"))
    [document] = read_documents([tmp_path], encoding="latin-1").documents
    assert document.text == "café"


def test_unknown_encoding_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        read_documents([], encoding="klingon")


def test_bad_files_each_get_one_line_and_the_good_ones_are_read(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02")
    (tmp_path / "blank.txt").write_text(" \n\t")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "good.txt").write_text("Good.")
    (tmp_path / "page.xyz").write_bytes(b"xyz")
    reading = read_documents([tmp_path])
    assert [document.id for document in reading.documents] == ["good.txt"]
    assert [failure.error.removeprefix(str(tmp_path) + os.sep) for failure in reading.failures] == [
        "bad.txt: not UTF-8 (byte 0xe9 at offset 3). Convert it, or pass `encoding`.",
        "binary.txt: looks like a binary file (has a NUL byte). Give it plain text.",
        "blank.txt: empty. Remove it, or give it text.",
        "empty.txt: empty. Remove it, or give it text.",
        f"page.xyz: .xyz is not supported. Convert it to {list_endings()}.",
    ]


def test_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.txt"
    assert only_failure(path) == f"{path}: no such file or folder. Check the path."


def test_glob_without_match_is_named() -> None:
    assert only_failure("no-such-*.txt") == "no-such-*.txt: matches no file. Check the pattern."


def test_folder_without_files_is_named(tmp_path: Path) -> None:
    assert only_failure(tmp_path) == (
        f"{tmp_path}: no file in this folder. Give it {list_endings()} files."
    )


def test_file_that_vanishes_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert "gone.txt: cannot be read (No such file or directory)" in only_failure(tmp_path)


def test_link_to_itself_is_a_failure_and_a_link_to_the_folder_is_not_followed(
    tmp_path: Path,
) -> None:
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "up").symlink_to(tmp_path)
    assert "loop.txt: cannot be read (Too many levels of symbolic links)" in only_failure(tmp_path)


def test_empty_folder_that_a_glob_matches_hides_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("a.txt", "c.txt"):
        (tmp_path / name).write_text("Text.")
    reading = read_documents([f"{tmp_path}/*"])
    assert [document.id for document in reading.documents] == ["a.txt", "c.txt"]
    assert len(reading.failures) == 1


@given(st.text())
def test_hash_of_any_text_can_be_taken(text: str) -> None:
    """Even of text with lone surrogates, which no encoding likes."""
    assert len(make_document(text, "x").sha256) == 64


def test_folder_that_cannot_be_listed_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files must not be missing in silence."""
    for name in ("a/1.txt", "b/2.txt", "c/3.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("Text.")
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    reading = read_documents(tmp_path)
    assert [document.id for document in reading.documents] == ["a/1.txt", "c/3.txt"]
    assert [failure.error for failure in reading.failures] == [
        f"{tmp_path}/b: cannot be listed (Permission denied). Check the folder."
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("~$minutes.docx", "~WRL0001.tmp", "a.txt~", "#a.txt#", "b.pdf.crdownload", "c.tmp"),
        *("Thumbs.db", "desktop.ini"),
    ],
)
def test_temporary_file_of_another_program_is_passed_over_with_a_line(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    (tmp_path / name).write_bytes(b"\x05user")
    for source in (str(tmp_path), f"{tmp_path}/*"):
        caplog.clear()
        reading = read_documents(source)
        assert [document.id for document in reading.documents] == ["a.txt"]
        assert reading.failures == ()
        assert caplog.messages == [
            f"skipped: {tmp_path}/{name}: a temporary file of another program"
        ]


def test_lock_file_that_a_pattern_of_the_shell_names_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    (tmp_path / "~$a.docx").write_bytes(b"\x05user")
    reading = read_documents([tmp_path / "a.txt", tmp_path / "~$a.docx"])
    assert [document.id for document in reading.documents] == ["a.txt"]
    assert reading.failures == ()


def test_open_file_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    with (tmp_path / "a.txt").open() as stream, pytest.raises(InputError, match="is no source"):
        read_documents(stream)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        *("t.md", "t.csv", "t.json", "t.html", "t.jsonl", "t.jsonld", "t.xlsx", "t.parquet"),
        *("t.db", "t.bib", "csl-json.json", "csv-excel.csv", "table.txt"),
        *("timeline.json", "coverage.json", "claimreview.json"),
    ],
)
def test_result_of_an_earlier_run_is_no_article(
    tmp_path: Path, seeds: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    table = make_seed_table(seeds)
    (tmp_path / "a.txt").write_text("Text.")
    path = tmp_path / name
    form = guess_format(path).name if path.stem == "t" else path.stem
    path.write_bytes(render_table(table, form))
    reading = read_documents(tmp_path)
    assert [document.id for document in reading.documents] == ["a.txt"]
    assert reading.failures == ()
    assert caplog.messages == [f"skipped: {path}: a table that claimx wrote, no article"]
    assert only_failure(path) == (
        f"{path}: a table that claimx wrote, no article. Name its articles."
    )


@pytest.mark.parametrize(
    "printed",
    [
        "C3770ea5d  1/3  Rain fell.\n\n  a.txt:3:1\n",
        "1. Rain fell.\n   1.00  line 01  Rain fell.\n",
        "group,score,document,text,claim,conflicts\r\n1,1.0,line 01,Rain fell.,Rain fell.,\r\n",
        '{\n "groups": [\n  {\n   "id": 1,\n   "claim": "Rain fell.",\n',
    ],
)
def test_what_show_and_match_print_is_no_article(tmp_path: Path, printed: str) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    (tmp_path / "b.csv").write_bytes(printed.encode())
    reading = read_documents(tmp_path)
    assert [document.id for document in reading.documents] == ["a.txt"]
    assert reading.failures == ()


@pytest.mark.parametrize("mark", ["cache.db", "recording.json", store.MARK, flow.MARK])
def test_folder_of_kept_answers_is_passed_over(
    tmp_path: Path, mark: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    (tmp_path / "kept" / "more").mkdir(parents=True)
    for name in (mark, "b.txt", "more/c.txt"):
        (tmp_path / "kept" / name).write_text("{}")
    assert [document.id for document in read_documents(tmp_path).documents] == ["a.txt"]
    assert caplog.messages == [f"skipped: {tmp_path}/kept: a folder in which claimx keeps answers"]


@pytest.mark.parametrize("many", [list, tuple, iter, frozenset])
def test_one_source_or_many_in_any_form_are_taken(
    tmp_path: Path, many: Callable[[list[Path]], Iterable[Path]]
) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    path = tmp_path / "a.txt"
    for sources in (str(path), path, many([path]), [many([path])], str(tmp_path)):
        assert [document.id for document in read_documents(sources).documents] == ["a.txt"]
    for one in (path, many([path]), [str(tmp_path)]):
        assert extract(one, model="extractive").documents[0].id == "a.txt"


@pytest.mark.parametrize("given", [5, None, b"a.txt", b"", object()])
def test_what_is_no_source_says_what_is(given: Any) -> None:
    for read in (read_documents, extract, lambda one: extract([one], model="extractive")):
        with pytest.raises(InputError, match=r"is no source. Give a path, a folder, a pattern"):
            read(given)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("The pier opened. " * 500, "a text, not a path"),
        ("x" * 300, "a text, not a path"),
        ("one line\nanother", "one line another: a text, not a path"),
        ("a\0b", "no such file or folder"),
        ("https://example.org/a.html", "an address, and fetch is off. Download the page"),
    ],
)
def test_text_or_address_for_a_path_is_told(given: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        extract(given, model="extractive")
    assert why in only_failure(given)


def test_empty_path_and_text_of_another_type_are_refused() -> None:
    with pytest.raises(InputError, match="An empty path names no file"):
        read_documents("")
    with pytest.raises(InputError, match="int is no text"):
        make_document(5, "x")  # type: ignore[arg-type]


def test_folders_a_thousand_deep_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`os.walk` calls itself for each level, and a path may grow too long for the system."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "top.txt").write_text("Costs fell.")
    for _ in range(1_200):
        Path("d").mkdir()
        os.chdir("d")
    Path("low.txt").write_text("Costs rose.")
    os.chdir(tmp_path)
    assert [one.id[-7:] for one in read_documents(["."]).documents] == ["top.txt", "low.txt"]
    os.chdir(tmp_path)
    (tmp_path / "d").rename(tmp_path / ("e" * 200))
    subprocess.run(["rm", "-rf", str(tmp_path / ("e" * 200))], check=True)


@pytest.mark.parametrize(
    "pattern", ["**", "**/*.txt", "a/**", "./**/*.txt", "*/**/1.txt", "a/**/c/*", "**/*", "**/.h*"]
)
def test_pattern_matches_what_it_does_in_a_shell_and_follows_no_link_in_circles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a/b/c/1.txt", "a/2.txt", "x/.h/y/3.txt", "n[1]/1.txt", ".q/4.txt", "5.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(f"Costs of {name} fell.")
    Path("x/.h.txt").write_text("Hidden.")
    known = {os.path.normpath(one) for one in glob.glob(pattern, recursive=True)}  # noqa: PTH207
    for link in ("a/x", "a/y", "a/b/z"):
        Path(link).symlink_to(tmp_path, target_is_directory=True)
    found = {os.path.normpath(one) for one in find._expand(pattern)}
    assert {one for one in found if Path(one).is_file()} == {
        one for one in known if Path(one).is_file()
    }
