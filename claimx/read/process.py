"""
Run readers of complex formats in a process of their own, with limits of memory and time.

The process is started when the first such file comes, reads one file after the other, and ends
with this program. If a file exhausts or crashes it, the next file gets a new one. Requests and
articles are JSON, one a line; see `serve`.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast

from claimx.errors import InputError, ask_to_report
from claimx.read.file import File
from claimx.read.reader import Article, ReadOptions

MAX_MEMORY = 1_000_000_000
"""Bytes that the process may use; a Word file of 50 MB of XML, the most that is read, takes 0.3."""

# Seconds until the next article of a file, at most. The slowest page or PDF that is within the
# other limits takes a tenth.
MAX_SECONDS = 120.0

# What the process needs of the environment; a key, for example, is not passed on.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONHOME", "SYSTEMROOT", "TEMP", "TMPDIR")
# Arrow's own allocator reserves a gigabyte at once; and each thread of a library some memory.
_ADDED = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
_START = "import sys; sys.path[:] = sys.argv[2:]; from claimx.read.serve import serve; serve()"


def read_apart(file: File, options: ReadOptions) -> Iterator[Article | InputError]:
    """
    Read *file* with the reader of its format in another process.

    Without a Python to start, it is read in this one.

    Raises:
        InputError: If it cannot be read, or reading takes too much memory or time.
        ImportError: If the reader misses a module.
    """
    with _lend_process() as process:
        if process is None:
            from claimx.read.serve import read_here

            yield from read_here(file, options)
        else:
            yield from process.read(file, options)


class _Process:
    """A process that reads files, one at a time."""

    def __init__(self, python: str) -> None:
        self.owner = os.getpid()
        self._popen = subprocess.Popen(  # noqa: S603  # this Python, and code of ours
            [python, "-c", _START, str(MAX_MEMORY), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | _ADDED,
            start_new_session=True,  # Ctrl-C is for this program
        )
        self._timed_out = False
        self._waiting_since: float | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it can read another file; a fork of this program must start its own."""
        return self.owner == os.getpid() and self._popen.poll() is None

    def read(self, file: File, options: ReadOptions) -> Iterator[Article | InputError]:
        """Read *file*; the process is ended if that goes wrong, or is left off halfway."""
        is_done = False
        over = threading.Event()
        threading.Thread(target=self._watch, args=(over,), daemon=True).start()
        try:
            self._ask(file, options)
            while (answer := self._receive()) is not None:
                if "article" in answer:
                    yield _load_article(answer["article"])
                elif "failure" in answer:
                    yield InputError(answer["failure"])
                else:
                    is_done = "exhausted" not in answer
                    _raise(file, answer)
                    return
            raise InputError(f"{file.name}: {self._explain_end()}")
        finally:
            over.set()
            if not is_done:
                self.end()

    def end(self) -> None:
        """End the process."""
        if self.owner != os.getpid():
            return
        self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            with suppress(OSError):
                cast(BinaryIO, pipe).close()
        self._popen.wait()

    def _ask(self, file: File, options: ReadOptions) -> None:
        request = {
            "name": file.name,
            "path": os.path.abspath(file.path) if file.path else None,  # noqa: PTH100  # not resolved
            "size": len(file.data),
            "options": options.model_dump(),
        }
        pipe = cast(BinaryIO, self._popen.stdin)
        self._waiting_since = time.monotonic()
        with suppress(OSError):  # it has ended, which is told when its answer is missing
            pipe.write(json.dumps(request).encode("ascii") + b"\n" + file.data)
            pipe.flush()

    def _receive(self) -> dict[str, Any] | None:
        self._waiting_since = time.monotonic()
        line = cast(BinaryIO, self._popen.stdout).readline()
        self._waiting_since = None
        return json.loads(line) if line.endswith(b"\n") else None

    def _watch(self, over: threading.Event) -> None:
        """Kill the process if an article takes too long; the time others use does not count."""
        while not over.wait(MAX_SECONDS / 60):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > MAX_SECONDS:
                self._timed_out = True
                self._popen.kill()

    def _explain_end(self) -> str:
        if self._timed_out:
            return f"reading it takes more than {MAX_SECONDS:g} seconds. {_NEXT_STEP}"
        return (
            f"reading it took more than {MAX_MEMORY / 1e9:g} GB of memory, or crashed. {_NEXT_STEP}"
        )


_NEXT_STEP = "Split it, or save its text as .txt."
_idle: list[_Process] = []


@contextmanager
def _lend_process() -> Iterator[_Process | None]:
    """Lend an idle process, or a new one; None if none can be started."""
    process = _take_idle() or _start()
    try:
        yield process
    finally:
        if process is not None and process.is_alive:
            _idle.append(process)


def _take_idle() -> _Process | None:
    while True:
        try:
            process = _idle.pop()
        except IndexError:  # another thread may have taken the last
            return None
        if process.is_alive:
            return process
        process.end()


def _start() -> _Process | None:
    python = _find_python()
    if python is None:
        return None
    try:
        return _Process(python)
    except OSError:
        return None


def _find_python() -> str | None:
    """Find the Python that runs this program; a frozen program has none."""
    return None if getattr(sys, "frozen", False) else sys.executable or None


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop().end()


def _load_article(values: list[Any]) -> Article:
    article = Article(*values)
    return article._replace(pages=tuple(article.pages), times=tuple(map(_pair, article.times)))


def _pair(values: Any) -> tuple[int, int]:
    offset, milliseconds = values
    return offset, milliseconds


def _raise(file: File, answer: dict[str, Any]) -> None:
    """Raise what ended the reading of *file*; nothing if it was read to its end."""
    if "missing" in answer:
        raise ImportError(name=answer["missing"])
    if "refused" in answer:
        raise InputError(answer["refused"])
    if "unreadable" in answer:
        raise OSError(answer["unreadable"])
    if "exhausted" in answer:
        raise InputError(
            f"{file.name}: reading it takes more than {MAX_MEMORY / 1e9:g} GB of memory. "
            f"{_NEXT_STEP}"
        )
    if "fault" in answer:
        raise InputError(ask_to_report(file.name, answer["fault"], answer["trace"]))
