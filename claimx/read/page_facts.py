"""
Read the metadata of an HTML page: linked data, meta tags, times, and its address.

Extraction libraries guess a date if a page has none, and read 03/04/2025 as the
third of April. Here a date is the one that the page marks as its publication
date, or the only one that it marks at all.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from claimx.read.about import join_authors, read_date, read_field

_ARTICLE = re.compile(r"(?:[A-Za-z]*Article|BlogPosting|LiveBlogPosting|Report)")
_MAX_LINKED = 1_000_000
_MAX_OBJECTS = 1000
# Names of meta tags, most trusted first.
_METAS: Mapping[str, tuple[str, ...]] = {
    "outlet": (
        *("og:site_name", "citation_journal_title", "prism.publicationname", "dc.publisher"),
        *("dcterms.publisher", "citation_publisher", "publisher", "application-name"),
    ),
    "author": ("citation_author", "author", "parsely-author", "sailthru.author", "dc.creator"),
    "date": (
        *("article:published_time", "og:published_time", "datepublished", "parsely-pub-date"),
        *("sailthru.date", "citation_publication_date", "citation_date", "dcterms.issued"),
        *("dc.date.issued", "dc.date", "pubdate", "publishdate", "publish-date", "date"),
    ),
    "url": ("og:url",),
    "language": ("og:locale", "dc.language", "content-language"),
}
_DATED = re.compile(r"\b(?:publish\w*|pub-?date|date|dateline|timestamp|time)\b", re.IGNORECASE)
_AROUND = ("nav", "aside", "footer", "menu")
_DAY_IN_ADDRESS = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/")


def read_page_facts(tree: Any) -> dict[str, str]:
    """Read outlet, author, date, address and language of the page *tree*, where given."""
    linked = _read_linked(tree)
    metas = _read_metas(tree)
    facts = {}
    for field, names in _METAS.items():
        told = [linked.get(field, "")] + [metas.get(name, "") for name in names]
        facts[field] = next(filter(None, (read_field(field, one) for one in told)), "")
    facts["url"] = _find_canonical(tree) or facts["url"]
    facts["date"] = facts["date"] or _find_marked_date(tree) or _read_address(facts["url"])
    facts["outlet"] = facts["outlet"] or _name_host(facts["url"])
    facts["language"] = read_field("language", tree.get("lang") or "") or facts["language"]
    return {field: value for field, value in facts.items() if value}


def _read_metas(tree: Any) -> dict[str, str]:
    """Read the meta tags by lower-case name; the first of each name, but all authors."""
    metas: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        names = (element.get(key) for key in ("name", "property", "itemprop", "http-equiv"))
        name = next(filter(None, names), "").strip().lower()
        if name and element.get("content"):
            metas.setdefault(name, []).append(element.get("content"))
    joined = {
        name: join_authors(metas[name]) for name in _METAS["author"] if len(metas.get(name, ())) > 1
    }
    return {name: values[0] for name, values in metas.items()} | joined


def _read_linked(tree: Any) -> dict[str, str]:
    """Read the article's metadata in JSON-LD, if it describes exactly one article."""
    articles = [one for text in _list_linked(tree) for one in _list_articles(text)]
    days = {str(one.get("headline")): one for one in articles}
    if len(days) != 1:
        return {}
    article = articles[0]
    return {
        "outlet": next(iter(_list_names(article.get("publisher"))), ""),
        "author": join_authors(_list_names(article.get("author"))),
        "date": str(article.get("datePublished") or ""),
        "url": article["url"] if isinstance(article.get("url"), str) else "",
        "language": str(article.get("inLanguage") or ""),
    }


def _list_linked(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        text = script.text or ""
        if "ld+json" in script.get("type", "").lower() and len(text) <= _MAX_LINKED:
            with suppress(ValueError, RecursionError):
                yield json.loads(text, strict=False)


def _list_articles(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the articles in *value*: itself, or the items of a list or graph."""
    if isinstance(value, list):
        for one in value[:_MAX_OBJECTS]:
            if isinstance(one, dict):
                yield from _list_articles(one)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        named = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(kind, str) and _ARTICLE.fullmatch(kind) for kind in named):
            yield value
        elif isinstance(value.get("@graph"), list):
            yield from _list_articles(value["@graph"])


def _list_names(value: Any) -> list[str]:
    """List the names of one or several persons or organisations."""
    several = value if isinstance(value, list) else [value]
    named = (one.get("name") if isinstance(one, dict) else one for one in several)
    return [name for name in named if isinstance(name, str) and name.strip()]


def _find_canonical(tree: Any) -> str:
    for link in tree.iter("link"):
        if link.get("rel", "").lower() == "canonical":
            return read_field("url", link.get("href") or "")
    return ""


def _find_marked_date(tree: Any) -> str:
    """Find the only date among the page's time and date elements; empty if they differ."""
    dates: dict[bool, set[str]] = {True: set(), False: set()}  # by whether marked "published"
    for element in tree.iter():
        named = " ".join(element.get(key, "") for key in ("itemprop", "class", "id"))
        if element.tag == "time" or (not len(element) and _DATED.search(named)):
            date = read_date(element.get("datetime") or element.text_content())
            if date and next(element.iterancestors(*_AROUND), None) is None:
                dates["datepublished" in named.lower()].add(date)
    found = dates[True] or dates[False]
    return found.pop() if len(found) == 1 else ""


def _read_address(url: str) -> str:
    """Read the day in the path of an address."""
    found = _DAY_IN_ADDRESS.search(url)
    return (read_date("-".join(found.groups())) or "") if found else ""


def _name_host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
