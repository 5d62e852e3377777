"""Classify the errors of requests (fault, overload, refusal) and word them in one line."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from claimx.errors import ModelError, ModelOutputInvalid, ModelRefused, ModelUnavailable
from claimx.llm.completions import Completion, read_json
from claimx.llm.pace import read_retry_after
from claimx.settings import Settings

_FAULT_STATUS = frozenset({408, 409, 425, 500, 502, 504})
_BUSY_STATUS = frozenset({429, 503, 529})
_REFUSAL_STATUS = frozenset({400, 404, 405, 415, 422, 500, 501})  # Vertex AI answers 501
_NO_CREDIT = "insufficient_quota"  # OpenAI's code of a 429 that waiting does not solve
# Names of errors in the body of an HTTP 200 that has no status number.
_NAMED_STATUS = (
    (re.compile(r"rate.?limit|too.?many|exhausted|throttl|quota", re.IGNORECASE), 429),
    (re.compile(r"overload|unavailable|capacity|busy", re.IGNORECASE), 503),
    (re.compile(r"invalid.?(?:request|argument)|bad.?request|unsupported", re.IGNORECASE), 400),
)
_REASONS = ("message", "detail", "msg", "description", "title", "error", "errors", "reason")
_CODES = ("code", "status", "type", "status_code")
_PAUSES = re.compile(r"retry[-_ ]?(?:after|delay|in)(?:[-_ ]?(?P<unit>ms|milliseconds))?", re.I)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
# Prefixes of well-known vendors' keys; servers repeat the key that they refuse.
_KEY = re.compile(
    r"\b(?:(?:sk|pk|rk|gsk|xai|nvapi|hf)[-_][\w-]{12,}|AIza[\w-]{20,}|Bearer\s+[\w.-]{12,})"
)
_DEEPEST = 8  # levels of an error's body that are read
_REDIRECTS = range(300, 400)
_LONGEST_REASON = 20_000  # characters of a reason that are read


class NotACompletionError(Exception):
    """The server answered HTTP 200, but not with a chat completion."""


class ServerError(Exception):
    """
    An error that a server sent instead of a completion.

    Args:
        status: HTTP's, or the status in the body if HTTP said 200.
        body: JSON, or text.
        headers: Headers of the response.
        inside: Whether it came inside an answer: then later requests may well succeed.
    """

    def __init__(
        self, status: int, body: Any, headers: Mapping[str, str], *, inside: bool = False
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.inside = inside
        super().__init__(f"HTTP {status}: {read_reason(body)}")


class UnreachableError(Exception):
    """
    A request got no answer.

    Args:
        message: As the client words it.
        root: What it rests on, as text.
        timed_out: Whether the answer did not come in time.
        lost: Whether the server could not even be reached.
    """

    def __init__(
        self, message: str, root: str = "", *, timed_out: bool = False, lost: bool = False
    ) -> None:
        self.root = root or message
        self.timed_out = timed_out
        self.lost = lost
        super().__init__(message)


FAULTS = (ServerError, UnreachableError, NotACompletionError)
# Shorter keys are placeholders for servers that need none, such as "none" and "ollama".
_SHORTEST_KEY = 12
# Headers that every request has; the others may carry a secret.
_PLAIN_HEADERS = re.compile(
    r"host|connection|user-agent|x-stainless-.*|accept(?:-.*)?|content-.*|transfer-encoding", re.I
)


def read_server_error(status: int, content: bytes, headers: Mapping[str, str]) -> ServerError:
    """Convert a response with an HTTP *status* of failure to an error."""
    body = read_json(content)
    return ServerError(
        status, content.decode("utf-8", "replace") if body is None else body, headers
    )


def find_error(
    body: Any, completion: Completion | None, headers: Mapping[str, str]
) -> ServerError | None:
    """Find an error in the *body* of a success, read as *completion*."""
    error = completion.error if completion else _find_body_error(body)
    if error:
        return ServerError(_read_status(error), {"error": error}, headers, inside=True)
    if completion and completion.finish == "error":
        return ServerError(502, "the model stopped with an error", headers, inside=True)
    return None


def _find_body_error(body: Any) -> Any:
    """Find the error in a body without an answer; the whole body may be the error."""
    if not isinstance(body, dict):
        return None
    return body.get("error") or body.get("errors") or (body.get("object") == "error" and body)


def _read_status(error: Any) -> int:
    """Read the status of an error in a body; 500 if it has none."""
    codes = [error.get(name) for name in _CODES] if isinstance(error, dict) else [error]
    for code in codes:
        number = int(code) if isinstance(code, str) and re.fullmatch(r"[45]\d\d", code) else code
        if isinstance(number, int) and 400 <= number <= 599:
            return number
    text = " ".join(code for code in codes if isinstance(code, str))
    return next((status for name, status in _NAMED_STATUS if name.search(text)), 500)


def read_reason(body: Any) -> str:
    """Read the reason of a server's error, with that of the provider behind it."""
    if isinstance(body, str):
        return " ".join(_TAG.sub(" ", body[:_LONGEST_REASON]).split())
    return ": ".join(dict.fromkeys(" ".join(one.split()) for one in _list_reasons(body, 0)))


