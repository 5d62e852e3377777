"""
Find candidate pairs without looking at all pairs (blocking).

Texts that share a rare key, or two of their rarest keys, are in one block. A
block that is too big is split by a third key; one that is still too big is
compared only with its neighbours in sorted order (sorted neighbourhood). So the
work grows about linearly with the number of texts.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple, TypeVar

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

Whole = TypeVar("Whole", bound=np.integer)
Pair = tuple[int, int]
# Pairs of positions, lower first: all first ones, all second ones.
Pairs = tuple[Ints, Ints]


class Entries(NamedTuple):
    """Texts and the blocks that they stand in; *codes* and *thirds* together name a block."""

    codes: Longs
    thirds: Ints
    texts: Ints


class Blocks(NamedTuple):
    """Positions in runs of one block each, blocks side by side; *sizes* are of whole blocks."""

    runs: Longs
    texts: Ints
    sizes: Longs


def find_pairs(rows: KeyRows, vectors: Vectors) -> Iterator[Pairs]:
    """
    Yield the candidate pairs of positions in *rows*, in sorted chunks, each pair once.

    Up to `NEAREST_TEXTS` texts, those whose *vectors* are nearest are worth it too. The
    order of the texts must not depend on the order of the input, since it decides who are
    neighbours.
    """
    count = len(rows.starts) - 1
    rare = pick_rare(rows)
    twos = make_blocks(list_twos(rare))
    big = make_blocks(list_threes(rare, list_oversize(twos)))
    blocks = [make_blocks(list_ones(rows)), twos, big]
    nearest = find_nearest(vectors) if count <= NEAREST_TEXTS else np.empty(0, np.int64)
    for low, high in _cut_ranges(blocks, count):
        found = [codes for block in blocks for codes in pair_up(block, low, high, count)]
        found.append(nearest[(nearest >= low * count) & (nearest < high * count)])
        codes = sort_unique(np.concatenate(found))
        yield (codes // count).astype(np.int32), (codes % count).astype(np.int32)


def sort_unique(codes: NDArray[Whole]) -> NDArray[Whole]:
    """
    Sort *codes*, each once.

    np.unique would hash them first, which takes twice as long, and import numpy.ma.
    """
    codes.sort()
    return codes[np.diff(codes, prepend=-1) > 0]


def find_nearest(vectors: Vectors) -> Longs:
    """
    Pair each text with its nearest few, as ``first * count + second``, lower first.

    Of those that are equally near, the lowest: which of them a partition would pick depends on the
    processor. Products are whole numbers, so a fraction by place tells them apart.
    """
    count = len(vectors)
    fractions = np.arange(count) / max(1, count)
    everything = vectors.astype(np.float32)
    codes = []
    for low in range(0, count, 256):
        products = everything[low : low + 256] @ everything.T
        some = min(NEAREST + 1, count)  # a text is nearest to itself
        near = np.argpartition(fractions - products, some - 1, axis=1)[:, :some]
        first = np.repeat(np.arange(low, low + len(near)), some)
        second = near.ravel()
        alike = np.take_along_axis(products, near, axis=1).ravel() >= MIN_COSINE * LENGTH**2
        kept = alike & (first != second)
        lower, upper = np.minimum(first, second)[kept], np.maximum(first, second)[kept]
        codes.append(lower * count + upper)
    return sort_unique(np.concatenate(codes)) if codes else np.empty(0, np.int64)


def _cut_ranges(blocks: list[Blocks], count: int) -> Iterator[tuple[int, int]]:
    """Cut the positions into ranges that have about as many pairs as a chunk may hold."""
    entries = sum(len(block.texts) for block in blocks)
    parts = max(1, entries * BLOCK_SIZE // (4 * CHUNK))
    bounds = np.linspace(0, count, parts + 1).astype(int).tolist()
    yield from pairwise(bounds)


def pair_up(blocks: Blocks, low: int, high: int, count: int) -> Iterator[Longs]:
    """Pair the texts of each run, as ``first * count + second``, first from *low* to *high*."""
    inside = np.flatnonzero((blocks.texts >= low) & (blocks.texts < high))
    for step in range(1, BLOCK_SIZE):
        inside = inside[inside + step < len(blocks.texts)]
        same = blocks.runs[inside] == blocks.runs[inside + step]
        inside = inside[same]
        yield blocks.texts[inside].astype(np.int64) * count + blocks.texts[inside + step]


def list_ones(rows: KeyRows, start: int = 0) -> Entries:
    """List texts by each key that few have; the first of *rows* is at position *start*."""
    few = (rows.counts[rows.keys] > 1) & (rows.counts[rows.keys] <= BLOCK_SIZE)
    keys = rows.keys[few]
    return Entries(keys.astype(np.int64), np.zeros_like(keys), rows.texts[few] + np.int32(start))


def pick_rare(rows: KeyRows) -> Ints:
    """Return each text's rarest keys that another has, rarest first, filled up with -1."""
    shared = rows.counts[rows.keys] > 1
    texts = rows.texts[shared]
    sizes = np.bincount(texts, minlength=len(rows.starts) - 1)
    ranks = np.arange(len(texts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rare = np.full((len(rows.starts) - 1, RARE_KEYS), -1, np.int32)
    kept = ranks < RARE_KEYS
    rare[texts[kept], ranks[kept]] = rows.keys[shared][kept]
    return rare


def list_twos(rare: Ints, start: int = 0) -> Entries:
    """List texts by every two of their rarest keys; the first of *rare* is at position *start*."""
    everyone = np.arange(len(rare), dtype=np.int32)
    found = [_pick_together(rare, everyone, columns) for columns in _choose(2)]
    codes = np.concatenate([_join_two(keys) for keys, _ in found])
    texts = np.concatenate([texts for _, texts in found])
    return Entries(codes, np.zeros(len(codes), np.int32), texts + np.int32(start))


def list_threes(rare: Ints, oversize: Ints, start: int = 0) -> Entries:
    """List the texts *oversize* by every three of their rarest keys."""
    found = [_pick_together(rare, oversize - start, columns) for columns in _choose(3)]
    codes = np.concatenate([_join_two(keys) for keys, _ in found])
    thirds = np.concatenate([keys[:, 2] for keys, _ in found])
    return Entries(codes, thirds, np.concatenate([texts for _, texts in found]) + np.int32(start))


def _choose(size: int) -> Iterator[tuple[int, ...]]:
    return combinations(range(RARE_KEYS), size)


def _pick_together(rare: Ints, texts: Ints, columns: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Return some of the rarest keys of those *texts* that have so many, and the texts."""
    picked = rare[texts][:, columns]
    full = picked[:, -1] >= 0  # filled up from the end
    return picked[full], texts[full]


def _join_two(keys: Ints) -> Longs:
    """Name the first two of *keys* by one number, another for every other two."""
    return (keys[:, 0].astype(np.int64) << 32) | keys[:, 1]


def make_blocks(entries: Entries) -> Blocks:
    """Put the texts of each block side by side, ascending; those that stand alone go."""
    codes, thirds, texts = entries
    sorting = (texts, thirds, codes) if thirds.any() else (texts, codes)
    order = np.lexsort(sorting)
    codes, thirds, texts = codes[order], thirds[order], texts[order]
    changes = (np.diff(codes) != 0) | (np.diff(thirds) != 0)
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(codes)), np.bool_), changes)))
    lengths = np.diff(starts, append=len(codes))
    within = np.arange(len(codes)) - np.repeat(starts, lengths)
    sizes = np.repeat(lengths, lengths)
    shared = sizes > 1
    # an oversize block is cut into runs of neighbours
    breaks = within[shared] % BLOCK_SIZE == 0
    return Blocks(np.cumsum(breaks), texts[shared], sizes[shared])


def list_oversize(blocks: Blocks) -> Ints:
    """List the texts that stand in a block which is too big, ascending."""
    return sort_unique(blocks.texts[blocks.sizes > BLOCK_SIZE])
