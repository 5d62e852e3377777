"""Report how the documents of a table changed when others were added to it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from claimx.render.show import count_things
from claimx.review.verify.documents import is_file, locate_sources
from claimx.table import ClaimTable


def list_changes(earlier: ClaimTable, now: ClaimTable, folder: Path) -> Iterator[str]:
    """
    List what *now* has beyond *earlier*: new documents, and files that changed or are gone.

    *folder* holds the file of the earlier table. Claims of a missing file are kept. Objects in
    storage are not looked for.
    """
    before = {document.id: document.text for document in earlier.documents}
    texts = {document.id: document.text for document in now.documents}
    new = [name for name in texts if name not in before]
    known = count_things(len(before), "document")
    yield f"{count_things(len(new), 'document')} added to {known} of the table"
    places = locate_sources(earlier.documents, folder)
    told: set[str] = set()
    for document in earlier.documents:
        if document.id not in texts:  # it changed, and what is new of it could not be read
            told.add(document.source)
        elif texts[document.id] != document.text:
            yield f"changed: {document.id}: read and asked about anew"
            told.add(document.source)
    for document in earlier.documents:
        if document.source not in told and document.id in places:
            told.add(document.source)
            path = places[document.id]
            if not is_file(path):
                yield f"gone: {document.source}: no such file any more; its claims stay"
            elif hashlib.sha256(path.read_bytes()).hexdigest() != document.sha256:
                yield f"changed: {document.source}: its claims stay; name it to have it read anew"
