"""Tell what went wrong with a request, a fault or a refusal, and say it in one line."""

from datetime import UTC, datetime

import aiohttp
import openai

from claimx.errors import ModelError, ModelOutputInvalid, ModelRefused, ModelUnavailable
from claimx.pace import read_retry_after
from claimx.settings import Settings

_FAULT_STATUS = frozenset({408, 409, 425, 500, 502, 504})
_BUSY_STATUS = frozenset({429, 503, 529})
_NO_CREDIT = "insufficient_quota"  # OpenAI's code of a 429 that no waiting helps


class NotACompletionError(Exception):
    """The server answered with HTTP 200, but not with a chat completion."""


FAULTS = (openai.APIStatusError, openai.APIConnectionError, NotACompletionError)


def is_fault(exc: BaseException | None) -> bool:
    """Tell whether the same request may well be answered next time."""
    if isinstance(exc, openai.APIStatusError):
        return exc.status_code in _FAULT_STATUS
    return isinstance(exc, FAULTS)


def is_busy(exc: BaseException | None) -> bool:
    """Tell whether the server has too much to do."""
    return isinstance(exc, openai.APIStatusError) and exc.status_code in _BUSY_STATUS


def is_out_of_credit(exc: BaseException | None) -> bool:
    """Tell whether nothing more is answered until somebody pays."""
    return isinstance(exc, openai.APIStatusError) and exc.code == _NO_CREDIT


def is_lost(exc: BaseException) -> bool:
    """Tell whether the server could not even be reached."""
    return isinstance(
        _find_root(exc), (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    )


def _find_root(exc: BaseException) -> BaseException:
    """Find what *exc* came from: on its way up, every lost connection is called a timeout."""
    while exc.__cause__ is not None:
        exc = exc.__cause__
    return exc


def read_asked_pause(exc: BaseException | None) -> float | None:
    """Read for how many seconds the server asks to be left alone."""
    if not isinstance(exc, openai.APIStatusError):
        return None
    return read_retry_after(exc.response.headers, datetime.now(UTC))


def redact(text: str, settings: Settings) -> str:
    """Put *text* on one line of at most 200 characters, without the key."""
    key = settings.api_key
    text = text if key is None else text.replace(key.get_secret_value(), "***")
    return " ".join(text.split())[:200]


def translate(exc: Exception, server: str, settings: Settings) -> ModelError:
    """Say *exc*, of the *server* of that name, in one line, as an error of ours."""
    tried = f"after {settings.attempts} attempt{'' if settings.attempts == 1 else 's'}"
    match exc:
        case openai.APIStatusError():
            return _translate_status(exc, server, tried, settings)
        case openai.APITimeoutError() if isinstance(_find_root(exc), TimeoutError):
            return ModelUnavailable(
                f"{server}: no answer within {settings.timeout_s:g} s, {tried}. "
                "Raise --timeout, or run again: answers so far are kept."
            )
        case openai.APIConnectionError():
            return ModelUnavailable(
                f"{server}: cannot be reached {tried} "
                f"({redact(str(_find_root(exc)), settings)}). Is the server running?"
            )
        case _:
            reason = redact(f"{type(exc).__name__}: {exc}", settings)
            return ModelUnavailable(
                f"{server}: unusable answer {tried} ({reason}). Is it an OpenAI-compatible API?"
            )


def _translate_status(
    exc: openai.APIStatusError, server: str, tried: str, settings: Settings
) -> ModelError:
    status, model = exc.status_code, settings.model
    if is_out_of_credit(exc):
        return ModelRefused(f"{server}: no credit left (HTTP {status}). Add some, run again.")
    if status in (401, 403):
        return ModelRefused(
            f"{server}: key refused (HTTP {status}). "
            f"Set OPENAI_API_KEY to one that may use {model}."
        )
    if status == 404:
        return ModelRefused(
            f"{server}: no model {model!r} (HTTP 404). Check --model and --base-url."
        )
    if is_busy(exc):
        return ModelUnavailable(
            f"{server}: too busy (HTTP {status}) for longer than {settings.patience_s:g} s. "
            "Run again later: answers so far are kept."
        )
    if is_fault(exc):
        return ModelUnavailable(
            f"{server}: HTTP {status} {tried}. Run again later: answers so far are kept."
        )
    return ModelOutputInvalid(f"{server}: HTTP {status}, {redact(exc.message, settings)}")
