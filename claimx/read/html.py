"""HTML pages: the article without the rest of the page, extracted by trafilatura."""

import logging
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from claimx.errors import InputError
from claimx.read.decode import decode_page
from claimx.read.file import File
from claimx.read.markup import prepare_page
from claimx.read.page_facts import read_page_facts
from claimx.read.reader import Article, ReadOptions

# A page of 10 MB takes seconds and half a gigabyte; saved articles have less than 1 MB.
MAX_HTML = 10_000_000

_SPACES = re.compile(r"(?<=\S) {2,}")
_IN_LIST_OR_TABLE = re.compile(r"\s*(?:[-|]|\d+\.) ?")

# trafilatura logs errors that become failures here; without a handler they would reach stderr.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())


def read_html(file: File, options: ReadOptions) -> Iterator[Article]:
    """
    Read the article of a page, after its title unless it begins with it.

    Paragraphs, headings, lists and tables become lines; markup, navigation and
    comments are dropped. The page's own metadata is kept.
    """
    from trafilatura import bare_extraction

    file.read(MAX_HTML)
    html, encoding = decode_page(file, options.encoding)
    tree = _parse(file, html)
    facts = read_page_facts(tree)
    prepare_page(tree)
    found: Any = bare_extraction(
        tree,
        config=_configure(tree),
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False},  # what it guesses is not used
    )
    if found is None or not found.text.strip():
        raise InputError(f"{file.name}: no article in this page. Save its text as .txt.")
    named = {"author": found.author} if found.author else {}
    metadata = named | facts | encoding.metadata
    yield Article(_lay_out(found.text, found.title), found.title or None, metadata)


def _parse(file: File, html: str) -> Any:
    """
    Parse *html*; refuse it if text would be lost.

    Raises:
        InputError: If its nesting or a text exceeds the parser's limits.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        tree = document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as exc:
        raise InputError(f"{file.name}: no HTML in it ({exc}). Check the file.") from exc
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise InputError(
            f"{file.name}: HTML nested more than 256 deep, or endless. Save its text as .txt."
        )
    return tree


def _configure(tree: Any) -> Any:
    """Accept a short article if the page marks it as one, instead of trying other methods."""
    from trafilatura.settings import use_config

    config = use_config()
    article = next(tree.iter("article", "main"), None)
    if article is not None:
        half = len(" ".join(article.text_content().split())) // 2
        usual = config.getint("DEFAULT", "MIN_EXTRACTED_SIZE")
        config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(min(half, usual)))
    return config


def _lay_out(text: str, title: str | None) -> str:
    """Separate paragraphs by blank lines; keep list items and rows together."""
    lines = [_SPACES.sub(" ", line.rstrip()) for line in text.splitlines() if line.strip()]
    if title and not (lines and (lines[0].strip() in title or title in lines[0])):
        lines.insert(0, title)
    parts = lines[:1]
    for before, line in pairwise(lines):
        is_listed = _IN_LIST_OR_TABLE.match(before) and _IN_LIST_OR_TABLE.match(line)
        parts += ("\n" if is_listed else "\n\n", line)
    return "".join(parts) + "\n"
