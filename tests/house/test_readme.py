"""The README is true: its examples run, and what it names exists."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimx.cli import app
from claimx.settings import Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
COST = (ROOT / "docs" / "how-to" / "cost.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
OPTIONS = sorted(set(re.findall(r"`(--[a-z-]+)", README)))


@pytest.mark.parametrize("block", [block for block in BLOCKS if "import claimx" in block])
def test_python_example_runs(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_first_command_makes_the_table_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [command] = re.findall(r"^    .*&& \.venv/bin/claimx (extract .*?) &&", README, re.MULTILINE)
    arguments = shlex.split(command)
    arguments[-1] = str(tmp_path / arguments[-1])
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    made = (tmp_path / "table.md").read_text("utf-8")
    shown = README.split("<!-- sample -->")[1].split("<!-- end of sample -->")[0]
    rows = [line for line in shown.splitlines() if line.startswith("|") and "---" not in line]
    assert rows
    for row in rows:
        assert row in made


def test_disagreement_is_found_as_shown() -> None:
    shown = r"^\$ printf '(.*?)' \| claimx (match -)\n(.*?)^```"
    [(lines, command, output)] = re.findall(shown, README, re.MULTILINE | re.DOTALL)
    given = lines.replace("\\n", "\n")
    assert CliRunner().invoke(app, command.split(), input=given).stdout == output


@pytest.mark.parametrize("option", OPTIONS)
def test_option_exists(option: str) -> None:
    shown = CliRunner().invoke(app, ["extract", "--help"]).stdout
    assert option in shown or option in ("--claimx-record", "--help")


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_defaults_in_the_table_are_those_of_the_settings() -> None:
    settings = Settings()
    row = next(line for line in COST.splitlines() if line.startswith("| `--concurrency`"))
    assert f"{settings.concurrency}, {settings.timeout_s:g} s, {settings.attempts}" in row
    row = next(line for line in COST.splitlines() if line.startswith("| `--temperature`"))
    assert f" {settings.max_tokens} |" in row
    row = next(line for line in COST.splitlines() if line.startswith("| `--segment-tokens`"))
    assert f"| {settings.segment_tokens} |" in row
