"""What a text states: numbers in any writing, dates, names, denials, certainty."""

import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st
from snowballstemmer.english_stemmer import EnglishStemmer

from claimx.language import tokens
from claimx.language.features import (
    Quantity,
    compare_quantities,
    implies_quantity,
    read_aliases,
    read_features,
    same_moment,
    same_name,
)
from claimx.language.tokens import reads_as_english, tokenize
from tests.conftest import ROOT
from tests.support.growth import assert_linear
from tests.support.labelled import mark_cases, read_cases
from tests.support.wordlists import NASTY, TEXTS

CASES = read_cases("facts")


def _quantities(text: str) -> list[list[Any]]:
    found = read_features(text).quantities
    return [[round(q.value, 4), round(q.high, 4), q.unit, q.comparator] for q in found]


READERS: dict[str, Callable[[str], Any]] = {
    "quantities": _quantities,
    "dates": lambda text: [date.fields for date in read_features(text).dates],
    "names": lambda text: [name.text for name in read_features(text).names],
    "negations": lambda text: [cue.word for cue in read_features(text).negations],
    "denied": lambda text: [list(cue.scope) for cue in read_features(text).negations],
    "certainty": lambda text: read_features(text).certainty,
    "aliases": lambda text: list(map(list, read_aliases(text))),
}


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_facts_are_read_as_the_cases_say(case: dict[str, Any]) -> None:
    """Every row of cases/facts.json: what its text states, read alone."""
    assert READERS[case["reads"]](case["text"]) == case["expect"]


def _only(text: str) -> Quantity:
    (quantity,) = read_features(text).quantities
    return quantity


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ("over 50,000 people", "more than fifty thousand people", "same"),
        ("104°F", "40°C", "same"),
        ("104°F", "38°C", "different"),
        ("200,000 miles", "322,000 kilometres", "same"),
        ("200,000 miles", "330,000 kilometres", "different"),
        ("20 nautical miles", "37 km", "same"),
        ("93 mph", "150 km/h", "same"),
        ("95 mph", "150 km/h", "same"),
        ("96 mph", "150 km/h", "different"),
        ("about 50 users", "54 users", "compatible"),
        ("about 50 users", "56 users", "different"),
        ("100 hectares", "one square kilometre", "same"),
        ("three weeks", "three months", "different"),
        ("30 days", "1 month", "same"),
        ("under 50 users", "50 users", "different"),
        ("over 50 users", "50 users", "same"),
        ("won 6-4", "lost 4-6", "same"),
        ("won 6-4", "won 6-3", "different"),
        ("over 50,000 people", "50,000 people", "same"),
        ("$2.7 billion", "2.7bn dollars", "same"),
        ("two weeks", "14 days", "same"),
        ("two thirds", "2/3", "same"),
        ("the 80th anniversary", "80 years", "same"),
        ("over 50 people", "60 people", "compatible"),
        ("10-15 people", "12 people", "compatible"),
        ("about 50 people", "52 people", "compatible"),
        ("dozens of people", "40 people", "compatible"),
        ("over 50 people", "fewer than 50 people", "different"),
        ("over 50 people", "nearly 50 people", "different"),
        ("over 50 people", "40 people", "different"),
        ("21 people", "22 people", "different"),
        ("14%", "41%", "different"),
        ("48 hours", "48 days", "different"),
        ("48 hours", "48 people", "unrelated"),
        ("14%", "14 people", "unrelated"),
        ("48 hours", "48 miles", "unrelated"),
        ("the 2nd win", "two wins", "unrelated"),
    ],
)
def test_quantities_compare_by_meaning(a: str, b: str, relation: str) -> None:
    """Two quantities agree, may both hold, contradict, or measure different things."""
    assert compare_quantities(_only(a), _only(b)) == relation
    assert compare_quantities(_only(b), _only(a)) == relation


def test_leaving_out_over_is_borne_out_and_adding_it_is_not() -> None:
    """A text that says "over 50" bears out "50"; one that says "50" does not bear out "over 50"."""
    plain, over = _only("50 ships"), _only("over 50 ships")
    assert implies_quantity(over, plain)
    assert not implies_quantity(plain, over)


