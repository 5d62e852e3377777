"""Read a file as bytes, unpacked, within size limits."""

import gzip
import hashlib
import io
import sys
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, BinaryIO, cast

from claimx.errors import InputError

STDIN = "-"
GZIP_MARK = b"\x1f\x8b"

# Limit for files that must be in memory as a whole, several times: 150 novels of plain text.
MAX_WHOLE = 100_000_000
# Deflate packs at most 1032:1, and text seldom better than 20:1. Ignored below 10 MB.
MAX_RATIO = 200
MIN_BOMB = 10_000_000
# Bytes in which to look for the mark of an HTML page, which may follow a comment.
HEAD = 4096


@dataclass(frozen=True)
class File:
    """A file to read; *name* is for messages, *data* is set if there is no path."""

    name: str
    path: Path | None = None
    data: bytes = b""

    @cached_property
    def is_packed(self) -> bool:
        """Whether it is compressed with gzip, whatever its name."""
        with self._open_packed() as stream:
            return stream.read(len(GZIP_MARK)) == GZIP_MARK

    @property
    def ending(self) -> str:
        """Suffix of its name in lower case, without ``.gz``; with the dot, or empty."""
        path = PurePath(self.name if self.path else "")
        return PurePath(path.stem if path.suffix.lower() == ".gz" else path).suffix.lower()

    @cached_property
    def head(self) -> bytes:
        """The first bytes, unpacked."""
        with self.open() as stream:
            return stream.read(HEAD)

    @property
    def size(self) -> int:
        """Its size in bytes as stored, packed or not."""
        return self.path.stat().st_size if self.path else len(self.data)

    def open(self) -> BinaryIO:
        """Open it, unpacking it if necessary."""
        stream = self._open_packed()
        if self.is_packed:
            return cast(BinaryIO, io.BufferedReader(_Unpacked(stream, self.name)))
        return stream

    def read(self, most: int = MAX_WHOLE) -> bytes:
        """
        Read all of it, unpacked.

        Raises:
            InputError: If it has more than *most* bytes.
        """
        with self.open() as stream:
            raw = stream.read(most + 1)
        if len(raw) > most:
            raise InputError(f"{self.name}: more than {most // 1_000_000} MB. Split it.")
        return raw

    def read_at(self, offset: int, size: int) -> bytes:
        """Read up to *size* bytes from *offset* on, unpacked."""
        with self.open() as stream:
            while offset > 0:
                offset -= len(stream.read(min(offset, 1 << 20))) or offset
            return stream.read(size)

    def hash(self) -> str:
        """Hash the bytes as stored, packed or not, like ``sha256sum``."""
        with self._open_packed() as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]

    def _open_packed(self) -> BinaryIO:
        return self.path.open("rb") if self.path else io.BytesIO(self.data)


def read_stdin() -> File:
    """
    Read stdin.

    Raises:
        InputError: If it is too large.
    """
    data = sys.stdin.buffer.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        raise InputError(f"stdin: more than {MAX_WHOLE // 1_000_000} MB. Split it.")
    return File("stdin", data=data)


class _Unpacked(io.RawIOBase):
    """A gzip stream, unpacked while it is read; stops at a decompression bomb."""

    def __init__(self, packed: BinaryIO, name: str) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._name = name
        self._size = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._packed.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._stream.read(len(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error) as exc:
            raise InputError(f"{self._name}: broken gzip ({exc}). Get it anew.") from exc
        self._size += len(chunk)
        if self._size > MIN_BOMB and self._size > MAX_RATIO * self._packed.tell():
            raise InputError(
                f"{self._name}: unpacks to more than {MAX_RATIO} times its size, as no text "
                "does. Unpack it yourself if you trust it."
            )
        buffer[: len(chunk)] = chunk
        return len(chunk)
