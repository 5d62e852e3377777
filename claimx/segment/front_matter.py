"""Find the front matter of a text: what programs keep about it between lines of dashes, on top."""

import re

# Longer is text between two rules; programs write some ten lines.
_MAX_FRONT = 20_000
_FENCE = re.compile(r"---[ \t]*\r?\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_KEY = re.compile(r"[\w\"'][\w .\"'-]*:(?:\s|\Z)")
_OTHER = re.compile(r"[ \t#-]|\Z")


def find_front_matter(text: str) -> tuple[int, int, int] | None:
    r"""
    Find front matter at the head of *text*: where it starts and ends, and where the text begins.

    Null if there is none: between the lines of dashes must be a name and a
    colon first, and on every line that is neither indented, a list item, a
    comment nor blank.

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
