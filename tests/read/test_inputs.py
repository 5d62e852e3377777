"""Formats: what real programs wrote is read in order, and hostile files are refused in a line."""

import csv
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from fpdf import FPDF
from hypothesis import assume, given
from hypothesis import strategies as st
from pyarrow import parquet

from claimx.read import (
    Article,
    File,
    Format,
    ReadOptions,
    formats,
    iter_documents,
    read_documents,
    rows,
)
from claimx.read import file as file_room
from claimx.read.csv import read_csv
from claimx.read.html import read_html
from claimx.records import Document, Failure
from tests.support.growth import assert_linear
from tests.support.labelled import Case, mark_cases, read_cases

FILES = Path(__file__).parents[1] / "files"


def read_one(path: Path, **options: Any) -> Document:
    """Read a file that holds one article."""
    reading = read_documents([path], **options)
    assert reading.failures == ()
    [document] = reading.documents
    return document


def fail_one(path: Path, **options: Any) -> str:
    """Read a file that cannot be used; return what is said, without the folder."""
    reading = read_documents([path], **options)
    assert reading.documents == ()
    [failure] = reading.failures
    assert "\n" not in failure.error
    return failure.error.replace(str(path), path.name)


def write_lines(path: Path, *lines: Any) -> Path:
    path.write_text(
        "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines)
    )
    return path


