"""Compress records until the end of a run: they take a tenth of the memory."""

import json
import zlib
from typing import Any, Protocol, Self, TypeVar

from pydantic import ValidationError


class Packable(Protocol):
    """A record of either kind."""

    def model_dump(self, *, exclude_defaults: bool = False) -> dict[str, Any]:
        """Convert to a dict."""

    @classmethod
    def model_validate(cls, obj: Any, /) -> Self:
        """Check *obj*, and make a record of it."""

    @classmethod
    def model_validate_json(cls, json_data: bytes, /) -> Self:
        """Check JSON, and make a record of it."""


RecordT = TypeVar("RecordT", bound=Packable)


def pack_record(record: Packable) -> bytes:
    """Compress *record*."""
    return zlib.compress(write_line(record), level=1)


def write_line(record: Packable) -> bytes:
    """
    Write *record* as a line of JSON, in ASCII.

    A text from Python may have characters that UTF-8 cannot encode.
    """
    plain = json.dumps(record.model_dump(exclude_defaults=True), ensure_ascii=True)
    return plain.encode("ascii")


def read_line(kind: type[RecordT], line: bytes) -> RecordT:
    """Undo `write_line`."""
    try:
        return kind.model_validate_json(line)  # at once, and equal names are one string
    except ValidationError:  # it has a character that UTF-8 cannot encode, or is damaged
        return kind.model_validate(json.loads(line))


def unpack_record(kind: type[RecordT], packed: bytes) -> RecordT:
    """Undo `pack_record`."""
    return read_line(kind, zlib.decompress(packed))
