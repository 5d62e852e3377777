"""Matching in stages, files in and files out, beside matching in memory."""

import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from claimx.errors import InputError
from claimx.match import candidates, match_claims, matcher
from claimx.match.candidates import Entries, make_blocks
from claimx.match.stages import match_parts, pairs
from claimx.match.stages.groups import link_wordings, name_groups
from claimx.match.stages.tables import read_table
from claimx.records import Alignment, Claim, Flag, Span, content_id, digest_ids, name_digests

SENTENCES = (
    "{n} people died when the {place} ferry sank.",
    "The sinking of the ferry off {place} killed {n}.",
    "At least {n} people were killed in {place} on Monday.",
    "{who} said that {n} people died in {place}.",
    "{who} denied that anyone died in {place}.",
    "The mayor of {place} resigned on Tuesday.",
    "The mayor of {place} refused to resign.",
    "{who} resigned as mayor of {place}.",
    "{n} boats and a {place} ferry of {who} were lost near {place} on Monday, {n} sailors said.",
)
DAYS = {"doc0": "2025-03-01", "doc1": "2025-03-02"}


def make_claims(seed: int, size: int) -> list[Claim]:
    """Invent claims of a few documents; some are flagged, alleged, or said by somebody."""
    rng = random.Random(seed)
    claims = []
    for at in range(size):
        text = rng.choice(SENTENCES).format(
            n=rng.choice(("four", "5", "21", "22", "about 30")),
            place=rng.choice(("Lima", "Kalto", "Leeds", "Turin", "Oslo")),
            who=rng.choice(("Ana Ruiz", "The minister", "Ben Okri", "Police")),
        )
        document = f"doc{rng.randrange(5)}"
        flags = (Flag(kind="number", message="?"),) if rng.random() < 0.1 else ()
        span = Span(start=at, end=at + len(text))
        claims.append(
            Claim(
                id=content_id(document, text, str(at)),
                document_id=document,
                text=text,
                quote=text.upper() if rng.random() < 0.5 else text,
                alignment=Alignment(status="exact", spans=(span,), score=1.0),
                speaker=rng.choice((None, "Ana Ruiz")),
                modality=rng.choice(("asserted", "asserted", "alleged", "reported")),
                flags=flags,
            )
        )
    return claims


def write_parts(parts: Sequence[Sequence[Claim]], folder: Path) -> list[Path]:
    """Write claims in the columns of a table, a file a part."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.parquet" for number in range(len(parts))]
    for path, claims in zip(paths, parts, strict=True):
        rows = [make_row(claim) for claim in claims]
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return paths


FLAGS = pa.list_(pa.struct({"kind": pa.string(), "message": pa.string()}))
SCHEMA = pa.schema(
    {
        **dict.fromkeys(("claim_id", "document_id", "member_claim", "claim_quote"), pa.string()),
        **dict.fromkeys(("start", "end"), pa.int64()),
        **dict.fromkeys(("speaker", "modality", "date"), pa.string()),
        "flags": FLAGS,
    }
)


def make_row(claim: Claim) -> dict[str, Any]:
    (span,) = claim.spans
    return {
        "claim_id": claim.id,
        "document_id": claim.document_id,
        "member_claim": claim.text,
        "claim_quote": claim.quote,
        "start": span.start,
        "end": span.end,
        "speaker": claim.speaker,
        "modality": claim.modality,
        "date": DAYS.get(claim.document_id),
        "flags": [flag.model_dump() for flag in claim.flags],
    }


Found = dict[str, tuple[Any, ...]]


def match_here(claims: Sequence[Claim]) -> Found:
    """Match in memory; give what is found of each claim."""
    days = {name: date.fromisoformat(day) for name, day in DAYS.items()}
    matching = match_claims(claims, days=days)
    names = name_digests([digest_ids(one.id for one in group.claims) for group in matching.groups])
    conflicts = defaultdict(list)
    for one in matching.conflicts:
        for here, there in ((one.a, one.b), (one.b, one.a)):
            conflicts[here].append((names[there], one.kind, one.why))
    found: Found = {}
    for at, group in enumerate(matching.groups):
        documents = list(dict.fromkeys(one.document_id for one in group.claims))
        told = (names[at], group.wording, len(documents), documents, conflicts[at])
        found |= dict.fromkeys((one.id for one in group.claims), told)
    return found


def read_found(paths: Sequence[Path]) -> Found:
    """Read what the stages found of each claim."""
    found: Found = {}
    for path in paths:
        for row in pq.read_table(path).to_pylist():
            conflicts = [tuple(one.values()) for one in row["conflicts"]]
            told = (row["group_id"], row["claim"], row["support"], row["documents"], conflicts)
            found[row["claim_id"]] = told
    return found


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what only large collections meet happen in small ones."""
    monkeypatch.setattr(candidates, "BLOCK_SIZE", 4)
    monkeypatch.setattr(candidates, "NEAREST_TEXTS", 12)
    monkeypatch.setattr(pairs, "NEAREST_TEXTS", 12)
    monkeypatch.setattr(matcher, "MOST_SUSPECTS", 2)
    monkeypatch.setattr(matcher, "FEWEST_SUSPECTS", 2)


