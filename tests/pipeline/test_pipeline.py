"""The whole flow: what goes in comes out, whatever the order, the moment or the faults."""

import asyncio
import json
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx import echoes
from claimx.errors import InputError, ModelUnavailable
from claimx.pipeline import asking, flow
from claimx.pipeline.asking import Progress
from claimx.pipeline.session import run_loop
from claimx.records import Document
from claimx.segment import parsed
from tests.support.articles import SENTENCES, answer_from, extract, write_articles
from tests.support.server import Reply, claims, completion, serve


def test_table_cites_exact_slices_and_adds_up(tmp_path: Path) -> None:
    table, requests = extract(
        write_articles(tmp_path / "in"), lambda _, body: Reply(answer_from(body))
    )
    texts = {document.id: document.text for document in table.documents}
    for group in table.groups:
        for citation in group.citations:
            assert citation.span.slice(texts[citation.document_id]) == citation.quote
    counts = table.counts()
    assert counts.proposed == counts.cited + sum(counts.rejected.values()) == 20
    assert table.run.usage.answers == requests
    assert table.run.answered == "2023-11-14T22:13:20Z"


def test_same_sentence_in_several_articles_is_one_group(tmp_path: Path) -> None:
    table, _ = extract(write_articles(tmp_path / "in"), lambda _, body: Reply(answer_from(body)))
    support = {group.claim: group.support for group in table.groups}
    assert max(support.values()) > 1
    for sentence in SENTENCES:
        stands_in = sum(sentence in document.text for document in table.documents)
        assert support.get(sentence, 0) == stands_in


def test_concurrency_and_delays_do_not_show(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in")
    chance = random.Random(3)

    def slow(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body), delay_s=chance.random() / 50)

    tables = [extract(folder, slow, concurrency=n)[0].to_json() for n in (1, 16, 3)]
    assert tables[0] == tables[1] == tables[2]


def test_faults_do_not_show(tmp_path: Path) -> None:
    """With a third of all answers faulty, the table is the same, byte for byte."""
    folder = write_articles(tmp_path / "in")
    chance = random.Random(5)
    faults = [
        Reply({}, status=429, headers={"retry-after": "0"}),
        Reply({}, status=500),
        Reply(completion("{}"), hang_up_after=9),
        Reply('{"id": '),
    ]

    def faulty(_: int, body: dict[str, Any]) -> Reply:
        return chance.choice(faults) if chance.random() < 0.33 else Reply(answer_from(body))

    clean, _ = extract(folder, lambda _, body: Reply(answer_from(body)))
    faulted, requests = extract(folder, faulty, attempts=20, concurrency=1)
    clean_attempts = clean.model_dump() | {"run": None}
    assert faulted.model_dump() | {"run": None} == clean_attempts
    assert faulted.run.usage == clean.run.usage
    assert requests > faulted.run.usage.answers


def test_group_keeps_its_id_when_documents_come_that_do_not_touch_it(seeds: Path) -> None:
    paths = sorted(seeds.glob("*.txt"))
    before = claimx.extract(*paths[:3], model="extractive")
    after = {group.id: group for group in claimx.extract(seeds, model="extractive").groups}
    ids = {frozenset(claim.id for claim in group.claims): name for name, group in after.items()}
    same = [group for group in before.groups if frozenset(c.id for c in group.claims) in ids]
    assert len(same) > len(before.groups) / 2
    assert all(after[group.id].claims == group.claims for group in same)


def test_works_inside_a_running_event_loop(tmp_path: Path) -> None:
    """As in a notebook."""
    folder = write_articles(tmp_path / "in", 1)

    async def cell() -> int:
        return len(claimx.extract(folder, model="extractive").groups)

    assert asyncio.run(cell()) > 0


