"""The command line as a user types it: whole messages, exit statuses, files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimx.cli import app
from claimx.table import ClaimTable
from tests.support.command import Result, claimx
from tests.support.server import ARTICLE, CLAIM, Reply, Script, claims, completion, serve


def ask(cwd: Path, script: Script, *args: str | Path, **env: str) -> tuple[Result, int]:
    """Run against a scripted server; return the result and the number of requests."""
    with serve(script) as server:
        result = claimx("extract", *args, "--base-url", server.url, "-m", "m", cwd=cwd, **env)
        return result, len(server.requests)


def good(*_: Any) -> Reply:
    return Reply(claims(CLAIM))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one article in ``articles/``."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text(ARTICLE)
    return tmp_path


def test_without_a_model_it_reads_sentences_and_says_so(folder: Path) -> None:
    result = claimx("extract", "articles", "-o", "t.json", cwd=folder)
    assert result.returncode == 0
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == (
        "claimx: no model configured: took every checkable sentence as a claim "
        "(--model extractive). For atomic claims pass --model NAME, with OPENAI_API_KEY or "
        "--base-url."
    )
    table = ClaimTable.from_json((folder / "t.json").read_bytes())
    assert table.groups[0].claim == "Acme opened a plant in Oslo on Monday."


def test_choosing_the_extractive_reader_needs_no_remark(folder: Path) -> None:
    result = claimx("extract", "articles", "--model", "extractive", cwd=folder)
    assert "no model configured" not in result.stderr
    assert result.stdout.startswith("#")


def test_summary_counts_everything(folder: Path) -> None:
    result, _ = ask(folder, good, "articles", "-o", "t.md", "--no-cache")
    assert result.returncode == 0
    assert result.stderr.startswith(
        "claimx: 1 document, 1 claim proposed: 1 cited, 0 rejected; 1 group, "
        "0 in two or more documents, 0 conflicts; 1 model call, 0 cached, "
        "15 tokens = 10 in + 5 out, "
    )


def test_quiet_leaves_stderr_to_errors(folder: Path) -> None:
    result = claimx("extract", "articles", "-q", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")


def test_verbose_says_every_rejected_claim(folder: Path) -> None:
    wrong = CLAIM | {"quote": "Nobody ever wrote these words."}
    script: Script = lambda *_: Reply(claims(wrong))  # noqa: E731
    result, _ = ask(folder, script, "articles", "--verbose", "--no-cache")
    assert "rejected: a.txt: 'Acme opened a plant in Oslo on Monday.' (not_found: " in result.stderr


def test_stdin_is_read(folder: Path) -> None:
    result = claimx("extract", "-", "-f", "json", cwd=folder, stdin=ARTICLE)
    assert json.loads(result.stdout)["documents"][0]["id"] == "stdin"


def test_format_follows_the_ending_unless_named(folder: Path) -> None:
    claimx("extract", "articles", "-o", "t.csv", cwd=folder)
    assert (folder / "t.csv").read_text("utf-8").startswith("group_id,")
    claimx("extract", "articles", "-o", "t.csv", "-f", "json", cwd=folder)
    assert (folder / "t.csv").read_text("utf-8").startswith("{")


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["none.txt"], 1, "none.txt: no such file or folder. Check the path."),
        (["a*.txt"], 1, "a*.txt: matches no file. Check the pattern."),
        (
            ["articles", "-o", "t.xyz"],
            2,
            "t.xyz: no format ends in '.xyz'. Use one of .md, .markdown, .csv, .json, ",
        ),
        (
            ["articles", "-f", "xyz"],
            2,
            "Unknown format 'xyz'. Use one of: markdown, csv, json, ",
        ),
        (
            ["articles", "-o", "no/where.md"],
            1,
            "no/where.md: there is no folder no. Create it, or name another file with -o.",
        ),
        (["articles", "-o", "articles"], 2, "articles: is a folder. Name a file in it."),
        (
            ["articles", "-m", "gpt-x"],
            1,
            "No key for gpt-x: set OPENAI_API_KEY, or --base-url for a local server, or --replay "
            "DIR.",
        ),
        (
            ["articles", "--replay", "none"],
            1,
            "none: no cassettes there (No such file or directory: recording.json). Record them "
            "with --record.",
        ),
        (
            ["articles", "--encoding", "klingon"],
            2,
            "encoding='klingon': unknown encod",
        ),
        (["articles", "--encoding", "hex"], 2, "encoding='hex': 'hex' is not a text"),
        (["articles", "-m", "m", "--temperature", "9"], 2, "temperature=9.0: must be"),
    ],
)
def test_bad_call_gets_one_line_and_its_status(
    folder: Path, args: list[str], status: int, message: str
) -> None:
    result = claimx("extract", *args, cwd=folder)
    assert result.returncode == status
    assert result.stderr.startswith(f"claimx: {message}")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("extract a --frob", "No such option: --frob. Run: claimx extract --help"),
        ("extract a --frob\n", "No such option: --frob\\x0a. Run: claimx extract --help"),
        ("extract", "Missing argument 'PATH...'. Run: claimx extract --help"),
        ("extract a -m", "Option '-m' requires an argument. Run: claimx extract --help"),
        (
            "extract a --mode x",
            "Invalid value for '--mode': 'x' is not one of 'auto', 'json_schema', 'json', "
            "'tools', 'markdown_json'. Run: claimx extract --help",
        ),
        (
            "show t.json --min-support 0",
            "Invalid value for '--min-support': Input should be greater than or equal to 1. "
            "Run: claimx show --help",
        ),
        ("show a b", "Got unexpected extra argument(s) (b). Run: claimx show --help"),
        ("cache clear --frob", "No such option: --frob. Run: claimx cache clear --help"),
        ("cache frob", "No such command 'frob'. Run: claimx cache --help"),
        ("frob", "No such command 'frob'. Run: claimx --help"),
        ("--frob", "No such option: --frob. Run: claimx --help"),
    ],
)
def test_wrong_use_is_told_in_one_line(tmp_path: Path, command: str, message: str) -> None:
    assert claimx(*command.split(" "), cwd=tmp_path) == (2, "", f"claimx: {message}\n")


def test_unwritable_output_is_found_before_the_model_is_asked(folder: Path) -> None:
    result, requests = ask(folder, good, "articles", "-o", "no/where.md")
    assert (result.returncode, requests) == (1, 0)


def test_failed_document_leaves_the_others_written_and_status_3(folder: Path) -> None:
    (folder / "articles" / "b.txt").write_bytes(b"caf\xe9")
    result = claimx("extract", "articles", "-o", "t.json", "-q", cwd=folder)
    assert result.returncode == 3
    assert result.stderr == (
        "claimx: failed: articles/b.txt: not UTF-8 (byte 0xe9 at offset 3). Convert it, or pass "
        "--encoding.\n"
    )
    table = ClaimTable.from_json((folder / "t.json").read_bytes())
    assert [document.id for document in table.documents] == ["a.txt"]
    assert table.failures[0].error.endswith("Convert it, or pass `encoding`.")
    assert [failure.document_id for failure in table.failures] == ["b.txt"]


def test_guessed_encoding_is_said_once_a_file(folder: Path) -> None:
    rows = "id,text\n1,“Costs fell” at the café.\n2,The café was sold in May 2024.\n"
    (folder / "articles" / "b.csv").write_bytes(rows.encode("cp1252"))
    result = claimx("extract", "articles", "-m", "extractive", "-o", "t.json", cwd=folder)
    assert [line for line in result.stderr.splitlines() if "note:" in line] == [
        "claimx: note: articles/b.csv: not UTF-8, read as cp1252 by a guess; else pass --encoding"
    ]
    quiet = claimx("extract", "articles", "-q", "-o", "t.json", cwd=folder)
    assert quiet.stderr == ""


def test_column_of_the_text_is_an_option(folder: Path) -> None:
    (folder / "b.csv").write_text("nr,said\nx-7,Costs fell by 4 per cent in May 2024.\n")
    columns = ("--text-column", "said", "--id-column", "nr")
    result = claimx("extract", "b.csv", *columns, "-f", "json", cwd=folder)
    assert [one["id"] for one in json.loads(result.stdout)["documents"]] == ["x-7"]


def test_refused_key_is_said_once_for_all_segments(folder: Path) -> None:
    for number in range(5):
        (folder / "articles" / f"{number}.txt").write_text(f"{ARTICLE} Number {number}.")
    refused: Script = lambda *_: Reply({"error": {"message": "no"}}, status=401)  # noqa: E731
    result, requests = ask(folder, refused, "articles", "--concurrency", "1")
    assert result.returncode == 1
    assert requests == 1
    assert "key refused (HTTP 401). Set OPENAI_API_KEY to one that may use m." in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_key_that_a_server_repeats_is_not_shown(folder: Path) -> None:
    said = "Incorrect API key provided: sk-proj-abcdefghij1234567890."
    refused: Script = lambda *_: Reply({"error": {"message": said}}, status=401)  # noqa: E731
    result, _ = ask(folder, refused, "articles")
    assert "Incorrect API key provided: ***" in result.stderr
    assert "abcdefghij" not in result.stderr


def test_answer_that_a_server_stopped_says_so(folder: Path) -> None:
    filtered: Script = lambda *_: Reply(completion("", "content_filter"))  # noqa: E731
    result, _ = ask(folder, filtered, "articles")
    assert result.returncode == 1
    assert "stopped by the server: content_filter" in result.stderr


def test_server_that_is_down_is_said_once(folder: Path) -> None:
    (folder / "articles" / "b.txt").write_text(ARTICLE + " More of it.")
    url = "http://127.0.0.1:9/v1"
    result = claimx(
        "extract", "articles", "-m", "m", "--base-url", url, "--attempts", "1", cwd=folder
    )
    assert result.returncode == 1
    assert result.stderr.startswith("claimx: 127.0.0.1:9: cannot be reached after 1 attempt (")
    assert len(result.stderr.splitlines()) == 1


def test_segment_that_fails_leaves_the_rest_and_status_3(folder: Path) -> None:
    (folder / "articles" / "b.txt").write_text("Bolt closed its plant in Rome on Friday.")

    def script(_: int, body: dict[str, Any]) -> Reply:
        bad = "Bolt" in json.dumps(body["messages"])
        return Reply({"error": {"message": "too long"}}, status=400) if bad else good()

    result, _ = ask(folder, script, "articles", "-o", "t.json", "--no-cache")
    assert result.returncode == 3
    assert "claimx: failed: b.txt: 127.0.0.1:" in result.stderr
    table = ClaimTable.from_json((folder / "t.json").read_bytes())
    assert table.counts().cited == 1
    assert [failure.document_id for failure in table.failures] == ["b.txt"]


def test_second_run_asks_nothing(folder: Path) -> None:
    with serve(good) as server:
        args = ["extract", "articles", "-m", "m", "--base-url", server.url, "--cache", "kept"]
        first = claimx(*args, "-o", "1.json", cwd=folder)
        second = claimx(*args, "-o", "2.json", cwd=folder)
        assert len(server.requests) == 1
    assert (first.returncode, second.returncode) == (0, 0)
    assert "0 model calls, 1 cached" in second.stderr
    assert (folder / "1.json").read_bytes() == (folder / "2.json").read_bytes()


def test_key_reaches_no_file_and_no_line(folder: Path) -> None:
    """With everything switched on, the key stays in the request's header."""
    result, _ = ask(
        folder,
        good,
        "articles",
        "--record",
        "tape",
        "--cache",
        "kept",
        "--verbose",
        "-o",
        "t.json",
        OPENAI_API_KEY="sk-marked-key",
    )
    assert result.returncode == 0
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"sk-marked-key" not in written
    assert "sk-marked-key" not in result.stdout + result.stderr


