"""What a model's answer becomes: proposals, or rejections that say why."""

import asyncio
import json
import re
from typing import Any

import pytest
from pydantic import BaseModel

from claimx.errors import OfflineMiss
from claimx.extract import DocumentResult, load_strategy
from claimx.llm.client import Answer
from claimx.llm.prompts import Message, load_prompt
from claimx.read import make_document
from claimx.records import Segment, Usage
from claimx.segment.segments import segment_document

TEXT = "Acme opened a plant in Oslo. It employs 300 people. Mr. Lie called it “huge”."
DOCUMENT = make_document(TEXT, "a.txt")
CLAIM = {
    "quote": "Acme opened a plant",
    "sentences": [1],
    "claim": "Acme opened a plant in Oslo.",
    "speaker": None,
    "modality": "asserted",
}


class ScriptedModel:
    """A test double: answers with what is queued, as a server that obeys no schema would."""

    def __init__(self, *answers: str | dict[str, Any] | Exception, cut_off: bool = False) -> None:
        self.answers = list(answers)
        self.cut_off = cut_off
        self.asked: list[list[Message]] = []
        self.seeds: list[int | None] = []
        self.schemas: list[dict[str, Any]] = []

    async def ask(
        self, messages: list[Message], schema: type[BaseModel], *, seed: int | None = None
    ) -> Answer[Any]:
        """Answer with what is queued next."""
        self.asked.append(messages)
        self.seeds.append(seed)
        self.schemas.append(schema.model_json_schema())
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        text = said if isinstance(said, str) else json.dumps(said)
        try:
            value, error = schema.model_validate_json(text), None
        except ValueError as exc:
            value, error = None, str(exc).splitlines()[0]
        usage = Usage(answers=1, tokens_in=10, tokens_out=5)
        cut_off = self.cut_off and value is None
        return Answer(
            value, text, usage, created=100 - len(self.asked), error=error, cut_off=cut_off
        )


def segment_of(text: str = TEXT) -> Segment:
    [segment] = segment_document(make_document(text, "a.txt"), 1000)
    return segment


def run(model: ScriptedModel, text: str = TEXT) -> DocumentResult:
    document = make_document(text, "a.txt")
    return asyncio.run(load_strategy("window").extract(model, document, segment_of(text)))


def test_claims_become_proposals_that_say_where_to_look() -> None:
    extraction = run(ScriptedModel({"claims": [CLAIM]}))
    [proposal] = extraction.proposals
    assert proposal.claim == "Acme opened a plant in Oslo."
    assert [span.slice(TEXT) for span in proposal.near] == ["Acme opened a plant in Oslo."]
    assert extraction.usage == Usage(answers=1, tokens_in=10, tokens_out=5)


def test_prompt_shows_every_sentence_with_its_number() -> None:
    model = ScriptedModel({"claims": []})
    run(model)
    shown = model.asked[0][1]["content"]
    assert "Acme opened a plant in Oslo." in shown
    assert "It employs 300 people." in shown
    assert shown.index("1") < shown.index("Acme") < shown.index("2") < shown.index("It employs")


def test_sentence_broken_over_lines_is_shown_on_one() -> None:
    model = ScriptedModel({"claims": []})
    run(model, "Minister Lie praised the plant, stating,\n“It is huge.”")
    assert "praised the plant, stating, “It is huge.”" in model.asked[0][1]["content"]


def test_names_that_the_article_gives_in_full_elsewhere_are_told() -> None:
    text = (
        "Mayor Ida Lie signed a pact on the Standard Missile-6 (SM-6).\n\n"
        "Lie wants SM-6 parts made in Lund."
    )
    document = make_document(text, "a.txt")
    told = []
    for segment in segment_document(document, 15):
        model = ScriptedModel({"claims": []})
        asyncio.run(load_strategy("window").extract(model, document, segment))
        told.append(re.findall(r"^- (.+)$", model.asked[0][1]["content"], re.MULTILINE))
    assert told == [[], ["Lie: Ida Lie", "SM-6: Standard Missile-6"]]


def test_schema_offers_only_the_numbers_that_are_shown() -> None:
    model = ScriptedModel({"claims": []})
    run(model)
    assert '"enum": [1, 2, 3]' in json.dumps(model.schemas[0])


def test_sentence_without_claims_is_no_error() -> None:
    extraction = run(ScriptedModel({"claims": []}))
    assert (extraction.proposals, extraction.unusable) == ((), ())


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"quote": "  "}, "quote: Value error, is empty"),
        ({"claim": ""}, "claim: String should have at least 1 character"),
        ({"sentences": [4]}, "sentences.0: Input should be 1, 2 or 3"),
        ({"modality": "shouted"}, "modality: Input should be 'asserted'"),
    ],
)
def test_bad_claim_is_rejected_by_name_and_good_ones_are_kept(
    change: dict[str, Any], detail: str
) -> None:
    extraction = run(ScriptedModel({"claims": [CLAIM | change, CLAIM]}))
    assert [proposal.claim for proposal in extraction.proposals] == [CLAIM["claim"]]
    [rejected] = extraction.unusable
    assert rejected.reason == "invalid"
    assert rejected.detail.startswith(detail)


