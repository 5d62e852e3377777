"""The middle stages: which wordings are worth comparing, and how they compare, tile by tile."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from claimx.match.candidates import (
    NEAREST_TEXTS,
    Entries,
    find_nearest,
    list_ones,
    list_oversize,
    list_threes,
    list_twos,
    make_blocks,
    pair_up,
    pick_rare,
    sort_unique,
)
from claimx.match.collection import (
    Alike,
    Collection,
    Shares,
    Texts,
    count_shares,
    relate_texts,
)
from claimx.match.collector import pause_collector
from claimx.match.matcher import (
    Matcher,
    Suspects,
    count_suspects,
    pick_suspects,
)
from claimx.match.rows import Ints, KeyRows, Longs, expand
from claimx.match.stages.reading import read_key_rows
from claimx.match.stages.settings import Step
from claimx.match.stages.tables import (
    Ranges,
    Table,
    make_lists,
    read_bucket,
    read_lists,
    read_numbers,
    read_table,
    read_tables,
    read_vectors,
    write_buckets,
    write_table,
)
from claimx.match.vocabulary import Vocabulary

_ONE, _TWO, _THREE = 1, 2, 3  # keys that name a block
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing (Knuth, TAOCP 3, 6.4)


def spread_blocks(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """List the texts of a range by the blocks of one key and of two, spread by block."""
    rows = read_key_rows(*inputs)
    ones, twos = list_ones(rows, step.start), list_twos(pick_rare(rows), step.start)
    _spread(output, [(_ONE, ones), (_TWO, twos)], step.plan.buckets)


def pair_blocks(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Pair the texts of the blocks of a bucket; who is in one too big goes beside."""
    table = read_bucket(inputs, step.number)
    ones, twos = (make_blocks(_read_entries(table, kind)) for kind in (_ONE, _TWO))
    big = list_oversize(twos)
    table = pa.table({"text": big})
    write_buckets(name_oversize(output), table, _find_range(big, step), step.plan.ranges)
    _write_pairs(output, (ones, twos), step)


def name_oversize(path: Path) -> Path:
    """Give the file of the texts in blocks that are too big, beside the pairs in *path*."""
    return path.with_suffix(".big")


