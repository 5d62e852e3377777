"""
Count the tokens of a request before it is sent.

tiktoken has the encodings of OpenAI's models, but downloads their tables at first
use. Nothing is downloaded here: if the table is not on this machine (see
TIKTOKEN_CACHE_DIR), the count is an estimate.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tiktoken

# Measured on the recorded answers to seeds/ (Qwen2.5, English): 4.1 characters per token of a
# prompt. In bytes, because other scripts have more tokens per character, and more bytes.
BYTES_PER_TOKEN = 4
# Tokens around each message, and before the answer. Source: OpenAI Cookbook, "How to count tokens".
_PER_MESSAGE, _PER_ANSWER = 3, 3


class Tokenizer(NamedTuple):
    """Counts the tokens of a text. *name* is the encoding; None for an estimate."""

    name: str | None
    count: Callable[[str], int]

    def count_request(self, request: dict[str, Any]) -> int:
        """
        Count the tokens of a chat request, approximately.

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
    """Return the tokenizer of *model* if it is on this machine, else one that estimates."""
    import tiktoken  # slow, and only a plan needs it

    try:
        name = tiktoken.encoding_name_for_model(model)
        encoding = _load_encoding(name)
    except (KeyError, ValueError, OSError):
        return Tokenizer(None, estimate_tokens)
    return Tokenizer(name, lambda text: len(encoding.encode(text, disallowed_special=())))


def estimate_tokens(text: str) -> int:
    """
    Estimate the number of tokens of *text* from its bytes.

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
    """Keep tiktoken from downloading; it has no option for that."""
    import tiktoken.load

    fetch = tiktoken.load.read_file
    tiktoken.load.read_file = _refuse_to_fetch
    try:
        yield
    finally:
        tiktoken.load.read_file = fetch


def _refuse_to_fetch(blobpath: str) -> bytes:
    raise FileNotFoundError(f"{blobpath}: not on this machine")
