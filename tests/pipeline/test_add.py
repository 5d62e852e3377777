"""More articles, same table: only what is new is asked about, and the result is that of one run."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claimx
from claimx.errors import InputError
from claimx.records import Decision, Flag
from claimx.review.decisions import apply_decisions, make_subject
from claimx.table import ClaimTable
from tests.support.articles import SENTENCES, answer_from
from tests.support.server import Reply, serve

TEXTS = [
    " ".join([*SENTENCES[start : start + 3], f"Outlet {start} reported this on Friday."])
    for start in range(4)
]


def write(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def extract(*sources: Any, **options: Any) -> tuple[ClaimTable, int]:
    """Extract with a scripted model; return the table, and how many requests that took."""
    with serve(lambda _, body: Reply(answer_from(body))) as server:
        asked = {
            "model": "m",
            "strategy": "window",
            "base_url": server.url,
            "cache": None,
            "segment_tokens": 20,
        }
        return claimx.extract(*sources, **asked | options), len(server.requests)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of articles; two of the second have names of the first, and one the text."""
    return (
        write(tmp_path / "old", {"a.txt": TEXTS[0], "b.txt": TEXTS[1]}),
        write(tmp_path / "new", {"a.txt": TEXTS[2], "c.txt": TEXTS[3]}),
    )


def test_added_articles_make_the_table_of_one_run(folders: tuple[Path, Path]) -> None:
    old, new = folders
    earlier, first = extract(old)
    added, second = extract(new, add=earlier)
    whole, all_requests = extract(old, new)
    assert added == whole
    assert first + second == all_requests


def test_articles_that_are_there_are_not_asked_about_again(folders: tuple[Path, Path]) -> None:
    old, _ = folders
    earlier, _ = extract(old)
    (old / "aa.txt").write_text(TEXTS[3], "utf-8")
    (old / "copy.txt").write_text(TEXTS[0], "utf-8")
    (old / "copy.txt").rename(old / "renamed.txt")
    (old / "a.txt").unlink()
    added, requests = extract(old, add=earlier)
    assert [one.id for one in added.documents] == ["aa.txt", "b.txt", "a.txt"]
    assert requests == extract(old / "aa.txt")[1]
    again, requests = extract(old, add=added)
    assert (again, requests) == (added, 0)


def test_nothing_new_to_ask_needs_no_key(folders: tuple[Path, Path]) -> None:
    old, new = folders
    earlier, _ = extract(old)
    assert claimx.extract(old, add=earlier, cache=None) == earlier
    with pytest.raises(InputError, match="No key for m: set OPENAI_API_KEY"):
        claimx.extract(new, add=earlier, cache=None)


def test_changed_article_takes_the_place_of_the_earlier_one(folders: tuple[Path, Path]) -> None:
    old, _ = folders
    earlier, _ = extract(old)
    (old / "a.txt").write_text(TEXTS[3], "utf-8")
    added, _ = extract(old, add=earlier)
    assert added == extract(old)[0]


def test_article_that_a_question_failed_for_is_asked_about_again(
    folders: tuple[Path, Path],
) -> None:
    old, _ = folders
    whole, _ = extract(old)
    with serve(lambda n, body: Reply({}, 400) if n == 1 else Reply(answer_from(body))) as server:
        earlier = claimx.extract(
            old,
            model="m",
            strategy="window",
            base_url=server.url,
            cache=None,
            segment_tokens=20,
            concurrency=1,
            attempts=3,
        )
    assert earlier.failures
    assert extract(old, add=earlier)[0] == whole


def test_other_settings_and_models_are_refused_by_name(folders: tuple[Path, Path]) -> None:
    old, new = folders
    earlier, _ = extract(old)
    with pytest.raises(InputError) as caught:
        extract(new, add=earlier, model="other", segment_tokens=40)
    assert str(caught.value) == (
        "The table to add to was made otherwise: model was m, and is other; "
        "segment_tokens was 20, and is 40. "
        "Leave these options out, or extract all documents anew (answers are kept)."
    )
    for changed in ({"prompt": "window@0#0"}, {"claimx_version": "0.0.1"}):
        run = earlier.run.model_copy(update=changed)
        with pytest.raises(InputError, match="was made otherwise"):
            extract(new, add=earlier.model_copy(update={"run": run}))


