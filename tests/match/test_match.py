import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import combinations, islice, permutations
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimx.language.features import read_features
from claimx.language.text import fold_text
from claimx.language.wording import find_lead, rate_credit
from claimx.match import (
    Matching,
    MatchProgress,
    MatchSettings,
    explain_pair,
    match_claims,
    match_texts,
)
from claimx.match.apart import find_unshared
from claimx.match.candidates import NEAREST, find_nearest, find_pairs
from claimx.match.collection import find_common
from claimx.match.conflicts import MOST_CLASHES
from claimx.match.group import group_links, pick_mutual
from claimx.match.matcher import LONGEST
from claimx.match.matching import open_texts
from claimx.match.rows import KeyRows, number_keys
from claimx.match.standing import list_standings
from claimx.records import Alignment, Claim, Flag, Span, content_id
from tests.support.labelled import mark_cases, read_cases

CASES = read_cases("match")
MIN_SCORE = MatchSettings().min_score


def make_claim(document: str, text: str, start: int = 0, **fields: Any) -> Claim:
    span = Span(start=start, end=start + 1)
    return Claim(
        id=content_id(document, text, str(start)),
        document_id=document,
        text=text,
        quote=text,
        alignment=Alignment(status="exact", spans=(span,), score=1.0),
        **fields,
    )


def list_groups(matching: Matching) -> list[set[str]]:
    return [{claim.text for claim in group.claims} for group in matching.groups]


@pytest.mark.parametrize("case", mark_cases(CASES))
def test_pair_is_judged_as_a_reader_would(case: dict[str, Any]):
    """Each labelled pair is matched or kept apart as its label says, from either side."""
    for first, second in (("a", "b"), ("b", "a")):
        score = explain_pair(case[first], case[second]).score
        assert ("same" if score >= MIN_SCORE else "apart") == case["expect"]


@pytest.mark.parametrize("case", mark_cases(read_cases("collections")))
def test_collection_is_grouped_as_a_reader_would(case: dict[str, Any]):
    """Exactly the groups of two claims or more that each row lists are made of its reports."""
    named = [(name, text) for name, texts in case["documents"].items() for text in texts]
    names = {text: f"{name}{case['documents'][name].index(text)}" for name, text in named}
    matching = match_texts([text for _, text in named], documents=[name for name, _ in named])
    found = [sorted(names[claim.text] for claim in group.claims) for group in matching.groups]
    assert sorted(group for group in found if len(group) > 1) == sorted(case["groups"])


def test_most_cases_are_pairs_to_keep_apart():
    """The labelled pairs hold more hard negatives than paraphrases."""
    apart = [case for case in CASES if case["expect"] == "apart"]
    assert len(CASES) >= 200
    assert len(apart) > len(CASES) / 2
    assert len({case["label"] for case in CASES}) == len(CASES)


# --- conflicts ---------------------------------------------------------------------------------


def test_differing_numbers_of_two_documents_are_a_conflict():
    """Two documents that give different death tolls stay apart and are reported."""
    matching = match_claims(
        [
            make_claim("a", "21 people died when the ferry sank."),
            make_claim("b", "22 people died when the ferry sank."),
        ]
    )
    (conflict,) = matching.conflicts
    why = "21 people / 22 people"
    assert (conflict.a, conflict.b, conflict.kind, conflict.why) == (0, 1, "number", why)
    assert conflict.claim_a in matching.groups[0].claims
    assert conflict.claim_b in matching.groups[1].claims


@pytest.mark.parametrize(
    ("second", "kind"), [(date(2031, 5, 7), "development"), (date(2031, 5, 5), "number")]
)
def test_count_that_rises_in_a_later_document_is_a_development(second: date, kind: str):
    """A toll of 22 after one of 21 is a development; one of 21 after 22 is a conflict."""
    claims = [
        make_claim("a", "21 people died when the ferry sank."),
        make_claim("b", "22 people died when the ferry sank."),
    ]
    (conflict,) = match_claims(claims, days={"a": date(2031, 5, 6), "b": second}).conflicts
    assert (conflict.kind, conflict.why) == (kind, "21 people / 22 people")


@pytest.mark.parametrize("days", [{}, {"a": date(2031, 5, 6)}])
def test_count_of_a_document_without_a_day_is_no_development(days: dict[str, date]):
    """Where one of two documents has no day, nothing says which toll is later."""
    claims = [
        make_claim("a", "21 people died when the ferry sank."),
        make_claim("b", "22 people died when the ferry sank."),
    ]
    (conflict,) = match_claims(claims, days=days).conflicts
    assert conflict.kind == "number"


