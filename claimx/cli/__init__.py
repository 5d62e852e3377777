"""The command line, one file per command. Nothing outside this package prints."""

from claimx.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    app()
