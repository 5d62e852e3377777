"""The last stages: groups, and what contradicts what."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claimx.language.wording import word_group
from claimx.match.apart import Apart
from claimx.match.collector import pause_collector
from claimx.match.conflicts import Clash, pick_clashes
from claimx.match.group import Pair, find_roots
from claimx.match.matcher import Free, Implied, Suspects, pick_links, rank_links
from claimx.match.rows import Longs
from claimx.match.stages.claims import Told, take_claims
from claimx.match.stages.pairs import open_matcher
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
    write_buckets,
    write_table,
)
from claimx.match.standing import Standing, pick_claim, place_claim
from claimx.match.vocabulary import Flags
from claimx.records import Claim, digest_ids, name_digests

_PLACE = ("document", "start", "text", "id", "quote", "speaker")  # by `place_claim`
_REPEATED, _LINKED = 0, 1


def number_documents(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Number the documents of all wordings in the order in which they come."""
    columns = [read_table(path, ("claims",))["claims"].combine_chunks() for path in inputs]
    documents = pa.chunked_array([one.flatten().field("document") for one in columns])
    encoded = documents.combine_chunks().dictionary_encode()
    sizes = np.concatenate([one.value_lengths().to_numpy() for one in columns])
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
    write_table(output, {"homes": make_lists(starts, encoded.indices.to_numpy())})


