"""Check whose age a number is: "Ben Lund, 47, and Ana Ruiz, 48"."""

from collections.abc import Iterator

from claimx.ground.names import are_aliases, describes_noun
from claimx.ground.source import MANY, Case, Source
from claimx.language.features import Name, Quantity, describe_quantity
from claimx.language.lexicon import read_words
from claimx.language.names import find_place
from claimx.records import Flag

_BEING = read_words("function_words.finite_be")
_AGED = read_words("numbers.before_ages")
_PREPOSITIONS = read_words("function_words.speaker_prepositions")
# Tokens between "38-year" and the name in "the 38-year-old Ben Lund".
_GAP = 3


def may_be_age(source: Source, quantity: Quantity) -> bool:
    """Return whether a number may be an age: "Ben Lund is 38"."""
    before = source.features.tokens.lower[max(0, quantity.at - 1) : quantity.at]
    told = before and (before[0] in _BEING or before[0] in _AGED)
    return not quantity.unit and not quantity.nouns and bool(told)


def is_age(quantity: Quantity) -> bool:
    """Return whether a time is an age: "36 years old", "the 36-year-old", "Ruiz, 36,"."""
    if quantity.unit != "year" or quantity.kind != "number":
        return False
    return quantity.text.isdigit() or quantity.nouns[:1] == ("old",)


def check_ages(case: Case) -> Iterator[Flag]:
    """Flag "Ana Ruiz is 47" where the cited text has "Ben Lund, 47, and Ana Ruiz, 48"."""
    claim, cited, whole = case
    aged = [one for one in cited.features.quantities[:MANY] if is_age(one)]
    for quantity in claim.features.quantities[:MANY]:
        named = _find_subject(claim, quantity)
        equal = [one for one in aged if one.value == quantity.value]
        if named is None or not equal or not (may_be_age(claim, quantity) or is_age(quantity)):
            continue
        owners = [_find_owner(cited, one) for one in equal]
        others = [one for one in owners if one and not are_aliases(whole, one, named)]
        if len(others) == len(owners):
            message = f"number {describe_quantity(quantity)} is the age of {others[0].text}"
            yield Flag(kind="number", message=f"{message} in the cited text")
            return


def _find_subject(claim: Source, quantity: Quantity) -> Name | None:
    """Return the name of whom *claim* says that he or she "is 38"."""
    lower = claim.features.tokens.lower
    for name in claim.features.names[:MANY]:
        between = lower[name.end : quantity.at]
        if between[:1] and between[0] in _BEING and _AGED.issuperset(between[1:]):
            return name
    return None


def _find_owner(cited: Source, age: Quantity) -> Name | None:
    """Return the name right before an age that is set off, or right behind "38-year-old"."""
    lower = cited.features.tokens.lower
    for name in cited.features.names[:MANY]:
        if age.text.isdigit():
            is_beside = name.end == age.at - 1
        else:
            between = lower[age.end : name.at]
            is_beside = len(between) < _GAP and "old" in between
        if is_beside:
            # Troms has no age in "Ben Lund of Troms, 38,", nor in "a 38-year-old Troms man".
            before = lower[max(0, name.at - 1) : name.at]
            is_person = _PREPOSITIONS.isdisjoint(before) and not describes_noun(cited, name)
            return name if is_person and not find_place(name.words) else None
    return None
