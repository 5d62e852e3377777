"""
Compare two tables: claims that appeared or vanished, support gained or lost, and conflicts.

Two groups are the same if they have the same id, else if they share claims, else if
they have the same wording. Order does not matter.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from claimx.language.text import fold_text
from claimx.records import ClaimGroup, Conflict, ConflictKind, Record
from claimx.render.json import write_json
from claimx.render.markdown import escape_text
from claimx.render.show import count_things, show_text
from claimx.table import ClaimTable, Folder, open_table


class Entry(Record):
    """
    A group of one of the tables, with the documents that support it.

    *kin* are the groups of the other table that have some of its claims: a group that
    appeared may have been split off, one that vanished may have been merged.
    """

    id: str
    claim: str
    documents: tuple[str, ...]
    kin: tuple[str, ...] = ()


class Change(Record):
    """A group of both tables, and the documents that its support *gained* and *lost*."""

    old: Entry
    new: Entry
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class DiffConflict(Record):
    """A conflict with the groups on both sides."""

    a: Entry
    b: Entry
    kind: ConflictKind
    why: str


class TableDiff(Record):
    """
    The differences between two tables, each kind in the order of the table that has it.

    A group that both gained and lost documents is in *gained* and in *lost*.
    """

    appeared: tuple[Entry, ...]
    vanished: tuple[Entry, ...]
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    new_conflicts: tuple[DiffConflict, ...]
    gone_conflicts: tuple[DiffConflict, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether there are no differences."""
        return not any(self.counts().values())

    def counts(self) -> dict[str, int]:
        """Count the differences of each kind."""
        return {name: len(getattr(self, name)) for name in _TITLES}

    def to_text(self) -> str:
        """Write one line per difference, beginning with ``+``, ``-`` or ``~``; then the totals."""
        lines = [
            f"{mark}: {line}"
            for name, (_, mark) in _TITLES.items()
            for line in self._list_lines(name, show_text)
        ]
        return "\n".join([*lines, _sum_up(self)]) + "\n"

    def to_markdown(self) -> str:
        """Write one section per kind of difference."""
        parts = ["# What differs", _sum_up(self).capitalize() + "."]
        for name, (title, _) in _TITLES.items():
            listed = "\n".join(f"- {line}" for line in self._list_lines(name, escape_text))
            if listed:
                parts.append(f"## {title.capitalize()}\n\n{listed}")
        return "\n\n".join(parts) + "\n"

    def to_json(self) -> str:
        """Write every difference as JSON."""
        return write_json(self)

    def _list_lines(self, name: str, escape: Callable[[str], str]) -> list[str]:
        return [_say(one, escape) for one in getattr(self, name)]


# Kinds of difference: the heading, and the beginning of each line.
_TITLES = {
    "appeared": ("appeared", "+ claim"),
    "vanished": ("vanished", "- claim"),
    "gained": ("gained support", "~ gained"),
    "lost": ("lost support", "~ lost"),
    "new_conflicts": ("new conflicts", "+ conflict"),
    "gone_conflicts": ("conflicts gone", "- conflict"),
}


def diff(old: ClaimTable | Folder, new: ClaimTable | Folder) -> TableDiff:
    """
    Return the differences from *old* to *new*, tables or paths of their JSON files.

    >>> from claimx import diff, extract
    >>> table = extract("seeds/", model="extractive")  # doctest: +SKIP
    >>> diff(table, table).is_empty  # doctest: +SKIP
    True

    Raises:
        InputError: If a table cannot be loaded.
    """
    old, new = open_table(old), open_table(new)
    pairs = _pair_groups(old.groups, new.groups)
    before = {group.id: group for group in old.groups}
    changes = [
        _compare(before[pairs[group.id]], group) for group in new.groups if group.id in pairs
    ]
    return TableDiff(
        appeared=tuple(_list_lone(new, set(pairs), old)),
        vanished=tuple(_list_lone(old, set(pairs.values()), new)),
        gained=tuple(change for change in changes if change.gained),
        lost=tuple(change for change in changes if change.lost),
        new_conflicts=tuple(_list_clashes(new, pairs, old, {})),
        gone_conflicts=tuple(_list_clashes(old, {}, new, pairs)),
        unchanged=sum(not change.gained and not change.lost for change in changes),
    )


