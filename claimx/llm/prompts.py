"""
Find, check and fill prompt files.

A prompt is a Markdown file with front matter (name, version, expected values) and
two Jinja blocks, `system` and `user`. The text of an article is only passed in as
a value, so it is never read as a template.
"""

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimx.errors import PromptError
from claimx.records import Record

if TYPE_CHECKING:  # slow to import, and only who asks a model needs them
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_PACKAGED = Path(__file__).parents[1] / "_prompts"  # in a wheel
_CHECKOUT = Path(__file__).parents[2] / "prompts"  # in an editable install

# Most characters of a title, an outlet or the like in a prompt; a longer text is cut.
_MAX_LINE = 300

Message = dict[str, str]


class Prompt(Record):
    """A prompt file as read; *expects* names the values needed to fill it."""

    name: str
    version: int
    expects: tuple[str, ...]
    template: str

    @property
    def label(self) -> str:
        """Name, version and hash of the text: ``extract@1#9f3c01ab``."""
        digest = hashlib.sha256(self.template.encode()).hexdigest()[:8]
        return f"{self.name}@{self.version}#{digest}"


def load_prompt(
    name: str,
    folder: Path | None = None,
    needs: Sequence[str] = (),
    may: Sequence[str] | None = None,
) -> Prompt:
    """
    Read the prompt *name* from *folder*, or from the packaged ones.

    It must use every placeholder in *needs*, and may use those in *may*; None
    allows any.

    Raises:
        PromptError: If the file is missing, its front matter or template is malformed,
            or it uses a value that its front matter does not list.
    """
    import frontmatter
    from yaml import YAMLError

    path = (folder or (_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT)) / f"{name}.md"
    try:
        post = frontmatter.loads(path.read_text("utf-8"))
        prompt = Prompt.model_validate(
            {field: post[field] for field in ("name", "version", "expects")}
            | {"template": post.content}
        )
    except (FileNotFoundError, NotADirectoryError):
        raise PromptError(f"{path}: no such prompt. Name a folder that has {name}.md.") from None
    except (OSError, UnicodeDecodeError, YAMLError, KeyError, TypeError, ValueError) as exc:
        raise PromptError(
            f"{path}: cannot be read as a prompt ({exc!r}). It needs name, version, expects."
        ) from exc
    _check_template(prompt, path)
    _check_placeholders(prompt, path, needs, may)
    return prompt


def fill_prompt(prompt: Prompt, **values: Any) -> list[Message]:
    """
    Fill *prompt* and return the chat messages, system first.

    Raises:
        PromptError: If a placeholder stays unfilled.
    """
    from jinja2 import TemplateError

    template = _compile(prompt.template)
    try:
        return [
            {"role": role, "content": _render_block(template, role, values)}
            for role in ("system", "user")
        ]
    except TemplateError as exc:
        raise PromptError(f"prompt {prompt.label}: {exc}. Give it a value.") from exc


def show_line(text: str) -> str:
    r"""
    Put the untrusted *text* on one line of at most 300 characters.

    >>> show_line("Port closes\n\nSentences:")
    'Port closes Sentences:'
    """
    printable = "".join(each if each.isprintable() else " " for each in text[: _MAX_LINE * 4])
    return " ".join(printable.split())[:_MAX_LINE].rstrip()


@cache
def _make_environment() -> "ImmutableSandboxedEnvironment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )


@lru_cache(maxsize=64)
def _compile(template: str) -> "jinja2.Template":
    return _make_environment().from_string(template)


@lru_cache(maxsize=64)
def _list_placeholders(template: str) -> frozenset[str]:
    from jinja2 import meta

    return frozenset(meta.find_undeclared_variables(_make_environment().parse(template)))


def _render_block(template: "jinja2.Template", name: str, values: dict[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(values))).strip()


def _check_template(prompt: Prompt, path: Path) -> None:
    from jinja2 import TemplateError

    try:
        used = _list_placeholders(prompt.template)
        blocks = _compile(prompt.template).blocks
    except TemplateError as exc:
        raise PromptError(f"{path}: not a template ({exc}). Mend it.") from exc
    if missing := {"system", "user"} - set(blocks):
        raise PromptError(f"{path}: no block {sorted(missing)[0]!r}. Add it.")
    if unknown := used - set(prompt.expects):
        raise PromptError(f"{path}: uses {sorted(unknown)} but does not list it under expects.")
    if unused := set(prompt.expects) - used:
        raise PromptError(f"{path}: expects {sorted(unused)} but has no such placeholder.")


def _check_placeholders(
    prompt: Prompt, path: Path, needs: Sequence[str], may: Sequence[str] | None
) -> None:
    if missing := [name for name in needs if name not in prompt.expects]:
        raise PromptError(f"{path}: has no placeholder {missing[0]!r}. Add it.")
    known = prompt.expects if may is None else (*needs, *may)
    if unknown := [name for name in prompt.expects if name not in known]:
        raise PromptError(
            f"{path}: expects {unknown[0]!r}, which it never gets. It can have {', '.join(known)}."
        )
