"""The forms for other programs: read back by those programs, or checked against their rules."""

import csv
import io
import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import openpyxl
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.errors import InputError, OutputError
from claimx.records import Span
from claimx.render import FORMATS, Format, find_format, guess_format, render_table
from claimx.render.json import write_json
from claimx.render.notebook import MAX_ROWS
from claimx.table import COLUMNS, ClaimTable
from tests.support.command import claimx
from tests.support.tables import (
    make_claim,
    make_claim_at,
    make_document,
    make_group,
    make_seed_table,
    make_simple_table,
    make_table,
)


@pytest.fixture(scope="module")
def table() -> ClaimTable:
    """A table with a little of everything."""
    return make_seed_table(Path(__file__).parents[2] / "seeds")


def render(table: ClaimTable, name: str) -> str:
    """Render in a format that is text."""
    return render_table(table, name, base=Path()).decode()


@pytest.mark.parametrize("form", sorted({one.name for one in FORMATS} - {"json", "table"}))
def test_form_that_is_no_table_to_load_is_named(table: ClaimTable, form: str) -> None:
    with pytest.raises(InputError, match=r"^An? [\w -]+\. Give a table written with --fo"):
        ClaimTable.from_json(render_table(table, form, base=Path()))


# JSON and JSON Lines


@given(st.text(), st.integers(0, 1000).map(lambda number: number / 1000))
def test_json_with_and_without_a_lone_surrogate_is_written_alike(text: str, number: float) -> None:
    """Two writers, one of them for the text that UTF-8 cannot hold, and one form."""
    value = {"b": text, "a": [number, None, {}], "c": []}
    for indent in (2, None):
        plain = write_json(value, indent=indent)
        odd = write_json(value | {"z": "\udce9"}, indent=indent)
        assert json.loads(plain) == value
        assert json.loads(odd) == value | {"z": "\udce9"}
        assert odd.startswith(plain.rstrip("\n}"))


def test_json_lines_have_one_group_each_with_its_conflicts(table: ClaimTable) -> None:
    lines = [json.loads(line) for line in render(table, "jsonl").splitlines()]
    assert [line["id"] for line in lines] == [group.id for group in table.groups]
    whole = json.loads(table.to_json())
    assert [{k: v for k, v in line.items() if k != "conflicts"} for line in lines] == whole[
        "groups"
    ]
    disputed = [line["id"] for line in lines if line["conflicts"]]
    assert set(disputed) == {table.conflicts[0].a, table.conflicts[0].b}


def test_json_lines_are_a_frame_to_pandas(table: ClaimTable) -> None:
    frame = pd.read_json(io.StringIO(render(table, "jsonl")), lines=True)
    assert list(frame["support"]) == [group.support for group in table.groups]


# A database


def open_database(table: ClaimTable) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(render_table(table, "sqlite"))
    return connection


def test_database_holds_the_table_and_its_keys_lead_somewhere(table: ClaimTable) -> None:
    with closing(open_database(table)) as connection:
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        for name, count in (
            ("documents", len(table.documents)),
            ("groups", len(table.groups)),
            ("claims", len(table.claims)),
            ("citations", sum(len(group.citations) for group in table.groups)),
            ("conflicts", len(table.conflicts)),
            ("rejected", len(table.rejected)),
        ):
            assert connection.execute(f"select count(*) from {name}").fetchone() == (count,)
        cut = "select substr(text, start + 1, end - start), citations.quote from citations join "
        cut += "documents on documents.id = document_id"
        assert all(cut == quote for cut, quote in connection.execute(cut))


def test_database_finds_claims_by_their_words(table: ClaimTable) -> None:
    query = "select claims.claim from claims_fts join claims on claims.rowid = claims_fts.rowid "
    query += "where claims_fts match ?"
    with closing(open_database(table)) as connection:
        found = [row[0] for row in connection.execute(query, ["troops"])]
    assert found
    assert all("troops" in claim.casefold() for claim in found)


def test_drafts_of_reviews_say_what_is_claimed_where(table: ClaimTable) -> None:
    drafts = json.loads(render(table, "claimreview"))["@graph"]
    assert [draft["claimReviewed"] for draft in drafts] == [one.claim for one in table.groups]
    for draft, group in zip(drafts, table.groups, strict=True):
        appearance = draft["itemReviewed"]["appearance"]
        assert [one["text"] for one in appearance] == [one.quote for one in group.citations]
        assert "reviewRating" not in draft