def test_settings_of_the_table_need_not_be_given_again(folders: tuple[Path, Path]) -> None:
    old, new = folders
    earlier, _ = extract(old)
    with serve(lambda _, body: Reply(answer_from(body))) as server:
        added = claimx.extract(new, add=earlier, base_url=server.url, cache=None)
    assert added == extract(old, new)[0]


def test_what_a_person_rejected_is_there_to_be_decided_anew(folders: tuple[Path, Path]) -> None:
    old, new = folders
    earlier, _ = extract(old)
    documents = {one.id: one for one in earlier.documents}
    claims = earlier.groups[0].claims
    about = tuple(make_subject(claim, documents[claim.document_id]) for claim in claims)
    kept = [
        Decision(id="d1", kind="reject", about=(about[:1],)),
        Decision(id="d2", kind="accept", about=(about[1:],)),
    ]
    decided, _ = apply_decisions(earlier, kept)
    added, _ = extract(new, add=decided)
    whole, _ = extract(old, new)
    assert added == whole
    assert apply_decisions(added, decided.decisions) == apply_decisions(whole, kept)


def test_nothing_that_can_be_read_is_told(folders: tuple[Path, Path], tmp_path: Path) -> None:
    earlier, _ = extract(folders[0])
    with pytest.raises(InputError, match="no such file"):
        extract(tmp_path / "none", add=earlier)


@given(st.lists(st.tuples(st.sampled_from(SENTENCES), st.booleans()), min_size=2, max_size=9))
@settings(max_examples=25)
def test_adding_is_one_run_over_all_for_any_articles(parts: list[tuple[str, bool]]) -> None:
    documents = [
        claimx.make_document(f"{text} It was number {at}. {text}", f"{at}")
        for at, (text, _) in enumerate(parts)
    ]
    early = [one for one, (_, first) in zip(documents, parts, strict=True) if first]
    late = [one for one in documents if one not in early]
    if not early or not late:
        return
    earlier = claimx.extract(early, model="extractive")
    loaded = ClaimTable.from_json(earlier.to_json())
    assert claimx.extract(late, add=loaded) == claimx.extract(early, late, model="extractive")


def test_rejected_claims_keep_their_order_document_by_document(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a.txt": TEXTS[0], "b.txt": TEXTS[1]})

    def sloppy(_: int, body: dict[str, Any]) -> Reply:
        answer = answer_from(body)
        message = answer["choices"][0]["message"]
        content = json.loads(message["content"])
        content["claims"] += [{"claim": 7}, content["claims"][0] | {"quote": "Nobody said so."}]
        message["content"] = json.dumps(content)
        return Reply(answer)

    with serve(sloppy) as server:
        options: dict[str, Any] = {
            "model": "m",
            "strategy": "window",
            "base_url": server.url,
            "cache": None,
        }
        whole = claimx.extract(folder, **options)
        earlier = claimx.extract(folder / "a.txt", **options)
        added = claimx.extract(folder / "b.txt", add=earlier, **options)
    assert added == whole
    order = [one.document_id for one in whole.rejected]
    assert order == sorted(order)


def test_what_the_judge_flagged_before_is_judged_anew(folders: tuple[Path, Path]) -> None:
    old, new = folders
    earlier, _ = extract(old)
    flag = Flag(kind="grouping", message="grouped by the model, though it differs: 1 / 2")
    groups = tuple(
        group.model_copy(
            update={
                "claims": tuple(
                    claim.model_copy(update={"flags": (*claim.flags, flag)})
                    for claim in group.claims
                )
            }
        )
        for group in earlier.groups
    )
    added, _ = extract(new, add=earlier.model_copy(update={"groups": groups}))
    assert added == extract(old, new)[0]
