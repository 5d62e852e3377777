"""
Find the blocks of a plain or Markdown text: paragraphs, headings, items, rows, boilerplate.

A block is a run of whole lines that belong together. Every line that is not
blank is in exactly one block, and blocks come in the order of the text.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Literal, NamedTuple

from claimx.language.lexicon import MONTHS, WEEKDAYS, any_of, read_words
from claimx.language.quotations import OPENS_LINE
from claimx.language.sentence_ends import ends_sentence
from claimx.language.words import is_statement
from claimx.records import SentenceKind
from claimx.segment.front_matter import find_front_matter

_LineKind = Literal["blank", "plain", "hash", "item", "marker", "row", "header", "furniture"]

# A plain line of more words than this is a sentence without its full stop.
_MAX_HEADING_WORDS = 20
# Plain text is wrapped at 60 to 80 columns; wider lines are paragraphs.
_MAX_WRAP_WIDTH = 100
_MIN_WRAP_WIDTH = 35
# A longer line is text, whatever its first words are.
_MAX_BOILERPLATE = 200

_HASH = re.compile(r"#{1,6}\s+\S")
_ITEM = re.compile(r"(?:[-*+•‣◦▪●·∙–—]|\(?\d{1,2}[.)])\s+\S")
_MARKER = re.compile(r"(?:[-*+•‣◦▪●·∙–—]|\(?\d{1,2}[.)])")
_ENDS_OPEN = re.compile(r"[,;،、，–—]$")
_LETTER = re.compile(r"[^\W_]")
_LINK_ONLY = re.compile(
    r"(?:\[[^\[\]]+\]:\s*\S+|https?\s?:\s?/.*|www\.\S+|[^\s@]+@[^\s@]+\.\w+|@\w+)"
)
_RATING = re.compile(
    rf"[\w ]{{1,30}}:\s*\d+(?:[.,]\d+)?\s*(?:/|{any_of('boilerplate.out_of')})\s*\d+\b"
    r"[^\w]*\w?\W*"
)
_FIELD = re.compile(
    rf"(?:{any_of('boilerplate.fields')}|{any_of('boilerplate.fields_with_noun')} \w+|"
    rf"{any_of('boilerplate.pictures')}(?: {any_of('boilerplate.after_pictures')})?)\s*:",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    rf"(?:{any_of('boilerplate.navigation')}|\d+ {any_of('boilerplate.counted')}|"
    rf"{any_of('boilerplate.follow')} .{{0,40}}\b{any_of('boilerplate.networks')}\b.{{0,40}})\W*",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    rf"(?:(?:{any_of('boilerplate.copyright')}\s*)?(?:©|\(c\)\s*\d{{4}})|"
    rf"{any_of('boilerplate.copyright')}\s+(?:\d{{4}}|{any_of('boilerplate.by')})\b)",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    rf"{any_of('boilerplate.by')} [^\W\d_]+(?:[ .,'’-]+[^\W\d_]+){{0,9}}", re.IGNORECASE
)
_CREDIT = re.compile(rf"\({any_of('boilerplate.credits')}[^()]{{0,200}}\)", re.IGNORECASE)
# "Police asked witnesses to call 555-0100" is news: boilerplate addresses the reader.
_CONTACT = re.compile(
    rf"(?:(?:{any_of('boilerplate.may_you')} )?{any_of('boilerplate.contacting')}\b|"
    rf"{any_of('boilerplate.contacts')}\b|.{{2,60}} {any_of('boilerplate.can_be_reached')}\b)"
    r".*?(?:[\w.+-]+@[\w-]+\.\w|(?<!\w)@\w{3}|\d{3}[-. ]\d{4}\b).*",
    re.IGNORECASE,
)
_STAFF = re.compile(
    rf"\(?(?:{any_of('boilerplate.staff_work')} [A-Z].*|"
    rf".{{2,80}} {any_of('boilerplate.contributed')}\.?\)?)",
    re.IGNORECASE,
)
_WHOLE_LINES = {
    "contact": _CONTACT,
    "staff": _STAFF,
    "link": _LINK_ONLY,
    "rating": _RATING,
    "navigation": _NAVIGATION,
    "picture credit": _CREDIT,
}
_LINE_STARTS = {"field of the page": _FIELD, "copyright notice": _COPYRIGHT}
_DATE_WORDS = read_words("time.date_line_words") | MONTHS.keys() | WEEKDAYS.keys()
_DATE_TOKEN = re.compile(r"[^\W\d_]+|\d+")


class Block(NamedTuple):
    """Lines that belong together; ``text[start:end]`` begins and ends with no white space."""

    start: int
    end: int
    kind: SentenceKind


class _Line(NamedTuple):
    """One line without the white space around it; blank when *start* is *end*."""

    start: int
    end: int
    kind: _LineKind


def _is_date(line: str) -> bool:
    tokens = _DATE_TOKEN.findall(line.lower()) if len(line) < 80 else []
    digits = any(token.isdigit() for token in tokens)
    return digits and all(token.isdigit() or token in _DATE_WORDS for token in tokens)


def _is_byline(line: str) -> bool:
    unsaid = not ends_sentence(line) and not is_statement(line)
    return len(line) < 80 and unsaid and _BYLINE.fullmatch(line) is not None


def _is_menu(line: str) -> bool:
    """Return whether *line* is navigation: three or more short words between bars."""
    parts = [part for part in line.split("|") if part.strip()]
    return len(parts) > 2 and all(len(part.split()) <= 3 for part in parts)


def _is_tag(line: str) -> bool:
    """Return whether *line* is a topic tag: one to three lower-case words, no closing mark."""
    return line == line.lower() != line.upper() and len(line.split()) <= 3 and line[-1].isalpha()


def name_boilerplate(line: str) -> str:
    """
    Return the kind of boilerplate that *line* is by itself; empty for a part of the article.

    >>> name_boilerplate("Importance Score: 75 / 100")
    'rating'
    """
    if not _LETTER.search(line):
        return "mark"
    if len(line) > _MAX_BOILERPLATE:
        return ""
    whole = (name for name, form in _WHOLE_LINES.items() if form.fullmatch(line))
    opened = (name for name, form in _LINE_STARTS.items() if form.match(line))
    other = "byline" if _is_byline(line) else "date" if _is_date(line) else ""
    return next(chain(whole, opened), other)


def is_boilerplate(line: str) -> bool:
    """Return whether *line* by itself is page boilerplate, not a part of the article."""
    return bool(name_boilerplate(line))


def _classify(line: str) -> _LineKind:
    if not line:
        return "blank"
    if _MARKER.fullmatch(line):
        return "marker"
    if _HASH.match(line):
        return "hash"
    if _ITEM.match(line):
        return "item"
    if is_boilerplate(line):
        return "furniture"
    return "row" if line.count("|") > 1 and line[0] == line[-1] == "|" else "plain"


def _list_lines(text: str, start: int = 0) -> list[_Line]:
    """List the lines of *text* from *start* on, each classified without its neighbours."""
    lines = []
    for raw in text[start:].splitlines(keepends=True):
        line = raw.strip()
        at = start + len(raw) - len(raw.lstrip()) if line else start
        lines.append(_Line(at, at + len(line), _classify(line)))
        start += len(raw)
    return lines


def _mark_comments(text: str, lines: list[_Line]) -> None:
    """Mark the lines of comments in HTML, which no reader sees."""
    at, end = 0, 0
    while (start := text.find("<!--", end)) >= 0 and (end := text.find("-->", start)) >= 0:
        end += len("-->")
        while at < len(lines) and lines[at].end <= end:
            if lines[at].start >= start and lines[at].kind != "blank":
                lines[at] = lines[at]._replace(kind="furniture")
            at += 1


def _is_table_rule(line: str) -> bool:
    return "|" in line and "-" in line and not line.strip("|:- \t")


def _mark_tables(text: str, lines: list[_Line]) -> None:
    """Mark, around every Markdown table rule, the header above and the rows below."""
    inside = False
    for at, line in enumerate(lines):
        written = text[line.start : line.end]
        inside = inside and "|" in written
        if _is_table_rule(written):
            lines[at] = line._replace(kind="furniture")
            if at and not inside and "|" in text[lines[at - 1].start : lines[at - 1].end]:
                lines[at - 1] = lines[at - 1]._replace(kind="header")
            inside = True
        elif inside:
            lines[at] = line._replace(kind="row")


def _mark_menus_and_tags(text: str, lines: list[_Line]) -> None:
    tag_before = False
    for at, line in enumerate(lines):
        if line.kind == "blank":
            continue
        written = text[line.start : line.end]
        tag = line.kind == "plain" and _is_tag(written)
        tags = tag and (tag_before or _is_tag_line(text, lines[at + 1 : at + 2]))
        if line.kind == "plain" and (
            _is_menu(written) or tags or (tag and not _continues(text, lines, at))
        ):
            lines[at] = line._replace(kind="furniture")
        tag_before = tag


def _is_tag_line(text: str, lines: Sequence[_Line]) -> bool:
    return any(line.kind == "plain" and _is_tag(text[line.start : line.end]) for line in lines)


def _continues(text: str, lines: Sequence[_Line], at: int) -> bool:
    """Return whether line *at* ends a sentence that an earlier, long enough line began."""
    if not at or lines[at - 1].kind not in ("plain", "item"):
        return False
    before = text[lines[at - 1].start : lines[at - 1].end]
    return len(before) >= _MIN_WRAP_WIDTH and not ends_sentence(before)


def _breaks_in_sentence(text: str, line: _Line, after: _Line) -> bool:
    """Return whether the break between two lines falls inside a sentence, judged by the words."""
    before = text[line.start : line.end]
    if ends_sentence(before):
        return False
    opens_quote = OPENS_LINE.match(text, after.start) is not None
    if before[-1] in ",:" and opens_quote:
        return True
    lower = text[after.start].islower()
    return lower and (len(before) >= _MIN_WRAP_WIDTH or _ENDS_OPEN.search(before) is not None)


def _wrap_width(text: str, lines: Sequence[_Line]) -> int | None:
    """
    Measure the column at which *text* was wrapped; None when its lines are paragraphs.

    Wrapped text breaks most of its lines inside a sentence, and few are long.
    """
    lengths = sorted(line.end - line.start for line in lines if line.kind == "plain")
    width = lengths[len(lengths) * 98 // 100] if lengths else 0
    if not _MIN_WRAP_WIDTH <= width <= _MAX_WRAP_WIDTH:
        return None
    breaks = [
        _breaks_in_sentence(text, line, after) or _breaks_caseless(text, line, after, width)
        for line, after in pairwise(lines)
        if line.kind in ("plain", "item") and after.kind == "plain"
    ]
    return width if breaks and sum(breaks) >= 0.3 * len(breaks) else None


def _breaks_caseless(text: str, line: _Line, after: _Line, width: int) -> bool:
    """Return whether *line* breaks inside a sentence, by its length; for caseless scripts."""
    first = text[after.start]
    caseless = first.isalpha() and first.lower() == first.upper()
    full = line.end - line.start >= width * 0.9
    return caseless and full and not ends_sentence(text[line.start : line.end])


def _is_full(text: str, line: _Line, after: _Line, width: int) -> bool:
    """Return whether the first word of *after* would not have fitted on *line*."""
    first = text[after.start : after.end].split(maxsplit=1)[0]
    return line.end - line.start + 1 + len(first) > width * 0.9


def _joins(text: str, line: _Line, after: _Line, *, width: int | None) -> bool:
    if line.kind not in ("plain", "item") or after.kind != "plain":
        return False
    quoted = text[line.start] == text[after.start] == ">"
    if quoted or _breaks_in_sentence(text, line, after):
        return True
    return width is not None and _is_full(text, line, after, width)


def _group_lines(text: str, lines: Sequence[_Line]) -> Iterator[tuple[_Line, _Line]]:
    """Group lines into blocks: the first and the last line of each."""
    width = _wrap_width(text, lines)
    written = [(at, line) for at, line in enumerate(lines) if line.kind != "blank"]
    first = 0
    for after, ((at, line), (at_next, next_line)) in enumerate(pairwise(written), start=1):
        apart = at_next - at > 1
        same = _leads_to_quote if apart else partial(_joins, width=width)
        if not same(text, line, next_line):
            yield written[first][1], line
            first = after
    if written:
        yield written[first][1], written[-1][1]


def _leads_to_quote(text: str, line: _Line, after: _Line) -> bool:
    """Return whether *line* introduces a quotation in the next paragraph."""
    plain = line.kind == "plain" and after.kind == "plain"
    return plain and text[line.end - 1] == "," and bool(OPENS_LINE.match(text, after.start))


def _judge_plain(line: str, *, top: bool) -> SentenceKind:
    """Classify a plain block as paragraph, headline or label; *top*: before any paragraph."""
    if ends_sentence(line) or len(line.split()) > _MAX_HEADING_WORDS:
        return "prose"
    if line.endswith((":", "：")):
        return "prose" if is_statement(line, headline=True) else "label"
    if line.lower() == line.upper():  # a script without capitals: only the length can decide
        return "heading" if len(line) > 12 else "label"
    return "heading" if is_statement(line, headline=top) else "label"


def _judge_block(text: str, first: _Line, last: _Line, *, listed: bool, top: bool) -> SentenceKind:
    line = text[first.start : last.end]
    match first.kind:
        case "furniture" | "marker":
            return "furniture"
        case "header":
            return "label"
        case "hash":
            return "heading" if is_statement(line, headline=top) else "label"
        case "row" | "item":
            return first.kind
    return "item" if listed else _judge_plain(line, top=top)


def find_blocks(text: str) -> Iterator[Block]:
    """
    Find the blocks of *text*, in order.

    Wrapped lines are joined. A bare list dash is boilerplate and makes the next
    block an item; front matter is boilerplate too. Linear in the length of *text*.
    """
    front = find_front_matter(text)
    lines = _list_lines(text, front[-1] if front else 0)
    if front:
        yield Block(0, len(text[: front[-1]].rstrip()), "furniture")
    _mark_comments(text, lines)
    _mark_tables(text, lines)
    _mark_menus_and_tags(text, lines)
    listed, top = False, True
    for first, last in _group_lines(text, lines):
        kind = _judge_block(text, first, last, listed=listed, top=top)
        listed = first.kind == "marker"
        top = top and kind != "prose"
        yield Block(first.start, last.end, kind)


def find_title(text: str) -> str | None:
    r"""
    Find the title of an article: the headline before its first paragraph.

    None when the text opens with a paragraph. Only the first 4,000 characters are read.

    >>> find_title("World\n\nCourt Rejects Appeal\n\nThe court said no on Monday.")
    'Court Rejects Appeal'
    """
    head = text[:4000]
    candidates = []
    for block in find_blocks(head):
        if block.kind in ("heading", "label"):
            candidates.append((block.kind, head[block.start : block.end].lstrip("# ").rstrip("# ")))
        elif block.kind != "furniture":
            break
    else:
        return None
    named = [line for kind, line in candidates if kind == "heading" or len(line.split()) > 3]
    return next(iter(named or [line for _, line in candidates]), None)
