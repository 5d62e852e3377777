"""Evaluate a table against a gold annotation."""

from claimx.evaluate.evaluate import evaluate
from claimx.evaluate.gold import Gold, Mention, read_gold
from claimx.evaluate.grouping import Grouping, compare_groupings
from claimx.evaluate.result import Evaluation, Measure, Scores

__all__ = [
    "Evaluation",
    "Gold",
    "Grouping",
    "Measure",
    "Mention",
    "Scores",
    "compare_groupings",
    "evaluate",
    "read_gold",
]