def spread_threes(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """List the texts of a range that are in too big a block by the blocks of three keys."""
    rows = read_key_rows(*inputs[:2])
    big = np.unique(read_numbers(read_bucket(inputs[2:], step.number), "text"))
    threes = list_threes(pick_rare(rows), big, step.start)
    _spread(output, [(_THREE, threes)], step.plan.buckets)


def pair_threes(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Pair the texts of the blocks of three keys of a bucket."""
    entries = _read_entries(read_bucket(inputs, step.number), _THREE)
    _write_pairs(output, (make_blocks(entries),), step)


def pair_nearest(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Pair the texts of a small collection whose vectors are nearest."""
    small = step.total <= NEAREST_TEXTS
    vectors = read_vectors(read_tables(inputs).select(["vector"])) if small else None
    codes = np.empty(0, np.int64) if vectors is None else find_nearest(vectors)
    _write_codes(output, codes, step)


def _spread(output: Path, kinds: Sequence[tuple[int, Entries]], buckets: int) -> None:
    columns = [np.concatenate(some) for some in zip(*(one for _, one in kinds), strict=True)]
    kind = np.repeat([kind for kind, _ in kinds], [len(one.texts) for _, one in kinds])
    codes, thirds, texts = columns
    mixed = (codes.view(np.uint64) + thirds.astype(np.uint64)) * _MIXER
    table = pa.table({"kind": kind.astype(np.int8), "code": codes, "third": thirds, "text": texts})
    write_buckets(output, table, (mixed >> np.uint64(33)) % np.uint64(buckets), buckets)


def _read_entries(table: Table, kind: int) -> Entries:
    kept = read_numbers(table, "kind") == kind
    return Entries(*(read_numbers(table, name)[kept] for name in ("code", "third", "text")))


def _write_pairs(output: Path, blocks: Sequence[Any], step: Step) -> None:
    found = [codes for some in blocks for codes in pair_up(some, 0, step.total, step.total)]
    _write_codes(output, sort_unique(np.concatenate(found)), step)


def _write_codes(output: Path, codes: Longs, step: Step) -> None:
    """Write pairs, given as ``first * total + second``, by the range of the first."""
    first, second = _part_codes(codes, step.total)
    table = pa.table({"first": first, "second": second})
    write_buckets(output, table, _find_range(first, step), step.plan.ranges)


def _part_codes(codes: Longs, total: int) -> tuple[Ints, Ints]:
    return (codes // max(1, total)).astype(np.int32), (codes % max(1, total)).astype(np.int32)


def _find_range(positions: Ints | Longs, step: Step) -> Longs:
    return np.searchsorted(np.asarray(step.bounds[:-1]), positions, "right") - 1


def relate_tile(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """
    Keep the pairs with their first text in a range that are alike by vector.

    What they say of each text, and of its keys, goes beside, spread by range.
    """
    texts, vocabulary, pairs = _split(inputs, step)
    table = read_bucket(pairs, step.number)
    codes = read_numbers(table, "first").astype(np.int64) * step.total
    first, second = _part_codes(sort_unique(codes + read_numbers(table, "second")), step.total)
    positions = _list_places(first, second)
    known = _take_texts(texts, vocabulary[0], positions)[0]
    alike = relate_texts(known, *_localise(positions, first, second))
    _write_shares(name_shares(output), positions, known.rows, alike, step)
    write_table(
        output,
        {
            "first": positions[alike.first],
            "second": positions[alike.second],
            "cosine": alike.cosines,
        },
    )


def name_shares(path: Path) -> Path:
    """Give the file of what pairs say of texts, beside the pairs in *path*."""
    return path.with_suffix(".shares")


def _write_shares(output: Path, positions: Longs, rows: KeyRows, alike: Alike, step: Step) -> None:
    shares = count_shares(rows, [alike])
    lists = make_lists(rows.starts, shares.shared.astype(np.int32))
    table = pa.table({"text": positions, "rivals": shares.rivals.astype(np.int32), "shared": lists})
    write_buckets(output, table, _find_range(positions, step), step.plan.ranges)


def sum_shares(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Add up what all tiles say of the texts of a range."""
    starts, _ = read_lists(read_table(inputs[0], ("keys",)), "keys")
    rivals = np.zeros(len(starts) - 1, np.int64)
    shared = np.zeros(int(starts[-1]), np.int64)
    for path in inputs[1:]:
        table = read_bucket([path], step.number)
        texts = read_numbers(table, "text") - step.start
        np.add.at(rivals, texts, read_numbers(table, "rivals"))
        np.add.at(shared, expand(starts, texts)[1], read_lists(table, "shared")[1])
    write_table(output, {"rivals": rivals, "shared": make_lists(starts, shared.astype(np.int32))})


@pause_collector()
def compare_tile(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Compare the pairs of a tile that are alike; suspects and implied pairs go beside."""
    alike, paths = inputs[0], inputs[1:]
    table = read_table(alike)
    first, second = (read_numbers(table, name) for name in ("first", "second"))
    positions = _list_places(first, second)
    matcher = open_matcher(paths, positions, step)
    local = _localise(positions, first, second)
    pairs = Alike(*local, read_numbers(table, "cosine"))
    most = count_suspects(step.total)
    free, suspects, implied = matcher.compare_alike(pairs, step.plan.match, most)
    where = positions[suspects.second]
    write_buckets(
        name_suspects(output),
        pa.table(
            {
                "first": positions[suspects.first],
                "second": where,
                "similarity": suspects.similarity,
                "near": suspects.near,
            }
        ),
        _find_range(where, step),
        step.plan.ranges,
    )
    write_table(
        name_implied(output),
        {"specific": positions[implied.specific], "general": positions[implied.general]},
    )
    write_table(
        output,
        {
            "first": positions[free.first],
            "second": positions[free.second],
            "score": free.score,
        },
    )


def name_suspects(path: Path) -> Path:
    """Give the file of suspects, beside the pairs that say the same in *path*."""
    return path.with_suffix(".suspects")


def name_implied(path: Path) -> Path:
    """Give the file of implied pairs, beside the pairs that say the same in *path*."""
    return path.with_suffix(".implied")


def choose_suspects(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Choose the suspects with their second text in a range."""
    table = read_bucket(inputs, step.number)
    names = ("first", "second", "similarity", "near")
    found = Suspects(*(table[name].to_numpy() for name in names))
    chosen = pick_suspects(found, count_suspects(step.total))
    write_table(output, dict(zip(names[:3], chosen[:3], strict=True)))


# --- texts of a collection ---------------------------------------------------------------------


def _split(inputs: Sequence[Path], step: Step) -> tuple[Ranges, Sequence[Path], Sequence[Path]]:
    """Split the files of a stage into the texts, the vocabulary, and the rest."""
    count = step.plan.ranges
    return Ranges(inputs[:count], step.bounds), inputs[count : count + 1], inputs[count + 1 :]


def open_matcher(inputs: Sequence[Path], positions: Longs, step: Step) -> Matcher:
    """Open a matcher of some texts, given the files of all texts, their keys and their shares."""
    ranges, vocabulary, shares = _split(inputs, step)
    texts, numbers, table = _take_texts(ranges, vocabulary[0], positions)
    shared = Ranges(shares, step.bounds).take(positions)
    known = Shares(read_numbers(shared, "rivals"), read_lists(shared, "shared")[1].astype(np.int64))
    collection = Collection(_read_vocabulary(vocabulary[0], numbers), texts, known)
    return Matcher(table["text"].to_pylist(), collection, table["alleging"].to_pylist())


def _take_texts(ranges: Ranges, vocabulary: Path, positions: Longs) -> tuple[Texts, Longs, Table]:
    """
    Give the texts at *positions*, the numbers of their keys, and the rest.

    Keys are numbered anew, in the order of their numbers.
    """
    table = ranges.take(np.asarray(positions, np.int64))
    starts, keys = read_lists(table, "keys")
    numbers, local = np.unique(keys, return_inverse=True)
    counts = read_numbers(read_table(vocabulary, ("count",)), "count")[numbers]
    rows = KeyRows(starts, local.astype(np.int32), counts)
    return (
        Texts(rows, read_vectors(table)),
        numbers.astype(np.int64),
        table,
    )


def _read_vocabulary(path: Path, numbers: Longs) -> Vocabulary:
    table = read_table(path).take(pa.array(numbers))
    return Vocabulary(
        table["key"].to_pylist(),
        table["word"].to_pylist(),
        read_numbers(table, "count"),
        read_numbers(table, "usual"),
        read_vectors(table),
    )


def _list_places(first: Ints, second: Ints) -> Longs:
    """List the positions in pairs, ascending."""
    return np.unique(np.concatenate((first, second))).astype(np.int64)


def _localise(positions: Longs, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Give pairs by the number of each position in *positions*."""
    sides = (np.searchsorted(positions, side).astype(np.int32) for side in (first, second))
    return next(sides), next(sides)
