"""Say what articles claim, who claims it, where exactly, and where they disagree."""

from claimx.align import Quote, align_quote, align_quotes
from claimx.asking import Progress
from claimx.diff import TableDiff, diff
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
from claimx.evaluate import Evaluation, evaluate, read_gold
from claimx.ground import ground_claim, ground_claims
from claimx.match import match_claims, match_texts
from claimx.pipeline import aextract, extract
from claimx.plan import Estimate, aestimate, estimate
from claimx.read import iter_documents, make_document, read_documents
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
from claimx.render.html import report
from claimx.segment import segment_document
from claimx.settings import Settings
from claimx.show import show
from claimx.table import ClaimTable, load_table
from claimx.verify import Verification, verify
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
    "Estimate",
    "Evaluation",
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
    "TableDiff",
    "Verification",
    "__version__",
    "aestimate",
    "aextract",
    "align_quote",
    "align_quotes",
    "diff",
    "estimate",
    "evaluate",
    "extract",
    "ground_claim",
    "ground_claims",
    "iter_documents",
    "load_table",
    "make_document",
    "match_claims",
    "match_texts",
    "read_documents",
    "read_gold",
    "report",
    "segment_document",
    "show",
    "verify",
]
