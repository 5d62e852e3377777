"""The report in a real browser: what people see, press and follow, and what a source cannot do."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from claimx.records import Decision, Failure, Flag, Rejected, Span
from claimx.render.html import report
from claimx.render.payload import reveal_text
from claimx.review.decisions import (
    apply_decisions,
    make_subject,
    read_decisions,
    write_decision,
)
from claimx.review.server import ReviewServer
from claimx.table import ClaimTable
from tests.conftest import ROOT
from tests.support.labelled import read_cases
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

CHROMIUM = os.environ.get("CLAIMX_CHROMIUM") or shutil.which("chromium")
PICTURE = ROOT / "docs" / "report.png"
VIEWS = ("claims", "matrix", "coverage", "conflicts", "rejected", "decisions", "run")
PAYLOADS = read_cases("payloads")

Opener = Callable[..., Page]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium: apt-get install chromium, or set CLAIMX_CHROMIUM"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"],  # CI runs as root
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What pages said on their consoles, dialogs they opened, requests they made."""
    return []


@pytest.fixture(scope="module")
def tab(browser: Browser, complaints: list[str]) -> Page:
    """One page for all tests: a context of its own costs each half a second."""
    return _open_tab(browser, complaints)


def _open_tab(browser: Browser, complaints: list[str], **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(5000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda request: _note_foreign(request, complaints))
    return page


def _note_foreign(request: Request, complaints: list[str]) -> None:
    if not (request.is_navigation_request() and request.url.startswith(("file:", "about:blank"))):
        complaints.append(f"request for {request.url}")


@pytest.fixture
def open_report(
    browser: Browser, tab: Page, complaints: list[str], tmp_path: Path
) -> Iterator[Opener]:
    """Open reports from disk; none may complain, ask for anything or run what it should not."""
    numbers = count()
    own: list[Page] = []

    def open_page(page_text: str, address: str = "", **options: Any) -> Page:
        path = tmp_path / f"report{next(numbers)}.html"
        path.write_text(page_text, "utf-8")
        page = tab
        if options:
            own.append(page := _open_tab(browser, complaints, **options))
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(media="screen")
        page.goto(f"{path.as_uri()}{address}")
        return page

    complaints.clear()
    yield open_page
    for page in own:
        page.context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def table() -> ClaimTable:
    """A little of everything out of the five articles."""
    return make_seed_table(ROOT / "seeds")


@pytest.fixture
def page(open_report: Opener, table: ClaimTable) -> Page:
    """The report of a little of everything."""
    return open_report(report(table))


def squeeze(text: str) -> str:
    return " ".join(text.split())


def settle(page: Page) -> None:
    """Let the page answer: a new address is noticed a moment after the click."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def list_claims(page: Page) -> list[str]:
    settle(page)
    return [squeeze(text) for text in page.locator("#claims-list .wording").all_text_contents()]


def chosen_text(page: Page) -> str:
    """Join what is marked as chosen in the source."""
    settle(page)
    return "".join(page.locator("#source-text .chosen").all_text_contents())


def open_claim(page: Page) -> str | None:
    """Return the wording of the claim that is open, if one is."""
    settle(page)
    found = page.locator("#claims-list .open .wording").all_text_contents()
    return found[0] if found else None


def status(page: Page) -> str:
    settle(page)
    return page.locator("#status").inner_text()


def visit(page: Page, address: str) -> None:
    """Follow a link to *address* within the page."""
    page.evaluate(
        """(address) => new Promise((done) => {
            addEventListener("hashchange", done, { once: true });
            location.hash = address;
        })""",
        address,
    )


# Claims


def test_report_lists_every_claim_in_the_order_of_the_table(page: Page, table: ClaimTable) -> None:
    assert list_claims(page) == [group.claim for group in table.groups]
    assert status(page) == f"{len(table.groups)} claims"
    first = page.locator("#claims-list > li").first
    assert "3 of 5 documents" in (first.text_content() or "")
    assert "≠ 1 conflict" in (first.text_content() or "")
    assert "⚑ “leads” is not in the quote" in (first.text_content() or "")
    lead = page.locator(".lead")
    assert " ".join(str(lead.text_content()).split()) == "1 conflict: 50,000 / 45,000"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("indispensable", 1),
        ("HOSTS troops", 1),  # every word, in any case
        ("pete hegseth", 1),  # a speaker
        ("sm-6 japan's", 1),  # quotes and dashes as they are typed
        ("fifty thousand american", 1),  # words of a quote
        ("no such thing", 0),
        ("  ", 6),
    ],
)
def test_search_finds_as_one_types(page: Page, query: str, found: int) -> None:
    page.keyboard.press("/")
    page.keyboard.type(query)
    assert len(list_claims(page)) == found
    assert page.locator("#claims-none").is_visible() == (found == 0)
    assert status(page) == ("6 claims" if found == 6 else f"{found} of 6 claims")


@pytest.mark.parametrize(
    ("control", "option", "found"),
    [
        ("document", "002", 1),
        ("speaker", "Pete Hegseth (1)", 1),
        ("modality", "an opinion (1)", 1),
        ("support", "one document only", 4),
        ("support", "2 or more", 2),
        ("support", "3 or more", 1),
        ("conflict", "in conflict", 2),
        ("conflict", "in none", 4),
        ("flag", "flagged", 1),
        ("flag", "wording (1)", 1),
        ("flag", "not flagged", 5),
    ],
)
def test_filter_leaves_what_is_like_that(page: Page, control: str, option: str, found: int) -> None:
    page.locator("#filters summary").click()
    page.locator(f"#by-{control}").select_option(label=option)
    assert len(list_claims(page)) == found
    assert page.locator("#filters summary").text_content() == "Filters (1 on)"
    page.get_by_role("button", name="Show all").click()
    assert len(list_claims(page)) == 6


def test_claims_are_sorted_by_support_first_mention_or_conflicts(
    page: Page, table: ClaimTable
) -> None:
    by_support = list_claims(page)
    page.locator("#sort").select_option("mention")
    order = {document.id: at for at, document in enumerate(table.documents)}
    mentioned = sorted(
        table.groups,
        key=lambda group: (
            order[group.citations[0].document_id],
            group.citations[0].span.start,
        ),
    )
    assert list_claims(page) == [group.claim for group in mentioned]
    page.locator("#sort").select_option("conflicts")
    assert list_claims(page)[:2] == [by_support[0], by_support[5]]


def test_open_claim_shows_whose_words_support_it(page: Page, table: ClaimTable) -> None:
    page.locator("#claims-list .wording").first.click()
    details = page.locator("#claims-list .details").text_content() or ""
    for claim in table.groups[0].claims:
        assert claim.text == table.groups[0].claim or claim.text in details
    for citation in table.groups[0].citations:
        assert f"{citation.document_id[:3]}:{citation.line} {citation.quote}" in details
    assert "⚑ “leads” is not in the quote" in details
    assert "≠ number: 50,000 / 45,000 45,000 U.S. troops visit." in details


# Citations and spans


def test_click_on_a_citation_shows_its_words(page: Page, table: ClaimTable) -> None:
    page.locator("#claims-list .wording").first.click()
    citation = table.groups[0].citations[2]
    page.locator("#claims-list .citation").nth(2).click()
    assert chosen_text(page) == citation.quote
    expect(page.locator("#source-text .chosen").first).to_be_in_viewport()
    assert page.locator("#source-about").text_content() == "seeds/003_97f363e9f661e74d.txt"
    assert page.url.endswith(f"#{table.groups[0].id}/3")


def test_every_citation_marks_exactly_its_words(page: Page, table: ClaimTable) -> None:
    for group in table.groups:
        for number, citation in enumerate(group.citations, start=1):
            visit(page, f"#{group.id}/{number}")
            assert chosen_text(page) == citation.quote
    texts = [document.text for document in table.documents]
    for number, text in enumerate(texts, start=1):
        visit(page, f"#@{number}")
        assert page.locator("#source-text").text_content() == text


def test_click_on_a_span_shows_the_claim_it_supports(page: Page) -> None:
    page.get_by_role("link", name="Command restructuring aims to cut").last.click()
    assert open_claim(page) == "Command restructuring aims to cut response time by 40%"


def make_overlap() -> ClaimTable:
    """Claims of 😀-counted, overlapping words, with line ends of both kinds."""
    document = make_document("Rain 😀\r\nCosts fell 4% in May,\rshe said. End.", "a.txt")
    quotes = ("Costs fell 4%", "fell 4% in May", "4%", "Costs fell 4% in May,\rshe said.")
    claims = [make_claim(document, quote, f"Claim of {quote}") for quote in quotes]
    return make_table([document], [make_group(claim) for claim in claims])


def test_overlapping_spans_stay_apart(open_report: Opener) -> None:
    page = open_report(report(make_overlap()))
    for number, group in enumerate(make_overlap().groups):
        page.locator("#claims-list .wording").nth(number).click()
        assert chosen_text(page) == group.citations[0].quote.replace("\r", "\n")
    pieces = page.locator("#source-text .cited")
    assert pieces.all_text_contents() == ["Costs ", "fell ", "4%", " in May", ",\nshe said."]
    visit(page, "#claims")
    assert page.locator("#source-text .depth-3").count() == 2
    assert page.locator("#source-text").text_content() == (
        "Rain 😀 \nCosts fell 4% in May,\nshe said. End."
    )


def test_span_of_several_claims_lists_them_and_the_back_button_lists_all(
    open_report: Opener,
) -> None:
    page = open_report(report(make_overlap()))
    page.locator("#source-text .cited", has_text="4%").click()
    assert len(list_claims(page)) == 4
    page.locator("#source-text .cited", has_text="in May").click()
    assert list_claims(page) == [
        "Claim of Costs fell 4% in May, she said.",
        "Claim of fell 4% in May",
    ]
    assert status(page) == "2 of 4 claims of the words chosen in a"
    assert chosen_text(page) == " in May"
    page.go_back()
    page.go_back()
    assert len(list_claims(page)) == 4
    assert chosen_text(page) == ""


# Addresses and keys


def test_deep_link_opens_its_claim(open_report: Opener, table: ClaimTable) -> None:
    group = table.groups[1]
    page = open_report(report(table), f"#{group.id}/3")
    assert open_claim(page) == group.claim
    assert chosen_text(page) == group.citations[2].quote


def test_deep_link_finds_a_claim_that_a_filter_hides(page: Page, table: ClaimTable) -> None:
    page.fill("#query", "indispensable")
    visit(page, f"#{table.groups[0].id}")
    assert open_claim(page) == table.groups[0].claim
    assert page.input_value("#query") == ""


def test_open_claim_stays_open_while_one_searches(page: Page, table: ClaimTable) -> None:
    visit(page, f"#{table.groups[1].id}")
    page.fill("#query", "japan")
    assert open_claim(page) == table.groups[1].claim
    page.fill("#query", "hosts")
    assert open_claim(page) is None
    page.fill("#query", "")
    assert open_claim(page) == table.groups[1].claim


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#C012", "There is no claim C012 in this table"),
        ("#%E0%A4%A", "There is no claim %E0%A4%A in this table"),
        ("#@9", "There is no document 9 here"),
        ("#%E2%80%AEC012", "There is no claim ⟨U+202E⟩C012 in this table"),
        ("#__proto__", "There is no claim __proto__ in this table"),
        ("#<img src=x onerror=alert(1)>", "There is no claim"),
    ],
)
def test_address_that_leads_nowhere_says_so(
    open_report: Opener, table: ClaimTable, address: str, said: str
) -> None:
    page = open_report(report(table), address)
    assert status(page).startswith(said)
    assert len(list_claims(page)) == 6


def test_back_button_goes_through_what_was_opened(page: Page, table: ClaimTable) -> None:
    for number in (0, 1):
        page.locator("#claims-list .wording").nth(number).click()
    page.get_by_role("link", name="Who says what").click()
    expect(page.locator("#view-matrix")).to_be_visible()
    page.go_back()
    assert open_claim(page) == table.groups[1].claim
    page.go_back()
    assert open_claim(page) == table.groups[0].claim
    page.go_back()
    assert open_claim(page) is None
    page.go_forward()
    assert open_claim(page) == table.groups[0].claim


def test_keys_search_move_and_open(page: Page, table: ClaimTable) -> None:
    focused = "document.activeElement.textContent"
    page.keyboard.press("/")
    page.keyboard.type("japan")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == table.groups[0].claim
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == table.groups[1].claim
    page.keyboard.press("Enter")
    assert chosen_text(page) == table.groups[1].citations[0].quote
    page.keyboard.press("End")
    assert page.evaluate(focused) == list_claims(page)[-1]
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == table.groups[0].claim


def test_link_of_a_claim_is_copied(open_report: Opener, table: ClaimTable) -> None:
    page = open_report(report(table))
    page.evaluate("() => { navigator.clipboard.writeText = async (it) => { window.copied = it; } }")
    page.locator("#claims-list .wording").nth(1).click()
    page.get_by_role("button", name="Copy link").click()
    copied = page.evaluate("window.copied")
    assert copied == f"{page.url.partition('#')[0]}#{table.groups[1].id}"
    assert status(page) == f"Link to {table.groups[1].id} copied"


def test_link_that_cannot_be_copied_is_in_the_address_bar(page: Page, table: ClaimTable) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = async () => { throw Error(); } }")
    page.locator("#claims-list .wording").nth(1).click()
    page.get_by_role("button", name="Copy link").click()
    assert status(page) == "The address bar has the link: copy it there"
    assert page.url.endswith(f"#{table.groups[1].id}")


# The other parts


def test_matrix_shows_who_says_what_and_who_contradicts(page: Page, table: ClaimTable) -> None:
    visit(page, "#matrix")
    expect(page.get_by_role("heading", name="Who says what")).to_be_in_viewport()
    first = page.locator("#matrix-table [role=row]").nth(1)
    assert first.locator("[role=rowheader]").text_content() == table.groups[0].claim
    assert [cell.get_attribute("aria-label") for cell in first.locator("[role=cell] a").all()] == [
        "000 says so, and is contradicted",
        "001 says so, and is contradicted",
        "003 says so, and is contradicted",
        "004 contradicts: 45,000 U.S. troops visit.",
    ]
    columns = first.locator("[role=cell]").evaluate_all(
        "(cells) => cells.map((cell) => cell.ariaColIndex)"
    )
    assert columns == ["2", "3", "5", "6"]
    first.locator("[role=cell] a").nth(3).click()
    assert chosen_text(page) == "45,000 U.S. troops"


def test_matrix_shows_what_was_searched_for(page: Page) -> None:
    visit(page, "#matrix")
    page.fill("#query", "indispensable")
    assert page.locator("#matrix-table [role=rowheader]").count() == 1


def test_coverage_says_which_sentences_carry_claims(page: Page) -> None:
    visit(page, "#coverage")
    row = page.locator("#coverage-list > ol > li").nth(4)
    name = row.get_by_role("img").get_attribute("aria-label") or ""
    [[carrying, all_]] = re.findall(r"^004: (\d+) of (\d+) sentences carry claims$", name)
    assert carrying == "1"
    row.locator("summary").click()
    silent = row.locator("li a").all_text_contents()
    assert len(silent) == int(all_) - 1
    row.locator("li a").first.click()
    assert chosen_text(page).split() == silent[0].split()
    assert len(list_claims(page)) == 6


def test_click_on_a_strip_leads_to_the_sentence(page: Page) -> None:
    visit(page, "#@5")
    strip = page.locator("#source-strip .strip")
    box = strip.bounding_box()
    assert box
    strip.click(position={"x": box["width"] - 3, "y": 4})
    assert "45,000 U.S. troops" in chosen_text(page)
    assert list_claims(page) == ["45,000 U.S. troops visit."]


def test_conflict_shows_both_sides_with_what_differs_marked(page: Page, table: ClaimTable) -> None:
    visit(page, "#conflicts")
    conflict = page.locator("#conflicts-list .conflicts > li")
    assert conflict.locator("h3").text_content() == "≠ number: 50,000 / 45,000"
    left, right = conflict.locator(".side").all()
    assert left.locator("mark").all_text_contents() == ["50,000"]
    assert right.locator("mark").all_text_contents() == ["45,000"]
    assert left.locator(".citation").count() == len(table.groups[0].citations)
    right.locator(".citation").click()
    assert chosen_text(page) == "45,000 U.S. troops"


def test_rejected_failures_and_settings_are_there_with_reasons(page: Page) -> None:
    visit(page, "#rejected")
    rejected = page.locator("#view-rejected").text_content()
    for part in ("Not found (2)", "Japan will pay.", "Japan pays | all", "002, segment 3: no such"):
        assert part in rejected
    assert "005.txt: not UTF-8 (byte 0x9d at offset 1042)." in rejected
    visit(page, "#run")
    made = page.locator("#view-run").text_content()
    for part in ("small-model", "extract@1#9f3c", "2025-03-30T12:00:00Z", "0.1.0", "temperature"):
        assert part in made


@pytest.mark.parametrize("view", VIEWS)
def test_report_of_nothing_can_be_opened(open_report: Opener, view: str) -> None:
    page = open_report(report(make_table([], [])), f"#{view}")
    expect(page.locator(f"#view-{view}")).to_be_visible()


def test_without_scripts_it_says_what_to_do(open_report: Opener, table: ClaimTable) -> None:
    page = open_report(report(table), java_script_enabled=False)
    expect(page.locator("noscript p")).to_contain_text("shown by a script")


# Paper, colours, widths, and those who cannot see them


def test_paper_has_every_claim_opened_and_every_part(page: Page, table: ClaimTable) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = page.locator("body").inner_text()
    for group in table.groups:
        assert all(citation.quote.split()[0] in printed for citation in group.citations)
    for view in VIEWS:
        assert page.locator(f"#view-{view}").is_visible()
    assert page.locator("#status").is_visible()  # says what was left out
    for hidden in ("nav", "#query", ".source", ".copy"):
        assert not page.locator(hidden).first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator("#claims-list .open").count() == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize(
    ("scheme", "width", "views"),
    [
        ("light", 1280, VIEWS),
        ("dark", 1280, ["claims", "matrix", "conflicts"]),
        ("light", 360, ["claims", "matrix"]),
    ],
)
def test_accessible(
    open_report: Opener, table: ClaimTable, scheme: Any, width: int, views: Sequence[str]
) -> None:
    page = open_report(report(table), color_scheme=scheme, bypass_csp=True)
    page.set_viewport_size({"width": width, "height": 740})
    page.locator("#claims-list .wording").first.click()
    for view in (f"{table.groups[0].id}/2", *views[1:]):
        visit(page, f"#{view}")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", [360, 900, 2000])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    for view in (*VIEWS[1:], "claims"):
        visit(page, f"#{view}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_small_screen_shows_the_source_while_one_reads_in_it(
    open_report: Opener, table: ClaimTable
) -> None:
    page = open_report(report(table))
    page.set_viewport_size({"width": 390, "height": 800})
    assert not page.locator(".source").is_visible()
    page.locator("#claims-list .wording").first.click()
    expect(page.locator("#source-text .chosen").first).to_be_in_viewport()
    page.go_back()
    assert not page.locator(".source").is_visible()


# What a source cannot do


def make_hostile_table() -> ClaimTable:
    """Every payload everywhere: text, title, name, claim, quote, speaker, flag, conflict, error."""
    texts = [case["payload"] for case in PAYLOADS]
    documents = [
        make_document(text, f"{at} {text}", source=text, title=text, metadata={text: text})
        for at, text in enumerate(texts)
    ]
    groups = [
        make_group(
            make_claim_at(
                document,
                [Span(start=0, end=len(document.text))],
                document.text,
                speaker=document.text,
                flags=(Flag(kind="number", message=document.text),),
            )
        )
        for document in documents
    ]
    clashes = [Clash(at, at - 1, "name", text) for at, text in enumerate(texts) if at]
    rejected = [
        Rejected(
            document_id=document.id,
            segment=0,
            claim=document.text,
            quote=document.text,
            reason="invalid",
            detail=document.text,
        )
        for document in documents
    ]
    failures = [Failure(document_id=text, error=f"no {text}") for text in texts]
    table = make_table(documents, groups, clashes, rejected, failures)
    settings = {text: text for text in texts}
    return table.model_copy(update={"run": table.run.model_copy(update={"settings": settings})})


@pytest.fixture(scope="module")
def hostile() -> ClaimTable:
    return make_hostile_table()


def test_payloads_run_nothing_and_are_read_as_they_stand(
    open_report: Opener, hostile: ClaimTable
) -> None:
    page = open_report(report(hostile))
    for view in VIEWS:
        visit(page, f"#{view}?")
        visit(page, f"#{view}")
        seen = squeeze(page.locator(f"#view-{view}").text_content() or "")
        texts = [squeeze(reveal_text(case["payload"])) for case in PAYLOADS]
        missing = [text for text in texts if text not in seen]
        assert missing == [] or view in ("coverage", "decisions"), view
    for number, group in enumerate(hostile.groups, start=1):
        visit(page, f"#{group.id}")
        expected = reveal_text(group.claim).replace("\r", "\n")
        assert page.locator("#source-text").text_content() == expected, number
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.querySelectorAll('script').length") == 2
    assert page.evaluate("document.querySelectorAll('img, iframe, svg, form, object').length") == 0


def test_policy_of_the_page_stops_what_is_not_ours(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    page_text = report(make_simple_table("Rain."))
    path.write_text(page_text.replace("</main>", "</main><script>window.ran = 1</script>"), "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert list_claims(page) == ["Rain."]
    stopped = page.evaluate(
        """async () => {
            const stopped = [];
            addEventListener("securitypolicyviolation", (event) => {
                stopped.push(event.effectiveDirective);
            });
            new Image().src = "http://127.0.0.1:9/x.png";
            await fetch("http://127.0.0.1:9/x").catch(() => null);
            const tries = {
                handler: () => document.body.setAttribute("onclick", "window.ran = 2"),
                markup: () => { document.body.innerHTML = "<img src=x onerror=window.ran=3>"; },
            };
            for (const [name, attempt] of Object.entries(tries)) {
                try { attempt(); } catch { stopped.push(name); }
            }
            await new Promise((done) => setTimeout(done, 20));
            return stopped.sort();
        }"""
    )
    assert stopped == [
        "connect-src",
        "handler",
        "img-src",
        "markup",
        "require-trusted-types-for",
        "require-trusted-types-for",
    ]
    assert page.evaluate("window.ran") is None
    page.close()


# Size


def make_large_table() -> ClaimTable:
    """Make 20,000 claims of 500 documents."""
    sentence = "The ministry said on day {} that prices rose by {} per cent in region {}. "
    documents = [
        make_document(
            "".join(sentence.format(at, at * n % 97, n) for at in range(40)), f"{n:03}.txt"
        )
        for n in range(500)
    ]
    groups = []
    for document in documents:
        start = 0
        for at in range(40):
            end = document.text.index(". ", start) + 1
            wording = f"{document.text[start:end]} ({document.id}, {at})"
            groups.append(
                make_group(make_claim_at(document, [Span(start=start, end=end)], wording))
            )
            start = end + 1
    return make_table(documents, groups)


PRESS_KEYS = """async () => {
    const query = document.getElementById("query");
    const times = [];
    for (const text of ["r", "re", "reg", "regi", "regio", "region", "region 7", "region 77"]) {
        const begin = performance.now();
        query.value = text;
        query.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - begin);
    }
    return times.sort((one, other) => one - other);
}"""


def test_twenty_thousand_claims_open_in_two_seconds_and_answer_each_key(
    open_report: Opener,
) -> None:
    """The middle of eight keys counts, so that a busy machine does not."""
    page = open_report(report(make_large_table()))
    assert status(page) == "20,000 claims"
    assert page.locator("#claims-list > li").count() < 200
    shown = page.evaluate("performance.getEntriesByName('claims shown')[0].startTime")
    assert shown < 2000
    page.wait_for_timeout(300)  # no one types sooner
    times = page.evaluate(PRESS_KEYS)
    assert times[4] < 100
    assert "of 20,000 claims" in status(page)
    page.fill("#query", "")
    page.locator("#claims-list .wording").first.focus()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent").endswith("(499.txt, 39)")


def test_claim_of_very_many_citations_opens_with_the_first_and_the_chosen_one(
    open_report: Opener,
) -> None:
    sentence = "The ministry said that prices rose. "
    documents = [make_document(sentence * 100, f"{n:02}.txt") for n in range(15)]
    claims = [
        make_claim_at(one, [Span(start=36 * at, end=36 * at + 35)], "Prices rose.")
        for one in documents
        for at in range(100)
    ]
    table = make_table(documents, [make_group(*claims)])
    page = open_report(report(table), f"#{table.groups[0].id}/1300")
    assert page.locator(".citation").count() == 61
    assert page.locator(".citation[aria-current]").inner_text().startswith("12:1")
    page.locator(".rest").click()
    assert page.locator(".citation").count() == 561
    assert page.evaluate("document.activeElement.className") == "citation"
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".citation").count() == 1500


def test_rows_before_a_far_one_are_made_as_one_scrolls_back(open_report: Opener) -> None:
    document = make_document("Rain. " * 900)
    spans = [Span(start=at * 6, end=at * 6 + 5) for at in range(900)]
    groups = [make_group(make_claim_at(document, [span], f"{span}")) for span in spans]
    table = make_table([document], groups)
    page = open_report(report(table))
    rows = page.locator("#claims-list > li")
    page.locator("#claims-list .wording").first.focus()
    page.keyboard.press("End")
    assert rows.count() < 200
    assert rows.first.get_attribute("aria-posinset") != "1"
    seen = page.evaluate("document.activeElement.getBoundingClientRect().top")
    for _ in range(70):
        page.keyboard.press("ArrowUp")
    settle(page)
    assert page.evaluate("document.activeElement.closest('li').ariaPosInSet") == "830"
    assert 0 <= page.evaluate("document.activeElement.getBoundingClientRect().top") < 800 > seen
    page.keyboard.press("Home")
    assert rows.first.get_attribute("aria-posinset") == "1"
    settle(page)
    assert list_claims(page)[0] == table.groups[0].claim


def test_list_grows_as_one_scrolls(open_report: Opener) -> None:
    document = make_document("Rain. " * 300)
    spans = [Span(start=at * 6, end=at * 6 + 5) for at in range(300)]
    groups = [make_group(make_claim_at(document, [span], f"{span}")) for span in spans]
    page = open_report(report(make_table([document], groups)))
    before = page.locator("#claims-list > li").count()
    page.locator("#claims-list .wording").last.scroll_into_view_if_needed()
    expect(page.locator("#claims-list > li").nth(before)).to_be_attached()
    assert before < 300


# The picture in the README


def test_picture_in_the_readme_is_of_this_report(
    open_report: Opener, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``pytest tests/render/test_report_browser.py -k picture --renew-picture`` takes it anew."""
    import claimx

    monkeypatch.chdir(ROOT)
    table = claimx.extract("seeds/", replay="cassettes/seeds", cache=None)
    page = open_report(report(table))
    page.set_viewport_size({"width": 1080, "height": 600})
    page.locator("#claims-list .wording").nth(1).click()
    page.mouse.move(0, 0)
    taken = page.screenshot(path=PICTURE if pytestconfig.getoption("renew_picture") else None)
    kept = PICTURE.read_bytes()
    assert kept[16:24] == taken[16:24]  # width and height, as PNG has them
    assert len(kept) < 200_000


