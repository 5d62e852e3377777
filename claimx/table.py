"""
Build the claim table: one row per group, every citation an exact slice of its document.

Equal claims yield equal tables: order and ids depend on content alone.
"""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, zip_longest
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self

from pydantic import ValidationError

from claimx.disk import read_whole
from claimx.errors import InputError, OutputError
from claimx.hooks import renderers
from claimx.kinds import name_kind
from claimx.language.offsets import Lines
from claimx.language.wording import find_lead, word_group
from claimx.records import (
    Citation,
    Claim,
    ClaimGroup,
    Conflict,
    ConflictKind,
    Decision,
    Document,
    Echo,
    Failure,
    Record,
    Rejected,
    Run,
    Skipped,
    digest_ids,
    name_digests,
)
from claimx.spelling import name_settings
from claimx.version import __version__

if TYPE_CHECKING:
    from claimx.views.coverage import Coverage
    from claimx.views.timeline import Timeline

SCHEMA_VERSION: Final[Literal[2]] = 2

# The fields of a row of `ClaimTable.to_records`, in order.
COLUMNS = (
    "group_id",
    "claim",
    "support",
    "document_id",
    "line",
    "column",
    "page",
    "start",
    "end",
    "quote",
    "speaker",
    "modality",
    "status",
    "score",
    "flags",
    "member_claim",
    "claim_id",
    "independent",
    "time",
    "outlet",
    "title",
    "author",
    "date",
    "url",
    "review",
    "source",
    "documents",
    "conflicts",
)

Folder = str | PathLike[str]
Place = tuple[int, int, int, str]


class MatchedGroup(Protocol):
    """Equivalent claims, and the member that words them, as `word_group` does."""

    @property
    def claim(self) -> Claim:
        """The member that represents the group."""

    @property
    def claims(self) -> Sequence[Claim]:
        """All members, each with at least one span."""


class MatchedConflict(Protocol):
    """Two groups, by their indexes in the sequence of groups, and what differs, side *a* first."""

    @property
    def a(self) -> int:
        """Index of one group."""

    @property
    def b(self) -> int:
        """Index of the other."""

    @property
    def kind(self) -> ConflictKind:
        """What kind of thing differs."""

    @property
    def why(self) -> str:
        """What differs, side *a* first: ``21 / 22``."""


class Counts(Record):
    """
    Counts of everything in a table; *proposed* is *cited* plus all of *rejected*.

    *partial* counts those of *documents* that a failure names, *unread* the documents or files
    that are among the failures only. *shared* counts the groups that two or more documents
    support. *rejected* has one count per reason, highest first.
    """

    documents: int
    proposed: int
    cited: int
    rejected: dict[str, int]
    groups: int
    shared: int
    conflicts: int
    failures: int
    partial: int = 0
    unread: int = 0


