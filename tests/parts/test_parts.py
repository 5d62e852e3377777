"""Runs in parts: the same table, whatever the parts, and whatever dies on the way."""

import asyncio
import errno
import gzip
import io
import json
import multiprocessing
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

import claimx
import claimx.echoes
from claimx.errors import BudgetSpent, InputError, ModelError, OutputError, RunStopped
from claimx.llm.journal import Journal
from claimx.parts import (
    Large,
    aextract_parts,
    aextract_rows,
    echoes,
    extract_parts,
    flow,
    large,
    limits,
    read_status,
)
from claimx.parts.large import deliver_rows
from claimx.parts.limits import Allowed, Answer, CommonGate, Limits, LimitsLost, Spent
from claimx.parts.local import LocalRunner
from claimx.parts.plan import describe_shape, make_plan
from claimx.parts.select import load_selection
from claimx.parts.store import Store
from claimx.parts.work import extract_part, pack_settings
from claimx.render import parquet
from claimx.review.select import choose_groups
from claimx.settings import make_settings
from tests.support.articles import SENTENCES, answer_from
from tests.support.command import claimx as command
from tests.support.parts import run_here
from tests.support.server import Reply, Script, Server, serve

ASKING = {"model": "m", "strategy": "window", "segment_tokens": 200, "concurrency": 1}


def good(_: int, body: dict[str, Any]) -> Reply:
    return Reply(answer_from(body))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Work on parts in this process; calls of the parts named may be lost."""

    def work_here(*dies: Callable[[str, int], bool]) -> None:
        monkeypatch.setattr(flow, "open_runner", run_here(*dies))

    work_here()
    return work_here


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with articles that share sentences, a copy, rows, and a file that is no article."""
    chance = random.Random(7)
    folder = tmp_path / "in"
    folder.mkdir()

    def write(outlet: str) -> str:
        shared = chance.sample(SENTENCES, 3)
        return f"{shared[0]} {shared[1]} Outlet {outlet} has {len(outlet)} people. {shared[2]}"

    for number in range(12):
        (folder / f"{number:02}.txt").write_text(write(f"A{number}"))
    (folder / "11.txt").write_text((folder / "00.txt").read_text())
    rows = [{"id": f"r{n}", "text": write(f"B{n}")} for n in range(3)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "empty.txt").write_text("")
    return folder


def forms(table: claimx.ClaimTable) -> tuple[str, bytes]:
    return table.to_json(), table.to_parquet()


class Asked:
    """Extracts with a server that answers *good*, or what *script* says, and keeps count."""

    def __init__(self, server: Server, articles: Path, work: Path) -> None:
        self._server = server
        self.articles, self.work = articles, work
        self.script: Script = good

    def in_parts(self, **options: Any) -> tuple[claimx.ClaimTable, list[str]]:
        """Return the table, and the bodies of all requests."""
        before = len(self._server.requests)
        table = extract_parts(self.articles, **self.options(**options))
        return table, self.list_bodies(before)

    def options(self, **options: Any) -> dict[str, Any]:
        """Return the options of a run."""
        return {"work": self.work, "part_kb": 1, "base_url": self._server.url} | ASKING | options

    def list_bodies(self, start: int = 0) -> list[str]:
        """List the bodies of the requests from *start* on."""
        bodies = self._server.requests[start:]
        return [json.dumps(body, sort_keys=True) for body in bodies]

    def at_once(self) -> claimx.ClaimTable:
        """Extract in this process alone."""
        return claimx.extract(self.articles, base_url=self._server.url, cache=None, **ASKING)


@pytest.fixture
def asked(articles: Path, tmp_path: Path) -> Iterator[Asked]:
    """What extracts the articles."""
    made: Asked

    def answer(number: int, body: dict[str, Any]) -> Reply:
        return made.script(number, body)

    with serve(answer) as server:
        made = Asked(server, articles, tmp_path / "w")
        yield made


@pytest.mark.usefixtures("here")
def test_table_is_that_of_one_process_whatever_the_parts(asked: Asked) -> None:
    one = forms(asked.at_once())
    counts = set()
    for size in (1, 2, 500):
        table, _ = asked.in_parts(part_kb=size)
        assert forms(table) == one
        counts.add(read_status(asked.work).parts)
    assert len(counts) == 3
    assert min(counts) == 1


