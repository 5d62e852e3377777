"""Note the batches under way on disk: one file for each, without keys or article text."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from claimx.disk import write_whole
from claimx.errors import InputError, OutputError
from claimx.records import Record

_FOLDER = "batches"  # in the cache's folder


class Batch(Record):
    """
    A batch under way.

    *id* is None until the server has returned it, so that a crash in between loses
    nothing. *requests* are the keys of its questions, under which their answers will
    be kept.
    """

    input_file: str
    id: str | None = None
    model: str
    base_url: str | None
    submitted: datetime
    requests: tuple[str, ...]


def note_batch(cache: Path, batch: Batch) -> None:
    """
    Write *batch* to disk atomically.

    Raises:
        OutputError: If the cache's folder cannot be written.
    """
    path = find_note(cache, batch)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, batch.model_dump_json().encode())
    except OSError as exc:
        raise OutputError(
            f"{path}: cannot be written ({exc.strerror}). Make room, or pass another --cache."
        ) from exc


def read_batches(cache: Path) -> list[Batch]:
    """
    List the batches under way in *cache*, earliest first.

    Raises:
        InputError: If a note cannot be read.
    """
    paths = (cache / _FOLDER).glob("*.json")
    return sorted(map(_read_note, paths), key=lambda batch: (batch.submitted, batch.input_file))


def drop_batch(cache: Path, batch: Batch) -> None:
    """Delete the note of *batch*, which has ended and whose answers are kept."""
    find_note(cache, batch).unlink(missing_ok=True)


def find_note(cache: Path, batch: Batch) -> Path:
    """Return the path of the note of *batch*."""
    name = "".join(letter for letter in batch.input_file if letter.isalnum() or letter in "-_")
    return cache / _FOLDER / f"{name}.json"


def list_pending(batches: Iterable[Batch]) -> frozenset[str]:
    """Return the keys of the requests that wait for an answer."""
    return frozenset(key for batch in batches for key in batch.requests)


def _read_note(path: Path) -> Batch:
    try:
        return Batch.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no note of a batch"
        raise InputError(f"{path}: cannot be read ({why}). Mend or remove it.") from exc
