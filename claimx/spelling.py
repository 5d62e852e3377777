"""
Spell settings in messages: as options on the command line, and by their names in a table.

Errors are worded for the command line. A table has readers who never saw it.
"""

import re
from collections.abc import Iterable

from claimx.errors import OPTION, TRACE
from claimx.records import Failure
from claimx.settings import Settings

_SETTING = re.compile(r"`([a-z_]+)(?:=([^`]+))?`")
_LOG = "the log of claimx at level debug"


def name_settings(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return *failures* with settings in place of options."""
    return tuple(one.model_copy(update={"error": _name_all(one.error)}) for one in failures)


def spell_options(text: str) -> str:
    """
    Spell settings in *text* as options.

    >>> spell_options("c.csv: which column is the text? Pass `text_column`, or `cache=None`.")
    'c.csv: which column is the text? Pass --text-column, or --no-cache.'
    """
    return _SETTING.sub(_spell, text.replace(_LOG, TRACE))


def _name_all(text: str) -> str:
    """
    Name the settings whose options are in *text*; what else looks like an option stays.

    >>> _name_all("Raise --max-tokens, or pass --cache DIR. The server says: see --max-len 8.")
    'Raise `max_tokens`, or pass `cache=DIR`. The server says: see --max-len 8.'
    """
    return OPTION.sub(_name, text.replace(TRACE, _LOG))


def _name(option: re.Match[str]) -> str:
    name = option["name"].replace("-", "_")
    if name not in Settings.model_fields:
        return option[0]
    value = "None" if option["no"] else option["value"]
    return f"`{name}={value}`" if value else f"`{name}`"


def _spell(setting: re.Match[str]) -> str:
    name, value = setting[1], setting[2]
    if name not in Settings.model_fields:
        return setting[0]
    option = name.replace("_", "-")
    if value == "None":
        return f"--no-{option}"
    return f"--{option} {value}" if value else f"--{option}"
