"""Say what articles claim, who claims it, where exactly, and where they disagree."""

from claimx.align import Quote, align_quote, align_quotes
from claimx.errors import (
    ClaimxError,
    InputError,
    ModelError,
    ModelOutputInvalid,
    ModelRefused,
    ModelUnavailable,
    OfflineMiss,
    OutputError,
    PromptError,
    RunStopped,
)
from claimx.ground import ground_claim, ground_claims
from claimx.match import match_claims, match_texts
from claimx.pipeline import Progress, aextract, extract
from claimx.read import make_document, read_documents
from claimx.records import (
    Alignment,
    Citation,
    Claim,
    ClaimGroup,
    Conflict,
    Document,
    Failure,
    Flag,
    Rejected,
    Run,
    Span,
)
from claimx.segment import segment_document
from claimx.settings import Settings
from claimx.table import ClaimTable
from claimx.version import __version__

__all__ = [
    "Alignment",
    "Citation",
    "Claim",
    "ClaimGroup",
    "ClaimTable",
    "ClaimxError",
    "Conflict",
    "Document",
    "Failure",
    "Flag",
    "InputError",
    "ModelError",
    "ModelOutputInvalid",
    "ModelRefused",
    "ModelUnavailable",
    "OfflineMiss",
    "OutputError",
    "Progress",
    "PromptError",
    "Quote",
    "Rejected",
    "Run",
    "RunStopped",
    "Settings",
    "Span",
    "__version__",
    "aextract",
    "align_quote",
    "align_quotes",
    "extract",
    "ground_claim",
    "ground_claims",
    "make_document",
    "match_claims",
    "match_texts",
    "read_documents",
    "segment_document",
]
