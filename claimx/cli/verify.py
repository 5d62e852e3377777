"""`claimx verify`: check the citations of a table against the files, and the model if asked."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from claimx.cli.app import app
from claimx.cli.load import TableArgument, check_run
from claimx.cli.options import MODEL, GroupedCommand, NoCache, gather_options, with_settings
from claimx.cli.output import (
    EXIT_PARTLY,
    EXIT_USAGE,
    ResultForm,
    fail,
    report_errors,
    say,
    write_out,
)
from claimx.render.show import count_things
from claimx.review.verify import ClaimReadings
from claimx.review.verify import verify as verify_table
from claimx.spelling import spell_options
from claimx.table import load_table

_EPILOG = """
Each citation is the same, moved (the same text is elsewhere in the file), changed (other text is
there now) or missing. All but the first are listed as file:line:column.

With --with-model, a model compares each claim with the sentences that it cites, and says whether
they state it, or what was dropped, added or changed.

Examples:

  claimx verify table.json

  claimx verify table.json articles/

  claimx verify table.json --with-model --model gpt-5-mini

Environment: OPENAI_API_KEY, OPENAI_BASE_URL, CLAIMX_MODEL.

Exit status: 0 every citation is the same and, with --with-model, states its claim; 1 the table,
or all of SOURCES, cannot be read; 2 bad usage; 3 some citation moved, changed or is missing, or
some claim is not stated or was not read again; 130 interrupted.
"""


@app.command(epilog=_EPILOG, cls=GroupedCommand)
@with_settings(*MODEL)
def verify(  # noqa: PLR0913  # one parameter an option: typer's way
    *,
    table: TableArgument,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCES",
            help="Where the articles are now. Default: the paths in the table, relative to the "
            "current folder, the table's folder or one above it, and its objects in storage.",
        ),
    ] = None,
    form: Annotated[
        ResultForm, typer.Option("--format", "-f", help="Output format: text or json.")
    ] = ResultForm.text,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Encoding of the articles; detected if not given."),
    ] = None,
    with_model: Annotated[
        bool,
        typer.Option(
            "--with-model", help="Also let a model compare each claim with the text it cites."
        ),
    ] = False,
    no_cache: NoCache = False,
    given: dict[str, Any],
) -> None:
    """Check every citation of a table against the current files."""
    asked = gather_options(given, no_cache=no_cache, wanted=with_model, switch="--with-model")
    if table.is_dir():
        if sources or with_model or form is ResultForm.json:
            fail("A folder of --work goes with no SOURCES, --with-model or json.", EXIT_USAGE)
        with report_errors():
            check_run(table)
            _verify_parts(table, {"encoding": encoding} if encoding else {})
        return
    with report_errors():
        loaded = load_table(table)
        places: dict[str, Any] = {"base": table.parent, "encoding": encoding}
        try:
            found = verify_table(loaded, *(sources or ()), **places, with_model=with_model, **asked)
        except LookupError as exc:
            fail(f"--encoding: {exc}. Name one that Python knows.", EXIT_USAGE)
        said = found.model or ClaimReadings()
        for failure in (*found.failures, *said.failures):
            say(f"failed: {spell_options(failure.error)}")
        if said.usage.answers:
            tokens = f"{said.usage.tokens_in:,} in + {said.usage.tokens_out:,} out"
            say(f"{count_things(said.usage.answers, 'answer')}, {tokens} tokens")
        write_out(found.to_json() if form is ResultForm.json else found.to_text())
    if not found.holds:
        raise typer.Exit(EXIT_PARTLY)


def _verify_parts(folder: Path, options: dict[str, Any]) -> None:
    """Check the citations of a run part by part, with one part in memory."""
    from claimx.parts.select import iter_parts

    counts: Counter[str] = Counter()
    for part in iter_parts(folder):
        found = verify_table(part, base=folder.parent, **options)
        counts.update(found.counts())
        write_out("".join(f"{line}\n" for line in found.list_lines()))
    shown = ", ".join(f"{count} {standing}" for standing, count in counts.items())
    write_out(f"{count_things(counts.total(), 'citation')}: {shown}\n")
    if counts.total() > counts["same"]:
        raise typer.Exit(EXIT_PARTLY)
