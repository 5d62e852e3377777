"""Find the documents of a table among the current files."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from claimx.read.storage import is_stored
from claimx.records import Document
from claimx.table import Folder


def locate_sources(documents: Iterable[Document], base: Folder | None) -> dict[str, Path]:
    """
    Find the folder from which most paths of the table exist; the first of equals.

    Paths are stored as given, relative to the folder where claimx ran: nearly always
    the current one, or a parent of the table's own. Objects in storage have none.
    """
    sources = {one.id: one.source for one in documents if not is_stored(one.source)}
    folders = [Path()]
    if base is not None:
        near = Path(base).resolve()
        folders += [near, *near.parents]
    count = {at: sum(is_file(at / one) for one in sources.values()) for at in folders}
    best = max(folders, key=count.__getitem__)
    return {name: best / source for name, source in sources.items()}


def is_file(path: Path) -> bool:
    """Return whether *path* is a file."""
    return os.path.isfile(path)  # noqa: PTH113  # no error for an invalid file name


def pair_documents(then: Iterable[Document], now: Iterable[Document]) -> dict[str, Document]:
    """Find each document again: by text, else path, id, file name; never one for two."""
    lost, free = list(then), list(now)
    pairs: dict[str, Document] = {}
    for key in _KEYS:
        places = _index_documents(free, key)
        for document in lost:
            if key(document) in places:
                pairs[document.id] = places.pop(key(document))
        lost = [document for document in lost if document.id not in pairs]
        taken = {document.id for document in pairs.values()}
        free = [document for document in free if document.id not in taken]
    return pairs


_KEYS: tuple[Callable[[Document], object], ...] = (
    lambda document: (document.text, document.id),
    lambda document: document.text,
    lambda document: document.source,
    lambda document: document.id,
    lambda document: PurePosixPath(document.id).name,
)


def _index_documents(
    documents: Sequence[Document], key: Callable[[Document], object]
) -> dict[object, Document]:
    """Index documents by *key*, without those that share one."""
    counts = Counter(map(key, documents))
    return {key(document): document for document in documents if counts[key(document)] == 1}
