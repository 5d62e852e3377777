"""Sentences, their kinds, and the segments made of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.records import Document, Sentence
from claimx.segment.layout import find_title
from claimx.segment.segments import cut_article, segment_document
from claimx.segment.sentences import cut_sentences, split_sentences
from tests.support.growth import assert_linear
from tests.support.labelled import mark_cases, read_cases

ROOT = Path(__file__).parents[2]
CASES = read_cases("segment")
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))

# Characters that blocks, sentences and tables hang on, and some that are easily miscounted.
TRICKY = st.text(st.sampled_from('aB .!?\n\r\t|-•"“”,:;()#1…。第ا😀\u2028\x85\ud800'), max_size=60)
ANY_TEXT = st.one_of(st.text(), TRICKY, st.lists(TRICKY, max_size=12).map("\n".join))


def make_document(text: str) -> Document:
    return Document(id="a.txt", source="a.txt", text=text, sha256="")


def read_seed(number: str) -> str:
    [path] = [path for path in SEEDS if path.name.startswith(number)]
    return path.read_text(encoding="utf-8")


def list_kinds(text: str, kind: str) -> list[str]:
    return [each.span.slice(text) for each in split_sentences(text) if each.kind == kind]


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_text_is_cut_into_sentences_of_the_right_kind(case):
    """Each case's text is cut where its sentences end, and each is of the kind it should be."""
    text = case["text"]
    found = [f"{each.kind}: {each.span.slice(text)}" for each in split_sentences(text)]
    assert found == case["expect"]


@given(ANY_TEXT)
def test_every_character_belongs_to_one_sentence(text):
    """Spans stand in order, are trimmed, and between them is only white space."""
    done = 0
    for index, sentence in enumerate(split_sentences(text)):
        words = sentence.span.slice(text)
        assert sentence.index == index
        assert sentence.span.start >= done
        assert not text[done : sentence.span.start].strip()
        assert words == words.strip()
        assert len(words) <= 1200
        done = sentence.span.end
    assert not text[done:].strip()


@given(ANY_TEXT, st.integers(1, 400))
def test_segments_hold_every_sentence_that_may_be_extracted_from(text, max_tokens):
    """Segments share out the sentences in order, and none that states nothing is among them."""
    segments = segment_document(make_document(text), max_tokens)
    held = [sentence for segment in segments for sentence in segment.sentences]
    silent = ("furniture", "advert", "label")
    assert held == [each for each in split_sentences(text) if each.kind not in silent]
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert all(segment.document_id == "a.txt" for segment in segments)


@given(ANY_TEXT, st.integers(1, 400))
def test_blocks_of_an_article_hold_every_sentence_and_are_in_what_is_shown(text, max_tokens):
    rounds = cut_article(make_document(text), max_tokens)
    segments = [segment for each in rounds for segment in each]
    held = [sentence for segment in segments for sentence in segment.sentences]
    silent = ("furniture", "advert", "label")
    assert held == [each for each in split_sentences(text) if each.kind not in silent]
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert all(set(segment.sentences) <= set(segment.context) for segment in segments)


@given(ANY_TEXT, st.integers(1, 400))
def test_only_a_single_sentence_exceeds_the_budget(text, max_tokens):
    """A segment of several sentences has at most four characters for each token allowed."""
    for segment in segment_document(make_document(text), max_tokens):
        size = sum(each.span.end - each.span.start for each in segment.sentences)
        assert len(segment.sentences) == 1 or size <= 4 * max_tokens


@given(ANY_TEXT, st.integers(1, 100))
def test_context_stands_before_what_is_extracted(text, max_tokens):
    """Context is never extracted from: it is earlier sentences, and labels in between."""
    for segment in segment_document(make_document(text), max_tokens):
        first = segment.sentences[0].index
        assert not set(segment.context) & set(segment.sentences)
        assert all(each.index < first or each.kind == "label" for each in segment.context)
        assert [each.index for each in segment.context] == sorted(
            each.index for each in segment.context
        )


def test_context_is_the_last_label_and_two_sentences():
    """A segment knows the heading it stands under and the two sentences before it."""
    text = "One is here.\nThe Old Pier\nTwo is here. Three is here. Four is here. Five is here."
    segment = segment_document(make_document(text), 4)[-1]
    assert [each.span.slice(text) for each in segment.sentences] == ["Five is here."]
    assert [each.span.slice(text) for each in segment.context] == [
        "The Old Pier",
        "Three is here.",
        "Four is here.",
    ]


def test_table_header_goes_along_with_its_rows():
    """The header of a table is context of the segment that holds its rows."""
    text = "| Year | Ships |\n|---|---|\n| 2023 | 14 |\n| 2024 | 15 |"
    [segment] = segment_document(make_document(text), 100)
    assert [each.span.slice(text) for each in segment.context] == ["| Year | Ships |"]
    assert len(segment.sentences) == 2


def test_segment_starts_at_a_label_when_it_is_half_full():
    """A section heading parts segments, once the budget is half used."""
    text = "The pier was built of wood.\nThe New Wall\nThe wall was built of stone."
    segments = segment_document(make_document(text), 13)
    assert [len(segment.sentences) for segment in segments] == [1, 1]
    assert len(segment_document(make_document(text), 100)) == 1


def test_sentence_longer_than_any_budget_is_cut_at_clause_ends():
    """A sentence of 1 MB becomes pieces of at most 300 tokens that end where clauses end."""
    text = "the pier was mended again by the same crew as in the year before, " * 15_000
    sentences = split_sentences(text)
    assert all(each.span.slice(text).endswith(",") for each in sentences)
    assert max(each.span.end - each.span.start for each in sentences) <= 1200