@pytest.mark.usefixtures("here")
def test_sentences_as_they_are_make_the_same_table(articles: Path, tmp_path: Path) -> None:
    one = claimx.extract(articles, model="extractive")
    many = extract_parts(articles, model="extractive", work=tmp_path / "w", part_kb=1)
    assert forms(many) == forms(one)


@pytest.mark.usefixtures("here")
def test_part_that_is_there_is_not_done_again(asked: Asked) -> None:
    """And a copy of an article is asked about once."""
    first, bodies = asked.in_parts()
    again, none = asked.in_parts()
    assert forms(again) == forms(first)
    assert (len(set(bodies)), none) == (len(bodies), [])


@pytest.mark.usefixtures("here")
def test_new_article_leaves_other_parts_and_answers_as_they_are(asked: Asked) -> None:
    _, before = asked.in_parts()
    names = set((asked.work / "parts").iterdir())
    (asked.articles / "05a.txt").write_text("Bolt hired 40 people in Lund in June. Acme did not.")
    table, bodies = asked.in_parts()
    assert forms(table) == forms(asked.at_once())
    assert bodies
    assert set(bodies).isdisjoint(before)
    assert len(set((asked.work / "parts").iterdir()) - names) <= 2


def test_killed_process_loses_nothing_that_was_answered(asked: Asked) -> None:
    """Each question is asked once, but for the one under way when its process was killed."""
    killed = []

    def kill_once(number: int, body: dict[str, Any]) -> Reply:
        if number == 5:
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGKILL)
            killed.append(json.dumps(body, sort_keys=True))
            return Reply(answer_from(body), hang_up_after=0)
        return good(number, body)

    asked.script = kill_once
    table, bodies = asked.in_parts(workers=1)
    counts = Counter(bodies)
    assert counts.pop(killed[0]) == 2
    assert set(counts.values()) == {1}
    assert forms(table) == forms(asked.at_once())


def test_part_that_dies_three_times_is_listed_and_the_rest_goes_on(
    articles: Path, tmp_path: Path, here: Callable[..., None]
) -> None:
    settings = make_settings({"model": "extractive", "work": tmp_path / "w", "part_kb": 1})
    plan = make_plan(articles, settings, Store(tmp_path / "plan"))
    bad = plan.parts[1]
    options = ("extract", articles, "--work", "w", "--part-kb", "1", "-m", "extractive")

    here(lambda name, _: name == bad.name)
    result = command(*options, "-o", "t.json", cwd=tmp_path)
    assert result.returncode == 3
    names = [one.id for one in Store(tmp_path / "w").read_documents(bad.name)]
    assert len(names) > 3
    assert (
        f"claimx: failed: part {bad.name} ({', '.join(names[:3])} and {len(names) - 3} more): its "
        "process was killed (SIGKILL), 3 times (the system may be short of memory: pass fewer "
        f"--workers). Run the same command again. ({len(names)} times)\n" in result.stderr
    )
    assert (
        f"{len(plan.parts) - 1} done, 1 failed, 0 to do"
        in command("status", "w", cwd=tmp_path).stdout
    )

    here(lambda name, tries: name == bad.name and tries < 2)
    result = command(*options, "-o", "t.json", cwd=tmp_path)
    one = claimx.extract(articles, model="extractive")
    assert (tmp_path / "t.json").read_text() == one.to_json()
    assert result.returncode == 3  # of the empty file
    said = command("status", "w", cwd=tmp_path)
    assert (said.returncode, said.stdout.splitlines()[0]) == (
        0,
        f"{len(plan.parts)} parts of 15 documents: {len(plan.parts)} done, 0 failed, 0 to do",
    )


@pytest.mark.usefixtures("here")
def test_limit_of_requests_holds_for_all_parts_and_the_next_run_goes_on(asked: Asked) -> None:
    table, bodies = asked.in_parts(max_requests=6)
    assert len(bodies) == 6
    assert any("`max_requests=6` is reached" in one.error for one in table.failures)
    stop = asyncio.Event()
    stop.set()
    same, _ = asyncio.run(aextract_parts(asked.articles, stop=stop, **asked.options()))
    assert same.counts() == table.counts()  # what there is of a part stays in the table
    rest, more = asked.in_parts()
    assert set(more).isdisjoint(bodies)
    assert read_status(asked.work).requests == len(bodies) + len(more)
    assert forms(rest) == forms(asked.at_once())


