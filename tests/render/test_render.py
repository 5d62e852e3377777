import csv
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.console import Console

from claimx.errors import OutputError
from claimx.records import Alignment, Flag, Span
from claimx.render import FORMATS, find_format, guess_format, render_table
from claimx.render.csv import guard_cell, unguard_cell
from claimx.render.json import build_schema, render_schema
from claimx.render.markdown import escape_text
from claimx.render.show import label_documents, show_text
from claimx.render.terminal import layout_table, render_terminal
from claimx.table import ClaimTable
from tests.support.growth import assert_fast
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

SCHEMA = Path(__file__).parents[2] / "docs" / "claim-table.schema.json"
# Code hosts render tables and strike-through, and no HTML that matters here.
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# Letters and whatever means something in Markdown, a spreadsheet or a terminal.
texts = st.one_of(
    st.text(min_size=1),
    st.text("ab1 .)#=+-*_`~|\\<>[]()!&;:$'\"\n\r\t\x1b\x00", min_size=1),
)

HOSTILE = [
    "a|b",
    "a\\|b\\",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "[x]: http://example.org",
    "[C12345678] [a:1]",
    "`code` ``more``",
    "```\nfence\n```",
    "# heading",
    "1. item",
    "- item\n- item",
    "> quoted",
    "---",
    "===",
    "*a* **b** _c_ __d__ ~~e~~ ~f~",
    "&lt;script&gt; &#60;b&#62; AT&T",
    "two\n\nparagraphs\r\nand lines",
    "a | b\n---|---\nc | d",
    "costs $2.7 billion and $3 billion",
    "<!-- hidden",
    "http://example.org/a_b_c",
    "<http://example.org>",
    "\x1b[31mred\x1b[0m \x9b31m \x07",
    "\x00 \ud800 \u202egnp.exe",
    "[bold red]x[/] [link=file:///]y[/link] :smile:",
    "    indented",
    "snake_case_name and 2*3*4",
]


def make_rich_table(text: str) -> ClaimTable:
    """Make a table with *text* everywhere that text of articles or models can stand."""
    documents = [
        make_document(text, f"{name}.txt", title=text, metadata={"by": text}) for name in "ab"
    ]
    span = Span(start=0, end=len(text))
    fields: dict[str, Any] = {
        "speaker": text,
        "modality": "reported",
        "alignment": Alignment(status="fuzzy", spans=(span,), score=0.9),
        "flags": (Flag(kind="number", message=text),),
    }
    claims = [make_claim_at(document, [span], text, **fields) for document in documents]
    single = make_claim_at(documents[0], [Span(start=0, end=1)], f"Single {text}")
    return make_table(
        documents,
        [make_group(*claims), make_group(single)],
        [Clash(0, 1, "number", text)],
    )


