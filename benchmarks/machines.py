"""
Compare what claimx makes on other machines, byte by byte.

    python benchmarks/machines.py [--claims FILE ...] [--other COMMAND ...] [--only NAME ...]

The seeds in every format, replayed and extractive; files of every kind, read; claims, matched in
memory and by stages. All of it is made again by this Python with other instructions of the
processor, other kernels of OpenBLAS, other hashes, languages, time zones and options, and by
qemu-x86_64, if it is installed (Debian: qemu-user), as a processor of 2008. --other gives the
command of another Python with what claimx needs, "python3.13" or one of another architecture, say
"qemu-aarch64 -L ROOT ROOT/usr/bin/python3"; its PYTHONPATH is kept. FILE has claims as JSON Lines.
The status is 1 if any byte differs.
"""

import argparse
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TEXTS = 3_000
KERNELS = ("Prescott", "Nehalem", "Haswell", "SkylakeX")
PROCESSORS = ("Nehalem",)  # AVX2, of later ones, is emulated wrongly by QEMU 7.2
SURROUNDINGS = (
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "4294967295"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "America/Adak", "COLUMNS": "40", "NO_COLOR": "1"},
    {"OPENBLAS_NUM_THREADS": "2"},
)
OPTIONS = ("-O", "-X utf8=0", "-X int_max_str_digits=640", "-X dev")


class Machine(NamedTuple):
    """A Python to compare with: what stands before the script, and its environment."""

    name: str
    command: list[str]
    surroundings: dict[str, str]


# what is made


def lay_out(folder: Path, claims: list[str]) -> None:
    """Write what every machine is given: files to read, and texts to match by document."""
    from benchmarks.fuzz import list_files
    from benchmarks.match_scale import make_synthetic

    for name in ("files", "texts"):
        (folder / name).mkdir()
    for name, raw in list_files():
        (folder / "files" / name).write_bytes(raw)
    told = {"synthetic": [[text, f"{at:09}"] for at, text in enumerate(make_synthetic(TEXTS)[0])]}
    for path in map(Path, claims):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        told[path.stem] = [[row["claim"], row["doc"]] for row in rows]
    for name, pairs in told.items():
        (folder / "texts" / name).write_text(json.dumps(pairs), "utf-8")


