"""`claimx match` as a user types it."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from claimx.match import match_texts
from tests.support.command import claimx

LINES = "21 people died.\n\nTwenty-one people died.\n22 people died.\n"


def test_groups_and_conflicts_are_shown(tmp_path: Path) -> None:
    """Each group has its members with their scores; a conflict says what differs."""
    (tmp_path / "claims.txt").write_text(LINES)
    result = claimx("match", "claims.txt", cwd=tmp_path)
    assert result == (
        0,
        "1. 21 people died.\n"
        "   1.00  line 1  21 people died.\n"
        "   0.94  line 3  Twenty-one people died.\n"
        "2. 22 people died.\n"
        "   1.00  line 4  22 people died.\n"
        "\nConflicts\n"
        "1 / 2  number: 21 people / 22 people\n"
        "   21 people died.\n"
        "   22 people died.\n",
        "",
    )


def test_sentences_of_one_document_are_no_conflict(tmp_path: Path) -> None:
    """JSON Lines name the document; two tolls in one are two facts."""
    rows = [{"text": f"{n} people died.", "document": "a"} for n in (21, 22)]
    lines = "\n".join(map(json.dumps, [*rows, "23 people died."]))
    (tmp_path / "claims.jsonl").write_text(lines)
    result = claimx("match", "claims.jsonl", "-f", "json", cwd=tmp_path)
    found = json.loads(result.stdout)
    documents = [group["members"][0]["document"] for group in found["groups"]]
    assert documents == ["a", "a", "line 3"]
    assert [(one["a"], one["b"]) for one in found["conflicts"]] == [(1, 3), (2, 3)]


def test_csv_has_a_row_a_sentence(tmp_path: Path) -> None:
    """The ending of OUT chooses the format; what a spreadsheet could run is guarded."""
    (tmp_path / "claims.txt").write_text(LINES + "=1+1 people died.\n")
    assert claimx("match", "claims.txt", "-o", "out.csv", cwd=tmp_path) == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [row["group"] for row in rows][:3] == ["1", "1", "2"]
    assert rows[0]["conflicts"].startswith("2 (21 people / 22 people)")
    assert rows[-1]["text"] == "'=1+1 people died."


def test_objects_on_stdin_are_known_by_their_brace(tmp_path: Path) -> None:
    """Without a name stdin has no ending; a lone half of a character does not stop the output."""
    result = claimx("match", "-", cwd=tmp_path, stdin='{"text": "Two died \\ud800."}\n')
    assert result.stdout.splitlines()[0] == "1. Two died \ufffd."


def test_empty_file_has_no_groups(tmp_path: Path) -> None:
    """Nothing in, nothing out."""
    (tmp_path / "claims.txt").write_text("\n\n")
    assert claimx("match", "claims.txt", cwd=tmp_path) == (0, "", "")


@pytest.mark.parametrize(
    ("name", "data", "status", "message"),
    [
        ("c.jsonl", b"21 died", 1, "c.jsonl, line 1: not JSON."),
        ("c.jsonl", b'"a"\n{"claim": "x"}', 1, 'c.jsonl, line 2: no "text".'),
        ("c.jsonl", b"[" * 100_000, 1, "c.jsonl, line 1: not JSON."),
        (
            "c.txt",
            b"PAR1",
            1,
            "c.txt: A Parquet file. Name a text with a sentence on each",
        ),
        ("c.json", b'["Two died."]', 1, "c.json: A JSON file. Name a text with a sentence on each"),
        ("c.txt", b"caf\xe9", 1, "c.txt: not UTF-8 (byte 0xe9 at offset 3)."),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    name: str, data: bytes, status: int, message: str, tmp_path: Path
) -> None:
    """The file, the line and the next step."""
    (tmp_path / name).write_bytes(data)
    result = claimx("match", name, cwd=tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (status, 1)
    assert result.stderr.startswith(f"claimx: {message}")


def test_unknown_ending_and_missing_file_are_said(tmp_path: Path) -> None:
    """Before any work is done."""
    result = claimx("match", "none.txt", cwd=tmp_path)
    expected = "claimx: none.txt: cannot be read (No such file or directory). Check the path.\n"
    assert (result.returncode, result.stderr) == (1, expected)
    assert claimx("match", "none.txt", "-o", "out.xyz", cwd=tmp_path).returncode == 2


def test_scores_stand_beside_the_claims() -> None:
    """The wording that stands for the group has 1, and so have its copies."""
    [group] = match_texts(["21 people died.", "21 people died", "Twenty-one people died."]).groups
    same = [
        score
        for claim, score in zip(group.claims, group.scores, strict=True)
        if claim.text == group.claim.text
    ]
    assert same == [1.0]
    assert len(group.scores) == 3
    assert all(0.5 < score <= 1 for score in group.scores)


def write_claims(path: Path, *texts: str) -> None:
    rows = [
        {"claim_id": f"{path.stem}{at}", "document_id": f"{path.stem}{at}", "member_claim": text}
        for at, text in enumerate(texts)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_parquet_is_matched_into_parquet(tmp_path: Path) -> None:
    """Each row gets its group, the wording of this, its support and what contradicts it."""
    write_claims(tmp_path / "in.parquet", *LINES.split("\n\n")[0:1], "22 people died.")
    result = claimx("match", "in.parquet", "-o", "out.parquet", "--workers", "1", cwd=tmp_path)
    assert result == (0, "", "")
    first, second = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (first["claim"], first["support"]) == ("21 people died.", 1)
    (conflict,) = first["conflicts"]
    assert conflict == {
        "group_id": second["group_id"],
        "kind": "number",
        "why": "21 people / 22 people",
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_folder_of_parquet_is_matched_into_a_folder(tmp_path: Path) -> None:
    """Claims of several files are matched with one another; each file comes out by its name."""
    (tmp_path / "in").mkdir()
    write_claims(tmp_path / "in" / "a.parquet", "21 people died.")
    write_claims(tmp_path / "in" / "b.parquet", "Twenty-one people died.")
    options = ("-o", "out", "--work", "work", "--workers", "1")
    assert claimx("match", "in", *options, cwd=tmp_path) == (0, "", "")
    rows = [pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist()[0] for name in "ab"]
    assert {row["support"] for row in rows} == {2}
    assert (tmp_path / "work").is_dir()
    (tmp_path / "in" / "b.parquet").unlink()
    refused = claimx("match", "in", *options, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == "claimx: out: has other rows, b.parquet. Name another with -o.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["in.parquet"], "Parquet goes to a file or a folder. Name it with -o."),
        (
            ["in.parquet", "-o", "out.csv"],
            "out.csv: Parquet is written as Parquet. Name a .parquet file with -o.",
        ),
        (
            ["in.parquet", "-o", "out.parquet", "--judge", "--model", "m"],
            "--judge and --format are not for Parquet. Leave them out.",
        ),
        (
            ["in.parquet", "-o", "in.parquet"],
            "in.parquet: is read as well. Name another file with -o.",
        ),
        (
            ["claims.txt", "--work", "w"],
            "--work, --workers and --ray are for Parquet. Leave them out.",
        ),
        (["empty", "-o", "out"], "empty: no .parquet file in it. Name a folder that has some."),
        (["empty", "-o", "in.parquet"], None),
    ],
)
def test_wrong_use_with_parquet_is_told(
    arguments: list[str], message: str | None, tmp_path: Path
) -> None:
    """What does not go with Parquet is said before anything is matched."""
    write_claims(tmp_path / "in.parquet", "21 people died.")
    (tmp_path / "claims.txt").write_text(LINES)
    (tmp_path / "empty").mkdir()
    result = claimx("match", *arguments, cwd=tmp_path)
    assert result[0] in {1, 2}
    assert message is None or result.stderr == f"claimx: {message}\n"
