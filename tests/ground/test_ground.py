"""Grounding: what a claim says that its source does not, and nothing else, is flagged."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.ground import ground_claim, ground_claims
from claimx.records import Alignment, Claim, Document, Flag, Span
from tests.support.growth import assert_linear
from tests.support.labelled import mark_cases, read_cases
from tests.support.wordlists import NASTY, TEXTS

CASES = read_cases("ground")


def make_claim(text: str, document: Document, quote: str, **fields: Any) -> Claim:
    """Build a claim that cites *quote* where it stands first in *document*."""
    at = document.text.find(quote)
    spans = (Span(start=at, end=at + len(quote)),) if at >= 0 else ()
    status = "exact" if spans else "not_found"
    alignment = Alignment(status=status, spans=spans, score=1.0 if spans else 0.0)
    return Claim(id="c", document_id="d", text=text, quote=quote, alignment=alignment, **fields)


def make_document(text: str) -> Document:
    return Document(id="d", source="d.txt", text=text, sha256="")


def flags_of(text: str, document: str, quote: str, **fields: Any) -> tuple[Flag, ...]:
    """Flag one claim that cites *quote* in *document*."""
    made = make_document(document)
    (claim,) = ground_claims([make_claim(text, made, quote, **fields)], made)
    return claim.flags


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_claims_are_flagged_as_the_cases_say(case: dict[str, Any]) -> None:
    """Every row of cases/ground.json: the kinds of its flags, and the first message if given."""
    if "speaker" in case:
        speaker = {"speaker": case["speaker"]}
        flags = flags_of(case["claim"], case["document"], case["cited"], **speaker)
    else:
        flags = ground_claim(case["claim"], case["cited"], case.get("document", ""))
    assert [flag.kind for flag in flags] == case["expect"]
    assert "message" not in case or flags[0].message == case["message"]


def test_half_of_the_cases_are_faithful() -> None:
    """False alarms cost as much trust as misses: both are tried alike."""
    faithful = sum(not case["expect"] for case in CASES)
    assert len(CASES) >= 150
    assert 2 * faithful >= len(CASES)


@given(TEXTS)
def test_a_claim_equal_to_its_cited_text_is_never_flagged(text: str) -> None:
    """Whatever the text, it says nothing that it does not say."""
    assert ground_claim(text, text) == ()


@given(TEXTS, TEXTS, TEXTS)
def test_any_texts_can_be_grounded(claim: str, cited: str, document: str) -> None:
    """No text makes grounding fail, and no flag comes twice."""
    flags = ground_claim(claim, cited, document)
    assert len(set(flags)) == len(flags)


@given(st.integers(13, 9_999_999), st.integers(13, 9_999_999))
def test_a_number_that_is_not_there_is_always_flagged(stated: int, claimed: int) -> None:
    """Of two plain numbers only the same one passes, however both are written."""
    flags = ground_claim(f"The port moved {claimed:,} crates.", f"The port moved {stated} crates.")
    assert bool(flags) == (stated != claimed)


def test_a_denial_before_the_quoted_words_counts() -> None:
    """A quote that leaves out its sentence's "refused to" does not make the claim true."""
    document = "Talks ended. The union refused to sign the deal. Work goes on."
    assert [f.kind for f in flags_of("The union signed the deal.", document, "sign the deal")] == [
        "negation"
    ]


def test_a_denial_in_the_next_sentence_does_not_count() -> None:
    """Only the sentences that the citation touches are cited."""
    document = "The union signed the deal. It did not sign the annex of the deal."
    assert flags_of("The union signed the deal.", document, "The union signed the deal.") == ()


def test_numbers_beside_the_quoted_words_count_as_cited() -> None:
    """The sentence around a short quote is what a reader sees."""
    document = "Over 50,000 troops are based in Japan. Others are not."
    assert flags_of("Over 50,000 troops are based in Japan.", document, "based in Japan") == ()


def test_a_claim_without_a_place_is_checked_against_its_quote() -> None:
    """A quote that was not found still tells what the model rested the claim on."""
    flags = flags_of("60 ships left.", "Nothing here.", "50 ships left.")
    assert [flag.message for flag in flags] == ["number 60 not in the cited text (has 50)"]


def test_grounding_keeps_claims_and_their_order() -> None:
    """Each claim comes back once, in order, with nothing but its flags changed."""
    document = make_document("Costs fell 4%. Sales rose 9%.")
    claims = [
        make_claim("Sales rose 8%.", document, "Sales rose 9%."),
        make_claim("Costs fell 4%.", document, "Costs fell 4%."),
    ]
    grounded = ground_claims(claims, document)
    assert [claim.model_copy(update={"flags": ()}) for claim in grounded] == claims
    assert [len(claim.flags) for claim in grounded] == [1, 0]


def test_old_flags_do_not_stay() -> None:
    """Grounding twice gives the same flags as once."""
    document = make_document("Costs fell 4%.")
    once = ground_claims([make_claim("Costs fell 5%.", document, "Costs fell 4%.")], document)
    assert ground_claims(once, document) == once


# Words that the checks look around, without a mark that would stop them.
CUES = (
    *("if ", "most of ", "more than ", "suit ", "among ", "later ", "first ", "that Abc ", "all "),
    *("before ", "responded to ", "only if ", "because ", "not because ", "former ", "in Abc "),
    *("allegedly ", "said to have ", "most likely ", "was once ", "rose ", "and a half ", "? "),
)


@pytest.mark.parametrize("unit", [*NASTY, *CUES])
def test_grounding_is_linear(unit: str) -> None:
    """Four times the text takes about four times as long, whatever is repeated in it."""

    def ground(times: int) -> None:
        text = unit * times
        ground_claim(text, text[:-3] + " x", text)

    assert_linear(ground, 1_600)


def test_a_document_is_read_once_for_all_its_claims() -> None:
    """Four times the claims on a long document take nowhere near four times as long."""
    document = make_document("The port handled 50,000 containers in May. " * 2_000)
    claim = make_claim("The port handled 50,000 containers.", document, "The port handled")
    once, often = (_time_stage([claim] * times, document) for times in (1, 100))
    assert often < 4 * once + 0.5


def _time_stage(claims: list[Claim], document: Document) -> float:
    start = time.process_time()
    ground_claims(claims, document)
    return time.process_time() - start


@pytest.mark.parametrize(
    "sentence",
    [
        "This is no longer a problem that we can wait to fix.",
        "Until now, the owner of the two ships has been in hiding.",
        "Mayor Lie's answers were ambiguous, which Lie and Councillor Ruiz disputed.",
        "The coast is 750 miles long, the fourth longest in the U.S. after the coasts of Alaska.",
    ],
)
def test_claim_that_is_its_citation_word_for_word_has_no_flag(sentence: str) -> None:
    """What the same words say cannot differ, however they would be read apart."""
    document = f"Rain fell. {sentence} It was late."
    assert ground_claim(sentence, sentence.replace(" ", "\n", 1), document) == ()
