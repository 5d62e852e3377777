"""
Find documents that repeat one another, so that one story is not counted several times.

Quotations are left out: outlets that report the same speech quote the same words
and are still independent.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from importlib.resources import files
from itertools import combinations, islice
from sys import intern

import numpy as np
from numpy.typing import NDArray

from claimx.language.quotations import blank_quotations
from claimx.match.embed import embed_texts
from claimx.records import Document, Echo, EchoKind, Passage, Span
from claimx.segment.sentences import split_sentences

# Consecutive words that two documents rarely share by chance; they make a passage copied.
RUN = 8
# Least share of the shorter document's words in copied passages. Independent articles about one
# event share at most .13 of their words so (gold topics of benchmarks/echoes.py).
COPIED = 0.2
FEWEST_WORDS = 20  # so copied; two short notes may share one sentence by chance
# Least share of its sentences with a counterpart in the same order, and their least number.
RETOLD = 0.6
FEWEST = 5
# Least cosine of counterpart sentences, after subtracting the mean of all sentences of the two
# documents.
COUNTERPART = 0.4
SHORTEST = 25  # characters of a sentence to compare, without quotations
MOST_SENTENCES = 1_000  # sentences of a document to compare, the first ones

# Of so few documents all pairs are compared: who retells in other words shares no runs of them.
ALL_PAIRS = 50
# Of more documents, two are compared if they share so many runs of so many words. Of the documents
# with a run, each is paired with the few that follow it, so that the time stays linear.
LEAD = 4
LEADS = 3
FOLLOWING = 8
_MIX = np.uint64(0x9E3779B97F4A7C15)

HEAD = 600  # characters in which to look for a dateline

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")


class Words:
    """A document's words outside quotations, and its sentences as vectors."""

    def __init__(self, document: Document, prose: Sequence[int] | None) -> None:
        self.document = document
        self._prose = prose
        self._unquoted = blank_quotations(document.text)
        found = [match.span() for match in _WORD.finditer(self._unquoted)]
        self.starts = array("q", (start for start, _ in found))
        self.ends = array("q", (end for _, end in found))
        self.words = tuple(intern(self._unquoted[start:end].lower()) for start, end in found)

    def span(self, at: int, size: int) -> Span:
        """Return the span of *size* words from the one at *at*."""
        return Span(start=self.starts[at], end=self.ends[at + size - 1])

    @cached_property
    def sentences(self) -> list[Span]:
        """The sentences with enough text outside quotations."""
        spans: Iterable[Span]
        if self._prose is None:
            spans = (one.span for one in split_sentences(self.document.text) if one.kind == "prose")
        else:
            ends = zip(self._prose[::2], self._prose[1::2], strict=True)
            spans = (Span(start=start, end=end) for start, end in ends)
        long = (span for span in spans if len(span.slice(self._unquoted).strip()) >= SHORTEST)
        return list(islice(long, MOST_SENTENCES))

    @cached_property
    def vectors(self) -> NDArray[np.float64]:
        """A row of integers for each sentence."""
        texts = [span.slice(self._unquoted) for span in self.sentences]
        return embed_texts(texts).astype(np.float64)


def find_echoes(
    documents: Iterable[Document], prose: Mapping[str, Sequence[int]] | None = None
) -> tuple[Echo, ...]:
    """
    Find the pairs of *documents* that repeat one another, in the order of the documents.

    *prose* maps document ids to the starts and ends of their stretches of prose,
    alternating; other documents are split here. Documents that credit one agency are
    each paired with the first of them. Time is linear in the text; beyond `ALL_PAIRS`
    documents, only pairs that share some runs of words are compared.
    """
    documents = tuple(documents)
    known = prose or {}
    read = [Words(document, known.get(document.id)) for document in documents]
    pairs = (compare_words(read[a], read[b]) for a, b in _list_candidates(read))
    return (*filter(None, pairs), *_list_credited(documents))


def _list_candidates(read: Sequence[Words]) -> list[tuple[int, int]]:
    """List all pairs of few documents; of many, those that share some runs of words."""
    if len(read) <= ALL_PAIRS:
        return list(combinations(range(len(read)), 2))
    keys = [hash_runs(document.words) for document in read]
    runs = np.concatenate([*keys, np.empty(0, np.uint64)])
    owners = np.repeat(np.arange(len(read), dtype=np.int64), [len(own) for own in keys])
    codes, counts = pair_owners(runs, owners, len(read))
    return [divmod(int(code), len(read)) for code in codes[counts >= LEADS]]


def pair_owners(
    runs: NDArray[np.uint64], owners: NDArray[np.int64], total: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Count the runs that two of *total* documents share, each with the few that follow it.

    Returns codes, the first document times *total* plus the second, and their counts.
    """
    order = np.lexsort((owners, runs))
    runs, owners = runs[order], owners[order]
    pairs = []
    for step in range(1, FOLLOWING + 1):
        same = runs[:-step] == runs[step:]
        pairs.append(owners[:-step][same] * total + owners[step:][same])
    codes, counts = np.unique(np.concatenate(pairs), return_counts=True)
    return codes, counts.astype(np.int64)


@lru_cache(maxsize=1 << 20)
def _hash_word(word: str) -> int:
    """Hash *word*, the same in every process."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def hash_runs(words: Sequence[str]) -> NDArray[np.uint64]:
    """Hash each run of `LEAD` words, once; a collision only costs a comparison."""
    ids = np.array(list(map(_hash_word, words)), np.uint64)
    count = max(0, len(ids) - LEAD + 1)
    hashed = np.zeros(count, np.uint64)
    for at in range(LEAD):
        hashed = (hashed ^ ids[at : at + count]) * _MIX
    return np.unique(hashed)


def _list_runs(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(size)), strict=False)


