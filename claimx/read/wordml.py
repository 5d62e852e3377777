"""
WordprocessingML: the text of a paragraph as Word shows it, with all changes accepted.

Text that was deleted, moved away, struck out or hidden is dropped. Equations are
written on one line. Of two versions of a drawing the first with text counts.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import groupby
from typing import Any, NamedTuple

from claimx.read.scripts import lower_text, raise_text

_NAMES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
}
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
GONE = frozenset(("w:del", "w:moveFrom", "w:delText", "w:instrText", "w:rt", "w:pPr", "w:rPr"))
"""Elements whose text was deleted or moved away, or is none."""
_SIGNS = {
    "w:tab": " ",
    "w:ptab": " ",
    "w:br": "\n",
    "w:cr": "\n",
    "w:noBreakHyphen": "\u2011",
    "w:softHyphen": "\u00ad",
}
_NOTES = {"w:footnoteReference": "footnote", "w:endnoteReference": "endnote"}
_OFF = frozenset(("0", "false", "off", "none"))
# Properties of a style that affect the text.
_LOOKS = ("strike", "dstrike", "vanish", "vertAlign", "position")
_MAX_BASES = 10  # levels of inheritance between styles
_MIN_SHIFT = 4  # in half points; a smaller one is cosmetic
# Private characters, which symbol fonts use for their signs.
_PRIVATE = range(0xE000, 0xF900)


class Piece(NamedTuple):
    """
    A piece of a paragraph: text, or a text box or note anchored in it.

    *script* is ``superscript`` or ``subscript`` if the text is raised or lowered.
    *note* is its kind, its id, and whether the text after it is its mark.
    """

    text: str = ""
    script: str = ""
    box: Any = None
    note: tuple[str, str, bool] | None = None


def name_tag(element: Any) -> str:
    """Return the tag of *element* with a short prefix: ``w:p``; empty for a comment."""
    if not isinstance(element.tag, str):
        return ""
    space, _, name = element.tag.rpartition("}")
    prefix = _NAMES.get(space.lstrip("{"))
    return f"{prefix}:{name}" if prefix else name


def list_pieces(element: Any) -> Iterator[Piece]:
    """Yield the pieces of text in *element*, in order."""
    for child in element:
        tag = name_tag(child)
        if tag in GONE:
            continue
        if tag == "w:r":
            yield from _list_run(child)
        elif tag == "m:oMath":
            yield Piece(f"[equation: {' '.join(_write_equation(child).split())}]")
        elif tag == "mc:AlternateContent":
            yield from list_pieces(choose_version(child))
        elif tag == "w:txbxContent":
            yield Piece(box=child)
        elif tag == "w:t":
            yield Piece(child.text or "")
        elif tag in _SIGNS:
            yield Piece(_SIGNS[tag])
        elif tag == "w:sym":
            yield Piece(_read_symbol(child))
        elif tag in _NOTES:
            has_mark = child.get(f"{W}customMarkFollows", "0") not in _OFF
            yield Piece(note=(_NOTES[tag], child.get(f"{W}id", ""), has_mark))
        else:
            yield from list_pieces(child)


def choose_version(alternate: Any) -> Any:
    """Choose among the versions in ``mc:AlternateContent``: the first with text."""
    versions = [one for one in alternate if name_tag(one) in ("mc:Choice", "mc:Fallback")]
    written = (one for one in versions if next(one.iter(f"{W}t", f"{W}tab"), None) is not None)
    return next(written, versions[0] if versions else alternate)


def join_pieces(pieces: list[Piece]) -> str:
    """Join the text of *pieces*; write superscripts and subscripts as such."""
    text = ""
    for script, group in groupby(pieces, key=lambda piece: piece.script):
        joined = "".join(piece.text for piece in group)
        if script == "superscript":
            joined = raise_text(joined, text[-20:])
        text += lower_text(joined) if script == "subscript" else joined
    return text


def is_on(properties: Any, *names: str) -> bool:
    """Return whether *properties*, of a run or paragraph, switch any of *names* on."""
    found = (properties.find(f"{W}{name}") for name in names) if properties is not None else ()
    return any(one is not None and one.get(f"{W}val", "1") not in _OFF for one in found)


def _list_run(run: Any) -> Iterator[Piece]:
    properties = run.find(f"{W}rPr")
    if is_on(properties, "strike", "dstrike", "vanish"):
        return
    script = _find_script(properties)
    for piece in list_pieces(run):
        yield piece._replace(script=script) if piece.text else piece


def _find_script(properties: Any) -> str:
    """Return whether a run is raised or lowered, by its property or by its position."""
    if properties is None:
        return ""
    align, position = properties.find(f"{W}vertAlign"), properties.find(f"{W}position")
    if align is not None:
        return str(align.get(f"{W}val", ""))
    shift = position.get(f"{W}val", "") if position is not None else ""
    if not re.fullmatch(r"-?\d{1,4}", shift) or abs(int(shift)) < _MIN_SHIFT:
        return ""
    return "superscript" if int(shift) > 0 else "subscript"


def write_out_styles(root: Any, styles: Any) -> None:
    """Copy properties that strike out, hide, raise or lower text from *styles* to the runs."""
    looks = {style.get(f"{W}styleId"): style for style in styles.iter(f"{W}style")}
    for named in list(root.iter(f"{W}rStyle")):
        properties, style = named.getparent(), looks.get(named.get(f"{W}val"))
        for _ in range(_MAX_BASES):
            if style is None:
                break
            for tag in _LOOKS:
                look = style.find(f"{W}rPr/{W}{tag}")
                if look is not None and properties.find(f"{W}{tag}") is None:
                    properties.append(deepcopy(look))
            base = style.find(f"{W}basedOn")
            style = looks.get(base.get(f"{W}val")) if base is not None else None


def _read_symbol(element: Any) -> str:
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return "\ufffd"
    return "\ufffd" if code in _PRIVATE or not 32 <= code < 0x110000 else chr(code)


def _write_equation(element: Any) -> str:
    """Write OfficeMath on one line: superscripts and subscripts, fractions with a slash."""
    parts = {name_tag(part): _write_equation(part) for part in element if len(part)}
    match name_tag(element):
        case "m:sSup":
            base = parts.get("m:e", "")
            return base + raise_text(parts.get("m:sup", ""), base)
        case "m:sSub":
            return parts.get("m:e", "") + lower_text(parts.get("m:sub", ""))
        case "m:f":
            return f"{parts.get('m:num', '')}/{parts.get('m:den', '')}"
        case "m:rad":
            return f"√({parts.get('m:e', '')})"
        case "m:t" | "w:t":
            return element.text or ""
    return "".join(_write_equation(part) for part in element if name_tag(part) not in GONE)
