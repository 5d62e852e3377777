"""Divide the documents of all sources into parts."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from claimx.errors import InputError, RunStopped
from claimx.parts.records import PartPlan, Plan
from claimx.parts.store import Store
from claimx.pipeline.boundary import fail
from claimx.pipeline.flow import name_questions
from claimx.pipeline.intake import add_title
from claimx.pipeline.packing import write_line
from claimx.pipeline.session import STOPPED
from claimx.read import Sources, iter_documents
from claimx.records import Document, Failure
from claimx.settings import Settings
from claimx.version import __version__

# Share of the usual size below which no part ends: parts of one document cost too much.
_LEAST = 0.25
# These shape how claims are joined, and nothing of a single document.
_LATER = frozenset({"judge", "min_score"})


def make_plan(
    sources: Sources,
    settings: Settings,
    store: Store,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Plan:
    """
    Read *sources*, write the documents of each part into *store*, and return the plan.

    Which document ends a part depends on the document, not on its number, so that one
    more document changes one part and leaves the others as they are. A document with the
    text of an earlier one goes into its part, where its questions are answered.

    Raises:
        InputError: If nothing could be read.
        RunStopped: If *is_stopped*, which is called for each document; nothing is changed then.
    """
    earlier = store.find_plan()
    cutter = _Cutter(store.open_spool(), settings.part_kb * 1000)
    failures: list[Failure] = []
    for one in iter_documents(
        sources,
        settings.encoding,
        settings.text_column,
        settings.id_column,
        sidecar=settings.sources,
        fetch=settings.fetch,
    ):
        if is_stopped():
            raise RunStopped(STOPPED)
        titled = one if isinstance(one, Failure) else _add_title(one)
        if isinstance(titled, Failure):
            failures.append(titled)
        else:
            cutter.add(titled)
    if not cutter.parts:
        raise InputError(
            failures[0].error if failures else "Nothing to read: name a file or folder."
        )
    cutter.close()
    shape = describe_shape(settings)
    plan = _write_parts(cutter.parts, shape, store, earlier)
    plan = plan.model_copy(update={"failures": tuple(failures)})
    store.write_plan(plan)
    return plan


def _add_title(document: Document) -> Document | Failure:
    try:
        return add_title(document)
    except BaseException as exc:
        return fail(document.id, document.id, exc)


def describe_shape(settings: Settings) -> dict[str, Any]:
    """List what shapes the results of single documents."""
    shaping = settings.shaping()
    return {
        "claimx": __version__,
        "model": settings.model,
        "prompts": name_questions(settings),
        "settings": {name: shaping[name] for name in sorted(shaping.keys() - _LATER)},
    }


class _Part:
    """A part as it grows: its documents are lines of the file *spool*."""

    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.digest = hashlib.sha256()
        self.places: list[int] = []
        self.texts: list[str] = []
        self.characters = 0
        self._pending: list[bytes] = []

    def add(self, line: bytes, place: int, text: str, characters: int) -> None:
        """Add the document of *line*."""
        self.digest.update(hashlib.sha256(line).digest())
        self.places.append(place)
        self.texts.append(text)
        self.characters += characters
        self._pending.append(line)

    def flush(self) -> None:
        """Write what was added since the last time."""
        with self.spool.open("ab") as file:
            file.writelines(line + b"\n" for line in self._pending)
        self._pending.clear()


class _Cutter:
    """Collects documents into parts of about *size* characters, in files of *folder*."""

    def __init__(self, folder: Path, size: int) -> None:
        self.parts: list[_Part] = []
        self._folder = folder
        self._size = size
        self._open = False
        self._count = 0
        self._home: dict[str, _Part] = {}

    def add(self, document: Document) -> None:
        """Add *document* to the part that has its text, else to the last."""
        text = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        part = self._home.setdefault(text, self._take_last())
        part.add(write_line(document), self._count, text, len(document.text))
        self._count += 1
        if part is not self.parts[-1] or not self._open:
            part.flush()
        elif self._ends(part, text, len(document.text)):
            self.close()

    def close(self) -> None:
        """Begin no document in the last part any more."""
        self.parts[-1].flush()
        self._open = False

    def _take_last(self) -> _Part:
        if not self._open:
            self.parts.append(_Part(self._folder / str(len(self.parts))))
            self._open = True
        return self.parts[-1]

    def _ends(self, part: _Part, text: str, length: int) -> bool:
        """Let a part end by chance, the longer the text the likelier; the text is the dice."""
        if part.characters < self._size * _LEAST:
            return False
        dice = int(text[:8], 16) / 16**8
        return part.characters >= 2 * self._size or dice < length / self._size


def _write_parts(
    parts: Iterable[_Part], shape: dict[str, Any], store: Store, earlier: Plan | None
) -> Plan:
    planned: list[PartPlan] = []
    texts: dict[str, str] = {}
    before = earlier.texts if earlier else {}
    for part in parts:
        name = _name_part(part, shape)
        store.take_documents(name, part.spool)
        donors = {before[text] for text in part.texts if text in before} - {name}
        planned.append(
            PartPlan(
                name=name,
                places=tuple(part.places),
                characters=part.characters,
                donors=tuple(sorted(donors)),
            )
        )
        texts |= dict.fromkeys(part.texts, name)
    return Plan(shape=shape, parts=tuple(planned), texts=texts)


def _name_part(part: _Part, shape: dict[str, Any]) -> str:
    shaped = json.dumps(shape, sort_keys=True).encode()
    return hashlib.sha256(shaped + part.digest.digest()).hexdigest()[:16]
