"""Write requests to files within the Batch API's limits."""

import json
from pathlib import Path
from typing import IO, Any

from claimx.batch.server import ENDPOINT
from claimx.llm.cost import Budget
from claimx.llm.cost.price import BATCH_SHARE
from claimx.settings import Settings

# Limits of a file of requests. Source: OpenAI's Batch API, "Rate limits".
MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000


class RequestFiles:
    """Writes requests to files within the Batch API's limits, each request once."""

    def __init__(self, folder: Path, settings: Settings, pending: frozenset[str]) -> None:
        self._folder = folder
        self._pending = pending
        self._most = settings.max_requests
        self._dollars_left = settings.max_cost
        self._budget = Budget(settings)
        self._seen: set[str] = set()
        self._file: IO[bytes] | None = None
        self.paths: list[Path] = []
        self.keys: list[list[str]] = []
        self.waiting = 0
        self.left = 0

    def add(self, key: str, body: dict[str, Any]) -> None:
        """Add the request *body*, unless it is a duplicate, under way, or over a limit."""
        if key in self._seen:
            return
        self._seen.add(key)
        if key in self._pending:
            self.waiting += 1
        elif self._allow(body):
            self._write(key, body)
        else:
            self.left += 1

    def close(self) -> None:
        """Finish the last file."""
        if self._file is not None:
            self._file.close()

    def _allow(self, body: dict[str, Any]) -> bool:
        if self._most is not None and sum(map(len, self.keys)) >= self._most:
            return False
        if self._dollars_left is None:
            return True
        cost = self._budget.estimate_most(body) * BATCH_SHARE
        if cost > self._dollars_left:
            return False
        self._dollars_left -= cost
        return True

    def _write(self, key: str, body: dict[str, Any]) -> None:
        request = {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": body}
        line = json.dumps(request, ensure_ascii=True).encode() + b"\n"
        file = self._file
        if file is None or self._is_full(file.tell() + len(line)):
            file = self._open_next()
        file.write(line)
        self.keys[-1].append(key)

    def _is_full(self, size: int) -> bool:
        return len(self.keys[-1]) >= MAX_REQUESTS or size > MAX_BYTES

    def _open_next(self) -> IO[bytes]:
        self.close()
        path = self._folder / f"{len(self.paths)}.jsonl"
        self._file = path.open("wb")
        self.paths.append(path)
        self.keys.append([])
        return self._file
