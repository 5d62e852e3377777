"""A selection of a table is a table."""

from pathlib import Path
from typing import NamedTuple

import pytest

from claimx import InputError, extract, load_table, make_document
from claimx.records import Claim, Echo
from claimx.review.select import choose_groups, select_table
from claimx.review.show import show
from claimx.table import ClaimTable, build_table, narrow_table
from tests.support.command import claimx
from tests.support.tables import make_seed_table


class Matched(NamedTuple):
    """A group in the form that a table is built of."""

    claim: Claim
    claims: tuple[Claim, ...]


@pytest.fixture
def table(seeds: Path) -> ClaimTable:
    """A table with a little of everything."""
    return make_seed_table(seeds)


def test_selection_has_the_groups_that_pass_and_their_documents(table: ClaimTable) -> None:
    group = table.groups[-1]
    word = max(group.claim.split(), key=len).strip(".,")
    chosen = select_table(table, about=word, document=group.claims[0].document_id)
    assert group.id in {one.id for one in chosen.groups}
    assert 0 < len(chosen.groups) < len(table.groups)
    named = {claim.document_id for claim in chosen.claims}
    assert {one.id for one in chosen.documents} == named
    assert len(named) < len(table.documents)
    for some in (chosen.rejected, chosen.failures, chosen.skipped):
        assert {one.document_id for one in some} <= named
    assert ClaimTable.from_json(chosen.to_json()) == chosen


def test_selection_counts_independent_support_among_its_documents() -> None:
    """A third document made two others one source; where it is left out, they are two."""
    texts = {"a": "The ferry sank.", "b": "The ferry sank.", "c": "The port closed."}
    table = extract([make_document(text, name) for name, text in texts.items()], model="extractive")
    echoes = [Echo(a=one, b="c", kind="copied", share=1.0, passages=()) for one in ("a", "b")]
    table = build_table(
        table.documents,
        [Matched(group.claims[0], group.claims) for group in table.groups],
        (),
        (),
        (),
        table.run,
        echoes=echoes,
    )
    assert [group.independent for group in table.groups] == [1, 1]
    chosen = select_table(table, about="ferry")
    assert [(group.support, group.independent) for group in chosen.groups] == [(2, 2)]
    assert ClaimTable.from_json(chosen.to_json()) == chosen


def test_selection_has_the_conflicts_within_it(table: ClaimTable) -> None:
    assert select_table(table) is table
    [one, *_] = table.conflicts
    sides = [group for group in table.groups if group.id in {one.a, one.b}]
    assert one in narrow_table(table, {one.a, one.b}).conflicts
    assert narrow_table(table, {sides[0].id}).conflicts == ()


def test_command_selects_from_a_file(table: ClaimTable, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(table.to_json())
    word = max(table.groups[0].claim.split(), key=len).strip(".,")
    made = claimx("convert", "t.json", "--about", word, "-o", "s.json", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    wanted = [group.id for group in choose_groups(table, about=word)]
    assert [group.id for group in load_table(tmp_path / "s.json").groups] == wanted
    shown = claimx("show", "t.json", "--about", word, cwd=tmp_path).stdout
    assert [line.split()[0] for line in shown.splitlines() if line.startswith("C")] == wanted
    assert shown == show(table, about=word)
    none = claimx("convert", "t.json", "--about", "xyzzy", "-o", "n.json", cwd=tmp_path)
    assert (none.returncode, none.stderr) == (
        0,
        "claimx: no claim of the table passes these filters.\n",
    )
    failed = claimx("report", "t.json", "--about", "...", "-o", "r.html", cwd=tmp_path)
    assert (failed.returncode, failed.stderr) == (
        1,
        "claimx: '...': has no word. Name one that the claims say.\n",
    )


def test_document_that_is_not_there_is_refused(table: ClaimTable) -> None:
    with pytest.raises(InputError, match="009: no such document in the table"):
        select_table(table, document="009")
