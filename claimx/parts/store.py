"""
The folder of a run in parts: what lies where, and how it is written.

    claimx-parts                 locked while a run is at work
    plan.json                    the parts, and which documents are whose
    progress.json                how far the run is
    table/*.parquet              the rows of the table in order, if Parquet was wanted
    match/                       what the stages of matching leave, if claims are many
    parts/NAME/documents.gz      the documents of a part, as they were read
    parts/NAME/answers-*.jsonl   answers of the model, one file a try
    parts/NAME/NAME.parquet      its claims, in the columns of the table
    parts/NAME/results.gz        all that came of its documents
    parts/NAME/part.json         what it came to; written last: the part is done
    parts/NAME/log.txt           what was said meanwhile

Every file but answers and logs is written aside and renamed. The name of a part is a
hash of its documents and of all that shapes their results, so a part that is there
fits what it was made of. Folders are made by the process that holds the lock alone, so
that one that was removed or unmounted is missed, and not begun anew by a worker.
"""

import gzip
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from claimx.disk import write_whole
from claimx.errors import InputError
from claimx.parts.lock import Lock, is_locked, lock_folder
from claimx.parts.records import PartRecord, Plan, RunProgress
from claimx.pipeline.packing import Packable, read_line, write_line
from claimx.records import Document, DocumentResult, Record

RecordT = TypeVar("RecordT", bound=Packable)
NoteT = TypeVar("NoteT", bound=Record)

_PLAN, _PROGRESS, _DONE = "plan.json", "progress.json", "part.json"
_SPOOL = "reading"
MARK = "claimx-parts"  # by which the folder is told from one of articles
_DOCUMENTS, _RESULTS = "documents.gz", "results.gz"


class Store:
    """Reads and writes what a run in parts keeps in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: Lock | None = None

    def place(self, name: str) -> Path:
        """Return the folder of the part *name*."""
        return self.folder / "parts" / name

    # --- the whole run

    def write_plan(self, plan: Plan) -> None:
        """Write *plan*."""
        self._write_own(self.folder / _PLAN, plan.model_dump_json().encode())

    def find_plan(self) -> Plan | None:
        """Read the plan, if there is one that this version can read."""
        return _find(self.folder / _PLAN, Plan)

    def read_plan(self) -> Plan:
        """
        Read the plan.

        Raises:
            InputError: If there is none.
        """
        plan = self.find_plan()
        if plan is None:
            raise InputError(f"{self.folder}: no run in parts there. Name the folder of --work.")
        return plan

    def write_progress(self, progress: RunProgress) -> None:
        """Write how far the run is."""
        self._write_own(self.folder / _PROGRESS, progress.model_dump_json().encode())

    def find_progress(self) -> RunProgress | None:
        """Read how far the last run came, if any did."""
        return _find(self.folder / _PROGRESS, RunProgress)

    @property
    def table(self) -> Path:
        """The folder with the rows of the table."""
        return self.folder / "table"

    def write_rows(self, rows: bytes) -> None:
        """Keep *rows*, which are all of the table, as Parquet."""
        shutil.rmtree(self.table, ignore_errors=True)
        self._write_own(self.table / "00000.parquet", rows)

    def list_rows(self) -> list[Path]:
        """List the files with the rows of the table, in their order."""
        return sorted(self.table.glob("*.parquet"))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """
        Keep the folder to this run.

        Raises:
            InputError: If another run is at work there, or the folder holds something else.
            OutputError: If the folder cannot be written.
        """
        with lock_folder(self.folder, MARK) as lock:
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def is_locked(self) -> bool | None:
        """Return whether a run is at work in the folder; none if this machine cannot tell."""
        return is_locked(self.folder, MARK)

    # --- one part

    def open_spool(self) -> Path:
        """Make an empty folder for the documents of parts that have no name yet."""
        spool = self.folder / _SPOOL
        shutil.rmtree(spool, ignore_errors=True)
        self._check_there()
        spool.mkdir(parents=True)
        return spool

    def take_documents(self, name: str, spool: Path) -> None:
        """Keep the documents of a part, lines of the file *spool*, unless they are there."""
        path = self.place(name) / _DOCUMENTS
        if not path.exists():
            self._write_own(path, gzip.compress(spool.read_bytes(), compresslevel=1, mtime=0))
        spool.unlink()

    def read_documents(self, name: str) -> list[Document]:
        """Read the documents of a part."""
        return _read_records(self.place(name) / _DOCUMENTS, Document)

    def write_results(
        self, record: PartRecord, results: Iterable[DocumentResult], claims: bytes
    ) -> None:
        """
        Write what came of a part; that it is done comes last.

        A whole part stays: a process that was given up may end after its successor.
        """
        known = self.find_record(record.name)
        if known is not None and known.is_whole and not record.is_whole:
            return
        record = record if known is None else record.add_cost(known)
        place = self.place(record.name)
        write_whole(self.name_claims(record.name), claims)
        write_whole(place / _RESULTS, _compress([write_line(one) for one in results]))
        write_whole(place / _DONE, record.model_dump_json().encode())

    def name_claims(self, name: str) -> Path:
        """Return the path of the claims of a part; no two parts have one file name."""
        return self.place(name) / f"{name}.parquet"

    def read_results(self, name: str) -> list[DocumentResult]:
        """Read what came of the documents of a part, in their order."""
        return _read_records(self.place(name) / _RESULTS, DocumentResult)

    def find_record(self, name: str) -> PartRecord | None:
        """
        Read what a part came to, if it is done.

        Its folder is listed: a machine that asked NFS for a file that was not there yet, but is
        written on another one, may keep in mind for a minute that it is not.
        """
        path = self.place(name) / _DONE
        try:
            found = _find(path, PartRecord) if path in path.parent.iterdir() else None
        except OSError:
            return None
        return found if found is not None and found.name == name else None

    def _check_there(self) -> None:
        """Make sure that the folder is the one that was locked, if this process did that."""
        if self._lock is not None:
            self._lock.check()

    def _write_own(self, path: Path, data: bytes) -> None:
        """Write *data* to *path*, and its folder first, as only the run itself may."""
        self._check_there()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)


def _find(path: Path, kind: type[NoteT]) -> NoteT | None:
    """Read the record in *path*, if there is one that this version can read."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def read_rows(path: Path, columns: Sequence[str]) -> Any:
    """
    Read *columns* of rows that a run left in *path*.

    Raises:
        InputError: If they are damaged.
    """
    import pyarrow as pa  # an extra
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, columns=list(columns))
    except (OSError, pa.ArrowException) as exc:
        why = str(exc).splitlines()[0][:200]
        raise InputError(f"{path}: damaged ({why}). Remove its folder and run again.") from exc


def _compress(lines: Sequence[bytes]) -> bytes:
    """Compress *lines*; the same lines give the same bytes."""
    return gzip.compress(b"".join(one + b"\n" for one in lines), compresslevel=1, mtime=0)


def _read_records(path: Path, kind: type[RecordT]) -> list[RecordT]:
    try:
        return [read_line(kind, line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    except (gzip.BadGzipFile, EOFError, ValueError, zlib.error) as exc:
        raise InputError(
            f"{path}: cannot be read ({exc}). Remove its folder and run again."
        ) from exc
