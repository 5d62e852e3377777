"""
The data of the HTML report: a claim table as plain data for its scripts.

Offsets count UTF-16 code units, as in JavaScript; groups, documents and claims are
referred to by index.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import Any, NamedTuple

from claimx.language.offsets import Units
from claimx.records import (
    Citation,
    Claim,
    ClaimGroup,
    Conflict,
    Decision,
    Document,
    Span,
    content_id,
)
from claimx.render.show import MODALITIES, label_documents
from claimx.segment.sentences import NOT_EXTRACTED, split_sentences
from claimx.table import ClaimTable, join_sources
from claimx.views.coverage import find_coverage
from claimx.views.timeline import Timeline, find_timeline

Pairs = list[tuple[int, int]]

# Ranges of characters that are invisible or hide others: control characters, line separators,
# marks that reorder text, surrogates, annotations, tags.
_ODD = (
    (0x00, 0x08),
    (0x0B, 0x0C),
    (0x0E, 0x1F),
    (0x7F, 0x9F),
    (0x2028, 0x202E),
    (0x2066, 0x2069),
    (0xD800, 0xDFFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
)
_ODD_CHARACTER = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _ODD)}]")

_WORD = re.compile(r"\w+(?:[.,:/]\w+)*|[^\w\s]")
# Metadata of a document, besides its title.
_ABOUT = ("outlet", "author", "date", "url", "language")
# Fields of an outlet that cannot be derived from the groups.
_OF_OUTLET = {"outlet", "documents", "omits", "denies", "incomplete"}
# Comparing word by word takes quadratic time.
_MOST_WORDS = 300


class Review(NamedTuple):
    """The address to which the page sends decisions, and those made before."""

    address: str
    decisions: Sequence[Decision]

    def list_lines(self) -> list[dict[str, Any]]:
        """List the decisions as in their file."""
        return [one.model_dump(mode="json", exclude_defaults=True) for one in self.decisions]


def reveal_text(text: str) -> str:
    r"""
    Write invisible and reordering characters of *text* by their code.

    >>> reveal_text("exe\u202efdp")
    'exe⟨U+202E⟩fdp'
    """
    return _ODD_CHARACTER.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def build_payload(
    table: ClaimTable, review: Review | None = None, timeline: Timeline | None = None
) -> dict[str, Any]:
    """
    Build everything that the report shows of *table*, except rejected claims and the run.

    *review* has the decisions so far, if the page is for reviewing; *timeline* is the
    table's own, if it was computed already.
    """
    labels = label_documents(table.documents)
    order = {document.id: at for at, document in enumerate(table.documents)}
    rank = {group.id: at for at, group in enumerate(table.groups)}
    units = {document.id: Units(document.text).count for document in table.documents}
    spans: dict[str, list[Span]] = defaultdict(list)
    for citation in chain.from_iterable(group.citations for group in table.groups):
        spans[citation.document_id].append(citation.span)
    roots = join_sources(table.documents, table.echoes)
    kept = {} if review is None else {"save": review.address, "decisions": review.list_lines()}
    return {
        "odd": _ODD,
        "modalities": dict(MODALITIES),
        "id": _name_table(table),
        **kept,
        "documents": [
            _lay_document(document, labels[document.id], spans[document.id], units[document.id])
            | ({"root": order[roots[document.id]]} if document.id in roots else {})
            for document in table.documents
        ],
        "groups": [_lay_group(group, order, units) for group in table.groups],
        "conflicts": [_lay_conflict(conflict, table.groups, rank) for conflict in table.conflicts],
        **_lay_views(table, timeline or find_timeline(table)),
    }


def _lay_views(table: ClaimTable, timeline: Timeline) -> dict[str, Any]:
    """
    Build the timeline and coverage, where dates or outlets are known.

    *first* lists, for each group, the indexes of the documents that may have made its
    claim first.
    """
    order = {document.id: at for at, document in enumerate(table.documents)}
    views = {}
    if timeline.as_of:
        views["timeline"] = timeline.model_dump(exclude={"groups"}) | {
            "first": [[order[one.document_id] for one in group.first] for group in timeline.groups]
        }
    if any(one.outlet for one in table.documents):
        coverage = find_coverage(table).model_dump(include={"outlets": {"__all__": _OF_OUTLET}})
        views["coverage"] = coverage["outlets"]
    return views


def write_payload(payload: Mapping[str, Any]) -> str:
    r"""
    Write *payload* as JSON that is safe inside a script element, without any ``<``.

    >>> write_payload({"text": "</script>"})
    '{"text":"\\u003c/script>"}'
    """
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode().replace("<", "\\u003c")


def mark_difference(first: str, second: str) -> tuple[Pairs, Pairs]:
    """
    Find the words in which *first* and *second* differ, as ranges of each.

    >>> mark_difference("21 people died.", "22 people died.")
    ([(0, 2)], [(0, 2)])
    """
    words = [list(_WORD.finditer(text)) for text in (first, second)]
    if max(map(len, words)) > _MOST_WORDS:
        return [], []
    ours, theirs = ([word[0].casefold() for word in side] for side in words)
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    return (
        [_reach(words[0][a:b]) for _, a, b, _, _ in changed if b > a],
        [_reach(words[1][a:b]) for _, _, _, a, b in changed if b > a],
    )


def _reach(words: Sequence[re.Match[str]]) -> tuple[int, int]:
    return words[0].start(), words[-1].end()


def _lay_document(
    document: Document, label: str, spans: Iterable[Span], unit: Callable[[int], int]
) -> dict[str, Any]:
    return {
        "label": label,
        "id": document.id,
        "sha256": document.sha256,
        "source": document.source,
        "title": document.title,
        "metadata": document.metadata,
        **{name: value for name in _ABOUT if (value := getattr(document, name)) is not None},
        "text": document.text,
        "sentences": [
            (unit(span.start), unit(span.end), state)
            for span, state in _rate_sentences(document.text, spans)
        ],
    }


def _rate_sentences(text: str, spans: Iterable[Span]) -> Iterable[tuple[Span, int]]:
    """Rate each sentence: 2 if it has claims, 1 if not, 0 if none were looked for."""
    starts, ends = _merge_spans(spans)
    for sentence in split_sentences(text):
        at = bisect_right(ends, sentence.span.start)
        if at < len(starts) and starts[at] < sentence.span.end:
            yield sentence.span, 2
        else:
            yield sentence.span, int(sentence.kind not in NOT_EXTRACTED)


def _merge_spans(spans: Iterable[Span]) -> tuple[list[int], list[int]]:
    """Merge spans that touch; return their starts and their ends, in order."""
    starts: list[int] = []
    ends: list[int] = []
    for span in sorted(spans, key=lambda span: span.start):
        if ends and span.start <= ends[-1]:
            ends[-1] = max(ends[-1], span.end)
        else:
            starts.append(span.start)
            ends.append(span.end)
    return starts, ends


def _lay_group(
    group: ClaimGroup, order: Mapping[str, int], units: Mapping[str, Callable[[int], int]]
) -> dict[str, Any]:
    spans: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for citation in group.citations:
        spans[citation.claim_id].append(_lay_span(citation, units[citation.document_id]))
    return {
        "id": group.id,
        "claim": group.claim,
        "support": group.support,
        "independent": group.independent,
        "members": [
            {"id": claim.id, "document": order[claim.document_id], "spans": spans[claim.id]}
            | _lay_remarks(claim, group.claim)
            for claim in group.claims
        ],
    } | _lay_review(group)


def _lay_review(group: ClaimGroup) -> dict[str, Any]:
    """Build a person's changes to *group*; empty for most groups."""
    review = {"reworded": group.reworded, "notes": group.notes}
    return {name: value for name, value in review.items() if value}


