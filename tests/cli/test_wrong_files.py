"""A file where a folder is wanted, a folder where a file is, a pipe: each is told in one line."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.command import claimx

NO_TABLE = "fold: a folder, not a file. Name a table's JSON file."
NO_RUN = "fold: a folder with no run in parts. Name a table's JSON file, or the folder of --work."
RUN = "run: a run in parts. Write its table first: claimx convert run -o table.json."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A table, an empty folder, a run in parts, and a pipe that nobody writes to."""
    for name in ("fold", "run", "in"):
        (tmp_path / name).mkdir()
    (tmp_path / "run" / "claimx-parts").touch()
    (tmp_path / "in" / "a.txt").write_text("Acme opened a plant in Oslo.", "utf-8")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "in" / "pipe.txt")
    shutil.copy(ROOT / "tests" / "stored" / "table-v1.json", tmp_path / "table.json")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("show fold", NO_RUN),
        ("verify fold", NO_RUN),
        ("report fold -o x.html", NO_RUN),
        ("convert fold -f csv", NO_RUN),
        ("diff table.json fold", NO_RUN),
        ("review fold", NO_TABLE),
        ("review run", RUN),
        ("review table.json --decisions fold", "fold: a folder, not a file. Name a file of dec"),
        ("apply fold d.jsonl", NO_TABLE),
        ("apply run d.jsonl", RUN),
        ("apply table.json fold", "fold: a folder, not a file. Name a file of decisions."),
        ("eval run fold", RUN),
        ("explain fold Ca Cb", NO_TABLE),
        ("extract in --add fold", NO_TABLE),
        ("extract in --add run", RUN),
        ("extract in --sources fold", "fold: a folder, not a file. Name a CSV or CSL-JSON file."),
        ("extract in -m m --prompts table.json", "table.json/article.md: no such prompt. Name a "),
        ("extract in -m m --record table.json", "table.json: cannot record there (File exists). N"),
        ("extract in --replay table.json", "table.json: no cassettes there (Not a directory: rec"),
        ("extract in -m m --api-key-file fold", "api_key_file='fold': cannot be read (a folder)."),
        ("status table.json", "table.json: no run in parts there. Name the folder of --work."),
        ("show pipe", "pipe: a pipe, not a file. Name a table's JSON file."),
        ("show /dev/zero", "/dev/zero: a device, not a file. Name a table's JSON file."),
        ("match pipe", "pipe: a pipe, not a file. Name a text with a sentence on each line, or "),
        ("apply table.json pipe", "pipe: a pipe, not a file. Name a file of decisions."),
        ("extract pipe", "pipe: a pipe, not a file. Save what it gives, and name that file."),
        ("extract in --sources /dev/zero", "/dev/zero: a device, not a file. Name a CSV or CSL-"),
        ("extract in -m m --api-key-file /dev/zero", "api_key_file='/dev/zero': cannot be rea"),
        (
            "extract in -o pipe -f csv",
            "pipe: a pipe. Name a file, or leave out -o and pipe stdo",
        ),
        ("match in/a.txt -o pipe", "pipe: a pipe. Name a file, or leave out -o and pipe stdo"),
    ],
)
def test_what_is_no_such_file_or_folder_is_told(folder: Path, command: str, message: str) -> None:
    result = claimx(*command.split(), cwd=folder)
    assert result.returncode in {1, 2}
    assert (result.stdout, len(result.stderr.splitlines())) == ("", 1)
    assert result.stderr.startswith(f"claimx: {message}")


def test_pipe_in_a_folder_of_articles_is_passed_over(folder: Path) -> None:
    result = claimx("extract", "in", "-f", "csv", cwd=folder)
    assert result.returncode == 0
    assert "claimx: skipped: in/pipe.txt: a pipe, not a file\n" in result.stderr


def test_pipe_that_the_shell_opened_is_read(folder: Path) -> None:
    reads, writes = os.pipe()
    os.write(writes, (folder / "table.json").read_bytes())
    os.close(writes)
    result = claimx("show", f"/dev/fd/{reads}", cwd=folder)
    os.close(reads)
    assert result.returncode == 0


@pytest.mark.parametrize("said", ["two \udce9 died", "\udcff"])
def test_argument_that_is_no_text_is_explained(folder: Path, said: str) -> None:
    """Bytes of an argument that are no UTF-8 reach Python as lone surrogates."""
    result = claimx("explain", said, "Two died.", cwd=folder)
    assert result.returncode == 0
