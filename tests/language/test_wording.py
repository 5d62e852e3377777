"""What a group is worded as: one of its claims, or what that says is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.language.wording import find_lead, list_said, rate_credit, word_group
from claimx.match.matching import wrap_text
from claimx.records import Claim
from tests.support.labelled import Case, mark_cases, read_cases


def make_claim(at: int, text: str, speaker: str | None) -> Claim:
    return wrap_text(at, text, f"{at}.txt").model_copy(update={"speaker": speaker})


@pytest.mark.parametrize("case", mark_cases(read_cases("wording")))
def test_wording_credits_only_whom_all_claims_credit(case: Case) -> None:
    claims = [make_claim(at, *one) for at, one in enumerate(case["claims"])]
    assert word_group(claims[0], claims) == case["expect"]
    assert word_group(claims[0], claims[::-1]) == case["expect"]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("The old ferry was lost.", 0),
        ("Police said that the old ferry was lost.", 1),
        ("Lund police said that its ferry was lost.", 2),
        ("A note signed by Ana Ruiz said that its ferry was lost.", 2),
    ],
)
def test_claim_that_credits_another_words_a_group_last(text: str, rate: int) -> None:
    """Whatever form of a speaker's name the claim has."""
    other = make_claim(1, "The navy said the ferry was lost.", "the navy")
    assert rate_credit(make_claim(0, text, "the note of Ana Ruiz, the owner"), [other]) == rate


_NAMES = st.sampled_from(("Ana Ruiz", "Ruiz", "The minister", "Police", "Lund Radio", "She"))
_SAID = st.sampled_from(
    ("the old ferry was lost off Rhodes", "40 jobs will go in Leeds", "she had paid 40 kroner")
)
_TEXTS = st.one_of(
    st.builds("{}.".format, _SAID.map(str.capitalize)),
    st.builds("{} said that {}.".format, _NAMES, _SAID),
    st.builds("{} said on Monday police said that {}.".format, _NAMES, _SAID),
    st.builds("{}, said {}.".format, _SAID.map(str.capitalize), _NAMES),
    st.builds("{} said: “{}.”".format, _NAMES, _SAID),
    st.text(max_size=20),
)


@given(st.lists(st.tuples(_TEXTS, st.none() | _NAMES), min_size=1, max_size=4))
def test_wording_is_one_claim_or_the_end_or_beginning_of_one(
    rows: list[tuple[str, str | None]],
) -> None:
    """Nothing is added to a claim but a capital; its own text leads back to it."""
    claims = [make_claim(at, *one) for at, one in enumerate(rows)]
    wording = word_group(claims[0], claims)
    text = claims[0].text
    assert wording[1:].removesuffix(".") in text
    assert wording == text or wording in [said.wording for said in list_said(text)]
    lead = find_lead(wording, claims)
    assert lead is not None
    assert find_lead("Nobody says this.", claims) is None
