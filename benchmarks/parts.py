"""
Kill workers, drivers and whole machines of a run in parts, and compare what comes of it.

    python benchmarks/parts.py [--kills 50] [--documents 2000] [--local] [--seed 1]
    python benchmarks/parts.py --kill head hub [--kills 10]

A scripted server answers about the documents. Two nodes of a Ray cluster run on this
machine, each with one processor; with --local, processes run without Ray. At random
moments a worker, the command itself, or a node other than the first is killed; a
command that was killed is given again, and a node started again. If the *head* is to be
killed as well, or the *hub* alone, which is the process of the head that all nodes need
and what a command on another machine sees of it, then the command must end by itself,
in one line and with status 1; it is given again on another cluster.

Whenever the table is made it must have the bytes of one made by one process; then all
begins anew. No answer that was sent half a second or more before a kill may be asked
for again.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.parts.test_cluster import list_descendants
from tests.support.articles import answer_from
from tests.support.server import Reply, Server, serve

MARGIN_S = 0.5
ENDS_S = 90.0  # for a command to see that its cluster is gone
KINDS = ("worker", "command", "node", "head", "hub")
USUAL = ("worker", "worker", "command", "node")
TOWNS = ("Oslo", "Rome", "Lund", "Bonn", "Cork", "Graz", "Nice", "Brno")
OPTIONS = ["-m", "m", "--strategy", "window", "--segment-tokens", "200"]


def write_documents(folder: Path, count: int) -> None:
    """Write articles that share statements, and number others."""
    chance = random.Random(7)
    folder.mkdir()
    for number in range(count):
        town, other = chance.sample(TOWNS, 2)
        (folder / f"{number:05}.txt").write_text(
            f"Acme opened plant {number % 97} in {town} on Monday. It employs {number} people. "
            f"Mayor Lie of {other} praised plant {number % 97} on Tuesday. "
            f"The strike in {town} lasted {number % 13 + 2} days."
        )


class Trial:
    """One command over the same documents, given until it ends by itself."""

    def __init__(self, folder: Path, server: Server, ray: str | None) -> None:
        self.folder, self.server, self.ray = folder, server, ray
        self.running: subprocess.Popen[bytes] | None = None
        self.counts: Counter[str] = Counter()
        self.kills: list[tuple[float, float]] = []

    def command(self, *more: str) -> list[str]:
        """Return the command."""
        program = [sys.executable, "-m", "claimx", "extract", str(self.folder / "in")]
        return [*program, *OPTIONS, "--base-url", self.server.url, "--quiet", *more]

    def start(self) -> None:
        """Give the command."""
        where = ["--ray", self.ray] if self.ray else []
        options = ["--work", str(self.folder / "w"), "--part-kb", "8", "--workers", "2", *where]
        out = ["-o", str(self.folder / "t.json")]
        with (self.folder / "said.txt").open("wb") as said:
            command = self.command(*options, *out)
            self.running = subprocess.Popen(command, env=environ(), stderr=said)

    def kill_driver(self) -> None:
        """Kill the command, and give it again."""
        if self.running is not None:
            self.running.kill()
            self.running.wait()
        self.counts["drivers"] += 1
        self.start()

    def kill_worker(self) -> None:
        """Kill a process that works on a part."""
        if busy := self.list_busy():
            os.kill(random.choice(busy), signal.SIGKILL)
            self.counts["workers"] += 1

    def await_end(self) -> None:
        """Wait for the command to end by itself, as its cluster is gone; note how."""
        begun = time.monotonic()
        try:
            status = self.running.wait(ENDS_S) if self.running else -1
        except subprocess.TimeoutExpired:
            status = -1
        said = (self.folder / "said.txt").read_text()
        in_line = status in {0, 1} and said.count("\n") == status
        self.counts["ended otherwise than in one line"] += not in_line
        print(f"  status {status} after {time.monotonic() - begun:.0f} s: {said}", flush=True)

    def list_busy(self) -> list[int]:
        """List the processes that work on parts."""
        begun = ("ray::_call", "ray::extract_part")
        return [
            pid
            for pid, line in list_descendants().items()
            if line.startswith(begun) or "spawn_main" in line
        ]

    def wait_for_work(self) -> bool:
        """Wait until a part is worked on; return false if the command ended first."""
        while not self.list_busy():
            if self.running is None or self.running.poll() is not None:
                return False
            time.sleep(0.1)
        return True

    def check(self, wanted: bytes) -> None:
        """Compare the table, count what was asked twice, and begin anew."""
        made = self.folder / "t.json"
        status = self.running.wait() if self.running else -1
        self.counts["tables"] += 1
        if status == 3:  # three of the kills hit one part: it is listed, and the next run mends it
            self.counts["runs with a part given up"] += 1
            self.start()
            return
        self.counts["differing"] += status != 0 or made.read_bytes() != wanted
        self.note_requests()
        shutil.rmtree(self.folder / "w", ignore_errors=True)
        made.unlink(missing_ok=True)
        self.start()

    def note_requests(self) -> None:
        """Count the questions, and those asked again without need."""
        answered = defaultdict(list)
        for at, body in zip(self.server.answered_at, self.server.answered, strict=True):
            answered[json.dumps(body)].append(at)
        for body, count in Counter(map(json.dumps, self.server.requests)).items():
            self.counts["requests"] += count
            again = sorted(answered[body])[: count - 1]
            self.counts["asked again"] += count - 1
            self.counts["asked again without need"] += sum(not self._was_lost(at) for at in again)
        for log in (self.server.requests, self.server.answered, self.server.answered_at):
            log.clear()

    def _was_lost(self, answered_at: float) -> bool:
        """Return whether a kill came so soon before or after an answer that it may be lost."""
        return any(begun - MARGIN_S < answered_at < ended + MARGIN_S for begun, ended in self.kills)

    @contextmanager
    def note_kill(self) -> Iterator[None]:
        """Note when a kill began and ended."""
        begun = time.monotonic()
        yield
        self.kills.append((begun, time.monotonic()))


def environ() -> dict[str, str]:
    """Return the environment of all processes."""
    own = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENAI_API_KEY": "sk-none"}
    return os.environ | own


class Nodes:
    """A cluster of two nodes on this machine."""

    def __init__(self) -> None:
        os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token"}
        os.environ |= {"RAY_AUTH_TOKEN": "0" * 32, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
        self._size = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
        self.start()

    def start(self) -> None:
        """Start it."""
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(initialize_head=True, head_node_args=dict(self._size))
        self._second = self._cluster.add_node(**self._size)
        self.address = self._cluster.address

    def kill_second(self) -> None:
        """Kill the node that is not the head."""
        self._cluster.remove_node(self._second, allow_graceful=False)

    def start_second(self) -> None:
        """Start another."""
        self._second = self._cluster.add_node(**self._size)

    def kill_head(self, *, alone: bool) -> None:
        """Kill the head, or *alone* its process that all nodes need."""
        if alone:
            for one in self._cluster.head_node.all_processes["gcs_server"]:
                one.process.kill()
        else:
            self._cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)

    def close(self) -> None:
        """End what is left of it."""
        for node in (self._second, self._cluster.head_node):
            node.kill_all_processes(check_alive=False, allow_graceful=False)


def kill(kind: str, trial: Trial, nodes: Nodes | None) -> None:
    """Kill what *kind* says, and see to it that there is something to go on with."""
    with trial.note_kill():
        if kind == "worker":
            trial.kill_worker()
        elif kind == "command":
            trial.kill_driver()
        elif nodes is not None and kind == "node":
            nodes.kill_second()
            trial.counts["nodes"] += 1
        elif nodes is not None:
            nodes.kill_head(alone=kind == "hub")
            trial.counts[f"{kind}s"] += 1
    if nodes is not None and kind == "node":
        nodes.start_second()
    if nodes is None or kind not in {"head", "hub"}:
        return
    trial.await_end()
    with trial.note_kill():
        nodes.close()
    nodes.start()
    trial.ray = nodes.address
    trial.start()


def run(args: argparse.Namespace) -> Counter[str]:
    """Kill at random, until enough was killed; return the counts."""
    random.seed(args.seed)
    folder = Path(tempfile.mkdtemp(prefix="claimx-parts-"))
    write_documents(folder / "in", args.documents)

    def answer(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body), delay_s=random.random() / 50)

    nodes = None if args.local else Nodes()
    with serve(answer) as server:
        trial = Trial(folder, server, nodes and nodes.address)
        once = folder / "once.json"
        began = time.monotonic()
        subprocess.run(trial.command("--no-cache", "-o", str(once)), env=environ(), check=True)
        print(f"one process: {time.monotonic() - began:.1f} s", flush=True)
        for log in (server.requests, server.answered, server.answered_at):
            log.clear()
        trial.start()
        killed = 0
        while killed < args.kills:
            working = trial.wait_for_work()
            time.sleep(random.uniform(0, 6))
            if not working or (trial.running and trial.running.poll() is not None):
                trial.check(once.read_bytes())
                continue
            kill(random.choice(args.kill), trial, nodes)
            killed += 1
            print(killed, dict(trial.counts), flush=True)
        while trial.running and trial.running.wait() == 3:
            trial.counts["runs with a part given up"] += 1
            trial.start()
        trial.check(once.read_bytes())
        if trial.running:
            trial.running.kill()
            trial.running.wait()
    if nodes is not None:
        nodes.close()
    shutil.rmtree(folder)
    return trial.counts


def main() -> None:
    """Run and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--kill", nargs="+", choices=KINDS, default=USUAL)
    parser.add_argument("--local", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    counts = run(parser.parse_args())
    for name, count in sorted(counts.items()):
        print(f"{count:7,} {name}")
    wrong = ("differing", "asked again without need", "ended otherwise than in one line")
    sys.exit(any(counts[name] for name in wrong))


if __name__ == "__main__":
    main()