# Web annotations


def check_annotation(one: dict[str, Any]) -> None:
    """Check what the model says an annotation, its bodies, target and selectors must have."""
    assert urlsplit(one["id"]).scheme == "urn"  # 3.1: exactly 1 IRI
    assert one["type"] == "Annotation"  # 3.1
    assert one["motivation"] == "describing"  # 3.3.5, from the vocabulary
    if "created" in one:  # 3.3.1: xsd:dateTime, with a time zone
        assert datetime.fromisoformat(one["created"]).tzinfo is not None
    for body in one["body"]:  # 3.2.4: embedded textual bodies
        assert body["type"] == "TextualBody"
        assert isinstance(body["value"], str)
        assert body["purpose"] in ("describing", "tagging")
    target = one["target"]  # 4.1: a specific resource has exactly 1 source
    assert isinstance(target["source"], str)
    assert not re.search(r"[\s<>\"{}|\\^`]", target["source"])
    quote, position = target["selector"]
    assert quote["type"] == "TextQuoteSelector"  # 4.2.4
    assert position["type"] == "TextPositionSelector"  # 4.2.5
    assert 0 <= position["start"] < position["end"]
    assert all(isinstance(quote[name], str) for name in ("exact", "prefix", "suffix"))


def list_annotations(table: ClaimTable) -> list[dict[str, Any]]:
    """Check the collection and its page; return what is on the page."""
    whole = json.loads(render(table, "annotations"))
    assert whole["@context"] == "http://www.w3.org/ns/anno.jsonld"
    page = whole["first"]
    assert (whole["type"], page["type"]) == ("AnnotationCollection", "AnnotationPage")  # 5.1, 5.2
    assert page["partOf"] == whole["id"] != page["id"]
    assert (whole["total"], page["startIndex"]) == (len(page["items"]), 0)
    assert len({one["id"] for one in page["items"]}) == len(page["items"])
    return page["items"]


def test_annotations_keep_to_the_web_annotation_model(table: ClaimTable) -> None:
    items = list_annotations(table)
    assert len(items) == sum(len(group.citations) for group in table.groups)
    for one in items:
        check_annotation(one)


