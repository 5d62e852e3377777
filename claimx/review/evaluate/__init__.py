"""Evaluate a table against a gold annotation."""

from claimx.review.evaluate.evaluate import evaluate
from claimx.review.evaluate.gold import Gold, Mention, read_gold
from claimx.review.evaluate.grouping import Grouping, compare_groupings
from claimx.review.evaluate.result import Evaluation, Measure, Scores

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
