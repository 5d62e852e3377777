"""
Verify a table: read the current articles, and check every citation against them.

An article is found again by its text, its path or its name. If it changed, a
citation is searched for literally, then by the aligner, which also describes what
is in its place.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from claimx.errors import InputError
from claimx.pipeline.session import run_blocking
from claimx.read import Sources, read_documents
from claimx.records import Document
from claimx.review.verify.citations import check_document, miss_all
from claimx.review.verify.documents import is_file, locate_sources, pair_documents
from claimx.review.verify.model import read_table
from claimx.review.verify.result import Check, Verification
from claimx.spelling import spell_options
from claimx.table import ClaimTable, Folder, open_table, take_path


def verify(
    table: ClaimTable | Folder,
    *sources: Sources,
    base: Folder | None = None,
    encoding: str | None = None,
    with_model: bool = False,
    **options: Any,
) -> Verification:
    """
    Check every citation of *table* against the current files.

    A model can also be asked whether the sentences that a claim cites, as they are in
    the table, state the claim.

    Args:
        table: The table to check, or the path of its JSON file.
        sources: The current articles, as for `claimx.extract`. Without any, the paths in
            the table are read: relative to the current folder, or to *base* or a folder
            above it, wherever most exist; and the objects in storage that it names.
        base: The folder of the table; for a path, its own by default.
        encoding: Encoding of the files; detected if not given, as by `read_documents`.
        with_model: Let a model read every claim again.
        options: Fields of `claimx.Settings`, for the model.

    Raises:
        InputError: If the table cannot be read, none of the given *sources* can, or no
            model is named.
        ModelError: If a replay lacks an answer.
    """
    if base is None and not isinstance(table, ClaimTable):
        base = take_path(table, "a table is named by the path of its JSON file").parent
    table = open_table(table)
    found = _verify_files(table, sources, base, {"encoding": encoding} if encoding else {})
    if not with_model:
        return found
    model = run_blocking(lambda: read_table(table, options))
    return found.model_copy(update={"model": model})


def _verify_files(
    table: ClaimTable, sources: tuple[Sources, ...], base: Folder | None, options: Mapping[str, str]
) -> Verification:
    if not sources:
        return _verify_kept(table, base, options)
    reading = read_documents(sources, **options)
    if not reading.documents:
        raise InputError(spell_options(reading.failures[0].error))
    pairs = pair_documents(table.documents, reading.documents)
    whys = dict.fromkeys((one.id for one in table.documents), "not among the sources given")
    whys |= {failure.document_id: failure.error for failure in reading.failures}
    return Verification(checks=_check_all(table, pairs, whys), failures=reading.failures)


def _verify_kept(
    table: ClaimTable, base: Folder | None, options: Mapping[str, str]
) -> Verification:
    """Read the paths and addresses in the table, each once."""
    paths = locate_sources(table.documents, base)
    places: dict[str, Path | str] = {
        one.id: paths.get(one.id, one.source) for one in table.documents
    }
    files = {
        place: read_documents([place], **options)
        for place in dict.fromkeys(places.values())
        if isinstance(place, str) or is_file(place)
    }
    pairs: dict[str, Document] = {}
    whys: dict[str, str] = {}
    for document in table.documents:
        reading = files.get(places[document.id])
        if reading and len(reading.documents) == 1:
            pairs[document.id] = reading.documents[0]
        elif reading:
            pairs |= pair_documents([document], reading.documents)
            whys[document.id] = reading.failures[0].error if reading.failures else ""
    failures = chain.from_iterable(reading.failures for reading in files.values())
    return Verification(checks=_check_all(table, pairs, whys), failures=tuple(failures))


def _check_all(
    table: ClaimTable, pairs: Mapping[str, Document], whys: Mapping[str, str]
) -> tuple[Check, ...]:
    """Check document by document, so that each is indexed once; return checks in table order."""
    cited = [(group, citation) for group in table.groups for citation in group.citations]
    places: dict[str, list[int]] = defaultdict(list)
    for at, (_, citation) in enumerate(cited):
        places[citation.document_id].append(at)
    checks: dict[int, Check] = {}
    for document in table.documents:
        own = places[document.id]
        rows = [cited[at] for at in own]
        now = pairs.get(document.id)
        why = whys.get(document.id) or f"no such file now: {document.source}"
        found = check_document(rows, document, now) if now else miss_all(rows, why)
        checks |= dict(zip(own, found, strict=True))
    return tuple(checks[at] for at in range(len(cited)))
