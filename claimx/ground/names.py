"""Check that the names in a claim, and its speaker, occur in its document."""

from collections.abc import Iterator, Sequence

from claimx.ground.source import MANY, Case, Source, flag_missing
from claimx.language.features import Name, same_name, stem_word
from claimx.language.lexicon import FUNCTION_WORDS, IRREGULAR, read_forms, read_words
from claimx.language.names import DESCRIPTIONS, TITLES, find_place, initials_of
from claimx.language.tokens import is_word
from claimx.language.words import could_be_verb
from claimx.records import Flag


def check_names(case: Case) -> Iterator[Flag]:
    """Flag each name of the claim that the document lacks, or that the cited text contradicts."""
    claim, cited, whole = case
    counted = {at for one in claim.features.quantities[:MANY] for at in range(one.at, one.end)}
    missing = [
        name
        for name in claim.features.names[:MANY]
        if name.at not in counted  # "50,000 Swiss francs"
        and not bears_name(cited, name)
        and not (_is_cut(cited, name) and bears_name(whole, name))
    ]
    if not missing:
        return
    rivals = [other for other in cited.features.names[:MANY] if not bears_name(claim, other)]
    for name in missing:
        if not bears_name(whole, name):
            if name.sure or looks_like_name(claim, name):
                has = [other.text for other in rivals if other.sure or find_place(other.words)]
                yield flag_missing("name", f"name {name.text}", has)
        elif rival := _find_replaced(case, name, rivals):
            yield flag_missing("name", f"name {name.text}", [rival.text], elsewhere=True)


def _is_cut(cited: Source, name: Name) -> bool:
    """Return whether *cited* has a part of *name*, or a short form: "Cavs" for "Cavaliers"."""
    words = [word for word in name.words if word not in TITLES]
    starts = {word[:3] for other in cited.features.names[:MANY] for word in other.words}
    return any(word in cited.words or (len(word) > 5 and word[:3] in starts) for word in words)


def bears_name(source: Source, name: Name) -> bool:
    """Return whether *source* has *name*, or its country, abbreviation or office."""
    core = [word for word in name.words if word not in DESCRIPTIONS] or list(name.words)
    if all(_bears_piece(source, piece) for piece in _split_places(core)):
        return True
    if name.text.isupper() and 1 < len(name.text) < 7 and _spells(source, name.text.lower()):
        return True
    initials = initials_of(name.text)
    return not (source.initials.isdisjoint(initials) and source.words.isdisjoint(initials))


def _spells(source: Source, letters: str) -> bool:
    """Return whether *letters* are initials of adjacent words: "global positioning system"."""
    starts = "".join(word[0] for word in source.features.tokens.lower)
    return letters in starts


def _split_places(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Split the *words* of a name into countries ("south", "korea") and single words."""
    at = 0
    while at < len(words):
        sizes = (size for size in (3, 2) if find_place(tuple(words[at : at + size])))
        size = next(sizes, 1)
        yield tuple(words[at : at + size])
        at += size


def _bears_piece(source: Source, piece: tuple[str, ...]) -> bool:
    place = find_place(piece)
    if place and place in source.places:
        return True
    return len(piece) == 1 and _bears_word(source, piece[0])


def _bears_word(source: Source, word: str) -> bool:
    if word in FUNCTION_WORDS or word in source.words or stem_word(word) in source.words:
        return True
    return word in source.initials or not _OFFICES.get(word, _NONE).isdisjoint(source.words)


_NONE: frozenset[str] = frozenset()


def _list_offices() -> Iterator[tuple[str, frozenset[str]]]:
    """List each title and abbreviation with those of the same office: "rep", "representative"."""
    titles = read_forms("names.abbreviated_titles")
    for short in dict.fromkeys(titles.values()):
        alike = frozenset((short, *(title for title, its in titles.items() if its == short)))
        yield from ((word, alike) for word in alike)


_OFFICES = dict(_list_offices())


_COMMON_ENDINGS = tuple(read_words("names.common_endings"))
_AUXILIARIES = read_words("function_words.auxiliaries_after_names")


def looks_like_name(claim: Source, name: Name) -> bool:
    """
    Guess whether a single capitalised word at the start of a claim is a name.

    It is if a verb follows directly and its ending is not that of common nouns: "Vietnam
    condemned ...", not "Officials condemned ...".
    """
    if len(name.words) > 1 or find_place(name.words):
        return True
    following = claim.features.tokens.lower[name.end : name.end + 1]
    verb = bool(following) and (
        following[0] in _AUXILIARIES or following[0] in IRREGULAR or following[0].endswith("ed")
    )
    return verb and not name.words[0].endswith(_COMMON_ENDINGS) and name.words[0] not in _COMMON


_COMMON = read_words("names.common_openers")


def _find_replaced(case: Case, name: Name, rivals: Sequence[Name]) -> Name | None:
    """
    Find the name of the cited text that the claim replaces by *name*.

    A name from elsewhere in the document may replace "he", but not if the cited text has
    another name next to the same word.
    """
    before, after = _neighbours(case.claim, name)
    for rival in rivals:
        if bool(find_place(rival.words)) != bool(find_place(name.words)):
            continue
        before_rival = case.cited.features.tokens.lower[rival.at - 1 : rival.at]
        if rival.words[-1] in TITLES or before_rival in (["a"], ["an"]):
            continue  # "the Defense Secretary", "a Sixer" may well be the person named
        left, right = _neighbours(case.cited, rival)
        if before_rival == ["the"] and after != right and describes_noun(case.cited, rival):
            continue  # so may "the Lund man"
        same_slot = (before and before == left) or (after and after == right)
        if same_slot and not are_aliases(case.whole, name, rival):
            return rival
    return None


def describes_noun(source: Source, name: Name) -> bool:
    """Return whether a noun follows *name*, which then only describes it: "the Lund man"."""
    following = source.features.tokens.words[name.end : name.end + 1]
    return any(word.isalpha() and word.islower() for word in following) and not any(
        word in FUNCTION_WORDS or could_be_verb(word) for word in following
    )


def _neighbours(source: Source, name: Name) -> tuple[str, str]:
    """Return the stems of the content words around *name*; empty at a mark or another name."""
    words = source.features.tokens.words
    before, after = words[max(0, name.at - 3) : name.at], words[name.end : name.end + 3]
    return _next_content(reversed(before)), _next_content(iter(after))


def _next_content(words: Iterator[str]) -> str:
    for word in words:
        if not word[0].islower():
            return ""
        if word not in FUNCTION_WORDS:
            return stem_word(word)
    return ""


def are_aliases(whole: Source, a: Name, b: Name) -> bool:
    """Return whether the two are similar, aliases in the document, or parts of one name in it."""
    return same_name(a, b) or any(
        word in whole.companions.get(other, ()) for word in a.words for other in b.words
    )


def looks_past(word: str) -> bool:
    """Return whether *word* has the form of a past tense or participle."""
    return word.endswith("ed") or word in IRREGULAR


def check_speaker(speaker: str, whole: Source) -> Iterator[Flag]:
    """Flag *speaker* if the document lacks it; of a description one word must occur."""
    words = [word for word in Source(speaker).features.tokens.words if is_word(word)]
    content = [word for word in words if word.lower() not in FUNCTION_WORDS]
    names = [w for w in content if w[0].isupper() and w.lower() not in TITLES]
    known = [
        _bears_word(whole, word.lower().replace(".", "")) for word in names or content or words
    ]
    if not known or (not all(known) if names else not any(known)):
        yield Flag(kind="speaker", message=f"speaker {speaker} not in the document")
