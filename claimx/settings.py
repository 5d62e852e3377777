"""The settings of a run: one frozen record, the same for the command line and Python."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Self
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

from claimx.disk import describe_oddity
from claimx.errors import InputError
from claimx.providers import OPENAI, PROVIDERS, ProviderName
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
        *("provider", "api_key_file", "client", "headers"),
    )
)
_PASSWORD = re.compile(r"//[^/@\s]*@")

_ENVIRONMENT = MappingProxyType(
    {
        "model": "CLAIMX_MODEL",
        "provider": "CLAIMX_PROVIDER",
        "base_url": "OPENAI_BASE_URL",
        "api_key_file": "CLAIMX_API_KEY_FILE",
        "verify_api_key": "CLAIMX_VERIFY_API_KEY",
    }
)

# A file that comes with a folder of articles must not decide which secret is sent.
_SECRET = frozenset({"api_key", "api_key_file", "verify_api_key", "headers", "client"})
_SERVER = frozenset({"provider", "base_url", "client"})
_OPTION = "option"

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


def _known_encoding(name: str | None) -> str | None:
    if name is None:
        return None
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
    is_http = parts.scheme in ("http", "https") and parts.port != 0
    if not is_http or not _is_host(parts.hostname) or not mended.isprintable():
        raise ValueError("not the address of a server. Write http://HOST:PORT/v1")
    return mended.removesuffix("/").removesuffix("/chat/completions") if _DEEP in mended else mended


def _is_host(name: str | None) -> bool:
    """Return whether *name* can be a host's: one of a net that knows all letters, too."""
    try:
        return bool(name and name.encode("idna"))
    except UnicodeError:
        return False


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


class Option(NamedTuple):
    """
    How a setting is given on the command line, by its name with hyphens.

    *group* is its heading in the help, *short* a letter for it, *also* an older
    spelling that is still accepted.
    """

    group: str
    metavar: str = ""
    short: str = ""
    also: str = ""


