"""
Run functions on the machines of a Ray cluster, or of one that is started here for that.

This is the only module that knows Ray. A task that dies with its process or its machine
is handed out again from here, as a process of this machine is.
"""

import logging
import os
import re
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from ipaddress import ip_address
from pathlib import Path
from platform import python_version
from typing import Any

from claimx.errors import InputError
from claimx.parts.faults import Loss
from claimx.parts.limits import Limits, LimitsLost, Spent, read_allowed, set_client
from claimx.parts.lock import read_holder
from claimx.parts.run import (
    Arguments,
    Function,
    Made,
    Outcome,
    Overseer,
    Queue,
    Task,
    choose_slots,
    make_call,
)
from claimx.settings import Settings
from claimx.version import __version__

_LOCAL = "local"
_TICK_S = 0.5
_CHECK_S = 60.0
_REACHED_S = 10.0  # for the head of a cluster to answer
# A head that does not answer for so long is lost. Ray waits for 60 s, and then ends this process.
_LOST_S = 30.0
_LAST_S = 52.0
_REST_S = 10.0  # for what is under way when the head is lost
_ASK_HEAD_S = 2.0
# Bytes; the least that Ray takes. Tasks pass files, and next to nothing through its memory.
_OBJECT_STORE = 80_000_000
# Ray binds to loopback alone where it is not to make clusters; the name is of its first use.
_LOOPBACK_ONLY = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
# The paths of Ray's sockets may have 107 bytes, and it adds 70.
_SHORT = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  # a folder of our own is made in it
_PACKAGE = re.compile(r"[\w.-]+")
_ALWAYS = {"RAY_USAGE_STATS_ENABLED": "0"}
# What Ray raises if a process was killed for memory, or by something it does not know.
_OF_MEMORY = frozenset({"OutOfMemoryError", "WorkerCrashedError"})

_log = logging.getLogger(__name__)


class ClusterRunner:
    """Makes *slots* calls at once. Use `open_cluster` to get one."""

    def __init__(self, ray: Any, slots: int, limits: Any, head: "_Head | None" = None) -> None:
        self.slots = slots
        self._ray = ray
        self._limits = limits
        self._head = head
        self._call = ray.remote(num_cpus=1, max_retries=0)(_call)
        self._under_way: dict[Any, Task] = {}

    def run(
        self, function: Function, calls: Sequence[Arguments], overseer: Overseer
    ) -> list[Outcome]:
        """Call *function* with each of *calls*; return the outcomes, in their order."""
        queue = Queue(calls, overseer)
        while True:
            self._hand_out(queue, function)
            if not self._under_way:
                return queue.list_outcomes()
            self._check_head()
            ready, _ = self._ray.wait(list(self._under_way), timeout=_TICK_S)
            for one in ready:
                self._collect(one, queue)
            queue.wait()

    def count(self) -> Spent:
        """Count what the calls sent and spent."""
        return Spent(*self._ask("count"))

    def find_end(self) -> str:
        """Return why the limits let nothing more pass."""
        return str(self._ask("find_end"))

    def stop(self, reason: str) -> None:
        """Let no more requests pass."""
        self._ask("stop", reason)

    def ask_limits(self, method: str, *args: Any) -> Any:
        """Call a method of the limits for this process."""
        return self._ask(method, "", *args)

    def abort(self) -> None:
        """Leave off at once what is under way."""
        for one in list(self._under_way):
            self._ray.cancel(one, force=True)

    def _hand_out(self, queue: Queue, function: Function) -> None:
        while len(self._under_way) < self.slots and (task := queue.take()):
            started = self._call.remote(self._limits, _name(task), function, task.arguments)
            self._under_way[started] = task

    def _collect(self, ready: Any, queue: Queue) -> None:
        """Take what came of a call: its value, a refusal, or nothing because it died."""
        task = self._under_way.pop(ready)
        try:
            made = self._get(ready)
        except self._ray.exceptions.RayError as exc:
            self._ask("drop", _name(task))
            queue.lose(task, _describe_loss(exc))
            return
        queue.settle(task, made)

    def _ask(self, method: str, *args: Any) -> Any:
        try:
            return self._get(getattr(self._limits, method).remote(*args))
        except self._ray.exceptions.RayError as exc:
            if self._head is not None and not self._head.answers():
                raise InputError(self._head.describe_loss()) from None
            why = _describe_loss(exc).sum_up()
            raise InputError(
                f"ray: the limits of the run are lost: {why}. Run the same command again: what is "
                "done is kept."
            ) from None

    def _get(self, wanted: Any) -> Any:
        """Get what Ray has *wanted* of it, however long that takes, while its head is there."""
        while True:
            try:
                return self._ray.get(wanted, timeout=_TICK_S)
            except self._ray.exceptions.GetTimeoutError:
                self._check_head()

    def _check_head(self) -> None:
        """
        Make sure that the head of the cluster is there.

        Raises:
            InputError: If it is not; calls under way ask nothing more, and keep what they asked.
        """
        if self._head is not None and self._head.is_lost:
            why = self._head.describe_loss()
            with suppress(self._ray.exceptions.RayError):
                self._ray.get(self._limits.stop.remote(why), timeout=_TICK_S)
                rest = list(self._under_way)
                self._ray.wait(rest, num_returns=len(rest), timeout=_REST_S)
            raise InputError(why)


