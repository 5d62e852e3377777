"""The settings of a run: one frozen record, the same for the command line and Python."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_cache_path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from claimx.errors import InputError
from claimx.records import Record

EXTRACTIVE: Final = "extractive"
"""The name of the built-in reader that needs no language model."""

StrategyName = Literal["auto", "article", "window", "stepwise", "extractive"]
VerifyMode = Literal["flag", "reject"]
Mode = Literal["auto", "json_schema", "json", "tools", "markdown_json"]

SHAPING = (
    "strategy",
    "runs",
    "min_coverage",
    "mode",
    "temperature",
    "seed",
    "frequency_penalty",
    "max_tokens",
    "segment_tokens",
    "attempts",
    "verify",
    "verify_model",
    "judge",
)
"""The settings that shape the result: part of the table's run block, kept with a recording."""

# Longest answer of the judge: 16 tokens for each claim that it may be shown at once.
_JUDGE_TOKENS = 4096

# Ollama, llama.cpp, vLLM and LM Studio listen there unless told otherwise; their documentation says
# that they take a temperature and a seed, and left alone they choose their words by chance.
_SAMPLING_PORTS = frozenset({11434, 8080, 8000, 1234})
# What matters only where a model is asked.
_ASKING = frozenset(
    (
        *("base_url", "record", "prompts", "mode", "runs", "min_coverage", "attempts"),
        *("temperature", "seed", "frequency_penalty", "max_tokens", "max_requests", "max_cost"),
        *("price_in", "price_out", "rpm", "tpm", "timeout_s", "patience_s"),
    )
)
_PASSWORD = re.compile(r"//[^/@\s]*@")

_ENVIRONMENT = {
    "model": "CLAIMX_MODEL",
    "base_url": "OPENAI_BASE_URL",
    "api_key": "OPENAI_API_KEY",
    "verify_api_key": "CLAIMX_VERIFY_API_KEY",
}

# Parameters as names of models say them: "qwen2.5:1.5b", "Llama-3.2-3B", "smollm2:360m". Of a
# mixture ("30b-a3b") all count; "8x7b" says none, and is large.
_PARAMETERS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z0-9])", re.IGNORECASE)
# Billions of parameters. Measured are 1.5 with `stepwise`; above that these are guesses.
_STEPWISE_BELOW, _WINDOW_BELOW = 5, 14
# Blocks of that many tokens make answers of some 5,000; see `claimx.pipeline.plan.ARTICLE_SHARE`.
_ARTICLE_SIZES = MappingProxyType({"segment_tokens": 1000, "max_tokens": 8192})
_SIZES = MappingProxyType({"segment_tokens": 80, "max_tokens": 1024})


def choose_strategy(model: str | None) -> StrategyName:
    """
    Choose how *model* is asked, by what its name says of its size.

    >>> [choose_strategy(name) for name in ("gpt-5-mini", "qwen2.5:1.5b", "llama3.1-8b")]
    ['article', 'stepwise', 'window']
    """
    if model == EXTRACTIVE:
        return EXTRACTIVE
    told = _PARAMETERS.findall(model or "")
    size = max((float(number) / (1000 if unit in "mM" else 1) for number, unit in told), default=0)
    if not size or size >= _WINDOW_BELOW:
        return "article"
    return "stepwise" if size < _STEPWISE_BELOW else "window"


def default_cache() -> Path:
    """Name the folder that keeps answers unless another is named."""
    return user_cache_path("claimx")


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)  # also refuses codecs that are not of text
    except LookupError as exc:
        raise ValueError(str(exc)) from exc
    return name


def _list_servers(value: Any) -> Any:
    """Take one address, several, or none, and mend them."""
    several = (value,) if isinstance(value, str) else value or ()
    if not isinstance(several, list | tuple):
        return several
    return tuple(mend_address(one) if isinstance(one, str) else one for one in several)


def mend_address(address: str) -> str:
    """
    Give a server's *address* the scheme that it lacks, and leave off what follows ``/v1``.

    >>> mend_address("localhost:9/v1"), mend_address("api.example.com/v1/chat/completions")
    ('http://localhost:9/v1', 'https://api.example.com/v1')

    Raises:
        ValueError: If no server is named.
    """
    mended = address.strip()
    if "://" not in mended:
        mended = f"{_guess_scheme(mended)}://{mended}"
    parts = urlsplit(mended)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("not the address of a server. Write http://HOST:PORT/v1")
    return mended.removesuffix("/").removesuffix("/chat/completions") if _DEEP in mended else mended


def _guess_scheme(address: str) -> str:
    """Take a server with a port, or of this machine, for one without encryption."""
    parts = urlsplit(f"//{address}")
    try:
        own = not ip_address(parts.hostname or "").is_global
    except ValueError:
        own = "." not in (parts.hostname or "")
    return "http" if own or parts.port not in (None, 443) else "https"


