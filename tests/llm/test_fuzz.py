"""
Whatever a server answers, a segment ends with proposals or with an error of ours.

The whole path is run, from the bytes of an HTTP body to the proposals.
``CLAIMX_FUZZ=10000 pytest tests/llm/test_fuzz.py`` tries that many bodies.
"""

import asyncio
import json
import os
import random
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz
from claimx.errors import ModelError
from claimx.extract import DocumentResult, Proposal, load_strategy
from claimx.llm import faults
from claimx.llm.client import open_model
from claimx.read import make_document
from claimx.records import Segment
from claimx.segment.segments import cut_document
from claimx.settings import Settings
from tests.llm.test_answers import MESSAGES, READABLE
from tests.support.server import CLAIM

BODIES = int(os.environ.get("CLAIMX_FUZZ", "300"))
TEXT = "Acme opened a plant in Oslo on Monday, and Mayor Lie praised it. It employs 300 people."
DOCUMENT = make_document(TEXT, "a.txt")

GOOD = json.dumps({"claims": [CLAIM]})
FACTS = json.dumps({"claims": ["Acme opened a plant in Oslo on Monday."]})
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 429, 1_700_000_000.25, "stop", "length", "error", "text"])
    | st.floats()
    | st.text(max_size=20)
)
keys = st.sampled_from(
    [
        *("choices", "message", "content", "error", "code", "status", "usage", "created", "type"),
        *("claims", "quote", "sentences", "claim", "speaker", "modality", "text", "arguments"),
        *("function", "loc", "detail", "metadata", "raw", "param"),
    ]
) | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw what is right nine times of ten, else anything."""
    return st.integers(0, 9).flatmap(lambda number: good if number else values)


claims = st.just(CLAIM) | st.fixed_dictionaries(
    {
        "quote": mostly(st.sampled_from([CLAIM["quote"], "It employs 300 people.", ""])),
        "sentences": mostly(st.lists(st.integers(1, 3), min_size=1, max_size=2)),
        "claim": mostly(st.sampled_from([CLAIM["claim"], "\ud800", " "])),
        "speaker": mostly(st.none() | st.just("Lie")),
        "modality": mostly(st.sampled_from(["asserted", "planned"])),
    },
    optional={"extra": values},
)
answers = st.builds(
    lambda said: json.dumps({"claims": said}), mostly(st.lists(mostly(claims), max_size=3))
)
pieces = st.sampled_from(
    [
        *("<think>", "</think>", "```json\n", "\n```", "{", "}", '"', "[THINK]", "\ud83d", "\x00"),
        *("<|channel|>final<|message|>", "```thinking\n", GOOD, GOOD[:40], FACTS),
    ]
)
texts = st.lists(pieces | answers | st.text(max_size=8), max_size=5).map("".join)
parts = st.builds(
    lambda kind, text: {"type": kind, "text": text}, mostly(st.just("text")), mostly(texts)
)
contents = mostly(texts | answers | st.lists(parts, max_size=3))
messages = st.fixed_dictionaries(
    {"content": contents},
    optional={
        "role": values,
        "refusal": mostly(st.none()),
        "reasoning_content": mostly(texts | answers),
        "tool_calls": mostly(
            st.lists(st.builds(lambda v: {"function": {"arguments": v}}, mostly(answers)))
        ),
        "function_call": values,
    },
)
choices = st.fixed_dictionaries(
    {"message": mostly(messages)},
    optional={
        "finish_reason": mostly(st.sampled_from(["stop", "tool_calls", "length"])),
        "error": mostly(st.none()),
    },
)
completions = st.fixed_dictionaries(
    {"choices": mostly(st.lists(mostly(choices), min_size=1, max_size=2))},
    optional={
        "created": mostly(st.integers() | st.floats()),
        "usage": mostly(
            st.dictionaries(
                st.sampled_from(["prompt_tokens", "completion_tokens", "prompt_tokens_details"]),
                values,
            )
        ),
        "error": mostly(st.none()),
        "id": values,
        "object": values,
    },
)
known = st.sampled_from(
    [{"choices": [{"message": {"content": one}}]} for one in READABLE.values()]
    + list(MESSAGES.values())
)
errors = st.fixed_dictionaries(
    {"error": values | st.fixed_dictionaries({"message": texts, "code": values, "param": values})}
)
cut = completions.map(json.dumps).flatmap(
    lambda text: st.integers(0, len(text)).map(lambda end: text[:end])
)
streams = st.lists(mostly(completions), max_size=3).map(
    lambda chunks: "\n\n".join(f"data: {json.dumps(one)}" for one in chunks)
)
others = streams | (known | errors | values).map(json.dumps) | cut
bodies = st.integers(0, 9).flatmap(
    lambda number: (
        st.binary(max_size=60)
        if number == 0
        else (completions.map(json.dumps) if number < 7 else others).map(str.encode)
    )
)
statuses = st.sampled_from([200] * 24 + [400, 401, 404, 422, 429, 500, 501])
modes = st.sampled_from(["auto", "json_schema", "json", "tools", "markdown_json"])


async def ask(reply: httpx2.Response, mode: str, strategy: str, segment: Segment) -> DocumentResult:
    """Ask about *segment* of a server that gives *reply* to everything."""
    options = {"model": "m", "base_url": "http://localhost:9/v1", "cache": None, "attempts": 2}
    chosen = Settings.model_validate(options | {"mode": mode, "patience_s": 0.001})

    async def handle(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(reply.status_code, content=reply.content)

    async with open_model(chosen) as model:
        for server in model._fleet.servers:
            transport = httpx2.MockTransport(handle)
            server.client._client = httpx2.AsyncClient(transport=transport)
        return await load_strategy(strategy).extract(model, DOCUMENT, segment)


@pytest.mark.parametrize("strategy", ["article", "window", "stepwise"])
def test_no_body_ends_in_a_traceback(strategy: str) -> None:
    [[segment]] = cut_document(
        DOCUMENT, Settings.model_validate({"model": "m", "strategy": strategy})
    )

    @settings(
        max_examples=BODIES // 3 + 1,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(body=bodies, status=statuses, mode=modes)
    def check(body: bytes, status: int, mode: str) -> None:
        reply = httpx2.Response(status, content=body)
        with suppress(ModelError):
            found = asyncio.run(ask(reply, mode, strategy, segment))
            assert all(isinstance(one, Proposal) for one in found.proposals)
            assert found.created is None or 0 < found.created < 10**11
            assert found.model_dump_json()

    check()


@given(body=values, text=texts)
def test_reason_of_any_error_is_one_line(body: Any, text: str) -> None:
    for one in (body, text, {"error": body}, {"error": text}):
        error = faults.ServerError(400, one, {})
        assert len(faults.redact(str(error), Settings(model="m")).splitlines()) <= 1
        faults.read_asked_pause(error)
        assert faults.is_out_of_credit(error) in (True, False)


# the writer of WARC files leaves a temporary file to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["readers", "tables"])
def test_mutated_files_and_tables_end_in_no_traceback(kind: str) -> None:
    """A slice of ``python benchmarks/fuzz.py``, whose inputs are the same each time."""
    note = fuzz.Note(None)
    fuzz.KINDS[kind](50, random.Random(1), note)
    assert note.count == 50
    assert note.faults == {}