def count_columns(line: str) -> int:
    """Count the columns of a table row: its unescaped bars less one."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1


def list_tokens(markdown: str) -> list[Any]:
    """List everything a Markdown reader sees, inline parts included."""
    tokens = MARKDOWN.parse(markdown)
    return tokens + [child for token in tokens for child in token.children or ()]


# Formats


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_same_table_gives_the_same_bytes(known: Any, seeds: Path):
    """Rendering twice, and after a round trip, changes nothing."""
    first, second = make_seed_table(seeds), ClaimTable.from_json(make_seed_table(seeds).to_json())
    assert render_table(first, known.name, base=seeds) == render_table(
        second, known.name, base=seeds
    )


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
@pytest.mark.parametrize("text", HOSTILE)
def test_every_format_can_write_any_text(known: Any, text: str):
    """No text of an article stops a table from being written as UTF-8."""
    written = render_table(make_rich_table(text), known.name)
    binary = known.needs or known.name == "sqlite"
    assert written if binary else written.decode()


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_table_without_claims_can_be_written(known: Any):
    """A run that found nothing still says so; only formats without a frame are empty."""
    for table in (make_table([make_document("Nothing.")], []), make_table([], [])):
        written = render_table(table, known.name)
        assert written or known.name in ("jsonl", "bibtex")


@pytest.fixture(scope="module")
def big_table() -> ClaimTable:
    """Make a table of 2,500 citations and 625 conflicts."""
    documents = [make_document("Costs fell. " * 200, f"{n:03}_x.txt") for n in range(100)]
    groups = [
        make_group(
            *(
                make_claim_at(documents[at % 100], [Span(start=row // 3, end=2200)], f"{row}")
                for at in (row, row + 50)
            )
        )
        for row in range(1_250)
    ]
    clashes = [Clash(row, row + 1, "number", "1 / 2") for row in range(0, 1_250, 2)]
    return make_table(documents, groups, clashes)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_thousands_of_citations_are_written_in_seconds(known: Any, big_table: ClaimTable):
    """Each takes half a second; benchmarks/outputs.py measures more of them."""
    assert_fast(lambda: render_table(big_table, known.name), 1.5)


@pytest.mark.parametrize(
    ("name", "found"),
    [("markdown", "markdown"), ("md", "markdown"), (".CSV", "csv"), ("table", "table")],
)
def test_format_is_found_by_name_or_ending(name: str, found: str):
    """A format goes by its name and by the endings of its files."""
    assert find_format(name).name == found


def test_unknown_format_names_those_there_are():
    """The message says what would have worked."""
    with pytest.raises(OutputError) as caught:
        find_format("docx")
    names = ", ".join(known.name for known in FORMATS)
    assert str(caught.value) == f"Unknown format 'docx'. Use one of: {names}."


@pytest.mark.parametrize(("path", "found"), [("a/b.MD", "markdown"), (Path("t.json"), "json")])
def test_format_follows_the_ending_of_a_file(path: Any, found: str):
    """Upper case or not."""
    assert guess_format(path).name == found


@pytest.mark.parametrize("path", ["table", "t.docx", "t.table", ".md"])
def test_file_without_a_known_ending_is_refused(path: str):
    """The message offers the endings, and --format."""
    with pytest.raises(OutputError, match=r"Use one of \.md, .*, or pass --format\."):
        guess_format(path)


# What people see


@pytest.mark.parametrize(
    ("ids", "labels"),
    [
        (["000_28639ebe.txt", "001_98cb.txt"], ["000", "001"]),
        (["b/003_97f3.txt", "a/004.md"], ["003", "004"]),
        (["reuters-2025.txt", "ap 2025.txt"], ["reuters", "ap"]),
        (["the-times.txt", "the-post.txt", "bbc.txt"], ["the-times", "the-post", "bbc"]),
        (["003.txt", "003_b.txt"], ["003.txt", "003_b"]),
        (["a/x.txt", "b/x.txt"], ["a/x.txt", "b/x.txt"]),
        (["A.txt", "a.txt"], ["#1", "#2"]),
        (["[x](y).txt", "|.txt"], ["xy", ".txt"]),
        (["-", "stdin"], ["-", "stdin"]),
        (["https://www.post.example/a/1.html", "x.txt"], ["post.example", "x"]),
        (
            ["https://post.example/a/toll.html", "https://post.example/b/toll.html"],
            ["post.example a toll.html", "post.example b toll.html"],
        ),
        (
            ["http://post.example:80/toll", "http://post.example/dam.html"],
            ["post.example toll", "post.example dam"],
        ),
        (["rows.csv/2", "rows.csv/3", "a.csv/2"], ["rows 2", "rows 3", "a 2"]),
        (["\x1b[31m.txt", "]]"], ["31m", "#2"]),
    ],
)
def test_label_is_the_shortest_head_of_the_name_that_tells_documents_apart(
    ids: list[str], labels: list[str]
):
    """Labels are short, differ in more than case, and need no escaping."""
    documents = [make_document("x", document_id) for document_id in ids]
    assert label_documents(documents) == dict(zip(ids, labels, strict=True))


@given(st.lists(st.text("aAßs1_-./ #]|é", min_size=1), min_size=1, unique=True))
def test_labels_are_unique_and_harmless(ids: list[str]):
    """Whatever files are called, no two share a label and none needs escaping."""
    labels = label_documents([make_document("x", document_id) for document_id in ids])
    assert len({label.casefold() for label in labels.values()}) == len(ids)
    assert not any(re.search(r"[\[\]|<>`*\\\n]", label) or not label for label in labels.values())


@given(texts)
def test_shown_text_stands_on_one_line_without_controls(text: str):
    """Nothing that is shown can move the cursor, end a line or break UTF-8."""
    shown = show_text(text + "\ud800\u202e\x9b")
    assert shown.encode()
    assert shown.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e]", shown)


# Markdown


def test_markdown_of_a_small_table_reads_like_this():
    """The whole page, as it stands."""
    first = make_document("Costs fell 4%, she said.", "1_a.txt", source="in/1_a.txt", title="Costs")
    second = make_document("Rain.\nCosts fell four per cent.", "2_b.txt", source="in/2 b.txt")
    fell = make_group(
        make_claim(
            first, "Costs fell 4%", "Costs fell 4%.", speaker="Ann Lee", modality="reported"
        ),
        make_claim(second, "Costs fell four per cent."),
    )
    table = make_table([first, second], [fell, make_group(make_claim(second, "Rain."))])
    assert table.to_markdown("out") == MARKDOWN_PAGE.replace("ID", table.groups[0].id).replace(
        "ANCHOR", table.groups[0].id.lower()
    )


MARKDOWN_PAGE = """\
# What 2 documents claim