@given(st.text(min_size=1), st.data())
def test_selectors_select_the_citation(text: str, data: st.DataObject) -> None:
    """By quote with its neighbours, and by position in code points."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = make_document(text, "a b:ä.txt")
    claim = make_claim_at(document, [Span(start=start, end=end)], "Said.")
    [one] = list_annotations(make_table([document], [make_group(claim)]))
    check_annotation(one)
    quote, position = one["target"]["selector"]
    assert text[position["start"] : position["end"]] == quote["exact"] == text[start:end]
    around = quote["prefix"] + quote["exact"] + quote["suffix"]
    assert text.startswith(around, start - len(quote["prefix"]))
    assert unquote(one["target"]["source"]) == "a b:ä.txt"
    assert urlsplit(one["target"]["source"]).scheme == ""


# Workbook


def open_workbook(table: ClaimTable) -> Any:
    """Open the workbook of *table* as another program would."""
    return openpyxl.load_workbook(io.BytesIO(render_table(table, "xlsx")))


def test_workbook_has_a_sheet_for_each_part(table: ClaimTable) -> None:
    book = open_workbook(table)
    rows = {sheet.title: sheet.max_row - 1 for sheet in book}
    assert rows == {
        "Claims": 6,
        "Citations": 11,
        "Conflicts": 1,
        "Rejected": 3,
        "Failures": 1,
        "Documents": 5,
        "Run": 11,
    }
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions


def test_workbook_has_the_rows_of_the_table(table: ClaimTable) -> None:
    header, *rows = open_workbook(table)["Citations"].iter_rows(values_only=True)
    assert header == COLUMNS
    expected = [tuple(row[name] or None for name in COLUMNS) for row in table.to_records()]
    assert [tuple(value or None for value in row) for row in rows] == expected


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "http://example.org", "1", "'a"),
        *("<r><t>1</t></r>", "a & b < c > d", "two\nlines\tand a tab", "&amp;", "_y0041_"),
    ],
)
def test_workbook_holds_text_as_text(text: str) -> None:
    """No cell computes, links or turns into a number, and nothing is put before the text."""
    sheet = open_workbook(make_simple_table(text))["Citations"]
    cell = sheet.cell(2, COLUMNS.index("quote") + 1)
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    """A spreadsheet holds 32,767 UTF-16 units; what has more is not left out."""
    sheet = open_workbook(make_simple_table("😀" * 20_000))["Citations"]
    value = sheet.cell(2, COLUMNS.index("quote") + 1).value
    assert value.startswith("😀😀")
    assert value.endswith("… (cut)")


# Parquet and data frames


def read_parquet(table: ClaimTable) -> Any:
    """Read the Parquet form of *table*."""
    return pq.read_table(io.BytesIO(render_table(table, "parquet")))


def test_parquet_has_a_typed_row_for_each_citation(table: ClaimTable) -> None:
    found = read_parquet(table)
    types = {field.name: str(field.type) for field in found.schema}
    assert list(types)[: len(COLUMNS)] == list(COLUMNS)
    assert (types["start"], types["line"], types["score"]) == ("int64", "int32", "double")
    rows = found.to_pylist()
    for row, plain in zip(rows, table.to_records(), strict=True):
        flags = "; ".join(f"{flag['kind']}: {flag['message']}" for flag in row["flags"])
        conflicts = (f"{one['kind']} {one['group_id']}: {one['why']}" for one in row["conflicts"])
        joined = {
            "flags": flags,
            "documents": "; ".join(row["documents"]),
            "conflicts": "; ".join(conflicts),
        }
        assert {name: row[name] for name in COLUMNS} | joined == plain
    assert rows[0]["documents"] == [one.document_id for one in table.groups[0].claims]
    [conflict] = rows[0]["conflicts"]
    assert conflict == {
        "group_id": table.conflicts[0].b,
        "kind": "number",
        "why": "50,000 / 45,000",
    }


def test_parquet_of_an_empty_table_keeps_its_types(table: ClaimTable) -> None:
    assert read_parquet(make_table([], [])).schema == read_parquet(table).schema


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frame_has_the_rows_of_the_table(table: ClaimTable, library: Any) -> None:
    frame = table.to_frame(library)
    assert type(frame).__module__.split(".")[0] == library
    columns = ["claim_flags" if name == "flags" else name for name in COLUMNS]
    assert list(frame.columns) == columns
    assert list(frame["quote"]) == [row["quote"] for row in table.to_records()]
    assert list(make_table([], []).to_frame(library).columns) == columns


def test_frame_is_of_the_library_in_use(table: ClaimTable, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(table.to_frame(), pd.DataFrame)
    monkeypatch.delitem(sys.modules, "pandas")
    assert isinstance(table.to_frame(), pl.DataFrame)


def test_frame_without_a_library_says_what_to_install(
    table: ClaimTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimx.render.frame.find_spec", lambda _: None)
    with pytest.raises(OutputError, match="needs pandas or polars"):
        table.to_frame()
    with pytest.raises(OutputError, match="use pandas or polars"):
        table.to_frame("duckdb")  # type: ignore[arg-type]


# Notebook


def test_notebook_shows_claims_and_runs_nothing() -> None:
    html = make_simple_table('<script>alert("1")</script> \u202e&amp;')._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; \ufffd&amp;amp;" in html


def test_notebook_shows_the_first_rows_and_counts_the_rest() -> None:
    document = make_document("x" * (MAX_ROWS + 5))
    spans = [Span(start=at, end=at + 1) for at in range(MAX_ROWS + 5)]
    groups = [make_group(make_claim_at(document, [span], "Said.")) for span in spans]
    html = make_table([document], groups)._repr_html_()
    assert html.count("<tr>") == MAX_ROWS + 1
    assert "and 5 more" in html


# References


KNOWN = {
    "title": "50% of {costs} _fell_\\",
    "author": "Ann Öst; Bo {Lie} & Sons",
    "date": "2025-03-30",
    "url": "https://example.org/a_b?c=1&d=50%25",
    "outlet": "The News",
    "language": "en",
}


def make_sources() -> ClaimTable:
    """Make a table of a source that is known well and one that is not."""
    known = make_document("A.", "003_x.txt", **KNOWN)
    return make_table([known, make_document("B.", "日本.txt")], [])


def test_bibtex_says_what_is_known_of_each_source() -> None:
    assert render(make_sources(), "bibtex") == (
        "@misc{The-News,\n"
        r"  title = {{50\% of \textbraceleft{}costs\textbraceright{} \_fell\_\textbackslash{}}},"
        "\n"
        r"  author = {{Ann Öst} and {Bo \textbraceleft{}Lie\textbraceright{} \& Sons}},"
        "\n"
        "  date = {2025-03-30},\n"
        "  year = {2025},\n"
        "  publisher = {The News},\n"
        "  url = {https://example.org/a_b?c=1&d=50%25},\n"
        "  language = {en},\n"
        "}\n\n"
        "@misc{source,\n"
        "  title = {{日本.txt}},\n"
        "}\n"
    )


@given(st.text(), st.text())
def test_braces_of_bibtex_are_balanced_whatever_the_source_says(text: str, url: str) -> None:
    """BibTeX counts braces, those after a backslash too."""
    known = {"title": text, "author": text, "url": url, "outlet": text, "language": text}
    document = make_document("A.", "a.txt", metadata={"doi": url}, **known)
    written = render(make_table([document], []), "bibtex")
    depth = 0
    for at, character in enumerate(written):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth > 0 or at < len("@misc") or at >= len(written) - 2
    assert depth == 0


def test_keys_of_references_differ() -> None:
    documents = [make_document("A.", name) for name in ("日本.txt", "中国.txt", "source.txt")]
    keys = re.findall("@misc{(.*),", render(make_table(documents, []), "bibtex"))
    assert keys == ["source", "source-2", "source-3"]


def test_csl_says_what_is_known_of_each_source() -> None:
    known, unknown = json.loads(render(make_sources(), "csl-json"))
    assert known == {
        "id": "The-News",
        "type": "webpage",
        "title": "50% of {costs} _fell_\\",
        "author": [{"literal": "Ann Öst"}, {"literal": "Bo {Lie} & Sons"}],
        "issued": {"date-parts": [[2025, 3, 30]]},
        "publisher": "The News",
        "URL": KNOWN["url"],
        "language": "en",
    }
    assert unknown == {"id": "source", "type": "document", "title": "日本.txt"}


# Formats of other packages


def render_shout(table: ClaimTable, *, base: Any = None) -> str:  # noqa: ARG001
    """Write the claims in capitals."""
    return "".join(f"{group.claim.upper()}\n" for group in table.groups)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that registers a format, and one that cannot be loaded."""
    module = ModuleType("shouting")
    module.SHOUT = Format("shout", ("txt",), render_shout)  # type: ignore[attr-defined]
    module.WRONG = render_shout  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shouting", module)
    points = [
        EntryPoint("shout", "shouting:SHOUT", "claimx.renderers"),
        EntryPoint("wrong", "shouting:WRONG", "claimx.renderers"),
    ]
    monkeypatch.setattr("claimx.render.entry_points", lambda **_: points)


