"""The report as a file: what is in it, and that no text of a source becomes part of the page."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import claimx
from claimx.cli import app
from claimx.errors import InputError
from claimx.records import Failure, Rejected, Span
from claimx.render import render_table
from claimx.render.payload import build_payload, mark_difference, reveal_text, write_payload
from claimx.table import ClaimTable
from tests.render.test_render import make_rich_table
from tests.support.labelled import Case, mark_cases, read_cases
from tests.support.tables import (
    make_claim_at,
    make_document,
    make_group,
    make_seed_table,
    make_simple_table,
    make_table,
)

PAYLOADS = mark_cases(read_cases("payloads"))


class Parsed(HTMLParser):
    """A page as a browser takes it apart: elements with attributes, and what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and the names of its attributes."""
        self.elements.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        """Note what stands in an element."""
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        """Our page has no comment."""
        raise AssertionError(f"comment in the page: {data}")

    @property
    def payload(self) -> Any:
        """The data of the page."""
        return json.loads(next(text for text in self.texts if text.startswith('{"odd"')))


def find_policy(page: str) -> str:
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    return policy.replace("&#39;", "'")


def hash_text(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


# What is in the file


def test_report_is_one_file_that_names_nothing_outside(seeds: Path) -> None:
    page = claimx.report(make_seed_table(seeds))
    assert page == render_table(make_seed_table(seeds), "html").decode()
    tags = [tag for tag, *_ in Parsed(page).elements]
    assert not {"link", "img", "iframe", "object", "base"} & set(tags)
    assert not re.findall(r"""(?:src|url)\s*[=(]|https?://|@import""", page)


def test_policy_lets_run_only_what_is_in_the_file(seeds: Path) -> None:
    page = claimx.report(make_seed_table(seeds))
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert find_policy(page).split("; ") == [
        "default-src 'none'",
        f"style-src '{hash_text(style)}'",
        f"script-src '{hash_text(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]


def test_modules_are_joined_whole(seeds: Path) -> None:
    """No import or export is left, and none of our files holds what ends a script."""
    page = claimx.report(make_seed_table(seeds))
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    assert not re.findall(r"^\s*(?:import|export)\b.*", script, re.MULTILINE)
    parts = Path(claimx.render.__file__).parent / "report"
    for module in parts.glob("*.js"):
        assert f"const ${module.stem} = " in script


@given(st.text(st.characters(codec=None), min_size=1), st.data())
def test_offsets_count_what_javascript_counts(text: str, data: st.DataObject) -> None:
    """The words cited are cut out right of a text in UTF-16 code units."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = make_document(text)
    claim = make_claim_at(document, [Span(start=start, end=end)], "It rained.")
    payload = build_payload(make_table([document], [make_group(claim)]))
    [[first, last, _]] = payload["groups"][0]["members"][0]["spans"]
    units = text.encode("utf-16-le", "surrogatepass")
    assert units[2 * first : 2 * last] == text[start:end].encode("utf-16-le", "surrogatepass")


def test_sentences_say_whether_claims_stand_in_them() -> None:
    """2 carries a claim, 1 none, 0 was never looked at."""
    document = make_document("Costs fell 4%. It rained.\n\nSubscribe to our newsletter.\n")
    claim = make_claim_at(document, [Span(start=6, end=10)], "Costs fell.")
    payload = build_payload(make_table([document], [make_group(claim)]))
    assert [state for _, _, state in payload["documents"][0]["sentences"]] == [2, 1, 0]


@pytest.mark.parametrize(
    ("first", "second", "marked"),
    [
        ("21 died.", "22 died.", (["21"], ["22"])),
        ("He will not go.", "He will go.", (["not"], [])),
        ("Costs fell 4.5% in May", "costs FELL 5% in May", (["4.5"], ["5"])),
        ("A b", "A b", ([], [])),
        ("", "x", ([], ["x"])),
        ("x " * 400, "y", ([], [])),  # too long to compare
    ],
)
def test_words_that_differ_are_marked(
    first: str, second: str, marked: tuple[list[str], list[str]]
) -> None:
    ours, theirs = mark_difference(first, second)
    assert [first[start:end] for start, end in ours] == marked[0]
    assert [second[start:end] for start, end in theirs] == marked[1]


# What a source cannot do


def make_hostile_table(text: str) -> ClaimTable:
    """Make a table with *text* everywhere, in what was rejected or failed and the settings too."""
    table = make_rich_table(text)
    rejected = Rejected(
        document_id=text, segment=0, claim=text, quote=text, reason="invalid", detail=text
    )
    failures = (Failure(document_id=text, error=text), Failure(document_id="☃", error=text))
    run = table.run.model_copy(update={"settings": {text: text}, "model": text})
    return table.model_copy(update={"rejected": (rejected,), "failures": failures, "run": run})


@pytest.mark.parametrize("case", PAYLOADS)
def test_payload_becomes_no_element_and_no_attribute(case: Case) -> None:
    """Wherever it stands, the page is made of what it is made of without it.

    How many speakers are listed may differ: a payload can be a name, and two of one name are one.
    """
    plain = Parsed(claimx.report(make_hostile_table("plain words")))
    hostile = Parsed(claimx.report(make_hostile_table(case["payload"])))
    assert set(hostile.elements) <= set(plain.elements)
    scripts = [element for element in hostile.elements if element[0] == "script"]
    assert len(scripts) == sum(element[0] == "script" for element in plain.elements)
    assert hostile.payload["documents"][0]["text"] == case["payload"]


@given(st.text(st.characters(codec=None), min_size=1))
def test_any_text_comes_back_out_of_the_data(text: str) -> None:
    written = write_payload({"text": text})
    assert "<" not in written
    assert written.encode()
    read = json.loads(written)["text"]
    assert read.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")


@given(st.text(st.characters(codec=None)))
def test_nothing_unseen_is_left_in_revealed_text(text: str) -> None:
    shown = reveal_text(text + "\u202e\u2066\x00\ud800\U000e0041")
    assert shown.encode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u2028-\u202e\u2066-\u2069]", shown)


# The command


@pytest.fixture
def table_file(tmp_path: Path, seeds: Path) -> Path:
    path = tmp_path / "table.json"
    path.write_text(make_seed_table(seeds).to_json(), "utf-8")
    return path


def test_report_is_made_of_a_table_in_a_file(table_file: Path) -> None:
    out = table_file.with_suffix(".html")
    done = CliRunner().invoke(app, ["report", str(table_file), "-o", str(out)])
    assert (done.exit_code, done.output) == (0, "")
    page = out.read_text("utf-8")
    assert page == claimx.report(table_file)
    assert page == ClaimTable.from_json(table_file.read_bytes()).to_html()
    assert CliRunner().invoke(app, ["report", str(table_file)]).stdout == page


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nope.json"], 1, "nope.json: cannot be read (No such file or directory). Check"),
        (["{table}", "-o", "no/such/r.html"], 1, "no/such/r.html: there is no folder no/such. "),
        (["{table}", "-o", "."], 2, ".: is a folder. Name a file in it."),
        (["{text}"], 1, "test_report.py: Not JSON (Extra data: line 1 column 3 (char 2)). Give"),
    ],
)
def test_report_that_cannot_be_made_says_why(
    table_file: Path, arguments: list[str], status: int, message: str
) -> None:
    names = {"table": table_file, "text": Path(__file__)}
    done = CliRunner().invoke(app, ["report", *(part.format(**names) for part in arguments)])
    assert done.exit_code == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_table_that_was_tampered_with_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(make_simple_table("Rain.").to_json().replace('"end": 5', '"end": 4'), "utf-8")
    with pytest.raises(InputError):
        claimx.report(path)