# Decisions


@pytest.fixture
def own_page(open_report: Opener, table: ClaimTable) -> Page:
    """The report in a browser of its own, which keeps nothing of other tests."""
    return open_report(report(table), locale="en")


def press_at(page: Page, row: int, keys: str) -> None:
    """Press *keys* at a row of the list."""
    settle(page)
    page.locator("#claims-list .wording").nth(row).focus()
    for key in keys.split():
        page.keyboard.press(key)
    settle(page)


def list_facts(page: Page, row: int) -> str:
    settle(page)
    return squeeze(page.locator("#claims-list > li").nth(row).locator(".facts").first.inner_text())


def download(page: Page, path: Path) -> tuple[Decision, ...]:
    """Download the decisions of *page*, as `claimx apply` reads them."""
    page.get_by_role("link", name="Decisions").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download decisions.jsonl").click()
    waiting.value.save_as(path)
    assert waiting.value.suggested_filename == "decisions.jsonl"
    return read_decisions(path)


def test_everything_is_decided_by_keyboard_and_applied_to_the_table(
    own_page: Page, table: ClaimTable, tmp_path: Path
) -> None:
    page = own_page
    press_at(page, 0, "a")
    press_at(page, 2, "x")
    press_at(page, 3, "m")
    press_at(page, 4, "m")
    press_at(page, 4, "e Control+A")
    page.keyboard.type("They came: 45,000 <b>")
    page.keyboard.press("Enter")
    press_at(page, 0, "n")
    page.keyboard.type("asked twice")
    page.keyboard.press("Enter")
    press_at(page, 1, "Enter")
    page.locator("#claims-list .open input").last.focus()
    page.keyboard.press("Space")
    page.keyboard.press("s")
    assert "accepted" in list_facts(page, 0)
    assert "note: asked twice" in list_facts(page, 0)
    assert "1/5" in list_facts(page, 1)
    assert "split off" in list_facts(page, 2)
    assert "rejected" in list_facts(page, 3)
    assert "merged: 2 claims of the table" in list_facts(page, 4)
    assert "reworded: They came: 45,000 <b>" in list_facts(page, 5)
    shown = list_claims(page)
    decisions = download(page, tmp_path / "decisions.jsonl")
    kinds = ["accept", "reject", "merge", "reword", "note", "split"]
    assert [one.kind for one in decisions] == kinds
    after, unapplied = apply_decisions(table, decisions)
    assert unapplied == ()
    assert after.counts().rejected["by_hand"] == len(table.groups[2].claims)
    assert len(after.groups) == len(table.groups) - 1
    assert [row.notes for row in after.groups if row.claims[0].accepted] == [("asked twice",)]
    assert [row.claim for row in after.groups if row.reworded] == ["They came: 45,000 <b>"]
    applied = {squeeze(row.claim) for row in after.groups if not row.reworded}
    assert {shown[at] for at in (0, 1, 2, 4)} == applied  # 3 is rejected, 5 is reworded


