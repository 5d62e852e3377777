"""Alignment: the quote's own place, or none."""

import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from claimx.align import Quote, align_quote, align_quotes
from claimx.language.text import fold_text
from claimx.records import Alignment, Span
from tests.support.growth import assert_linear
from tests.support.labelled import mark_cases, read_cases

CASES = read_cases("align")


def read_quote(case: dict[str, Any]) -> Quote:
    """Make the quote that a row describes."""
    near = tuple(Span(start=start, end=end) for start, end in case.get("near", ()))
    return Quote(text=case["quote"], near=near, claim=case.get("claim", ""))


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_quote_is_found_where_it_stands_and_nowhere_else(case: dict[str, Any]):
    """Each row of the cases gets the status, the spans and the reason that it expects."""
    text, expect = case["text"], case["expect"]
    found = align_quote(read_quote(case), text)
    assert found.status == expect["status"], found
    assert [span.slice(text) for span in found.spans] == expect.get("spans", [])
    if "starts" in expect:
        assert [span.start for span in found.spans] == expect["starts"]
    if "nearest" in expect:
        assert found.nearest is not None
        assert found.nearest.slice(text) == expect["nearest"]
    assert expect.get("why", "") in found.why


def test_cases_are_many_and_hold_negatives_and_known_failures():
    """The table stays worth its name."""
    statuses = [case["expect"]["status"] for case in CASES]
    assert len(CASES) >= 150
    assert statuses.count("not_found") >= 50
    assert any("xfail" in case for case in CASES)


def test_refused_place_is_named_with_what_it_has_otherwise():
    """A number that differs is never cited; the nearest place and both numbers are told."""
    text = "Sales rose. Costs fell 4%."
    found = align_quote("Costs fell 9%.", text)
    assert found.status == "not_found"
    assert found.nearest == Span(start=12, end=26)
    assert found.why == "has 4, quote says 9"
    assert not found.found


def test_fuzzy_find_carries_its_score():
    """Changed words are never hidden behind a score of 1."""
    found = align_quote(
        "highlighting its crucial role in the region",
        "highlighting its critical role in the region",
    )
    assert found.status == "fuzzy"
    assert 0.75 <= found.score < 1


def test_min_score_is_inclusive_and_only_bounds_fuzzy_finds():
    """A stricter cut-off refuses the same place, and no verbatim one."""
    text = "highlighting its critical role in the region"
    quote = "highlighting its crucial role in the region"
    score = align_quote(quote, text, min_score=0.0).score
    assert align_quote(quote, text, min_score=score - 0.001).status == "fuzzy"
    refused = align_quote(quote, text, min_score=0.999)
    assert refused.status == "not_found"
    assert "alike" in refused.why
    assert align_quote(text, text, min_score=1.0).status == "exact"


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u200b", "\u00a0 \u00ad", "&nbsp;", "\x00"])
def test_blank_quote_is_a_mistake(blank: str):
    """A quote that shows nothing raises, and says which one it is."""
    with pytest.raises(ValueError, match="quote 1 is blank"):
        align_quotes(["Costs fell", blank], "Costs fell")


def test_no_quotes_give_no_alignments():
    """Nothing asked, nothing answered."""
    assert align_quotes([], "Costs fell") == ()


def test_quotes_keep_their_order_and_do_not_see_each_other():
    """Each quote of many is aligned as it would be alone."""
    text = "Costs fell 4%. Sales rose. Costs fell 4%."
    quotes = ["Sales rose", "Costs fell 4%", "Costs fell 9%", "Sales rose"]
    assert align_quotes(quotes, text) == tuple(align_quote(quote, text) for quote in quotes)
    assert align_quotes(quotes[::-1], text) == align_quotes(quotes, text)[::-1]


def test_thousands_of_places_are_ambiguous_and_capped():
    """The first thousand are given, and it is said."""
    found = align_quote("Costs fell.", "Costs fell. " * 3000)
    assert found.status == "ambiguous"
    assert len(found.spans) == 1000
    assert "1000 places or more" in found.why


def test_named_sentence_decides_among_thousands():
    """A sentence beyond the first thousand places is still looked at."""
    near = Span(start=12 * 2500, end=12 * 2500 + 11)
    found = align_quote(Quote(text="Costs fell.", near=(near,)), "Costs fell. " * 3000)
    assert (found.status, found.spans) == ("exact", (near,))


