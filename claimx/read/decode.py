"""
Decode text: by its byte order mark, as it declares, as UTF-8, or by a guess that is stated.

Newlines stay as they are, so that offsets in a plain file are those of the file.
"""

import codecs
import io
import re
from typing import BinaryIO, NamedTuple, TextIO

from claimx.errors import InputError
from claimx.read.file import File

GUESSED = "(guessed)"
"""How the note on an encoding ends that nothing but a guess speaks for."""

# Enough letters for a guess; more would only cost time.
_SAMPLE = 250_000
_CHUNK = 1 << 20
_BINARY_HEAD = 8192

_MARKS = (  # UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"<meta\b[^>]{0,300}?\bcharset\s*=\s*[\"']?([\w.:-]{1,40})"
    rb"|<\?xml\b[^>]{0,100}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
# What browsers still read (WHATWG, "Encoding"), UTF aside; the guesser knows many more.
_IN_USE = (
    *(f"cp{page}" for page in (866, 874, 932, 949, *range(1250, 1259))),
    *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *("koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "gb18030", "big5", "euc_jp", "euc_kr"),
)
# Any bytes are text in these. Browsers, too, read Latin-1 as Windows-1252 (WHATWG, "Encoding").
_SINGLE_BYTE = ("cp", "iso8859", "koi8", "ascii", "mac")
_AS_BROWSERS_DO = {"iso8859-1": "cp1252", "ascii": "cp1252"}


class Encoding(NamedTuple):
    """An encoding that Python knows, and what a reader should know of how it was chosen."""

    name: str
    note: str = ""

    @property
    def metadata(self) -> dict[str, str]:
        """The note, where there is one."""
        return {"encoding": self.note} if self.note else {}


def decode_text(file: File, named: str | None = None) -> tuple[str, Encoding]:
    """
    Read *file* as text: as *named* says or else as it seems best.

    Raises:
        InputError: If it is no text, or in no encoding that can be told.
    """
    raw = file.read()
    encoding = _read_mark(file, raw, named) or _guess_unless_utf8(
        file, _find_bad_byte(io.BytesIO(raw))
    )
    try:
        return raw.decode(encoding.name), encoding
    except UnicodeDecodeError as exc:
        raise _misfit(file, encoding.name, exc.start) from exc


def decode_page(file: File, named: str | None = None) -> tuple[str, Encoding]:
    """Read *file* like `decode_text`, but believe what a page of HTML declares."""
    raw = file.read()
    declared = _find_declared(raw)
    if named or declared is None or raw.startswith(tuple(mark for mark, _ in _MARKS)):
        return decode_text(file, named)
    if declared.startswith(_SINGLE_BYTE) and _find_bad_byte(io.BytesIO(raw)) is None:
        return decode_text(file)  # saved anew as UTF-8, and the old declaration left in
    try:
        return raw.decode(declared), Encoding(declared, f"{declared} (declared)")
    except UnicodeDecodeError:
        return decode_text(file)


def open_text(file: File, named: str | None = None) -> tuple[TextIO, Encoding]:
    """
    Open *file* as text without having it in memory; it is read twice.

    Raises:
        InputError: If it is no text, or in no encoding that can be told.
    """
    marked = _read_mark(file, file.head, named)
    with file.open() as stream:
        bad = _find_bad_byte(stream, marked.name if marked else "utf-8")
    if marked and bad is not None:
        raise _misfit(file, marked.name, bad)
    encoding = marked or _guess_unless_utf8(file, bad)
    return io.TextIOWrapper(file.open(), encoding.name, newline=""), encoding


def _read_mark(file: File, raw: bytes, named: str | None) -> Encoding | None:
    """Settle the encoding by *named* or the byte order mark, if there is either."""
    encoding: Encoding | None
    if named is not None:
        plain = codecs.lookup(named).name
        encoding = Encoding("utf-8-sig" if plain == "utf-8" else plain)
    else:
        mark = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
        note = "" if mark == "utf-8-sig" else f"{mark} (byte order mark)"
        encoding = Encoding(mark, note) if mark else None
    wide = encoding is not None and encoding.name.startswith(("utf-16", "utf-32"))
    if b"\x00" in raw[:_BINARY_HEAD] and not wide:
        raise InputError(
            f"{file.name}: looks like a binary file (has a NUL byte). Give it plain text."
        )
    return encoding


def _find_bad_byte(stream: BinaryIO, encoding: str = "utf-8") -> int | None:
    """Find the offset of the first byte of *stream* that is not *encoding*."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    while True:
        chunk = stream.read(_CHUNK)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as exc:
            return offset - pending + exc.start
        if not chunk:
            return None
        offset += len(chunk)


def _guess_unless_utf8(file: File, bad: int | None) -> Encoding:
    if bad is None:
        return Encoding("utf-8")
    guess = _guess(file.read_at(max(0, bad - _SAMPLE // 2), _SAMPLE))
    if guess is None:
        raise _misfit(file, "utf-8", bad)
    return Encoding(guess, f"{guess} {GUESSED}")


def _guess(sample: bytes) -> str | None:
    """Guess the encoding; Windows-1252, by far the most frequent, if none makes more sense."""
    from charset_normalizer import from_bytes  # most files need no guess
    from charset_normalizer.constant import TOO_SMALL_SEQUENCE

    if len(sample) < TOO_SMALL_SEQUENCE:
        return None
    matches = from_bytes(sample, cp_isolation=list(_IN_USE))
    best = matches.best()
    usual = next((one for one in matches if "cp1252" in one.could_be_from_charset), None)
    if best and usual and usual.chaos <= best.chaos:
        return "cp1252"
    return best.encoding if best else None


def _find_declared(raw: bytes) -> str | None:
    """Find what encoding a page says it has; UTF-16 cannot be said in letters of one byte."""
    found = _DECLARED.search(raw[:4096])
    if found is None:
        return None
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii")).name
        "".encode(name)
    except (LookupError, UnicodeDecodeError):
        return None
    is_possible = not name.startswith(("utf-16", "utf-32", "utf-8"))
    return _AS_BROWSERS_DO.get(name, name) if is_possible else None


def _misfit(file: File, encoding: str, offset: int) -> InputError:
    shown = "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
    return InputError(
        f"{file.name}: not {shown} (byte 0x{file.read_at(offset, 1).hex()} at offset {offset}). "
        "Convert it, or pass --encoding."
    )
