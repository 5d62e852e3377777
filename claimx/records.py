"""
What travels through claimx: frozen records, never edited after creation.

Offsets count Unicode code points from 0 and are half-open. Ids are derived
from content, so that two runs over the same files can be compared.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
]
SkipKind = Literal["label", "furniture", "advert", "unclaimed"]
SentenceKind = Literal["prose", "heading", "label", "item", "row", "furniture", "advert"]

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
    the file has any.
    """

    id: str
    source: str
    text: str
    sha256: str
    media_type: str = "text/plain"
    title: str | None = None
    metadata: dict[str, str] = {}
    pages: tuple[int, ...] = ()


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

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where the document makes this claim."""
        return self.alignment.spans


class Citation(Record):
    """
    An exact slice of a document that makes a claim.

    *line* and *column* count from 1 and are where the span starts; so does
    *page*, null where the document has no pages.
    """

    claim_id: str
    document_id: str
    span: Span
    quote: str
    line: int
    column: int
    page: int | None = None


class ClaimGroup(Record):
    """
    Claims that say the same; one row of the table.

    *claim* is the wording of the member that best stands for the rest.
    *support* counts the documents that make the claim, *independent* those of
    them of which none repeats another (null in older tables). *entails* has the ids
    of groups of which this one says all, and more: a more specific claim is
    another claim, but who makes it makes the general one too.
    """

    id: str
    claim: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    support: int
    independent: int | None = None
    entails: tuple[str, ...] = ()


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
    """Something the model proposed that is not in the table, and why."""

    document_id: str
    segment: int | None = None
    claim: str
    quote: str
    reason: RejectReason
    detail: str


class Skipped(Record):
    """
    A sentence that no claim cites, and why: *reason* is for people.

    "label", "furniture" and "advert" were not read for claims; "unclaimed"
    states something and was.
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


class Spending(Record):
    """
    What the answers about one document, to one prompt, cost.

    *document_id* is empty for questions about many documents.
    """

    document_id: str
    prompt: str
    usage: Usage


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


def content_id(*parts: str) -> str:
    """
    Derive an id of 12 hexadecimal digits from *parts*, in order.

    >>> content_id("a", "b") == content_id("ab")
    False
    """
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:12]
