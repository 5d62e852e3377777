"""
What travels through claimx: frozen records, never edited after creation.

Offsets count Unicode code points from 0 and are half-open. Ids are derived
from content, so that two runs over the same files can be compared.
"""

import datetime
import hashlib
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Modality = Literal["asserted", "reported", "alleged", "planned", "considered", "opinion"]
AlignmentStatus = Literal["exact", "normalized", "fuzzy", "ambiguous", "not_found"]
FlagKind = Literal[
    "number",
    "date",
    "unit",
    "name",
    "negation",
    "modality",
    "speaker",
    "wording",
    "backing",
    "verify",
    "grouping",
]
EchoKind = Literal["copied", "retold", "agency"]
ConflictKind = Literal["number", "name", "negation", "modality", "time", "development"]
RejectReason = Literal[
    "invalid",
    "not_found",
    "ambiguous",
    "duplicate",
    "unsupported",
    "cut_off",
    "fragment",
    "boilerplate",
    "by_hand",
]
DecisionKind = Literal["accept", "reject", "merge", "split", "reword", "note", "undo"]
SkipKind = Literal["label", "furniture", "advert", "unclaimed", "unchecked"]
SentenceKind = Literal["prose", "heading", "label", "item", "row", "furniture", "advert"]

_ISO_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)

Score = Annotated[float, Field(ge=0.0, le=1.0)]


class Record(BaseModel):
    """A frozen value that knows exactly which fields it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Record):
    """A stretch of a text: ``text[start:end]``, in code points, never empty."""

    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"span {self.start}:{self.end} is empty")
        return self

    def slice(self, text: str) -> str:
        """Cut this span out of *text*."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


class Document(Record):
    """
    One article as it was read; *text* is never changed afterwards.

    *id* is unique in a run and names the file for people: its path below the
    folder it was found in. *source* is the path as it was given, for links.
    *sha256* is of the file's bytes, as they lie on the disk; of *text* in
    UTF-8, if there is no file. *pages* are the offsets where pages begin, if
    the file has any. *times* are (offset, milliseconds) where captions begin.

    *outlet* published it, by *author* (several parted by semicolons), on *date*
    (ISO 8601: a day, month or year). *language* is a tag of BCP 47. Each is null
    where it is not known for certain; *metadata* has what else is told.
    """

    id: str
    source: str = Field(default_factory=lambda known: known["id"])
    text: str
    sha256: str = Field(default_factory=lambda known: hash_text(known["text"]))
    media_type: str = "text/plain"
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None
    language: str | None = None
    metadata: dict[str, str] = {}
    pages: tuple[int, ...] = ()
    times: tuple[tuple[int, int], ...] = ()

    @field_validator("date")
    @classmethod
    def _is_iso(cls, value: str | None) -> str | None:
        if value is not None and not is_iso_date(value):
            raise ValueError(f"{value!r} is no date: write 2025-03-30, 2025-03 or 2025")
        return value


class Sentence(Record):
    """
    A sentence of a document; *index* counts from 0 through the document.

    A "heading" states something, a "label" (section heading, list lead, table
    header) does not. "furniture" belongs to the page, "advert" to somebody else.
    """

    index: int
    span: Span
    kind: SentenceKind = "prose"


class Segment(Record):
    """
    Consecutive sentences that are sent to the model together.

    *context* holds sentences before them that a reader needs to resolve
    "he" or "the company"; nothing is extracted from it. *index* counts from 0
    through the document.

    Where a document is shown whole, *context* holds all sentences to show, those
    asked about included. One that is too long is shown in *parts*; *part*
    counts from 0, and *names* says who is who in the parts before.
    """

    document_id: str
    index: int
    sentences: tuple[Sentence, ...]
    context: tuple[Sentence, ...] = ()
    part: int = 0
    parts: int = 1
    names: tuple[str, ...] = ()


class Alignment(Record):
    """
    Where a quote stands in a text.

    *exact*, *normalized* and *fuzzy* are finds: *spans* together are the
    cited wording (several when the quote joins pieces with an ellipsis).
    *ambiguous* keeps every place, none of them chosen. *not_found* has no
    span; *nearest* then says what stands closest, as a hint, never a citation.
    *score* is 1 for identical wording. *why* says what keeps a quote from being
    found, or what a reader of a found one may get wrong.
    """

    status: AlignmentStatus
    spans: tuple[Span, ...] = ()
    score: Score = 0.0
    nearest: Span | None = None
    why: str = ""

    @property
    def found(self) -> bool:
        """Whether the quote may be cited at *spans*."""
        return self.status in ("exact", "normalized", "fuzzy")


class Flag(Record):
    """A doubt that a local check raises about a claim, said to the reader in *message*."""

    kind: FlagKind
    message: str