def test_merge_and_split_show_their_effect_at_once_and_are_undone(
    own_page: Page, table: ClaimTable
) -> None:
    page = own_page
    before = list_claims(page)
    press_at(page, 2, "m")
    press_at(page, 0, "m")
    assert list_claims(page) == [before[0], before[1], *before[3:]]
    assert page.evaluate("document.activeElement.textContent") == before[0]
    visit(page, f"#{table.groups[2].id}")  # its old address leads to where it is now
    assert page.locator("#claims-list .open .wording").inner_text() == before[0]
    visit(page, "#decisions")
    page.locator("#decisions-list button").click()
    visit(page, "#claims")
    assert list_claims(page) == before


def test_row_worded_without_a_speaker_shows_who_says_so_and_stays_so_when_merged(
    open_report: Opener,
) -> None:
    texts = [f"{who} said the old ferry was lost." for who in ("Police", "The navy", "The owner")]
    documents = [make_document(text, f"{at}.txt") for at, text in enumerate(texts)]
    police, navy, owner = (make_claim(one, one.text, speaker="X") for one in documents)
    table = make_table(
        documents, [make_group(police, navy), make_group(owner)], [Clash(0, 1, "negation", "a / b")]
    )
    page = open_report(report(table), "#conflicts", locale="en")
    side = page.locator("#conflicts-list .side").first
    assert side.locator(".facts").inner_text().split("\n") == ["2 of 3 documents", "said by X"]
    visit(page, "#claims")
    assert list_claims(page) == ["The old ferry was lost.", owner.text]
    press_at(page, 1, "m")
    press_at(page, 0, "m")
    assert list_claims(page) == ["The old ferry was lost."]


