"""Render the whole claim table as JSON, and publish its schema."""

import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from claimx.table import SCHEMA_VERSION, ClaimTable, Folder


def render_json(table: ClaimTable, *, base: Folder | None = None) -> str:  # noqa: ARG001
    """
    Write *table* as JSON, with fields in the order of the schema, not escaped to ASCII.

    A lone surrogate, which UTF-8 cannot encode, is written as its escape (backslash, u,
    four digits), so that offsets are preserved.
    """
    return write_json(table)


def write_json(value: Any, *, indent: int | None = 2) -> str:
    """Write records, or lists and dicts of records, as `render_json` does."""
    try:
        return to_json(value, indent=indent).decode() + "\n"
    except PydanticSerializationError:  # a lone surrogate
        plain = to_jsonable_python(value)
        compact = None if indent else (",", ":")
        text = json.dumps(plain, indent=indent, separators=compact, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace").decode() + "\n"


def build_schema() -> dict[str, Any]:
    """Build the JSON schema of a rendered table."""
    schema = ClaimTable.model_json_schema(mode="serialization")
    title = f"claimx claim table, version {SCHEMA_VERSION}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema | {"title": title}


def render_schema() -> str:
    """
    Write the schema as published in ``docs/claim-table.schema.json``.

    Publish a new one with ``python -c "from claimx.render.json import render_schema;
    print(render_schema(), end='')" > docs/claim-table.schema.json``.
    """
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"
