"""
Render drafts of ClaimReview (schema.org) for the claims, for fact-checkers.

A draft has the claim, its speaker, and where it appeared. The verdict is left to a
person: `reviewRating`, `author` and `datePublished` are missing.

Source: https://schema.org/ClaimReview and https://schema.org/Claim.
"""

from collections.abc import Mapping
from typing import Any

from claimx.language.names import TITLES, read_aliases
from claimx.language.speech import names_person
from claimx.records import ClaimGroup, Document
from claimx.render.json import write_json
from claimx.render.markdown import link_file
from claimx.render.show import list_names
from claimx.table import ClaimTable, Folder


def render_claimreview(table: ClaimTable, *, base: Folder | None = None) -> str:
    """Write one draft per group, in table order, in one ``@graph``."""
    documents = {document.id: document for document in table.documents}
    appearances = {name: _appear(document, base) for name, document in documents.items()}
    drafts = [_draft(group, appearances) for group in table.groups]
    return write_json({"@context": "https://schema.org", "@graph": drafts})


def _draft(group: ClaimGroup, appearances: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    names = list_names(group)
    authors = [
        {"@type": "Person" if _is_person(name) else "Organization", "name": name} for name in names
    ]
    claim: dict[str, Any] = {"@type": "Claim", "identifier": group.id, "text": group.claim}
    if authors:
        claim["author"] = authors[0] if len(authors) == 1 else authors
    claim["appearance"] = [
        {**appearances[citation.document_id], "text": citation.quote}
        for citation in group.citations
    ]
    return {"@type": "ClaimReview", "claimReviewed": group.claim, "itemReviewed": claim}


def _is_person(speaker: str) -> bool:
    """
    Return whether *speaker* is one person: by a title, else by a name that is none of a body.

    >>> [_is_person(who) for who in ("Mayor Greta Holm", "the president", "MoF")]
    [True, True, False]
    """
    titled = any(alias.why == "title" for alias in read_aliases(speaker))
    if titled or not TITLES.isdisjoint(speaker.lower().split()[-1:]):
        return True
    is_acronym = " " not in speaker and sum(map(str.isupper, speaker)) > 1
    return not is_acronym and names_person(speaker)


def _appear(document: Document, base: Folder | None) -> dict[str, Any]:
    known = {
        "headline": document.title,
        "author": document.author,
        "datePublished": document.date,
        "publisher": document.outlet,
    }
    return {
        "@type": "NewsArticle",
        "url": document.url or link_file(document.source, base),
        **{name: value for name, value in known.items() if value},
    }