def _list_reasons(body: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(body, str):
        inner = read_json(body.encode("utf-8", "replace")) if body[:1] in ("{", "[") else None
        if isinstance(inner, dict | list):
            yield from _list_reasons(inner, depth + 1)
        elif body.strip():
            yield body[:_LONGEST_REASON]
    elif isinstance(body, list):
        for item in body[:3]:
            yield from _list_reasons(item, depth + 1)
    elif isinstance(body, dict):
        if isinstance(loc := body.get("loc"), list):
            yield ".".join(map(str, loc))
        found = [body[name] for name in _REASONS if body.get(name)]
        if not found and isinstance(code := body.get("code"), str):
            yield code
        for item in found[:1]:
            yield from _list_reasons(item, depth + 1)
        if isinstance(metadata := body.get("metadata"), dict):  # OpenRouter: the provider's error
            yield from _list_reasons(metadata.get("raw"), depth + 1)


def is_fault(exc: BaseException | None) -> bool:
    """Return whether the same request may succeed when it is repeated."""
    if isinstance(exc, ServerError):
        return exc.status in _FAULT_STATUS
    return isinstance(exc, FAULTS)


def is_busy(exc: BaseException | None) -> bool:
    """Return whether the server is overloaded."""
    return isinstance(exc, ServerError) and exc.status in _BUSY_STATUS


def is_refusal(exc: BaseException | None) -> bool:
    """Return whether the server may be refusing the form of the request."""
    return isinstance(exc, ServerError) and exc.status in _REFUSAL_STATUS


def is_out_of_credit(exc: BaseException | None) -> bool:
    """Return whether the account has no credit left."""
    if not isinstance(exc, ServerError):
        return False
    return exc.status == 402 or _NO_CREDIT in _list_codes(exc.body)


def _list_codes(body: Any) -> list[Any]:
    error = body.get("error") if isinstance(body, dict) else None
    parts = [part for part in (body, error) if isinstance(part, dict)]
    return [part.get(name) for part in parts for name in _CODES]


def is_lost(exc: BaseException) -> bool:
    """Return whether the server could not even be reached."""
    return isinstance(exc, UnreachableError) and exc.lost


def read_asked_pause(exc: BaseException | None) -> float | None:
    """Read the pause that the server asks for, in seconds, from its headers or body."""
    if not isinstance(exc, ServerError):
        return None
    now = datetime.now(UTC)
    said = (exc.headers, *_list_pauses(exc.body, 0))
    pauses = (read_retry_after(one, now) for one in said)
    return next((pause for pause in pauses if pause is not None), None)


def _list_pauses(body: Any, depth: int) -> Iterator[dict[str, str]]:
    """Yield the pauses named in *body*, as headers."""
    if depth > _DEEPEST or not isinstance(body, dict | list):
        return
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        named = _PAUSES.fullmatch(str(key))
        if named and isinstance(value, str | int | float):
            # Google's RetryInfo writes "34s"
            yield {f"retry-after{'-ms' if named['unit'] else ''}": str(value).removesuffix("s")}
        yield from _list_pauses(value, depth + 1)


def hide_keys(content: bytes, headers: Mapping[str, str]) -> bytes:
    """Put *** for what a request was sent with in *headers*, where its answer repeats it."""
    for name, value in headers.items():
        key = str(value).removeprefix("Bearer ").encode()
        if not _PLAIN_HEADERS.fullmatch(name) and len(key) >= _SHORTEST_KEY:
            content = content.replace(key, b"***")
    return content


def redact(text: str, settings: Settings) -> str:
    """Put *text* on one line of at most 200 characters, without keys and control codes."""
    for key in filter(None, (settings.api_key, *settings.headers.values())):
        text = text.replace(key.get_secret_value() or "***", "***")
    text = _KEY.sub("***", text)
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:200]


