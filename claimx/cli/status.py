"""`claimx status`: how far is a run in parts?"""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.output import EXIT_PARTLY, ResultForm, report_errors, write_out
from claimx.cli.parts import describe_run
from claimx.parts import Status, read_status
from claimx.render.json import write_json
from claimx.render.show import count_things

_EPILOG = """
It may be called while the run goes on, from any machine that sees the folder, and afterwards. A
machine that cannot tell whether the run goes on says when it was last heard.

Examples:

  claimx status parts/

  claimx status parts/ --format json

Exit status: 0 all parts are done; 1 there is no run in DIR; 2 bad usage; 3 some part is not done;
130 interrupted.
"""


@app.command(epilog=_EPILOG)
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of extract --work.")],
    form: Annotated[
        ResultForm, typer.Option("--format", "-f", help="Output format: text or json.")
    ] = ResultForm.text,
) -> None:
    """Say how far a run in parts is."""
    with report_errors():
        found = read_status(folder)
        write_out(write_json(found) if form is ResultForm.json else _describe(found))
    if found.done < found.parts:
        raise typer.Exit(EXIT_PARTLY)


def _describe(status: Status) -> str:
    partial = f", {status.partial} with something missing" if status.partial else ""
    lines = [
        f"{count_things(status.parts, 'part')} of {count_things(status.documents, 'document')}: "
        f"{status.done} done{partial}, {status.failed} failed, {status.todo} to do",
        f"{count_things(status.claims, 'claim')}, {status.rejected:,} rejected, "
        f"{count_things(status.failures, 'failure')}",
    ]
    if status.requests:
        usage = status.usage
        lines.append(
            f"{count_things(status.requests, 'request')} for parts that are done, "
            f"{usage.tokens_in:,} tokens in + {usage.tokens_out:,} out"
        )
    if status.last is not None:
        lines.append(f"{_name_state(status)}: {describe_run(status.last)}")
    lines += [f"failed: {name}" for name in (status.last.failed if status.last else ())]
    return "\n".join(lines) + "\n"


def _name_state(status: Status) -> str:
    if status.heard_s is not None:
        return f"last heard {status.heard_s:,.0f} s ago"
    if status.running:
        return "running"
    return "the last run" if status.last and status.last.ended else "a run that was cut off"
