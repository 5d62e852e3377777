"""A scripted HTTP server on loopback: a test double for a model's server, faults included."""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ARTICLE = "Acme opened a plant in Oslo on Monday. It employs 300 people."
CLAIM = {
    "quote": "Acme opened a plant in Oslo on Monday.",
    "sentences": [1],
    "claim": "Acme opened a plant in Oslo on Monday.",
    "speaker": None,
    "modality": "asserted",
}


@dataclass
class Reply:
    """
    What the server does with one request.

    *drip_s* waits between the bytes of the body; *hang_up_after* resets the
    connection after that many bytes of it.
    """

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delay_s: float = 0.0
    drip_s: float = 0.0
    hang_up_after: int | None = None
    gzip: bool = False


Script = Callable[[int, dict[str, Any]], Reply]


@dataclass
class Server:
    """A running server: its address, and the log of what it was asked and what it answered."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answered: list[dict[str, Any]] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)


def completion(content: str | None, finish_reason: str = "stop", **message: Any) -> dict[str, Any]:
    """Make the body of a chat completion that says *content*."""
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def claims(*items: dict[str, Any]) -> dict[str, Any]:
    """Make a completion that answers with these claims."""
    return completion(json.dumps({"claims": list(items)}))


def spoil(body: dict[str, Any]) -> dict[str, Reply]:
    """
    Make of the good completion *body* every fault of the moment there is, by name.

    None of them says anything about the articles, so no table may show them.
    """
    text = body["choices"][0]["message"]["content"]
    html = "<html><body>Bad gateway</body></html>"
    error = {"error": {"message": "not now", "type": "server_error"}}
    return {
        "429": Reply(error, status=429),
        "429 with seconds": Reply(error, status=429, headers={"retry-after": "0.01"}),
        "429 with a date": Reply(
            error, status=429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}
        ),
        "500": Reply(error, status=500),
        "502": Reply(html, status=502, content_type="text/html"),
        "503": Reply(error, status=503),
        "529": Reply(error, status=529),
        "reset in mid-body": Reply(body, hang_up_after=40),
        "reset before the body": Reply(body, hang_up_after=0),
        "time-out": Reply(body, delay_s=1.5),
        "slow drip": Reply(body, drip_s=0.00001),
        "truncated JSON": Reply(json.dumps(body)[:-60]),
        "HTML": Reply(html, content_type="text/html"),
        "JSON of something else": Reply({"detail": "Not Found"}),
        "a list": Reply("[]"),
        "a number": Reply("NaN"),
        "empty": Reply(""),
        "not UTF-8": Reply(b"\xff\xfe{}"),
        "no choice": Reply(body | {"choices": []}),
        "choices are no list": Reply(body | {"choices": "none"}),
        "null choices": Reply(body | {"choices": None}),
        "no message": Reply(body | {"choices": [{"index": 0, "finish_reason": "stop"}]}),
        "10 MB of text": Reply(completion("x" * 10_000_000)),
        "wrong schema": Reply(completion('{"facts": []}')),
        "wrong types": Reply(completion('{"claims": "none"}')),
        "NaN": Reply(completion('{"claims": NaN}')),
        "duplicated keys": Reply(completion(text[:-1] + ', "claims": []}')),
        "truncated answer": Reply(completion(text[: len(text) // 2])),
        "blank answer": Reply(completion("")),
        "null answer": Reply(completion(None)),
        "prose": Reply(completion("I found no claims, sorry!")),
        "refusal": Reply(completion(None, refusal="I will not.")),
        "content filter": Reply(completion(None, finish_reason="content_filter")),
        "content filter in mid-answer": Reply(
            completion(text[:30], finish_reason="content_filter")
        ),
        # no faults for a lenient reader: these are answers
        "Markdown fence": Reply(completion(f"```json\n{text}\n```")),
        "prose before JSON": Reply(completion(f"Sure! Here are the claims:\n{text}")),
        "wrong content type": Reply(body, content_type="text/plain"),
        "gzip": Reply(body, gzip=True),
        "unknown finish reason": Reply(completion(text, finish_reason="eos_token")),
        "fields of its own": Reply(body | {"x": 1, "usage": body["usage"] | {"x": None}}),
    }


@contextmanager
def serve_http(handler: type[BaseHTTPRequestHandler], host: str = "127.0.0.1") -> Iterator[str]:
    """Serve on loopback, or at the address *host*, in threads; gives the address."""
    http = ThreadingHTTPServer((host, 0), handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://{host}:{http.server_port}/v1"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def serve(script: Script, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve *script*, which gets the number of the request (from 0) and its body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body go out separately: no 40 ms between

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            with lock:
                number = len(server.requests)
                server.requests.append(body)
                server.paths.append(self.path)
                server.headers.append({k.lower(): v for k, v in self.headers.items()})
            reply = script(number, body)
            time.sleep(reply.delay_s)
            try:
                self._send(reply)
            except (BrokenPipeError, ConnectionResetError):
                return  # the client gave up first
            with lock:
                server.answered.append(body)
                server.answered_at.append(time.monotonic())

        def _send(self, reply: Reply) -> None:
            data = reply.body if isinstance(reply.body, bytes) else _encode(reply.body)
            data = gzip.compress(data) if reply.gzip else data
            self.send_response(reply.status)
            self.send_header("content-type", reply.content_type)
            self.send_header("content-length", str(len(data)))
            if reply.gzip:
                self.send_header("content-encoding", "gzip")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.hang_up_after is not None:
                self.wfile.write(data[: reply.hang_up_after])
                self._reset()
            elif reply.drip_s:
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    time.sleep(reply.drip_s)
            else:
                self.wfile.write(data)

        def _reset(self) -> None:
            linger = struct.pack("ii", 1, 0)  # close with RST instead of FIN
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True

    lock = threading.Lock()
    with serve_http(Handler, host) as url:
        server = Server(url=url)
        yield server


def _encode(body: Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode()
