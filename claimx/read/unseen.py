"""
Find what a page does not show: hidden by markup, style or class, or of the colour of its ground.

Only what leaves no doubt counts. A class hides if a rule says so of that class alone and no rule
shows it, or another class of the element, again: that is opened by a click, and read. Scripts and
sheets in other files are not looked at. Time is linear in the length of sheets and styles.
"""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any, NamedTuple

Style = Mapping[str, str]

_UNSEEN = frozenset(
    ("del", "s", "strike", "rt", "rp", "rtc", "template", "annotation", "annotation-xml")
)
_CLASS = re.compile(r"[a-z]*\.([\w-]+)", re.IGNORECASE)
_ANY_CLASS = re.compile(r"\.([\w-]+)")
_MAX_SHEET = 200_000
_SHOWING = frozenset(("display", "visibility"))
_STRIKING = frozenset(("text-decoration", "text-decoration-line"))
_FOLLOWED = _SHOWING | _STRIKING | {"vertical-align"}
_IMPORTANT = "!important"
_RGB = re.compile(r"rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)(?:[,/ ]+1(?:\.0*)?)?\)")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_NAMED = {"white": "ffffff", "black": "000000"}
_WHITE = "ffffff"


class Sheets(NamedTuple):
    """
    What the sheets of a page say of single classes.

    *of_class* has what hides, strikes out or shifts everything of one class, *shown* the classes
    that some rule shows on a screen; *grounds* tells whether a sheet may set a background.
    """

    of_class: Mapping[str, Style]
    shown: Set[str]
    grounds: bool


class _Rule(NamedTuple):
    """A rule of a sheet, and whether it is inside one that begins with @, or in that of print."""

    selectors: str
    style: Style
    is_special: bool
    is_of_print: bool


