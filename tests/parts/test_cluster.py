"""Runs in parts on a Ray cluster of this machine, started once; skipped where there is no ray."""

import json
import os
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.errors import InputError
from claimx.parts import cluster as rays
from claimx.parts import extract_parts, flow
from claimx.parts.cluster import ClusterRunner, compare_machines, open_cluster
from claimx.parts.limits import Allowed, Limits, set_client
from claimx.parts.run import NeverOver, Outcome
from claimx.settings import Settings, make_settings
from tests.support.articles import answer_from
from tests.support.server import Reply, serve

# not importorskip: ray reads its surroundings when it is imported, and they are not set yet
pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra claimx[ray] is not installed"),
    pytest.mark.filterwarnings("default"),  # of ray's own
]

LISTENING = "0A"
LOCAL = {"model": "m", "ray": "local", "work": "w"}
FOLDER = Path(tempfile.gettempdir()) / f"t{os.getpid()}"  # short, for the names of sockets


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClusterRunner]:
    """A cluster of two processors; what it leaves behind is looked for in the end."""
    FOLDER.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rays, "_SHORT", str(FOLDER))
        with open_cluster(make_settings(LOCAL), 2) as runner:
            yield runner
    FOLDER.rmdir()  # empty
    assert not [line for line in list_descendants().values() if "ray" in line]
    set_client(None)


def list_descendants() -> dict[int, str]:
    """Map the processes that come of this one to their command lines."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            stat = (path / "stat").read_text().rpartition(")")[2].split()
            line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has just ended
        if stat[0] != "Z":
            parents[int(path.name)] = (int(stat[1]), line)
    found: dict[int, str] = {}
    for pid, (parent, line) in sorted(parents.items()):
        if parent == os.getpid() or parent in found:
            found[pid] = line
    return found


def kill_busy() -> None:
    for pid, line in list_descendants().items():
        if line.startswith("ray::_call"):
            os.kill(pid, signal.SIGKILL)


def test_killed_worker_changes_nothing_and_asks_nothing_twice(
    cluster: ClusterRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        (tmp_path / f"{number}.txt").write_text(
            f"Acme opened plant {number} in Oslo on Monday. It employs {number}00 people."
        )
    killed: list[str] = []

    def kill_once(number: int, body: dict[str, Any]) -> Reply:
        if number == 3:
            kill_busy()
            killed.append(json.dumps(body))
            return Reply(answer_from(body), hang_up_after=0)
        return Reply(answer_from(body))

    @contextmanager
    def use_cluster(_: Settings) -> Iterator[ClusterRunner]:
        cluster.slots = 1
        yield cluster
        cluster.slots = 2

    monkeypatch.setattr(flow, "_open_runner", use_cluster)
    options: dict[str, Any] = {"model": "m", "strategy": "window", "concurrency": 1}
    with serve(kill_once) as server:
        options |= {"base_url": server.url, "api_key": "sk-of-nobody"}
        work = tmp_path / ".work"
        made = extract_parts(tmp_path, work=work, part_kb=1, **options)
        counts = Counter(map(json.dumps, server.requests))
        one = claimx.extract(tmp_path, cache=None, **options)
    assert counts.pop(killed[0]) == 2
    assert set(counts.values()) == {1}
    assert made.to_json() == one.to_json()
    assert made.to_parquet() == one.to_parquet()
    assert list_secrets(b"sk-of-nobody", work) == []


def list_secrets(secret: bytes, *folders: Path) -> list[Path]:
    """List the files that hold *secret*, those of Ray included."""
    places = (*folders, FOLDER)
    files = (path for place in places for path in place.rglob("*") if path.is_file())
    return [path for path in files if secret in path.read_bytes()]


def test_call_that_always_dies_is_given_up_and_the_others_are_made(cluster: ClusterRunner) -> None:
    found = cluster.run(die_of, [("a",), ("b",)], NeverOver())
    assert found[1] == Outcome("b")
    assert found[0].error == "its process or machine died (WorkerCrashedError), 3 times"


def die_of(name: str) -> str:
    """End the process at *name* a."""
    if name == "a":
        os._exit(9)
    return name


def test_refusal_in_a_call_ends_the_run(cluster: ClusterRunner) -> None:
    with pytest.raises(InputError, match="no such thing"):
        cluster.run(refuse, [()], NeverOver())


def refuse() -> None:
    """Refuse."""
    raise InputError("no such thing")


def test_limits_are_held_for_all_machines(cluster: ClusterRunner) -> None:
    import ray

    held = ray.remote(num_cpus=0)(Limits).remote(Allowed(requests=3))
    runner = ClusterRunner(ray, cluster.slots, held)
    found = runner.run(ask_twice, [(), ()], NeverOver())
    assert sum(one.value for one in found) == 3
    assert runner.count().requests == 3
    assert "--max-requests 3 is reached" in runner.find_end()
    runner.stop("enough")
    assert runner.ask_limits("enter", 0, 0).stopped == "enough"


def ask_twice() -> int:
    """Count the requests of two that the limits let pass."""
    from claimx.parts import limits

    assert limits._client
    return sum(not limits._client("enter", 0, 0).spent for _ in range(2))


@pytest.mark.usefixtures("cluster")
def test_nothing_listens_to_other_machines_and_no_token_is_in_a_file() -> None:
    inodes = {
        str(path.readlink()).removeprefix("socket:[").removesuffix("]")
        for pid in (os.getpid(), *list_descendants())
        for path in Path(f"/proc/{pid}/fd").glob("*")
        if path.is_symlink()
    }
    hosts = {host for host, inode in list_listening() if inode in inodes}
    assert hosts == {"127.0.0.1"}
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert list_secrets(os.environ["RAY_AUTH_TOKEN"].encode()) == []


def list_listening() -> Iterator[tuple[str, str]]:
    """Yield (address, inode) of each socket that listens."""
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            packed = bytes.fromhex(fields[1].split(":")[0])
            words = b"".join(packed[at : at + 4][::-1] for at in range(0, len(packed), 4))
            if fields[3] == LISTENING:
                shown = socket.inet_ntop(
                    socket.AF_INET if len(words) == 4 else socket.AF_INET6, words
                )
                yield shown.removeprefix("::ffff:"), fields[9]


def test_second_cluster_of_a_process_is_refused(cluster: ClusterRunner) -> None:
    with pytest.raises(InputError, match="connected to a cluster already"):
        open_cluster(make_settings(LOCAL), cluster.slots).__enter__()


def test_machines_that_differ_are_named_with_all_that_differs() -> None:
    here = {"python": "3.11.7", "claimx": "0.2.0", "numpy": "2.4.6"}
    compare_machines("10.0.0.2", here, here)
    there = here | {"claimx": "0.1.0", "numpy": "missing"}
    with pytest.raises(InputError) as refused:
        compare_machines("10.0.0.2", here, there)
    assert str(refused.value) == (
        "ray: 10.0.0.2 differs: claimx is 0.1.0 there and 0.2.0 here; numpy is missing there and "
        "2.4.6 here. Make them the same."
    )


def test_cluster_that_does_not_answer_is_told_at_once() -> None:
    with pytest.raises(InputError, match=r"^ray 127\.0\.0\.1:1: does not answer \(.*ray start"):
        rays._check_reachable("127.0.0.1:1")
