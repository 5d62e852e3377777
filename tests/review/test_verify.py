import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.errors import InputError
from claimx.records import Span
from claimx.review.verify import Verification, verify
from claimx.table import ClaimTable
from tests.support.command import claimx
from tests.support.tables import make_claim, make_claim_at, make_document, make_group, make_table

TEXT = "Acme opened a plant in Oslo. Costs rose 4% in May.\nNobody was hurt, police said.\n"
QUOTES = ("Acme opened a plant in Oslo.", "Costs rose 4% in May.", "Nobody was hurt, police said.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an article that is cited three times, and the table of it."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text(TEXT)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "t.json").write_text(make_cited().to_json())
    return tmp_path


def make_cited() -> ClaimTable:
    """Make the table of the article."""
    document = make_document(TEXT, "a.txt", source="articles/a.txt")
    return make_table([document], [make_group(make_claim(document, one)) for one in QUOTES])


def check(text: str, table: ClaimTable | None = None) -> Verification:
    """Verify against an article that now says *text*."""
    return verify(table or make_cited(), make_document(text, "a.txt"))


def list_standings(found: Verification) -> list[str]:
    """List how the citations stand, in the table's order."""
    return [one.standing for one in found.checks]


def test_unchanged_article_holds() -> None:
    found = check(TEXT)
    assert found.holds
    assert found.counts() == {"same": 3, "moved": 0, "changed": 0, "missing": 0}


def test_words_after_a_new_line_moved_and_say_where_to() -> None:
    found = check("Updated on Monday.\n" + TEXT)
    assert list_standings(found) == ["moved"] * 3
    assert [(one.line, one.column) for one in found.checks] == [(2, 1), (2, 30), (3, 1)]
    assert found.checks[0].span == Span(start=19, end=47)
    assert not found.holds


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("4%", "5%", "4% -> 5%"),
        ("in May", "in early May", "(nothing) -> early"),
        ("Costs rose 4% in May.", "Costs rose 4%  in May.", "white space"),
        ("Costs rose 4% in May.", "COSTS rose 4% in May.", "Costs -> COSTS"),
    ],
)
def test_changed_words_are_told(old: str, new: str, why: str) -> None:
    found = check(TEXT.replace(old, new))
    assert list_standings(found)[:2] == ["same", "changed"]
    assert found.checks[1].why == why
    assert found.checks[1].line == 1


def test_words_that_are_gone_are_missing() -> None:
    found = check(TEXT.replace(QUOTES[2], "More to follow."))
    assert list_standings(found) == ["same", "same", "missing"]
    assert found.checks[2].quote is None


def test_part_of_a_word_is_no_move() -> None:
    document = make_document("Costs rose.", "a.txt")
    table = make_table([document], [make_group(make_claim(document, "rose"))])
    [one] = check("Doubts arose in time.", table).checks
    assert (one.standing, one.why) == ("changed", "rose -> arose")


@pytest.mark.parametrize("quote", ["\u200b", "\n\n", "...", "Os"])
def test_any_quote_can_be_gone_or_stand_elsewhere(quote: str) -> None:
    """Even one without words, or that was part of a word from the start."""
    document = make_document(f"In {quote}lo.", "a.txt")
    span = Span(start=3, end=3 + len(quote))
    table = make_table([document], [make_group(make_claim_at(document, [span], "Said."))])
    assert list_standings(check("Nothing like it", table)) == ["missing"]
    assert list_standings(check(f"Not in {quote}lo.", table)) == ["moved"]


def test_of_equal_words_those_with_the_old_neighbours_are_meant() -> None:
    before = "First, he said so. Costs rose. " + "x " * 50 + "Last, he said so. Sales fell."
    document = make_document(before, "a.txt")
    place = before.rindex("he said so")
    claim = make_claim_at(document, [Span(start=place, end=place + 10)], "He said so.")
    now = before.replace("Costs rose. " + "x " * 50, "")
    [one] = check(now, make_table([document], [make_group(claim)])).checks
    assert one.span == Span(start=now.rindex("he said so"), end=now.rindex("he said so") + 10)


@given(st.text(min_size=1), st.data())
def test_any_citation_holds_against_its_own_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = make_document(text)
    claim = make_claim_at(document, [Span(start=start, end=end)], "Said.")
    table = make_table([document], [make_group(claim)])
    assert verify(table, document).holds
    shifted = " " + text
    if shifted[start:end] != text[start:end]:
        assert not verify(table, make_document(shifted)).holds


def test_renamed_file_is_known_by_its_text() -> None:
    [one, *_] = verify(make_cited(), make_document(TEXT, "b.txt", source="b.txt")).checks
    assert (one.standing, one.source, one.span) == ("moved", "b.txt", one.citation.span)


