"""One document can end no run: what nobody foresaw fails it alone, in one line."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import claimx
from claimx.cli import app
from claimx.pipeline import boundary, flow, intake
from claimx.read import documents, process
from claimx.records import Claim

FILES = Path(__file__).parents[1] / "files"
TEXT = "The council of Malmo paid 9 kroner on Monday."
OTHER = "Mayor Ines Holm opened the bridge of Lund in 2019."
REPORT = "Report it, with what --debug prints."
REPORT_IN_TABLE = "Report it, with the log of claimx at level debug."


class PanicException(BaseException):  # its name in native libraries
    """What a panic of a native library is to Python."""


FAULTS = [
    ZeroDivisionError("once\ntwice"),
    RecursionError("too deep"),
    ValueError("Exceeds the limit (4300 digits)"),
    PanicException("index out of bounds"),
    ExceptionGroup("several", [KeyError("a")]),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two articles, of which one is to fail."""
    path = tmp_path / "articles"
    path.mkdir()
    (path / "bad.txt").write_text(TEXT)
    (path / "good.txt").write_text(OTHER)
    return path


def extract(folder: Path) -> tuple[list[str], list[str]]:
    """Return the documents with claims, and the errors."""
    table = claimx.extract(folder, model="extractive")
    cited = {citation.document_id for group in table.groups for citation in group.claims}
    return sorted(cited), [failure.error for failure in table.failures]


def break_at(
    monkeypatch: pytest.MonkeyPatch, room: Any, name: str, fault: BaseException, sign: str = TEXT
) -> None:
    """Let the function *name* of *room* raise *fault* if *sign* is in what it is given."""
    whole = getattr(room, name)

    def fail(*args: Any, **options: Any) -> Any:
        args = tuple(list(one) if isinstance(one, Iterator) else one for one in args)
        shown = str([vars(one) if hasattr(one, "__dict__") else one for one in args])
        if sign in shown:
            raise fault
        return whole(*args, **options)

    monkeypatch.setattr(room, name, fail)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize(
    ("room", "name"), [(documents, "_mend_article"), (intake, "add_title"), (flow, "cut_document")]
)
def test_fault_fails_its_document_and_the_rest_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, room: Any, name: str, fault: BaseException
) -> None:
    break_at(monkeypatch, room, name, fault)
    cited, [error] = extract(folder)
    assert cited == ["good.txt"]
    assert "bad.txt: a fault in claimx (" in error
    assert error.endswith(REPORT_IN_TABLE)
    assert len(error.splitlines()) == 1


def test_memory_that_is_not_there_is_no_fault_of_claimx(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, flow, "cut_document", MemoryError())
    assert extract(folder)[1] == ["bad.txt: needs more memory than there is. Split it."]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_what_ends_the_program_is_no_fault(stop: type[BaseException]) -> None:
    with pytest.raises(stop):
        boundary.fail("a", "a", stop())


def test_claims_that_cannot_be_matched_stay_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, flow, "match_claims", ZeroDivisionError("odd"))
    cited, [error] = extract(folder)
    assert cited == ["bad.txt", "good.txt"]
    assert error == (
        "bad.txt: its claims were compared with no others: a fault in claimx "
        f"(ZeroDivisionError: odd). {REPORT_IN_TABLE}"
    )


def test_the_document_that_fails_with_others_is_found_among_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(12):
        (tmp_path / f"{at:02}.txt").write_text(f"The council of town{at} paid {at + 3} kroner.")
    whole, calls = flow.match_claims, []

    def fail(claims: list[Claim], *args: Any, **options: Any) -> Any:
        calls.append(len(claims))
        if {"03.txt", "07.txt"} <= {claim.document_id for claim in claims}:
            raise ZeroDivisionError
        return whole(claims, *args, **options)

    monkeypatch.setattr(flow, "match_claims", fail)
    table = claimx.extract(tmp_path, model="extractive")
    assert [failure.document_id for failure in table.failures] == ["07.txt"]
    assert len(table.groups) == 12
    assert len(calls) < 8


def test_matching_that_always_fails_leaves_every_claim_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, flow, "match_claims", ZeroDivisionError("odd"), sign="document_id")
    monkeypatch.setattr(boundary, "_MOST_LEFT_OUT", 0)
    cited, errors = extract(folder)
    assert cited == ["bad.txt", "good.txt"]
    assert len(errors) == 2


def test_matching_that_fails_even_without_claims_comes_to_an_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, flow, "match_claims", ZeroDivisionError("odd"), sign="")
    for most in (0, 10):
        monkeypatch.setattr(boundary, "_MOST_LEFT_OUT", most)
        cited, errors = extract(folder)
        assert cited == ["bad.txt", "good.txt"]
        assert len(errors) == 2


def test_copies_that_cannot_be_found_cost_no_claim(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, flow, "find_echoes", ZeroDivisionError("odd"))
    cited, [error] = extract(folder)
    assert cited == ["bad.txt", "good.txt"]
    assert error.startswith("documents that repeat one another: a fault in claimx (")


def test_command_ends_with_status_3_and_shows_where_if_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, flow, "cut_document", ZeroDivisionError("odd"))
    command = ["extract", str(folder), "--model", "extractive"]
    line = f"claimx: failed: bad.txt: a fault in claimx (ZeroDivisionError: odd). {REPORT}"
    try:
        for debug in ([], ["--debug"]):
            result = CliRunner().invoke(app, [*command, *debug])
            assert result.exit_code == 3
            assert line in result.stderr.splitlines()
            assert ("Traceback" in result.stderr) == bool(debug)
            assert "good.txt" in result.stdout
    finally:
        logging.getLogger("claimx").setLevel(logging.NOTSET)


