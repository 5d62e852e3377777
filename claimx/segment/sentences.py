"""
Cut a text into sentences with offsets and kinds.

Every character that is not white space belongs to exactly one sentence;
boilerplate, adverts and labels are marked as such and never dropped.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]  # ships no types

from claimx.language.lexicon import any_of
from claimx.language.quotations import ANY_MARK
from claimx.records import Sentence, SentenceKind, Span
from claimx.segment.adverts import find_adverts
from claimx.segment.layout import Block, find_blocks, is_boilerplate

# Kinds that no claim is taken from: they are not statements of the article.
NOT_EXTRACTED: frozenset[SentenceKind] = frozenset({"furniture", "advert", "label"})
# Longest sentence (300 tokens); a longer one is cut at clause ends.
_MAX_SENTENCE = 1200
# A quotation of several sentences is kept whole, with its speaker, up to this length.
_MAX_QUOTATION = 500
# The splitter's time is quadratic in unclosed quotes, so it gets this much text at once.
_WINDOW = 8000
# A longer sentence is text, whatever its first words are.
_MAX_ASIDE = 300

_DATELINE = re.compile(
    r"[A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]+){0,3}"  # SAN FRANCISCO
    r"(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?"  # , Calif.
    r"(?:,? [A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)?"  # , March 30
    r"(?: ?\([A-Za-z/ .]{1,40}\))?"  # (Reuters)
    r"\s{1,3}(?:--|[^\sA-Za-z0-9,;:.()&%$€£+/=“”‘’\"'|])\s{1,3}"  # a dash, or what became of one
    r"(?=[A-Z“\"‘])"
)
_QUOTED_LINE = re.compile(r"\n> ?")
_CLAUSE_END = re.compile(r"[;:,—–)，；：、。](?=\s|[^\x00-\u2e7f])")
_ABBREVIATION = re.compile(r"(?:^|[\s(-])[A-Z][A-Za-z]{0,4}\.$")
# Titles and the like that the splitter does not know; no sentence ends with them.
_NEVER_LAST = re.compile(
    rf"(?:\b{any_of('abbreviations.never_last')}|-{any_of('abbreviations.never_last_compounds')})\.$"
)
# Abbreviated ranks and titles have consonants only ("Snr.", "Cllr."); these words do end sentences.
_CONSONANTS = re.compile(
    rf"\b(?!{any_of('abbreviations.consonants_only')}\.)"
    r"[B-DF-HJ-NP-TV-Z][b-df-hj-np-tv-xz]{1,5}\.$"
)
# Words that the splitter takes for abbreviations (Maine, Illinois) but that can end a sentence.
_TAKEN_FOR_SHORT = re.compile(rf"\b{any_of('abbreviations.taken_for_short')}$")
_UNCUT_END = re.compile(r"\.\s+(?=[“\"‘'(]?[A-Z])")
_TIME_OF_DAY = re.compile(r"[ap]\.m\.$")
_TIME_ZONE = re.compile(any_of("abbreviations.time_zones") + r"\b")
_LIST_NUMBER = re.compile(r"\(?\d{1,2}[.)]")
_OTHER_SPACE = re.compile(r"[^\S ]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLEASE = rf"(?:{any_of('boilerplate.please')} )?"
_CALL_TO_ACTION = re.compile(
    rf"{_PLEASE}{any_of('boilerplate.calls_to_action')}\b(?! {any_of('boilerplate.than')})|"
    rf"{any_of('boilerplate.more_about')}\b(?:[^,]{{0,100}},)? ?{_PLEASE}"
    rf"{any_of('boilerplate.turn_to')}\b",
    re.IGNORECASE,
)


def _mask(block: str) -> str:
    """
    Replace what the splitter cannot take by plain spaces; offsets stay the same.

    It panics at lone surrogates, and at "U.S." with a multi-byte space before the full stop.
    """
    quoted = _QUOTED_LINE.sub(lambda found: " " * len(found[0]), block) if "\n>" in block else block
    flat = _OTHER_SPACE.sub(" ", quoted)
    return flat if flat.isascii() else _SURROGATE.sub("\ufffd", flat)


def _list_starts(block: str) -> Iterator[int]:
    """List where the sentences of *block* start, the first included."""
    start, inside = 0, False  # inside: the window begins in the middle of a sentence
    while start < len(block):
        window = block[start : start + _WINDOW]
        starts = [found["start_index"] for found in get_sentence_boundaries("en", window)]
        fresh = starts[1:] if inside else starts
        if start + len(window) == len(block):
            yield from (start + at for at in fresh)
            return
        if len(starts) > 1:
            # The last sentence of a window may continue after it, so it is split again.
            yield from (start + at for at in fresh[:-1])
            start, inside = start + starts[-1], False
        else:
            yield from (start + at for at in fresh)
            start, inside = start + len(window), True


def _add_missed(text: str, starts: Iterable[int]) -> Iterator[int]:
    """Add the sentence starts that the splitter missed after supposed abbreviations."""
    for start, end in pairwise([*starts, len(text)]):
        yield start
        for found in _UNCUT_END.finditer(text, start, end):
            if not _TAKEN_FOR_SHORT.search(text[max(start, found.start() - 5) : found.start()]):
                continue
            before = text[start : found.end()]
            if before.count("“") == before.count("”") and before.count('"') % 2 == 0:
                yield found.end()


def _belongs_before(before: str, piece: str, *, touching: bool) -> bool:
    """Return whether *piece* was wrongly split from *before*; *touching*: no space between."""
    if _LIST_NUMBER.fullmatch(before) or piece[0] in ",;:)]”’":
        return True
    if _CONSONANTS.search(before) and piece[0].isupper():
        return True
    if _NEVER_LAST.search(before) or (touching and before[-1] in "」』”" and piece[0].isalpha()):
        return True
    if _TIME_OF_DAY.search(before):
        return _TIME_ZONE.match(piece) is not None
    cut_short = before[-1] in "\"”’'" or _ABBREVIATION.search(before, max(0, len(before) - 8))
    return piece[0].islower() and bool(cut_short)


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Trim white space off a stretch; None when nothing is left."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if left < len(piece) else None


def _cut_at_starts(text: str, starts: Iterable[int]) -> list[tuple[int, int]]:
    """Cut *text* into trimmed stretches, merging those cut off by mistake."""
    cuts: list[tuple[int, int]] = []
    for start, end in pairwise([*_add_missed(text, starts), len(text)]):
        piece = _trim(text, start, end)
        if piece is None:
            continue
        before = _last_part(text, *cuts[-1]) if cuts else ""
        touching = bool(before) and cuts[-1][1] == piece[0]
        if before and _belongs_before(before, text[piece[0] : piece[0] + 40], touching=touching):
            cuts[-1] = (cuts[-1][0], piece[1])
        else:
            cuts.append(piece)
    return cuts


def _last_part(text: str, start: int, end: int) -> str:
    """Cut out enough of the end of a stretch to see how it ends and whether it is a number."""
    return text[max(start, end - 12) : end]


def _find_cut(text: str, start: int, limit: int) -> int:
    """Find the last clause end, else the last space, else *limit*, in the second half."""
    middle = start + (limit - start) // 2
    ends = [found.end() for found in _CLAUSE_END.finditer(text, middle, limit)]
    if ends:
        return ends[-1]
    space = text.rfind(" ", middle, limit)
    return space if space > 0 else limit


def _cut_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch that is too long for one sentence at clause ends."""
    while end - start > _MAX_SENTENCE:
        cut = _find_cut(text, start, start + _MAX_SENTENCE)
        piece = _trim(text, start, cut)
        if piece:
            yield piece
        start = cut
    piece = _trim(text, start, end)
    if piece:
        yield piece


