"""
Fill the disk of a run in parts, make it read-only, or take it away, and give the command again.

    python benchmarks/disk.py [--times 10] [--documents 400] [--ray local] [--seed 1]

Linux and root are needed: the folder of --work is a disk in memory, which is mounted and
changed at random moments. `claimx extract` must then end in one line with status 1, and
once the disk is whole again the same command must give the bytes of one that met no
fault. No answer that was kept may be asked for again. The same is done with `claimx
match` on Parquet, whose stages fill the disk.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.parts import OPTIONS, environ, write_documents
from tests.support.articles import answer_from
from tests.support.server import Reply, Server, serve

ROOM = "200m"
FAULTS = ("full", "read-only", "gone")


class Disk:
    """A disk in memory, mounted at *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        _call("mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder)

    def spoil(self, fault: str) -> None:
        """Leave no room on it, make it read-only, or take it away."""
        if fault == "full":
            used = shutil.disk_usage(self.folder).used
            self._mount_again(f"size={max(used // 1024, 4) + random.choice((0, 8, 64))}k")
        elif fault == "read-only":
            _call("mount", "--bind", self.folder, self.folder)
            _call("mount", "-o", "remount,bind,ro", self.folder)
        else:
            _call("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.folder)

    def mend(self, fault: str) -> None:
        """Undo `spoil`."""
        if fault == "full":
            self._mount_again(f"size={ROOM}")
        else:
            _call("umount", "-l", self.folder)

    def close(self) -> None:
        """Take it away for good."""
        _call("umount", "-l", self.folder)

    def _mount_again(self, option: str) -> None:
        _call("mount", "-o", f"remount,{option}", self.folder)


def _call(*command: str | Path) -> None:
    subprocess.run([str(one) for one in command], check=True)


def run_command(command: list[str], said: Path) -> int:
    """Run *command*; return its status, and leave what it says in *said*."""
    with said.open("wb") as file:
        return subprocess.run(command, env=environ(), stderr=file, check=False).returncode


def try_once(
    disk: Disk, fault: str, after_s: float, command: list[str], counts: Counter[str]
) -> None:
    """Give *command*, spoil the disk meanwhile, mend it, and give the command again."""
    said = disk.folder.with_name("said.txt")
    ended = threading.Event()
    spoilt = threading.Event()

    def spoil() -> None:
        if not ended.wait(after_s):
            disk.spoil(fault)
            spoilt.set()

    thread = threading.Thread(target=spoil)
    thread.start()
    status = run_command(command, said)
    ended.set()
    thread.join()
    lines = said.read_text().splitlines()
    counts[f"{fault}, status {status}"] += 1
    if status != 0 and (status, len(lines)) != (1, 1):
        counts["not one line"] += 1
    print(f"{fault} after {after_s:.1f} s: status {status} {lines[:3]}", flush=True)
    if spoilt.is_set():
        disk.mend(fault)


def count_kept(work: Path) -> int:
    """Count the answers in the files of *work*."""
    keys = set()
    for path in work.rglob("answers-*.jsonl"):
        for line in path.read_bytes().splitlines():
            try:
                keys.add(json.loads(line)["key"])
            except ValueError:
                continue
    return len(keys)


def try_extract(args: argparse.Namespace, server: Server, folder: Path) -> Counter[str]:
    """Spoil the disk of `claimx extract` so many times."""
    counts: Counter[str] = Counter()
    program = [sys.executable, "-m", "claimx", "extract", str(folder / "in"), *OPTIONS]
    program += ["--base-url", server.url, "--quiet"]
    once = folder / "once.json"
    subprocess.run([*program, "--no-cache", "-o", str(once)], env=environ(), check=True)
    every = len(server.requests)
    for _ in range(args.times):
        disk = Disk(folder / "disk")
        work, made = disk.folder / "w", folder / "t.json"
        options = ["--no-cache", "--work", str(work), "--part-kb", "8", "--workers", "2"]
        options += ["--ray", args.ray] if args.ray else []
        command = [*program, *options, "-o", str(made)]
        server.requests.clear()
        fault = random.choice(FAULTS)
        try_once(disk, fault, random.uniform(0.5, args.longest), command, counts)
        kept = count_kept(work)
        before = len(server.requests)
        server.requests.clear()
        status = run_command(command, folder / "said.txt")
        again = len(server.requests)
        counts["tables"] += 1
        counts["differing"] += status != 0 or made.read_bytes() != once.read_bytes()
        counts["answers asked for again that were kept"] += max(0, again - (every - kept))
        print(f"  asked {before}, kept {kept} of {every}, asked then {again}", flush=True)
        made.unlink(missing_ok=True)
        disk.close()
        disk.folder.rmdir()
    return counts


def try_match(args: argparse.Namespace, folder: Path) -> Counter[str]:
    """Spoil the disk of `claimx match` so many times."""
    counts: Counter[str] = Counter()
    program = [sys.executable, "-m", "claimx"]
    claims, once, made = (folder / f"{name}.parquet" for name in ("claims", "once", "made"))
    _call(*program, "extract", folder / "in", "-m", "extractive", "-q", "-o", claims)
    _call(*program, "match", claims, "-o", once, "--workers", "1")
    for _ in range(args.times):
        disk = Disk(folder / "disk")
        options = ["-o", str(made), "--work", str(disk.folder / "w"), "--workers", "2"]
        command = [*program, "match", str(claims), *options]
        command += ["--ray", args.ray] if args.ray else []
        try_once(disk, random.choice(FAULTS), random.uniform(0.5, args.longest), command, counts)
        status = run_command(command, folder / "said.txt")
        counts["tables"] += 1
        counts["differing"] += status != 0 or made.read_bytes() != once.read_bytes()
        made.unlink(missing_ok=True)
        disk.close()
        disk.folder.rmdir()
    return counts


def main() -> None:
    """Run and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--longest", type=float, default=8.0, help="seconds before a fault")
    parser.add_argument("--ray")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    random.seed(args.seed)
    folder = Path(tempfile.mkdtemp(prefix="claimx-disk-"))
    write_documents(folder / "in", args.documents)

    def answer(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body), delay_s=random.random() / 50)

    began = time.monotonic()
    with serve(answer) as server:
        found = {"extract": try_extract(args, server, folder), "match": try_match(args, folder)}
    shutil.rmtree(folder)
    for name, counts in found.items():
        for what, count in sorted(counts.items()):
            print(f"{count:7,} {name}: {what}")
    print(f"{time.monotonic() - began:.0f} s")
    wrong = ("not one line", "differing", "answers asked for again that were kept")
    sys.exit(any(counts[one] for counts in found.values() for one in wrong))


if __name__ == "__main__":
    main()
