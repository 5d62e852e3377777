"""What a person decided, kept as lines and applied: to the same table, to a later one, or not."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimx.errors import InputError
from claimx.records import Claim, ClaimGroup, Decision, DecisionKind, Document
from claimx.render.terminal import render_terminal
from claimx.review.decisions import (
    append_decision,
    apply_decisions,
    make_subject,
    read_decisions,
    write_decision,
)
from claimx.review.show import show
from claimx.table import ClaimTable, load_table
from tests.support.tables import Clash, make_claim, make_document, make_group, make_table

TEXTS = {
    "a.txt": "Fire killed 21 people. The mayor resigned. Rain fell.",
    "b.txt": "The blaze killed 21. The mayor stepped down.",
    "c.txt": "22 people died in the fire. Rain fell hard.",
}
DOCUMENTS = [make_document(text, name, sha256=name * 8) for name, text in TEXTS.items()]
A, B, C = DOCUMENTS


@pytest.fixture
def table() -> ClaimTable:
    """Five groups of three documents, two of them in conflict."""
    return build()


def build(documents: Sequence[Document] = DOCUMENTS) -> ClaimTable:
    a, b, c = documents
    return make_table(
        documents,
        [
            make_group(
                make_claim(a, "Fire killed 21 people", "A fire killed 21 people."),
                make_claim(b, "The blaze killed 21", "The blaze killed 21."),
            ),
            make_group(make_claim(a, "The mayor resigned", "The mayor resigned.")),
            make_group(make_claim(b, "The mayor stepped down", "The mayor stepped down.")),
            make_group(make_claim(c, "22 people died in the fire", "22 people died in the fire.")),
            make_group(
                make_claim(a, "Rain fell", "Rain fell."),
                make_claim(c, "Rain fell hard", "Rain fell hard."),
            ),
        ],
        [Clash(0, 3, "number", "21 / 22")],
    )


def group_of(table: ClaimTable, wording: str) -> ClaimGroup:
    return next(
        group for group in table.groups if wording in {claim.text for claim in group.claims}
    )


def decide(
    kind: DecisionKind, *sides: Sequence[Claim], table: ClaimTable, **fields: str
) -> Decision:
    documents = {document.id: document for document in table.documents}
    about = tuple(
        tuple(make_subject(claim, documents[claim.document_id]) for claim in side) for side in sides
    )
    name = "-".join([kind, *(claim.id for side in sides for claim in side)])
    return Decision(**{"id": name[:60], "kind": kind, "about": about} | fields)


def test_rejected_claim_leaves_the_table_for_a_reason_of_a_person(table: ClaimTable) -> None:
    fire = group_of(table, "A fire killed 21 people.")
    decision = decide("reject", fire.claims[:1], table=table, text="misread")
    after, unapplied = apply_decisions(table, [decision])
    assert unapplied == ()
    assert [(one.reason, one.detail, one.claim) for one in after.rejected] == [
        ("by_hand", "misread", "A fire killed 21 people.")
    ]
    left = group_of(after, "The blaze killed 21.")
    assert (left.claim, left.support) == ("The blaze killed 21.", 1)
    assert after.counts().proposed == table.counts().proposed
    assert len(after.conflicts) == 1
    assert [one.span.slice(A.text) for one in after.skipped if one.document_id == "a.txt"]


def test_rejected_group_takes_its_conflicts_along(table: ClaimTable) -> None:
    claims = group_of(table, "A fire killed 21 people.").claims
    after, _ = apply_decisions(table, [decide("reject", claims, table=table)])
    assert after.conflicts == ()
    assert after.counts().rejected == {"by_hand": 2}


def test_merged_groups_are_one_row(table: ClaimTable) -> None:
    sides = [group_of(table, f"The mayor {what}.").claims for what in ("resigned", "stepped down")]
    after, unapplied = apply_decisions(table, [decide("merge", *sides, table=table)])
    assert unapplied == ()
    merged = group_of(after, "The mayor resigned.")
    assert merged.support == 2
    assert merged.claim == "The mayor resigned."
    assert len(after.groups) == len(table.groups) - 1


TOLD = (
    make_document("Police said that the old ferry was lost.", "a.txt"),
    make_document("The navy said the old ferry was lost.", "b.txt"),
    make_document("The ferry is in port.", "c.txt"),
)


def test_group_that_is_split_credits_again_whom_all_of_it_credit() -> None:
    """The row that keeps the claim of its wording keeps its conflicts, and its speaker is back."""
    police, navy, port = (make_claim(one, one.text) for one in TOLD)
    table = make_table(
        TOLD, [make_group(navy, police), make_group(port)], [Clash(0, 1, "negation", "lost / in")]
    )
    assert table.groups[0].claim == "The old ferry was lost."
    after, _ = apply_decisions(table, [decide("split", [navy], [police], table=table)])
    assert sorted(group.claim for group in after.groups) == sorted(one.text for one in TOLD)
    assert {after.conflicts[0].a, after.conflicts[0].b} >= {group_of(after, police.text).id}
    merged, _ = apply_decisions(after, [decide("merge", [navy], [police], table=table, id="m")])
    assert group_of(merged, navy.text).claim == "The old ferry was lost."
    assert merged.groups == table.groups


def test_merging_two_sides_of_a_conflict_ends_it(table: ClaimTable) -> None:
    sides = [
        group_of(table, text).claims
        for text in ("The blaze killed 21.", "22 people died in the fire.")
    ]
    after, _ = apply_decisions(table, [decide("merge", *sides, table=table)])
    assert after.conflicts == ()


def test_split_group_is_two_rows_and_the_conflict_stays_with_its_wording(table: ClaimTable) -> None:
    fire, blaze = group_of(table, "A fire killed 21 people.").claims
    after, unapplied = apply_decisions(table, [decide("split", [fire], [blaze], table=table)])
    assert unapplied == ()
    kept = group_of(after, "A fire killed 21 people.")
    assert kept.claims == (fire,)
    assert group_of(after, "The blaze killed 21.").claims == (blaze,)
    assert {after.conflicts[0].a, after.conflicts[0].b} >= {kept.id}


def test_wording_of_a_person_is_marked(table: ClaimTable, tmp_path: Path) -> None:
    claims = group_of(table, "Rain fell.").claims
    decision = decide("reword", claims, table=table, text="It rained.")
    after, _ = apply_decisions(table, [decision])
    row = group_of(after, "Rain fell.")
    assert (row.claim, row.reworded) == ("It rained.", True)
    path = tmp_path / "table.json"
    path.write_text(after.to_json(), "utf-8")
    assert load_table(path) == after


def test_wording_whose_claims_are_apart_is_not_applied(table: ClaimTable) -> None:
    rain, hard = group_of(table, "Rain fell.").claims
    decisions = [
        decide("reword", [rain, hard], table=table, text="It rained."),
        decide("split", [rain], [hard], table=table),
    ]
    after, unapplied = apply_decisions(table, decisions)
    assert not any(row.reworded for row in after.groups)
    assert [one.reason for one in unapplied] == ["its claims are in 2 groups now"]
    assert [one.kind for one in after.decisions] == ["split"]


def test_accepted_claims_are_marked_and_what_joins_them_later_is_not(table: ClaimTable) -> None:
    fire, _ = group_of(table, "A fire killed 21 people.").claims
    after, _ = apply_decisions(table, [decide("accept", [fire], table=table)])
    assert [one.accepted for one in group_of(after, fire.text).claims] == [True, False]


def test_notes_are_kept_on_rows_and_on_what_is_rejected(table: ClaimTable) -> None:
    rain = group_of(table, "Rain fell.").claims
    mayor = group_of(table, "The mayor resigned.").claims
    decisions = [
        decide("note", rain, table=table, text="asked the weather service"),
        decide("note", mayor, table=table, text="denied by his office"),
        decide("reject", mayor, table=table),
    ]
    after, unapplied = apply_decisions(table, decisions)
    assert unapplied == ()
    assert group_of(after, "Rain fell.").notes == ("asked the weather service",)
    assert after.rejected[0].detail == "rejected by a person; denied by his office"


def test_undone_decision_is_not_applied_and_undoing_can_be_undone(table: ClaimTable) -> None:
    rain = decide("reject", group_of(table, "Rain fell.").claims, table=table)
    undo = Decision(id="u1", kind="undo", undoes=rain.id)
    assert apply_decisions(table, [rain, undo]) == (table, ())
    redo = Decision(id="u2", kind="undo", undoes="u1")
    assert apply_decisions(table, [rain, undo, redo]).table.counts().rejected == {"by_hand": 2}


def test_undoing_what_is_not_there_or_was_applied_before_is_told(table: ClaimTable) -> None:
    rain = decide("reject", group_of(table, "Rain fell.").claims, table=table)
    undo = Decision(id="u1", kind="undo", undoes=rain.id)
    assert [one.reason for one in apply_decisions(table, [undo, rain]).unapplied] == [
        f"no decision before it has the id {rain.id}"
    ]
    after, _ = apply_decisions(table, [rain])
    again, unapplied = apply_decisions(after, [rain, undo])
    assert again == after
    assert [one.decision.id for one in unapplied] == ["u1"]


def test_later_decision_on_a_claim_holds(table: ClaimTable) -> None:
    rain = group_of(table, "Rain fell.").claims
    accept, reject = (decide(kind, rain, table=table) for kind in ("accept", "reject"))
    assert apply_decisions(table, [accept, reject]).table.counts().cited == 4 + 1
    kept = apply_decisions(table, [reject, accept]).table
    assert all(one.accepted for one in group_of(kept, "Rain fell.").claims)


def test_decision_set_aside_by_a_later_one_is_told(table: ClaimTable) -> None:
    fire, blaze = group_of(table, "A fire killed 21 people.").claims
    mayor = group_of(table, "The mayor resigned.").claims
    decisions = [
        decide("split", [fire], [blaze], table=table),
        decide("merge", mayor, [fire], table=table),
        decide("merge", mayor, [blaze], table=table),
    ]
    after, unapplied = apply_decisions(table, decisions)
    assert [(one.decision.kind, one.reason) for one in unapplied] == [
        ("split", "a later decision has joined its claims again")
    ]
    assert apply_decisions(after, decisions) == (after, unapplied)


def test_claim_is_known_again_where_it_moved_or_its_file_was_renamed(table: ClaimTable) -> None:
    decision = decide("reject", group_of(table, "Rain fell.").claims, table=table)
    moved = build([A.model_copy(update={"text": f"News. {A.text}"}), B, C])
    assert apply_decisions(moved, [decision]).table.counts().rejected == {"by_hand": 2}
    renamed = build([A.model_copy(update={"id": "z.txt"}), B, C])
    assert apply_decisions(renamed, [decision]).table.counts().rejected == {"by_hand": 2}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"text": A.text.replace("The mayor resigned", "The Mayor retired")},
            "a.txt has no claim 'The mayor resigned.' of these words now",
        ),
        ({"id": "z.txt", "sha256": "f" * 64}, "a.txt is not in the table"),
    ],
)
def test_decision_is_not_applied_to_what_it_does_not_fit(
    table: ClaimTable, changes: dict[str, str], reason: str
) -> None:
    decision = decide("reject", group_of(table, "The mayor resigned.").claims, table=table)
    document = A.model_copy(update=changes)
    mayor = document.text.split(". ")[1]
    later = make_table(
        [document], [make_group(make_claim(document, mayor, f"{mayor.replace('M', 'm')}."))]
    )
    after, unapplied = apply_decisions(later, [decision])
    assert after == later
    assert [one.reason for one in unapplied] == [reason]


def test_decision_on_words_that_changed_is_not_applied_though_the_id_is_the_same() -> None:
    before, after = (
        make_document(f"Fire killed {number} people.", sha256=str(number) * 32)
        for number in (21, 22)
    )
    old, new = (
        make_table([one], [make_group(make_claim(one, one.text, "Fire killed many."))])
        for one in (before, after)
    )
    decision = decide("accept", old.claims, table=old)
    applied = apply_decisions(new, [decision])
    assert applied.table == new
    assert applied.unapplied[0].reason == (
        "the claim 'Fire killed many.' or the words it cites have changed"
    )


def test_claim_that_stands_twice_now_is_not_chosen_by_guess() -> None:
    once = make_document("It rained. Then sun.")
    old = make_table([once], [make_group(make_claim(once, "It rained"))])
    twice = make_document("So: it. It rained. It rained.")
    claims = [
        make_claim(twice, "It rained"),
        make_claim(make_document("So: it. #########. It rained."), "It rained"),
    ]
    new = make_table([twice], [make_group(one) for one in claims])
    applied = apply_decisions(new, [decide("reject", old.claims, table=old)])
    assert applied.table == new
    assert applied.unapplied[0].reason == "2 claims of a.txt say 'It rained' now"


def test_lines_are_read_back_as_written(table: ClaimTable, tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    decisions = [
        decide("note", group_of(table, "Rain fell.").claims, table=table, text="two\nlines \u2028"),
        Decision(id="u1", kind="undo", undoes="x", made="2025-03-30T12:00:00Z", by="Ada"),
    ]
    for decision in decisions:
        append_decision(path, decision)
    assert read_decisions(path) == tuple(decisions)
    assert path.read_bytes().count(b"\n") == 2


def test_line_is_added_below_one_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    one, two = (Decision(id=name, kind="undo", undoes="x") for name in ("u1", "u2"))
    path.write_text(write_decision(one).rstrip("\n"), "utf-8")
    append_decision(path, two)
    assert read_decisions(path) == (one, two)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"id": "a", "kind": "burn"}', 'line 1: kind="burn": Input should be'),
        ("\n{", "line 2: not JSON (Expecting property name"),
        ('{"id": "a b", "kind": "undo", "undoes": "x"}', 'line 1: id="a b": String should match'),
        ('{"id": "a", "kind": "merge"}', "cannot be about 0 sides"),
        ('{"id": "a", "kind": "undo"}', "undoes belongs to a decision to undo"),
        (
            '{"id": "a", "kind": "undo", "undoes": "x"}\n{"id": "a", "kind": "undo", "undoes": "z"}'
            "\n",
            "line 2: id='a' is that of line 1, another decision.",
        ),
        ("[" * 100_000, "line 1: not JSON"),
        ('"\x1b[31m"', "line 1: "),
    ],
)
def test_line_that_is_no_decision_is_named(tmp_path: Path, lines: str, message: str) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text(lines, "utf-8")
    with pytest.raises(InputError) as caught:
        read_decisions(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}, line ")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_decisions(tmp_path / "none.jsonl")


@st.composite
def draw_decisions(draw: st.DrawFn) -> list[Decision]:
    """Draw decisions about any claims of the table, undoing among them."""
    table = build()
    claims = st.lists(
        st.sampled_from(table.claims), min_size=1, max_size=4, unique_by=lambda claim: claim.id
    )
    kinds: st.SearchStrategy[DecisionKind] = st.sampled_from(
        ["accept", "reject", "merge", "split", "reword", "note"]
    )
    decisions: list[Decision] = []
    for number in range(draw(st.integers(1, 7))):
        name = f"d{number}"
        if decisions and draw(st.integers(0, 5)) == 0:
            undone = draw(st.sampled_from(decisions)).id
            decisions.append(Decision(id=name, kind="undo", undoes=undone))
            continue
        kind = draw(kinds)
        sides = [draw(claims) for _ in range(2 if kind in ("merge", "split") else 1)]
        if kind == "split" and any(one in sides[1] for one in sides[0]):
            continue
        text = {"text": draw(st.sampled_from(["It is so.", "<b>", "\u202e"]))}
        decisions.append(decide(kind, *sides, table=table, id=name, **text))
    return decisions


@given(draw_decisions())
@settings(max_examples=150)
def test_any_decisions_leave_a_whole_table_and_twice_is_once(decisions: list[Decision]) -> None:
    table = build()
    after, unapplied = apply_decisions(table, decisions)
    counts = after.counts()
    assert counts.proposed == table.counts().proposed
    assert counts.proposed == counts.cited + sum(counts.rejected.values())
    assert ClaimTable.from_json(after.to_json()) == after
    assert {one.id for one in after.decisions} <= {one.id for one in decisions}
    again = apply_decisions(after, decisions)
    assert again.table == after
    assert {one.decision.id for one in again.unapplied} == {one.decision.id for one in unapplied}


def test_every_form_for_people_says_what_a_person_did(table: ClaimTable) -> None:
    rain = group_of(table, "Rain fell.").claims
    mayor = group_of(table, "The mayor resigned.").claims
    decisions = [
        decide("reword", rain, table=table, text="It *rained*."),
        decide("note", mayor, table=table, text="asked"),
        decide("accept", mayor, table=table),
        decide("accept", rain[:1], table=table),
    ]
    after, _ = apply_decisions(table, decisions)
    markdown = after.to_markdown()
    assert r"It \*rained\*. *(worded by a person)* *(1 of 2 accepted by a person)*" in markdown
    assert "The mayor resigned. *(accepted by a person)* *(note: asked)*" in markdown
    for form in (render_terminal(after, width=200), show(after)):
        assert "worded by a person" in form
        assert "note: asked" in form
    reviews = {row["claim"]: row["review"] for row in after.to_records()}
    assert reviews["It *rained*."] == "worded by a person; 1 of 2 accepted by a person"
    assert "worded by a person" in after.to_csv()
