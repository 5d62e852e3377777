"""List the contents of a table as plain rows, for workbooks and data frames."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from claimx.records import Document
from claimx.table import COLUMNS, ClaimTable, describe_review, join_flags

# Metadata in each row about a document.
ABOUT = ("outlet", "title", "author", "date", "url")

Row = dict[str, Any]


class Listing(NamedTuple):
    """Rows, and the names of their columns in order."""

    columns: Sequence[str]
    rows: Iterable[Row]


def list_all(table: ClaimTable) -> dict[str, Listing]:
    """List groups, claims, citations, conflicts, rejected, failures and documents, by name."""
    return {
        "groups": Listing(_GROUP, _list_groups(table)),
        "claims": Listing(_CLAIM, _list_claims(table)),
        "citations": Listing(COLUMNS, table.to_records()),
        "conflicts": Listing(_CONFLICT, _list_conflicts(table)),
        "rejected": Listing(_REJECTED, _join_documents(table, table.rejected)),
        "failures": Listing(
            ("document_id", "segment", "error"), (one.model_dump() for one in table.failures)
        ),
        "documents": Listing(
            _DOCUMENT, (one.model_dump(exclude={"text"}) for one in table.documents)
        ),
    }


_GROUP = (
    *("group_id", "claim", "support", "independent"),
    *("documents", "outlets", "first_date", "disputed", "review"),
)
_CLAIM = (
    *("claim_id", "group_id", "claim", "quote", "document_id", "speaker", "modality"),
    *("headline", "accepted", "status", "score", "flags", *ABOUT),
)
_CONFLICT = ("kind", "why", "a", "claim_a", "b", "claim_b")
_REJECTED = ("document_id", "segment", "reason", "detail", "claim", "quote", *ABOUT)
_DOCUMENT = (
    *("id", "source", "title", "media_type", "sha256"),
    *("outlet", "author", "date", "url", "language"),
)


def describe_document(document: Document | None) -> Row:
    """Return the metadata of *document* by the names in `ABOUT`."""
    return {name: getattr(document, name, None) for name in ABOUT}


def _list_groups(table: ClaimTable) -> Iterator[Row]:
    documents = {document.id: document for document in table.documents}
    disputed = set(chain.from_iterable((one.a, one.b) for one in table.conflicts))
    for group in table.groups:
        ids = dict.fromkeys(claim.document_id for claim in group.claims)
        own = [documents[name] for name in ids]
        yield {
            "group_id": group.id,
            "claim": group.claim,
            "support": group.support,
            "independent": group.independent,
            "documents": list(ids),
            "outlets": list(dict.fromkeys(one.outlet for one in own if one.outlet)),
            "first_date": min((one.date for one in own if one.date), default=None),
            "disputed": group.id in disputed,
            "review": "; ".join(describe_review(group)),
        }


def _list_claims(table: ClaimTable) -> Iterator[Row]:
    documents = {document.id: document for document in table.documents}
    for group in table.groups:
        for claim in group.claims:
            yield {
                "claim_id": claim.id,
                "group_id": group.id,
                "claim": claim.text,
                "quote": claim.quote,
                "document_id": claim.document_id,
                "speaker": claim.speaker,
                "modality": claim.modality,
                "headline": claim.headline,
                "accepted": claim.accepted,
                "status": claim.alignment.status,
                "score": claim.alignment.score,
                "flags": join_flags(claim),
            } | describe_document(documents[claim.document_id])


def _list_conflicts(table: ClaimTable) -> Iterator[Row]:
    claims = {group.id: group.claim for group in table.groups}
    for one in table.conflicts:
        yield one.model_dump() | {"claim_a": claims[one.a], "claim_b": claims[one.b]}


def _join_documents(table: ClaimTable, records: Iterable[Any]) -> Iterator[Row]:
    documents = {document.id: document for document in table.documents}
    for one in records:
        yield one.model_dump() | describe_document(documents.get(one.document_id))