@pytest.mark.usefixtures("plugin")
def test_format_of_another_package_is_used_like_our_own(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Acme opened a plant in Oslo on Monday.")
    result = claimx("extract", "a.md", "-o", "t.txt", "-q", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "t.txt").read_text() == "ACME OPENED A PLANT IN OSLO ON MONDAY.\n"
    assert find_format("shout").endings == ("txt",)


@pytest.mark.usefixtures("plugin")
def test_format_that_cannot_be_used_harms_no_other() -> None:
    assert find_format("json").name == "json"
    with pytest.raises(OutputError, match=r"'wrong' \(shouting:WRONG\) is no claimx.render.Format"):
        find_format("wrong")
    with pytest.raises(OutputError, match="claimreview, timeline, coverage, table, shout, wrong"):
        find_format("nowhere")


def test_format_of_a_package_that_is_broken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("gone", "no_such_module:FORMAT", "claimx.renderers")]
    monkeypatch.setattr("claimx.render.entry_points", lambda **_: points)
    with pytest.raises(OutputError, match="cannot be loaded: No module named 'no_such_module'"):
        find_format("gone")


def test_package_on_the_path_registers_its_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the files that an installer writes."""
    info = tmp_path / "shout-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shout\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[claimx.renderers]\nloud = loud_format:FORMAT\n")
    (tmp_path / "loud_format.py").write_text(
        "from claimx.render import Format\n"
        "FORMAT = Format('loud', ('loud',), lambda table, *, base=None: b'!')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert guess_format("t.loud").name == "loud"
    assert render_table(make_table([], []), "loud") == b"!"


@pytest.mark.parametrize("known", [one for one in FORMATS if one.needs], ids=lambda one: one.name)
def test_missing_extra_is_said_before_anything_is_asked(
    known: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimx.render.find_spec", lambda _: None)
    result = claimx("extract", "nowhere", "-o", f"t.{known.name}", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == (
        f"claimx: {known.name} needs {known.needs}. Run: pip install 'claimx[{known.name}]'.\n"
    )


# Outlets in every format


def make_known() -> ClaimTable:
    """Make a table of two articles of one outlet, one of another, and one of none."""
    documents = [
        make_document(
            "It rained.", "1_a.txt", outlet="The Post", date="2025-03-30", author="Bo Li"
        ),
        make_document("It rained.", "2_b.txt", outlet="The Post", date="2025-03-31"),
        make_document("It rained.", "3_c.txt", outlet="Courier | <b>", title="Rain"),
        make_document("It rained.", "4_d.txt"),
    ]
    return make_table(
        documents, [make_group(*(make_claim(one, "It rained.") for one in documents))]
    )


def test_outlet_names_a_document_in_every_form_for_people() -> None:
    table = make_known()
    for name in ("markdown", "html", "table"):
        page = render(table, name)
        for label in ("The Post 2025-03-30", "The Post 2025-03-31", "Courier b", "4"):
            assert label in " ".join(page.split())
    assert "[Courier b:1]: 3_c.txt#L1" in render(table, "markdown")


def test_rows_say_outlet_title_author_date_and_address() -> None:
    rows = list(csv.DictReader(io.StringIO(render(make_known(), "csv"), newline="")))
    assert [(row["outlet"], row["date"], row["author"]) for row in rows] == [
        ("The Post", "2025-03-30", "Bo Li"),
        ("The Post", "2025-03-31", ""),
        ("Courier | <b>", "", ""),
        ("", "", ""),
    ]
    assert read_parquet(make_known()).to_pylist()[2]["title"] == "Rain"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_have_all_that_the_table_has(table: ClaimTable, library: Any) -> None:
    frames = table.frames(library)
    counts = table.counts()
    assert {name: len(frame) for name, frame in frames.items()} == {
        "groups": counts.groups,
        "claims": counts.cited,
        "citations": len(table.to_records()),
        "conflicts": counts.conflicts,
        "rejected": sum(counts.rejected.values()),
        "documents": counts.documents,
    }
    assert all("flags" not in frame.columns for frame in frames.values())


def test_frames_join_what_is_known_of_documents() -> None:
    frames = make_known().frames("pandas")
    [group] = frames["groups"].to_dict("records")
    assert group["outlets"] == ["The Post", "Courier | <b>"]
    assert group["first_date"] == "2025-03-30"
    assert list(frames["claims"]["outlet"])[:3] == ["The Post", "The Post", "Courier | <b>"]


@pytest.mark.parametrize("name", ["t.json", "t.md", "t.xlsx", "t.parquet", "t.bib"])
def test_table_is_saved_in_the_format_of_the_ending(
    table: ClaimTable, tmp_path: Path, name: str
) -> None:
    table.save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == render_table(table, name[2:], base=tmp_path)


def test_table_is_not_saved_in_what_is_no_format(table: ClaimTable, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no format ends in '\.doc'"):
        table.save(tmp_path / "t.doc")
    with pytest.raises(
        OutputError, match=r"t\.md: there is no folder .*no\. Create it, or check the path\."
    ):
        table.save(tmp_path / "no" / "t.md")
    table.save(tmp_path / "t.doc", "markdown")
    assert (tmp_path / "t.doc").read_text().startswith("# What")


def test_convert_writes_a_table_in_other_formats(table: ClaimTable, tmp_path: Path) -> None:
    table.save(tmp_path / "t.json")
    args = ("convert", "t.json")
    assert claimx(*args, "-o", "t.csv", "-o", "t.xlsx", cwd=tmp_path) == (0, "", "")
    assert (tmp_path / "t.csv").read_bytes() == render_table(table, "csv")
    assert (tmp_path / "t.xlsx").read_bytes() == render_table(table, "xlsx")
    status, out, _ = claimx(*args, "--format", "jsonl", cwd=tmp_path)
    assert (status, out.encode()) == (0, render_table(table, "jsonl"))
    said = "claimx: t.json: is read as well. Name another file with -o.\n"
    assert claimx(*args, "-o", "t.json", cwd=tmp_path) == (2, "", said)


def test_csv_for_excel_has_the_mark_and_else_the_same() -> None:
    table = make_known()
    assert render(table, "csv-excel") == "\ufeff" + render(table, "csv")
