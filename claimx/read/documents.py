"""Read sources into documents, one at a time; report each file that fails."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, suppress
from io import IOBase
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias, TypeGuard

from pydantic import ValidationError

from claimx.errors import InputError, explain_fault
from claimx.read.about import split_fields
from claimx.read.addresses import hide_password, is_address, list_addresses, take_local
from claimx.read.decode import check_encoding
from claimx.read.file import MAX_RATIO, MIN_BOMB, STDIN, File, read_stdin
from claimx.read.find import Found, Passed, find_files
from claimx.read.formats import choose_ending, choose_format, list_endings
from claimx.read.kept import Note, Pages, find_charset, find_note
from claimx.read.memory import Row, list_frame, read_row, take_row
from claimx.read.objects import Copy, Stored, copy_ahead, find_objects
from claimx.read.own import is_own
from claimx.read.process import read_apart
from claimx.read.reader import Article, Format, ReadOptions
from claimx.read.sidecar import Sidecar, read_sidecar
from claimx.read.storage import is_stored, show_address
from claimx.records import Document, Failure, Record
from claimx.spelling import name_settings

Source = str | PathLike[str] | Document | Mapping[str, Any] | Row
Sources: TypeAlias = "Source | Iterable[Sources]"

log = logging.getLogger(__name__)

# Half of a surrogate pair: JSON may escape one, and no encoding can write it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# A source that names no file may be a text; this many characters of it go into the message.
_MAX_NAME = 255
# What a row takes in memory besides its text, in characters, about.
_ROW = 500
REPLACED = "replaced"
"""Metadata key: which characters of a text were replaced, and how many."""


class ReadResult(Record):
    """The documents that were read, and a failure for each file that could not be."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]


def read_documents(
    sources: Sources,
    encoding: str | None = None,
    text_column: str | None = None,
    id_column: str | None = None,
    sidecar: str | PathLike[str] | None = None,
) -> ReadResult:
    """
    Read every source as `iter_documents` does, documents and failures each in order.

    Raises:
        InputError: If *sources* are of a wrong type, or *sidecar* cannot be read.
        LookupError: If Python does not know *encoding*.
    """
    found = list(iter_documents(sources, encoding, text_column, id_column, sidecar=sidecar))
    return ReadResult(
        documents=tuple(one for one in found if isinstance(one, Document)),
        failures=name_settings(one for one in found if isinstance(one, Failure)),
    )


def iter_documents(  # noqa: PLR0913, PLR0917  # what may be said of files
    sources: Sources,
    encoding: str | None = None,
    text_column: str | None = None,
    id_column: str | None = None,
    unread: Callable[[], str | None] = lambda: None,
    sidecar: str | PathLike[str] | None = None,
    fetch: str | PathLike[str] | Pages | None = None,
) -> Iterator[Document | Failure]:
    """
    Read every source, in order, with one document in memory at a time.

    A file that is named twice is read once. Hidden files and folders below a
    folder are skipped; every other file there is read or becomes a failure.

    Args:
        sources: One or many of: a file, a folder (recursive), a glob pattern,
            ``-`` for stdin, the same in object storage (``s3://bucket/prefix``), a document,
            which is passed through, or a row: a dict, an (id, text, metadata), or all of a data
            frame; with *fetch* also the address of a page, or a text file of addresses.
        encoding: Encoding of text files; detected for each file if not given. A byte
            order mark is not part of the text.
        text_column: Column with the text, in files with one article per row.
        id_column: Column with the article's id there; without it, the row number is used.
        unread: Called before each file; if it returns a reason, the file becomes a failure.
        sidecar: A file with metadata of the articles, as CSV or CSL-JSON.
        fetch: A folder to keep pages in; those that are not there are fetched from the web.

    Raises:
        InputError: If *sources* are of a wrong type, or *sidecar* cannot be read.
        LookupError: If Python does not know *encoding*.
    """
    check_encoding(encoding or "utf-8")
    options = ReadOptions(encoding=encoding, text_column=text_column, id_column=id_column)
    listed = list_sources(sources)
    pages = open_pages(fetch) if isinstance(fetch, str | PathLike) else fetch
    if sidecar is None:
        return _read_sources(listed, options, unread, pages)
    told = read_sidecar(sidecar, _list_names(listed))
    found = _read_sources(listed, options, unread, pages, {os.path.realpath(sidecar)})
    return _describe(found, told)


