"""The command line, one file per command. Nothing outside this package prints."""

import gc
import io
import sys

_INTERRUPTED = "claimx: interrupted. Run the same command again to continue."

try:
    from claimx.cli.app import app
except KeyboardInterrupt:  # importing takes long enough to press Ctrl-C
    sys.stderr.write(f"{_INTERRUPTED}\n")
    sys.exit(130)

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; what nobody foresaw becomes one line and status 1."""
    gc.disable()  # until the command is imported: what is imported stays
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an argument may have bytes that are no text
    try:
        app()
    except BaseException as exc:
        from claimx.errors import explain_fault

        name = next((one for one in sys.argv[1:] if not one.startswith("-")), "claimx")
        fault = explain_fault(name, exc)  # goes no further at a usual end
        from claimx.cli.output import say

        say(fault)
        sys.exit(1)
