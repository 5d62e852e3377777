from typing import Any

import pytest

from claimx.match.entail import entails
from claimx.match.statements import read_statements
from tests.support.labelled import mark_cases, read_cases


@pytest.mark.parametrize("case", mark_cases(read_cases("entail")))
def test_claim_entails_what_it_says_in_more_detail_only(case: dict[str, Any]):
    specific, general = read_statements([case["specific"], case["general"]])
    assert entails(specific, general) is case["entails"]
    assert not entails(general, specific)
