"""The command line: the only room that prints. One file a command."""

from claimx.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    app()
