"""
Cassettes: answers recorded from a real server, replayed without a network.

A cassette is a folder with one file per request, named by the hash of the request,
so that finding an answer takes the same time among ten thousand recordings as among
ten. An allow-list decides what is kept: the request's path and body, the response's
status, content type and body. No header that could contain a key, a cookie or an
organisation is ever written.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request

from claimx.disk import write_whole
from claimx.errors import InputError, OfflineMiss, OutputError
from claimx.llm.adapt import Adaptation
from claimx.llm.cache import request_key
from claimx.llm.faults import hide_keys
from claimx.records import Record

_ABOUT = "recording.json"
_KEPT_HEADERS = frozenset({"content-type"})
_COMPARED = 2000  # recordings compared to explain one miss


class Recording(Record):
    """
    How the cassettes of a folder were recorded; written beside them.

    *adapted* are the adaptations used, first to last; empty if requests were sent unchanged.
    """

    claimx_version: str
    model: str
    settings: dict[str, Any]
    adapted: tuple[Adaptation, ...] = ()


@contextmanager
def replay_answers(folder: Path) -> Iterator[None]:
    """Answer every HTTP request from the cassettes in *folder*, or raise `OfflineMiss`."""
    with _FolderCassette.use(path=str(folder), record_mode=RecordMode.NONE):
        yield


@contextmanager
def record_answers(folder: Path, about: Recording) -> Iterator[None]:
    """
    Write a cassette to *folder* for every answer; replay those that exist already.

    Raises:
        OutputError: If *folder* cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_about(folder, about.model_copy(update={"adapted": _read_adapted(folder, about)}))
    except OSError as exc:
        raise OutputError(f"{folder}: cannot record there ({exc.strerror}).") from exc
    with _FolderCassette.use(path=str(folder), record_mode=RecordMode.NEW_EPISODES):
        yield


def read_recording(folder: Path) -> Recording:
    """
    Read how the cassettes in *folder* were recorded.

    Raises:
        InputError: If *folder* holds no recording.
    """
    try:
        return Recording.model_validate_json((folder / _ABOUT).read_bytes())
    except OSError as exc:
        raise InputError(
            f"{folder}: no cassettes there ({exc.strerror}: {_ABOUT}). Record them with --record."
        ) from exc
    except ValidationError as exc:
        raise InputError(f"{folder / _ABOUT}: not a recording. Record again.") from exc


def read_adaptations(folder: Path) -> list[Adaptation]:
    """Return the adaptations used when the cassettes in *folder* were recorded."""
    try:
        return list(read_recording(folder).adapted)
    except InputError:
        return []


def note_adaptation(folder: Path, adaptation: Adaptation) -> None:
    """Add *adaptation* to the recording in *folder*, unless it is there already."""
    about = read_recording(folder)
    before = about.adapted or (Adaptation(),)
    adapted = tuple(dict.fromkeys((*before, adaptation)))
    _write_about(folder, about.model_copy(update={"adapted": adapted}))


def _read_adapted(folder: Path, about: Recording) -> tuple[Adaptation, ...]:
    """Return the adaptations of an earlier recording in *folder* of the same model."""
    try:
        before = read_recording(folder)
    except InputError:
        return ()
    return before.adapted if before.model == about.model else ()


def _write_about(folder: Path, about: Recording) -> None:
    """Write *about* without its default values."""
    plain = about.adapted in ((), (Adaptation(),))
    left_out = {"adapted"} if plain else None
    _write_json(folder / _ABOUT, about.model_dump(mode="json", exclude=left_out))


