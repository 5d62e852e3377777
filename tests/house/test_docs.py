"""The pages in docs/ are true: they run, what they name exists, and none is left out."""

import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_args

import pytest
import yaml

import claimx
from claimx.read import formats
from claimx.records import AlignmentStatus, FlagKind, Modality, RejectReason
from tests.conftest import ROOT
from tests.support.pages import RUN, hide_times, render_help, run_page, split_blocks

DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
HELP = DOCS / "reference" / "cli.md"
# What the help page begins with; the rest is made.
OF_SCRIPTS = "benchmarks.md"  # its options are those of benchmarks/*.py
_LOADED = re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(https?:[^\" >]+)")
HEAD = "# Commands\n\nWhat `--help` says of each.\n\n"


def _has_examples(name: str) -> bool:
    return any(block.language in RUN for block in split_blocks(PAGES[name].read_text("utf-8")))


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    """Whether to write what pages show anew."""
    return bool(request.config.getoption("--renew-docs"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the folder in which a page is run: the articles and their answers are in it."""
    folder = tmp_path / "page"
    shutil.copytree(ROOT / "seeds", folder / "seeds")  # pages change an article
    (folder / "cassettes").symlink_to(ROOT / "cassettes")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    modules = set(sys.modules)
    formats.load_plugins.cache_clear()
    yield folder
    formats.load_plugins.cache_clear()
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


@pytest.mark.parametrize("name", [name for name in PAGES if _has_examples(name)])
def test_page_runs_and_shows_what_comes_out(name: str, folder: Path, renew: bool) -> None:
    page = PAGES[name].read_text("utf-8")
    made = run_page(page, folder)
    if renew and hide_times(made) != hide_times(page):
        PAGES[name].write_text(made, "utf-8")
    else:
        assert hide_times(made) == hide_times(page), "pytest tests/house/test_docs.py --renew-docs"


def test_help_page_is_current(renew: bool) -> None:
    made = HEAD + "\n".join(render_help())
    if renew:
        HELP.write_text(made, "utf-8")
    assert made == HELP.read_text("utf-8"), "pytest tests/house/test_docs.py --renew-docs"


def test_every_public_name_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "python.md").read_text("utf-8")
    listed = {resolve_name(path) for path in re.findall(r"^::: (\S+)$", page, re.M)}
    names = (name for name in claimx.__all__ if name != "__version__")
    public = {inspect.unwrap(getattr(claimx, name)) for name in names}
    assert public <= listed


@pytest.mark.parametrize("kinds", [AlignmentStatus, FlagKind, Modality, RejectReason])
def test_every_kind_is_explained(kinds: Any) -> None:
    page = (DOCS / "how-to" / "numbers.md").read_text("utf-8")
    for kind in get_args(kinds):
        # a claim without backing is rejected, as unsupported, and shows no flag
        assert kind == "backing" or f"`{kind}`" in page


def test_every_page_is_in_the_navigation() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert sorted(_list_leaves(site["nav"])) == sorted(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_options_and_links_of_a_page_exist(name: str) -> None:
    page = PAGES[name].read_text("utf-8")
    known = set(re.findall(r"--[a-z-]+", HELP.read_text("utf-8"))) | {"--claimx-record"}
    text = re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S)
    assert name == OF_SCRIPTS or set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (PAGES[name].parent / link).exists(), link


def test_what_is_not_tested_says_why() -> None:
    titles = [block.title for path in PAGES.values() for block in split_blocks(path.read_text())]
    left_out = [title for title in titles if title.startswith("not tested")]
    assert left_out
    assert all(re.fullmatch(r"not tested: \w.+", title) for title in left_out)


def test_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="install the extra docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    for page in tmp_path.rglob("*.html"):
        assert not _LOADED.findall(page.read_text("utf-8")), page


def _list_leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from _list_leaves(part)
