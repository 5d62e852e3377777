"""How a run ends: what the server said, the exit status, what was counted, what to try."""

import json
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.errors import InputError
from claimx.pipeline.asking import Progress
from claimx.settings import Settings, make_settings, mend_address
from claimx.table import ClaimTable
from tests.llm.test_llm import ask, first_then_good
from tests.llm.test_servers import GOOD, errors_of, serve_and_ask
from tests.support.articles import answer_from, write_articles
from tests.support.command import EXTRACT
from tests.support.command import claimx as run
from tests.support.server import Reply, Script, completion, serve

PROSE = Reply(completion("I found nothing worth a claim."))


def good(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body))


def in_body(message: str = "no", **error: Any) -> Reply:
    """Make an error in a body of HTTP 200."""
    return Reply({"error": {"message": message} | error})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_articles(tmp_path / "articles", 2)
    return tmp_path


def extract(folder: Path, script: Script, *args: str) -> tuple[Any, list[dict[str, Any]]]:
    with serve(script) as server:
        common = [*EXTRACT, "--segment-tokens", "20"]
        common += ["--no-cache", "--base-url", server.url]
        return run(*common, *args, cwd=folder), server.requests


# errors inside a 200


@pytest.mark.parametrize(
    "error",
    [
        {"code": 429},
        {"code": "429"},
        {"status": "RESOURCE_EXHAUSTED"},
        {"type": "rate_limit_exceeded"},
        {"code": 503},
        {"type": "overloaded_error"},
    ],
)
def test_busy_server_that_says_so_in_a_200_is_waited_for(
    error: dict[str, Any], waits: list[float]
) -> None:
    busy = in_body(**error)
    answers, _, traffic = serve_and_ask(1, lambda n, _: busy if n < 8 else GOOD, attempts=1)
    assert not errors_of(answers)
    assert traffic.retried == 8
    assert sum(waits) > 30


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": {"code": 429}}, headers={"retry-after": "30"}),
        in_body(code=429, metadata={"headers": {"Retry-After": "30"}}),
        in_body(code=429, metadata={"headers": {"Retry-After": 30}}),
        in_body(code=429, details=[{"@type": "RetryInfo", "retryDelay": "30s"}]),
        in_body(code=429, retry_after=30),
        in_body(code=429, retry_after_ms=30_000),
        Reply({"error": {"details": [{"retryDelay": "30s"}]}}, status=429),
    ],
)
def test_pause_asked_for_in_a_body_holds_for_all(reply: Reply, waits: list[float]) -> None:
    sent_at: list[float] = []

    def script(number: int, _: dict[str, Any]) -> Reply:
        sent_at.append(sum(waits))
        return reply if number == 0 else GOOD

    answers, _, _ = serve_and_ask(20, script)
    assert not errors_of(answers)
    assert sum(29 < at < 31 for at in sent_at) == 20


@pytest.mark.parametrize(
    "fault",
    [
        in_body(code=502),
        in_body(code=500),
        in_body(),
        Reply({"error": "something went wrong"}),
        Reply({"object": "error", "message": "engine loop has died", "code": 500}),
        Reply(completion('{"word": "no"}', finish_reason="error")),
        Reply(completion("") | {"error": {"code": 502, "message": "provider"}}),
        Reply([{"error": {"code": 500}}]),
    ],
)
def test_fault_in_a_200_is_tried_again(fault: Reply) -> None:
    answer, server, traffic = ask(first_then_good(fault))
    assert (answer.error, len(server.requests), traffic.retried) == (None, 2, 1)


def test_answer_stopped_by_an_error_is_a_failure_of_its_segment(folder: Path) -> None:
    def script(_: int, body: dict[str, Any]) -> Reply:
        answer = answer_from(body)
        if "Outlet 1" in str(body["messages"]):
            answer["choices"][0] |= {"finish_reason": "error"}
        return Reply(answer)

    result, _ = extract(folder, script)
    assert result.returncode == 3
    [failed] = ClaimTable.from_json((folder / "t.json").read_bytes()).failures
    assert "The server says: the model stopped with an error" in failed.error


def test_first_answer_that_is_an_error_does_not_end_the_run(folder: Path) -> None:
    def script(_: int, body: dict[str, Any]) -> Reply:
        broken = Reply(completion("", finish_reason="error"))
        return broken if "Outlet 0" in str(body["messages"]) else Reply(answer_from(body))

    result, _ = extract(folder, script, "--segment-tokens", "200")
    assert result.returncode == 3
    table = ClaimTable.from_json((folder / "t.json").read_bytes())
    assert [failed.document_id for failed in table.failures] == ["0.txt"]
    assert table.counts().cited == 5


