"""`claimx eval`: how a table compares to what a person found."""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.output import Form, report_errors, write_out
from claimx.review.evaluate import evaluate as evaluate_table
from claimx.review.evaluate import read_gold
from claimx.table import load_table

_EPILOG = """
GOLD holds mentions.jsonl, one line a mention: id, doc, claim, spans, group; and, if there are any,
tiers.jsonl and not_claims.jsonl. docs/gold.md describes them.

Examples:

  claimx eval table.json gold/

  claimx eval table.json gold/ --format json

Exit status: 0 done; 1 the table or the annotation cannot be read, or they are of different texts;
2 bad usage; 130 interrupted.
"""


@app.command("eval", epilog=_EPILOG)
def evaluate(
    table: Annotated[Path, typer.Argument(metavar="TABLE.json", help="A table, as JSON.")],
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Folder of a gold annotation.")],
    form: Annotated[Form, typer.Option("--format", "-f", help="text or json.")] = Form.text,
    rounds: Annotated[
        int, typer.Option(metavar="N", min=1, help="Resamplings for the intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the resampling.")] = 0,
) -> None:
    """Score a table against a gold annotation: claims, grouping, citations."""
    with report_errors():
        found = evaluate_table(load_table(table), read_gold(gold), rounds=rounds, seed=seed)
        write_out(found.to_json() if form is Form.json else found.to_text())