def write_docx(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


# Pages of HTML


def test_saved_page_is_its_article_with_title_author_date_and_address() -> None:
    document = read_one(FILES / "harbour.html")
    assert document.title == "Port of Varn opens second container terminal"
    assert document.outlet == "The Varn Courier"
    assert document.author == "Ines Holm"
    assert document.date == "2026-03-14"
    assert document.url == "https://courier.example/2026/03/terminal"
    assert document.language == "en"
    assert document.metadata == {}
    assert document.text.startswith(
        "Port of Varn opens second container terminal\n\nThe Port of Varn opened its second"
    )
    assert "- The quay is 720 metres long.\n- Its three cranes" in document.text
    assert "| 2023 | 1,540,000 |\n| 2024 | 1,610,000 |" in document.text
    for furniture in ("Subscribe", "cookies", "mattresses", "Ferry strike", "rights reserved"):
        assert furniture not in document.text


def test_page_called_txt_is_still_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes((FILES / "harbour.html").read_bytes())
    assert read_one(tmp_path / "a.txt").text == read_one(FILES / "harbour.html").text


@pytest.mark.parametrize(
    ("declared", "written", "note"),
    [
        ("windows-1251", "cp1251", "cp1251 (declared)"),
        ("shift_jis", "shift_jis", "cp932 (declared)"),  # its superset, as browsers read it
        ("undefined", "utf-8", None),
        ("punycode", "utf-8", None),
        ("iso-8859-1", "utf-8", None),  # saved anew, the declaration left in
        ("no-such", "utf-8", None),
        ("utf-16", "utf-8", None),  # cannot be true: it was read byte by byte
    ],
)
def test_declared_encoding_of_a_page_is_believed_if_it_can_be(
    tmp_path: Path, declared: str, written: str, note: str | None
) -> None:
    said = "Министр ушёл в отставку." if "jis" not in written else "大臣は月曜日に辞任した。"
    page = f"<html><head><meta charset='{declared}'></head><body><p>{said}</p></body></html>"
    (tmp_path / "a.html").write_bytes(page.encode(written))
    document = read_one(tmp_path / "a.html")
    assert document.text == f"{said}\n"
    assert document.metadata.get("encoding") == note


ABOVE = (
    "The port authority of Larvik opened a new ferry terminal on Monday, after three years of "
    "building work that was delayed twice by storms."
)
BELOW = (
    "Residents of the old town had asked for a tunnel instead, but the municipal council turned "
    "that plan down in a vote last spring."
)


@pytest.mark.parametrize("case", mark_cases(read_cases("html")))
def test_page_is_read_as_a_browser_shows_it(tmp_path: Path, case: Case) -> None:
    body = f"<h1>New terminal</h1><p>{ABOVE}</p>{case['html']}<p>{BELOW}</p>"
    body = f"<article>{body}</article>" if case["article"] else body
    (tmp_path / "a.html").write_text(f"<!DOCTYPE html><title>New terminal</title>{body}", "utf-8")
    paragraphs = read_one(tmp_path / "a.html").text.strip().split("\n\n")
    assert paragraphs == ["New terminal", ABOVE, *case["expect"], BELOW]


@pytest.mark.parametrize("tag", ["sup", "del", "q", "ins", "span", "time"])
def test_time_is_linear_in_marked_up_words(tag: str) -> None:
    """Four times as many take about four times as long; as the square, where each is taken out."""

    def read(times: int) -> None:
        page = f"<html><body><article><p>{f'300<{tag}>1</{tag}> x ' * times}</p></article>"
        list(read_html(File("a.html", data=page.encode()), ReadOptions()))

    assert_linear(read, 6_000)


def test_control_characters_of_a_page_end_nothing(tmp_path: Path) -> None:
    marked = "a&#1;b<sup>&#2;1</sup>&#3;<del>x</del>&#xb;<q>&#4;</q>&#5;<span>c</span>&#6;"
    (tmp_path / "a.html").write_text(f"<article><p>{ABOVE} {marked}</p></article>")
    assert read_one(tmp_path / "a.html").text.startswith(ABOVE)


def test_page_nested_too_deep_is_refused_and_not_cut(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body>" + "<div>" * 100_000 + "<p>Costs fell.</p>")
    assert fail_one(tmp_path / "a.html") == (
        "a.html: HTML nested more than 256 deep, or endless. Save its text as .txt."
    )


def test_page_without_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><script>x()</script></body></html>")
    assert fail_one(tmp_path / "a.html") == (
        "a.html: no article in this page. Save its text as .txt."
    )


# PDF


@pytest.mark.parametrize("name", ["river-chromium.pdf", "river-libreoffice.pdf"])
def test_columns_of_a_pdf_are_read_one_after_the_other(name: str) -> None:
    text = read_one(FILES / name).text
    order = (
        "Low water on the Ander",
        "\n\nPrices rise\n\n",
        "two\nangling clubs. The clubs argue",
        "\n\nScientists at the University",
        "\n\nForecasters see no change soon.",
        "said the weather service.\n\nHow the level is measured\n\n",
    )
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "  " not in text


def test_pages_of_a_pdf_begin_where_the_document_says() -> None:
    document = read_one(FILES / "river-chromium.pdf")
    first, second = document.pages
    assert first == 0
    assert document.text[second:].startswith("How the level is measured")
    assert document.title == "River level report"


def test_pdf_called_txt_is_still_a_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes((FILES / "river-chromium.pdf").read_bytes())
    assert read_one(tmp_path / "a.txt").media_type == "application/pdf"


def make_pdf(path: Path, pages: int, password: str = "", text: str = "Costs fell 4%.") -> Path:
    pdf = FPDF()
    pdf.set_font("helvetica", size=11)
    for _ in range(pages):
        pdf.add_page()
        if text:
            pdf.cell(text=text)
    if password:
        pdf.set_encryption(owner_password="o", user_password=password)
    pdf.output(str(path))
    return path


def test_pdf_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert fail_one(make_pdf(tmp_path / "locked.pdf", 1, "secret")) == (
        "locked.pdf: locked with a password. Save a copy without one."
    )
    assert fail_one(make_pdf(tmp_path / "scan.pdf", 2, text="")) == (
        "scan.pdf: no text in it, a scan perhaps. Recognise its text first."
    )
    (tmp_path / "cut.pdf").write_bytes((FILES / "river-chromium.pdf").read_bytes()[:90])
    assert fail_one(tmp_path / "cut.pdf") == (
        "cut.pdf: not a PDF that can be opened. Check the file, or print it anew."
    )


def test_pdf_of_too_many_pages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claimx.read.pdf.MAX_PAGES", 20)
    assert read_one(make_pdf(tmp_path / "a.pdf", 20)).pages[-1] > 0
    assert fail_one(make_pdf(tmp_path / "b.pdf", 21)) == ("b.pdf: 21 pages (at most 20). Split it.")


@pytest.mark.parametrize("case", mark_cases(read_cases("pdf")))
def test_pdf_is_read_as_a_reader_would(tmp_path: Path, case: Case) -> None:
    """Words and sentences run on over lines and pages, and nothing raised is glued on."""
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(False)
    for page in case["pages"]:
        pdf.add_page()
        for x, y, size, text in page:
            pdf.set_font("Helvetica", size=size)
            pdf.text(x, y, text)
    pdf.output(str(tmp_path / "a.pdf"))
    document = read_one(tmp_path / "a.pdf")
    ends = [*document.pages[1:], None]
    assert [document.text[a:b] for a, b in zip(document.pages, ends, strict=True)] == case["expect"]
    assert document.metadata.get("running", "") == case["running"]


# DOCX


def test_docx_keeps_headings_lists_and_tables_in_order() -> None:
    document = read_one(FILES / "minutes.docx")
    assert document.title == "Council approves night buses"
    assert document.author == "Ines Holm"
    assert document.text == (
        "# Council approves night buses\n\n"
        "The council of Varn approved night buses on Tuesday by 21 votes to 14. They will run "
        "every forty minutes between midnight and five, Mayor Lena Brask said.\n\n"
        "## Routes\n\nThree routes begin on 1 May:\n\n"
        "- Line N1 links the harbour with the hospital.\n"
        "- Line N2 goes to the university.\n"
        "  - It stops at the library.\n"
        "- Tickets cost 35 crowns.\n"
        "- Holders of a season ticket pay nothing.\n\n"
        "## Costs\n\n"
        "| Line | Cost in 2026 |\n|---|---|\n"
        "| N1 | 4.1 million crowns |\n| N2 | 2.8 million crowns |\n\n"
        "The opposition called the plan “a bus for nobody”. It expects fewer than 200 "
        "passengers a night.\n"
    )


def test_docx_has_what_was_inserted_and_not_what_was_deleted(tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES / "minutes.docx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    tracked = (
        b"<w:p><w:r><w:t>Costs </w:t></w:r><w:ins><w:r><w:t>rose</w:t></w:r></w:ins>"
        b"<w:del><w:r><w:delText>fell</w:delText></w:r></w:del></w:p>"
        b"<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent>"
        b"</w:sdt>"
    )
    main = parts["word/document.xml"]
    parts["word/document.xml"] = main.replace(b"<w:body>", b"<w:body>" + tracked)
    text = read_one(write_docx(tmp_path / "a.docx", parts)).text
    assert text.startswith("Costs rose\n\nIn a control.\n\n# Council")


def read_minutes() -> dict[str, bytes]:
    """The parts of a Word file, to be changed."""
    with zipfile.ZipFile(FILES / "minutes.docx") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("case", mark_cases(read_cases("docx")))
def test_docx_is_read_as_word_shows_it(tmp_path: Path, case: Case) -> None:
    parts = read_minutes()
    body = b"<w:body>" + case["xml"].encode()
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:body>", body)
    text = read_one(write_docx(tmp_path / "a.docx", parts)).text
    assert text.split("\n\n# Council approves")[0] == case["expect"]


def test_docx_with_a_style_for_each_paragraph_is_read_in_linear_time(tmp_path: Path) -> None:
    def read(count: int) -> None:
        parts = read_minutes()
        names = [f"S{at}" for at in range(count)]
        styles = (f'<w:style w:type="paragraph" w:styleId="{name}"/>' for name in names)
        lines = (
            f'<w:p><w:pPr><w:pStyle w:val="{name}"/></w:pPr><w:r><w:t>A</w:t></w:r></w:p>'
            for name in names
        )
        for part, end, more in (
            ("styles", "</w:styles>", styles),
            ("document", "</w:body>", lines),
        ):
            name = f"word/{part}.xml"
            parts[name] = parts[name].replace(end.encode(), "".join((*more, end)).encode())
        read_one(write_docx(tmp_path / "a.docx", parts))

    assert_linear(read, 2_000)


def test_docx_follows_the_styles_of_characters(tmp_path: Path) -> None:
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE

    made = Document()
    for name in ("strike", "hidden", "superscript"):
        base = made.styles.add_style(f"base of {name}", WD_STYLE_TYPE.CHARACTER)
        setattr(base.font, name, True)
        made.styles.add_style(name, WD_STYLE_TYPE.CHARACTER).base_style = base
    paragraph = made.add_paragraph("It cost")
    paragraph.add_run(" 14", style="strike")
    paragraph.add_run(" 19 million for 300")
    paragraph.add_run("1", style="superscript")
    paragraph.add_run(" people")
    paragraph.add_run(" or more", style="hidden")
    made.save(str(tmp_path / "a.docx"))
    assert read_one(tmp_path / "a.docx").text == "It cost 19 million for 300¹ people\n"


def test_notes_of_a_docx_stand_at_its_end_with_their_marks(tmp_path: Path) -> None:
    parts = read_minutes()
    refer = (
        "<w:p><w:r><w:t>It employs 300</w:t></w:r><w:r><w:footnoteReference w:id='7'/></w:r>"
        "<w:r><w:t> people</w:t></w:r><w:r><w:endnoteReference w:id='2'/></w:r></w:p>"
    )
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        b"<w:body>", f"<w:body>{refer}".encode()
    )
    space = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    for kind, name, said in (("footnote", 7, "Staff of January."), ("endnote", 2, "Estimated.")):
        note = f"<w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t>{said}</w:t></w:r></w:p>"
        parts[f"word/{kind}s.xml"] = (
            f"<w:{kind}s {space}><w:{kind} w:id='{name}'>{note}</w:{kind}></w:{kind}s>"
        ).encode()
        relation = f"<Relationship Id='x{kind}' Type='{kinds}/{kind}s' Target='{kind}s.xml'/>"
        relations = parts["word/_rels/document.xml.rels"]
        parts["word/_rels/document.xml.rels"] = relations.replace(
            b"</Relationships>", f"{relation}</Relationships>".encode()
        )
    text = read_one(write_docx(tmp_path / "a.docx", parts)).text
    assert text.startswith("It employs 300¹ people[i]\n\n# Council")
    assert text.endswith("\n\n¹ Staff of January.\n\n[i] Estimated.\n")


def test_locked_word_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert fail_one(tmp_path / "a.docx") == (
        "a.docx: locked with a password, or .doc. Save a copy as .docx."
    )


def test_archive_that_is_no_docx_is_refused(tmp_path: Path) -> None:
    write_docx(tmp_path / "a.docx", {"content.xml": b"<x/>"})
    assert fail_one(tmp_path / "a.docx") == (
        "a.docx: a ZIP archive, but no DOCX. Save its text as .docx."
    )
    write_docx(tmp_path / "b.docx", {"word/document.xml": b"<x>"})
    assert "b.docx: broken DOCX (" in fail_one(tmp_path / "b.docx")
    (tmp_path / "c.docx").write_text("A text that is only called so.")
    assert "c.docx: broken DOCX (File is not a zip file)" in fail_one(tmp_path / "c.docx")


def test_zip_bomb_as_docx_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(60_000_000))
    (tmp_path / "a.docx").write_bytes(bomb.getvalue())
    assert len(bomb.getvalue()) < 100_000
    assert fail_one(tmp_path / "a.docx") == (
        "a.docx: unpacks to 60 MB, 60 of them text (at most 300 and 50). Split it."
    )


