"""
Record answers from a real server, with vcrpy.

An allow-list decides what is kept: the request's path and body, the response's
status, content type and body. No header that could contain a key, a cookie or an
organisation is ever written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request

from claimx.errors import OutputError
from claimx.llm.cassettes import (
    Recording,
    find_entry,
    read_adapted,
    read_body,
    read_entry,
    write_about,
    write_json,
)
from claimx.llm.faults import hide_keys

_KEPT_HEADERS = frozenset({"content-type"})


@contextmanager
def record_answers(folder: Path, about: Recording) -> Iterator[None]:
    """
    Write a cassette to *folder* for every answer; replay those that exist already.

    Raises:
        OutputError: If *folder* cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_about(folder, about.model_copy(update={"adapted": read_adapted(folder, about)}))
    except OSError as exc:
        raise OutputError(
            f"{folder}: cannot record there ({exc.strerror}). Name a folder with --record."
        ) from exc
    with _FolderCassette.use(path=str(folder), record_mode=RecordMode.NEW_EPISODES):
        yield


class _FolderCassette(Cassette):  # type: ignore[misc]  # vcrpy has no types
    """vcrpy's cassette, stored as one file per request and looked up by hash."""

    def _load(self) -> None:
        self.rewound = True

    def _save(self, force: bool = False) -> None:
        """Do nothing: every answer is written when it arrives."""

    def can_play_response_for(self, request: Request) -> bool:
        return self._file_of(_describe_request(request)).is_file()

    def play_response(self, request: Request) -> dict[str, Any]:
        status, headers, content = read_entry(self._file_of(_describe_request(request)))
        return {
            "status": {"code": status, "message": None},
            "headers": headers,
            "body": {"string": content},
        }

    def append(self, request: Request, response: dict[str, Any]) -> None:
        if response["status"]["code"] != 200:
            return  # a temporary fault is not an answer of the model
        asked = _describe_request(request)
        kept = {name.lower(): values for name, values in response["headers"].items()}
        write_json(
            self._file_of(asked),
            {
                "request": asked,
                "response": {
                    "status": 200,
                    "headers": {name: kept[name] for name in sorted(_KEPT_HEADERS & kept.keys())},
                    "body": read_body(hide_keys(response["body"]["string"], request.headers)),
                },
            },
        )

    def _file_of(self, asked: dict[str, Any]) -> Path:
        return find_entry(Path(self._path), asked)


def _describe_request(request: Request) -> dict[str, Any]:
    """Keep the parts of *request* that determine its answer: method, endpoint (no host), body."""
    endpoint = "/".join(request.path.rstrip("/").split("/")[-2:])
    return {
        "method": request.method,
        "endpoint": endpoint,
        "body": read_body(request.body or b""),
    }
