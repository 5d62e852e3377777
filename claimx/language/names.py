"""Read the names in a text, and find which names of a document are equivalent."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from rapidfuzz.distance.Indel import normalized_similarity as ratio

from claimx.language.lexicon import FUNCTION_WORDS, QUANTITY_WORDS, WEEKDAYS, read_words
from claimx.language.places import PLACES
from claimx.language.tokens import Tokens, is_word, plain, tokenize


class Name(NamedTuple):
    """
    A name in a text, in tokens *at* to *end* (exclusive).

    *words* are its words in lower case, without connecting words and possessives. *sure*
    is false if the capital may come from the start of a sentence or from a headline.
    """

    text: str
    words: tuple[str, ...]
    at: int
    end: int
    sure: bool = True


class Alias(NamedTuple):
    """Two names that one document uses for the same thing, and how it shows that."""

    name: str
    other: str
    why: Literal["abbreviation", "title", "surname"]


TITLES = read_words("names.titles")
# Words before a name that can be added or left out like a title.
DESCRIPTIONS = TITLES | read_words("names.descriptions")
_CONNECTORS = read_words("names.connectors")
_STARTS = frozenset((".", "!", "?", ":", "\n", '"', "•", "(", ";", "—", "…"))
_OPENERS = read_words("names.openers")
_NOT_NAMES = FUNCTION_WORDS | QUANTITY_WORDS | WEEKDAYS.keys() | _OPENERS


def read_names(tokens: Tokens, used: Collection[int] = ()) -> tuple[Name, ...]:
    """Read the names of *tokens* by their capitals, in order; skip *used* tokens (dates)."""
    lower, words = tokens.lower, tokens.words
    caps = [
        at
        for at, word in enumerate(words)
        if word[0].isupper() and at not in used and _may_name(lower, words, at)
    ]
    if not caps:
        return ()
    shouting = len(caps) > 6 and 3 * len(caps) > 2 * sum(map(is_word, words))
    return tuple(_build_name(tokens, run, shouting=shouting) for run in _group(tokens, caps))


def _may_name(lower: list[str], words: list[str], at: int) -> bool:
    word = lower[at]
    if len(word) == 1 or "n't" in word or word[:2] == "i'":
        return False
    if word not in _NOT_NAMES:
        return True
    # "US" is a name, "us" is not; "America First" is one name.
    if words[at].isupper() and word in ("us", "it", "who"):
        return word != "it" and not any(w.isupper() for w in words[max(0, at - 1) : at])
    return word in QUANTITY_WORDS and at > 0 and words[at - 1][0].isupper() and lower[at - 1] != "."


# Most words in a name; a longer run of capitals is a list or a headline.
_LONGEST = 12


def _group(tokens: Tokens, caps: list[int]) -> Iterator[list[int]]:
    """Group adjacent capitalised words, across "of" and hyphens, not across a possessive."""
    run: list[int] = []
    for at in caps:
        if run and (len(run) == _LONGEST or not _joins(tokens, run[-1], at)):
            yield run
            run = []
        run.append(at)
    yield run


def _joins(tokens: Tokens, left: int, right: int) -> bool:
    if tokens.words[left].endswith("'s"):
        return False
    between = tokens.lower[left + 1 : right]
    if not between:
        return "\n" not in tokens.text[tokens.starts[left] : tokens.starts[right]]
    if between == ["-"]:
        gap = tokens.starts[right] - tokens.starts[left] - len(tokens.words[left])
        return gap == 1
    return (
        len(between) <= 2
        and _CONNECTORS.issuperset(set(between) - {"the"})
        and (between[0] != "the")
    )


def _build_name(tokens: Tokens, run: list[int], *, shouting: bool) -> Name:
    first, end = run[0], run[-1] + 1
    starts = first == 0 or tokens.lower[first - 1] in _STARTS
    code = not tokens.words[first].isalpha() and any(map(str.isdigit, tokens.words[first]))
    acronym = tokens.words[first][:2].isupper()
    sure = not shouting and (not starts or len(run) > 1 or code or acronym)
    text = tokens.slice(first, end)
    words = tuple(strip_dots(tokens.lower[at]) for at in run)
    return Name(text.removesuffix("'s"), words, first, end, sure)


def strip_dots(word: str) -> str:
    """Write "u.s." as "us"."""
    return word.replace(".", "") if "." in word else word


@lru_cache(maxsize=16_384)
def find_place(words: tuple[str, ...]) -> str:
    """
    Return the country that *words* refer to: by its name, people or capital.

    >>> find_place(("japanese",)), find_place(("tokyo",)), find_place(("hegseth",))
    ('japan', 'japan', '')
    """
    return PLACES.get(" ".join(words), "")


def same_name(a: Name, b: Name) -> bool:
    """
    Return whether two names are the same, judged by their wording alone.

    They are if they share the last word ("Pete Hegseth", "Hegseth") or the country
    ("Tokyo", "Japanese"), or if one is the initials of the other.
    """
    return a.words == b.words or _may_be_same(a.words, a.text, b.words, b.text)


@lru_cache(maxsize=65_536)
def _may_be_same(a: tuple[str, ...], a_text: str, b: tuple[str, ...], b_text: str) -> bool:
    place = find_place(a)
    if place and place == find_place(b):
        return True
    short, long, text = (a, b, b_text) if len(a) <= len(b) else (b, a, a_text)
    if all(word in long for word in short):
        return True
    return len(short) == 1 and is_abbreviation(short[0], text)


class Spelling(NamedTuple):
    """
    A name prepared for comparison: without titles, each word in plain letters.

    *place* is its country, *heads* are the letters with which an abbreviation of it may
    begin, *folded* its plain words in order of the alphabet; *whole* and *last* are the
    letters of the whole name and of its last word.
    """

    words: tuple[str, ...]
    text: str
    place: str
    heads: str
    folded: tuple[str, ...]
    whole: "_Letters"
    last: "_Letters"


class _Letters(NamedTuple):
    """The plain *letters* of a word; *vary* is false for places and codes, which never do."""

    letters: str
    vary: bool


def spell_name(name: Name) -> Spelling:
    """Prepare *name* for `are_variants`."""
    return _spell(name.words, name.text)


@lru_cache(maxsize=16_384)
def _spell(words: tuple[str, ...], text: str) -> Spelling:
    words = _drop_titles(words)
    whole = _spell_letters("".join(words))
    return Spelling(
        words,
        text,
        find_place(words),
        "".join(one[:1] for one in initials_of(text)),
        tuple(sorted(set(map(fold_letters, words)))),
        whole,
        _spell_letters(words[-1]) if len(words) > 1 else whole,
    )


def _spell_letters(word: str) -> _Letters:
    letters = fold_letters(word)
    fixed = find_place((letters,)) or len(letters) < _AFFIX or any(map(str.isdigit, word))
    return _Letters(letters, not fixed)


def are_variants(one: Spelling, other: Spelling) -> bool:
    """
    Return whether two names may be the same in other spellings or accents.

    "Southwest" and "Southwestern", "Taliban" and "Taleban", "Mohamed Morsi" and "Mursi".
    """
    if one.words == other.words or (one.place and one.place == other.place):
        return True
    short, long = (one, other) if len(one.words) <= len(other.words) else (other, one)
    single = len(short.words) == 1
    known = short.words[0] in long.words if single else set(short.words).issubset(long.words)
    if known or short.folded == long.folded:
        return True  # "Nguyen Van Minh", "Minh Van Nguyen"
    if _are_spelt_alike(one.whole, other.whole):
        return True
    if not single:
        return False
    word = short.words[0]
    abbreviates = word[0] in long.heads and is_abbreviation(word, long.text)
    return abbreviates or _are_spelt_alike(one.last, other.last)


def _drop_titles(words: tuple[str, ...]) -> tuple[str, ...]:
    """Drop titles: "President" of "President Xi"; a name of titles alone is kept."""
    if TITLES.isdisjoint(words):
        return words
    return tuple(word for word in words if word not in TITLES) or words


def _are_spelt_alike(one: _Letters, other: _Letters) -> bool:
    """Return whether one begins or ends with the other, or they match across scripts."""
    if one.letters == other.letters:
        return True
    if not (one.vary and other.vary):
        return False
    short, long = one.letters, other.letters
    if len(short) > len(long):
        short, long = long, short
    return (
        long.startswith(short)
        or long.endswith(short)
        or ratio(short, long, score_cutoff=_SPELT_ALIKE) >= _SPELT_ALIKE
    )


# Least similarity of two spellings: "Taliban" and "Taleban" have .86, "Rowhani" and "Rohani" .92.
_SPELT_ALIKE = 0.84
_AFFIX = 5  # least letters of the shorter of two names that are a common prefix or suffix


@lru_cache(maxsize=16_384)
def fold_letters(word: str) -> str:
    """Remove accents, dots and hyphens from *word*: "Café" becomes "Cafe"."""
    if word.isascii():
        return word.replace(".", "").replace("-", "")
    apart = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in apart if letter.isalnum())


_PARTS = re.compile(r"[^\W_]+")
_ROMAN = read_words("names.roman")


def is_abbreviation(short: str, long: str) -> bool:
    """
    Return whether *short* consists of initials of *long*, in order.

    >>> is_abbreviation("JJOC", "Japan Joint Operations Command")
    True

    Function words may be left out or counted: "DOJ", "WHO". A plural s is ignored.
    """
    short = strip_dots(short.lower()).replace("-", "")
    if len(short) < 2 or not short.isalnum():
        return False
    initials = initials_of(long)
    # fast path: most words are no abbreviation, as their first letter shows
    if not any(one[:1] == short[0] for one in initials):
        return False
    short_forms = {short, short.removesuffix("s")} if len(short) > 2 else {short}
    return not short_forms.isdisjoint(initials) or _spells(short, _list_parts(long))


@lru_cache(maxsize=16_384)
def initials_of(long: str) -> tuple[str, ...]:
    """
    Return the initials of *long*, without and with function words; none for one word.

    >>> initials_of("Department of Justice")
    ('dj', 'doj')
    """
    parts = _list_parts(long)
    if len(parts) < 2:
        return ()
    initials = [part if part in _ROMAN else part[0] for part in parts]
    content = [i for i, part in zip(initials, parts, strict=True) if part not in FUNCTION_WORDS]
    return tuple(dict.fromkeys(("".join(content), "".join(initials))))


def _list_parts(long: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(plain(long))][:12]


def _spells(short: str, parts: list[str]) -> bool:
    """Return whether *short* has one to three letters of every content word, in order."""
    content = [part for part in parts if part not in FUNCTION_WORDS]
    rest = short
    for part in content:
        taken = 0
        while taken < min(len(part), len(rest), 3) and part[taken] == rest[taken]:
            taken += 1
            if len(rest) - taken <= len(content) - content.index(part) - 1:
                break
        if not taken:
            return False
        rest = rest[taken:]
    return not rest and len(short) >= 3


def read_aliases(text: str) -> tuple[Alias, ...]:
    """
    List the names that *text* itself defines as equivalent, each pair once, in order.

    >>> read_aliases("Defense Secretary Pete Hegseth came.")
    (Alias(name='Pete Hegseth', other='Defense Secretary', why='title'),)
    """
    return find_aliases(tokenize(text))


def find_aliases(tokens: Tokens) -> tuple[Alias, ...]:
    """List what the text of *tokens* gives as two names of one thing; see `read_aliases`."""
    names = read_names(tokens)
    aliases = [*_read_brackets(tokens, names), *_read_titles(tokens, names), *_read_surnames(names)]
    return tuple(dict.fromkeys(aliases))


def _read_brackets(tokens: Tokens, names: tuple[Name, ...]) -> Iterator[Alias]:
    """Read "Japan Joint Operations Command (JJOC)" and "JJOC (Japan Joint ...)"."""
    for left, right in pairwise(names):
        if tokens.lower[left.end : right.at] != ["("]:
            continue
        for short, long in ((right, left), (left, right)):
            full = _match_initials(short.text, long.text)
            if full:
                yield Alias(full, short.text, "abbreviation")
                break


def _match_initials(short: str, long: str) -> str:
    """Return the tail of *long* that *short* abbreviates: "U.S. Forces Japan (USFJ)"."""
    words = long.split()
    for start in range(max(0, len(words) - 1)):
        tail = " ".join(words[start:])
        if is_abbreviation(short, tail):
            return tail
    return ""


def _read_titles(tokens: Tokens, names: tuple[Name, ...]) -> Iterator[Alias]:
    """Read "Defense Secretary Pete Hegseth", "defense secretary Pete Hegseth" and the like."""
    for name in names:
        cut = _last_title(name)
        if cut and cut < len(name.words):
            title, person = _split_words(tokens, name, cut)
            yield Alias(person, title, "title")
        elif not cut and name.at and tokens.lower[name.at - 1] in TITLES:
            start = name.at - 1
            while start and tokens.lower[start - 1] in _TITLE_PARTS:
                start -= 1
            yield Alias(name.text, tokens.slice(start, name.at), "title")


_TITLE_PARTS = TITLES | read_words("names.offices")


def _last_title(name: Name) -> int:
    """Return the number of words of *name* that are its title; 0 without one."""
    ends = [at + 1 for at, word in enumerate(name.words) if word in TITLES]
    last = ends[-1] if ends else 0
    # "Secretary of Defense Pete Hegseth": the title includes the office.
    if last and " of " in f" {name.text.lower()} " and len(name.words) - last > 1:
        return max(last + 1, len(name.words) - 2)
    return last


def _split_words(tokens: Tokens, name: Name, cut: int) -> tuple[str, str]:
    places = [at for at in range(name.at, name.end) if tokens.words[at][0].isupper()]
    places = places[: len(name.words)] or [name.at]
    middle = places[min(cut, len(places) - 1)]
    return tokens.slice(name.at, middle), tokens.slice(middle, name.end).removesuffix("'s")


def _read_surnames(names: tuple[Name, ...]) -> Iterator[Alias]:
    """Read a last name that occurs alone after the full name: "Pete Hegseth ... Hegseth"."""
    full: dict[str, str] = {}
    for name in names:
        cut = _last_title(name)
        words = name.text.split()
        if find_place(name.words[-1:]):
            continue  # "Forces Japan" is not called Japan
        if len(name.words) - cut > 1 and len(words) >= 2:
            full.setdefault(name.words[-1], " ".join(words[cut:]) if cut else name.text)
        elif len(name.words) == 1 and name.words[0] in full:
            yield Alias(full[name.words[0]], name.text, "surname")