def test_seed_sentences_are_found_where_they_stand(seeds: Path):
    """Each sentence of the five articles is found, in any typography, at its own place."""
    for path in sorted(seeds.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if len(line) > 40 and text.count(line) == 1]
        plain = [fold_text(line) for line in lines]
        shouted = [line if "β" in line else line.upper() for line in lines]
        for written in (lines, plain, shouted):
            for line, found in zip(lines, align_quotes(written, text), strict=True):
                start = text.index(line)
                assert found.status in ("exact", "normalized"), (line, found)
                assert start <= found.spans[0].start < found.spans[0].end <= start + len(line)
                assert len(found.spans[0].slice(text)) >= 0.9 * len(line)


# properties

WORD_LIST = """
costs fell sharply Japan’s U.S. troops in-depth “we must” naïve 50,000 4% ﬁrst 中国 宣布 ประเทศ भारत
مرحبا 👍🏽 🇯🇵 &amp; … [JJOC] not may (x) —
"""
WORDS = st.sampled_from(
    [*WORD_LIST.split(), "cafe\u0301", "exam-\nple", "so\u00adft", "\x00", "β\ud800"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)


def check_shape(found: Alignment, text: str) -> None:
    """Assert what must hold of every alignment."""
    for span in found.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert span.slice(text).strip() == span.slice(text)
    assert list(found.spans) == sorted(found.spans, key=lambda span: (span.start, span.end))
    assert bool(found.spans) == (found.status != "not_found")
    assert found.found == (found.status in ("exact", "normalized", "fuzzy"))
    assert 0 <= found.score <= 1
    assert (found.nearest is None) or found.nearest.end <= len(text)
    assert found.why or found.found


@given(st.lists(WORDS, min_size=1, max_size=30), st.data())
def test_words_of_a_text_align_to_themselves(words: list[str], data: st.DataObject):
    """Any run of a text's words is found, exactly or in several places, where it was taken."""
    first = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(first + 1, len(words)))
    quote, text = " ".join(words[first:end]), " ".join(words)
    assume(fold_text(quote))
    found = align_quote(quote, text)
    check_shape(found, text)
    assert found.status in ("exact", "normalized", "ambiguous"), found
    start = len(" ".join([*words[:first], ""])) if first else 0
    place = Span(start=start, end=start + len(quote))
    assert any(place.overlaps(span) for span in found.spans)
    if found.found:
        joined = "".join(span.slice(text) for span in found.spans)
        assert _letters(joined) == _letters(quote)


SIGNS = st.text(st.sampled_from("abcZ93 .,-’“éß中人กา\n👍"), min_size=1, max_size=40)


