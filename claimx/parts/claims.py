"""Write the claims of a part as Parquet, in the columns of a table and before any is grouped."""

from collections.abc import Sequence
from typing import NamedTuple

from claimx.records import Claim, Document, DocumentResult, Run
from claimx.render.parquet import list_typed_rows, write_rows
from claimx.render.show import replace_surrogates
from claimx.table import build_table
from claimx.version import __version__

# The words that the model copied, for the matcher.
_QUOTE = "claim_quote"
# What is known once all claims are matched.
_LATER = ("group_id", "claim", "support", "independent", "documents", "conflicts")


class _Alone(NamedTuple):
    """A claim that no other was compared with."""

    claim: Claim
    claims: tuple[Claim, ...]


def write_claims(documents: Sequence[Document], results: Sequence[DocumentResult]) -> bytes:
    """
    Write a row for each citation of *results*, after checking it.

    Raises:
        OutputError: If a citation is no slice of its document.
    """
    alone = [_Alone(claim, (claim,)) for one in results for claim in one.claims]
    run = Run(claimx_version=__version__, model="")
    table = build_table(documents, alone, (), (), (), run)
    quotes = {claim.id: claim.quote for claim in table.claims}
    unknown = dict.fromkeys(_LATER)
    rows = [
        row | unknown | replace_surrogates({_QUOTE: quotes[row["claim_id"]]})
        for row in list_typed_rows(table)
    ]
    return write_rows(rows, _QUOTE)
