"""Books, office texts, saved pages and subtitles are read in order, and within limits."""

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import claimx
from claimx.read import archive
from claimx.records import Document
from tests.support.labelled import Case, mark_cases, read_cases

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<metadata><dc:title>Bridges</dc:title><dc:creator>Ann Lee</dc:creator>"
    "<dc:date>2024-05-01</dc:date></metadata><manifest>"
    '<item id="b" href="c2.xhtml"/><item id="a" href="c%201.xhtml"/></manifest>'
    '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
)
XHTML = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
)
FIRST = (
    "<nav><a>Contents</a></nav><h1>One</h1><p>The bridge <b>opened</b> on Monday.</p><ul>"
    "<li>First</li><li>Second<p>and more</p></li></ul>loose words<div>in a box<br/>of lines</div>"
    "<table><tr><td>a</td><td>b</td></tr></table><script>no()</script>"
)
OFFICE = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>'
    "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>{}"
    "</office:text></office:body></office:document-content>"
)
ODT = "application/vnd.oasis.opendocument.text"
PAGE = (
    "<html><head><title>Bridge opens</title><meta charset=utf-8></head><body><nav>Home</nav>"
    "<article><h1>Bridge opens</h1><p>The bridge opened on Monday after two years of work, the "
    "city said.</p><p>Nobody came to see the ceremony in the rain, café owners said.</p></article>"
    "</body></html>"
)


def write_zip(path: Path, parts: Mapping[str, str | bytes], mimetype: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        if mimetype:
            packed.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name, text in parts.items():
            packed.writestr(name, text, zipfile.ZIP_DEFLATED)
    return path


def write_epub(path: Path, *chapters: str) -> Path:
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": PACKAGE,
        "OEBPS/c 1.xhtml": XHTML.format(chapters[0]),
        "OEBPS/c2.xhtml": XHTML.format(chapters[1]),
    }
    return write_zip(path, parts, "application/epub+zip")


def write_odt(path: Path, body: str) -> Path:
    meta = (
        '<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Minutes</dc:title>'
        "<dc:creator>Bo Fix</dc:creator><m:initial-creator xmlns:m='m'>Ann Lee</m:initial-creator>"
        "<dc:date>2024-05-01T10:00:00</dc:date></m>"
    )
    return write_zip(path, {"content.xml": OFFICE.format(body), "meta.xml": meta}, ODT)


def read_one(path: Path) -> Document:
    reading = claimx.read_documents(path)
    assert reading.failures == ()
    [document] = reading.documents
    return document


def fail_one(path: Path) -> str:
    [failure] = claimx.read_documents(path).failures
    return failure.error.replace(str(path), path.name)


def test_book_is_read_in_the_order_of_its_chapters(tmp_path: Path) -> None:
    book = read_one(
        write_epub(tmp_path / "b.epub", FIRST, "<blockquote><p>The end.</p></blockquote>")
    )
    assert (book.title, book.author, book.date) == ("Bridges", "Ann Lee", "2024-05-01")
    assert book.text.split("\n\n") == [
        "# One",
        "The bridge opened on Monday.",
        "- First",
        "- Second",
        "and more",
        "loose words",
        "in a box of lines",
        "a",
        "b",
        "The end.\n",
    ]


def test_book_is_known_by_its_first_part_whatever_its_name(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "download.docx", "<p>The bridge opened.</p>", "")
    assert read_one(path).media_type == "application/epub+zip"


