"""
Divide claims into overlapping blocks, each small enough for one request.

Similar claims share a block: they are joined along their strongest links while
a block has room. A claim with a link into another block is a guest there, so
that neighbouring blocks overlap.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# Claims per request. Four or five news articles on one event make 160 to 230 claims.
MAX_ITEMS = 250
# The share of a block that is reserved for guests.
_GUESTS = 0.2

# Two positions, lower first, and their similarity.
Link = tuple[int, int, float]


class Block(NamedTuple):
    """Positions judged together; each is at home in one block and may be a guest in others."""

    home: tuple[int, ...]
    guests: tuple[int, ...] = ()

    @property
    def items(self) -> tuple[int, ...]:
        """All positions, in order."""
        return tuple(sorted((*self.home, *self.guests)))


def cut_blocks(count: int, links: Iterable[Link], most: int = MAX_ITEMS) -> list[Block]:
    """
    Divide the positions 0 to *count* - 1 into blocks of at most *most* positions.

    Up to *most* positions make one block. With more, a position without a link is
    in no block, and there are at most about 2 * *count* / *most* blocks.

    >>> cut_blocks(6, [(0, 1, 0.9), (1, 2, 0.8), (2, 3, 0.7), (3, 4, 0.6)], most=5)
    [Block(home=(0, 1, 2, 3), guests=(4,)), Block(home=(4,), guests=(3,))]
    """
    if count < 2:
        return []
    if count <= most:
        return [Block(tuple(range(count)))]
    strongest = sorted(links, key=lambda link: (-link[2], *link[:2]))
    room = most - int(most * _GUESTS)
    homes = list(_pack(_join(strongest, room), room))
    return [
        Block(home, guests)
        for home, guests in zip(homes, _invite(homes, strongest, most), strict=True)
    ]


def _join(links: Sequence[Link], room: int) -> list[list[int]]:
    """Join linked positions, strongest links first, into parts of at most *room* positions."""
    part_of = {at: at for link in links for at in link[:2]}
    parts = {at: [at] for at in part_of}
    for first, second, _ in links:
        one, two = sorted((part_of[first], part_of[second]))
        if one != two and len(parts[one]) + len(parts[two]) <= room:
            if len(parts[one]) < len(parts[two]):
                one, two = two, one
            moved = parts.pop(two)
            parts[one] += moved
            part_of.update(dict.fromkeys(moved, one))
    return sorted(sorted(part) for part in parts.values())


def _pack(parts: Iterable[Sequence[int]], room: int) -> Iterator[tuple[int, ...]]:
    """Fill blocks with *parts*, in order."""
    block: list[int] = []
    for part in parts:
        if block and len(block) + len(part) > room:
            yield tuple(sorted(block))
            block = []
        block += part
    if block:
        yield tuple(sorted(block))


def _invite(
    homes: Sequence[Sequence[int]], links: Sequence[Link], most: int
) -> Iterator[tuple[int, ...]]:
    """Choose the guests of each block: the positions most strongly linked with those at home."""
    block_of = {at: number for number, home in enumerate(homes) for at in home}
    guests: dict[int, dict[int, None]] = defaultdict(dict)
    for first, second, _ in links:
        for host, guest in ((first, second), (second, first)):
            number = block_of[host]
            if block_of[guest] != number and len(homes[number]) + len(guests[number]) < most:
                guests[number][guest] = None
    return (tuple(sorted(guests[number])) for number in range(len(homes)))
