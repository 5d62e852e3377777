"""`claimx apply`, `extract --decisions` and `extract --add` as a user types them."""

import json
from pathlib import Path

import pytest

from claimx.records import Decision
from claimx.review.decisions import make_subject, write_decision
from claimx.table import load_table
from tests.support.command import claimx

TEXTS = {"a.txt": "Acme opened a plant in Oslo.", "b.txt": "Bolt closed its factory in Rome."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with articles, their table, and decisions: one that fits it, one that does not."""
    (tmp_path / "in").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "in" / name).write_text(text, "utf-8")
    claimx("extract", "in", "-q", "-o", "table.json", cwd=tmp_path)
    table = load_table(tmp_path / "table.json")
    documents = {one.id: one for one in table.documents}
    first = make_subject(table.claims[0], documents[table.claims[0].document_id])
    decisions = [
        Decision(id="d1", kind="reject", about=((first,),), text="not\nso \x1b[31m"),
        Decision(
            id="d2",
            kind="accept",
            about=((first.model_copy(update={"text": "No\x1b[2Jbody."}),),),
        ),
    ]
    (tmp_path / "decisions.jsonl").write_text("".join(map(write_decision, decisions)), "utf-8")
    return tmp_path


UNAPPLIED = (
    "claimx: 1 decision of a person in the table\n"
    "claimx: not applied: accept 'No\\x1b[2Jbody.' (d2): "
    "the claim 'No\\x1b[2Jbody.' or the words it cites have changed\n"
)


def test_decisions_are_applied_and_those_that_do_not_fit_are_named(folder: Path) -> None:
    result = claimx("apply", "table.json", "decisions.jsonl", "-o", "out.json", cwd=folder)
    assert result == (3, "", UNAPPLIED)
    assert load_table(folder / "out.json").counts().rejected == {"by_hand": 1}
    again = claimx("apply", "out.json", "decisions.jsonl", "-o", "out2.json", cwd=folder)
    assert again.returncode == 3
    assert (folder / "out2.json").read_bytes() == (folder / "out.json").read_bytes()


def test_run_applies_decisions_too(folder: Path) -> None:
    options = ("-o", "new.json", "--decisions", "decisions.jsonl", "--model", "extractive")
    result = claimx("extract", "in", *options, cwd=folder)
    assert result.returncode == 3
    assert result.stderr.endswith(UNAPPLIED)
    claimx("apply", "table.json", "decisions.jsonl", "-o", "out.json", cwd=folder)
    assert load_table(folder / "new.json") == load_table(folder / "out.json")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ["table.json", "in/a.txt"],
            1,
            "in/a.txt, line 1: not JSON (Expecting value: line 1 column 1 (char 0)). "
            "Give the file that claimx review wrote, such as decisions.jsonl, or mend the line.",
        ),
        (
            ["table.json", "table.json"],
            1,
            "table.json: A claim table, no decisions. Give the file that claimx review wrote, such "
            "as decisions.jsonl.",
        ),
        (
            ["decisions.jsonl", "table.json"],
            1,
            "decisions.jsonl: A file of decisions. Give a table written with --format json.",
        ),
        (
            ["table.json", "none.jsonl"],
            1,
            "none.jsonl: cannot be read (No such file or directory). Check the path.",
        ),
        (
            ["table.json", "decisions.jsonl", "-o", "decisions.jsonl", "-f", "json"],
            2,
            "decisions.jsonl: is read as well. Name another file with -o.",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    folder: Path, arguments: list[str], status: int, message: str
) -> None:
    assert claimx("apply", *arguments, cwd=folder) == (status, "", f"claimx: {message}\n")


def test_articles_are_added_to_a_table_and_decisions_in_it_are_kept(folder: Path) -> None:
    claimx("apply", "table.json", "decisions.jsonl", "-o", "table2.json", cwd=folder)
    (folder / "new").mkdir()
    (folder / "new" / "c.txt").write_text("Norway paid for the plant.", "utf-8")
    (folder / "in" / "a.txt").unlink()
    (folder / "in" / "b.txt").write_text("Bolt is well.", "utf-8")
    result = claimx("extract", "new", "--add", "table2.json", "-o", "table3.json", cwd=folder)
    assert result.returncode == 0
    assert result.stderr.splitlines()[1:] == [
        "claimx: 1 document added to 2 documents of the table",
        "claimx: gone: in/a.txt: no such file any more; its claims stay",
        "claimx: changed: in/b.txt: its claims stay; name it to have it read anew",
        "claimx: 1 decision of a person in the table",
    ]
    table = load_table(folder / "table3.json")
    assert [one.id for one in table.documents] == ["a.txt", "b.txt", "c.txt"]
    assert table.counts().rejected == {"by_hand": 1}
    assert [one.id for one in table.decisions] == ["d1"]


def test_table_made_otherwise_is_not_added_to(folder: Path) -> None:
    plain = json.loads((folder / "table.json").read_text("utf-8"))
    plain["run"]["claimx_version"] = "0.0.1"
    (folder / "old.json").write_text(json.dumps(plain), "utf-8")
    result = claimx("extract", "in", "--add", "old.json", cwd=folder)
    assert result.returncode == 1
    assert "was made otherwise: claimx was 0.0.1, and is " in result.stderr
    result = claimx("extract", "in", "--add", "table.json", "--dry-run", cwd=folder)
    assert result == (
        2,
        "",
        "claimx: --add goes with neither --batch nor --dry-run. Leave one out.\n",
    )
