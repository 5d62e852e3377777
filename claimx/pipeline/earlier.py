"""
Add documents to an earlier table: reuse its answers, and match its claims with new ones.

The result is that of one run over all documents, so settings, prompts and the
version of claimx must be those that the earlier table was made with.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from claimx.errors import InputError
from claimx.ground.quality import find_unread, list_skipped
from claimx.records import (
    Claim,
    Document,
    DocumentResult,
    Failure,
    Rejected,
    Skipped,
    Spending,
    join_usage,
)
from claimx.segment.parsed import ParsedDocument
from claimx.settings import Settings
from claimx.table import ClaimTable
from claimx.version import __version__

Take = Callable[[Document], Awaitable[DocumentResult]]


class Earlier:
    """
    The documents of an earlier *table*, with their results.

    A document is recognised by its text. One that has changed since, at the same path,
    replaces the earlier one and is asked about again, and so is one for which a
    question failed.
    """

    def __init__(self, table: ClaimTable) -> None:
        self._table = table
        self._rest = {document.id: document for document in table.documents}
        self._names = set(self._rest)
        self._by_text: dict[str, list[Document]] = defaultdict(list)
        self._by_place = {(one.source, one.id): one for one in table.documents}
        for document in table.documents:
            self._by_text[document.text].append(document)
        self._failures = _sort_by_document(table.failures)
        self._known: set[str] = set(self._rest)
        self._label = ""

    def list_settings(self) -> dict[str, Any]:
        """Return the settings that the table was made with, as options."""
        run = self._table.run
        own = {name: run.settings[name] for name in run.settings if name in Settings.model_fields}
        return {"model": run.model} | own

    def check(self, settings: Mapping[str, Any], model: str, prompt: str | None) -> None:
        """
        Refuse *settings*, a model or prompts that differ from those the table was made with.

        Raises:
            InputError: If something differs; the message names it.
        """
        run = self._table.run
        then = {"claimx": run.claimx_version, "model": run.model, "prompt": run.prompt}
        now = {"claimx": __version__, "model": model, "prompt": prompt}
        then, now = then | run.settings, now | dict(settings)
        differing = [
            f"{name} was {then.get(name)}, and is {now.get(name)}"
            for name in dict.fromkeys((*then, *now))
            if then.get(name) != now.get(name)
        ]
        if differing:
            raise InputError(
                f"The table to add to was made otherwise: {'; '.join(differing)}. "
                "Leave these options out, or extract all documents anew (answers are kept)."
            )

    def wrap(self, take: Take, label: str) -> Take:
        """Return a function that recalls known results, and calls *take* for other documents."""
        self._label = label
        results = self._recall_all()

        async def recall(document: Document) -> DocumentResult:
            known = document.id in self._known
            return results[document.id] if known else await take(document)

        return recall

    def settle(self, document: Document) -> Document:
        """Return *document* as the table has it; if it is new, itself under an unused name."""
        alike = [one for one in self._by_text[document.text] if one.id in self._rest]
        if alike:
            place = (document.source, document.id)
            same = min(alike, key=lambda one: (one.source != place[0], one.id != place[1]))
            del self._rest[same.id]
            if self._failures.get(same.id):
                self._known.discard(same.id)
            return same
        replaced = self._by_place.get((document.source, document.id))
        if replaced is not None and replaced.id in self._rest:
            del self._rest[replaced.id]
            self._known.discard(replaced.id)
            return document
        return self._name(document)

    def list_rest(self) -> list[Document]:
        """List the documents of the table that are not among the new sources, in order."""
        return list(self._rest.values())

    def list_failures(self, documents: Iterable[Document], now: Iterable[Failure]) -> list[Failure]:
        """List the earlier failures of files that are still missing."""
        there = {document.id for document in documents} | {failure.document_id for failure in now}
        return [
            one
            for one in self._table.failures
            if one.document_id and one.document_id not in there | self._names
        ]

    def _name(self, document: Document) -> Document:
        """Return *document* with a unique name: its own, its path, or one with a number."""
        names = _list_names(document)
        name = next(name for name in names if name not in self._names)
        self._names.add(name)
        return document if name == document.id else document.model_copy(update={"id": name})

    def _recall_all(self) -> dict[str, DocumentResult]:
        table = self._table
        found = [one.found for one in table.rejected if one.found is not None]
        claims = _sort_by_document(map(_forget_review, (*table.claims, *found)))
        rejected = _sort_by_document(one for one in table.rejected if one.found is None)
        skipped = _sort_by_document(table.skipped)
        spending = _sort_by_document(table.run.spending)
        restored = {claim.document_id for claim in found}
        created = table.run.answered and int(datetime.fromisoformat(table.run.answered).timestamp())
        results = {}
        for document in table.documents:
            paid = spending[document.id]
            own = [one.usage for one in paid if one.prompt == self._label]
            results[document.id] = DocumentResult(
                document_id=document.id,
                claims=tuple(claims[document.id]),
                rejected=tuple(rejected[document.id]),
                skipped=list_skipped(
                    claims[document.id],
                    ParsedDocument(document),
                    find_unread(skipped[document.id]),
                )
                if document.id in restored
                else tuple(skipped[document.id]),
                failures=tuple(self._failures.get(document.id, ())),
                answered=len(own),
                usage=join_usage(own),
                usage_again=join_usage(one.usage for one in paid if one.prompt != self._label),
                created=created or None,
            )
        return results


T = TypeVar("T", Claim, Failure, Rejected, Skipped, Spending)


def _sort_by_document(records: Iterable[T]) -> defaultdict[str, list[T]]:
    sorted_out: defaultdict[str, list[T]] = defaultdict(list)
    for one in records:
        sorted_out[one.document_id].append(one)
    return sorted_out


def _list_names(document: Document) -> Iterator[str]:
    yield document.id
    yield document.source
    number = 2
    while True:
        yield f"{document.id} ({number})"
        number += 1


def _forget_review(claim: Claim) -> Claim:
    """Return *claim* as it was before matching and before any decision of a person."""
    flags = tuple(flag for flag in claim.flags if flag.kind != "grouping")
    return claim.model_copy(update={"flags": flags, "accepted": False})
