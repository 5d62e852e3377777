"""Who waits for a run is shown how far it is: by a bar, or by a function of their own."""

import io
from pathlib import Path

import pytest
from rich.console import Console

import claimx
from claimx import Progress
from claimx.pipeline.bar import show_progress
from tests.support.articles import answer_from, write_articles
from tests.support.server import Reply, serve


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_articles(tmp_path / "in", 3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_watcher_is_told_of_the_extractive_reader_too() -> None:
    told: list[Progress] = []
    claimx.extract("in", model="extractive", watch=told.append)
    assert (told[-1].finished, told[-1].documents, told[-1].sent) == (3, 3, 0)
    assert told[-1].proposed > 0


def test_bar_and_watcher_are_told_together(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, to rich
    told: list[Progress] = []
    with serve(lambda _, body: Reply(answer_from(body))) as server:
        options = {"model": "m", "base_url": server.url, "cache": None}
        claimx.extract("in", watch=told.append, progress=True, **options)
    out, err = capfd.readouterr()
    assert told[-1].finished == 3
    assert out == ""
    assert "3/3 documents" in err


def test_nothing_is_shown_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    claimx.extract("in", model="extractive", progress=True)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(4, done=2, finished=1, proposed=5), "1/4 documents; 2 segments, 5 claims"),
        (Progress(4, done=2, tokens=1200, cached=1), "0 claims, 1,200 tokens, 1 cached"),
    ],
)
def test_bar_says_what_is_known(progress: Progress, words: str) -> None:
    shown = io.StringIO()
    with show_progress(Console(file=shown, force_terminal=True, width=120)) as watch:
        watch(progress)
    assert words in shown.getvalue()