**1 claim made by two or more documents**, 1 by one only, 0 conflicts. Of 3 proposed claims, 3 are \
cited and 0 rejected.

A citation names document and line. The quote stands below its claim, unless the claim is the quote.

## Said by two or more documents

| Claim | Support | According to | Where |
|---|---|---|---|
| Costs fell 4%. [ID] | 2/2 | Ann Lee | [1:1] [2:2] |

## Who says it

| Speaker | Also called | Claims | Documents |
|---|---|---|---|
| Ann Lee |  | 1 | 1 |

## In their words

### ID

**Costs fell 4%.** (2/2)

- Costs fell 4%. [1:1] (said by Ann Lee; reported)
  > Costs fell 4%
- Costs fell four per cent. [2:2]

## Said by one document only

### 2

[in/2 b.txt](../in/2%20b.txt)

- Rain. [2:1]

Nothing that only it says: [in/1\\_a.txt](../in/1_a.txt)

## How this table was made

- claimx: 0.1.0
- model: small-model
- prompt: extract@1#9f3c
- answered: 2025-03-30T12:00:00Z
- answers: 12
- tokens: 3400 in, 560 out
- seed: 7
- temperature: 0.0

[ID]: #ANCHOR
[1:1]: ../in/1_a.txt#L1
[2:1]: ../in/2%20b.txt#L1
[2:2]: ../in/2%20b.txt#L2
""".replace("in/1\\_a", "in/1_a")


def test_markdown_of_the_articles_has_every_part(seeds: Path):
    """Claims, conflicts, evidence, single claims, rejected, failures and the run are there."""
    page = make_seed_table(seeds).to_markdown()
    assert re.findall(r"^## (.*)$", page, re.M) == [
        "Said by two or more documents",
        "Where they disagree",
        "Who says it",
        "In their words",
        "Said by one document only",
        "Rejected",
        "Failures",
        "How this table was made",
    ]
    assert "| Japan hosts more than 50,000 U.S. troops. **(disputed)** [C" in page
    assert "- 45,000 U.S. troops visit. [004:11] (disputed)\n  > 45,000 U.S. troops\n" in page
    assert "- **number: 50,000 / 45,000**\n  - Japan hosts" in page
    assert "(wording in doubt: “leads” is not in the quote)" in page
    assert "\n- 005.txt: not UTF-8" in page
    assert "### Not found (2)\n\n- 002, segment 3: Japan will pay. (no such)\n  > Japan" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_an_article_means_itself_in_markdown(text: str):
    """A Markdown reader sees the article's own characters, and nothing else."""
    for before, after in (("", ""), ("- ", ""), ("> ", ""), ("x ", " y")):
        html = MARKDOWN.render(f"{before}{escape_text(text)}{after}")
        plain = re.sub(r"<[^>]*>", "", html).strip()
        for mark, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
            plain = plain.replace(mark, letter)
        seen = plain.removeprefix("x ").removesuffix(" y")
        assert seen == show_text(text)


