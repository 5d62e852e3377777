"""Check that a claim keeps the scope of its citation: "most of", "former", "only"."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from claimx.ground.clauses import (
    MARKS,
    SENTENCE_ENDS,
    Stretch,
    end_of,
    find_phrases,
    find_words,
    holds_stem,
    list_stems,
    looks_finite,
    restates,
    share_held,
    split_phrases,
    start_of,
)
from claimx.ground.names import looks_past
from claimx.ground.source import MANY, Case, Source, value_key
from claimx.ground.wording import cancels, is_plain_denial
from claimx.language.features import Quantity, stem_word
from claimx.language.lexicon import FUNCTION_WORDS, QUANTITY_WORDS, UNITS, read_phrases, read_words
from claimx.language.tokens import is_word
from claimx.records import Flag

# ----------------------------------------------------------------- quantifiers

_PARTIAL = read_phrases("scope.partial")
_PARTIAL_WORDS = read_words("scope.partial_words")
_WHOLE = read_words("scope.whole")


def check_quantifiers(case: Case) -> Iterator[Flag]:
    """Flag a claim about all where the cited text is about some, and "the tallest" for one of."""
    claim, cited, _ = case
    ours = claim.features.tokens.lower
    if not _PARTIAL_WORDS.isdisjoint(ours) or any(find_phrases(ours, _PARTIAL)):
        return
    theirs = cited.features.tokens.lower
    whole = _find_whole(claim)
    for cue in find_phrases(theirs, _PARTIAL):
        nouns = _next_stems(cited, cue.end, 3)
        is_superlative = any(_is_superlative(word) for word in theirs[cue.end : cue.end + 3])
        is_told_of_all = bool(whole) and not whole.isdisjoint(nouns)
        told_as_only = theirs[cue.first : cue.end] == ["one", "of"] and is_superlative
        if told_as_only:
            told_as_only = any(map(_is_superlative, ours)) and share_held(nouns, claim) >= 0.5
        if is_told_of_all or told_as_only:
            shown = cited.features.tokens.slice(cue.first, min(cue.end + 2, len(theirs)))
            yield Flag(kind="wording", message=f'leaves out "{shown}" of the cited text')
            return


def _find_whole(claim: Source) -> set[str]:
    """List the stems of what *claim* quantifies with "all" or "each"."""
    lower = claim.features.tokens.lower
    return {stem for at in find_words(lower, _WHOLE) for stem in _next_stems(claim, at + 1, 3)}


def _next_stems(source: Source, at: int, count: int) -> list[str]:
    """List the stems of the first content words from *at* on, up to a mark."""
    end = end_of(source.features.tokens.lower, at, MARKS)
    return list_stems(source, Stretch(at, end))[:count]


def _is_superlative(word: str) -> bool:
    return word in _SUPERLATIVES or (
        word.endswith("est") and len(word) > 5 and word not in _NOT_SUPERLATIVE
    )


_SUPERLATIVES = read_words("scope.superlatives")
_NOT_SUPERLATIVE = read_words("scope.not_superlative")

# ---------------------------------------------------------------- superlatives

_LATEST = read_words("scope.latest")
_ADVERBS = read_words("scope.adverbs")
_BE = read_words("function_words.finite_be")
_PLACED = read_words("scope.fields")
_TIMES = (
    frozenset(UNITS)
    | QUANTITY_WORDS - read_words("scope.placings")
    | read_words("scope.parts_of_time")
)


def check_superlatives(case: Case) -> Iterator[Flag]:
    """Flag "the first head of the firm" where the cited text has "of its Asian unit"."""
    claim, cited, _ = case
    ours, theirs = claim.features.tokens.lower, cited.features.tokens.lower
    mine = {stem_word(word): at for at, word in enumerate(ours) if _is_superlative(word)}
    counts = Counter(theirs)
    for at, word in enumerate(theirs):
        here = mine.get(stem_word(word))
        if here is None or word in _LATEST or counts[word] > 1:
            continue
        nouns, field = _list_field(cited, at)
        is_same = all(holds_stem(claim, noun) for noun in nouns[:1])
        lost = field and not any(holds_stem(claim, stem) for stem in field)
        if is_same and lost and _has_field(claim, here):
            shown = cited.features.tokens.slice(at, min(end_of(theirs, at, MARKS), at + 9))
            yield Flag(kind="wording", message=f'the cited text has "{shown}"')
            return


def _list_field(source: Source, at: int) -> tuple[list[str], list[str]]:
    """
    List the stems of what the superlative at *at* describes, and of its domain.

    "The tallest tower in the canton": tower, canton. Times are not a domain.
    """
    lower = source.features.tokens.lower
    end = min(end_of(lower, at, _FIELD_ENDS), at + 10)
    first = next((place for place in range(at + 1, end) if lower[place] in _PLACED), end)
    between = lower[at + 1 : first]
    is_noun = all(map(is_word, between)) and _TIMES.isdisjoint(between)
    is_verb = any(map(looks_past, between)) or (not between and lower[at] in _ADVERBS)
    if not is_noun or is_verb or lower[first : first + 1] == ["since"]:
        return [], []
    dates = {place for date in source.features.dates for place in range(date.at, date.end)}
    field = [stem for place, stem in source.content if first <= place < end and place not in dates]
    return list_stems(source, Stretch(at + 1, first)), field[:2]


_FIELD_ENDS = MARKS | read_words("scope.field_ends")


def _has_field(claim: Source, at: int) -> bool:
    """Return whether the claim names a domain of its superlative, too."""
    lower = claim.features.tokens.lower
    end = min(end_of(lower, at, MARKS), at + 8)
    return any(word in _PLACED for word in lower[at + 1 : end]) or "'s" in claim.text


# ------------------------------------------------------------------ qualifiers

_PRIVATIVE = read_words("scope.privative")
_QUALIFIERS = _PRIVATIVE | read_words("scope.qualifiers")


def check_qualifiers(case: Case) -> Iterator[Flag]:
    """Flag "the president" for "the former president", and "former" moved to another noun."""
    claim, cited, _ = case
    theirs, ours = _find_qualified(cited, behind=True), _find_qualified(claim)
    for word, nouns in theirs.items():
        moved = ours.get(word, [])
        if moved and nouns and not set(moved) & set(nouns) and moved[0] in cited.words:
            message = f'"{word}" is said of something else in the cited text'
            yield Flag(kind="wording", message=message)
            return
        if word in _PRIVATIVE and claim.words.isdisjoint((stem_word(word), "ex")):
            heads = _find_heads(cited, word)
            if any(noun in claim.words and not _stands_free(cited, noun) for noun in heads):
                yield Flag(kind="wording", message=f'leaves out "{word}" of the cited text')
                return


def _find_heads(source: Source, word: str) -> set[str]:
    """List the stems of the words right after *word* outside names."""
    words = source.features.tokens.words
    places = [at + 1 for at, other in enumerate(source.features.tokens.lower) if other == word]
    return {stem for at, stem in source.content if at in places and words[at][0].islower()}


def _find_qualified(source: Source, *, behind: bool = False) -> dict[str, list[str]]:
    """
    For each qualifier, list the stems of up to three words that it is said of.

    With *behind* it may stand behind its noun, as a participle: "a man suspected of it".
    """
    lower = source.features.tokens.lower
    found: dict[str, list[str]] = {}
    for at in find_words(lower, _QUALIFIERS):
        nouns = found.setdefault(lower[at], [])
        nouns += islice(_list_after(lower, at + 1), 3)
        if at and lower[at - 1] in _BE:  # "activity is growing"
            nouns += _list_before(source, start_of(lower, at, MARKS), at)
        elif behind and not nouns:  # "police held a man suspected of it"
            start = start_of(lower, at, _NOUN_STARTS)
            verbs = (place + 1 for place in range(at - 1, start, -1) if looks_finite(lower[place]))
            nouns += _list_before(source, next(verbs, start), at)
    return found


def _list_after(lower: Sequence[str], at: int) -> Iterator[str]:
    """List the stems of the words from *at* on, up to a mark: "300-year-old" is in front of one."""
    for word in lower[at : at + _FAR]:
        if is_word(word) and word not in FUNCTION_WORDS:
            yield stem_word(word)
        elif word != "-" and not word[0].isdigit():
            return


def _list_before(source: Source, first: int, end: int) -> list[str]:
    """List the stems of the last three words in tokens *first* to *end*, the last one first."""
    return list_stems(source, Stretch(first, end))[:-4:-1]


_FAR = 8
_NOUN_STARTS = MARKS | read_words("function_words.role_phrase_ends")


def _stands_free(cited: Source, noun: str) -> bool:
    """Return whether *noun* also occurs in *cited* without a qualifier."""
    lower = cited.features.tokens.lower
    places = [place for place, stem in cited.content if stem == noun]
    return any(_PRIVATIVE.isdisjoint(lower[max(0, place - 3) : place]) for place in places)


# --------------------------------------------------------------------- limits

_LIMITING = read_words("scope.limiting")


def check_limits(case: Case) -> Iterator[Flag]:
    """Flag "17 died" for "at least 17 died", and "as soon as" for "only if"."""
    claim, cited, _ = case
    for quantity in claim.features.quantities[:MANY]:
        equal = cited.quantities.get(value_key(quantity.value), [])
        if quantity.comparator == "=" and equal and all(map(_is_limited, equal)):
            lower = claim.features.tokens.lower
            if _LIMITING.isdisjoint(lower[max(0, quantity.at - 3) : quantity.at]):
                yield Flag(
                    kind="number",
                    message=f'{quantity.text} is "at least {quantity.text}" in the cited text',
                )
                return


def _is_limited(quantity: Quantity) -> bool:
    return quantity.comparator == ">="


_ONLY_IF = read_phrases("scope.only_if")
_ONLY_FOR = read_phrases("scope.only_for")
_ONLY = read_words("scope.only")


def check_only(case: Case) -> Iterator[Flag]:
    """Flag a claim that keeps a condition but drops that it is the only one."""
    claim, cited, _ = case
    if not _ONLY.isdisjoint(claim.features.tokens.lower):
        return
    lower = cited.features.tokens.lower
    for cue in find_phrases(lower, _ONLY_IF):
        clause = Stretch(cue.end, end_of(lower, cue.end, MARKS))
        host = Stretch(start_of(lower, cue.first, MARKS), cue.first)
        if restates(claim, cited, clause, 0.6) and restates(claim, cited, host):
            shown = cited.features.tokens.slice(cue.first, cue.end)
            yield Flag(kind="wording", message=f'leaves out "{shown}" of the cited text')
            return
    for cue in find_phrases(lower, _ONLY_FOR):
        field = Stretch(cue.end, end_of(lower, cue.end, MARKS))
        host = Stretch(start_of(lower, cue.first, MARKS), cue.first)
        if "not" in lower[max(0, cue.first - 1) : cue.first]:
            continue  # "not only with"
        if restates(claim, cited, host) and share_held(list_stems(cited, field), claim) == 0:
            shown = cited.features.tokens.slice(cue.first, min(field.end, cue.end + 3))
            yield Flag(kind="wording", message=f'leaves out "{shown}" of the cited text')
            return


# ----------------------------------------------------------------------- past

_OVER = read_phrases("scope.over")
_PRESENT = read_words("scope.present")
_PAST = read_words("scope.past")


def check_past(case: Case) -> Iterator[Flag]:
    """Flag a claim that states in the present what the cited text states of the past."""
    claim, cited, _ = case
    ours, lower = claim.features.tokens.lower, cited.features.tokens.lower
    if _PRESENT.isdisjoint(ours) or not _PAST.isdisjoint(ours):
        return
    for cue in find_phrases(lower, _OVER):
        host = Stretch(start_of(lower, cue.first, MARKS), end_of(lower, cue.end, MARKS))
        after = lower[cue.end : cue.end + 1]
        if "once" in lower[cue.first : cue.end] and after in (["again"], ["more"]):
            continue
        is_clause = lower[cue.first] == "once" and _opens_clause(lower, cue)
        if not is_clause and restates(claim, cited, host, 0.6):
            shown = cited.features.tokens.slice(cue.first, cue.end)
            yield Flag(kind="modality", message=f'told as still so; the cited text has "{shown}"')
            return


def _opens_clause(lower: Sequence[str], cue: Stretch) -> bool:
    """Distinguish "once he arrives" (true) from "once the largest mill"."""
    end = end_of(lower, cue.end, MARKS)
    return any(map(looks_finite, lower[cue.end : end]))


# -------------------------------------------------------------- focus of "not"

_FOCI = read_words("scope.foci")
_DEGREES = read_words("scope.degrees")


def check_focus(case: Case) -> Iterator[Flag]:
    """Flag "none came" for "not all came": the focus of "not" is lost."""
    claim, cited, _ = case
    if not claim.features.negations:
        return
    ours = claim.features.tokens.lower
    for cue in cited.features.negations[:MANY]:
        focus = (
            _find_focus(cited, cue.at)
            if is_plain_denial(cue) and not cancels(cue, cited, claim)
            else None
        )
        if focus is None or not (_FOCI | _DEGREES).isdisjoint(ours):
            continue
        lower = cited.features.tokens.lower
        sentence = Stretch(start_of(lower, cue.at, SENTENCE_ENDS | {","}), focus)
        rest = Stretch(focus + 1, end_of(lower, focus, MARKS | {"or", "and", "nor"}))
        is_degree = lower[focus] in _DEGREES
        restated = share_held(list_stems(cited, rest), claim) >= 0.5
        if restated or (restates(claim, cited, sentence) and not is_degree):
            shown = f"{lower[cue.at]} ... {lower[focus]}"
            message = f'denies something else; the cited text has "{shown}"'
            yield Flag(kind="negation", message=message)
            return


def _find_focus(source: Source, at: int) -> int | None:
    lower = source.features.tokens.lower
    end = end_of(lower, at, MARKS)
    return next((place for place in range(at + 1, end) if lower[place] in _FOCI | _DEGREES), None)


# ------------------------------------------------------------------- settings

_SETTINGS = read_words("scope.settings")


def check_settings(case: Case) -> Iterator[Flag]:
    """Flag a claim that drops the group or time its citation opens with: "Among smokers, ..."."""
    claim, cited, _ = case
    lower = cited.features.tokens.lower
    for at in find_words(lower, _SETTINGS):
        if start_of(lower, at, SENTENCE_ENDS) != at:
            continue
        end = end_of(lower, at, MARKS)
        setting = Stretch(at + 1, end)
        host = Stretch(end + 1, end_of(lower, end + 1, MARKS))
        if not restates(claim, cited, host):
            continue
        if share_held(list_stems(cited, setting), claim) < 0.5:
            shown = cited.features.tokens.slice(at, min(end, at + 8))
            yield Flag(kind="wording", message=f'leaves out "{shown}" of the cited text')
            return


# ----------------------------------------------------------------------- rates

_RATES = read_words("scope.rates")
_EASING = read_words("scope.easing")
_FALLING = _EASING | read_words("scope.falling")


def check_rates(case: Case) -> Iterator[Flag]:
    """Flag "prices fell" where the cited text has "inflation eased": they still rose."""
    claim, cited, _ = case
    ours = claim.features.tokens.lower
    if not _RATES.isdisjoint(ours) or _FALLING.isdisjoint(ours):
        return
    for phrase in split_phrases(cited):
        words = cited.features.tokens.lower[phrase.first : phrase.end]
        rate = next((word for word in words if word in _RATES), "")
        eases = rate and not _EASING.isdisjoint(words[words.index(rate) :])
        if eases and share_held(list_stems(cited, phrase), claim) >= _SOME:
            message = f'the cited text says this of "{rate}", not of the level'
            yield Flag(kind="wording", message=message)
            return


# A phrase on a rate shares this much with a claim about it: the verb and the rate itself differ.
_SOME = 0.3
