"""
Kill runs at random moments and let the server's log say whether anything was asked twice.

    python benchmarks/kill.py [--kills 200] [--articles 8] [--concurrency 8] [--seed 1]

A run over articles of four sentences, answered after up to 40 ms, is ended at a
random moment, up to 100 ms after a random number of the answers that it still
needs: by SIGKILL, or by SIGINT or SIGTERM, once or twice. Then the same
command is started again, killed again or not, and then left to complete; its
table must have the bytes of a run that nobody killed. Then all begins anew with
an empty cache. An answer that was sent 100 ms or more before the end of a run
must never be asked for again; what was under way or just coming in at that
moment may be.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.articles import answer_from, write_articles
from tests.support.runner import Run, Runner, open_runner
from tests.support.server import Reply, Server, serve

WAYS = {
    "SIGKILL": (signal.SIGKILL,),
    "SIGTERM": (signal.SIGTERM,),
    "SIGTERM twice": (signal.SIGTERM, signal.SIGTERM),
    "SIGINT": (signal.SIGINT,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT),
}
MARGIN_S = 0.1


class Trial:
    """Runs of one command over the same articles, and what is known of them."""

    def __init__(self, runner: Runner, server: Server, folder: Path, concurrency: int) -> None:
        self.runner = runner
        self.server = server
        self.folder = folder
        self.concurrency = concurrency
        self.counts: Counter[str] = Counter()
        self.settled: set[str] = set()
        self.read = self.heard = 0

    def start(self) -> Run:
        """Start the command."""
        args = ["extract", "in", "-m", "m", "-o", "t.json", "--cache", "kept"]
        args += ["--segment-tokens", "20", "--concurrency", str(self.concurrency)]
        return self.runner.start(*args, "--base-url", self.server.url, cwd=self.folder)

    def note_end(self, ended_at: float) -> None:
        """Count what the last run asked again; remember what it must have kept."""
        time.sleep(MARGIN_S)  # what is under way ends
        asked = [json.dumps(body) for body in self.server.requests[self.read :]]
        self.read = len(self.server.requests)
        again = [request for request in asked if request in self.settled]
        self.counts["asked twice"] += len(again)
        self.counts["requests"] += len(asked)
        answered = list(zip(self.server.answered_at, self.server.answered, strict=True))
        # what was sent to a run that was dead by then is settled by no later end either
        in_time = [(at, body) for at, body in answered[self.heard :] if at < ended_at - MARGIN_S]
        self.settled |= {json.dumps(body) for _, body in in_time}
        self.heard = len(answered)

    def forget(self) -> None:
        """Begin anew, with an empty cache and an empty log."""
        self.counts["answers needed"] += len({json.dumps(body) for body in self.server.answered})
        shutil.rmtree(self.folder / "kept")
        for log in (self.server.requests, self.server.answered, self.server.answered_at):
            log.clear()
        self.settled.clear()
        self.read = self.heard = 0


def run_trials(trial: Trial, kills: int, chance: random.Random) -> None:
    """Kill *kills* runs, and check every table that gets done."""
    table = trial.folder / "t.json"
    begin = time.monotonic()
    trial.start().wait()
    usual_s, expected = time.monotonic() - begin, table.read_bytes()
    needed = len(trial.server.answered)
    trial.forget()
    while (done := sum(trial.counts[way] for way in WAYS)) < kills:
        print(f"\r{done} of {kills}", end="", file=sys.stderr, flush=True)
        for _ in range(chance.randint(1, 3)):
            way = chance.choice(list(WAYS))
            answers = chance.randint(min(needed, len(trial.server.answered)), needed)
            status = kill_run(trial, way, answers, chance.random() * 0.1, usual_s)
            trial.note_end(time.monotonic() - MARGIN_S)
            trial.counts[way] += status != 0
        trial.counts["completed by the next run"] += trial.start().wait() == 0
        trial.note_end(time.monotonic() - MARGIN_S)
        same = "same bytes" if table.read_bytes() == expected else "OTHER BYTES"
        trial.counts[f"tables, {same}"] += 1
        trial.forget()


def kill_run(trial: Trial, way: str, answers: int, after_s: float, longest_s: float) -> int:
    """
    Start a run, end it, and return its exit status.

    It is ended *after_s* seconds after the server has given that many *answers*
    since the cache was empty, or after *longest_s* where it never does.
    """
    run = trial.start()
    latest = time.monotonic() + longest_s
    while len(trial.server.answered) < answers and time.monotonic() < latest:
        time.sleep(0.001)
    time.sleep(after_s)
    for number in WAYS[way]:
        run.send_signal(number)
        time.sleep(0.01)
    return run.wait()


def main() -> None:
    """Run the trials and print the counts."""
    parser = argparse.ArgumentParser(description="Kill runs at random moments.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--articles", type=int, default=8)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)

    def answer(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body), delay_s=random.Random(str(body)).random() * 0.04)

    with (
        tempfile.TemporaryDirectory() as folder,
        open_runner() as runner,
        serve(answer) as server,
    ):
        write_articles(Path(folder) / "in", args.articles)
        trial = Trial(runner, server, Path(folder), args.concurrency)
        try:
            run_trials(trial, args.kills, chance)
        finally:  # after Ctrl-C, too
            for name, count in sorted(trial.counts.items()):
                print(f"{name:30} {count}", flush=True)


if __name__ == "__main__":
    main()
