"""What follows from dates and outlets: who was first, what changed, who leaves what out."""

from typing import Any

import pytest

from claimx.records import Echo, Failure, Span
from claimx.render import render_table
from claimx.table import ClaimTable
from claimx.views.days import list_days
from tests.support.labelled import Case, mark_cases, read_cases
from tests.support.tables import (
    Clash,
    make_claim,
    make_claim_at,
    make_document,
    make_group,
    make_table,
)

TEXT = "The bridge closed. The mayor resigned. 21 died. 23 died. 28 died."
SAID = {
    "closed": "The bridge closed.",
    "resigned": "The mayor resigned.",
    **{number: f"{number} died." for number in ("21", "23", "28")},
}


def make_story(
    said: dict[str, str], known: dict[str, dict[str, Any]], **options: Any
) -> ClaimTable:
    """
    Make a table of articles by what each of them has *said*, words of `SAID`.

    *known* is what is known of each; the numbers conflict.
    """
    documents = {name: make_document(TEXT, name, **known.get(name, {})) for name in said}
    groups = {
        word: make_group(
            *(
                make_claim(documents[name], quote)
                for name, words in said.items()
                if word in words.split()
            )
        )
        for word, quote in SAID.items()
        if any(word in words.split() for words in said.values())
    }
    order = list(groups)
    numbers = [word for word in order if word.isdigit()]
    clashes = [
        Clash(order.index(a), order.index(b), "number", f"{a} / {b}")
        for at, a in enumerate(numbers)
        for b in numbers[at + 1 :]
    ]
    return make_table(list(documents.values()), list(groups.values()), clashes, **options)


def date(day: str, **known: str) -> dict[str, Any]:
    return {"date": day, **known}


def find_firsts(table: ClaimTable) -> dict[str, list[str]]:
    """Give the articles that may have been first, by the wording of the group."""
    return {
        one.claim: [report.document_id for report in one.first] for one in table.timeline().groups
    }


def find_changes(table: ClaimTable) -> list[list[tuple[str, str]]]:
    return [
        [(step.date, step.value) for step in one.steps] for one in table.timeline().developments
    ]


# Days


@pytest.mark.parametrize("case", mark_cases(read_cases("days")))
def test_words_are_a_day_by_the_date_of_the_article_if_but_one(case: Case) -> None:
    found = list_days(case["text"], case["published"])
    assert [[one.words, one.date] for one in found] == case["expect"]


# Who was first


def test_first_is_the_earliest_article() -> None:
    table = make_story(
        {"b": "closed", "a": "closed resigned", "c": "resigned"},
        {"a": date("2025-03-29"), "b": date("2025-03-28"), "c": date("2025-03-29")},
    )
    assert find_firsts(table) == {"The bridge closed.": ["b"], "The mayor resigned.": ["a", "c"]}
    assert table.timeline().as_of == "2025-03-29"


def test_whose_month_alone_is_known_may_have_been_first() -> None:
    known = {"a": date("2025-03-29"), "b": date("2025-03"), "c": date("2025-04"), "d": {}}
    table = make_story(dict.fromkeys("abcd", "closed"), known)
    assert find_firsts(table) == {"The bridge closed.": ["b", "a"]}
    [group] = table.timeline().groups
    assert [one.date for one in group.reports] == ["2025-03", "2025-03-29", "2025-04", None]
    assert table.timeline().undated == ("d",)
    page = table.to_markdown()
    assert "| Claim | First | Later | No date |" in page
    assert " | b (2025-03), a (2025-03-29) | c (2025-04) | d |" in page


def test_without_dates_there_is_no_timeline() -> None:
    table = make_story({"a": "closed", "b": "closed"}, {})
    found = table.timeline()
    assert (found.as_of, found.groups, found.developments) == (None, (), ())
    assert "When it was reported" not in table.to_markdown()


# What changed


def test_number_that_is_another_each_day_is_a_development() -> None:
    known = {name: date(f"2025-03-{at}") for at, name in enumerate("abc", start=28)}
    table = make_story({"c": "28", "a": "21", "b": "23"}, known)
    assert find_changes(table) == [
        [("2025-03-28", "21"), ("2025-03-29", "23"), ("2025-03-30", "28")]
    ]


@pytest.mark.parametrize(
    "known",
    [
        {"a": date("2025-03-28"), "b": date("2025-03-28")},
        {"a": date("2025-03-28"), "b": date("2025-03")},
        {"a": date("2025-03-28")},
        {},
    ],
)
def test_numbers_that_may_be_of_one_day_are_no_development(known: dict[str, Any]) -> None:
    assert find_changes(make_story({"a": "21", "b": "23"}, known)) == []


def test_number_that_is_said_all_the_time_is_no_step() -> None:
    known = {name: date(f"2025-03-{at}") for at, name in enumerate("abc", start=28)}
    table = make_story({"a": "21 28", "b": "23", "c": "28"}, known)
    assert find_changes(table) == [[("2025-03-28", "21"), ("2025-03-29", "23")]]


def test_number_that_comes_back_is_no_development() -> None:
    known = {name: date(f"2025-03-{at}") for at, name in enumerate("abc", start=28)}
    assert find_changes(make_story({"a": "21", "b": "23", "c": "21"}, known)) == []


# Who leaves what out


def name_outlets(*names: str) -> dict[str, Any]:
    return {name: {"outlet": name.upper()} for name in names}


def find_omissions(table: ClaimTable) -> dict[str, list[str]]:
    claims = {group.id: group.claim for group in table.groups}
    return {
        one.outlet: [claims[omission.group] for omission in one.omits]
        for one in table.coverage().outlets
        if one.omits
    }


