"""
Look for input on which time grows as the square: doubled, it must take less than thrice as long.

    python benchmarks/growth.py [--only match read] [--patterns quotes ...] [--all]

Each public function gets each pattern, repeated to `FEWEST` characters and on, doubled until a
call takes half a second or `MOST` characters are reached. The ratio is of the CPU seconds of the
last two sizes; a ratio over 3 is measured again, and the least counts. Only what grows too fast is
printed, unless --all is given; the status is 1 then.
"""

import argparse
import io
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import claimx
from claimx.read import process
from claimx.segment.sentences import split_sentences

FEWEST, MOST = 1_000, 256_000  # characters
ENOUGH, TELLING = 0.5, 0.03  # seconds after which nothing is doubled; and below which none counts
MOST_GROWTH = 3.0
TRIES = 3

PATTERNS = {
    "acronyms": "(AP) ",
    "parentheses": "(",
    "closed": ")",
    "pairs": "() ",
    "nested": "((a) ",
    "brackets": "[1] ",
    "quotes": '"',
    "quoted": '"no" ',
    "curly": "“yes” ",
    "opened": "“ ",
    "apostrophes": "'",
    "possessives": "it's ",
    "dashes": "-",
    "long dashes": " — ",
    "dots": ".",
    "spaced dots": ". ",
    "commas": ",",
    "colons": "a: ",
    "questions": "? ",
    "initials": "U.S. ",
    "spelt out": "A.B.",
    "digits": "7",
    "numbers": "12 ",
    "grouped": "1,000,",
    "money": "$5 million ",
    "percent": "4% to 5% ",
    "ordinals": "the third ",
    "counted": "two men and three women ",
    "ranges": "10-20-",
    "magnitudes": "3 million ",
    "words of number": "one hundred ",
    "dates": "on May 4, 2021, ",
    "days": "Monday ",
    "months": "May ",
    "years": "in 2019 ",
    "times": "10:30 a.m. ",
    "letters": "a",
    "capitals": "A",
    "words": "word ",
    "names": "Alan Turing ",
    "capital words": "Bank ",
    "name lists": "Ann Lee, Bob Roy and ",
    "titles": "President Xi ",
    "named of": "Bank of the ",
    "abbreviated": "World Health Organization (WHO) ",
    "said": "he said that ",
    "told": "A said, B said, ",
    "according": ", according to him",
    "denials": "not ",
    "denied": "no one did not go ",
    "hedges": "may ",
    "and": "and ",
    "the": "the ",
    "opposites": "rose fell ",
    "pronouns": "he told her that they ",
    "both": "both nations ",
    "codes": "F-35 ",
    "hyphens": "well-",
    "links": "https://a.b/c ",
    "notes": "word[1] ",
    "spaces": " ",
    "breaks": "\n",
    "lines": "A line.\n",
    "paragraphs": "A paragraph.\n\n",
    "bullets": "- item\n",
    "headings": "# Heading\n\n",
    "tables": "| a | b |\n",
    "hashes": "#",
    "stars": "**a** ",
    "accents": "e\u0301",
    "wide": "東京",
    "joiners": "a\u200d",
    "sentences": "The boat sank off Lima and 4 people died. ",
    # {n} is another word each time
    "other words": "a{n} ",
    "other names": "B{n} ",
    "other full names": "Ann B{n} and ",
    "other acronyms": "The B{n} Union (BU) ",
    "other sentences": "The boat a{n} sank off B{n}. ",
    "other speakers": "Ann B{n} said c{n}. ",
    "other quotes": '"The a{n} sank," said B{n}. ',
    "other lines": "A{n} of it\n",
}
MARKUP = {
    "tags": "<p>A line.</p>",
    "open tags": "<div>",
    "open inline": "<b>",
    "closed tags": "</div>",
    "spans": "<span>a</span>",
    "links": "<a href=x>a</a> ",
    "headings": "<h2>A</h2>",
    "cells": "<td>a",
    "tables": "<table><tr><td>a",
    "rows": "<tr><td>a</td></tr>",
    "lists": "<ul><li>a",
    "items": "<li>a</li>",
    "breaks": "a<br>",
    "quotes": "<blockquote>a",
    "angles": "<",
    "comments": "<!-- a ",
    "entities": "&amp;",
    "cut entities": "&a",
    "attributes": "<p a=b>",
    "scripts": "<script>a</script>",
    "open scripts": "<script>",
    "JSON-LD": '<script type="application/ld+json">{"a":',
    "metadata": '<meta name="author" content="A">',
    "bold": "<p><b>A</b></p>",
    "figures": "<figure><figcaption>a</figcaption></figure>",
    "footnotes": "<sup><a href=#1>1</a></sup>",
    "sections": "<section><h3>A</h3><p>A line of it.</p></section>",
    "spaced": "<p> </p>\n",
    "preformatted": "<pre>a\n</pre>",
    "hidden": "<div hidden>a</div>",
}


