"""The judge: a model says what says the same; it is checked, and nothing is lost."""

import asyncio
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import claimx
from claimx.judge import Judgement, judge_claims, load_judge_prompt
from claimx.judge.blocks import Block, Link, cut_blocks
from claimx.judge.reconcile import Ruling, reconcile
from claimx.llm.client import open_model
from claimx.match import Group, explain_pair, match_texts
from claimx.settings import make_settings
from tests.support.articles import SENTENCES, answer_from, write_articles
from tests.support.command import claimx as run_claimx
from tests.support.server import Reply, completion, serve

TOLLS = ["Four people died in the flood.", "The flood killed four.", "Five people were killed."]


def is_judging(body: dict[str, Any]) -> bool:
    return str(body["messages"][0]["content"]).startswith("You sort claims")


def list_asked(body: dict[str, Any]) -> list[str]:
    """List the claims of a request, whose numbers count from 1."""
    return re.findall(r"^\d+\. (.+)$", body["messages"][1]["content"], flags=re.MULTILINE)


def ruling(
    groups: Sequence[Sequence[int]] = (),
    details: Sequence[tuple[int, int]] = (),
    conflicts: Sequence[tuple[int, int, str]] = (),
) -> dict[str, Any]:
    """Make the answer of a judge."""
    said = {
        "groups": groups,
        "details": [{"more": more, "less": less} for more, less in details],
        "conflicts": [{"a": a, "b": b, "kind": "number", "why": why} for a, b, why in conflicts],
    }
    return completion(json.dumps(said))


def judge(texts: Sequence[str], answer: dict[str, Any], **options: Any) -> Judgement:
    """Judge *texts*, each of a document of its own."""
    with serve(lambda *_: Reply(answer)) as server:
        fixed = {"model": "m", "base_url": server.url, "cache": None, "attempts": 1}
        return claimx.judge(match_texts(texts), **fixed | options)


def list_groups(found: Judgement) -> list[list[str]]:
    return [[claim.text for claim in group.claims] for group in found.matching.groups]


def test_claims_stand_in_the_groups_of_the_model_and_the_others_by_themselves() -> None:
    found = judge([*TOLLS, "It rained."], ruling([[2, 1]]))
    assert list_groups(found) == [TOLLS[:2], TOLLS[2:], ["It rained."]]
    assert found.matching.groups[0].claim.text == TOLLS[1]
    assert (found.asked, found.failures, found.usage.answers) == (1, (), 1)


def test_claim_that_cannot_go_without_a_speaker_whom_others_do_not_credit_words_no_group() -> None:
    texts = [
        "Moen lauded 40 new jobs in Leeds.",
        "The union said 40 new jobs will come to Leeds.",
    ]
    local = match_texts(texts)
    speakers = dict(zip(texts, ("Moen", "the union"), strict=True))
    groups = tuple(
        Group(claim=one, claims=(one,), scores=(1.0,))
        for group in local.groups
        for claim in group.claims
        for one in [claim.model_copy(update={"speaker": speakers[claim.text]})]
    )
    with serve(lambda *_: Reply(ruling([[1, 2]]))) as server:
        options = {"model": "m", "base_url": server.url, "cache": None, "attempts": 1}
        found = claimx.judge(local.model_copy(update={"groups": groups}), **options)
    assert [one.wording for one in found.matching.groups] == ["40 new jobs will come to Leeds."]


def test_contradiction_is_a_conflict_of_the_groups_with_the_earlier_side_first() -> None:
    found = judge(TOLLS, ruling([[1, 2]], conflicts=[(3, 2, "five / four"), (1, 3, "4 / 5")]))
    [conflict] = found.matching.conflicts
    assert (conflict.a, conflict.b, conflict.kind, conflict.why) == (0, 1, "number", "four / five")
    assert (conflict.claim_a.text, conflict.claim_b.text) == (TOLLS[1], TOLLS[2])


def test_claim_that_says_more_entails_the_other_and_leaves_its_group() -> None:
    found = judge(TOLLS, ruling([[1, 2, 3]], details=[(2, 1)]))
    assert list_groups(found) == [[TOLLS[0], TOLLS[2]], [TOLLS[1]]]
    assert found.matching.entailments == ((1, 0),)


def test_grouping_over_a_number_is_shown_and_not_overruled() -> None:
    found = judge(["Four people died.", "Five people died."], ruling([[1, 2]]))
    [group] = found.matching.groups
    why = explain_pair("Four people died.", "Five people died.").why
    assert [flag.message for claim in group.claims for flag in claim.flags] == [
        f"grouped by the model, though it differs: {why}"
    ]
    assert group.claim.flags == ()


