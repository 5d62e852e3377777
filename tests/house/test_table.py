import json
from collections.abc import Callable
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.errors import InputError, OutputError
from claimx.records import Alignment, ClaimGroup, Span
from claimx.render.html import report
from claimx.review.diff import diff
from claimx.review.show import show
from claimx.review.verify import verify
from claimx.table import SCHEMA_VERSION, ClaimTable, check_citations, load_table
from tests.support.tables import (
    Clash,
    make_claim,
    make_claim_at,
    make_document,
    make_group,
    make_seed_table,
    make_simple_table,
    make_table,
)

FIRST = make_document("Costs rose. Costs fell.\nSales fell 4%.\n", "1.txt")
SECOND = make_document("It rained.\nCosts rose.\n", "2.txt")
ROSE = make_group(make_claim(FIRST, "Costs rose."), make_claim(SECOND, "Costs rose."))
FELL = make_group(make_claim(FIRST, "Costs fell."))
SALES = make_group(make_claim(FIRST, "Sales fell 4%."))
RAIN = make_group(make_claim(SECOND, "It rained."))


def change_group(table: ClaimTable, at: int, **fields: object) -> ClaimTable:
    """Change one group of a table behind its back."""
    groups = list(table.groups)
    groups[at] = groups[at].model_copy(update=fields)
    return table.model_copy(update={"groups": tuple(groups)})


def list_wordings(groups: tuple[ClaimGroup, ...]) -> list[str]:
    """List what the groups say, in order."""
    return [group.claim for group in groups]


def test_groups_come_by_support_then_by_first_mention():
    """What most documents say stands first; equals follow the order of the documents' text."""
    for groups in permutations([RAIN, SALES, FELL, ROSE]):
        table = make_table([FIRST, SECOND], groups)
        assert list_wordings(table.groups) == [
            "Costs rose.",
            "Costs fell.",
            "Sales fell 4%.",
            "It rained.",
        ]


def test_support_counts_documents_and_not_claims():
    """A document that says it twice supports it once."""
    twice = make_group(make_claim(FIRST, "Costs fell."), make_claim(FIRST, "Sales fell 4%."))
    (group,) = make_table([FIRST], [twice]).groups
    assert (group.support, len(group.claims)) == (1, 2)


def test_wording_of_a_group_is_that_of_its_canonical_member():
    """The member that stands for the rest gives the wording, wherever it stands."""
    claims = ROSE.claims[0], make_claim(SECOND, "Costs rose.", "Costs went up.")
    table = make_table([FIRST, SECOND], [make_group(claims[1], claims[0])])
    assert table.groups[0].claim == "Costs went up."
    assert table.groups[0].claims == claims


def make_told_table() -> ClaimTable:
    """Make a table of one group: the police say and the navy says what the third denies."""
    told = {
        "Police": "Police said that the old ferry was lost.",
        "the navy": "The navy said the old ferry was lost.",
        "the owner": "The owner denied that the ferry was lost.",
    }
    documents = [make_document(text, f"{at}.txt") for at, text in enumerate(told.values())]
    claims = [
        make_claim(one, one.text, speaker=who, modality="reported")
        for one, who in zip(documents, told, strict=True)
    ]
    return make_table(documents, [make_group(*claims)])


def test_group_whose_claims_credit_others_is_worded_without_any():
    """What is left of the canonical member is loaded again, with who says it beside each claim."""
    table = make_told_table()
    (group,) = table.groups
    assert group.claim == "The old ferry was lost."
    assert [claim.speaker for claim in group.claims] == ["Police", "the navy", "the owner"]
    assert ClaimTable.from_json(table.to_json()) == table


@pytest.mark.parametrize(
    "wording",
    [
        "the old ferry was lost.",
        "The old ferry was lost",
        "The ferry was lost.",
        "Ferry was lost.",
        "Police said that the ferry was lost.",
        "Police said that the old ferry",
    ],
)
def test_wording_that_is_only_some_part_of_a_claim_is_refused(wording: str):
    """Less than what a claim says is said, or what it says is denied, is no wording."""
    changed = change_group(make_told_table(), 0, claim=wording)
    with pytest.raises(InputError, match="its wording is that of none of its claims"):
        ClaimTable.from_json(changed.to_json())


def test_wording_that_another_version_cut_elsewhere_still_loads():
    """What is cut off as a speaker may change; a part of a claim is still no other wording."""
    other = change_group(make_told_table(), 0, claim="The old ferry")
    dated = other.model_copy(update={"run": other.run.model_copy(update={"claimx_version": "9"})})
    assert ClaimTable.from_json(dated.to_json()) == dated
    with pytest.raises(InputError, match="its wording is that of none of its claims"):
        ClaimTable.from_json(change_group(dated, 0, claim="The new ferry").to_json())