def test_fault_of_a_command_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from claimx import cli

    monkeypatch.setattr(sys, "argv", ["claimx", "--no-such", "show"])

    def fail() -> None:
        raise RecursionError("deep")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        f"claimx: show: a fault in claimx (RecursionError: deep). {REPORT}\n"
    )


# files in a process of their own


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read complex files in another process, as outside of tests."""
    monkeypatch.setattr(process, "_find_python", lambda: sys.executable)
    yield
    process._end_all()


def count_starts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    starts: list[int] = []
    start = process._Process

    def note(python: str) -> Any:
        made = start(python)
        starts.append(made._popen.pid)
        return made

    monkeypatch.setattr(process, "_Process", note)
    return starts


def make_nested_pdf(levels: int, fan: int) -> bytes:
    """Make a page of forms that show forms, each *fan* times: the last is shown fan ** levels."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
    inside = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page + b"/Resources<</XObject<</F 6 0 R>>>>>>",
        b"<</Length 5>>stream\n/F Do\nendstream",
        font,
    ]
    for level in range(levels):
        is_last = level == levels - 1
        show = b"BT /G 9 Tf (Nine kroner.) Tj ET" if is_last else b"/F Do " * fan
        uses = b"/Font<</G 5 0 R>>" if is_last else b"/XObject<</F %d 0 R>>" % (7 + level)
        length = b"/Resources<<%s>>/Length %d>>" % (uses, len(show))
        inside.append(head + length + b"stream\n" + show + b"\nendstream")
    pdf, places = b"%PDF-1.4\n", []
    for number, each in enumerate(inside, start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, len(pdf))
    return pdf + b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + table + end


@pytest.mark.usefixtures("apart")
def test_file_that_exhausts_its_process_is_a_failure_and_the_next_gets_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_MEMORY", 150_000_000)
    starts = count_starts(monkeypatch)
    (tmp_path / "a.html").write_bytes((FILES / "harbour.html").read_bytes())
    (tmp_path / "b.pdf").write_bytes(make_nested_pdf(12, 8))
    (tmp_path / "c.docx").write_bytes((FILES / "minutes.docx").read_bytes())
    (tmp_path / "d.docx").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "e.txt").write_text(TEXT)
    reading = claimx.read_documents(tmp_path)
    names = [document.id for document in reading.documents]
    assert names == ["a.html", "c.docx", "e.txt"]
    memory, broken = (failure.error for failure in reading.failures)
    assert memory == (
        f"{tmp_path}/b.pdf: reading it took more than 0.15 GB of memory, or crashed. "
        "Split it, or save its text as .txt."
    )
    assert "broken DOCX" in broken
    assert len(starts) == 2


@pytest.mark.usefixtures("apart")
def test_articles_of_another_process_are_those_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_text(f"<html><body><article><p>{TEXT}</p></article></body>")
    found = claimx.read_documents([FILES, tmp_path])
    monkeypatch.setattr(process, "_find_python", lambda: None)
    process._end_all()
    assert found == claimx.read_documents([FILES, tmp_path])


@pytest.mark.usefixtures("apart")
def test_file_that_takes_too_long_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_SECONDS", 0.4)
    monkeypatch.setattr(process, "_START", "import time; time.sleep(60)")
    (tmp_path / "a.html").write_text("<html>")
    [failure] = claimx.read_documents(tmp_path).failures
    assert failure.error == (
        f"{tmp_path}/a.html: reading it takes more than 0.4 seconds. Split it, or save its text as "
        ".txt."
    )


@pytest.mark.usefixtures("apart")
def test_articles_of_text_start_no_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = count_starts(monkeypatch)
    assert len(claimx.read_documents(folder).documents) == 2
    assert starts == []


@pytest.mark.usefixtures("apart")
def test_key_in_the_environment_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    def note(*_: Any, **options: Any) -> None:
        seen.update(options)
        raise OSError

    monkeypatch.setattr("subprocess.Popen", note)
    assert claimx.read_documents(FILES / "harbour.html").documents  # read in this process then
    assert "PATH" in seen["env"]
    assert "sk-secret" not in str(seen)


# limits on what is made of a file


def read_failing(path: Path) -> str:
    return claimx.read_documents(path).failures[-1].error.replace(f"{path.parent}/", "")


def test_rows_that_unpack_to_far_more_than_their_file_are_refused(tmp_path: Path) -> None:
    from pyarrow import DictionaryArray, array, int32, table
    from pyarrow.parquet import write_table

    many = DictionaryArray.from_arrays(array([0] * 40_000, int32()), [TEXT])
    write_table(table({"text": many}), tmp_path / "a.parquet", compression="zstd")
    assert read_failing(tmp_path / "a.parquet") == (
        "a.parquet: its text has more than 200 times its size. Save the text as .txt or .jsonl if "
        "you trust it."
    )


def test_text_that_readers_make_is_limited_while_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimx.read.reader.MAX_TEXT", 500)
    for name in ("minutes.docx", "river-chromium.pdf"):
        (tmp_path / name).write_bytes((FILES / name).read_bytes())
        assert read_failing(tmp_path / name) == (
            f"{name}: more than 0 million characters of text. Split it."
        )
