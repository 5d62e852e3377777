"""What a text must say to be about some words."""

import pytest

from claimx import InputError
from claimx.language.topics import read_topic
from tests.support.labelled import Case, mark_cases, read_cases


@pytest.mark.parametrize("case", mark_cases(read_cases("topics")))
def test_text_is_about_words_that_it_says_in_any_form(case: Case) -> None:
    assert read_topic(case["words"]).is_said_in(case["text"]) is case["expect"]


@pytest.mark.parametrize("words", ["", " ", "?!", "“…”"])
def test_topic_without_a_word_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="has no word"):
        read_topic(words)
