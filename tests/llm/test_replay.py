"""Cassettes: recorded from a server, replayed without one, and never with a secret."""

import asyncio
import json
import re
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from claimx.errors import InputError, ModelUnavailable, OfflineMiss, OutputError
from claimx.llm.cassettes import Recording, read_recording
from claimx.llm.client import Answer, open_model
from claimx.llm.recorder import record_answers
from claimx.settings import Settings
from tests.conftest import ROOT
from tests.support.server import Reply, Script, completion, serve

ABOUT = Recording(claimx_version="0", model="m", settings={"seed": 0})
SECRETS = {
    "set-cookie": "session=sk-marked",
    "openai-organization": "org-marked",
    "x-request-id": "req-marked",
}


class Word(BaseModel):
    """An answer of one word."""

    word: str


def question(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "You answer."}, {"role": "user", "content": text}]


async def ask(settings: Settings, *texts: str) -> list[Answer[Word]]:
    async with open_model(settings) as model:
        return [await model.ask(question(text), Word) for text in texts]


def record(folder: Path, *texts: str, script: Script | None = None) -> int:
    """Record the answers to *texts*; return how many requests the server saw."""
    good = Reply(completion('{"word": "yes"}'), headers=SECRETS)
    with serve(script or (lambda *_: good)) as server:
        settings = Settings(
            model="m", base_url=server.url, api_key="sk-marked-key", record=folder, cache=None
        )
        with record_answers(folder, ABOUT):
            asyncio.run(ask(settings, *texts))
        return len(server.requests)


def replay(folder: Path, *texts: str, model: str = "m") -> list[Answer[Word]]:
    return asyncio.run(ask(Settings(model=model, replay=folder), *texts))


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "recording.json"]


def test_recorded_answers_replay_without_a_server(tmp_path: Path) -> None:
    record(tmp_path, "one", "two")
    answers = replay(tmp_path, "two", "one", "two")
    assert [answer.value for answer in answers] == [Word(word="yes")] * 3
    assert answers[0].created == 1_700_000_000


def test_one_small_file_a_request_named_by_its_hash(tmp_path: Path) -> None:
    record(tmp_path, "one", "two", "one")
    assert len(entries(tmp_path)) == 2
    entry = json.loads(entries(tmp_path)[0].read_text("utf-8"))
    assert entry["request"]["endpoint"] == "chat/completions"
    assert entry["response"]["body"]["choices"][0]["message"]["content"] == '{"word": "yes"}'


def test_key_cookie_organisation_and_agent_never_reach_a_cassette(tmp_path: Path) -> None:
    record(tmp_path, "one")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()
    for secret in (b"marked", b"authorization", b"cookie", b"user-agent", b"stainless", b"127.0"):
        assert secret not in kept


def test_recording_again_asks_only_what_is_new(tmp_path: Path) -> None:
    assert record(tmp_path, "one", "two") == 2
    assert record(tmp_path, "one", "two", "three") == 1


def test_fault_of_the_moment_is_not_recorded(tmp_path: Path) -> None:
    good = Reply(completion('{"word": "yes"}'))
    busy = Reply({}, status=429)
    assert record(tmp_path, "one", script=lambda n, _: good if n else busy) == 2
    assert len(entries(tmp_path)) == 1
    assert replay(tmp_path, "one")[0].value == Word(word="yes")


def test_changed_question_is_a_miss_that_shows_the_difference(tmp_path: Path) -> None:
    record(tmp_path, "what is it", "something else entirely")
    with pytest.raises(OfflineMiss) as caught:
        replay(tmp_path, "what is if")
    assert str(caught.value) == (
        "no recorded answer: body.messages[1].content differs from the nearest recording at "
        f"character 9 ('f', recorded 't'). Record it again with --record {tmp_path}."
    )


def test_changed_model_is_a_miss_that_names_it(tmp_path: Path) -> None:
    record(tmp_path, "one")
    with pytest.raises(OfflineMiss, match=r"body\.model differs .*\('x', recorded 'm'\)"):
        replay(tmp_path, "one", model="x")


def test_miss_is_not_retried_as_a_network_error(tmp_path: Path, waits: list[float]) -> None:
    record(tmp_path, "one")
    with pytest.raises(OfflineMiss):
        replay(tmp_path, "two")
    assert waits == []


def test_empty_folder_says_that_it_holds_no_cassettes(tmp_path: Path) -> None:
    with pytest.raises(OfflineMiss, match="holds no cassettes"):
        replay(tmp_path, "one")


def test_damaged_cassette_is_named(tmp_path: Path) -> None:
    record(tmp_path, "one")
    entries(tmp_path)[0].write_text("{", "utf-8")
    with pytest.raises(OfflineMiss, match=r"\.json is damaged .*Record it again"):
        replay(tmp_path, "one")


def test_replay_never_reaches_the_network(tmp_path: Path) -> None:
    """Even with a server at hand, a replay asks the cassettes alone."""
    record(tmp_path, "one")
    with serve(lambda *_: Reply(completion('{"word": "live"}'))) as server:
        settings = Settings(model="m", base_url=server.url, replay=tmp_path)
        with pytest.raises(OfflineMiss):
            asyncio.run(ask(settings, "two"))
        assert server.requests == []


def test_after_a_replay_the_network_is_back(tmp_path: Path) -> None:
    record(tmp_path, "one")
    replay(tmp_path, "one")
    settings = Settings(model="m", base_url="http://127.0.0.1:9/v1", cache=None)
    with pytest.raises(ModelUnavailable):
        asyncio.run(ask(settings, "one"))


def test_how_it_was_recorded_is_read_back(tmp_path: Path) -> None:
    record(tmp_path, "one")
    assert read_recording(tmp_path) == ABOUT


def test_folder_without_a_recording_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no cassettes there .*Record them with --record"):
        read_recording(tmp_path / "none")


def test_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="cannot record there"),
        record_answers(tmp_path / "file" / "x", ABOUT),
    ):
        pass


def test_finding_an_answer_does_not_slow_down_with_many_recordings(tmp_path: Path) -> None:
    """One answer among 3,000 is found as fast as one among 3: no entry but its own is read."""
    record(tmp_path, "one")
    replay(tmp_path, "one")

    def seconds() -> float:
        begin = time.process_time()
        replay(tmp_path, *["one"] * 50)
        return time.process_time() - begin

    few = min(seconds() for _ in range(3))
    text = entries(tmp_path)[0].read_bytes()
    for number in range(3000):
        (tmp_path / f"{number:016x}.json").write_bytes(text)
    many = min(seconds() for _ in range(3))
    assert many < 3 * few


def test_committed_cassettes_hold_no_secret_and_no_address() -> None:
    """What is in the repository is searched, file by file, for what must never be there."""
    forbidden = re.compile(
        r"authorization|bearer |api[-_]?key|\bsk-[a-z0-9]|set-cookie|openai-|"
        r"\borg-[a-z0-9]|user-agent|stainless|x-request-id|127\.0\.0\.1|localhost|https?://",
        re.IGNORECASE,
    )
    files = list((ROOT / "cassettes").rglob("*.json"))
    assert len(files) > 20
    for path in files:
        assert not forbidden.search(path.read_text("utf-8")), path.name
