"""The command line: the only room that prints. One file a command."""

from claimx.cli import diff, extract, verify
from claimx.cli.app import app

__all__ = ["app", "diff", "extract", "main", "verify"]


def main() -> None:
    """Run the command line."""
    app()
