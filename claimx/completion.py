"""
Read chat completions, leniently: servers leave out fields and invent values.

What was answered to a request, in a batch, or was kept in the cache is read
alike.
"""

import json
from typing import Any

from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ValidationError

from claimx.records import Usage


def read_completion(content: bytes) -> ChatCompletion | None:
    """Read the body of an answer; what is no completion gives none."""
    try:
        return parse_completion(json.loads(content))
    except (ValueError, RecursionError):
        return None


def parse_completion(answer: Any) -> ChatCompletion | None:
    """Read *answer*, which was JSON, as `read_completion` does."""
    if not isinstance(answer, dict):
        return None
    try:
        completion = ChatCompletion.model_validate(answer)
    except ValidationError:  # reading leniently takes twenty times as long
        completion = ChatCompletion.construct(**answer)
    choices: Any = completion.choices
    if not choices or not isinstance(choices, list):
        return None
    message = getattr(choices[0], "message", None)  # nothing else is sure in a lenient reading
    return completion if isinstance(message, BaseModel) else None


def dump_completion(completion: ChatCompletion) -> dict[str, Any]:
    """Make JSON of *completion*, as it came."""
    return completion.to_dict(mode="json", warnings=False)


def read_usage(completion: ChatCompletion) -> Usage:
    """Read what an answer cost; what is no number of tokens counts nothing."""
    usage = completion.usage
    return Usage(
        answers=1,
        tokens_in=_read_count(usage, "prompt_tokens"),
        tokens_out=_read_count(usage, "completion_tokens"),
        tokens_cached=_read_count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
    )


def _read_count(counts: Any, name: str) -> int:
    number = getattr(counts, name, None)
    return number if isinstance(number, int) and number > 0 else 0


def read_text(completion: ChatCompletion) -> str:
    """Read what the model said, as text or as the arguments of a tool."""
    message = completion.choices[0].message
    calls = message.tool_calls or []
    return message.content or "".join(
        call.function.arguments for call in calls if call.type == "function"
    )
