"""What asking costs: counted before, counted after, and kept within limits."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import tiktoken

import claimx
from claimx.errors import BudgetSpent, InputError
from claimx.llm.cost import Budget, Price, budget, find_price, find_tokenizer
from claimx.records import Usage
from claimx.settings import Settings, make_settings
from tests.support.articles import answer_from, write_articles
from tests.support.command import Result
from tests.support.command import claimx as run_claimx
from tests.support.server import Reply, serve

LOCAL = "http://localhost:11434/v1"
PRICED = ("--price-in", "100", "--price-out", "1000")  # 10 + 5 tokens: 0.006 dollars


def answer(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body))


def extract(folder: Path, url: str, *args: str) -> Result:
    """Run over ``in/`` with short segments."""
    short = ("--strategy", "window", "--segment-tokens", "20")
    fixed = ("-m", "m", "--base-url", url, *short, "--cache", "kept")
    return run_claimx("extract", "in", *fixed, *args, cwd=folder)


def read_table(path: Path) -> claimx.ClaimTable:
    return claimx.ClaimTable.from_json(path.read_bytes())


def test_usage_is_split_by_document_and_prompt_and_adds_up(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 3)
    with serve(answer) as server:
        extract(tmp_path, server.url, "-o", "t.json")
        run = read_table(tmp_path / "t.json").run
        assert run.usage.answers == len(server.requests)
    assert [one.document_id for one in run.spending] == ["0.txt", "1.txt", "2.txt"]
    assert {one.prompt for one in run.spending} == {run.prompt}
    for name in Usage.model_fields:
        assert sum(getattr(one.usage, name) for one in run.spending) == getattr(run.usage, name)


def test_tokens_cached_by_the_server_are_counted_and_cheaper(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 10,
        "total_tokens": 1010,
        "prompt_tokens_details": {"cached_tokens": 800},
    }
    with serve(lambda _, body: Reply(answer_from(body) | {"usage": usage})) as server:
        result = extract(tmp_path, server.url, "-o", "t.json")
        assert f"({800 * len(server.requests):,} cached by the server)" in result.stderr
        assert read_table(tmp_path / "t.json").run.usage.tokens_cached == 800 * len(server.requests)
    price = Price(tokens_in=10, cached=1, tokens_out=100)
    assert price.cost(Usage(tokens_in=1000, tokens_cached=800)) == pytest.approx(0.0028)


def test_answer_without_usage_counts_no_tokens(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    with serve(lambda _, body: Reply(answer_from(body) | {"usage": None})) as server:
        result = extract(tmp_path, server.url)
    assert (result.returncode, ", 0 tokens = 0 in + 0 out" in result.stderr) == (0, True)


@pytest.mark.parametrize(
    ("options", "known"),
    [
        ({"model": "gpt-4o-mini"}, True),
        ({"model": "gpt-4o-mini", "base_url": "https://api.openai.com/v1"}, True),
        ({"model": "gpt-4o-mini", "base_url": LOCAL}, False),
        ({"model": "gpt-4o-mini", "base_url": ("https://api.openai.com/v1",) * 2}, True),
        ({"model": "gpt-4o-mini", "base_url": ("https://api.openai.com/v1", LOCAL)}, False),
        ({"model": "no-such-model"}, False),
        ({"model": "m", "base_url": "http://localhost/v1", "price_in": 0, "price_out": 2}, True),
    ],
)
def test_price_is_known_only_where_the_provider_is(options: dict[str, Any], known: bool) -> None:
    """A model of a known name on a server of one's own is not billed by its maker."""
    assert (find_price(make_settings(options, environment={})) is not None) == known


def test_price_of_ones_own_goes_before_the_price_list() -> None:
    listed = find_price(Settings(model="gpt-4o-mini"))
    own = find_price(Settings(model="gpt-4o-mini", price_in=7, price_out=8))
    assert own == Price(tokens_in=7, tokens_out=8, cached=7)
    assert listed is not None
    assert listed.cached < listed.tokens_in < listed.tokens_out


