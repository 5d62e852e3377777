"""Quotation marks, and the quotations between them: the one place that knows which there are."""

import re

QUOTED = re.compile(r"“[^”]*”?|\"[^\"]*\"?|``(?:(?!'').)*(?:'')?|«[^»]*»?", re.DOTALL)
# Quotations that are closed; one of the groups has the words between the marks.
CLOSED_QUOTATION = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|``(.+?)''")
# The words between marks, whatever mark closes them.
INNER_QUOTED = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]?")
OPENING_MARK = re.compile(r"[“\"«]|``")
ANY_MARK = re.compile(r"[\"“”„«»]|``|''")
# Marks, single ones included, with which a line of a quotation can begin.
OPENS_LINE = re.compile(r"[\"“„«‘']")


def blank_quotations(sentence: str) -> str:
    """Blank the quotations in *sentence* except the closing mark; offsets stay the same."""
    return QUOTED.sub(lambda quoted: " " * (len(quoted[0]) - 1) + quoted[0][-1], sentence)