class _Head:
    """
    Watches in a thread whether the head of a cluster answers.

    Once it is lost, calls to Ray may wait forever, and after a minute Ray ends this process
    with words of its own. Until then somebody may see *is_lost* and leave; else the process is
    ended here.
    """

    def __init__(self, ray: str, address: str) -> None:
        self._ray = ray
        self._address = address
        self._closed = threading.Event()
        self.is_lost = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch it for a while."""
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            yield
        finally:
            self._closed.set()

    def answers(self) -> bool:
        """Ask it."""
        return _find_fault(self._address, _ASK_HEAD_S) is None

    def describe_loss(self) -> str:
        """Say that it is lost, and what to do."""
        then = "Run" if self._ray == _LOCAL else "Start the cluster again, and run"
        return (
            f"ray {self._ray}: its head does not answer any more. {then} the same command again: "
            "what is done is kept."
        )

    def _watch(self) -> None:
        heard = time.monotonic()
        while not self._closed.wait(_ASK_HEAD_S):
            if self.answers():
                heard = time.monotonic()
            silent_s = time.monotonic() - heard
            self.is_lost = silent_s > _LOST_S
            if silent_s > _LAST_S and not self._closed.is_set():
                _log.error(self.describe_loss())
                os._exit(1)


def _describe_loss(exc: Exception) -> Loss:
    """Say how the process or the machine of a call ended."""
    name = type(exc).__name__
    if name == "NodeDiedError":
        return Loss(f"its machine died ({name})")
    return Loss(f"its process died ({name})", of_memory=name in _OF_MEMORY)


def _name(task: Task) -> str:
    return f"{task.at}, try {task.tries + 1}"


@contextmanager
def open_cluster(settings: Settings, mark: str) -> Iterator[ClusterRunner]:
    """
    Open a runner on the cluster in *settings*; one of this machine alone ends with it.

    *mark* is the file in the folder of the run that is locked.

    Raises:
        InputError: If the cluster cannot be used, or its machines have other versions or do
            not see the folder of the run.
    """
    address = settings.ray or _LOCAL
    slots = choose_slots(settings, os.cpu_count() or 1)
    with _surroundings(_choose_surroundings(is_local=address == _LOCAL)):
        import ray as engine  # only now: it reads its surroundings when it is imported

        ray: Any = engine
        with _connect(ray, address, slots):
            context = ray.get_runtime_context()
            head = _Head(address, context.gcs_address)
            with head.watch():
                if address != _LOCAL:
                    _check_machines(ray, Path(settings.work or "").absolute(), mark)
                    slots = choose_slots(settings, int(ray.cluster_resources().get("CPU", 1)))
                here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                    context.get_node_id(), soft=False
                )
                held = ray.remote(num_cpus=0, scheduling_strategy=here)(Limits)
                limits = held.remote(read_allowed(settings))
                runner = ClusterRunner(ray, slots, limits, head)
                runner.count()  # limits come first: where memory is short, Ray kills the newest
                yield runner


def _choose_surroundings(*, is_local: bool) -> dict[str, str]:
    """Choose what Ray is told through the environment: no statistics, and a token."""
    chosen = {"RAY_AUTH_MODE": os.environ.get("RAY_AUTH_MODE", "token")} | _ALWAYS
    if is_local:
        return chosen | _LOOPBACK_ONLY | {"RAY_AUTH_TOKEN": _make_token()}
    return chosen


@cache
def _make_token() -> str:
    """Make a token that is written nowhere; Ray reads it once a process."""
    return secrets.token_hex(32)


@contextmanager
def _surroundings(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _check_reachable(address: str) -> None:
    """Fail in seconds where ``host:port`` does not answer; ray would try for minutes."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or "/" in host:
        return  # another form of address, which ray knows
    if (why := _find_fault(address, _REACHED_S)) is not None:
        raise InputError(
            f"ray {address}: does not answer ({why}). Start it there: ray start --head."
        )


