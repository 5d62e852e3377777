"""Show claims of a table as text, each quote in its line with carets below."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from claimx.errors import InputError
from claimx.records import Citation, Claim, ClaimGroup, Conflict, Document
from claimx.render.excerpt import mark_quote
from claimx.render.show import describe_claim, label_documents, show_text
from claimx.table import ClaimTable, Folder, describe_review, open_table

WIDTH = 100
_NARROWEST = 40


@dataclass(frozen=True)
class _View:
    """A table with what every part of it needs to look up; *document* limits the citations."""

    documents: Mapping[str, Document]
    groups: Mapping[str, ClaimGroup]
    conflicts: Mapping[str, list[Conflict]]
    document: str | None
    width: int


def show(  # noqa: PLR0913  # one parameter a filter of the command
    table: ClaimTable | Folder,
    *,
    claim: str | None = None,
    document: str | None = None,
    conflicts: bool = False,
    min_support: int = 1,
    width: int = WIDTH,
) -> str:
    """
    Write the claims of *table* that pass every filter, with each quote in its line.

    Nothing in an article can act on the terminal: control characters and marks
    that reorder text are replaced. The result is empty if nothing passes.

    Args:
        table: The table, or the path of its JSON file.
        claim: The id of a claim, or the beginning of one.
        document: Only what this document says: its id, label or beginning.
        conflicts: Only claims that another contradicts, pair by pair.
        min_support: Only what so many documents say.
        width: Columns to write in.

    Raises:
        InputError: If there is no such table, claim or document, or there are several.
    """
    table = open_table(table)
    group_id = claim and _find_claim(table, claim)
    document_id = document and _find_document(table, document)
    view = _View(
        documents={one.id: one for one in table.documents},
        groups={group.id: group for group in table.groups},
        conflicts=_index_conflicts(table.conflicts),
        document=document_id or None,
        width=max(width, _NARROWEST),
    )
    chosen = [
        group
        for group in table.groups
        if group.support >= min_support
        and (not group_id or group.id == group_id)
        and (not document_id or any(one.document_id == document_id for one in group.claims))
    ]
    if conflicts:
        blocks = _show_conflicts(view, table.conflicts, {group.id for group in chosen})
    else:
        blocks = ("\n".join(_show_group(view, group)) for group in chosen)
    return "".join(f"{block}\n" for block in _separate(blocks))


def _find_claim(table: ClaimTable, name: str) -> str:
    ids = [group.id for group in table.groups]
    found = [name] if name in ids else [one for one in ids if one.startswith(name)]
    return _take_one(found, name, "claim", "claimx show TABLE.json lists them")


def _find_document(table: ClaimTable, name: str) -> str:
    labels = label_documents(table.documents)
    found = [one for one, label in labels.items() if name in (one, label)]
    found = found or [one for one in labels if one.startswith(name)]
    return _take_one(found, name, "document", f"There are: {', '.join(labels.values())}")


def _take_one(found: list[str], name: str, thing: str, hint: str) -> str:
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{name}: {len(found)} {thing}s begin so. Give more of it: {found[0]}.")
    raise InputError(f"{name}: no such {thing} in the table. {hint}.")


def _index_conflicts(conflicts: Iterable[Conflict]) -> dict[str, list[Conflict]]:
    found: dict[str, list[Conflict]] = defaultdict(list)
    for conflict in conflicts:
        found[conflict.a].append(conflict)
        found[conflict.b].append(conflict)
    return found


def _separate(blocks: Iterable[str]) -> Iterator[str]:
    """Put an empty line between blocks."""
    for at, block in enumerate(blocks):
        yield f"\n{block}" if at else block


def _show_conflicts(view: _View, conflicts: Iterable[Conflict], chosen: set[str]) -> Iterator[str]:
    for one in conflicts:
        if one.a in chosen or one.b in chosen:
            sides = (_show_group(view, view.groups[side], noted=False) for side in (one.a, one.b))
            heading = f"=== {one.kind}: {show_text(one.why)}"
            yield "\n\n".join([heading, *("\n".join(side) for side in sides)])


def _show_group(view: _View, group: ClaimGroup, *, noted: bool = True) -> Iterator[str]:
    yield f"{group.id}  {group.support}/{len(view.documents)}  {show_text(group.claim)}"
    for said in describe_review(group):
        yield f"  {show_text(said)}"
    for conflict in view.conflicts.get(group.id, ()) if noted else ():
        other = view.groups[conflict.b if conflict.a == group.id else conflict.a]
        yield (
            f"  disputed ({conflict.kind}, {show_text(conflict.why)}): "
            f"{other.id} {show_text(other.claim)}"
        )
    cited: dict[str, list[Citation]] = defaultdict(list)
    for citation in group.citations:
        cited[citation.claim_id].append(citation)
    for claim in group.claims:
        if view.document in (None, claim.document_id):
            yield from _show_claim(view, group, claim, cited[claim.id])


def _show_claim(
    view: _View, group: ClaimGroup, claim: Claim, citations: Iterable[Citation]
) -> Iterator[str]:
    document = view.documents[claim.document_id]
    notes = show_text("; ".join(describe_claim(claim)))
    yield ""
    if claim.text != group.claim:
        yield f"  “{show_text(claim.text)}”"
    for citation in citations:
        place = show_text(f"{document.source}:{citation.line}:{citation.column}")
        yield f"  {place}" + (f"  ({notes})" if notes else "")
        yield from _show_quote(view, document, citation)


def _show_quote(view: _View, document: Document, citation: Citation) -> Iterator[str]:
    number = f"{citation.line:>5}"
    room = view.width - len(number) - len(" | ")
    for row, carets in mark_quote(document.text, citation.span, room):
        yield f"{number} | {row}".rstrip()
        if carets:
            yield f"{' ' * len(number)} | {carets}"
        number = " " * len(number)
