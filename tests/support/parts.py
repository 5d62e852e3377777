"""Runs in parts without other processes: the calls are made here, and some of them fail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from claimx.parts.faults import describe_end
from claimx.parts.limits import Limits, read_allowed, set_client
from claimx.parts.run import Arguments, Function, LocalLimits, Outcome, Overseer, Queue, make_call
from claimx.settings import Settings


class HereRunner(LocalLimits):
    """Makes one call after the other; *dies* tells by a part's name and try which are lost."""

    slots = 1

    def __init__(self, limits: Limits, dies: Callable[[str, int], bool]) -> None:
        super().__init__(limits)
        self._dies = dies

    def run(
        self, function: Function, calls: Sequence[Arguments], overseer: Overseer
    ) -> list[Outcome]:
        """Call *function* with each of *calls*."""
        set_client(self.ask_limits)
        queue = Queue(calls, overseer)
        while task := queue.take():
            if self._dies(str(task.arguments[1]), task.tries):
                queue.lose(task, describe_end(-9))
            else:
                queue.settle(task, make_call(function, task.arguments))
            queue.wait()
        return queue.list_outcomes()

    def abort(self) -> None:
        """Nothing is under way beside this."""


def run_here(
    dies: Callable[[str, int], bool] = lambda *_: False,
) -> Callable[[Settings, str], object]:
    """Return what opens a `HereRunner`, in place of the runner of processes."""

    @contextmanager
    def open_here(settings: Settings, _: str) -> Iterator[HereRunner]:
        yield HereRunner(Limits(read_allowed(settings)), dies)

    return open_here
