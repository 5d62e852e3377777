"""
Client of the files and batches endpoints.

The only other module that uses openai's client, which retries what can be
repeated. A batch is created once, because a second one would be paid for too.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.batch import Batch as VendorBatch

from claimx.errors import InputError, ModelError, ModelOutputInvalid, ModelRefused, ModelUnavailable
from claimx.providers import OPENAI
from claimx.records import Record
from claimx.settings import Settings

ENDPOINT: Final = "/v1/chat/completions"
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_RETRIES = 3


class BatchProgress(Record):
    """Progress of a batch; *files* hold answers and errors once it has ended."""

    id: str
    status: str
    total: int = 0
    completed: int = 0
    failed: int = 0
    files: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the batch has ended and will return no more answers."""
        return self.status in _ENDED


class BatchServer:
    """A server's files and batches. Use `open_server` to get one."""

    def __init__(self, settings: Settings, client: openai.AsyncOpenAI) -> None:
        self._settings = settings
        self._client = client

    async def upload(self, path: Path) -> str:
        """Upload a file of requests and return its id."""
        with self._translated("upload a file of requests"), path.open("rb") as lines:
            uploaded = await self._client.files.create(
                file=("requests.jsonl", lines), purpose="batch"
            )
            return _read_id(uploaded)

    async def create(self, input_file: str) -> str:
        """Start the batch of an uploaded file and return its id."""
        once = self._client.with_options(max_retries=0)
        with self._translated("start a batch"):
            batch = await once.batches.create(
                input_file_id=input_file, endpoint=ENDPOINT, completion_window="24h"
            )
            return _read_id(batch)

    async def look(self, batch: str) -> BatchProgress:
        """Return the progress of *batch*."""
        with self._translated(f"find batch {batch}"):
            found = await self._client.batches.retrieve(batch)
            return _read_progress(found)

    async def find(self, input_file: str) -> str | None:
        """Find the batch created from *input_file*, if there is one."""
        with self._translated("list batches"):
            async for batch in self._client.batches.list(limit=100):
                if batch.input_file_id == input_file:
                    return batch.id
        return None

    async def read_lines(self, file: str) -> AsyncIterator[bytes]:
        """Read a file of results line by line, without loading all of it."""
        with self._translated(f"read file {file}"):
            async with self._client.files.with_streaming_response.content(file) as response:
                parts: list[bytes] = []
                async for piece in response.iter_bytes():
                    end, *starts = piece.split(b"\n")  # not splitlines: a quote may hold U+2028
                    parts.append(end)
                    for start in starts:
                        yield b"".join(parts)
                        parts = [start]
                yield b"".join(parts)

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        """Convert the vendor's errors to ours, with a message of one line."""
        try:
            yield
        except openai.APIStatusError as exc:
            raise self._translate_status(exc, doing) from exc
        except openai.APITimeoutError as exc:
            where, wait = self._where(), self._settings.timeout_s
            raise ModelUnavailable(
                f"{where}: cannot {doing}: no answer within {wait:g} s. Raise --timeout-s, or run "
                "again later."
            ) from exc
        except (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError) as exc:
            why = self._redact(f"{exc.__cause__ or exc}")
            raise ModelUnavailable(
                f"{self._where()}: cannot {doing} ({why}). Run again later."
            ) from exc

    def _translate_status(self, exc: openai.APIStatusError, doing: str) -> ModelError:
        where, status = self._where(), exc.status_code
        if status in (401, 403):
            return ModelRefused(
                f"{where}: cannot {doing}: key refused (HTTP {status}). Set OPENAI_API_KEY to that "
                "of the project."
            )
        if status == 404:
            return ModelRefused(
                f"{where}: cannot {doing} (HTTP 404). Check --base-url and OPENAI_API_KEY, and "
                "whether this server has the Batch API."
            )
        if status == 429 or status >= 500:
            return ModelUnavailable(f"{where}: cannot {doing}: HTTP {status}. Run again later.")
        return ModelOutputInvalid(
            f"{where}: cannot {doing}: HTTP {status}, {self._redact(exc.message)}"
        )

    def _where(self) -> str:
        return urlsplit(str(self._client.base_url)).netloc.split("@")[-1]

    def _redact(self, text: str) -> str:
        key = self._settings.api_key
        text = text if key is None else text.replace(key.get_secret_value(), "***")
        return " ".join(text.split())[:200]


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[BatchServer]:
    """
    Open the server named in *settings*.

    Raises:
        InputError: If there is neither a key nor a server, or more than one server.
    """
    address = choose_address(settings)
    if settings.api_key is None and address is None:
        raise InputError("No key for batches: set OPENAI_API_KEY, or pass --api-key-file.")
    client = openai.AsyncOpenAI(
        api_key=settings.api_key.get_secret_value() if settings.api_key else "none",
        base_url=address or OPENAI,
        timeout=settings.timeout_s,
        max_retries=_RETRIES,
    )
    try:
        yield BatchServer(settings, client)
    finally:
        await client.close()


def choose_address(settings: Settings) -> str | None:
    """
    Return the address that batches are sent to; None is OpenAI's.

    Raises:
        InputError: If *settings* name several servers: a batch belongs to one.
    """
    if len(settings.base_url) > 1:
        raise InputError(
            f"A batch is of one server, not {len(settings.base_url)}: pass one --base-url."
        )
    return settings.addresses[0]


def _read_id(answer: object) -> str:
    """Read the id of the object created; the client passes any answer on as one."""
    found = getattr(answer, "id", None)
    if not isinstance(found, str) or not found:
        raise ValueError(f"unusable answer: {str(answer)[:80]!r}")
    return found


def _read_progress(batch: VendorBatch) -> BatchProgress:
    counts = batch.request_counts
    errors = (batch.errors.data if batch.errors else None) or ()
    return BatchProgress(
        id=_read_id(batch),
        status=batch.status,
        total=(counts.total if counts else 0) or 0,
        completed=(counts.completed if counts else 0) or 0,
        failed=(counts.failed if counts else 0) or 0,
        files=tuple(file for file in (batch.output_file_id, batch.error_file_id) if file),
        errors=tuple(error.message or error.code or "no reason given" for error in errors),
    )