def test_conflict_goes_where_its_sides_are_merged(open_report: Opener, table: ClaimTable) -> None:
    (conflict,) = table.conflicts
    page = open_report(report(table), locale="en")
    ids = [group.id for group in table.groups]
    visit(page, "#conflicts")
    assert page.locator("#conflicts-list .side").count() == 2
    visit(page, "#claims")
    for side in (conflict.a, conflict.b):
        press_at(page, ids.index(side), "m")
    visit(page, "#conflicts")
    assert "No two claims" in page.locator("#conflicts-list").inner_text()


def test_decisions_are_kept_by_the_browser_and_undone(own_page: Page, tmp_path: Path) -> None:
    page = own_page
    press_at(page, 0, "x")
    press_at(page, 1, "a")
    page.reload()
    assert "rejected" in list_facts(page, 0)
    assert page.locator("#decisions-count").inner_text() == "2"
    press_at(page, 1, "u")
    assert "accepted" not in list_facts(page, 1)
    visit(page, "#decisions")
    page.locator("#decisions-list button").click()
    assert page.locator("#decisions-none").is_visible()
    decisions = download(page, tmp_path / "decisions.jsonl")
    assert [one.kind for one in decisions] == ["reject", "accept", "undo", "undo"]


def test_merging_is_given_up_by_escape_and_splitting_needs_a_choice(own_page: Page) -> None:
    press_at(own_page, 0, "m")
    assert "to be merged" in list_facts(own_page, 0)
    own_page.keyboard.press("Escape")
    assert "to be merged" not in list_facts(own_page, 0)
    press_at(own_page, 0, "s")
    assert "Choose who says something else" in status(own_page)
    press_at(own_page, 2, "s")
    assert status(own_page) == "Only one document says this"
    press_at(own_page, 0, "u")
    assert status(own_page) == "Nothing to undo"


