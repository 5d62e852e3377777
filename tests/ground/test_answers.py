"""Right answers of a model go through the checks as they are, and wrong ones are flagged."""

from typing import Any

import pytest

from claimx.assess import assess_proposals
from claimx.read import make_document
from claimx.records import Proposal
from tests.support.labelled import read_cases


@pytest.mark.parametrize("case", read_cases("answers"), ids=lambda case: case["label"])
def test_answer_is_kept_and_flagged_as_the_cases_say(case: dict[str, Any]) -> None:
    proposal = Proposal(
        document_id="a.txt",
        segment=0,
        claim=case["claim"],
        quote=case["quote"],
        near=(),
        speaker=case.get("speaker"),
        modality=case["modality"],
    )
    document = make_document(case["document"], "a.txt", date=case.get("date"))
    result = assess_proposals(document, [proposal])
    (claim,) = result.claims
    found = [claim.speaker, claim.modality, [flag.kind for flag in claim.flags]]
    assert found == case["expect"], claim.flags