# Rows


@pytest.mark.parametrize("name", ["news.csv", "news.tsv", "news-cp1252.csv", "news-bom.csv"])
def test_spreadsheet_has_one_document_a_row(name: str) -> None:
    reading = read_documents([FILES / name], text_column="body", id_column="id")
    assert reading.failures == ()
    assert [document.id for document in reading.documents] == ["f-101", "f-102", "f-103"]
    fares, _, lighthouse = reading.documents
    assert fares.text.endswith("the company said.\nChildren under six still travel free.")
    assert lighthouse.title == "Café in the lighthouse"
    assert "Zoë Lindqvist, paid €40,000" in lighthouse.text
    guess = {"encoding": "cp1252 (guessed)"} if "cp1252" in name else {}
    assert lighthouse.outlet == "Varn Courier"
    assert lighthouse.metadata == {"row": "4"} | guess


@pytest.mark.parametrize("case", mark_cases(read_cases("rows")))
def test_row_is_read_right_or_refused_with_its_line(tmp_path: Path, case: Case) -> None:
    """Whatever programs write as CSV, no text is cut at a comma, and no row goes, in silence."""
    path = tmp_path / f"a{case['name']}"
    path.write_bytes(case["text"].encode())
    reading = read_documents([path])
    assert [document.text for document in reading.documents] == case["expect"]
    errors = [failure.error for failure in reading.failures]
    refused = [error.removeprefix(str(path)).lstrip(":, ") for error in errors]
    assert refused[:6] == case["refused"]