class ClaimTable(Record):
    """
    The claims of a set of documents, with speakers, exact citations and disagreements.

    *groups* are sorted by independent support, then by support, then by first
    mention. *echoes* are documents that repeat one another. Every proposed claim is in
    a group or in *rejected*; every sentence is cited by a claim or in *skipped*.
    *decisions* are the applied decisions of a person.
    """

    schema_version: Literal[2]
    documents: tuple[Document, ...]
    groups: tuple[ClaimGroup, ...]
    conflicts: tuple[Conflict, ...]
    echoes: tuple[Echo, ...] = ()
    rejected: tuple[Rejected, ...]
    failures: tuple[Failure, ...]
    skipped: tuple[Skipped, ...] = ()
    decisions: tuple[Decision, ...] = ()
    run: Run

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every cited claim, in the order of the groups."""
        return tuple(chain.from_iterable(group.claims for group in self.groups))

    def counts(self) -> Counts:
        """Count the contents of the table; the numbers add up."""
        cited = len(self.claims)
        reasons = Counter(rejected.reason for rejected in self.rejected)
        names = {document.id for document in self.documents}
        failed = {one.document_id for one in self.failures if one.document_id}
        return Counts(
            documents=len(self.documents),
            proposed=cited + len(self.rejected),
            cited=cited,
            rejected=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
            groups=len(self.groups),
            shared=sum(group.support > 1 for group in self.groups),
            conflicts=len(self.conflicts),
            failures=len(self.failures),
            partial=len(failed & names),
            unread=len(failed - names),
        )

    def to_records(self) -> list[dict[str, Any]]:
        """
        List one flat row for each citation, in table order, for a data frame.

        *claim* is the wording of the group, *member_claim* that of the document;
        *documents* are all that make the claim, *conflicts* the groups that contradict it.
        """
        documents = {document.id: document for document in self.documents}
        conflicts: dict[str, list[str]] = defaultdict(list)
        for one in self.conflicts:
            for here, there in ((one.a, one.b), (one.b, one.a)):
                conflicts[here].append(f"{one.kind} {there}: {one.why}")
        return [
            _make_row(group, claim, citation, documents[claim.document_id])
            | {"documents": makers, "conflicts": "; ".join(conflicts[group.id])}
            for group in self.groups
            for makers in ["; ".join(dict.fromkeys(one.document_id for one in group.claims))]
            for claim, citation in pair_citations(group)
        ]

    def to_frame(self, library: Literal["pandas", "polars"] | None = None) -> Any:
        """
        Return the rows of `to_records` as a data frame of *library*.

        Without *library*, uses the one that is imported already, else one that is
        installed. *flags* is named `claim_flags`, as pandas has an attribute *flags*.
        """
        return renderers.make_frame(self, library)

    def frames(self, library: Literal["pandas", "polars"] | None = None) -> dict[str, Any]:
        """
        Return data frames of *library* by name, as `to_frame` does.

        They are groups, claims, citations, conflicts, rejected and documents; each row
        about a document has its outlet, title, author, date and address.
        """
        return renderers.make_frames(self, library)

    def coverage(self) -> "Coverage":
        """Compare outlets: what each reports, what most report and it omits, what it alone has."""
        return renderers.find_coverage(self)

    def timeline(self) -> "Timeline":
        """Return who reported each claim first, and which numbers changed, by article date."""
        return renderers.find_timeline(self)

    def to_markdown(self, base: Folder | None = None) -> str:
        """Render for readers; links to the files are relative to the folder *base*."""
        return renderers.render_table(self, "markdown", base=base).decode()

    def to_csv(self) -> str:
        """Render one row per citation, safe to open in a spreadsheet."""
        return renderers.render_table(self, "csv").decode()

    def to_xlsx(self) -> bytes:
        """Render a workbook with sheets of claims, citations and the rest (needs an extra)."""
        return renderers.render_table(self, "xlsx")

    def to_parquet(self) -> bytes:
        """Render one typed row per citation (needs an extra)."""
        return renderers.render_table(self, "parquet")

    def save(self, path: Folder, format: str | None = None) -> None:  # noqa: A002  # as elsewhere
        """
        Write the file *path* in *format*, by name; without one, in the format of its suffix.

        Raises:
            OutputError: If there is no such format, or the file cannot be written.
        """
        renderers.save_table(self, take_path(path, "a table is saved in a file"), format)

    def to_json(self) -> str:
        """Render the whole table in the form that `from_json` reads."""
        return renderers.render_table(self, "json").decode()

    def to_html(self) -> str:
        """Render the report: one page for a browser that contains the sources."""
        return renderers.render_table(self, "html").decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """
        Read a table, and check its citations and the fields derived from its claims.

        Raises:
            InputError: If *text* is not a claim table of this or an earlier version, a
                citation differs from its document, or support, lines or other derived
                fields do not match the claims.
        """
        try:
            plain = json.loads(text)
            table = cls.model_validate(_update_version(plain))
            _check_names(table)
            check_citations(table)
            _check_derived(table)
        except ValidationError as exc:
            raise InputError(_explain_misfit(exc, name_kind(text))) from exc
        except (ValueError, RecursionError) as exc:
            what = name_kind(text) or f"Not JSON ({exc})"
            raise InputError(f"{what}. Give a table written with --format json.") from exc
        except OutputError as exc:
            raise InputError(str(exc)) from exc
        return table

    def _repr_html_(self) -> str:
        """Show the first claims in a notebook."""
        return renderers.render_fragment(self)


def load_table(path: Folder) -> ClaimTable:
    """
    Read the table in the file *path*; check its citations and derived fields.

    Tables of older schema versions load too.

    Raises:
        InputError: If the file cannot be read or holds no claim table of a known
            version, or a citation differs from its document.
    """
    file = take_path(path, "a table is named by the path of its JSON file")
    data = read_whole(file, "a table's JSON file")
    try:
        return ClaimTable.from_json(data)
    except InputError as exc:
        raise InputError(f"{file}: {exc}") from exc


def open_table(table: ClaimTable | Folder) -> ClaimTable:
    """
    Return *table* itself, or load it from the JSON file that it names.

    Raises:
        InputError: If it is neither, or `load_table` refuses the file.
    """
    return table if isinstance(table, ClaimTable) else load_table(table)


def take_path(path: Folder, what: str) -> Path:
    """
    Convert a string or path-like object to a path.

    Raises:
        InputError: If it is anything else; *what* names what is accepted.
    """
    if isinstance(path, str | PathLike):
        return Path(path)
    raise InputError(f"{type(path).__name__} is no path: {what}.")


def build_table(  # noqa: PLR0913, PLR0917  # these are the parts of a table
    documents: Iterable[Document],
    groups: Iterable[MatchedGroup],
    conflicts: Iterable[MatchedConflict],
    rejected: Iterable[Rejected],
    failures: Iterable[Failure],
    run: Run,
    entailments: Iterable[tuple[int, int]] = (),
    skipped: Iterable[Skipped] = (),
    echoes: Iterable[Echo] = (),
) -> ClaimTable:
    """
    Build the table of *groups*, which were matched over *documents*.

    Groups and their claims are sorted, cited and named here. The id of a group depends
    on its claims, so that an unchanged group keeps its id. Failures name settings, where errors
    name options. *entailments* are pairs of
    indexes into *groups*, the more specific one first.

    Raises:
        ValueError: If a claim is in two groups, has no span, or belongs to no
            document.
        OutputError: If a span extends beyond its document.
    """
    documents, matched, echoes = tuple(documents), tuple(groups), tuple(echoes)
    sources = join_sources(documents, echoes)
    order = {document.id: at for at, document in enumerate(documents)}
    _check_claims(matched, order)
    members = [sorted(group.claims, key=lambda claim: _place(claim, order)) for group in matched]
    ids = _name_groups(members)
    locator = _Locator(documents)
    entailed: dict[int, set[str]] = defaultdict(set)
    for specific, general in entailments:
        entailed[specific].add(ids[general])
    rows = [
        _make_group(name, word_group(group.claim, claims), claims, locator, sources).model_copy(
            update={"entails": tuple(sorted(entailed[at]))}
        )
        for at, (name, group, claims) in enumerate(zip(ids, matched, members, strict=True))
    ]
    rows.sort(key=lambda row: (-(row.independent or 0), -row.support, _place(row.claims[0], order)))
    table = ClaimTable(
        schema_version=SCHEMA_VERSION,
        documents=documents,
        groups=tuple(rows),
        conflicts=_name_conflicts(conflicts, ids, [row.id for row in rows]),
        echoes=echoes,
        rejected=tuple(rejected),
        failures=name_settings(failures),
        skipped=tuple(skipped),
        run=run,
    )
    check_citations(table)
    return table


def narrow_table(table: ClaimTable, ids: Set[str]) -> ClaimTable:
    """
    Return the groups with *ids* as a table, with their documents and what is said of these.

    Independent support is counted among them, and they are sorted by it anew.
    """
    groups = [group for group in table.groups if group.id in ids]
    named = {claim.document_id for group in groups for claim in group.claims}
    documents = tuple(one for one in table.documents if one.id in named)
    echoes = tuple(one for one in table.echoes if {one.a, one.b} <= named)
    sources = join_sources(documents, echoes)
    order = {document.id: at for at, document in enumerate(documents)}
    rows = [_narrow_group(group, ids, sources) for group in groups]
    rows.sort(key=lambda row: (-(row.independent or 0), -row.support, _place(row.claims[0], order)))
    return table.model_copy(
        update={
            "documents": documents,
            "groups": tuple(rows),
            "conflicts": tuple(one for one in table.conflicts if {one.a, one.b} <= ids),
            "echoes": echoes,
            "rejected": tuple(one for one in table.rejected if one.document_id in named),
            "failures": tuple(one for one in table.failures if one.document_id in named),
            "skipped": tuple(one for one in table.skipped if one.document_id in named),
        }
    )


def _narrow_group(group: ClaimGroup, ids: Set[str], sources: Mapping[str, str]) -> ClaimGroup:
    supporting = {claim.document_id for claim in group.claims}
    independent = len({sources.get(name, name) for name in supporting})
    return group.model_copy(
        update={
            "independent": None if group.independent is None else independent,
            "entails": tuple(one for one in group.entails if one in ids),
        }
    )


def join_sources(documents: Iterable[Document], echoes: Iterable[Echo]) -> dict[str, str]:
    """
    Map each document that is not independent to one representative of its set.

    Documents of a set repeat one another, directly or through a third, or are of one outlet.

    >>> one = Echo(a="1", b="2", kind="copied", share=0.9, passages=())
    >>> join_sources([], [one, one.model_copy(update={"a": "3"})])
    {'1': '1', '2': '1', '3': '1'}
    """
    named = ((document.id, document.outlet) for document in documents)
    return join_alike(chain(((echo.a, echo.b) for echo in echoes), pair_named(named)))


def pair_named(documents: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    """Pair the id of each of *documents* that names an outlet with the first id that names it."""
    first: dict[str, str] = {}
    for name, outlet in documents:
        if outlet:
            yield first.setdefault(outlet.casefold(), name), name


def join_alike(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Map each document of *pairs*, joined directly or through others, to the first of its set."""
    members: dict[str, list[str]] = {}
    for a, b in pairs:
        one, other = (members.setdefault(name, [name]) for name in (a, b))
        if one is not other:
            one.extend(other)
            members |= dict.fromkeys(other, one)
    return {name: min(together) for name, together in sorted(members.items())}


