"""
Find which speakers of a table are the same person, from the articles' own words.

Within a document its own words decide: "Defense Secretary Pete Hegseth", then
"Hegseth" or "the Defense Secretary". Across documents only names do. A description
without a name ("officials") is limited to its document.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from claimx.language.lexicon import any_of
from claimx.language.names import (
    TITLES,
    Alias,
    find_aliases,
    read_aliases,
    read_names,
    strip_dots,
)
from claimx.language.tokens import Tokens, tokenize
from claimx.records import Claim, Document, Record, Span
from claimx.table import ClaimTable

Why = Literal["name", "surname", "title", "description"]

_LEAD = re.compile(rf"^{any_of('speech.before_descriptions')}\s+", re.IGNORECASE)
_JOINED = re.compile(r",? and |; ")


FULL = 2  # words of a full name: a first name and a last one


class Variant(Record):
    """
    A document's name for a speaker, and the evidence for it.

    *evidence* is where the document has the name, or the title with the name; null if
    the wording alone decides.
    """

    text: str
    document_id: str
    why: Why
    evidence: Span | None = None


class Speaker(Record):
    """
    The speaker of claims, under one or more names; *claims* are ids, in table order.

    *perhaps* is the speaker with the same title in another document: probably the same
    person, but no document says so.
    """

    name: str
    variants: tuple[Variant, ...]
    claims: tuple[str, ...]
    perhaps: str | None = None

    @property
    def called(self) -> list[str]:
        """The other names under which the speaker is credited, each once."""
        return list(dict.fromkeys(one.text for one in self.variants if one.text != self.name))


class SpeakerEntry(NamedTuple):
    """
    Speakers to be listed together: one, or all those whom documents describe alike.

    *described* is true of the latter: "police" of two articles need not be the same.
    """

    speakers: tuple[Speaker, ...]
    described: bool

    @property
    def name(self) -> str:
        """The name or description."""
        return self.speakers[0].name

    @property
    def claims(self) -> int:
        """The number of claims."""
        return sum(len(one.claims) for one in self.speakers)


def list_entries(speakers: Iterable[Speaker]) -> list[SpeakerEntry]:
    """List *speakers*, with those of one description in one entry, most claims first."""
    entries: dict[object, list[Speaker]] = defaultdict(list)
    for at, one in enumerate(speakers):
        alike = one.perhaps is None and all(own.why == "description" for own in one.variants)
        entries[_fold(one.name) if alike else at].append(one)
    found = [
        SpeakerEntry(tuple(own), isinstance(key, str) and len(own) > 1)
        for key, own in entries.items()
    ]
    return sorted(found, key=lambda entry: -entry.claims)


class _Named(NamedTuple):
    """The person meant by one part of a speaker's description, with the evidence."""

    who: str
    part: str
    document_id: str
    name: str
    why: Why
    title: str = ""
    evidence: Span | None = None


def identify_speakers(table: ClaimTable) -> tuple[Speaker, ...]:
    """List the speakers of *table*, those with most claims first, then by first mention."""
    claims: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in table.claims:
        if claim.speaker:
            claims[claim.document_id, claim.speaker].append(claim)
    documents = {document.id: document for document in table.documents}
    spoken: dict[str, list[str]] = defaultdict(list)
    for document_id, who in claims:
        spoken[document_id].append(who)
    aliases: dict[str, tuple[Alias, ...]] = {}
    bearers: dict[str, set[str]] = defaultdict(set)
    for document_id in spoken:
        tokens = tokenize(documents[document_id].text)
        aliases[document_id] = find_aliases(tokens)
        _add_bearers(tokens, bearers)
    named = [
        one
        for document_id, speakers in spoken.items()
        for one in _name_speakers(documents[document_id], speakers, aliases[document_id], bearers)
    ]
    keys = _find_keys(named, bearers)
    members: dict[str, list[_Named]] = defaultdict(list)
    for one, key in zip(named, keys, strict=True):
        members[key].append(one)
    names = {key: _choose_name(own) for key, own in members.items()}
    titles = _list_titles(members)
    speakers = [
        Speaker(
            name=names[key],
            variants=tuple(_list_variants(own)),
            claims=tuple(claim.id for one in own for claim in claims[one.document_id, one.who]),
            perhaps=names.get(_guess(own, titles)),
        )
        for key, own in members.items()
    ]
    return tuple(sorted(speakers, key=lambda speaker: -len(speaker.claims)))


def _add_bearers(tokens: Tokens, bearers: Mapping[str, set[str]]) -> None:
    """Add to *bearers*, by last name, the first names that a text gives with it, without titles."""
    for name in read_names(tokens):
        words = [word for word in name.words if word not in TITLES]
        if len(words) == FULL:
            bearers[words[1]].add(words[0])


def _name_speakers(
    document: Document,
    speakers: Iterable[str],
    aliases: Sequence[Alias],
    bearers: Mapping[str, set[str]],
) -> Iterator[_Named]:
    """Identify each of *speakers* of *document*, each part of "A and B" by itself."""
    full = {alias.name for alias in aliases if " " in alias.name}
    given: dict[str, set[str]] = defaultdict(set)
    for alias in aliases:
        given[_fold(alias.other)].add(_shorten(alias.name, full))
    for surname in given.keys() & {name for name, first in bearers.items() if len(first) > 1}:
        given[surname] |= {f"{first} {surname}" for first in bearers[surname]}
    for who in speakers:
        for part in _split_joint(who):
            yield _name_speaker(who, part, document, given)