def test_half_characters_of_a_row_are_replaced_and_counted(tmp_path: Path) -> None:
    lines = [
        '{"text": "It opened \\ud83d, \\ude00.", "title": "\\ud83d"}',
        '{"text": "It cost 4."}',
    ]
    path = write_lines(tmp_path / "a.jsonl")
    path.write_text("\n".join(lines))
    first, second = read_documents([path]).documents
    assert (first.text, first.title) == ("It opened \ufffd, \ufffd.", "\ufffd")
    assert first.metadata == {"row": "1", "replaced": "2 lone surrogates"}
    assert (second.text, second.metadata) == ("It cost 4.", {"row": "2"})


def test_row_is_named_by_its_id_or_address_below_its_file_else_by_its_number(
    tmp_path: Path,
) -> None:
    documents = read_documents([FILES / "news.csv"]).documents
    assert [document.id for document in documents] == [
        *("news.csv/f-101", "news.csv/f-102", "news.csv/f-103")
    ]
    write_lines(
        tmp_path / "a.jsonl",
        {"text": "One.", "url": "https://courier.example/1"},
        {"text": "Two.", "id": 7},
        {"text": "Three.", "id": ""},
    )
    documents = read_documents([tmp_path / "a.jsonl"]).documents
    assert [document.id for document in documents] == [
        *("a.jsonl/https://courier.example/1", "a.jsonl/7", "a.jsonl/3")
    ]


