"""
Who says what, outlet by outlet: what most say and one does not, and what only one says.

That an outlet does not say a thing means that no claim found in its articles
says it. An outlet that says more, or the contrary, does not leave it out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from claimx.records import ClaimGroup, Document, Record
from claimx.table import ClaimTable

# So few others make no "most".
_MIN_OTHERS = 2


class Omission(Record):
    """A *group* that most other outlets say, *said_by* those, and one does not."""

    group: str
    said_by: tuple[str, ...]


class OutletCoverage(Record):
    """
    What one outlet says, by the ids of groups; by its articles, *documents*.

    *outlet* is the id of the article where no outlet is known. *omits* is what
    most of the others say and it does not; *alone* what nobody else says.
    *denies* is what others say and it says otherwise. *incomplete* if parts of
    its articles could not be read, so that it may say more.
    """

    outlet: str
    documents: tuple[str, ...]
    says: tuple[str, ...]
    alone: tuple[str, ...]
    omits: tuple[Omission, ...]
    denies: tuple[str, ...]
    incomplete: bool


class Coverage(Record):
    """What each outlet says, in the order of the table's documents."""

    outlets: tuple[OutletCoverage, ...]

    @property
    def omissions(self) -> int:
        """How many times an outlet leaves out what most say."""
        return sum(len(one.omits) for one in self.outlets)


def name_source(document: Document) -> str:
    """Name the outlet of *document*, or the document where no outlet is known."""
    return document.outlet or document.id


def find_coverage(table: ClaimTable) -> Coverage:
    """Find what each outlet of *table* says, leaves out, denies, and says alone."""
    owner = {document.id: name_source(document) for document in table.documents}
    found = {outlet: _Found() for outlet in owner.values()}
    for name, outlet in owner.items():
        found[outlet].documents.append(name)
    for group, sayers in _list_sayers(table, owner):
        _note_group(group, sayers, found)
    failed = {owner.get(one.document_id, "") for one in table.failures}
    return Coverage(
        outlets=tuple(one.freeze(outlet, outlet in failed) for outlet, one in found.items())
    )


@dataclass
class _Found:
    """What was found of one outlet so far."""

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
    """Which outlets say a group *itself*, which that or more, and which say otherwise."""

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
    for one in table.conflicts:
        denying[one.a].update(itself[one.b])
        denying[one.b].update(itself[one.a])
    for group in table.groups:
        name = group.id
        yield group, _Sayers(itself[name], everyone[name], denying[name] - everyone[name])


def _note_group(group: ClaimGroup, sayers: _Sayers, found: Mapping[str, _Found]) -> None:
    for outlet in sayers.itself:
        found[outlet].says.append(group.id)
        if len(sayers.all) == 1:
            found[outlet].alone.append(group.id)
    for outlet in sayers.denying:
        found[outlet].denies.append(group.id)
    if len(sayers.itself) >= _MIN_OTHERS and 2 * len(sayers.itself) > len(found) - 1:
        omission = Omission(group=group.id, said_by=tuple(sayers.itself))
        for outlet, one in found.items():
            if outlet not in sayers.all and outlet not in sayers.denying:
                one.omits.append(omission)
