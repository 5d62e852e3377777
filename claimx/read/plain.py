"""Plain text and Markdown, unchanged; front matter stays in the text as boilerplate."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from claimx.read.about import TITLES, join_authors
from claimx.read.decode import decode_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions
from claimx.read.rows import MAX_NOTE, MAX_NOTES
from claimx.segment.front_matter import find_front_matter

UNREAD = "front matter"
"""Metadata key: why the front matter of a text could not be read."""


def read_plain(file: File, options: ReadOptions) -> Iterator[Article]:
    """Read the whole file as one article, with the file's own offsets."""
    text, encoding = decode_text(file, options.encoding)
    try:
        told = read_front_matter(text)
    except ValueError as exc:
        told = {UNREAD: str(exc)}
    title = next((told.pop(name) for name in list(told) if name.casefold() in TITLES), None)
    yield Article(text, title, told | encoding.metadata)


def read_front_matter(text: str) -> dict[str, str]:
    r"""
    Read the short values of the front matter of *text*, as written.

    Raises:
        ValueError: If the YAML is broken, or uses references, which may become endless.

    >>> read_front_matter("---\nauthor: [Ines Holm, Jo Bay]\ndate: 2025-03-30\n---\nText.")
    {'author': 'Ines Holm; Jo Bay', 'date': '2025-03-30'}
    """
    found = find_front_matter(text)
    if found is None:
        return {}
    import yaml

    try:
        values = yaml.load(text[found[0] : found[1]], Loader=_make_loader())  # noqa: S506  # text alone
    except (yaml.YAMLError, RecursionError) as exc:
        why = getattr(exc, "problem", None) or str(exc) or type(exc).__name__
        raise ValueError(" ".join(why.split())[:MAX_NOTE]) from exc
    told = values.items() if isinstance(values, Mapping) else ()
    written = ((name, _write(value)) for name, value in told if isinstance(name, str))
    short = [(name, value) for name, value in written if value and len(value) <= MAX_NOTE]
    return dict(short[:MAX_NOTES])


@cache
def _make_loader() -> Any:
    """Make the class that reads values as text; yaml is slow to import."""
    import yaml

    class _PlainLoader(yaml.BaseLoader):
        """Reads every value as text, and refuses references to other values."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("an alias")
            return super().compose_node(parent, index)

    return _PlainLoader


def _write(value: Any) -> str:
    """Write a text, or a list of texts or of objects with a name, as one line."""
    if isinstance(value, list):
        named = (one.get("name") if isinstance(one, dict) else one for one in value)
        return join_authors(named)
    if isinstance(value, dict):
        return _write(value.get("name", ""))
    return " ".join(value.split()) if isinstance(value, str) else ""