def _leave_out(value: Any) -> Any:
    """Take "none" as the command line writes it."""
    return None if isinstance(value, str) and value.lower() == "none" else value


_OrNone = BeforeValidator(_leave_out)
_DEEP = "/chat/completions"


class Settings(Record):
    """
    How to run, with the defaults of the command line.

    Apart from *model* and those in `SHAPING`, settings only decide where, how
    fast and how patiently to ask; no output depends on them.
    """

    model: str | None = Field(None, description="Name of the model; 'extractive' needs none.")
    strategy: StrategyName = Field(
        "auto", description="How it is asked; auto settles that by the model's name."
    )
    runs: int = Field(1, gt=0, description="How often every segment is asked, with other seeds.")
    min_coverage: float | None = Field(
        None, ge=0, le=1, description="Share of sentences with a claim; others are asked again."
    )
    mode: Mode = Field(
        "auto",
        description="How the server is told the answer's schema; auto finds out.",
    )
    temperature: Annotated[float | None, _OrNone] = Field(
        None, ge=0, le=2, description="0 repeats itself best; null leaves it to the server."
    )
    seed: Annotated[int | None, _OrNone] = Field(
        None, description="For servers that sample reproducibly; null sends none."
    )
    frequency_penalty: Annotated[float | None, _OrNone] = Field(
        None, ge=-2, le=2, description="Keeps small models from looping; null sends none."
    )
    max_tokens: Annotated[int | None, _OrNone] = Field(
        8192,
        gt=0,
        description="Longest answer to one segment, in tokens; 1024 if not article; null is none.",
    )
    segment_tokens: int = Field(
        1000, gt=0, description="Text asked about at a time, in tokens; 80 if not article."
    )
    attempts: int = Field(3, gt=0, description="How often one segment is asked at most.")
    min_score: float | None = Field(
        None, ge=0, le=1, description="Similarity from which claims are grouped."
    )
    judge: bool = Field(
        False, description="Let the model decide which claims say the same, or contradict."
    )
    verify: VerifyMode | None = Field(
        None, description="Let a model read claims again, and flag or reject what the text denies."
    )
    verify_model: str | None = Field(
        None, description="Name of the model that reads again; null is the one that extracts."
    )
    verify_base_url: Annotated[tuple[str, ...], BeforeValidator(_list_servers)] = Field(
        (), description="Its servers; none are those of the one that extracts."
    )
    verify_api_key: SecretStr | None = Field(
        None, description="Sent to *verify_base_url*, which never gets *api_key*."
    )

    base_url: Annotated[tuple[str, ...], BeforeValidator(_list_servers)] = Field(
        (), description="OpenAI-compatible servers that share the work; none is OpenAI's."
    )
    api_key: SecretStr | None = Field(None, description="Sent as a bearer token; never stored.")
    concurrency: int = Field(8, gt=0, description="Requests under way at once.")
    timeout_s: float = Field(120.0, gt=0, description="Longest wait for one answer.")
    max_requests: int | None = Field(None, gt=0, description="Stop after sending so many.")
    max_cost: float | None = Field(None, gt=0, description="Stop before spending more, in USD.")
    price_in: float | None = Field(None, ge=0, description="USD per million tokens read.")
    price_out: float | None = Field(None, ge=0, description="USD per million tokens written.")
    patience_s: float = Field(600.0, gt=0, description="Longest wait for a server that is busy.")
    rpm: float | None = Field(None, gt=0, description="Requests a minute at most.")
    tpm: float | None = Field(None, gt=0, description="Tokens a minute at most, in and out.")
    cache: Path | None = Field(
        default_factory=default_cache,
        description="Folder that keeps answers; null keeps none.",
    )
    cache_mb: int = Field(4096, gt=0, description="Above this size the oldest answers go.")
    replay: Path | None = Field(None, description="Folder of cassettes to answer from, offline.")
    record: Path | None = Field(None, description="Folder to write cassettes to.")
    prompts: Path | None = Field(None, description="Folder of prompt files instead of our own.")
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = Field(
        None, description="Of the articles; null finds it out."
    )
    text_column: str | None = Field(None, description="Where rows of CSV and the like have text.")
    id_column: str | None = Field(None, description="What names the article of such a row.")
    sources: Path | None = Field(
        None, description="Who published which article: CSV (file, outlet, date, ...) or CSL-JSON."
    )

    @model_validator(mode="before")
    @classmethod
    def _settle_strategy(cls, values: Any) -> Any:
        """Put in what "auto" comes to, and the sizes that go with the strategy."""
        if not isinstance(values, dict):
            return values
        strategy = values.get("strategy", "auto")
        if strategy == "auto":
            strategy = choose_strategy(values.get("model"))
        sizes = _ARTICLE_SIZES if strategy == "article" else _SIZES
        return {**sizes, **values, "strategy": strategy}

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.strategy == EXTRACTIVE) != (self.model == EXTRACTIVE) and self.model:
            raise ValueError(
                f"strategy {self.strategy} does not go with model {self.model}. Leave one out"
            )
        if self.runs > 1 and self.temperature == 0:
            raise ValueError("at temperature 0 all runs are alike. Pass --temperature 0.7")
        if self.model == EXTRACTIVE and self.verify:
            raise ValueError("verify: nothing to read again without a model. Pass --model NAME")
        if self.model == EXTRACTIVE and self.judge:
            raise ValueError("judge: nobody to judge without a model. Pass --model NAME")
        return self

    def choose_rereader(self) -> "Settings":
        """Return the settings of the model that reads claims again; the same, if it extracts."""
        if not self.verify_base_url:
            chosen = {"model": self.verify_model or self.model}
            return self if chosen["model"] == self.model else self.model_copy(update=chosen)
        return self.model_copy(
            update={
                "model": self.verify_model or self.model,
                "base_url": self.verify_base_url,
                "api_key": self.verify_api_key,
            }
        )

    def choose_judge(self) -> "Settings":
        """Return the settings of the model that judges: the same, but for longer answers."""
        if self.max_tokens is None:
            return self
        return self.model_copy(update={"max_tokens": max(self.max_tokens, _JUDGE_TOKENS)})

    @property
    def limits_answers(self) -> bool:
        """Whether the length of an answer has a limit of the user's own."""
        sizes = _ARTICLE_SIZES if self.strategy == "article" else _SIZES
        return self.max_tokens not in (None, sizes["max_tokens"], _JUDGE_TOKENS)

    @property
    def addresses(self) -> tuple[str | None, ...]:
        """The servers to ask, at least one; null is OpenAI's."""
        return self.base_url or (None,)

    def shaping(self) -> dict[str, Any]:
        """Return the settings that shape the result, ready for JSON."""
        names = {"min_score"} if self.model == EXTRACTIVE else set(SHAPING)
        shaping = self.model_dump(mode="json", include=names, exclude_none=True)
        return {name: value for name, value in shaping.items() if value is not False}


