"""Recognise addresses of the web among sources, and text files that list them."""

import re
from pathlib import Path
from urllib.request import url2pathname

from claimx.errors import InputError
from claimx.read.file import File

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_PASSWORD = re.compile(r"//[^/?#\s]*@")
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|#[^\n]*(?:\n|$))*https?://", re.IGNORECASE)
_OF_FILE = re.compile(r"file://([^/]*)(/.+)?", re.IGNORECASE | re.DOTALL)
_ENDINGS = ("", ".txt")
_MAX_LIST = 1_000_000


def is_address(source: str) -> bool:
    """Return whether *source* is the address of a page rather than a path."""
    return _ADDRESS.fullmatch(source.strip()) is not None


def hide_password(address: str) -> str:
    """
    Return *address* without a name and password in it.

    >>> hide_password("https://me:secret@example.org/a")
    'https://example.org/a'
    """
    return _PASSWORD.sub("//", address.strip(), count=1)


def take_local(source: str) -> str:
    """
    Return the path in an address of a file on this machine; any other *source* as it is.

    >>> take_local("file:///srv/two%20words.txt"), take_local("a.txt")
    ('/srv/two words.txt', 'a.txt')

    Raises:
        InputError: If it is a file of another machine.
    """
    if not (found := _OF_FILE.match(source)):
        return source
    if found[1].lower() not in ("", "localhost") or not found[2]:
        raise InputError(f"{source[:100]}: no file of this machine. Write file:///PATH.")
    return url2pathname(found[2])


def list_addresses(path: Path | None) -> list[str]:
    """
    List the addresses in the text file at *path*, one on each line; none if it has other text.

    It begins with an address, and no line is more than a word. Blank lines, and lines that begin
    with ``#``, are skipped.
    """
    if path is None:
        return []
    file = File(str(path), path)
    if file.ending not in _ENDINGS:
        return []
    try:
        if path.stat().st_size > _MAX_LIST or not _BEGIN.match(file.head):
            return []
        lines = file.read(_MAX_LIST).decode("utf-8-sig", "replace").splitlines()
    except (OSError, InputError):
        return []
    told = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return told if all(len(line.split()) == 1 for line in told) else []