def test_older_wording_with_a_speaker_still_loads():
    """A table whose group is worded as a claim with its speaker is as it was made."""
    older = change_group(make_told_table(), 0, claim="Police said that the old ferry was lost.")
    assert ClaimTable.from_json(older.to_json()) == older


def test_unchanged_group_keeps_its_id():
    """The id of a group follows from its own claims, not from other groups or order."""
    alone = make_table([FIRST, SECOND], [ROSE])
    turned = make_group(*reversed(ROSE.claims))
    among = make_table([SECOND, FIRST], [SALES, turned, RAIN, FELL])
    assert alone.groups[0].id == among.groups[0].id
    assert len(alone.groups[0].id) == 9


def test_group_with_another_claim_gets_another_id():
    """A group that gained a claim is told from the one before."""
    grown = make_group(*ROSE.claims, *FELL.claims)
    ids = [make_table([FIRST, SECOND], [group]).groups[0].id for group in (ROSE, grown)]
    assert ids[0] != ids[1]


def test_ids_that_would_collide_are_longer(monkeypatch: pytest.MonkeyPatch):
    """No two groups share an id, and none is the beginning of another."""
    monkeypatch.setattr("claimx.records.ID_DIGITS", 1)
    document = make_document("x" * 60)
    spans = [Span(start=at, end=at + 1) for at in range(60)]
    groups = [make_group(make_claim_at(document, [span], "x")) for span in spans]
    ids = [group.id for group in make_table([document], groups).groups]
    assert not any(a.startswith(b) or b.startswith(a) for a, b in combinations(ids, 2))
    assert min(map(len, ids)) == 2


def test_each_span_of_a_claim_is_cited():
    """A quote of two pieces gives two citations, each an exact slice."""
    claim = make_claim(FIRST, "Costs rose. ... fell 4%.", "Costs rose while sales fell.")
    (group,) = make_table([FIRST], [make_group(claim)]).groups
    assert [citation.quote for citation in group.citations] == ["Costs rose.", "fell 4%."]
    assert {citation.claim_id for citation in group.citations} == {claim.id}


@pytest.mark.parametrize(
    ("text", "quote", "line", "column"),
    [
        ("here", "here", 1, 1),
        ("a here", "here", 1, 3),
        ("a\nhere", "here", 2, 1),
        ("a\r\n\r\n here", "here", 3, 2),
        ("a\rb\x0bc\x0cd\u2028here", "here", 1, 9),
        ("😀e\u0301 here", "here", 1, 5),
        ("\n\n", "\n\n", 1, 1),
        ("a\n\nhere\n", "\nhere", 2, 1),
    ],
)
def test_lines_end_at_line_feeds_and_columns_count_code_points(
    text: str, quote: str, line: int, column: int
):
    """A citation has the line that grep and editors show."""
    document = make_document(text)
    (group,) = make_table([document], [make_group(make_claim(document, quote))]).groups
    assert (group.citations[0].line, group.citations[0].column) == (line, column)


@given(st.text("ab\n\r\u2028", min_size=1), st.data())
def test_line_and_column_lead_to_the_span(text: str, data: st.DataObject):
    """Counting lines and columns anew arrives where the span starts."""
    start = data.draw(st.integers(0, len(text) - 1))
    document = make_document(text)
    claim = make_claim_at(document, [Span(start=start, end=start + 1)], "Said.")
    (citation,) = make_table([document], [make_group(claim)]).groups[0].citations
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: citation.line - 1]) + citation.column - 1 == start
    assert citation.column <= len(lines[citation.line - 1]) + 1


def test_conflicts_name_groups_by_id_and_come_in_table_order():
    """Positions become ids, doubles go, and the most supported conflict stands first."""
    groups = [RAIN, SALES, FELL, ROSE]
    clashes = [
        Clash(1, 0, "number", "4 / 5"),
        Clash(2, 3, "negation", "fell / rose"),
        Clash(1, 0, "number", "4 / 5"),
    ]
    table = make_table([FIRST, SECOND], groups, clashes)
    rose, fell, sales, rain = (group.id for group in table.groups)
    found = [(conflict.a, conflict.b, conflict.why) for conflict in table.conflicts]
    assert found == [(fell, rose, "fell / rose"), (sales, rain, "4 / 5")]


def test_claim_in_two_groups_is_a_mistake():
    """A claim belongs to one group, or the counts would not add up."""
    with pytest.raises(ValueError, match="in the groups twice"):
        make_table([FIRST], [FELL, make_group(*SALES.claims, *FELL.claims)])


def test_claim_that_was_not_found_cannot_be_cited():
    """An ambiguous claim has places, but none that may be cited."""
    claim = make_claim(
        FIRST,
        "Costs",
        alignment=Alignment(status="ambiguous", spans=(Span(start=0, end=5),)),
    )
    with pytest.raises(ValueError, match="cannot be cited"):
        make_table([FIRST], [make_group(claim)])