def _find_fault(address: str, patience_s: float) -> str | None:
    """Return why nobody answers at ``host:port``; none if somebody does."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=patience_s).close()
    except (OSError, OverflowError) as exc:
        return str(getattr(exc, "strerror", None) or exc)
    return None


@contextmanager
def _connect(ray: Any, address: str, slots: int) -> Iterator[None]:
    """Connect to the cluster at *address*, or start one; leave the signals as they are."""
    if ray.is_initialized():
        raise InputError("ray: this process is connected to a cluster already. Disconnect first.")
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": False}
    folder = tempfile.mkdtemp(prefix="claimx-", dir=_SHORT) if address == _LOCAL else None
    if folder is not None:
        own = {"num_cpus": slots, "include_dashboard": False, "_temp_dir": folder}
        options = quiet | own | {"object_store_memory": _OBJECT_STORE}
    else:
        _check_reachable(address)
        options = quiet | {"address": address}
    # Ray would print what its machines do to standard output, where the table may go.
    ray._private.worker._worker_logs_enabled = False
    handler = signal.getsignal(signal.SIGTERM)
    try:
        try:
            ray.init(**options)
        except Exception as exc:
            why = " ".join(str(exc).split())[:300]
            raise InputError(f"ray {address}: cannot be used ({why}).") from None
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
        if folder is not None:
            _check_loopback(ray)
        yield
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _check_loopback(ray: Any) -> None:
    """
    Refuse a cluster of this machine alone that other machines could reach.

    Raises:
        InputError: If Ray was imported before, and so listens to all.
    """
    addresses = [one["NodeManagerAddress"] for one in ray.nodes()]
    if not all(ip_address(one).is_loopback for one in addresses):
        raise InputError(
            "ray local: was imported before, and listens to other machines. Let claimx import it."
        )


def _check_machines(ray: Any, folder: Path, mark: str) -> None:
    """
    Check that all machines have the versions of this one and see *folder*, with its *mark*.

    One that is lost meanwhile is passed over.

    Raises:
        InputError: If one does not; the message names it.
    """
    affinity = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    names = list_packages()
    addresses = _list_machines(ray)
    asked = {
        node: ray.remote(num_cpus=0, max_retries=1, scheduling_strategy=affinity(node, soft=False))(
            describe_machine
        ).remote(names, folder, mark)
        for node in addresses
    }
    here = describe_machine(names, folder, mark)
    for node, one in asked.items():
        try:
            there = ray.get(one, timeout=_CHECK_S)
        except Exception as exc:
            if node not in _list_machines(ray):
                continue
            why = " ".join(str(exc).split())[-200:]
            raise InputError(f"ray: {addresses[node]} does not run claimx ({why}).") from None
        compare_machines(addresses[node], here, there)


def _list_machines(ray: Any) -> dict[str, str]:
    """Map the nodes that are there to their addresses."""
    return {one["NodeID"]: one["NodeManagerAddress"] for one in ray.nodes() if one["Alive"]}


def list_packages() -> list[str]:
    """List the packages whose versions may show in a table."""
    needed = (one for one in requires("claimx") or () if "extra ==" not in one)
    names = (_PACKAGE.match(one) for one in needed)
    return [*(one[0] for one in names if one), "pyarrow", "ray"]


def describe_machine(packages: Sequence[str], folder: Path, mark: str) -> dict[str, str]:
    """Describe this machine: its versions, and the run that it sees in *folder*."""
    found = {"python": python_version(), "claimx": __version__}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    holder = read_holder(folder, mark)
    return found | {"the run in the folder of --work": holder.run if holder else "missing"}


def compare_machines(address: str, here: dict[str, str], there: dict[str, str]) -> None:
    """
    Compare the machine at *address* with this one.

    Raises:
        InputError: If anything differs; the message names all of it.
    """
    differing = [
        f"{name} is {there.get(name)} there and {value} here"
        for name, value in here.items()
        if there.get(name) != value
    ]
    if differing:
        raise InputError(f"ray: {address} differs: {'; '.join(differing)}. Make them the same.")


def _call(limits: Any, name: str, function: Function, arguments: Arguments) -> Made:
    """Make a call on some machine; its requests pass the *limits* of the run."""
    ray = sys.modules["ray"]

    def ask_limits(method: str, *args: Any) -> Any:
        try:
            return ray.get(getattr(limits, method).remote(name, *args))
        except ray.exceptions.RayError:
            raise LimitsLost from None

    set_client(ask_limits)
    return make_call(function, arguments)