def test_refusal_in_a_200_is_adapted_to() -> None:
    refusal = in_body("Unsupported parameter: 'seed'", code=400)
    _, server, _ = ask(lambda _, body: refusal if "seed" in body else GOOD, seed=1)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "too\n much"}}, "too much"),
        ({"error": "too much"}, "too much"),
        ([{"error": {"message": "too much"}}], "too much"),
        ({"message": "too much"}, "too much"),
        ({"detail": "too much"}, "too much"),
        ({"detail": [{"loc": ["body", "n"], "msg": "too much"}]}, "body.n: too much"),
        ({"errors": [{"message": "too much"}]}, "too much"),
        ({"error": {"message": '{"error": {"message": "too much"}}'}}, "too much"),
        (
            {"error": {"message": "Provider", "metadata": {"raw": '{"message": "too much"}'}}},
            "Provider: too much",
        ),
        ({"error": {"code": "too_much"}}, "too_much"),
        ("<html><head><style>p {}</style></head><h1>Too</h1>much</html>", "Too much"),
        ("too much \x1b[31m\u202e", "too much [31m"),
        ({}, "no reason given"),
        ({"error": {"message": "x" * 999}}, "x" * 200),
    ],
)
def test_reason_is_the_servers_own_on_one_line(folder: Path, body: Any, said: str) -> None:
    result, _ = extract(folder, lambda *_: Reply(body, status=418), "--concurrency", "1")
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert line.endswith(f": HTTP 418, {said}")


@pytest.mark.parametrize("status", [401, 402, 404, 429, 500])
def test_reason_is_shown_whatever_the_status(folder: Path, status: int) -> None:
    reply = Reply({"error": {"message": "because", "code": "insufficient_quota"}}, status=status)
    result, _ = extract(folder, lambda *_: reply)
    assert result.stderr.splitlines()[-1].endswith(" The server says: because")


# the ending


def test_nothing_readable_in_any_answer_is_status_1_and_says_what_to_try(folder: Path) -> None:
    result, _ = extract(folder, lambda *_: PROSE)
    assert result.returncode == 1
    assert not (folder / "t.json").exists()
    assert result.stderr.splitlines()[-1] == (
        "claimx: no answer could be read (not JSON: Expecting value). Try another --mode, or a "
        "larger model."
    )


def half_readable(_: int, body: dict[str, Any]) -> Reply:
    return PROSE if "Outlet 1" in str(body["messages"]) else Reply(answer_from(body))


def test_segment_without_a_readable_answer_is_status_3_and_no_claim(folder: Path) -> None:
    result, requests = extract(folder, half_readable)
    table = ClaimTable.from_json((folder / "t.json").read_bytes())
    assert result.returncode == 3
    [failed] = table.failures
    assert (failed.document_id, failed.error[:28]) == ("1.txt", "no answer could be read (not")
    assert table.counts().rejected == {}
    assert table.counts().proposed == table.counts().cited
    assert f"{len(requests) * 15} tokens = " in result.stderr
    assert table.run.usage.answers == len(requests)


def test_tokens_of_answers_asked_again_count_in_the_summary_alone(folder: Path) -> None:
    """The table is that of the answers that were read; what the others cost is for people."""
    extract(folder, good)
    plain = (folder / "t.json").read_bytes()

    def careless(number: int, body: dict[str, Any]) -> Reply:
        return PROSE if number == 3 else Reply(answer_from(body))

    result, requests = extract(folder, careless)
    assert f"{len(requests)} model calls (1 retried)" in result.stderr
    assert f"{len(requests) * 15} tokens = " in result.stderr
    assert (folder / "t.json").read_bytes() == plain


@pytest.mark.parametrize("script", [good, half_readable, lambda *_: Reply({}, status=418)])
def test_last_progress_says_that_all_is_over(folder: Path, script: Script) -> None:
    (folder / "articles" / "bad.txt").write_bytes(b"\xff\xfe\xff")
    (folder / "articles" / "short.txt").write_text("Hm")
    seen: list[Progress] = []
    with serve(script) as server:
        options = {"model": "m", "base_url": server.url, "cache": None}
        try:
            claimx.extract(folder / "articles", watch=seen.append, **options)
        except claimx.ModelError:
            assert script is not good
    last = seen[-1]
    assert (last.finished, last.done) == (last.documents, last.segments)
    assert [one.done for one in seen] == sorted(one.done for one in seen)


def test_unforeseen_error_in_an_answer_is_a_failure_of_its_segment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from claimx.extract import answers

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(answers, "tidy_claim", fail)
    result, _ = extract(folder, good)
    assert result.returncode == 1
    assert result.stderr == (
        "claimx: no answer could be read: a fault in claimx (ZeroDivisionError: unforeseen). "
        "Report it, with what --debug prints.\n"
    )


# counting


