"""
Let a model decide which claims say the same and which contradict each other.

It sees some hundred claims at a time, those that may have to do with each
other together. What it says is checked, and where it cannot be used, the
local matcher's groups stand.
"""

from claimx.judge.judge import Judgement, judge_claims, load_judge_prompt

__all__ = ["Judgement", "judge_claims", "load_judge_prompt"]