@pytest.mark.usefixtures("small_limits")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 1000),
    size=st.integers(1, 60),
    parts=st.integers(1, 4),
    range_rows=st.integers(5, 40),
)
@example(seed=3, size=200, parts=3, range_rows=20)
def test_any_parts_give_what_memory_gives(
    tmp_path: Path, seed: int, size: int, parts: int, range_rows: int
):
    """However claims are cut, and in whatever order they come, the result is the same."""
    claims = make_claims(seed, size)
    shuffled = random.Random(seed).sample(claims, size)
    cut = [shuffled[at::parts] for at in range(parts)]
    shutil.rmtree(tmp_path / "parts", ignore_errors=True)
    paths = write_parts(cut, tmp_path / "parts")
    made = match_parts(paths, tmp_path / "work", range_rows=range_rows)
    assert read_found(made) == match_here(claims)


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    claims = make_claims(7, 24)
    return write_parts([claims[::2], claims[1::2]], tmp_path / "parts")


def test_stages_do_not_depend_on_the_order_of_calls(parts: list[Path], tmp_path: Path):
    """A runner may make the calls of a stage in any order."""

    def run_backwards(work: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
        for arguments in reversed(calls):
            work(*arguments)

    forth = match_parts(parts, tmp_path / "one", range_rows=5)
    back = match_parts(parts, tmp_path / "two", run=run_backwards, range_rows=5)
    assert [path.read_bytes() for path in forth] == [path.read_bytes() for path in back]


def test_matching_that_was_stopped_goes_on_where_it_was(parts: list[Path], tmp_path: Path):
    """What is there is not done again, and the result is the same."""
    calls: list[str] = []

    def run_until(last: str) -> Callable[..., None]:
        def run(work: Callable[..., None], some: Sequence[tuple[Any, ...]]) -> None:
            if work.__name__ == last:
                raise KeyboardInterrupt
            for arguments in some:
                calls.append(work.__name__)
                work(*arguments)

        return run

    with pytest.raises(KeyboardInterrupt):
        match_parts(parts, tmp_path / "work", run=run_until(link_wordings.__name__))
    before = set(calls)
    calls.clear()
    [folder] = (path for path in (tmp_path / "work").iterdir() if path.is_dir())
    cut_off = folder / "read_range" / ".claimx-0.partial"  # by a process that was killed
    cut_off.touch()
    made = match_parts(parts, tmp_path / "work", run=run_until(""))
    assert before.isdisjoint(calls)
    assert not cut_off.exists()
    assert read_found(made) == read_found(match_parts(parts, tmp_path / "other"))


def test_what_other_machines_write_is_not_asked_for_before_it_is_there(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A client of NFS would remember for a minute that the file was absent."""
    asked: list[Path] = []
    exists = Path.exists

    def note(path: Path) -> bool:
        asked.append(path)
        return exists(path)

    def run(work: Callable[..., None], some: Sequence[tuple[Any, ...]]) -> None:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(Path, "exists", exists)
            for arguments in some:
                work(*arguments)

    monkeypatch.setattr(Path, "exists", note)
    match_parts(parts, tmp_path / "work", run=run)
    assert [path for path in asked if path.suffix == ".arrow"] == []


def test_file_that_cannot_be_reached_is_not_called_damaged(tmp_path: Path):
    """Another try may reach it."""
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "0.arrow")


def test_work_of_other_claims_is_done_again(parts: list[Path], tmp_path: Path):
    """A folder that other claims were matched in starts anew."""
    match_parts(parts[:1], tmp_path / "work")
    made = match_parts(parts[1:], tmp_path / "work")
    assert len(list((tmp_path / "work").iterdir())) == 2  # the mark, and what is of these
    assert read_found(made) == read_found(match_parts(parts[1:], tmp_path / "other"))


def test_damage_to_what_stages_left_is_said(parts: list[Path], tmp_path: Path):
    """No table is made of files that are damaged."""
    made = match_parts(parts, tmp_path / "work")
    for path in made:
        path.unlink()
    (table,) = (tmp_path / "work").glob(f"*/{name_groups.__name__}/00000.arrow")
    table.write_bytes(table.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"00000\.arrow: damaged"):
        match_parts(parts, tmp_path / "work")


@pytest.mark.parametrize("name", ["out", "plan.txt"])
def test_folder_with_other_files_is_left_alone(name: str, parts: list[Path], tmp_path: Path):
    """What is in a folder that is none of matching is not touched."""
    own = tmp_path / "mine"
    (own / "photos").mkdir(parents=True)
    (own / name).write_bytes("Plan: the sea\xff".encode("latin-1"))
    with pytest.raises(InputError, match="has other files"):
        match_parts(parts, own)
    assert sorted(path.name for path in own.iterdir()) == sorted(["photos", name])


def test_rows_and_columns_stay_as_they_are(parts: list[Path], tmp_path: Path):
    """A part comes out with its rows in their order, and with all its columns."""
    (made, _) = match_parts(parts, tmp_path / "work")
    before = pq.read_table(parts[0])
    assert pq.read_table(made).select(before.column_names).equals(before)


def test_citations_of_one_claim_are_one_claim(tmp_path: Path):
    """Rows with one id are one claim of one document, whose quotes count together."""
    row = {"claim_id": "a", "document_id": "d", "member_claim": "Four died.", "quote": "Four"}
    rows = [row, row | {"quote": "died"}, row | {"claim_id": "b", "member_claim": "five left."}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "claims.parquet")
    (made,) = match_parts([tmp_path / "claims.parquet"], tmp_path / "work")
    names = pq.read_table(made)["group_id"].to_pylist()
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"text": "Four died."}], 'no column "claim_id"'),
        (
            [{"claim_id": None, "document_id": "d", "member_claim": "Four died."}],
            'a row without "claim_id"',
        ),
        (
            [{"claim_id": "a", "document_id": "d", "member_claim": "x", "modality": "sung"}],
            "'sung' is no modality",
        ),
        (
            [{"claim_id": "a", "document_id": "d", "member_claim": "x", "start": "here"}],
            "Pass the Parquet form of a table",
        ),
    ],
)
def test_what_is_no_claim_is_refused(rows: list[dict[str, Any]], message: str, tmp_path: Path):
    """A file with other columns or values is named, with what is wrong."""
    path = tmp_path / "claims.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    with pytest.raises(InputError, match=message):
        match_parts([path], tmp_path / "work")


def test_what_is_no_parquet_is_refused(tmp_path: Path):
    """A file that is no Parquet is named."""
    path = tmp_path / "claims.parquet"
    path.write_text("{}")
    with pytest.raises(InputError, match=r"claims\.parquet: cannot be read as Parquet"):
        match_parts([path], tmp_path / "work")


def test_no_claims_make_no_groups(tmp_path: Path):
    """A part without a row comes out without one."""
    (path,) = write_parts([[]], tmp_path / "parts")
    (made,) = match_parts([path], tmp_path / "work")
    assert pq.read_table(made).num_rows == 0
    assert match_parts([], tmp_path / "none") == []


def test_blocks_of_three_keys_do_not_collide():
    """Keys of a vocabulary of hundreds of millions name their blocks, each another."""
    keys = [2_600_001, 1, 2, 500_000_000]
    named = list(permutations(keys, 3))
    codes = np.array([(one << 32) | two for one, two, _ in named], np.int64)
    thirds = np.array([third for _, _, third in named], np.int32)
    alone = Entries(codes, thirds, np.arange(len(named), dtype=np.int32))
    assert len(make_blocks(alone).texts) == 0
    twice = Entries(*(np.concatenate((side, side)) for side in alone))
    assert len(make_blocks(twice).texts) == 2 * len(named)
