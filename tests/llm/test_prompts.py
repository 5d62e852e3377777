"""Prompt files: found, checked, filled strictly."""

from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.errors import PromptError
from claimx.extract import load_strategy
from claimx.llm.prompts import fill_prompt, load_prompt
from tests.support.labelled import mark_cases, read_cases

GOOD = """---
name: extract
version: 3
expects: [title]
---
{% block system %}Be brief.{% endblock %}
{% block user %}Title: {{ title }}{% endblock %}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "extract.md").write_text(text, "utf-8")
    return folder


def test_shipped_prompt_loads_and_names_its_version_and_hash() -> None:
    prompt = load_prompt("extract")
    assert prompt.label.startswith(f"extract@{prompt.version}#")


def test_filled_prompt_is_a_system_and_a_user_message(tmp_path: Path) -> None:
    prompt = load_prompt("extract", write(tmp_path, GOOD))
    assert fill_prompt(prompt, title="News") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Title: News"},
    ]


def test_article_text_is_data_not_template(tmp_path: Path) -> None:
    prompt = load_prompt("extract", write(tmp_path, GOOD))
    filled = fill_prompt(prompt, title="{{ 7 * 7 }} {% block system %}x{% endblock %} <b>&")
    assert filled[1]["content"] == ("Title: {{ 7 * 7 }} {% block system %}x{% endblock %} <b>&")


@pytest.mark.parametrize("case", mark_cases(read_cases("filled_prompts")))
def test_filled_prompt_is_the_one_that_was_measured(case: dict[str, Any]) -> None:
    """A change of a prompt is seen here; it needs a new version and new recordings."""
    prompt = load_prompt(case["label"])
    assert prompt.version == case["version"]
    assert fill_prompt(prompt, **case["values"]) == case["messages"]


def test_unfilled_placeholder_is_an_error(tmp_path: Path) -> None:
    prompt = load_prompt("extract", write(tmp_path, GOOD))
    with pytest.raises(PromptError, match="'title' is undefined"):
        fill_prompt(prompt)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("version: 3\n", ""), "needs name, version, expects"),
        (GOOD.replace("{{ title }}", "{{ titel }}"), r"uses \['titel'\] but does not list"),
        (GOOD.replace("[title]", "[title, more]"), r"expects \['more'\] but has no such"),
        (GOOD.replace("block user", "block usr"), "no block 'user'"),
        (GOOD.replace("{{ title }}", "{{ title "), "not a template"),
        ("no front matter", "needs name, version, expects"),
        ("---\nname: [\n---\n", "cannot be read as a prompt"),
    ],
)
def test_malformed_prompt_says_what_to_mend(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PromptError, match=message):
        load_prompt("extract", write(tmp_path, text))


def test_prompt_without_what_it_needs_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(PromptError, match=r"extract\.md: has no placeholder 'sentences'\. Add it"):
        load_strategy("window", tmp_path)


def test_prompt_that_expects_what_it_never_gets_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(PromptError, match=r"expects 'title', which it never gets\. It can have a"):
        load_prompt("extract", tmp_path, needs=(), may=("a", "b"))


def test_strategy_needs_its_own_prompts_only(tmp_path: Path) -> None:
    for name in ("resolve", "split"):
        shipped = (Path(claimx.__file__).parent.parent / "prompts" / f"{name}.md").read_text(
            "utf-8"
        )
        (tmp_path / f"{name}.md").write_text(shipped, "utf-8")
    assert load_strategy("stepwise", tmp_path).label == load_strategy("stepwise").label
    with pytest.raises(PromptError, match=r"extract\.md: no such prompt"):
        load_strategy("window", tmp_path)


def test_missing_prompt_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"extract\.md: no such prompt"):
        load_prompt("extract", tmp_path)


def test_template_cannot_reach_into_python(tmp_path: Path) -> None:
    """A prompt folder got from somebody else runs in Jinja's sandbox."""
    text = GOOD.replace("{{ title }}", "{{ title.__class__.__mro__ }}")
    prompt = load_prompt("extract", write(tmp_path, text))
    with pytest.raises(PromptError, match="unsafe"):
        fill_prompt(prompt, title="x")


def test_hash_changes_with_one_byte_of_the_text(tmp_path: Path) -> None:
    before = load_prompt("extract", write(tmp_path, GOOD)).label
    after = load_prompt("extract", write(tmp_path, GOOD.replace("brief.", "brief!"))).label
    assert before != after
