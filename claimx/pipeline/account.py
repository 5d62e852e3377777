"""Describe in the table how it was made, and what it cost."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from claimx.judge import Judgement
from claimx.pipeline.session import Session
from claimx.records import DocumentResult, Run, Spending, join_usage
from claimx.settings import Settings
from claimx.version import __version__


def describe_run(
    settings: Settings,
    session: Session,
    label: str,
    results: Sequence[DocumentResult],
    judged: Judgement,
) -> Run:
    """Describe a run with the prompts of *label* and the further prompts of *session*."""
    spending = tuple(_list_spending(session, label, results, judged)) if session.model else ()
    created = (judged.created, *(one.created for one in results))
    return Run(
        claimx_version=__version__,
        model=str(settings.model),
        prompt=name_prompts(session, label),
        answered=_date(created),
        usage=join_usage(one.usage for one in spending),
        spending=spending,
        settings=settings.shaping(),
    )


def name_prompts(session: Session, label: str) -> str | None:
    """Return the names of all prompts of a run: those of *label*, and those of *session*."""
    beside = (one.prompt.label for one in (session.rereader, session.judge) if one)
    return ", ".join((label, *beside)) or None


def _list_spending(
    session: Session, label: str, results: Iterable[DocumentResult], judged: Judgement
) -> Iterator[Spending]:
    """Yield the cost of each document by prompt, and the cost of judging all claims."""
    for one in results:
        if one.answered:
            yield Spending(document_id=one.document_id, prompt=label, usage=one.usage)
        if session.rereader and one.usage_again.answers:
            again = session.rereader.prompt.label
            yield Spending(document_id=one.document_id, prompt=again, usage=one.usage_again)
    if session.judge and judged.usage.answers:
        yield Spending(document_id="", prompt=session.judge.prompt.label, usage=judged.usage)


def _date(created: Iterable[int | None]) -> str | None:
    """Write the earliest of *created* as a date (ISO 8601, UTC)."""
    known = [one for one in created if one is not None]
    if not known:
        return None
    return datetime.fromtimestamp(min(known), UTC).isoformat().replace("+00:00", "Z")
