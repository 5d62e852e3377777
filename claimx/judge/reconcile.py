"""Combine the rulings on overlapping blocks into one grouping."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from itertools import combinations, product
from typing import NamedTuple

from claimx.judge.blocks import Block
from claimx.records import ConflictKind


class Contradiction(NamedTuple):
    """Two claims that cannot both be true, and how they differ: *a*'s part first."""

    a: int
    b: int
    kind: ConflictKind
    why: str


class Ruling(NamedTuple):
    """
    The model's ruling on the positions of a block.

    The first position of a group gives its wording; a position in no group stands
    alone. In each pair of *details*, the first entails the second and adds to it.
    """

    groups: tuple[tuple[int, ...], ...] = ()
    details: tuple[tuple[int, int], ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


def reconcile(blocks: Sequence[Block], rulings: Sequence[Ruling]) -> list[tuple[int, ...]]:
    """
    Merge the groups of *rulings*, one for each block; the first member words a group.

    A block decides about the positions at home in it. Groups of two blocks are
    merged if some block grouped positions of both and no block that saw
    positions of both kept them apart.
    """
    groups = _group_at_home(blocks, rulings)
    labels = _label(blocks, rulings)
    group_of = {at: number for number, group in enumerate(groups) for at in group}
    joined = {number: {number} for number in range(len(groups))}
    for one, other in _list_wishes(rulings, group_of):
        mine, theirs = joined[one], joined[other]
        if mine is theirs or _keeps_apart(mine, theirs, groups, labels):
            continue
        both = mine | theirs
        joined.update(dict.fromkeys(both, both))
    found = {min(numbers): numbers for numbers in joined.values()}
    return [
        tuple(at for number in sorted(numbers) for at in groups[number])
        for _, numbers in sorted(found.items())
    ]


def _group_at_home(blocks: Sequence[Block], rulings: Sequence[Ruling]) -> list[tuple[int, ...]]:
    """Group the positions at home in each block by its ruling, without guests."""
    groups: list[tuple[int, ...]] = []
    for block, ruling in zip(blocks, rulings, strict=True):
        left = dict.fromkeys(block.home)
        for group in ruling.groups:
            own = tuple(at for at in group if at in left)
            if own:
                groups.append(own)
            for at in own:
                del left[at]
        groups += [(at,) for at in left]
    return groups


def _label(blocks: Sequence[Block], rulings: Sequence[Ruling]) -> dict[int, dict[int, int]]:
    """Map each position to the number of its group in each block that saw it."""
    labels: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for place, (block, ruling) in enumerate(zip(blocks, rulings, strict=True)):
        for at in block.items:
            labels[at][place] = -at - 1
        for number, group in enumerate(ruling.groups):
            for at in group:
                labels[at][place] = number
    return labels


def _list_wishes(rulings: Sequence[Ruling], group_of: dict[int, int]) -> list[tuple[int, int]]:
    """List the pairs of home groups that some ruling joins, the most often joined first."""
    wishes: Counter[tuple[int, int]] = Counter()
    for ruling in rulings:
        for group in ruling.groups:
            numbers = sorted({group_of[at] for at in group})
            wishes.update(combinations(numbers, 2))
    return sorted(wishes, key=lambda pair: (-wishes[pair], *pair))


def _keeps_apart(
    mine: Set[int],
    theirs: Set[int],
    groups: Sequence[Sequence[int]],
    labels: Mapping[int, Mapping[int, int]],
) -> bool:
    """Return whether some block saw positions of both groups and grouped none of them."""
    ones = [labels[at] for number in mine for at in groups[number]]
    others = [labels[at] for number in theirs for at in groups[number]]
    return any(
        one[place] != other[place]
        for one, other in product(ones, others)
        for place in one.keys() & other.keys()
    )
