"""
Render a claim table as Markdown, readable as text and on a code host.

Citations such as ``[003:5]`` are reference links, defined at the end, so that rows
stay short. Claims of two or more documents come first, then conflicts, the
evidence, and claims of a single document. Quotes are shown on one line; JSON and
CSV have them unchanged.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote as quote_url

from claimx.read.storage import is_stored
from claimx.records import Citation, Claim, ClaimGroup, Conflict, Document
from claimx.render.show import (
    count_documents,
    count_things,
    describe_claim,
    label_documents,
    list_places,
    list_run_facts,
    list_speakers,
    name_place,
    say_echo,
    say_support,
    show_text,
)
from claimx.table import ClaimTable, Folder, describe_review
from claimx.views.coverage import find_coverage
from claimx.views.days import Day
from claimx.views.speakers import identify_speakers, list_entries
from claimx.views.timeline import Report, Step, Timeline, find_timeline

# Characters with a meaning in CommonMark, tables, strike-through and formulas.
_SPECIAL = re.compile(r"[\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
# Where code hosts would make a link of an address in a claim (GFM 6.9, autolinks).
_AUTOLINK = re.compile(r"(?<=[a-z]):(?=//)|(?<=\bwww)\.(?=\w)", re.IGNORECASE)
# In other formats a line of the text is not a line of the file, so no link can point to it.
_WITH_LINES = ("text/plain", "text/markdown")
_BLOCK_START = re.compile(r"^(\d{1,9}(?=[.)](?: |$))|(?=[#+=>-]))")


@dataclass(frozen=True)
class _Page:
    """A table with indexes that every section looks up."""

    table: ClaimTable
    labels: Mapping[str, str]
    links: Mapping[str, str]
    groups: Mapping[str, ClaimGroup]
    disputed: frozenset[str]
    timeline: Timeline
    days: Mapping[str, Sequence[Day]]

    @property
    def shared(self) -> list[ClaimGroup]:
        """The groups that two or more documents support."""
        return [group for group in self.table.groups if group.support > 1]


# Said of a description that several documents use.
_DESCRIBED = " (so described; not always the same)"


def render_markdown(table: ClaimTable, *, base: Folder | None = None) -> str:
    """
    Write *table* as Markdown; links to files are relative to the folder *base*.

    Text of articles is escaped: it cannot become a heading, link, formula or HTML.
    """
    timeline = find_timeline(table)
    page = _Page(
        table=table,
        labels=label_documents(table.documents),
        links=_link_documents(table.documents, base),
        groups={group.id: group for group in table.groups},
        disputed=frozenset(
            name for one in table.conflicts if one.kind != "development" for name in (one.a, one.b)
        ),
        timeline=timeline,
        days={one.claim_id: one.days for one in timeline.days},
    )
    sections = (
        _write_summary,
        _write_shared,
        _write_conflicts,
        _write_echoes,
        _write_timeline,
        _write_entailments,
        _write_omissions,
        _write_speakers,
        _write_evidence,
        _write_single,
        _write_rejected,
        _write_skipped,
        _write_failures,
        _write_run,
        _write_links,
    )
    written = ("\n".join(section(page)) for section in sections)
    return "\n\n".join(text for text in written if text) + "\n"


def escape_text(text: str) -> str:
    r"""
    Escape *text* for Markdown, also in a table or at the start of a line.

    >>> escape_text("# a|b [x](y)"), escape_text("3.5 per cent")
    ('\\# a\\|b \\[x\\](y)', '3.5 per cent')
    >>> escape_text("see https://a.example or www.b.example")
    'see https\\://a.example or www\\.b.example'
    """
    plain = _AUTOLINK.sub(r"\\\g<0>", _SPECIAL.sub(r"\\\g<0>", show_text(text)))
    return _BLOCK_START.sub(r"\1\\", plain)


def _write_summary(page: _Page) -> Iterator[str]:
    counts = page.table.counts()
    shared = count_things(counts.shared, "claim")
    reasons = ", ".join(f"{count} {_say(reason)}" for reason, count in counts.rejected.items())
    rejected = f" ({reasons})" if reasons else ""
    verb = "claims" if counts.documents == 1 else "claim"
    yield f"# What {count_things(counts.documents, 'document')} {verb}"
    yield ""
    yield (
        f"**{shared} made by two or more documents**, {counts.groups - counts.shared} by one "
        f"only, {count_things(counts.conflicts, 'conflict')}. Of "
        f"{count_things(counts.proposed, 'proposed claim')}, {counts.cited} are cited and "
        f"{sum(counts.rejected.values())} rejected{rejected}."
    )
    if counts.failures:
        yield ""
        read = f" {count_documents(counts)}." if counts.partial or counts.unread else ""
        yield f"**{count_things(counts.failures, 'failure')}**: see the end.{read}"
    yield ""
    paged = ", or page (p)" if any(one.pages for one in page.table.documents) else ""
    timed = ", or time" if any(one.times for one in page.table.documents) else ""
    yield (
        f"A citation names document and line{paged}{timed}. The quote stands below its claim, "
        "unless the claim is the quote."
    )


def _write_shared(page: _Page) -> Iterator[str]:
    """Write one row for each claim that two or more documents make."""
    if not page.shared:
        return
    yield "## Said by two or more documents"
    yield ""
    yield "| Claim | Support | According to | Where |"
    yield "|---|---|---|---|"
    for group in page.shared:
        yield (
            f"| {_word_group(page, group)} [{group.id}] | {_say_support(page, group)} "
            f"| {_join_speakers(group)} | {_cite(page, group)} |"
        )


def _write_conflicts(page: _Page) -> Iterator[str]:
    """Write what contradicts, then counts that changed from one day to another."""
    for heading, is_change in (("Where they disagree", False), ("What changed", True)):
        chosen = [one for one in page.table.conflicts if (one.kind == "development") is is_change]
        if chosen:
            yield f"## {heading}"
        for conflict in chosen:
            yield ""
            yield from _list_conflict(page, conflict)
        if chosen and not is_change:
            yield ""


def _write_echoes(page: _Page) -> Iterator[str]:
    """Write which documents repeat one another; only one of each set counts as independent."""
    if not page.table.echoes:
        return
    yield "## Documents that repeat one another"
    yield ""
    for echo in page.table.echoes:
        yield f"- {page.labels[echo.a]} and {page.labels[echo.b]}: {say_echo(echo)}"


def _write_timeline(page: _Page) -> Iterator[str]:
    """Write who reported a claim first and which numbers changed, if dates are known."""
    found = page.timeline
    if found.as_of is None:
        return
    undated = count_things(len(found.undated), "document")
    unknown = f" {undated} without a date may be older." if found.undated else ""
    yield "## When it was reported"
    yield ""
    yield f"As of {found.as_of}, the latest date of a document.{unknown}"
    if found.developments:
        yield ""
        for change in found.developments:
            yield "- " + " → ".join(_word_step(page, step) for step in change.steps)
    shared = [one for one in found.groups if one.first and len(one.reports) > len(one.first)]
    if shared:
        yield ""
        without = any(not report.date for one in shared for report in one.reports)
        yield "| Claim | First | Later |" + " No date |" * without
        yield "|---|---|---|" + "---|" * without
        for one in shared:
            later = [report for report in one.reports if report.date and report not in one.first]
            cells = [_name_group(page, one.group), _join_reports(page, one.first)]
            cells.append(_join_reports(page, later))
            if without:
                rest = (report for report in one.reports if not report.date)
                cells.append(_join_reports(page, rest))
            yield f"| {' | '.join(cells)} |"


def _word_step(page: _Page, step: Step) -> str:
    outlets = ", ".join(_name_outlet(page, one) for one in step.outlets)
    return f"{step.date}: {escape_text(step.value)} ({outlets})"


def _join_reports(page: _Page, reports: Iterable[Report]) -> str:
    return ", ".join(
        page.labels[one.document_id] + (f" ({one.date})" if one.date else "") for one in reports
    )


def _name_outlet(page: _Page, name: str) -> str:
    """Return the name of an outlet; for a document without one, its label."""
    return page.labels.get(name) or escape_text(name)


def _name_group(page: _Page, name: str) -> str:
    group = page.groups[name]
    return f"{escape_text(group.claim)} [{name}]" if group.support > 1 else escape_text(group.claim)


def _write_omissions(page: _Page) -> Iterator[str]:
    """Write for each outlet what most others report and it omits, if outlets are known."""
    if not any(one.outlet for one in page.table.documents):
        return
    found = find_coverage(page.table)
    if not found.omissions:
        return
    yield "## What most outlets say and one does not"
    yield ""
    yield "No claim found in its articles says so; it may say it in other words."
    for one in found.outlets:
        if one.omits:
            yield ""
            yield f"### Not found in {_name_outlet(page, one.outlet)}"
            yield ""
            for omission in one.omits:
                sayers = ", ".join(_name_outlet(page, name) for name in omission.said_by)
                yield f"- {_name_group(page, omission.group)} ({sayers})"


def _write_entailments(page: _Page) -> Iterator[str]:
    """Write which claims others also make, as part of a more specific claim."""
    lines = [
        f"- {_name_claim(page, group)}, so also {_name_claim(page, page.groups[general])}"
        for group in page.table.groups
        for general in group.entails
        if not _list_documents(group) <= _list_documents(page.groups[general])
    ]
    if lines:
        yield "## What others say in more detail"
        yield ""
        yield from lines


def _write_speakers(page: _Page) -> Iterator[str]:
    """Write the speakers of claims, and their names."""
    speakers = identify_speakers(page.table)
    if not speakers:
        return
    yield "## Who says it"
    yield ""
    yield "| Speaker | Also called | Claims | Documents |"
    yield "|---|---|---|---|"
    for entry in list_entries(speakers):
        called = ", ".join(escape_text(name) for one in entry.speakers for name in one.called)
        perhaps = f" (perhaps {escape_text(one)})" if (one := entry.speakers[0].perhaps) else ""
        own = {one.document_id for speaker in entry.speakers for one in speaker.variants}
        where = " ".join(label for name, label in page.labels.items() if name in own)
        name = escape_text(entry.name) + perhaps + _DESCRIBED * entry.described
        yield f"| {name} | {called} | {entry.claims} | {where} |"


def _name_claim(page: _Page, group: ClaimGroup) -> str:
    said = f"; said by {speakers}" if (speakers := _join_speakers(group)) else ""
    return f"{escape_text(group.claim)} ({_say_support(page, group)}{said}) {_cite(page, group)}"


def _list_documents(group: ClaimGroup) -> set[str]:
    return {claim.document_id for claim in group.claims}


def _list_conflict(page: _Page, conflict: Conflict) -> Iterator[str]:
    yield f"- **{conflict.kind}: {escape_text(conflict.why)}**"
    for group in (page.groups[conflict.a], page.groups[conflict.b]):
        yield f"  - {_name_claim(page, group)}"


def _write_evidence(page: _Page) -> Iterator[str]:
    """Write the wording of each shared claim in each document."""
    if not page.shared:
        return
    yield "## In their words"
    for group in page.shared:
        yield ""
        yield f"### {group.id}"
        yield ""
        yield f"**{escape_text(group.claim)}** ({_say_support(page, group)})"
        yield ""
        yield from _list_claims(page, group)


def _write_single(page: _Page) -> Iterator[str]:
    """Write, document by document, the claims of no other document."""
    own: dict[str, list[ClaimGroup]] = defaultdict(list)
    for group in page.table.groups:
        if group.support == 1:
            own[group.claims[0].document_id].append(group)
    yield "## Said by one document only"
    for document in page.table.documents:
        if own[document.id]:
            yield ""
            yield from _introduce_document(page, document)
            yield ""
            for group in own[document.id]:
                yield from _list_group(page, group)
    rest = [_link_document(page, one) for one in page.table.documents if not own[one.id]]
    if rest:
        yield ""
        yield f"Nothing that only it says: {', '.join(rest)}"


def _introduce_document(page: _Page, document: Document) -> Iterator[str]:
    label = page.labels[document.id]
    yield f"### {label}: {escape_text(document.title)}" if document.title else f"### {label}"
    yield ""
    yield _link_document(page, document)


def _link_document(page: _Page, document: Document) -> str:
    link = page.links.get(document.id)
    name = escape_text(document.source)
    return f"[{name}]({link})" if link else name


def _list_group(page: _Page, group: ClaimGroup) -> Iterator[str]:
    """Write a group of one document, with every repetition below it."""
    if len(group.claims) == 1 and not describe_review(group):
        yield from _list_claims(page, group, ["disputed"] if group.id in page.disputed else [])
        return
    yield f"- {_word_group(page, group)} {_cite(page, group)}"
    yield from (f"  {line}" for line in _list_claims(page, group))


def _list_claims(page: _Page, group: ClaimGroup, notes: Sequence[str] = ()) -> Iterator[str]:
    """Write the claims of a group, each with *notes* and remarks."""
    citations: dict[str, list[Citation]] = defaultdict(list)
    for citation in group.citations:
        citations[citation.claim_id].append(citation)
    for claim in group.claims:
        days = [f"{one.words}: {one.date}" for one in page.days.get(claim.id, ())]
        own = [escape_text(note) for note in [*describe_claim(claim), *days]]
        yield from _list_claim(page, claim, citations[claim.id], [*notes, *own])


def _list_claim(
    page: _Page, claim: Claim, citations: Sequence[Citation], notes: Sequence[str]
) -> Iterator[str]:
    """Write a claim, then its quotes, unless the claim is its quote."""
    wording = escape_text(claim.text)
    quotes = [escape_text(citation.quote) for citation in citations]
    if quotes == [wording]:
        quotes = []
    noted = f" ({'; '.join(notes)})" if notes else ""
    yield f"- {wording} {_link_places(page, citations)}{noted}"
    for at, text in enumerate(quotes):
        if at:
            yield "  >"
        yield f"  > {text}"


def _write_rejected(page: _Page) -> Iterator[str]:
    rejected = page.table.rejected
    if not rejected:
        return
    yield "## Rejected"
    for reason, count in page.table.counts().rejected.items():
        yield ""
        yield f"### {_say(reason).capitalize()} ({count})"
        yield ""
        for one in rejected:
            if one.reason == reason:
                place = _name_place(page, one.document_id, one.segment)
                detail = f" ({escape_text(one.detail)})" if one.detail else ""
                yield f"- {place}: {escape_text(one.claim) or '(no wording)'}{detail}"
                if one.quote.strip():
                    yield f"  > {escape_text(one.quote)}"


def _write_skipped(page: _Page) -> Iterator[str]:
    """Write the sentences without a claim, with reasons; only count headings and boilerplate."""
    told = [one for one in page.table.skipped if one.kind in ("advert", "unclaimed")]
    unchecked = [one for one in page.table.skipped if one.kind == "unchecked"]
    others = len(page.table.skipped) - len(told) - len(unchecked)
    if not page.table.skipped:
        return
    yield "## Cited by no claim"
    yield ""
    texts = {document.id: document.text for document in page.table.documents}
    for one in unchecked:
        yield f"- {_name_place(page, one.document_id, None)}: {escape_text(one.reason)}"
    for one in told:
        place = _name_place(page, one.document_id, None)
        words = " ".join(one.span.slice(texts[one.document_id]).split())
        yield f"- {place}: {escape_text(words)} ({escape_text(one.reason)})"
    if others:
        yield f"- {count_things(others, 'other')}: headings, labels, parts of the page"


def _write_failures(page: _Page) -> Iterator[str]:
    if not page.table.failures:
        return
    yield "## Failures"
    yield ""
    for failure in page.table.failures:
        place = _name_place(page, failure.document_id, failure.segment)
        named = failure.document_id in failure.error
        yield f"- {'' if named else f'{place}: '}{escape_text(failure.error)}"


def _write_run(page: _Page) -> Iterator[str]:
    yield "## How this table was made"
    yield ""
    for name, value in list_run_facts(page.table.run).items():
        yield f"- {escape_text(name)}: {escape_text(value)}"


def _write_links(page: _Page) -> Iterator[str]:
    """Define each link once: from shared claims to their evidence, from citations to lines."""
    yield from (f"[{group.id}]: #{group.id.lower()}" for group in page.shared)
    order = {document.id: at for at, document in enumerate(page.table.documents)}
    places = {
        (order[one.document_id], one.page or one.line, name_place(one), one.document_id)
        for group in page.table.groups
        for one in group.citations
        if one.document_id in page.links
    }
    plain = {one.id for one in page.table.documents if one.media_type in _WITH_LINES}
    for _, number, place, name in sorted(places):
        line = f"#L{number}" if name in plain else ""
        anchor = f"#page={number}" if place.startswith("p") else line
        yield f"[{page.labels[name]}:{place}]: {page.links[name]}{anchor}"


def _word_group(page: _Page, group: ClaimGroup) -> str:
    review = "".join(f" *({escape_text(one)})*" for one in describe_review(group))
    return escape_text(group.claim) + " **(disputed)**" * (group.id in page.disputed) + review


def _cite(page: _Page, group: ClaimGroup) -> str:
    return _link_places(page, group.citations)


def _link_places(page: _Page, citations: Iterable[Citation]) -> str:
    return " ".join(f"[{place}]" for place in list_places(citations, page.labels))


def _join_speakers(group: ClaimGroup) -> str:
    return ", ".join(escape_text(speaker) for speaker in list_speakers(group))


def _say_support(page: _Page, group: ClaimGroup) -> str:
    return say_support(group, len(page.table.documents))


def _name_place(page: _Page, document_id: str, segment: int | None) -> str:
    name = page.labels.get(document_id) or escape_text(document_id)
    return name if segment is None else f"{name}, segment {segment}"


def _say(reason: str) -> str:
    return reason.replace("_", " ")


def _link_documents(documents: Iterable[Document], base: Folder | None) -> dict[str, str]:
    """Make a relative link to each document that is a file, by the suffix of its source."""
    return {
        document.id: link_file(document.source, base)
        for document in documents
        if PurePosixPath(document.source).suffix
    }


def link_file(source: str, base: Folder | None) -> str:
    """Make a link to the file *source*, relative to the folder *base*; to an object as it is."""
    if is_stored(source):
        scheme, rest = source.split("://", maxsplit=1)
        return f"{scheme}://{quote_url(rest, safe='/', errors='replace')}"
    try:
        path = source if base is None else os.path.relpath(source, base)
    except ValueError:  # on another drive
        path = source
    return quote_url(Path(path).as_posix(), safe="/", errors="replace")
