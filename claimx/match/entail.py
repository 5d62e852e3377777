"""
Return whether one claim says all that another says, and more.

"Two men were arrested in Lyon on Friday" entails "Two men were arrested": all words of the
general claim stand in the specific one, in its order, and what the specific one adds are details
behind it, a phrase before it, or adjectives. Whatever else is added may turn the meaning:
"tried to", "the wife of", "if".
"""

from itertools import pairwise

from claimx.language.lexicon import FUNCTION_WORDS, read_words
from claimx.language.modality import HEDGES
from claimx.language.names import find_place
from claimx.language.tokens import is_word
from claimx.match.apart import REJECTING
from claimx.match.embedded import find_embedded
from claimx.match.pairing import Pairing, pair_words
from claimx.match.statements import Statement

SURE = 0.999  # strength from which a word says what another says
ARTICLES = read_words("function_words.articles")
# Before an adjective: "boarded *the* large dhow", "arrested *in* northern Lyon".
LEADS = read_words("matching.leads")
JOINS = frozenset('-"“”')  # between the parts of a word, and around one
# What begins a phrase before a claim that leaves it true.
OPENINGS = read_words("matching.openings")
# What takes back or narrows what stands before it.
TURNS = read_words("matching.turns")
# An adjective that makes its noun another thing: attempted murder is no murder.
PRIVATIVE = read_words("matching.privative")


def entails(specific: Statement, general: Statement) -> bool:
    """Return whether *specific* says all that *general* says, as far as their order shows it."""
    words = _list_words(general)
    if not 0 < len(words) < len(_list_words(specific)):
        return False
    pairing = pair_words(general, specific)
    at = _open(pairing, words[0])
    if at is None:
        return False
    for before, place in pairwise(words):
        found = _find_next(pairing, at, place, before)
        if found is None:
            return False
        at = found
    return _may_go_on(specific, at) and find_embedded(specific, general) is None


def _list_words(statement: Statement) -> list[int]:
    """List the tokens that are words or numbers, or bind two ("'s"), without articles."""
    lower = statement.lower
    return [at for at, word in enumerate(lower) if _counts(word) and word not in ARTICLES]


def _counts(word: str) -> bool:
    return is_word(word) or any(map(str.isalnum, word))


def _same(pairing: Pairing, place: int, at: int) -> bool:
    """Return whether token *place* of the general claim says what *at* of the specific one says."""
    word, other = pairing.one.lower[place], pairing.other.lower[at]
    if word == other:
        return True
    # a country is no city, though the names of its capital stand for it elsewhere
    return pairing.match(place, at) >= SURE and not (find_place((word,)) or find_place((other,)))


def _open(pairing: Pairing, place: int) -> int | None:
    """Find the first word of the general claim where a claim may begin."""
    specific = pairing.other
    for at in _list_words(specific):
        if _same(pairing, place, at):
            lead = specific.lower[:at]
            while lead and (lead[-1] in ARTICLES or _describes(specific, len(lead) - 1)):
                lead = lead[:-1]
            return at if not lead or (lead[-1] == "," and lead[0] in OPENINGS) else None
    return None


def _find_next(pairing: Pairing, at: int, place: int, before: int) -> int | None:
    """Find the next word of the general claim after token *at*; only adjectives may lie between."""
    specific, lower = pairing.other, pairing.other.lower
    led = pairing.one.lower[before] in LEADS
    for to in range(at + 1, len(lower)):
        if _same(pairing, place, to):
            return to
        if lower[to] in ARTICLES:
            led = True
        elif lower[to] in JOINS or _same(pairing, before, to):
            continue  # the rest of one name
        elif not (led and _describes(specific, to)):
            return None
    return None


def _describes(statement: Statement, at: int) -> bool:
    """Return whether a token may be an adjective that leaves its noun what it is."""
    word = statement.lower[at]
    return at in statement.word_at and not (
        word in PRIVATIVE or word in HEDGES or word in REJECTING
    )


def _may_go_on(specific: Statement, at: int) -> bool:
    """Return whether what follows the last word of the general claim only adds to it."""
    after = specific.lower[at + 1 :]
    if not any(map(_counts, after)):
        return True
    dated = any(date.at == at + 1 for date in specific.features.dates)
    return dated or (
        after[0] not in TURNS and (after[0] in FUNCTION_WORDS or not _counts(after[0]))
    )
