"""
Ask the model what a segment claims.

The model supplies wording and sentence numbers, never offsets. Its answer is
a list of proposals; nothing it says is trusted before it is aligned, checked
and grounded. How it is asked is a strategy: `window` shows it a whole segment,
`stepwise` leads a small model sentence by sentence.
"""

from claimx.extract.proposals import Extraction, Proposal, join_extractions
from claimx.extract.strategy import Strategy, ask_segment, load_strategy
from claimx.extract.window import Window

__all__ = [
    "Extraction",
    "Proposal",
    "Strategy",
    "Window",
    "ask_segment",
    "join_extractions",
    "load_strategy",
]
