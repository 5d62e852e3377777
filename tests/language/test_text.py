"""Folding: what no longer matters, and where each folded character came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.language.text import Folded, fold_text
from tests.support.growth import assert_linear


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("  Costs\t\n fell  ", "costs fell"),
        ("“Costs” ‘fell’ «again»", '"costs" \'fell\' "again"'),
        ("a–b—c\u2011d−e", "a-b-c-d-e"),
        ("ﬁrst ｆｕｌｌ　ｗｉｄｔｈ", "first full width"),
        ("cafe\u0301 CAFÉ", "café café"),
        ("Straße", "strasse"),
        ("so\u00adft zero\u200bwidth\ufeff", "soft zerowidth"),
        ("a\u200b \u200bb", "a b"),
        ("NUL\x00here", "nulhere"),
        ("exam-\nple", "example"),
        ("U.S.-\nJapan", "u.s.-\njapan".replace("\n", " ")),
        ("R&amp;D &lt;4 &#8217;s&nbsp; x", "r&d <4 's x"),
        ("AT&T; R & D &unknown;", "at&t; r & d &unknown;"),
        ("Japanβs Japanâ€™s Japanβ\x80\x99s", "japan's japan's japan's"),
        ("Да вЂ” В\u00a0Москве", "да - в москве"),
        ("αβγ and β decay", "αβγ and β decay"),
        ("٤٥ ४५", "45 45"),
        ("10² 2½ 2 ½ H₂O", "10^2 2 1/2 2 1/2 h2o"),
        ("ｶﾞス", "ガス"),
        ("wait…", "wait..."),
        ("الحكـــومة", "الحكومة"),
    ],
)
def test_folding_leaves_only_the_wording(text: str, folded: str):
    """Typography, case, Unicode forms, markup and broken code pages fold away."""
    assert fold_text(text) == folded


TEXTS = st.text() | st.text(
    st.sampled_from(
        "aé\u0301\u0316 \n\u00a0\u00ad\u200b-&;#xnbsp123“’ﬁ½²βsâ€™ßİ각ᆨｶﾞ中กำ🇯🇵\ud800\x00"
    )
)


@given(st.text(st.sampled_from("aÉ \n\t\u00a0\u00ad\u200b-123“’ﬁ½²ßİ각中ｶ🇯🇵…—")))
def test_folding_twice_changes_nothing(text: str):
    """What is folded stays as it is."""
    assert fold_text(fold_text(text)) == fold_text(text)


@given(TEXTS)
def test_text_and_map_are_made_by_one_mechanism(text: str):
    """The folded string of a map is the folded text, spaces at the ends aside."""
    assert Folded(text).text.strip() == fold_text(text)


@given(TEXTS)
def test_every_folded_character_leads_back_into_the_source_in_order(text: str):
    """Spans are within the source, not empty, and never go backwards."""
    folded = Folded(text)
    spans = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert [s.start for s in spans] == sorted(s.start for s in spans)
    assert [s.end for s in spans] == sorted(s.end for s in spans)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&")))
def test_plain_characters_map_one_to_one(text: str):
    """In plain ASCII each character comes from itself."""
    folded = Folded(text)
    assert [folded.trace(at) for at in range(len(text))] == list(range(len(text)))


@given(TEXTS, TEXTS)
def test_folding_a_word_does_not_depend_on_its_neighbours(left: str, right: str):
    """Text after a full stop and a letter folds as it does alone."""
    assert Folded(f"{left}.\nQ{right}").text.endswith(Folded(f"Q{right}").text)


def test_map_leads_back_over_characters_that_came_and_went():
    """Each folded word is traced to the characters that it was written with."""
    text = "A“ﬁrst”\u00ad &amp; cafe\u0301…"
    folded = Folded(text)

    def trace(word: str) -> str:
        at = folded.text.index(word)
        return folded.span(at, at + len(word)).slice(text)

    assert trace("first") == "ﬁrst"
    assert trace("&") == "&amp;"
    assert trace("café") == "cafe\u0301"
    assert trace(".") == "…"


@given(TEXTS)
def test_offsets_lead_forward_as_well(text: str):
    """The start of a folded character is found again from its source offset, or one before it."""
    folded = Folded(text)
    for at in range(len(folded.text)):
        assert folded.find(folded.trace(at)) <= at


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a ",
        " ",
        "\u0301",
        "e\u0301",
        " \u200b",
        "&",
        "&nbsp;",
        "a-\n",
        "\x00",
        "β",
        "â€™",
        "中",
        "กำ",
    ],
    ids=ascii,
)
def test_folding_is_linear_in_any_input(text: str):
    """Four times the text takes about four times as long."""
    assert_linear(lambda times: Folded(text * times), 60_000)