def test_differing_claims_of_one_document_are_two_facts():
    """A document that gives two tolls means two events; that is no conflict."""
    matching = match_claims(
        [
            make_claim("a", "21 people died when the ferry sank."),
            make_claim("a", "22 people died when the ferry sank.", 90),
        ]
    )
    assert len(matching.groups) == 2
    assert matching.conflicts == ()


def test_days_conflict_whoever_tells_them():
    """A speaker before or behind what is said hides no difference."""
    for other in (
        "The bridge over the Tarn closed on Friday, the mayor said.",
        "The bridge over the Tarn closed on Friday, said Ines Falk.",
        "Mayor Ines Falk said that the bridge over the Tarn closed on Friday.",
    ):
        (conflict,) = match_texts(["The bridge over the Tarn closed on Thursday.", other]).conflicts
        assert (conflict.kind, conflict.why) == ("time", "Thursday / Friday")


def test_statement_contradicts_nobody_who_only_speaks_of_it():
    """That nobody says that the dam is safe is no conflict with a dam that is unsafe."""
    other = "The dam above Lund is not safe."
    for spoken in (
        "If inspectors say that the dam above Lund is safe, the road will open.",
        "Most farmers say that the dam above Lund is safe.",
        "Falk was fired after she said that the dam above Lund is safe.",
    ):
        assert match_texts([spoken, other]).conflicts == ()
    assert match_texts(["Officials say that the dam above Lund is safe.", other]).conflicts


def test_shares_of_people_contradict_each_other():
    """Most cannot say what few say."""
    matching = match_texts(
        ["Most farmers say that the dam is safe.", "Few farmers say that the dam is safe."]
    )
    assert [conflict.why for conflict in matching.conflicts] == ["Most / Few"]


def test_pair_is_kept_apart_by_how_a_text_speaks_of_the_statement():
    """What keeps them apart is told in the words of the text that only speaks of it."""
    compared = explain_pair("Nobody said that the dam broke.", "The dam broke.")
    assert compared.why == "Nobody said / stated"


def test_two_groups_conflict_once():
    """Several claims on either side make one conflict between their groups."""
    matching = match_claims(
        [
            make_claim("a", "The company will close the plant in Leeds."),
            make_claim("b", "The firm will close its plant in Leeds."),
            make_claim("c", "The company will not close the plant in Leeds."),
            make_claim("d", "The firm will not close its plant in Leeds."),
        ]
    )
    assert len(matching.groups) == 2
    assert [conflict.kind for conflict in matching.conflicts] == ["negation"]


def test_rows_of_one_document_contradict_another_in_one_thing_once():
    """What three rows of a document hold against one row, in the same values, is told once."""
    killed = "The gunman killed three people at the mill"
    details = ("on Monday", "with a rifle", "after a quarrel with his chief")
    texts = ["The gunman killed one person at the mill.", *(f"{killed} {one}." for one in details)]
    found = match_texts(texts, documents=["a", "b", "b", "b"])
    assert len(found.groups) == 4
    assert [conflict.why for conflict in found.conflicts] == ["one person / three people"]


def test_group_contradicts_few_others():
    """Of thirty tolls for one ferry, each is set beside eight others at most."""
    matching = match_texts([f"The ferry sank and {n} people died." for n in range(21, 51)])
    sides = Counter(side for one in matching.conflicts for side in (one.a, one.b))
    assert len(matching.groups) == 30
    assert max(sides.values()) == MOST_CLASHES


def test_unrelated_claims_do_not_conflict():
    """Claims that differ in a number but are about different things are not reported."""
    matching = match_texts(
        ["The museum drew 400 visitors on Friday.", "The storm damaged 30 houses in Florida."]
    )
    assert len(matching.groups) == 2
    assert matching.conflicts == ()


def test_conflict_does_not_rest_on_what_is_flagged():
    """A claim whose number its source does not give contradicts nobody."""
    flag = Flag(kind="number", message="22 not in the source")
    claims = [
        make_claim("a", "21 people died when the ferry sank."),
        make_claim("b", "22 people died when the ferry sank.", flags=(flag,)),
    ]
    assert match_claims(claims).conflicts == ()