def test_one_price_without_the_other_is_refused() -> None:
    with pytest.raises(InputError, match="price_in and price_out belong together"):
        make_settings({"model": "m", "price_in": 1})


def test_summary_says_what_this_run_spent_and_nothing_for_kept_answers(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    with serve(answer) as server:
        first = extract(tmp_path, server.url, *PRICED)
        second = extract(tmp_path, server.url, *PRICED)
        assert f", ${0.006 * len(server.requests):.4f}, " in first.stderr
    assert ", $0.00, " in second.stderr


def test_price_changes_nothing_in_the_table(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    with serve(answer) as server:
        extract(tmp_path, server.url, *PRICED, "-o", "1.json")
        extract(tmp_path, server.url, "--max-requests", "1", "-o", "2.json")
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_dry_run_counts_what_the_run_then_sends(tmp_path: Path) -> None:
    """Before, in the middle and after: nothing is sent, and the numbers are those to come."""
    write_articles(tmp_path / "in", 3)
    with serve(answer) as server:
        before = extract(tmp_path, server.url, "--dry-run")
        assert server.requests == []
        extract(tmp_path, server.url, "--max-requests", "2")
        between = extract(tmp_path, server.url, "--dry-run")
        extract(tmp_path, server.url)
        sent = len(server.requests)
        after = extract(tmp_path, server.url, "--dry-run")
        assert len(server.requests) == sent
    assert before.returncode == between.returncode == after.returncode == 0
    assert f": 0 answered already, {sent} requests to send" in before.stdout
    assert f": 2 answered already, {sent - 2} requests to send" in between.stdout
    assert f": {sent} answered already, 0 requests to send" in after.stdout


def test_dry_run_needs_no_key_and_says_what_is_estimated(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    result = run_claimx("extract", "in", "-m", "gpt-4o-mini", "--dry-run", cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr, len(lines)) == (0, "", 5)
    assert lines[4] == "strategy article, by the name of gpt-4o-mini; else pass --strategy"
    assert lines[1].endswith("(an estimate, from the bytes)")
    assert lines[2].endswith("(an estimate; --max-tokens 8192 an answer)")
    assert lines[3].endswith("(gpt-4o-mini: $0.15 in, $0.6 out, per million tokens)")


def test_dry_run_without_a_price_says_what_to_pass(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    result = extract(tmp_path, "http://u:secret@localhost:9/v1", "--dry-run")
    assert result.stdout.splitlines()[-1] == (
        "cost: unknown: no price is known for m at localhost. Pass --price-in and --price-out, in "
        "dollars per million tokens."
    )


@pytest.mark.parametrize("options", [["-m", "extractive"], ["--replay", "tape"]])
def test_dry_run_of_what_asks_nothing_says_so(
    options: list[str], tmp_path: Path, seeds: Path
) -> None:
    write_articles(tmp_path / "in", 1)
    (tmp_path / "tape").symlink_to(seeds.parent / "cassettes" / "seeds")
    result = run_claimx("extract", "in", *options, "--dry-run", cwd=tmp_path)
    assert result.returncode == 1
    assert "asks nothing, costs nothing" in result.stderr


def test_dry_run_names_what_could_not_be_read(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    (tmp_path / "in" / "bad.txt").write_bytes(b"caf\xe9")
    result = extract(tmp_path, "http://localhost:9/v1", "--dry-run")
    assert (result.returncode, result.stdout.startswith("1 document, ")) == (3, True)
    assert "failed: in/bad.txt: not UTF-8" in result.stderr


def test_tokens_are_estimated_near_what_a_model_counted(seeds: Path) -> None:
    """The recorded answers say how many tokens the requests had: within 15%."""
    tokenizer = find_tokenizer("qwen")
    estimated = counted = 0
    for path in (seeds.parent / "cassettes" / "seeds").glob("*.json"):
        recorded = json.loads(path.read_text("utf-8"))
        if "request" in recorded:
            answer = recorded["response"]["body"]
            estimated += tokenizer.count_request(recorded["request"]["body"])
            counted += answer["usage"]["prompt_tokens"]
    assert counted > 10_000
    assert estimated == pytest.approx(counted, rel=0.15)


def test_encoding_that_is_not_on_this_machine_is_not_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    fetched: list[str] = []
    monkeypatch.setattr("requests.get", fetched.append)
    assert find_tokenizer("gpt-4").name is None
    assert fetched == []


def test_encoding_at_hand_counts_messages_and_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an encoding that makes one token of each byte."""
    letters = tiktoken.Encoding(
        "letters",
        pat_str=".",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={"<|end|>": 256},
    )
    monkeypatch.setattr("claimx.llm.cost.tokens._load_encoding", lambda _: letters)
    tokenizer = find_tokenizer("gpt-5-mini")
    request = {"messages": [{"role": "user", "content": "a<|end|>"}], "response_format": {"a": 1}}
    assert tokenizer.name == "o200k_base"
    assert tokenizer.count_request(request) == len("a<|end|>") + len('{"a": 1}') + 3 + 3


def test_requests_stop_at_their_limit_and_the_next_run_goes_on(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 3)
    with serve(answer) as server:
        first = extract(tmp_path, server.url, "--max-requests", "3", "-o", "t.json")
        assert len(server.requests) == 3
        part = read_table(tmp_path / "t.json")
        second = extract(tmp_path, server.url, "-o", "t.json")
        asked = [json.dumps(body) for body in server.requests]
    assert (first.returncode, second.returncode) == (3, 0)
    assert part.run.usage.answers == 3
    assert first.stderr.splitlines()[-1] == (
        "claimx: failed: not asked: --max-requests 3 is reached. Run the same command again to go "
        "on: answers so far are kept. (2 times)"
    )
    assert [failure.document_id for failure in part.failures] == ["1.txt", "2.txt"]
    assert len(asked) > 3
    assert len(set(asked)) == len(asked)


def test_retries_count_as_requests(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 3)
    with serve(lambda *_: Reply({}, status=500)) as server:
        result = extract(tmp_path, server.url, "--max-requests", "2", "--concurrency", "1")
        assert len(server.requests) == 2
    assert result.returncode == 1
    assert "--max-requests 2 is reached" in result.stderr


def test_kept_answers_are_used_after_the_limit_is_reached(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 2)
    with serve(answer) as server:
        run_claimx(
            *("extract", "in/1.txt", "-m", "m", "--base-url", server.url, "--cache", "kept"),
            *("--strategy", "window", "--segment-tokens", "20"),
            cwd=tmp_path,
        )
        extract(tmp_path, server.url, "--max-requests", "1", "--concurrency", "1", "-o", "t.json")
    failed = {failure.document_id for failure in read_table(tmp_path / "t.json").failures}
    assert failed == {"0.txt"}


def test_money_is_never_overspent_however_many_are_asked_at_once(tmp_path: Path) -> None:
    """Answers come late and cost more than the first ones did."""
    write_articles(tmp_path / "in", 8)
    limit = 0.02

    def late(number: int, body: dict[str, Any]) -> Reply:
        usage = {"prompt_tokens": 100, "completion_tokens": number % 64, "total_tokens": 0}
        return Reply(answer_from(body) | {"usage": usage}, delay_s=0.02)

    options = ("--price-in", "1", "--price-out", "100", "--max-tokens", "64")
    with serve(late) as server:
        result = extract(tmp_path, server.url, *options, "--max-cost", str(limit))
        spent = sum(100e-6 + (number % 64) * 100e-6 for number in range(len(server.requests)))
    assert result.returncode == 3
    assert "not asked: --max-cost 0.02 leaves too little for the next request ($0.0" in (
        result.stderr
    )
    assert limit / 2 < spent <= limit


def test_no_turn_is_waited_for_once_the_budget_is_spent(tmp_path: Path, waits: list[float]) -> None:
    """At a request a minute, what is not asked costs no minutes."""
    write_articles(tmp_path / "in", 2)
    with serve(answer) as server:
        options = {"base_url": server.url, "cache": None, "segment_tokens": 20}
        table = claimx.extract(tmp_path / "in", model="m", max_requests=1, rpm=1, **options)
    assert (table.run.usage.answers, sum(waits)) == (1, 0)


def test_busy_answers_count_as_requests(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    with serve(lambda *_: Reply({}, status=429)) as server:
        result = extract(tmp_path, server.url, "--max-requests", "5")
        assert len(server.requests) == 5
    assert (result.returncode, "--max-requests 5 is reached" in result.stderr) == (1, True)


def test_dry_run_counts_what_any_of_several_servers_answered(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 2)
    with serve(answer) as one, serve(answer) as other:
        extract(tmp_path, one.url, "--base-url", other.url)
        assert min(len(one.requests), len(other.requests)) > 0
        after = extract(tmp_path, one.url, "--base-url", other.url, "--dry-run")
    assert " answered already, 0 requests to send" in after.stdout


def test_limit_in_money_needs_a_price(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 1)
    result = extract(tmp_path, "http://localhost:9/v1", "--max-cost", "1")
    assert result.returncode == 1
    assert result.stderr == (
        "claimx: --max-cost 1: no price is known for m at localhost. Pass --price-in and "
        "--price-out, in dollars per million tokens.\n"
    )


def test_server_that_counts_nothing_is_charged_the_most_it_could_be() -> None:
    settings = Settings(model="m", price_in=0, price_out=1e6, max_tokens=10, max_cost=25)

    async def ask_often() -> None:
        budget = Budget(settings)
        for _ in range(3):
            async with budget.hold({"messages": []}) as spend:
                spend(Usage(answers=1))

    with pytest.raises(BudgetSpent, match=r"\$20\.00 spent"):
        asyncio.run(ask_often())


def test_tokens_of_a_request_are_counted_once_for_all_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[str] = []
    entered: list[float] = []

    class OpenGate:
        async def enter(self, dollars: float, tokens: float) -> None:
            entered.extend((dollars, tokens))

        async def leave(self, held: float, dollars: float, tokens: float) -> None:
            """Nobody keeps count."""

    def count(text: str) -> int:
        counted.append(text)
        return 2

    monkeypatch.setattr(budget, "estimate_tokens", count)
    settings = Settings(model="m", price_in=1e6, price_out=1e6, max_tokens=10, max_cost=100)

    async def ask() -> None:
        async with Budget(settings, gate=OpenGate()).hold({"messages": []}):
            pass

    asyncio.run(ask())
    assert counted == ['{"messages": []}']
    assert entered == [13, 2]  # of the prompt half as much again, and the longest answer


def test_limit_reached_without_a_cache_does_not_promise_kept_answers() -> None:
    settings = Settings(model="m", max_requests=1, cache=None)

    async def ask_twice() -> None:
        budget = Budget(settings)
        for _ in range(2):
            async with budget.hold({}):
                pass

    with pytest.raises(BudgetSpent, match=r"is reached\. Raise it, or keep answers with --cache"):
        asyncio.run(ask_twice())


def test_question_that_failed_gives_its_money_back() -> None:
    settings = Settings(model="m", price_in=0, price_out=1e6, max_tokens=10, max_cost=10)

    async def fail_then_ask() -> None:
        budget = Budget(settings)
        with pytest.raises(ZeroDivisionError):
            async with budget.hold({}):
                raise ZeroDivisionError
        async with budget.hold({}) as spend:
            spend(Usage(tokens_in=1))

    asyncio.run(fail_then_ask())


def test_estimate_works_inside_a_running_event_loop(tmp_path: Path) -> None:
    """As in a notebook."""
    write_articles(tmp_path / "in", 1)

    async def cell() -> int:
        found = claimx.estimate(tmp_path / "in", model="m", base_url="http://localhost:9/v1")
        return found.requests

    assert asyncio.run(cell()) > 0
