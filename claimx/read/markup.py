"""
Prepare a page for article extraction, which looks at structure alone.

Struck-out and hidden text is dropped. Superscripts, quotations and formulas that
exist only as markup are written as characters. Lists, captions and layout tables
are converted to elements that the extraction keeps.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from claimx.language.sentence_ends import ends_sentence
from claimx.read.scripts import lower_text, raise_text

_UNSEEN_STYLE = re.compile(
    r"\btext-decoration(?:-line)?\s*:[^;]*\bline-through\b|\bdisplay\s*:\s*none\b"
    r"|\bvisibility\s*:\s*hidden\b",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"\btext-decoration(?:-line)?\s*:[^;]*\bline-through\b", re.IGNORECASE)
_SHIFTED = re.compile(r"\bvertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
# A rule of a style sheet that applies everywhere to one class.
_SPECIAL_RULE = re.compile(r"/\*.*?\*/|@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r"[a-z]*\.([\w-]+)", re.IGNORECASE)
_MAX_SHEET, _MAX_STYLE = 200_000, 2_000  # characters
_INLINE = frozenset(("span", "a", "b", "i", "em", "strong", "font", "small", "big", "u", "cite"))
_IN_HEAD = frozenset(
    (
        "title",
        "meta",
        "link",
        "base",
        "script",
        "style",
        "noscript",
        "template",
        "object",
        "bgsound",
    )
)
_UNSEEN = frozenset(
    ("del", "s", "strike", "rt", "rp", "rtc", "template", "annotation", "annotation-xml")
)
_FORM_PARTS = ("input", "select", "textarea", "button", "label", "option", "fieldset", "legend")
# Names of elements in which the extraction looks for an article.
_CONTAINER = re.compile(r"content|article|story|post|main|entry|text", re.IGNORECASE)
# Elements around an article.
_AROUND = ("nav", "aside", "footer", "header", "menu")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MARK = re.compile(r"\s*[\[(]?\s*\w{0,3}\s*[\])]?\s*")
# Attributes of a span that the extraction looks at.
_MARKING = frozenset(("id", "class", "itemprop", "rel", "role", "style", "data-testid"))
# Characters that XML forbids (XML 1.0, 2.2).
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A longer cell is text, not data.
_MAX_CELL = 300


def prepare_page(tree: Any) -> None:
    """Rewrite *tree*, a page that lxml parsed, in place."""
    _mend_head(tree)
    write_as_seen(tree)
    _write_quotes(tree)
    _open_wrappers(tree)
    _open_links(tree)
    _merge_spans(tree)
    _open_layout_tables(tree)
    _open_cells(tree)
    _mark_article(tree)


def write_as_seen(tree: Any) -> None:
    """Drop what is struck out or hidden, and write superscripts, subscripts and formulas."""
    _follow_styles(tree)
    _drop_unseen(tree)
    _write_formulas(tree)
    _write_scripts(tree)


def _mend_head(tree: Any) -> None:
    """Move text out of the head, where parsers leave it if no body begins."""
    head, body = tree.find("head"), tree.find("body")
    strays = [one for one in head if one.tag not in _IN_HEAD] if head is not None else []
    if strays and body is None:
        body = tree.makeelement("body")
        tree.append(body)
    for at, stray in enumerate(strays):
        body.insert(at, stray)


def _follow_styles(tree: Any) -> None:
    """Add markup for text that only a style strikes out, raises or lowers."""
    sheets = "".join(sheet.text or "" for sheet in tree.iter("style"))[:_MAX_SHEET]
    styles: dict[str, str] = {}
    for selectors, style in _RULE.findall(_SPECIAL_RULE.sub("", sheets)):
        if _STRUCK.search(style) or _SHIFTED.search(style):
            for selector in selectors.split(","):
                if named := _CLASS.fullmatch(selector.strip()):
                    styles[named[1]] = style
    for element in tree.iter("*"):
        classes = element.get("class", "").split()
        style = ";".join(
            [
                *(styles[one] for one in classes if one in styles),
                element.get("style", "")[:_MAX_STYLE],
            ]
        )
        shift = _SHIFTED.search(style)
        if _STRUCK.search(style):
            element.tag = "del"
        elif shift and element.tag in _INLINE:
            element.tag = {"super": "sup", "sub": "sub"}[shift[1].lower()]


def _drop_unseen(tree: Any) -> None:
    """Drop struck-out text, hidden text and pronunciation guides."""
    for element in list(tree.iter("*")):
        is_hidden = element.get("hidden", "until-found") != "until-found"
        if (
            element.tag in _UNSEEN
            or is_hidden
            or _UNSEEN_STYLE.search(element.get("style", "")[:_MAX_STYLE])
        ):
            _drop(element)


def _drop(element: Any) -> None:
    """Empty *element*; removing it would copy the text beside it each time."""
    element.clear(keep_tail=True)
    element.tag = "span"


def _write_formulas(tree: Any) -> None:
    """Write MathML on one line: superscripts and subscripts, fractions with a slash."""
    for element in list(tree.iter("msup", "msub", "mfrac")):
        if len(element) == 2:  # base and index, numerator and denominator
            if element.tag == "mfrac":
                element[0].tail = "/"
            else:
                element[1].tag = element.tag[1:]
    for formula in list(tree.iter("math")):
        for part in [one for one in formula.iterdescendants() if one.tag not in ("sup", "sub")]:
            part.tag = "span"
        formula.tag = "span"


def _write_scripts(tree: Any) -> None:
    for element in list(tree.iter("sup", "sub")):
        text = "".join(element.itertext()).strip()
        raised = (
            raise_text(text, _read_before(element)) if element.tag == "sup" else lower_text(text)
        )
        if raised != text:
            element.clear(keep_tail=True)
            element.text = _clean(raised)
        element.attrib.clear()
        element.tag = "span"


def _read_before(element: Any) -> str:
    """Read the text right before *element*, up to the tag before it."""
    previous = element.getprevious()
    if previous is not None:
        return str(previous.tail or "".join(previous.itertext()))
    return str(element.getparent().text or "")


def _write_quotes(tree: Any) -> None:
    """Write the quotation marks that a browser adds around quotations."""
    for element in list(tree.iter("q")):
        depth = sum(1 for _ in element.iterancestors("q"))
        opening, closing = ("“”", "‘’")[depth % 2]
        element.text = opening + _clean(element.text or "")
        if len(element):
            element[-1].tail = _clean(element[-1].tail or "") + closing
        else:
            element.text += closing
    for element in list(tree.iter("q")):
        element.tag = "span"


def _open_wrappers(tree: Any) -> None:
    """Unwrap elements that only wrap text: insertions, ruby, times, forms, captions."""
    for element in list(tree.iter("ins", "ruby", "rb", "time")):
        element.tag = "div" if element.find(".//p") is not None else "span"
    for form in list(tree.iter("form")):
        if form.find(".//p") is not None:
            for part in list(form.iter(*_FORM_PARTS)):
                _drop(part)
            form.tag = "div"
    for caption in list(tree.iter("figcaption")):
        caption.tag = "p"
        figure = next(caption.iterancestors("figure"), None)
        if figure is not None:
            figure.tag = "div"


def _open_links(tree: Any) -> None:
    """
    Unwrap links inside sentences, and keep note marks as marks.

    The extraction would take short paragraphs with links for navigation.
    """
    for paragraph in tree.iter("p"):
        links = [link for link in paragraph.iter("a") if link.get("rel") != "author"]
        if links and next(paragraph.iterancestors(*_AROUND), None) is None:
            text = " ".join(paragraph.text_content().split())
            linked = sum(len(_WORDS.findall(link.text_content())) for link in links)
            others = len(_WORDS.findall(text)) - linked
            is_prose = ends_sentence(text) and others > 1
            for link in links:
                if is_prose or _MARK.fullmatch(link.text_content()):
                    link.attrib.clear()
                    link.tag = "span"


def _open_cells(tree: Any) -> None:
    """Convert lists in table cells to paragraphs; the extraction would drop them."""
    for cell in tree.iter("td", "th"):
        for part in list(cell.iter("ul", "ol", "dl", "li", "dt", "dd")):
            part.tag = "div" if part.tag in ("ul", "ol", "dl") else "p"


def _merge_spans(tree: Any) -> None:
    """
    Merge spans without meaning into the text around them, each parent at once.

    One by one, as the extraction does it, takes quadratic time.
    """
    spans = (one for one in tree.iter("span") if not _MARKING.intersection(one.attrib))
    parents = dict.fromkeys(one.getparent() for one in spans)
    for parent in reversed(parents):
        if parent is not None:
            _merge_children(parent)


def _merge_children(parent: Any) -> None:
    """Replace the spans of *parent* by their contents."""
    texts: list[list[str]] = [[parent.text or ""]]  # before, between and after the kept children
    kept: list[Any] = []
    for child in list(parent):
        if child.tag == "span" and not _MARKING.intersection(child.attrib):
            texts[-1].append(child.text or "")
            inside = list(child)
        else:
            inside = [child]
        for one in inside:
            kept.append(one)
            texts.append([(one.tail or "") if one is not child else ""])
        texts[-1].append(child.tail or "")
    parent[:] = kept
    parent.text = _clean("".join(texts[0]))
    for one, tail in zip(kept, texts[1:], strict=True):
        one.tail = _clean("".join(tail))


def _clean(text: str) -> str:
    """Replace characters that a page may contain as references, but no tree may hold."""
    return _NO_TEXT.sub("\ufffd", text)


def _open_layout_tables(tree: Any) -> None:
    """Convert layout tables to divisions, outer tables first."""
    for table in list(tree.iter("table")):
        if _is_for_layout(table):
            for part in list(_list_own_parts(table)):
                part.tag = "div"
                _wrap_text(part)
            table.tag = "div"


def _wrap_text(cell: Any) -> None:
    """Wrap the text at the start of *cell* in a paragraph."""
    if cell.text and cell.text.strip() and next(cell.iter("p", "table"), None) is not None:
        paragraph = cell.makeelement("p")
        paragraph.text, cell.text = _clean(cell.text), None
        cell.insert(0, paragraph)


def _list_own_parts(table: Any) -> Iterator[Any]:
    """List the rows and cells of *table*, without those of nested tables."""
    for part in table.iter("thead", "tbody", "tfoot", "tr", "td", "th"):
        if next(part.iterancestors("table"), None) is table:
            yield part


def _is_for_layout(table: Any) -> bool:
    if table.get("role") in ("presentation", "none"):
        return True
    parts = list(_list_own_parts(table))
    if table.find("caption") is not None or any(part.tag in ("th", "thead") for part in parts):
        return False
    cells = [part for part in parts if part.tag == "td"]
    return len(cells) == 1 or any(map(_is_part_of_page, cells))


def _is_part_of_page(cell: Any) -> bool:
    """Return whether a cell contains headings, tables or long text."""
    if next(cell.iter("h1", "h2", "h3", "h4", "table", "article"), None) is not None:
        return True
    return len(cell.text_content()) > _MAX_CELL


def _mark_article(tree: Any) -> None:
    """Mark the element with all paragraphs as the article, if the page marks none."""
    body = tree.find("body")
    paragraphs = list(tree.iter("p")) if body is not None else []
    if paragraphs:
        paragraphs += [one for one in tree.iter("table") if one.find(".//th") is not None]
    if not paragraphs or any(map(_may_be_article, tree.iter("article", "main", "div", "section"))):
        return
    lines = [list(reversed([*one.iterancestors()])) for one in paragraphs]
    shared = next(
        at
        for at, level in enumerate(chain(zip(*lines, strict=False), [()]))
        if len(set(level)) != 1
    )
    holder = lines[0][shared - 1]
    if holder.tag == "div":
        holder.tag = "article"
    elif holder is body:
        article = tree.makeelement("article")
        article.text, body.text = _clean(body.text or ""), None
        article.extend(list(body))
        body.append(article)


def _may_be_article(element: Any) -> bool:
    named = f"{element.get('id', '')} {element.get('class', '')}"
    return element.tag in ("article", "main") or _CONTAINER.search(named) is not None
