"""
Find claims that only repeat how a quoted phrase names or describes somebody or something.

What a sentence denies, plans or alleges is not what it takes for granted: of "the
39-year-old singer denied rumors", that the singer is 39 is as sure as if nothing were denied.
"""

from itertools import takewhile

from claimx.language.lexicon import FUNCTION_WORDS, read_words
from claimx.language.words import is_statement, list_words
from claimx.records import Claim, Span

_DEFINITE = read_words("function_words.definite")
_BEING = read_words("function_words.forms_of_be")
_STATES = _BEING | read_words("function_words.have")
_LINKS = read_words("function_words.links")
_SAYING = read_words("speech.neutral")
_WORD = 20  # characters in which the word before a quote is looked for


def repeats_descriptions(claim: Claim, text: str) -> bool:
    """Return whether *claim* only says that there is, or who is, what it quotes from *text*."""
    if not claim.spans or not all(_is_description(text, span) for span in claim.spans):
        return False
    quoted = " ".join(span.slice(text) for span in claim.spans)
    known = _list_parts(f"{quoted} {claim.speaker or ''}") | FUNCTION_WORDS | _SAYING
    # Names may stand for what the article calls "he" or "the singer".
    own = _list_parts(" ".join(word for word in claim.text.split() if not word[:1].isupper()))
    return own <= known and not _STATES.isdisjoint(own)


def _list_parts(text: str) -> frozenset[str]:
    """List the words of *text*, those of "39-year-old" one by one, and plurals as singulars."""
    words = list_words(text.replace("-", " "))
    return frozenset(word if word in FUNCTION_WORDS else word.removesuffix("s") for word in words)


def _is_description(text: str, span: Span) -> bool:
    """Return whether *span* is a phrase without a verb that means something definite."""
    quoted = span.slice(text)
    if is_statement(quoted, headline=True):
        return False
    before = text[max(0, span.start - _WORD) : span.start].lower().split()[-2:]
    if not _BEING.isdisjoint(before):
        return False  # "is not the owner"
    opening = [word.lower() for word in (*before[-1:], *quoted.split()[:1])]
    head = takewhile(lambda word: word not in _LINKS, quoted.split())
    return not _DEFINITE.isdisjoint(opening) or any(word[:1].isupper() for word in head)