def _list_names(sources: Iterable[str | Document | Row]) -> Iterator[str]:
    """List the sources of the files and documents in *sources*, as far as known before reading."""
    for source in sources:
        if isinstance(source, Document):
            yield source.source
        elif _is_path(source):
            found = (one for one in find_files(source, "") if isinstance(one, Found))
            yield from (one.path.as_posix() for one in found if one.path)


def open_pages(folder: str | PathLike[str], *, offline: bool = False) -> Pages:
    """Open the *folder* of fetched pages; if *offline*, no others are fetched."""
    return Pages(Path(folder), choose_ending, offline=offline)


def _describe(found: Iterable[Document | Failure], told: Sidecar) -> Iterator[Document | Failure]:
    for one in found:
        yield _describe_one(one, told) if isinstance(one, Document) else one
    told.warn_unused()


def _describe_one(document: Document, told: Sidecar) -> Document | Failure:
    try:
        return told.describe(document)
    except BaseException as exc:
        return Failure(document_id=document.id, error=explain_fault(document.id, exc))


def list_sources(sources: Any, number: int = 1) -> list[str | Document | Row]:
    """
    Flatten *sources*, one or many, nested or not; number the rows of each.

    Raises:
        InputError: If one of them is neither a path, a document nor a row.
    """
    if isinstance(sources, Document | Row):
        return [sources]
    if isinstance(sources, str | PathLike):
        return [_take_path(sources)]
    if row := take_row(sources, number):
        return [row]
    if (rows := list_frame(sources)) is not None:
        return list(rows)
    if isinstance(sources, Sequence | Set | Iterator) and not isinstance(
        sources, bytes | bytearray | IOBase
    ):
        return [one for at, each in enumerate(sources, 1) for one in list_sources(each, at)]
    raise InputError(
        f"{type(sources).__name__} is no source. Give a path, a folder, a pattern, - for stdin, "
        "a document (make_document makes one of a text), a dict, an (id, text, metadata) or a "
        "data frame; one or a list of them."
    )


def _take_path(path: Any) -> str:
    taken = os.fsdecode(path)
    if not taken.strip():
        raise InputError("An empty path names no file. Give . for the folder you are in.")
    return take_local(taken)


def count_sources(sources: Sources) -> int:
    """Count the files and documents in *sources*, without reading any; an address is one."""
    return sum(
        1
        if not _is_path(source)
        else sum(isinstance(found, Found) for found in find_files(source, ""))
        for source in list_sources(sources)
    )


def _is_path(source: str | Document | Row) -> TypeGuard[str]:
    """Return whether *source* names files of this machine."""
    if isinstance(source, Document | Row) or source == STDIN:
        return False
    return not (is_address(source) or is_stored(source))


def find_articles(sources: Sources) -> Iterator[str]:
    """Yield the paths of the files in *sources* that would be read as articles."""
    for source in list_sources(sources):
        if not _is_path(source):
            continue
        for found in find_files(source, ""):
            if isinstance(found, Found) and found.path and _is_article(found.path):
                yield str(found.path)


def _is_article(path: Any) -> bool:
    file = File(str(path), path)
    try:
        choose_format(file, ReadOptions())
    except (InputError, OSError):
        return False
    return not is_own(file)


def make_document(
    text: str, document_id: str, source: str = "", media_type: str = "text/plain", **fields: Any
) -> Document:
    """
    Make a document of *text* that is in memory.

        >>> make_document("Costs fell.", "a", outlet="Courier", date="2025-03-30").outlet
        'Courier'

    Args:
        text: Text of the article.
        document_id: Its name for users.
        source: Its path or address; *document_id* if not given.
        media_type: Media type of the file that *text* comes from.
        fields: Other fields of `claimx.Document`: title, outlet, author, date, url, language,
            metadata.

    Raises:
        InputError: If *text* is not text, or the value of a field is invalid.
    """
    if not isinstance(text, str):
        raise InputError(f"{type(text).__name__} is no text: make_document takes a str.")
    try:
        return Document(
            id=document_id,
            source=source or document_id,
            text=text,
            media_type=media_type,
            **fields,
        )
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{document_id}: {name}: {first['msg']}.") from None