def read_style(words: str) -> dict[str, str]:
    """
    Read a style into its properties, all in small letters.

    >>> read_style("Color: #FFF; display:none !important")
    {'color': '#fff', 'display': 'none !important'}
    """
    pairs = (one.partition(":") for one in words.lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def is_struck(style: Style) -> bool:
    """Return whether *style* strikes text out."""
    return any("line-through" in style.get(name, "") for name in _STRIKING)


def read_sheets(tree: Any) -> Sheets:
    """Read the sheets in *tree*."""
    sheet = "".join(sheet.text or "" for sheet in tree.iter("style"))[:_MAX_SHEET]
    of_class: dict[str, dict[str, str]] = {}
    shown: set[str] = set()
    for rule in _list_rules(sheet):
        if _shows(rule.style) and not rule.is_of_print:
            shown.update(_ANY_CLASS.findall(rule.selectors))
        for selector in () if rule.is_special else rule.selectors.split(","):
            if named := _CLASS.fullmatch(selector.strip()):
                followed = {name: rule.style[name] for name in _FOLLOWED & rule.style.keys()}
                of_class.setdefault(named[1], {}).update(followed)
    linked = any("stylesheet" in link.get("rel", "").lower() for link in tree.iter("link"))
    return Sheets(of_class, shown, linked or "background" in sheet or "@import" in sheet)


def _list_rules(sheet: str) -> Iterator[_Rule]:
    """List the rules of *sheet* in order."""
    outer = "".join(
        part.partition("*/")[2] if number else part for number, part in enumerate(sheet.split("/*"))
    )
    around: list[bool] = []  # the rules that are open, and whether they are of print
    prints = 0
    for chunk in outer.split("}"):
        *opened, style = chunk.split("{")
        if opened:
            for one in opened[:-1]:
                around.append("print" in one.lower())
                prints += around[-1]
            selectors = opened[-1].rpartition(";")[2]
            yield _Rule(selectors, read_style(style), bool(around), prints > 0)
        elif around:
            prints -= around.pop()


def find_unseen(tree: Any, sheets: Sheets) -> list[Any]:
    """List the elements of *tree* whose text is struck out, hidden or a guide to pronunciation."""
    own = [element for element in tree.iter("*") if _is_unseen(element, sheets)]
    return own + _find_hidden_by_class(tree, sheets)


def _is_unseen(element: Any, sheets: Sheets) -> bool:
    if element.tag in _UNSEEN or element.get("hidden", "until-found") != "until-found":
        return True
    style = read_style(element.get("style", ""))
    return is_struck(style) or _hides(style) or _is_of_its_ground(element, style, sheets)


def _hides(style: Style) -> bool:
    return style.get("display", "").startswith("none") or style.get("visibility", "").startswith(
        "hidden"
    )


def _shows(style: Style) -> bool:
    return not _hides(style) and not _SHOWING.isdisjoint(style)


def _find_hidden_by_class(tree: Any, sheets: Sheets) -> list[Any]:
    """
    List the elements that a class hides.

    None, if they are most of the page: a script shows it once it is there.
    """
    hiding = {  # by class, whether no other rule counts
        name: any(style.get(one, "").endswith(_IMPORTANT) for one in _SHOWING)
        for name, style in sheets.of_class.items()
        if name not in sheets.shown and _hides(style)
    }
    if not hiding:
        return []
    hidden = {one: None for one in tree.iter("*") if _is_hidden(one, hiding, sheets.shown)}
    outer = [one for one in hidden if hidden.keys().isdisjoint(one.iterancestors())]
    share = sum(map(_count_letters, outer)), sum(map(_count_letters, tree.iter("body")))
    return outer if 2 * share[0] < share[1] else []


def _is_hidden(element: Any, hiding: Mapping[str, bool], shown: Set[str]) -> bool:
    names = element.get("class", "").split()
    if hiding.keys().isdisjoint(names):
        return False
    if any(hiding.get(name) for name in names):
        return True
    return shown.isdisjoint(names) and not _shows(read_style(element.get("style", "")))


def _count_letters(element: Any) -> int:
    return sum(len(text.strip()) for text in element.itertext())


def _is_of_its_ground(element: Any, style: Style, sheets: Sheets) -> bool:
    """
    Return whether the text of *element* has the colour of its background, by its own *style*.

    White is that of a page which says nothing else.
    """
    colour = _find_colour(element, style)
    if not colour or any(map(_has_colour, element.iterdescendants("*"))):
        return False
    ground = _find_ground(element, style)
    if ground is None and not sheets.grounds:
        above = ((one, read_style(one.get("style", ""))) for one in element.iterancestors())
        grounds = (_find_ground(*one) for one in above)
        ground = next((one for one in grounds if one is not None), _WHITE)
    return colour == ground


def _has_colour(element: Any) -> bool:
    return _find_colour(element, read_style(element.get("style", ""))) is not None


def _find_colour(element: Any, style: Style) -> str | None:
    """Return the colour of the text of *element*; "" if it has one that is told otherwise."""
    if "color" in style:
        return _read_colour(style["color"])
    return _read_colour(element.get("color", "")) if element.tag == "font" else None


def _find_ground(element: Any, style: Style) -> str | None:
    """Return the background of *element*; "" if it has one that is no plain colour."""
    told = style.get("background-color", style.get("background"))
    if told is None and element.get("background"):
        return ""
    told = element.get("bgcolor") if told is None else told
    return None if told is None else _read_colour(told)


def _read_colour(words: str) -> str:
    """
    Write a colour as six digits; "" if it is told otherwise.

    >>> _read_colour("#FFF"), _read_colour("rgb(255, 255, 255)"), _read_colour("url(a.png)")
    ('ffffff', 'ffffff', '')
    """
    plain = words.lower().removesuffix(_IMPORTANT).strip()
    if rgb := _RGB.fullmatch(plain):
        return "".join(f"{min(int(one), 255):02x}" for one in rgb.groups())
    if digits := _HEX.fullmatch(plain):
        return digits[1] if len(digits[1]) == 6 else "".join(2 * one for one in digits[1])
    return _NAMED.get(plain, "")
