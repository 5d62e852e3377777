"""
Let a model decide which claims are equivalent and which contradict each other.

The model sees a block of a hundred or so related claims per request. Its
answer is checked; where it is unusable, the groups of the local matcher stand.
"""

from claimx.judge.judge import Judgement, judge_claims, load_judge_prompt

__all__ = ["Judgement", "judge_claims", "load_judge_prompt"]
