"""What travels in a run in parts, and what it keeps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from claimx.records import Document, DocumentResult, Failure, Record, Usage, join_usage
from claimx.table import Counts


class PartPlan(Record):
    """
    Documents to work on together.

    *places* are their positions in the table, *characters* the length of their texts.
    *donors* are parts of an earlier plan that had some of the documents, and may have
    answers about them.
    """

    name: str
    places: tuple[int, ...]
    characters: int
    donors: tuple[str, ...] = ()


class Plan(Record):
    """
    The parts of a run, and all that shapes what comes of them.

    *shape* are the version, the model, the prompts and the settings. *failures* are
    files that could not be read. *texts* maps a hash of each document to its part.
    """

    shape: dict[str, Any]
    parts: tuple[PartPlan, ...]
    failures: tuple[Failure, ...] = ()
    texts: dict[str, str] = Field(default_factory=dict)

    @property
    def documents(self) -> int:
        """The number of documents."""
        return sum(len(part.places) for part in self.parts)


class PartRecord(Record):
    """
    What a part came to.

    *reasons* counts the rejected by reason, *sent* and *cached* count requests and answers
    that needed none; *usage* is what those sent for cost, *again* the same for another
    model that reads claims again.
    *error* is the first reason for which something was not answered, *closed* is true if
    nothing more could be asked.
    """

    name: str
    documents: int
    claims: int
    rejected: int
    reasons: dict[str, int] = Field(default_factory=dict)
    failures: int = 0
    sent: int = 0
    cached: int = 0
    usage: Usage = Usage()
    again: Usage = Usage()
    error: str = ""
    closed: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is missing."""
        return not self.failures

    def add_cost(self, earlier: "PartRecord") -> "PartRecord":
        """Return the same part with what *earlier*, of another run, took as well."""
        return self.model_copy(
            update={
                "sent": self.sent + earlier.sent,
                "usage": join_usage((self.usage, earlier.usage)),
                "again": join_usage((self.again, earlier.again)),
            }
        )


class RunProgress(Record):
    """
    How far a run is, written while it goes on.

    *requests*, *tokens* and *dollars* are those of this run, *usage* and *again* those of
    the parts that it has done, *cached* the answers that it found. *failed* are the parts
    that it gave up. *ended* is true once it has made its table.
    """

    parts: int
    done: int = 0
    failed: tuple[str, ...] = ()
    under_way: int = 0
    requests: int = 0
    tokens: int = 0
    dollars: float | None = None
    cached: int = 0
    usage: Usage = Usage()
    again: Usage = Usage()
    began: float = 0.0
    written: float = 0.0
    step: str = "extract"
    ended: bool = False


class Large(NamedTuple):
    """
    A table in Parquet files: its *counts*, and the *failures*, which it does not hold.

    *files* are its rows in order, in the folder of the run.
    """

    files: list[Path]
    counts: Counts
    failures: list[Failure]


def list_missing(documents: Sequence[Document], why: str) -> list[DocumentResult]:
    """Make the results of *documents* that nobody worked on, which is a failure of each."""
    return [
        DocumentResult(document_id=one.id, failures=(Failure(document_id=one.id, error=why),))
        for one in documents
    ]
