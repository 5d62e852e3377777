"""Read a gold annotation; docs/gold.md describes its files."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from claimx.errors import InputError
from claimx.records import Record, Span
from claimx.table import Folder, take_path

_CORE = "core"

LineT = TypeVar("LineT", bound="_Line")


class Mention(Record):
    """A span in which a document makes a claim; mentions of one *group* are equivalent."""

    id: str
    document: str
    claim: str
    spans: tuple[Span, ...] = Field(min_length=1)
    quotes: tuple[str, ...] = ()
    group: str
    is_core: bool = True


class Refusal(Record):
    """Text of a document that makes no claim."""

    document: str
    span: Span


class Gold(Record):
    """The annotation of some documents; *has_tiers* if some mentions are less important."""

    mentions: tuple[Mention, ...]
    refusals: tuple[Refusal, ...] = ()
    has_tiers: bool = False

    @property
    def documents(self) -> tuple[str, ...]:
        """The names of the annotated files."""
        named = [one.document for one in self.mentions] + [one.document for one in self.refusals]
        return tuple(dict.fromkeys(named))


class _Line(BaseModel):
    """A line of one of the files; further fields are ignored."""

    model_config = ConfigDict(extra="ignore")


def _name_ends(pair: object) -> object:
    match pair:
        case [start, end]:
            return {"start": start, "end": end}
    return pair


Place = Annotated[Span, BeforeValidator(_name_ends)]


class _MentionLine(_Line):
    id: str
    doc: str
    claim: str
    spans: tuple[Place, ...] = Field(min_length=1)
    quotes: tuple[str, ...] = ()
    group: str


class _TierLine(_Line):
    id: str
    tier: str


class _RefusalLine(_Line):
    doc: str
    span: Place


def read_gold(folder: Folder) -> Gold:
    """
    Read the annotation in *folder*: mentions.jsonl; tiers.jsonl and not_claims.jsonl if present.

    Raises:
        InputError: If a file cannot be read or a line of it is invalid.
    """
    path = take_path(folder, "gold is named by its folder")
    mentions = _read_lines(path / "mentions.jsonl", _MentionLine)
    tiers = {line.id: line.tier for line in _read_optional(path / "tiers.jsonl", _TierLine)}
    refusals = _read_optional(path / "not_claims.jsonl", _RefusalLine)
    return Gold(
        mentions=tuple(_make_mention(line, tiers.get(line.id, _CORE)) for line in mentions),
        refusals=tuple(Refusal(document=line.doc, span=line.span) for line in refusals),
        has_tiers=bool(tiers),
    )


def _make_mention(line: _MentionLine, tier: str) -> Mention:
    return Mention(
        id=line.id,
        document=line.doc,
        claim=line.claim,
        spans=line.spans,
        quotes=line.quotes,
        group=line.group,
        is_core=tier == _CORE,
    )


def _read_optional(path: Path, kind: type[LineT]) -> list[LineT]:
    return _read_lines(path, kind) if path.exists() else []


def _read_lines(path: Path, kind: type[LineT]) -> list[LineT]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as exc:
        raise InputError(
            f"{path}: cannot be read ({exc.strerror}). Give the folder of a gold annotation."
        ) from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: not UTF-8. Convert it.") from exc
    lines = enumerate(text.split("\n"), start=1)
    return [_parse_line(line, f"{path}, line {at}", kind) for at, line in lines if line.strip()]


def _parse_line(line: str, where: str, kind: type[LineT]) -> LineT:
    try:
        return kind.model_validate_json(line)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise InputError(f"{where}: {field}: {first['msg']}. See docs/gold.md.") from exc
