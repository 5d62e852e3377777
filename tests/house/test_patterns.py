"""What is not written, since not every Python from 3.11 on takes it alike."""

import re
from pathlib import Path

import claimx

# "(...)*+"; one of a class or a character, "[...]*+", is right everywhere.
_POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,{}]+\})\+(?!\+)")


def find_in_package(pattern: re.Pattern[str]) -> list[str]:
    package = Path(claimx.__file__).parent
    files = [path for path in package.rglob("*") if path.suffix in {".py", ".toml"}]
    assert files
    return [
        f"{path.name}: {match.group()}"
        for path in files
        for match in pattern.finditer(path.read_text("utf-8"))
    ]


def test_no_group_is_repeated_possessively():
    """Before 3.11.5, Debian's 3.11.2 for one, such a group swallows what it does not match."""
    assert not find_in_package(_POSSESSIVE_GROUP)


def test_no_group_of_errors_is_caught_in_part():
    """Before 3.11.4 what is raised under "except*" comes in a group of its own."""
    assert not find_in_package(re.compile(r"^ *except\*.*", re.MULTILINE))
