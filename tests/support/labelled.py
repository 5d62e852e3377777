"""Cases of text behaviour: labelled rows of `tests/cases/*.json`; known failures say why."""

import json
from pathlib import Path
from typing import Any

import pytest

Case = dict[str, Any]


def read_cases(name: str) -> list[Case]:
    """Read the rows of ``cases/<name>.json``."""
    return json.loads((Path(__file__).parents[1] / "cases" / f"{name}.json").read_text("utf-8"))


def mark_cases(cases: list[Case]) -> list[Any]:
    """Give one parameter a row; a known failure must fail, or the suite says so."""
    return [
        pytest.param(
            case,
            id=case["label"],
            marks=[pytest.mark.xfail(reason=case["xfail"])] if "xfail" in case else [],
        )
        for case in cases
    ]