@pytest.mark.parametrize(
    "text", ["I cannot help with that.", "", "[]", '{"claims": "none"}', '{"other": []}']
)
def test_answer_without_claims_in_it_is_a_failure_and_no_claim(text: str) -> None:
    extraction = run(ScriptedModel(text))
    [why] = extraction.unread
    assert (extraction.proposals, extraction.unusable, extraction.is_readable) == ((), (), False)
    assert why.startswith("no answer could be read (")
    assert why.endswith("). Try another --mode, or a larger model.")
    assert extraction.usage.answers == 1


def test_answer_cut_off_before_its_first_claim_is_a_failure() -> None:
    extraction = run(ScriptedModel('{"claims": [{"quo', cut_off=True), "Acme opened a plant.")
    assert extraction.unread == (
        "the answer was cut off before a claim was complete. Raise --max-tokens.",
    )
    assert extraction.unusable == ()


def test_fields_too_many_or_missing_cost_no_claim() -> None:
    """What the words say decides who speaks and how; the quote and the claim must be there."""
    more = CLAIM | {"confidence": 0.9}
    less = {name: CLAIM[name] for name in ("quote", "sentences", "claim")}
    wrong = {"quote": CLAIM["quote"], "sentences": [1]}
    extraction = run(ScriptedModel({"claims": [more, less, wrong]}))
    assert [one.claim for one in extraction.proposals] == [CLAIM["claim"]] * 2
    assert [one.detail for one in extraction.unusable] == ["claim: Field required"]


def test_claims_in_a_markdown_fence_are_saved() -> None:
    text = "Here you are:\n```json\n" + json.dumps({"claims": [CLAIM]}) + "\n```"
    assert len(run(ScriptedModel(text)).proposals) == 1


def test_answer_cut_off_is_asked_again_in_halves() -> None:
    """Nothing of a cut-off answer is lost: each half of its segment is asked by itself."""
    cut = json.dumps({"claims": [CLAIM]})[:-20]
    second = CLAIM | {"quote": "It employs 300 people.", "sentences": [1]}
    model = ScriptedModel(cut, {"claims": [CLAIM]}, {"claims": [second]}, cut_off=True)
    extraction = run(model)
    assert len(model.asked) == 3
    assert [p.near[0].slice(TEXT) for p in extraction.proposals] == [
        "Acme opened a plant in Oslo.",
        "It employs 300 people.",
    ]
    assert extraction.usage.answers == 3
    assert extraction.created == 97
    assert extraction.unusable == ()


def test_complete_claims_of_an_answer_cut_off_are_kept_and_the_rest_is_asked_again() -> None:
    """Sentence 2 may have more to say; sentence 1 is done with, and is not shown to be asked of."""
    second = CLAIM | {"sentences": [2], "quote": "It employs 300 people."}
    cut = json.dumps({"claims": [CLAIM, second, CLAIM | {"sentences": [3]}]})[:-20]
    third = CLAIM | {"sentences": [1], "quote": "300 people"}
    model = ScriptedModel(cut, {"claims": [third]}, {"claims": []}, cut_off=True)
    extraction = run(model)
    assert len(model.asked) == 3
    assert [p.near[0].slice(TEXT) for p in extraction.proposals] == [
        "Acme opened a plant in Oslo.",
        "It employs 300 people.",
    ]
    assert extraction.unusable == ()


def test_sentences_that_share_a_claim_with_the_last_are_asked_about_again() -> None:
    both = CLAIM | {"sentences": [1, 2]}
    cut = json.dumps({"claims": [both, CLAIM | {"sentences": [2]}, CLAIM]})[:-20]
    model = ScriptedModel(cut, {"claims": [CLAIM]}, {"claims": []}, cut_off=True)
    extraction = run(model)
    assert [p.near[0].slice(TEXT) for p in extraction.proposals] == ["Acme opened a plant in Oslo."]


def test_single_sentence_cut_off_keeps_what_was_complete() -> None:
    text = "Acme opened a plant in Oslo."
    whole = json.dumps({"claims": [CLAIM, CLAIM | {"claim": "Second, never finished"}]})
    extraction = run(ScriptedModel(whole[: whole.index("Second") + 3], cut_off=True), text)
    assert [proposal.claim for proposal in extraction.proposals] == [CLAIM["claim"]]
    assert {rejected.reason for rejected in extraction.unusable} == {"invalid", "cut_off"}


def test_miss_names_prompt_document_and_segment() -> None:
    label = load_prompt("extract").label
    with pytest.raises(OfflineMiss) as caught:
        run(ScriptedModel(OfflineMiss("no recorded answer: x.")))
    assert str(caught.value) == f"replay: {label}, a.txt, segment 0: no recorded answer: x."
