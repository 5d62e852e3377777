"""
Cut claims into blocks that a model can look at as a whole.

Claims that are alike stand together: they are joined along their strongest
links while a block has room. What is alike across blocks is a guest in the
other, so that two blocks overlap where they touch.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# Claims of one request. All claims of an event in four or five news articles are 160 to 230.
MAX_ITEMS = 250
# Share of a block that is left for guests.
_GUESTS = 0.2

# Two positions, lower first, and how alike they are.
Link = tuple[int, int, float]


class Block(NamedTuple):
    """Positions that are looked at together: each is at home in one block, a guest in others."""

    home: tuple[int, ...]
    guests: tuple[int, ...] = ()

    @property
    def items(self) -> tuple[int, ...]:
        """All positions, in order."""
        return tuple(sorted((*self.home, *self.guests)))


def cut_blocks(count: int, links: Iterable[Link], most: int = MAX_ITEMS) -> list[Block]:
    """
    Cut the positions 0 to *count* - 1 into blocks of *most* positions.

    Few enough make one block. Else positions without a link are in none, and
    the number of blocks is at most about twice *count* / *most*.

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
    """Join what is linked, the strongest links first, into parts of at most *room* positions."""
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
    """Put *parts* together, one after the other, while there is room."""
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
    """Choose the guests of each of *homes*: what its positions are linked with most strongly."""
    block_of = {at: number for number, home in enumerate(homes) for at in home}
    guests: dict[int, dict[int, None]] = defaultdict(dict)
    for first, second, _ in links:
        for host, guest in ((first, second), (second, first)):
            number = block_of[host]
            if block_of[guest] != number and len(homes[number]) + len(guests[number]) < most:
                guests[number][guest] = None
    return (tuple(sorted(guests[number])) for number in range(len(homes)))
