"""Regular expressions that every Python from 3.11 on takes alike."""

import re
from pathlib import Path

import claimx

# "(...)*+"; one of a class or a character, "[...]*+", is right everywhere.
_POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,{}]+\})\+(?!\+)")


def test_no_group_is_repeated_possessively():
    """Before 3.11.5, Debian's 3.11.2 for one, such a group swallows what it does not match."""
    package = Path(claimx.__file__).parent
    files = [path for path in package.rglob("*") if path.suffix in {".py", ".toml"}]
    found = [
        f"{path.name}: {match.group()}"
        for path in files
        for match in _POSSESSIVE_GROUP.finditer(path.read_text("utf-8"))
    ]
    assert files
    assert not found
