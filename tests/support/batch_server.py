"""A scripted server that speaks the files and batches endpoints, and chat completions live."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.server import serve_http

Result = tuple[int, dict[str, Any]] | None
"""HTTP status and body of one answer; none where the batch expired before it."""

Answer = Callable[[dict[str, Any]], Result]


@dataclass
class BatchServer:
    """
    A running server. Batches wait until the test calls `end`.

    *faults* are answered once each: ``("POST /v1/batches", 500)``; 200 is a web page.
    """

    url: str
    answer: Answer
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    live: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, int]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    visits: list[str] = field(default_factory=list)

    def asked(self) -> list[dict[str, Any]]:
        """List the requests of all batches."""
        inputs = [self.files[batch["input_file_id"]] for batch in self.batches.values()]
        return [json.loads(line) for lines in inputs for line in lines.splitlines()]

    def end(self, status: str = "completed") -> None:
        """End every batch that waits: answer its requests, last one first."""
        for batch in self.batches.values():
            if batch["status"] != "in_progress":
                continue
            batch["status"] = status
            if status == "failed":
                error = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
                batch["errors"] = {"object": "list", "data": [error]}
                continue
            lines = self.files[batch["input_file_id"]].removesuffix(b"\n").split(b"\n")
            results = [self._answer(line) for line in lines]
            for kind, good in (("output", True), ("error", False)):
                said = [json.dumps(one, ensure_ascii=False) for was, one in results if was == good]
                if said:
                    batch[f"{kind}_file_id"] = f"{batch['id']}-{kind}"
                    self.files[f"{batch['id']}-{kind}"] = "\n".join(reversed(said)).encode()
            completed = sum(good for good, _ in results)
            batch["request_counts"] |= {
                "completed": completed,
                "failed": len(results) - completed,
            }

    def _answer(self, line: bytes) -> tuple[bool, dict[str, Any]]:
        request = json.loads(line)
        result: dict[str, Any] = {"id": "r", "custom_id": request["custom_id"], "error": None}
        answered = self.answer(request["body"])
        if answered is None:
            error = {"code": "batch_expired", "message": "The window expired before it was done."}
            return False, result | {"response": None, "error": error}
        status, body = answered
        response = {"status_code": status, "request_id": "q", "body": body}
        return status == 200, result | {"response": response}


@contextmanager
def serve_batches(answer: Answer) -> Iterator[BatchServer]:
    """Serve batches whose requests *answer* answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            self._handle(self.rfile.read(int(self.headers.get("content-length", 0))))

        def do_GET(self) -> None:
            self._handle(b"")

        def _handle(self, body: bytes) -> None:
            path, kind = self.path.split("?")[0], "application/json"
            visit = f"{self.command} {path}"
            with lock:
                server.visits.append(visit)
                server.keys.add(self.headers.get("authorization", ""))
                fault = next((one for one in server.faults if visit.startswith(one[0])), None)
                if fault:
                    server.faults.remove(fault)
                    status, data = fault[1], b'{"error": {"message": "scripted"}}'
                    kind = "text/html" if status == 200 else kind
                else:
                    status, data = self._answer(visit, body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, visit: str, body: bytes) -> tuple[int, bytes]:
            if visit == "POST /v1/files":
                return 200, _encode(self._add_file(body))
            if visit == "POST /v1/batches":
                return 200, _encode(self._add_batch(json.loads(body)))
            if visit == "GET /v1/batches":
                listed = {"object": "list", "data": list(server.batches.values())}
                return 200, _encode(listed | {"has_more": False})
            if found := re.fullmatch(r"GET /v1/batches/(.+)", visit):
                batch = server.batches.get(found[1])
                return (200, _encode(batch)) if batch else (404, b'{"error": {"message": "no"}}')
            if found := re.fullmatch(r"GET /v1/files/(.+)/content", visit):
                return 200, server.files[found[1]]
            server.live.append(json.loads(body))
            result = server.answer(server.live[-1])
            return (result[0], _encode(result[1])) if result else (500, b"{}")

        def _add_file(self, body: bytes) -> dict[str, Any]:
            boundary = self.headers["content-type"].split("boundary=")[1].encode()
            parts = [part for part in body.split(b"--" + boundary) if b"filename=" in part]
            data = parts[0].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
            name = f"file-{len(server.files)}"
            server.files[name] = data
            return {
                "id": name,
                "object": "file",
                "bytes": len(data),
                "created_at": 1,
                "filename": "requests.jsonl",
                "purpose": "batch",
                "status": "processed",
            }

        def _add_batch(self, asked: dict[str, Any]) -> dict[str, Any]:
            total = server.files[asked["input_file_id"]].count(b"\n")
            batch = asked | {
                "id": f"batch_{len(server.batches)}",
                "object": "batch",
                "created_at": 1_700_000_000,
                "status": "in_progress",
                "request_counts": {"total": total, "completed": 0, "failed": 0},
            }
            server.batches[batch["id"]] = batch
            return batch

    lock = threading.Lock()
    with serve_http(Handler) as url:
        server = BatchServer(url, answer)
        yield server


def _encode(body: Any) -> bytes:
    return json.dumps(body).encode()
