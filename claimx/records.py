"""
The records of claimx: frozen, never edited after creation.

Offsets count Unicode code points from 0 and are half-open. Ids are derived
from content, so that two runs over the same files can be compared.
"""

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from claimx.compact import CompactRecord, compact

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


# The names of the fields that were given, once for all records that were given the same: one set
# for each record would be a third of its memory.
_GIVEN: dict[frozenset[str], frozenset[str]] = {}


class Record(BaseModel):
    """A frozen record that accepts only its own fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_post_init(self, _context: Any, /) -> None:
        """Share what pydantic keeps of the fields that were given."""
        _share_given(self, self.__pydantic_fields_set__)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy as pydantic does, unless nothing changes; nothing is checked."""
        if update and not deep and all(_is_same(self, name, to) for name, to in update.items()):
            return self
        copied = self.__deepcopy__() if deep else self.__copy__()
        if update:
            copied.__dict__.update(update)
            _share_given(copied, self.__pydantic_fields_set__ | update.keys())
        return copied


def _is_same(record: Record, name: str, value: Any) -> bool:
    own = record.__dict__.get(name, _GIVEN)
    return own is value or (type(own) is type(value) and own == value)


def _share_given(record: Record, names: AbstractSet[str]) -> None:
    given = frozenset(names)
    object.__setattr__(record, "__pydantic_fields_set__", _GIVEN.setdefault(given, given))


@compact
class Span(CompactRecord):
    """A stretch of a text: ``text[start:end]``, in code points, never empty."""

    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"span {self.start}:{self.end} is empty")
        return self

    def slice(self, text: str) -> str:
        """Return the text of this span of *text*."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Return whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


class Document(Record):
    """
    One article as it was read; *text* is never changed afterwards.

    *id* is unique in a run and is the name for users: the file's path below the folder
    that was searched. *source* is the path as given, for links. *sha256* is that of the
    file's bytes as stored, or of *text* in UTF-8 if there is no file. *pages* are the
    offsets where pages begin, if the file has any. *times* are (offset, milliseconds)
    where captions begin.

    *outlet* is the publisher, *author* the author (several separated by semicolons),
    *date* the date of publication (ISO 8601: a day, month or year). *language* is a
    BCP 47 tag. Each is null unless it is certain; *metadata* has everything else known.
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


@compact
class Sentence(CompactRecord):
    """
    A sentence of a document; *index* counts from 0 through the document.

    A "heading" makes a statement, a "label" (section heading, list lead, table header)
    does not. "furniture" is boilerplate of the page, "advert" advertising.
    """

    index: int
    span: Span
    kind: SentenceKind = "prose"


@compact
class Segment(CompactRecord):
    """
    Consecutive sentences that are sent to the model together.

    *context* holds sentences before them that a reader needs to resolve
    "he" or "the company"; nothing is extracted from it. *index* counts from 0
    through the document.

    If a document is shown whole, *context* holds all sentences to show, including those
    asked about. A document that is too long is shown in *parts*; *part* counts from 0,
    and *names* lists the people and things that earlier parts introduce.
    """

    document_id: str
    index: int
    sentences: tuple[Sentence, ...]
    context: tuple[Sentence, ...] = ()
    part: int = 0
    parts: int = 1
    names: tuple[str, ...] = ()


