"""Services with an OpenAI-compatible API: where each is, and which variable holds its key."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

ProviderName = Literal[
    "openai",
    "ollama",
    "lmstudio",
    "vllm",
    "gemini",
    "mistral",
    "openrouter",
    "groq",
    "together",
    "deepseek",
]
OPENAI: Final = "https://api.openai.com/v1"


class Provider(NamedTuple):
    """The address of a service, none for OpenAI's, and the variable with its key."""

    base_url: str | None
    key_variable: str | None = None


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "openai": Provider(None, "OPENAI_API_KEY"),
        "ollama": Provider("http://localhost:11434/v1"),
        "lmstudio": Provider("http://localhost:1234/v1"),
        "vllm": Provider("http://localhost:8000/v1"),
        "gemini": Provider(
            "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"
        ),
        "mistral": Provider("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
        "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        "groq": Provider("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
        "together": Provider("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
        "deepseek": Provider("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    }
)
