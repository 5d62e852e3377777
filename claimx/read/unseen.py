"""
Find what a page does not show: hidden by markup, style or class, or of the colour of its ground.

Only what leaves no doubt counts. A class hides if a rule says so of that class alone and no rule
shows it, or another class of the element, again: that is opened by a click, and read. Scripts and
sheets in other files are not looked at.
"""

import re
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

_UNSEEN = frozenset(
    ("del", "s", "strike", "rt", "rp", "rtc", "template", "annotation", "annotation-xml")
)
_STRUCK = re.compile(r"\btext-decoration(?:-line)?\s*:[^;]*\bline-through\b", re.IGNORECASE)
_HIDDEN = re.compile(r"\bdisplay\s*:\s*none\b|\bvisibility\s*:\s*hidden\b", re.IGNORECASE)
_SHOWN = re.compile(
    r"\bdisplay\s*:\s*(?!none)[a-z]|\bvisibility\s*:\s*(?!hidden)[a-z]", re.IGNORECASE
)
_SPECIAL_RULE = re.compile(r"/\*.*?\*/|@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
_OF_PRINT = re.compile(
    r"/\*.*?\*/|@media\s+print\b[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL | re.IGNORECASE
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r"[a-z]*\.([\w-]+)", re.IGNORECASE)
_ANY_CLASS = re.compile(r"\.([\w-]+)")
_MAX_SHEET = 200_000
_COLOUR = re.compile(r"(?<![\w-])color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(r"\bbackground(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_RGB = re.compile(r"rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)(?:[,/ ]+1(?:\.0*)?)?\)")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_NAMED = {"white": "ffffff", "black": "000000"}
_WHITE = "ffffff"


class Rules(NamedTuple):
    """What the sheets of a page say of single classes, in the order of their rules."""

    of_class: list[tuple[str, str]]
    shown: frozenset[str]
    grounds: bool


def read_rules(tree: Any) -> Rules:
    """
    Read the sheets in *tree*.

    *of_class* are the rules that apply everywhere to one class alone, *shown* the classes that
    some rule shows, *grounds* tells whether a background may be set by a sheet.
    """
    sheets = "".join(sheet.text or "" for sheet in tree.iter("style"))[:_MAX_SHEET]
    of_class = [
        (named[1], style)
        for selectors, style in _RULE.findall(_SPECIAL_RULE.sub("", sheets))
        for selector in selectors.split(",")
        if (named := _CLASS.fullmatch(selector.strip()))
    ]
    shown = frozenset(
        name
        for selectors, style in _RULE.findall(_OF_PRINT.sub("", sheets))
        if _SHOWN.search(style)
        for name in _ANY_CLASS.findall(selectors)
    )
    linked = any("stylesheet" in link.get("rel", "").lower() for link in tree.iter("link"))
    return Rules(of_class, shown, linked or "background" in sheets or "@import" in sheets)


def find_unseen(tree: Any, rules: Rules) -> list[Any]:
    """List the elements of *tree* whose text is struck out, hidden or a guide to pronunciation."""
    own = [element for element in tree.iter("*") if _is_unseen(element, rules)]
    return own + _find_hidden_by_class(tree, rules)


def _is_unseen(element: Any, rules: Rules) -> bool:
    style = element.get("style", "")
    return (
        element.tag in _UNSEEN
        or element.get("hidden", "until-found") != "until-found"
        or bool(_STRUCK.search(style) or _HIDDEN.search(style))
        or _is_of_its_ground(element, rules)
    )


def _find_hidden_by_class(tree: Any, rules: Rules) -> list[Any]:
    """
    List the elements that a class hides.

    None, if they are most of the page: a script shows it once it is there.
    """
    hiding: dict[str, bool] = {}  # by class, whether no other rule counts
    for name, style in rules.of_class:
        if name not in rules.shown and (found := _HIDDEN.search(style)):
            hiding[name] = "important" in style[found.end() :].partition(";")[0]
    if not hiding:
        return []
    hidden = {one: None for one in tree.iter("*") if _hides(one, hiding, rules.shown)}
    outer = [one for one in hidden if hidden.keys().isdisjoint(one.iterancestors())]
    share = sum(map(_count_letters, outer)), sum(map(_count_letters, tree.iter("body")))
    return outer if 2 * share[0] < share[1] else []


def _hides(element: Any, hiding: Mapping[str, bool], shown: Set[str]) -> bool:
    names = element.get("class", "").split()
    if hiding.keys().isdisjoint(names):
        return False
    if any(hiding.get(name) for name in names):
        return True
    return shown.isdisjoint(names) and not _SHOWN.search(element.get("style", ""))


def _count_letters(element: Any) -> int:
    return sum(len(text.strip()) for text in element.itertext())


def _is_of_its_ground(element: Any, rules: Rules) -> bool:
    """
    Return whether the text of *element* has the colour of its background, by its own style.

    White is that of a page which says nothing else.
    """
    colour = _find_colour(element)
    if colour is None or any(_find_colour(one) for one in element.iterdescendants("*")):
        return False
    ground = _find_ground(element)
    if ground is None and not rules.grounds:
        grounds = (_find_ground(one) for one in element.iterancestors())
        ground = next((one for one in grounds if one is not None), _WHITE)
    return colour == ground


def _find_colour(element: Any) -> str | None:
    if found := _COLOUR.search(element.get("style", "")):
        return _read_colour(found[1]) or ""
    return _read_colour(element.get("color", "")) if element.tag == "font" else None


def _find_ground(element: Any) -> str | None:
    """Return the background of *element*; "" if it has one that is no plain colour."""
    found = _GROUND.search(element.get("style", ""))
    if found is None and not element.get("bgcolor") and not element.get("background"):
        return None
    return _read_colour(found[1] if found else element.get("bgcolor", "")) or ""


def _read_colour(words: str) -> str | None:
    """
    Write a colour as six digits; none if it is told otherwise.

    >>> _read_colour("#FFF"), _read_colour("rgb(255, 255, 255)"), _read_colour("url(a.png)")
    ('ffffff', 'ffffff', None)
    """
    plain = words.strip().lower()
    if rgb := _RGB.fullmatch(plain):
        return "".join(f"{min(int(one), 255):02x}" for one in rgb.groups())
    if digits := _HEX.fullmatch(plain):
        return digits[1] if len(digits[1]) == 6 else "".join(2 * one for one in digits[1])
    return _NAMED.get(plain)