def _name_table(table: ClaimTable) -> str:
    """Name *table* by its content, so that a browser recognises it."""
    documents = (document.sha256 for document in table.documents)
    return content_id(*documents, *(claim.id for claim in table.claims))


def _lay_remarks(claim: Claim, wording: str) -> dict[str, Any]:
    """Build the remarks on *claim*; empty for most claims."""
    remarks = {
        "text": claim.text if claim.text != wording else None,
        "speaker": claim.speaker,
        "modality": claim.modality if claim.modality != "asserted" else None,
        "headline": claim.headline or None,
        "accepted": claim.accepted or None,
        "score": claim.alignment.score if claim.alignment.status == "fuzzy" else None,
        "flags": [(flag.kind, flag.message) for flag in claim.flags] or None,
    }
    return {name: value for name, value in remarks.items() if value is not None}


def _lay_span(citation: Citation, unit: Callable[[int], int]) -> tuple[int, int, int]:
    return unit(citation.span.start), unit(citation.span.end), citation.line


def _mark_reason(why: str, first: str, second: str) -> tuple[Pairs, Pairs]:
    """
    Mark what *why* quotes on each side; if it is not found, the words that differ.

    >>> _mark_reason("21 / 22", "All 21 people died.", "22 died there.")
    ([(4, 6)], [(0, 2)])
    """
    marks = []
    for words, text in zip(why.split(" / "), (first, second), strict=False):
        found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE)
        if found:
            marks.append([found.span()])
    return (marks[0], marks[1]) if len(marks) == 2 else mark_difference(first, second)


def _lay_conflict(
    conflict: Conflict, groups: Sequence[ClaimGroup], rank: Mapping[str, int]
) -> dict[str, Any]:
    sides = (rank[conflict.a], rank[conflict.b])
    wordings = [groups[side].claim for side in sides]
    return {
        "kind": conflict.kind,
        "why": conflict.why,
        "sides": sides,
        "marks": [
            [(unit(start), unit(end)) for start, end in marks]
            for unit, marks in zip(
                (Units(wording).count for wording in wordings),
                _mark_reason(conflict.why, *wordings),
                strict=True,
            )
        ],
    }
