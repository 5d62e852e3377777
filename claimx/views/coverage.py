"""
Who says what, outlet by outlet: what most say and one does not, and what only one says.

That an outlet does not say a thing means that no claim found in its articles
says it. An outlet that says more, or the contrary, does not leave it out.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
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
    articles: dict[str, list[str]] = defaultdict(list)
    for name, outlet in owner.items():
        articles[outlet].append(name)
    sayers = _find_sayers(table, owner)
    failed = {owner.get(one.document_id, "") for one in table.failures}
    return Coverage(
        outlets=tuple(
            _cover(table, outlet, own, sayers, incomplete=outlet in failed)
            for outlet, own in articles.items()
        )
    )


class _Sayers(NamedTuple):
    """Which outlets say a group itself, say it or more, and say otherwise; in table order."""

    itself: Mapping[str, int]
    all: Set[str]
    denying: Set[str]


def _find_sayers(table: ClaimTable, owner: Mapping[str, str]) -> dict[str, _Sayers]:
    itself = {group.id: _list_outlets(group, owner) for group in table.groups}
    more: dict[str, set[str]] = {name: set(outlets) for name, outlets in itself.items()}
    denying: dict[str, set[str]] = defaultdict(set)
    for group in table.groups:
        for general in group.entails:
            more[general] |= itself[group.id].keys()
    for one in table.conflicts:
        denying[one.a] |= itself[one.b].keys()
        denying[one.b] |= itself[one.a].keys()
    return {name: _Sayers(itself[name], more[name], denying[name]) for name in itself}


def _list_outlets(group: ClaimGroup, owner: Mapping[str, str]) -> dict[str, int]:
    return dict.fromkeys((owner[claim.document_id] for claim in group.claims), 1)


def _cover(
    table: ClaimTable,
    outlet: str,
    documents: list[str],
    sayers: Mapping[str, _Sayers],
    *,
    incomplete: bool,
) -> OutletCoverage:
    outlets = len({name_source(document) for document in table.documents})
    silent = [name for name, one in sayers.items() if outlet not in one.all]
    return OutletCoverage(
        outlet=outlet,
        documents=tuple(documents),
        says=tuple(name for name, one in sayers.items() if outlet in one.itself),
        alone=tuple(name for name, one in sayers.items() if one.all == {outlet}),
        omits=tuple(
            Omission(group=name, said_by=tuple(sayers[name].itself))
            for name in silent
            if outlet not in sayers[name].denying
            and len(sayers[name].itself) >= _MIN_OTHERS
            and 2 * len(sayers[name].itself) > outlets - 1
        ),
        denies=tuple(name for name in silent if outlet in sayers[name].denying),
        incomplete=incomplete,
    )
