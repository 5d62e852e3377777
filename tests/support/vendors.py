"""
Scripted servers that take and refuse what the APIs of four vendors do, by their documentation.

OpenAI: the API reference of chat completions (max_tokens is "not compatible
with o-series models") and the guide to reasoning. Google: "OpenAI
compatibility" of the Gemini API, and the errors that users reported. Ollama:
"OpenAI compatibility", the list of request fields. vLLM: "OpenAI-Compatible
Server" and "Reasoning Outputs". Beside them, servers with one oddity each.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.support.server import Reply, completion

Body = dict[str, Any]
Speaker = Callable[[Body], str]  # what the model says to a request

_COMMON = ("model", "messages", "stop", "stream", "temperature", "top_p", "max_tokens")
_STRUCTURED = ("response_format", "tools", "tool_choice", "reasoning_effort")
GEMINI_FIELDS = frozenset((*_COMMON, *_STRUCTURED, "n", "max_completion_tokens"))
OLLAMA_FIELDS = frozenset(
    (*_COMMON, *_STRUCTURED, "frequency_penalty", "presence_penalty", "seed", "reasoning")
)


def refuse(status: int, message: str, **more: Any) -> Reply:
    """Refuse a request as OpenAI does."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return Reply({"error": error | more}, status=status)


def answer_as_reasoning_model(body: Body, say: Speaker) -> Reply:
    """Answer as OpenAI's API does for a model that reasons."""
    if "max_tokens" in body:
        return refuse(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if body.get("temperature", 1) != 1:
        return refuse(
            400,
            "Unsupported value: 'temperature' does not support 0 with this model. "
            "Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        )
    if "frequency_penalty" in body:
        return refuse(
            400,
            "Unsupported parameter: 'frequency_penalty' is not supported with this model.",
            param="frequency_penalty",
            code="unsupported_parameter",
        )
    if body["max_completion_tokens"] <= 1024:  # thinking takes as much
        made = completion("", finish_reason="length")
        made["usage"] |= {"completion_tokens": 1024}
        return Reply(made)
    return Reply(completion(say(body), refusal=None))


def answer_as_gemini(body: Body, say: Speaker) -> Reply:
    """Answer as Gemini's OpenAI endpoint does: errors come in a list, several at once."""
    unknown = [f'Unknown name "{name}": Cannot find field.' for name in body.keys() - GEMINI_FIELDS]
    schema = str(body.get("response_format", {}).get("json_schema", {}).get("schema", {}))
    for name in ("minItems", "additionalProperties"):
        if f"'{name}'" in schema:
            where = "generation_config.response_schema.properties[0].value"
            unknown.append(f"Unknown name \"{name}\" at '{where}': Cannot find field.")
    if unknown:
        message = "\n".join(f"Invalid JSON payload received. {one}" for one in unknown)
        error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}
        return Reply([{"error": error}], status=400)
    made = completion(say(body))
    del made["id"], made["usage"]["completion_tokens"]
    return Reply(made)


def answer_as_ollama(body: Body, say: Speaker) -> Reply:
    """Answer as Ollama does: thinking stands in a field of its own, unknown fields are ignored."""
    assert body.keys() <= OLLAMA_FIELDS
    return Reply(
        completion(say(body), reasoning="First {I} think.", system_fingerprint="fp_ollama")
    )


def answer_as_vllm(body: Body, say: Speaker) -> Reply:
    """Answer as vLLM does without a reasoning parser: the thinking is in the content."""
    made = completion(f'Okay, {{so}} I say {{"claims": []}}?\n</think>\n\n{say(body)}')
    made["choices"][0] |= {"stop_reason": None, "logprobs": None, "token_ids": None}
    made["choices"][0]["message"] |= {"reasoning_content": None, "tool_calls": []}
    return Reply(made | {"prompt_logprobs": None, "kv_transfer_params": None})


def answer_as_mistral(body: Body, say: Speaker) -> Reply:
    """Answer as Mistral does: 422 with pydantic's details, and the thinking in parts."""
    for name in ("seed", "frequency_penalty"):
        if name in body:
            detail = {
                "type": "extra_forbidden",
                "loc": ["body", name],
                "msg": "Extra inputs are not permitted",
                "input": body,
            }
            return Reply({"object": "error", "message": {"detail": [detail]}}, status=422)
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": '{"claims": []}'}]}
    made = completion(None)
    made["choices"][0]["message"]["content"] = [thinking, {"type": "text", "text": say(body)}]
    return Reply(made)


def answer_with_tools_only(body: Body, say: Speaker) -> Reply:
    """Answer as a server that has no other structured output, with arguments as an object."""
    if "response_format" in body:
        return refuse(400, "This response_format type is unavailable now")
    if "tools" not in body:
        return Reply(completion("I would call a tool."))
    call = {"type": "function", "function": {"name": "Answer", "arguments": json.loads(say(body))}}
    return Reply(completion(None, finish_reason="tool_calls", tool_calls=[call]))


def answer_heedless(body: Body, say: Speaker) -> Reply:
    """Answer as a server that ignores the form unless the question itself says it."""
    if "json_schema" not in str(body["messages"]):
        return Reply(completion("There are several claims in this text. First, ..."))
    return Reply(completion(f"Sure:\n```json\n{say(body)}\n```"))


def answer_without_system(body: Body, say: Speaker) -> Reply:
    """Answer as a server whose model has no system message."""
    if body["messages"][0]["role"] == "system":
        return refuse(400, "System role not supported")
    question = body["messages"][0]["content"].split("Sentences:")[-1]  # after the examples
    return Reply(completion(say({"messages": [{}, {"content": question}]})))


VENDORS = {
    "a reasoning model's": answer_as_reasoning_model,
    "Gemini's": answer_as_gemini,
    "Ollama's": answer_as_ollama,
    "vLLM's": answer_as_vllm,
    "Mistral's": answer_as_mistral,
    "one with tools only": answer_with_tools_only,
    "one that ignores the form": answer_heedless,
    "one without a system message": answer_without_system,
}
