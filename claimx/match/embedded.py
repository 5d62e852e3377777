"""
Find out whether one claim only speaks of what the other states.

"Nobody said that the dam broke" and "the dam broke" share all their words but those of saying,
which count for little. What is embedded so is not asserted.
"""

from collections.abc import Iterable

from claimx.language.lexicon import read_words
from claimx.language.spoken import Spoken
from claimx.language.words import is_verb_form
from claimx.match.pairing import Pairing, pair_words
from claimx.match.statements import Statement

# Share of what a claim says, at least, that the other only speaks of; and of what this one says
# besides, from which it is about the same: "Moen was fired after she said so", "Moen was fired".
HELD, SHARED = 0.5, 0.5
STATED = "stated"  # the side of a claim that makes the statement
SHOWN = 4  # words, at most, that show how a claim speaks of a statement


def find_embedded(one: Statement, other: Statement) -> tuple[str, str] | None:
    """Find where one of two claims only speaks of what the other states, in words of each."""
    if not one.spoken and not other.spoken:
        return None
    pairing = pair_words(one, other)
    for spoken in one.spoken:
        if _holds(pairing, spoken):
            return _word(one, spoken), STATED
    for spoken in other.spoken:
        if _holds(pairing.flip(), spoken):
            return STATED, _word(other, spoken)
    return None


def find_shares(one: Statement, other: Statement) -> tuple[str, str] | None:
    """Find where two claims differ in how many say something: "most voters say", "few say"."""
    for mine, theirs in zip(one.spoken[:1], other.spoken[:1], strict=False):
        if mine.kind == theirs.kind and mine.share != theirs.share:
            return _word(one, mine), _word(other, theirs)
    return None


def find_aside(one: Statement, other: Statement) -> tuple[str, str] | None:
    """
    Find where one of two claims states aside what is the statement of the other, in words of each.

    "Work was halted after the blade broke" says something else than "the blade broke".
    """
    pairing = pair_words(one, other)
    if _is_aside(pairing):
        return _name_aside(one), STATED
    return (STATED, _name_aside(other)) if _is_aside(pairing.flip()) else None


def _is_aside(pairing: Pairing) -> bool:
    clause, theirs = _find_clause(pairing.one), _find_clause(pairing.other)
    partners = pairing.flip().partners
    said = [at for at in _list_said(pairing.other) if at not in theirs]
    held = [at for at in said if partners.get(at, -1) in clause]
    if not held or _weigh(pairing.other, held) < HELD * _weigh(pairing.other, said):
        return False
    main = [at for at in _list_said(pairing.one) if at not in clause]
    shared = [at for at in main if at in pairing.partners]
    return bool(main) and _weigh(pairing.one, shared) < SHARED * _weigh(pairing.one, main)


def _list_said(statement: Statement) -> list[int]:
    """List the content words that are in no name."""
    return [at for at in statement.places if at not in statement.named_tokens]


def _find_clause(statement: Statement) -> range:
    """Find the first clause that only says when or why: "after the blade broke"."""
    lower = statement.lower
    start = next((at for at, word in enumerate(lower) if word in _ASIDE), len(lower))
    end = next((at for at in range(start + 1, len(lower)) if lower[at] == ","), len(lower))
    return range(start, end)


_ASIDE = read_words("matching.asides")


def _name_aside(statement: Statement) -> str:
    clause = _find_clause(statement)[:SHOWN]
    return statement.features.tokens.slice(clause.start, clause.stop)


def _word(statement: Statement, spoken: Spoken) -> str:
    cue = spoken.cue[-SHOWN:]
    return statement.features.tokens.slice(cue.start, cue.stop)


def _holds(pairing: Pairing, spoken: Spoken) -> bool:
    """Return whether the first claim only speaks of what the other states, and says no more."""
    one, other = pairing.one, pairing.other
    if spoken.kind == "told" and one.roots[spoken.cue[-1]] in other.roots:
        return False
    partners = pairing.flip().partners
    known = {to for to, at in partners.items() if at in spoken.about}
    known.update(to for embedded in other.spoken for to in embedded.said)
    held = [to for to, at in partners.items() if at in spoken.said and to not in known]
    total = [to for to in other.places if partners.get(to) not in spoken.about]
    if not held or _weigh(other, held) < HELD * _weigh(other, total):
        return False
    aside = {*spoken.said, *spoken.about, *spoken.cue, *one.named_tokens}
    rest = [at for at in one.places if at not in aside]
    rest = [at for at in rest if _may_be_verb(one.lower[at])] or rest
    met = set(partners.values())
    shared = [at for at in rest if at in met]
    return not rest or _weigh(one, shared) < SHARED * _weigh(one, rest)


def _weigh(statement: Statement, places: Iterable[int]) -> float:
    return sum(statement.weights[statement.word_at[at]] for at in places)


def _may_be_verb(word: str) -> bool:
    return is_verb_form(word) or word.endswith(("ed", "ing"))