def test_recorded_run_replays_without_server_or_options(folder: Path) -> None:
    result, _ = ask(folder, good, "articles", "--record", "tape", "--seed", "5", "-o", "1.json")
    assert result.returncode == 0
    again = claimx("extract", "articles", "--replay", "tape", "-o", "2.json", cwd=folder)
    assert again.returncode == 0
    assert "; 1 recorded answer, 0 cached, 15 tokens = 10 in + 5 out, " in again.stderr
    assert (folder / "1.json").read_bytes() == (folder / "2.json").read_bytes()


def test_changed_article_fails_a_replay_and_names_the_segment(folder: Path) -> None:
    ask(folder, good, "articles", "--record", "tape")
    (folder / "articles" / "a.txt").write_text(ARTICLE.replace("300", "400"))
    result = claimx("extract", "articles", "--replay", "tape", cwd=folder)
    assert result.returncode == 1
    assert "a.txt, segment 0: no recorded answer: body.messages[1].content differs" in result.stderr
    assert "('400 people." in result.stderr
    assert "recorded '300 people." in result.stderr


def test_module_runs_as_a_command_of_its_own(folder: Path) -> None:
    """In a process of its own, with what the operating system gives it."""
    command = [sys.executable, "-m", "claimx", "extract", "articles", "-o", "t.md"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("claimx: 1 document, 2 claims proposed")


def test_version_is_printed(tmp_path: Path) -> None:
    assert claimx("--version", cwd=tmp_path).stdout.startswith("claimx 0.")


def test_help_documents_the_exit_statuses(tmp_path: Path) -> None:
    shown = " ".join(claimx("extract", "--help", cwd=tmp_path).stdout.split())
    assert "0 all done; 1 nothing could be done, or the folder of --work or its cluster" in shown
    assert "2 bad usage; 3 done, but some document" in shown


def test_output_that_is_read_too_is_refused(tmp_path: Path) -> None:
    """No article, table or list of claims is written over."""
    article = tmp_path / "a.md"
    article.write_text("The pier opened on Monday.")
    table, page = tmp_path / "t.json", tmp_path / "t.html"
    page.write_text("A table under the name of a page.")
    for arguments, output in (
        (["extract", article, "--model", "extractive"], article),
        (["extract", tmp_path, "--model", "extractive"], article),
        (["extract", article, "--model", "extractive"], None),
        (["report", page], page),
    ):
        before = article.read_bytes()
        done = claimx(*arguments, "-o", output or table, cwd=tmp_path)
        if output is None:
            assert done[0] == 0
        else:
            assert done == Result(
                2, "", f"claimx: {output}: is read as well. Name another file with -o.\n"
            )
        assert article.read_bytes() == before


def test_names_of_files_cannot_forge_lines_or_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J\nclaimx: all is well.txt"
    result = CliRunner().invoke(app, ["extract", str(path)])
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "\x1b" not in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_full_device_behind_stdout_is_told_in_one_line(folder: Path) -> None:
    command = [sys.executable, "-m", "claimx", "extract", "articles", "-q"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert (
        done.stderr == "claimx: the output: cannot be read or written (No space left on device).\n"
    )
