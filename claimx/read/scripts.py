"""Write superscripts and subscripts so that they do not merge with the word before them."""

import re

_PLAIN = "0123456789+-−=()"
_RAISE = str.maketrans(_PLAIN + "ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWER = str.maketrans(_PLAIN, "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_MODIFIERS = str.maketrans("abcdefghjklmoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_SIGNS = {"tm": "™", "sm": "℠"}
# An exponent, or note marks.
_NUMERIC = re.compile(rf"(?=.*\d)[{re.escape(_PLAIN)}ni,;\s–—]+|[ni]")
# Marks of several notes, or one with a letter.
_NOTE_MARKS = re.compile(r"[a-z](?:\s*[,;]\s*[a-z])+|\d{1,3}[a-z]")
_WORD_BEFORE = re.compile(r"[^\W\d_]{3}$")


def raise_text(text: str, before: str) -> str:
    """
    Write *text*, a superscript after *before*, in plain characters.

    Digits become superscript characters, letters that refer to notes are put in
    brackets, and letters that belong to a number or short word are kept.

        >>> raise_text("1", "300"), raise_text("st", "1"), raise_text("b", "people")
        ('¹', 'st', '[b]')
    """
    if text.casefold() in _SIGNS:
        return _SIGNS[text.casefold()]
    if _NUMERIC.fullmatch(text):
        return text.translate(_RAISE)
    if _NOTE_MARKS.fullmatch(text):
        return f"[{text}]"
    if len(text) == 1 and text.isascii() and text.isalpha():
        return f"[{text}]" if _WORD_BEFORE.search(before) else text.translate(_MODIFIERS)
    return text


def lower_text(text: str) -> str:
    """
    Write *text*, a subscript, with subscript characters if it is a number.

    >>> lower_text("2"), lower_text("max")
    ('₂', 'max')
    """
    return text.translate(_LOWER) if _NUMERIC.fullmatch(text) else text