def test_claim_that_contradicts_its_quote_contradicts_nobody_else():
    """What a model got wrong is no news about two outlets."""
    wrong = make_claim("b", "22 people died when the ferry sank.")
    wrong = wrong.model_copy(update={"quote": "21 people died when the ferry sank."})
    claims = [make_claim("a", "21 people died when the ferry sank."), wrong]
    assert match_claims(claims).conflicts == ()


# --- the canonical claim -----------------------------------------------------------------------


def test_canonical_claim_is_said_by_all_members():
    """Of two wordings the one that says less stands for the group: both say it."""
    full = "Angry nurses walked out over pay in Leeds."
    short = "Nurses walked out over pay in Leeds."
    (group,) = match_texts([short, full]).groups
    assert group.claim.text == short


def test_member_that_says_much_less_does_not_support():
    """A claim that lacks much of the wording stands by itself; the wording entails it at most."""
    texts = [
        "The joint Danish and Swedish service honoured drowned sailors of Kalto.",
        "The Danish and Swedish joint service honoured the drowned sailors of Kalto.",
        "He attended a ceremony on Kalto.",
    ]
    wordings = [[make_claim(name, text)] for name, text in zip("abc", texts, strict=True)]
    standings = list_standings([[0, 1, 2]], wordings, open_texts(texts).matcher.comparer)
    assert sorted(standing.members for standing in standings) == [(0, 1), (2,)]


def test_headline_does_not_stand_for_a_group():
    """A wording without articles or full stop is shown under the row, not as the row."""
    headline = "Nurses walk out over pay in Leeds"
    sentence = "Nurses walked out over pay in Leeds."
    (group,) = match_texts([headline, sentence]).groups
    assert group.claim.text == sentence


def test_canonical_claim_is_attributed():
    """Of two claims with the same words, the one that names a speaker stands for the group."""
    text = "The dam is stable."
    claims = [make_claim("a", text), make_claim("b", text, speaker="Ana Ruiz")]
    (group,) = match_claims(claims).groups
    assert group.claim.speaker == "Ana Ruiz"


def test_row_names_no_speaker_whom_another_member_does_not_credit():
    """What an article says by itself stands before "the port said that"."""
    told, plain = "The port said that 40 jobs will go in Leeds.", "40 jobs will go in Leeds."
    claims = [make_claim("a", told, speaker="the port"), make_claim("b", plain)]
    (group,) = match_claims(claims).groups
    assert group.claim.text == plain


def test_row_names_no_speaker_if_each_member_credits_another():
    """What two bodies say is worded as what they say; the claims keep who says it."""
    said = [("The port said that 40 jobs will go in Leeds.", "the port")]
    said.append(("The union said 40 jobs will go in Leeds.", "the union"))
    claims = [make_claim(at, text, speaker=who) for at, (text, who) in zip("ab", said, strict=True)]
    (group,) = match_claims(claims).groups
    assert group.wording == "40 jobs will go in Leeds."
    assert [(one.text, one.speaker) for one in group.claims] == said


def test_row_is_worded_by_a_member_that_can_go_without_its_speaker():
    """Of two that credit others, "emphasized" stays; what the union said, both say."""
    bound = make_claim("a", "Moen emphasized that 40 jobs will go in Leeds.", speaker="Moen")
    loose = make_claim("b", "The union said that 40 jobs will go in Leeds.", speaker="the union")
    chosen = rate_credit(bound, [loose]), rate_credit(loose, [bound])
    assert chosen == (2, 1)
    (standing,) = list_standings(
        [[0, 1]], [[bound], [loose]], open_texts([bound.text, loose.text]).matcher.comparer
    )
    assert standing.chosen == 1


def test_canonical_claim_has_no_doubts_if_any_member_has_none():
    """A flagged claim does not stand for a group that has one without flags."""
    flag = Flag(kind="name", message="not in the source")
    claims = [
        make_claim("a", "Nurses walked out over pay in Leeds on Friday.", flags=(flag,)),
        make_claim("b", "Angry nurses walked out over pay in Leeds on Friday."),
    ]
    (group,) = match_claims(claims).groups
    assert group.claim.document_id == "b"


# --- whole runs --------------------------------------------------------------------------------

SUBJECTS = ("Norway", "Sweden", "The union", "Mayor Ana Ruiz", "The company")
ACTIONS = ("will close", "will not close", "may close", "closed", "opened", "plans to shut")
OBJECTS = ("the plant in Leeds", "two plants in Leeds", "12 schools", "21 schools", "the port")
TAILS = ("", " on Friday", " on Monday", " in 2024", ", officials said")

