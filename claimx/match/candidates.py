"""
Find the pairs of texts that are worth comparing, without looking at all pairs.

Texts that share a key few others have, or two of their rarest keys, stand in
one block. A block that is too big is split by a further key, and what is
still too big is compared with its neighbours in sorted order alone, so the
work grows about as the number of texts.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimx.match.embed import LENGTH, Vectors
from claimx.match.rows import Ints, KeyRows, Longs

RARE_KEYS = 6  # keys of a text that make blocks of two and three
BLOCK_SIZE = 24  # texts that are compared all with all
CHUNK = 200_000  # pairs at a time
NEAREST = 8  # texts by vector that each text is compared with
MIN_COSINE = 0.5  # of texts compared for their vectors alone
NEAREST_TEXTS = 20_000  # up to here all vectors are compared with all; 5 s on one core

Pair = tuple[int, int]
# Pairs of positions, lower first: all first ones, all second ones.
Pairs = tuple[Ints, Ints]


class _Blocks(NamedTuple):
    """Positions in runs of one block each; *codes* name the block, *runs* the stretch in it."""

    codes: Longs
    runs: Longs
    texts: Ints


def find_pairs(rows: KeyRows, vectors: Vectors) -> Iterator[Pairs]:
    """
    Yield the pairs of positions in *rows* worth comparing, chunk by chunk, each once, sorted.

    Up to `NEAREST_TEXTS` texts, those whose *vectors* are nearest are worth it too. The
    order of the texts must not depend on the order of the input, since it decides who are
    neighbours.
    """
    count = len(rows.starts) - 1
    blocks = list(_cut_blocks(rows))
    nearest = _find_nearest(vectors) if count <= NEAREST_TEXTS else np.empty(0, np.int64)
    for low, high in _cut_ranges(blocks, count):
        found = [codes for block in blocks for codes in _pair_up(block, low, high, count)]
        found.append(nearest[(nearest >= low * count) & (nearest < high * count)])
        if found:
            codes = _sort_unique(np.concatenate(found))
            yield (codes // count).astype(np.int32), (codes % count).astype(np.int32)


def _sort_unique(codes: Longs) -> Longs:
    """Sort *codes*, each once; np.unique would hash them first, which takes twice as long."""
    codes.sort()
    return codes[np.diff(codes, prepend=-1) > 0]


def _find_nearest(vectors: Vectors) -> Longs:
    """Pair each text with its nearest few, as ``first * count + second``, lower first."""
    count = len(vectors)
    everything = vectors.astype(np.float32)
    codes = []
    for low in range(0, count, 256):
        products = everything[low : low + 256] @ everything.T
        some = min(NEAREST + 1, count)  # a text is nearest to itself
        near = np.argpartition(-products, some - 1, axis=1)[:, :some]
        first = np.repeat(np.arange(low, low + len(near)), some)
        second = near.ravel()
        alike = np.take_along_axis(products, near, axis=1).ravel() >= MIN_COSINE * LENGTH**2
        kept = alike & (first != second)
        lower, upper = np.minimum(first, second)[kept], np.maximum(first, second)[kept]
        codes.append(lower * count + upper)
    return np.unique(np.concatenate(codes)) if codes else np.empty(0, np.int64)


def _cut_ranges(blocks: list[_Blocks], count: int) -> Iterator[tuple[int, int]]:
    """Cut the positions into ranges that have about as many pairs as a chunk may hold."""
    entries = sum(len(block.texts) for block in blocks)
    parts = max(1, entries * BLOCK_SIZE // (4 * CHUNK))
    bounds = np.linspace(0, count, parts + 1).astype(int).tolist()
    yield from pairwise(bounds)


def _pair_up(blocks: _Blocks, low: int, high: int, count: int) -> Iterator[Longs]:
    """Pair the texts of each run, as ``first * count + second``, first from *low* to *high*."""
    inside = np.flatnonzero((blocks.texts >= low) & (blocks.texts < high))
    for step in range(1, BLOCK_SIZE):
        inside = inside[inside + step < len(blocks.texts)]
        other = inside + step
        same = blocks.runs[inside] == blocks.runs[other]
        inside = inside[same]
        yield blocks.texts[inside].astype(np.int64) * count + blocks.texts[inside + step]


def _cut_blocks(rows: KeyRows) -> Iterator[_Blocks]:
    """Yield blocks that share one key; where too many do, two rare keys, then three."""
    shared = rows.counts[rows.keys] > 1
    few = shared & (rows.counts[rows.keys] <= BLOCK_SIZE)
    yield _collect(rows.keys[few].astype(np.int64), rows.texts[few])
    rare = _pick_rare(rows, shared)
    everyone = np.arange(len(rare), dtype=np.int32)
    twos = _collect(*_combine(rare, everyone, 2, len(rows.counts)))
    yield twos
    oversize = np.unique(twos.texts[_count_block(twos.codes) > BLOCK_SIZE])
    yield _collect(*_combine(rare, oversize, 3, len(rows.counts)))


def _pick_rare(rows: KeyRows, shared: NDArray[np.bool_]) -> Ints:
    """Give each text's rarest keys that another has, rarest first, filled up with -1."""
    texts = rows.texts[shared]
    sizes = np.bincount(texts, minlength=len(rows.starts) - 1)
    ranks = np.arange(len(texts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rare = np.full((len(rows.starts) - 1, RARE_KEYS), -1, np.int32)
    kept = ranks < RARE_KEYS
    rare[texts[kept], ranks[kept]] = rows.keys[shared][kept]
    return rare


def _combine(rare: Ints, texts: Ints, size: int, width: int) -> tuple[Longs, Ints]:
    """Name each *size* rare keys of each of *texts* by one number; also gives the texts."""
    codes, owners = [], []
    for columns in combinations(range(RARE_KEYS), size):
        picked = rare[texts][:, columns]
        full = picked[:, -1] >= 0  # filled up from the end
        code = picked[full, 0].astype(np.uint64)
        for column in range(1, size):
            # three keys may overflow and two names collide: one block more, no harm
            code = code * np.uint64(width) + picked[full, column].astype(np.uint64)
        codes.append(code.view(np.int64))
        owners.append(texts[full])
    return np.concatenate(codes), np.concatenate(owners)


def _collect(codes: Longs, texts: Ints) -> _Blocks:
    """Put equal *codes* side by side, their texts ascending; those that stand alone go."""
    order = np.lexsort((texts, codes))
    codes, owners = codes[order], texts[order]
    shared = _count_block(codes) > 1
    codes, owners = codes[shared], owners[shared]
    starts = _find_starts(codes)
    within = np.arange(len(codes)) - np.repeat(starts, np.diff(starts, append=len(codes)))
    # an oversize block is cut into runs of neighbours
    breaks = within % BLOCK_SIZE == 0
    return _Blocks(codes, np.cumsum(breaks), owners)


def _find_starts(codes: Longs) -> Longs:
    return np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1)) if len(codes) else codes


def _count_block(codes: Longs) -> Longs:
    """Count for each of the sorted *codes* how often it is there."""
    starts = _find_starts(codes)
    sizes = np.diff(starts, append=len(codes))
    return np.repeat(sizes, sizes)