def test_keys_decide_nothing_where_one_types(own_page: Page) -> None:
    own_page.keyboard.press("/")
    own_page.keyboard.type("ax")
    assert own_page.locator("#query").input_value() == "ax"
    own_page.locator("#query").fill("")
    press_at(own_page, 0, "n")
    own_page.keyboard.type("u/x")
    own_page.keyboard.press("Escape")
    assert own_page.locator("#decisions-count").inner_text() == "0"
    assert own_page.evaluate("document.activeElement.className") == "wording"


def test_decisions_of_a_file_are_added_once(
    own_page: Page, table: ClaimTable, tmp_path: Path
) -> None:
    documents = {document.id: document for document in table.documents}
    claims = table.groups[1].claims
    subjects = tuple(make_subject(claim, documents[claim.document_id]) for claim in claims)
    path = tmp_path / "mine.jsonl"
    path.write_text(write_decision(Decision(id="d1", kind="accept", about=(subjects,))), "utf-8")
    visit(own_page, "#decisions")
    for _ in range(2):
        own_page.locator("#decisions-read").set_input_files(path)
        expect(own_page.locator("#decisions-count")).to_have_text("1")
    visit(own_page, "#claims")
    assert "accepted" in list_facts(own_page, 1)
    path.write_text("dear diary", "utf-8")
    visit(own_page, "#decisions")
    own_page.locator("#decisions-read").set_input_files(path)
    expect(own_page.locator("#decisions-status")).to_contain_text("mine.jsonl: ")