class _FolderCassette(Cassette):  # type: ignore[misc]  # vcrpy has no types
    """vcrpy's cassette, stored as one file per request and looked up by hash."""

    def _load(self) -> None:
        self.rewound = True

    def _save(self, force: bool = False) -> None:
        """Do nothing: every answer is written when it arrives."""

    def can_play_response_for(self, request: Request) -> bool:
        asked = _describe_request(request)
        if self._file_of(asked).is_file():
            return True
        if self.record_mode == RecordMode.NONE:
            raise OfflineMiss(_explain_miss(asked, Path(self._path)))
        return False

    def play_response(self, request: Request) -> dict[str, Any]:
        path = self._file_of(_describe_request(request))
        try:
            response = json.loads(path.read_bytes())["response"]
            body = response["body"]
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            status, headers = response["status"], response["headers"]
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise OfflineMiss(f"replay: {path} is damaged ({exc!r}). Record it again.") from exc
        return {
            "status": {"code": status, "message": None},
            "headers": headers,
            "body": {"string": text.encode("utf-8")},
        }

    def append(self, request: Request, response: dict[str, Any]) -> None:
        if response["status"]["code"] != 200:
            return  # a temporary fault is not an answer of the model
        asked = _describe_request(request)
        kept = {name.lower(): values for name, values in response["headers"].items()}
        _write_json(
            self._file_of(asked),
            {
                "request": asked,
                "response": {
                    "status": 200,
                    "headers": {name: kept[name] for name in sorted(_KEPT_HEADERS & kept.keys())},
                    "body": _read_body(hide_keys(response["body"]["string"], request.headers)),
                },
            },
        )

    def _file_of(self, asked: dict[str, Any]) -> Path:
        return Path(self._path) / f"{request_key(asked)[:16]}.json"


def _describe_request(request: Request) -> dict[str, Any]:
    """Keep the parts of *request* that determine its answer: method, endpoint (no host), body."""
    endpoint = "/".join(request.path.rstrip("/").split("/")[-2:])
    return {
        "method": request.method,
        "endpoint": endpoint,
        "body": _read_body(request.body or b""),
    }


def _read_body(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_whole(path, text.encode("utf-8", "surrogatepass"))


def _explain_miss(asked: dict[str, Any], folder: Path) -> str:
    miss = "no recorded answer"
    paths = sorted(path for path in folder.glob("*.json") if path.name != _ABOUT)
    if not paths:
        return f"{miss}: {folder} holds no cassettes. Record them with --record."
    wanted = _flatten(asked)
    nearest = max(
        (_flatten(_read_request(path)) for path in paths[:_COMPARED]),
        key=lambda recorded: _count_alike(wanted, recorded),
    )
    differing = [name for name in sorted(wanted | nearest) if wanted.get(name) != nearest.get(name)]
    shown = _show_difference(differing[0], wanted, nearest) if differing else "damaged file"
    more = f" and {len(differing) - 1} more fields" if len(differing) > 1 else ""
    return f"{miss}: {shown}{more}. Record it again with --record {folder}."


def _read_request(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())["request"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _flatten(value: Any, name: str = "") -> dict[str, Any]:
    """Flatten nested JSON to its leaves: ``{"body.messages[0].content": "..."}``."""
    if isinstance(value, dict):
        parts = [(f"{name}.{key}" if name else key, item) for key, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{name}[{index}]", item) for index, item in enumerate(value)]
    else:
        return {name: value}
    return {leaf: item for part, inner in parts for leaf, item in _flatten(inner, part).items()}


def _count_alike(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Sum the similarity of the leaves; of two texts, the share of their common beginning."""
    return sum(_alike(value, b.get(name)) for name, value in a.items())


def _alike(a: Any, b: Any) -> float:
    if a == b:
        return 1.0
    if not (isinstance(a, str) and isinstance(b, str)):
        return 0.0
    return _common_start(a, b) / max(len(a), len(b), 1)


def _common_start(a: str, b: str) -> int:
    for index, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return index
    return min(len(a), len(b))


def _show_difference(name: str, wanted: dict[str, Any], nearest: dict[str, Any]) -> str:
    a, b = wanted.get(name), nearest.get(name)
    if isinstance(a, str) and isinstance(b, str):
        at = _common_start(a, b)
        return (
            f"{name} differs from the nearest recording at character {at} "
            f"({a[at : at + 20]!r}, recorded {b[at : at + 20]!r})"
        )
    return f"{name} is {a!r}, in the nearest recording {b!r}"
