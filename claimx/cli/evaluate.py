"""`claimx eval`: score a table against a gold annotation."""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import load_whole
from claimx.cli.output import ResultForm, report_errors, write_out
from claimx.review.evaluate import evaluate as evaluate_table
from claimx.review.evaluate import read_gold

_EPILOG = """
GOLD contains mentions.jsonl, with one mention per line (id, doc, claim, spans, group), and
optionally tiers.jsonl and not_claims.jsonl. See docs/gold.md for the format.

Examples:

  claimx eval table.json gold/

  claimx eval table.json gold/ --format json

Exit status: 0 done; 1 the table or the annotation cannot be read, or their texts differ;
2 bad usage; 130 interrupted.
"""


@app.command("eval", epilog=_EPILOG)
def evaluate(
    table: Annotated[Path, typer.Argument(metavar="TABLE.json", help="Table in JSON format.")],
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Folder with the gold annotation.")],
    form: Annotated[
        ResultForm, typer.Option("--format", "-f", help="Output format: text or json.")
    ] = ResultForm.text,
    rounds: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, help="Number of bootstrap samples for the confidence intervals."
        ),
    ] = 1000,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed for the bootstrap.")] = 0,
) -> None:
    """Score a table against a gold annotation: claims, grouping, citations."""
    with report_errors():
        found = evaluate_table(load_whole(table), read_gold(gold), rounds=rounds, seed=seed)
        write_out(found.to_json() if form is ResultForm.json else found.to_text())