def test_what_most_say_and_one_does_not_is_left_out() -> None:
    table = make_story(
        {"a": "closed resigned", "b": "closed resigned", "c": "closed", "d": "21"},
        name_outlets(*"abcd"),
    )
    assert find_omissions(table) == {
        "C": ["The mayor resigned."],
        "D": ["The bridge closed.", "The mayor resigned."],
    }
    [*_, last] = table.coverage().outlets
    assert [group.claim for group in table.groups if group.id in last.alone] == ["21 died."]


def test_half_of_the_others_are_not_most() -> None:
    said = {"a": "closed", "b": "closed", "c": "21", "d": "21", "e": "resigned"}
    assert find_omissions(make_story(said, name_outlets(*"abcde"))) == {}


def test_articles_of_one_outlet_count_as_one() -> None:
    known = {**name_outlets("a", "c"), "b": {"outlet": "A"}}
    table = make_story({"a": "closed", "b": "closed", "c": "resigned"}, known)
    assert find_omissions(table) == {}
    assert [(one.outlet, one.documents) for one in table.coverage().outlets] == [
        ("A", ("a", "b")),
        ("C", ("c",)),
    ]


def test_copies_of_one_story_are_not_most() -> None:
    said = {"a": "closed", "b": "closed", "c": "resigned"}
    assert find_omissions(make_story(said, name_outlets(*"abc"))) == {"C": ["The bridge closed."]}
    copy = Echo(a="a", b="b", kind="copied", share=0.9, passages=())
    assert find_omissions(make_story(said, name_outlets(*"abc"), echoes=[copy])) == {}


def test_who_says_otherwise_denies_and_who_says_more_agrees() -> None:
    table = make_story({"a": "21", "b": "21", "c": "23"}, name_outlets(*"abc"))
    third = table.coverage().outlets[2]
    assert (third.omits, len(third.denies)) == ((), 1)
    general, specific = table.groups
    entailing = table.model_copy(
        update={
            "conflicts": (),
            "groups": (general, specific.model_copy(update={"entails": (general.id,)})),
        }
    )
    assert entailing.coverage().outlets[2].omits == ()


def test_outlet_whose_article_could_not_be_read_whole_says_so() -> None:
    failed = Failure(document_id="b", segment=3, error="no answer")
    table = make_story({"a": "closed", "b": "closed"}, {}, failures=[failed])
    assert [(one.outlet, one.incomplete) for one in table.coverage().outlets] == [
        ("a", False),
        ("b", True),
    ]


# Shown


def make_shown() -> ClaimTable:
    hostile = "[x](y) <b>|"
    known = {name: date(f"2025-03-{at}") for at, name in enumerate("abcd", start=27)}
    outlets = zip("abcd", ("Courier", "Post", hostile, "Times"), strict=True)
    known = {name: known[name] | {"outlet": outlet} for name, outlet in outlets}
    return make_story({"a": "closed 21", "b": "closed 23", "c": "closed", "d": "resigned"}, known)


def test_markdown_tells_first_reports_changes_and_omissions() -> None:
    page = make_shown().to_markdown()
    assert "As of 2025-03-30, the latest date of a document." in page
    assert "- 2025-03-27: 21 (Courier) → 2025-03-28: 23 (Post)" in page
    assert "| Courier (2025-03-27) | Post (2025-03-28), xy b (2025-03-29) |" in page
    assert "### Not found in Times" in page
    assert r"(Courier, Post, \[x\](y) \<b\>\|)" in page


def test_report_tells_first_reports_changes_and_omissions() -> None:
    page = make_shown().to_html()
    assert "When it was reported, as of 2025-03-30" in page
    assert "Not found in <bdi>Times</bdi>" in page
    assert "<bdi>Courier, Post, [x](y) &lt;b&gt;|</bdi>" in page
    plain = make_story({"a": "closed"}, {}).to_html()
    assert "as of" not in plain
    assert "Not found in" not in plain


def test_resolved_day_stands_beside_the_words() -> None:
    documents = [
        make_document("It closed on Monday.", name, date=f"2025-03-2{at}")
        for at, name in enumerate("ab", start=6)
    ]
    claims = [make_claim(one, "It closed on Monday.") for one in documents]
    table = make_table(documents, [make_group(*claims)])
    assert "It closed on Monday. [a:1] (Monday: 2025-03-24)" in table.to_markdown()
    assert table.claims[0].text == "It closed on Monday."
    assert "2025-03-24" not in table.to_json()


def test_views_are_the_same_for_a_table_that_was_saved() -> None:
    table = make_shown()
    loaded = ClaimTable.from_json(render_table(table, "json"))
    assert (loaded.timeline(), loaded.coverage()) == (table.timeline(), table.coverage())


@pytest.mark.parametrize("name", ["timeline", "coverage"])
def test_views_are_formats_of_json(name: str) -> None:
    table = make_shown()
    view = getattr(table, name)()
    assert type(view).model_validate_json(render_table(table, name)) == view


def test_report_lists_a_hundred_rows_and_counts_the_rest() -> None:
    documents = [
        make_document("x" * 105, name, date=f"2025-03-2{at}") for at, name in enumerate("ab")
    ]
    groups = [
        make_group(
            *(make_claim_at(one, [Span(start=at, end=at + 1)], f"{at}.") for one in documents)
        )
        for at in range(105)
    ]
    page = make_table(documents, groups).to_html()
    assert page.count('<p class="facts">first ') == 100
    assert "And 5 claims more: Markdown lists all." in page