def test_changed_file_is_known_by_its_name_wherever_it_lies() -> None:
    other = make_document("Nothing of it.", "new/b.txt")
    again = make_document(TEXT, "new/a.txt")
    assert verify(make_cited(), other, again).holds


def test_every_sort_of_document_is_paired_once() -> None:
    """Two articles of the same text are two articles."""
    documents = [make_document(TEXT, name) for name in ("a.txt", "b.txt")]
    groups = [make_group(make_claim(document, QUOTES[0])) for document in documents]
    table = make_table(documents, groups)
    assert verify(table, *reversed(documents)).holds
    found = verify(table, documents[1])
    assert list_standings(found) == ["missing", "same"]
    assert found.checks[0].why == "not among the sources given"


def test_files_of_one_name_in_two_folders_hold(folder: Path) -> None:
    """Ids such as "a.txt (2)" are no names of files."""
    for name in ("b", "c"):
        (folder / name).mkdir()
        (folder / name / "a.txt").write_text(f"{TEXT} By {name}.")
    assert claimx("extract", "b", "c", "-o", "t.json", cwd=folder).returncode == 0
    (folder / "c" / "a.txt").write_text(f"{TEXT} By nobody.")
    assert claimx("verify", "t.json", cwd=folder).stdout.startswith("6 citations: 6 same")


def test_file_that_is_found_by_its_path_needs_no_telling_name(folder: Path) -> None:
    document = make_document(TEXT, "the first one", source="articles/a.txt")
    table = make_table([document], [make_group(make_claim(document, QUOTES[1]))])
    (folder / "articles" / "a.txt").write_text("New. " + TEXT)
    [one] = verify(table, base=folder / "out").checks
    assert (one.standing, one.column) == ("moved", 35)


def test_sources_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        verify(make_cited(), "nowhere/")


@pytest.mark.parametrize("cwd", [".", "out", "articles", "elsewhere"])
def test_command_finds_the_articles_from_anywhere(folder: Path, cwd: str) -> None:
    """The paths in a table lead from where claimx ran: here, or above the table."""
    (folder / "elsewhere").mkdir()
    result = claimx("verify", folder / "out" / "t.json", cwd=folder / cwd)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "3 citations: 3 same, 0 moved, 0 changed, 0 missing\n"


def test_command_says_place_and_difference_and_fails(folder: Path) -> None:
    (folder / "articles" / "a.txt").write_text("New.\n" + TEXT.replace("4%", "\x1b[31m5%"))
    result = claimx("verify", "out/t.json", cwd=folder)
    ids = [group.id for group in make_cited().groups]
    assert result.returncode == 3
    assert result.stdout.splitlines() == [
        f"articles/a.txt:2:1: [{ids[0]}] moved from a.txt:1:1: {QUOTES[0]}",
        f"articles/a.txt:2:30: [{ids[1]}] changed from a.txt:1:30 (4% -> \ufffd[31m5%): "
        "Costs rose \ufffd[31m5% in May.",
        f"articles/a.txt:3:1: [{ids[2]}] moved from a.txt:2:1: {QUOTES[2]}",
        "3 citations: 0 same, 2 moved, 1 changed, 0 missing",
    ]


def test_command_says_a_lost_file_once(folder: Path) -> None:
    (folder / "articles" / "a.txt").unlink()
    result = claimx("verify", "out/t.json", cwd=folder)
    assert result.returncode == 3
    assert result.stdout.splitlines() == [
        "a.txt: missing (no such file now: articles/a.txt): 3 citations",
        "3 citations: 0 same, 0 moved, 0 changed, 3 missing",
    ]


def test_command_says_why_a_file_cannot_be_read(folder: Path) -> None:
    (folder / "articles" / "a.txt").write_bytes(b"caf\xe9")
    result = claimx("verify", "out/t.json", cwd=folder)
    assert result.returncode == 3
    assert result.stderr.startswith("claimx: failed: articles/a.txt: not UTF-8 (byte 0xe9")
    assert "a.txt: missing (articles/a.txt: not UTF-8" in result.stdout


def test_command_writes_json(folder: Path) -> None:
    result = claimx("verify", "out/t.json", "articles", "--format", "json", cwd=folder)
    checks = json.loads(result.stdout)["checks"]
    assert [one["standing"] for one in checks] == ["same"] * 3


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["none.json"], 1, "none.json: cannot be read (No such file or directory)."),
        (["out/t.json", "nowhere"], 1, "nowhere: no such file or folder. Check the path."),
        (["out/t.json", "--encoding", "klingon"], 2, "--encoding: unknown encoding: klingon."),
    ],
)
def test_bad_call_gets_one_line(folder: Path, args: list[str], status: int, message: str) -> None:
    result = claimx("verify", *args, cwd=folder)
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith(f"claimx: {message}")
    assert len(result.stderr.splitlines()) == 1
