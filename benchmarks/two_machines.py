"""
Run claimx on three machines that share a folder over the network, and let one of them fail.

    python benchmarks/two_machines.py [--fault none cut freeze kill unmount twice] [--documents 300]
                                      [--seconds 60] [--mount dir_cache=no]

Linux, root, iproute2, util-linux, OpenSSH and sshfs are needed. The machines are namespaces of
this one, each with its own address, processes, host name, boot, /tmp, home and /dev/shm; so the
code must not lie in /tmp. The second and third mount the folder of the first by sshfs: no lock
of one machine is seen by another. Ray runs as the guide says, and a scripted server answers.

The command is given on the second machine. When a third of it is done, the third machine is *cut*
off from the others for some seconds, or is *frozen*, or *killed*, or loses the folder by *unmount*.
With *twice* the second one is cut off, and the command is given on the first as well. The table
must have the bytes of one process, and what was answered half a second before a fault must not be
asked for again.
"""

import argparse
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.parts import MARGIN_S, OPTIONS, Trial, environ, write_documents
from tests.support.articles import answer_from
from tests.support.server import Reply, Server, serve

ROOT = Path(__file__).resolve().parent.parent
FAULTS = ("none", "cut", "freeze", "kill", "unmount", "twice")
NEEDED = ("ip", "unshare", "nsenter", "/usr/sbin/sshd", "ssh-keygen", "sshfs")
SWITCH, BRIDGE = "10.99.0.254", "claimx-br"
HEAD = "10.99.0.1:6379"
SHARED = Path("/shared")
RAY = "from ray.scripts.scripts import main; main()"
ENDS_S = 600
BOOT = """set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount --bind {own}/boot_id /proc/sys/kernel/random/boot_id
hostname machine{number}
mkdir -p /run/sshd
[ {number} != 1 ] || mount --bind {folder}/shared /shared
exec sleep infinity
"""
SSHD = """ListenAddress 10.99.0.1
HostKey {folder}/key
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
"""


def call(*command: str | Path) -> None:
    """Run a command that must not fail."""
    subprocess.run([str(one) for one in command], check=True, stdout=subprocess.DEVNULL)


class Machine:
    """One of the machines, from when it is started until it is killed."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number, self.own = number, folder / f"machine{number}"
        self._link, self._net = f"claimx-v{number}", f"claimx-m{number}"
        (self.own / ".ray").mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "token", self.own / ".ray/auth_token")
        boot = BOOT.format(own=self.own, folder=folder, number=number)
        (self.own / "boot_id").write_text(secrets.token_hex(16))
        call("ip", "netns", "add", self._net)
        call("ip", "link", "add", self._link, "type", "veth", "peer", "eth0", "netns", self._net)
        call("ip", "link", "set", self._link, "master", BRIDGE, "up")
        call("ip", "-n", self._net, "addr", "add", f"10.99.0.{number}/24", "dev", "eth0")
        for name in ("eth0", "lo"):
            call("ip", "-n", self._net, "link", "set", name, "up")
        call("ip", "-n", self._net, "route", "add", "default", "via", SWITCH)
        spaces = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--mount-proc")
        self._outer = subprocess.Popen(
            ["ip", "netns", "exec", self._net, "unshare", *spaces, "bash", "-c", boot]
        )
        time.sleep(1)
        pid = self._outer.pid
        self._init = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def start(self, *command: str | Path, **options: Any) -> "subprocess.Popen[str]":
        """Start a command on it."""
        inside = ["nsenter", f"--target={self._init}", "-m", "-p", "-n", "-u", "-i"]
        own = {"HOME": str(self.own), "RAY_AUTH_MODE": "token", "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [*inside, *map(str, command)], env=environ() | own, cwd=self.own, text=True, **options
        )

    def run(self, *command: str | Path) -> None:
        """Run a command on it that must not fail."""
        if self.start(*command, stdout=subprocess.DEVNULL).wait():
            raise SystemExit(f"machine {self.number}: {' '.join(map(str, command))} failed.")

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Take it off the network for a while."""
        call("ip", "link", "set", self._link, "down")
        yield
        call("ip", "link", "set", self._link, "up")

    def freeze(self, seconds: float) -> None:
        """Stop all of its processes for a while."""
        space = _read_space(self._init)
        frozen = [pid for pid in _list_processes() if _read_space(pid) == space]
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in frozen:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(seconds)

    def kill(self) -> None:
        """Kill it, if that was not done yet, and take its address away."""
        if self._outer.poll() is not None:
            return
        os.kill(self._init, signal.SIGKILL)
        self._outer.wait()
        call("ip", "netns", "del", self._net)
        gone = ["ip", "link", "del", self._link]  # it goes with the other end, sooner or later
        subprocess.run(gone, check=False, stderr=subprocess.DEVNULL)


def _list_processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _read_space(pid: int) -> str:
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    return ""


@contextmanager
def open_network(folder: Path) -> Iterator[None]:
    """Make what all machines are on, and the files that they need."""
    (folder / "shared").mkdir()
    (folder / "token").write_text(secrets.token_hex(32))
    (folder / "token").chmod(0o600)
    (folder / "sshd").write_text(SSHD.format(folder=folder))
    call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
    made = not SHARED.exists()
    SHARED.mkdir(exist_ok=True)
    call("ip", "link", "add", BRIDGE, "type", "bridge")
    try:
        call("ip", "addr", "add", f"{SWITCH}/24", "dev", BRIDGE)
        call("ip", "link", "set", BRIDGE, "up")
        yield
    finally:
        call("ip", "link", "del", BRIDGE)
        if made:
            SHARED.rmdir()