@compact
class Alignment(CompactRecord):
    """
    The place of a quote in a text.

    *exact*, *normalized* and *fuzzy* are finds: *spans* together are the cited wording
    (several if the quote joins pieces with an ellipsis). *ambiguous* keeps every place,
    and none is chosen. *not_found* has no span; *nearest* is then the closest wording,
    as a hint, never a citation. *score* is 1 for identical wording. *why* explains why
    a quote was not found, or how a found one may mislead.
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


@compact
class Flag(CompactRecord):
    """A doubt about a claim that a local check raises; *message* is for the reader."""

    kind: FlagKind
    message: str


@compact
class Claim(CompactRecord):
    """
    One checkable, self-contained statement of one document, with the words it is based on.

    *runs* counts the runs that found it, if a document was asked about several times.
    *headline* is true if it is based on headings alone, which may say more than their
    text. *accepted* is true if a person checked it and found it right.
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

    def __post_init__(self) -> None:
        """Keep one string where wording and quote are the same."""
        if self.text == self.quote:
            object.__setattr__(self, "quote", self.text)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans where the document makes this claim."""
        return self.alignment.spans


@compact
class Citation(CompactRecord):
    """
    An exact slice of a document that makes a claim.

    *line* and *column* count from 1 and locate the start of the span, as does *page*,
    null if the document has no pages. *time* is the start of the caption, in
    milliseconds, null if the document has no times.
    """

    claim_id: str
    document_id: str
    span: Span
    quote: str
    line: int
    column: int
    page: int | None = None
    time: int | None = None


@compact
class ClaimGroup(CompactRecord):
    """
    Equivalent claims; one row of the table.

    *claim* is the wording of the most representative member, without a speaker whom
    another member does not credit. *support* counts the documents that make the claim,
    *independent* those among them that do not repeat another (null in older tables).
    *entails* has the ids of the groups that this one implies: a more specific claim is
    another claim, but whoever makes it also makes the general one. *reworded* is true if
    *claim* was worded by a person; *notes* are a person's.
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


@compact
class Conflict(CompactRecord):
    """
    Two groups, *a* and *b*, that are about the same thing but cannot both be true.

    *why* is what differs, side *a* first: ``21 / 22``.
    """

    a: str
    b: str
    kind: ConflictKind
    why: str


@compact
class Passage(CompactRecord):
    """Matching passages of two documents, *a* and *b*."""

    a: Span
    b: Span


class Echo(Record):
    """
    Two documents, *a* and *b* by id: one repeats the other, or both repeat a third.

    "copied": *share* of the words of the shorter one are in *passages*, identical in
    both. "retold": *share* of its sentences have counterparts in the other, in the same
    order; *passages* pairs them. "agency": both credit the same news agency, at
    *passages*; *share* is 0.
    """

    a: str
    b: str
    kind: EchoKind
    share: float
    passages: tuple[Passage, ...]


@compact
class Rejected(CompactRecord):
    """
    A proposed claim that is not in the table, and the reason.

    *found* is the claim as it was in the table until a person rejected it.
    """

    document_id: str
    segment: int | None = None
    claim: str
    quote: str
    reason: RejectReason
    detail: str
    found: Claim | None = None


@compact
class Skipped(CompactRecord):
    """
    A sentence that no claim cites; *reason* is for the reader.

    "label", "furniture" and "advert" were not read for claims; "unclaimed" makes a
    statement and was. "unchecked" is a whole document, in a language that some checks
    do not know.
    """

    document_id: str
    span: Span
    kind: SkipKind
    reason: str


class Failure(Record):
    """
    A document, or one segment of it, that could not be processed.

    *document_id* is empty if a question about several documents failed.
    """

    document_id: str
    segment: int | None = None
    error: str


@compact
class Usage(CompactRecord):
    """
    The tokens of answers, whether from a server, the cache or a cassette.

    *tokens_cached* are those of *tokens_in* that the server had cached and charges less
    for.
    """

    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0


def join_usage(parts: Iterable[Usage]) -> Usage:
    """Sum *parts*."""
    parts = tuple(parts)
    return Usage(**{name: sum(getattr(one, name) for one in parts) for name in Usage.model_fields})


