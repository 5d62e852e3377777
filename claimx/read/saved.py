"""Saved pages: MHTML of a browser, one page per file, and WARC of a crawler, many."""

from collections.abc import Iterator
from typing import Any

from claimx.errors import InputError
from claimx.read.decode import check_encoding
from claimx.read.file import File
from claimx.read.html import MAX_HTML, read_html
from claimx.read.reader import Article, ReadOptions, blame_file

_PAGES = ("text/html", "application/xhtml+xml")


def read_mhtml(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read a page that a browser saved with all its parts; its first HTML part is the article.

    Raises:
        InputError: If it contains no page, or the page no article.
    """
    import email.policy  # slow to import

    message = email.message_from_bytes(file.read(), policy=email.policy.compat32)
    page = next((part for part in message.walk() if part.get_content_type() in _PAGES), None)
    raw = page.get_payload(decode=True) if page is not None else None
    if page is None or not isinstance(raw, bytes):
        raise InputError(f"{file.name}: no page in it. Save it as a single file, or as .html.")
    encoding = options.encoding or _find_known(page.get_content_charset())
    address = page["Content-Location"] or message["Snapshot-Content-Location"]
    yield from _read_page(file.name, raw, encoding, {"url": address} if address else {})


def _find_known(encoding: str | None) -> str | None:
    """Return *encoding*, if Python knows it."""
    try:
        return encoding and check_encoding(encoding)
    except LookupError:
        return None


def read_warc(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read the HTML pages in a crawler's archive, one article per page, named by address.

    Redirects, errors, pictures and the like are skipped. Of several pages with one
    address the first counts.

    Raises:
        InputError: If the file is broken.
    """
    from warcio.archiveiterator import ArchiveIterator

    seen: set[str] = set()
    with blame_file(file, "WARC", "Get it anew."), file.open() as stream:
        for record in ArchiveIterator(stream):
            address = record.rec_headers.get_header("WARC-Target-URI") or ""
            if _is_page(record) and address not in seen:
                seen.add(address)
                yield from _read_record(file, record, address, options)
    if not seen:
        raise InputError(f"{file.name}: no page in it. Name an archive of pages.")


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return False
    return (headers.get_header("Content-Type") or "").split(";")[0].strip().lower() in _PAGES


def _read_record(
    file: File, record: Any, address: str, options: ReadOptions
) -> Iterator[Article | InputError]:
    taken = (record.rec_headers.get_header("WARC-Date") or "")[:10]
    known = {"url": address, "retrieved": taken}
    name = f"{file.name}: {address}"
    try:
        raw = record.content_stream().read(MAX_HTML + 1)
        if getattr(record.raw_stream, "limit", 0) > 0:
            raise InputError(f"{name}: cut off. Get the archive anew.")
        articles = list(_read_page(name, raw, options.encoding, known))
    except InputError as exc:
        yield exc
        return
    for article in articles:
        yield article._replace(name=address, is_id=True)


def _read_page(
    name: str, raw: bytes, encoding: str | None, known: dict[str, str]
) -> Iterator[Article]:
    for article in read_html(File(name, data=raw), ReadOptions(encoding=encoding)):
        yield article._replace(metadata=known | dict(article.metadata))
