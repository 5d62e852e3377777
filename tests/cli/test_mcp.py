"""The tools that an assistant gets, called as an assistant calls them."""

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from typer.testing import CliRunner

from claimx.cli import app
from claimx.cli.mcp import make_server
from tests.conftest import ROOT

TEXT = "The bridge opened on Monday.\n\nThe bridge cost 4 million euros.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "b.txt").write_text("The bridge opened on Monday.\n\nNobody came.\n", "utf-8")
    return tmp_path


def call(folder: Path, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    async def ask() -> list[Any]:
        async with Client(make_server(folder, model="extractive")) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(ask)


def test_articles_become_a_table_that_is_shown_and_verified(folder: Path) -> None:
    made, shown, verified = call(
        folder,
        ("extract", {"articles": ["a.txt", "b.txt"]}),
        ("show", {"table": "table.json", "document": "a"}),
        ("verify", {"table": "table.json"}),
    )
    assert "The bridge opened on Monday." in made.content[0].text
    assert "2/2" in made.content[0].text
    assert "4 million euros" in shown.content[0].text
    assert "Nobody came" not in shown.content[0].text
    assert "3 same" in verified.content[0].text
    assert json.loads((folder / "table.json").read_text("utf-8"))["documents"]


def test_sentences_are_grouped_and_explained(folder: Path) -> None:
    said = ["21 people died.", "Twenty-one people died.", "22 people died."]
    matched, explained = call(
        folder, ("match", {"claims": said}), ("explain", {"a": said[0], "b": said[2]})
    )
    found = json.loads(matched.content[0].text)
    assert [0, 1] in found["groups"]
    assert found["conflicts"][0]["kind"] == "number"
    assert "kept apart by number" in explained.content[0].text


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "inside/../../x.txt"])
def test_files_outside_of_the_folder_are_refused(folder: Path, name: str) -> None:
    read, written = call(
        folder,
        ("extract", {"articles": [name]}),
        ("extract", {"articles": ["a.txt"], "table": name}),
    )
    for answer in (read, written):
        assert answer.is_error
        assert "outside of the folder served" in answer.content[0].text


def test_command_serves_the_tools_on_stdio(folder: Path) -> None:
    async def ask() -> list[str]:
        arguments = ["-m", "claimx", "mcp", "--folder", str(folder)]
        command = StdioServerParameters(command=sys.executable, args=arguments, cwd=str(ROOT))
        async with Client(command) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(ask) == ["extract", "show", "verify", "match", "explain"]


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["mcp", "--folder", str(tmp_path / "gone")])
    assert result.exit_code == 2
    assert "gone: no such folder." in result.output