def test_claim_of_an_unknown_document_is_a_mistake():
    """Every claim belongs to a document of the table."""
    with pytest.raises(ValueError, match=r"unknown document, 2\.txt"):
        make_table([FIRST], [RAIN])


def test_span_beyond_its_document_is_not_cited():
    """A span that reaches past the end is no slice, though Python would cut one."""
    claim = make_claim_at(FIRST, [Span(start=20, end=99)], "Said.")
    with pytest.raises(OutputError, match=r"^1\.txt, line 1: C\w+ cites "):
        make_table([FIRST], [make_group(claim)])


def test_changed_quote_is_found_before_writing():
    """A table that was tampered with is not written in any form."""
    table = make_table([FIRST], [FELL])
    citation = table.groups[0].citations[0].model_copy(update={"quote": "Costs soar."})
    changed = change_group(table, 0, citations=(citation,))
    for write in (changed.to_markdown, changed.to_csv, changed.to_json):
        with pytest.raises(OutputError, match=r"'Costs soar\.', but 'Costs fell\.' stands there"):
            write()


def test_citation_of_a_document_that_is_gone_is_found():
    """A citation without its document cannot be checked, so it does not pass."""
    table = make_table([FIRST], [FELL]).model_copy(update={"documents": ()})
    with pytest.raises(OutputError, match="but '' stands there"):
        check_citations(table)


def test_counts_add_up(seeds: Path):
    """Proposed is cited plus rejected, and every group is counted once."""
    counts = make_seed_table(seeds).counts()
    assert counts.model_dump() == {
        "documents": 5,
        "proposed": 13,
        "cited": 10,
        "rejected": {"not_found": 2, "ambiguous": 1},
        "groups": 6,
        "shared": 2,
        "conflicts": 1,
        "failures": 1,
        "partial": 0,
        "unread": 1,
    }
    assert counts.proposed == counts.cited + sum(counts.rejected.values())


def test_claims_of_a_table_are_those_of_its_groups():
    """All claims, in the order of the rows."""
    table = make_table([FIRST, SECOND], [RAIN, ROSE])
    assert table.claims == (*ROSE.claims, *RAIN.claims)


def test_table_without_claims_is_a_table():
    """Nothing found is a result, too."""
    table = make_table([FIRST], [])
    assert (table.claims, table.to_records(), table.counts().proposed) == ((), [], 0)


def test_records_have_one_row_for_each_citation():
    """A row says which group, whose wording, and where."""
    claim = make_claim(FIRST, "Costs rose. ... fell 4%.", "Costs rose.", speaker="A. Smith")
    table = make_table([FIRST, SECOND], [make_group(claim, *RAIN.claims)])
    rows = table.to_records()
    assert [row["quote"] for row in rows] == ["Costs rose.", "fell 4%.", "It rained."]
    assert rows[1] == {
        "group_id": table.groups[0].id,
        "claim": "Costs rose.",
        "support": 2,
        "document_id": "1.txt",
        "line": 2,
        "column": 7,
        "page": None,
        "start": 30,
        "end": 38,
        "quote": "fell 4%.",
        "speaker": "A. Smith",
        "modality": "asserted",
        "status": "exact",
        "score": 1.0,
        "flags": "",
        "member_claim": "Costs rose.",
        "claim_id": claim.id,
        "independent": 2,
        "time": None,
        "outlet": None,
        "title": None,
        "author": None,
        "date": None,
        "url": None,
        "source": "1.txt",
        "documents": "1.txt; 2.txt",
        "conflicts": "",
        "review": "",
    }


def test_table_comes_back_from_json(seeds: Path):
    """Nothing is lost in JSON."""
    table = make_seed_table(seeds)
    assert ClaimTable.from_json(table.to_json()) == table
    assert ClaimTable.from_json(table.to_json().encode()) == table


