"""Every fault a server can make: none of them shows in the table, all of them are counted."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.pipeline.asking import Progress
from tests.support.articles import answer_from, write_articles
from tests.support.server import Reply, completion, serve, spoil

FAULTS = list(spoil(completion("{}")))


def extract(folder: Path, script: Any, **options: Any) -> tuple[claimx.ClaimTable, Progress]:
    seen: list[Progress] = []
    with serve(script) as server:
        settings = {"model": "m", "strategy": "window", "base_url": server.url, "cache": None}
        settings |= {
            "segment_tokens": 20,
            "attempts": 12,
            "timeout_s": 1.0,
            "concurrency": 4,
        } | options
        table = claimx.extract(folder, watch=seen.append, **settings)
    return table, seen[-1]


def good(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body))


@pytest.fixture(scope="module")
def unspoilt(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the table of two articles that the server answers without a fault."""
    folder = write_articles(tmp_path_factory.mktemp("unspoilt") / "in", 2)
    return extract(folder, good)[0].to_json().replace(str(folder), "in")


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_does_not_show(tmp_path: Path, fault: str, unspoilt: str) -> None:
    """The first answer to every question is faulty; the table is the same, byte for byte."""
    folder = write_articles(tmp_path / "in", 2)
    seen: set[str] = set()

    def faulty(_: int, body: dict[str, Any]) -> Reply:
        asked = json.dumps(body["messages"][1])
        if asked in seen:
            return Reply(answer_from(body))
        seen.add(asked)
        return spoil(answer_from(body))[fault]

    soon = {"timeout_s": 0.4} if fault == "time-out" else {}
    table, _ = extract(folder, faulty, cache=tmp_path / "cache", **soon)
    assert table.to_json().replace(str(folder), "in") == unspoilt


def test_storm_of_faults_does_not_show_and_is_counted(tmp_path: Path) -> None:
    """With 30% of all answers faulty at random, in every way, the bytes are the same."""
    folder = write_articles(tmp_path / "in", 20)
    chance = random.Random(11)
    names = [name for name in FAULTS if name not in ("time-out", "10 MB of text")]  # slow ones
    spoilt: list[str] = []

    def stormy(_: int, body: dict[str, Any]) -> Reply:
        if chance.random() >= 0.3:
            return Reply(answer_from(body))
        spoilt.append(chance.choice(names))
        return spoil(answer_from(body))[spoilt[-1]]

    expected, calm = extract(folder, good, cache=tmp_path / "calm")
    table, progress = extract(folder, stormy, cache=tmp_path / "cache")
    assert table.to_json() == expected.to_json()
    assert len(spoilt) >= 10
    assert (calm.retried, progress.retried) == (0, progress.sent - calm.sent)


def test_answer_cut_off_by_length_is_asked_again_in_halves(tmp_path: Path) -> None:
    """Claims of both halves are there; the segment is not lost, whatever was cut."""
    folder = write_articles(tmp_path / "in", 2)
    expected, _ = extract(folder, good, segment_tokens=60)

    def cut(_: int, body: dict[str, Any]) -> Reply:
        answer = answer_from(body)
        said = json.loads(answer["choices"][0]["message"]["content"])["claims"]
        text = json.dumps({"claims": said})[:-20]
        return Reply(completion(text, finish_reason="length") if len(said) > 1 else answer)

    table, _ = extract(folder, cut, segment_tokens=60)
    assert [group.claim for group in table.groups] == [group.claim for group in expected.groups]
    assert (table.rejected, table.failures) == ((), ())
