"""Find where quotes stand in a document, without guessing."""

from claimx.align.align import MIN_SCORE, Quote, align_quote, align_quotes

__all__ = ["MIN_SCORE", "Quote", "align_quote", "align_quotes"]