@given(st.text(min_size=1), st.data())
def test_any_text_and_span_come_back_from_json(text: str, data: st.DataObject):
    """Offsets and quotes hold for every text, NUL and emoji included."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = make_document(text)
    claim = make_claim_at(document, [Span(start=start, end=end)], "Said.")
    table = make_table([document], [make_group(claim)])
    again = ClaimTable.from_json(table.to_json())
    assert again == table
    assert again.groups[0].citations[0].quote == text[start:end]


def test_lone_surrogate_comes_back_from_json():
    """What UTF-8 cannot hold is escaped, so that offsets stay true."""
    table = make_simple_table("caf\udce9 \\udce9", "\udce9.txt")
    assert ClaimTable.from_json(table.to_json().encode()) == table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ('"schema_version": 2', '"schema_version": 3'),
            "Made with schema version 3; this claimx knows",
        ),
        (('"schema_version": 2', '"schema_version": 0'), "schema_version: Input should be 2"),
        (('"groups": [', '"clusters": ['), "groups: Field required"),
        (('"quote": "Costs fell."', '"quote": "Costs soar."'), "'Costs fell.' stands there"),
        (("{", "", 1), "Not JSON"),
        (("{", "[" * 100_000, 1), "Not JSON"),
        (('"claim_id": "', '"claim_id": "x'), "is named but not there"),
    ],
)
def test_text_that_is_no_claim_table_is_refused(change: tuple[str, str], message: str):
    """What is wrong is said in one line, and a changed quote does not pass."""
    text = make_table([FIRST], [FELL]).to_json().replace(*change)
    with pytest.raises(InputError, match=message) as caught:
        ClaimTable.from_json(text)
    assert "\n" not in str(caught.value)


def test_table_of_schema_version_1_still_loads():
    """A table once written can always be read, and is then of this version."""
    table = load_table(Path(__file__).parents[1] / "stored" / "table-v1.json")
    assert table.schema_version == SCHEMA_VERSION
    assert table.counts().model_dump(include={"groups", "cited", "conflicts"}) == {
        "groups": 3,
        "cited": 4,
        "conflicts": 1,
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "cannot be read (No such file or directory). Check the path."),
        (b"", "An empty file. Give a table written with --format json."),
        (b"\xff\xfe\x00", "Not JSON ("),
        (b"[1]", "Not a claim table of schema version 2: the whole: "),
        (b'{"schema_version": 99}', "Made with schema version 99; this claimx knows up to 2."),
    ],
)
def test_file_that_is_no_claim_table_is_named(tmp_path: Path, data: bytes | None, message: str):
    """One line says which file and what is wrong with it."""
    path = tmp_path / "t.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load_table(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_field_that_no_claim_has_is_named_with_its_place():
    """A table with more than the schema allows is refused, wherever that stands."""
    plain = json.loads(make_table([FIRST], [FELL]).to_json())
    plain["groups"][0]["claims"][0]["colour"] = "red"
    with pytest.raises(InputError, match=r"groups\.0\.claims\.0\.colour: Extra inputs are not"):
        ClaimTable.from_json(json.dumps(plain))


def test_table_with_two_groups_of_one_id_is_refused():
    """Ids name one thing each, or a diff could not tell what is what."""
    table = make_table([FIRST], [FELL, SALES])
    twice = change_group(table, 1, id=table.groups[0].id)
    with pytest.raises(InputError, match="Two groups have the id"):
        ClaimTable.from_json(twice.model_dump_json())


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Write a table of two documents to *path*, its first group changed by hand."""
    documents = [make_document("Costs rose 4% in May. Nobody was hurt.", name) for name in "ab"]
    claims = [make_claim(document, "Costs rose 4% in May.") for document in documents]
    plain = json.loads(make_table(documents, [make_group(*claims)]).to_json())
    change(plain["groups"][0])
    path.write_text(json.dumps(plain))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda group: group.update(support=17), "support is 17, but 2 of its documents"),
        (lambda group: group.update(claim="Costs fell."), "its wording is that of none"),
        (lambda group: group["citations"][0].update(line=7), "is not where its claim was found"),
        (lambda group: group["citations"][0].update(page=7), "is not where its claim was found"),
        (lambda group: group["citations"].pop(), "is not where its claim was found"),
        (
            lambda group: group["citations"][0].update(
                span={"start": 22, "end": 38}, quote="Nobody was hurt."
            ),
            "is not where its claim was found",
        ),
    ],
    ids=["support", "wording", "line", "page", "citation left out", "another quote"],
)
def test_table_edited_by_hand_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    """What follows from the claims of a group is checked as its quotes are."""
    edit(tmp_path / "t.json", lambda _: None)
    assert load_table(tmp_path / "t.json").groups[0].support == 2
    edit(tmp_path / "t.json", change)
    with pytest.raises(InputError, match=why):
        load_table(tmp_path / "t.json")


def test_table_is_taken_as_such_or_by_any_form_of_its_path(tmp_path: Path) -> None:
    edit(tmp_path / "t.json", lambda _: None)
    table = load_table(tmp_path / "t.json")
    for named in (table, tmp_path / "t.json", str(tmp_path / "t.json")):
        assert show(named) == show(table)
        assert report(named) == report(table)
        assert diff(named, table).is_empty
        assert diff(table, named).is_empty
        assert len(verify(named, table.documents).checks) == 2
    for take in (load_table, show, report, verify, lambda one: diff(table, one)):
        with pytest.raises(InputError, match="int is no path: a table is named by the path"):
            take(5)  # type: ignore[operator]
