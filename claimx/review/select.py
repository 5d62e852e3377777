"""Choose groups of a table: by identifier, document, support and topic."""

from collections.abc import Iterable
from itertools import islice

from claimx.errors import InputError
from claimx.language.topics import read_topic
from claimx.records import ClaimGroup, Document
from claimx.render.show import label_documents
from claimx.table import ClaimTable, narrow_table

# Documents that a message names.
_MOST_LISTED = 20


def select_table(
    table: ClaimTable,
    *,
    document: str | None = None,
    min_support: int = 1,
    about: str | None = None,
) -> ClaimTable:
    """
    Return the groups of *table* that pass every filter as a table, with their documents.

    Independent support is counted among these.

    Args:
        table: The table.
        document: The id, label or a prefix of a document that makes the claim.
        min_support: Least number of documents of a group.
        about: Words that the claim, or how a document words it, says in any form.

    Raises:
        InputError: If the document does not exist or is ambiguous, or *about* has no word.
    """
    groups = choose_groups(table, document=document, min_support=min_support, about=about)
    if len(groups) == len(table.groups):
        return table
    return narrow_table(table, {group.id for group in groups})


def choose_groups(
    table: ClaimTable,
    *,
    claim: str | None = None,
    document: str | None = None,
    min_support: int = 1,
    about: str | None = None,
) -> list[ClaimGroup]:
    """
    List the groups of *table* that pass every filter of `select_table`; *claim* is one's id.

    Raises:
        InputError: If the claim or document does not exist or is ambiguous, or *about* has no word.
    """
    group_id = claim and find_claim(table, claim)
    document_id = document and find_document(table.documents, document)
    topic = None if about is None else read_topic(about)
    return [
        group
        for group in table.groups
        if group.support >= min_support
        and (not group_id or group.id == group_id)
        and (not document_id or any(one.document_id == document_id for one in group.claims))
        and (topic is None or any(map(topic.is_said_in, _list_wordings(group))))
    ]


def _list_wordings(group: ClaimGroup) -> dict[str, None]:
    return dict.fromkeys((group.claim, *(claim.text for claim in group.claims)))


def find_claim(table: ClaimTable, name: str) -> str:
    """
    Find the id of the group that begins with *name*.

    Raises:
        InputError: If there is none, or several.
    """
    ids = [group.id for group in table.groups]
    found = [name] if name in ids else [one for one in ids if one.startswith(name)]
    return _take_one(found, name, "claim", "claimx show TABLE.json lists them")


def find_document(documents: Iterable[Document], name: str) -> str:
    """
    Find the id of the document whose id or label is *name*, in any case, or else begins with it.

    Raises:
        InputError: If there is none, or several.
    """
    labels = label_documents(documents)
    folded = {one: (one.casefold(), label.casefold()) for one, label in labels.items()}
    wanted = name.casefold()
    found = [name] if name in labels else [one for one in labels if wanted in folded[one]]
    found = found or [
        one for one in labels if any(known.startswith(wanted) for known in folded[one])
    ]
    listed = ", ".join(islice(labels.values(), _MOST_LISTED))
    more = f" and {len(labels) - _MOST_LISTED:,} more" if len(labels) > _MOST_LISTED else ""
    return _take_one(found, name, "document", f"There are: {listed}{more}")


def _take_one(found: list[str], name: str, thing: str, hint: str) -> str:
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{name}: {len(found)} {thing}s begin so. Give more of it: {found[0]}.")
    raise InputError(f"{name}: no such {thing} in the table. {hint}.")