def test_same_id_twice_is_told_apart(tmp_path: Path) -> None:
    row = {"n": 7, "text": "Costs fell."}
    write_lines(tmp_path / "a.jsonl", row, row, row)
    documents = read_documents([tmp_path / "a.jsonl"], id_column="n").documents
    assert [document.id for document in documents] == ["7", f"{tmp_path}/a.jsonl/7", "7 (2)"]


def test_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    news = FILES / "news.csv"
    assert fail_one(news, text_column="txt") == (
        "news.csv: no column 'txt'. It has: id, title, outlet, body."
    )
    assert fail_one(news, id_column="nr") == (
        "news.csv: no column 'nr'. It has: id, title, outlet, body."
    )
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert fail_one(tmp_path / "a.csv") == (
        "a.csv: which column is the text? It has: a, b. Pass `text_column`."
    )


def test_broken_line_fails_alone_with_its_number(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "a.jsonl",
        {"text": "One."},
        "{oops",
        "",
        {"text": 5},
        {"other": "x", "more": 1},
        "[1]",
        "[" * 100_000,
        {"text": ""},
        {"text": "Nine."},
    )
    reading = read_documents([path])
    assert [document.id for document in reading.documents] == ["a.jsonl/1", "a.jsonl/9"]
    assert [failure.error.replace(str(path), path.name)[:70] for failure in reading.failures] == [
        "a.jsonl, line 2: not JSON (Expecting property name enclosed in double ",
        "a.jsonl, row 4: 'text' is no text (int). Mend it.",
        "a.jsonl, line 5: which column is the text? It has: other, more. Pass `",
        "a.jsonl, line 6: no JSON object. Mend that line.",
        "a.jsonl, line 7: not JSON (nested too deep, or too long). Mend that li",
        "a.jsonl, row 8: no text in 'text'. Fill or remove it.",
    ]
    assert {failure.document_id for failure in reading.failures} == {"a.jsonl"}


