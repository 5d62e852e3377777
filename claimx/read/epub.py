"""EPUB: the chapters of a book in reading order."""

from collections.abc import Iterable, Iterator
from posixpath import dirname
from typing import Any
from urllib.parse import unquote

from claimx.errors import InputError
from claimx.read.archive import Archive, join_text, name_element, open_archive
from claimx.read.file import File
from claimx.read.markup import write_as_seen
from claimx.read.reader import Article, Produced, ReadOptions

_CONTAINER = "META-INF/container.xml"
_LEADS = {f"h{level}": "#" * level + " " for level in range(1, 7)} | {"li": "- "}
_BLOCKS = {
    *_LEADS,
    *("address", "article", "aside", "blockquote", "caption", "dd", "div", "dl", "dt", "figure"),
    *("figcaption", "footer", "header", "hr", "main", "ol", "p", "pre", "section", "table"),
    *("tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
}
_SHOWN, _MOST_SHOWN = 40, 3  # characters of an id, and ids, in a message
_UNSEEN = frozenset({"script", "style", "template", "nav"})


def read_epub(file: File, options: ReadOptions) -> Iterator[Article | InputError]:  # noqa: ARG001
    """
    Read a book as one article; headings are Markdown, navigation is left out.

    A chapter that is missing or broken is a failure, beside the rest of the book.

    Raises:
        InputError: If it is broken, too big, or no EPUB.
    """
    yield from open_archive(file, "EPUB", lambda archive: _read_book(file, archive))


def _read_book(file: File, archive: Archive) -> list[Article | InputError]:
    container = archive.parse(_CONTAINER)
    package_name = container.find(".//{*}rootfile").get("full-path")
    package = archive.parse(package_name)
    parts = {item.get("id"): item.get("href") for item in package.iterfind(".//{*}item")}
    folder = dirname(package_name)
    produced = Produced(file)
    texts: list[str] = []
    lost: list[str] = []
    chapters = [ref.get("idref", "") for ref in package.iterfind(".//{*}itemref")]
    for name in chapters:
        try:
            part = archive.resolve(folder, unquote(parts[name]))
            texts.append(produced.count(_read_chapter(archive.parse(part))))
        except (InputError, MemoryError):
            raise
        except Exception:  # whatever libraries raise at a part that is broken
            lost.append(name)
    metadata = {
        name: text
        for name, tag in (("author", "creator"), ("date", "date"), ("publisher", "publisher"))
        if (text := join_text(package.find(f".//{{*}}{tag}")))
    }
    title = join_text(package.find(".//{*}title")) or None
    book = Article("\n\n".join(filter(None, texts)) + "\n", title, metadata)
    return [book, _say_lost(file, lost, len(chapters))] if lost else [book]


def _say_lost(file: File, lost: list[str], total: int) -> InputError:
    shown = ", ".join(name[:_SHOWN] for name in lost[:_MOST_SHOWN])
    more = ", ..." if len(lost) > _MOST_SHOWN else ""
    return InputError(
        f"{file.name}: {len(lost)} of {total} chapters are missing or broken ({shown}{more}); the "
        "rest is read. Get the book anew."
    )


def _read_chapter(page: Any) -> str:
    for element in page.iter("*"):
        element.tag = name_element(element).lower()
    write_as_seen(page)
    body = page.find(".//body")
    return "\n\n".join(list_blocks(body)) if body is not None else ""


def list_blocks(parent: Any, lead: str = "") -> Iterator[str]:
    """Yield the text of each block in *parent* in order, with loose text between blocks."""
    loose = [parent.text or ""]
    for element in parent:
        tag = name_element(element).lower()
        if tag in _UNSEEN or not tag:
            pass
        elif tag in _BLOCKS or any(
            name_element(inner).lower() in _BLOCKS for inner in element.iter("*")
        ):
            yield from _join(loose, lead)
            yield from list_blocks(element, _LEADS.get(tag, ""))
            loose.clear()
        elif tag == "br":
            loose.append(" ")
        else:
            loose += element.itertext()
        loose.append(element.tail or "")
    yield from _join(loose, lead)


def _join(pieces: Iterable[str], lead: str) -> Iterator[str]:
    text = " ".join("".join(pieces).split())
    if text:
        yield lead + text
