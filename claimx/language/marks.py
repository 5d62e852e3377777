"""
Marks of a source: link targets, images, and note marks.

They are between the words of an article but not part of its text: a quote without them
is complete, and a year in an address is not a number of the text.
"""

import re

_RAISED = "⁰¹²³⁴-⁹"
_TARGET = r"(?>(?:[^()\s\[\]]|\([^()\s]*\)){1,2000})"
_TITLE = r"(?:\s+(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'))?"
_ANGLED = rf"\(<[^<>\n]{{1,2000}}>{_TITLE}\s?\)"
_LINK = rf"(?:{_ANGLED}|\(<?(?=[^()\s]{{0,2000}}[/#.:@]){_TARGET}>?{_TITLE}\s?\))"
_MARKS = re.compile(
    rf"!\[[^\[\]\n]{{0,300}}\]{_LINK}"  # ![an image](a.png)
    rf"|(?<=\]){_LINK}"  # [words](https://example.org/2024)
    r"|(?<=\])\[[^\[\]\n]{0,100}\]"  # [words][name]
    r"|\[\^[^\[\]\s]{1,40}\]"  # [^1]
    r"|\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\](?!\w)"  # [2], [3, 4]
    r"|(?<=[\w.,;:!?\"'”’)])\[(?:[a-z](?:\s?[,;]\s?[a-z])*|\d{1,3}[a-z]|[ivx]{1,5}"
    r"|(?:note|nb|n)\s?\d{1,3})\](?!\w)"  # [a], [note 2]
    r"|<(?:https?://|mailto:)[^<>\s]{1,2000}>"
    r"|\((?:https?://|www\.)[^()\s]{1,2000}\)|\bhttps?://[^\s<>()\[\]\"]{1,2000}[\w/]"
    r"|<!--(?:(?!-->)[^\n]){0,300}-->"
    r"|~~(?=\S)[^~\n]{1,300}(?<=\S)~~"  # struck out
    # Behind a word or the end of a sentence; m², km² and 10⁶ say something.
    rf"|(?:(?<=[^\W\d_]{{3}})|(?<=[.,;:!?\"'”’)\]»])|(?<=\d)(?<!\b10))"
    rf"(?:[{_RAISED}]+(?:,[{_RAISED}]+)*|<sup>\W{{0,3}}\w{{1,3}}\W{{0,3}}</sup>)"
)
_SIGNS = ("[", "<", "~~", "http", "(www.")  # one of them, or a raised digit, is in each mark
_RAISED_SIGN = re.compile(f"[{_RAISED}]")


def blank_marks(text: str) -> str:
    """
    Replace marks of the source in *text* by spaces, keeping offsets; a lone mark is kept.

    >>> blank_marks("The [bank](https://b.no/2024) paid 300¹ people[2] for 12 km².")
    'The [bank]                    paid 300  people    for 12 km².'
    """
    if not any(sign in text for sign in _SIGNS) and not _RAISED_SIGN.search(text):
        return text
    blanked = _MARKS.sub(lambda found: " " * len(found[0]), text)
    return blanked if any(map(str.isalnum, blanked)) else text
