"""
Measure a run in parts from articles to table: time, memory, disk, and how they grow.

    python benchmarks/parts_scale.py 30000 300000 [--workers 2] [--one] [--folder DIR]

Invented articles of some five claims each (those of `match_scale.py`, mixed) lie in one file
of JSON lines; `claimx extract --work` reads them as they are and writes Parquet. CPU seconds
are those of all processes, the peak is that of the largest, each step's seconds are on the
clock, and disk is what the folder of --work holds in the end. With --one, one process without
--work does the same, and the rows are compared. A run that was cut off goes on in the same
--folder, where its figures are those of the rest.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from math import log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from match_scale import make_synthetic, measure_bcubed

ARTICLE_CLAIMS = (3, 4, 5, 6, 7)
ROWS_HELD = 100_000  # rows of a table that are read at once


def write_articles(path: Path, size: int) -> dict[str, str]:
    """Write articles of *size* claims in all, and return the gold group of each wording."""
    texts, gold = make_synthetic(size)
    order = list(range(size))
    chance = random.Random(3)
    chance.shuffle(order)
    at = number = 0
    with path.open("w") as file:
        while at < size:
            some = order[at : at + chance.choice(ARTICLE_CLAIMS)]
            row = {"id": f"{number:07}", "text": " ".join(texts[one] for one in some)}
            file.write(json.dumps(row) + "\n")
            at, number = at + len(some), number + 1
    print(f"{size:,} claims in {number:,} articles", file=sys.stderr, flush=True)
    return dict(zip(texts, gold, strict=True))


def run_command(folder: Path, output: Path, work: Path | None, *options: str) -> dict[str, float]:
    """Run `claimx extract` over the articles and measure all its processes."""
    command = [sys.executable, "-m", "claimx", "extract", str(folder / "articles.jsonl")]
    command += ["--model", "extractive", "--quiet", "-o", str(output), *options]
    command += ["--work", str(work)] if work else []
    began = time.perf_counter()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    child = subprocess.Popen(command, env=os.environ | threads)
    steps: dict[str, float] = {}
    if work:
        threading.Thread(target=_watch, args=(child, work, steps), daemon=True).start()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"claimx ended with status {child.returncode}. Its message is above.")
    found = {
        "seconds": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1e6,
        "wall": time.perf_counter() - began,
    }
    return found | {f"in {name}": seconds for name, seconds in steps.items()}


def _watch(child: "subprocess.Popen[bytes]", work: Path, steps: dict[str, float]) -> None:
    """Add up the seconds that each step takes: parts, and each kind of file of matching."""
    before = time.perf_counter()
    while child.returncode is None:
        time.sleep(1)
        name = "plan"
        with suppress(OSError, ValueError):
            name = json.loads((work / "progress.json").read_text()).get("step", name)
        now = time.perf_counter()
        steps[name] = steps.get(name, 0) + now - before
        before = now


def measure_rows(output: Path, gold: dict[str, str]) -> tuple[float, int]:
    """Return the B-cubed F1 of the rows and how many claims are no invented sentence."""
    import pyarrow.parquet as pq

    wanted: list[str] = []
    labels: list[int] = []
    numbers: dict[str, int] = {}
    lost = 0
    files = sorted(output.glob("*.parquet")) if output.is_dir() else [output]
    for path in files:
        names = ["member_claim", "group_id"]
        for batch in pq.ParquetFile(path).iter_batches(ROWS_HELD, columns=names):
            columns = (column.to_pylist() for column in batch.columns)
            for text, group in zip(*columns, strict=True):
                if text in gold:
                    wanted.append(gold[text])
                    labels.append(numbers.setdefault(group, len(numbers)))
                else:
                    lost += 1
    return measure_bcubed(wanted, labels), lost


def measure_disk(folder: Path) -> float:
    """Return the MB of all files of *folder*."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def measure(size: int, args: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Make *size* claims into a table, and print the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    gold = write_articles(folder / "articles.jsonl", size)
    rows, work = folder / "table.parquet", folder / "work"
    found = run_command(folder, rows, work, "--workers", str(args.workers))
    f1, lost = measure_rows(rows, gold)
    steps = ", ".join(f"{key} {value:.0f}" for key, value in found.items() if key[:3] == "in ")
    print(
        f"{size:>9,} claims  F1 {f1:.3f} ({lost} others)  {found['seconds']:.0f} CPU-s  "
        f"{found['wall']:.0f} s on the clock ({steps})  {found['peak']:.2f} GB  "
        f"{measure_disk(work):,.0f} MB on disk",
        flush=True,
    )
    if args.one:
        alone = run_command(folder, folder / "one.parquet", None)
        same = _read_rows(rows) == _read_rows(folder / "one.parquet")
        print(
            f"{'one process':>16}  {alone['seconds']:.0f} CPU-s  {alone['wall']:.0f} s  "
            f"{alone['peak']:.2f} GB; parts take {found['seconds'] / alone['seconds']:.2f} of its "
            f"CPU, {found['wall'] / alone['wall']:.2f} of its time; "
            f"{'the same' if same else 'OTHER'} rows",
            flush=True,
        )
    return found


def _read_rows(path: Path) -> object:
    import pyarrow.parquet as pq

    return pq.read_table(path)


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("sizes", type=int, nargs="+", metavar="CLAIMS", help="numbers of claims")
    parser.add_argument("--workers", type=int, default=2, help="processes that work at once")
    parser.add_argument("--one", action="store_true", help="do it in one process as well")
    parser.add_argument("--folder", type=Path, help="keep all here, and go on from it")
    args = parser.parse_args()
    before: tuple[int, float] | None = None
    with tempfile.TemporaryDirectory() as name:
        for size in args.sizes:
            folder = (args.folder or Path(name)) / str(size)
            seconds = measure(size, args, folder)["seconds"]
            if before:
                power = log(seconds / before[1]) / log(size / before[0])
                print(f"{'CPU grows as':>16}  n^{power:.2f}", flush=True)
            before = size, seconds


if __name__ == "__main__":
    main()
