"""Work on one part: its documents to checked claims, in whatever process."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from claimx.errors import InputError
from claimx.llm.common import Common
from claimx.parts.claims import write_claims
from claimx.parts.limits import CommonGate
from claimx.parts.plan import describe_shape
from claimx.parts.records import PartRecord
from claimx.parts.store import Store
from claimx.pipeline.asking import Progress
from claimx.pipeline.flow import Taken, take_documents
from claimx.records import Usage
from claimx.settings import Settings

_SECRETS = ("api_key", "verify_api_key")

Packed = dict[str, Any]


def pack_settings(settings: Settings) -> Packed:
    """Write *settings* as plain values, keys included: for another process, never for a file."""
    plain = settings.model_dump(mode="json")
    for name in _SECRETS:
        plain[name] = _reveal(getattr(settings, name))
    plain["headers"] = {name: _reveal(value) for name, value in settings.headers.items()}
    return plain


def _reveal(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def extract_part(
    folder: Path, name: str, donors: Sequence[str], shape: dict[str, Any], packed: Packed
) -> PartRecord:
    """
    Take the documents of the part *name* to checked claims, and keep them in *folder*.

    Answers are kept as they come; those of an earlier try, and those of *donors*, are not
    asked for again.

    Raises:
        InputError: If this process would make something else of them than *shape* says.
    """
    store, settings = Store(folder), Settings.model_validate(packed)
    _check_shape(shape, describe_shape(settings))
    with _keep_log(store.place(name)):
        documents = store.read_documents(name)
        last = _Last(len(documents))
        common = open_common(store, name, donors, settings)
        taken = asyncio.run(take_documents(documents, settings, last, common))
        record = _describe(name, taken, last.progress)
        store.write_results(record, taken.results, write_claims(documents, taken.results))
    return record


def open_common(store: Store, name: str, donors: Sequence[str], settings: Settings) -> Common:
    """Share the limits of the run; keep answers with the part *name*."""

    def open_answers() -> Any:
        from claimx.llm.cache import AnswerCache  # diskcache is slow to import
        from claimx.llm.journal import Journal

        kept = settings.cache
        beside = AnswerCache(kept, settings.cache_mb) if kept and _is_cache(kept) else None
        return Journal(store.place(name), [store.place(one) for one in donors], beside)

    return Common(open_answers, CommonGate())


def _is_cache(folder: Path) -> bool:
    return (folder / "cache.db").is_file()


def _check_shape(planned: dict[str, Any], here: dict[str, Any]) -> None:
    """
    Refuse to work with another version or other prompts than the plan's.

    Raises:
        InputError: If something differs; the message names it.
    """
    differing = [name for name in planned if planned[name] != here.get(name)]
    if differing:
        name = differing[0]
        raise InputError(
            f"{name} is {here.get(name)!r} where a part was worked on, and {planned[name]!r} where "
            "the run began. Install the same everywhere."
        )


class _Last:
    """Remembers how far the part is."""

    def __init__(self, documents: int) -> None:
        self.progress = Progress(documents)

    def __call__(self, progress: Progress) -> None:
        self.progress = progress


class _LogFile(logging.FileHandler):
    """A log that a full disk cuts off: what matters is told otherwise."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Say nothing."""

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            super().close()


@contextmanager
def _keep_log(place: Path) -> Iterator[None]:
    """Append what is said about a part to a file beside it."""
    ours = logging.getLogger("claimx")
    handler = _LogFile(place / "log.txt", encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level, passed_on = ours.level, ours.propagate
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    try:
        yield
    finally:
        ours.removeHandler(handler)
        handler.close()
        ours.setLevel(level)
        ours.propagate = passed_on


def _describe(name: str, taken: Taken, progress: Progress) -> PartRecord:
    counts, reasons = Counter[str](), Counter[str]()
    for one in taken.results:
        reasons.update(each.reason for each in (*one.rejected, *one.unusable))
        counts["claims"] += len(one.claims)
        counts["failures"] += len(one.failures)
    return PartRecord(
        name=name,
        documents=len(taken.results),
        claims=counts["claims"],
        rejected=sum(reasons.values()),
        reasons=dict(sorted(reasons.items())),
        failures=counts["failures"],
        sent=progress.sent,
        cached=progress.cached,
        usage=progress.spent if progress.sent else Usage(),
        again=progress.spent_again,
        error="" if taken.error is None else str(taken.error),
        closed=taken.closed,
    )