WORD = {
    "paragraphs": "<w:p><w:r><w:t>A line.</w:t></w:r></w:p>",
    "styled": '<w:p><w:pPr><w:pStyle w:val="{n}"/></w:pPr><w:r><w:t>A line.</w:t></w:r></w:p>',
    "runs": '<w:p><w:r><w:rPr><w:rStyle w:val="{n}"/></w:rPr><w:t>A</w:t></w:r></w:p>',
    "joined": "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>a </w:t></w:r></w:p>",
    "notes": '<w:p><w:r><w:footnoteReference w:id="{n}"/></w:r></w:p>',
}
_SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STYLE = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{0}"/></w:style>'
_STYLED = re.compile(r'w:pStyle w:val="(\w+)"/>')


class Growth(NamedTuple):
    """How the time of a call on *size* characters grew when they were doubled."""

    size: int
    seconds: float
    ratio: float


def fill(pattern: str, size: int, start: str = "") -> str:
    """Repeat *pattern* after *start* to *size* characters."""
    number = size // len(pattern) + 1
    if "{n}" in pattern:
        return start + "".join(pattern.replace("{n}", _spell(at)) for at in range(number))[:size]
    return start + (pattern * number)[:size]


def _spell(number: int) -> str:
    """Spell *number* in letters, so that it reads as a word."""
    return "".join("bcdfghklmp"[int(digit)] for digit in f"{number:04}")


def match_long(text: str, _folder: Path) -> None:
    """Match a claim with one that has two words more."""
    claimx.match_texts([text, f"{text} in Lima"])


def match_many(text: str, _folder: Path) -> None:
    """Match many claims that differ in a word."""
    step = 60
    pieces = (text[at : at + step] for at in range(0, len(text), step))
    claimx.match_texts([f"{piece} w{at}" for at, piece in enumerate(pieces)])


def ground_long(text: str, _folder: Path) -> None:
    """Ground a claim in words that lack two of it."""
    claimx.ground_claim(f"{text} in Lima", text)


def ground_short(text: str, _folder: Path) -> None:
    """Ground a short claim in a long document."""
    claimx.ground_claim("Four people died in Lima, Alan Turing said.", text[:300], text)


def split(text: str, _folder: Path) -> None:
    """Split into sentences."""
    split_sentences(text)


def align_middle(text: str, _folder: Path) -> None:
    """Align a quote of the half of a text, with a word exchanged."""
    quarter = len(text) // 4
    claimx.align_quote(f"{text[quarter : 3 * quarter]} elsewhere", text)


def align_short(text: str, _folder: Path) -> None:
    """Align a short quote that stands nowhere, and one that stands everywhere."""
    claimx.align_quote("The boat sank off Quito and five people died.", text)
    claimx.align_quote(text[:40].strip() or ".", text)


def read_text(text: str, folder: Path) -> None:
    """Read a text file."""
    _read(folder / "a.txt", text)


def read_markdown(text: str, folder: Path) -> None:
    """Read a Markdown file."""
    _read(folder / "a.md", text)


def read_html(text: str, folder: Path) -> None:
    """Read a page."""
    _read(folder / "a.html", f"<html><body>{text}")


def read_docx(markup: str, folder: Path) -> None:
    """Read a Word file with a style for each of its paragraphs."""
    from docx import Document

    whole, packed = io.BytesIO(), folder / "a.docx"
    Document().save(whole)
    styles = "".join(_STYLE.format(name) for name in dict.fromkeys(_STYLED.findall(markup)))
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(packed, "w") as made:
        for name in parts.namelist():
            part = parts.read(name).decode("latin-1")
            if name == "word/document.xml":
                part = f"<w:document {_SPACE}><w:body>{markup[: markup.rfind('</w:p>')]}</w:p>"
                part += "</w:body></w:document>"
            made.writestr(
                name, part.replace("</w:styles>", f"{styles}</w:styles>").encode("latin-1")
            )
    claimx.read_documents(packed)


