"""What fails beside a run in parts: its disk, its folder, the system, other commands."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import claimx
from claimx.errors import InputError, OutputError
from claimx.match.stages import match_parts, tables
from claimx.parts import extract_parts, flow, lock, match, read_status, run, store
from claimx.parts.faults import Loss, describe_end
from claimx.parts.lock import lock_folder
from claimx.parts.match import match_files
from claimx.parts.run import NeverOver, Queue, make_call
from claimx.parts.store import MARK, Store
from tests.support.articles import SENTENCES, answer_from
from tests.support.command import claimx as command
from tests.support.parts import run_here
from tests.support.server import Reply, serve

ASKING = ("-m", "m", "--strategy", "window", "--concurrency", "1", "--part-kb", "1", "--quiet")


def make_full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on parts in this process, without waiting for a disk that is away."""
    monkeypatch.setattr(run, "_DISK_PAUSE_S", 0.0)
    monkeypatch.setattr(flow, "open_runner", run_here())
    monkeypatch.setattr(match, "open_runner", run_here())


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        said = " ".join(SENTENCES[number : number + 3])
        (folder / f"{number:02}.txt").write_text(f"{said} Outlet {number} has {number}00 people.")
    return folder


def fill_disk(patch: pytest.MonkeyPatch, name: str) -> None:
    """Let files called *name* find no room."""
    write = store.write_whole

    def write_some(path: Path, data: bytes) -> None:
        if path.name == name:
            full = make_full()
            full.filename = str(path)
            raise full
        write(path, data)

    patch.setattr(store, "write_whole", write_some)


