"""Small claim tables, made by hand, for the tests of the table and of the renderers."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from claimx.records import (
    Alignment,
    Claim,
    ConflictKind,
    Document,
    Failure,
    Flag,
    Rejected,
    Run,
    Span,
    Usage,
    content_id,
)
from claimx.table import ClaimTable, build_table

RUN = Run(
    claimx_version="0.1.0",
    model="small-model",
    prompt="extract@1#9f3c",
    answered="2025-03-30T12:00:00Z",
    usage=Usage(answers=12, tokens_in=3400, tokens_out=560),
    settings={"temperature": 0.0, "seed": 7},
)


class Matched(NamedTuple):
    """What the matcher gives for a group, as far as a table needs it."""

    claim: Claim
    claims: Sequence[Claim]


class Clash(NamedTuple):
    """What the matcher gives for a conflict, as far as a table needs it."""

    a: int
    b: int
    kind: ConflictKind
    why: str


def make_document(text: str, document_id: str = "a.txt", **fields: Any) -> Document:
    """Make a document of *text*."""
    fields = {"source": document_id, "sha256": "0" * 64} | fields
    return Document(id=document_id, text=text, **fields)


def make_claim(document: Document, quote: str, text: str | None = None, **fields: Any) -> Claim:
    """Make a claim of the first *quote* in *document*, or of several joined by `` ... ``."""
    starts = [(document.text.index(part), len(part)) for part in quote.split(" ... ")]
    spans = [Span(start=start, end=start + length) for start, length in starts]
    return make_claim_at(document, spans, text or quote, **fields)


def make_claim_at(document: Document, spans: Iterable[Span], text: str, **fields: Any) -> Claim:
    """Make a claim of what stands at *spans*."""
    spans = tuple(spans)
    places = " ".join(f"{span.start}:{span.end}" for span in spans)
    fields = {"alignment": Alignment(status="exact", spans=spans, score=1.0)} | fields
    return Claim(
        id=content_id(document.id, places, text),
        document_id=document.id,
        text=text,
        quote=" ... ".join(span.slice(document.text) for span in spans),
        **fields,
    )


def make_group(*claims: Claim) -> Matched:
    """Group *claims*; the first stands for the rest."""
    return Matched(claims[0], claims)


def make_table(
    documents: Iterable[Document],
    groups: Iterable[Matched],
    conflicts: Iterable[Clash] = (),
    rejected: Iterable[Rejected] = (),
    failures: Iterable[Failure] = (),
    **options: Any,
) -> ClaimTable:
    """Build a table with a run that is always the same."""
    return build_table(documents, groups, conflicts, rejected, failures, RUN, **options)


def make_simple_table(text: str, document_id: str = "a.txt") -> ClaimTable:
    """Make a table of one document with one claim, which quotes the whole of *text*."""
    document = make_document(text, document_id)
    span = Span(start=0, end=len(text))
    return make_table([document], [make_group(make_claim_at(document, [span], text))])


def make_seed_table(seeds: Path) -> ClaimTable:
    """Make a table with a little of everything out of the five articles."""
    titles = {"004": "Hegseth Strengthens Japan Alliance With New US Command To Counter China"}
    documents = [
        make_document(
            path.read_text("utf-8"),
            path.name,
            source=f"seeds/{path.name}",
            title=titles.get(path.name[:3]),
        )
        for path in sorted(seeds.glob("*.txt"))
    ]
    groups = [_group_troops(documents), _group_partner(documents), *_group_singles(documents)]
    return make_table(
        documents,
        groups,
        [Clash(0, 4, "number", "50,000 / 45,000")],
        [
            _reject(documents[2], "not_found", "Japan will pay.", "Japan pays | all", "no such"),
            _reject(
                documents[2], "ambiguous", "Deterrence matters.", "deterrence", "stands 9 times"
            ),
            _reject(documents[4], "not_found", "China will attack.", "# attack", ""),
        ],
        [Failure(document_id="005.txt", error="005.txt: not UTF-8 (byte 0x9d at offset 1042).")],
    )


def _group_troops(documents: Sequence[Document]) -> Matched:
    return make_group(
        make_claim(
            documents[1],
            "Japan hosts over 50,000 U.S. troops",
            "Japan hosts more than 50,000 U.S. troops.",
        ),
        make_claim(
            documents[0],
            "over fifty thousand American military personnel",
            "The headquarters leads more than fifty thousand American military personnel.",
            flags=(Flag(kind="wording", message="“leads” is not in the quote"),),
        ),
        make_claim(
            documents[3],
            "Over 50,000 U.S. troops are currently based there",
            "More than 50,000 U.S. troops are based in Japan.",
        ),
    )


def _group_partner(documents: Sequence[Document]) -> Matched:
    return make_group(
        make_claim(
            documents[3],
            "“Japan is our indispensable partner in deterring Communist Chinese military "
            "aggression,”",
            "Japan is an indispensable partner in deterring Chinese military aggression.",
            speaker="Pete Hegseth",
            modality="reported",
        ),
        make_claim(
            documents[1],
            "“Japan stands as our indispensable partner ... aggression,” he stated",
            "Japan is the indispensable partner of the U.S. against Chinese aggression.",
            speaker="U.S. Defense Secretary",
            modality="reported",
        ),
    )


def _group_singles(documents: list[Document]) -> list[Matched]:
    line = "His visit came on a Sunday: 45,000 U.S. troops."
    documents[4] = documents[4].model_copy(update={"text": f"{documents[4].text}\n{line}\n"})
    return [
        make_group(
            make_claim(documents[0], "Command restructuring aims to cut response time by 40%")
        ),
        make_group(
            make_claim(
                documents[0],
                "a $2.7 billion investment",
                "The investment in the JJOC is $2.7 billion.",
                modality="opinion",
            )
        ),
        make_group(make_claim(documents[4], "45,000 U.S. troops", "45,000 U.S. troops visit.")),
        make_group(
            make_claim(documents[2], "SM-6 collaboration | Strengthens Japan’s ability"),
            make_claim(documents[2], "Hegseth reinforced this point, stating,\n“Peace through"),
        ),
    ]


def _reject(document: Document, reason: Any, claim: str, quote: str, detail: str) -> Rejected:
    return Rejected(
        document_id=document.id, segment=3, claim=claim, quote=quote, reason=reason, detail=detail
    )
