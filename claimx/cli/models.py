"""`claimx models`: list the models that a server offers."""

from typing import Any

import typer

from claimx.cli.app import app
from claimx.cli.options import SERVER, GroupedCommand, with_settings
from claimx.cli.output import report_errors, say
from claimx.render.show import show_text

_EPILOG = """
Examples:

  claimx models --provider ollama

  claimx models --base-url http://localhost:8000/v1

Exit status: 0 listed; 1 the server cannot be asked, or refuses; 2 bad usage.
"""


@app.command(epilog=_EPILOG, cls=GroupedCommand)
@with_settings(*SERVER, "timeout_s")
def models(*, given: dict[str, Any]) -> None:
    """List the models that a server offers, to be named with --model."""
    with report_errors():
        from claimx.llm.models import list_models
        from claimx.settings import make_settings

        found = list_models(make_settings({"model": "any"} | given))
    for server, names in found.items():
        if len(found) > 1:
            typer.echo(f"{show_text(server)}:")
        for name in names:
            typer.echo(show_text(name))
        if not names:
            say(f"{server} lists no models. Name one with --model.")
