"""Quotation marks, and the quotations between them: the one place that knows which there are."""

import re

OPENING = "“„«"
CLOSING = "”»"
# Marks that a quotation can stand in, the single ones and straight ones included.
ALL_MARKS = "“”„«»\"‘’'"
QUOTED = re.compile(r"“[^”]*”?|\"[^\"]*\"?|``(?:(?!'').)*(?:'')?|«[^»]*»?", re.DOTALL)


def blank_quotations(sentence: str) -> str:
    """Blank the quotations in *sentence* except the closing mark; offsets stay the same."""
    return QUOTED.sub(lambda quoted: " " * (len(quoted[0]) - 1) + quoted[0][-1], sentence)
