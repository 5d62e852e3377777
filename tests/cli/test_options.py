"""The command line says of each setting what the settings say."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import claimx
from claimx import InputError, Settings
from claimx.cli.app import app
from claimx.cli.options import MODEL, find_option, list_settings
from claimx.settings import make_settings
from tests.conftest import ROOT


def read_help(command: str) -> str:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    return result.output


def join_lines(page: str) -> str:
    return " ".join(page.split())


def spell(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@pytest.mark.parametrize("name", list_settings())
def test_every_setting_is_an_option_with_its_description_and_default(name: str) -> None:
    field = Settings.model_fields[name]
    told = str(field.description)
    if isinstance(field.default, int | float | str) and not isinstance(field.default, bool):
        told += f" [default: {field.default}]".replace(".0]", "]")
    assert re.search(rf"{spell(name)} [^.]*?{re.escape(told)}", join_lines(read_help("extract")))


def test_settings_that_are_no_options_are_secrets_and_those_with_a_switch_of_their_own() -> None:
    assert set(Settings.model_fields) - set(list_settings()) == {
        "api_key",
        "verify_api_key",
        "verify",
        "headers",
        "client",
        "fetch",
    }


@pytest.mark.parametrize("command", ["match", "verify"])
def test_commands_that_may_ask_have_the_same_options_of_a_model(command: str) -> None:
    page = join_lines(read_help(command))
    for name in MODEL:
        assert re.search(
            rf"{spell(name)} .*?{re.escape(str(Settings.model_fields[name].description))}", page
        )


def test_options_stand_under_headings_in_one_order() -> None:
    headings = re.findall(r"^(\w+):$", read_help("extract"), re.MULTILINE)
    assert headings[:7] == ["Arguments", "Input", "Model", "Limits", "Output", "Offline", "Options"]


@pytest.mark.parametrize(("old", "value"), [("--timeout", "9"), ("--cache-size", "9")])
def test_older_spelling_is_accepted_and_not_shown(old: str, value: str) -> None:
    assert any(option and option.also == old for option in map(find_option, Settings.model_fields))
    assert not re.search(rf"{old}\b(?!-)", read_help("extract"))
    arguments = ["extract", str(ROOT / "seeds"), old, value, "--model", "extractive", "-f", "jsonl"]
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_value_that_is_no_number_is_refused_by_name() -> None:
    result = CliRunner().invoke(app, ["extract", "x.txt", "--temperature", "warm"])
    assert result.exit_code == 2
    assert "'warm' is neither a number nor none" in result.output


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "articles" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "articles" / "deep")
    return tmp_path


def test_file_is_below_the_environment_and_that_below_options(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "claimx.toml").write_text('model = "of-file"\nmax_cost = 2.5\nrpm = 7\n', "utf-8")
    monkeypatch.setenv("CLAIMX_MODEL", "of-environment")
    settings = make_settings({"rpm": 9})
    assert (settings.model, settings.max_cost, settings.rpm) == ("of-environment", 2.5, 9)


def test_project_file_counts_and_its_paths_are_seen_from_it(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.claimx]\nmodel = "m"\nprompts = "mine"\n', "utf-8"
    )
    assert make_settings({}).prompts == project / "mine"


def test_nearest_file_counts_alone(project: Path) -> None:
    (project / "claimx.toml").write_text("rpm = 7\n", "utf-8")
    (project / "articles" / "claimx.toml").write_text("tpm = 8\n", "utf-8")
    settings = make_settings({})
    assert (settings.rpm, settings.tpm) == (None, 8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modl = 'x'", "modl is no setting. Do you mean model? See claimx config."),
        ("rpm = -1", "rpm=-1: must be greater than 0."),
        ("api_key = 'sk-1'", "api_key does not belong in a file that is shared."),
        ("rpm = ", "cannot be read ("),
    ],
)
def test_mistake_in_the_file_is_named_with_its_place(
    project: Path, text: str, message: str
) -> None:
    (project / "claimx.toml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        make_settings({})
    assert f"claimx.toml: {message}" in str(caught.value)
    assert "sk-1" not in str(caught.value)


def test_key_of_the_environment_is_not_sent_where_only_a_file_says(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    (project / "claimx.toml").write_text(
        'model = "m"\nbase_url = "https://evil.example/v1"\n', "utf-8"
    )
    with pytest.raises(InputError, match="is not sent to a base_url that a file names"):
        make_settings({})
    assert make_settings({"base_url": "https://good.example/v1"}).api_key is not None
    (project / "claimx.toml").write_text('model = "m"\nbase_url = "localhost:1/v1"\n', "utf-8")
    assert make_settings({}).api_key is not None


def test_config_shows_where_each_value_comes_from(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "claimx.toml").write_text("rpm = 7\n", "utf-8")
    monkeypatch.setenv("CLAIMX_MODEL", "m")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    lines = CliRunner().invoke(app, ["config"]).output.splitlines()
    assert "model = m  # CLAIMX_MODEL" in lines
    assert f"rpm = 7.0  # {project / 'claimx.toml'}" in lines
    assert "api_key = ***  # OPENAI_API_KEY" in lines
    assert "attempts = 3  # default" in lines


@pytest.mark.parametrize(
    "address",
    ["http://\u2028x/v1", "http://a:1\n/v1", "http://" + "a" * 70 + "/v1", "http://\x1b[2J/v1"],
)
def test_what_can_be_no_address_is_told_before_anything_is_read(address: str) -> None:
    with pytest.raises(InputError, match=r"^base_url="):
        make_settings({"model": "m", "base_url": address})


@pytest.mark.parametrize("told", ["model = 3\n", "a = " + "[" * 3000, "timeout_s = " + "9" * 5000])
def test_configuration_that_cannot_be_used_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    (tmp_path / "claimx.toml").write_text(told)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        make_settings({})


def test_python_is_told_of_arguments_and_the_shell_of_options() -> None:
    said = "No key for gpt-x: set OPENAI_API_KEY, or {}base_url for a local server, or {} DIR."
    with pytest.raises(InputError) as caught:
        claimx.extract(ROOT / "seeds", model="gpt-x", cache=None)
    assert str(caught.value) == said.format("", "replay").replace("replay DIR", "replay=DIR")
    with pytest.raises(InputError, match="or replay=DIR"):
        asyncio.run(claimx.aextract(ROOT / "seeds", model="gpt-x", cache=None))
    result = CliRunner().invoke(app, ["extract", str(ROOT / "seeds"), "-m", "gpt-x", "--no-cache"])
    assert said.format("--", "--replay").replace("base_url", "base-url") in result.stderr


def test_setting_that_does_not_exist_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(InputError, match=r"^modle is no setting. Do you mean model\?$"):
        make_settings({"modle": "x"})
