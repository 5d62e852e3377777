"""`claimx explain`: show why two claims are, or are not, grouped."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from claimx.cli.app import app
from claimx.cli.load import load_whole
from claimx.cli.output import EXIT_USAGE, fail, report_errors, write_out
from claimx.errors import InputError
from claimx.match import MatchSettings, explain_pair
from claimx.render.show import replace_surrogates

_EPILOG = """
Examples:

  claimx explain table.json C012 C047

  claimx explain "21 people died." "22 people died."

Here, each pair is compared on its own. In a table, rare words of the collection count more.

Exit status: 0 explained; 1 the table could not be read or has no such group; 2 bad usage.
"""


@app.command(epilog=_EPILOG)
def explain(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[TABLE] A B", help="Two IDs from a table in JSON format, or two sentences."
        ),
    ],
) -> None:
    """Explain how similar two claims are, and what keeps them apart."""
    if len(words) not in (2, 3):
        fail(_say_usage(len(words)), EXIT_USAGE)
    with report_errors():
        first, second = words if len(words) == 2 else _find_claims(Path(words[0]), words[1:])
        write_out(replace_surrogates(f"{describe_pair(first, second)}\n"))


def _say_usage(number: int) -> str:
    given = "1 argument was" if number == 1 else f"{number} arguments were"
    return f"{given} given. Pass TABLE ID ID, or two sentences in quotes."


def _find_claims(path: Path, ids: list[str]) -> tuple[str, str]:
    """Look up the text of two groups or claims of the table at *path* by their IDs."""
    table = load_whole(path)
    wordings = {claim.id: claim.text for group in table.groups for claim in group.claims}
    wordings |= {group.id: group.claim for group in table.groups}
    first, second = (wordings[_complete_id(path, name, wordings)] for name in ids)
    return first, second


def _complete_id(path: Path, name: str, ids: Collection[str]) -> str:
    """
    Complete an abbreviated ID.

    Raises:
        InputError: If none or several of *ids* begin with *name*.
    """
    fitting = [name] if name in ids else [one for one in ids if one.startswith(name)]
    if not fitting:
        raise InputError(f"{path}: no group or claim {name!r}. 'claimx show' lists the IDs.")
    if len(fitting) > 1:
        shown = ", ".join(sorted(fitting)[:4]) + (", ..." if len(fitting) > 4 else "")
        raise InputError(f"{path}: {name!r} may be {shown}. Write more of the ID.")
    return fitting[0]


def describe_pair(first: str, second: str) -> str:
    """Describe how similar two claims are, and what keeps them apart."""
    found, cut = explain_pair(first, second), MatchSettings().min_score
    verdict = "the same" if found.score >= cut else "not the same"
    lines = [f"A: {first}", f"B: {second}", f"{verdict}: score {found.score:.2f}, cut-off {cut:g}"]
    lines.append(f"in common: {found.similarity:.2f}")
    for side, word in zip("AB", found.unmatched, strict=True):
        lines.append(f"only in {side}: {word or '(no content words)'}")
    if found.apart is not None:
        if found.score >= cut:
            lines.append("the score would group them, but a check keeps them apart")
        lines.append(f"kept apart by {found.apart.kind}: {found.why}")
    return "\n".join(lines)