class Claim(Record):
    """
    One checkable, self-contained statement of one document, with the words that make it.

    *runs* counts the runs it came in where a document was asked about several times.
    *headline* tells that it rests on headings alone, which say more than their text at times.
    *accepted* tells that a person looked at it and found it right.
    """

    id: str
    document_id: str
    text: str
    quote: str
    alignment: Alignment
    speaker: str | None = None
    modality: Modality = "asserted"
    flags: tuple[Flag, ...] = ()
    runs: int | None = None
    headline: bool = False
    accepted: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where the document makes this claim."""
        return self.alignment.spans


class Citation(Record):
    """
    An exact slice of a document that makes a claim.

    *line* and *column* count from 1 and are where the span starts; so does
    *page*, null where the document has no pages. *time* is when the caption
    begins, in milliseconds, null where the document has no times.
    """

    claim_id: str
    document_id: str
    span: Span
    quote: str
    line: int
    column: int
    page: int | None = None
    time: int | None = None


class ClaimGroup(Record):
    """
    Claims that say the same; one row of the table.

    *claim* is the wording of the member that best stands for the rest.
    *support* counts the documents that make the claim, *independent* those of
    them of which none repeats another (null in older tables). *entails* has the ids
    of groups of which this one says all, and more: a more specific claim is
    another claim, but who makes it makes the general one too. *reworded* tells that
    *claim* is the wording of a person, not of a member; *notes* are a person's.
    """

    id: str
    claim: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    support: int
    independent: int | None = None
    entails: tuple[str, ...] = ()
    reworded: bool = False
    notes: tuple[str, ...] = ()


class Conflict(Record):
    """
    Two groups, *a* and *b*, that look alike but cannot both be true.

    *why* says what differs, side *a* first: ``21 / 22``.
    """

    a: str
    b: str
    kind: ConflictKind
    why: str


class Passage(Record):
    """Where two documents, *a* and *b*, say the same."""

    a: Span
    b: Span


class Echo(Record):
    """
    Two documents, *a* and *b* by id, of which one repeats the other or both repeat a third.

    "copied": *share* of the words of the shorter one stand in *passages*, word
    for word the same in both. "retold": *share* of its sentences tell what
    sentences of the other tell, in the same order; *passages* pairs them.
    "agency": both credit the same news agency, at *passages*; *share* is 0.
    """

    a: str
    b: str
    kind: EchoKind
    share: float
    passages: tuple[Passage, ...]


class Rejected(Record):
    """
    Something the model proposed that is not in the table, and why.

    *found* is the claim as it stood in the table until a person rejected it.
    """

    document_id: str
    segment: int | None = None
    claim: str
    quote: str
    reason: RejectReason
    detail: str
    found: Claim | None = None


class Skipped(Record):
    """
    A sentence that no claim cites, and why: *reason* is for people.

    "label", "furniture" and "advert" were not read for claims; "unclaimed"
    states something and was. "unchecked" is a whole document, in a language that
    some checks do not know.
    """

    document_id: str
    span: Span
    kind: SkipKind
    reason: str


class Failure(Record):
    """
    A document, or one segment of it, that could not be processed.

    *document_id* is empty where a question about many documents failed.
    """

    document_id: str
    segment: int | None = None
    error: str


class Usage(Record):
    """
    What answers cost, wherever they came from: server, cache or cassette.

    *tokens_cached* are those of *tokens_in* that the server had read before
    and charges less for.
    """

    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0


def join_usage(parts: Iterable[Usage]) -> Usage:
    """Add up *parts*."""
    parts = tuple(parts)
    return Usage(**{name: sum(getattr(one, name) for one in parts) for name in Usage.model_fields})


class Proposal(Record):
    """
    A claim as it was proposed, before anything is checked.

    *near* are the spans of the sentences it names. *span* is where the quote
    stands, if that is known and need not be searched. *modality* is None where
    nobody was asked who says it and how it is meant. *doubts* are what was done
    to the wording and may be wrong. *run* counts from 0 where a segment is
    asked about several times.
    """

    document_id: str
    segment: int
    claim: str
    quote: str
    near: tuple[Span, ...]
    span: Span | None = None
    speaker: str | None = None
    modality: Modality | None = None
    doubts: tuple[str, ...] = ()
    run: int = 0


def reject_claim(said: Claim | Proposal, reason: RejectReason, detail: str) -> Rejected:
    """Reject what was *said*, for *reason*; *detail* is for people."""
    return Rejected(
        document_id=said.document_id,
        segment=said.segment if isinstance(said, Proposal) else None,
        claim=said.claim if isinstance(said, Proposal) else said.text,
        quote=said.quote,
        reason=reason,
        detail=detail,
    )


class DocumentResult(Record):
    """
    What came of a document so far, or of a part of it.

    A strategy fills *proposals*. *unusable* are the items of the answers that
    make none, *unread* says why of each answer in which nothing could be read,
    *names* says who is who, for the parts to come. The checks turn every
    proposal into one of *claims* or of *rejected*, and list in *skipped* what
    no claim cites. *answered* counts the segments of which an answer could be
    read, *prose* has where its sentences of prose start and end, by turns.
    *usage_again* is what reading the claims again cost, *created* when
    the earliest answer was made (seconds since 1970).
    """

    document_id: str = ""
    proposals: tuple[Proposal, ...] = ()
    unusable: tuple[Rejected, ...] = ()
    unread: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[Failure, ...] = ()
    answered: int = 0
    prose: tuple[int, ...] | None = None
    usage: Usage = Usage()
    usage_again: Usage = Usage()
    created: int | None = None

    @property
    def is_readable(self) -> bool:
        """Whether something could be read in the answers, be it that there is no claim."""
        return not self.unread or bool(self.proposals or self.unusable)


def join_proposed(parts: Iterable[DocumentResult]) -> DocumentResult:
    """Join what several answers or segments brought, in order; *created* is the earliest."""
    parts = list(parts)
    return DocumentResult(
        proposals=tuple(one for part in parts for one in part.proposals),
        unusable=tuple(one for part in parts for one in part.unusable),
        unread=tuple(one for part in parts for one in part.unread),
        names=tuple(one for part in parts for one in part.names),
        usage=join_usage(part.usage for part in parts),
        created=min((part.created for part in parts if part.created is not None), default=None),
    )


class Spending(Record):
    """
    What the answers about one document, to one prompt, cost.

    *document_id* is empty for questions about many documents.
    """

    document_id: str
    prompt: str
    usage: Usage


class Subject(Record):
    """
    A claim that a decision is about, by content: its wording, and the words it cites.

    *sha256* is that of its document, so that a claim is known again in a renamed file.
    """

    claim_id: str
    document_id: str
    sha256: str
    text: str
    quote: str


class Decision(Record):
    """
    What a person decided about claims; never changed, only undone by a later one.

    *about* has one side, the claims decided on. "merge" has a side for each group
    to join; "split" has two, the claims to take out and those to stay. *text* is
    the new wording, the note, or why. *undoes* is the *id* of an earlier decision.
    *made* is when (ISO 8601), *by* whom, where that is known.
    """

    id: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")
    kind: DecisionKind
    about: tuple[Annotated[tuple[Subject, ...], Field(min_length=1)], ...] = ()
    text: str | None = None
    undoes: str | None = None
    made: str | None = None
    by: str | None = None

    @model_validator(mode="after")
    def _has_its_parts(self) -> Self:
        fewest, most = {"undo": (0, 0), "split": (2, 2), "merge": (2, None)}.get(self.kind, (1, 1))
        sides = len(self.about)
        if sides < fewest or (most is not None and sides > most):
            raise ValueError(f"a decision to {self.kind} cannot be about {sides} sides")
        if self.kind in ("reword", "note") and not (self.text or "").strip():
            raise ValueError(f"a decision to {self.kind} needs a text")
        if self.kind == "split" and not set(self.about[0]).isdisjoint(self.about[1]):
            raise ValueError("a decision to split cannot name a claim on both sides")
        if (self.kind == "undo") != (self.undoes is not None):
            raise ValueError("undoes belongs to a decision to undo, and to no other")
        return self


class Run(Record):
    """
    How a table came to be; all of it shapes the result or follows from it.

    *answered* is when the earliest answer was made (UTC, ISO 8601), null
    without a model. *prompt* names each prompt used as ``name@version#hash``.
    *spending* splits *usage* by document and prompt. It counts tokens, not
    money: prices change, and the same answers make the same table.
    """

    claimx_version: str
    model: str
    prompt: str | None = None
    answered: str | None = None
    usage: Usage = Usage()
    spending: tuple[Spending, ...] = ()
    settings: dict[str, Any] = {}


def is_iso_date(text: str) -> bool:
    """
    Tell whether *text* is a day, month or year in the calendar, as ISO 8601 writes it.

    >>> is_iso_date("2025-03-30"), is_iso_date("2025-02-30"), is_iso_date("30.3.2025")
    (True, False, False)
    """
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text + "0000-01-01"[len(text) :])
    except ValueError:
        return False
    return True


def hash_text(text: str) -> str:
    """Hash *text* as UTF-8, in SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_id(*parts: str) -> str:
    """
    Derive an id of 12 hexadecimal digits from *parts*, in order.

    >>> content_id("a", "b") == content_id("ab")
    False
    """
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:12]
