"""Find for each text those that are nearest to it."""

from collections.abc import Iterator, Sequence

import numpy as np

from claimx.match.embed import LENGTH, embed_texts

NEAREST = 8
MIN_COSINE = 0.4  # a wording in other words has about 0.6 (median); below this are other topics
_CHUNK = 256  # texts that are compared with all at a time


def list_neighbours(
    texts: Sequence[str], nearest: int = NEAREST
) -> Iterator[tuple[int, int, float]]:
    """
    List pairs of positions, lower first, of which one is among the *nearest* of the other.

    Each comes with its cosine, and may come twice; of equally near ones all come.
    The work grows with the square of the texts: 100,000 take some minutes of a core.

    >>> found = list_neighbours(["A blaze killed two.", "Shares rose.", "Two died in a fire."])
    >>> {pair[:2] for pair in found}
    {(0, 2)}
    """
    vectors = embed_texts(texts)
    everything = vectors.astype(np.float32)
    some = min(nearest + 1, len(texts))  # a text is nearest to itself
    for low in range(0, len(texts), _CHUNK):
        # whole numbers, so that what is nearest is so on every machine
        products = everything[low : low + _CHUNK] @ everything.T
        least = np.partition(products, -some, axis=1)[:, -some, None]
        near = products >= np.maximum(least, MIN_COSINE * LENGTH**2)
        for row, other in np.argwhere(near).tolist():
            if other != low + row:
                yield (*_sort(low + row, other), float(products[row, other]) / LENGTH**2)


def _sort(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
