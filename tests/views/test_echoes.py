"""Documents that repeat one another count once, and those that only report the same do not."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import claimx
from claimx.echoes import find_credit, find_echoes
from claimx.records import Document, Echo
from claimx.render.show import say_support
from claimx.table import join_sources
from tests.conftest import ROOT
from tests.support.labelled import mark_cases, read_cases
from tests.support.tables import make_document

STORY = (ROOT / "seeds").glob("*.txt")
ARTICLES = {path.name[:3]: path.read_text("utf-8") for path in sorted(STORY)}


def documents_of(*texts: str) -> list[Document]:
    return [make_document(text, f"{number}.txt") for number, text in enumerate(texts)]


def edit_lightly(text: str, seed: int = 0) -> str:
    """Leave out every tenth word, as an editor who shortens, and turn the lines' ends."""
    words = text.split(" ")
    drop = set(random.Random(seed).sample(range(len(words)), len(words) // 40))
    return " ".join(word for at, word in enumerate(words) if at not in drop)


@pytest.mark.parametrize("name", ARTICLES)
def test_lightly_edited_copy_is_an_echo(name: str) -> None:
    [echo] = find_echoes(documents_of(ARTICLES[name], edit_lightly(ARTICLES[name])))
    assert (echo.a, echo.b, echo.kind) == ("0.txt", "1.txt", "copied")
    assert echo.share > 0.5


def test_passages_of_a_copy_are_the_same_words() -> None:
    one, other = documents_of(ARTICLES["001"], edit_lightly(ARTICLES["001"]))
    [echo] = find_echoes([one, other])
    for passage in echo.passages:
        assert passage.a.slice(one.text).split() == passage.b.slice(other.text).split()


def test_story_retold_in_other_words_is_found_and_others_on_the_event_are_not() -> None:
    documents = documents_of(*ARTICLES.values())
    assert [(echo.a, echo.b, echo.kind) for echo in find_echoes(documents)] == [
        ("1.txt", "3.txt", "retold")
    ]


@pytest.mark.parametrize("case", mark_cases(read_cases("echoes")))
def test_story_is_retold_if_its_sentences_are_in_order(case: dict[str, str]) -> None:
    found = find_echoes(documents_of(case["a"], case["b"]))
    assert [echo.kind for echo in found] == ([case["expect"]] if case["expect"] else [])


def test_same_speech_quoted_by_two_is_no_echo() -> None:
    speech = " ".join(
        f"“We will build part {n} of the bridge before the winter comes.”" for n in range(9)
    )
    one = f"Ann Lee spoke in Oslo. {speech} The hall was half empty. Trams stood still outside."
    two = f"The mayor had promised more. {speech} Critics call the plan dear. Work starts in May."
    assert find_echoes(documents_of(one, two)) == ()


def test_short_notes_that_share_a_sentence_are_no_copies() -> None:
    shared = "The committee of the city of Lorvik met on Monday morning at nine."
    texts = (f"{shared} 12 people died.", f"{shared} The fare rose.")
    assert find_echoes(documents_of(*texts)) == ()


def test_documents_of_one_agency_are_joined() -> None:
    texts = (
        "LONDON (Reuters) - Shares of Acme fell by a tenth on Monday.",
        "By Reuters\n\nThe maker of anvils lost ground after a warning.",
        "Acme's warning surprised the market, said Reuters analysts.",
    )
    [echo] = find_echoes(documents_of(*texts))
    assert (echo.a, echo.b, echo.kind) == ("0.txt", "1.txt", "agency")


CASES = read_cases("credits")


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_agency_is_read_where_the_article_credits_it(case: dict[str, str]) -> None:
    found = find_credit(case["text"])
    assert (found and found[0]) == case["expect"]


def test_repeating_documents_count_once() -> None:
    text = ARTICLES["003"]
    table = claimx.extract(
        *documents_of(text, edit_lightly(text), ARTICLES["000"]), model="extractive"
    )
    group = table.groups[0]
    assert (group.support, group.independent) == (2, 1)
    assert say_support(group, 3) == "2/3 (1 independent)"
    assert "2/3 (1 independent)" in table.to_markdown()


def test_articles_of_one_outlet_are_not_independent() -> None:
    known = (("a", "The Post"), ("b", "the post"), ("c", "Echo"))
    documents = [make_document("x", name, outlet=outlet) for name, outlet in known]
    assert join_sources(documents, []) == {"a": "a", "b": "a", "c": "c"}


def test_echoes_through_a_third_join_all() -> None:
    def echo(a: str, b: str) -> Echo:
        return Echo(a=a, b=b, kind="copied", share=0.5, passages=())

    assert join_sources([], [echo("a", "b"), echo("d", "e"), echo("b", "d")]) == dict.fromkeys(
        "abde", "a"
    )


def test_table_whose_independence_was_changed_is_refused(tmp_path: Path) -> None:
    text = ARTICLES["003"]
    table = claimx.extract(*documents_of(text, edit_lightly(text)), model="extractive")
    told = table.to_json().replace('"independent": 1', '"independent": 2')
    (tmp_path / "t.json").write_text(told, "utf-8")
    with pytest.raises(claimx.InputError, match="by its echoes it is 1"):
        claimx.load_table(tmp_path / "t.json")


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_texts_are_compared(texts: list[str]) -> None:
    documents = documents_of(*texts)
    names = {document.id: document for document in documents}
    for echo in find_echoes(documents):
        for passage in echo.passages:
            assert passage.a.slice(names[echo.a].text)
            assert passage.b.slice(names[echo.b].text)


def test_time_grows_with_the_text() -> None:
    def cost(size: int) -> float:
        rng = random.Random(1)
        words = [f"w{number}" for number in range(5_000)]
        texts = [" ".join(rng.choices(words, k=300)) + "." for _ in range(size)]
        documents = documents_of(*texts)
        begin = time.process_time()
        find_echoes(documents)
        return time.process_time() - begin

    cost(50)
    assert cost(800) < 12 * max(cost(200), 0.02)