def test_claims_not_decided_on_are_found(own_page: Page) -> None:
    press_at(own_page, 0, "a")
    own_page.locator("#filters summary").click()
    own_page.locator("#by-decision").select_option("none")
    assert len(list_claims(own_page)) == 5
    own_page.locator("#by-decision").select_option("accept")
    assert len(list_claims(own_page)) == 1


def test_decided_claim_has_no_faults_for_assistive_technology(own_page: Page) -> None:
    press_at(own_page, 0, "Enter")
    press_at(own_page, 0, "x")
    press_at(own_page, 1, "a")
    press_at(own_page, 3, "m")
    press_at(own_page, 4, "m")
    press_at(own_page, 0, "e")
    for scheme in ("light", "dark"):
        own_page.emulate_media(color_scheme=scheme)
        results = Axe().run(own_page)
        assert results.violations_count == 0, results.generate_report()
    own_page.keyboard.press("Escape")
    visit(own_page, "#decisions")
    results = Axe().run(own_page)
    assert results.violations_count == 0, results.generate_report()


def test_claim_is_copied_with_its_citations(own_page: Page, table: ClaimTable) -> None:
    own_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press_at(own_page, 1, "Enter")
    own_page.get_by_role("button", name="Copy claim").click()
    settle(own_page)
    copied = own_page.evaluate("navigator.clipboard.readText()").splitlines()
    group = table.groups[1]
    first = group.citations[0]
    assert copied[0] == group.claim
    assert copied[1] == f"“{first.quote}” (seeds/{first.document_id}, line {first.line})"


