"""
Render the sources of a table as a bibliography: BibTeX, and CSL-JSON for Zotero and pandoc.

A reference has the known title, author, date, address, outlet and language of a
document, and *doi* from its metadata.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from claimx.records import Document
from claimx.render.json import write_json
from claimx.render.show import label_documents, show_text
from claimx.table import ClaimTable, Folder

# Characters with a meaning in TeX. Braces are written by name, because BibTeX counts a lone
# "\{", which libraries write, as an open brace.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
_ESCAPE = str.maketrans(_TEX)
# Characters that would end or break a field without escapes, such as an address.
_NOT_IN_URL = re.compile(r"[\s{}\\\x00-\x1f\x7f]")


class _Reference(NamedTuple):
    """The known data of a source; *date* is year, month and day as far as known."""

    key: str
    title: str
    authors: list[str]
    date: list[int]
    url: str
    doi: str
    publisher: str
    language: str


def render_bibtex(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """Write one ``@misc`` entry per document, in UTF-8, for biber and recent BibTeX styles."""
    return "\n".join(_write_entry(reference) for reference in _list_references(table))


def render_csl(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """Write one CSL-JSON item per document."""
    return write_json([_make_item(reference) for reference in _list_references(table)])


def _list_references(table: ClaimTable) -> Iterator[_Reference]:
    labels = label_documents(table.documents)
    taken: set[str] = set()
    for number, document in enumerate(table.documents, start=1):
        key = "-".join(re.findall("[A-Za-z0-9]+", labels[document.id])) or "source"
        key = f"{key}-{number}" if key.lower() in taken else key
        taken.add(key.lower())
        yield _refer(document, key)


def _refer(document: Document, key: str) -> _Reference:
    date = document.date.split("-") if document.date else []
    return _Reference(
        key=key,
        title=show_text(document.title or PurePosixPath(document.id).name),
        authors=[one for name in (document.author or "").split(";") if (one := show_text(name))],
        date=[int(part) for part in date],
        url=show_text(document.url or ""),
        doi=show_text(document.metadata.get("doi", "")),
        publisher=show_text(document.outlet or ""),
        language=show_text(document.language or ""),
    )


def _write_entry(reference: _Reference) -> str:
    fields = {
        "title": f"{{{reference.title.translate(_ESCAPE)}}}",
        "author": " and ".join(f"{{{one.translate(_ESCAPE)}}}" for one in reference.authors),
        "date": "-".join(f"{part:02}" for part in reference.date),
        "year": f"{reference.date[0]:04}" if reference.date else "",
        "publisher": reference.publisher.translate(_ESCAPE),
        "doi": _NOT_IN_URL.sub("", reference.doi),
        "url": _NOT_IN_URL.sub("", reference.url),
        "language": reference.language.translate(_ESCAPE),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{reference.key},\n{''.join(lines)}}}\n"


def _make_item(reference: _Reference) -> dict[str, Any]:
    item = {
        "id": reference.key,
        "type": "webpage" if reference.url else "document",
        "title": reference.title,
        "author": [{"literal": name} for name in reference.authors],
        "issued": {"date-parts": [reference.date]} if reference.date else None,
        "publisher": reference.publisher,
        "DOI": reference.doi,
        "URL": reference.url,
        "language": reference.language,
    }
    return {name: value for name, value in item.items() if value}
