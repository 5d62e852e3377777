"""What follows the answers about a document: agreement of runs, second questions, what is left."""

from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.errors import InputError, PromptError
from claimx.settings import make_settings
from tests.conftest import ROOT
from tests.support.articles import extract
from tests.support.server import Reply, claims

ARTICLE = "Acme opened a plant in Oslo on Monday. Norway paid 40 million euros for the plant."
FIRST = {
    "sentences": [1],
    "quote": "Acme opened a plant in Oslo on Monday.",
    "claim": "Acme opened a plant in Oslo on Monday.",
    "speaker": None,
    "modality": "asserted",
}
SECOND = {
    "sentences": [2],
    "quote": "Norway paid 40 million euros for the plant.",
    "claim": "Norway paid 40 million euros for the plant.",
    "speaker": None,
    "modality": "asserted",
}


def write(folder: Path) -> Path:
    (folder / "a.txt").write_text(ARTICLE)
    return folder


def test_runs_count_how_often_a_claim_came(tmp_path: Path) -> None:
    """Each run has a seed of its own; what comes again is counted, not kept twice."""

    def script(_: int, body: dict[str, Any]) -> Reply:
        return Reply(claims(FIRST, SECOND) if body["seed"] == 8 else claims(FIRST))

    folder = write(tmp_path)
    table, requests = extract(
        folder, script, runs=3, seed=7, temperature=0.7, concurrency=1, segment_tokens=80
    )
    assert requests == 3
    assert {claim.text: claim.runs for claim in table.claims} == {
        FIRST["claim"]: 3,
        SECOND["claim"]: 1,
    }
    assert [(one.reason, one.detail) for one in table.rejected] == [
        ("duplicate", "said already, in run 1")
    ] * 2
    assert table.counts().proposed == 4


def test_without_runs_nothing_is_counted(tmp_path: Path) -> None:
    table, _ = extract(write(tmp_path), lambda _, __: Reply(claims(FIRST)))
    assert [claim.runs for claim in table.claims] == [None]


def test_runs_at_temperature_zero_are_refused() -> None:
    with pytest.raises(InputError, match=r"all runs are alike\. Pass --temperature"):
        make_settings({"model": "m", "runs": 2, "temperature": 0}, environment={})


@pytest.mark.parametrize(("strategy", "number"), [("window", 1), ("article", 2)])
@pytest.mark.parametrize(("coverage", "asked"), [(None, 1), (0.5, 1), (0.9, 2)])
def test_sentences_without_a_claim_are_asked_about_once_more(
    tmp_path: Path, strategy: str, number: int, coverage: float | None, asked: int
) -> None:
    """A window shows them alone, so that they have other numbers than in the article."""

    def script(before: int, _: dict[str, Any]) -> Reply:
        return Reply(claims(FIRST) if before == 0 else claims(SECOND | {"sentences": [number]}))

    table, requests = extract(
        write(tmp_path), script, min_coverage=coverage, strategy=strategy, segment_tokens=80
    )
    assert requests == asked
    assert len(table.claims) == asked
    assert [one.kind for one in table.skipped] == ["unclaimed"] * (2 - asked)


def test_second_question_needs_its_prompt_before_the_first_is_asked(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for name in ("resolve", "split"):
        (prompts / f"{name}.md").write_text((ROOT / "prompts" / f"{name}.md").read_text())
    with pytest.raises(PromptError, match=r"extract\.md: no such prompt"):
        extract(
            write(tmp_path),
            lambda _, __: Reply(status=500),
            strategy="stepwise",
            prompts=prompts,
            min_coverage=0.5,
        )


def test_sentence_that_stays_without_a_claim_is_not_asked_about_for_ever(tmp_path: Path) -> None:
    table, requests = extract(
        write(tmp_path), lambda _, __: Reply(claims()), min_coverage=1.0, segment_tokens=80
    )
    assert requests == 3
    assert len(table.skipped) == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("extractive", "extractive")),
        ({"model": "m"}, ("m", "article")),
        ({"model": "m-7b"}, ("m-7b", "window")),
        ({"model": "m:1.5b", "strategy": "auto"}, ("m:1.5b", "stepwise")),
        ({"strategy": "extractive"}, ("extractive", "extractive")),
        ({"model": "m", "strategy": "stepwise"}, ("m", "stepwise")),
        ({"model": "extractive"}, ("extractive", "extractive")),
    ],
)
def test_model_and_strategy_go_together(options: dict[str, Any], expected: tuple[str, str]) -> None:
    settings = make_settings(options, environment={})
    assert (settings.model, settings.strategy) == expected


def test_strategy_without_a_model_overrides_the_environment() -> None:
    settings = make_settings({"strategy": "extractive"}, environment={"CLAIMX_MODEL": "m"})
    assert settings.model == "extractive"


@pytest.mark.parametrize(
    "options",
    [{"model": "m", "strategy": "extractive"}, {"model": "extractive", "strategy": "window"}],
)
def test_contradiction_of_model_and_strategy_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="does not go with model"):
        make_settings(options, environment={})


def test_adverts_and_page_furniture_are_visible_in_the_table() -> None:
    table = claimx.extract("seeds/", model="extractive")
    adverts = [one for one in table.skipped if one.kind == "advert"]
    assert adverts
    assert all("an advert, apart from the article in its words: '" in one.reason for one in adverts)
    texts = {document.id: document.text for document in table.documents}
    ratings = [one for one in table.skipped if one.reason == "part of the page: rating"]
    assert all("Score" in one.span.slice(texts[one.document_id]) for one in ratings)


def test_quote_that_joins_two_sentences_is_flagged(tmp_path: Path) -> None:
    """Of "Acme ... paid", where somebody else paid, a reader is warned."""
    joined = FIRST | {
        "quote": "Acme ... paid 40 million euros",
        "claim": "Acme paid 40 million euros.",
    }
    table, _ = extract(write(tmp_path), lambda _, __: Reply(claims(joined)))
    [claim] = table.claims
    assert "quote joins two sentences" in [flag.message for flag in claim.flags]
