"""
Measure time, memory and groups of the matcher on synthetic claims, beside its peers.

    python benchmarks/match_scale.py 10000 100000 --peers
    python benchmarks/match_scale.py 100000 1000000 --stages 2

Every figure is of a child process of its own, one thread: CPU seconds of the matching alone,
resident memory at its peak with interpreter and data, B-cubed F1, and how CPU time grows from
size to size, as a power of the number of claims. With --stages, claims in Parquet are matched by
the stages, in as many processes: CPU seconds are those of all, the peak is that of the largest,
and seconds on the clock and the MB that lie on disk in the end are told too. Peers get the
vectors that claimx uses: semhash, if it is installed, and the algorithm of
sentence-transformers' community_detection, which compares all with all.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from math import log
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from claimx.match import match_texts
from claimx.match.embed import embed_texts
from claimx.match.matching import wrap_text

if TYPE_CHECKING:
    from claimx.match.stages import Run

CUTS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
PART_CLAIMS = 50_000  # claims of a Parquet file that the stages read
CUT_CLAIMS = 10_000  # claims on which a peer's best cut-off is found

_EVENTS = [
    ("at least {n} people were killed in a fire in {c}", "a blaze in {c} left {n} people dead"),
    (
        "{o} agreed to buy {p} for ${n} million",
        "{p} will be acquired by {o} in a ${n} million deal",
    ),
    ("{o} will cut {n} jobs in {c}", "{n} positions will be eliminated by {o} in {c}"),
    ("police in {c} detained {p} on {d}", "on {d}, {p} was arrested by police in {c}"),
    ("shares of {o} fell {q}% on {d}", "{o} stock dropped by {q} percent on {d}"),
    ("{o} opened a plant in {c} that employs {n}", "a new {o} plant in {c} employs {n} workers"),
    ("floods forced {n} residents of {c} to leave", "{n} people in {c} were displaced by floods"),
    ("{p} was named chief executive of {o}", "{o} appointed {p} as its new chief executive"),
]
_MONTHS = ("January", "April", "June", "August", "October", "November")
_FIRST = ("Bar", "Cal", "Dav", "El", "Fitz", "Gar", "Hol", "Iv", "Jor", "Kov", "Lang", "Mor")
_MIDDLE = ("", "a", "en", "il", "or", "um", "and", "est", "ik", "ol", "un", "ar")
_LAST = ("son", "ton", "ez", "ley", "berg", "man", "ova", "field", "ford", "wood", "well", "wick")


def make_synthetic(size: int, seed: int = 1) -> tuple[list[str], list[str]]:
    """Invent *size* claims: events told in two ways, and siblings that differ in one detail."""
    rng = random.Random(seed)
    texts: list[str] = []
    gold: list[str] = []
    while len(texts) < size:
        templates = rng.choice(_EVENTS)
        details = _invent_details(rng)
        for sibling in range(rng.choice((1, 1, 2))):
            key = rng.choice([key for key in details if "{" + key + "}" in templates[0]])
            told = details | ({key: _invent_details(rng)[key]} if sibling else {})
            stated = [item for item in sorted(told.items()) if f"{{{item[0]}}}" in templates[0]]
            for _ in range(rng.choice((1, 1, 2, 3, 5))):
                text = rng.choice(templates).format(**told)
                texts.append(text[0].upper() + text[1:] + ".")
                gold.append(f"{templates[0]}|{stated}")
    return texts[:size], gold[:size]


def _invent_details(rng: random.Random) -> dict[str, str]:
    def name() -> str:
        return "".join(map(rng.choice, (_FIRST, _MIDDLE, _LAST)))

    return {
        "n": str(rng.choice((rng.randint(2, 99), rng.randint(100, 999), rng.randint(2, 90) * 100))),
        "q": str(rng.randint(2, 49)),
        "c": name() + rng.choice((" Bay", " Hill", " Falls", "ville")),
        "p": f"{name()[:-1]}a {name()}",
        "o": f"{name()} {rng.choice(('Energy', 'Motors', 'Bank', 'Foods', 'Steel', 'Media'))}",
        "d": f"{rng.choice(_MONTHS)} {rng.randint(1, 28)}",
    }


# --- matchers ---------------------------------------------------------------------------------


def group_claimx(texts: Sequence[str], cut: float) -> list[int]:  # noqa: ARG001  # its own cut-off
    """Group as claimx does."""
    labels = [0] * len(texts)
    for label, group in enumerate(match_texts(texts).groups):
        for claim in group.claims:
            labels[int(claim.document_id)] = label
    return labels


def group_semhash(texts: Sequence[str], cut: float) -> list[int]:
    """Group what semhash calls duplicates of one text."""
    from semhash import SemHash

    distinct = list(dict.fromkeys(texts))
    index = SemHash.from_embeddings(_embed(distinct), distinct, model=None)
    labels: dict[str, int] = {}
    numbers = count()
    for one in index.self_deduplicate(threshold=cut).selected_with_duplicates:
        number = next(numbers)
        for text in (one.record, *(other for other, _ in one.duplicates)):
            labels.setdefault(text, number)
    return [labels.setdefault(text, next(numbers)) for text in texts]


def group_communities(texts: Sequence[str], cut: float) -> list[int]:
    """Group as community_detection of sentence-transformers: the largest neighbourhoods first."""
    distinct = list(dict.fromkeys(texts))
    vectors = _embed(distinct)
    near = []
    for at in range(0, len(distinct), 512):
        alike = vectors[at : at + 512] @ vectors.T >= cut
        near += (np.flatnonzero(row).astype(np.int32) for row in alike)
    free = np.full(len(distinct), -1)
    for label, some in enumerate(sorted(near, key=len, reverse=True)):
        free[some[free[some] < 0]] = label
    label_of = dict(zip(distinct, free.tolist(), strict=True))
    return [label_of[text] for text in texts]


def _embed(texts: Sequence[str]) -> np.ndarray:
    vectors = embed_texts(texts).astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


MATCHERS: dict[str, Callable[[Sequence[str], float], list[int]]] = {
    "claimx": group_claimx,
    "semhash": group_semhash,
    "communities": group_communities,
}


# --- measures ---------------------------------------------------------------------------------


def measure_bcubed(gold: Sequence[str], found: Sequence[int]) -> float:
    """B-cubed F1 (Bagga and Baldwin 1998), by counting."""
    golds, founds, both = Counter(gold), Counter(found), Counter(zip(gold, found, strict=True))
    precision = sum(n * n / founds[f] for (_, f), n in both.items()) / len(gold)
    recall = sum(n * n / golds[g] for (g, _), n in both.items()) / len(gold)
    return 2 * precision * recall / (precision + recall)


def measure_here(matcher: str, size: int, cuts: Sequence[float]) -> dict[str, float]:
    """Measure in this process; the best of *cuts* counts, the time is of one."""
    texts, gold = make_synthetic(size)
    found = []
    for cut in cuts:
        started = time.process_time()
        labels = MATCHERS[matcher](texts, cut)
        seconds = time.process_time() - started
        found.append((measure_bcubed(gold, labels), cut, seconds))
    f1, cut, seconds = max(found)
    return {"f1": f1, "cut": cut, "seconds": seconds, "peak": _read_peak(resource.RUSAGE_SELF)}


def _read_peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1e6  # kilobytes on Linux


# --- stages -----------------------------------------------------------------------------------


def measure_stages(size: int, processes: int) -> dict[str, float]:
    """Match *size* claims in Parquet by the stages, in so many processes; 0: in this one."""
    from claimx.match.stages import match_parts

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gold, parts = _write_synthetic(size, folder)
        before, clock = _read_cpu(), time.perf_counter()
        with _open_run(processes) as run:
            made = match_parts(parts, folder / "work", run=run)
        seconds, wall = _read_cpu() - before, time.perf_counter() - clock
        f1 = measure_bcubed(gold, _read_labels(made))
        written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    peak = max(_read_peak(resource.RUSAGE_SELF), _read_peak(resource.RUSAGE_CHILDREN))
    return {"f1": f1, "seconds": seconds, "peak": peak, "wall": wall, "disk": written / 1e6}


def _read_cpu() -> float:
    """CPU seconds of this process and of those that it started and that are over."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@contextmanager
