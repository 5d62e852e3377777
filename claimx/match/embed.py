"""
Turn texts into vectors with a table of word pieces: no model is run.

The vector of a text is the mean of the rows of its pieces. The table was
distilled from all-MiniLM-L6-v2 (Apache-2.0) by ``training/``; it knows what
words are about, not who did what to whom.

Vectors hold whole numbers, so that their products are exact in float32 in
whatever order a machine adds them up, and the same everywhere.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from claimx.match.wordpiece import WordPiece

Vectors = NDArray[np.int8]
Squares = NDArray[np.float64]
Positions = Sequence[int] | NDArray[np.int32]
LENGTH = 127  # of every vector, before its numbers are made whole
CHUNK = 1024  # texts, or pairs of them, whose numbers are in memory at a time

_WEIGHTS = files("claimx.match") / "weights"


def embed_texts(texts: Sequence[str]) -> Vectors:
    """
    Return for each of *texts* a row of 256 whole numbers; a text without any word gets zeros.

    >>> vectors = embed_texts(["A blaze killed two.", "Two died in a fire.", "Shares rose."])
    >>> fire, shares = relate_rows(vectors, [0, 0], [1, 2])
    >>> bool(fire > shares)
    True
    """
    rows, scales = _load_array("rows.npy"), _load_array("scales.npy")
    vectors = np.zeros((len(texts), rows.shape[1]), np.int8)
    for at in range(0, len(texts), CHUNK):
        pieces = [load_pieces().split(text) for text in texts[at : at + CHUNK]]
        sizes = np.fromiter(map(len, pieces), np.int64, len(pieces))
        full = sizes > 0
        if not full.any():
            continue
        flat = np.concatenate([np.asarray(row, np.int64) for row in pieces if row])
        starts = (np.cumsum(sizes) - sizes)[full]
        sums = np.add.reduceat(rows[flat] * scales[flat, None], starts, axis=0)
        lengths = np.sqrt(np.square(sums, dtype=np.float64).sum(axis=1, keepdims=True))
        vectors[at : at + len(pieces)][full] = np.rint(sums * (LENGTH / np.maximum(lengths, 1e-9)))
    return vectors


def relate_rows(
    vectors: Vectors, first: Positions, second: Positions, squares: Squares | None = None
) -> NDArray[np.float64]:
    """
    Return the cosine of each pair of rows, by position; 0 where they point apart.

    *squares* are those of all rows, by `square_rows`, where they are known.
    """
    one, two = (
        _multiply_rows(vectors, side, side) if squares is None else squares[side]
        for side in (first, second)
    )
    cosines = _multiply_rows(vectors, first, second)
    cosines /= np.sqrt(np.maximum(one * two, 1))
    return np.clip(cosines, 0, 1, out=cosines)


def square_rows(vectors: Vectors) -> Squares:
    """Return the product of each row with itself."""
    rows = np.arange(len(vectors), dtype=np.int32)
    return _multiply_rows(vectors, rows, rows)


def _multiply_rows(vectors: Vectors, first: Positions, second: Positions) -> NDArray[np.float64]:
    """Return the product of each pair of rows."""
    products = np.empty(len(first))
    for at in range(0, len(first), CHUNK):
        part = slice(at, at + CHUNK)
        one, two = (vectors[side[part]].astype(np.float32) for side in (first, second))
        products[part] = np.einsum("ij,ij->i", one, two)
    return products


@cache
def load_pieces() -> WordPiece:
    """Load the vocabulary that the table is of."""
    return WordPiece((_WEIGHTS / "pieces.txt").read_text("utf-8").splitlines())


@cache
def _load_array(name: str) -> NDArray[np.generic]:
    with (_WEIGHTS / name).open("rb") as file:
        array: NDArray[np.generic] = np.load(file, allow_pickle=False)
    return array
