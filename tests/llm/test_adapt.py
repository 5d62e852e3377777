"""Reading what a server refuses, in the words of many vendors, and doing without it."""

import json
from typing import Any

import instructor
import pytest
from instructor.v2 import Provider, mode_registry

from claimx.extract.article import Answer
from claimx.extract.window import _answer_schema
from claimx.llm.adapt import MODES, Adaptation, adapt_request, find_refused
from claimx.llm.structured import Form
from tests.support.labelled import Case, mark_cases, read_cases

SCHEMA = {
    "title": "A",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "claims": {
            "type": "array",
            "minItems": 1,
            "maxItems": 4,
            "items": {"type": "string", "minLength": 1, "enum": ["a"]},
        },
        "title": {"type": "string", "title": "Title"},
    },
    "required": ["claims"],
}
FORMATS: dict[str, dict[str, Any]] = {
    "json_schema": {
        "response_format": {"type": "json_schema", "json_schema": {"name": "A", "schema": SCHEMA}}
    },
    "json": {"response_format": {"type": "json_object"}},
    "tools": {
        "tools": [{"type": "function", "function": {"name": "A", "parameters": SCHEMA}}],
        "tool_choice": {"type": "function", "function": {"name": "A"}},
    },
    "markdown_json": {},
}
REQUEST: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}],
    "max_tokens": 5,
    "temperature": 0,
    "seed": 0,
    "frequency_penalty": 0.1,
}


def write(mode: str = "json_schema", *refused: str) -> dict[str, Any]:
    return adapt_request(REQUEST | FORMATS[mode], Adaptation(refused=refused))


@pytest.mark.parametrize("case", mark_cases(read_cases("refusals")))
def test_what_is_refused_is_found(case: Case) -> None:
    found = find_refused(case["body"], write(case["mode"]), case["mode"])
    assert list(found) == case["expect"]


@pytest.mark.parametrize("case", mark_cases(read_cases("refusals")))
def test_what_is_refused_is_not_sent_again(case: Case) -> None:
    """The same complaint finds the next thing to do without, until nothing is left."""
    mode, refused = case["mode"], Adaptation()
    for _ in range(10):
        names = find_refused(case["body"], adapt_request(write(mode), refused), mode)
        if not set(names) - set(refused.refused) or mode in names:
            break
        refused = refused.refuse(*names)
    else:
        pytest.fail("it goes on for ever")


def test_parameters_are_left_out_or_renamed() -> None:
    sent = write("json_schema", "max_tokens", "temperature", "seed")
    assert sent.keys() == {
        "model",
        "messages",
        "max_completion_tokens",
        "frequency_penalty",
        "response_format",
    }
    assert sent["max_completion_tokens"] == 5
    none_left = write("json_schema", "max_tokens", "max_completion_tokens")
    assert not {"max_tokens", "max_completion_tokens"} & none_left.keys()


@pytest.mark.parametrize("mode", ["json_schema", "tools"])
def test_keywords_are_stripped_and_properties_of_that_name_are_not(mode: str) -> None:
    sent = write(mode, "minItems", "maxItems", "minLength", "title", "additionalProperties")
    text = str(sent)
    assert not any(f"'{name}'" in text for name in ("minItems", "maxItems", "minLength"))
    assert "additionalProperties" not in text
    assert "'title': {'type': 'string'}" in text
    assert "'required': ['claims']" in text


def test_system_message_is_put_before_the_question() -> None:
    sent = write("json", "system message")
    assert sent["messages"] == [{"role": "user", "content": "S\n\nU"}]


def test_request_that_is_taken_is_sent_as_it_is_meant() -> None:
    request = REQUEST | FORMATS["json_schema"]
    before = str(request)
    assert adapt_request(request, Adaptation()) == request
    write("json_schema", "minItems", "system message", "max_tokens")
    assert str(request) == before


def test_modes_are_tried_in_order() -> None:
    found, asked = Adaptation(), []
    while mode := found.choose_mode():
        asked.append(mode)
        found = found.refuse(mode)
    assert tuple(asked) == MODES
    assert found.allow(*MODES) == Adaptation()


@pytest.mark.parametrize("body", [None, 7, [], [[]], {"error": None}, {"a": {"b": [None, 1.5]}}])
def test_error_of_any_shape_refuses_nothing_by_itself(body: Any) -> None:
    assert find_refused(body, write(), "json_schema") == ()


def test_deep_error_is_read_without_end() -> None:
    body: Any = "seed is unknown"
    for _ in range(5000):
        body = [body]
    assert find_refused(body, write(), "json_schema") == ()


@pytest.mark.parametrize(
    "schema", [Answer, _answer_schema(2)[1]], ids=lambda schema: str(schema.__name__)
)
def test_question_by_schema_is_written_as_instructor_writes_it(schema: Any) -> None:
    """It is written without instructor, which is slow to import."""
    messages = [{"role": "system", "content": "You answer."}, {"role": "user", "content": "Who?"}]
    ours = Form(schema).write_request(messages, {"model": "m", "seed": 0}, "json_schema")
    handlers = mode_registry.get_handlers(Provider.OPENAI, instructor.Mode.JSON_SCHEMA)
    request: dict[str, Any] = {"messages": list(messages), "model": "m", "seed": 0}
    wrapped = instructor.openai_schema(schema)
    wrapped.__name__, wrapped.__doc__ = schema.__name__, schema.__doc__
    _, theirs = handlers.request_handler(response_model=wrapped, kwargs=request)
    assert json.dumps(ours) == json.dumps(theirs)
