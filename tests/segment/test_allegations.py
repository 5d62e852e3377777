"""What a sentence alleges, and what a claim makes of it."""

from typing import Any

import pytest

from claimx.ground import ground_claim
from claimx.segment.allegations import find_allegations, find_dropped_allegation, states_allegation
from tests.support.labelled import mark_cases, read_cases

CASES = mark_cases(read_cases("allegations"))


@pytest.mark.parametrize("case", CASES)
def test_cue_that_a_claim_leaves_out_is_named(case: dict[str, Any]) -> None:
    """The cue counts where it bears on what the claim says, and nowhere else."""
    assert find_dropped_allegation(case["claim"], case["cited"]) == case["expect"]


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0]["expect"]])
def test_allegation_stated_as_fact_is_flagged(case: dict[str, Any]) -> None:
    kinds = {flag.kind for flag in ground_claim(case["claim"], case["cited"])}
    assert kinds & {"modality", "negation"}


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0]["expect"]])
def test_words_that_are_cited_whole_leave_nothing_out(case: dict[str, Any]) -> None:
    assert find_dropped_allegation(case["cited"], case["cited"]) == ""


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("Tolan allegedly emptied the account.", "hearsay"),
        ("Tolan is accused of theft.", "hearsay"),
        ("Tolan was charged with theft.", "formal"),
        ("Tolan denied emptying the account.", "denial"),
        ("Tolan denied any wrongdoing.", "denial"),
        ("Prosecutors contend that Tolan emptied the account.", "source"),
        ("Tolan emptied the account, the lawsuit says.", "source"),
        ("According to the complaint, Tolan emptied the account.", "source"),
        ("Tolan, accused of theft, was born in Lund.", ""),
        ("Tolan, who allegedly stole, was born in Lund.", ""),
        ("A man accused of theft fled to Spain.", ""),
        ("Tolan was suspended after being charged with theft.", ""),
        ("Despite his arrest on suspicion of theft, Tolan will play.", ""),
        ("Tolan will be charged with theft on Friday.", ""),
        ("Tolan was arrested in Lund on suspicion of theft.", "formal"),
        ("The club accused Tolan of emptying the account.", "hearsay"),
        ("Tolan stands accused of theft.", "hearsay"),
        ("The alleged thief was born in Lund.", ""),
        ("The club claimed its third title.", ""),
        ("The phone was charged in an hour.", ""),
        ("The island's claim over the reef has led to a dispute.", ""),
    ],
)
def test_claim_alleges_by_its_main_clause(claim: str, kind: str) -> None:
    assert states_allegation(claim) == kind


def test_reading_is_linear_in_a_long_sentence() -> None:
    """Cues without an end do not make the search slow."""
    assert len(find_allegations("accused " * 20_000)) == 0
    assert find_allegations("the suit " * 20_000) == ()
