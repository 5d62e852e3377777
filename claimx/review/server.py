"""
Serve the report of a table on loopback, and write a person's decisions to a file.

Only a page from this server can write: the address contains a secret token, and
requests must name this host and come from this origin.
"""

import hmac
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from claimx.disk import explain_unwritten
from claimx.errors import InputError, OutputError
from claimx.records import Decision
from claimx.render.html import render_html
from claimx.render.payload import Review
from claimx.review.decisions import append_decision, parse_decision, read_decisions
from claimx.table import ClaimTable, check_citations

_HOST: Final = "127.0.0.1"
_TOKEN_BYTES = 24
# Bytes of a decision: far more than one about a hundred claims has.
_MAX_BODY = 1_000_000
_PATIENCE_S = 10.0
_DIGITS = re.compile(r"[0-9]{1,7}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class _Refused(Exception):  # sent as a response; the server goes on
    """A request that is refused, with *status* and reason."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class ReviewServer(ThreadingHTTPServer):
    """
    Serves the report of *table* at `address`, and appends decisions to the file *path*.

    The report shows the decisions already in the file. *by* is noted as their author.

    Raises:
        InputError: If *path* contains anything but decisions.
        OutputError: If *path* cannot be written, or a citation of *table* is wrong.
    """

    daemon_threads = True

    def __init__(self, table: ClaimTable, path: Path, by: str | None = None) -> None:
        check_citations(table)
        self._table = table
        self._path = path
        self._by = by
        self._known = {one.id: one for one in read_decisions(path)} if path.exists() else {}
        self._lock = threading.Lock()
        try:
            with path.open("ab"):
                pass
        except OSError as exc:
            raise OutputError(explain_unwritten(path, exc, "Name another file.")) from exc
        self._token = secrets.token_urlsafe(_TOKEN_BYTES)
        super().__init__((_HOST, 0), _Handler)
        self.host = f"{_HOST}:{self.server_port}"

    @property
    def address(self) -> str:
        """Address of the report; anyone who knows it can make decisions."""
        return f"http://{self.host}/{self._token}/"

    @property
    def number(self) -> int:
        """Number of lines in the file."""
        return len(self._known)

    def knows(self, token: str) -> bool:
        """Return whether *token* is that of the address."""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def render(self) -> bytes:
        """Render the report, with the decisions so far."""
        with self._lock:
            review = Review("decisions", tuple(self._known.values()))
        return render_html(self._table, review=review).encode()

    def keep(self, decision: Decision) -> None:
        """
        Append *decision* to the file, unless it is there already.

        Raises:
            InputError: If another decision has the same id.
            OutputError: If the file cannot be written.
        """
        decision = decision.model_copy(update={"by": self._by or decision.by})
        with self._lock:
            known = self._known.get(decision.id)
            if known is not None and known != decision:
                raise InputError(f"id={decision.id!r} is that of another decision")
            if known is None:
                append_decision(self._path, decision)
                self._known[decision.id] = decision

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that break off."""


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    server_version = "claimx"
    sys_version = ""
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        """Send the report."""
        with self._refusing():
            self._check("")
            self._answer(HTTPStatus.OK, self.server.render(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """Store a decision."""
        with self._refusing():
            self._check("decisions")
            if self.headers.get("Origin") != f"http://{self.server.host}":
                raise _Refused(HTTPStatus.FORBIDDEN, "not from this page")
            if self.headers.get_content_type() != "application/json":
                raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not JSON")
            self._keep(self._read_body())
            self._answer(HTTPStatus.NO_CONTENT)

    def _keep(self, body: bytes) -> None:
        try:
            self.server.keep(parse_decision(body))
        except InputError as exc:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(exc)) from exc
        except OutputError as exc:
            raise _Refused(HTTPStatus.INSUFFICIENT_STORAGE, str(exc)) from exc

    def _check(self, name: str) -> None:
        """Refuse a request with another host, another path or without the token."""
        if self.headers.get_all("Host") != [self.server.host]:
            raise _Refused(HTTPStatus.MISDIRECTED_REQUEST, "another host")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise _Refused(HTTPStatus.FORBIDDEN, "from another site")
        start, token, *rest = (*self.path.split("/"), "")
        if start or rest[:-1] != [name] or not self.server.knows(token):
            raise _Refused(HTTPStatus.NOT_FOUND, "no such page")

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not _DIGITS.fullmatch(length):
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "how long is it?")
        if int(length) > _MAX_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"over {_MAX_BODY} bytes")
        return self.rfile.read(int(length))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except _Refused as exc:
            self.close_connection = True
            self._answer(
                exc.status, str(exc).encode("utf-8", "replace"), "text/plain; charset=utf-8"
            )

    def _answer(self, status: HTTPStatus, body: bytes = b"", kind: str = "") -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Write no log: it would reveal the token."""
