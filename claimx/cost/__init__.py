"""What asking costs: tokens counted beforehand, prices, and a budget that is kept."""

from claimx.cost.budget import Budget
from claimx.cost.price import Price, find_price
from claimx.cost.tokens import Tokenizer, find_tokenizer

__all__ = ["Budget", "Price", "Tokenizer", "find_price", "find_tokenizer"]
