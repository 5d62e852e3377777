"""The command line: the only room that prints. One file a command."""

from claimx.cli import batch, cache, diff, evaluate, explain, extract, match, report, show, verify
from claimx.cli.app import app

__all__ = [
    "app",
    "batch",
    "cache",
    "diff",
    "evaluate",
    "explain",
    "extract",
    "main",
    "match",
    "report",
    "show",
    "verify",
]


def main() -> None:
    """Run the command line."""
    app()
