"""Format documents, quotes and doubts for readers, the same way in every format."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from claimx.records import (
    Citation,
    Claim,
    ClaimGroup,
    Document,
    Echo,
    FlagKind,
    Modality,
    Run,
)
from claimx.table import Counts

# Terminal escapes and other controls, surrogates, and marks that reorder what follows.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://(?:www\.)?(?P<site>[^/?#:]+)(?::\d+)?(?P<path>.*)", re.I | re.S)
_NOT_IN_LABEL = re.compile(r"[^\w./ -]+")
# Characters shown of an outlet's name.
_MAX_OUTLET = 40
_WORD_OF_NAME = re.compile(r"[^\s_-]+")


def show_text(text: str) -> str:
    r"""
    Put *text* on one line, with U+FFFD for characters that cannot or must not be shown.

    >>> show_text("two\n lines \x1b[31m")
    'two lines �[31m'
    """
    return _UNSEEN.sub("\ufffd", " ".join(text.split()))


def replace_surrogates(value: Any) -> Any:
    """Replace lone surrogates, which UTF-8 cannot encode, by U+FFFD in all text of a value."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [replace_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {key: replace_surrogates(one) for key, one in value.items()}
    return value


def label_documents(documents: Iterable[Document]) -> dict[str, str]:
    """
    Map each document id to the shortest unique label.

    That is its outlet, with the date or the file name if one outlet has several; if no
    outlet is known, the prefix of its file name (``003`` for ``003_97f3.txt``), else the
    whole name, else its id, else its number. Labels differ by more than case.
    """
    names = {document.id: _list_names(document) for document in documents}
    seen = Counter(name for own in names.values() for name in {one.casefold() for one in own})
    return {
        document_id: next((name for name in own if seen[name.casefold()] == 1), f"#{number}")
        for number, (document_id, own) in enumerate(names.items(), start=1)
    }


def list_places(citations: Iterable[Citation], labels: Mapping[str, str]) -> list[str]:
    """List the places cited, each once: ``003:5`` for line 5 of 003, ``004:p2`` for page 2."""
    return list(dict.fromkeys(f"{labels[one.document_id]}:{name_place(one)}" for one in citations))


def name_place(citation: Citation) -> str:
    """Return the time of *citation* (``0:01:23``), else its page (``p2``), else its line."""
    if citation.time is not None:
        return show_time(citation.time)
    return str(citation.line) if citation.page is None else f"p{citation.page}"