def test_file_that_is_no_json_lines_is_left_after_a_while(tmp_path: Path) -> None:
    reading = read_documents([write_lines(tmp_path / "a.jsonl", *["no"] * 500)])
    assert len(reading.failures) == rows.MAX_BROKEN + 1
    assert reading.failures[-1].error.endswith(
        "100 lines running cannot be used, so the rest is left. Is it JSON Lines?"
    )


def test_cell_without_end_stops_the_file_after_the_rows_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_CELL", 1000)
    (tmp_path / "a.csv").write_text('id,text\n1,Good.\n2,"' + "never closed " * 1000)
    reading = read_documents([tmp_path / "a.csv"])
    assert [document.text for document in reading.documents] == ["Good."]
    [failure] = reading.failures
    assert failure.error == (
        f"{tmp_path}/a.csv, line 3: a cell has more than 1,000 characters. Close its quotes, or "
        "shorten it. The rows from there on are left."
    )


def test_line_without_end_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_CELL", 1000)
    path = write_lines(tmp_path / "a.jsonl", {"text": "x" * 9000}, {"text": "Good."})
    reading = read_documents([path])
    assert [document.id for document in reading.documents] == ["a.jsonl/2"]
    assert "a.jsonl, line 1: the line has more than 1,000 char" in reading.failures[0].error


def test_rows_come_one_at_a_time(tmp_path: Path) -> None:
    """The first is there although the file breaks off later."""
    path = write_lines(tmp_path / "a.jsonl", {"text": "One."}, "{oops")
    found = iter_documents([path])
    first, second = next(found), next(found)
    assert isinstance(first, Document)
    assert isinstance(second, Failure)


def test_rows_are_read_from_stdin_when_their_text_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"a.csv": "x,y\n1,Costs fell.\n", "a.jsonl": '{"y": "Costs fell."}\n'}
    for text in given.values():
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        [document] = read_documents(["-"], text_column="y").documents
        assert document.text == "Costs fell."


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_cell_is_read_to_the_letter(text: str) -> None:
    """Whatever newlines, quotes and delimiters it has."""
    assume(text.strip())
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("id", "text"), ("1", text)])
    for read, written in (
        (read_csv, table.getvalue()),
        (rows.read_json_lines, json.dumps({"text": text}, ensure_ascii=False)),
    ):
        [article] = read(File("a", data=written.encode()), ReadOptions())
        assert isinstance(article, Article)
        assert article.text == text


