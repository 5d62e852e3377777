"""
Count the tokens of a request before it is sent.

tiktoken knows the encodings of OpenAI's models, but fetches their tables from
the network at first use. Nothing is fetched here: where the table is not on
this machine already (see TIKTOKEN_CACHE_DIR), the count is an estimate.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tiktoken

# The recorded answers to seeds/ (Qwen2.5, English): 4.1 characters a token of a prompt, 3.9 to 4.2.
# Bytes, because other scripts take more tokens a character and more bytes alike.
BYTES_PER_TOKEN = 4
# Around each message, and before the answer. Source: OpenAI Cookbook, "How to count tokens".
_PER_MESSAGE, _PER_ANSWER = 3, 3


class Tokenizer(NamedTuple):
    """Counts the tokens of a text. *name* is the encoding; none says that it is an estimate."""

    name: str | None
    count: Callable[[str], int]

    def count_request(self, request: dict[str, Any]) -> int:
        """
        Count the tokens of a chat request, about.

        The answer's schema counts only where the encoding is known: OpenAI
        bills it, while servers that constrain the sampling do not read it.
        """
        messages = request.get("messages", [])
        texts = [message["content"] for message in messages if message.get("content")]
        around = _PER_MESSAGE * len(messages) + _PER_ANSWER
        if self.name is not None:
            schemas = [request[name] for name in ("response_format", "tools") if name in request]
            texts += [json.dumps(schema) for schema in schemas]
        return around + sum(self.count(text) for text in texts)


def find_tokenizer(model: str) -> Tokenizer:
    """Find the tokenizer of *model* on this machine, else one that estimates."""
    import tiktoken  # slow, and only a plan needs it

    try:
        name = tiktoken.encoding_name_for_model(model)
        encoding = _load_encoding(name)
    except (KeyError, ValueError, OSError):
        return Tokenizer(None, estimate_tokens)
    return Tokenizer(name, lambda text: len(encoding.encode(text, disallowed_special=())))


def estimate_tokens(text: str) -> int:
    """
    Estimate how many tokens *text* has, from its bytes.

    >>> estimate_tokens("four"), estimate_tokens("fours"), estimate_tokens("")
    (1, 2, 0)
    """
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


@lru_cache(maxsize=4)
def _load_encoding(name: str) -> "tiktoken.Encoding":
    import tiktoken

    with _nothing_fetched():
        return tiktoken.get_encoding(name)


@contextmanager
def _nothing_fetched() -> Iterator[None]:
    """Let tiktoken read its folder only; it has no switch for that."""
    import tiktoken.load

    fetch = tiktoken.load.read_file
    tiktoken.load.read_file = _refuse_to_fetch
    try:
        yield
    finally:
        tiktoken.load.read_file = fetch


def _refuse_to_fetch(blobpath: str) -> bytes:
    raise FileNotFoundError(f"{blobpath}: not on this machine")
