"""What a claim must be, and what no claim says: judged by rule, case by case."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.align import align_quotes
from claimx.ground.quality import check_claims, find_unclaimed, list_skipped, measure_coverage
from claimx.read import make_document
from claimx.records import Claim, Document, content_id
from tests.support.labelled import mark_cases, read_cases

ARTICLE = """Importance Score: 75 / 100

Lie opened the port on Monday. It cost 4 million.

The opening

Crews went home at noon.
"""


def claim_of(document: Document, text: str, quote: str) -> Claim:
    [alignment] = align_quotes([quote], document.text)
    assert alignment.found
    return Claim(
        id=content_id(text, quote),
        document_id=document.id,
        text=text,
        quote=quote,
        alignment=alignment,
    )


@pytest.mark.parametrize("case", mark_cases(read_cases("check")))
def test_claims_are_judged(case: dict[str, Any]) -> None:
    """What is expected of each claim: a reason to reject it, words of its flags, or nothing."""
    document = make_document(case["text"], "a.txt")
    claims = [claim_of(document, text, quote) for text, quote in case["claims"]]
    verdicts = check_claims(claims, document)
    assert [verdict.claim.id for verdict in verdicts] == [claim.id for claim in claims]
    for verdict, expected in zip(verdicts, case["expect"], strict=True):
        flags = [flag.message for flag in verdict.claim.flags]
        if isinstance(expected, list):
            assert verdict.reason is None
            assert len(flags) == len(expected)
            assert all(words in flag for words, flag in zip(expected, flags, strict=True))
        else:
            assert (verdict.reason, flags) == (expected, [])
            assert bool(verdict.detail) == (expected is not None)


def test_claim_of_a_headline_is_marked() -> None:
    document = make_document("Lie opens port\n\nThe works took three years, said Lie.", "a.txt")
    claims = [
        claim_of(document, "Lie opens a port.", "Lie opens port"),
        claim_of(document, "The works took three years.", "The works took three years"),
    ]
    verdicts = check_claims(claims, document)
    assert [verdict.claim.headline for verdict in verdicts] == [True, False]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Hafen ist nicht mit dem Zug zu erreichen, und die Fähre ist alt.", "German"),
        ("Το λιμάνι κόστισε πολύ.", "another language than English"),
    ],
)
def test_checks_that_do_not_know_the_language_are_listed(text: str, language: str) -> None:
    """The table says which checks a document went without."""
    unchecked, *_ = list_skipped([], make_document(text, "a.txt"))
    assert (unchecked.kind, unchecked.span.slice(text)) == ("unchecked", text)
    assert unchecked.reason.startswith(f"reads as {language}: only quotes and numbers")


def test_what_no_claim_cites_is_listed_with_its_reason() -> None:
    document = make_document(ARTICLE, "a.txt")
    claims = [claim_of(document, "Lie opened the port.", "Lie opened the port")]
    skipped = [
        (one.span.slice(document.text), one.kind, one.reason)
        for one in list_skipped(claims, document)
    ]
    assert skipped == [
        ("Importance Score: 75 / 100", "furniture", "part of the page: rating"),
        ("It cost 4 million.", "unclaimed", "states something, but no claim cites it"),
        ("The opening", "label", "names what follows and states nothing"),
        ("Crews went home at noon.", "unclaimed", "states something, but no claim cites it"),
    ]


def test_what_states_nothing_behind_the_name_of_a_voice_is_not_missed() -> None:
    text = "HOLT: Ninety-two passengers and twelve crew.\n"
    document = make_document(text, "a.srt", metadata={"voices": "HOLT"}, times=((0, 1000),))
    [skipped] = list_skipped([], document)
    assert skipped.reason == "states nothing"


def test_headline_that_the_text_repeats_is_not_told_as_uncited() -> None:
    text = "# Lie opened the port\n\nLie opened the port.\n\nLie did not open the port.\n"
    document = make_document(text, "a.md")
    claims = [claim_of(document, "Lie opened the port.", "Lie opened the port.")]
    again, other = list_skipped(claims, document)
    assert (again.kind, again.reason) == (
        *("label", "stands in the text once more, and is cited there"),
    )
    assert other.reason == "states something, but no claim cites it"


def test_coverage_counts_the_sentences_that_state_something() -> None:
    document = make_document(ARTICLE, "a.txt")
    claims = [claim_of(document, "Lie opened the port.", "Lie opened the port")]
    assert measure_coverage(claims, document) == pytest.approx(1 / 3)
    missing = find_unclaimed(claims, document)
    assert [one.span.slice(document.text) for one in missing] == [
        "It cost 4 million.",
        "Crews went home at noon.",
    ]


def test_text_without_statements_is_covered() -> None:
    assert measure_coverage([], make_document("Sources:\n", "a.txt")) == 1


@given(st.text(max_size=300))
def test_every_sentence_is_cited_or_skipped(text: str) -> None:
    document = make_document(text + "\n\nLie opened the port.", "a.txt")
    claims = [claim_of(document, "Lie opened the port.", "Lie opened the port.")]
    skipped = list_skipped(claims, document)
    covered = [(one.span.start, one.span.end) for one in skipped]
    covered += [(span.start, span.end) for span in claims[0].spans]
    rest = document.text
    for start, end in covered:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    assert not rest.strip()
