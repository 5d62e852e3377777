"""Take a selection out of a table that is kept in files: what somebody can look at."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from claimx.echoes import find_echoes
from claimx.errors import InputError
from claimx.language.topics import Topic, read_topic
from claimx.language.wording import find_lead
from claimx.match.standing import place_claim
from claimx.parts.records import PartPlan, Plan
from claimx.parts.store import Store, read_rows
from claimx.records import Claim, ConflictKind, Document, DocumentResult, Run, join_usage
from claimx.table import ClaimTable, build_table


class _Row(NamedTuple):
    """A citation: its group with wording and conflicts, its claim and document."""

    group: str
    wording: str
    claim: str
    document: str
    conflicts: list[dict[str, str]]


class _Group(NamedTuple):
    claim: Claim
    claims: tuple[Claim, ...]


class _Conflict(NamedTuple):
    a: int
    b: int
    kind: ConflictKind
    why: str


def load_selection(  # noqa: PLR0913  # one parameter a filter
    folder: str | os.PathLike[str],
    *,
    min_support: int = 1,
    document: str | None = None,
    claim: str | None = None,
    about: str | None = None,
    disputing: bool = False,
) -> ClaimTable:
    """
    Load the groups of a run in parts that pass every filter, with their documents.

    The run must have written its rows, as with ``-o table.parquet``. Independent support
    is counted among the documents of the selection.

    Args:
        folder: The folder of the run.
        min_support: Least number of documents of a group.
        document: The id of a document that makes the claim.
        claim: The id of a group, or a prefix of one.
        about: Words that the claim, or how a document words it, says in any form; one with a
            capital is a name, and said as it is written.
        disputing: Load also the groups that contradict one of these.

    Raises:
        InputError: If there is no such run, or it has no rows, or *about* has no word.
    """
    store = Store(Path(folder))
    plan = store.read_plan()
    topic = None if about is None else read_topic(about)
    rows = _choose_rows(store, min_support, document, claim, topic)
    if disputing:
        rows = _add_disputing(store, rows)
    documents, results = _read_documents(store, plan, {row.document for row in rows})
    groups = _make_groups(store, rows, results)
    return build_table(
        documents,
        groups.values(),
        _list_conflicts(rows, groups),
        (rejected for one in results for rejected in (*one.unusable, *one.rejected)),
        (failure for one in results for failure in one.failures),
        _describe(plan, results),
        skipped=(skipped for one in results for skipped in one.skipped),
        echoes=find_echoes(documents, {one.document_id: one.prose or () for one in results}),
    )


def has_claims_of(folder: str | os.PathLike[str], document: str) -> bool:
    """Return whether the rows of a run in parts have claims of the document with that id."""
    return any(
        document in read_rows(path, ["document_id"])["document_id"].unique().to_pylist()
        for path in Store(Path(folder)).list_rows()
    )


def list_documents(folder: str | os.PathLike[str]) -> list[Document]:
    """
    List the documents of a run in parts in the order of the table, without their texts.

    Raises:
        InputError: If there is no such run.
    """
    store = Store(Path(folder))
    named = [
        (place, document.model_copy(update={"text": ""}))
        for part in store.read_plan().parts
        for place, document in zip(part.places, store.read_documents(part.name), strict=True)
    ]
    return [document for _, document in sorted(named, key=lambda one: one[0])]


def iter_parts(folder: str | os.PathLike[str]) -> Iterator[ClaimTable]:
    """
    Yield a table of each part of a run that is done, with each claim by itself.

    Raises:
        InputError: If there is no such run.
    """
    store = Store(Path(folder))
    plan = store.read_plan()
    for part in plan.parts:
        if store.find_record(part.name) is not None:
            results = store.read_results(part.name)
            alone = [_Group(claim, (claim,)) for one in results for claim in one.claims]
            run = _describe(plan, results)
            yield build_table(store.read_documents(part.name), alone, (), (), (), run)


def _choose_rows(
    store: Store,
    min_support: int,
    document: str | None,
    claim: str | None,
    topic: Topic | None,
) -> list[_Row]:
    import pyarrow.compute as pc  # an extra

    files = store.list_rows()
    if not files:
        raise InputError(
            f"{store.folder}: no table there. Extract once more with -o table.parquet, or name the "
            "JSON table."
        )
    said = None if topic is None else _find_said(files, topic)
    chosen = []
    for path in files:
        table = read_rows(path, [*_COLUMNS, "support", "documents"])
        keep = pc.greater_equal(table["support"], min_support)
        if claim is not None:
            keep = pc.and_(keep, pc.starts_with(table["group_id"], claim))
        if said is not None:
            keep = pc.and_(keep, pc.is_in(table["group_id"], value_set=said))
        rows = table.filter(keep).to_pylist()
        chosen += [
            _Row(*(row[name] for name in _COLUMNS))
            for row in rows
            if document is None or document in row["documents"]
        ]
    return chosen


_COLUMNS = ("group_id", "claim", "claim_id", "document_id", "conflicts")  # those of a `_Row`


def _add_disputing(store: Store, rows: list[_Row]) -> list[_Row]:
    """Add the rows of groups that contradict one of *rows*."""
    import pyarrow as pa
    import pyarrow.compute as pc

    others = {one["group_id"] for row in rows for one in row.conflicts or ()}
    missing = sorted(others - {row.group for row in rows})
    if not missing:
        return rows
    wanted = pa.array(missing, pa.string())
    tables = (read_rows(path, _COLUMNS) for path in store.list_rows())
    found = (table.filter(pc.is_in(table["group_id"], value_set=wanted)) for table in tables)
    added = (row for table in found for row in table.to_pylist())
    return [*rows, *(_Row(*(row[name] for name in _COLUMNS)) for row in added)]


def _find_said(files: Iterable[Path], topic: Topic) -> Any:
    """Find the groups with a claim about *topic*, one file in memory at a time."""
    import pyarrow as pa

    found: set[str] = set()
    for path in files:  # the wording of a group is all or part of a member's
        table = read_rows(path, ["group_id", "member_claim"])
        texts = table["member_claim"].combine_chunks().dictionary_encode()
        fits = pa.array(map(topic.is_said_in, texts.dictionary.to_pylist()), pa.bool_())
        found.update(table["group_id"].filter(fits.take(texts.indices)).unique().to_pylist())
    return pa.array(sorted(found), pa.string())


def _read_documents(
    store: Store, plan: Plan, wanted: set[str]
) -> tuple[list[Document], list[DocumentResult]]:
    """Read the *wanted* documents and their results, in the order of the table."""
    found: list[tuple[int, Document, DocumentResult]] = []
    for part in _find_parts(store, plan, wanted):
        read = part.places, store.read_documents(part.name), store.read_results(part.name)
        if len(set(map(len, read))) > 1:
            raise _refuse(store)
        found += [three for three in zip(*read, strict=True) if three[1].id in wanted]
    found.sort(key=lambda three: three[0])
    return [one for _, one, _ in found], [one for _, _, one in found]


def _find_parts(store: Store, plan: Plan, wanted: set[str]) -> Iterator[PartPlan]:
    for part in plan.parts:
        path = store.name_claims(part.name)
        if path.exists():
            names = read_rows(path, ["document_id"])["document_id"].unique()
            if not wanted.isdisjoint(names.to_pylist()):
                yield part


def _refuse(store: Store) -> InputError:
    return InputError(
        f"{store.folder}: its files do not fit together. Remove its parts and run again."
    )


def _make_groups(
    store: Store, rows: Iterable[_Row], results: Iterable[DocumentResult]
) -> dict[str, _Group]:
    claims = {claim.id: claim for one in results for claim in one.claims}
    members: defaultdict[str, dict[str, None]] = defaultdict(dict)
    wordings = {}
    for row in rows:
        members[row.group][row.claim] = None
        wordings[row.group] = row.wording
    made = {}
    for name, ids in members.items():
        own = tuple(claims[one] for one in ids if one in claims)
        leading = find_lead(wordings[name], own)
        if leading is None or len(own) < len(ids):
            raise _refuse(store)
        made[name] = _Group(leading, own)
    return made


def _list_conflicts(rows: Iterable[_Row], groups: Mapping[str, _Group]) -> Iterator[_Conflict]:
    """List the conflicts between chosen groups; the matcher puts the earlier group first."""
    at = {name: place for place, name in enumerate(groups)}
    first = {name: min(map(place_claim, group.claims)) for name, group in groups.items()}
    known: set[tuple[str, str, Any, str]] = set()
    for row in rows:
        for one in row.conflicts or ():
            if (other := one["group_id"]) in groups:
                a, b = sorted((row.group, other), key=lambda name: first[name])
                known.add((a, b, one["kind"], one["why"]))
    for a, b, kind, why in sorted(known):
        yield _Conflict(at[a], at[b], kind, why)


def _describe(plan: Plan, results: Sequence[DocumentResult]) -> Run:
    shape = plan.shape
    return Run(
        claimx_version=shape["claimx"],
        model=str(shape["model"]),
        prompt=shape["prompts"],
        usage=join_usage(one.usage for one in results),
        settings=shape["settings"],
    )
