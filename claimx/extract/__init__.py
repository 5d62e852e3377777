"""
Ask the model for the claims of a segment.

The model supplies wording and sentence numbers, never offsets. Its answer becomes
a list of proposals, which are not trusted before they are aligned, checked and
grounded. A strategy decides how the model is asked: `article` shows the whole
article, `window` a few sentences, `stepwise` leads a small model sentence by
sentence, and `extractive` asks no model and takes each sentence as its claim.
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
