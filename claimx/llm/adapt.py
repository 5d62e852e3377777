"""
Adapt requests to what a server accepts.

Requests are written once; servers that implement OpenAI's API differ in what they
accept. A refusal names what it refuses: a parameter, a keyword of the schema, a
way to ask for JSON. The tables here list what to do about each name, for every
vendor alike.

Sources: OpenAI's API reference and guide to reasoning; Google's page on OpenAI
compatibility; the error texts of Mistral, vLLM, LM Studio, DeepSeek and
Vertex AI, as users reported them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from claimx.llm.completions import read_json
from claimx.records import Record

MODES = ("json_schema", "json", "tools", "markdown_json")
"""The ways to ask for JSON, in the order in which they are tried."""

THINKING = "short limit"
"""Refused by a server that spends the limit of tokens on thinking."""
_ROOM = 4  # factor on the limit meant for the answer: medium effort takes some 2,000 tokens

_LIMIT = "so many max_tokens"  # refused: the limit itself, whatever the parameter's name
# Names of each parameter; the next one is tried where one is refused.
_SPELLINGS = MappingProxyType({"max_tokens": ("max_tokens", "max_completion_tokens")})
# Parameters that are left out where they are refused.
_OPTIONAL = ("temperature", "seed", "frequency_penalty", "tool_choice")
# Keywords that a schema can do without, because every answer is validated here as well.
_OF_LISTS = "minItems maxItems uniqueItems"
_OF_TEXTS = "minLength maxLength pattern format"
_OF_NUMBERS = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"
_OF_ALL = "additionalProperties default title description examples enum const"
_KEYWORDS = frozenset(f"{_OF_LISTS} {_OF_TEXTS} {_OF_NUMBERS} {_OF_ALL}".split())
# Words that any message may contain: they are names only in quotes.
_ORDINARY = frozenset(("pattern", "format", "default", "title", "description", "examples"))
# Names by which an error refers to a way to ask for JSON.
_OF_MODE = MappingProxyType(
    {
        "json_schema": "response_format json_schema response_schema structured_outputs "
        "structured_output guided_json grammar schema $ref $defs anyOf",
        "json": "response_format json_object json_mode response_mime_type",
        "tools": "tools tool tool_use tool_calls tool_calling function_calling functions "
        "schema $ref $defs anyOf",
        "markdown_json": "",
    }
)
_SYSTEM = "system message"
_OF_SYSTEM = re.compile(
    r"\b(?:system|developer)[ _-]?(?:role|message|prompt|instruction)|role.{0,40}\bsystem\b"
    r"|messages\[0\]\.role|roles must alternate",
    re.IGNORECASE,
)
# A refusal contains one of these where it names the fault.
_REFUSING = re.compile(
    r"\b(?:not|no|neither|nor|cannot|never|only|must|should|requires?|extra|invalid|incompatible|illegal|error"
    r"|un(?:supported|known|recogni[sz]ed|expected|available|permitted|implemented|able)"
    r"|forbid\w*|disallowed|deprecated|removed|disabled|reject\w*|refus\w*|fail\w*|expected"
    r"|exceeds?|out of range)\b|n't\b",
    re.IGNORECASE,
)
# The words after these list what the server would accept.
_OFFER = re.compile(
    r"\b(?:expected (?:one )?of|one of|did you mean|use\b|try\b|instead|"
    r"(?:supported|allowed|valid|accepted|permitted|available) (?:\w+ )?"
    r"(?:are|is|values?|parameters?|arguments?|fields?|keys?|types?)\b).*",
    re.IGNORECASE | re.DOTALL,
)
# Errors about the length of the question are not about parameters.
_TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|size)|too many (?:input )?tokens|reduce the length"
    r"|(?:prompt|input|request|messages?) (?:is|are) too (?:long|large)"
    r"|maximum (?:context|input|prompt)",
    re.IGNORECASE,
)
# Exception: the answer's limit is refused if it is higher than the model allows,
_TOO_MANY = re.compile(
    r"max[ _-]?(?:completion[ _-]?|output[ _-]?)?tokens\b.{0,80}?(?:too (?:large|big|high|many)"
    r"|at most|less than|<=|≤|\d\s*>\s*\d|exceed|greater than|\brange\b|\bmaximum\b|between)"
    r"|(?:range|value) of .?max_(?:completion_)?tokens",
    re.IGNORECASE,
)
# or if it alone leaves no room for the question.
_CONTEXT = re.compile(
    r"context (?:length|window) (?:is|of) (?P<all>\d{1,9})\b.{0,120}?\b(?P<asked>\d{1,9})"
    r" (?:in the messages|input tokens|tokens in the (?:messages|prompt|input))",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+|\n+(?=\S)")  # an indented line continues the last
# Fields of an error that only repeat the request.
_ECHOES = frozenset(
    ["input", "inputs", "body", "request", "messages", "prompt", "url", "ctx", "headers"]
)
_KEPT_TEXT = 20_000  # characters of an error that are read
_DEEPEST = 16  # levels of an error that are read
_QUOTES = "\"'`“”‘’«»"
_OWN_NAMES = ("api.openai.com",)  # hosts whose current models all take max_completion_tokens


class Adaptation(Record):
    """
    What one server refuses in requests to one model: *refused* are names, in order.

    Each names a parameter, a keyword of the schema, a mode, or a role.
    """

    refused: tuple[str, ...] = ()

    def refuse(self, *names: str) -> "Adaptation":
        """Return a copy with *names* refused as well."""
        return Adaptation(refused=tuple(dict.fromkeys((*self.refused, *names))))

    def allow(self, *names: str) -> "Adaptation":
        """Return a copy with *names* no longer refused."""
        return Adaptation(refused=tuple(name for name in self.refused if name not in names))

    def choose_mode(self) -> str | None:
        """Return the first mode that is not refused, if there is one."""
        return next((mode for mode in MODES if mode not in self.refused), None)


def expect(address: str | None) -> Adaptation:
    """Return what the server at *address* is known to refuse; None is OpenAI's own."""
    host = urlsplit(address).hostname if address else _OWN_NAMES[0]
    return Adaptation(refused=("max_tokens",) if host in _OWN_NAMES else ())