def make_all(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what is made of what lies in *folder*, and its digest."""
    yield from make_tables()
    for path in sorted((folder / "files").iterdir()):
        yield f"file {path.name}", digest(read_file(path))
    for path in sorted((folder / "texts").iterdir()):
        texts, documents = zip(*json.loads(path.read_text("utf-8")), strict=True)
        yield from match(texts, documents, path.name)


def make_tables() -> Iterator[tuple[str, str]]:
    """Make the seeds' table, replayed and extractive, in every format."""
    import claimx
    from claimx.render import FORMATS, render_table

    os.chdir(ROOT)
    for name, table in (
        ("replayed", claimx.extract("seeds", replay="cassettes/seeds")),
        ("extractive", claimx.extract("seeds", model="extractive")),
    ):
        for one in FORMATS:
            if not one.needs or find_spec(one.needs):
                yield f"seeds {name} {one.name}", digest(render_table(table, one.name))


def read_file(path: Path) -> str:
    """Read a file and extract from it; return the documents and the table."""
    import claimx

    os.chdir(path.parent)
    try:
        table = claimx.extract(path.name, model="extractive")
    except claimx.ClaimxError as exc:
        return str(exc)
    read = claimx.read_documents(path.name).documents
    return "\n".join([*(one.model_dump_json() for one in read), table.to_json()])


def match(texts: Sequence[str], documents: Sequence[str], name: str) -> Iterator[tuple[str, str]]:
    """Match *texts* in memory and by stages."""
    from claimx.match import match_texts

    found = match_texts(texts, documents=documents)
    yield f"matched {name}", digest(found.model_dump_json())
    if find_spec("pyarrow"):
        yield f"stages {name}", digest(match_in_stages(texts, documents))


def match_in_stages(texts: Sequence[str], documents: Sequence[str]) -> str:
    """Match *texts* by stages of two ranges, and return the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from claimx.match.matching import wrap_text
    from claimx.match.stages import match_parts

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [wrap_text(at, *one) for at, one in enumerate(zip(texts, documents, strict=True))]
        columns = {"claim_id": "id", "document_id": "document_id", "member_claim": "text"}
        rows = {one: [getattr(claim, field) for claim in made] for one, field in columns.items()}
        pq.write_table(pa.table(rows), folder / "0.parquet")
        parts = match_parts([folder / "0.parquet"], folder / "work", range_rows=len(texts) // 2)
        return json.dumps([pq.read_table(path).to_pylist() for path in parts], default=str)


def digest(made: str | bytes) -> str:
    """Return a short digest."""
    return hashlib.sha256(made.encode() if isinstance(made, str) else made).hexdigest()[:16]


# where it is made


def list_machines(others: list[str]) -> Iterator[Machine]:
    """Yield the machines that can be had here, and say which cannot."""
    here = [sys.executable]
    from numpy._core._multiarray_umath import __cpu_dispatch__ as known
    from numpy._core._multiarray_umath import __cpu_features__ as has

    usable = [one for one in known if has.get(one)]
    for at in range(len(usable)):
        off = {"NPY_DISABLE_CPU_FEATURES": " ".join(usable[at:])}
        yield Machine(f"numpy without {off['NPY_DISABLE_CPU_FEATURES']}", here, off)
    for one in KERNELS:
        yield Machine(f"OpenBLAS as on {one}", here, {"OPENBLAS_CORETYPE": one})
    for around in SURROUNDINGS:
        yield Machine(" ".join(f"{key}={value}" for key, value in around.items()), here, around)
    for option in OPTIONS:
        yield Machine(f"python {option}", [*here, *option.split()], {})
    if shutil.which("qemu-x86_64"):
        for one in PROCESSORS:
            python = os.path.realpath(sys.executable)
            # a kernel that is forced may be of a later processor
            around = {"PYTHONPATH": os.pathsep.join(sys.path[1:]), "OPENBLAS_CORETYPE": ""}
            yield Machine(f"qemu {one}", ["qemu-x86_64", "-cpu", one, python], around)
    else:
        print("  qemu-x86_64 is not installed: no emulated processors (Debian: qemu-user)")
    for other in others:
        yield Machine(other, shlex.split(other), {})


def ask(machine: Machine, folder: Path) -> dict[str, str] | str:
    """Return what *machine* makes, by name, or why it cannot."""
    command = [*machine.command, __file__, "--here", str(folder)]
    around = {"PYTHONHASHSEED": "random", **os.environ, **machine.surroundings}
    around = {name: value for name, value in around.items() if value}
    done = subprocess.run(command, env=around, capture_output=True, check=False)
    if done.returncode:
        return (done.stderr.decode().splitlines() or [f"ended with {done.returncode}"])[-1]
    found: dict[str, str] = json.loads(done.stdout)
    return found


def compare(machine: Machine, known: dict[str, str], folder: Path) -> bool:
    """Print what differs on *machine*; return whether nothing does."""
    found = ask(machine, folder)
    if isinstance(found, str):
        print(f"  {machine.name}: cannot run ({found})", flush=True)
        return True
    kind = found.pop("python")
    differing = [name for name, made in found.items() if made != known[name]]
    told = f"{len(found) - len(differing)} of {len(found)} the same"
    print("\n    ".join([f"  {machine.name} ({kind}): {told}", *differing]), flush=True)
    return not differing


def main() -> int:
    """Ask every machine, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--claims", nargs="*", default=[], help="JSON Lines with claim and doc")
    parser.add_argument("--other", nargs="*", default=[], help="the command of another Python")
    parser.add_argument("--only", nargs="*", default=[""], help="machines with this in their name")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        kind = f"{platform.machine()} {platform.python_version()}"
        print(json.dumps(dict(make_all(options.here)) | {"python": kind}))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder, options.claims)
        known = ask(Machine("this one", [sys.executable], {}), folder)
        if isinstance(known, str):
            parser.error(known)
        print(f"{len(known) - 1} things made by {known['python']}", flush=True)
        same = [
            compare(one, known, folder)
            for one in list_machines(options.other)
            if any(word in one.name for word in options.only)
        ]
    return int(not all(same))


if __name__ == "__main__":
    sys.exit(main())
