"""Check that a claim keeps the semantic roles of its citation: who did what to whom."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from claimx.ground.clauses import (
    MARKS,
    SENTENCE_ENDS,
    Stretch,
    end_of,
    find_words,
    holds_stem,
    list_common_stems,
    list_stems,
    looks_finite,
    split_phrases,
    start_of,
)
from claimx.ground.names import are_aliases, bears_name, looks_like_name, looks_past
from claimx.ground.source import MANY, Case, Source, value_key
from claimx.language.features import Name, Quantity, are_comparable, same_name, stem_word
from claimx.language.lexicon import read_words
from claimx.records import Flag

# ------------------------------------------------------------------ numbers


def check_counts(case: Case) -> Iterator[Flag]:
    """Flag "12 people" where the cited text has "12 schools" and another number of people."""
    claim, cited, _ = case
    for quantity in claim.features.quantities[:MANY]:
        equal = cited.quantities.get(value_key(quantity.value), [])
        if quantity.kind != "number" or {other.kind for other in equal} != {"number"}:
            continue
        what = _find_other_noun(case, quantity, equal) or _find_other_phrase(case, quantity, equal)
        if what:
            message = f'number {quantity.text} counts something else in the cited text: "{what}"'
            yield Flag(kind="number", message=message)
            return


def _find_other_noun(case: Case, quantity: Quantity, equal: Sequence[Quantity]) -> str:
    """Return what the same number in the cited text counts, if that is something else."""
    claim, cited, _ = case
    nouns = {stem_word(noun) for noun in quantity.nouns[:2]}
    theirs = {stem_word(noun) for other in equal for noun in other.nouns}
    if quantity.unit or not nouns or any(not other.nouns for other in equal):
        return ""
    if not nouns.isdisjoint(theirs) or any(holds_stem(claim, stem) for stem in theirs):
        return ""
    others = (other for other in cited.features.quantities[:MANY] if other not in equal)
    counted = any(not nouns.isdisjoint(map(stem_word, other.nouns)) for other in others)
    return f"{equal[0].text} {equal[0].nouns[0]}" if counted else ""


_ANAPHORIC = read_words("anaphora.number_pointers")


def _find_other_phrase(case: Case, quantity: Quantity, equal: Sequence[Quantity]) -> str:
    """
    Return the subject of the phrase with the number, if the claim's subject has another number.

    "Revenue rose 8%, while costs climbed 11%" does not state that costs rose 8%.
    """
    claim, cited, _ = case
    subject = next((stem for _, stem in claim.content), "")
    if len(equal) > 1 or not subject:
        return ""
    lower = cited.features.tokens.lower
    phrases = split_phrases(cited)
    home = next((one for one in phrases if one.first <= equal[0].at < one.end), None)
    if home is None or not _ANAPHORIC.isdisjoint(lower[home.first : home.end]):
        return ""
    about = list_stems(cited, home)
    strange = [stem for stem in about if not holds_stem(claim, stem)]
    if subject in list_stems(cited, home) or not strange or strange[0] not in (about[0], about[-1]):
        return ""
    for other in cited.features.quantities[:MANY]:
        told = value_key(other.value) in claim.quantities
        if other in equal or told or not are_comparable(other, quantity):
            continue
        place = next((one for one in phrases if one.first <= other.at < one.end), None)
        if place is None or place == home or subject not in list_stems(cited, place):
            continue
        between = lower[min(place.end, home.end) : max(place.first, home.first)]
        if SENTENCE_ENDS.isdisjoint(between):
            return cited.features.tokens.slice(home.first, min(home.end, home.first + 8))
    return ""


# ------------------------------------------------------------------- agents

_PREPOSITIONS = read_words("function_words.prepositions_of_roles")
_PRONOUNS = read_words("function_words.third_person_pronouns")
_LIKENING = read_words("function_words.likening")
_COMMON_PAST = read_words("verbs.common_past")
_BEING = read_words("function_words.forms_of_be")


def check_agents(case: Case) -> Iterator[Flag]:
    """Flag "A warned of it" where in the cited text B warned of it, and A did something else."""
    claim, cited, whole = case
    doer = _find_doer(claim)
    if doer is None or not bears_name(cited, doer) or _is_passive(claim):
        return
    if _is_titled(claim, cited, doer):
        return
    phrases = split_phrases(cited)
    ranked = [(_count_shared(claim, cited, phrase), phrase) for phrase in phrases]
    best, home = max(ranked, key=lambda one: one[0], default=(0, Stretch(0, 0)))
    if best < 2 or _names_in(cited, home, doer, whole) or _is_likened(cited, doer):
        return
    if any(2 * count > best for count, one in ranked if _names_in(cited, one, doer, whole)):
        return
    rival = _find_lead(cited, home)
    if rival is None or bears_name(claim, rival) or _are_listed(cited, doer, rival):
        return
    if not are_aliases(whole, doer, rival):
        message = f"the cited text says this of {rival.text}, not of {doer.text}"
        yield Flag(kind="name", message=message)


def _is_name(source: Source, name: Name) -> bool:
    return name.sure or (len(name.words) == 1 and looks_like_name(source, name))


def _find_doer(claim: Source) -> Name | None:
    """Return the name that is the subject of *claim*: its first, or after "according to"."""
    lower = claim.features.tokens.lower
    names = [name for name in claim.features.names[:MANY] if _is_name(claim, name)]
    if "according" in lower:
        at = lower.index("according")
        return next((name for name in names if name.at > at), None)
    first = names[0] if names else None
    if first is None or any(map(looks_finite, lower[: first.at])):
        return None
    return None if _PREPOSITIONS & set(lower[: first.at]) else first


# Tokens beside a name in which its titles stand: "neurosurgeon and Lund correspondent Dr. Ann Lee".
_TITLED = 7


def _is_titled(claim: Source, cited: Source, doer: Name) -> bool:
    """Return whether *claim* says that *doer* is what *cited* calls the name right beside it."""
    lower = claim.features.tokens.lower
    if _BEING.isdisjoint(lower[doer.end : doer.end + 1]):
        return False
    told = {stem for place, stem in claim.content if place > doer.end}
    for name in cited.features.names[:MANY]:
        if same_name(name, doer):
            beside = Stretch(max(0, name.at - _TITLED), name.end + _TITLED)
            if told and told.issubset(list_stems(cited, beside)):
                return True
    return False


def _is_passive(claim: Source) -> bool:
    lower = claim.features.tokens.lower
    return (
        any(
            word in _BEING and any(after.endswith(("ed", "en")) for after in lower[at + 1 : at + 3])
            for at, word in enumerate(lower)
        )
        and "according" not in lower
    )


def _are_listed(cited: Source, doer: Name, rival: Name) -> bool:
    """Return whether both are in one list: "A, B and C have joined" applies to each."""
    lower = cited.features.tokens.lower
    names = cited.features.names[:MANY]
    places = [one for one in names if same_name(one, doer) or same_name(one, rival)]
    return any(_LISTING.issuperset(lower[a.end : b.at]) for a, b in pairwise(places))


_LISTING = frozenset((",", "and", "or"))


def _is_likened(cited: Source, doer: Name) -> bool:
    """Return whether *doer* is compared: "Like A, B faces risks" applies to both."""
    lower = cited.features.tokens.lower
    places = [one.at for one in cited.features.names[:MANY] if same_name(one, doer)]
    return any(at and lower[at - 1] in _LIKENING for at in places)


def _count_shared(claim: Source, cited: Source, phrase: Stretch) -> int:
    """Count the words and numbers, without names, that *claim* shares with *phrase*."""
    stems = set(list_common_stems(cited, phrase))
    words = sum(holds_stem(claim, stem) for stem in stems)
    numbers = {
        value_key(one.value)
        for one in cited.features.quantities[:MANY]
        if phrase.first <= one.at < phrase.end
    }
    return words + len(numbers & claim.quantities.keys())


def _names_in(cited: Source, phrase: Stretch, doer: Name, whole: Source) -> bool:
    """Return whether *phrase* names *doer*, or may refer to it by a pronoun."""
    lower = cited.features.tokens.lower
    if not _PRONOUNS.isdisjoint(lower[phrase.first : phrase.first + 3]):
        return True
    if not set(doer.words).isdisjoint(lower[phrase.first : phrase.end]):
        return True
    names = (one for one in cited.features.names[:MANY] if phrase.first <= one.at < phrase.end)
    return any(same_name(one, doer) or are_aliases(whole, one, doer) for one in names)


def _find_lead(cited: Source, phrase: Stretch) -> Name | None:
    """Return the name at the start of *phrase*, or else the current topic."""
    lower = cited.features.tokens.lower
    names = [name for name in cited.features.names[:MANY] if _is_name(cited, name)]
    inside = [one for one in names if phrase.first <= one.at < phrase.end]
    lead = inside[0] if inside else None
    if lead and not any(map(looks_finite, lower[phrase.first : lead.at])):
        return None if _PREPOSITIONS & set(lower[phrase.first : lead.at]) else lead
    opening = lower[phrase.first]
    if lead or not (opening.endswith("ing") or looks_finite(opening)):
        return None
    start = start_of(lower, phrase.first, SENTENCE_ENDS)
    before = [one for one in names if start <= one.at < phrase.first]
    return before[0] if len(before) == 1 else None


# --------------------------------------------------------------------- roles

_PHRASE_ENDS = MARKS | read_words("function_words.role_phrase_ends")


def _flag_exchanged(one: str, other: str) -> Flag:
    message = f"{one} and {other} stand the other way round in the cited text"
    return Flag(kind="name", message=message)


class _Predicate(NamedTuple):
    """A predicate (verb stem) with the stems of its agent and its patient."""

    verb: str
    doer: set[str]
    object: set[str]


def check_roles(case: Case) -> Iterator[Flag]:
    """Flag "A bought B" where the cited text has "B bought A", or "A was bought by B"."""
    claim, cited, _ = case
    theirs = list(_list_predicates(cited))
    for ours in _list_predicates(claim):
        same = [one for one in theirs if one.verb == ours.verb]
        if same and all(_are_roles_exchanged(ours, one) for one in same):
            doer, object_ = _spell(claim, ours.doer), _spell(claim, ours.object)
            yield _flag_exchanged(doer, object_)
            return


def _spell(source: Source, stems: set[str]) -> str:
    words = source.features.tokens.words
    return " ".join(words[place] for place, stem in source.content if stem in stems)


def _list_predicates(source: Source) -> Iterator[_Predicate]:
    lower = source.features.tokens.lower
    for at, stem in source.content[:_LONGEST]:
        word = lower[at]
        if not (looks_past(word) or word.endswith("s")) or at in source.named:
            continue
        before = list_stems(source, Stretch(start_of(lower, at, _PHRASE_ENDS), at))[-_NEAR:]
        after = Stretch(at + 1, end_of(lower, at + 1, _PHRASE_ENDS))
        object_ = Stretch(at + 1, end_of(lower, at + 1, _PHRASE_ENDS | _PREPOSITIONS))
        by = next((place for place in range(*after) if lower[place] == "by"), None)
        is_passive = not _BEING.isdisjoint(lower[max(0, at - 3) : at]) or by == at + 1
        if not is_passive:
            yield _Predicate(stem, set(before), set(list_stems(source, object_)[:_NEAR]))
        elif by is not None:
            doer = list_stems(source, Stretch(by + 1, after.end))[:_NEAR]
            yield _Predicate(stem, set(doer), set(before))


# Agent and patient are within this many words of the verb.
_NEAR = 2
# Verbs are searched for in this many words of a text.
_LONGEST = 300


def _are_roles_exchanged(ours: _Predicate, theirs: _Predicate) -> bool:
    crossed = ours.doer & theirs.object and ours.object & theirs.doer
    straight = ours.doer & theirs.doer or ours.object & theirs.object
    return bool(crossed) and not straight


# ---------------------------------------------------------------- directions

_TOWARDS = read_words("function_words.directions")


def check_directions(case: Case) -> Iterator[Flag]:
    """Flag "A sells to B" where the cited text has "B sells to A"; "A buys from B" is the same."""
    claim, cited, _ = case
    theirs = list(_find_directions(cited))
    for ours in _find_directions(claim):
        if any(same_name(ours.giver, one.giver) for one in theirs):
            continue
        for their in theirs:
            if ours.word == their.word and _are_swapped(ours, their):
                yield _flag_exchanged(ours.giver.text, ours.taker.text)
                return


class _Direction(NamedTuple):
    giver: Name
    word: str
    taker: Name


def _find_directions(source: Source) -> Iterator[_Direction]:
    """Yield "A ... to B", with B at most three words after "to", both in one sentence."""
    lower = source.features.tokens.lower
    names = source.features.names[:MANY]
    for taker in names:
        before = lower[max(0, taker.at - 4) : taker.at]
        word = next((one for one in reversed(before) if one in _TOWARDS), "")
        start = start_of(lower, taker.at, SENTENCE_ENDS)
        givers = [one for one in names if start <= one.at < taker.at]
        free = [one for one in givers if lower[one.at - 1] not in _PREPOSITIONS or not one.at]
        if word and free:
            yield _Direction(free[0], word, taker)


def _are_swapped(ours: _Direction, theirs: _Direction) -> bool:
    return same_name(ours.giver, theirs.taker) and same_name(ours.taker, theirs.giver)


# ------------------------------------------------------------ relative clauses

_RELATIVE = read_words("function_words.object_relatives")


def check_relatives(case: Case) -> Iterator[Flag]:
    """Flag "A bought B" where the cited text has "A, the firm that B bought"."""
    claim, cited, _ = case
    ours = claim.features.names[:MANY]
    if len(ours) < 2 or "by" in claim.features.tokens.lower or _is_passive(claim):
        return
    for object_, subject, clause in _find_objects(cited):
        if not (same_name(ours[0], object_) and any(same_name(one, subject) for one in ours[1:])):
            continue
        if _count_shared(claim, cited, clause) >= 2:
            message = (
                f"{object_.text} and {subject.text} stand the other way round in the cited text"
            )
            yield Flag(kind="name", message=message)
            return


def _find_objects(source: Source) -> Iterator[tuple[Name, Name, Stretch]]:
    """Yield "A ... that B bought" as A, B and the clause."""
    lower = source.features.tokens.lower
    names = source.features.names[:MANY]
    for at in find_words(lower, _RELATIVE):
        start = start_of(lower, at, SENTENCE_ENDS)
        end = end_of(lower, at, SENTENCE_ENDS | {","})
        before = [one for one in names if start <= one.at < at]
        after = [one for one in names if at < one.at <= at + 3 and one.end < end]
        is_said = before and not any(map(looks_finite, lower[before[0].end : at]))
        if after and is_said and looks_finite_or_past(lower[after[0].end]):
            yield before[0], after[0], Stretch(at + 1, end)


def looks_finite_or_past(word: str) -> bool:
    """Return whether *word* looks like the verb of a clause."""
    return looks_finite(word) or word in _COMMON_PAST


# -------------------------------------------------------------------- places

_AT = read_words("function_words.place_links")


def check_places(case: Case) -> Iterator[Flag]:
    """Flag "went off in A" where the cited text has "went off in B" and A in another place."""
    claim, cited, whole = case
    theirs = list(_list_placed(cited))
    for link, name in _list_placed(claim):
        here = [other for other, one in theirs if same_name(one, name)]
        if not link or not here or link in here:
            continue
        for other, rival in theirs:
            if other != link or _is_owner(cited, rival) or _are_listed(cited, rival, name):
                continue
            if not bears_name(claim, rival) and not are_aliases(whole, name, rival):
                message = f'"{link} {name.text}" is "{link} {rival.text}" in the cited text'
                yield Flag(kind="name", message=message)
                return


def _is_owner(source: Source, name: Name) -> bool:
    return source.features.tokens.words[name.end - 1].endswith("'s")


def _list_placed(source: Source) -> Iterator[tuple[str, Name]]:
    """Yield names with the word before them, if that is a preposition of place."""
    lower = source.features.tokens.lower
    for name in source.features.names[:MANY]:
        before = lower[name.at - 1] if name.at else ""
        yield (before if before in _AT else ""), name
