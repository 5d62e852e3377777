"""The cost of a run: token counts, prices, and budgets."""

from claimx.llm.cost.budget import Budget
from claimx.llm.cost.price import Price, find_price
from claimx.llm.cost.tokens import Tokenizer, find_tokenizer

__all__ = ["Budget", "Price", "Tokenizer", "find_price", "find_tokenizer"]
