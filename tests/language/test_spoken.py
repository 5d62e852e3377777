"""What a text speaks of without stating it."""

import pytest

from claimx.language.spoken import read_spoken
from claimx.language.tokens import tokenize
from tests.support.labelled import Case, mark_cases, read_cases


@pytest.mark.parametrize("case", mark_cases(read_cases("spoken")))
def test_what_is_said_is_told_from_what_is_only_spoken_of(case: Case) -> None:
    """A plain attribution speaks of nothing; each row lists kind, share and words of the rest."""
    tokens = tokenize(case["text"])
    found = [
        [one.kind, one.share, tokens.slice(one.said.start, one.said.stop)]
        for one in read_spoken(tokens)
    ]
    assert found == case["expect"]


@pytest.mark.parametrize("text", ["", "?", "If", "said", ", said", "that", "according to"])
def test_fragment_speaks_of_nothing(text: str) -> None:
    assert read_spoken(tokenize(text)) == ()


def test_article_is_no_statement() -> None:
    """A text too long for a statement is not read, however many words of saying it has."""
    assert read_spoken(tokenize("Nobody said that the dam broke. " * 200)) == ()