@pytest.mark.parametrize("group", [[1, 2], [2, 1]])
def test_row_gives_no_number_that_a_member_lacks(group: list[int]) -> None:
    found = judge(["The flood killed people.", "The flood killed 12 people."], ruling([group]))
    [one] = found.matching.groups
    assert one.claim.text == "The flood killed people."
    assert not any(claim.flags for claim in one.claims)


def test_member_without_the_number_of_its_row_is_shown() -> None:
    texts = ["The flood killed 12 people.", "The flood killed 9 people.", "The flood killed 9."]
    [one] = judge(texts, ruling([[1, 2, 3]])).matching.groups
    assert one.claim.text == texts[1]
    assert [bool(claim.flags) for claim in one.claims] == [True, False, False]


def test_group_said_to_contradict_itself_is_shown() -> None:
    found = judge(TOLLS[:2], ruling([[1, 2]], conflicts=[(1, 2, "died / killed")]))
    assert found.matching.conflicts == ()
    assert [flag.kind for flag in found.matching.groups[0].claims[1].flags] == ["grouping"]


def test_same_wording_is_shown_once() -> None:
    with serve(lambda *_: Reply(ruling([[1, 2]]))) as server:
        options = {"model": "m", "base_url": server.url, "cache": None}
        found = claimx.judge(match_texts([TOLLS[0], TOLLS[0], TOLLS[1]]), **options)
        [body] = server.requests
    assert list_asked(body) == TOLLS[:2]
    assert list_groups(found) == [[TOLLS[0], TOLLS[0], TOLLS[1]]]


@pytest.mark.parametrize(
    "answer",
    [
        ruling([[1, 2], [2, 3]]),
        ruling([[1, 4]]),
        ruling([[0, 1]]),
        ruling([[1]]),
        ruling(conflicts=[(1, 9, "a / b")]),
        completion('{"groups": [[1, 2]'),
        completion("Sorry."),
        completion('{"groups": [[1, 2]]', finish_reason="length"),
    ],
    ids=["twice", "no such id", "zero", "one alone", "no such side", "torn", "prose", "cut off"],
)
def test_answer_that_cannot_be_true_leaves_the_local_groups(answer: dict[str, Any]) -> None:
    found = judge(TOLLS, answer)
    local = match_texts(TOLLS)
    assert list_groups(found) == [[one.text for one in group.claims] for group in local.groups]
    assert [one.why for one in found.matching.conflicts] == [one.why for one in local.conflicts]
    [failure] = found.failures
    assert failure.document_id == ""
    assert failure.error.endswith("(claims not judged by the model, but matched locally: 3)")


def test_judge_that_groups_all_of_an_article_is_not_believed() -> None:
    texts = [f"Mayor {name} spoke of plan {at}." for at, name in enumerate("ABCDE")]
    with serve(lambda *_: Reply(ruling([[1, 2, 3, 4, 5]]))) as server:
        options: dict[str, Any] = {"model": "m", "base_url": server.url, "cache": None}
        one = claimx.judge(match_texts(texts, documents=["a"] * 5), **options)
        five = claimx.judge(match_texts(texts), **options)
    assert one.failures[0].error.startswith("the answer groups 5 different claims of a ")
    assert (max(map(len, list_groups(one))), list_groups(five)) == (1, [texts])


def test_answer_that_does_not_fit_is_asked_again_first() -> None:
    with serve(lambda n, _: Reply(ruling([[1, 2]] if n else [[1, 2], [2, 3]]))) as server:
        options = {"model": "m", "base_url": server.url, "cache": None}
        found = claimx.judge(match_texts(TOLLS), **options)
        assert "claim 2 stands twice in the groups" in str(server.requests[1])
    assert (list_groups(found)[0], found.failures) == (TOLLS[:2], ())


def make_links(count: int, seed: int) -> list[Link]:
    chance = random.Random(seed)
    pairs = {tuple(sorted(chance.sample(range(count), 2))) for _ in range(3 * count)}
    return [(one, other, chance.randrange(100) / 100) for one, other in sorted(pairs)]