def test_async_form_gives_the_same_table(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in", 2)
    blocking = claimx.extract(folder, model="extractive")
    assert asyncio.run(claimx.aextract(folder, model="extractive")) == blocking


def test_progress_is_told_after_every_segment(tmp_path: Path) -> None:
    seen: list[Progress] = []
    folder = write_articles(tmp_path / "in", 2)
    extract(folder, lambda _, body: Reply(answer_from(body)), watch=seen.append)
    assert [one.done for one in seen] == list(range(1, seen[-1].segments + 1))
    assert seen[-1].sent == seen[-1].segments


def test_quote_that_is_not_there_is_rejected_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Costs fell 4% in the spring of last year.")
    wrong = {
        "sentences": [1],
        "quote": "Costs fell 9% in the spring of last year.",
        "speaker": None,
        "claim": "Costs fell 9% in the spring of last year.",
        "modality": "asserted",
    }
    table, _ = extract(tmp_path, lambda *_: Reply(claims(wrong)))
    [rejected] = table.rejected
    assert (table.groups, rejected.reason) == ((), "not_found")
    assert "nearest: 'Costs fell 4% in the spring of last year.', line 1" in rejected.detail


def test_claim_said_twice_of_the_same_words_is_rejected_as_duplicate(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SENTENCES[0])
    claim = json.loads(
        answer_from({"messages": [{}, {"content": f"1. {SENTENCES[0]}"}]})["choices"][0]["message"][
            "content"
        ]
    )["claims"][0]
    table, _ = extract(tmp_path, lambda *_: Reply(claims(claim, claim)))
    assert (table.counts().cited, table.counts().rejected) == (1, {"duplicate": 1})


def test_claim_about_something_else_than_its_quote_is_rejected_as_unsupported(
    tmp_path: Path,
) -> None:
    """An exact quote is no citation of a claim that it does not make."""
    (tmp_path / "a.txt").write_text(f"{SENTENCES[0]} {SENTENCES[4]}")
    wrong = {
        "sentences": [2],
        "quote": SENTENCES[4],
        "speaker": None,
        "claim": "Acme opened a large plant near the harbour on Monday.",
        "modality": "asserted",
    }
    table, _ = extract(tmp_path, lambda *_: Reply(claims(wrong)), segment_tokens=100)
    [rejected] = table.rejected
    assert (table.groups, rejected.reason) == ((), "unsupported")
    assert rejected.detail.startswith("says something else: 0 of its ")


def test_asking_begins_before_all_is_read(tmp_path: Path) -> None:
    """What is written to a later file after the first question is what is read of it."""
    folder = write_articles(tmp_path / "in", 9)
    last = folder / "8.txt"

    def answer(number: int, body: dict[str, Any]) -> Reply:
        if number == 0:
            last.write_text("Written after the first question was asked.")
        return Reply(answer_from(body))

    table, _ = extract(folder, answer, concurrency=1)
    assert len(table.documents) == 9
    assert table.documents[8].text == last.read_text()
    assert table.documents[8].text.startswith("Written after")


def test_files_are_not_opened_once_the_run_is_stopped(tmp_path: Path) -> None:
    """To read thousands only to say that they were not asked about would take long."""
    folder = write_articles(tmp_path / "in", 20)

    async def run() -> claimx.ClaimTable:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def answer(_: int, body: dict[str, Any]) -> Reply:
            loop.call_soon_threadsafe(stop.set)
            return Reply(answer_from(body), delay_s=0.1)

        with serve(answer) as server:
            options = {"model": "m", "base_url": server.url, "cache": None, "concurrency": 1}
            return await claimx.aextract(folder, stop=stop, **options)

    table = asyncio.run(run())
    assert 0 < len(table.documents) < 5
    opened = {document.id for document in table.documents}
    failed = {failure.document_id for failure in table.failures}
    assert opened | failed == {path.name for path in folder.iterdir()}
    assert {failure.error for failure in table.failures} == {
        "not asked, because the run was stopped. Run it again to go on."
    }


def test_document_is_read_or_read_in_part_or_not_read(tmp_path: Path) -> None:
    """One that nobody was asked about is no document of the table, and counts nowhere."""
    table, _ = extract(
        write_articles(tmp_path / "in"),
        lambda _, body: Reply(answer_from(body)),
        concurrency=1,
        max_requests=4,
    )
    assert [one.id for one in table.documents] == ["0.txt", "1.txt"]
    assert {claim.document_id for claim in table.claims} == {"0.txt", "1.txt"}
    assert [(one.document_id, one.error.split(":")[0]) for one in table.failures] == [
        ("1.txt", "read in part, 1 of 3 segments; the rest"),
        ("2.txt", "not asked"),
        ("3.txt", "not asked"),
    ]
    assert {(one.document_id, one.reason) for one in table.skipped} == {
        ("1.txt", "not read: there was no answer about it")
    }
    counts = table.counts()
    assert (counts.documents, counts.partial, counts.unread) == (2, 1, 2)
    assert "**3 failures**: see the end. 2 documents (1 in part), 2 not read." in (
        table.to_markdown()
    )
    assert claimx.ClaimTable.from_json(table.to_json()) == table
    more, _ = extract(
        tmp_path / "in", lambda _, body: Reply(answer_from(body)), concurrency=1, add=table
    )
    assert more.counts().documents == 4
    assert not more.failures


@pytest.mark.parametrize("rows", [True, False])
def test_run_without_a_model_stops_between_documents(tmp_path: Path, rows: bool) -> None:
    """Whether they are in memory or in one file, and with a table of those before."""
    texts = [f"Acme opened plant {number} in Oslo on Monday." for number in range(20)]
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))

    async def run() -> claimx.ClaimTable:
        stop = asyncio.Event()

        def watch(progress: Progress) -> None:
            if progress.finished == 3:
                stop.set()

        source = path if rows else [claimx.make_document(text, text[12:20]) for text in texts]
        return await claimx.aextract(source, model="extractive", stop=stop, watch=watch)

    table = asyncio.run(run())
    left = {one.document_id for one in table.failures}
    assert {claim.document_id for claim in table.claims} == {
        one.id for one in table.documents if one.id not in left
    }
    assert 3 <= len(table.claims) < 10
    assert {one.error for one in table.failures} == {
        "not asked, because the run was stopped. Run it again to go on."
    }


