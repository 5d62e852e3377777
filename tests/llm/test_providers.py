"""Servers by name: the address and the key that go together, and no other key."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from claimx import InputError, Settings
from claimx.llm.keys import check_key
from claimx.llm.wire import connect
from claimx.providers import PROVIDERS
from claimx.settings import make_settings, trace_settings

KEYS = {one.key_variable: f"of {name}" for name, one in PROVIDERS.items() if one.key_variable}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "key").write_text("of file\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settle(environment: dict[str, str], **options: Any) -> Settings:
    return make_settings({"model": "m"} | options, environment=environment)


def key_of(settings: Settings) -> str | None:
    return settings.api_key.get_secret_value() if settings.api_key else None


@pytest.mark.parametrize("name", PROVIDERS)
def test_named_provider_gets_its_own_key_alone(name: str) -> None:
    settings = settle({**KEYS, "CLAIMX_API_KEY_FILE": "key"}, provider=name)
    assert key_of(settings) == (f"of {name}" if PROVIDERS[name].key_variable else None)
    assert settings.addresses == (PROVIDERS[name].base_url,)


@pytest.mark.parametrize("name", [name for name, one in PROVIDERS.items() if one.key_variable])
def test_provider_without_its_key_is_not_asked(name: str) -> None:
    others = {variable: key for variable, key in KEYS.items() if key != f"of {name}"}
    with pytest.raises(InputError, match=f"No key for {name}: set {PROVIDERS[name].key_variable}"):
        check_key(settle(others, provider=name))


def test_provider_by_environment_gives_way_to_an_address_that_is_passed() -> None:
    environment = {**KEYS, "CLAIMX_PROVIDER": "mistral"}
    assert key_of(settle(environment)) == "of mistral"
    settings = settle(environment, base_url="localhost:9/v1")
    assert (settings.provider, settings.base_url) == (None, ("http://localhost:9/v1",))
    assert key_of(settings) == "of openai"


def test_provider_that_is_passed_overrules_an_address_of_the_environment() -> None:
    environment = {**KEYS, "OPENAI_BASE_URL": "http://localhost:9/v1"}
    assert settle(environment, provider="groq").base_url == ("https://api.groq.com/openai/v1",)
    [client] = connect(settle(environment, provider="openai"))
    assert client.base_url.host == "api.openai.com"


def test_provider_and_address_in_one_place_exclude_each_other() -> None:
    with pytest.raises(InputError, match="provider and base_url exclude each other"):
        settle({}, provider="ollama", base_url="localhost:9")


def test_provider_that_is_not_known_is_refused() -> None:
    with pytest.raises(InputError, match="provider='acme': must be 'openai', 'ollama'"):
        settle({}, provider="acme")


@pytest.mark.parametrize(
    ("environment", "options", "key"),
    [
        ({"CLAIMX_API_KEY_FILE": "key"}, {}, "of file"),
        ({"OPENAI_API_KEY_FILE": "key"}, {}, "of file"),
        ({"MISTRAL_API_KEY_FILE": "key"}, {"provider": "mistral"}, "of file"),
        ({"CLAIMX_API_KEY_FILE": "key", "OPENAI_API_KEY": "k"}, {}, "of file"),
        ({"OPENAI_API_KEY_FILE": "key", "OPENAI_API_KEY": "k"}, {}, "k"),
        ({"GROQ_API_KEY": "k"}, {"provider": "groq", "api_key_file": "key"}, "of file"),
        ({"CLAIMX_API_KEY_FILE": "missing"}, {"api_key": "given"}, "given"),
    ],
)
def test_key_is_read_from_a_file(
    environment: dict[str, str], options: dict[str, str], key: str
) -> None:
    assert key_of(settle(environment, **options)) == key


@pytest.mark.parametrize(
    ("environment", "options", "message"),
    [
        ({}, {"api_key_file": "missing"}, "api_key_file='missing': cannot be read (No such file"),
        ({"CLAIMX_API_KEY_FILE": "missing"}, {}, "CLAIMX_API_KEY_FILE='missing': cannot be read"),
    ],
)
def test_file_with_a_key_that_cannot_be_read_is_named(
    environment: dict[str, str], options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        settle(environment, **options)
    assert str(caught.value).startswith(message)


def test_file_that_comes_with_articles_chooses_neither_key_nor_who_gets_it(here: Path) -> None:
    (here / "claimx.toml").write_text('api_key_file = "key"', "utf-8")
    with pytest.raises(InputError, match="api_key_file does not belong in a file"):
        settle({})
    (here / "claimx.toml").write_text('verify_base_url = "https://evil.example/v1"', "utf-8")
    with pytest.raises(InputError, match="is not sent to a verify_base_url that a file names"):
        settle({"CLAIMX_VERIFY_API_KEY": "k"})
    (here / "claimx.toml").write_text('provider = "groq"', "utf-8")
    assert key_of(settle(KEYS)) == "of groq"


def test_second_model_of_another_server_needs_no_key_of_the_provider() -> None:
    settings = settle(KEYS, provider="groq", verify="flag", verify_base_url="localhost:9/v1")
    [client] = connect(settings.choose_rereader())
    assert client.api_key == "none"


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of the system that holds nothing yet; what is put in here is found in it."""
    held: dict[str, str] = {}
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")

    def get_password(service: str, name: str) -> str | None:
        assert service == "claimx"
        if "error" in held:
            raise RuntimeError(held["error"])
        return held.get(name)

    vars(module).update(get_password=get_password, errors=errors)
    vars(errors).update(NoKeyringError=type("NoKeyringError", (Exception,), {}))
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return held


def test_key_is_in_the_keyring_last(keyring: dict[str, str]) -> None:
    keyring |= {"OPENAI_API_KEY": "of ring", "GROQ_API_KEY": "of ring, groq"}
    assert key_of(settle({})) == "of ring"
    assert key_of(settle({}, provider="groq")) == "of ring, groq"
    assert key_of(settle({}, provider="mistral")) is None
    assert key_of(settle({"OPENAI_API_KEY_FILE": "key"})) == "of file"
    assert key_of(settle({"OPENAI_API_KEY": "k"})) == "k"
    assert trace_settings({"model": "m"}, environment={})["api_key"].origin == "keyring"


def test_keyring_is_left_alone_where_no_key_is_needed(keyring: dict[str, str]) -> None:
    keyring["error"] = "locked"
    for options in (
        {"model": "extractive"},
        {"base_url": "localhost:9/v1"},
        {"provider": "ollama"},
        {"replay": "cassettes"},
    ):
        assert key_of(settle({}, **options)) is None


def test_keyring_that_stays_locked_is_told(keyring: dict[str, str]) -> None:
    keyring["error"] = "Failed to unlock the collection!"
    with pytest.raises(InputError, match=r"keyring: cannot be read \(Failed to unlock the coll"):
        settle({})


def test_without_a_keyring_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert key_of(settle({})) is None
