"""The options by which a command that needs no model is told of one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from claimx.cli.output import EXIT_USAGE, fail

Name = Annotated[str | None, typer.Option("--model", "-m", metavar="NAME", help="That model.")]
Address = Annotated[
    list[str] | None,
    typer.Option("--base-url", metavar="URL", help="Its server, as for extract."),
]
MaxRequests = Annotated[
    int | None, typer.Option("--max-requests", metavar="N", help="Stop after so many requests.")
]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost", metavar="USD", help="Stop before spending more than this."),
]
Cache = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="Where answers are kept.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Keep no answers.")]
Replay = Annotated[
    Path | None,
    typer.Option("--replay", metavar="DIR", help="Answer from cassettes alone, offline."),
]
Record = Annotated[
    Path | None, typer.Option("--record", metavar="DIR", help="Ask, and write cassettes.")
]


def gather_options(
    given: Mapping[str, Any], *, no_cache: bool, wanted: bool, switch: str
) -> dict[str, Any]:
    """
    Gather what was *given* of a model's options; without *switch*, none is *wanted*.

    Ends the command where options were given and the switch was not.
    """
    options = {name: value for name, value in given.items() if value not in (None, [])}
    if no_cache:
        options["cache"] = None
    if options and not wanted:
        fail(f"Options of a model go with {switch}. Pass that too.", EXIT_USAGE)
    return options
