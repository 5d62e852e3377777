"""Stream the documents of a run, so that asking begins before all are read."""

from collections.abc import Iterator
from itertools import chain
from typing import TypeVar

from claimx.errors import InputError
from claimx.pipeline.boundary import fail
from claimx.pipeline.earlier import Earlier
from claimx.pipeline.packing import pack_record, unpack_record
from claimx.read import Sources, count_sources, iter_documents, list_sources, open_pages
from claimx.records import Document, Failure
from claimx.segment.layout import find_title
from claimx.settings import Settings

T = TypeVar("T")


class Intake:
    """
    A one-pass stream over the documents in *sources*, read lazily.

    Documents that were yielded are kept packed, for the table. *failures* are those of
    the files seen so far. Once *unread* is set, later files are not opened and become
    failures, too, with that reason. The length hint counts files, so it is below the
    number of documents if a file holds several.

    The documents of an *earlier* table that were not among *sources* come last.

    Raises:
        InputError: If nothing can be read.
    """

    def __init__(
        self, sources: Sources, settings: Settings, earlier: Earlier | None = None
    ) -> None:
        self.failures: list[Failure] = []
        self.unread: str | None = None
        self._packed: list[bytes] = []
        self._earlier = earlier
        self._given = 0
        named = list_sources(sources)
        self._expected = count_sources(named)
        coming = self._read(named, settings)
        first = next(coming, None)
        if first is None:
            raise InputError(self._say_why() or "Nothing to read: name a file or folder.")
        self._coming = chain([first], coming)

    def __iter__(self) -> Iterator[Document]:
        return self._coming

    def __length_hint__(self) -> int:
        return self._expected

    def list_documents(self) -> list[Document]:
        """List the documents yielded so far, those of an earlier table first."""
        return self.put_in_order([unpack_record(Document, one) for one in self._packed])

    def put_in_order(self, those_given: list[T]) -> list[T]:
        """Sort items that belong to the documents, in order of yield, into table order."""
        return those_given[self._given :] + those_given[: self._given]

    def _read(self, sources: Sources, settings: Settings) -> Iterator[Document]:
        for one in iter_documents(
            sources,
            settings.encoding,
            settings.text_column,
            settings.id_column,
            unread=lambda: self.unread,
            sidecar=settings.sources,
            fetch=settings.fetch
            and open_pages(settings.fetch, offline=settings.replay is not None),
        ):
            taken = one if isinstance(one, Failure) else self._take(one)
            if isinstance(taken, Failure):
                self.failures.append(taken)
            else:
                yield taken
        self._given = len(self._packed)
        if self._earlier and self._given:
            yield from map(self._keep, self._earlier.list_rest())

    def _take(self, document: Document) -> Document | Failure:
        try:
            titled = add_title(document)
            return self._keep(self._earlier.settle(titled) if self._earlier else titled)
        except BaseException as exc:
            return fail(document.id, document.id, exc)

    def _keep(self, document: Document) -> Document:
        self._packed.append(pack_record(document))
        return document

    def _say_why(self) -> str:
        more = f" (and {len(self.failures) - 1} more)" if len(self.failures) > 1 else ""
        return self.failures[0].error + more if self.failures else ""


def add_title(document: Document) -> Document:
    """Return *document* with the title found in its text, if it has none."""
    return document.model_copy(update={"title": document.title or find_title(document.text)})