def test_page_on_loopback_writes_each_decision_to_the_file(
    browser: Browser, table: ClaimTable, tmp_path: Path
) -> None:
    path = tmp_path / "decisions.jsonl"
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    with ReviewServer(table, path) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        page.goto(server.address)
        for row, key in ((0, "a"), (0, "u"), (1, "x")):
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                press_at(page, row, key)
        assert [one.kind for one in read_decisions(path)] == ["accept", "undo", "reject"]
        page.reload()
        assert "rejected" in list_facts(page, 1)
        server.shutdown()
        thread.join()
    assert said == []
    press_at(page, 2, "x")
    expect(page.locator("#status")).to_contain_text("Not written to the file")
    page.close()


def test_payloads_in_decisions_run_nothing(open_report: Opener, hostile: ClaimTable) -> None:
    page = open_report(report(hostile), locale="en")
    for row, case in enumerate(PAYLOADS):
        press_at(page, row, "n")
        page.keyboard.insert_text(case["payload"].replace("\n", " "))
        page.keyboard.press("Enter")
    visit(page, "#decisions")
    seen = squeeze(page.locator("#decisions-list").text_content() or "")
    wordings = [squeeze(reveal_text(group.claim)) for group in hostile.groups[: len(PAYLOADS)]]
    assert [text for text in wordings if text not in seen] == []
    page.reload()
    assert page.evaluate("window.ran") is None


def test_claims_are_filtered_by_outlet_and_sorted_by_first_report(open_report: Opener) -> None:
    late = make_document("Rain fell.", "1", outlet="The Courier", date="2026-05-02")
    early = make_document("Snow fell.", "2", outlet="Daily Echo", date="2026-05-01")
    claims = [make_claim(late, "Rain fell."), make_claim(early, "Snow fell.")]
    page = open_report(report(make_table([late, early], map(make_group, claims))))
    assert list_claims(page) == ["Rain fell.", "Snow fell."]
    page.locator("#sort").select_option("date")
    assert list_claims(page) == ["Snow fell.", "Rain fell."]
    page.locator("#filters summary").click()
    page.locator("#by-outlet").select_option("The Courier")
    assert list_claims(page) == ["Rain fell."]


def test_report_without_outlets_and_dates_offers_neither(page: Page) -> None:
    page.locator("#filters summary").click()
    assert page.locator("#by-document").is_visible()
    assert not page.locator("#by-outlet").is_visible()
    assert page.locator("#sort [value=date]").is_hidden()