@pytest.mark.usefixtures("here")
def test_rows_count_what_was_read_as_the_table_does(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, _ = asked.in_parts(max_requests=6)
    monkeypatch.setattr(flow, "MANY_CLAIMS", 1)
    stop = asyncio.Event()
    stop.set()
    rows, _ = asyncio.run(aextract_rows(asked.articles, stop=stop, **asked.options()))
    assert isinstance(rows, Large)
    assert rows.counts == table.counts()
    assert rows.counts.unread > 2


@pytest.mark.usefixtures("here")
def test_money_stops_the_whole(asked: Asked) -> None:
    prices = {"price_in": 0.0, "price_out": 1e6, "max_tokens": 5, "max_cost": 22}
    table, bodies = asked.in_parts(**prices)
    assert len(bodies) == 4  # of five dollars each
    assert sum("`max_cost=22` leaves too little" in one.error for one in table.failures) > 4
    progress = read_status(asked.work).last
    assert progress
    assert (progress.requests, progress.dollars) == (4, 20)


@pytest.mark.usefixtures("here")
def test_server_that_refuses_is_not_asked_by_every_part(asked: Asked) -> None:
    asked.script = lambda *_: Reply({}, status=401)
    with pytest.raises(ModelError, match="key refused"):
        asked.in_parts()
    assert read_status(asked.work).todo > 0


@pytest.mark.usefixtures("here")
def test_stop_lets_parts_under_way_end_and_lists_the_rest(asked: Asked) -> None:
    stop = asyncio.Event()

    def stop_soon(number: int, body: dict[str, Any]) -> Reply:
        if number == 4:
            stop.set()
        return good(number, body)

    asked.script = stop_soon
    table, _ = asyncio.run(aextract_parts(asked.articles, stop=stop, **asked.options()))
    before = asked.list_bodies()
    missing = {one.document_id for one in table.failures if "was stopped" in one.error}
    assert 0 < len(missing) < 15
    assert missing.isdisjoint(one.id for one in table.documents)
    assert (table.counts().documents, table.counts().partial) == (15 - len(missing), 0)
    rest, bodies = asked.in_parts()
    assert forms(rest) == forms(asked.at_once())
    assert set(bodies).isdisjoint(before)


@pytest.mark.usefixtures("here")
def test_no_key_is_written(asked: Asked) -> None:
    asked.in_parts(api_key="sk-of-nobody", headers={"x-own": "sk-of-nobody"})
    files = [path for path in asked.work.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if b"sk-of-nobody" in path.read_bytes()]


def test_part_is_not_worked_on_by_another_version(articles: Path, tmp_path: Path) -> None:
    settings = make_settings({"model": "extractive", "work": tmp_path})
    store = Store(tmp_path)
    [part, *_] = make_plan(articles, settings, store).parts
    shape = describe_shape(settings) | {"claimx": "0.0.1"}
    with pytest.raises(
        InputError, match=r"where a part was worked on, and '0\.0\.1' where the run"
    ):
        extract_part(tmp_path, part.name, (), shape, pack_settings(settings))


@pytest.mark.usefixtures("here")
def test_folder_of_parts_is_no_folder_of_articles_and_has_one_run_at_a_time(articles: Path) -> None:
    work = articles / "w"
    extract_parts(articles, model="extractive", work=work)
    assert len(claimx.extract(articles, model="extractive").documents) == 15
    with Store(work).lock(), pytest.raises(InputError, match="another run is at work there"):
        extract_parts(articles, model="extractive", work=work)


@pytest.mark.skipif(os.name == "nt", reason="no waitpid of this kind there")
def test_runner_closes_though_another_thread_took_the_end_of_its_process() -> None:
    runner = LocalRunner(1, Limits(Allowed()))
    process = runner._start().process
    process.kill()
    os.waitpid(process.pid or 0, 0)
    runner.close()


@pytest.mark.parametrize("name", ["reading/notes.txt", "table/a.csv", "a.txt"])
def test_folder_that_holds_something_else_is_left_as_it_is(
    articles: Path, tmp_path: Path, name: str
) -> None:
    work = tmp_path / "own"
    own = work / name
    own.parent.mkdir(parents=True)
    own.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"own: has other files\. Name an empty folder"):
        extract_parts(str(articles), work=work, model="extractive", workers=1)
    assert [path for path in work.rglob("*") if path.is_file()] == [own]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "work: name a folder"),
        ({"work": "s3://b/w"}, "work: files in it are appended to and renamed. Name a folder"),
        ({"work": "w", "model": "m", "record": "c"}, "record does not go with work"),
        ({"ray": "local"}, "ray: its machines need a folder"),
    ],
)
def test_options_that_do_not_go_with_parts_are_refused(
    options: dict[str, Any], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=why):
        extract_parts("nothing", **options)