@pytest.mark.parametrize(("count", "most"), [(40, 5), (300, 20), (1000, 100), (90, 100)])
def test_every_claim_is_at_home_in_one_block_and_blocks_are_few(count: int, most: int) -> None:
    links = make_links(count, seed=count)
    blocks = cut_blocks(count, links, most)
    homes = [at for block in blocks for at in block.home]
    linked = {at for link in links for at in link[:2]}
    assert sorted(homes) == (list(range(count)) if count <= most else sorted(linked))
    assert all(len(block.items) <= most for block in blocks)
    assert len(blocks) <= max(1, 3 * count / most)
    assert cut_blocks(count, reversed(links), most) == blocks


def test_alike_claims_of_two_blocks_meet_as_guests() -> None:
    links = [(0, 1, 0.9), (2, 3, 0.9), (4, 5, 0.9), (1, 2, 0.5), (3, 4, 0.4)]
    blocks = cut_blocks(6, links, most=5)
    assert blocks == [Block((0, 1, 2, 3), (4,)), Block((4, 5), (3,))]


BLOCKS = [Block((0, 1, 2), (3,)), Block((3, 4), (2,))]


@pytest.mark.parametrize(
    ("first", "second", "groups"),
    [
        (((0, 1), (2, 3)), ((3, 4, 2),), [(0, 1), (2, 3, 4)]),
        (((0, 1), (2, 3)), ((3, 4),), [(0, 1), (2,), (3, 4)]),
        (((0, 1),), ((3, 4, 2),), [(0, 1), (2,), (3, 4)]),
        (((3, 2, 1),), ((2, 3),), [(0,), (2, 1, 3), (4,)]),
        ((), (), [(0,), (1,), (2,), (3,), (4,)]),
    ],
    ids=["both join", "second keeps apart", "first keeps apart", "order stays", "all alone"],
)
def test_overlapping_blocks_are_joined_where_none_keeps_apart(
    first: Any, second: Any, groups: list[tuple[int, ...]]
) -> None:
    found = reconcile(BLOCKS, [Ruling(first), Ruling(second)])
    assert sorted(found, key=min) == groups


def answer_by_words(body: dict[str, Any]) -> dict[str, Any]:
    """Group the claims of a request that have their last word in common."""
    by_word: dict[str, list[int]] = {}
    for number, text in enumerate(list_asked(body), 1):
        by_word.setdefault(text.split()[-1], []).append(number)
    return ruling([group for group in by_word.values() if len(group) > 1])


async def judge_in_blocks(texts: Sequence[str], most: int, script: Any) -> tuple[Judgement, int]:
    with serve(script) as server:
        settings = make_settings(
            {"model": "m", "base_url": server.url, "cache": None, "attempts": 1}, environment={}
        )
        async with open_model(settings) as model:
            local = match_texts(texts)
            found = await judge_claims(model, load_judge_prompt(), local, most)
        return found, len(server.requests)


def test_many_claims_are_judged_in_blocks_and_none_is_lost() -> None:
    places = ["Oslo", "Rome", "Lund", "Kiel"]
    texts = [f"Firm {at} opened plant number {at} in {places[at % 4]}." for at in range(60)]

    def script(_: int, body: dict[str, Any]) -> Reply:
        return Reply(answer_by_words(body))

    found, requests = asyncio.run(judge_in_blocks(texts, 20, script))
    assert sorted(text for group in list_groups(found) for text in group) == sorted(texts)
    assert all(len({text.split()[-1] for text in group}) == 1 for group in list_groups(found))
    assert 60 / 20 <= requests <= 3 * 60 / 20
    assert found.asked == requests


def test_block_that_fails_is_matched_locally_and_the_others_are_judged() -> None:
    cities = [f"The mayor of Oslo praised plan {at} of Oslo." for at in range(8)]
    ships = [f"Pirates attacked a tanker {at} days ago." for at in range(8)]

    def script(_: int, body: dict[str, Any]) -> Reply:
        asked = list_asked(body)
        good = any("mayor" in text for text in asked)
        return Reply(ruling([list(range(1, len(asked) + 1))]) if good else {}, status=200)

    found, requests = asyncio.run(judge_in_blocks([*cities, *ships], 10, script))
    assert (requests, len(found.failures)) == (2, 1)
    assert cities in list_groups(found)
    assert ships not in list_groups(found)


# --- in the flow ------------------------------------------------------------------------------


def answer(_: int, body: dict[str, Any]) -> Reply:
    if not is_judging(body):
        return Reply(answer_from(body))
    asked = list_asked(body)
    plant = [number for number, text in enumerate(asked, 1) if "plant" in text]
    return Reply(ruling([plant] if len(plant) > 1 else []))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_articles(tmp_path / "in", 3)
    return tmp_path


