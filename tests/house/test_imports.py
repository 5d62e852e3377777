"""The plan of the house: imports point one way, and vendors stay in their rooms."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import claimx

PACKAGE = Path(claimx.__file__).parent

FLOORS = (
    ("compact", "disk", "errors", "hooks", "kinds", "providers", "version"),
    ("records",),
    ("settings", "spelling", "language"),
    ("segment", "llm"),
    ("read", "extract", "align", "ground", "match"),
    ("assess", "echoes", "judge", "table"),
    ("views",),
    ("render",),
    ("pipeline",),
    ("parts",),
    ("review", "batch"),
    ("cli", "testing"),
    ("__init__", "__main__"),
)
VENDORS = {
    "aiohttp": ("llm/wire",),
    "httpx2": ("llm/wire", "batch/", "read/fetch"),
    "httpcore2": ("read/connect", "read/fetch"),
    "protego": ("read/fetch",),
    "fsspec": ("read/storage",),
    "openai": ("llm/wire", "llm/models", "llm/structured", "batch/"),
    "instructor": ("llm/structured",),
    "tenacity": ("llm/client",),
    "diskcache": ("llm/cache",),
    "genai_prices": ("llm/cost/",),
    "tiktoken": ("llm/cost/",),
    "vcr": ("llm/recorder",),
    "keyring": ("settings",),
    "mcp": ("cli/mcp",),
    "ray": ("parts/cluster",),
    "warcio": ("read/",),
    "webvtt": ("read/",),
    "typer": ("cli/",),
    "jinja2": ("llm/prompts", "render/"),
    "rapidfuzz": ("align/", "language/", "match/"),
    "charset_normalizer": ("read/",),
    "docx": ("read/",),
    "lxml": ("read/",),
    "pypdfium2": ("read/",),
    "trafilatura": ("read/",),
    "xlsxwriter": ("render/",),
}
STAGES = next(floor for floor in FLOORS if "align" in floor)


@cache
def list_imports() -> tuple[tuple[str, str], ...]:
    """List each (file without its ending, module it imports), type-only imports aside."""
    return tuple(_find_imports())


def _find_imports() -> Iterator[tuple[str, str]]:
    for path in PACKAGE.rglob("*.py"):
        file = path.relative_to(PACKAGE).as_posix().removesuffix(".py")
        for node in _walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                named = node.module
                if named == "claimx":
                    yield from ((file, f"claimx.{alias.name}") for alias in node.names)
                else:
                    yield file, named
            elif isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _walk(node)


def room_of(file: str) -> str:
    return file.split("/", maxsplit=1)[0]


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def own_imports() -> list[tuple[str, str]]:
    pairs = ((room_of(file), module.split(".")) for file, module in list_imports())
    return [(room, parts[1]) for room, parts in pairs if parts[0] == "claimx" and parts[1:]]


def test_every_room_stands_on_a_floor() -> None:
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()} - {
        "__pycache__",
        "py.typed",
        "_prompts",
    }
    assert rooms == {room for floor in FLOORS for room in floor}


def test_imports_point_down() -> None:
    upward = {
        (room, imported)
        for room, imported in own_imports()
        if room != imported and floor_of(imported) > floor_of(room)
    }
    assert upward == set()


def test_stages_do_not_import_each_other() -> None:
    assert not [
        (room, imported)
        for room, imported in own_imports()
        if room in STAGES and imported in STAGES and room != imported
    ]


def test_only_the_flow_joins_the_stages() -> None:
    """What schedules tasks knows no stage, so that the story is told in one place."""
    joins = {
        file
        for file, module in list_imports()
        if file.startswith("pipeline/") and module.split(".")[1:2] in (["extract"], ["assess"])
    }
    waits = {file for file, module in list_imports() if module == "asyncio"}
    assert joins == {"pipeline/flow", "pipeline/plan"}
    assert not joins & waits


def test_vendors_stay_in_their_rooms() -> None:
    strays = {
        (file, module)
        for file, module in list_imports()
        if not file.startswith(VENDORS.get(module.split(".")[0], ("",)))
    }
    assert strays == set()