def cut_sentences(paragraph: str) -> list[tuple[int, int]]:
    """Cut *paragraph* into the trimmed stretches of its sentences; quotations stay whole."""
    masked = _mask(paragraph)
    return _cut_at_starts(masked, _list_starts(masked))


def _cut_quotation(block: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a long quotation of several sentences where they end."""
    if end - start <= _MAX_QUOTATION:
        return [(start, end)]
    piece = block[start:end]
    bare = ANY_MARK.sub(lambda found: " " * len(found[0]), piece)
    return [
        (start + left, start + right) for left, right in _cut_at_starts(piece, _list_starts(bare))
    ]


def _split_block(text: str, block: Block) -> Iterator[tuple[int, int, SentenceKind]]:
    """Cut a paragraph or item into the stretches of its sentences."""
    masked = _mask(text[block.start : block.end])
    dateline = _DATELINE.match(masked)
    body = dateline.end() if dateline else 0
    if dateline:
        yield block.start, block.start + len(dateline[0].rstrip()), "furniture"
    for left, right in cut_sentences(masked[body:]):
        for part in _cut_quotation(masked, body + left, body + right):
            for start, end in _cut_long(masked, *part):
                kind = "furniture" if _is_aside(masked[start:end]) else block.kind
                yield block.start + start, block.start + end, kind


def _is_aside(sentence: str) -> bool:
    """Return whether *sentence* is boilerplate inside a paragraph: a photo credit, a bare mark."""
    if len(sentence) > _MAX_ASIDE:
        return False
    return _CALL_TO_ACTION.match(sentence) is not None or is_boilerplate(sentence)


def _split(text: str) -> Iterator[tuple[int, int, SentenceKind]]:
    blocks = list(find_blocks(text))
    adverts = find_adverts(text, blocks)
    for at, block in enumerate(blocks):
        if block.kind in ("prose", "item"):
            for start, end, kind in _split_block(text, block):
                yield start, end, "advert" if at in adverts else kind
        else:
            for start, end in _cut_long(text, block.start, block.end):
                yield start, end, block.kind


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """
    Cut *text* into sentences, with their kinds.

    Spans come in order, never overlap, begin and end with no white space, and
    together hold every other character of *text*. A Markdown row and a heading
    are one sentence each. No sentence is longer than 1,200 characters.

    >>> text = "He left. U.S. Forces stay."
    >>> [sentence.span.slice(text) for sentence in split_sentences(text)]
    ['He left.', 'U.S. Forces stay.']
    """
    return tuple(
        Sentence(index=index, span=Span(start=start, end=end), kind=kind)
        for index, (start, end, kind) in enumerate(_split(text))
    )