def extract(folder: Path, url: str, **options: Any) -> claimx.ClaimTable:
    fixed = {"model": "m", "base_url": url, "cache": None, "judge": True}
    return claimx.extract(folder / "in", **fixed | options)


def test_table_has_the_groups_of_the_judge_and_says_so(folder: Path) -> None:
    with serve(answer) as server:
        table = extract(folder, server.url)
        plain = extract(folder, server.url, judge=False)
        sent = len(server.requests)
    [group] = [one for one in table.groups if "plant" in one.claim]
    assert {one.text for one in group.claims} == {one for one in SENTENCES if "plant" in one}
    assert group.support == 3
    assert {one.id for one in table.claims} == {one.id for one in plain.claims}
    run = table.run
    assert (run.settings["judge"], "judge" in plain.run.settings) == (True, False)
    assert run.prompt is not None
    assert run.prompt.split(", ")[1].startswith("judge@")
    assert run.spending[-1].document_id == ""
    assert run.usage.answers + plain.run.usage.answers == sent
    assert sum(one.usage.tokens_in for one in run.spending) == run.usage.tokens_in


def test_recorded_judgement_is_replayed_offline(folder: Path) -> None:
    with serve(answer) as server:
        recorded = extract(folder, server.url, record=folder / "tape")
    assert claimx.extract(folder / "in", replay=folder / "tape") == recorded


def test_kept_judgement_is_not_asked_for_again(folder: Path) -> None:
    with serve(answer) as server:
        first = extract(folder, server.url, cache=folder / "kept")
        sent = len(server.requests)
        assert extract(folder, server.url, cache=folder / "kept") == first
        assert len(server.requests) == sent


def test_judge_keeps_to_the_budget_and_local_groups_stand_where_it_is_spent(folder: Path) -> None:
    with serve(answer) as server:
        table = extract(folder, server.url, max_requests=3)
        plain = extract(folder, server.url, judge=False)
        assert len(server.requests) == 6
    assert [one.claim for one in table.groups] == [one.claim for one in plain.groups]
    [failure] = table.failures
    assert "`max_requests=3` is reached" in failure.error
    assert failure.error.endswith(f"(claims not judged by the model, but matched locally: {6 + 3})")


def test_dry_run_knows_what_is_judged_once_all_claims_are_known(folder: Path) -> None:
    with serve(answer) as server:
        options: dict[str, Any] = {"model": "m", "base_url": server.url, "cache": folder / "kept"}
        before = claimx.estimate(folder / "in", judge=True, **options)
        claimx.extract(folder / "in", **options)
        after = claimx.estimate(folder / "in", judge=True, **options)
        claimx.extract(folder / "in", judge=True, **options)
        end = claimx.estimate(folder / "in", judge=True, **options)
        assert len(server.requests) == 4
    assert (before.judging and before.judging.requests, before.requests) == (1, 3)
    assert (after.requests, end.requests) == (1, 0)


def test_judge_needs_a_model() -> None:
    with pytest.raises(claimx.InputError, match="judge: nobody to judge without a model"):
        claimx.judge(match_texts(TOLLS))


def test_match_lets_a_model_decide_on_plain_sentences(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("\n".join(TOLLS))
    with serve(lambda *_: Reply(ruling([[1, 2, 3]], conflicts=[]))) as server:
        options = ("--judge", "-m", "m", "--base-url", server.url, "--no-cache")
        found = run_claimx("match", "c.txt", *options, cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "claimx: 1 answer, 10 in + 5 out tokens\n")
    lines = found.stdout.splitlines()
    assert lines[0] == f"1. {TOLLS[0]}"
    assert lines[-1].startswith("   check: grouped by the model, though it differs: ")


def test_match_says_where_the_model_failed(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("\n".join(TOLLS))
    with serve(lambda *_: Reply({}, status=400)) as server:
        options = ("--judge", "-m", "m", "--base-url", server.url, "--no-cache", "-f", "json")
        found = run_claimx("match", "c.txt", *options, cwd=tmp_path)
    plain = run_claimx("match", "c.txt", "-f", "json", cwd=tmp_path)
    assert (found.returncode, found.stdout) == (3, plain.stdout)
    assert "matched locally: 3)" in found.stderr


def test_options_of_a_model_go_with_the_judge(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("\n".join(TOLLS))
    found = run_claimx("match", "c.txt", "--model", "m", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (
        2,
        "claimx: Options of a model go with --judge. Pass that too.\n",
    )
