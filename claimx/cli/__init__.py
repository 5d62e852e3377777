"""The command line: the only room that prints. One file a command."""

from claimx.cli import batch, cache, extract
from claimx.cli.app import app

__all__ = ["app", "batch", "cache", "extract", "main"]


def main() -> None:
    """Run the command line."""
    app()