def adapt_request(request: dict[str, Any], adaptation: Adaptation) -> dict[str, Any]:
    """Rewrite *request* in the form that the server accepts."""
    refused = frozenset(adaptation.refused)
    if not refused:
        return request
    dropped = {*_SPELLINGS, *(refused & set(_OPTIONAL))}
    written = {name: value for name, value in request.items() if name not in dropped}
    for meant, spellings in _SPELLINGS.items():
        spelling = next((name for name in spellings if name not in refused), None)
        if meant in request and spelling and _LIMIT not in refused:
            written[spelling] = request[meant] * (_ROOM if THINKING in refused else 1)
    for name in ("response_format", "tools"):
        if name in written and refused & _KEYWORDS:
            written[name] = _strip_schema(written[name], refused & _KEYWORDS)
    if _SYSTEM in refused:
        written["messages"] = _merge_system(written["messages"])
    return written


def find_refused(body: Any, request: Mapping[str, Any], mode: str) -> tuple[str, ...]:
    """
    Find what in *request* a server refuses, from the *body* of its answer.

    Args:
        body: JSON of any shape, or text.
        request: The request as sent.
        mode: How it asked for JSON.

    Returns:
        The refused names; none if the refusal is about something else.
    """
    said = tuple(dict.fromkeys(_list_statements(body)))
    spelled = tuple(name for names in _SPELLINGS.values() for name in names)
    if _is_limit(" ".join(said)) and any(name in request for name in spelled):
        return (_LIMIT,)
    if any(_TOO_LONG.search(statement) for statement in said):
        return ()
    keywords = _list_keywords({name: request.get(name) for name in ("response_format", "tools")})
    parameters = [name for name in (*spelled, *_OPTIONAL) if name in request]
    for names in (sorted(keywords & _KEYWORDS), parameters):
        if found := tuple(name for name in names if _is_named(name, said)):
            return found
    if any(_is_named(name, said) for name in _OF_MODE[mode].split()):
        return (mode,)
    of_system = any(_OF_SYSTEM.search(one) and _REFUSING.search(one) for one in said)
    return (_SYSTEM,) if of_system and request["messages"][0]["role"] == "system" else ()