def _advise(server: str) -> str:
    """Return what to check if *server* cannot be reached."""
    near = re.search(r"localhost|127\.0\.0\.1|\[?::1", server)
    return "Is the server running?" if near else "Check its address and the network."


def translate(exc: Exception, server: str, settings: Settings) -> ModelError:
    """Convert *exc*, raised for *server*, to one of our errors with a message of one line."""
    tried = f"after {settings.attempts} attempt{'' if settings.attempts == 1 else 's'}"
    match exc:
        case ServerError() if exc.status in _REDIRECTS:
            return ModelRefused(
                f"{server}: redirects to {_name_origin(exc.headers)} (HTTP {exc.status}), where "
                "nothing was sent. Name that address with --base-url if you trust it."
            )
        case ServerError():
            return _translate_status(exc, server, tried, settings)
        case UnreachableError(timed_out=True):
            return ModelUnavailable(
                f"{server}: no answer within {settings.timeout_s:g} s, {tried}. "
                "Raise --timeout-s, or run again: answers so far are kept."
            )
        case UnreachableError():
            return ModelUnavailable(
                f"{server}: cannot be reached {tried} "
                f"({redact(exc.root, settings)}). {_advise(server)}"
            )
        case _:
            reason = redact(f"{type(exc).__name__}: {exc}", settings)
            return ModelUnavailable(
                f"{server}: unusable answer {tried} ({reason}). Is it an OpenAI-compatible API?"
            )


def _name_origin(headers: Mapping[str, str]) -> str:
    try:
        parts = urlsplit(headers.get("location", ""))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "another address"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else "another address"


def _translate_status(exc: ServerError, server: str, tried: str, settings: Settings) -> ModelError:
    status, model = exc.status, settings.model
    reason = redact(read_reason(exc.body), settings)
    says = f" The server says: {reason}" if reason else ""
    if is_out_of_credit(exc):
        return ModelRefused(f"{server}: no credit left (HTTP {status}). Add some, run again.{says}")
    if status in (401, 403):
        return ModelRefused(
            f"{server}: key refused (HTTP {status}). "
            f"Set {settings.key_variable or '--api-key-file'} to one that may use {model}.{says}"
        )
    if status == 404:
        return ModelRefused(
            f"{server}: no model {model!r} (HTTP 404). Check --model and --base-url.{says}"
        )
    if is_busy(exc):
        return ModelUnavailable(
            f"{server}: too busy (HTTP {status}) for longer than {settings.patience_s:g} s. "
            f"Run again later: answers so far are kept.{says}"
        )
    if is_fault(exc):
        return ModelUnavailable(
            f"{server}: HTTP {status} {tried}. Run again later: answers so far are kept.{says}"
        )
    return ModelOutputInvalid(f"{server}: HTTP {status}, {reason or 'no reason given'}")
