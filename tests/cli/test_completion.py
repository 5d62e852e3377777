"""The shell completes commands, options and their values."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claimx.cli import app
from claimx.cli.options import list_settings

START = "import sys; sys.argv[0] = 'claimx'; from claimx.cli import main; main()"


@pytest.fixture
def complete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """List what bash is told to put for the last of the words."""

    def complete(*words: str) -> list[str]:
        monkeypatch.setenv("_CLAIMX_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(("claimx", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit) as ended:
            app(prog_name="claimx")
        said = capsys.readouterr()
        assert (ended.value.code, said.err) == (0, "")
        return said.out.split()

    return complete


def test_command_is_completed(complete: Callable[..., list[str]]) -> None:
    assert complete("ext") == ["extract"]


def test_options_of_extract_are_completed(complete: Callable[..., list[str]]) -> None:
    spelled = {f"--{name.replace('_', '-')}" for name in list_settings()}
    assert spelled | {"--output", "--format", "--dry-run"} <= set(complete("extract", "--"))
    assert complete("extract", "--provi") == ["--provider"]


def test_value_of_an_option_is_completed(complete: Callable[..., list[str]]) -> None:
    assert complete("extract", "--strategy", "st") == ["stepwise"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_script_works_in_bash(tmp_path: Path) -> None:
    program = tmp_path / "claimx"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{START}" "$@"\n', "utf-8")
    program.chmod(0o755)
    script = (
        "source <(claimx --show-completion bash); COMP_WORDS=(claimx extract --dry); COMP_CWORD=2; "
        '_claimx_completion claimx; echo "${COMPREPLY[@]}"; complete -p claimx'
    )
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "--dry-run",
        "complete -o default -F _claimx_completion claimx",
    ]