class Settings(Record):
    """
    How to run, with the defaults of the command line.

    Apart from *model* and those in `SHAPING`, settings only decide where, how
    fast and how patiently to ask; no output depends on them.
    """

    model: Annotated[str | None, Option("Model", "NAME", short="-m")] = Field(
        None, description="Model to ask; extractive takes sentences as they are and asks none."
    )
    provider: Annotated[ProviderName | None, Option("Model", "NAME")] = Field(
        None,
        description="Service to ask, by name, with the key that is its own: "
        f"{', '.join(PROVIDERS)}.",
    )
    base_url: Annotated[tuple[str, ...], BeforeValidator(_list_servers), Option("Model", "URL")] = (
        Field(
            (),
            description="OpenAI-compatible server, if not OpenAI's; repeat it to share the work "
            "among several.",
        )
    )
    api_key_file: Annotated[Path | None, Option("Model", "FILE")] = Field(
        None, description="File that holds the API key and nothing else."
    )
    strategy: Annotated[StrategyName, Option("Model")] = Field(
        "auto",
        description="How to ask: article shows the whole article; window shows a few sentences a "
        "request; stepwise takes small steps, for small models; extractive asks nothing; auto "
        "chooses by the model's name.",
    )
    runs: Annotated[int, Option("Model", "N")] = Field(
        1, gt=0, description="Times to ask about each segment, each with another seed."
    )
    min_coverage: Annotated[float | None, Option("Model", "0-1")] = Field(
        None,
        ge=0,
        le=1,
        description="Minimum share of sentences with a claim; below it the others are asked about "
        "again.",
    )
    mode: Annotated[Mode, Option("Model")] = Field(
        "auto",
        description="How to tell the server the schema of the answer; auto finds out what it "
        "accepts.",
    )
    temperature: Annotated[float | None, _OrNone, Option("Model", "0-2")] = Field(
        None,
        ge=0,
        le=2,
        description="Sampling temperature, or none to leave it to the server. Servers on the usual "
        "local ports get 0.",
    )
    seed: Annotated[int | None, _OrNone, Option("Model", "N")] = Field(
        None,
        description="Sampling seed, or none to send none. Servers on the usual local ports get 0.",
    )
    frequency_penalty: Annotated[float | None, _OrNone, Option("Model", "N")] = Field(
        None,
        ge=-2,
        le=2,
        description="Penalty on repeated words, or none to send none; 0.2 keeps small models from "
        "looping.",
    )
    max_tokens: Annotated[int | None, _OrNone, Option("Model", "N")] = Field(
        8192,
        gt=0,
        description="Longest answer in tokens, or none for no limit; 1024 with other strategies "
        "than article.",
    )
    segment_tokens: Annotated[int, Option("Model", "N")] = Field(
        1000,
        gt=0,
        description="Text to ask about at a time, in tokens; 80 with other strategies than "
        "article.",
    )
    attempts: Annotated[int, Option("Model", "N")] = Field(
        3, gt=0, description="Times to ask at most before a segment fails."
    )
    min_score: Annotated[float | None, Option("Model", "0-1")] = Field(
        None, ge=0, le=1, description="Minimum similarity of claims in one group."
    )
    judge: Annotated[bool, Option("Model")] = Field(
        False,
        description="Let the model decide which claims say the same and which contradict.",
    )
    verify: VerifyMode | None = Field(
        None,
        description="Let a model read the claims again, and flag or reject those that the text "
        "does not support.",
    )
    verify_model: Annotated[str | None, Option("Model", "NAME")] = Field(
        None, description="Model that reads the claims again, if not the same."
    )
    verify_base_url: Annotated[
        tuple[str, ...], BeforeValidator(_list_servers), Option("Model", "URL")
    ] = Field((), description="Its server, sent CLAIMX_VERIFY_API_KEY alone.")
    verify_api_key: SecretStr | None = Field(
        None, description="Sent to *verify_base_url*, which never gets *api_key*."
    )

    api_key: SecretStr | None = Field(None, description="Sent as a bearer token; never stored.")
    headers: dict[str, SecretStr] = Field(
        {}, description="Sent with each request to the server; never stored."
    )
    client: Any = Field(
        None,
        repr=False,
        exclude=True,
        description="An openai.AsyncOpenAI to ask with, in place of *base_url* and *api_key*; it "
        "is left open. From a cassette the answers come without it.",
    )
    concurrency: Annotated[int, Option("Limits", "N")] = Field(
        8, gt=0, description="Requests in flight at once."
    )
    timeout_s: Annotated[float, Option("Limits", "SECONDS", also="--timeout")] = Field(
        120.0, gt=0, description="Longest wait for one answer."
    )
    max_requests: Annotated[int | None, Option("Limits", "N")] = Field(
        None, gt=0, description="Stop after this many requests."
    )
    max_cost: Annotated[float | None, Option("Limits", "USD")] = Field(
        None, gt=0, description="Stop before spending more than this."
    )
    price_in: Annotated[float | None, Option("Limits", "USD")] = Field(
        None, ge=0, description="Price of a million tokens read, where none is known."
    )
    price_out: Annotated[float | None, Option("Limits", "USD")] = Field(
        None, ge=0, description="Price of a million tokens written."
    )
    patience_s: Annotated[float, Option("Limits", "SECONDS")] = Field(
        600.0, gt=0, description="Longest wait for a server that is busy."
    )
    rpm: Annotated[float | None, Option("Limits", "N")] = Field(
        None, gt=0, description="Most requests a minute."
    )
    tpm: Annotated[float | None, Option("Limits", "N")] = Field(
        None, gt=0, description="Most tokens a minute, read and written."
    )
    cache: Annotated[Path | None, Option("Offline", "DIR")] = Field(
        default_factory=default_cache,
        description="Folder that keeps the answers of models, so that nothing is asked twice.",
    )
    cache_mb: Annotated[int, Option("Offline", "MB", also="--cache-size")] = Field(
        4096, gt=0, description="Size above which the oldest answers are removed from the cache."
    )
    replay: Annotated[Path | None, Option("Offline", "DIR")] = Field(
        None, description="Answer from the cassettes in this folder; use no network."
    )
    record: Annotated[Path | None, Option("Offline", "DIR")] = Field(
        None, description="Ask, and record cassettes in this folder."
    )
    prompts: Annotated[Path | None, Option("Model", "DIR")] = Field(
        None, description="Folder of your own prompt files."
    )
    work: Annotated[Path | None, Option("Many articles", "DIR")] = Field(
        None,
        description="Work in parts that are kept in this folder, in several processes; the same "
        "command goes on where it was.",
    )
    workers: Annotated[int | None, Option("Many articles", "N")] = Field(
        None, gt=0, description="Processes that work on parts; one a processor if not given."
    )
    part_kb: Annotated[int, Option("Many articles", "KB")] = Field(
        500, gt=0, description="About so much text makes a part."
    )
    ray: Annotated[str | None, Option("Many articles", "ADDRESS")] = Field(
        None,
        description="Ray cluster whose machines work on the parts, all of which see DIR; local "
        "starts one on this machine alone.",
    )
    encoding: Annotated[str | None, AfterValidator(_known_encoding), Option("Input", "NAME")] = (
        Field(None, description="Encoding of the articles; detected if not given.")
    )
    text_column: Annotated[str | None, Option("Input", "NAME")] = Field(
        None, description="Column with the text, in CSV, TSV, JSON Lines and Parquet."
    )
    id_column: Annotated[str | None, Option("Input", "NAME")] = Field(
        None,
        description="Column that names the article of a row; default: id or url, else its number.",
    )
    sources: Annotated[Path | None, Option("Input", "FILE")] = Field(
        None,
        description="Who published which article: CSV (file, outlet, date, ...) or CSL-JSON.",
    )
    fetch: Path | None = Field(
        None,
        description="Folder to keep pages in. Sources may be addresses; those of which no page is "
        "kept are fetched from the web.",
    )

    @model_validator(mode="before")
    @classmethod
    def _settle_strategy(cls, values: Any) -> Any:
        """Put in what "auto" comes to, and the sizes that go with the strategy."""
        if not isinstance(values, dict):
            return values
        strategy = values.get("strategy", "auto")
        if strategy == "auto":
            model = values.get("model")
            strategy = choose_strategy(model if isinstance(model, str) else None)
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
        if self.ray is not None and self.work is None:
            raise ValueError(
                "ray: its machines need a folder that all of them see. Pass --work DIR"
            )
        return self

    def choose_rereader(self) -> "Settings":
        """Return the settings of the model that reads claims again; the same, if it extracts."""
        if not self.verify_base_url:
            chosen = {"model": self.verify_model or self.model}
            return self if chosen["model"] == self.model else self.model_copy(update=chosen)
        return self.model_copy(
            update={
                "model": self.verify_model or self.model,
                "provider": None,
                "client": None,
                "headers": {},
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
    def key_variable(self) -> str | None:
        """The variable of the environment for the key, if the server is known to need one."""
        return PROVIDERS[self.provider or "openai"].key_variable

    @property
    def addresses(self) -> tuple[str | None, ...]:
        """The servers to ask, at least one; null is OpenAI's."""
        if self.client is not None:
            address = str(self.client.base_url).rstrip("/")
            return (None if address == OPENAI else address,)
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
    Settle the settings: *options* first, then *recorded*, *environment*, and a file.

    The file is ``claimx.toml``, or ``[tool.claimx]`` of ``pyproject.toml``, in
    the current folder or the nearest one above it. Without any model, the
    built-in extractive reader is chosen.

    Raises:
        InputError: If an option does not exist or has no such value.
    """
    given = trace_settings(options, recorded, environment)
    chosen = {"model": EXTRACTIVE} | {name: one.value for name, one in given.items()}
    if options.get("strategy") == EXTRACTIVE and "model" not in options:
        chosen["model"] = EXTRACTIVE
    if chosen["model"] == EXTRACTIVE and "strategy" not in options:
        chosen["strategy"] = EXTRACTIVE
    _check_options(options, chosen["model"])
    settings = check_settings(chosen)
    if recorded is None and not settings.replay and _repeats_itself(settings):
        settings = check_settings({"temperature": 0, "seed": 0} | chosen)
    if (settings.price_in is None) != (settings.price_out is None):
        raise InputError("price_in and price_out belong together: pass both, or neither.")
    return settings


def check_settings(chosen: Mapping[str, Any]) -> Settings:
    """
    Make settings of what was *chosen*, and of nothing else.

    Raises:
        InputError: If an option has no such value.
    """
    try:
        return Settings.model_validate(chosen)
    except ValidationError as exc:
        raise InputError(_explain(exc)) from None


def _explain_unknown(name: str) -> str:
    """
    Say that *name* is no setting, and which may be meant.

    >>> _explain_unknown("modle")
    'modle is no setting. Do you mean model?'
    """
    near = get_close_matches(name, Settings.model_fields, 3)
    letters = [one for one in near if sorted(one) == sorted(name)]  # two exchanged
    return f"{name} is no setting." + (f" Do you mean {[*letters, *near][0]}?" if near else "")


def _explain(exc: ValidationError) -> str:
    """Say which setting has a wrong value, and why."""
    first = exc.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return _explain_unknown(name)
    why = str(first.get("ctx", {}).get("error") or first["msg"])
    why = (
        why.removeprefix("Input ")
        .replace("should be", "must be")
        .replace("should have", "must have")
    )
    if not name:
        return f"{why}."
    shown = _PASSWORD.sub("//***@", repr(first["input"]))
    return f"{name}={shown}: {why[:1].lower()}{why[1:]}."


class Given(NamedTuple):
    """The value of a setting, and the place that gave it."""

    value: Any
    origin: str


def trace_settings(
    options: Mapping[str, Any] = MappingProxyType({}),
    recorded: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Given]:
    """
    Find each setting that is not left to its default, and where it comes from.

    Raises:
        InputError: If the configuration file, or a file with a key, cannot be used.
    """
    found = find_config()
    layers = (
        {name: Given(one, str(found.path)) for name, one in found.values.items()} if found else {},
        {
            name: Given(environment[variable], variable)
            for name, variable in _ENVIRONMENT.items()
            if environment.get(variable)
        },
        {name: Given(one, "recording") for name, one in (recorded or {}).items()},
        {name: Given(one, _OPTION) for name, one in options.items()},
    )
    given: dict[str, Given] = {}
    for layer in layers:
        given |= layer
    given = {name: one for name, one in given.items() if name not in _SERVER}
    given |= _settle_server(layers)
    if "api_key" not in given and (key := _find_key(given, environment)):
        given["api_key"] = key
    if found:
        _guard_key(given, str(found.path), "base_url", "api_key")
        _guard_key(given, str(found.path), "verify_base_url", "verify_api_key")
    return given


def _settle_server(layers: Sequence[Mapping[str, Given]]) -> dict[str, Given]:
    """Settle which server is asked: the last of *layers* that names one decides alone."""
    for layer in reversed(layers):
        told = {name: layer[name] for name in sorted(_SERVER & layer.keys(), reverse=True)}
        named = [name for name, one in told.items() if one.value]
        if len(named) > 1:
            raise InputError(f"{' and '.join(named)} exclude each other: pass one of them.")
        if told:
            provider = str(told.get("provider", Given(None, "")).value)
            address = PROVIDERS[provider].base_url if provider in PROVIDERS else None
            return told | ({"base_url": Given(address, f"provider {provider}")} if address else {})
    return {}


def _find_key(given: Mapping[str, Given], environment: Mapping[str, str]) -> Given | None:
    """Read the key for the server that is *given*; a named provider gets none but its own."""
    provider = given.get("provider", Given(None, "")).value
    file = given.get("api_key_file", Given(None, ""))
    if file.value and (file.origin == _OPTION or provider is None):
        return Given(_read_key(Path(file.value), file.origin), file.origin)
    variable = PROVIDERS[provider].key_variable if provider in PROVIDERS else "OPENAI_API_KEY"
    if variable is None:
        return None
    if key := environment.get(variable):
        return Given(key, variable)
    origin = f"{variable}_FILE"
    if path := environment.get(origin):
        return Given(_read_key(Path(path), origin), origin)
    key = _read_keyring(variable) if _needs_key(given) else None
    return Given(key, "keyring") if key else None


def _needs_key(given: Mapping[str, Given]) -> bool:
    """Tell whether a model is asked at a service that is known to need a key."""
    said = {name: one.value for name, one in given.items()}
    chosen = said.get("provider") or not (said.get("base_url") or said.get("client"))
    return bool(chosen) and said.get("model", EXTRACTIVE) != EXTRACTIVE and not said.get("replay")


def _read_keyring(variable: str) -> str | None:
    """
    Return the key that the system's keyring has for claimx under the name *variable*.

    Raises:
        InputError: If the keyring cannot be read, as when it stays locked.
    """
    try:
        import keyring
        from keyring.errors import NoKeyringError
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password("claimx", variable)
    except NoKeyringError:
        return None
    except Exception as exc:  # one backend for each system, each with errors of its own
        raise InputError(
            f"keyring: cannot be read ({' '.join(str(exc).split())[:200]}). Unlock it, or set "
            f"{variable}."
        ) from exc
    return found


class Config(NamedTuple):
    """A configuration file, and the settings that it names."""

    path: Path
    values: dict[str, Any]


def find_config(folder: Path | None = None) -> Config | None:
    """
    Find the configuration of *folder*, the current one by default, or of the nearest above it.

    Raises:
        InputError: If it cannot be read, names no setting, or gives one a wrong value.
    """
    start = (folder or Path()).resolve()
    for place in (start, *start.parents):
        for name in ("claimx.toml", "pyproject.toml"):
            path = place / name
            values = _read_config(path) if path.is_file() else None
            if values is not None:
                return Config(path, values)
    return None


def _read_config(path: Path) -> dict[str, Any] | None:
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as exc:
        raise InputError(f"{path}: cannot be read ({exc}). Mend it.") from exc
    if path.name == "pyproject.toml":
        told = told.get("tool", {}).get("claimx")
        if told is None:
            return None
    for name in told:
        if name == "fetch":
            raise InputError(f"{path}: fetch is asked for with each run. Pass --fetch.")
        if name in _SECRET:
            raise InputError(
                f"{path}: {name} does not belong in a file that is shared. Set "
                f"{_ENVIRONMENT.get(name, 'OPENAI_API_KEY')}."
            )
        if name not in Settings.model_fields:
            raise InputError(f"{path}: {_explain_unknown(name)} See claimx config.")
    try:
        Settings.model_validate(told)
    except ValidationError as exc:
        name, _, why = _explain(exc).partition("=")
        raise InputError(f"{path}: {name}={why}" if why else f"{path}: {name}") from None
    paths = {"cache", "replay", "record", "prompts", "sources", "work"} & told.keys()
    return told | {name: path.parent / told[name] for name in paths}


def _guard_key(given: Mapping[str, Given], path: str, address: str, key: str) -> None:
    """
    Refuse to send the environment's *key* to an *address* that only the file at *path* names.

    Whoever hands on a folder of articles could put such a file into it.
    """
    if key not in given or given[key].origin == _OPTION:
        return
    server = given.get(address, Given((), ""))
    if server.origin == path and not all(map(_is_own, _list_servers(server.value))):
        variable = f"Set {_ENVIRONMENT[address]}, or pass" if address in _ENVIRONMENT else "Pass"
        raise InputError(
            f"{path}: a key of the environment is not sent to a {address} that a file names. "
            f"{variable} --{address.replace('_', '-')}."
        )


def _is_own(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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


def _read_key(path: Path, origin: str) -> str:
    reason = describe_oddity(path)
    try:
        if reason is None:
            return path.read_text("utf-8").strip()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not UTF-8"
    named = "api_key_file" if origin == _OPTION else origin
    raise InputError(f"{named}={str(path)!r}: cannot be read ({reason}). Check the path.")