@given(texts)
def test_any_text_means_itself_in_markdown(text: str):
    """The page holds the text as it is shown, as plain words of one paragraph."""
    tokens = MARKDOWN.parse(f"- {escape_text(text)} y")
    kinds = [token.type for token in tokens if not token.type.endswith("_close")]
    assert kinds == ["bullet_list_open", "list_item_open", "paragraph_open", "inline"]
    words = tokens[3].children or []
    assert {word.type for word in words} <= {"text", "text_special"}
    assert "".join(word.content for word in words) == f"{show_text(text)} y".strip()


@given(texts)
def test_any_text_keeps_the_columns_of_the_table(text: str):
    """Every row of both tables has four cells, and the second of the first is the support."""
    table = make_rich_table(text)
    page = table.to_markdown()
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert {count_columns(row) for row in rows} == {4}
    tokens = MARKDOWN.parse(page)
    cells = [following.content for token, following in pairwise(tokens) if token.type == "td_open"]
    assert len(cells) == 4 * (len(rows) - 2)
    assert cells[1] == "2/2"


@pytest.mark.parametrize("text", HOSTILE)
def test_page_of_a_hostile_article_has_no_part_of_its_making(text: str):
    """Headings, links, HTML and code are those that claimx wrote."""
    plain, hostile = (
        list_tokens(make_rich_table(words).to_markdown()) for words in ("plain words", text)
    )
    kinds = ("heading_open", "html_block", "html_inline", "code_inline", "fence", "code_block")
    for kind in (*kinds, "image", "table_open", "hr", "em_open", "strong_open", "s_open"):
        counts = [sum(token.type == kind for token in page) for page in (plain, hostile)]
        assert counts[0] == counts[1], kind
    links = {token.attrs["href"] for token in hostile if token.type == "link_open"}
    assert all(re.match(r"#c[0-9a-f]{8}$|[ab]\.txt(#L1)?$", link) for link in links), links


def test_links_lead_from_the_folder_of_the_page_to_the_line(tmp_path: Path):
    """Wherever the page is written, its links find the articles."""
    document = make_document("Rain.", "a b#c.txt", source=str(tmp_path / "in" / "a b#c.txt"))
    table = make_table([document], [make_group(make_claim(document, "Rain."))])
    page = table.to_markdown(tmp_path / "out" / "deep")
    assert "\n[a:1]: ../../in/a%20b%23c.txt#L1\n" in page


def test_name_of_a_file_cannot_become_a_script():
    """A colon in a file name does not start a scheme."""
    page = make_simple_table("Rain.", "javascript:alert(1).txt").to_markdown()
    assert "(javascript%3Aalert%281%29.txt)" in page
    assert "](javascript:" not in page


def test_text_that_is_no_file_is_not_linked():
    """Standard input and text at hand have a label, but nowhere to lead to."""
    page = make_simple_table("Rain.", "stdin").to_markdown()
    assert "- Rain. [stdin:1]" in page
    assert "]: " not in page


def test_claim_that_is_its_quote_is_shown_once():
    """What the claim says to the letter need not be said again."""
    assert make_simple_table("It rained\nhere.").to_markdown().count("It rained here.") == 1


@pytest.mark.parametrize(
    ("speaker", "shown"), [("Ann Lee", "Ann Lee (alleged)"), (None, "alleged")]
)
def test_allegation_is_shown_as_one_wherever_its_speaker_stands(speaker: str | None, shown: str):
    """No format without a column for modality shows an allegation as a fact."""
    first, second = make_document("Costs fell.", "1.txt"), make_document("Costs fell.", "2.txt")
    members = [
        make_claim(document, "Costs fell.", speaker=speaker, modality="alleged")
        for document in (first, second)
    ]
    table = make_table([first, second], [make_group(*members)])
    assert f"| 2/2 | {shown} |" in table.to_markdown()
    assert f"Costs fell. ({shown})" in render_terminal(table, width=100)
    assert shown in table._repr_html_()


def test_claim_of_a_headline_is_marked():
    document = make_document("Costs fall\n\nCosts fell.", "1.txt")
    table = make_table(
        [document], [make_group(make_claim(document, "Costs fall", "Costs fell.", headline=True))]
    )
    assert "(in a headline)" in table.to_markdown()


