"""What a program that has claimx installed waits for: nothing it does not use."""

import os
import subprocess
import sys
from importlib import import_module

import pytest
import typer.main

import claimx
from claimx.cli import app
from claimx.cli.app import COMMANDS

HEAVY = {"aiohttp", "diskcache", "instructor", "numpy", "openai", "pydantic", "rich", "vcr"}


def list_loaded(statement: str) -> set[str]:
    """List the modules that a new Python has loaded after *statement*."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import claimx",
        "import claimx; claimx.__version__; dir(claimx)",
        "import claimx.testing",
        "from claimx.cli import app",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(statement: str) -> None:
    loaded = list_loaded(statement)
    assert "claimx" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize("option", ["--version", "--help", "-h"])
def test_looking_at_the_command_line_loads_nothing_heavy(option: str) -> None:
    statement = (
        f"import sys; sys.argv[1:] = [{option!r}]\nfrom claimx.cli import main\n"
        "try: main()\nexcept SystemExit: print('said')"
    )
    loaded = list_loaded(statement)
    assert "said" in loaded
    assert not HEAVY & loaded


def test_replay_loads_no_client() -> None:
    """Half of the time that a replay took went into importing what it does not need."""
    statement = "import claimx; claimx.extract('seeds/000*', replay='cassettes/seeds', cache=None)"
    loaded = list_loaded(statement)
    assert "claimx.llm.client" in loaded
    assert not {"aiohttp", "httpx2", "instructor", "openai", "vcr"} & loaded


def test_extract_without_a_model_loads_only_what_it_needs() -> None:
    """Neither client nor templates, nor what other formats and rarer options need."""
    given = ["extract", "seeds/000*", "--model", "extractive", "-q", "-f", "json", "-o", os.devnull]
    loaded = list_loaded(
        f"import gc, sys; sys.argv[1:] = {given!r}\nfrom claimx.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('kept' if gc.get_freeze_count() > 10_000 else '')"
    )
    assert "claimx.pipeline.flow" in loaded
    assert not {"aiohttp", "diskcache", "jinja2", "openai", "rich", "yaml", "numpy.ma"} & loaded
    rare = {"parts", "review.verify", "review.decisions", "pipeline.plan", "render.markdown"}
    assert not {f"claimx.{one}" for one in rare} & loaded
    assert "kept" in loaded, "what is imported is searched for cycles"


def test_every_public_name_is_there() -> None:
    for name in claimx.__all__:
        assert getattr(claimx, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'extractt'"):
        _ = claimx.extractt  # type: ignore[attr-defined]


def test_function_keeps_its_name_though_a_folder_has_it_too() -> None:
    import_module("claimx.extract.proposals")
    import_module("claimx.review.verify.verify")
    assert callable(claimx.extract)
    assert callable(claimx.verify)


def test_each_command_is_listed_with_its_summary() -> None:
    group = typer.main.get_group(app)
    context = typer.Context(group)
    assert group.list_commands(context) == list(COMMANDS)
    for name, summary in COMMANDS.items():
        command = group.get_command(context, name)
        assert command is not None
        assert (command.help or "").startswith(summary[:-1].split(",")[0])


def test_a_folder_of_a_run_is_known_without_pyarrow() -> None:
    """Without the extra a command that is given a folder says what it is, and is no fault."""
    code = "import sys; sys.modules['pyarrow'] = None; import claimx.parts.store"
    subprocess.run([sys.executable, "-c", code], check=True)
