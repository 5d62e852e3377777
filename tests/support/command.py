"""The command line, run in this process."""

from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from claimx.cli import app

# Ask the model m about the folder ``articles``, each segment by itself, into ``t.json``.
EXTRACT = ("extract", "articles", "-m", "m", "--strategy", "window", "-o", "t.json")


class Result(NamedTuple):
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


def claimx(*args: str | Path, cwd: Path, stdin: str = "", **env: str) -> Result:
    """Run the command line in *cwd*; an exception that reaches the user fails the test."""
    with chdir(cwd):
        done = CliRunner().invoke(
            app, [str(arg) for arg in args], input=stdin, env=env, catch_exceptions=False
        )
    return Result(done.exit_code, done.stdout, done.stderr)
