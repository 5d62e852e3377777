"""Runs in parts on a Ray cluster of this machine, started once; skipped where there is no ray."""

import json
import os
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import claimx
from claimx.errors import InputError
from claimx.parts import cluster as rays
from claimx.parts import extract_parts, flow, match
from claimx.parts.cluster import ClusterRunner, compare_machines, open_cluster
from claimx.parts.limits import Allowed, Limits, set_client
from claimx.parts.run import NeverOver, Outcome
from claimx.parts.store import MARK
from claimx.settings import make_settings
from tests.support.articles import answer_from
from tests.support.command import claimx as command
from tests.support.server import Reply, serve

# not importorskip: ray reads its surroundings when it is imported, and they are not set yet
pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra claimx[ray] is not installed"),
    pytest.mark.filterwarnings("default"),  # of ray's own
]

LISTENING = "0A"
LOCAL = {"model": "m", "ray": "local", "work": "w", "workers": 2}
FOLDER = Path(tempfile.gettempdir()) / f"t{os.getpid()}"  # short, for the names of sockets


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClusterRunner]:
    """A cluster of two processors; what it leaves behind is looked for in the end."""
    FOLDER.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rays, "_SHORT", str(FOLDER))
        with open_cluster(make_settings(LOCAL), MARK) as runner:
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
    def use_cluster(*_: object) -> Iterator[ClusterRunner]:
        cluster.slots = 1
        yield cluster
        cluster.slots = 2

    monkeypatch.setattr(flow, "open_runner", use_cluster)
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


def test_call_that_always_crashes_is_given_up_and_the_others_are_made(
    cluster: ClusterRunner,
) -> None:
    found = cluster.run(crash_at, [("a",), ("b",)], NeverOver())
    assert found[1] == Outcome("b")
    assert found[0].error == (
        "its process died (WorkerCrashedError), 3 times (the system may be short of memory: pass "
        "fewer --workers)"
    )


def crash_at(name: str) -> str:
    """Crash at *name* a, as a library in C does."""
    if name == "a":
        os.kill(os.getpid(), signal.SIGSEGV)
    return name


def test_matching_on_a_cluster_is_that_of_one_process(
    cluster: ClusterRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def use_cluster(*_: object) -> Iterator[ClusterRunner]:
        yield cluster

    monkeypatch.setattr(match, "open_runner", use_cluster)
    rows = [
        {"claim_id": f"{at}", "document_id": f"{at}", "member_claim": f"{20 + at} people died."}
        for at in range(3)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    for where, options in (("here", ("--workers", "1")), ("there", ("--ray", "local"))):
        work = ("--work", f"w-{where}", "-o", f"{where}.parquet")
        assert command("match", "in.parquet", *work, *options, cwd=tmp_path) == (0, "", "")
    made = (tmp_path / "there.parquet").read_bytes()
    assert made == (tmp_path / "here.parquet").read_bytes()


@pytest.mark.usefixtures("cluster")
def test_what_ray_says_of_its_machines_is_not_printed_where_the_table_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ray._private import worker

    said = {"lines": ["Raylet is terminated."], "pid": "raylet", "is_err": False}
    worker.print_to_stdstream(said, ignore_prefix=False)
    assert capsys.readouterr() == ("", "")


def test_head_that_is_gone_ends_the_run_with_what_to_do(
    cluster: ClusterRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    monkeypatch.setattr(rays, "_ASK_HEAD_S", 0.01)
    monkeypatch.setattr(rays, "_LOST_S", 0.02)
    monkeypatch.setattr(rays, "_LAST_S", 1000.0)
    monkeypatch.setattr(rays, "_REST_S", 0.01)
    limits = ray.remote(num_cpus=0)(Limits).remote(Allowed())
    head = rays._Head("FIRST:6379", "127.0.0.1:1")
    runner = ClusterRunner(ray, cluster.slots, limits, head)
    with head.watch(), pytest.raises(InputError) as ended:
        runner.run(time.sleep, [(600.0,)], NeverOver())
    runner.abort()
    assert str(ended.value) == (
        "ray FIRST:6379: its head does not answer any more. Start the cluster again, and run the "
        "same command again: what is done is kept."
    )
    # so that nothing is asked meanwhile
    assert ray.get(limits.find_end.remote(), timeout=60) == str(ended.value)


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
    inodes = set(list_sockets())
    hosts = {host for host, inode in list_listening() if inode in inodes}
    assert hosts == {"127.0.0.1"}
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert list_secrets(os.environ["RAY_AUTH_TOKEN"].encode()) == []


def list_sockets() -> Iterator[str]:
    """Yield the inode of each socket of this process and of those that come of it."""
    for pid in (os.getpid(), *list_descendants()):
        for path in Path(f"/proc/{pid}/fd").glob("*"):
            with suppress(OSError):  # it was closed meanwhile
                yield str(path.readlink()).removeprefix("socket:[").removesuffix("]")


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


@pytest.mark.usefixtures("cluster")
def test_second_cluster_of_a_process_is_refused() -> None:
    with pytest.raises(InputError, match="connected to a cluster already"):
        open_cluster(make_settings(LOCAL), MARK).__enter__()


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
