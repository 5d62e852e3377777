"""Say what articles claim, who claims it, where exactly, and where they disagree."""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from claimx.hooks import renderers

if TYPE_CHECKING:
    from claimx.align import Quote as Quote
    from claimx.align import align_quote as align_quote
    from claimx.align import align_quotes as align_quotes
    from claimx.errors import ClaimxError as ClaimxError
    from claimx.errors import InputError as InputError
    from claimx.errors import ModelError as ModelError
    from claimx.errors import ModelOutputInvalid as ModelOutputInvalid
    from claimx.errors import ModelRefused as ModelRefused
    from claimx.errors import ModelUnavailable as ModelUnavailable
    from claimx.errors import OfflineMiss as OfflineMiss
    from claimx.errors import OutputError as OutputError
    from claimx.errors import PromptError as PromptError
    from claimx.errors import RunStopped as RunStopped
    from claimx.ground import ground_claim as ground_claim
    from claimx.ground import ground_claims as ground_claims
    from claimx.match import match_claims as match_claims
    from claimx.match import match_texts as match_texts
    from claimx.parts.flow import extract_parts as extract_parts
    from claimx.pipeline.asking import Progress as Progress
    from claimx.pipeline.flow import aextract as aextract
    from claimx.pipeline.flow import extract as extract
    from claimx.pipeline.flow import judge as judge
    from claimx.pipeline.plan import Estimate as Estimate
    from claimx.pipeline.plan import aestimate as aestimate
    from claimx.pipeline.plan import estimate as estimate
    from claimx.read import iter_documents as iter_documents
    from claimx.read import make_document as make_document
    from claimx.read import read_documents as read_documents
    from claimx.records import Alignment as Alignment
    from claimx.records import Citation as Citation
    from claimx.records import Claim as Claim
    from claimx.records import ClaimGroup as ClaimGroup
    from claimx.records import Conflict as Conflict
    from claimx.records import Decision as Decision
    from claimx.records import Document as Document
    from claimx.records import Failure as Failure
    from claimx.records import Flag as Flag
    from claimx.records import Rejected as Rejected
    from claimx.records import Run as Run
    from claimx.records import Span as Span
    from claimx.render.html import report as report
    from claimx.review.decisions import apply_decisions as apply_decisions
    from claimx.review.decisions import read_decisions as read_decisions
    from claimx.review.diff import TableDiff as TableDiff
    from claimx.review.diff import diff as diff
    from claimx.review.evaluate import Evaluation as Evaluation
    from claimx.review.evaluate import evaluate as evaluate
    from claimx.review.evaluate import read_gold as read_gold
    from claimx.review.show import show as show
    from claimx.review.verify import Verification as Verification
    from claimx.review.verify import verify as verify
    from claimx.segment.segments import segment_document as segment_document
    from claimx.settings import Settings as Settings
    from claimx.table import ClaimTable as ClaimTable
    from claimx.table import load_table as load_table
    from claimx.version import __version__ as __version__
    from claimx.views.speakers import Speaker as Speaker
    from claimx.views.speakers import identify_speakers as identify_speakers

# Where each public name lives. A name is imported when it is first used, so that a program that
# only wants a part, or only has claimx installed, does not wait for the rest.
_NAMES = {
    "align": "Quote align_quote align_quotes",
    "parts.flow": "extract_parts",
    "pipeline.asking": "Progress",
    "review.decisions": "apply_decisions read_decisions",
    "review.diff": "TableDiff diff",
    "errors": "ClaimxError InputError ModelError ModelOutputInvalid ModelRefused "
    "ModelUnavailable OfflineMiss OutputError PromptError RunStopped",
    "review.evaluate": "Evaluation evaluate read_gold",
    "ground": "ground_claim ground_claims",
    "match": "match_claims match_texts",
    "pipeline.flow": "aextract extract judge",
    "pipeline.plan": "Estimate aestimate estimate",
    "read": "iter_documents make_document read_documents",
    "records": "Alignment Citation Claim ClaimGroup Conflict "
    "Decision Document Failure Flag Rejected Run Span",
    "render.html": "report",
    "segment.segments": "segment_document",
    "settings": "Settings",
    "review.show": "show",
    "table": "ClaimTable load_table",
    "review.verify": "Verification verify",
    "version": "__version__",
    "views.speakers": "Speaker identify_speakers",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}

# Those whose messages speak of options.
_WITH_OPTIONS = (
    *("aestimate", "aextract", "estimate", "extract", "extract_parts", "judge", "load_table"),
    "verify",
)

__all__ = sorted(_HOMES)  # noqa: PLE0605  # a list of strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _WITH_OPTIONS:
        from claimx.errors import name_arguments

        value = name_arguments(value)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def _import_late(home: str, name: str) -> Callable[..., Any]:
    """Return a function that does what *name* of *home* does, and imports it when called."""

    def call(*args: Any, **options: Any) -> Any:
        return getattr(import_module(f"{__name__}.{home}"), name)(*args, **options)

    return call


for _home, _name in (
    ("render", "render_table"),
    ("render", "save_table"),
    ("render.frame", "make_frame"),
    ("render.frame", "make_frames"),
    ("render.notebook", "render_fragment"),
    ("views.coverage", "find_coverage"),
    ("views.timeline", "find_timeline"),
):
    setattr(renderers, _name, _import_late(_home, _name))


class _Package(ModuleType):
    """
    Keeps public names for what they name: `claimx.extract` is the function.

    The import system binds each submodule to the package when it is first imported, under a name
    that the function of the same name has.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
