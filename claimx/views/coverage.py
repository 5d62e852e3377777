"""
Compare outlets: what most report and one does not, and what only one reports.

An outlet does not report something if no claim found in its articles states it. If
it reports something more specific, or the contrary, it does not omit it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from claimx.records import ClaimGroup, Document, Record
from claimx.table import ClaimTable, join_sources

# Least number of other outlets for "most".
_MIN_OTHERS = 2


class Omission(Record):
    """A *group* that most other outlets report, *said_by* those, and one does not."""

    group: str
    said_by: tuple[str, ...]


class OutletCoverage(Record):
    """
    What one outlet reports, as ids of groups; *documents* are its articles.

    *outlet* is the id of the article if no outlet is known. *omits* is what most of the
    others report and it does not; *alone* is what no other reports. *denies* is what
    others report and it contradicts. *incomplete* if parts of its articles could not be
    read, so that it may report more.
    """

    outlet: str
    documents: tuple[str, ...]
    says: tuple[str, ...]
    alone: tuple[str, ...]
    omits: tuple[Omission, ...]
    denies: tuple[str, ...]
    incomplete: bool


class Coverage(Record):
    """What each outlet reports, in the order of the table's documents."""

    outlets: tuple[OutletCoverage, ...]

    @property
    def omissions(self) -> int:
        """Number of omissions over all outlets."""
        return sum(len(one.omits) for one in self.outlets)


def name_source(document: Document) -> str:
    """Return the outlet of *document*, or its id if no outlet is known."""
    return document.outlet or document.id


def find_coverage(table: ClaimTable) -> Coverage:
    """Find what each outlet of *table* reports, omits, denies, and reports alone."""
    owner = {document.id: name_source(document) for document in table.documents}
    found = {outlet: _Found() for outlet in owner.values()}
    for name, outlet in owner.items():
        found[outlet].documents.append(name)
    sources = join_sources(table.documents, table.echoes)
    total = len({sources.get(document.id, document.id) for document in table.documents})
    for group, sayers in _list_sayers(table, owner):
        most = 2 * (group.independent or len(sayers.itself)) > total - 1
        _note_group(group, sayers, found, most=most)
    failed = {owner.get(one.document_id, "") for one in table.failures}
    return Coverage(
        outlets=tuple(one.freeze(outlet, outlet in failed) for outlet, one in found.items())
    )


@dataclass
class _Found:
    """The results for one outlet so far."""

    documents: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    omits: list[Omission] = field(default_factory=list)
    denies: list[str] = field(default_factory=list)

    def freeze(self, outlet: str, incomplete: bool) -> OutletCoverage:
        return OutletCoverage(
            outlet=outlet,
            documents=tuple(self.documents),
            says=tuple(self.says),
            alone=tuple(self.alone),
            omits=tuple(self.omits),
            denies=tuple(self.denies),
            incomplete=incomplete,
        )


class _Sayers(NamedTuple):
    """The outlets that report a group *itself*, it or something more specific, or the contrary."""

    itself: Sequence[str]
    all: Set[str]
    denying: Set[str]


def _list_sayers(
    table: ClaimTable, owner: Mapping[str, str]
) -> Iterator[tuple[ClaimGroup, _Sayers]]:
    itself = {
        group.id: list(dict.fromkeys(owner[claim.document_id] for claim in group.claims))
        for group in table.groups
    }
    everyone = {name: set(outlets) for name, outlets in itself.items()}
    denying: dict[str, set[str]] = defaultdict(set)
    for group in table.groups:
        for general in group.entails:
            everyone[general].update(itself[group.id])
    for one in (one for one in table.conflicts if one.kind != "development"):
        denying[one.a].update(itself[one.b])
        denying[one.b].update(itself[one.a])
    for group in table.groups:
        name = group.id
        yield group, _Sayers(itself[name], everyone[name], denying[name] - everyone[name])


def _note_group(
    group: ClaimGroup, sayers: _Sayers, found: Mapping[str, _Found], *, most: bool
) -> None:
    """Note what outlets say of *group*; if *most* independent ones report it, who omits it."""
    for outlet in sayers.itself:
        found[outlet].says.append(group.id)
        if len(sayers.all) == 1:
            found[outlet].alone.append(group.id)
    for outlet in sayers.denying:
        found[outlet].denies.append(group.id)
    independent = group.independent or len(sayers.itself)
    if most and min(independent, len(sayers.itself)) >= _MIN_OTHERS:
        omission = Omission(group=group.id, said_by=tuple(sayers.itself))
        for outlet, one in found.items():
            if outlet not in sayers.all and outlet not in sayers.denying:
                one.omits.append(omission)