def compare_words(a: Words, b: Words) -> Echo | None:
    """Tell whether one of two documents repeats the other, and where."""
    return _find_copied(a, b) or _find_retold(a, b)


def _find_copied(a: Words, b: Words) -> Echo | None:
    runs = list(_match_runs(a.words, b.words))
    share = sum(size for _, _, size in runs) / max(1, min(len(a.words), len(b.words)))
    if share < COPIED or sum(size for _, _, size in runs) < FEWEST_WORDS:
        return None
    passages = [Passage(a=a.span(i, size), b=b.span(j, size)) for i, j, size in runs]
    return _make_echo(a, b, "copied", share, passages)


def _make_echo(
    a: Words, b: Words, kind: EchoKind, share: float, passages: Iterable[Passage]
) -> Echo:
    return Echo(
        a=a.document.id,
        b=b.document.id,
        kind=kind,
        share=round(min(share, 1), 3),
        passages=tuple(passages),
    )


def _match_runs(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield (start in *one*, start in *other*, words) of each longest common stretch."""
    places: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(_list_runs(other, RUN)):
        places.setdefault(run, at)
    start = 0
    while start + RUN <= len(one):
        place = places.get(tuple(one[start : start + RUN]))
        if place is None:
            start += 1
            continue
        size = RUN
        while _goes_on(one, start + size, other, place + size):
            size += 1
        yield start, place, size
        start += size


def _goes_on(one: Sequence[str], i: int, other: Sequence[str], j: int) -> bool:
    return i < len(one) and j < len(other) and one[i] == other[j]


def _find_retold(a: Words, b: Words) -> Echo | None:
    fewer = min(len(a.sentences), len(b.sentences))
    if fewer < FEWEST:
        return None
    kept = _keep_order(_pair_sentences(a.vectors, b.vectors))
    share = len(kept) / fewer
    if len(kept) < FEWEST or share < RETOLD:
        return None
    passages = (Passage(a=a.sentences[i], b=b.sentences[j]) for i, j in kept)
    return _make_echo(a, b, "retold", share, passages)


def _pair_sentences(one: NDArray[np.float64], other: NDArray[np.float64]) -> list[tuple[int, int]]:
    """
    Pair the sentences that are each other's best counterparts.

    The mean is subtracted in integers, so that the products are exact.
    """
    both = np.concatenate([one, other])
    both = both * len(both) - both.sum(axis=0)
    lengths = np.maximum(np.sqrt(np.square(both).sum(axis=1)), 1)
    first, second = slice(len(one)), slice(len(one), None)
    cosines = (both[first] @ both[second].T) / np.outer(lengths[first], lengths[second])
    best, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    return [
        (at, int(to))
        for at, to in enumerate(best)
        if back[to] == at and cosines[at, to] >= COUNTERPART
    ]


def _keep_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the longest part of *pairs*, sorted by first index, whose second indexes increase."""
    ends: list[int] = []  # last second index of the best increasing sequence, by its length
    last: list[int] = []  # the index of its last pair
    before: list[int] = []
    for at, (_, to) in enumerate(pairs):
        length = bisect_left(ends, to)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [to], [at]
    kept, at = [], last[-1] if last else -1
    while at >= 0:
        kept.append(pairs[at])
        at = before[at]
    return kept[::-1]


def _list_credited(documents: Iterable[Document]) -> Iterator[Echo]:
    """Pair the documents that credit one news agency with the first that does."""
    first: dict[str, tuple[str, Span]] = {}
    for document in documents:
        credit = find_credit(document.text)
        if credit is None:
            continue
        agency, span = credit
        if agency in first:
            name, where = first[agency]
            passage = Passage(a=where, b=span)
            yield Echo(a=name, b=document.id, kind="agency", share=0, passages=(passage,))
        else:
            first[agency] = (document.id, span)


def find_credit(text: str) -> tuple[str, Span] | None:
    """
    Find the news agency that *text* credits in dateline, byline or last line, and the span.

    >>> find_credit("LONDON (Reuters) - Shares fell.")
    ('Reuters', Span(start=8, end=15))
    """
    dateline, signed = _load_patterns()
    found = dateline.search(text[:HEAD]) or signed.search(text)
    if found is None:
        return None
    start, end = found.span("agency")
    return _load_agencies()[found["agency"].casefold()], Span(start=start, end=end)


@cache
def _load_agencies() -> dict[str, str]:
    """Map each name of an agency, in lower case, to the first of its names."""
    text = (files("claimx.language") / "agencies.txt").read_text("utf-8")
    lines = [line.split(" | ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name.casefold(): names[0] for names in lines for name in names}


@cache
def _load_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = "|".join(map(re.escape, sorted(_load_agencies(), key=len, reverse=True)))
    agency = rf"(?:the )?(?P<agency>{names})"
    dateline = rf"\({agency}\)[ \t]*(?:[-–—:]|$)"
    signed = (
        rf"^[ \t]*(?:(?:by|source:?|via|from|©|copyright)[ \t]+)?(?:\d{{4}} )?{agency}\.?[ \t]*$"
    )
    flags = re.IGNORECASE | re.MULTILINE
    return re.compile(dateline, flags), re.compile(signed, flags)