def check_citations(table: ClaimTable) -> None:
    """
    Check that every citation in *table* is the exact slice of its document.

    Raises:
        OutputError: At the first that is not.
    """
    texts = {document.id: document.text for document in table.documents}
    for group in table.groups:
        for citation in group.citations:
            stands = citation.span.slice(texts.get(citation.document_id, ""))
            if stands != citation.quote or len(stands) != citation.span.end - citation.span.start:
                raise OutputError(
                    f"{citation.document_id}, line {citation.line}: {group.id} cites "
                    f"{citation.quote[:60]!r}, but {stands[:60]!r} stands there. "
                    "The table was changed after it was made; extract it again."
                )


class _Locator:
    """Cuts citations out of documents, with line and column; indexes each document once."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._texts = {document.id: document.text for document in documents}
        self._lines = {name: Lines(text) for name, text in self._texts.items()}
        self._pages = {document.id: document.pages for document in documents}
        self._times = {document.id: document.times for document in documents}

    def cite(self, claim: Claim) -> list[Citation]:
        """Cite each span of *claim*."""
        text, lines = self._texts[claim.document_id], self._lines[claim.document_id]
        pages = self._pages[claim.document_id]
        times = self._times[claim.document_id]
        places = [lines.locate(span.start) for span in claim.spans]
        return [
            Citation(
                claim_id=claim.id,
                document_id=claim.document_id,
                span=span,
                quote=_share(span.slice(text), claim.quote),
                line=line,
                column=column,
                page=bisect_right(pages, span.start) or None,
                time=_find_time(times, span.start),
            )
            for span, (line, column) in zip(claim.spans, places, strict=True)
        ]


def _share(text: str, known: str) -> str:
    """Return *known* in place of an equal *text*, so that only one is kept."""
    return known if text == known else text


def _find_time(times: Sequence[tuple[int, int]], offset: int) -> int | None:
    """Return when the caption at *offset* begins, in milliseconds."""
    at = bisect_right(times, (offset, 1 << 62))
    return times[at - 1][1] if at else None


def _check_claims(groups: Iterable[MatchedGroup], order: Mapping[str, int]) -> None:
    seen: set[str] = set()
    for claim in chain.from_iterable(group.claims for group in groups):
        if claim.id in seen:
            raise ValueError(f"claim {claim.id} is in the groups twice")
        if not claim.alignment.found or not claim.spans:
            raise ValueError(f"claim {claim.id} was not found, so it cannot be cited")
        if claim.document_id not in order:
            raise ValueError(f"claim {claim.id} is of an unknown document, {claim.document_id}")
        seen.add(claim.id)


def _place(claim: Claim, order: Mapping[str, int]) -> Place:
    """Return a sort key: document, first span, and the id to make the order total."""
    first = min(claim.spans, key=lambda span: (span.start, span.end))
    return (order[claim.document_id], first.start, first.end, claim.id)


def _make_group(
    name: str,
    wording: str,
    claims: Sequence[Claim],
    locator: _Locator,
    sources: Mapping[str, str],
) -> ClaimGroup:
    supporting = {claim.document_id for claim in claims}
    return ClaimGroup(
        id=name,
        claim=wording,
        claims=tuple(claims),
        citations=tuple(chain.from_iterable(locator.cite(claim) for claim in claims)),
        support=len(supporting),
        independent=len({sources.get(name, name) for name in supporting}),
    )


def _name_groups(groups: Iterable[Iterable[Claim]]) -> list[str]:
    """Name each group by a hash of its claims, as short as is unique."""
    return name_digests([digest_ids(claim.id for claim in claims) for claims in groups])


def _name_conflicts(
    conflicts: Iterable[MatchedConflict], ids: Sequence[str], ordered: Sequence[str]
) -> tuple[Conflict, ...]:
    """Replace indexes of groups by ids; sort conflicts by their rows."""
    rank = {name: at for at, name in enumerate(ordered)}
    named = {
        Conflict(a=ids[conflict.a], b=ids[conflict.b], kind=conflict.kind, why=conflict.why)
        for conflict in conflicts
    }
    return tuple(
        sorted(named, key=lambda one: (*sorted((rank[one.a], rank[one.b])), one.kind, one.why))
    )


def join_flags(claim: Claim) -> str:
    """Join the flags of *claim* to one text, for a cell."""
    return "; ".join(f"{flag.kind}: {flag.message}" for flag in claim.flags)


def pair_citations(group: ClaimGroup) -> Iterable[tuple[Claim, Citation]]:
    """Yield each citation of *group* with its claim."""
    claims = {claim.id: claim for claim in group.claims}
    return ((claims[citation.claim_id], citation) for citation in group.citations)


def _make_row(
    group: ClaimGroup, claim: Claim, citation: Citation, document: Document
) -> dict[str, Any]:
    return {
        "group_id": group.id,
        "claim": group.claim,
        "support": group.support,
        "document_id": citation.document_id,
        "line": citation.line,
        "column": citation.column,
        "page": citation.page,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "speaker": claim.speaker,
        "modality": claim.modality,
        "status": claim.alignment.status,
        "score": claim.alignment.score,
        "flags": join_flags(claim),
        "member_claim": claim.text,
        "claim_id": claim.id,
        "independent": group.independent,
        "time": None if citation.time is None else citation.time / 1000,
        "outlet": document.outlet,
        "title": document.title,
        "author": document.author,
        "date": document.date,
        "url": document.url,
        "review": "; ".join(describe_review(group)),
        "source": document.source,
    }


def describe_review(group: ClaimGroup) -> list[str]:
    """List what a person did to a group: its wording, what was accepted, notes."""
    accepted = sum(claim.accepted for claim in group.claims)
    said = ["worded by a person"] if group.reworded else []
    if accepted:
        some = "" if accepted == len(group.claims) else f"{accepted} of {len(group.claims)} "
        said.append(f"{some}accepted by a person")
    return said + [f"note: {note}" for note in group.notes]


def _update_version(plain: Any) -> Any:
    """Convert *plain*, a table of any version, to this version: newer ones only add fields."""
    version = plain.get("schema_version") if isinstance(plain, dict) else None
    if version == 1:
        return plain | {"schema_version": SCHEMA_VERSION}
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(
            f"Made with schema version {version}; this claimx knows up to {SCHEMA_VERSION}. "
            "Upgrade claimx."
        )
    return plain


def _check_names(table: ClaimTable) -> None:
    """Check that every id that is referred to exists, once."""
    documents = [document.id for document in table.documents]
    groups = [group.id for group in table.groups]
    found = [one.found for one in table.rejected if one.found is not None]
    claims = [claim.id for claim in (*table.claims, *found)]
    for kind, names in (("document", documents), ("group", groups), ("claim", claims)):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise InputError(f"Two {kind}s have the id {twice[0]!r}. Extract the table again.")
    lost = {claim.document_id for claim in (*table.claims, *found)} - set(documents)
    lost |= {name for one in table.conflicts for name in (one.a, one.b)} - set(groups)
    lost |= {name for one in table.echoes for name in (one.a, one.b)} - set(documents)
    lost |= set(chain.from_iterable(group.entails for group in table.groups)) - set(groups)
    for group in table.groups:
        lost |= {one.claim_id for one in group.citations} - {one.id for one in group.claims}
    if lost:
        raise InputError(f"{min(lost)!r} is named but not there. Extract the table again.")


def _check_derived(table: ClaimTable) -> None:
    """
    Check that the derived fields of each group match its claims.

    Raises:
        InputError: At the first group that does not.
    """
    locator = _Locator(table.documents)
    sources = join_sources(table.documents, table.echoes)
    for group in table.groups:
        made = _make_group(group.id, group.claim, group.claims, locator, sources)
        if not _is_worded(group, table.run):
            what = "its wording is that of none of its claims"
        elif group.support != made.support:
            what = f"support is {group.support}, but {made.support} of its documents make the claim"
        elif group.independent not in {None, made.independent}:
            what = f"independent is {group.independent}, but by its echoes it is {made.independent}"
        elif group.citations != made.citations:
            pairs = zip_longest(group.citations, made.citations)
            one = next(a or b for a, b in pairs if a != b)
            what = f"the citation {one.quote[:60]!r} is not where its claim was found"
        else:
            continue
        raise InputError(
            f"{group.id}: {what}. The table was changed after it was made; extract it again."
        )


def _is_worded(group: ClaimGroup, run: Run) -> bool:
    """
    Return whether the wording of *group* is a claim's, or what a claim says is said.

    What that is may differ in another version; of its tables, any part of a claim will do.
    """
    if group.reworded or find_lead(group.claim, group.claims) is not None:
        return True
    folded = group.claim.lower().removesuffix(".")
    parts = any(folded in claim.text.lower() for claim in group.claims)
    return run.claimx_version != __version__ and parts


def _explain_misfit(exc: ValidationError, kind: str | None) -> str:
    """Name the *kind* of file that is no table, or describe where a table violates the schema."""
    if kind is not None:
        return f"{kind}. Give a table written with --format json."
    first = exc.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole"
    is_unknown = first["type"] == "unexpected_keyword_argument"  # what a field of a JSON file isn't
    why = "Extra inputs are not permitted" if is_unknown else first["msg"]
    return (
        f"Not a claim table of schema version {SCHEMA_VERSION}: {where}: {why}. "
        "See docs/claim-table.schema.json."
    )