def test_one_process_makes_no_parts(articles: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Call extract_parts"):
        claimx.extract(articles, model="extractive", work=tmp_path / "w")
    result = command("extract", "in", "--work", "w", "--dry-run", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (
        2,
        "claimx: --work goes with none of --add, --batch and --dry-run. Leave one out.\n",
    )


def test_journal_passes_over_a_line_that_was_cut_off(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    assert first.keep("a", {"text": "ja"})
    assert first.keep("b", {"text": "nei"})
    first.close()
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    again = Journal(tmp_path / "other", [tmp_path])
    assert (again.find("a"), again.find("b")) == ({"text": "ja"}, None)
    assert not (tmp_path / "other").exists()


def test_journal_begins_a_new_file_after_a_line_that_found_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def write(self, line: bytes) -> int:
            return len(line) - 5

        def close(self) -> None:
            pass

    journal = Journal(tmp_path)
    monkeypatch.setattr(journal, "_file", Full())
    with pytest.raises(OutputError, match=r"cannot be kept \(No space left on device\)"):
        journal.keep("a", {"text": "ja"})
    assert journal.keep("b", {"text": "nei"})
    journal.close()
    again = Journal(tmp_path)
    assert (again.find("a"), again.find("b")) == (None, {"text": "nei"})


def test_journal_goes_on_in_a_new_file_where_the_connection_to_its_disk_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lost:
        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

        def close(self) -> None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    journal = Journal(tmp_path)
    assert journal.keep("a", {"text": "ja"})
    journal.close()
    monkeypatch.setattr(journal, "_file", Lost())
    assert journal.keep("b", {"text": "nei"})
    journal.close()
    again = Journal(tmp_path)
    assert (again.find("a"), again.find("b")) == ({"text": "ja"}, {"text": "nei"})


def test_limits_hold_for_all_workers_together() -> None:
    now = [0.0]
    held = Limits(Allowed(requests=4, dollars=10.0, rpm=60.0), lambda: now[0])
    assert held.enter("1", 6, 100) == Answer()
    assert held.enter("2", 3, 100) == Answer(wait_s=1.0)  # one a second
    now[0] = 1.0
    assert held.enter("2", 6, 100).wait_s > 0  # until it is known what the first costs
    held.leave("1", 6, 1, 100)
    assert held.enter("2", 6, 100) == Answer()
    held.drop("2")  # its server may charge what it had sent
    assert held.count() == Spent(requests=2, tokens=100, dollars=7)
    now[0] = 2.0
    assert "--max-cost 10 leaves too little" in held.enter("1", 6, 100).spent
    later = Limits(Allowed(requests=4, dollars=10.0), spent=held.count())
    assert "--max-cost 10 leaves too little" in later.enter("1", 6, 100).spent
    held.stop("enough")
    assert held.enter("1", 0, 0) == Answer(stopped="enough")


def test_gate_says_no_in_the_words_of_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for answer, kind in ((Answer(stopped="s"), RunStopped), (Answer(spent="b"), BudgetSpent)):
        monkeypatch.setattr(limits, "_client", lambda *_, said=answer: said)
        with pytest.raises(kind):
            asyncio.run(CommonGate().enter(1, 1))


def test_process_without_limits_ends_once_its_answers_have_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer is not held up by what it cost, which nobody may want to know any more."""
    told: list[str] = []
    gone = threading.Event()

    def ask(method: str, *_: float) -> Answer:
        if gone.is_set():
            raise LimitsLost
        told.append(method)
        return Answer()

    def end(status: int) -> None:
        told.append(f"ended {status}")
        raise SystemExit

    async def answer(gate: CommonGate) -> None:
        await gate.enter(1, 1)
        gone.set()
        await asyncio.sleep(0.3)
        await gate.leave(1, 1, 1)
        told.append("kept")

    async def ask_two() -> None:
        gate = CommonGate()
        first = asyncio.create_task(answer(gate))
        await asyncio.to_thread(gone.wait)
        await gate.enter(1, 1)
        await first

    monkeypatch.setattr(limits, "_client", ask)
    monkeypatch.setattr(limits.os, "_exit", end)
    with pytest.raises(SystemExit):
        asyncio.run(ask_two())
    assert told == ["enter", "kept", "ended 1"]


@pytest.mark.usefixtures("here")
def test_rows_of_many_claims_are_those_of_the_table_though_not_in_memory(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in (claimx.echoes, echoes):
        monkeypatch.setattr(room, "ALL_PAIRS", 2)
    one = asked.at_once()
    assert one.echoes
    monkeypatch.setattr(flow, "MANY_CLAIMS", 5)
    monkeypatch.setattr(parquet, "GROUP_ROWS", 9)
    monkeypatch.setattr(echoes, "_BUCKET_DOCUMENTS", 4)
    monkeypatch.setattr(echoes, "_PAIRS", 1)
    table, _ = asyncio.run(aextract_rows(asked.articles, **asked.options()))
    assert isinstance(table, Large)
    assert table.counts == one.counts()
    assert tuple(table.failures) == one.failures
    assert len(table.files) > 3
    deliver_rows(table.files, asked.work / "t.parquet")
    assert (asked.work / "t.parquet").read_bytes() == one.to_parquet()
    monkeypatch.setattr(large, "MOST_ROWS", 9)
    deliver_rows(table.files, asked.work / "t.parquet")
    deliver_rows(table.files, asked.work / "t.parquet")
    rows = pyarrow.parquet.read_table(asked.work / "t.parquet")
    assert rows.equals(pyarrow.parquet.read_table(io.BytesIO(one.to_parquet())))
    (asked.work / "t.parquet" / "mine.txt").write_text("of another program")
    with pytest.raises(OutputError):
        deliver_rows(table.files, asked.work / "t.parquet")
    assert (asked.work / "t.parquet" / "mine.txt").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "name", ["table/*.parquet", "parts/*/*.parquet", "parts/*/results.gz", "parts/*/documents.gz"]
)
def test_damaged_run_is_said(articles: Path, tmp_path: Path, name: str) -> None:
    """A selection is made of all files or of none, also where one is of fewer documents."""
    options = ("extract", articles, "--work", "w", "-m", "extractive", "-q", "-o", "t.parquet")
    command(*options, cwd=tmp_path)
    path = min((tmp_path / "w").glob(name))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    said = command("show", "w", cwd=tmp_path)
    assert said.returncode == 1
    assert said.stderr.startswith(f"claimx: w/{path.relative_to(tmp_path / 'w')}: ")
    if path.suffix == ".gz":
        fewer = gzip.decompress(whole).splitlines(keepends=True)[1:]
        path.write_bytes(gzip.compress(b"".join(fewer)))
        assert "its files do not fit together" in command("show", "w", cwd=tmp_path).stderr


@pytest.mark.usefixtures("here")
def test_reading_ends_when_a_run_is_stopped(articles: Path, tmp_path: Path) -> None:
    """What an earlier run planned stays as it was."""
    settings = make_settings({"model": "extractive", "work": tmp_path / "w"})
    store = Store(tmp_path / "w")
    plan = make_plan(articles, settings, store)
    (articles / "new.txt").write_text("The bridge closed.")
    calls = iter((False, True))
    with pytest.raises(RunStopped):
        make_plan(articles, settings, store, lambda: next(calls))
    assert store.read_plan() == plan


@pytest.mark.usefixtures("here")
def test_document_of_a_run_is_named_as_that_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "003_a.txt").write_text("Acme opened a plant in Oslo on Monday.")
    (tmp_path / "in" / "004_b.txt").write_text("Bolt closed its factory in Rome in May.")
    (tmp_path / "in" / "005_c.txt").write_text("Why?")
    (tmp_path / "in" / "006_d.txt").write_text("The fire in the market hall killed 21 people.")
    (tmp_path / "in" / "007_e.txt").write_text("The fire in the market hall killed 22 people.")
    options = ("extract", "in", "--work", "w", "-m", "extractive", "-q", "-o")
    for name in ("t.parquet", "t.json"):
        assert command(*options, name, cwd=tmp_path).returncode == 0
    for table in ("w", "t.json"):
        for name in ("003_a.txt", "003", "003_"):
            shown = command("show", table, "--document", name, cwd=tmp_path).stdout
            assert "Acme opened" in shown
            assert "Bolt" not in shown
        nothing = command("show", table, "--document", "005", cwd=tmp_path)
        assert nothing.stderr == "claimx: no claim of the table passes these filters.\n"
        unknown = command("show", table, "--document", "00", cwd=tmp_path)
        assert unknown.stderr == ("claimx: 00: 5 documents begin so. Give more of it: 003_a.txt.\n")
        unknown = command("show", table, "--document", "Rome", cwd=tmp_path)
        assert unknown.stderr == (
            "claimx: Rome: no such document in the table. There are: 003, 004, 005, 006, 007.\n"
        )
        told = command("report", table, "--document", "003", "-o", "r.html", cwd=tmp_path)
        assert told.stderr == ""
        assert "Acme opened" in (tmp_path / "r.html").read_text()
        both = command("show", table, "--document", "006", "--conflicts", cwd=tmp_path).stdout
        assert "=== number: 21 people / 22 people" in both
        assert "in/007_e.txt:1:1" in both


@pytest.mark.usefixtures("here")
def test_selection_of_a_run_is_a_table_of_its_own(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for town, count in (("Oslo", 21), ("Lund", 22)):
        (articles / f"{town}.txt").write_text(f"The fire in the market hall killed {count} people.")
    options = ("extract", articles, "--work", "w", "--part-kb", "1", "-m", "extractive", "-q")
    monkeypatch.setattr(flow, "MANY_CLAIMS", 5)
    assert command(*options, "-o", "t.parquet", cwd=tmp_path).returncode == 3  # of an empty file
    whole = claimx.extract(articles, model="extractive")
    assert (tmp_path / "t.parquet").read_bytes() == whole.to_parquet()
    with monkeypatch.context() as small:
        small.setattr(parquet, "GROUP_ROWS", 5)
        small.setattr(large, "MOST_ROWS", 5)
        for _ in range(2):  # a file, then a folder of an earlier run, is replaced
            assert command(*options, "-o", "t.parquet", cwd=tmp_path).returncode == 3
            assert len(list((tmp_path / "t.parquet").iterdir())) > 1
    with monkeypatch.context() as fewer:
        fewer.setattr(flow, "MANY_CLAIMS", 200_000)
        assert command(*options, "-o", "t.parquet", cwd=tmp_path).returncode == 3
    assert (tmp_path / "t.parquet").read_bytes() == whole.to_parquet()
    (tmp_path / "other").mkdir()
    foreign = pyarrow.table({"group_id": ["of another program"]})
    pyarrow.parquet.write_table(foreign, tmp_path / "other" / "00000.parquet")
    refused = command(*options, "-o", "other", "-f", "parquet", cwd=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        2,
        "claimx: other: is a folder. Name a file in it.\n",
    )

    made = command("convert", "w", "--min-support", "4", "-o", "s.json", cwd=tmp_path)
    assert made.returncode == 0
    some = claimx.load_table(tmp_path / "s.json")
    wanted = {group.id: group for group in whole.groups if group.support >= 4}
    assert wanted
    assert {group.id for group in some.groups} == wanted.keys()
    assert all(group.claims == wanted[group.id].claims for group in some.groups)

    shown = command("show", "w", "--document", "Oslo.txt", cwd=tmp_path).stdout
    assert "The fire in the market hall killed 21 people." in shown
    disputed = [group for group in whole.groups if "market hall" in group.claim]
    fires = load_selection(tmp_path / "w", claim=disputed[0].id[:4])
    assert [group.id for group in fires.groups] == [disputed[0].id]
    every = load_selection(tmp_path / "w")
    assert whole.conflicts
    assert every.conflicts == whole.conflicts
    assert every.groups == tuple(g.model_copy(update={"entails": ()}) for g in whole.groups)
    checked = command("verify", "w", cwd=tmp_path)
    rows = len(whole.to_records())
    assert checked.stdout == f"{rows} citations: {rows} same, 0 moved, 0 changed, 0 missing\n"
    (articles / "Oslo.txt").write_text("The fire in the market hall killed nobody at all.")
    checked = command("verify", "w", cwd=tmp_path)
    assert (checked.returncode, len(checked.stdout.splitlines())) == (3, 2)
    for words in ("kill hall", "Market", "closed"):
        about = load_selection(tmp_path / "w", about=words).groups
        assert [one.id for one in about] == [one.id for one in choose_groups(whole, about=words)]
    assert command("report", "w", "--about", "hall fire", "-o", "r.html", cwd=tmp_path).stderr == ""
    assert "killed 21 people" in (tmp_path / "r.html").read_text()
    assert "in: a folder with no run in parts." in command("show", "in", cwd=tmp_path).stderr
