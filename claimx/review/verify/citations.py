"""Check the citations of one document against its current text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice, takewhile
from pathlib import PurePosixPath

from claimx.align import align_quotes
from claimx.language.offsets import Lines
from claimx.language.text import fold_text
from claimx.records import Alignment, Citation, ClaimGroup, Document, Span
from claimx.review.verify.result import Check, Standing

# Characters on either side of a quote that distinguish its places.
_CONTEXT = 60
# A wording may occur thousands of times; this many places are examined.
_MAX_PLACES = 1000
# Most differences shown; the rest are counted.
_MAX_DIFFERENCES = 3
# Comparing words takes quadratic time; a quote is a sentence or two.
_MAX_WORDS = 500


def miss_all(rows: Iterable[tuple[ClaimGroup, Citation]], why: str) -> Iterator[Check]:
    """Report every citation as missing, for the reason *why*."""
    return (
        Check(group_id=group.id, citation=citation, standing="missing", why=why)
        for group, citation in rows
    )


def check_document(
    rows: Sequence[tuple[ClaimGroup, Citation]], then: Document, now: Document
) -> Iterator[Check]:
    """Check the citations *rows* of the document *then* against its text *now*, in order."""
    quotes = [citation.quote for _, citation in rows]
    places = [_find_again(citation, then.text, now.text) for _, citation in rows]
    lost = {quote for quote, place in zip(quotes, places, strict=True) if place is None}
    asked = sorted(quote for quote in lost if fold_text(quote))
    alignments = dict(zip(asked, align_quotes(asked, now.text), strict=True)) if asked else {}
    lines = Lines(now.text)
    renamed = PurePosixPath(then.source).name != PurePosixPath(now.source).name
    for (group, citation), place in zip(rows, places, strict=True):
        same = place == citation.span.start and not renamed
        standing, span, why = _judge(citation, place, same, alignments, now.text)
        line, column = lines.locate(span.start) if span else (None, None)
        yield Check(
            group_id=group.id,
            citation=citation,
            standing=standing,
            source=now.source,
            span=span,
            line=line,
            column=column,
            quote=span.slice(now.text) if span else None,
            why=why,
        )


def _judge(
    citation: Citation,
    place: int | None,
    same: bool,
    alignments: Mapping[str, Alignment],
    text: str,
) -> tuple[Standing, Span | None, str]:
    """Return the standing of a citation, its span and reason; *place* is where it was found."""
    if place is not None:
        span = Span(start=place, end=place + len(citation.quote))
        return ("same" if same else "moved"), span, ""
    alignment = alignments.get(citation.quote, Alignment(status="not_found"))
    spans = alignment.spans or ((alignment.nearest,) if alignment.nearest else ())
    if not spans:
        return "missing", None, "nothing like it there now"
    span = Span(start=spans[0].start, end=spans[-1].end) if alignment.found else spans[0]
    return "changed", span, _tell_difference(citation.quote, span.slice(text))


def _find_again(citation: Citation, then: str, now: str) -> int | None:
    """
    Find the identical quote, as whole words.

    Of several places, prefer the old one, then the one with most of the old context,
    then the nearest.
    """
    quote, start = citation.quote, citation.span.start
    was_whole = _is_whole(then, start, len(quote))
    if citation.span.slice(now) == quote and _is_whole(now, start, len(quote)) >= was_whole:
        return start
    before = then[max(0, start - _CONTEXT) : start]
    after = then[citation.span.end : citation.span.end + _CONTEXT]

    def rank(place: int) -> tuple[int, int]:
        end = place + len(quote)
        left = now[max(0, place - _CONTEXT) : place]
        common = _count_common(before[::-1], left[::-1])
        common += _count_common(after, now[end : end + _CONTEXT])
        return -common, abs(place - start)

    found = _list_places(quote, now)
    places = (at for at in found if _is_whole(now, at, len(quote)) >= was_whole)
    return min(islice(places, _MAX_PLACES), key=rank, default=None)


def _list_places(quote: str, text: str) -> Iterator[int]:
    at = text.find(quote)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def _is_whole(text: str, start: int, length: int) -> bool:
    """Return whether no word is cut at either end: "rose" is not found in "arose"."""
    return not any(
        0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
        for at in (start, start + length)
    )


def _count_common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _tell_difference(then: str, now: str) -> str:
    """
    Describe which words of *then* became which in *now*.

    >>> _tell_difference("Costs rose 4% in May.", "Costs rose 5% in May.")
    '4% -> 5%'
    """
    old, new = then.split()[:_MAX_WORDS], now.split()[:_MAX_WORDS]
    changes = [
        f"{' '.join(old[a:b]) or '(nothing)'} -> {' '.join(new[c:d]) or '(nothing)'}"
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    more = len(changes) - _MAX_DIFFERENCES
    rest = [f"and {more} more"] if more > 0 else []
    return "; ".join([*changes[:_MAX_DIFFERENCES], *rest]) or "white space"