@pytest.mark.parametrize("concurrency", ["1", "8"])
@pytest.mark.parametrize("cached", [True, False])
def test_correction_of_a_segment_that_two_articles_share_counts_as_often_as_it_is_sent(
    tmp_path: Path, concurrency: str, cached: bool
) -> None:
    """Whether both are under way at once or one after the other, a table and a count come out."""
    for name in "abcd":
        (tmp_path / f"{name}.txt").write_text("Acme opened a plant in Oslo on Monday.")
    bad: list[str] = []

    def script(number: int, body: dict[str, Any]) -> Reply:
        if number == 0:
            bad.append(json.dumps(body))
            return Reply(PROSE.body, delay_s=0.02)
        return Reply(answer_from(body), delay_s=0.02)

    seen: list[Progress] = []
    with serve(script) as server:
        options = {"model": "m", "base_url": server.url, "concurrency": int(concurrency)}
        options["cache"] = tmp_path / "kept" if cached else None
        table = claimx.extract(
            *map(str, sorted(tmp_path.glob("*.txt"))), watch=seen.append, **options
        )
    assert table.groups[0].support == 4
    assert seen[-1].retried == len(bad) == 1
    if cached or concurrency == "8":
        assert (seen[-1].sent, len(server.requests)) == (2, 2)


def test_correction_that_the_budget_leaves_no_room_for_does_not_count(folder: Path) -> None:
    with serve(lambda *_: PROSE) as server:
        seen: list[Progress] = []
        options = {"model": "m", "base_url": server.url, "cache": None, "max_requests": 1}
        with pytest.raises(claimx.ModelError, match="max_requests=1 is reached"):
            claimx.extract(folder / "articles", watch=seen.append, **options)
    assert (seen[-1].sent, seen[-1].retried) == (1, 0)


# options


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--record", "tapes"], "record: no model is asked. Name one with --model or CLAIMX_MODEL"),
        (["--base-url", "http://localhost:9/v1"], "base_url: no model is asked."),
        (["-m", "extractive", "--record", "tapes"], "record: no model is asked."),
        (["--temperature", "0.5"], "temperature: no model is asked."),
        (["--mode", "json"], "mode: no model is asked."),
        (["--max-cost", "1"], "max_cost: no model is asked."),
        (["--replay", "tapes", "--record", "tapes"], "replay and record exclude each other"),
        (["--replay", "tapes", "-m", "extractive"], "replay: no model is asked."),
        (["-m", "m", "--base-url", "ftp://x/v1"], "base_url=['ftp://x/v1']: not the"),
        (["-m", "m", "--base-url", ""], "base_url=['']: not the address of a server"),
        (["https://x.no/a.html"], "https://x.no/a.html: an address. Pass --fetch, or download the"),
    ],
)
def test_options_that_contradict_or_do_nothing_end_with_a_line(
    folder: Path, args: list[str], message: str
) -> None:
    result = run("extract", "articles", *args, cwd=folder)
    assert result.returncode == 2
    [line] = result.stderr.splitlines()
    assert line.startswith(f"claimx: {message}")
    assert not (folder / "tapes").exists()


def test_password_in_a_wrong_address_is_not_shown() -> None:
    with pytest.raises(InputError) as caught:
        make_settings({"model": "m", "base_url": "ftp://me:secret@x/v1"}, environment={})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "mended"),
    [
        ("localhost:9/v1", "http://localhost:9/v1"),
        ("127.0.0.1:9/v1", "http://127.0.0.1:9/v1"),
        ("[::1]:9/v1", "http://[::1]:9/v1"),
        ("192.168.1.5/v1", "http://192.168.1.5/v1"),
        ("box:8000/v1", "http://box:8000/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("api.example.com:443/v1", "https://api.example.com:443/v1"),
        (" https://api.example.com/v1 ", "https://api.example.com/v1"),
        ("http://localhost:9/v1/chat/completions", "http://localhost:9/v1"),
        ("http://localhost:9/v1/", "http://localhost:9/v1/"),
    ],
)
def test_address_without_a_scheme_is_mended(address: str, mended: str) -> None:
    assert mend_address(address) == mended
    assert Settings(model="m", base_url=address).base_url == (mended,)


@pytest.mark.parametrize("address", ["", "http://", "ftp://x", "http://[", "x:99999999/v1", "://x"])
def test_what_is_no_address_is_named(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Settings(model="m", base_url=address)


def test_server_without_a_scheme_is_asked(folder: Path) -> None:
    with serve(good) as server:
        address = server.url.removeprefix("http://")
        result = run(
            "extract",
            "articles",
            "-m",
            "m",
            "--strategy",
            "window",
            "--base-url",
            address,
            cwd=folder,
        )
    assert result.returncode == 0


@pytest.mark.parametrize("name", ["r.pdf", "r.json", "r"])
def test_report_is_written_under_no_other_ending(folder: Path, name: str) -> None:
    run("extract", "articles", "-o", "t.json", cwd=folder)
    result = run("report", "t.json", "-o", name, cwd=folder)
    assert result.returncode == 2
    assert result.stderr == (
        f"claimx: {name}: a report is a page for a browser. Use the ending .html or .htm.\n"
    )
    assert not (folder / name).exists()
