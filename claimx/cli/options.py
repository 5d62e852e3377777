"""
Command-line options generated from `claimx.settings`.

Name, type, help text and default of an option are those of its setting.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
import typer.core

from claimx.cli.output import EXIT_USAGE, fail
from claimx.settings import Option, Settings

# The address of a server, and its key.
SERVER = ("provider", "base_url", "api_key_file")
# The model options of commands that also work without a model.
MODEL = ("model", *SERVER, "max_requests", "max_cost", "cache", "replay", "record")

NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Keep no answers.", rich_help_panel="Offline")
]
_GROUPS = ("Input", "Model", "Limits", "Output", "Offline", "Many articles", "Options")


class GroupedCommand(typer.core.TyperCommand):
    """List the options of a command under headings in its help."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then each group of options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(_name_group(parameter), []).append(_hide_old(record))
        for name in sorted(sections, key=_place_group):
            with formatter.section(name):
                formatter.write_dl(sections[name])


def _name_group(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    return getattr(parameter, "rich_help_panel", None) or "Options"


def _place_group(name: str) -> int:
    return _GROUPS.index(name) if name in _GROUPS else -1


def _hide_old(record: tuple[str, str]) -> tuple[str, str]:
    names, text = record[0].replace(" <list[str]>", ""), record[1]
    for option in map(find_option, Settings.model_fields):
        if option and option.also:
            names = names.replace(f", {option.also} ", " ")
    return names, text


def with_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option for each setting in *names*; the command gets the ones passed as *given*."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [
            parameter.replace(kind=Parameter.KEYWORD_ONLY)
            for parameter in signature(command, eval_str=True).parameters.values()
            if parameter.name != "given"
        ]
        made = [_make_parameter(name) for name in names]

        @wraps(command)
        def run(**values: Any) -> None:
            given = {name: _plain(values.pop(name)) for name in names}
            command(**values, given={name: one for name, one in given.items() if _is_given(one)})

        parameters = [*own, *made]
        run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return decorate


def _is_given(value: Any) -> bool:
    return value is not None and value != []


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def find_option(name: str) -> Option | None:
    """Return the option of the setting *name*, as it is written on the command line."""
    metadata = Settings.model_fields[name].metadata
    return next((one for one in metadata if isinstance(one, Option)), None)


def _make_parameter(name: str) -> Parameter:
    field = Settings.model_fields[name]
    option = find_option(name)
    if option is None:
        raise TypeError(f"{name} is no setting of the command line")
    kind, parser = _choose_type(name, field.annotation)
    spellings = filter(None, (f"--{name.replace('_', '-')}", option.short, option.also))
    made = typer.Option(
        *spellings,
        metavar=option.metavar or None,
        parser=parser,
        help=f"{field.description}{_say_default(field.default)}",
        rich_help_panel=option.group,
        show_default=False,
    )
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, made])


def _say_default(default: Any) -> str:
    if isinstance(default, bool) or not isinstance(default, int | float | str):
        return ""
    return f" [default: {default:g}]" if isinstance(default, float) else f" [default: {default}]"


def _choose_type(name: str, annotation: Any) -> tuple[Any, Callable[[str], Any] | None]:
    """Choose the type of an option, and a parser where Typer has none for that type."""
    kinds = [kind for kind in _list_kinds(annotation) if kind is not types.NoneType]
    if get_origin(kinds[0]) is Literal:
        values = {value: value for value in get_args(kinds[0])}
        return StrEnum(name, values) | None, None  # type: ignore[operator]
    if get_origin(kinds[0]) is tuple:
        return list[str] | None, None
    if name in _OR_NONE:
        return Any, _read_number if kinds[0] is float else _read_whole
    return kinds[0] | None, None


_OR_NONE = frozenset({"temperature", "seed", "frequency_penalty", "max_tokens"})


def _list_kinds(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in {Union, types.UnionType}
    return get_args(annotation) if is_union else (annotation,)


def _read_number(text: str) -> float | str:
    """Parse a number, or the word "none"."""
    return _read_or_none(text, float, "a number")


def _read_whole(text: str) -> float | str:
    return _read_or_none(text, int, "a whole number")


def _read_or_none(text: str, read: Callable[[str], float], what: str) -> float | str:
    if text.lower() == "none":
        return "none"
    try:
        return read(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither {what} nor none.") from None


def gather_options(
    given: Mapping[str, Any], *, no_cache: bool, wanted: bool = True, switch: str = ""
) -> dict[str, Any]:
    """
    Collect the model options that were *given*; they are allowed only if *wanted*.

    Ends the command with a usage error if options were given without *switch*.
    """
    options = dict(given) | ({"cache": None} if no_cache else {})
    if options and not wanted:
        fail(f"Options of a model go with {switch}. Pass that too.", EXIT_USAGE)
    return options


def list_settings(left_out: Iterable[str] = ()) -> tuple[str, ...]:
    """List the settings that have an option, in the order of the settings."""
    return tuple(
        name for name in Settings.model_fields if find_option(name) and name not in left_out
    )
