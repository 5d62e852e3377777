"""
Render citations as W3C web annotations (JSON-LD), for other annotation tools.

Source: Web Annotation Data Model, https://www.w3.org/TR/annotation-model/.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from claimx.records import Citation, Claim, ClaimGroup, Document, Run
from claimx.render.json import write_json
from claimx.render.markdown import link_file
from claimx.table import ClaimTable, Folder, pair_citations

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
# Code points on either side that distinguish the places of a quote.
_AROUND = 32


def render_annotations(table: ClaimTable, *, base: Folder | None = None) -> str:
    """
    Write a collection with one page that has one annotation per citation.

    The body has the claim's wording, tagged with its id in the table; the target is the
    article relative to the folder *base*, by quote and by position. Positions count
    code points, as the model requires.
    """
    texts = {document.id: document for document in table.documents}
    links = {document.id: link_file(document.source, base) for document in table.documents}
    items = [
        _annotate(group, claim, citation, texts[claim.document_id], links, table.run)
        for group in table.groups
        for claim, citation in pair_citations(group)
    ]
    return write_json(_collect(items))


def _collect(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Put *items* on the only page of a collection."""
    name = _name(*(item["id"] for item in items))
    page: dict[str, Any] = {
        "id": _name(name, "page"),
        "type": "AnnotationPage",
        "partOf": name,
        "startIndex": 0,
        "items": items,
    }
    return {
        "@context": CONTEXT,
        "id": name,
        "type": "AnnotationCollection",
        "label": "claims and where they stand, by claimx",
        "total": len(items),
        "first": page,
    }


def _annotate(  # noqa: PLR0913, PLR0917  # what one annotation is made of
    group: ClaimGroup,
    claim: Claim,
    citation: Citation,
    document: Document,
    links: Mapping[str, str],
    run: Run,
) -> dict[str, Any]:
    place = f"{citation.span.start}:{citation.span.end}"
    made = {"created": run.answered} if run.answered else {}
    return {
        "id": _name(claim.id, place),
        "type": "Annotation",
        "motivation": "describing",
        **made,
        "generator": {"type": "Software", "name": f"claimx {run.claimx_version}"},
        "body": [
            {
                "type": "TextualBody",
                "purpose": "describing",
                "format": "text/plain",
                "value": claim.text,
            },
            {"type": "TextualBody", "purpose": "tagging", "value": group.id},
        ],
        "target": {
            "source": links[document.id],
            "selector": [_select_quote(citation, document.text), _select_position(citation)],
        },
    }


def _select_quote(citation: Citation, text: str) -> dict[str, str]:
    start, end = citation.span.start, citation.span.end
    return {
        "type": "TextQuoteSelector",
        "exact": citation.quote,
        "prefix": text[max(0, start - _AROUND) : start],
        "suffix": text[end : end + _AROUND],
    }


def _select_position(citation: Citation) -> dict[str, str | int]:
    span = citation.span
    return {"type": "TextPositionSelector", "start": span.start, "end": span.end}


def _name(*parts: str) -> str:
    """Make a stable IRI of *parts*."""
    joined = "\n".join(("claimx", *parts)).encode("utf-8", "backslashreplace")
    return uuid5(NAMESPACE_URL, joined.decode()).urn
