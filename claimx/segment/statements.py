"""
Analyse one sentence: whether it states something, and its wording in plain text.

Plain text is one line without markup; a table row has the names of its columns.
"""

import re
from functools import lru_cache

from claimx.language.features import stem_word
from claimx.language.lexicon import FUNCTION_WORDS, any_of
from claimx.language.sentence_ends import asks, ends_sentence
from claimx.language.words import is_statement, list_words
from claimx.records import SentenceKind

_MARKER = re.compile(r"(?:#{1,6}|>|[-*+•‣◦▪●·∙–—]|\(?\d{1,2}[.)])\s+")
_MARKUP = re.compile(r"\*{1,3}|__|(?<!`)`(?!`)|~~")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)")
_MIN_CONTENT_WORD = 3
_MIN_WORDS = 3
_REQUEST = re.compile(any_of("boilerplate.requests") + r"\b", re.IGNORECASE)
_SHORT_STATEMENT = re.compile(rf"{any_of('boilerplate.short_subjects', first='capital')}\b|.*\d")


def strip_marker(words: str) -> str:
    """Strip the list or heading marker in front of *words*."""
    marker = _MARKER.match(words)
    return words[marker.end() :] if marker else words


def states_something(words: str, kind: SentenceKind, *, listed: bool = False) -> bool:
    """Return whether *words* state something checkable; *listed*: in a list with a speaker."""
    body = strip_marker(words)
    if asks(body) or _REQUEST.match(body):
        return False
    if kind in ("item", "row"):
        figures = kind == "row" and any(character.isdigit() for character in body)
        return listed or figures or is_statement(body, headline=True)
    count = len(body.split())
    if not body.isascii() and body.lower() == body.upper():
        return len(body) > 4  # scripts without spaces
    if count < _MIN_WORDS or count > 5:
        return count > 5
    return is_statement(body, headline=True) or (
        ends_sentence(body) and _SHORT_STATEMENT.match(body) is not None
    )


def word_sentence(words: str, kind: SentenceKind, header: str = "") -> str:
    """
    Return the plain text of a sentence of *kind*; a row gets its column names from *header*.

    >>> word_sentence("| Lund | 12 | 3 |", "row", "| Town | Ferries | Piers |")
    'Town: Lund; Ferries: 12; Piers: 3'
    """
    if kind == "row":
        return _word_row(words, header)
    plain = _MARKUP.sub("", _LINK.sub(r"\1", strip_marker(words).replace("\n>", " ")))
    worded = close_quotes(" ".join(plain.split()))
    return worded if worded and worded != words else words  # mostly the same: one string for both


def _word_row(words: str, header: str) -> str:
    cells = [" ".join(cell.split()) for cell in words.strip("|").split("|")]
    if len(cells) == 2:
        return ": ".join(cells)
    names = [" ".join(name.split()) for name in header.strip("|").split("|")]
    if len(names) != len(cells):
        return "; ".join(cells)
    return "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True))


def close_quotes(text: str) -> str:
    """Restore the quotation mark that was lost when a quotation was cut."""
    if text.count("“") > text.count("”"):
        return text + "”"
    if text.count("“") < text.count("”"):
        return "“" + text
    if text.count('"') % 2:
        at = text.index('"')
        opens = at + 1 < len(text) and (at == 0 or text[at - 1].isspace())
        return text + '"' if opens else '"' + text
    return text


@lru_cache(maxsize=1_024)  # a sentence is compared with many claims
def list_content(text: str) -> frozenset[str]:
    """Return the stems of the content words of *text*."""
    return frozenset(
        stem_word(word)
        for word in list_words(text)
        if word not in FUNCTION_WORDS and (len(word) >= _MIN_CONTENT_WORD or word[0].isdigit())
    )
