"""Small steps for small models: what is asked, what is put in, what of the answer is kept."""

import asyncio

import pytest

from claimx.errors import OfflineMiss
from claimx.extract import DocumentResult, load_strategy
from claimx.read import make_document
from claimx.segment.segments import segment_document
from tests.extract.test_extract import ScriptedModel

TEXT = (
    "Mayor Ida Lie opened a new ferry line in Lund. "
    "This step ends a dispute of ten years, and it eases the trip to work."
)
SPLIT = {
    "claims": [
        "The new ferry line ends a dispute of ten years.",
        "It eases the trip to work.",
    ]
}


def run(model: ScriptedModel, text: str = TEXT) -> DocumentResult:
    document = make_document(text, "a.txt")
    [segment] = segment_document(document, 1000)
    return asyncio.run(load_strategy("stepwise").extract(model, document, segment))


def test_meaning_is_put_in_and_the_sentence_split_without_context() -> None:
    model = ScriptedModel({"means": ["The new ferry line"]}, SPLIT)
    extraction = run(model)
    whole, proposal, named = extraction.proposals
    assert whole.claim == "Mayor Ida Lie opened a new ferry line in Lund."
    assert proposal.claim == "This step ends a dispute of ten years."
    assert named.claim == "This step eases the trip to work."
    assert proposal.quote == TEXT[TEXT.index("This step") :]
    assert proposal.doubts == ()  # the checks flag what a claim opens with
    resolve, split = (asked[1]["content"] for asked in model.asked)
    assert "> Mayor Ida Lie opened" in resolve
    assert "1. This step" in resolve
    assert split == (
        "Sentence: The new ferry line ends a dispute of ten years, and it eases the trip to work."
    )
    assert extraction.usage.answers == 2


def test_meaning_with_the_same_noun_stays_and_is_said() -> None:
    text = "Ida Lie opened a new ferry line in Lund. This line ends a dispute, and eases the trip."
    fact = "The new ferry line ends a dispute."
    model = ScriptedModel({"means": ["The new ferry line"]}, {"claims": [fact]})
    proposal = run(model, text).proposals[-1]
    assert proposal.doubts == ('"This line" taken to mean "The new ferry line"',)
    assert proposal.claim.startswith("The new ferry line ends")


def test_guess_in_the_middle_of_a_fact_is_taken_out_and_said() -> None:
    text = "Ida Lie opened the new ferry line in Lund. Crews who had fought this step went home."
    fact = "Crews who had fought the new ferry line went home."
    model = ScriptedModel({"means": ["the new ferry line"]}, {"claims": [fact]})
    proposal = run(model, text).proposals[-1]
    assert proposal.claim == "Crews who had fought this step went home."
    assert proposal.doubts == ('"this step" is unclear without the article',)


def test_short_sentence_of_one_fact_is_not_asked_about() -> None:
    model = ScriptedModel()
    [proposal] = run(model, "Mayor Ida Lie opened a new ferry line in Lund.").proposals
    assert proposal.claim == "Mayor Ida Lie opened a new ferry line in Lund."


def test_word_that_ties_a_fact_to_the_sentence_before_is_cut_off() -> None:
    text = "Furthermore, crews will strike in May."
    [proposal] = run(ScriptedModel({"claims": [text]}), text).proposals
    assert proposal.claim == "Crews will strike in May."


def test_meaning_that_was_not_shown_is_not_put_in() -> None:
    model = ScriptedModel({"means": ["the mayor of Oslo"]}, SPLIT)
    run(model)
    assert model.asked[1][1]["content"].startswith("Sentence: This step ends")


def test_fact_that_adds_words_is_rejected() -> None:
    answer = {
        "claims": [
            "This step ends a dispute of ten years.",
            "It eases the trip to work.",
            "Crews welcomed lower fares.",
        ]
    }
    extraction = run(ScriptedModel({"means": [""]}, answer))
    [rejected] = extraction.unusable
    assert (rejected.reason, rejected.claim) == ("unsupported", "Crews welcomed lower fares.")
    assert rejected.detail == "adds words: crews, welcomed, lower, fares"
    assert len(extraction.proposals) == 3


def test_split_that_loses_too_much_gives_way_to_the_whole() -> None:
    extraction = run(ScriptedModel({"means": [""]}, {"claims": ["This step ends."]}))
    assert extraction.proposals[-1].claim == TEXT[TEXT.index("This step") :]


def test_split_that_loses_the_date_gives_way_to_the_whole() -> None:
    text = "Last week, Mayor Ida Lie opened a new ferry line in Lund and met its crews."
    facts = ["Mayor Ida Lie opened a new ferry line in Lund.", "Mayor Ida Lie met its crews."]
    assert [one.claim for one in run(ScriptedModel({"claims": facts}), text).proposals] == [text]


def test_both_nations_are_the_two_named_last() -> None:
    text = "Norway and the Netherlands signed a pact. Both nations will build ferries for Lund."
    resolved = "Norway and the Netherlands will build ferries for Lund."
    model = ScriptedModel({"claims": ["Norway signed a pact."]}, {"claims": [resolved]})
    assert run(model, text).proposals[-1].claim == resolved
    assert model.asked[-1][1]["content"] == f"Sentence: {resolved}"


def test_quotations_are_shown_in_single_marks_and_restored() -> None:
    """A double mark ends the string of a small model's answer."""
    text = "Mayor Ida Lie called the new line “a gift to us all” and left for Oslo."
    answer = {
        "claims": ["Mayor Ida Lie called the new line ‘a gift to us all’.", "She left for Oslo."]
    }
    model = ScriptedModel(answer)
    extraction = run(model, text)
    assert "‘a gift to us all’" in model.asked[0][1]["content"]
    assert extraction.proposals[0].claim == "Mayor Ida Lie called the new line “a gift to us all”."


def test_speaker_that_the_rules_know_is_put_in_without_asking() -> None:
    text = "“It is late,” Ida Lie said in Lund. She said that the ferry had left, and went home."
    answer = {"claims": ["Ida Lie said that the ferry had left.", "Ida Lie went home."]}
    model = ScriptedModel({"claims": ["It is late."]}, answer)
    run(model, text)
    _, split = model.asked
    assert split[1]["content"] == ("Sentence: Ida Lie said that the ferry had left, and went home.")


def test_answer_that_goes_on_after_its_end_is_read_to_there() -> None:
    text = "This step ends a dispute of ten years, and crews are glad of it now."
    said = '{"claims": ["This step ends a dispute of ten years.", "Crews are glad of it now."]} and'
    extraction = run(ScriptedModel(said), text)
    assert [one.claim for one in extraction.proposals] == [
        "This step ends a dispute of ten years.",
        "Crews are glad of it now.",
    ]


@pytest.mark.parametrize("text", ["", "I cannot.", "[]", '{"claims": "x"}'])
def test_answer_that_cannot_be_read_is_a_failure_and_no_claim(text: str) -> None:
    extraction = run(ScriptedModel({"means": [""]}, text))
    [why] = extraction.unread
    assert why.startswith("no answer could be read (")
    assert extraction.unusable == ()


def test_answer_without_facts_is_rejected() -> None:
    extraction = run(ScriptedModel({"means": [""]}, '{"claims": []}'))
    [rejected] = extraction.unusable
    assert rejected.reason == "invalid"
    assert rejected.claim == TEXT[TEXT.index("This step") :]


def test_miss_names_the_prompt() -> None:
    with pytest.raises(OfflineMiss, match="replay: resolve@"):
        run(ScriptedModel(OfflineMiss("no recorded answer")))