@pytest.mark.parametrize("full", ["documents.gz", "plan.json", "progress.json", "results.gz"])
def test_full_disk_ends_the_run_in_one_line_and_the_same_command_goes_on(
    full: str, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("extract", articles, "--work", "w", "--part-kb", "1", "-m", "extractive", "-q")
    with monkeypatch.context() as patch:
        fill_disk(patch, full)
        ended = command(*options, "-o", "t.json", cwd=tmp_path)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert full in line
    assert line.endswith(
        ": cannot be read or written (No space left on device). Mend that, and run the same "
        "command again: what is done is kept."
    )
    assert not (tmp_path / "t.json").exists()
    assert command(*options, "-o", "t.json", cwd=tmp_path) == (0, "", "")
    one = claimx.extract(articles, model="extractive")
    assert (tmp_path / "t.json").read_text() == one.to_json()


def test_answer_that_cannot_be_kept_is_the_last_that_is_asked_for(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def write(self, _: bytes) -> int:
            raise make_full()

        def close(self) -> None:
            pass

    made = Path.open

    def open_some(path: Path, *args: Any, **options: Any) -> Any:
        full = path.name.startswith("answers-") and len(server.requests) > 4
        return Full() if full else made(path, *args, **options)

    with serve(lambda _, body: Reply(answer_from(body))) as server:
        options = ("extract", articles, "--work", "w", *ASKING, "--base-url", server.url)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "open", open_some)
            ended = command(*options, "-o", "t.json", cwd=tmp_path)
        assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
        assert "an answer cannot be kept (No space left on device). Mend that" in ended.stderr
        before = [json.dumps(body) for body in server.requests]
        server.requests.clear()
        assert command(*options, "-o", "t.json", cwd=tmp_path).returncode == 0
        after = [json.dumps(body) for body in server.requests]
        assert set(before) & set(after) == {before[-1]}


def test_folder_that_goes_away_is_missed_and_not_begun_anew(articles: Path, tmp_path: Path) -> None:
    away, work = tmp_path / "away", tmp_path / "w"

    def answer(number: int, body: dict[str, Any]) -> Reply:
        if number == 5:
            work.rename(away)
            work.mkdir()  # as where a disk was mounted
        return Reply(answer_from(body))

    with serve(answer) as server:
        options = ("extract", articles, "--work", "w", *ASKING, "--base-url", server.url)
        ended = command(*options, "-o", "t.json", cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (
            1,
            f"claimx: {work}: was removed or unmounted during the run. Bring it back and run the "
            "same command again: what was kept there is not done again.\n",
        )
        assert list(work.iterdir()) == []
        work.rmdir()
        away.rename(work)
        kept = {json.dumps(body) for body in server.requests[:4]}
        server.requests.clear()
        assert command(*options, "-o", "t.json", cwd=tmp_path).returncode == 0
        assert kept.isdisjoint(map(json.dumps, server.requests))


@pytest.mark.parametrize(
    ("raised", "lost", "refused"),
    [
        (MemoryError(), Loss("its process found no memory", of_memory=True), None),
        (OSError(errno.EIO, "odd"), Loss("OSError: [Errno 5] odd", of_disk=True), None),
        (ValueError("odd"), Loss("ValueError: odd"), None),
        (OSError(errno.EROFS, "", "a.gz"), None, "a.gz: cannot be read or written (Read-only"),
        (make_full(), None, "the folder of --work: cannot be read or written (No space left"),
    ],
)
def test_what_another_try_may_mend_is_tried_again(
    raised: BaseException, lost: Loss | None, refused: str | None
) -> None:
    def call() -> None:
        raise raised

    made = make_call(call, ())
    assert made.lost == lost
    assert (made.refused is None) == (refused is None)
    if made.refused is not None and refused is not None:
        assert made.refused[0] == "OutputError"
        assert made.refused[1].startswith(refused)


def test_disk_that_one_machine_loses_for_a_while_costs_no_part() -> None:
    queue, tries = Queue([("a",)], NeverOver()), 0
    while task := queue.take():
        queue.lose(task, Loss("OSError: odd", of_disk=True))
        tries += 1
    assert tries == 12
    assert queue.list_outcomes()[0].error == "OSError: odd, 12 times"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (-11, "its process crashed (SIGSEGV), 3 times"),
        (-7, "its process crashed (SIGBUS), 3 times"),
        (-99, "its process crashed (signal 99), 3 times"),
        (3, "its process ended with status 3, 3 times"),
        (
            -9,
            "its process was killed (SIGKILL), 3 times (the system may be short of memory: pass "
            "fewer --workers)",
        ),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="no signals there")
def test_end_of_a_process_is_told_in_words(code: int, said: str) -> None:
    assert describe_end(code).sum_up(3) == said


# --- status


def cut_off(folder: Path) -> None:
    """Leave *folder* as a command does that is killed with parts under way."""
    progress = Store(folder).find_progress()
    assert progress is not None
    left = progress.model_copy(update={"ended": False, "step": "extract"})
    Store(folder).write_progress(left)
    holder = lock.read_holder(folder, MARK)
    assert holder is not None
    held = holder.model_copy(update={"ended": False})
    (folder / MARK).write_text(held.model_dump_json())


@pytest.fixture
def work(articles: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    extract_parts(articles, model="extractive", work=folder)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="no locks there")
def test_run_that_was_killed_is_not_said_to_go_on(work: Path) -> None:
    said = command("status", work, cwd=work).stdout.splitlines()[-1]
    assert said == "the last run: ended"
    cut_off(work)
    assert read_status(work).running is False
    said = command("status", work, cwd=work).stdout.splitlines()[-1]
    assert said == "a run that was cut off: 0 under way"
    with lock_folder(work, MARK):
        assert read_status(work).running is True
        assert command("status", work, cwd=work).stdout.splitlines()[-1] == "running: 0 under way"


def test_machine_that_cannot_tell_says_when_a_run_was_last_heard(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_lock(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(lock, "_GLANCE_S", 0.0)
    monkeypatch.setattr(lock, "_SILENT_S", 0.0)
    for name, double in (("name_machine", lambda: "another"), ("_try_lock", cannot_lock)):
        with monkeypatch.context() as patch:
            patch.setattr(lock, name, double)
            assert read_status(work).running is False  # it has ended, as it says
            cut_off(work)
            found = read_status(work)
            assert found.running is None
            assert found.heard_s is not None
            said = command("status", work, cwd=work).stdout.splitlines()[-1]
            assert said == f"last heard {found.heard_s:,.0f} s ago: 0 under way"
        extract_parts(work.parent / "in", model="extractive", work=work)


# --- other machines


@pytest.fixture
def other_machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Go to another machine, where locks of the first are not seen."""
    monkeypatch.setattr(lock, "_try_lock", lambda *_, **__: True)
    for name, seconds in (("_BEAT_S", 0.01), ("_LOOK_S", 0.01), ("_SILENT_S", 60.0)):
        monkeypatch.setattr(lock, name, seconds)
    monkeypatch.setattr(lock, "_GLANCE_S", 60.0)
    monkeypatch.setattr(lock, "name_machine", lambda: "first")
    return lambda: monkeypatch.setattr(lock, "name_machine", lambda: "second")


def test_run_on_a_machine_whose_locks_are_not_seen_is_seen_by_its_signs_of_life(
    other_machine: Callable[[], None], work: Path
) -> None:
    cut_off(work)
    with lock_folder(work, MARK):
        other_machine()
        assert read_status(work).running is True
        with pytest.raises(InputError, match="another run is at work"), lock_folder(work, MARK):
            pass
    assert read_status(work).running is False
    with lock_folder(work, MARK):  # at once, as the other has said that it ended
        pass


def test_folder_of_a_silent_run_is_taken_and_the_run_ends_once_it_goes_on(
    other_machine: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(lock, "_BEAT_S", 1000.0)  # as if it was frozen
    folder, holding = tmp_path / "w", lock_folder(tmp_path / "w", MARK)
    frozen = holding.__enter__()
    monkeypatch.setattr(lock, "_SILENT_S", 0.02)
    other_machine()
    with lock_folder(folder, MARK) as taken:
        taken.check()
        assert [one.getMessage() for one in caplog.records] == [
            f"{folder}: a run on another machine began there, and did not say that it ended. "
            "Looking whether it goes on, for 0 s."
        ]
        with pytest.raises(OutputError, match="another run has begun there, as this one was"):
            frozen.check()
        frozen._say(frozen._holder)  # too late
        taken.check()
    holding.__exit__(None, None, None)


def test_record_of_a_part_is_not_asked_for_before_it_is_there(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent: list[str] = []
    read = Path.read_bytes

    def read_some(path: Path) -> bytes:
        try:
            return read(path)
        except FileNotFoundError:
            absent.append(path.name)
            raise

    monkeypatch.setattr(Path, "read_bytes", read_some)
    extract_parts(articles, model="extractive", work=tmp_path / "w")
    assert set(absent) == {"plan.json"}


# --- matching


@pytest.fixture
def claims(tmp_path: Path) -> list[Path]:
    paths = []
    for name, count in (("a", 21), ("b", 22)):
        row = {"claim_id": name, "document_id": name, "member_claim": f"{count} people died."}
        paths.append(tmp_path / f"{name}.parquet")
        pq.write_table(pa.Table.from_pylist([row]), paths[-1])
    return paths


def test_matching_in_processes_is_that_of_one(claims: list[Path], tmp_path: Path) -> None:
    told: list[str] = []
    with match_files(claims, tmp_path / "w", lambda stage, _: told.append(stage)) as made:
        found = [path.read_bytes() for path in made]
    here = match_parts(claims, tmp_path / "here")
    assert found == [path.read_bytes() for path in here]
    assert told[0] == "sample wordings"
    assert told[-1] == "write part"


def test_two_commands_do_not_match_in_one_folder(claims: list[Path], tmp_path: Path) -> None:
    options = ("match", claims[0], "-o", "o.parquet", "--work", "w", "--workers", "1")
    with lock_folder(tmp_path / "w", match.MARK):
        refused = command(*options, cwd=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"claimx: {tmp_path / 'w'}: another run is at work there. Wait for its end.\n",
    )
    assert command(*options, cwd=tmp_path) == (0, "", "")
    mixed = command("extract", claims[0], "--work", "w", "-m", "extractive", cwd=tmp_path)
    assert f"{tmp_path / 'w'}: has other files" in mixed.stderr


def test_folder_that_goes_away_explains_why_matching_failed(
    claims: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_away(folder: str, _: int) -> bool:
        if "compare_tile" in folder:
            (tmp_path / "w").rename(tmp_path / "away")
        return False

    monkeypatch.setattr(match, "open_runner", run_here(take_away))
    ended = command("match", claims[0], "-o", "o.parquet", "--work", "w", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"claimx: {tmp_path / 'w'}: was removed or unmounted during")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_full_disk_ends_matching_in_one_line(
    workers: str, claims: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("match", claims[0], "-o", "o.parquet", "--work", "w", "--workers", workers)
    with monkeypatch.context() as patch:
        fill_arrow(patch, "compare_tile")
        ended = command(*options, cwd=tmp_path)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "cannot be read or written (No space left on device). Mend that, and" in line
    assert command(*options, cwd=tmp_path) == (0, "", "")
    [here] = match_parts(claims[:1], tmp_path / "here")
    assert (tmp_path / "o.parquet").read_bytes() == here.read_bytes()


@pytest.mark.parametrize("full", ["compare_tile", "echoes/pairs-", "table/groups", "table/rows-"])
def test_full_disk_ends_the_table_of_many_claims_in_one_line(
    full: str, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MANY_CLAIMS", 5)
    options = ("extract", articles, "--work", "w", "-m", "extractive", "-q", "-o", "t.parquet")
    with monkeypatch.context() as patch:
        fill_arrow(patch, full)
        ended = command(*options, cwd=tmp_path)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert "cannot be read or written (No space left on device). Mend that, and" in ended.stderr
    assert command(*options, cwd=tmp_path) == (0, "", "")
    one = claimx.extract(articles, model="extractive")
    assert (tmp_path / "t.parquet").read_bytes() == one.to_parquet()


def fill_arrow(patch: pytest.MonkeyPatch, name: str) -> None:
    """Let tables of stages whose folder is called *name* find no room."""
    writer = pa.ipc.new_file
    folders: list[str] = []

    def write_aside(path: Path) -> Any:
        folders.append(str(path))
        return aside(path)

    def write_some(path: str, *args: Any) -> Any:
        if name in folders[-1]:
            raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28]")
        return writer(path, *args)

    aside = tables.write_aside
    patch.setattr(tables, "write_aside", write_aside)
    patch.setattr(pa.ipc, "new_file", write_some)


def test_stage_that_dies_three_times_ends_matching(
    claims: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(arguments: str, _: int) -> bool:
        return "compare_tile" in arguments

    monkeypatch.setattr(match, "open_runner", run_here(dies))
    ended = command("match", claims[0], "-o", "o.parquet", "--work", "w", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (
        1,
        "claimx: matching: its process was killed (SIGKILL), 3 times (the system may be short of "
        "memory: pass fewer --workers). Run the same command again: what is done is kept.\n",
    )


def test_many_claims_in_memory_are_told_before_they_are_matched(
    articles: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(flow, "MANY_CLAIMS", 5)
    extract_parts(articles, model="extractive", work=tmp_path / "w")
    [said] = [one.getMessage() for one in caplog.records]
    assert said.endswith(
        " claims are matched in memory, in one process: that takes some 0 GB. For fewer, leave "
        "--judge out and name a .parquet file with -o; what is done is kept."
    )