texts = st.builds(
    "{} {} {}{}.".format,
    *map(st.sampled_from, (SUBJECTS, ACTIONS, OBJECTS, TAILS)),
)
claims = st.lists(st.tuples(st.sampled_from("abcd"), texts, st.integers(0, 99)), max_size=14).map(
    lambda rows: [make_claim(*row) for row in dict.fromkeys(rows)]
)
quick = settings(max_examples=60)


@quick
@given(claims, st.randoms(use_true_random=False))
def test_order_of_claims_does_not_matter(given_claims: list[Claim], random: Any):
    """Shuffled claims give the same groups and conflicts, in the same order."""
    shuffled = random.sample(given_claims, len(given_claims))
    assert match_claims(shuffled) == match_claims(given_claims)


def test_wording_that_names_a_speaker_whom_others_do_not_name_stands_for_no_row():
    plain = "The dam at Risk holds 4 million tonnes of water."
    claims = [
        make_claim("a", plain[:-1] + ", said Ola Ek.", speaker="Ola Ek"),
        make_claim("b", plain),
        make_claim("c", plain),
    ]
    (group,) = match_claims(claims).groups
    assert group.claim.text == plain


def test_ties_are_settled_by_wording_not_by_order():
    """A claim that fits two groups that exclude each other joins the same one in any order."""
    rows = [
        make_claim("a", "The troops left their base in Goma on Monday."),
        make_claim("b", "The troops left their base in Goma."),
        make_claim("c", "The troops left their base in Goma on Thursday."),
    ]
    results = [match_claims(order) for order in permutations(rows)]
    assert len(results[0].groups) == 2
    assert all(result == results[0] for result in results)


@quick
@given(claims)
def test_every_claim_is_in_one_group(given_claims: list[Claim]):
    """No claim is lost and none is in two groups."""
    grouped = [claim.id for group in match_claims(given_claims).groups for claim in group.claims]
    assert sorted(grouped) == sorted(claim.id for claim in given_claims)


@quick
@given(claims)
def test_matching_again_changes_nothing(given_claims: list[Claim]):
    """The claims of the groups, matched again, give the same groups."""
    once = match_claims(given_claims)
    assert match_claims([claim for group in once.groups for claim in group.claims]) == once


@quick
@given(claims.filter(bool), st.data())
def test_copy_joins_its_original_and_changes_nothing_else(given_claims: list[Claim], data: Any):
    """A claim of the same wording in another document joins that group; the others stay."""
    original = data.draw(st.sampled_from(given_claims))
    before = match_claims(given_claims)
    after = match_claims([*given_claims, make_claim("z", original.text)])
    assert sorted(map(sorted, list_groups(before))) == sorted(map(sorted, list_groups(after)))
    (joined,) = [g for g in after.groups if any(c.document_id == "z" for c in g.claims)]
    assert original in joined.claims


@quick
@given(claims)
def test_no_group_holds_a_pair_that_differs(given_claims: list[Claim]):
    """No two claims of a group differ in a number or a denial."""
    for group in match_claims(given_claims).groups:
        for first, second in combinations(group.claims, 2):
            if fold_text(first.text) != fold_text(second.text):
                assert find_unshared(read_features(first.text), read_features(second.text)) is None


@quick
@given(claims)
def test_wording_of_a_group_is_one_of_its_members(given_claims: list[Claim]):
    """The claim that stands for a group is a member, never a mixture; so is its wording."""
    for group in match_claims(given_claims).groups:
        assert group.claim in group.claims
        assert find_lead(group.wording, [group.claim]) is group.claim


def test_doubt_about_a_name_is_no_doubt_about_what_both_say():
    """One outlet adds "and potentially SM-6 missiles"; nothing that the other says is in doubt."""
    matching = match_claims(
        [
            make_claim("a", "The allies will build air-to-air missiles, including AMRAAM."),
            make_claim(
                "b",
                "The allies will build air-to-air missiles, including AMRAAM "
                "and potentially SM-6 surface-to-air missiles.",
            ),
        ]
    )
    assert matching.conflicts == ()


def test_who_watches_is_told_how_far_matching_is():
    """All wordings are read, then compared; a repeated one counts once."""
    told: list[MatchProgress] = []
    match_texts(["Leeds lost.", "Hull won.", "leeds lost."], watch=told.append)
    assert told == [("read", 0, 2), ("compare", 2, 2)]