class _Names:
    """Gives each document a unique id."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, name: str, path: str = "") -> str:
        """Take *name* if it is free, else *path*, else *name* with a number."""
        chosen = next((one for one in (name, path) if one and one not in self._taken), "")
        while not chosen:
            number = self._next[name] = self._next.get(name, 1) + 1
            if f"{name} ({number})" not in self._taken:
                chosen = f"{name} ({number})"
        self._taken.add(chosen)
        return chosen


def _read_sources(
    sources: Iterable[str | Document | Row],
    options: ReadOptions,
    unread: Callable[[], str | None],
    pages: Pages | None,
    others: Set[str] = frozenset(),
) -> Iterator[Document | Failure]:
    """Read *sources*, except the files *others*, which are no articles."""
    names = _Names()
    seen = set(others)
    sources = tuple(sources)
    _expect(pages, (one for one in sources if isinstance(one, str) and is_address(one)))
    for source in sources:
        try:
            yield from _read_source(source, names, options, unread, pages, seen)
        except InputError as exc:
            yield Failure(document_id=_name_source(source), error=str(exc))
        except BaseException as exc:
            name = _name_source(source)
            yield Failure(document_id=name, error=explain_fault(name, exc))


def _read_source(  # noqa: PLR0913, PLR0917  # the state of one reading
    source: str | Document | Row,
    names: _Names,
    options: ReadOptions,
    unread: Callable[[], str | None],
    pages: Pages | None,
    seen: set[str],
) -> Iterator[Document | Failure]:
    if isinstance(source, Document):
        yield source.model_copy(update={"id": names.take(source.id)})
    elif isinstance(source, Row):
        yield _read_row(source, names, options)
    elif source == STDIN:
        yield from _read_file(Found(None, "stdin"), names, options)
    elif is_address(source):
        yield from _read_pages([source], pages, names, options, unread)
    elif is_stored(source):
        yield from _read_stored(source, names, options, unread, seen)
    else:
        for found in _find_new(source, seen):
            if isinstance(found, InputError):
                yield Failure(document_id=source[:_MAX_NAME], error=str(found))
            elif found.is_named and (listed := list_addresses(found.path)):
                _expect(pages, listed)
                yield from _read_pages(listed, pages, names, options, unread)
            elif reason := unread():
                yield Failure(document_id=found.name, error=reason)
            else:
                yield from _read_file(found, names, options)


def _name_source(source: str | Document | Row) -> str:
    if isinstance(source, Row):
        return f"row {source.number}"
    if isinstance(source, Document):
        return source.id
    return show_address(source) if is_stored(source) else source[:_MAX_NAME]


def _find_new(source: str, seen: set[str]) -> Iterator[Found | InputError]:
    """Yield the files that *source* names, except those *seen*, and log what is skipped."""
    for found in find_files(source, list_endings()):
        if isinstance(found, Passed):
            log.warning("skipped: %s: %s", found.path, found.why)
        elif isinstance(found, InputError):
            yield found
        elif (path := os.path.realpath(found.path or "")) not in seen:
            seen.add(path)  # pathlib's resolve raises at a link to itself
            yield found


def _expect(pages: Pages | None, addresses: Iterable[str]) -> None:
    """Let some of *addresses* be fetched ahead."""
    if pages is not None:
        with suppress(ImportError):  # told for each page
            pages.expect(addresses)


def _read_stored(
    source: str,
    names: _Names,
    options: ReadOptions,
    unread: Callable[[], str | None],
    seen: set[str],
) -> Iterator[Document | Failure]:
    """Read the objects that *source* names, each from a copy; any error becomes a failure."""
    with (
        TemporaryDirectory(prefix="claimx-") as folder,
        closing(
            copy_ahead(_find_unseen(source, seen), Path(folder), lambda: not unread())
        ) as coming,
    ):
        for one in coming:
            if isinstance(one, InputError):
                yield Failure(document_id=show_address(source), error=str(one))
            elif reason := unread():
                yield Failure(document_id=one.stored.name, error=reason)
            else:
                yield from _read_copy(one, names, options)


def _read_copy(copy: Copy, names: _Names, options: ReadOptions) -> Iterator[Document | Failure]:
    """Read the articles of an object from its copy, and remove that."""
    stored = copy.stored
    try:
        path = copy.take()
    except InputError as exc:
        yield Failure(document_id=stored.name, error=str(exc))
    except BaseException as exc:
        yield Failure(document_id=stored.name, error=explain_fault(stored.address, exc))
    else:
        found = Found(path, stored.name, stored.is_named, stored.address)
        yield from _read_file(found, names, options)
        path.unlink()


def _find_unseen(source: str, seen: set[str]) -> Iterator[Stored | InputError]:
    """Yield the objects that *source* names, except those *seen*, and log what is skipped."""
    for found in find_objects(source):
        if isinstance(found, Passed):
            log.warning("skipped: %s: %s", found.path, found.why)
        elif isinstance(found, InputError):
            yield found
        elif found.address not in seen:
            seen.add(found.address)
            yield found


def _read_pages(
    addresses: Iterable[str],
    pages: Pages | None,
    names: _Names,
    options: ReadOptions,
    unread: Callable[[], str | None],
) -> Iterator[Document | Failure]:
    """Read the pages at *addresses*; any error becomes a failure."""
    for address in dict.fromkeys(addresses):
        shown = hide_password(address)
        try:
            if reason := unread():
                if pages is not None:
                    pages.forget()
                raise InputError(reason)
            path = _get_page(address, shown, pages)
        except InputError as exc:
            yield Failure(document_id=shown[:_MAX_NAME], error=str(exc))
        else:
            yield from _read_file(Found(path, shown), names, options)


def _get_page(address: str, shown: str, pages: Pages | None) -> Path:
    if pages is None:
        raise InputError(f"{shown}: an address, and fetch is off. Download the page first.")
    try:
        return pages.get(address).path
    except OSError as exc:
        raise InputError(f"{exc.filename or shown}: cannot be kept ({exc.strerror}).") from exc
    except ImportError as exc:
        why = f"{shown}: fetching needs {exc.name}. Run: pip install 'claimx[fetch]'"
        raise InputError(why) from exc


def _read_file(found: Found, names: _Names, options: ReadOptions) -> Iterator[Document | Failure]:
    """Read the articles of a file; any error becomes a failure."""
    shown = found.address or str(found.path or found.name)
    try:
        if found.path and found.path.exists() and not found.path.is_file():
            raise InputError(f"{shown}: a pipe or device. Give it to stdin, as -.")
        file = File(shown, found.path) if found.path else read_stdin()
        if not file.head:
            raise _refuse_empty(shown)
        if is_own(file):
            _pass_over(found, shown)
            return
        note = found.path and find_note(found.path)
        if note:
            options = _take_charset(options, note, file)
        known = choose_format(file, options)
        digest = file.hash()
        for article in _read_articles(file, known, options):
            if isinstance(article, InputError):
                yield Failure(document_id=found.name, error=str(article))
            else:
                told = _add_note(article, note) if note else article
                yield _make_document(_mend_article(told), found, known, digest, names)
    except OSError as exc:
        error = f"{shown}: cannot be read ({exc.strerror or exc}). Check the file."
        yield Failure(document_id=found.name, error=error)
    except InputError as exc:
        yield Failure(document_id=found.name, error=str(exc))
    except BaseException as exc:
        yield Failure(document_id=found.name, error=explain_fault(shown, exc))


def _take_charset(options: ReadOptions, note: Note, file: File) -> ReadOptions:
    charset = None if options.encoding else find_charset(note, file.read())
    return options.model_copy(update={"encoding": charset}) if charset else options


def _add_note(article: Article, note: Note) -> Article:
    """Name the *article* of a fetched page by its address, and say when that was read."""
    metadata = {"url": note.url, "retrieved": note.time[:10]} | dict(article.metadata)
    if article.name:
        return article._replace(metadata=metadata)
    return article._replace(metadata=metadata, name=note.address, is_id=True)


def _read_row(row: Row, names: _Names, options: ReadOptions) -> Document | Failure:
    article = read_row(row, options)
    if isinstance(article, Article) and not article.text.strip():
        article = _refuse_empty(f"data, row {row.number}")
    if isinstance(article, InputError):
        return Failure(document_id=f"row {row.number}", error=str(article))
    mended = _mend_article(article)
    fields, rest = split_fields(mended.metadata)
    return make_document(
        mended.text, names.take(mended.name), title=mended.title, metadata=rest, **fields
    )


def _pass_over(found: Found, shown: str) -> None:
    """
    Skip a result of an earlier run, and log it.

    Raises:
        InputError: If the file itself was named.
    """
    if found.is_named:
        raise InputError(f"{shown}: a table that claimx wrote, no article. Name its articles.")
    log.warning("skipped: %s: a table that claimx wrote, no article", shown)


def _read_articles(
    file: File, known: Format, options: ReadOptions
) -> Iterator[Article | InputError]:
    """
    Run the reader, and refuse articles without text.

    Raises:
        InputError: If there is no article, or the reader needs a module that is not installed.
    """
    count = 0
    read = read_apart if known.apart else known.read
    try:
        for count, article in enumerate(_limit(file, read(file, options)), start=1):  # noqa: B007
            if isinstance(article, Article) and not article.text.strip():
                where = f", row {article.metadata.get('row')}" if article.name else ""
                yield _refuse_empty(file.name + where)
            else:
                yield article
    except ImportError as exc:
        raise InputError(
            f"{file.name}: reading {known.endings[0]} needs {exc.name}. "
            f"Run: pip install 'claimx[{known.extra}]'"
        ) from exc
    if not count:
        raise _refuse_empty(file.name)


def _limit(file: File, articles: Iterable[Article | InputError]) -> Iterator[Article | InputError]:
    """
    Pass *articles* on while they are not far longer than *file*, as those of a bomb are.

    Raises:
        InputError: If they are.
    """
    size, most = 0, max(MIN_BOMB, MAX_RATIO * file.size)
    for article in articles:
        size += _ROW + (len(article.text) if isinstance(article, Article) else 0)
        if size > most:
            raise InputError(
                f"{file.name}: its text has more than {MAX_RATIO} times its size. "
                "Save the text as .txt or .jsonl if you trust it."
            )
        yield article


def _refuse_empty(name: str) -> InputError:
    return InputError(f"{name}: empty. Remove it, or give it text.")


def _mend_article(article: Article) -> Article:
    """Replace lone surrogates, which cannot be sent or written, and note it in the metadata."""
    text, count = _LONE_SURROGATE.subn("\ufffd", article.text)
    metadata = {_mend(name): _mend(value) for name, value in article.metadata.items()}
    if count:
        metadata[REPLACED] = f"{count} lone surrogate{'s' if count > 1 else ''}"
    title = article.title and _mend(article.title)
    return article._replace(text=text, title=title, metadata=metadata, name=_mend(article.name))


def _mend(text: str) -> str:
    return _LONE_SURROGATE.sub("\ufffd", text)


def _make_document(
    article: Article, found: Found, known: Format, digest: str, names: _Names
) -> Document:
    path = found.address or (found.path.as_posix() if found.path else "")
    if article.name:
        inside = f"{path or found.name}/{article.name}"
        name = article.name if article.is_id else f"{found.name}/{article.name}"
        document_id = names.take(name, inside)
    else:
        document_id = names.take(found.name, found.address or str(found.path or ""))
    fields, rest = split_fields(article.metadata)
    return Document(
        id=document_id,
        source=path or document_id,
        text=article.text,
        sha256=digest,
        media_type=known.media_type,
        title=article.title,
        **fields,
        metadata=rest,
        pages=article.pages,
        times=article.times,
    )
