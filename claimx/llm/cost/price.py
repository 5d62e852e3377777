"""
Look up what a model's tokens cost, in US dollars.

genai-prices has the price lists of common providers. It is used only if the
provider is certain: for a well-known model on a private server, only the user
knows the price.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from claimx.records import Record, Usage
from claimx.settings import Settings

BATCH_SHARE = 0.5  # OpenAI's Batch API: "50% cost discount compared to synchronous APIs"
_MILLION = 1_000_000
_SAMPLE = 1_000  # tokens priced at a time: below every step of tiered prices


class Price(Record):
    """Dollars per million tokens; *cached* is for tokens that the server had cached."""

    tokens_in: float
    tokens_out: float
    cached: float

    def cost(self, usage: Usage) -> float:
        """Return the cost of *usage*, in dollars."""
        fresh = max(0, usage.tokens_in - usage.tokens_cached)
        dollars = (
            fresh * self.tokens_in
            + usage.tokens_cached * self.cached
            + usage.tokens_out * self.tokens_out
        )
        return dollars / _MILLION


def find_price(settings: Settings) -> Price | None:
    """
    Return the price in *settings*, else that of genai-prices, else None.

    A price from the settings applies to cached tokens too. If several servers have
    different prices, the price is unknown.
    """
    price_in, price_out = settings.price_in, settings.price_out
    if price_in is None or price_out is None:
        listed = {_look_up(settings.model or "", address) for address in settings.addresses}
        return listed.pop() if len(listed) == 1 else None
    return Price(tokens_in=price_in, tokens_out=price_out, cached=price_in)


@lru_cache(maxsize=16)
def _look_up(model: str, base_url: str | None) -> Price | None:
    from genai_prices import Usage as Priced  # a price list of 1.6 MB: only where it is wanted
    from genai_prices import calc_price

    def dollars(**tokens: int) -> float:
        if base_url is None:
            found = calc_price(Priced(**tokens), model, provider_id="openai")
        else:
            found = calc_price(Priced(**tokens), model, provider_api_url=base_url)
        return float(found.total_price) * _MILLION / _SAMPLE

    try:
        return Price(
            tokens_in=dollars(input_tokens=_SAMPLE),
            tokens_out=dollars(output_tokens=_SAMPLE),
            cached=dollars(input_tokens=_SAMPLE, cache_read_tokens=_SAMPLE),
        )
    except (LookupError, ValueError):
        return None


def describe_model(settings: Settings) -> str:
    """Return the model's name and the hosts of its servers."""
    hosts = dict.fromkeys(str(urlsplit(address).hostname) for address in settings.base_url)
    return f"{settings.model} at {', '.join(hosts) or 'OpenAI'}"


def show_dollars(dollars: float) -> str:
    """
    Format an amount so that small ones stay visible.

    >>> show_dollars(12.5), show_dollars(0.00123), show_dollars(0)
    ('$12.50', '$0.0012', '$0.00')
    """
    if dollars >= 1 or dollars == 0:
        return f"${dollars:,.2f}"
    return f"${dollars:.4f}" if dollars >= 0.0001 else "less than $0.0001"