@settings(max_examples=300)
@given(SIGNS, st.data())
def test_any_stretch_of_any_text_is_found_at_its_place_or_refused_for_a_cut_word(
    text: str, data: st.DataObject
):
    """A stretch that cuts no word is found as it stands; one that does is completed or refused."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assume(fold_text(text[start:end]))
    found = align_quote(text[start:end], text)
    check_shape(found, text)
    if found.found and len(found.spans) == 1:
        assert _letters(text[start:end]) in _letters(found.spans[0].slice(text))
    if not (_is_cut(text, start) or _is_cut(text, end)):
        assert found.status in ("exact", "normalized", "ambiguous")
        assert any(span.overlaps(Span(start=start, end=end)) for span in found.spans)


def _is_cut(text: str, at: int) -> bool:
    """Tell whether a word, a mark or a number goes on over *at*."""
    if not 0 < at < len(text):
        return False
    if re.search(r"[-\u00ad‐][ \t]*\r?\n[ \t]*$", text[:at]) or re.match(
        r"[-\u00ad‐][ \t]*\r?\n", text[at:]
    ):
        return True
    around = re.sub("[.,’]", "", text[max(at - 2, 0) : at]), re.sub("[.,’]", "", text[at : at + 2])
    return all(around) and (around[0][-1] + around[1][0]).isalnum()


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, fold_text(text)))


@given(TEXTS, TEXTS)
def test_any_quote_in_any_text_gives_a_well_formed_answer(quote: str, text: str):
    """In bounds, ordered, never empty, with a reason when there is no find."""
    assume(fold_text(quote))
    check_shape(align_quote(quote, text), text)


@given(TEXTS, st.text(st.sampled_from("0123456789 zqx.\n")), st.text(st.sampled_from("0 zqx.\n")))
def test_noise_elsewhere_never_moves_a_span(text: str, before: str, after: str):
    """What stands before and after a place shifts its offsets and nothing else."""
    quote = "the ministers agreed to meet again"
    sentence = f"{text}\nYesterday the ministers agreed to meet again in Osaka.\n"
    alone = align_quote(quote, sentence)
    noisy = align_quote(quote, f"{before}\n{sentence}{after}")
    shift = len(before) + 1
    moved = tuple(Span(start=s.start + shift, end=s.end + shift) for s in alone.spans)
    assert (noisy.status, noisy.spans) == (alone.status, moved)


EDITS = st.sampled_from(["shortly", "harbour", "yellow", "quietly"])


@given(st.integers(0, 9), EDITS, st.text(st.sampled_from("zqx .\n"), max_size=200))
def test_noise_elsewhere_never_moves_a_fuzzy_span(at: int, word: str, noise: str):
    """A changed word is found at the same place in longer texts, too."""
    sentence = "the old bridge over the river was closed for repairs yesterday"
    words = sentence.split(" ")
    words[at if words[at] not in ("over", "for") else 1] = word
    found = align_quote(" ".join(words), f"{noise}\n{sentence}.\n{noise}")
    assert (found.status, found.spans[0].start) == ("fuzzy", len(noise) + 1)
    assert found.spans[0].end == len(noise) + 1 + len(sentence)


NUMBERS = st.integers(0, 10_000)


@given(NUMBERS, NUMBERS)
def test_changed_number_is_never_cited(one: int, other: int):
    """Two numbers are the same, or the place is refused."""
    assume(one != other)
    text = f"The ministry said that {one} ships had left the harbour on that day."
    quote = text.replace(str(one), str(other), 1)
    found = align_quote(quote, text)
    assert found.status == "not_found"
    assert found.why == f"has {one}, quote says {other}"


# cost

NASTY = {
    "one letter": "a",
    "one word": "a ",
    "one ideograph": "中",
    "sentence": "Costs fell 4%. ",
    "blank": " ",
    "marks": "\u0301",
    "marked letters": "e\u0301",
    "NUL": "a\x00",
    "lone surrogate": "\ud800 a ",
    "points": ". . . ",
    "ellipses": "a ... ",
    "brackets": "[",
    "bracketed": "[a] ",
    "quotation marks": '"',
    "hyphens": "a-\n",
    "flags": "🇯🇵",
    "joiners": "👨\u200d",
    "entities": "&nbsp;",
    "digits": "4,",
}


@pytest.mark.parametrize("unit", NASTY.values(), ids=NASTY)
def test_no_input_takes_more_than_linear_time(unit: str):
    """Four times as much of anything takes about four times as long."""

    def align(times: int) -> None:
        text = unit * times
        few, some = "x" + unit * 50, "x" + text[: len(text) // 10]
        quotes = ["Costs fell again.", "Costs rose", few, some]
        found = align_quotes(quotes, f"Sales rose. {text} Costs fell again.")
        assert found[0].status in ("exact", "ambiguous", "normalized")

    assert_linear(align, 12_000)


def test_ten_million_times_one_letter_is_no_trouble():
    """A text that is one long word is read once, and its neighbours are found."""
    text = "a" * 10_000_000 + " Costs fell."
    start = time.process_time()
    found = align_quotes(["Costs fell.", "a" * 100], text)
    assert found[0].status == "exact"
    assert found[1].status == "not_found"
    assert time.process_time() - start < 20


def test_document_is_indexed_once_for_all_quotes():
    """A hundred quotes cost far less than a hundred times one."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghij", k=6)) for _ in range(20_000)]
    text = " ".join(words)
    quotes = [" ".join(words[at : at + 12]) for at in range(0, 10_000, 100)]
    start = time.process_time()
    align_quote(quotes[0], text)
    one = time.process_time() - start
    found = align_quotes(quotes, text)
    assert {alignment.status for alignment in found} == {"exact"}
    assert time.process_time() - start < 12 * one + 0.2