def _pair_groups(old: Sequence[ClaimGroup], new: Sequence[ClaimGroup]) -> dict[str, str]:
    """Map each new group that existed before to its old id; no two have the same."""
    pairs: dict[str, str] = {}
    for keys in _KEYS:
        taken = set(pairs.values())
        owner = {
            key: at for at, group in enumerate(old) if group.id not in taken for key in keys(group)
        }
        shared = Counter(
            (at, owner[key])
            for at, group in enumerate(new)
            if group.id not in pairs
            for key in keys(group)
            if key in owner
        )
        for (here, there), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
            if new[here].id not in pairs and old[there].id not in taken:
                pairs[new[here].id] = old[there].id
                taken.add(old[there].id)
    return pairs


# What identifies a group, best first: its claims, their wording in the same document (an edit
# before them changes offsets and so ids), their wording anywhere.
_KEYS: tuple[Callable[[ClaimGroup], set[object]], ...] = (
    lambda group: {claim.id for claim in group.claims},
    lambda group: {(claim.document_id, fold_text(claim.text)) for claim in group.claims},
    lambda group: {fold_text(claim.text) for claim in group.claims},
)


def _list_lone(here: ClaimTable, paired: Set[str], there: ClaimTable) -> Iterator[Entry]:
    """Yield the groups of *here* without a counterpart in *there*, with their kin there."""
    owners = {claim.id: group.id for group in there.groups for claim in group.claims}
    for group in here.groups:
        if group.id not in paired:
            kin = dict.fromkeys(owners[claim.id] for claim in group.claims if claim.id in owners)
            yield _enter(group, tuple(kin))


def _enter(group: ClaimGroup, kin: tuple[str, ...] = ()) -> Entry:
    documents = dict.fromkeys(claim.document_id for claim in group.claims)
    return Entry(id=group.id, claim=group.claim, documents=tuple(documents), kin=kin)


def _compare(old: ClaimGroup, new: ClaimGroup) -> Change:
    before, after = _enter(old), _enter(new)
    return Change(
        old=before,
        new=after,
        gained=tuple(name for name in after.documents if name not in before.documents),
        lost=tuple(name for name in before.documents if name not in after.documents),
    )


def _list_clashes(
    here: ClaimTable, names: Mapping[str, str], there: ClaimTable, others: Mapping[str, str]
) -> Iterator[DiffConflict]:
    """Yield the conflicts of *here* not in *there*; *names* and *others* map to old ids."""
    known = {_key_conflict(conflict, others) for conflict in there.conflicts}
    sides = {group.id: _enter(group) for group in here.groups}
    for one in here.conflicts:
        if _key_conflict(one, names) not in known:
            yield DiffConflict(a=sides[one.a], b=sides[one.b], kind=one.kind, why=one.why)


def _key_conflict(conflict: Conflict, names: Mapping[str, str]) -> tuple[frozenset[str], str]:
    pair = (names.get(name, name) for name in (conflict.a, conflict.b))
    return frozenset(pair), conflict.kind


def _sum_up(found: TableDiff) -> str:
    same = f"{count_things(found.unchanged, 'claim')} unchanged"
    if found.is_empty:
        return f"no difference; {same}"
    counts = found.counts()
    said = ", ".join(f"{title} {counts[name]}" for name, (title, _) in _TITLES.items())
    return f"{said}; {same}"


def _say(found: Entry | Change | DiffConflict, escape: Callable[[str], str]) -> str:
    """Describe a difference on one line; *escape* is applied to text and file names."""
    if isinstance(found, Entry):
        kin = f"; shares claims with {', '.join(found.kin)}" if found.kin else ""
        return f"{_name(found, escape)} ({escape(', '.join(found.documents))}{kin})"
    if isinstance(found, DiffConflict):
        sides = " | ".join(_name(side, escape) for side in (found.a, found.b))
        return f"{found.kind}, {escape(found.why)}: {sides}"
    marks = [f"+{name}" for name in found.gained] + [f"-{name}" for name in found.lost]
    count = f"{len(found.old.documents)} -> {len(found.new.documents)}"
    return f"{_name(found.new, escape)} ({escape(f'{count}: ' + ', '.join(marks))})"


def _name(entry: Entry, escape: Callable[[str], str]) -> str:
    return f"{entry.id} {escape(entry.claim)}"
