"""Which models a server offers."""

import asyncio
import json
from urllib.parse import urlsplit

import openai

from claimx.errors import ModelUnavailable
from claimx.llm.faults import read_server_error, translate
from claimx.llm.keys import check_key
from claimx.llm.wire import connect, note_unreachable
from claimx.settings import Settings


def list_models(settings: Settings) -> dict[str, list[str]]:
    """
    Return the names of the models that each server of *settings* offers, by its host.

    Raises:
        InputError: If there is neither a key nor a server.
        ModelError: If a server cannot be asked, or refuses.
    """
    told = {"attempts": 1, "model": "its models"}  # by which messages name what was asked for
    return asyncio.run(_list_models(settings.model_copy(update=told)))


async def _list_models(settings: Settings) -> dict[str, list[str]]:
    check_key(settings, "OpenAI", "or name another server with --provider or --base-url")
    clients = connect(settings)
    try:
        return {_name_host(client): await _ask(client, settings) for client in clients}
    finally:
        for client in clients:
            await client.close()


def _name_host(client: openai.AsyncOpenAI) -> str:
    return urlsplit(str(client.base_url)).netloc.split("@")[-1]


def _check_name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{name!r} names no model")
    return name


async def _ask(client: openai.AsyncOpenAI, settings: Settings) -> list[str]:
    host = _name_host(client)
    try:
        response = await client.models.with_raw_response.list()
        names = [one["id"] for one in json.loads(response.content)["data"]]
        return sorted(map(_check_name, names))
    except openai.APIStatusError as exc:
        answer = exc.response
        error = read_server_error(exc.status_code, answer.content, answer.headers)
        if exc.status_code == 404:
            raise ModelUnavailable(
                f"{host}: has no list of models (HTTP 404). Check --base-url; it often ends in /v1."
            ) from None
        raise translate(error, host, settings) from None
    except openai.APIConnectionError as exc:
        raise translate(note_unreachable(exc), host, settings) from None
    except (ValueError, TypeError, KeyError) as exc:
        raise ModelUnavailable(
            f"{host}: the answer is no list of models. Check --base-url; it often ends in /v1."
        ) from exc
