"""`claimx config`: print every setting, its value and its origin."""

from typing import Any

import typer

from claimx.cli.app import app
from claimx.cli.output import report_errors
from claimx.settings import EXTRACTIVE, Settings, make_settings, trace_settings

_EPILOG = """
A setting is looked for on the command line, then in the environment, then in claimx.toml or in
[tool.claimx] of pyproject.toml, in the current folder or the nearest one above it:

  model = "gpt-5-mini"

  max_cost = 2.5

Keys do not belong there: set OPENAI_API_KEY, or CLAIMX_API_KEY_FILE to a file that holds one, or
put it into the system's keyring (pip install 'claimx[keyring]'; keyring set claimx OPENAI_API_KEY),
where it is looked for last. A provider that is named gets the key of its own name alone
(MISTRAL_API_KEY, GROQ_API_KEY, ...).

Exit status: 0 shown; 1 the file has a mistake.
"""


@app.command(epilog=_EPILOG)
def config() -> None:
    """Print every setting, its value, and where it comes from."""
    with report_errors():
        given, settings = trace_settings(), make_settings({})
        for name in Settings.model_fields:
            origin = given[name].origin if name in given else "default"
            typer.echo(f"{name} = {_show(getattr(settings, name))}  # {origin}")
        if settings.model == EXTRACTIVE:
            typer.echo("# no model is named: sentences are taken as they are")


def _show(value: Any) -> str:
    if value in (None, (), {}):
        return "none"
    return "***" if hasattr(value, "get_secret_value") else str(value)
