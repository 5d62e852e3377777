"""`claimx review`: who may write, what is written, and how it ends."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claimx.errors import InputError, OutputError
from claimx.records import Decision
from claimx.review.decisions import make_subject, read_decisions, write_decision
from claimx.review.server import ReviewServer
from claimx.table import ClaimTable
from tests.support.tables import make_simple_table

TABLE = make_simple_table("It rained.")
SUBJECT = make_subject(TABLE.claims[0], TABLE.documents[0])
ACCEPT = Decision(id="d1", kind="accept", about=((SUBJECT,),))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    """A server of a table of one claim, and the file it writes."""
    with ReviewServer(TABLE, tmp_path / "decisions.jsonl", "Ada") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: ReviewServer,
    method: str = "POST",
    name: str = "decisions",
    *,
    body: str | bytes = write_decision(ACCEPT),
    token: str | None = None,
    **headers: str | None,
) -> tuple[int, bytes, dict[str, str]]:
    """Send a request as the page does, but for what is given; null leaves a header out."""
    path = server.address.removeprefix(f"http://{server.host}") + name
    if token is not None:
        path = f"/{token}/{name}"
    sent: dict[str, str | None] = {"Host": server.host}
    if method == "POST":
        data = body.encode() if isinstance(body, str) else body
        sent |= {
            "Origin": f"http://{server.host}",
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
        }
    sent |= {key.replace("_", "-"): value for key, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for key, value in sent.items():
        if value is not None:
            connection.putheader(key, value)
    connection.endheaders(data if method == "POST" else None)
    answer = connection.getresponse()
    result = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return result


def kept(tmp_path: Path) -> tuple[Decision, ...]:
    return read_decisions(tmp_path / "decisions.jsonl")


def test_page_is_the_report_and_may_only_write_home(server: ReviewServer) -> None:
    status, body, headers = ask(server, "GET", "")
    assert status == 200
    assert b"connect-src &#39;self&#39;" in body or b"connect-src 'self'" in body
    assert b'"save":"decisions"' in body
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"
    assert not [name for name in headers if name.startswith("Access-Control")]


def test_decision_is_written_as_it_is_made_with_who_made_it(
    server: ReviewServer, tmp_path: Path
) -> None:
    assert ask(server)[0] == 204
    assert kept(tmp_path) == (ACCEPT.model_copy(update={"by": "Ada"}),)
    assert b'"id":"d1"' in ask(server, "GET", "")[1]


def test_decision_that_is_sent_again_is_written_once(server: ReviewServer, tmp_path: Path) -> None:
    assert [ask(server)[0], ask(server)[0]] == [204, 204]
    assert len(kept(tmp_path)) == 1
    other = ACCEPT.model_copy(update={"kind": "reject"})
    assert ask(server, body=write_decision(other))[0] == 400
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": "guess"}, 404),
        ({"token": ""}, 404),
        ({"name": "decisions/"}, 404),
        ({"name": "../decisions"}, 404),
        ({"name": ""}, 404),
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost:80"}, 421),
        ({"Host": None}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": None}, 415),
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "1000001"}, 413),
        ({"Content_Length": "99999999999999999999"}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"body": "{"}, 400),
        ({"body": b"\xff"}, 400),
        ({"body": '{"id": "d1", "kind": "burn"}'}, 400),
        ({"body": "[" * 50_000}, 400),
        ({"method": "PUT"}, 501),
        ({"method": "OPTIONS"}, 501),
    ],
)
def test_request_of_anybody_else_is_refused_and_nothing_written(
    server: ReviewServer, tmp_path: Path, change: dict[str, Any], status: int
) -> None:
    answered, body, headers = ask(server, **change)
    assert answered == status
    assert not [name for name in headers if name.startswith("Access-Control")]
    assert server.address.rstrip("/").rsplit("/", 1)[1].encode() not in body
    assert kept(tmp_path) == ()


@pytest.mark.parametrize("change", [{"token": "guess"}, {"Host": "evil.example"}])
def test_page_is_given_to_nobody_else(server: ReviewServer, change: dict[str, str]) -> None:
    status, body, _ = ask(server, "GET", "", **change)
    assert status in (404, 421)
    assert b"rained" not in body


def test_file_that_holds_something_else_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text("dear diary\n")
    with pytest.raises(InputError, match="line 1: not JSON"):
        ReviewServer(TABLE, path)
    with pytest.raises(OutputError, match="there is no folder"):
        ReviewServer(TABLE, tmp_path / "no" / "decisions.jsonl")


def test_disk_that_is_full_is_told_to_the_page(
    server: ReviewServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        status, body, _ = ask(server)
    assert (status, b"No space left" in body) == (507, True)
    assert kept(tmp_path) == ()
    assert ask(server)[0] == 204


def test_ctrl_c_ends_with_a_line_that_says_where_decisions_are(tmp_path: Path) -> None:
    (tmp_path / "table.json").write_text(TABLE.to_json(), "utf-8")
    command = [sys.executable, "-m", "claimx", "review", "table.json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        address = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/\n", address)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert said.splitlines() == [
        "claimx: decisions go to decisions.jsonl. Ctrl-C ends.",
        "claimx: 0 lines of decisions in decisions.jsonl. "
        "Next: claimx apply table.json decisions.jsonl",
    ]


def test_table_that_was_tampered_with_is_not_served(tmp_path: Path) -> None:
    group = TABLE.groups[0]
    citation = group.citations[0].model_copy(update={"quote": "It snowed."})
    wrong = TABLE.model_copy(
        update={"groups": (group.model_copy(update={"citations": (citation,)}),)}
    )
    with pytest.raises(OutputError, match="stands there"):
        ReviewServer(ClaimTable.model_validate(json.loads(wrong.to_json())), tmp_path / "d.jsonl")
