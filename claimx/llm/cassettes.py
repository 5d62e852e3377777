"""
Cassettes: answers recorded from a real server, replayed without a network.

A cassette is a folder with one file per request, named by the hash of the request,
so that finding an answer takes the same time among ten thousand recordings as among
ten. They are read here, without a client; `claimx.llm.recorder` writes them.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from claimx.disk import write_whole
from claimx.errors import InputError, OfflineMiss, OutputError
from claimx.llm.adapt import Adaptation
from claimx.llm.cache import request_key
from claimx.llm.faults import read_server_error
from claimx.records import Record

_ABOUT = "recording.json"
_ENDPOINT = "chat/completions"
_FAILED = 400  # the first HTTP status of failure
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
    write_about(folder, about.model_copy(update={"adapted": adapted}))


def read_adapted(folder: Path, about: Recording) -> tuple[Adaptation, ...]:
    """Return the adaptations of an earlier recording in *folder* of the same model."""
    try:
        before = read_recording(folder)
    except InputError:
        return ()
    return before.adapted if before.model == about.model else ()


def write_about(folder: Path, about: Recording) -> None:
    """Write *about* without its default values."""
    plain = about.adapted in ((), (Adaptation(),))
    left_out = {"adapted"} if plain else None
    write_json(folder / _ABOUT, about.model_dump(mode="json", exclude=left_out))


class Player:
    """
    Answers requests from the cassettes in *folder*, in place of a client; sends nothing.

    *base_url* is the address that would be asked.
    """

    def __init__(self, folder: Path, base_url: str) -> None:
        self.base_url = base_url
        self._folder = folder

    def answer(self, request: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """
        Find the recorded answer to *request*; return its body, and headers: none that matters.

        Raises:
            OfflineMiss: If it was not recorded, or its recording is damaged.
            ServerError: If an error was recorded.
        """
        sent = {"method": "POST", "endpoint": _ENDPOINT, "body": json.loads(json.dumps(request))}
        path = find_entry(self._folder, sent)
        if not path.is_file():
            raise OfflineMiss(explain_miss(sent, self._folder))
        status, _, content = read_entry(path)
        if status >= _FAILED:
            raise read_server_error(status, content, {})
        return content, {}

    async def close(self) -> None:
        """Do nothing: no file stays open."""


def find_entry(folder: Path, asked: dict[str, Any]) -> Path:
    """Return the file in *folder* that holds the answer to *asked*, if it was recorded."""
    return folder / f"{request_key(asked)[:16]}.json"


def read_entry(path: Path) -> tuple[int, dict[str, Any], bytes]:
    """
    Read a recorded answer: status, headers, body.

    Raises:
        OfflineMiss: If it is damaged.
    """
    try:
        response = json.loads(path.read_bytes())["response"]
        body = response["body"]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        return int(response["status"]), response["headers"], text.encode("utf-8")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise OfflineMiss(f"replay: {path} is damaged ({exc!r}). Record it again.") from exc


def read_body(body: bytes) -> Any:
    """Read the body of a request or an answer: JSON, or text."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def write_json(path: Path, value: Any) -> None:
    """Write *value* to *path*, whole or not at all."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    try:
        write_whole(path, text.encode("utf-8", "surrogatepass"))
    except OSError as exc:
        raise OutputError(
            f"{path.parent}: cannot be recorded there ({exc.strerror}). Free some space, or name "
            "another folder with --record."
        ) from exc


def explain_miss(asked: dict[str, Any], folder: Path) -> str:
    """Explain how *asked* differs from what is recorded in *folder*."""
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