def make_settings(
    options: Mapping[str, Any],
    recorded: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """
    Settle the settings: *options* first, then *recorded*, then *environment*.

    Without any model, the built-in extractive reader is chosen.

    Raises:
        InputError: If an option does not exist or has no such value.
    """
    named = {
        field: environment[variable]
        for field, variable in _ENVIRONMENT.items()
        if environment.get(variable)
    }
    if "api_key" not in named and (path := environment.get("OPENAI_API_KEY_FILE")):
        named["api_key"] = _read_key(Path(path))
    chosen = {"model": EXTRACTIVE} | named | dict(recorded or {}) | dict(options)
    if options.get("strategy") == EXTRACTIVE and "model" not in options:
        chosen["model"] = EXTRACTIVE
    if chosen["model"] == EXTRACTIVE and "strategy" not in options:
        chosen["strategy"] = EXTRACTIVE
    _check_options(options, chosen["model"])
    try:
        settings = Settings.model_validate(chosen)
        if recorded is None and not settings.replay and _repeats_itself(settings):
            settings = Settings.model_validate({"temperature": 0, "seed": 0} | chosen)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if not name:
            raise InputError(str(first["ctx"]["error"]) + ".") from None
        shown = _PASSWORD.sub("//***@", repr(first["input"]))
        raise InputError(f"{name}={shown}: {first['msg']}.") from None
    if (settings.price_in is None) != (settings.price_out is None):
        raise InputError("price_in and price_out belong together: pass both, or neither.")
    return settings


def _check_options(options: Mapping[str, Any], model: Any) -> None:
    """Refuse options that contradict each other, or that would do nothing."""
    given = [name for name, value in options.items() if value not in (None, (), [])]
    if "replay" in given and "record" in given:
        raise InputError("replay and record exclude each other: pass one of them.")
    chosen = EXTRACTIVE in (options.get("model"), options.get("strategy"))  # on purpose
    idle = [name for name in given if name == "record" or (name in _ASKING and not chosen)]
    if model == EXTRACTIVE and idle and "replay" not in given:
        raise InputError(
            f"{idle[0]}: no model is asked. Name one with --model or CLAIMX_MODEL, or leave it out."
        )
    if options.get("model") == EXTRACTIVE and "replay" in given:
        raise InputError("replay: no model is asked. Leave out --model extractive, or --replay.")


def _repeats_itself(settings: Settings) -> bool:
    """Tell whether all servers are known to take a temperature and a seed, and only one answer."""
    ports = {urlsplit(address).port for address in settings.base_url}
    return bool(ports) and ports <= _SAMPLING_PORTS and settings.runs == 1


def _read_key(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not UTF-8"
        raise InputError(
            f"OPENAI_API_KEY_FILE={str(path)!r}: cannot be read ({reason}). Check the path."
        ) from None