def test_office_text_is_read_in_order_and_notes_come_last(tmp_path: Path) -> None:
    body = (
        '<text:h text:outline-level="2">Budget</text:h><text:p>The bridge<text:s text:c="3"/>opened'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>By law."
        "</text:p></text:note-body></text:note> on<text:line-break/>Monday."
        "<office:annotation><text:p>Why?</text:p></office:annotation></text:p><text:list><text:list-item><text:p>First</text:p>"
        "<text:list><text:list-item><text:p>Inner</text:p></text:list-item></text:list>"
        "</text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>a"
        "</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    found = read_one(write_odt(tmp_path / "m.odt", body))
    assert (found.title, found.author, found.date) == ("Minutes", "Ann Lee", None)
    assert found.metadata["modified"] == "2024-05-01"
    assert found.text.split("\n\n") == [
        "## Budget",
        "The bridge opened[1] on Monday.",
        "- First\n  - Inner",
        "a | b",
        "[1] By law.\n",
    ]


def test_table_in_a_cell_of_an_office_text_is_read_once_after_its_table(tmp_path: Path) -> None:
    def table(*cells: str) -> str:
        inside = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
        return f"<table:table><table:table-row>{inside}</table:table-row></table:table>"

    inner = f"<text:p>a</text:p>{table('<text:p>in</text:p>')}"
    path = write_odt(tmp_path / "a.odt", table("<text:h>Top</text:h>", inner))
    assert read_one(path).text == "Top | a\n\nin\n"


def test_chapter_that_is_missing_or_broken_is_a_failure_beside_the_rest(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", FIRST, "<p>The end.</p> <b>")
    reading = claimx.read_documents(path)
    assert "The bridge opened on Monday." in reading.documents[0].text
    [failure] = reading.failures
    assert failure.error == (
        f"{path}: 1 of 2 chapters are missing or broken (b); the rest is read. Get the book anew."
    )


def test_book_says_what_a_reader_sees(tmp_path: Path) -> None:
    """What is struck out or hidden is not said, and a note mark is no digit of a number."""
    first = (
        '<p>It did <del>not</del><span style="display:none">never</span> close.</p>'
        "<p hidden='hidden'>He stole.</p><p>It employed 300<sup>1</sup> people on 10"
        "<sup>2</sup> sites, with H<sub>2</sub>O.</p>"
    )
    book = read_one(write_epub(tmp_path / "b.epub", first, "<p>The end.</p>"))
    assert (
        book.text
        == "It did close.\n\nIt employed 300¹ people on 10² sites, with H₂O.\n\nThe end.\n"
    )


def test_office_text_says_what_a_reader_sees(tmp_path: Path) -> None:
    """The same in OpenDocument, where it is said by styles, which are based on others."""

    def style(name: str, said: str, parent: str = "") -> str:
        return (
            f'<s:style xmlns:s="s" s:name="{name}" s:family="text" s:parent-style-name="{parent}">'
            f"<s:text-properties {said}/></s:style>"
        )

    styles = [
        style("Raised", 's:text-position="super 58%"'),
        style("Lowered", 's:text-position="-8% 58%"'),
        style("Struck", 's:text-line-through-style="solid"'),
        style("Hidden", 'xmlns:text="t" text:display="none"'),
        style("Note", "", "Raised"),
        style("Flat", 's:text-position="0% 100%"', "Raised"),
    ]
    body = (
        '<text:p>It did <text:span text:style-name="Struck">not</text:span><text:span '
        'text:style-name="Hidden">never</text:span> close at 300<text:span '
        'text:style-name="Note">1</text:span> of 10<text:span text:style-name="Flat">2</text:span> '
        'sites, with H<text:span text:style-name="Lowered">2</text:span>O<text:hidden-text '
        'text:is-hidden="true">!</text:hidden-text>.</text:p><text:section text:display="none">'
        "<text:p>He stole.</text:p></text:section><text:p>He lied.<text:hidden-paragraph "
        'text:is-hidden="true"/></text:p>'
    )
    path = write_zip(
        tmp_path / "a.odt",
        {"content.xml": OFFICE.format(body), "styles.xml": f"<s>{''.join(styles)}</s>"},
        ODT,
    )
    assert read_one(path).text == "It did close at 300¹ of 102 sites, with H₂O.\n"


@pytest.mark.parametrize("ending", ["epub", "odt"])
def test_broken_archive_is_refused_in_a_line(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_bytes(b"PK\x03\x04 not really")
    assert fail_one(path).startswith(f"x.{ending}: broken {ending.upper()} (")


def test_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_XML", 2_000_000)
    path = write_epub(tmp_path / "x.epub", f"<p>{'a' * 3_000_000}</p>", "")
    assert "more than 2 MB of text" in fail_one(path)


def test_entities_of_an_archive_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the key", "utf-8")
    evil = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>' + XHTML.format(
        "<p>The bridge &e; opened.</p>"
    )
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": PACKAGE,
        "OEBPS/c 1.xhtml": evil,
        "OEBPS/c2.xhtml": XHTML.format(""),
    }
    book = read_one(write_zip(tmp_path / "x.epub", parts, "application/epub+zip"))
    assert "the key" not in book.text


def test_page_that_a_browser_saved_is_an_article_with_its_address(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Snapshot-Content-Location"] = "https://example.org/bridge"
    message["Subject"] = "Bridge opens"
    message.set_content(PAGE, subtype="html", cte="quoted-printable")
    message.make_mixed()
    message.add_attachment(b"\x89PNG", "image", "png")
    (tmp_path / "p.mhtml").write_bytes(message.as_bytes())
    page = read_one(tmp_path / "p.mhtml")
    assert (page.title, page.url) == ("Bridge opens", "https://example.org/bridge")
    assert "café owners said" in page.text
    assert "Home" not in page.text


def write_warc(path: Path, *answers: tuple[str, str, str, bytes]) -> Path:
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=path.suffix == ".gz")
        for address, status, kind, body in answers:
            headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    address, "response", payload=io.BytesIO(body), http_headers=headers
                )
            )
    return path


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of the writer
@pytest.mark.parametrize("name", ["c.warc", "c.warc.gz"])
def test_pages_of_a_crawl_are_articles_and_the_rest_is_passed_over(
    tmp_path: Path, name: str
) -> None:
    page = PAGE.encode()
    path = write_warc(
        tmp_path / name,
        ("https://example.org/a", "200 OK", "text/html; charset=utf-8", page),
        ("https://example.org/a", "200 OK", "text/html", page),
        ("https://example.org/i.png", "200 OK", "image/png", b"\x89PNG"),
        ("https://example.org/gone", "404 Not Found", "text/html", page),
        ("https://example.org/b", "200 OK", "text/html", page.replace(b"Monday", b"Friday")),
        ("https://example.org/empty", "200 OK", "text/html", b"<html><body></body></html>"),
    )
    reading = claimx.read_documents(path)
    assert [one.url for one in reading.documents] == [
        "https://example.org/a",
        "https://example.org/b",
    ]
    [failure] = reading.failures
    assert "https://example.org/empty: no article" in failure.error


