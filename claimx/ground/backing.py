"""Check that a claim has the same subject matter as its citation."""

from collections.abc import Iterator

from claimx.ground.clauses import Stretch, holds_stem, list_common_stems
from claimx.ground.names import bears_name
from claimx.ground.numbers import bears_quantity, follows
from claimx.ground.source import MANY, Case, Source
from claimx.records import Flag

# Of 100 faithful paraphrases, the one that shares least shares a fifth of its words.
MIN_BACKING = 0.15


def check_backing(case: Case) -> Iterator[Flag]:
    """
    Flag a claim that shares too few of its words with the cited text.

    Names and reporting verbs do not count as shared, but one name or number of the cited
    text is enough to pass.
    """
    words = _list_own_words(case.claim)
    shared = sum(holds_stem(case.cited, word) for word in words)
    if len(words) < 3 or shared >= MIN_BACKING * len(words) or _shares_a_fact(case):
        return
    message = f"says something else: {shared} of its {len(words)} words in the cited text"
    yield Flag(kind="backing", message=message)


def _list_own_words(claim: Source) -> list[str]:
    """List the stems of the content words of *claim*, without names and reporting verbs."""
    return list_common_stems(claim, Stretch(0, len(claim.features.tokens.words)))


def _shares_a_fact(case: Case) -> bool:
    claim, cited, _ = case
    return any(bears_name(cited, name) for name in claim.features.names[:MANY]) or any(
        bears_quantity(cited, quantity) or follows(case, quantity)
        for quantity in claim.features.quantities[:MANY]
    )
