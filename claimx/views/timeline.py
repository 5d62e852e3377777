"""
Order claims in time: who reported each first, and which numbers changed over days.

Dates are those of the articles. A date that is a month or a year may be any day in
it, and an article without a date may be the earliest.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from claimx.records import ClaimGroup, Conflict, Document, Record
from claimx.table import ClaimTable
from claimx.views.coverage import name_source
from claimx.views.days import Day, list_days

_FIRST_DAY, _LAST_MONTH = 1, 12


class Report(Record):
    """An article that makes a claim, by its id; *date* is null if unknown."""

    document_id: str
    outlet: str
    date: str | None


class GroupTimeline(Record):
    """
    The reports of the claim of *group*, earliest first, articles without a date last.

    *first* are those that may be the earliest: several if they have the same day, or a
    date that is not exact.
    """

    group: str
    claim: str
    reports: tuple[Report, ...]
    first: tuple[Report, ...]


class Step(Record):
    """A value, such as "21 people", and who reported it, in *group*, from *date* on."""

    group: str
    value: str
    date: str
    outlets: tuple[str, ...]


class Development(Record):
    """A number that differs in later articles; every step is earlier than the next."""

    steps: tuple[Step, ...]


class ClaimDays(Record):
    """The days that the words of a claim refer to, by the date of its article."""

    claim_id: str
    days: tuple[Day, ...]


class Timeline(Record):
    """
    What the dates of a table's documents show.

    *as_of* is the latest date; null if none is known.
    """

    as_of: str | None
    undated: tuple[str, ...]
    groups: tuple[GroupTimeline, ...]
    developments: tuple[Development, ...]
    days: tuple[ClaimDays, ...]


def find_timeline(table: ClaimTable) -> Timeline:
    """Find who reported each claim of *table* first, and which numbers changed."""
    documents = {document.id: document for document in table.documents}
    dates = [document.date for document in table.documents if document.date]
    days = (
        ClaimDays(claim_id=claim.id, days=list_days(claim.text, documents[claim.document_id].date))
        for claim in table.claims
    )
    return Timeline(
        as_of=max(dates, key=_start) if dates else None,
        undated=tuple(one.id for one in table.documents if not one.date),
        groups=tuple(_follow(group, documents) for group in table.groups) if dates else (),
        developments=tuple(_list_developments(table, documents)) if dates else (),
        days=tuple(one for one in days if one.days),
    )


def _reach(date: str) -> tuple[str, str]:
    """Return the last and the first day that *date* may mean."""
    year, month, *_ = (*date.split("-"), "", "")
    if not month:
        return f"{year}-{_LAST_MONTH}-31", f"{year}-01-01"
    if date.count("-") == 1:
        return f"{date}-{monthrange(int(year), int(month))[1]}", f"{date}-01"
    return date, date


def _follow(group: ClaimGroup, documents: Mapping[str, Document]) -> GroupTimeline:
    own = [documents[name] for name in dict.fromkeys(claim.document_id for claim in group.claims)]
    reports = [Report(document_id=one.id, outlet=name_source(one), date=one.date) for one in own]
    dated = sorted((one for one in reports if one.date), key=_order)
    surely = min((_reach(one.date)[0] for one in dated if one.date), default="")
    return GroupTimeline(
        group=group.id,
        claim=group.claim,
        reports=(*dated, *(one for one in reports if not one.date)),
        first=tuple(one for one in dated if one.date and _reach(one.date)[1] <= surely),
    )


def _order(report: Report) -> tuple[str, str]:
    return _start(report.date or "")


def _start(date: str) -> tuple[str, str]:
    """Return a sort key: the first day that a date may mean, then the last."""
    last, first = _reach(date)
    return first, last


# Numbers that change


def _list_developments(
    table: ClaimTable, documents: Mapping[str, Document]
) -> Iterable[Development]:
    """Yield the chains of groups that differ in a number, each reported after the one before."""
    spans = {group.id: _find_span(group, documents) for group in table.groups}
    later: dict[str, dict[str, Conflict]] = defaultdict(dict)
    for one in table.conflicts:
        for early, late in ((one.a, one.b), (one.b, one.a)):
            is_later = spans[early] and spans[late] and spans[early][1] < spans[late][0]
            if one.kind in {"number", "development"} and is_later:
                later[early][late] = one
    groups = {group.id: group for group in table.groups}
    followers = {name for chain in later.values() for name in chain}
    for name in sorted(later.keys() - followers, key=lambda name: (spans[name], name)):
        chain = _follow_chain(name, later, spans)
        yield Development(
            steps=tuple(_make_step(groups[at], chain, later, documents) for at in chain)
        )


def _find_span(group: ClaimGroup, documents: Mapping[str, Document]) -> tuple[str, ...]:
    """Return the first and last day on which a group was reported; empty if one is unknown."""
    dates = [documents[claim.document_id].date for claim in group.claims]
    reaches = [_reach(date) for date in dates if date]
    if len(reaches) < len(dates):
        return ()
    return min(first for _, first in reaches), max(last for last, _ in reaches)


def _follow_chain(
    name: str,
    later: Mapping[str, Mapping[str, Conflict]],
    spans: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """Follow the changes of a number from group *name* on, each time to the next in time."""
    chain = [name]
    while later.get(chain[-1]):
        chain.append(min(later[chain[-1]], key=lambda one: (spans[one], one)))
    return chain


def _make_step(
    group: ClaimGroup,
    chain: Sequence[str],
    later: Mapping[str, Mapping[str, Conflict]],
    documents: Mapping[str, Document],
) -> Step:
    at = chain.index(group.id)
    early, late = (at, at + 1) if at + 1 < len(chain) else (at - 1, at)
    conflict = later[chain[early]][chain[late]]
    sides = conflict.why.split(" / ")
    side = sides[conflict.b == group.id] if len(sides) == 2 else group.claim
    own = [documents[claim.document_id] for claim in group.claims]
    return Step(
        group=group.id,
        value=side,
        date=min((one.date for one in own if one.date), key=_start),
        outlets=tuple(dict.fromkeys(map(name_source, own))),
    )
