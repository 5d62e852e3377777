"""The command line: the only room that prints. One file a command."""

from claimx.cli import batch, cache, explain, extract, report
from claimx.cli.app import app

__all__ = ["app", "batch", "cache", "explain", "extract", "main", "report"]


def main() -> None:
    """Run the command line."""
    app()
