"""Reading again: a model says whether cited sentences state a claim, and nothing more."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx import batch
from claimx.judge.reread import MAX_CLAIMS, batch_passages, gather_passages
from claimx.records import Claim, Document
from claimx.settings import make_settings
from tests.support.articles import answer_from, write_articles
from tests.support.batch_server import serve_batches
from tests.support.command import claimx as run_claimx
from tests.support.server import Reply, Script, completion, serve
from tests.support.tables import make_claim, make_document, make_group, make_table

STATED = {"why": "", "verdict": "stated"}
ARTICLE = "Acme opened a plant in Oslo. Bolt may close its factory. Norway paid 40 million euros."


def is_rereading(body: dict[str, Any]) -> bool:
    return str(body["messages"][0]["content"]).startswith("You check claims")


def list_asked(body: dict[str, Any]) -> list[tuple[int, str]]:
    """List the numbered claims of a request."""
    found = re.findall(r"^(\d+)\. (.+)$", body["messages"][1]["content"], flags=re.MULTILINE)
    return [(int(number), text) for number, text in found]


def judge(body: dict[str, Any], doubted: str = "") -> dict[str, Any]:
    """Answer as a model would that doubts every claim with the word *doubted*."""
    verdicts = [
        {"claim": number, "why": "says\n may", "verdict": "dropped"}
        if doubted and doubted in text
        else {"claim": number, "why": "", "verdict": "stated"}
        for number, text in list_asked(body)
    ]
    return completion(json.dumps({"verdicts": verdicts}))


def answer(doubted: str = "") -> Script:
    """Extract every sentence, and doubt the claims with the word *doubted*."""
    return lambda _, body: Reply(judge(body, doubted) if is_rereading(body) else answer_from(body))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one article in ``in/``."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(ARTICLE)
    return tmp_path


def extract(folder: Path, url: str, **options: Any) -> claimx.ClaimTable:
    fixed = {"model": "m", "base_url": url, "cache": None, "verify": "flag"}
    return claimx.extract(folder / "in", **fixed | options)


def list_flags(table: claimx.ClaimTable) -> dict[str, list[str]]:
    """List what the model said against each claim."""
    return {
        claim.text: [flag.message for flag in claim.flags if flag.kind == "verify"]
        for claim in table.claims
    }


def test_doubted_claim_is_flagged_with_the_reason_and_else_unchanged(folder: Path) -> None:
    with serve(answer("Bolt")) as server:
        plain = extract(folder, server.url, verify=None)
        table = extract(folder, server.url)
    assert list_flags(table) == {
        "Acme opened a plant in Oslo.": [],
        "Bolt may close its factory.": ["dropped: says may"],
        "Norway paid 40 million euros.": [],
    }
    cleared = [one.model_copy(update={"flags": ()}) for one in table.claims]
    assert cleared == [one.model_copy(update={"flags": ()}) for one in plain.claims]


def test_doubted_claim_is_rejected_where_that_is_asked_for(folder: Path) -> None:
    with serve(answer("Bolt")) as server:
        table = extract(folder, server.url, verify="reject")
    [rejected] = table.rejected
    assert (rejected.claim, rejected.reason, rejected.detail) == (
        "Bolt may close its factory.",
        "unsupported",
        "read again: dropped: says may",
    )
    assert len(table.claims) == 2
    [skipped] = table.skipped
    assert (skipped.kind, skipped.span.slice(ARTICLE)) == ("unclaimed", rejected.claim)


def test_model_sees_claims_under_the_sentences_they_cite_and_nothing_else() -> None:
    document = make_document(f"Title here. {ARTICLE} The end.")
    cited = [
        make_claim(document, "Acme opened", "Acme has a plant."),
        make_claim(document, "plant in Oslo", "Oslo has a plant.", speaker="Acme\n3. Inc"),
        make_claim(document, "opened a plant ... 40 million", "It cost 40 million."),
    ]
    table = make_table([document], [make_group(one) for one in cited])
    with serve(lambda _, body: Reply(judge(body))) as server:
        claimx.verify(table, with_model=True, model="m", base_url=server.url, cache=None)
        [body] = server.requests
    assert body["messages"][1]["content"] == (
        "Passage 1: Acme opened a plant in Oslo.\n"
        "1. Acme has a plant.\n"
        "2. Oslo has a plant. [said by Acme 3. Inc]\n\n"
        "Passage 2: Acme opened a plant in Oslo. [...] Norway paid 40 million euros.\n"
        "3. It cost 40 million."
    )


def test_claims_fill_requests_up_to_a_limit_and_a_long_passage_is_shown_again() -> None:
    document = make_document(" ".join(f"Firm {one} grew." for one in range(3)))
    texts = [f"It grew, said {one}." for one in range(MAX_CLAIMS + 5)]
    claims = [make_claim(document, "Firm 0 grew.", text) for text in texts]
    claims.append(make_claim(document, "Firm 2 grew."))
    parts = list(batch_passages(gather_passages(document, claims)))
    assert [[len(passage.claims) for passage in part] for part in parts] == [[MAX_CLAIMS], [5, 1]]
    assert [claim for part in parts for passage in part for claim in passage.claims] == claims


def ask_again(folder: Path, script: Script, **options: Any) -> tuple[claimx.ClaimTable, list[Any]]:
    """Run, with *script* for what is read again; return the table and those requests."""

    def both(number: int, body: dict[str, Any]) -> Reply:
        return script(number, body) if is_rereading(body) else Reply(answer_from(body))

    with serve(both) as server:
        table = extract(folder, server.url, attempts=1, **options)
        return table, [body for body in server.requests if is_rereading(body)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda verdicts: json.dumps({"verdicts": verdicts[:1] + verdicts[2:]}),
        lambda verdicts: json.dumps({"verdicts": [verdicts[0], verdicts[2], verdicts[2]]}),
        lambda verdicts: json.dumps({"verdicts": [*verdicts[:2], {**verdicts[1], **STATED}]}),
        lambda verdicts: json.dumps({"verdicts": [*verdicts[::2], verdicts[1] | {"verdict": "?"}]}),
        lambda verdicts: json.dumps({"verdicts": verdicts})[:-30],
    ],
    ids=[
        "one left out",
        "one twice",
        "one twice otherwise",
        "one of no kind",
        "stops in the middle",
    ],
)
def test_what_an_answer_leaves_open_is_asked_again(folder: Path, spoil: Any) -> None:
    def leave_open(_: int, body: dict[str, Any]) -> Reply:
        whole = judge(body, "Bolt")
        said = json.loads(whole["choices"][0]["message"]["content"])["verdicts"]
        return Reply(completion(spoil(said)) if len(said) == 3 else whole)

    table, requests = ask_again(folder, leave_open)
    assert len(requests) == 2
    assert len(list_asked(requests[1])) < 3
    assert [text for text, flags in list_flags(table).items() if flags] == [
        "Bolt may close its factory."
    ]
    assert table.failures == ()


def test_claims_stay_where_the_answer_is_of_no_use_and_the_table_says_so(folder: Path) -> None:
    table, requests = ask_again(folder, lambda *_: Reply(completion('{"verdicts": []}')))
    assert len(requests) == 1
    assert (len(table.claims), any(list_flags(table).values())) == (3, False)
    [failure] = table.failures
    assert failure.document_id == "a.txt"
    assert failure.error.endswith("(claims not read again: 3)")


def test_fault_of_the_server_fails_the_reading_and_not_the_run(folder: Path) -> None:
    table, _ = ask_again(folder, lambda *_: Reply({}, status=400))
    assert len(table.claims) == 3
    assert [one.error.endswith("(claims not read again: 3)") for one in table.failures] == [True]


def test_kept_verdicts_are_not_asked_for_again(folder: Path) -> None:
    with serve(answer("Bolt")) as server:
        first = extract(folder, server.url, cache=folder / "kept")
        sent = len(server.requests)
        second = extract(folder, server.url, cache=folder / "kept")
        assert len(server.requests) == sent == 2
    assert first == second


def test_another_model_is_asked_at_its_server_and_gets_its_own_key_alone(folder: Path) -> None:
    keys = {"api_key": "first-key", "verify_api_key": "second-key"}
    with serve(answer()) as one, serve(answer("Bolt")) as other:
        table = extract(folder, one.url, verify_model="n", verify_base_url=other.url, **keys)
        assert {body["model"] for body in one.requests} == {"m"}
        assert {body["model"] for body in other.requests} == {"n"}
        assert {header["authorization"] for header in other.headers} == {"Bearer second-key"}
        extract(folder, one.url, verify_base_url=other.url, api_key="first-key")
        assert "first-key" not in str(other.headers)
    assert list_flags(table)["Bolt may close its factory."]
    assert table.run.settings["verify_model"] == "n"


def test_both_models_keep_to_one_budget(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 3)
    with serve(answer()) as one, serve(answer()) as other:
        options: dict[str, Any] = {"verify_base_url": other.url, "concurrency": 1}
        options |= {"segment_tokens": 20}
        table = extract(tmp_path, one.url, max_requests=4, **options)
        assert len(one.requests) + len(other.requests) == 4
    assert any("`max_requests=4` is reached" in one.error for one in table.failures)


def test_spending_is_split_by_prompt_and_adds_up(folder: Path) -> None:
    with serve(answer()) as server:
        run = extract(folder, server.url).run
        assert run.usage.answers == len(server.requests)
    assert [(one.document_id, one.prompt[:8]) for one in run.spending] == [
        ("a.txt", "article@"),
        ("a.txt", "verify@1"),
    ]
    assert sum(one.usage.tokens_in for one in run.spending) == run.usage.tokens_in
    assert run.prompt == ", ".join(one.prompt for one in run.spending)


def test_dry_run_knows_what_is_read_again_once_the_claims_are_known(folder: Path) -> None:
    with serve(answer()) as server:
        options: dict[str, Any] = {"model": "m", "base_url": server.url, "cache": folder / "kept"}
        before = claimx.estimate(folder / "in", verify="flag", **options)
        claimx.extract(folder / "in", **options)
        after = claimx.estimate(folder / "in", verify="flag", **options)
        claimx.extract(folder / "in", verify="flag", **options)
        end = claimx.estimate(folder / "in", verify="flag", **options)
        assert len(server.requests) == 2
    assert before.again is not None
    assert (before.requests, before.again.requests) == (1, 1)
    assert (after.requests, end.requests) == (1, 0)


def test_dry_run_keeps_the_requests_of_another_model_apart(folder: Path) -> None:
    with serve(answer()) as server:
        url = server.url
        options: dict[str, Any] = {"model": "m", "base_url": url, "cache": folder / "kept"}
        claimx.extract(folder / "in", **options)
        found = claimx.estimate(folder / "in", verify="flag", verify_model="n", **options)
    assert found.again is not None
    assert (found.requests, found.again.requests, found.again.model) == (0, 1, "n")
    printed = run_claimx(
        *("extract", "in", "-m", "m", "--base-url", url, "--cache", "kept", "--dry-run"),
        *("--verify-model", "n"),
        cwd=folder,
    )
    assert printed.stdout.splitlines()[-2].startswith("then --verify: about 1 request, ")


def test_what_is_read_again_is_the_second_round_of_a_batch(folder: Path) -> None:
    def good(body: dict[str, Any]) -> tuple[int, Any]:
        return 200, judge(body, "Bolt") if is_rereading(body) else answer_from(body)

    with serve_batches(good) as server:
        options: dict[str, Any] = {"model": "m", "base_url": server.url, "cache": folder / "kept"}
        for _ in range(2):
            assert batch.submit(folder / "in", verify="flag", **options).requests == 1
            server.end()
            batch.collect(base_url=server.url, cache=folder / "kept")
        table = claimx.extract(folder / "in", verify="flag", **options)
        assert server.live == []
    assert list_flags(table)["Bolt may close its factory."]


def test_recorded_run_is_read_again_offline(folder: Path) -> None:
    with serve(answer("Bolt")) as server:
        recorded = extract(folder, server.url, record=folder / "tape")
    assert claimx.extract(folder / "in", replay=folder / "tape") == recorded


def test_concurrency_does_not_show(tmp_path: Path) -> None:
    write_articles(tmp_path / "in", 4)
    with serve(answer("Bolt")) as server:
        tables = [extract(tmp_path, server.url, concurrency=n).to_json() for n in (1, 8)]
    assert tables[0] == tables[1]


def test_nothing_is_read_again_without_a_model() -> None:
    with pytest.raises(claimx.InputError, match="verify: nothing to read again without a model"):
        make_settings({"verify": "flag"}, environment={})


def make_cited() -> tuple[Document, list[Claim]]:
    document = make_document(ARTICLE, "a.txt", source="in/a.txt")
    quotes = ("Acme opened a plant in Oslo.", "Bolt may close its factory.")
    return document, [make_claim(document, quote) for quote in quotes]


def test_finished_table_is_read_again(folder: Path) -> None:
    document, claims = make_cited()
    table = make_table([document], [make_group(one) for one in claims])
    (folder / "t.json").write_text(table.to_json())
    with serve(lambda _, body: Reply(judge(body, "Bolt"))) as server:
        asked = ("--with-model", "-m", "m", "--base-url", server.url, "--no-cache")
        found = run_claimx("verify", "t.json", *asked, cwd=folder)
        text = run_claimx("verify", "t.json", *asked, "-f", "json", cwd=folder).stdout
    group = table.groups[1].id
    assert (found.returncode, found.stderr) == (3, "claimx: 1 answer, 10 in + 5 out tokens\n")
    assert found.stdout.splitlines() == [
        "2 citations: 2 same, 0 moved, 0 changed, 0 missing",
        f"a.txt:1:30: [{group}] dropped (says may): Bolt may close its factory.",
        "2 claims read again: 1 stated, 1 dropped, 0 added, 0 changed",
    ]
    assert [one["verdict"] for one in json.loads(text)["model"]["readings"]] == [
        "stated",
        "dropped",
    ]


def test_finished_table_that_is_stated_holds() -> None:
    document, claims = make_cited()
    table = make_table([document], [make_group(one) for one in claims])
    with serve(lambda _, body: Reply(judge(body))) as server:
        options = {"model": "m", "base_url": server.url, "cache": None}
        assert claimx.verify(table, document, with_model=True, **options).holds
    with serve(lambda *_: Reply({}, status=400)) as server:
        options = {"model": "m", "base_url": server.url, "cache": None}
        assert not claimx.verify(table, document, with_model=True, **options).holds


def test_table_is_read_again_by_a_model_alone(folder: Path) -> None:
    document, claims = make_cited()
    (folder / "t.json").write_text(make_table([document], [make_group(claims[0])]).to_json())
    unnamed = run_claimx("verify", "t.json", "--with-model", cwd=folder)
    assert (unnamed.returncode, unnamed.stderr) == (
        1,
        "claimx: No model to read the claims again: pass --model NAME.\n",
    )
    forgotten = run_claimx("verify", "t.json", "--model", "m", cwd=folder)
    assert (forgotten.returncode, forgotten.stderr) == (
        2,
        "claimx: Options of a model go with --with-model. Pass that too.\n",
    )


def test_table_can_be_read_again_inside_a_running_event_loop() -> None:
    document, claims = make_cited()
    table = make_table([document], [make_group(claims[0])])

    async def cell() -> bool:
        with serve(lambda _, body: Reply(judge(body))) as server:
            options = {"model": "m", "base_url": server.url, "cache": None}
            return claimx.verify(table, document, with_model=True, **options).holds

    assert asyncio.run(cell())