def test_text_without_spaces_is_cut_anyway():
    """A run of letters longer than a sentence may be is cut by length."""
    assert [each.span.end for each in split_sentences("x" * 3000)] == [1200, 2400, 3000]


def test_long_paragraph_is_cut_at_sentence_ends_alone():
    """Where the splitter's view of a long paragraph ends makes no sentence end."""
    text = "The committee met in the old hall and spoke for an hour. " * 600
    assert {each.span.slice(text) for each in split_sentences(text)} == {
        "The committee met in the old hall and spoke for an hour."
    }


WIDE_SPACES = "\u00a0\u1680\u2000\u2003\u2009\u202f\u205f\u3000\u2028\u2029\x85\x0b\x0c\x1c"


@pytest.mark.parametrize("space", WIDE_SPACES, ids=ascii)
def test_wide_space_before_a_full_stop_is_a_space(space):
    """The splitter panics at it; what it is spared is the same in every other space."""
    text = f"They gave vitamin D{space}. Soon the U.S{space}. said it helped."
    assert cut_sentences(text) == cut_sentences(text.replace(space, " "))
    assert split_sentences(text)


def test_lone_surrogate_moves_nothing():
    """Half a character that no encoding holds counts as one code point."""
    text = "It is \ud83d odd. He left."
    assert [each.span.slice(text) for each in split_sentences(text)] == [
        "It is \ud83d odd.",
        "He left.",
    ]


# Each was quadratic at some time, here or in the library.
NASTY = {
    "opening quotes": "“" * 50_000,
    "opened quotations": '"a. ' * 13_333,
    "full stops": "." * 50_000,
    "table rules": "|-|\n" * 5_000,
    "rows without end": "|-|\n" + "|a|\n" * 5_000,
    "dashes": "-" * 50_000 + "x",
    "tags": "a b\n" * 5_000,
    "addresses": "@.@.@.@.@.@.@.@.@.@. a\n" * 1_666,
    "short sentences": "第一句。" * 5_000,
    "list numbers": "1. " * 6_666,
    "words that look short": "“me. A" * 8_333,
    "capitals": "TOKYO " * 8_333,
    "letters": "a" * 50_000,
    "one line": "The U.S. is acting swiftly, he said. " * 1_333,
    "sales talk": "You can easily sign up now.\n" * 1_666,
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NASTY.items()])
def test_time_is_linear_on_hostile_text(text):
    """Four times the text takes about four times as long, whatever is repeated in it."""

    def cut(size: int) -> None:
        document = make_document(text[: size - 1] + text[-1])
        segment_document(document, 500)
        cut_article(document, 500)

    assert_linear(cut, 30_000)


def test_seed_advert_is_marked_and_nothing_else():
    """The advert in the middle of an article is found by its words, sentence by sentence."""
    adverts = {path.name[:3]: list_kinds(path.read_text("utf-8"), "advert") for path in SEEDS}
    found = adverts.pop("001")
    assert len(found) == 4
    assert found[0].startswith("vCard.red is a free platform")
    assert not any(adverts.values())


@pytest.mark.parametrize(
    ("number", "labels", "furniture"), [("000", 2, 3), ("001", 7, 2), ("002", 17, 9), ("003", 0, 0)]
)
def test_seed_labels_and_furniture_are_set_apart(number, labels, furniture):
    """The headings, dashes, scores and tags of the seeds are no sentences to extract from."""
    text = read_seed(number)
    assert len(list_kinds(text, "label")) == labels
    assert len(list_kinds(text, "furniture")) == furniture


ARTICLE = "The old harbour of Porto was closed on Monday because a storm broke its wall. " * 12


def test_advert_between_paragraphs_is_marked():
    """A paragraph that sells to the reader in words of its own is an advert."""
    advert = "Sign up today and get a free trial account of our budgeting app, you will love it."
    text = f"{ARTICLE}\n{advert}\n{ARTICLE}"
    assert list_kinds(text, "advert") == [advert]


@pytest.mark.parametrize(
    "paragraph",
    [
        "You can easily walk on the old wall of the harbour of Porto once the storm is over.",
        "“You can easily sign up for a free account and download our app,” the witness testified.",
        "Prosecutors questioned seven witnesses concerning fraudulent invoices yesterday evening.",
    ],
)
def test_paragraph_that_only_looks_like_an_advert_is_kept(paragraph):
    """Speaking to the reader, quoting a sales talk, or a new subject alone make no advert."""
    assert not list_kinds(f"{ARTICLE}\n{paragraph}\n{ARTICLE}", "advert")


def test_short_text_has_no_adverts():
    """With hardly any text around it, nothing can be told to stand apart."""
    assert not list_kinds("The pier opened.\nSign up now and get your free trial plan.", "advert")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "Harbour Closes After Storm\n\nThe harbour closed on Monday.",
            "Harbour Closes After Storm",
        ),
        ("World\n\nHarbour Closes After Storm\n\nIt closed.", "Harbour Closes After Storm"),
        ("# The Harbour\n\nIt closed on Monday.", "The Harbour"),
        ("World\n\nIt closed on Monday.", "World"),
        ("It closed on Monday.\nThe Old Pier\nIt is wet.", None),
        ("Importance Score: 7 / 10\nIt closed on Monday.\nThe Old Pier\nIt is wet.", None),
        ("", None),
    ],
)
def test_title_is_the_headline_before_the_first_paragraph(text, title):
    """A headline in front is the title; a heading after the first paragraph is not."""
    assert find_title(text) == title


def test_sentence_is_a_frozen_record():
    """Sentences compare by value and carry nothing but index, span and kind."""
    assert set(Sentence.model_fields) == {"index", "span", "kind"}
