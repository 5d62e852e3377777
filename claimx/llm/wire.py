"""
Send requests over openai's client, and convert what it raises.

Only what goes over the network loads this module: openai, httpx2 and aiohttp are
slow to import.
"""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx2
import openai
from pydantic import SecretStr

from claimx.errors import ClaimxError, InputError
from claimx.llm.faults import (
    NotACompletionError,
    UnreachableError,
    hide_keys,
    read_server_error,
)
from claimx.providers import OPENAI
from claimx.settings import Settings

MAX_ANSWER = 20_000_000
"""Bytes of an answer that are read; the longest that a model writes has a hundredth."""


class OwnClient(openai.AsyncOpenAI):
    """
    openai's client, with a shorter way to its HTTP client.

    openai spends more on writing a request than the HTTP client on sending it. Address and
    headers are the same in every request of a run, so they are written once.
    """

    _written: tuple[Any, Any, httpx2.URL, httpx2.Headers] | None = None

    async def send(self, request: dict[str, Any]) -> tuple[bytes, httpx2.Response]:
        """Send *request* as it stands; return the body without the keys sent, and the response."""
        url, headers = self._write_once()
        body = json.dumps(request, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        extensions: dict[str, Any] = {"timeout": httpx2.Timeout(self.timeout).as_dict()}
        if "_" in url.host:  # as openai does it
            extensions["sni_hostname"] = url.host.replace("_", "-")
        response = await self._client.send(
            httpx2.Request(
                "POST",
                url,
                headers=headers,
                content=body.encode(),
                cookies=self._client.cookies or None,
                extensions=extensions,
            )
        )
        return hide_keys(response.content, headers), response

    def _write_once(self) -> tuple[httpx2.URL, httpx2.Headers]:
        if self._written is None or self._written[:2] != (self._client, self.base_url):
            base = httpx2.URL(str(self.base_url))
            headers = httpx2.Headers(self._client.headers)
            headers.update(
                {
                    name: value
                    for name, value in {**self.auth_headers, **self.default_headers}.items()
                    if isinstance(value, str)
                }
            )
            url = base.copy_with(raw_path=base.raw_path + b"chat/completions")
            self._written = self._client, self.base_url, url, headers
        return self._written[2:]


async def post(
    client: openai.AsyncOpenAI, request: dict[str, Any]
) -> tuple[bytes, Mapping[str, str]]:
    """
    Send *request*; return the body and the headers of the answer, without the keys sent.

    Raises:
        ServerError: If the server answers with an error.
        UnreachableError: If no answer comes.
        NotACompletionError: If the answer is too long.
        ClaimxError: If a cassette raises it.
    """
    if isinstance(client, OwnClient):
        return await _post_own(client, request)
    try:
        # not chat.completions.create, which spends half a millisecond on renaming fields
        response = await client.post("/chat/completions", cast_to=httpx2.Response, body=request)
    except openai.APIStatusError as exc:
        content = _read_content(exc.response)
        raise read_server_error(exc.status_code, content, exc.response.headers) from None
    except openai.APIConnectionError as exc:
        if isinstance(exc.__cause__, (ClaimxError, NotACompletionError)):
            raise exc.__cause__ from None
        raise note_unreachable(exc) from exc
    return _read_content(response), response.headers


async def _post_own(client: OwnClient, request: dict[str, Any]) -> tuple[bytes, Mapping[str, str]]:
    try:
        content, response = await client.send(request)
    except (ClaimxError, NotACompletionError):
        raise
    except httpx2.TimeoutException as exc:
        raise _explain("Request timed out.", exc, timed_out=True) from exc
    except Exception as exc:  # whatever ends a request: a wrong address, a broken answer
        raise _explain("Connection error.", exc) from exc
    if not response.is_success:
        raise read_server_error(response.status_code, content, response.headers)
    return content, response.headers


def note_unreachable(exc: openai.APIConnectionError) -> UnreachableError:
    """Convert *exc*, of openai's client."""
    return _explain(str(exc), exc, timed_out=isinstance(exc, openai.APITimeoutError))


def _explain(message: str, exc: BaseException, *, timed_out: bool = False) -> UnreachableError:
    """Explain *exc* by its root cause: the client reports every lost connection as a timeout."""
    root = exc
    while root.__cause__ is not None:
        root = root.__cause__
    return UnreachableError(
        message,
        str(root),
        timed_out=timed_out and isinstance(root, TimeoutError),
        lost=isinstance(root, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)),
    )


def _read_content(response: httpx2.Response) -> bytes:
    return hide_keys(response.content, response.request.headers)


def connect(settings: Settings) -> list[openai.AsyncOpenAI]:
    """Make a client for each server of *settings*; it sends no key if there is none."""
    if settings.client is not None:
        return [_adopt(settings)]
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    return [
        OwnClient(
            api_key=key,
            base_url=address or OPENAI,
            timeout=settings.timeout_s,
            max_retries=0,
            default_headers=_reveal(settings.headers),
            http_client=_make_transport(),
        )
        for address in settings.addresses
    ]


def _make_transport() -> openai.DefaultAioHttpClient:
    """Make a transport that takes no article to another address, and no endless answer."""
    return openai.DefaultAioHttpClient(
        follow_redirects=False, event_hooks={"response": [_read_within]}
    )


async def _read_within(response: httpx2.Response) -> None:
    """
    Read an answer while it is unpacked; a small one may unpack to gigabytes.

    Raises:
        NotACompletionError: If it is too long.
    """
    if not response.request.url.path.endswith("/chat/completions"):
        return  # files of batches are streamed
    parts, size = [], 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER:
            raise NotACompletionError(f"answered more than {MAX_ANSWER // 10**6} MB")
    response._content = b"".join(parts)  # as its aread() does, without a limit


def _adopt(settings: Settings) -> openai.AsyncOpenAI:
    """Take the caller's client as it is, but for its retries and how long it waits."""
    client = settings.client
    if not isinstance(client, openai.AsyncOpenAI):
        raise InputError(f"client={client!r}: must be an openai.AsyncOpenAI.")
    headers = _reveal(settings.headers)
    if settings.replay is not None or settings.record is not None:
        own = _make_transport()  # which cassettes listen to
    else:
        own = None
        headers["connection"] = "close"  # or some outlive the event loop of this run
    return client.with_options(
        max_retries=0, timeout=settings.timeout_s, default_headers=headers, http_client=own
    )


def _reveal(headers: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in headers.items()}
