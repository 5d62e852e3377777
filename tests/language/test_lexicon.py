"""The word lists of a language: each section can be read, and is used."""

import tomllib
from pathlib import Path

import pytest

import claimx
from claimx.language.lexicon import list_sections, read_forms, read_words

PACKAGE = Path(claimx.__file__).parent
FILES = sorted((PACKAGE / "language/english").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_section_is_used(path: Path) -> None:
    """No list is kept that no rule reads, by its name or by the prefix of one."""
    text = path.read_text("utf-8")
    code = "".join(each.read_text("utf-8") for each in PACKAGE.rglob("*.py"))
    for name in tomllib.loads(text):
        section = f"{path.stem}.{name}"
        named = f'"{section}"' in code or f"'{section}'" in code or f"{{{name}}}" in text
        assert named or f'"{path.stem}.{{' in code, name


def test_section_can_be_made_of_others() -> None:
    assert {"am", "been", "has"} <= read_words("function_words.be_or_have")
    assert not any("{" in word for word in read_words("function_words.all"))


def test_forms_lead_to_what_they_are_forms_of() -> None:
    assert read_forms("numbers.phrased_units")["square km"] == "square-kilometre"


def test_unknown_section_is_an_error() -> None:
    with pytest.raises(KeyError):
        read_words("negation.nothing_of_the_kind")


def test_sections_stand_in_the_order_of_their_file() -> None:
    assert list_sections("opposites")[0] == "news"