def test_parquet_is_read_row_by_row(tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "key": ["a", "b"],
            "body": ["Costs fell.", None],
            "year": [2024, 2025],
            "image": [b"\x00", b"\x01"],
            "tags": [["x"], []],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    reading = read_documents([tmp_path / "a.parquet"], text_column="body", id_column="key")
    [document] = reading.documents
    assert (document.id, document.text) == ("a", "Costs fell.")
    assert document.metadata == {"year": "2024", "row": "1"}
    assert [failure.error for failure in reading.failures] == [
        f"{tmp_path}/a.parquet, row 2: no text in 'body'. Fill or remove it."
    ]
    assert fail_one(tmp_path / "a.parquet", text_column="txt") == (
        "a.parquet: no column 'txt'. It has: key, body, year."
    )


def test_value_that_python_has_not_ends_no_parquet_file(tmp_path: Path) -> None:
    far = pyarrow.array([2**62, 0], pyarrow.timestamp("us"))
    table = pyarrow.table({"text": ["Costs fell.", "Costs rose."], "at": far, "n": [1, 2]})
    parquet.write_table(table, tmp_path / "a.parquet")
    reading = read_documents(tmp_path)
    assert reading.failures == ()
    assert [document.metadata for document in reading.documents] == [
        {"n": "1", "row": "1"},
        {"at": "1970-01-01 00:00:00", "n": "2", "row": "2"},
    ]


def test_broken_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    assert "a.parquet: broken Parquet (" in fail_one(tmp_path / "a.parquet")


@pytest.mark.parametrize("name", ["a.csv", "a.docx", "a.html", "a.jsonl", "a.parquet", "a.pdf"])
def test_empty_file_is_refused_whatever_its_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert fail_one(tmp_path / name) == f"{name}: empty. Remove it, or give it text."


def test_rows_without_any_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n")
    (tmp_path / "a.jsonl").write_text("\n\n")
    for name in ("a.csv", "a.jsonl"):
        assert fail_one(tmp_path / name) == f"{name}: empty. Remove it, or give it text."


# Gzip


def test_gzip_of_any_format_is_unpacked(tmp_path: Path) -> None:
    assert read_one(FILES / "storm.txt.gz").text.startswith("Storm closes the bridge at Ærø\n")
    for name in ("harbour.html", "minutes.docx", "river-chromium.pdf", "news-cp1252.csv"):
        packed = tmp_path / f"{name}.gz"
        packed.write_bytes(gzip.compress((FILES / name).read_bytes()))
        own, plain = read_documents([packed]), read_documents([FILES / name])
        assert own.failures == ()
        assert [one.text for one in own.documents] == [one.text for one in plain.documents]
        assert own.documents[0].sha256 != plain.documents[0].sha256


def test_hash_is_that_of_the_file_as_it_lies_there() -> None:
    """As ``sha256sum tests/files/storm.txt.gz`` says it."""
    assert read_one(FILES / "storm.txt.gz").sha256 == (
        "5326b99d6acec9abea63c4c8444f728c4948dd8dd5da0a1c96f422ee20c726e3"
    )


def test_gzip_bomb_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_room, "MIN_BOMB", 1_000_000)
    for name in ("a.txt.gz", "a.jsonl.gz", "a.pdf.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b" " * 5_000_000))
        assert fail_one(tmp_path / name) == (
            f"{name}: unpacks to more than 200 times its size, as no text does. Unpack it yourself "
            "if you trust it."
        )


def test_broken_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"Costs fell. " * 1000)
    (tmp_path / "a.txt.gz").write_bytes(whole[:40])
    assert fail_one(tmp_path / "a.txt.gz") == (
        "a.txt.gz: broken gzip (Compressed file ended before the end-of-stream marker was "
        "reached). Get it anew."
    )


def test_file_that_is_too_big_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_room.File.read, "__defaults__", (2_000_000,))
    (tmp_path / "a.txt").write_text("Costs fell. " * 200_000)
    assert fail_one(tmp_path / "a.txt") == "a.txt: more than 2 MB. Split it."


# Encodings


def test_encoding_that_no_mark_tells_is_guessed_and_stated() -> None:
    document = read_one(FILES / "storm-cp1252.txt")
    assert document.metadata == {"encoding": "cp1252 (guessed)"}
    assert document.text == read_one(FILES / "storm.txt.gz").text


def test_byte_order_mark_tells_utf16() -> None:
    document = read_one(FILES / "storm-utf16.txt")
    assert document.metadata == {"encoding": "utf-16 (byte order mark)"}
    assert document.text == read_one(FILES / "storm.txt.gz").text


