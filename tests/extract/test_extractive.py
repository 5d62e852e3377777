"""Claims read without a language model."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.assess import assess_proposals
from claimx.extract.extractive import propose_sentences
from claimx.language.speech import find_attribution
from claimx.records import Claim, Document
from claimx.segment.parsed import ParsedDocument
from claimx.segment.segments import segment_document
from tests.support.growth import assert_linear
from tests.support.labelled import mark_cases, read_cases

ROOT = Path(__file__).parents[2]
CASES = read_cases("extractive")
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
WORDS = st.sampled_from(
    [
        "Ruiz",
        "said",
        "He",
        "“",
        "”",
        '"',
        ",",
        ".",
        "that",
        "officials",
        "\n",
        "- ",
        "|",
        "will",
        ":",
    ]
)
ANY_TEXT = st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join))


def extract(text: str) -> tuple[Claim, ...]:
    parsed = ParsedDocument(Document(id="a.txt", source="a.txt", text=text, sha256=""))
    segments = segment_document(parsed, 500)
    proposals = [one for each in segments for one in propose_sentences(parsed, each)]
    return assess_proposals(parsed, proposals).claims


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_sentences_become_claims_with_speaker_and_modality(case):
    """Each case's checkable sentences are claims, credited and meant as the words say."""
    found = [[claim.text, claim.speaker, claim.modality] for claim in extract(case["text"])]
    assert found == case["expect"]


@pytest.mark.parametrize("case", mark_cases(read_cases("attribution")))
def test_speaker_of_a_sentence_is_a_noun_phrase_of_it(case):
    """Days, asides, clauses and other verbs are no part of a speaker; null: nobody speaks."""
    said = find_attribution(case["sentence"])
    assert (said.who if said else None) == case["expect"]
    assert said is None or said.who in case["sentence"]


@given(ANY_TEXT)
def test_every_quote_is_the_slice_at_its_span(text):
    """Whatever the text, a claim quotes exactly what stands at its one span, in order."""
    done = 0
    for claim in extract(text):
        [span] = claim.spans
        assert span.slice(text) == claim.quote
        assert claim.quote == claim.quote.strip()
        assert claim.text.strip()
        assert claim.alignment.status == "exact"
        assert claim.alignment.score == 1
        assert span.start >= done
        done = span.end


@given(ANY_TEXT)
def test_claim_ids_differ_even_where_the_words_are_the_same(text):
    """The same sentence twice is two claims."""
    ids = [
        claim.id for claim in extract(text + "\n\nThe wall fell at noon. The wall fell at noon.")
    ]
    assert len(set(ids)) == len(ids)
    assert len(ids) >= 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("He left the port on Monday.", '"He" is unclear without the article'),
        ("“We left the port on Monday.”", '"We" is unclear without the article'),
        ("This move changed the port for good.", '"This move" is unclear without the article'),
    ],
)
def test_opening_pronoun_is_flagged_not_filled_in(text, message):
    """A claim that opens with a pronoun keeps it and says so."""
    [claim] = extract(text)
    assert [(flag.kind, flag.message) for flag in claim.flags] == [("wording", message)]
    assert claim.quote == text


def test_named_subject_is_not_flagged():
    """A claim that names its subject carries no flag; "Theory" is not "The"."""
    assert [
        claim.flags for claim in extract("Theo left the port. It's not known why Ida did.")
    ] == [
        (),
        (),
    ]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_seeds_are_read_without_furniture(path):
    """No claim of the seeds touches their adverts, tags, scores, dashes or section headings."""
    text = path.read_text(encoding="utf-8")
    quotes = [claim.quote for claim in extract(text)]
    assert len(quotes) >= 15
    silent = ("vCard", "Importance Score", "Sources:", "Key Points", "Moving Forward", "---")
    assert not any(word in quote for quote in quotes for word in silent)


def test_seed_speakers_are_found():
    """The speakers of one seed are its ministers, officials and nobody else."""
    [path] = [path for path in SEEDS if path.name.startswith("004")]
    speakers = {claim.speaker for claim in extract(path.read_text(encoding="utf-8"))}
    assert speakers == {
        None,
        "Hegseth",
        "Japanese Defense Minister Gen Nakatani",
        "Japanese officials",
        "U.S. Secretary of Defense Pete Hegseth",
    }


def test_verb_of_saying_with_nobody_behind_it():
    """A quotation right behind the verb leaves the speaker open."""
    assert find_attribution("said “ Ruiz") is None


def test_speaker_of_a_quoted_sentence_is_not_taken_from_the_quotation():
    """Only words outside the quotation marks credit a speaker."""
    assert find_attribution("“Okafor said it was over” is what the wall reads.") is None


NASTY = {
    "verbs of saying": "Ruiz said " * 5_000,
    "commas": "Ruiz, said, " * 4_000,
    "according to": "according to " * 4_000,
    "opening quotes": "“ Ruiz said " * 4_000,
    "links": "[" * 33_333,
    "adverbs": "newly " * 8_333,
    "names": "Ruiz said no. " * 3_333,
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NASTY.items()])
def test_time_is_linear_on_hostile_text(text):
    """Four times the text takes about four times as long, whatever is repeated in it."""
    assert_linear(lambda size: extract(text[:size]), 24_000)