def describe(names: Sequence[str], after: Adaptation, mode: str) -> str:
    """Summarise what is refused, and what is done about it; *mode* is the new one."""
    return "; ".join(_describe(name, after, mode) for name in names)


def _describe(name: str, after: Adaptation, mode: str) -> str:
    if name == THINKING:
        return f"thinking took all of max_tokens; allowing {_ROOM} times as many"
    if name in MODES:
        return f"does not take mode {name}; asking with {mode}"
    if name in _KEYWORDS:
        return f"does not take {name} in a schema; left out, and checked here"
    if name == _SYSTEM:
        return "does not take a system message; put before the question"
    for spellings in _SPELLINGS.values():
        other = next((one for one in spellings if one not in after.refused), None)
        if name in spellings and other:
            return f"does not take {name}; sending {other}"
    return f"does not take {name}; left out"


def _list_statements(value: Any, name: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the statements of an error: its texts, and the paths and parameters that it names."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        text = value.strip()[:_KEPT_TEXT]
        inner = read_json(text.encode("utf-8", "replace")) if text[:1] in ("{", "[") else None
        if isinstance(inner, dict | list):
            yield from _list_statements(inner, name, depth + 1)
        elif name in ("param", "parameter", "loc", "field", "path"):
            yield f"not taken: {text}"
        else:
            yield from filter(None, _SENTENCE_END.split(text))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _ECHOES:
                yield from _list_statements(item, key, depth + 1)
    elif isinstance(value, list) and name == "loc":
        yield f"not taken: {' '.join(map(str, value))}"[:_KEPT_TEXT]
    elif isinstance(value, list):
        for item in value:
            yield from _list_statements(item, name, depth + 1)


def _is_limit(said: str) -> bool:
    """Return whether the limit of tokens is refused, and not the length of the question."""
    context = _CONTEXT.search(said)
    if context:
        return 2 * int(context["asked"]) <= int(context["all"])
    return _TOO_MANY.search(said) is not None


def _is_named(name: str, statements: Sequence[str]) -> bool:
    """
    Return whether one of *statements* refuses *name*, rather than offering it.

    A quoted name that is no English word counts as refused in all of them.
    """
    pattern = _compile(name)
    quoted = re.compile(f"[{_QUOTES}]{re.escape(name)}[{_QUOTES}]") if "_" in name else None
    return any(
        pattern.search(said) and (_REFUSING.search(one) or (quoted and quoted.search(said)))
        for one in statements
        for said in (_OFFER.sub("", one),)
    )


@lru_cache(maxsize=128)
def _compile(name: str) -> re.Pattern[str]:
    """Return a pattern for *name* in any spelling: max_tokens, maxTokens, "max tokens"."""
    words = re.findall(r"[A-Z]?[a-z]+", name)
    # "additional properties" may be about the request; additionalProperties is a schema's keyword
    written = (r"[_-]?" if name in _KEYWORDS else r"[_ -]?").join(words)
    written = re.escape(name) if name.startswith("$") else written
    around = f"[{_QUOTES}]" if name in _ORDINARY else ""
    return re.compile(rf"(?<![A-Za-z0-9_]){around}{written}{around}(?![A-Za-z0-9_])", re.IGNORECASE)


def _list_keywords(value: Any) -> frozenset[str]:
    """Return the keywords of the schemas in *value*, without the names of properties."""
    return frozenset(_walk_keywords(value))


def _walk_keywords(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _walk_keywords(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("properties", "$defs") and isinstance(item, dict):
                yield from _walk_keywords(list(item.values()))
            else:
                yield key
                yield from _walk_keywords(item)


def _strip_schema(value: Any, keywords: frozenset[str]) -> Any:
    """Copy *value* without *keywords* in its schemas."""
    if isinstance(value, list):
        return [_strip_schema(item, keywords) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _strip_schema(item, keywords) for name, item in inner.items()}
        if key in ("properties", "$defs")
        else _strip_schema(inner, keywords)
        for key, inner in value.items()
        if key not in keywords
    }


def _merge_system(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Move the system message into the first question."""
    first, *rest = messages
    if first["role"] != "system" or not rest:
        return list(messages)
    return [rest[0] | {"content": f"{first['content']}\n\n{rest[0]['content']}"}, *rest[1:]]
