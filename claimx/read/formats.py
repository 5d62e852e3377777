"""Which reader reads which file: by what it begins with, then by its ending."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from claimx.errors import InputError
from claimx.read.file import File
from claimx.read.plain import read_plain
from claimx.read.reader import Format, ReadOptions

PLAIN = Format("text/plain", (".txt",), read_plain)

FORMATS = (
    PLAIN,
    Format("text/markdown", (".md", ".markdown"), read_plain),
)
GROUP = "claimx.readers"


def choose_format(file: File, options: ReadOptions) -> Format:  # noqa: ARG001
    """
    Choose the format of *file*; stdin is plain text unless it begins like something else.

    Raises:
        InputError: If there is none for it.
    """
    for known in FORMATS:
        if file.head.startswith(known.marks):
            return known
    if not file.path:
        return PLAIN
    for known in FORMATS:
        if file.ending in known.endings:
            return known
    for known in load_plugins():
        if file.ending in known.endings:
            return known
    ending = file.ending or "no ending"
    raise InputError(f"{file.name}: {ending} is not supported. Convert it to {list_endings()}.")


@cache
def load_plugins() -> tuple[Format, ...]:
    """
    Load the formats that other packages register.

    Raises:
        InputError: If one cannot be loaded.
    """
    return tuple(_load(point) for point in entry_points(group=GROUP))


def list_endings() -> str:
    """List the endings that are read, one for each format."""
    *most, last = (known.endings[0] for known in FORMATS)
    return f"{', '.join(most)} or {last}"


def _load(point: EntryPoint) -> Format:
    try:
        loaded = point.load()
    except Exception as exc:  # whatever the other package does when it is imported
        raise InputError(
            f"The reader {point.name} ({point.value}) fails: {exc}. Remove it."
        ) from exc
    if not isinstance(loaded, Format):
        raise InputError(f"The reader {point.name} ({point.value}) is no Format. Remove it.")
    return loaded
