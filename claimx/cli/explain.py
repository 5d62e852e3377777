"""`claimx explain`: what two claims share, how alike they are, and what keeps them apart."""

from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.output import EXIT_USAGE, fail, report_errors
from claimx.errors import InputError
from claimx.match import MatchSettings, explain_pair
from claimx.table import load_table

_EPILOG = """
Examples:

  claimx explain table.json C012 C047

  claimx explain "21 people died." "22 people died."

Each sentence is read by itself: rare words of a collection weigh no more than others here.

Exit status: 0 explained; 1 the table could not be read or has no such group; 2 bad usage.
"""


@app.command(epilog=_EPILOG)
def explain(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[TABLE] A B", help="Two groups of a JSON table, or two sentences."),
    ],
) -> None:
    """Say how alike two claims are, and what keeps them apart."""
    if len(words) not in (2, 3):
        fail(f"{len(words)} words given. Pass TABLE A B, or two sentences.", EXIT_USAGE)
    with report_errors():
        first, second = words if len(words) == 2 else _find_claims(Path(words[0]), words[1:])
        typer.echo(describe_pair(first, second))


def _find_claims(path: Path, ids: list[str]) -> tuple[str, str]:
    """Look up the wordings of two groups, or of two claims, of the table at *path*."""
    table = load_table(path)
    wordings = {claim.id: claim.text for group in table.groups for claim in group.claims}
    wordings |= {group.id: group.claim for group in table.groups}
    for name in ids:
        if name not in wordings:
            raise InputError(f"{path}: no group or claim {name!r}. Its ids stand in the table.")
    return wordings[ids[0]], wordings[ids[1]]


def describe_pair(first: str, second: str) -> str:
    """Say in lines how alike two claims are, and what keeps them apart."""
    found, cut = explain_pair(first, second), MatchSettings().min_score
    verdict = "the same" if found.score >= cut else "not the same"
    lines = [f"A: {first}", f"B: {second}", f"{verdict}: score {found.score:.2f}, cut-off {cut:g}"]
    lines.append(f"in common: {found.likeness:.2f}")
    for side, word in zip("AB", found.unmatched, strict=True):
        lines.append(f"only in {side}: {word or 'nothing of weight'}")
    if found.apart is not None:
        lines.append(f"kept apart by {found.apart.kind}: {found.why}")
    return "\n".join(lines)
