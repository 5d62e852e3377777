"""Batches: the same answers for half the price, whatever becomes of a batch on the way."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx import batch
from claimx.batch import server as batch_server_room
from claimx.errors import InputError, ModelError, OutputError
from tests.support.articles import answer_from, write_articles
from tests.support.batch_server import Result, serve_batches
from tests.support.command import Result as Printed
from tests.support.command import claimx as run_claimx
from tests.support.server import completion


def good(body: dict[str, Any]) -> Result:
    return 200, answer_from(body)


def run(folder: Path, url: str, *args: str, **env: str) -> Printed:
    """Run ``extract`` over ``in/`` with short segments."""
    fixed = ("-m", "m-7b", "--base-url", url, "--segment-tokens", "20", "--cache", "kept")
    return run_claimx("extract", "in", *fixed, *args, cwd=folder, **env)


def look_after(folder: Path, command: str, url: str) -> Printed:
    return run_claimx("batch", command, "--cache", "kept", "--base-url", url, cwd=folder)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once."""
    how_long = "openai._base_client.BaseClient._calculate_retry_timeout"
    monkeypatch.setattr(how_long, lambda *_: 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two articles in ``in/``; the first has a title."""
    write_articles(tmp_path / "in", 2)
    first = tmp_path / "in" / "0.txt"
    first.write_text("Plant opens in Oslo\n\n" + first.read_text())
    return tmp_path


def test_batch_gives_the_table_of_a_live_run_and_asks_nothing_more(folder: Path) -> None:
    """Same prompts, cache and table: submit, come back, collect, write."""
    with serve_batches(good) as server:
        first = run(folder, server.url, "--batch", "-o", "t.json")
        assert (first.returncode, (folder / "t.json").exists()) == (3, False)
        server.end()
        second = run(folder, server.url, "--batch", "-o", "t.json")
        plain = run(folder, server.url, "-o", "again.json")
        assert server.live == []
        assert (second.returncode, plain.returncode) == (0, 0)
        asked = len(server.asked())
        run(folder, server.url, "--cache", "other", "-o", "live.json")
        assert len(server.live) == asked
    live = (folder / "live.json").read_bytes()
    assert (folder / "t.json").read_bytes() == (folder / "again.json").read_bytes() == live


def test_batch_holds_the_very_requests_of_a_live_run(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        run(folder, server.url, "--cache", "other")
        batched = [one["body"] for one in server.asked()]
        assert sorted(map(json.dumps, batched)) == sorted(map(json.dumps, server.live))
        assert {(one["method"], one["url"]) for one in server.asked()} == {
            ("POST", "/v1/chat/completions")
        }


def test_lines_say_what_happened_and_what_to_do(folder: Path) -> None:
    with serve_batches(good) as server:
        first = run(folder, server.url, "--batch", "-o", "t.md")
        number = len(server.asked())
        assert first.stderr == (
            f"claimx: batch: {number} requests submitted, 0 under way before. Run the same command "
            "again to collect them (it takes up to 24 hours), or without --batch to ask at once.\n"
        )
        waiting = look_after(folder, "status", server.url)
        assert waiting.returncode == 3
        when = r"\d{4}-\d\d-\d\d \d\d:\d\d"
        assert re.fullmatch(
            rf"batch batch_0 \(m-7b, {when}\): in_progress, 0 of {number} answered\n",
            waiting.stdout,
        )
        server.end()
        collected = look_after(folder, "collect", server.url)
        assert collected.returncode == 0
        assert collected.stdout.endswith(
            f": completed, {number} of {number} answered, {number} collected\n"
        )
        after = look_after(folder, "status", server.url)
        assert (after.returncode, after.stdout) == (0, "no batch is under way in kept\n")


def test_what_is_under_way_is_not_submitted_again(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        number = len(server.asked())
        again = run(folder, server.url, "--batch")
        assert len(server.batches) == 1
        assert f"batch: 0 requests submitted, {number} under way before." in again.stderr


def test_what_is_answered_already_is_not_submitted(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--max-requests", "2")
        run(folder, server.url, "--batch")
        live = {json.dumps(body) for body in server.live}
        assert len(live) == 2
        assert live.isdisjoint(json.dumps(one["body"]) for one in server.asked())


@pytest.mark.parametrize("missing", [None, (400, {"error": {"message": "too long"}})])
def test_partial_batch_is_completed_by_a_new_one(folder: Path, missing: Result) -> None:
    """Some requests expired, or failed: they alone are submitted again."""
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        number = len(server.asked())
        server.answer = lambda body: missing if "Rome" in json.dumps(body) else good(body)
        server.end("expired" if missing is None else "completed")
        second = run(folder, server.url, "--batch")
        again = len(server.asked()) - number
        assert 0 < again < number
        why = "The window expired before it was done." if missing is None else "HTTP 400: too long"
        assert f"{number - again} collected; without an answer: {why} ({again})" in second.stderr
        assert f"batch: {again} requests submitted" in second.stderr
        server.answer = good
        server.end()
        assert run(folder, server.url, "--batch", "-o", "t.json").returncode == 0
        assert server.live == []
    assert claimx.ClaimTable.from_json((folder / "t.json").read_bytes()).failures == ()


def test_failed_batch_says_why_and_is_submitted_anew(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        number = len(server.asked())
        server.end("failed")
        second = run(folder, server.url, "--batch")
        assert "failed, 0 of" in second.stderr
        assert "without an answer: Enqueued token limit reached (1)" in second.stderr
        assert len(server.asked()) == 2 * number


def test_partial_batch_is_completed_by_a_live_run_too(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        number = len(server.asked())
        server.answer = lambda body: None if "Rome" in json.dumps(body) else good(body)
        server.end("expired")
        collected = look_after(folder, "collect", server.url)
        assert collected.returncode == 3
        server.answer = good
        assert run(folder, server.url).returncode == 0
        assert 0 < len(server.live) < number


def test_cut_off_answers_take_further_rounds_and_lose_nothing(folder: Path) -> None:
    """An answer at the limit is halved, and the halves are asked in batches as well."""

    def short(body: dict[str, Any]) -> Result:
        if "\n2. " in body["messages"][1]["content"].split("Sentences:")[1]:
            return 200, completion('{"claims": [', finish_reason="length")
        return good(body)

    with serve_batches(short) as server:
        rounds = 0
        longer = ("--segment-tokens", "60")
        while run(folder, server.url, *longer, "--batch", "-o", "t.json").returncode:
            server.end()
            rounds += 1
            assert rounds < 10
        assert rounds > 1
        assert server.live == []
        run(folder, server.url, *longer, "--cache", "other", "-o", "live.json")
    assert (folder / "t.json").read_bytes() == (folder / "live.json").read_bytes()


def test_answers_that_do_not_fit_are_asked_again_in_the_next_batch(folder: Path) -> None:
    def careless(body: dict[str, Any]) -> Result:
        return good(body) if len(body["messages"]) > 2 else (200, completion('{"wrong": 1}'))

    with serve_batches(careless) as server:
        run(folder, server.url, "--batch")
        server.end()
        run(folder, server.url, "--batch")
        server.end()
        done = run(folder, server.url, "--batch", "-o", "t.json")
        assert (done.returncode, server.live) == (0, [])
    assert claimx.ClaimTable.from_json((folder / "t.json").read_bytes()).counts().cited > 0


def test_files_stay_within_the_limits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claimx.batch.files.MAX_REQUESTS", 4)
    with serve_batches(good) as server:
        first = run(folder, server.url, "--batch")
        sizes = [data.count(b"\n") for data in server.files.values()]
        assert sizes[:-1] == [4] * (len(sizes) - 1)
        assert 0 < sizes[-1] <= 4
        assert f"submitted in {len(sizes)} batches, " in first.stderr
        server.end()
        assert run(folder, server.url, "--batch").returncode == 0
        assert server.live == []
        longest = max(map(len, server.files.values())) // 3
        monkeypatch.setattr("claimx.batch.files.MAX_BYTES", longest)
        before = set(server.files)
        run(folder, server.url, "--batch", "--cache", "other")
        assert max(len(server.files[name]) for name in set(server.files) - before) <= longest


def test_limits_of_a_run_hold_for_a_batch(folder: Path) -> None:
    with serve_batches(good) as server:
        some = run(folder, server.url, "--batch", "--max-requests", "3")
        assert len(server.asked()) == 3
        left = int(re.findall(r", (\d+) left for later by --max-requests", some.stderr)[0])
        more = run(folder, server.url, "--batch", "--max-requests", "100")
        assert f"batch: {left} requests submitted, 3 under way before." in more.stderr
        prices = ("--price-in", "0", "--price-out", "1000000", "--max-tokens", "10")
        run(folder, server.url, "--batch", *prices, "--max-cost", "22", "--cache", "other")
        assert len(server.asked()) == 3 + left + 4  # 10 dollars each at most, and half of that


def test_crash_before_the_batch_has_a_name_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes off just after the server started the batch."""
    create = batch_server_room.BatchServer.create

    async def create_and_die(self: Any, input_file: str) -> str:
        await create(self, input_file)
        raise KeyboardInterrupt

    with serve_batches(good) as server:
        with monkeypatch.context() as patch:
            patch.setattr(batch_server_room.BatchServer, "create", create_and_die)
            with pytest.raises(KeyboardInterrupt):
                batch.submit(
                    folder / "in",
                    model="m-7b",
                    base_url=server.url,
                    cache=folder / "kept",
                    segment_tokens=20,
                )
        assert len(server.batches) == 1
        assert "batch batch_0 (" in look_after(folder, "status", server.url).stdout
        server.end()
        assert run(folder, server.url, "--batch").returncode == 0
        assert (len(server.batches), server.live) == (1, [])


@pytest.mark.parametrize("status", [500, 429])
def test_batch_that_may_have_been_started_is_looked_for(folder: Path, status: int) -> None:
    """It was not, here; the next run says so and submits it."""
    with serve_batches(good) as server:
        server.faults.append(("POST /v1/batches", status))
        first = run(folder, server.url, "--batch")
        assert first.returncode == 1
        assert f"cannot start a batch: HTTP {status}. Run again later." in first.stderr
        assert server.visits.count("POST /v1/batches") == 1
        second = run(folder, server.url, "--batch")
        assert "without an answer: it was never started (1)" in second.stderr
        assert len(server.batches) == 1


def test_refused_batch_leaves_no_note(folder: Path) -> None:
    with serve_batches(good) as server:
        server.faults.append(("POST /v1/batches", 400))
        first = run(folder, server.url, "--batch")
        assert "cannot start a batch: HTTP 400" in first.stderr
        assert look_after(folder, "status", server.url).stdout.startswith("no batch is under way")


def test_server_without_batches_is_said_to_have_none(folder: Path) -> None:
    with serve_batches(good) as server:
        server.faults.append(("POST /v1/files", 404))
        result = run(folder, server.url, "--batch")
    assert result.returncode == 1
    assert "whether this server has the Batch API" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_server_that_answers_anything_is_no_batch_server(folder: Path) -> None:
    with serve_batches(good) as server:
        server.faults.append(("POST /v1/files", 200))
        result = run(folder, server.url, "--batch")
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "cannot upload a file of requests (unusable answer: " in result.stderr


def test_batch_unknown_to_the_server_stops_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimx.batch.files.MAX_REQUESTS", 4)
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        others = len(server.batches) - 1
        del server.batches["batch_0"]
        server.end()
        result = look_after(folder, "collect", server.url)
        lines = result.stdout.splitlines()
        assert (result.returncode, len(lines)) == (3, others + 1)
        assert "cannot find batch batch_0 (HTTP 404)" in lines[0]
        assert lines[0].endswith("To give it up, remove kept/batches/file-0.json.")
        assert all("collected" in line for line in lines[1:])


def test_results_that_end_early_are_collected_again(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        server.end()
        server.faults += [("GET /v1/files/", 500)] * 4  # one, and three tries more
        broken = look_after(folder, "collect", server.url)
        assert broken.returncode == 3
        assert "cannot read file batch_0-output: HTTP 500. Run again later." in broken.stdout
        assert look_after(folder, "collect", server.url).returncode == 0
        assert run(folder, server.url, "--batch").returncode == 0


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[]",
        b'{"custom_id": "KEY", "response": {"status_code": 200, "body": {}}}',
        b'{"custom_id": "KEY", "response": {"status_code": 200, "body": null}}',
        b'{"custom_id": "KEY", "response": null, "error": null}',
        b'{"custom_id": "KEY", "response": {"status_code": 200, "body": {"choices": []}}}',
        b'{"custom_id": ["KEY"], "response": {}}',
        b'{"custom_id": "KEY", "response": "yes", "error": [1]}',
    ],
)
def test_result_that_is_no_answer_is_a_missing_one(folder: Path, line: bytes) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        server.end()
        name = "batch_0-output"
        first = json.loads(server.files[name].split(b"\n")[0])["custom_id"].encode()
        rest = server.files[name].split(b"\n")[1:]
        server.files[name] = b"\n".join([line.replace(b"KEY", first), *rest])
        result = look_after(folder, "collect", server.url)
        assert f"{len(rest)} collected; without an answer: " in result.stdout
        again = run(folder, server.url, "--batch")
        assert "batch: 1 request submitted, 0 under way before." in again.stderr


