"""Convert code-point offsets to line and column, or to UTF-16 code units."""

import re
from bisect import bisect_left, bisect_right

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class Lines:
    """Starts of the lines of a text; only a line feed ends one, as in editors, git and grep."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def locate(self, offset: int) -> tuple[int, int]:
        r"""
        Return the line and the column of *offset*, both from 1.

        >>> Lines("Costs fell.\nSales rose.").locate(12)
        (2, 1)
        """
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class Units:
    """Offsets in UTF-16 code units: a character beyond the first 65,536 counts as two."""

    def __init__(self, text: str) -> None:
        self._astral = [found.start() for found in _ASTRAL.finditer(text)]

    def count(self, offset: int) -> int:
        """
        Count the code units before *offset*.

        >>> Units("\U0001f600 ok").count(1)
        2
        """
        return offset + bisect_left(self._astral, offset)


def count_units(text: str) -> int:
    """Count the UTF-16 code units of *text*."""
    return Units(text).count(len(text))