def test_each_piece_of_a_quote_stands_by_itself():
    """A quote of two spans is two paragraphs, and so is never taken for one wording."""
    document = make_document("Costs rose and then fell again.")
    claim = make_claim(document, "Costs rose ... fell again", "Costs fell again.")
    page = make_table([document], [make_group(claim)]).to_markdown()
    assert "- Costs fell again. [a:1]\n  > Costs rose\n  >\n  > fell again\n" in page


def test_settings_of_any_kind_can_be_shown():
    """A setting that JSON does not know is shown as text."""
    table = make_simple_table("Rain.")
    run = table.run.model_copy(update={"settings": {"folder": Path("a"), "b": {"d": 1, "c": None}}})
    page = table.model_copy(update={"run": run}).to_markdown()
    assert '- b: {"c": null, "d": 1}\n- folder: "a"\n' in page


# CSV


def read_rows(text: str) -> list[dict[str, str]]:
    """Read CSV as any reader does, then take off the guards."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return [{name: unguard_cell(cell) for name, cell in row.items()} for row in rows]


@given(texts)
def test_csv_gives_back_the_same_quotes(text: str):
    """Commas, quotation marks and line ends survive, and so do the offsets."""
    table = make_rich_table(text)
    rows = read_rows(table.to_csv())
    assert [row["quote"] for row in rows] == [row["quote"] for row in table.to_records()]
    assert [row["speaker"] for row in rows] == [text, text, ""]
    assert [int(row["end"]) for row in rows] == [len(text), len(text), 1]


@given(texts)
def test_no_cell_is_a_formula(text: str):
    """No text that a spreadsheet reads begins like something it would run."""
    cells = csv.reader(io.StringIO(make_rich_table(text).to_csv(), newline=""), strict=True)
    assert not any(cell.lstrip()[:1] in "=+-@" for row in cells for cell in row if cell.strip())
    assert not any(cell[:1] in "\t\r\n" for row in cells for cell in row if cell)


@given(st.one_of(texts, st.from_regex(r"\A[\s'=+\-@＝]{0,3}x?")))
def test_guard_comes_off_again(text: str):
    """Taking the guard off gives every text back, one with an apostrophe too."""
    assert unguard_cell(guard_cell(text)) == text


@pytest.mark.parametrize("text", ["Costs fell.", "4% fell", "(=1)", "“=1", ""])
def test_plain_text_is_not_guarded(text: str):
    """What a spreadsheet leaves alone stays as it is."""
    assert guard_cell(text) == text


def test_csv_keeps_to_the_standard(seeds: Path):
    """Lines end in CR LF, the first names the columns, all rows have as many cells."""
    table = make_seed_table(seeds)
    text = table.to_csv()
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert text.startswith("group_id,claim,support,document_id,line,")
    assert text.endswith("\r\n")
    assert {len(row) for row in rows} == {len(table.to_records()[0])}
    assert rows[0] == list(table.to_records()[0])
    assert len(rows) == 1 + len(table.to_records())


# JSON


def test_published_schema_is_current():
    """The schema in docs/ is that of the record; `render_schema` says how to publish it."""
    assert SCHEMA.read_text("utf-8") == render_schema()


def test_published_schema_is_a_schema():
    """It keeps to the draft it names."""
    jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))


@pytest.mark.parametrize("text", ["Costs fell.", "\x00", "\udce9", "😀"])
def test_rendered_table_keeps_to_the_schema(text: str, seeds: Path):
    """What claimx writes is what it published."""
    for table in (make_rich_table(text), make_seed_table(seeds), make_table([], [])):
        jsonschema.validate(json.loads(table.to_json()), build_schema())


@pytest.mark.parametrize("field", ["run", "groups", "schema_version"])
def test_schema_wants_every_part(field: str):
    """A table with a part left out does not keep to the schema."""
    plain = json.loads(make_simple_table("Rain.").to_json())
    del plain[field]
    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.validate(plain, build_schema())


def test_json_is_in_order_and_readable():
    """Fields are in the order of the schema, letters as they are, and a line end at the end."""
    text = make_simple_table("Größe: 4 %").to_json()
    plain = json.loads(text)
    assert list(plain) == list(build_schema()["properties"])
    assert '"text": "Größe: 4 %"' in text
    assert text.endswith("}\n")


# Terminal


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_terminal_shows_text_as_it_is_within_its_width(text: str, width: int):
    """Neither markup nor escapes of an article reach the terminal, and no line is too long."""
    shown = render_terminal(make_rich_table(text), width=width)
    assert all(cell_len(line) <= width for line in shown.splitlines())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    words = "".join(shown.split())
    assert "".join(show_text(text).split())[:10] in words


def test_markup_in_an_article_is_shown_and_not_obeyed():
    """Claim, speaker, what differs and both sides with their speaker keep their brackets."""
    text = "[red]x[/] :smile:"
    assert render_terminal(make_rich_table(text), width=200).count(text) == 7


def test_terminal_shows_support_places_and_conflicts(seeds: Path):
    """A reader sees what is said, by how many, where, and what disagrees."""
    shown = render_terminal(make_seed_table(seeds), width=100)
    assert re.search(r"Japan hosts more than 50,000 U\.S\. troops\. +3/5 +\[000:15\]", shown)
    assert "Where they disagree\n\nnumber: 50,000 / 45,000\n  Japan hosts" in shown


def test_side_of_a_conflict_is_said_by_whom_its_wording_does_not_credit():
    """A side that is worded as what two bodies say does not read as if it were known."""
    said = {"Police": "Police said the old ferry was lost.", "the navy": "The ferry was lost."}
    documents = [make_document(text, f"{at}.txt") for at, text in enumerate(said.values())]
    other = make_document("The ferry is in port.", "2.txt")
    police, navy = (
        make_claim(one, one.text, speaker=who) for one, who in zip(documents, said, strict=True)
    )
    table = make_table(
        [*documents, other],
        [make_group(police, navy), make_group(make_claim(other, other.text))],
        [Clash(0, 1, "negation", "lost / in port")],
    )
    page = table.to_markdown()
    assert "\n  - The old ferry was lost. (2/3; said by Police, the navy) [0:1] [1:1]\n" in page
    assert "\n  - The ferry is in port. (1/3) [2:1]\n" in page
    shown = render_terminal(table, width=100)
    assert "\n  The old ferry was lost. (Police, the navy) [0:1] [1:1]\n" in shown
    assert "\n  The ferry is in port. [2:1]\n" in shown


def test_colours_are_left_to_the_terminal(seeds: Path, monkeypatch: pytest.MonkeyPatch):
    """On a terminal there are colours, unless NO_COLOR is set."""
    table = make_seed_table(seeds)
    for no_color in ("", "1"):
        monkeypatch.setenv("NO_COLOR", no_color)
        out = io.StringIO()
        Console(file=out, force_terminal=True, color_system="truecolor", width=80).print(
            layout_table(table)
        )
        assert bool(re.search(r"\x1b\[[\d;]*3[36]m", out.getvalue())) is (not no_color)


def test_citation_of_a_paged_document_names_its_page() -> None:
    text = "Rain fell.\nCosts fell 4%.\n"
    document = make_document(text, "1_a.pdf", media_type="application/pdf", pages=(0, 11))
    claim = make_claim(document, "Costs fell 4%.")
    table = make_table([document], [make_group(claim)])
    [citation] = table.groups[0].citations
    assert (citation.page, citation.line) == (2, 2)
    markdown = table.to_markdown()
    assert "A citation names document and line, or page (p)." in markdown
    assert "[1:p2]: 1_a.pdf#page=2" in markdown
    assert "[1:p2]" in render_table(table, "table").decode()
    assert table.to_records()[0]["page"] == 2
    assert ClaimTable.from_json(table.to_json()) == table


def test_no_link_leads_to_a_line_that_the_file_does_not_have() -> None:
    document = make_document("Costs fell 4%.", "1_a.html", media_type="text/html")
    table = make_table([document], [make_group(make_claim(document, "Costs fell 4%."))])
    assert "[1:1]: 1_a.html\n" in table.to_markdown()


def test_address_in_a_claim_becomes_no_link() -> None:
    """Code hosts make links of bare addresses."""
    assert escape_text("At https://a.example/b, www.c.example") == (
        r"At https\://a.example/b, www\.c.example"
    )