def _shorten(name: str, full: Iterable[str]) -> str:
    """Remove a part of a title: "Defense Pete Hegseth" if "Pete Hegseth" occurs as well."""
    return min((one for one in full if f" {name}".endswith(f" {one}")), key=len, default=name)


def _split_joint(who: str) -> list[str]:
    """
    Split "Hegseth and Nakatani", but no descriptions: "police and prosecutors" is kept.

    >>> _split_joint("Lee and Minister Nakatani"), _split_joint("Department of Arts and Culture")
    (['Lee', 'Minister Nakatani'], ['Department of Arts and Culture'])
    """
    parts = _JOINED.split(who)
    return parts if " of " not in who and all(map(_is_name, parts)) else [who]


def _name_speaker(who: str, part: str, document: Document, given: Mapping[str, set[str]]) -> _Named:
    own = next((alias for alias in read_aliases(part) if alias.why == "title"), None)
    folded = _fold(part)
    known = _recall(own.name, given) if own else given.get(folded) or _match_title(folded, given)
    title = _fold(own.other) if own else folded
    if len(known) == 1:
        [name] = known
        surname = not own and _fold(name).endswith(f" {folded}")
        why: Why = "surname" if surname else "title"
        return _Named(
            who, part, document.id, name, why, "" if surname else title, _find(document, name)
        )
    if folded.rsplit(" ", 1)[-1] in TITLES:
        return _Named(who, part, document.id, _LEAD.sub("", part), "title", "" if known else folded)
    return _Named(who, part, document.id, part, "name" if _is_name(part) else "description")


def _recall(name: str, given: Mapping[str, set[str]]) -> set[str]:
    return given.get(_fold(name)) or {name}


def _match_title(title: str, given: Mapping[str, set[str]]) -> set[str]:
    """Find the persons with a longer title ending in *title*: "U.S. Defense Secretary"."""
    return {
        name
        for longer, names in given.items()
        if " " in title and longer.endswith(f" {title}")
        for name in names
    }


def _is_name(who: str) -> bool:
    """Return whether *who* is a name: its last word has a capital or a digit."""
    last = "".join(who.split()[-1:])
    return last[:1].isupper() or any(map(str.isdigit, last))


def _fold(text: str) -> str:
    plain = " ".join(text.replace("’", "'").split())
    return strip_dots(_LEAD.sub("", plain).removesuffix("'s").lower())


def _find(document: Document, name: str) -> Span | None:
    start = document.text.find(name)
    return Span(start=start, end=start + len(name)) if start >= 0 else None


def _find_keys(named: Sequence[_Named], bearers: Mapping[str, set[str]]) -> list[str]:
    """Return a key for each of *named*; the same person has the same key."""
    by_surname: dict[str, set[str]] = defaultdict(set)
    for one in named:
        name = _fold(one.name)
        if " " in name and one.why != "description" and not _is_title_alone(one):
            by_surname[name.rsplit(" ", 1)[-1]].add(name)
    for surname, first in bearers.items():
        if len(first) > 1:  # nobody can say which of them is meant
            by_surname[surname] |= {f"{one} {surname}" for one in first}
    own_titles: dict[str, list[str]] = defaultdict(list)
    for one in named:
        if _is_title_alone(one):
            own_titles[one.document_id].append(_fold(one.name))
    return [_find_key(one, by_surname, own_titles[one.document_id]) for one in named]


def _is_title_alone(one: _Named) -> bool:
    return one.why == "title" and one.evidence is None


def _find_key(one: _Named, by_surname: Mapping[str, set[str]], titles: Iterable[str]) -> str:
    name = _fold(one.name)
    if _is_title_alone(one):
        longest = max((t for t in titles if f" {t}".endswith(f" {name}")), key=len, default=name)
        return f"{one.document_id}\0{longest}"
    if one.why == "description":
        return f"{one.document_id}\0{name}"
    full = by_surname.get(name, set())
    return next(iter(full)) if " " not in name and len(full) == 1 else name


def _list_titles(members: Mapping[str, Iterable[_Named]]) -> dict[str, set[str]]:
    """Map each title that a document uses with a name to the keys of its speakers."""
    titles: dict[str, set[str]] = defaultdict(set)
    for key, own in members.items():
        for one in own:
            if one.title and one.evidence is not None:
                titles[one.title].add(key)
    return titles


def _guess(own: Iterable[_Named], titles: Mapping[str, set[str]]) -> str:
    """Find the only speaker whose title in another document occurs alone in this one."""
    alone = {one.title for one in own if _is_title_alone(one)}
    found = {
        other
        for title in alone
        for longer, others in titles.items()
        if longer == title or (" " in title and longer.endswith(f" {title}"))
        for other in others
    }
    return next(iter(found)) if len(found) == 1 else ""


def _choose_name(own: Iterable[_Named]) -> str:
    names = Counter(one.name for one in own)
    return max(names, key=lambda name: (len(name.split()), names[name]))


def _list_variants(own: Iterable[_Named]) -> Iterator[Variant]:
    for one in own:
        yield Variant(
            text=one.part, document_id=one.document_id, why=one.why, evidence=one.evidence
        )
