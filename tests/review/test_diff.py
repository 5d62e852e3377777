import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from claimx.review.diff import TableDiff, diff
from claimx.table import ClaimTable
from tests.support.command import claimx
from tests.support.tables import (
    Clash,
    make_claim,
    make_document,
    make_group,
    make_seed_table,
    make_table,
)

TEXT = "Costs rose. Costs fell.\nSales fell 4%. It rained. 21 died. 22 died.\n"
FIRST, SECOND, THIRD = (make_document(TEXT, f"{number}.txt") for number in (1, 2, 3))
DOCUMENTS = (FIRST, SECOND, THIRD)
ROSE = tuple(make_claim(document, "Costs rose.") for document in DOCUMENTS)
FELL = make_claim(FIRST, "Costs fell.")
SALES = make_claim(FIRST, "Sales fell 4%.")
RAIN = make_claim(SECOND, "It rained.")
DIED = tuple(make_claim(FIRST, f"{number} died.") for number in (21, 22))


def table(*groups: tuple[object, ...], conflicts: tuple[Clash, ...] = ()) -> ClaimTable:
    """Make a table of groups of claims."""
    return make_table(DOCUMENTS, [make_group(*group) for group in groups], conflicts)


def list_claims(found: TableDiff, name: str) -> list[str]:
    """List the wordings of one sort of difference."""
    return [getattr(one, "new", one).claim for one in getattr(found, name)]


def test_table_does_not_differ_from_itself(seeds: Path) -> None:
    seeded = make_seed_table(seeds)
    found = diff(seeded, ClaimTable.from_json(seeded.to_json()))
    assert (found.is_empty, found.unchanged) == (True, 6)


def test_order_is_no_difference() -> None:
    old = table(ROSE, (FELL,), (SALES,), conflicts=(Clash(1, 2, "name", "a / b"),))
    turned = (Clash(1, 0, "name", "b / a"),)
    new = make_table(
        reversed(DOCUMENTS),
        [make_group(*group) for group in ((FELL,), (SALES,), ROSE[::-1])],
        turned,
    )
    assert diff(old, new).is_empty


def test_claims_appear_and_vanish() -> None:
    found = diff(table((FELL,), (SALES,)), table((SALES,), (RAIN,)))
    assert list_claims(found, "appeared") == ["It rained."]
    assert list_claims(found, "vanished") == ["Costs fell."]
    assert found.unchanged == 1


def test_group_that_another_document_joined_gained_support() -> None:
    """Its id is another one, as ids follow from the claims; it is the same group all the same."""
    [change] = diff(table(ROSE[:2]), table(ROSE)).gained
    assert (change.gained, change.lost) == (("3.txt",), ())
    assert change.old.id != change.new.id


def test_support_can_be_lost_and_gained_at_once() -> None:
    found = diff(table(ROSE[:2]), table(ROSE[1:]))
    assert found.gained == found.lost
    assert (found.gained[0].gained, found.gained[0].lost) == (("3.txt",), ("1.txt",))


def test_split_group_keeps_its_larger_part_and_names_the_kin_of_the_other() -> None:
    old, new = table((*ROSE, FELL)), table(ROSE, (FELL,))
    found = diff(old, new)
    assert [entry.kin for entry in found.appeared] == [(old.groups[0].id,)]
    assert (found.vanished, found.lost) == ((), ())
    back = diff(new, old)
    assert [entry.kin for entry in back.vanished] == [(old.groups[0].id,)]


def test_claim_that_only_stands_elsewhere_now_is_the_same() -> None:
    """A line above it moves a claim and so gives it another id."""
    moved = make_document("New on top.\n" + TEXT, "1.txt")
    old = make_table([FIRST], [make_group(FELL)])
    new = make_table([moved], [make_group(make_claim(moved, "Costs fell."))])
    assert old.groups[0].id != new.groups[0].id
    assert diff(old, new).is_empty


def test_conflicts_come_and_go() -> None:
    clash = Clash(0, 1, "number", "21 / 22")
    calm, torn = table(DIED[:1], DIED[1:]), table(DIED[:1], DIED[1:], conflicts=(clash,))
    assert [one.why for one in diff(calm, torn).new_conflicts] == ["21 / 22"]
    assert [one.why for one in diff(torn, calm).gone_conflicts] == ["21 / 22"]


def test_conflict_of_a_group_that_grew_is_not_new() -> None:
    clash = Clash(0, 1, "name", "a / b")
    found = diff(
        table(ROSE[:1], (FELL,), conflicts=(clash,)), table(ROSE, (FELL,), conflicts=(clash,))
    )
    assert found.new_conflicts == found.gone_conflicts == ()


def write_pair(folder: Path) -> list[str]:
    """Write two tables that differ in everything."""
    hostile = make_document("Costs rose. <b>|[x](y)\x1b[31m\u202e*", "4.txt")
    clash = (Clash(0, 1, "number", "21 / 22"),)
    old = table(ROSE[:2], (FELL,), (SALES,))
    groups = [DIED[:1], DIED[1:], ROSE, (RAIN,), (make_claim(hostile, hostile.text[12:]),)]
    new = make_table([*DOCUMENTS, hostile], [make_group(*group) for group in groups], clash)
    (folder / "old.json").write_text(old.to_json())
    (folder / "new.json").write_text(new.to_json())
    return [group.id for group in (*old.groups, *new.groups)]


def test_command_writes_a_line_for_each_difference(tmp_path: Path) -> None:
    write_pair(tmp_path)
    result = claimx("diff", "old.json", "new.json", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (3, "")
    assert re.sub("C[0-9a-f]{8}", "C", result.stdout).splitlines() == [
        "+ claim: C 21 died. (1.txt)",
        "+ claim: C 22 died. (1.txt)",
        "+ claim: C It rained. (2.txt)",
        "+ claim: C <b>|[x](y)\ufffd[31m\ufffd* (4.txt)",
        "- claim: C Costs fell. (1.txt)",
        "- claim: C Sales fell 4%. (1.txt)",
        "~ gained: C Costs rose. (2 -> 3: +3.txt)",
        "+ conflict: number, 21 / 22: C 21 died. | C 22 died.",
        "appeared 4, vanished 2, gained support 1, lost support 0, new conflicts 1, "
        "conflicts gone 0; 0 claims unchanged",
    ]


def test_command_writes_markdown_that_means_what_it_says(tmp_path: Path) -> None:
    write_pair(tmp_path)
    result = claimx("diff", "old.json", "new.json", "-f", "markdown", cwd=tmp_path)
    shown = MarkdownIt("commonmark").render(result.stdout)
    assert shown.count("<h2>") == 4
    assert shown.count("<li>") == 8
    assert "&lt;b&gt;|[x](y)\ufffd[31m\ufffd*" in shown


def test_command_writes_json(tmp_path: Path) -> None:
    write_pair(tmp_path)
    result = claimx("diff", "old.json", "new.json", "-f", "json", cwd=tmp_path)
    plain = json.loads(result.stdout)
    assert [len(plain[name]) for name in ("appeared", "vanished", "gained")] == [4, 2, 1]


def test_command_without_a_difference_ends_with_0(tmp_path: Path) -> None:
    write_pair(tmp_path)
    result = claimx("diff", "old.json", "old.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "no difference; 3 claims unchanged\n")


@pytest.mark.parametrize("args", [["none.json", "old.json"], ["old.json", "none.json"]])
def test_table_that_is_not_there_is_named(tmp_path: Path, args: list[str]) -> None:
    write_pair(tmp_path)
    result = claimx("diff", *args, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("claimx: none.json: cannot be read")
