"""
Find out whether one claim only speaks of what the other states.

"Nobody said that the dam broke" and "the dam broke" share all their words but those of saying,
which count for little. What is embedded so is not asserted.
"""

from collections.abc import Container, Iterable, Iterator, Sequence

from claimx.language.lexicon import IRREGULAR, read_words
from claimx.language.spoken import Spoken
from claimx.language.words import is_verb_form
from claimx.match.pairing import Pairing, pair_words
from claimx.match.statements import Statement

# Share of what a claim says, at least, that the other only speaks of; and of what this one says
# besides, from which it is about the same: "Moen was fired after she said so", "Moen was fired".
HELD, SHARED = 0.5, 0.5
_Clause = tuple[range, Container[int]]
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

    "Work was halted after the blade broke" and "the blade that broke was replaced" say something
    else than "the blade broke".
    """
    mine, theirs = list(_list_clauses(one)), list(_list_clauses(other))
    if not mine and not theirs:
        return None
    pairing = pair_words(one, other)
    if clause := _find_aside(pairing, mine, theirs):
        return _show(one, clause), STATED
    clause = _find_aside(pairing.flip(), theirs, mine)
    return (STATED, _show(other, clause)) if clause else None


def _find_aside(
    pairing: Pairing, clauses: Sequence[_Clause], others: Sequence[_Clause]
) -> range | None:
    """Find one of *clauses* that says what the second claim does, where the rest does not."""
    asides = [at for clause, _ in others for at in clause]
    partners = pairing.flip().partners
    said = [at for at in _list_said(pairing.other) if at not in asides]
    for clause, main in clauses:
        held = [at for at in said if partners.get(at, -1) in clause]
        rest = [at for at in _list_said(pairing.one) if at in main]
        shared = [at for at in rest if at in pairing.partners]
        if (
            held
            and rest
            and _weigh(pairing.other, held) >= HELD * _weigh(pairing.other, said)
            and _weigh(pairing.one, shared) < SHARED * _weigh(pairing.one, rest)
        ):
            return clause
    return None


def _list_said(statement: Statement) -> list[int]:
    """List the content words that are in no name."""
    return [at for at in statement.places if at not in statement.named_tokens]


def _list_clauses(statement: Statement) -> Iterator[_Clause]:
    """
    List the clauses that a claim states aside, and the tokens of what it states.

    That is all outside of "after the blade broke", and what follows "the blade that broke".
    """
    lower, size = statement.lower, len(statement.lower)
    for at, word in enumerate(lower):
        if word in _ASIDE:
            end = next((to for to in range(at + 1, size) if lower[to] == ","), size)
            yield range(at, end), {*range(at), *range(end, size)}
            return
        if (word in _RELATIVES or at in statement.word_at) and _opens_relative(statement, at):
            first = at + 1 + (lower[at + 1 : at + 2] != [] and lower[at + 1] in _FINITE)
            end = next((to for to in range(first, size) if lower[to] in _FINITE), size)
            counts = any(one.at >= end for one in statement.quantities)
            if end < size and not counts:
                yield range(at, end), range(end, size)


def _opens_relative(statement: Statement, at: int) -> bool:
    """Distinguish "the blade *that* broke" and "the blade *found* there" from "the blade broke"."""
    word = statement.lower[at]
    if word in _RELATIVES:
        return at > 0 and (at - 1 in statement.word_at or statement.lower[at - 1] == ",")
    if at - 1 not in statement.word_at:
        return False
    past = word.endswith("ed") or IRREGULAR.get(word, word) != word
    after = statement.lower[at + 1 :]
    return past and _RELATIVES.isdisjoint(after) and "and" not in after


_ASIDE = read_words("matching.asides")
_RELATIVES = read_words("matching.relatives")
_FINITE = frozenset[str]().union(
    *(read_words(f"function_words.{kind}") for kind in ("be", "have", "modals"))
)


def _show(statement: Statement, places: range) -> str:
    return statement.features.tokens.slice(places.start, places[:SHOWN].stop)


def _word(statement: Statement, spoken: Spoken) -> str:
    return _show(statement, spoken.cue[-SHOWN:])


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
