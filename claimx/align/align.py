"""
Align quotes: find every matching place, then choose the one that is meant.

A place matches if it has the quote's own letters (exact or normalised), or if
it is similar and differs only in words that do not change the meaning (fuzzy).
Between several, the named sentences decide, then the claim's other words.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from claimx.align.index import Index
from claimx.align.search import MAX_PLACES, Find, Refusal, Task, search
from claimx.align.trim import Cut
from claimx.align.wording import Wording
from claimx.language.marks import blank_marks
from claimx.records import Alignment, Record, Span
from claimx.segment.parsed import ParsedDocument, parse_text

# Of 1,500 sentences of other articles, one is this similar to some place of a text (median
# 0.45); nearly all quotes with one word in eight changed are more similar.
MIN_SCORE = 0.75
# Words on either side of a place in which to look for the claim's other words; wide, then close.
_NEIGHBOURHOODS = (40, 12)
# Most occurrences of a word that still distinguishes places; common words are everywhere.
_RARE = 20


class Quote(Record):
    """
    Wording that a model says it copied.

    *near* are the spans of the sentences it named, *claim* is the claim that the
    quote supports; both only decide between places with equal words.
    """

    text: str
    near: tuple[Span, ...] = ()
    claim: str = ""


def align_quote(quote: str | Quote, text: str, *, min_score: float = MIN_SCORE) -> Alignment:
    """
    Find *quote* in *text*; for many quotes `align_quotes` is faster.

    >>> align_quote("Costs fell 4%.", "Sales rose. Costs fell 4%.").spans
    (Span(start=12, end=26),)
    >>> align_quote("Costs rose 9%.", "Sales rose. Costs fell 4%.").why
    'has 4, quote says 9'
    """
    return align_quotes([quote], text, min_score=min_score)[0]


def align_quotes(
    quotes: Iterable[str | Quote], text: str | ParsedDocument, *, min_score: float = MIN_SCORE
) -> tuple[Alignment, ...]:
    """
    Find each of *quotes* in *text*, without guessing.

    Offsets count Unicode code points from 0 and are half-open, so
    ``text[span.start:span.end]`` is the cited wording itself: the source's
    own characters, complete words, no quotes or spaces around them.

    Case, Unicode forms, typography, white space, hyphens at line breaks, HTML
    entities, marks of the source (`blank_marks`) and punctuation at the ends do
    not matter; "...", "[...]" and words in brackets join several spans. A place
    with other words is *fuzzy* if its similarity is at least *min_score* and no
    number, negation, name, opposite or degree of certainty differs. Only the most
    similar place is judged: one that is less similar never replaces it.

    Of equal places, those in the sentences named by ``Quote.near`` count;
    then the one spelt exactly like the quote; then the one with most of the
    claim's other words around it; else all are returned as *ambiguous* (the
    first 1,000 of more).

    Args:
        quotes: What was copied, in any order; not blank.
        text: The document's text, as read, or the parsed document; indexed once for all quotes.
        min_score: Least similarity of a fuzzy find, 0-1.

    Returns:
        One alignment for each quote, in the same order.

    Raises:
        ValueError: If a quote is blank.

    Source: W3C Web Annotation text quote and text position selectors.
    """
    asked = [quote if isinstance(quote, Quote) else Quote(text=quote) for quote in quotes]
    wordings = {quote.text: Wording(quote.text) for quote in asked}
    for number, quote in enumerate(asked):
        if not wordings[quote.text].folded.text.strip():
            raise ValueError(f"quote {number} is blank: {quote.text!r}")
    if not asked:
        return ()
    parsed = parse_text(text) if isinstance(text, str) else text
    index = Index.build(parsed.text)
    answers = {
        quote: _align(quote, Task(wordings[quote.text], quote.near, index, parsed, min_score))
        for quote in dict.fromkeys(asked)
    }
    answers |= _align_without_marks(parsed, answers, min_score)
    return tuple(answers[quote] for quote in asked)


def _align_without_marks(
    parsed: ParsedDocument, answers: Mapping[Quote, Alignment], min_score: float
) -> dict[Quote, Alignment]:
    """Align again, without the marks of the source, what was not found well; keep the better."""
    poor = [quote for quote, one in answers.items() if one.status in ("fuzzy", "not_found")]
    shown = blank_marks(parsed.text) if poor else parsed.text
    if shown == parsed.text:
        return {}
    index = Index.build(parsed.text, shown)
    wordings = {quote: Wording(quote.text, blank_marks(quote.text)) for quote in poor}
    again = {
        quote: _align(quote, Task(wording, quote.near, index, parsed, min_score))
        for quote, wording in wordings.items()
    }
    return {
        quote: one
        for quote, one in again.items()
        if one.found or answers[quote].status == "not_found"
    }


def _align(quote: Quote, task: Task) -> Alignment:
    finds, refusal = search(task)
    if not finds:
        return _refuse(refusal or Refusal("nothing like it in the text"))
    near = [find for find in finds if find.is_near(quote.near)] or finds
    alike = [find for find in near if find.status == "exact"] or near
    left = _prefer_claim(quote.claim, task, alike) if len(alike) > 1 else alike
    return _cite(left[0]) if len(left) == 1 else _give_all(left)


def _prefer_claim(claim: str, task: Task, finds: list[Find]) -> list[Find]:
    """Keep the find with most of the claim's rare words around it, if there is only one."""
    if not claim or not finds[0].places:
        return finds
    known = set(task.wording.list_keys())
    keys = {key for key in Wording(claim).list_keys() if key and key not in known}
    hits = [task.document.words_by_key.get(key, []) for key in sorted(keys)]
    telling = [words for words in hits if len(words) <= max(_RARE, len(finds))]
    for reach in _NEIGHBOURHOODS:
        counts = [sum(_stands_near(find, words, reach) for words in telling) for find in finds]
        best = max(counts)
        if best and counts.count(best) == 1:
            return [finds[counts.index(best)]]
    return finds


def _stands_near(find: Find, words: list[int], reach: int) -> bool:
    at = bisect_left(words, find.places[0].first - reach)
    return at < len(words) and words[at] < find.places[-1].end + reach


def _cite(find: Find) -> Alignment:
    spans = tuple(_make_span(cut) for cut in sorted(find.cuts))
    score = min(round(find.score, 3), 0.999) if find.status == "fuzzy" else 1.0
    return Alignment(status=find.status, spans=spans, score=score, why=find.doubt)


def _give_all(finds: list[Find]) -> Alignment:
    cuts = sorted({(cut.start, cut.end) for find in finds for cut in find.cuts})
    more = " or more; these are the first" if len(finds) == MAX_PLACES else ""
    return Alignment(
        status="ambiguous",
        spans=tuple(Span(start=start, end=end) for start, end in cuts),
        score=round(max(find.score for find in finds), 3),
        why=f"stands in {len(finds)} places{more}",
    )


def _refuse(refusal: Refusal) -> Alignment:
    nearest = refusal.nearest and _make_span(refusal.nearest)
    return Alignment(status="not_found", nearest=nearest, why=refusal.why)


def _make_span(cut: Cut) -> Span:
    return Span(start=cut.start, end=cut.end)
