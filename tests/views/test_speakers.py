"""Speakers are people: several names of one are joined where the articles say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx import Speaker, identify_speakers
from claimx.records import Span
from claimx.table import ClaimTable
from claimx.views.speakers import list_entries
from tests.support.labelled import Case, mark_cases, read_cases
from tests.support.tables import make_claim_at, make_document, make_group, make_table


def make_spoken(articles: dict[str, str], speakers: list[list[str]]) -> ClaimTable:
    """Make a table with a claim for each (document, speaker)."""
    documents = {name: make_document(text, name) for name, text in articles.items()}
    claims = [
        make_claim_at(documents[name], [Span(start=at, end=at + 4)], f"Claim {at}.", speaker=who)
        for at, (name, who) in enumerate(speakers)
    ]
    return make_table(documents.values(), [make_group(claim) for claim in claims])


def lay(speakers: tuple[Speaker, ...]) -> list[list[str]]:
    return [
        [speaker.name, *(f"{one.document_id}: {one.text}" for one in speaker.variants)]
        + [f"perhaps {speaker.perhaps}"] * bool(speaker.perhaps)
        for speaker in speakers
    ]


@pytest.mark.parametrize("case", mark_cases(read_cases("speakers")))
def test_speakers_are_joined_where_the_articles_say_so(case: Case) -> None:
    table = make_spoken(case["articles"], case["speakers"])
    assert lay(identify_speakers(table)) == case["expect"]


def test_evidence_is_where_the_document_gives_the_name() -> None:
    text = "Defense Secretary Ann Lee came. Lee spoke."
    [speaker] = identify_speakers(make_spoken({"a": text}, [["a", "Lee"]]))
    [variant] = speaker.variants
    assert variant.evidence is not None
    assert (variant.why, variant.evidence.slice(text)) == ("surname", "Ann Lee")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(min_size=1, max_size=40)), max_size=8))
def test_every_claim_with_a_speaker_is_somebodys(pairs: list[tuple[str, str]]) -> None:
    pairs = [(name, who) for name, who in pairs if who.strip()]
    texts = {name: "Text of one. " + " ".join(who for _, who in pairs) for name in "ab"}
    table = make_spoken(texts, [list(pair) for pair in pairs])
    credited = {claim for speaker in identify_speakers(table) for claim in speaker.claims}
    assert credited == {claim.id for claim in table.claims}


def test_descriptions_alike_are_listed_together_and_names_are_not() -> None:
    articles = {"a": "The police spoke. Ann Lee spoke.", "b": "Police spoke.", "c": "Police."}
    spoken = [["a", "the police"], ["b", "police"], ["c", "police"], ["a", "Ann Lee"]]
    table = make_spoken(articles, spoken)
    assert [
        (entry.name, entry.claims, entry.described)
        for entry in list_entries(identify_speakers(table))
    ] == [("the police", 3, True), ("Ann Lee", 1, False)]
    assert "| the police (so described; not always the same) | " in table.to_markdown()