def test_nothing_gives_nothing():
    """No claims make no groups."""
    assert match_claims([]) == Matching(groups=())


def test_texts_of_small_words_are_compared():
    """A text whose words have no meaning of their own differs from nothing, and ends nothing."""
    found = explain_pair("It is what it is.", "The dam is stable.")
    assert found.score < MIN_SCORE


def test_texts_without_words_stay_by_themselves():
    """A text of marks alone has nothing in common with any other."""
    assert len(match_texts(["...", "---", "The dam is stable."]).groups) == 3


# --- parts -------------------------------------------------------------------------------------


def group_three(
    scores: dict[tuple[int, int], float], homes: str = "abc", measured: float = 0.0
) -> list[list[int]]:
    """Group 0, 1 and 2 of *homes*; what is not in *scores* is *measured* when it is asked for."""
    links = sorted(((*pair, score) for pair, score in scores.items()), key=lambda link: -link[2])
    return group_links(
        [frozenset(map(ord, home)) for home in homes],
        (),
        links,
        lambda pairs: [scores.get((min(pair), max(pair)), measured) for pair in pairs],
        0.6,
    )


def test_chain_does_not_run_away():
    """A is like B and B like C, but A is not like C: the three are no group."""
    assert group_three({(0, 1): 0.9, (1, 2): 0.8}) == [[0, 1], [2]]


def test_mean_decides_over_all_pairs():
    """A third joins when its mean over both others nearly reaches the cut-off."""
    assert group_three({(0, 1): 0.9, (1, 2): 0.8}, measured=0.4) == [[0, 1, 2]]


def test_mean_is_the_same_in_every_python():
    """Six scores that are just enough are so also where sum() adds them up one by one (3.11)."""
    links = [(0, 1, 0.9), (2, 3, 0.9), (2, 4, 0.9), (0, 2, 0.582)]
    homes = [frozenset({home}) for home in range(5)]
    assert group_links(homes, (), links, lambda pairs: [0.582] * len(pairs), 0.6) == [[*range(5)]]


def test_pair_kept_apart_keeps_its_groups_apart():
    """Two that must not meet are in different groups, however alike their friends are."""
    assert group_three({(0, 1): 0.9, (1, 2): 0.9}, measured=-inf) == [[0, 1], [2]]