def test_answer_to_something_not_asked_is_not_kept(folder: Path) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        server.end()
        number = len(server.asked())
        planted = json.loads(server.files["batch_0-output"].split(b"\n")[0])
        planted["custom_id"] = "f" * 64
        server.files["batch_0-output"] += b"\n" + json.dumps(planted).encode() + b"\n\n"
        result = look_after(folder, "collect", server.url)
        assert f"{number} collected; without an answer: an answer to something" in result.stdout
    assert claimx.llm.cache.info(folder / "kept").answers == number


def test_line_separator_in_a_quote_does_not_end_a_line(folder: Path) -> None:
    def separated(body: dict[str, Any]) -> Result:
        return 200, json.loads(json.dumps(answer_from(body)).replace("Oslo", "Oslo\u2028"))

    with serve_batches(separated) as server:
        run(folder, server.url, "--batch")
        server.end()
        assert "without an answer" not in look_after(folder, "collect", server.url).stdout


def test_answer_that_leaves_out_fields_is_an_answer_here_too(folder: Path) -> None:
    def bare(body: dict[str, Any]) -> Result:
        return 200, {"choices": answer_from(body)["choices"], "usage": "free"}

    with serve_batches(bare) as server:
        run(folder, server.url, "--batch")
        server.end()
        assert run(folder, server.url, "--batch", "-o", "t.json").returncode == 0
        assert (len(server.batches), server.live) == (1, [])