def test_named_encoding_is_not_second_guessed() -> None:
    path = FILES / "storm-cp1252.txt"
    assert read_one(path, encoding="cp1252").metadata == {}
    assert fail_one(path, encoding="utf-8") == (
        "storm-cp1252.txt: not UTF-8 (byte 0xc6 at offset 27). Convert it, or pass `encoding`."
    )
    assert fail_one(FILES / "news-cp1252.csv", encoding="utf-8").startswith(
        "news-cp1252.csv: not UTF-8 (byte 0x93 at offset "
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Министр заявил, что расходы снизились на четыре процента. ", "koi8_r"),
        ("Министр заявил, что расходы снизились на четыре процента. ", "cp1251"),
        ("Ο υπουργός δήλωσε ότι το κόστος μειώθηκε. ", "cp1253"),
        ("Die Behörde erklärte, die Kosten seien um 4 % gefallen. ", "cp1252"),
        ("Broen til Ærø blev lukket i ni timer, sagde Søren Kjær. ", "cp1252"),
        ("The minister said “costs fell 4%” – the first time. It’s a record. ", "cp1252"),
        ("Minister oświadczył, że koszty spadły. Źródła twierdzą inaczej. ", "cp1250"),
        ("大臣は月曜日に費用が四パーセント減少したと述べた。", "cp932"),
        ("大臣は月曜日に費用が四パーセント減少したと述べた。", "euc_jp"),
        ("Ministr řekl, že náklady klesly o čtyři procenta. ", "cp1250"),
    ],
)
def test_guess_reads_the_text(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes((text * 4).encode(encoding))
    document = read_one(tmp_path / "a.txt")
    assert document.text == text * 4
    assert document.metadata == {"encoding": f"{encoding} (guessed)"}


ENCODED = [
    pytest.param(case["text"], encoding, id=f"{case['label']} in {encoding}")
    for case in read_cases("encodings")
    for encoding in case["encodings"]
]


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_short_article_is_read_right_and_its_guess_is_said(
    tmp_path: Path, text: str, encoding: str
) -> None:
    """By the words and letters of its language, of a row as of a file."""
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (tmp_path / "a.jsonl").write_bytes(
        f'{{"text": {json.dumps(text, ensure_ascii=False)}}}\n'.encode(encoding)
    )
    for path in (tmp_path / "a.txt", tmp_path / "a.jsonl"):
        document = read_one(path)
        assert document.text == text
        assert document.metadata["encoding"].endswith(" (guessed)")


@pytest.mark.parametrize("fault", [b"\xe9", b"\xc3", b"\xe2\x80"])
def test_utf8_with_a_fault_is_refused_and_not_read_as_another_encoding(
    tmp_path: Path, fault: bytes
) -> None:
    text = "Die Bürgermeisterin eröffnete die Brücke über den Fluss für alle.".encode()
    (tmp_path / "a.txt").write_bytes(text + fault)
    assert "a.txt: not UTF-8 (byte 0x" in fail_one(tmp_path / "a.txt")


@pytest.mark.parametrize("raw", [bytes(64), bytes(range(64)), b"\x7fELF\x02\x01\x01" + bytes(90)])
def test_binary_file_is_no_utf16(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    assert "looks like a binary file" in fail_one(tmp_path / "a.txt")


def test_named_utf16_needs_no_mark(tmp_path: Path) -> None:
    for order in ("utf-16-le", "utf-16-be", "utf-16"):
        (tmp_path / "a.csv").write_bytes("id,text\n1,The pier opened on Monday.\n".encode(order))
        assert read_one(tmp_path / "a.csv", encoding="utf-16").text == "The pier opened on Monday."


@pytest.mark.parametrize("name", ["undefined", "base64", "rot13", "klingon"])
def test_what_is_no_encoding_of_text_is_a_lookup_error(name: str) -> None:
    with pytest.raises(LookupError):
        read_documents([], encoding=name)


# What is missing


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("harbour.html", "trafilatura", "html"),
        ("river-chromium.pdf", "pypdfium2", "pdf"),
        ("minutes.docx", "docx", "docx"),
        ("a.parquet", "pyarrow", "parquet"),
    ],
)
def test_missing_extra_is_named(
    name: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = FILES / name
    if not path.exists():
        path = tmp_path / name
        path.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, module, None)
    assert fail_one(path) == (
        f"{name}: reading {path.suffix} needs {module}. Run: pip install 'claimx[{extra}]'"
    )


def test_other_packages_register_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.shout").write_text("costs fell")
    (tmp_path / "a.gone").write_text("costs fell")
    points = (EntryPoint("shout", "tests.read.test_inputs:SHOUT", formats.GROUP),)
    monkeypatch.setattr(formats, "entry_points", lambda **_: points)
    formats.load_plugins.cache_clear()
    assert read_one(tmp_path / "a.shout").text == "COSTS FELL"
    points = (EntryPoint("gone", "no.such.module:X", formats.GROUP),)
    formats.load_plugins.cache_clear()
    assert fail_one(tmp_path / "a.gone") == (
        "The reader gone (no.such.module:X) fails: No module named 'no'. Remove it."
    )
    formats.load_plugins.cache_clear()


SHOUT = Format("text/x-shout", (".shout",), lambda file, _: [Article(file.read().decode().upper())])