def test_another_thread_stops_a_blocking_run(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in", 20)
    stop = threading.Event()

    def answer(_: int, body: dict[str, Any]) -> Reply:
        stop.set()
        return Reply(answer_from(body), delay_s=0.1)

    table, asked = extract(folder, answer, stop=stop, concurrency=1)
    assert asked < 10
    assert table.groups
    assert table.failures[-1].error.startswith("not asked, because the run was stopped.")


def test_interrupt_ends_a_run_in_a_notebook(tmp_path: Path) -> None:
    """The run is in a thread of its own there, which would go on to its end."""
    folder = write_articles(tmp_path / "in", 20)
    reader, asked = threading.main_thread(), []

    def answer(number: int, body: dict[str, Any]) -> Reply:
        asked.append(number)
        if number == 1 and reader.ident is not None:
            signal.pthread_kill(reader.ident, signal.SIGINT)
        return Reply(answer_from(body), delay_s=0.05)

    async def use_cell() -> None:
        extract(folder, answer, concurrency=1)

    loop = asyncio.new_event_loop()
    # a shell lets commands in the background ignore Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(use_cell())
    finally:
        signal.signal(signal.SIGINT, before)
        loop.close()
    assert len(asked) < 30  # of 60


def test_answers_come_in_while_a_document_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test double of the checks returns only once everything else has been answered."""
    folder = write_articles(tmp_path / "in", 4)
    _, needed = extract(folder, lambda _, body: Reply(answer_from(body)), concurrency=4)
    received: list[str] = []
    check = flow.assess_proposals

    def check_late(*args: Any) -> Any:
        latest = time.monotonic() + 20
        while len(received) < needed and time.monotonic() < latest:
            time.sleep(0.001)
        waited.append(len(received))
        return check(*args)

    def answer(_: int, body: dict[str, Any]) -> Reply:
        received.append("")
        return Reply(answer_from(body), delay_s=0.01)

    waited: list[int] = []
    monkeypatch.setattr(flow, "assess_proposals", check_late)
    monkeypatch.setattr(asking, "_LONG", 10)
    extract(folder, answer, concurrency=4)
    assert waited == [needed] * 4


@pytest.mark.parametrize("strategy", ["window", "stepwise", "article", "extractive"])
def test_document_is_analysed_once_however_many_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    """Splitting, attribution and aliases are worked out once each for 40 documents, 8 at once."""
    folder = write_articles(tmp_path / "in", 40)
    counts: Counter[str] = Counter()

    def count(name: str) -> None:
        work = getattr(parsed, name)

        def counted(text: str, *args: Any) -> Any:
            counts[name] += 1
            return work(text, *args)

        monkeypatch.setattr(parsed, name, counted)

    for name in ("split_sentences", "attribute_sentences", "find_aliases"):
        count(name)
    monkeypatch.setattr(echoes, "split_sentences", parsed.split_sentences)
    if strategy == "extractive":
        claimx.extract(folder, model="extractive")
    else:
        options = {"strategy": strategy, "concurrency": 8, "min_coverage": 0.9}
        extract(folder, lambda _, body: Reply(answer_from(body)), **options)
    assert counts["split_sentences"] == counts["attribute_sentences"] == 40
    assert counts["find_aliases"] in (0, 40)


def test_text_that_no_file_could_hold_is_read_all_the_same() -> None:
    document = claimx.make_document("Acme opened a plant \ud800 in Oslo.", "a")
    table = claimx.extract(document, model="extractive")
    assert table.documents[0].text == document.text


def test_nothing_to_read_is_an_error() -> None:
    with pytest.raises(InputError, match="Nothing to read: name a file or folder"):
        claimx.extract()


def test_option_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="tempreature"):
        claimx.extract("x", tempreature=1)


def test_server_lost_after_some_answers_keeps_what_it_gave(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in")

    def dying(number: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body)) if number < 3 else Reply({}, status=500)

    table, _ = extract(folder, dying, concurrency=1, attempts=2)
    assert table.counts().cited > 0
    assert table.failures
    assert all("HTTP 500 after 2 attempts" in failure.error for failure in table.failures)


def test_segment_refused_first_does_not_stop_the_others(tmp_path: Path) -> None:
    """HTTP 400 is about one request (too long, say), even when it is the first."""
    folder = write_articles(tmp_path / "in")

    def script(number: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_from(body)) if number else Reply({}, status=400)

    table, _ = extract(folder, script, concurrency=1)
    assert len(table.failures) == 1
    assert table.counts().cited > 0


def test_server_that_never_answers_is_an_error_not_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="HTTP 500"):
        extract(write_articles(tmp_path / "in"), lambda *_: Reply({}, status=500))


@pytest.mark.parametrize("concurrency", [1, 16])
def test_seeds_replay_to_exact_citations(seeds: Path, concurrency: int) -> None:
    """The recorded answers of a real model, end to end, with no network."""
    cassettes = seeds.parent / "cassettes" / "seeds"
    table = claimx.extract(seeds, replay=cassettes, concurrency=concurrency)
    for group in table.groups:
        for citation in group.citations:
            text = (seeds / citation.document_id).read_bytes().decode()
            assert text[citation.span.start : citation.span.end] == citation.quote
    assert table.failures == ()
    assert table.counts().shared > 0


def test_seeds_replay_to_the_same_bytes_whatever_the_concurrency(seeds: Path) -> None:
    cassettes = seeds.parent / "cassettes" / "seeds"
    one, many = (
        claimx.extract(seeds, replay=cassettes, concurrency=number).to_json() for number in (1, 16)
    )
    assert one == many


def test_one_changed_byte_of_the_prompt_is_a_miss(seeds: Path, tmp_path: Path) -> None:
    for name in ("resolve.md", "split.md"):
        prompt = (seeds.parent / "prompts" / name).read_text("utf-8")
        at = prompt.index("{% block system %}") + len("{% block system %}\n")
        (tmp_path / name).write_text(prompt[:at] + "x" + prompt[at + 1 :], "utf-8")
    with pytest.raises(claimx.OfflineMiss, match=r"\.txt, segment \d+: no recorded answer: body"):
        claimx.extract(seeds, replay=seeds.parent / "cassettes" / "seeds", prompts=tmp_path)


def test_toll_that_rises_in_dated_articles_is_a_development() -> None:
    """The day of each article reaches the matcher."""
    days = {"a": ("2031-05-06", "21"), "b": ("2031-05-07", "22")}
    documents = [
        Document(id=name, text=f"The storm killed {toll} people in Lagos.", date=day)
        for name, (day, toll) in days.items()
    ]
    table = claimx.extract(*documents, model="extractive")
    [conflict] = table.conflicts
    page = table.to_markdown()
    assert "## What changed" in page
    assert "disagree" not in page
    assert "disputed" not in page
    [development] = table.timeline().developments
    assert [step.value for step in development.steps] == ["21 people", "22 people"]
    assert (conflict.kind, conflict.why) == ("development", "21 people / 22 people")


def test_result_of_a_run_is_not_written_out_where_its_loop_ends() -> None:
    """Python would put it into the text of an error that it drops: seconds for a large table."""
    written: list[str] = []

    class Table:
        def __repr__(self) -> str:
            written.append("table")
            return "table"

    async def extract() -> Table:
        return Table()

    assert isinstance(run_loop(extract()), Table)
    assert not written
