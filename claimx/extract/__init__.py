"""
Ask the model what a segment claims.

The model supplies wording and sentence numbers, never offsets. Its answer is
a list of proposals; nothing it says is trusted before it is aligned, checked
and grounded. How it is asked is a strategy: `article` shows it the whole article,
`window` a few sentences, and `stepwise` leads a small model sentence by sentence.
"""

from claimx.extract.article import join_names
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
    "join_names",
    "load_strategy",
]