SRT = """\
1
00:00:01,000 --> 00:00:03,000
The bridge opened on

2
00:00:03,100 --> 00:00:05,000
Monday, the city said.

3
00:01:10,000 --> 00:01:12,500
The bridge cost 4 million euros.
"""


def test_claim_of_a_recording_is_cited_by_its_time(tmp_path: Path) -> None:
    (tmp_path / "talk.srt").write_text(SRT, "utf-8")
    document = read_one(tmp_path / "talk.srt")
    assert document.text.split("\n\n") == [
        "The bridge opened on Monday, the city said.",
        "The bridge cost 4 million euros.\n",
    ]
    table = claimx.extract(document, model="extractive")
    times = {
        citation.quote: citation.time for group in table.groups for citation in group.citations
    }
    assert times["The bridge cost 4 million euros."] == 70_000
    assert "[talk:0:01:10]" in table.to_markdown()


def test_voices_of_captions_begin_paragraphs(tmp_path: Path) -> None:
    captions = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann Lee>We came.\n\n"
    captions += "00:02.000 --> 00:03.000\n<v Ann Lee>We saw P&amp;O.\n\n"
    captions += "00:03.000 --> 00:04.000\n<v Bob>No.\n"
    (tmp_path / "v.vtt").write_text(captions, "utf-8")
    assert read_one(tmp_path / "v.vtt").text == "Ann Lee: We came. We saw P&O.\n\nBob: No.\n"


