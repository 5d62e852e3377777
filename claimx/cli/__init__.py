"""The command line: the only room that prints. One file a command."""

from claimx.cli import diff, evaluate, extract, show, verify
from claimx.cli.app import app

__all__ = ["app", "diff", "evaluate", "extract", "main", "show", "verify"]


def main() -> None:
    """Run the command line."""
    app()
