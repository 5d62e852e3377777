"""The shell completes commands, options and their values."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from claimx.cli.options import list_settings

START = "import sys; sys.argv[0] = 'claimx'; from claimx.cli import main; main()"


def complete(*words: str) -> list[str]:
    """List what bash is told to put for the last of *words*."""
    asked = {
        "_CLAIMX_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("claimx", *words)),
        "COMP_CWORD": str(len(words)),
    }
    program = [sys.executable, "-c", START]
    done = subprocess.run(
        program, env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert not done.stderr
    return done.stdout.split()


def test_command_is_completed() -> None:
    assert complete("ext") == ["extract"]


def test_options_of_extract_are_completed() -> None:
    spelled = {f"--{name.replace('_', '-')}" for name in list_settings()}
    assert spelled | {"--output", "--format", "--dry-run"} <= set(complete("extract", "--"))
    assert complete("extract", "--provi") == ["--provider"]


def test_value_of_an_option_is_completed() -> None:
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
