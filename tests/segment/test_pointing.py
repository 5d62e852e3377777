"""Words that point out of their sentence, and what may stand in their place."""

from typing import Any

import pytest

from claimx.language.anaphora import accept_meaning, find_opening, find_pointers, put_meanings
from tests.support.labelled import mark_cases, read_cases


@pytest.mark.parametrize("case", mark_cases(read_cases("pointing")))
def test_pointers_are_found(case: dict[str, Any]) -> None:
    found = [pointer.words for pointer in find_pointers(case["sentence"])]
    assert (found, find_opening(case["sentence"])) == (case["pointers"], case["opening"])


@pytest.mark.parametrize(
    ("sentence", "meanings", "expected"),
    [
        ("He said this step hurts.", ["Ida Lie", "the strike"], "Ida Lie said the strike hurts."),
        ("His visit ended.", ["Ida Lie"], "Ida Lie’s visit ended."),
        ("Their visit ended.", ["the nurses"], "The nurses’ visit ended."),
        ("Then it sank.", ["The ferry"], "Then the ferry sank."),
        ("They saw her.", ["the crew", ""], "The crew saw her."),
        ("It sank.", [""], "It sank."),
    ],
)
def test_meanings_take_the_place_of_pointers(
    sentence: str, meanings: list[str], expected: str
) -> None:
    assert put_meanings(sentence, find_pointers(sentence), meanings) == expected


@pytest.mark.parametrize(
    ("sentence", "meaning", "accepted"),
    [
        ("He left.", "Ida Lie", "Ida Lie"),
        ("He left.", " Ida Lie. ", "Ida Lie"),
        ("He left.", "Defense Secretary Abe", ""),
        ("He left.", "the port", ""),
        ("He left.", "he", ""),
        ("It left.", "Ida Lie opened the port and it was late", ""),
        ("Both nations left.", "Norway", ""),
        ("Both nations left.", "Norway and Sweden", "Norway and Sweden"),
    ],
)
def test_meaning_must_stand_in_what_was_shown(sentence: str, meaning: str, accepted: str) -> None:
    shown = "Ida Lie opened the port of Norway and Sweden. It was late. The Defense Secretary."
    [pointer] = find_pointers(sentence)
    assert accept_meaning(pointer, meaning, shown) == accepted