@compact
class Proposal(CompactRecord):
    """
    A claim as proposed, before any check.

    *near* are the spans of the sentences that the model named. *span* is the place of
    the quote, if it is known and need not be searched. *modality* is None if the model
    was not asked for speaker and modality. *doubts* describe changes to the wording that
    may be wrong. *run* counts from 0 if a segment is asked about several times.
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
    """Reject the claim *said* for *reason*; *detail* is for the reader."""
    return Rejected(
        document_id=said.document_id,
        segment=said.segment if isinstance(said, Proposal) else None,
        claim=said.claim if isinstance(said, Proposal) else said.text,
        quote=said.quote,
        reason=reason,
        detail=detail,
    )


@compact
class DocumentResult(CompactRecord):
    """
    The result for a document, or for a part of it, so far.

    A strategy fills *proposals*. *unusable* are invalid items of answers, *unread* has
    the reason for each answer that could not be read at all, *names* lists the people
    and things introduced, for later parts. The checks turn every proposal into one of
    *claims* or of *rejected*, and list in *skipped* the sentences that no claim cites.
    *answered* counts the segments with a readable answer, *prose* has the starts and
    ends of its stretches of prose, alternating. *usage_again* is the cost of reading the
    claims again, *created* the time of the earliest answer (seconds since 1970).
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
        """Whether any answer could be read, even one without claims."""
        return not self.unread or bool(self.proposals or self.unusable)

    @property
    def is_read(self) -> bool:
        """Whether the document was read, at least in part; if not, *failures* say why."""
        made = self.answered or self.claims or self.rejected or self.unusable
        return bool(made) or not self.failures


def join_proposed(parts: Iterable[DocumentResult]) -> DocumentResult:
    """Join the results of several answers or segments, in order; *created* is the earliest."""
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
    The tokens of the answers about one document, to one prompt.

    *document_id* is empty for questions about several documents.
    """

    document_id: str
    prompt: str
    usage: Usage


class Subject(Record):
    """
    The claim that a decision is about, by content: its wording, and the words it cites.

    *sha256* is that of its document, so that a claim is recognised in a renamed file.
    """

    claim_id: str
    document_id: str
    sha256: str
    text: str
    quote: str


class Decision(Record):
    """
    A person's decision about claims; never changed, only undone by a later one.

    *about* has one side, the claims decided on. "merge" has a side for each group to
    join; "split" has two, the claims to take out and those to keep. *text* is the new
    wording, the note, or the reason. *undoes* is the *id* of an earlier decision. *made*
    is its time (ISO 8601), *by* its author, if known.
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
    How a table was made; every field affects the result or follows from it.

    *answered* is the time of the earliest answer (UTC, ISO 8601), null without a model.
    *prompt* names each prompt used as ``name@version#hash``. *spending* splits *usage*
    by document and prompt. It counts tokens, not money: prices change, and the same
    answers must yield the same table.
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
    Return whether *text* is a calendar day, month or year in ISO 8601.

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
    """Return the SHA-256 of *text* in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_id(*parts: str) -> str:
    """
    Derive an id of 12 hexadecimal digits from *parts*, in order.

    >>> content_id("a", "b") == content_id("ab")
    False
    """
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:12]


# Two of 10,000 groups share 8 hexadecimal digits in one of 90 tables; those get longer ids.
ID_DIGITS = 8


def digest_ids(ids: Iterable[str]) -> str:
    """Hash the *ids* of the claims of a group, in whatever order they come."""
    return hashlib.sha256("\x1f".join(sorted(ids)).encode()).hexdigest()


def name_digests(digests: Sequence[str]) -> list[str]:
    """Name each group by the digest of its claims, as short as is unique."""
    digits = dict.fromkeys(digests, ID_DIGITS)
    for first, second in pairwise(sorted(digits)):
        needed = _count_shared(first, second) + 1
        digits[first] = max(digits[first], needed)
        digits[second] = max(digits[second], needed)
    return [f"C{digest[: digits[digest]]}" for digest in digests]


def _count_shared(first: str, second: str) -> int:
    """Return the length of the common prefix."""
    return next((at for at, (a, b) in enumerate(zip(first, second, strict=True)) if a != b), 0)