@contextmanager
def open_machines(folder: Path, mount: str) -> Iterator[list[Machine]]:
    """Start three machines that share a folder, and Ray on them."""
    with ExitStack() as stack:
        machines = []
        for number in (1, 2, 3):
            machines.append(Machine(number, folder))
            stack.callback(machines[-1].kill)
        first, *others = machines
        first.run("/usr/sbin/sshd", "-f", folder / "sshd")
        ssh = f"StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,IdentityFile={folder}/key"
        for one in others:
            one.run("sshfs", "10.99.0.1:/shared", SHARED, "-o", f"{ssh},LogLevel=ERROR,{mount}")
        ray = (sys.executable, "-c", RAY, "start", "--num-cpus=1")
        first.run(*ray, "--head", "--port=6379", "--include-dashboard=false")
        for one in others:
            one.run(*ray, f"--address={HEAD}")
        yield machines


def make_command(server: Server) -> list[str]:
    """Return the command without what says where it is done."""
    command = [sys.executable, "-m", "claimx", "extract", f"{SHARED}/in", *OPTIONS]
    return [*command, "--quiet", "--base-url", server.url]


def give_command(machine: Machine, server: Server) -> "subprocess.Popen[str]":
    """Give the command on *machine*."""
    where = ("--work", f"{SHARED}/work", "--part-kb", "8", "--ray", HEAD)
    output = ("-o", f"{SHARED}/{machine.number}.json")
    return machine.start(*make_command(server), *where, *output, stderr=subprocess.PIPE)


def fail(fault: str, machines: list[Machine], seconds: float, trial: "SharedTrial") -> None:
    """Let *fault* happen, and give the command again if it needs that."""
    first, second, third = machines
    trial.begin_fault()
    if fault == "kill":
        third.kill()
    elif fault == "unmount":
        third.run("umount", "-l", SHARED)
    elif fault == "freeze":
        third.freeze(seconds)
    elif fault == "cut":
        with third.cut_off():
            time.sleep(seconds)
    elif fault == "twice":
        trial.finish(first, give_command(first, trial.server), may_fail=True)
        trial.begin_fault()
        with second.cut_off():
            taking = give_command(first, trial.server)
            time.sleep(seconds)
        trial.finish(first, taking)


class SharedTrial(Trial):
    """What came of the commands that one fault met."""

    def __init__(self, folder: Path, server: Server, fault: str, wanted: bytes) -> None:
        super().__init__(folder, server, None)
        self._fault, self._wanted = fault, wanted
        self._began = time.monotonic()

    def begin_fault(self) -> None:
        """Note that what is answered now may be lost."""
        now = time.monotonic()
        self.kills.append((now, now + MARGIN_S))

    def finish(
        self, machine: Machine, given: "subprocess.Popen[str]", *, may_fail: bool = False
    ) -> None:
        """Wait for a command that was *given* on *machine*, and compare its table."""
        said = given.communicate(timeout=ENDS_S)[1].strip()
        made = self.folder / f"shared/{machine.number}.json"
        same = made.exists() and made.read_bytes() == self._wanted
        made.unlink(missing_ok=True)
        self.counts["tables"] += same
        self.counts["differing"] += not (same or (may_fail and given.returncode == 1))
        seconds = time.monotonic() - self._began
        print(
            f"{self._fault}: machine {machine.number}, status {given.returncode}, {seconds:.0f} s, "
            f"{'the same' if same else 'no such'} table  {said}",
            flush=True,
        )


def try_fault(
    fault: str, folder: Path, args: argparse.Namespace, server: Server, wanted: bytes
) -> Counter[str]:
    """Give the command, let *fault* happen, and count what is wrong with the result."""
    shutil.rmtree(folder / "shared/work", ignore_errors=True)
    with open_machines(folder, args.mount) as machines:
        trial = SharedTrial(folder, server, fault, wanted)
        given = give_command(machines[1], server)
        while len(server.answered) < args.documents / 3 and given.poll() is None:
            time.sleep(0.1)
        if fault != "none":
            fail(fault, machines, args.seconds, trial)
        trial.finish(machines[1], given, may_fail=fault == "twice")
    trial.note_requests()
    return trial.counts


def run(args: argparse.Namespace) -> Counter[str]:
    """Try each fault; return the counts of all."""

    def answer(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body), delay_s=random.random() / 5)

    counts: Counter[str] = Counter()
    folder = Path(tempfile.mkdtemp(prefix="claimx-machines-", dir="/var/tmp"))
    try:
        with open_network(folder), serve(answer, SWITCH) as server:
            write_documents(folder / "shared/in", args.documents)
            alone = Machine(1, folder)
            alone.run(*make_command(server), "--no-cache", "-o", SHARED / "once.json")
            alone.kill()
            wanted = (folder / "shared/once.json").read_bytes()
            for log in (server.requests, server.answered, server.answered_at):
                log.clear()
            for fault in args.fault:
                counts += try_fault(fault, folder, args, server, wanted)
    finally:
        shutil.rmtree(folder)
    return counts


def main() -> None:
    """Run and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", nargs="+", choices=FAULTS, default=FAULTS)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60, help="of a cut or a freeze")
    parser.add_argument("--mount", default="dir_cache=no", help="options of sshfs")
    args = parser.parse_args()
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        sys.exit(f"Missing: {', '.join(missing)}. Install iproute2, util-linux, OpenSSH and sshfs.")
    if os.geteuid() != 0:
        sys.exit("Only root can make machines of namespaces.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # no machine is left behind
    counts = run(args)
    for name, count in sorted(counts.items()):
        print(f"{count:7,} {name}")
    sys.exit(any(counts[name] for name in ("differing", "asked again without need")))


if __name__ == "__main__":
    main()
