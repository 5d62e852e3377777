"""Run functions in processes of this machine; one that dies is replaced."""

import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

from claimx.parts.faults import describe_end
from claimx.parts.limits import Limits, LimitsLost, set_client
from claimx.parts.run import (
    Arguments,
    Function,
    LocalLimits,
    Outcome,
    Overseer,
    Queue,
    Task,
    make_call,
)

_TICK_S = 0.5


class _Question(NamedTuple):
    """A question of a process about limits: a method of `Limits`, and its arguments."""

    method: str
    args: tuple[Any, ...]


@dataclass
class _Worker:
    """A process, the pipe to it, and the call that it makes."""

    name: str
    process: SpawnProcess
    pipe: "Connection[Any, Any]"
    task: Task | None = None


class LocalRunner(LocalLimits):
    """Makes *slots* calls at once. Use `open_local` to get one."""

    def __init__(self, slots: int, limits: Limits) -> None:
        super().__init__(limits)
        self.slots = slots
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        # An interrupt ends processes in another thread than the one that runs them.
        self._ending = Lock()
        self._started = 0

    def run(
        self, function: Function, calls: Sequence[Arguments], overseer: Overseer
    ) -> list[Outcome]:
        """Call *function* with each of *calls*; return the outcomes, in their order."""
        queue = Queue(calls, overseer)
        while self._hand_out(queue, function):
            busy = {one.pipe: one for one in self._workers if one.task is not None}
            for pipe in wait(list(busy), _TICK_S):
                self._hear(busy[pipe], queue)  # type: ignore[index]  # the pipes given
            queue.wait()
        return queue.list_outcomes()

    def abort(self) -> None:
        """Leave off at once what is under way."""
        with self._ending:
            for worker in self._workers:
                worker.process.kill()

    def close(self) -> None:
        """End all processes."""
        with self._ending:
            for worker in self._workers:
                _end(worker)
            self._workers.clear()

    def _hand_out(self, queue: Queue, function: Function) -> bool:
        """Give each idle process a call; return whether any is under way."""
        while sum(one.task is not None for one in self._workers) < self.slots:
            task = queue.take()
            if task is None:
                break
            worker = self._find_idle()
            worker.task = task
            try:
                worker.pipe.send((function, task.arguments))
            except OSError:
                self._bury(worker, queue)
        return any(one.task is not None for one in self._workers)

    def _find_idle(self) -> _Worker:
        idle = next((one for one in self._workers if one.task is None), None)
        return idle or self._start()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        with _hide_main():
            process.start()
        theirs.close()  # so that its end is told from silence
        self._started += 1
        worker = _Worker(str(self._started), process, ours)
        self._workers.append(worker)
        return worker

    def _hear(self, worker: _Worker, queue: Queue) -> None:
        """Take what *worker* sent: a question about limits, what came of its call, or its end."""
        try:
            heard = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker, queue)
            return
        if isinstance(heard, _Question):
            answer = getattr(self.limits, heard.method)(worker.name, *heard.args)
            self._reply(worker, answer)
            return
        task, worker.task = worker.task, None
        if task is not None:
            queue.settle(task, heard)

    def _reply(self, worker: _Worker, answer: Any) -> None:
        try:
            worker.pipe.send(answer)
        except OSError:
            return  # its end is heard next

    def _bury(self, worker: _Worker, queue: Queue) -> None:
        """Take leave of a process that died; its call is made again."""
        with self._ending:
            if worker not in self._workers:
                return  # it was ended with the runner
            self._workers.remove(worker)
            code = _end(worker)
        self.limits.drop(worker.name)
        if worker.task is not None:
            queue.lose(worker.task, describe_end(code))


def _end(worker: _Worker) -> int:
    """End the process of *worker*, which another thread may be ending too; return its status."""
    code = 0
    with suppress(ValueError):  # the other was first: closed, or its end is known to the other
        worker.process.kill()
        worker.process.join()
        code = worker.process.exitcode or 0
        worker.process.close()
    worker.pipe.close()
    return code


@contextmanager
def open_local(slots: int, limits: Limits) -> Iterator[LocalRunner]:
    """Open a runner of *slots* processes, which end with it."""
    runner = LocalRunner(slots, limits)
    try:
        yield runner
    finally:
        runner.close()


@contextmanager
def _hide_main() -> Iterator[None]:
    """
    Let a new process not import the program that is running, which it does not need.

    A script that does not ask for its ``__name__`` would run once more in each process.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _serve(pipe: "Connection[Any, Any]") -> None:
    """Make the calls that come through *pipe* until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the one who hands out

    def ask_limits(method: str, *args: Any) -> Any:
        try:
            pipe.send(_Question(method, args))
            return pipe.recv()
        except (EOFError, OSError):
            raise LimitsLost from None

    set_client(_one_at_a_time(ask_limits))
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        made = make_call(function, arguments)
        try:
            pipe.send(made)
        except OSError:
            return


def _one_at_a_time(ask: Any) -> Any:
    """Let the threads of this process *ask* one after the other."""
    lock = Lock()

    def ask_alone(*args: Any) -> Any:
        with lock:
            return ask(*args)

    return ask_alone
