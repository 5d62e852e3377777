"""How firmly a text states something: certainty and modality, from one reading of its cues."""

from typing import Any

import pytest

from claimx.language.features import read_features
from claimx.language.lexicon import read_words
from claimx.language.modality import judge_words
from tests.support.labelled import mark_cases, read_cases

_KINDS = [
    "planned",
    "unrealised",
    "considered",
    "sought",
    "wished",
    "potential",
    "chance",
    "seeming",
    "judged",
]


@pytest.mark.parametrize("case", mark_cases(read_cases("modality")))
def test_modality_and_certainty_come_of_the_same_cues(case: dict[str, Any]) -> None:
    found = judge_words(case["text"]), read_features(case["text"]).certainty
    assert found == (case["modality"], case["certainty"])


def test_every_cue_is_of_one_kind() -> None:
    words = [word for kind in _KINDS for word in read_words(f"modality.{kind}")]
    assert sorted(words) == sorted(set(words))
