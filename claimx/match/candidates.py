"""
Find the pairs of texts that are worth comparing, without looking at all pairs.

Texts that share a key few others have, or two of their rarest keys, stand in
one block. A block that is too big is split by a further key, and what is
still too big is compared with its neighbours in sorted order alone, so the
work grows about as the number of texts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

RARE_KEYS = 6  # keys of a text that make blocks of two and three
BLOCK_SIZE = 24  # texts that are compared all with all

Pair = tuple[int, int]


def find_pairs(keys: Sequence[frozenset[str]]) -> Iterator[Pair]:
    """
    Yield the pairs of positions in *keys* worth comparing, each once, sorted, lower first.

    *keys* are the keys of each text. Their order must not depend on the order
    of the input, since it decides who are neighbours.
    """
    blocks_of: list[list[list[int]]] = [[] for _ in keys]
    for block in _cut_blocks(keys):
        for position in block:
            blocks_of[position].append(block)
    for position, blocks in enumerate(blocks_of):
        others = {other for block in blocks for other in block if other > position}
        yield from ((position, other) for other in sorted(others))


def count_keys(keys: Iterable[frozenset[str]]) -> Counter[str]:
    """Count in how many texts each key occurs."""
    return Counter(key for one in keys for key in one)


def _cut_blocks(keys: Sequence[frozenset[str]]) -> Iterator[list[int]]:
    """Yield blocks that share one key; where too many do, two rare keys, then three."""
    counts = count_keys(keys)
    ranked = [_rank_keys(one, counts) for one in keys]
    everyone = range(len(keys))
    singles = _collect(everyone, ranked, 1)
    yield from (block for block in singles if len(block) <= BLOCK_SIZE)
    rare = [one[:RARE_KEYS] for one in ranked]
    oversize: set[int] = set()
    for block in _collect(everyone, rare, 2):
        yield from _split_block(block)
        if len(block) > BLOCK_SIZE:
            oversize.update(block)
    for block in _collect(sorted(oversize), rare, 3):
        yield from _split_block(block)


def _rank_keys(keys: frozenset[str], counts: Counter[str]) -> list[str]:
    """Order the keys that at least one other text has, rarest first."""
    return sorted((key for key in keys if counts[key] > 1), key=lambda key: (counts[key], key))


def _collect(
    positions: Iterable[int], keys: Sequence[Sequence[str]], size: int
) -> Iterator[list[int]]:
    """Yield the blocks of two positions and more that share *size* keys."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position in positions:
        for shared in combinations(keys[position], size):
            blocks[shared].append(position)
    return (block for block in blocks.values() if len(block) > 1)


def _split_block(block: list[int]) -> Iterator[list[int]]:
    """Cut an oversize block into runs of neighbours."""
    return (block[at : at + BLOCK_SIZE] for at in range(0, len(block), BLOCK_SIZE))
