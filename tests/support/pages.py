"""
Documents that are true: their files are written, their Python and commands run.

In a page of `docs/`, a fenced block with a file's name as its title is that file; other Python
and console blocks run in their order, in one folder with the seeds. What a page shows below a
command, or in a block with the title "prints", is what came out. A block whose title begins with
"not tested" says why it is not.
"""

import configparser
import contextlib
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer
import typer.core
import typer.main
from typer.testing import CliRunner

from claimx.cli import app

NOT_RUN = "not tested: "
PRINTS = "prints"
RUN = ("python", "console")

_BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"\n]+)")?\n(?P<body>.*?)^```$', re.M | re.S
)
_SECONDS = re.compile(r"\b\d+\.\d s\b")
_COMMAND = re.compile(
    r"(?P<run>[^|#]+?)(?: \| head -n (?P<head>\d+))?(?:  # status (?P<status>\d+))?"
)


class Block(NamedTuple):
    """A fenced block of a page; *span* is of its body."""

    language: str
    title: str
    body: str
    span: tuple[int, int]


def split_blocks(page: str) -> Iterator[Block]:
    """List the fenced blocks of *page* in order."""
    for found in _BLOCK.finditer(page):
        yield Block(found["language"], found["title"] or "", found["body"], found.span("body"))


def run_page(page: str, folder: Path) -> str:
    """Run the blocks of *page* in *folder*, and return the page with what came out."""
    space: dict[str, Any] = {"__name__": "page"}
    printed = ""
    bodies: list[tuple[Block, str]] = []
    for block in split_blocks(page):
        body = block.body
        if block.title == PRINTS:
            body = printed
        elif block.title.startswith(NOT_RUN):
            pass
        elif block.title:
            _write_file(folder, block)
        elif block.language == "python":
            printed = _run_python(body, space)
        elif block.language == "console":
            body = "".join(_run_command(*one, folder) for one in _split_commands(body))
        bodies.append((block, body))
    return _put_bodies(page, bodies)


def hide_times(page: str) -> str:
    """Put one time for all seconds, which differ from run to run."""
    return _SECONDS.sub("0.0 s", page)


def render_help(names: tuple[str, ...] = (), command: Any = None) -> Iterator[str]:
    """Give the help of every command as a section of a page."""
    command = command or typer.main.get_command(app)
    shown = _invoke([*names, "--help"]).stdout
    yield f"## {' '.join(('claimx', *names))}\n\n```text\n{shown.strip()}\n```\n"
    if isinstance(command, typer.core.TyperGroup):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from render_help((*names, name), command.get_command(context, name))


def _put_bodies(page: str, bodies: Iterable[tuple[Block, str]]) -> str:
    parts, at = [], 0
    for block, body in bodies:
        parts += [page[at : block.span[0]], body]
        at = block.span[1]
    return "".join([*parts, page[at:]])


def _write_file(folder: Path, block: Block) -> None:
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.body, "utf-8")
    if path.name == "pyproject.toml":
        _install(folder, tomllib.loads(block.body)["project"]["entry-points"])


def _install(folder: Path, points: dict[str, dict[str, str]]) -> None:
    """Do what an installer does with entry points."""
    info = folder / "page-1.dist-info"
    info.mkdir(exist_ok=True)
    config = configparser.ConfigParser()
    config.read_dict(points)
    with (info / "entry_points.txt").open("w") as file:
        config.write(file)
    importlib.invalidate_caches()


def _run_python(code: str, space: dict[str, Any]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "page", "exec"), space)
    return _strip_lines(out.getvalue())


def _split_commands(body: str) -> Iterator[tuple[str, str]]:
    """List the commands of a console block, each with what is shown below it."""
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def _run_command(command: str, shown: str, folder: Path) -> str:
    """Run *command*, check its status, and return it with its output if any is shown."""
    found = _COMMAND.fullmatch(command)
    assert found, command
    program, *arguments = shlex.split(found["run"])
    run = {"claimx": _invoke, "pytest": _run_pytest}[program]
    result = run(arguments, folder=folder)
    assert result.status == int(found["status"] or 0), f"{command}: {result}"
    output = result.both
    if found["head"]:
        lines = result.stdout.splitlines(keepends=True)[: int(found["head"])]
        output = result.stderr + "".join(lines)
    return f"$ {command}\n{_strip_lines(output) if shown.strip() else shown}"


def _strip_lines(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


class _Result(NamedTuple):
    status: int
    stdout: str
    stderr: str
    both: str


def _invoke(arguments: list[str], folder: Path | None = None) -> _Result:
    del folder  # commands run where the tests are, and only pytest must be told
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    found = runner.invoke(app, arguments, prog_name="claimx", catch_exceptions=False)
    return _Result(found.exit_code, found.stdout, found.stderr, found.output)


def _run_pytest(arguments: list[str], folder: Path) -> _Result:
    options = ["-q", "-p", "no:cacheprovider", "-p", "claimx.testing"]
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # other plugins cost seconds
        capture_output=True,
        text=True,
        check=False,
    )
    return _Result(found.returncode, found.stdout, found.stderr, found.stdout + found.stderr)
