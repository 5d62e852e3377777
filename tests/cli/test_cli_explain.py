"""`claimx explain` as a user types it."""

from pathlib import Path

import pytest

from claimx.cli.explain import _complete_id
from claimx.errors import InputError
from claimx.records import Run
from claimx.table import build_table
from tests.support.command import claimx
from tests.support.tables import make_simple_table


def test_two_sentences_are_told_apart_by_what_differs(tmp_path: Path) -> None:
    """The numbers that keep two sentences apart are named."""
    result = claimx("explain", "21 people died.", "22 people died.", cwd=tmp_path)
    assert result.returncode == 0
    assert "not the same" in result.stdout
    assert "kept apart by number: 21 people / 22 people" in result.stdout


def test_unknown_group_is_named(tmp_path: Path) -> None:
    """An id that the table does not have is said in one line."""
    table = build_table([], [], [], [], [], Run(claimx_version="0", model="m"))
    (tmp_path / "t.json").write_text(table.model_dump_json())
    result = claimx("explain", "t.json", "C1", "C2", cwd=tmp_path)
    expected = "claimx: t.json: no group or claim 'C1'. 'claimx show' lists the IDs.\n"
    assert (result.returncode, result.stderr) == (1, expected)


def test_one_sentence_is_bad_usage(tmp_path: Path) -> None:
    """There is nothing to compare one sentence with."""
    assert claimx("explain", "21 people died.", cwd=tmp_path).returncode == 2


def test_table_that_was_changed_is_refused(tmp_path: Path) -> None:
    """A table is loaded as everywhere: a citation that is no slice of its document is an error."""
    text = make_simple_table("Rain fell.").to_json().replace('"end": 10', '"end": 9')
    (tmp_path / "t.json").write_text(text)
    result = claimx("explain", "t.json", "C1", "C2", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("claimx: t.json: ")
    assert "stands there" in result.stderr


def test_beginning_of_an_id_is_enough_if_only_one_begins_so() -> None:
    ids = ("Cb41", "Cb52", "C1")
    assert _complete_id(Path("t.json"), "Cb4", ids) == "Cb41"
    assert _complete_id(Path("t.json"), "C1", ids) == "C1"
    with pytest.raises(InputError, match=r"'Cb' may be Cb41, Cb52\. Write more of the ID"):
        _complete_id(Path("t.json"), "Cb", ids)
