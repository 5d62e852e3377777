"""
Ask the model what a segment claims.

The model supplies wording and sentence numbers, never offsets. Its answer is
a list of proposals; nothing it says is trusted before it is aligned, checked
and grounded. How it is asked is a strategy: `article` shows it the whole article,
`window` a few sentences, `stepwise` leads a small model sentence by sentence,
and `extractive` asks no model and takes the sentences as they are.
"""

from claimx.extract.article import join_names
from claimx.extract.proposals import NoModel
from claimx.extract.strategy import Strategy, ask_segment, load_strategy
from claimx.extract.window import Window
from claimx.records import DocumentResult, Proposal

__all__ = [
    "DocumentResult",
    "NoModel",
    "Proposal",
    "Strategy",
    "Window",
    "ask_segment",
    "join_names",
    "load_strategy",
]
