"""`claimx apply`: apply a person's decisions to a table."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import load_whole
from claimx.cli.output import (
    EXIT_PARTLY,
    FormatName,
    choose_target,
    deliver,
    refuse_same,
    report_errors,
    say,
)
from claimx.render.show import count_things
from claimx.review.decisions import Applied, Unapplied, apply_decisions, read_decisions

_EPILOG = """
Decisions identify claims by their wording and citations. So they also apply to the table of a
later run, with more articles or another model, wherever it contains the same claims.

Examples:

  claimx apply table.json decisions.jsonl -o decided.json

  claimx apply table.json decisions.jsonl -o decided.md

Exit status: 0 done; 1 a file cannot be read or written; 2 bad usage; 3 done, but some decisions
do not apply to the table (each is listed); 130 interrupted.
"""


@app.command(epilog=_EPILOG)
def apply(
    table: Annotated[Path, typer.Argument(metavar="TABLE.json", help="Table in JSON format.")],
    decisions: Annotated[
        Path,
        typer.Argument(
            metavar="DECISIONS.jsonl", help="Decisions, from a report or from claimx review."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="File to write.")
    ] = None,
    format_name: FormatName = None,
) -> None:
    """Apply a person's decisions to a table."""
    target = choose_target(output, format_name)
    refuse_same(target.path, decisions)
    with report_errors():
        applied = apply_decisions(load_whole(table), read_decisions(decisions))
        deliver(applied.table, target)
    say_applied(applied)
    if applied.unapplied:
        raise typer.Exit(EXIT_PARTLY)


def say_applied(applied: Applied) -> None:
    """Print how many decisions the table holds, and each one that could not be applied."""
    number = len(applied.table.decisions)
    say(f"{count_things(number, 'decision')} of a person in the table")
    for line in _list_unapplied(applied.unapplied):
        say(line)


def _list_unapplied(unapplied: Iterable[Unapplied]) -> Iterable[str]:
    for one in unapplied:
        decision = one.decision
        about = next((f" {side[0].text!r}" for side in decision.about), "")
        yield f"not applied: {decision.kind}{about} ({decision.id}): {one.reason}"
