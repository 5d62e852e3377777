"""Start the command line many times, in processes of its own, without importing it every time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Run:
    """A run of the command line; *said* is its stderr, once it has ended."""

    def __init__(self, pid: int, log: Path, parent: "subprocess.Popen[str]") -> None:
        self.pid = pid
        self._log = log
        self._parent = parent

    @property
    def said(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text("utf-8")

    def send_signal(self, number: int) -> None:
        """Send it a signal; its process is there until `wait`, even when it has ended."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Wait for its end and return its exit status; negative if a signal ended it."""
        return _order(self._parent, "wait")


class Runner:
    """Starts runs, one after the other."""

    def __init__(self, parent: "subprocess.Popen[str]") -> None:
        self._parent = parent

    def start(self, *args: str, cwd: Path, longest_file: int | None = None) -> Run:
        """Start ``claimx`` with *args*; no file it writes may exceed *longest_file* bytes."""
        log = cwd / "stderr.txt"
        order: dict[str, Any] = {
            "args": args,
            "cwd": str(cwd),
            "log": str(log),
            "longest_file": longest_file,
        }
        return Run(_order(self._parent, json.dumps(order)), log, self._parent)


def _order(parent: "subprocess.Popen[str]", line: str) -> int:
    """Give *parent* an order, and return the number it answers."""
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write(line + "\n")
    parent.stdin.flush()
    return int(parent.stdout.readline())


@contextmanager
def open_runner() -> Iterator[Runner]:
    """Start the process that has everything imported and forks for every run."""
    parent = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
    )
    with parent:
        yield Runner(parent)
        assert parent.stdin
        parent.stdin.close()


def _serve() -> None:
    import claimx
    import claimx.cli.extract  # a command's module is otherwise loaded by each fork
    from claimx.cli import app

    document = claimx.make_document("Acme opened a plant in Oslo on Monday.", "a")
    with suppress(claimx.ModelError):  # asks nobody, but imports all that asking needs
        claimx.extract(document, model="m", base_url="http://127.0.0.1:9", attempts=1, cache=None)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order)
            try:
                app(order["args"])
            except SystemExit as end:
                os._exit(int(end.code or 0))  # taking all modules down would take longest
        print(pid, flush=True)  # noqa: T201
        sys.stdin.readline()
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _become(order: dict[str, Any]) -> None:
    """Be like a fresh process in its folder, with stdout and stderr in the log."""
    import resource
    import signal

    os.chdir(order["cwd"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if order["longest_file"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["longest_file"],) * 2)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


if __name__ == "__main__":
    _serve()
