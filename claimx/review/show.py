"""Show claims of a table as text, each quote in its line, underlined with carets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from claimx.records import Citation, Claim, ClaimGroup, Conflict, Document
from claimx.render.excerpt import mark_quote
from claimx.render.show import describe_claim, show_text
from claimx.review.select import choose_groups, find_document
from claimx.table import ClaimTable, Folder, describe_review, open_table

WIDTH = 100
_NARROWEST = 40


@dataclass(frozen=True)
class _View:
    """A table with indexes for look-ups; *document* limits the citations shown."""

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
    about: str | None = None,
    width: int = WIDTH,
) -> str:
    """
    Return the claims of *table* that pass every filter as text, with each quote in its line.

    Text of an article cannot control the terminal: control characters and marks that
    reorder text are replaced. The result is empty if nothing passes.

    Args:
        table: The table, or the path of its JSON file.
        claim: The id of a claim, or a prefix of one.
        document: Only claims of this document: its id, label or a prefix.
        conflicts: Only claims that another contradicts, pair by pair.
        min_support: Only claims of at least this many documents.
        about: Only claims that say all of these words, in any form; one with a capital is a
            name, and said as it is written.
        width: Width of the text, in columns.

    Raises:
        InputError: If the table, claim or document does not exist or is ambiguous, or *about*
            has no word.
    """
    table = open_table(table)
    chosen = choose_groups(
        table, claim=claim, document=document, min_support=min_support, about=about
    )
    view = _View(
        documents={one.id: one for one in table.documents},
        groups={group.id: group for group in table.groups},
        conflicts=_index_conflicts(table.conflicts),
        document=find_document(table.documents, document) if document else None,
        width=max(width, _NARROWEST),
    )
    if conflicts:
        blocks = _show_conflicts(view, table.conflicts, {group.id for group in chosen})
    else:
        blocks = ("\n".join(_show_group(view, group)) for group in chosen)
    return "".join(f"{block}\n" for block in _separate(blocks))


def _index_conflicts(conflicts: Iterable[Conflict]) -> dict[str, list[Conflict]]:
    found: dict[str, list[Conflict]] = defaultdict(list)
    for conflict in conflicts:
        found[conflict.a].append(conflict)
        found[conflict.b].append(conflict)
    return found


def _separate(blocks: Iterable[str]) -> Iterator[str]:
    """Insert empty lines between blocks."""
    for at, block in enumerate(blocks):
        yield f"\n{block}" if at else block


def _show_conflicts(view: _View, conflicts: Iterable[Conflict], chosen: set[str]) -> Iterator[str]:
    view = replace(view, document=None)  # the other side stands in another document
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
