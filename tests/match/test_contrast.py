"""Two claims against each other: whether they conflict, in what, and what only keeps them apart."""

from typing import Any

import pytest

from claimx.language.opposites import are_opposite, read_camps
from claimx.match.contrast import contrast
from claimx.match.statements import read_statements
from tests.support.labelled import mark_cases, read_cases

CASES = read_cases("contrast")


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_two_claims_stand_to_each_other_as_the_cases_say(case: dict[str, Any]) -> None:
    """Every row of cases/contrast.json, from either side, and what differs in words."""
    found = contrast(*read_statements([case["a"], case["b"]]))
    turned = contrast(*read_statements([case["b"], case["a"]]))
    assert found.verdict == turned.verdict
    if case["expect"] == "no conflict":
        assert found.verdict != "conflict"
    else:
        assert found.verdict == case["expect"]
    if "why" in case:
        assert found.why == case["why"]
        assert turned.why == " / ".join(reversed(case["why"].split(" / ")))


def test_a_claim_is_alike_to_itself() -> None:
    """Nothing differs between a claim and itself, and its whole frame is shared."""
    for case in CASES:
        found = contrast(*read_statements([case["a"], case["a"]]))
        assert (found.verdict, found.slots) == ("alike", ())
        assert found.frame == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "?", "5", "No.", "…", "\ud800"])
def test_what_says_nothing_contradicts_nothing(text: str) -> None:
    """Texts without content are alike to anything, and no error."""
    found = contrast(*read_statements([text, "The dam was not inspected in 1998."]))
    assert found.verdict != "conflict"


def test_opposites_are_listed_once_and_exclude_no_form_of_themselves() -> None:
    """No line of the list has a word on both sides, and no word is its own opposite."""
    for one, other in read_camps():
        assert one.isdisjoint(other)
        assert not any(are_opposite(word, word) for word in one | other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("form", "information"), ("cover", "discover"), ("rose", "climbed"), ("act", "fact")],
)
def test_words_that_only_look_turned_are_no_opposites(one: str, other: str) -> None:
    """A prefix that denies nothing makes no opposite."""
    assert not are_opposite(one, other)
    assert not are_opposite(other, one)