def match_glob(text: str, folder: Path) -> None:
    """Find files by a pattern, below folders with links that lead in circles."""
    inside = folder / "links"
    inside.mkdir(exist_ok=True)
    for at in range(len(text) // 1_000):
        link = inside / f"l{at}"
        if not link.is_symlink():
            link.symlink_to(inside, target_is_directory=True)
    claimx.read_documents(str(inside / "**" / "*.none"))


def extract_text(text: str, folder: Path) -> None:
    """Make a table of a text file, without a model."""
    path = folder / "a.txt"
    path.write_text(text, "utf-8")
    claimx.extract(path, model="extractive")


def _read(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    claimx.read_documents(path)


FUNCTIONS: dict[str, tuple[Callable[[str, Path], None], dict[str, str]]] = {
    "match long": (match_long, PATTERNS),
    "match many": (match_many, PATTERNS),
    "ground long": (ground_long, PATTERNS),
    "ground short": (ground_short, PATTERNS),
    "split": (split, PATTERNS),
    "align middle": (align_middle, PATTERNS),
    "align short": (align_short, PATTERNS),
    "read text": (read_text, PATTERNS),
    "read markdown": (read_markdown, PATTERNS),
    "read html": (read_html, MARKUP),
    "read docx": (read_docx, WORD),
    "match glob": (match_glob, {"links": "link "}),
    "extract": (extract_text, PATTERNS),
}


def measure_growth(function: Callable[[str, Path], None], pattern: str, folder: Path) -> Growth:
    """Double the input until a call takes long enough, and tell how the last two compare."""
    size = FEWEST
    before, after = 0.0, _time(function, fill(pattern, size), folder)
    while size == FEWEST or (after < ENOUGH and size < MOST):
        size *= 2
        before, after = after, _time(function, fill(pattern, size), folder)
    if after < TELLING:
        return Growth(size, after, 0.0)
    for number in range(1, TRIES):
        if after < MOST_GROWTH * before:
            break
        # begun otherwise, so that nothing is remembered
        start = "ab "[:number]
        before = max(before, _time(function, fill(pattern, size // 2, start), folder))
        after = min(after, _time(function, fill(pattern, size, start), folder))
    return Growth(size, after, after / before)


def _time(function: Callable[[str, Path], None], text: str, folder: Path) -> float:
    started = time.process_time()
    with suppress(claimx.ClaimxError):  # refused is an answer too
        function(text, folder)
    return time.process_time() - started


def list_growths(only: list[str], patterns: list[str]) -> Iterator[tuple[str, str, Growth]]:
    """Measure each function that begins with one of *only* on each of *patterns*."""
    with TemporaryDirectory() as folder:
        for name, (function, units) in FUNCTIONS.items():
            if only and not name.startswith(tuple(only)):
                continue
            function("The boat sank.", Path(folder))  # loads what it needs
            for pattern, unit in units.items():
                if not patterns or pattern in patterns:
                    yield name, pattern, measure_growth(function, unit, Path(folder))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--only", nargs="+", default=[], help="functions, by how they begin")
    parser.add_argument("--patterns", nargs="+", default=[], help="names of patterns")
    parser.add_argument("--all", action="store_true", help="print what grows as it may, too")
    options = parser.parse_args()
    process._find_python = lambda: None  # the time of another process would not count
    print(f"{'function':<14} {'pattern':<16} {'characters':>10} {'seconds':>8} {'ratio':>6}")
    count = bad = 0
    for name, pattern, growth in list_growths(options.only, options.patterns):
        count += 1
        fast = growth.ratio >= MOST_GROWTH
        bad += fast
        if fast or options.all:
            row = f"{growth.size:>10,} {growth.seconds:8.2f} {growth.ratio:6.2f}"
            print(f"{name:<14} {pattern:<16} {row}", flush=True)
    print(f"{bad} of {count} grow too fast.")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