def show_time(milliseconds: int) -> str:
    """
    Format a time in a recording, in whole seconds.

    >>> show_time(83_400)
    '0:01:23'
    """
    return str(timedelta(seconds=milliseconds // 1000))


def list_speakers(group: ClaimGroup) -> list[str]:
    """List the speakers of a claim in its documents, each once, marking who alleges it."""
    return list(dict.fromkeys(filter(None, map(_name_speaker, group.claims))))


def list_names(group: ClaimGroup) -> list[str]:
    """List the speakers of a claim in its documents, each once."""
    return list(dict.fromkeys(claim.speaker for claim in group.claims if claim.speaker))


def _name_speaker(claim: Claim) -> str:
    """Return the speaker of *claim*; an allegation is marked as one, with or without speaker."""
    if claim.modality != "alleged":
        return claim.speaker or ""
    return f"{claim.speaker} (alleged)" if claim.speaker else "alleged"


MODALITIES: Mapping[Modality, str] = MappingProxyType(
    {"asserted": "stated as fact", "considered": "under consideration", "opinion": "an opinion"}
)
"""Modalities as people say them; the others are said by their names."""

_FLAGS: Mapping[FlagKind, str] = MappingProxyType(
    {
        "number": "differs from the quote",
        "date": "differs from the quote",
        "unit": "differs from the quote",
        "name": "differs from the quote",
        "negation": "differs from the quote",
        "modality": "differs from the quote",
        "wording": "wording in doubt",
        "speaker": "speaker in doubt",
        "backing": "evidence in doubt",
        "verify": "read again",
        "grouping": "grouping in doubt",
    }
)


def describe_claim(claim: Claim) -> list[str]:
    """List what a reader should know of *claim* beyond its wording: nothing, if all is plain."""
    notes = [f"said by {claim.speaker}"] if claim.speaker else []
    if claim.modality != "asserted":
        notes.append(MODALITIES.get(claim.modality, claim.modality))
    if claim.headline:
        notes.append("in a headline")
    if claim.alignment.status == "fuzzy":
        notes.append(f"found by a similar quote, similarity {claim.alignment.score:.2f}")
    elif claim.alignment.status == "normalized":
        notes.append("found by a quote with other spaces or marks")
    return notes + [f"{_FLAGS[flag.kind]}: {flag.message}" for flag in claim.flags]


def list_run_values(run: Run) -> list[tuple[str, str | None]]:
    """List the fields of *run* and its settings as text, for the rows of a table."""
    facts = run.model_dump(exclude={"settings", "usage"}) | run.usage.model_dump()
    named = [*facts.items(), *sorted(run.settings.items())]
    return [(name, None if value is None else str(value)) for name, value in named]


def list_run_facts(run: Run) -> dict[str, str]:
    """Describe how a table was made, by name of the item, settings last."""
    settings = {
        name: json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        for name, value in sorted(run.settings.items())
    }
    return {
        "claimx": run.claimx_version,
        "model": run.model,
        "prompt": run.prompt or "none",
        "answered": run.answered or "never",
        "answers": str(run.usage.answers),
        "tokens": f"{run.usage.tokens_in} in, {run.usage.tokens_out} out",
        **settings,
    }


def count_things(count: int, thing: str) -> str:
    """
    Format a number of things.

    >>> count_things(1, "claim"), count_things(0, "claim")
    ('1 claim', '0 claims')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def count_documents(counts: Counts) -> str:
    """
    Format how many documents there are, how many of them in part, and how many were not read.

    >>> from claimx.table import Counts
    >>> zero = dict.fromkeys(("proposed", "cited", "groups", "shared", "conflicts", "failures"), 0)
    >>> count_documents(Counts(documents=3, partial=1, unread=5, rejected={}, **zero))
    '3 documents (1 in part), 5 not read'
    """
    part = f" ({counts.partial} in part)" if counts.partial else ""
    unread = f", {counts.unread} not read" if counts.unread else ""
    return f"{count_things(counts.documents, 'document')}{part}{unread}"


def _list_names(document: Document) -> list[str]:
    """List the possible names of a document, shortest first, each once."""
    stem = _clean_name(PurePosixPath(document.id).stem)
    own = [*_list_short_names(document.id, stem), stem, _clean_name(document.id)]
    names = dict.fromkeys([*_list_outlet_names(document, stem), *own])
    return [name for name in names if name.strip()]


def _list_short_names(document_id: str, stem: str) -> Iterator[str]:
    """Yield names by the site of an address, the table of a row, or the words of a file's name."""
    if address := _ADDRESS.match(document_id):
        site, path = _clean_name(address["site"]), _clean_name(address["path"].replace("/", " "))
        yield from (site, f"{site} {stem}", f"{site} {path}")
        return
    table = PurePosixPath(document_id).parent
    if table.suffix and stem.isdecimal():
        yield f"{_clean_name(table.stem)} {stem}"
        return
    yield from (stem[: word.end()] for word in _WORD_OF_NAME.finditer(stem))


def _list_outlet_names(document: Document, stem: str) -> Iterator[str]:
    outlet = _clean_name(document.outlet or "")[:_MAX_OUTLET].rstrip()
    if outlet:
        yield outlet
        if document.date:
            yield f"{outlet} {document.date}"
        yield f"{outlet} {stem}"


def _clean_name(name: str) -> str:
    """Keep only characters that need no escaping in any format."""
    return " ".join(_NOT_IN_LABEL.sub("", name).split())


def say_support(group: ClaimGroup, documents: int) -> str:
    """
    Describe how many of *documents* make a claim, and how many of these are independent.

    >>> say_support(ClaimGroup(id="C", claim="", claims=(), citations=(), support=3), 5)
    '3/5'
    >>> one = ClaimGroup(id="C", claim="", claims=(), citations=(), support=3, independent=2)
    >>> say_support(one, 5)
    '3/5 (2 independent)'
    """
    repeated = group.independent not in {None, group.support}
    return f"{group.support}/{documents}" + (f" ({group.independent} independent)" * repeated)


def say_echo(echo: Echo) -> str:
    """Describe how one document repeats another."""
    passages = count_things(len(echo.passages), "passage")
    return {
        "copied": f"{echo.share:.0%} of the shorter one stands word for word in the other "
        f"({passages})",
        "retold": f"{echo.share:.0%} of the sentences of the shorter one retell the other, "
        "in the same order",
        "agency": "both credit the same news agency",
    }[echo.kind]
