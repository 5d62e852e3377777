"""Where sentences end: the one place that knows the marks."""

import re

# Tokens that end a statement.
ENDING_TOKENS = frozenset(".!?;\n—…")
QUESTION_MARKS = ("?", "？", "؟")
_CLOSING = "\"'”’)\\]"
_NOTE_MARK = "¹²³⁰⁴-⁹"
_TERMINAL = re.compile(
    rf"[.!?…。！？؟।][{_NOTE_MARK}]*\s?[\"'”’»)\]*_」』]*[{_NOTE_MARK},]*"
    r"(?:\s?[\[(][^()\[\]]{1,60}[\])]){0,3}$"  # (AP) [2]
)
_END = rf"(?<![A-Z])[.!?][{_CLOSING}]{{0,3}}\s|[。！？]"
# Between two sentences of one paragraph; behind a capital the stop is mostly of initials.
SENTENCE_END = re.compile(_END)
SENTENCE_OR_LINE_END = re.compile(rf"{_END}|\n")
# Where sentences are told apart without splitting a text: a capital follows.
SENTENCE_GAP = re.compile(r"(?<=[a-z0-9)”\"’][.!?])[”\"’')\]]*\s+(?=[“\"‘(]?[A-Z])|\n\s*\n")
# What a capital behind it says nothing of.
SENTENCE_START = re.compile(r"[.!?:][^\s\w]*\s|[\"“«\n]")


def ends_sentence(text: str) -> bool:
    """Return whether *text* ends with a sentence-final mark, ignoring quotes and notes after it."""
    return _TERMINAL.search(text, max(0, len(text) - 80)) is not None


def asks(text: str) -> bool:
    """Return whether *text* ends with a question mark, ignoring quotes after it."""
    return text.rstrip("\"”’'»)").endswith(QUESTION_MARKS)
