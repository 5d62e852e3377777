"""Plain text and Markdown, to the letter."""

from collections.abc import Iterator

from claimx.read.decode import decode_text
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions


def read_plain(file: File, options: ReadOptions) -> Iterator[Article]:
    """Read the whole file as one article; offsets are those of the file."""
    text, encoding = decode_text(file, options.encoding)
    yield Article(text, metadata=encoding.metadata)
