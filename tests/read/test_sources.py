"""What is known of an article beside its text: from the file, from beside it, or from Python."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from lxml.html import document_fromstring
from pydantic import ValidationError

from claimx import Document, InputError, extract, make_document, read_documents
from claimx.read.about import read_date
from claimx.read.page_facts import read_page_facts
from claimx.read.sidecar import read_sidecar
from claimx.segment.sentences import NOT_EXTRACTED, split_sentences
from tests.support.labelled import Case, mark_cases, read_cases

FIELDS = ("title", "outlet", "author", "date", "url", "language")


def fields_of(document: Document) -> dict[str, str]:
    """Give the fields that are known."""
    known = {name: getattr(document, name) for name in FIELDS}
    return {name: value for name, value in known.items() if value is not None}


def write_articles(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("The bridge closed.\n")
    return folder


# Dates


@pytest.mark.parametrize("case", mark_cases(read_cases("dates")))
def test_date_is_read_only_if_it_can_be_no_other(case: Case) -> None:
    assert read_date(case["text"]) == case["expect"]


@pytest.mark.parametrize("date", ["30 March 2025", "2025-02-30", "2025-3-1", "٢٠٢٥"])
def test_document_takes_no_date_but_of_iso(date: str) -> None:
    with pytest.raises(ValidationError, match="is no date: write 2025-03-30, 2025-03 or 2025"):
        Document(id="a", text="A.", date=date)


# Files


@pytest.mark.parametrize("case", mark_cases(read_cases("page_facts")))
def test_page_says_who_published_it_and_when(case: Case) -> None:
    page = f"<html lang='en'><head>{case['head']}</head><body>{case['body']}<p>A.</p></body></html>"
    assert read_page_facts(document_fromstring(page)) == case["expect"]


@pytest.mark.parametrize("case", mark_cases(read_cases("front_matter")))
def test_front_matter_is_told_of_the_article_and_no_text_of_it(tmp_path: Path, case: Case) -> None:
    """The text stays as the file has it, so that lines are those of the file."""
    path = tmp_path / "a.md"
    path.write_bytes(case["text"].encode())
    [document] = read_documents(path).documents
    assert document.text == case["text"]
    assert fields_of(document) == case["fields"]
    assert ("front matter" in document.metadata) == case.get("unread", False)
    if case["fields"]:
        [front, *_] = split_sentences(document.text)
        assert (front.span.start, front.kind) == (0, "furniture")
    if case["sentences"] is not None:
        assert case["sentences"] == [
            sentence.span.slice(document.text)
            for sentence in split_sentences(document.text)
            if sentence.kind not in NOT_EXTRACTED
        ]


def test_columns_of_a_row_fill_the_fields_by_their_usual_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Headline,Byline,Source,Published At,Link,lang,section,text\n"
        "Bridge,Ines Holm,Courier,2025-03-30T10:00:00Z,https://a.example/1,en,local,It closed.\n"
        "Bridge,,https://b.example/2,03/04/2025,none,Old Norse,,It closed.\n"
    )
    first, second = read_documents(path).documents
    assert fields_of(first) == {
        "title": "Bridge",
        "outlet": "Courier",
        "author": "Ines Holm",
        "date": "2025-03-30",
        "url": "https://a.example/1",
        "language": "en",
    }
    assert first.metadata == {"section": "local", "row": "2"}
    assert fields_of(second) == {"title": "Bridge"}
    assert second.metadata["Published At"] == "03/04/2025"


# A file beside them


def test_sidecar_says_who_published_which_file(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in", "a.txt", "b.md", "c.txt")
    (folder / "a.txt").write_text("---\noutlet: Old name\nauthor: Ines Holm\n---\nIt closed.\n")
    (folder / "sources.csv").write_text(
        "file;outlet;date;title;desk\na.txt;Courier;30.3.2025;Bridge;city\nb;Post;;;\n"
    )
    reading = read_documents(folder, sidecar=folder / "sources.csv")
    assert reading.failures == ()
    assert {one.id: fields_of(one) for one in reading.documents} == {
        "a.txt": {
            "title": "Bridge",
            "outlet": "Courier",
            "author": "Ines Holm",
            "date": "2025-03-30",
        },
        "b.md": {"outlet": "Post"},
        "c.txt": {},
    }
    assert reading.documents[0].metadata == {"desk": "city"}


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("file,date\na.txt,03/04/2025\n", "row 2: date '03/04/2025' cannot be read. Write a day"),
        ("file,url\na.txt,\nb.txt,b.example\n", "row 3: url 'b.example' cannot be read."),
        ("file,outlet\na.txt,A\na.txt,B\n", "row 3: 'a.txt' is in row 2, too."),
        ("file,outlet\n,A\n", "row 2: no file. Name the article"),
        ("name,outlet\na.txt,A\n", "no column 'file'. It has: name, outlet."),
        ("[1]", "no list of items."),
        ("[{", "no JSON ("),
    ],
)
def test_sidecar_that_cannot_be_used_names_the_row(tmp_path: Path, table: str, error: str) -> None:
    folder = write_articles(tmp_path / "in", "a.txt")
    (tmp_path / "s.csv").write_text(table)
    with pytest.raises(InputError) as caught:
        extract(folder, sources=tmp_path / "s.csv", model="extractive")
    assert str(caught.value).removeprefix(f"{tmp_path}/s.csv").lstrip(",: ").startswith(error)


def test_sidecar_row_that_fits_none_or_two_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_articles(tmp_path / "in", "x/a.txt", "y/a.txt")
    (tmp_path / "s.csv").write_text("file,outlet\na.txt,A\nb.txt,B\n")
    with caplog.at_level(logging.WARNING, "claimx"):
        reading = read_documents(folder, sidecar=tmp_path / "s.csv")
    assert [one.outlet for one in reading.documents] == ["A", None]
    assert "row 2: a.txt names y/a.txt too, and describes x/a.txt alone" in caplog.text
    assert "row 3: b.txt names no article that was read" in caplog.text


def test_sidecar_row_names_a_file_by_its_first_words_if_no_other_begins_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = (
        "003_97f3.txt",
        "0031.txt",
        "004_a.txt",
        "004_b.txt",
        "five.txt",
        "five-b.txt",
        "Six b.txt",
    )
    folder = write_articles(tmp_path / "in", *names)
    table = "file,outlet\n003,A\n004,B\nfive,C\nfive-,D\n00,E\n004_b,F\nSIX,G\n"
    (tmp_path / "s.csv").write_text(table)
    with caplog.at_level(logging.WARNING, "claimx"):
        reading = read_documents(folder, sidecar=tmp_path / "s.csv")
    assert {one.id: one.outlet for one in reading.documents if one.outlet} == {
        "003_97f3.txt": "A",
        "five.txt": "C",
        "004_b.txt": "F",
        "Six b.txt": "G",
    }
    assert f"row 3: 004 may be {folder}/004_a.txt or {folder}/004_b.txt. Write more" in caplog.text
    assert len(caplog.messages) == 3  # 004, five- and 00
    memory = [make_document("A.", "003_a"), make_document("B.", "004_b")]
    reading = read_documents(memory, sidecar=tmp_path / "s.csv")
    assert [one.outlet for one in reading.documents] == ["A", "F"]


def test_items_of_zotero_describe_by_address_title_or_id(tmp_path: Path) -> None:
    items = [
        {
            "id": "http://zotero.org/users/1/items/A",
            "title": "Bridge Closes",
            "container-title": "Courier",
            "author": [{"given": "Ines", "family": "Holm"}, {"literal": "Newsroom"}],
            "issued": {"date-parts": [["2025", 3, 30]]},
            "language": "Old Norse",
        },
        {"id": "B", "URL": "https://post.example/b", "publisher": "Post"},
        {"id": "c", "publisher": "Times", "issued": {"literal": "Spring 2024"}},
    ]
    (tmp_path / "s.json").write_text(json.dumps(items))
    documents = [
        make_document("A.", "1", title="Bridge closes."),
        make_document("B.", "2", url="https://post.example/b"),
        make_document("C.", "c"),
    ]
    first, second, third = read_documents(documents, sidecar=tmp_path / "s.json").documents
    assert fields_of(first) == {
        "title": "Bridge Closes",
        "outlet": "Courier",
        "author": "Ines Holm; Newsroom",
        "date": "2025-03-30",
    }
    assert second.outlet == "Post"
    assert (third.outlet, third.date, third.metadata) == ("Times", None, {"date": "Spring 2024"})


# Python


@pytest.mark.parametrize("library", [pd, pl])
def test_data_frame_is_read_as_its_rows(library: Any) -> None:
    frame = library.DataFrame(
        {
            "id": ["a", None, "c"],
            "body": ["The bridge closed.", "It was old.", None],
            "source": ["Courier", "Post", None],
            "published": ["2025-03-30", None, None],
        }
    )
    reading = read_documents(frame)
    assert [(one.id, one.outlet, one.date) for one in reading.documents] == [
        ("a", "Courier", "2025-03-30"),
        ("row 2", "Post", None),
    ]
    [failure] = reading.failures
    assert failure.error == "data, row 3: no text in 'body'. Fill or remove it."


def test_missing_values_of_pandas_are_not_known() -> None:
    frame = pd.DataFrame(
        {
            "text": ["The bridge closed."] * 2,
            "date": [pd.Timestamp("2025-03-30"), pd.NaT],
            "outlet": ["Courier", float("nan")],
        }
    )
    first, second = read_documents(frame).documents
    assert fields_of(first) == {"outlet": "Courier", "date": "2025-03-30"}
    assert fields_of(second) == {}


def test_dicts_and_triples_are_documents_wherever_they_come_from() -> None:
    given = ({"text": f"Costs fell {n}%.", "outlet": "Courier"} for n in range(2))
    triple = ("k", "Costs rose 9%.", {"publisher": "Post", "title": "T", "text": "no"})
    table = extract(given, triple, model="extractive")
    assert [(one.id, one.outlet) for one in table.documents] == [
        *(("row 1", "Courier"), ("row 2", "Courier"), ("k", "Post"))
    ]
    assert table.documents[2].text == "Costs rose 9%."


def test_document_needs_no_more_than_id_and_text() -> None:
    document = Document(id="a", text="A.")
    assert document == make_document("A.", "a")
    assert (document.source, len(document.sha256)) == ("a", 64)


def test_field_of_no_such_value_is_said() -> None:
    with pytest.raises(InputError, match=r"^a: outlet: Input should be a valid string\.$"):
        make_document("A.", "a", outlet=3)
    with pytest.raises(InputError, match=r"^a: colour: Extra inputs are not permitted\.$"):
        make_document("A.", "a", colour="red")


def test_sidecar_whose_columns_say_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("file,outlt,dat\na.txt,Courier,2026\n", "utf-8")
    with pytest.raises(InputError, match=r"says nothing of its files\. Name columns outlet"):
        read_sidecar(tmp_path / "s.csv")
