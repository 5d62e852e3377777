"""What every test gets: no waiting, a cache of its own, no key, no network but loopback."""

import asyncio
import atexit
import gc
import logging
import math
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings

from claimx.llm import pool as servers
from claimx.read import process

ROOT = Path(__file__).parent.parent
KEYS = ("OPENAI_API_KEY", "CLAIMX_VERIFY_API_KEY")
LOOPBACK = ("127.0.0.1", "::1", "localhost")

if sys.dont_write_bytecode:
    # Each worker and each command under test would compile all anew: they share a folder instead,
    # which is there for this run alone.
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = mkdtemp(prefix="claimx-byte-code-")
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    atexit.register(rmtree, sys.pycache_prefix, ignore_errors=True)
gc.disable()  # until all is imported: what is imported stays

# The same examples each time, and no limit of time: a busy machine fails nothing.
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the picture in the README be taken anew, and what pages show be written anew."""
    parser.addoption("--renew-picture", action="store_true", help="Renew docs/report.png.")
    parser.addoption("--renew-docs", action="store_true", help="Renew what pages of docs/ show.")


def pytest_collection_finish() -> None:
    """Collect garbage from here on."""
    gc.enable()


@pytest.fixture
def seeds() -> Path:
    """The five articles."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def cache_homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Name folders that are not there, one for each test: making them all takes seconds."""
    base = tmp_path_factory.mktemp("cache-homes")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def quiet_surroundings(monkeypatch: pytest.MonkeyPatch, cache_homes: Iterator[Path]) -> None:
    """Take away what the machine could add: key, address, model, cache, terminal, network."""
    for name in (*KEYS, "OPENAI_BASE_URL", "CLAIMX_MODEL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("XDG_CACHE_HOME", str(next(cache_homes)))
    monkeypatch.setattr(socket.socket, "connect", _connect_to_loopback_only)
    # 30 ms for each client, and no test needs to know a certificate
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Undo what a command under test does to claimx's log."""
    yield
    ours = logging.getLogger("claimx")
    ours.setLevel(logging.NOTSET)
    ours.handlers = []


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read all files in this process, where modules and limits can be replaced."""
    monkeypatch.setattr(process, "_find_python", lambda: None)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait for time to pass: a clock that only waits move; return each wait."""
    asked: list[float] = []
    wait = servers._wait

    async def skip(event: asyncio.Event, seconds: float) -> None:
        if seconds == math.inf:
            await wait(event, seconds)
        else:
            asked.append(seconds)
            await asyncio.sleep(0)

    monkeypatch.setattr(servers, "_wait", skip)
    monkeypatch.setattr(servers, "_clock", lambda: sum(asked))
    return asked


_connect = socket.socket.connect


def _connect_to_loopback_only(self: socket.socket, address: Any) -> None:
    if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
        raise OSError(f"tests may not connect to {address}")
    _connect(self, address)
