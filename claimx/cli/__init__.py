"""The command line: the only room that prints. One file a command."""

from claimx.cli import explain, extract
from claimx.cli.app import app

__all__ = ["app", "explain", "extract", "main"]


def main() -> None:
    """Run the command line."""
    app()