def test_answers_that_cannot_be_kept_leave_the_batch_to_be_collected(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_batches(good) as server:
        run(folder, server.url, "--batch")
        server.end()
        with monkeypatch.context() as patch:
            patch.setattr("claimx.llm.cache.AnswerCache.keep", lambda *_: False)
            full = look_after(folder, "collect", server.url)
        assert (full.returncode, full.stderr) == (
            1,
            "claimx: batch: the cache cannot keep an answer. Make room, and collect again.\n",
        )
        assert look_after(folder, "collect", server.url).returncode == 0


def test_key_goes_only_to_the_server_that_the_user_names(folder: Path) -> None:
    """A note in the cache cannot send the key elsewhere, and holds no key itself."""
    with serve_batches(good) as server, serve_batches(good) as other:
        run(folder, server.url, "--batch", OPENAI_API_KEY="sk-marked-key")
        before = len(server.visits)
        result = look_after(folder, "collect", other.url)
        assert result.returncode == 3
        assert f"its server is {server.url}. Pass that as --base-url." in result.stdout
        assert (len(server.visits), other.visits) == (before, [])
        assert server.keys == {"Bearer sk-marked-key"}
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"sk-marked-key" not in written


def test_note_that_is_broken_is_named(folder: Path) -> None:
    (folder / "kept" / "batches").mkdir(parents=True)
    (folder / "kept" / "batches" / "x.json").write_text('{"id": 1}')
    result = look_after(folder, "status", "http://127.0.0.1:9/v1")
    assert (result.returncode, result.stderr) == (
        1,
        "claimx: kept/batches/x.json: cannot be read (it is no note of a batch). Mend or remove "
        "it.\n",
    )


def test_folder_that_cannot_be_written_is_found_before_a_batch_is_paid_for(folder: Path) -> None:
    (folder / "kept").mkdir()
    (folder / "kept" / "batches").write_text("in the way")
    with serve_batches(good) as server:
        with pytest.raises(OutputError, match="cannot be written"):
            batch.submit(folder / "in", model="m", base_url=server.url, cache=folder / "kept")
        assert server.batches == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--no-cache"], "A batch needs a cache for its answers: leave out --no-cache."),
        (["--record", "tape"], "A batch cannot be recorded: leave out --batch or --record."),
        (["--base-url", "http://127.0.0.1:8/v1"], "A batch is of one server, not 2: pass one"),
        (["-m", "extractive"], "model 'extractive': asks nothing, costs nothing."),
    ],
)
def test_option_that_does_not_go_with_batches_is_said(
    folder: Path, options: list[str], message: str
) -> None:
    result = run(folder, "http://127.0.0.1:9/v1", "--batch", *options)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith(f"claimx: {message}")


def test_password_in_the_address_is_not_written_down(folder: Path) -> None:
    result = run(folder, "http://u:secret@127.0.0.1:9/v1", "--batch")
    assert "leave the password out of --base-url" in result.stderr
    assert "secret" not in result.stderr


def test_batch_without_a_key_or_server_says_what_to_set(folder: Path) -> None:
    with pytest.raises(InputError, match="No key for batches: set OPENAI_API_KEY"):
        batch.submit(folder / "in", model="m", cache=folder / "kept")


def test_server_that_is_down_is_said_in_one_line(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9: cannot upload a file of requests \("):
        batch.submit(
            folder / "in", model="m", base_url="http://127.0.0.1:9/v1", cache=folder / "kept"
        )


def test_article_that_cannot_be_read_is_said_at_once(folder: Path) -> None:
    (folder / "in" / "bad.txt").write_bytes(b"caf\xe9")
    with serve_batches(good) as server:
        result = run(folder, server.url, "--batch")
    assert result.returncode == 3
    assert result.stderr.startswith("claimx: failed: in/bad.txt: not UTF-8")
