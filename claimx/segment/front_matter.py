"""Find the front matter of a text: metadata between two lines of dashes at its head."""

import re

# A longer stretch is text between two rules; front matter usually has some ten lines.
_MAX_FRONT = 20_000
_FENCE = re.compile(r"---[ \t]*\r?\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_KEY = re.compile(r"[\w\"'][\w .\"'-]*:(?:\s|\Z)")
_OTHER = re.compile(r"[ \t#-]|\Z")


def find_front_matter(text: str) -> tuple[int, int, int] | None:
    r"""
    Return the start and end of the front matter of *text*, and the start of the body.

    None if there is none. The first line between the dashes must be a name and a
    colon, and so must every line that is not indented, a list item, a comment or
    blank.

    >>> find_front_matter("---\ntitle: A\n---\nText.")
    (4, 13, 17)
    >>> find_front_matter("---\nText: a rule above it.\nAnd more.\n---\n")
    """
    opening = _FENCE.match(text)
    closing = opening and _END.search(text, opening.end(), _MAX_FRONT)
    if not opening or not closing:
        return None
    lines = text[opening.end() : closing.start()].splitlines()
    if not lines or not _KEY.match(lines[0]):
        return None
    if not all(_KEY.match(line) or _OTHER.match(line) for line in lines):
        return None
    return opening.end(), closing.start(), closing.end()