def _open_run(processes: int) -> "Iterator[Run]":
    from claimx.match.stages import run_here

    def run(work: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
        started = time.perf_counter()
        if not processes:
            run_here(work, calls)
        else:
            for call in [pool.submit(work, *arguments) for arguments in calls]:
                call.result()
        took = time.perf_counter() - started
        print(f"  {work.__name__:<20} {len(calls):>4} {took:8.1f} s", file=sys.stderr, flush=True)

    with ProcessPoolExecutor(max(1, processes), get_context("spawn")) as pool:
        yield run


def _write_synthetic(size: int, folder: Path) -> tuple[list[str], list[Path]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts, gold = make_synthetic(size)
    paths = []
    for low in range(0, size, PART_CLAIMS):
        claims = [
            wrap_text(at, texts[at], f"{at:09}") for at in range(size)[low : low + PART_CLAIMS]
        ]
        columns = {"claim_id": "id", "document_id": "document_id", "member_claim": "text"}
        table = {name: [getattr(one, field) for one in claims] for name, field in columns.items()}
        paths.append(folder / f"{low:09}.parquet")
        pq.write_table(pa.table(table), paths[-1])
    return gold, paths


def _read_labels(paths: Sequence[Path]) -> list[int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.concat_tables(pq.read_table(path, columns=["group_id"]) for path in paths)
    labels: list[int] = column["group_id"].combine_chunks().dictionary_encode().indices.to_pylist()
    return labels


# --- one figure a process ---------------------------------------------------------------------


def measure_apart(size: int, *options: str) -> dict[str, float]:
    """Measure in a child process, so that its peak is its own."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [sys.executable, __file__, str(size), *options]
    done = subprocess.run(
        command, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure_growth(name: str, sizes: Sequence[int], *options: str) -> None:
    """Measure and print the figures of each of *sizes*, and how time grows."""
    before: tuple[int, float] | None = None
    for size in sizes:
        found = measure_apart(size, *options)
        line = (
            f"{name:<12} {size:>9,} claims  F1 {found['f1']:.3f}  "
            f"{found['seconds']:7.1f} CPU-s  {found['peak']:5.2f} GB"
        )
        if before:
            power = log(found["seconds"] / before[1]) / log(size / before[0])
            line += f"  n^{power:.2f}"
        if "wall" in found:
            line += f"  {found['wall']:.1f} s on the clock  {found['disk']:,.0f} MB on disk"
        print(line + (f"  cut {found['cut']}" if found.get("cut") else ""), flush=True)
        before = size, found["seconds"]


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("sizes", type=int, nargs="+", metavar="CLAIMS", help="numbers of claims")
    parser.add_argument("--peers", action="store_true", help="measure other matchers too")
    parser.add_argument("--stages", type=int, metavar="N", help="match Parquet, in N processes")
    parser.add_argument("--here", choices=[*MATCHERS, "stages"], help=argparse.SUPPRESS)
    parser.add_argument("--cuts", type=float, nargs="+", default=[0.0], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here == "stages":
        print(json.dumps(measure_stages(options.sizes[0], options.stages)))
    elif options.here:
        print(json.dumps(measure_here(options.here, options.sizes[0], options.cuts)))
    elif options.stages is not None:
        here = ("--here", "stages", "--stages", str(options.stages))
        measure_growth("stages", options.sizes, *here)
    else:
        for matcher in MATCHERS if options.peers else ("claimx",):
            _measure_matcher(matcher, options.sizes)


def _measure_matcher(matcher: str, sizes: Sequence[int]) -> None:
    if matcher == "semhash" and find_spec("semhash") is None:
        print("semhash is not installed; left out.")
        return
    cut = 0.0
    if matcher != "claimx":
        cut = measure_apart(CUT_CLAIMS, "--here", matcher, "--cuts", *map(str, CUTS))["cut"]
    measure_growth(matcher, sizes, "--here", matcher, "--cuts", str(cut))


if __name__ == "__main__":
    main()
