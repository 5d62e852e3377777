from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from claimx import extract, make_document
from claimx.errors import InputError
from claimx.records import Span
from claimx.render.excerpt import mark_quote
from claimx.render.show import show_text
from claimx.review.show import show
from claimx.table import ClaimTable
from tests.support.command import claimx
from tests.support.tables import make_seed_table, make_simple_table


@pytest.fixture
def table(seeds: Path) -> ClaimTable:
    """A table with a little of everything."""
    return make_seed_table(seeds)


def list_ids(shown: str) -> list[str]:
    """List the ids of the claims shown, in order."""
    return [line.split()[0] for line in shown.splitlines() if line.startswith("C")]


def mark(text: str, quote: str, width: int = 60) -> list[tuple[str, str]]:
    """Mark the first *quote* in *text*."""
    start = text.index(quote)
    return list(mark_quote(text, Span(start=start, end=start + len(quote)), width))


@pytest.mark.parametrize(
    ("text", "quote", "rows"),
    [
        ("Costs fell.", "Costs fell.", [("Costs fell.", "^" * 11)]),
        ("Up.\nCosts fell.\nDown.", "fell", [("Costs fell.", "      ^^^^")]),
        ("A\tb c", "b", [("A b c", "  ^")]),
        ("費用は4%減。", "4%", [("費用は4%減。", "      ^^")]),
        ("費用は4%減。", "費用", [("費用は4%減。", "^^^^")]),
        ("e\u0301te\u0301 fell", "fell", [("e\u0301te\u0301 fell", "    ^^^^")]),
        ("one\ntwo\nthree", "e\ntw", [("one two", "  ^^^^")]),
        ("one\n", "one\n", [("one", "^^^^")]),
        ("\x1b[31mred \u202e\x00", "red", [("\ufffd[31mred \ufffd\ufffd", "     ^^^")]),
    ],
)
def test_carets_stand_below_the_quote(text: str, quote: str, rows: list[tuple[str, str]]) -> None:
    assert mark(text, quote) == rows


def test_long_line_is_cut_between_words_and_wrapped() -> None:
    text = f"{'before ' * 20}a quote of some words and some more of them {'after ' * 20}"
    rows = mark(text, "a quote of some words and some more of them", 50)
    assert rows == [
        ("…before before before before before a quote of", " " * 36 + "^" * 11),
        ("some words and some more of them after after", "^" * 32),
        ("after after after after…", ""),
    ]


@given(st.text(min_size=1), st.data(), st.integers(2, 30))
def test_rows_fit_and_carets_count_the_columns_of_the_quote(
    text: str, data: st.DataObject, width: int
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    rows = list(mark_quote(text, Span(start=start, end=end), width))
    assert all(cell_len(row) <= width for row, _ in rows)
    quoted = [" " if one.isspace() else show_text(one) for one in text[start:end]]
    assert "".join(carets for _, carets in rows).count("^") == sum(map(cell_len, quoted))
    assert not any(character in row for row, _ in rows for character in "\x1b\n\r\x00\u202e\x9b")


def test_wide_character_after_a_full_row_begins_the_next() -> None:
    rows = list(mark_quote("\r000000⺀", Span(start=0, end=1), 7))
    assert rows == [("", "^"), ("000000", ""), ("⺀", "")]


def test_every_claim_is_shown_with_place_and_quote(table: ClaimTable) -> None:
    shown = show(table)
    assert list_ids(shown) == [group.id for group in table.groups]
    first = shown.split("\n\n")[0].splitlines()[0]
    assert first == f"{table.groups[0].id}  3/5  {table.groups[0].claim}"
    for group in table.groups:
        for one in group.citations:
            assert f"  seeds/{one.document_id}:{one.line}:{one.column}" in shown


def test_dispute_is_named_where_the_claim_is(table: ClaimTable) -> None:
    shown = show(table, claim=table.groups[0].id)
    other = table.conflicts[0].b
    assert f"  disputed (number, 50,000 / 45,000): {other} 45,000 U.S. troops visit." in shown


def test_claim_is_found_by_the_beginning_of_its_id(table: ClaimTable) -> None:
    name = table.groups[1].id
    assert list_ids(show(table, claim=name[:6])) == [name]


def test_document_is_named_by_its_outlet_in_any_case_or_the_start_of_it() -> None:
    coast = make_document("The pier is new.", "b.txt", outlet="Coast Daily")
    post = make_document("The wall is old.", "a.txt", outlet="The Post")
    table = extract(coast, post, model="extractive")
    for name in ("Coast Daily", "coast daily", "coast", "B", "b.txt"):
        assert "The pier is new." in show(table, document=name)
        assert "wall" not in show(table, document=name)


def test_document_limits_claims_and_citations(table: ClaimTable) -> None:
    shown = show(table, document="003")
    assert list_ids(shown) == [group.id for group in table.groups[:2]]
    assert "003_97f363e9f661e74d.txt:" in shown
    assert "001_98cb65806011c0be.txt:" not in shown


def test_min_support_leaves_out_what_fewer_say(table: ClaimTable) -> None:
    assert list_ids(show(table, min_support=3)) == [table.groups[0].id]
    assert show(table, min_support=4) == ""


def test_conflicts_come_in_pairs(table: ClaimTable) -> None:
    shown = show(table, conflicts=True)
    assert shown.startswith("=== number: 50,000 / 45,000\n\n")
    assert list_ids(shown) == [table.conflicts[0].a, table.conflicts[0].b]
    assert show(table, conflicts=True, document="002") == ""


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"claim": "X"}, "X: no such claim in the table. claimx show TABLE.json lists them."),
        ({"claim": "C"}, "C: 6 claims begin so. Give more of it: "),
        ({"document": "009"}, "009: no such document in the table. There are: 000, 001, 002, "),
        ({"document": "00"}, "00: 5 documents begin so. Give more of it: 000_"),
    ],
)
def test_name_that_means_none_or_several_is_refused(
    table: ClaimTable, filters: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        show(table, **filters)
    assert str(caught.value).startswith(message)


def test_no_text_of_an_article_acts_on_the_terminal() -> None:
    table = make_simple_table("\x1b]0;pwned\x07 \x9b31m \u202egnp.exe\u2066", "\x1b[2J.txt")
    shown = show(table)
    assert not set(shown) & set("\x1b\x07\x9b\u202e\u2066")


def test_command_shows_and_says_when_nothing_fits(table: ClaimTable, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(table.to_json())
    result = claimx("show", "t.json", "--min-support", "3", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert list_ids(result.stdout) == [table.groups[0].id]
    result = claimx("show", "t.json", "--min-support", "5", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "claimx: no claim of the table passes these filters.\n"
    assert claimx("show", "t.json", "--claim", "X", cwd=tmp_path).returncode == 1
    assert claimx("show", "t.json", "--min-support", "0", cwd=tmp_path).returncode == 2
