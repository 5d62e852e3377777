"""Find the texts that are similar enough to be judged together."""

from collections.abc import Iterator, Sequence

from claimx.match.matching import open_texts


def list_neighbours(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """
    List the pairs of positions, lower first, that are worth comparing, with their cosine.

    >>> found = list_neighbours(["A blaze killed two.", "Shares rose.", "Two died in a fire."])
    >>> [pair[:2] for pair in found]
    [(0, 2)]
    """
    for part in open_texts(texts).alike:
        columns = (column.tolist() for column in part)
        yield from zip(*columns, strict=True)