def link_wordings(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Pick the links of all wordings, spread by the range of the first wording that hangs on."""
    table = read_tables(inputs[1:])
    free = _read_free(table)
    starts, homes = read_lists(read_table(inputs[0]), "homes")
    repeated, linked = pick_links(free, np.minimum.reduceat(homes, starts[:-1]))
    first = np.concatenate((repeated.first, linked.first))
    second = np.concatenate((repeated.second, linked.second))
    score = np.concatenate((repeated.score, linked.score))
    nodes = np.unique(np.concatenate((first, second)))
    sides = [np.searchsorted(nodes, side).astype(np.int32) for side in (first, second)]
    roots = nodes[find_roots(sides[0], sides[1], len(nodes))[sides[0]]]
    kinds = np.repeat([_REPEATED, _LINKED], [len(repeated.first), len(linked.first)])
    links = pa.table(
        {"kind": kinds.astype(np.int8), "first": first, "second": second, "score": score}
    )
    write_table(name_linked(output), {"text": nodes})
    ranges = np.searchsorted(np.asarray(step.bounds[:-1]), roots, "right") - 1
    write_buckets(output, links, ranges, step.plan.ranges)


def _read_free(table: Table) -> Free:
    first, second, score = (read_numbers(table, name) for name in ("first", "second", "score"))
    return Free(first, second, score)


def name_linked(path: Path) -> Path:
    """Return the file of all wordings with a link, beside the links in *path*."""
    return path.with_suffix(".linked")


@pause_collector()
def group_range(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Group the wordings that hang on one of a range; which claims are where goes beside."""
    count = step.plan.ranges
    (homes, links), claims, others = inputs[:2], inputs[2 : 2 + count], inputs[2 + count :]
    table = read_bucket([links], step.number)
    linked = np.unique(
        np.concatenate((read_numbers(table, "first"), read_numbers(table, "second")))
    )
    positions = np.concatenate((linked, _list_alone(name_linked(links), step)))
    order = np.argsort(positions)
    told = take_claims(Ranges(claims, step.bounds), positions[order])
    wordings = [told.wordings[at] for at in np.argsort(order).tolist()]
    standings = _group_linked(table, linked, _take_homes(homes, linked), wordings, others, step)
    standings += [Standing(at, (at,)) for at in range(len(linked), len(positions))]
    _write_groups(output, standings, wordings, positions, told, step)


def _list_alone(path: Path, step: Step) -> Longs:
    """List the wordings of a range that hang on no other."""
    low, high = step.bounds[step.number : step.number + 2]
    linked = read_numbers(read_table(path), "text")
    return np.setdiff1d(np.arange(low, high), linked[(linked >= low) & (linked < high)])


def _take_homes(path: Path, positions: Longs) -> list[frozenset[int]]:
    homes = read_table(path).take(pa.array(positions.astype(np.int64)))
    return [frozenset(some) for some in homes["homes"].to_pylist()]


def _group_linked(  # noqa: PLR0913, PLR0917  # what groups are made of
    table: Table,
    positions: Longs,
    homes: Sequence[frozenset[int]],
    wordings: Sequence[Sequence[Claim]],
    inputs: Sequence[Path],
    step: Step,
) -> list[Standing]:
    if not len(positions):
        return []
    matcher = open_matcher(inputs, positions, step)
    first, second, score = _read_free(table)
    sides = [np.searchsorted(positions, side).astype(np.int32) for side in (first, second)]
    links = Free(sides[0], sides[1], score)
    kinds = read_numbers(table, "kind")
    repeated = links.keep(kinds == _REPEATED)
    repeats = zip(repeated.first.tolist(), repeated.second.tolist(), strict=True)
    ranked = rank_links(links.keep(kinds == _LINKED))
    groups = matcher.group(homes, repeats, ranked, step.plan.match.min_score)
    return matcher.list_standings(groups, wordings)


def _write_groups(  # noqa: PLR0913, PLR0917  # what a group is made of
    output: Path,
    standings: Sequence[Standing],
    wordings: Sequence[Sequence[Claim]],
    positions: Longs,
    told: Told,
    step: Step,
) -> None:
    rows: list[dict[str, Any]] = []
    sources = []
    for number, one in enumerate(standings):
        claims = sorted((claim for at in one.members for claim in wordings[at]), key=place_claim)
        rows.append(
            {
                "members": [int(positions[at]) for at in one.members],
                "chosen": int(positions[one.chosen]),
                "claim": word_group(pick_claim(wordings[one.chosen]), claims),
                "digest": digest_ids(claim.id for claim in claims),
                "documents": list(dict.fromkeys(claim.document_id for claim in claims)),
                **dict(zip(_PLACE, place_claim(claims[0]), strict=True)),
            }
        )
        sources += [(*told.find_source(claim), number) for claim in claims]
    parts, places, numbers = np.asarray(sources, np.int64).reshape(-1, 3).T
    assigned = pa.table({"row": places, "group": numbers})
    write_buckets(name_assigned(output), assigned, parts, step.plan.parts)
    write_table(output, pa.Table.from_pylist(rows, schema=_GROUPS))


_GROUPS = pa.schema(
    {
        "members": pa.large_list(pa.int64()),
        "chosen": pa.int64(),
        "claim": pa.string(),
        "digest": pa.string(),
        "documents": pa.list_(pa.string()),
        **dict.fromkeys(_PLACE, pa.string()),
        "start": pa.int64(),
    }
)


def name_assigned(path: Path) -> Path:
    """Return the file of which claim is in which group, beside the groups in *path*."""
    return path.with_suffix(".assigned")


def name_groups(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Name all groups, and number them in the order of their first claims."""
    table = read_tables(inputs).select([*_PLACE, "digest"])
    order = pc.sort_indices(table, [(name, "ascending") for name in _PLACE]).to_numpy()
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.arange(len(order))
    names = name_digests(table["digest"].to_pylist())
    write_table(output, {"number": numbers, "name": pa.array(names, pa.string())})


def place_groups(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Say of each wording which group it is in, and whether it stands for it."""
    table = read_tables(inputs).select(["members", "chosen"])
    starts, members = read_lists(table, "members")
    groups = np.empty(step.total, np.int64)
    groups[members] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    leading = np.zeros(step.total, np.bool_)
    leading[read_numbers(table, "chosen")] = True
    write_table(output, {"group": groups, "leading": leading})


@pause_collector()
def contrast_range(inputs: Sequence[Path], output: Path, step: Step) -> None:
    """Find the contradictions among the suspects of a range, and what entails what."""
    count = step.plan.ranges
    suspects, implied, placed = inputs[:3]
    groups, claims, others = (
        inputs[3 : 3 + count],
        inputs[3 + count : 3 + 2 * count],
        inputs[3 + 2 * count :],
    )
    pairs = _read_pairs(suspects, ("first", "second", "similarity"))
    leads = _read_pairs(implied, ("specific", "general"))
    positions = np.unique(np.concatenate((*pairs[:2], *leads[:2])))
    where = read_table(placed).take(pa.array(positions.astype(np.int64)))
    group_of, leading = read_numbers(where, "group"), read_numbers(where, "leading")
    local = [np.searchsorted(positions, side).astype(np.int32) for side in (*pairs[:2], *leads)]
    known = Suspects(local[0], local[1], pairs[2], np.ones(len(pairs[2]), np.bool_))
    known = known.keep(_may_clash(known, group_of, Ranges(groups, step.groups)))
    both = Implied(local[2], local[3]).keep(leading)
    matcher = open_matcher(others, positions, step)
    found = list(matcher.find_slots(known, lambda _one, _other: True))
    sides = np.unique(np.asarray([one.pair for one in found], np.int64).reshape(-1))
    told = take_claims(Ranges(claims, step.bounds), positions[sides])
    wordings = dict(zip(sides.tolist(), told.wordings, strict=True))
    clashes = list(matcher.bear_out(found, wordings, told.days))
    entailed = [(int(group_of[a]), int(group_of[b])) for a, b in matcher.list_entailments(both)]
    write_table(name_entailed(output), _list_entailed(entailed))
    write_table(output, _list_clashes(clashes, positions, group_of))


def _read_pairs(path: Path, names: Sequence[str]) -> list[Any]:
    table = read_table(path)
    return [read_numbers(table, name) for name in names]


def _may_clash(suspects: Suspects, group_of: Longs, groups: Ranges) -> Flags:
    """Flag the pairs whose groups no document supports both of: that would be two facts."""
    numbers = np.unique(group_of)
    documents = groups.take(numbers, ("documents",))["documents"].to_pylist()
    sets = dict(zip(numbers.tolist(), map(frozenset, documents), strict=True))
    of = group_of.tolist()
    pairs = zip(suspects.first.tolist(), suspects.second.tolist(), strict=True)
    free = (sets[of[one]].isdisjoint(sets[of[other]]) for one, other in pairs)
    return np.fromiter(free, np.bool_, len(suspects.first))


def _list_clashes(clashes: Sequence[Clash], positions: Longs, group_of: Longs) -> Table:
    rows = [
        {
            "first": int(positions[one.pair[0]]),
            "second": int(positions[one.pair[1]]),
            "a": int(group_of[one.pair[0]]),
            "b": int(group_of[one.pair[1]]),
            "similarity": one.similarity,
            "kind": one.apart.kind,
            "here": one.apart.first,
            "there": one.apart.second,
            "document": one.documents[0],
            "other": one.documents[1],
        }
        for one in clashes
    ]
    return pa.Table.from_pylist(rows, schema=_CLASHES)


_CLASHES = pa.schema(
    {
        **dict.fromkeys(("first", "second", "a", "b"), pa.int64()),
        "similarity": pa.float64(),
        **dict.fromkeys(("kind", "here", "there", "document", "other"), pa.string()),
    }
)


def name_entailed(path: Path) -> Path:
    """Return the file of which group entails which, beside the contradictions in *path*."""
    return path.with_suffix(".entailed")


def _list_entailed(pairs: Sequence[Pair]) -> dict[str, Longs]:
    specific, general = np.asarray(pairs, np.int64).reshape(-1, 2).T
    return {"specific": specific, "general": general}


class _Clash(NamedTuple):
    """A contradiction of two wordings: their positions, and those of their groups."""

    pair: Pair
    groups: Pair
    similarity: float
    apart: Apart
    documents: tuple[str, str]


@pause_collector()
def pick_conflicts(inputs: Sequence[Path], output: Path, _step: Step) -> None:
    """Pick the contradictions of all ranges that are told, in the order of the groups."""
    numbers = read_numbers(read_table(inputs[0]), "number")
    found = [_make_clash(row) for path in inputs[1:] for row in read_table(path).to_pylist()]
    group_of = {at: group for one in found for at, group in zip(one.pair, one.groups, strict=True)}
    rows = [_tell(one, numbers) for one in pick_clashes(found, group_of)]
    rows.sort(key=lambda row: (numbers[row["a"]], numbers[row["b"]]))
    write_table(output, pa.Table.from_pylist(rows, schema=_CONFLICTS))


_CONFLICTS = pa.schema({"a": pa.int64(), "b": pa.int64(), "kind": pa.string(), "why": pa.string()})


def _make_clash(row: Mapping[str, Any]) -> _Clash:
    apart = Apart(row["kind"], row["here"], row["there"], conflicts=True)
    pair, groups = (row["first"], row["second"]), (row["a"], row["b"])
    return _Clash(pair, groups, row["similarity"], apart, (row["document"], row["other"]))


def _tell(clash: _Clash, numbers: Longs) -> dict[str, Any]:
    """State a contradiction, the group that comes first first."""
    (a, b), apart = clash.groups, clash.apart
    if numbers[a] > numbers[b]:
        a, b, apart = b, a, apart.flip()
    return {"a": a, "b": b, "kind": apart.kind, "why": apart.why}
