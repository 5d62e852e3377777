"""
A pytest plugin: your articles answered from your cassettes, without a network.

    def test_both_outlets_report_the_launch(claimx_replay):
        table = claimx_replay("articles/")
        assert table.groups[0].support == 2

The first time, and whenever a prompt or an article changes, record against
your model: ``pytest --claimx-record``, with OPENAI_API_KEY or OPENAI_BASE_URL
and CLAIMX_MODEL set. After that nothing is asked: a request that was not
recorded fails the test and says what differs.
"""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from claimx.table import ClaimTable


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--claimx-record``."""
    parser.getgroup("claimx").addoption(
        "--claimx-record",
        action="store_true",
        help="ask the model and write the cassettes of tests that use claimx_replay",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that names a folder of cassettes."""
    config.addinivalue_line(
        "markers",
        "claimx_cassettes(folder): cassettes for claimx_replay, relative to the root folder;"
        " by default cassettes/<file>/<test> beside the test's file",
    )


@pytest.fixture
def claimx_replay(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., "ClaimTable"]:
    """Return `claimx.extract`, bound to this test's cassettes: replayed, or recorded if asked."""
    folder = _find_folder(request)
    if not request.config.getoption("--claimx-record"):
        for name, fewest in _SENDERS.items():
            monkeypatch.setattr(socket.socket, name, _refuse(name, fewest), raising=False)
        return _bind(replay=folder)
    return _bind(record=folder)


def _find_folder(request: pytest.FixtureRequest) -> Path:
    marker = request.node.get_closest_marker("claimx_cassettes")
    if marker is not None:
        return Path(request.config.rootpath, *marker.args)
    file = Path(request.path)
    return file.parent / "cassettes" / file.stem / str(request.node.name)


def _bind(**cassettes: Any) -> Callable[..., "ClaimTable"]:
    def extract(*sources: Any, **options: Any) -> "ClaimTable":
        from claimx.pipeline import flow as pipeline  # only tests that use the fixture pay for it

        if "record" in cassettes and "model" not in options and not os.environ.get("CLAIMX_MODEL"):
            pytest.exit("--claimx-record: no model to ask. Set CLAIMX_MODEL.", returncode=2)
        return pipeline.extract(*sources, **cassettes, **options)

    return extract


# Methods of a socket that reach an address, and how many arguments they then have: `sendmsg`
# without one goes where the socket is connected.
_SENDERS = {"connect": 1, "connect_ex": 1, "sendto": 1, "sendmsg": 4}


def _refuse(name: str, fewest: int) -> Callable[..., Any]:
    """Make a method that refuses to reach an address, if it is given *fewest* arguments."""
    whole = getattr(socket.socket, name, None)

    def refuse(sender: socket.socket, *args: Any) -> Any:
        if len(args) < fewest and whole is not None:
            return whole(sender, *args)
        raise PermissionError(
            f"claimx_replay blocks the network, and this test connects to {args[-1]}"
        )

    return refuse