def test_group_has_one_of_each_document():
    """A second claim of a document joins no group that has one already."""
    assert group_three({(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.9}, "aba") == [[0, 1], [2]]


def test_pair_that_has_a_better_match_is_not_mutual():
    """Of two claims of one document, the one more like the third is its match."""
    first, second = np.array([0, 1]), np.array([2, 2])
    mutual = pick_mutual(first, second, np.array([0.7, 0.8]), np.array([5, 5, 6]))
    assert mutual.tolist() == [False, True]


def test_of_equally_near_texts_the_first_are_compared():
    """Which of many equals a text is held against does not depend on the processor."""
    codes = find_nearest(np.full((300, 4), 127, np.int8))
    assert {code // 300 for code in codes.tolist()} == set(range(NEAREST + 1))


def number_texts(keys: Sequence[set[str]]) -> tuple[KeyRows, dict[str, int]]:
    counts = Counter(key for some in keys for key in some)
    ids = {key: at for at, key in enumerate(sorted(counts, key=lambda key: (counts[key], key)))}
    numbers = np.array([ids[key] for some in keys for key in some], np.int32)
    rows = number_keys(
        list(map(len, keys)), numbers, np.array([counts[key] for key in ids], np.int64)
    )
    return rows, ids


def list_pairs(keys: Sequence[set[str]]) -> list[tuple[int, int]]:
    rows, _ = number_texts(keys)
    chunks = (
        zip(*pairs, strict=True)
        for pairs in find_pairs(rows, np.zeros((len(rows.sizes), 1), np.int8))
    )
    return [(int(first), int(second)) for chunk in chunks for first, second in chunk]


def test_wordings_of_one_sentence_take_time_as_their_number() -> None:
    def measure(size: int) -> float:
        words = ("large", "small", "old", "new", "bright", "quiet", "busy", "narrow")
        texts = [
            f"The {one} market in the {two} town near the {three} harbour reopened in the summer."
            for one, two, three in islice(permutations(words, 3), size)
        ]
        begun = time.process_time()
        match_texts(texts)
        return time.process_time() - begun

    measure(20)
    assert measure(200) < 3 * measure(100) + 0.2


def test_text_as_long_as_an_article_is_compared_with_no_other():
    """Of what is longer than a claim may be, only the same wording says the same."""
    article = "Four people died in Lima. " * 100
    matching = match_texts([article, f"{article} It rained.", article.upper()])
    assert sorted(len(group.claims) for group in matching.groups) == [1, 2]
    assert explain_pair(article, f"{article} It rained.").score == 0


@pytest.mark.parametrize(
    "pattern", ["(AP) ", "Ann met Bob, ", "# Heading\n\n", "Ann Lee, Bob Roy and "]
)
def test_names_without_number_are_compared_in_little_time(pattern: str):
    """Two claims that are lists of names take less than the word pairs times the name pairs."""
    text = (pattern * LONGEST)[: LONGEST - 20]
    started = time.process_time()
    match_texts([text, f"{text} in Lima"])
    assert time.process_time() - started < 2


def test_pairs_grow_with_the_number_of_texts_not_its_square():
    """Texts that all share their words are compared with neighbours alone."""
    same = [{"fire", "city", "people", str(i)} for i in range(2000)]
    assert len(list_pairs(same)) < 100 * len(same)


def test_texts_that_share_a_rare_word_are_paired():
    """One rare word in common is enough to be compared."""
    keys = [{"zanzibar", f"a{i}", "fire"} for i in range(2)]
    keys += [{"fire", f"b{i}"} for i in range(100)]
    assert (0, 1) in list_pairs(keys)


@quick
@given(st.lists(st.sets(st.sampled_from("abcdefgh")), min_size=2, max_size=20))
def test_few_texts_are_paired_wherever_they_share_a_word(keys: list[set[str]]):
    """In a collection smaller than a block, every pair that shares a key is found, once."""
    shared = [
        (first, second)
        for first, second in combinations(range(len(keys)), 2)
        if keys[first] & keys[second]
    ]
    assert list_pairs(keys) == shared


@quick
@given(st.lists(st.sets(st.sampled_from("abcdefgh")), min_size=2, max_size=9))
def test_keys_of_both_sides_are_found(keys: list[set[str]]):
    """The keys that two texts share are found, pair by pair."""
    rows, ids = number_texts(keys)
    pairs = list(combinations(range(len(keys)), 2))
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    common = find_common(rows, first, second)
    owners, mine, theirs = common.matches
    assert rows.keys[mine].tolist() == rows.keys[theirs].tolist()
    for number, (one, two) in enumerate(pairs):
        found = set(rows.keys[mine[owners == number]].tolist())
        assert found == {ids[key] for key in keys[one] & keys[two]}


def test_texts_without_a_word_in_common_can_be_measured():
    """Vectors alone make a similarity; that nothing is shared is no error."""
    found = open_texts(["A blaze in the mill.", "Two sheds burnt down."]).matcher.compare(0, 1)
    assert 0 <= found.score < MIN_SCORE


def test_claim_that_says_more_entails_the_general_one():
    """Two groups, linked from the specific to the general one, whatever their order."""
    claims = [
        make_claim("a", "The dam at Vajont failed."),
        make_claim(
            "b",
            "The dam at Vajont failed in October after heavy rain on the northern slope, "
            "and a wave swept through the village below.",
        ),
    ]
    for ordered in (claims, claims[::-1]):
        matching = match_claims(ordered)
        assert len(matching.groups) == 2
        assert matching.entailments == ((1, 0),)


def test_allegation_is_kept_apart_from_the_fact():
    """The same words are two claims where one document alleges what the other states."""
    texts = [
        ("Moreno set the fire at the mill.", "alleged"),
        ("Moreno allegedly set the fire at the mill.", "alleged"),
        ("Police allege Moreno set the fire at the mill.", "reported"),
        ("Moreno set the fire at the mill.", "asserted"),
        ("Moreno set the fire at the mill.", "reported"),
        ("Moreno was charged with arson.", "alleged"),
        ("Moreno was charged with arson.", "reported"),
    ]
    claims = [make_claim(str(at), text, modality=told) for at, (text, told) in enumerate(texts)]
    matching = match_claims(claims)
    found = sorted(
        sorted(int(one.document_id) for one in group.claims) for group in matching.groups
    )
    assert found == [[0, 1, 2], [3, 4], [5, 6]]
    assert matching.entailments == ()
