"""
The boundary around what is done for a document: a fault fails that document, and no other.

Errors of claimx itself pass, since they are raised on purpose, and so does what ends the program.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from claimx.errors import ClaimxError, explain_fault
from claimx.match import Group, Matching
from claimx.records import Claim, Document, DocumentResult, Failure

T = TypeVar("T")
Match = Callable[[Iterable[Claim]], Matching]

# So many documents are left out of matching before it is given up for all of them.
_MOST_LEFT_OUT = 10


def fail(document_id: str, what: str, exc: BaseException) -> Failure:
    """
    Make the failure of a document by the fault *exc*; *what* names what it happened to.

    Raises:
        BaseException: *exc*, or the first in a group, if it is no fault.
    """
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    if isinstance(exc, ClaimxError):
        raise exc
    return Failure(document_id=document_id, error=explain_fault(what, exc))


async def take_within(
    take: Callable[[Document], Awaitable[DocumentResult]], document: Document
) -> DocumentResult:
    """Call *take* with *document*; a fault becomes its failure."""
    try:
        return await take(document)
    except BaseException as exc:
        failure = fail(document.id, document.id, exc)
        return DocumentResult(document_id=document.id, failures=(failure,))


def match_within(
    results: Iterable[DocumentResult], match: Match
) -> tuple[Matching, tuple[Failure, ...]]:
    """
    Match the claims of *results*; the claims of a document that makes it fail stay alone.

    Which one that is, is found by matching fewer documents, in half the steps each time.
    """
    left = [one for one in results if one.claims]
    alone: list[Claim] = []
    failures: list[Failure] = []
    while True:
        try:
            matching = match(_list_claims(left))
            break
        except BaseException as exc:
            fail("", "matching", exc)
            if not left:  # it fails whatever the claims are
                matching = Matching(groups=())
                break
            given_up = len(failures) >= _MOST_LEFT_OUT
            first = 0 if given_up else _find_culprit(left, match)
            culprits = left if given_up else [left[first]]
            left = left[:0] if given_up else [*left[:first], *left[first + 1 :]]
            for one in culprits:
                what = f"{one.document_id}: its claims were compared with no others"
                failures.append(fail(one.document_id, what, exc))
                alone += one.claims
    groups = (Group(claim=claim, claims=(claim,), scores=(1.0,)) for claim in alone)
    joined = matching.model_copy(update={"groups": (*matching.groups, *groups)})
    return joined, tuple(failures)


def _find_culprit(results: Sequence[DocumentResult], match: Match) -> int:
    """Return the place of the last document in the shortest start of *results* that fails."""
    works, fails = 0, len(results)
    while fails - works > 1:
        middle = (works + fails) // 2
        try:
            match(_list_claims(results[:middle]))
            works = middle
        except BaseException as exc:
            fail("", "", exc)
            fails = middle
    return fails - 1


def _list_claims(results: Iterable[DocumentResult]) -> list[Claim]:
    return [claim for one in results for claim in one.claims]
