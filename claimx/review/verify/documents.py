"""Find the documents of a table again among the files as they are now."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from claimx.records import Document
from claimx.table import Folder


def locate_sources(documents: Iterable[Document], base: Folder | None) -> dict[str, Path]:
    """
    Find the folder that most paths of the table lead from; the first of equals.

    Paths are kept as they were given, so that is the folder that claimx ran in:
    nearly always the current one, or one that the table's own lies in.
    """
    sources = {document.id: document.source for document in documents}
    folders = [Path()]
    if base is not None:
        near = Path(base).resolve()
        folders += [near, *near.parents]
    count = {at: sum(is_file(at / one) for one in sources.values()) for at in folders}
    best = max(folders, key=count.__getitem__)
    return {name: best / source for name, source in sources.items()}


def is_file(path: Path) -> bool:
    """Return whether *path* is a file."""
    return os.path.isfile(path)  # noqa: PTH113  # no error at a name that no file could have


def pair_documents(then: Iterable[Document], now: Iterable[Document]) -> dict[str, Document]:
    """Find each document again: by its text, else path, id, file name; never one for two."""
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
    """Index documents by *key*, leaving out what several share."""
    counts = Counter(map(key, documents))
    return {key(document): document for document in documents if counts[key(document)] == 1}