def test_dates_agree_when_nothing_both_state_differs() -> None:
    """A month and its day agree with the full date, another day of the month does not."""
    (full,) = read_features("on March 30, 2025").dates
    (short,) = read_features("on 30 March").dates
    (other,) = read_features("on 20 March").dates
    assert same_moment(full, short)
    assert not same_moment(full, other)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Pete Hegseth", "Hegseth", True),
        ("Tokyo", "Japanese", True),
        ("U.S.", "United States", True),
        ("IMF", "International Monetary Fund", True),
        ("Department of Justice", "DOJ", True),
        ("Gen Nakatani", "Hegseth", False),
        ("North Korea", "South Korea", False),
        ("SM-6", "SM-3", False),
    ],
)
def test_names_compare_by_their_wording(a: str, b: str, same: bool) -> None:
    """Surname, country and abbreviation make two names the same."""
    (one,), (other,) = (read_features(f"then {name} left").names for name in (a, b))
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_denials_that_cancel_out_are_positive() -> None:
    """To have not ruled something out denies nothing, to have ruled it out does."""
    assert not read_features("Japan has not ruled out talks").is_negative
    assert read_features("Japan has ruled out talks").is_negative


def test_a_denial_bears_on_the_words_after_it() -> None:
    """What is denied follows the "not", within its clause."""
    (cue,) = read_features("They do not expect delays, but the plan may change.").negations
    assert cue.scope == ("expect", "delays")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Costs fell 4%.", True),
        ("The costs of the plan have risen in the past year.", True),
        ("Die Kosten der Anlage sind nicht gestiegen.", False),
        ("Les coûts de la centrale ne sont pas connus.", False),
        ("成本上升了4%。", False),
        ("Расходы выросли.", False),
    ],
)
def test_the_rules_know_their_language(text: str, english: bool) -> None:
    """English is known by its small words; too short to say counts as English."""
    assert reads_as_english(tokenize(text)) is english


@given(TEXTS)
def test_any_text_can_be_read(text: str) -> None:
    """Whatever the text, each quantity is a stretch of it, and nothing fails."""
    facts = read_features(text)
    assert all(quantity.text in facts.tokens.text for quantity in facts.quantities)
    assert all(name.text in facts.tokens.text for name in facts.names)
    read_aliases(text)


@given(st.integers(0, 999_999_999))
def test_a_number_is_the_same_in_every_grouping(number: int) -> None:
    """Commas, spaces or none between the thousands: one value."""
    writings = (f"{number:,}", f"{number:,}".replace(",", " "), f"{number}")
    assert {_only(f"them {writing} ,").value for writing in writings} == {float(number)}


@pytest.mark.parametrize("unit", NASTY)
def test_reading_is_linear(unit: str) -> None:
    """Four times the text takes about four times as long, whatever is repeated in it."""

    def read(times: int) -> None:
        read_features(unit * times)
        read_aliases(unit * times)

    assert_linear(read, 3_000)


def test_stems_are_the_same_in_c_and_in_python() -> None:
    """Where PyStemmer is missing, snowballstemmer does the same more slowly."""
    texts = (path.read_text("utf-8") for path in (*ROOT.glob("seeds/*"), *ROOT.rglob("cases/*")))
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text)}
    fast, slow = Stemmer.Stemmer("english"), EnglishStemmer()
    differing = {word for word in words if fast.stemWord(word) != slow.stemWord(word)}
    assert len(words) > 5_000
    assert not differing


def test_half_a_character_has_no_stem() -> None:
    assert tokens.stem_word("\ud800") == "\ud800"


def test_stems_are_the_same_in_several_threads() -> None:
    """Threads that change places as often as they can, and remember nothing."""
    stem = tokens._stem.__wrapped__
    starts = map("".join, product("bcdfglmnp", "aeiou", "dgkl", "aeiou"))
    words = [start + end for start in starts for end in ("rationally", "ringly")]
    expected = [stem(word) for word in words]
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(max_workers=2) as threads:
            found = list(threads.map(lambda _: [stem(word) for word in words], range(2)))
    finally:
        sys.setswitchinterval(usual_s)
    assert found == [expected, expected]


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("It cost 40[2] million kroner.", "It cost 40 million kroner."),
        ("It cost 40² million kroner.", "It cost 40 million kroner."),
        ("It was [opened](https://x.no/2024/77) in May.[^1]", "It was [opened] in May."),
        ('It was [opened](<https://x.no/a 24/77> "Plan 3") in May.', "It was [opened] in May."),
        ("It was opened (https://x.no/2024/05/77) in May.", "It was opened in May."),
        ("It was opened, see https://x.no/2024/77.", "It was opened, see."),
        (
            "It cost 40[a,b] million, for 300<sup>1</sup> people.",
            "It cost 40 million, for 300 people.",
        ),
        ("It cost ~~50~~ 40 million<!-- 30 -->.", "It cost 40 million."),
    ],
)
def test_marks_of_notes_and_links_are_no_facts(text: str, without: str) -> None:
    assert _quantities(text) == _quantities(without)
    assert read_features("10⁶ litres").quantities[0].value == 1_000_000
