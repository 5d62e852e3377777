"""The Typer application with which every command registers."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from claimx.version import __version__

# The commands and their summaries. The module of a command is imported when it is called, so that
# `claimx --help` needs none.
COMMANDS = {
    "extract": "Make a cited table of what the articles at PATH claim.",
    "show": "Show the claims of a table, each with its quote underlined in the source line.",
    "convert": "Write a table in another format.",
    "report": "Make a web page from a table.",
    "review": "Review a table in the browser, and save your decisions about its claims.",
    "apply": "Apply a person's decisions to a table.",
    "verify": "Check every citation of a table against the current files.",
    "diff": "List the claims and conflicts that were added or removed between two tables.",
    "match": "Group sentences that say the same, and list those that contradict.",
    "explain": "Explain how similar two claims are, and what keeps them apart.",
    "eval": "Score a table against a gold annotation: claims, grouping, citations.",
    "mcp": "Serve extract, show, verify, match and explain to an assistant.",
    "status": "Say how far a run in parts is.",
    "batch": "Manage batches in progress.",
    "models": "List the models that a server offers, to be named with --model.",
    "config": "Print every setting, its value, and where it comes from.",
    "cache": "Manage the cache of answers.",
}
_MODULES = {"eval": "evaluate"}  # `eval` is a name of Python's own


class _Commands(typer.core.TyperGroup):
    """Import the module of a command only when that command runs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # as typer calls it
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        import_module(f"claimx.cli.{_MODULES.get(cmd_name, cmd_name)}")
        if not gc.isenabled():
            gc.freeze()  # what is imported stays, so no search for cycles need look at it
            gc.enable()
        if cmd_name not in self.commands:
            self.commands = typer.main.get_group(app).commands
        command = self.commands[cmd_name]
        if all(option.name != "debug" for option in command.params):
            command.params.append(_copy_debug(self))
        return command

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _wrong_use_in_one_line():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        try:
            with _wrong_use_in_one_line(ctx):
                return super().invoke(ctx)
        except KeyboardInterrupt:
            from claimx.cli.output import EXIT_INTERRUPTED, INTERRUPTED, fail

            fail(INTERRUPTED, EXIT_INTERRUPTED)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # as typer calls it
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@contextmanager
def _wrong_use_in_one_line(outer: Any = None) -> Iterator[None]:
    """Say what typer says of wrong arguments in one line; *outer* has the name of the command."""
    try:
        yield
    except typer.TyperException as exc:
        if not hasattr(exc, "format_message") or type(exc).__name__ == "NoArgsIsHelpError":
            raise
        from claimx.cli.output import EXIT_USAGE, fail

        told = " ".join(exc.format_message().split()).replace("Value error, ", "").rstrip(".")
        fail(f"{told}. Run: {_name_command(getattr(exc, 'ctx', None), outer)} --help", EXIT_USAGE)


def _name_command(ctx: Any, outer: Any) -> str:
    """Name the command of *ctx*, or that which *outer* calls, as it is typed."""
    if ctx is None:
        return " ".join(filter(None, ("claimx", outer and outer.invoked_subcommand)))
    names = []
    while ctx.parent is not None:
        names.append(ctx.info_name)
        ctx = ctx.parent
    return " ".join(("claimx", *reversed(names)))


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Say what articles claim, who claims it, where exactly, and where they disagree.",
)


def cache_option(what: str) -> Any:
    """Make the ``--cache`` option, with *what* as its help text."""
    from claimx.settings import default_cache

    return typer.Option(
        "--cache", metavar="DIR", default_factory=default_cache, show_default=False, help=what
    )


def _debug(_ctx: Any, _param: Any, wanted: bool) -> None:
    if wanted:
        logging.getLogger("claimx").setLevel(logging.DEBUG)
        from claimx.cli.output import set_up_logging

        set_up_logging(quiet=False, verbose=False)


def _copy_debug(group: Any) -> Any:
    """Copy ``--debug`` of *group* for a command of it, so that it may stand at the end as well."""
    option = copy(next(one for one in group.params if one.name == "debug"))
    option.hidden, option.expose_value = True, False
    return option


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"claimx {__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", callback=_debug, help="Print where a fault of claimx occurred."),
    ] = False,
) -> None:
    """Say what articles claim, who claims it, where exactly, and where they disagree."""
