"""
Check, without a model, that a claim states nothing that its source does not.

Each doubt becomes a `Flag` that describes the difference. What a claim may take from
the rest of its document, such as a name for "he" or a date for "that day", is not
flagged; a number from elsewhere is, because the cited words do not show it. Checks are
listed by language code. In other languages only numbers are checked, and the table
notes that (`quality.list_skipped`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from claimx.ground.agents import (
    check_agents,
    check_counts,
    check_directions,
    check_places,
    check_relatives,
    check_roles,
)
from claimx.ground.ages import check_ages
from claimx.ground.backing import check_backing
from claimx.ground.causes import check_causes, check_infinitives, check_purposes
from claimx.ground.certainty import check_certainty
from claimx.ground.descriptions import repeats_descriptions
from claimx.ground.drops import (
    check_allegations,
    check_conditions,
    check_questions,
    check_rejections,
)
from claimx.ground.names import check_names, check_speaker
from claimx.ground.numbers import check_dates, check_quantities
from claimx.ground.scope import (
    check_focus,
    check_limits,
    check_only,
    check_past,
    check_qualifiers,
    check_quantifiers,
    check_rates,
    check_settings,
    check_superlatives,
)
from claimx.ground.sequence import check_comparisons, check_sequence
from claimx.ground.source import Case, Source, WholeSource
from claimx.ground.wording import check_negations, check_opposites
from claimx.language.lexicon import ENGLISH
from claimx.language.sentence_ends import SENTENCE_OR_LINE_END
from claimx.records import Claim, Document, Flag, Span
from claimx.segment.allegations import find_dropped_allegation
from claimx.segment.parsed import ParsedDocument, parse_document

__all__ = ["ground_claim", "ground_claims", "ground_each"]

_ENGLISH_CHECKS = (
    check_dates,
    check_ages,
    check_names,
    check_roles,
    check_negations,
    check_opposites,
    check_certainty,
    check_allegations,
    check_conditions,
    check_questions,
    check_rejections,
    check_quantifiers,
    check_superlatives,
    check_qualifiers,
    check_limits,
    check_only,
    check_focus,
    check_settings,
    check_causes,
    check_purposes,
    check_infinitives,
    check_sequence,
    check_comparisons,
    check_agents,
    check_counts,
    check_directions,
    check_relatives,
    check_places,
    check_past,
    check_rates,
    check_backing,
)
# The checks besides numbers, by language code.
_CHECKS: Mapping[str, tuple[Callable[[Case], Iterator[Flag]], ...]] = {
    ENGLISH.code: _ENGLISH_CHECKS,
}


def ground_claim(claim: str, cited: str, document: str = "") -> tuple[Flag, ...]:
    """
    Return flags for what *claim* states and *cited*, the words it is based on, does not.

    *document* is the whole text that *cited* is from; names are resolved in it.

        >>> [flag.message for flag in ground_claim("60,000 came.", "Over 50,000 came.")]
        ['number 60,000 not in the cited text (has over 50,000)']
    """
    source = Source(cited)
    return _check(Case(Source(claim), source, Source(document) if document else source))


def ground_claims(
    claims: Iterable[Claim], document: Document | ParsedDocument
) -> tuple[Claim, ...]:
    """
    Return copies of *claims* with their flags, each checked against its own citation.

    The sentences that a citation overlaps count as cited, since a "not" before the quoted
    words changes their meaning. *document* is analysed once.
    """
    return tuple(ground_each(claims, document))


def ground_each(claims: Iterable[Claim], document: Document | ParsedDocument) -> Iterator[Claim]:
    """Do what `ground_claims` does, one claim after the other."""
    # Several claims in a row cite the same sentence, and some repeat it.
    analyse = lru_cache(maxsize=256)(Source)
    whole = WholeSource(parse_document(document))

    def flag(claim: Claim) -> tuple[Flag, ...]:
        cited = "\n".join(_widen(whole.text, span) for span in claim.spans) or claim.quote
        flags = _flag(claim, Case(analyse(claim.text), analyse(cited), whole))
        if any(flag.kind in _OF_SENTENCES for flag in flags) and repeats_descriptions(
            claim, whole.text
        ):
            quoted = "\n".join(span.slice(whole.text) for span in claim.spans)
            own = _flag(claim, Case(analyse(claim.text), analyse(quoted), whole))
            flags = tuple(one for one in flags if one.kind not in _OF_SENTENCES or one in own)
        return tuple(dict.fromkeys((*claim.flags, *flags)))

    return (claim.model_copy(update={"flags": flag(claim)}) for claim in claims)


# Of these kinds are flags for what the words around a quote say, not the quote itself.
_OF_SENTENCES = frozenset(("negation", "modality"))


def _flag(claim: Claim, case: Case) -> tuple[Flag, ...]:
    flags = _check(case, told=_tells_alleger(claim, case))
    if claim.speaker and case.whole.language.code in _CHECKS:
        flags += tuple(check_speaker(claim.speaker, case.whole))
    return flags


def _tells_alleger(claim: Claim, case: Case) -> bool:
    """Return whether *claim* is given as alleged, or as said by whoever alleges it."""
    if claim.modality == "alleged":
        return True
    dropped = claim.speaker and find_dropped_allegation(claim.text, case.cited.text, claim.speaker)
    return dropped == ""


def _check(case: Case, *, told: bool = False) -> tuple[Flag, ...]:
    """Run the checks; what is *told* by somebody, or alleged, is not stated as a fact."""
    if case.claim.text == " ".join(case.cited.text.split()):
        return ()  # word for word the same
    flags = list(check_quantities(case))
    if case.whole.language == case.claim.language:
        checks = _CHECKS.get(case.whole.language.code, ())
        kept = (check for check in checks if not (told and check is check_allegations))
        flags += (flag for check in kept for flag in check(case))
    return tuple(_drop_repeated(flags))


# Several checks may flag the same change; of these kinds only the first flag is kept.
_TOLD_ONCE = frozenset(("negation", "modality", "wording"))


def _drop_repeated(flags: Iterable[Flag]) -> Iterator[Flag]:
    told: set[str] = set()
    for flag in flags:
        key = flag.kind if flag.kind in _TOLD_ONCE else flag.message
        if key not in told:
            told.add(key)
            yield flag


# A quote is extended to its sentence, unless that is longer than this (in characters).
_WIDEST = 400


def _widen(text: str, span: Span) -> str:
    """Cut the sentences that *span* touches out of *text*."""
    floor = max(0, span.start - _WIDEST)
    before = [end.end() for end in SENTENCE_OR_LINE_END.finditer(text, floor, span.start)]
    start = before[-1] if before else (0 if floor == 0 else span.start)
    limit = min(len(text), span.end + _WIDEST)
    after = SENTENCE_OR_LINE_END.search(text, max(span.end - 1, span.start), limit)
    if after:
        return text[start : after.end()].rstrip()
    return text[start : limit if limit == len(text) else span.end]
