"""
Find adverts between the paragraphs of an article.

An advert addresses the reader in sales language and shares few words with the
article around it. Both conditions must hold: a how-to text addresses the reader
too, and a short news item can have a vocabulary of its own.
"""

import re
from collections import Counter
from collections.abc import Sequence

from claimx.language.lexicon import any_of
from claimx.language.quotations import blank_quotations
from claimx.language.words import list_words
from claimx.segment.layout import Block

# Measured on 280 news articles: the median paragraph shares 0.49 of its words with the rest, a
# third share less than 0.4, adverts 0.1. With the cues as well, one of 2,626 paragraphs was
# taken for an advert: a law firm's pitch.
_MAX_SHARED = 0.4
# With less text around a paragraph, its share of common words proves nothing.
_MIN_WORDS_AROUND = 120
_MIN_CUES = 2
_MIN_WORD = 4

_PRICED = rf"{any_of('adverts.prices')} (?:\w+ )?"
_CUES = tuple(
    re.compile(rf"\b{form}\b", re.IGNORECASE)
    for form in (
        any_of("adverts.addresses"),
        _PRICED + any_of("adverts.services"),
        _PRICED + any_of("adverts.goods"),
        any_of("adverts.promises"),
        any_of("adverts.ease"),
        any_of("adverts.speed"),
        any_of("adverts.invitations"),
        any_of("adverts.urges"),
        any_of("adverts.features"),
        any_of("adverts.offers"),
        any_of("adverts.designs"),
        any_of("adverts.media"),
    )
)


def list_cues(paragraph: str) -> list[str]:
    """List the sales phrases of *paragraph* outside quotations, one example of each kind."""
    own = blank_quotations(paragraph)
    return [found[0] for form in _CUES if (found := form.search(own))]


def _share(own: Counter[str], everything: Counter[str]) -> float:
    """Return the share of a paragraph's words that also occur in the rest of the text."""
    return sum(everything[word] > count for word, count in own.items()) / len(own)


def _add_up(bags: Sequence[Counter[str]]) -> Counter[str]:
    """Sum *bags* in linear time."""
    everything: Counter[str] = Counter()
    for bag in bags:
        everything.update(bag)
    return everything


def find_adverts(text: str, blocks: Sequence[Block]) -> frozenset[int]:
    """
    Find the adverts among the *blocks* of *text*; return their indexes in *blocks*.

    Linear in the length of *text*. An article that is an advert as a whole is
    not found: nothing in it differs from the rest.
    """
    bags = [
        Counter(
            word for word in list_words(text[block.start : block.end]) if len(word) >= _MIN_WORD
        )
        for block in blocks
    ]
    everything: Counter[str] = _add_up(bags)
    total = everything.total()
    return frozenset(
        at
        for at, (block, own) in enumerate(zip(blocks, bags, strict=True))
        if block.kind in ("prose", "item")
        and own
        and total - own.total() >= _MIN_WORDS_AROUND
        and _share(own, everything) <= _MAX_SHARED
        and len(list_cues(text[block.start : block.end])) >= _MIN_CUES
    )
