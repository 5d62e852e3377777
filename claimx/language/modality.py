"""
Judge how firmly a text states something: as done, planned, considered, possible, or judged.

`read_modality` finds the words that say so; what they make of a statement follows
from their kinds, in two grades: how certain it is that something happened
(`find_certainty`), and the modality of a claim (`judge_words`).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from claimx.language.cues import Cue, CueKind, read_cue
from claimx.language.lexicon import IRREGULAR, QUANTITY_WORDS, any_of, read_entries, read_words
from claimx.language.tokens import Tokens, tokenize
from claimx.language.words import is_base_verb

Certainty = Literal["asserted", "planned", "possible"]
OwnModality = Literal["asserted", "planned", "considered", "opinion"]

_CERTAINTY: dict[CueKind, Certainty] = {
    "planned": "planned",
    "unrealised": "planned",
    "considered": "possible",
    "sought": "possible",
    "wished": "possible",
    "potential": "possible",
    "chance": "possible",
    "seeming": "possible",
}
_SECTIONS: dict[CueKind, tuple[str, ...]] = {
    "planned": ("modality.planned", "modality.planned_phrases"),
    "unrealised": ("modality.unrealised", "modality.unrealised_phrases"),
    "considered": ("modality.considered", "modality.considered_phrases"),
    "sought": ("modality.sought", "modality.sought_phrases"),
    "wished": ("modality.wished",),
    "potential": ("modality.potential", "modality.potential_phrases"),
    "chance": ("modality.chance", "modality.chance_phrases"),
    "seeming": ("modality.seeming", "modality.seeming_phrases"),
    "announced": ("modality.announced_phrases",),
    "judged": ("modality.judged", "modality.judged_phrases"),
}


def _list_forms() -> Iterator[tuple[tuple[str, ...], CueKind]]:
    for kind, sections in _SECTIONS.items():
        for section in sections:
            yield from ((tuple(entry.split()), kind) for entry in read_entries(section))


def _read_forms() -> dict[str, list[tuple[tuple[str, ...], CueKind]]]:
    """Read the cues with their kinds, by their first word, the longest first."""
    forms: dict[str, list[tuple[tuple[str, ...], CueKind]]] = {}
    for words, kind in sorted(_list_forms(), key=lambda form: -len(form[0])):
        forms.setdefault(words[0], []).append((words, kind))
    return forms


_FORMS = _read_forms()
# The words that hedge by themselves, with the certainty that they leave.
HEDGES = {
    phrase[0]: _CERTAINTY[kind]
    for phrases in _FORMS.values()
    for phrase, kind in phrases
    if len(phrase) == 1 and kind in _CERTAINTY
}
_MODALS = read_words("modality.modals_of_plans")
_NEEDS_TO = read_words("modality.needs_to")
_NEEDS_TO_NEXT = read_words("modality.needs_to_next")
_BEFORE_VERBS = read_words("modality.before_verbs")
_EFFECTS = read_words("modality.judged_effects")
_ASSESSMENTS = read_words("modality.assessments")
_ASSESSED_AHEAD = read_words("modality.assessments_ahead")
_ASSESSING = read_words("modality.assessing")
_OF_DEGREE = read_words("function_words.degrees")
_BEFORE_NOUNS = read_words("function_words.determiners") | read_words(
    "function_words.third_person_pronouns"
)
_ARTICLES = read_words("function_words.articles")
_BE = read_words("function_words.forms_of_be")
_NAMES = read_words("modality.names_in_capitals")
_ADVICE = read_words("modality.advice_in_capitals")
_WEIGHING = read_words("modality.weighing")
_IRREGULAR_VERBS = frozenset(IRREGULAR.values()) | {"be"}
# Words after "weighs" that introduce a weight; otherwise an option is being weighed.
_SCALES = read_words("modality.before_weights") | QUANTITY_WORDS
# ", highlighting its role": the article's comment on what it asserts.
_ADDED_CLAUSE = re.compile(
    rf",\s+(?:(?:[a-z]+ly|{any_of('modality.before_comments')})\s+)?[a-z]{{3,}}ing\b|\s[-–—]\s"
)
# "Stronger response – The unit will act": the text after the label is the statement.
_LABEL = re.compile(r"^[^.,–—-]{3,60}\s[-–—]\s(?=[A-Z])")


def read_modality(tokens: Tokens) -> tuple[Cue, ...]:
    """
    Find the cues of modality in *tokens*; of those that begin with one word, the longest.

    >>> [(cue.word, cue.kind) for cue in read_modality(tokenize("Lund may have to close."))]
    [('may', 'chance')]
    """
    return tuple(_find_cues(tokens))


def _find_cues(tokens: Tokens) -> Iterator[Cue]:
    lower = tokens.lower
    for at, word in enumerate(lower):
        for phrase, kind in _FORMS.get(word, ()):
            width = len(phrase)
            if (width == 1 or tuple(lower[at : at + width]) == phrase) and _counts(
                tokens, at, width, kind
            ):
                yield read_cue(tokens, at, width, kind)
                break


def _counts(tokens: Tokens, at: int, width: int, kind: CueKind) -> bool:
    """Return whether the words at *at* are a cue there."""
    lower, after = tokens.lower, tokens.lower[at + width : at + width + 1]
    if width > 1:
        return _counts_phrase(lower[at], after, kind)
    if kind == "judged":
        return _judges(lower, at)
    leads = lower[at] not in _NEEDS_TO or _leads_to(lower, at)
    return leads and not _looks_like_one(tokens, at, after)


def _counts_phrase(first: str, after: Sequence[str], kind: CueKind) -> bool:
    if kind == "planned" and first in _BEFORE_VERBS:
        return any(is_base_verb(verb) or verb in _IRREGULAR_VERBS for verb in after)
    return kind != "seeming" or not after or not after[0][0].isdigit()  # "nine points to 48"


def _looks_like_one(tokens: Tokens, at: int, after: Sequence[str]) -> bool:
    """Return whether the word at *at* only looks like a cue: "May", "weighs 200 grams"."""
    word, is_capital = tokens.lower[at], tokens.words[at][0].isupper()
    if word in _NAMES or word in _ADVICE:
        return is_capital
    if word in _WEIGHING:
        return _is_heavy(after)
    if word == "considered":
        return not _ARTICLES.isdisjoint(after)
    return word == "likely" and at > 0 and tokens.lower[at - 1] in _OF_DEGREE  # compares


def _judges(lower: Sequence[str], at: int) -> bool:
    """Return whether the word at *at* judges what stands there: "is crucial", "reinforces"."""
    word, before = lower[at], lower[max(0, at - 1) : at]
    if word in _ASSESSMENTS:
        return not _ASSESSING.isdisjoint(lower[max(0, at - 2) : at])
    if word in _EFFECTS:
        return not _BE.isdisjoint(before) if word.endswith("ing") else before != ["to"]
    return True


def _is_heavy(after: Sequence[str]) -> bool:
    """Distinguish "weighs 200 grams" (true) from "weighs a plan"."""
    return any(word[0].isdigit() or word in _SCALES for word in after)


_WHOM = 7  # tokens from "asked" to "to", and one: "asked Prime Minister Dr. Lund to"


def _leads_to(lower: Sequence[str], at: int) -> bool:
    """Distinguish "asked Japan to pay" and "agreed to pay" (true) from "a set of rules"."""
    return "to" in lower[at + 1 : at + 2] or (
        lower[at] not in _NEEDS_TO_NEXT
        and ("to" in lower[at + 2 : at + _WHOM] or "that" in lower[at + 1 : at + 2])
    )


def certainty_of(cue: Cue) -> Certainty:
    """Return how certain *cue* leaves the words in its scope."""
    return _CERTAINTY.get(cue.kind, "asserted")


def find_certainty(cues: Sequence[Cue]) -> Certainty:
    """Return the weakest certainty among *cues*."""
    levels = set(map(certainty_of, cues))
    return "possible" if "possible" in levels else "planned" if "planned" in levels else "asserted"


def judge_words(text: str) -> OwnModality:
    """
    Return the modality of the statement *text* by its own words, whoever says it.

    >>> judge_words("The port will close in May."), judge_words("Lund is considering a ban.")
    ('planned', 'considered')
    """
    tokens = tokenize(text)
    cues = read_modality(tokens)
    if any(_considers(tokens, cue) for cue in cues):
        return "considered"
    ahead = _assesses_ahead(tokens.lower)
    if not ahead and any(_plans(tokens, cue) for cue in cues):
        return "planned"
    own = _end_of_statement(tokens.text)
    judged = any(cue.kind in _OPINIONS and own[0] <= tokens.starts[cue.at] < own[1] for cue in cues)
    return "opinion" if ahead or judged else "asserted"


_OPINIONS: frozenset[CueKind] = frozenset(("chance", "seeming", "judged"))


def _plans(tokens: Tokens, cue: Cue) -> bool:
    """Return whether *cue* makes the statement a plan: "will", "plans to"."""
    if cue.kind == "announced" or cue.word in _MODALS:
        return True
    is_phrase = cue.end - cue.at > 1
    leads = tokens.lower[cue.end : cue.end + 1] == ["to"] and not _is_given(tokens, cue.end)
    return (cue.kind == "planned" and is_phrase) or (cue.kind in ("planned", "sought") and leads)


def _is_given(tokens: Tokens, at: int) -> bool:
    """
    Return whether the "to" at *at* has a noun behind it, and so no plan.

    Distinguish "a promise to voters", "agreed to the deal" (true) from "promised to pay".
    """
    if at + 1 >= len(tokens.lower):
        return False
    word, is_capital = tokens.lower[at + 1], tokens.words[at + 1][0].isupper()
    is_plural = word.endswith("s") and not word.endswith(("ss", "us")) and not is_base_verb(word)
    is_name = is_capital and tokens.words[at - 1][0].islower()
    return is_plural or is_name or word in _BEFORE_NOUNS


def _considers(tokens: Tokens, cue: Cue) -> bool:
    """Return whether *cue* names an option that is open: "is considering", "may consider"."""
    if cue.kind != "considered":
        return False
    lower = tokens.lower
    before = lower[max(0, cue.at - 2) : cue.at]
    if lower[cue.at].endswith("ing"):
        return not _BE.isdisjoint(before)
    return cue.end - cue.at > 1 or not _OPENING_OPTIONS.isdisjoint(before[-1:])


_OPENING_OPTIONS = read_words("modality.before_options")


def _assesses_ahead(lower: Sequence[str]) -> bool:
    """Return whether a forecast judges: "will be crucial"."""
    return any(
        word in _ASSESSED_AHEAD
        and "will" in lower[max(0, at - 4) : at]
        and not _ASSESSING.isdisjoint(lower[max(0, at - 2) : at])
        for at, word in enumerate(lower)
    )


def _end_of_statement(text: str) -> tuple[int, int]:
    """Return the offsets of the statement in *text*, without label and added comment."""
    label = _LABEL.match(text)
    start = label.end() if label else 0
    comment = _ADDED_CLAUSE.search(text, start)
    return start, comment.start() if comment else len(text)