@pytest.mark.parametrize("case", mark_cases(read_cases("captions")))
def test_captions_are_what_is_said(tmp_path: Path, case: Case) -> None:
    """Blank lines end a caption; the captions follow each other."""
    captions = (
        f"00:00:{at:02}.000 --> 00:00:{at + 1:02}.000\n{words}\n"
        for at, words in enumerate(case["captions"].split("\n\n"))
    )
    (tmp_path / "v.vtt").write_text("WEBVTT\n\n" + "\n".join(captions), "utf-8")
    assert read_one(tmp_path / "v.vtt").text == case["expect"] + "\n"


def test_who_is_named_in_captions_is_the_speaker(tmp_path: Path) -> None:
    spoken = ("ANCHOR: The dam broke on Monday.", "The dam was old, the mayor said.")
    spoken += (">> MAYOR LEE: The city opened two shelters.", ">> It was inspected in May.")
    captions = (
        f"{at}\n00:00:{at:02},000 --> 00:00:{at + 1:02},000\n{words}\n"
        for at, words in enumerate(spoken)
    )
    (tmp_path / "v.srt").write_text("\n".join(captions), "utf-8")
    claims = claimx.extract(tmp_path / "v.srt", model="extractive").claims
    assert sorted((one.speaker or "", one.text) for one in claims) == [
        ("", "It was inspected in May."),
        ("ANCHOR", "The dam broke on Monday."),
        ("MAYOR LEE", "The city opened two shelters."),
        ("mayor", "The dam was old, the mayor said."),
    ]


def test_speaker_is_named_again_after_a_pause(tmp_path: Path) -> None:
    captions = "1\n00:00:01,000 --> 00:00:02,000\nANCHOR: The dam broke.\n\n"
    captions += "2\n00:00:09,000 --> 00:00:10,000\nIt was old.\n"
    (tmp_path / "v.srt").write_text(captions, "utf-8")
    text = read_one(tmp_path / "v.srt").text
    assert text == "ANCHOR: The dam broke.\n\nANCHOR: It was old.\n"


def test_captions_of_sounds_alone_are_no_article(tmp_path: Path) -> None:
    (tmp_path / "v.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\n[MUSIC]\n", "utf-8")
    assert "no captions in it" in fail_one(tmp_path / "v.srt")


def test_file_without_captions_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "v.srt").write_text("nothing here\n", "utf-8")
    assert fail_one(tmp_path / "v.srt").startswith("v.srt: ")


@given(st.binary(max_size=300), st.sampled_from(["epub", "odt", "mhtml", "warc", "srt", "vtt"]))
def test_any_bytes_are_an_article_or_a_failure(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, ending: str
) -> None:
    path = tmp_path_factory.mktemp("any") / f"x.{ending}"
    path.write_bytes(raw)
    reading = claimx.read_documents(path)
    assert len(reading.documents) + len(reading.failures) == 1


def test_caption_whose_time_cannot_be_read_is_not_lost_in_silence(tmp_path: Path) -> None:
    (tmp_path / "v.srt").write_text(SRT.replace("--> 00:00:05,000", "--> bad"), "utf-8")
    assert "1 of 3 time lines cannot be read" in fail_one(tmp_path / "v.srt")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of the writer
def test_page_of_a_crawl_that_is_cut_off_is_a_failure(tmp_path: Path) -> None:
    path = write_warc(
        tmp_path / "c.warc", ("https://example.org/a", "200 OK", "text/html", PAGE.encode())
    )
    path.write_bytes(path.read_bytes()[:-120])
    assert "https://example.org/a: cut off" in fail_one(path)
