from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimx.match.compare import BULK
from claimx.match.embed import relate_rows, relate_two
from claimx.match.evidence import Evidence
from claimx.match.guards import GUARDS, guard_roles
from claimx.match.matching import open_comparer
from claimx.match.screen import Doubt, pick_guards

PARTS = {
    "who": ["Apex Steel", "Boreal Bank", "Jo Park (JP)", "Jo Park", "JP", "the firm", "Japan"],
    "verb": [
        "was hired by",
        "rehired",
        "fired",
        "hired",
        "did not hire",
        "plans to hire",
        "hired and then fired",
    ],
    "number": [
        "21",
        "22",
        "over 22",
        "about 21",
        "20 to 22",
        "21%",
        "$21",
        "twenty-one",
        "dozens",
        "",
    ],
    "count": ["people", "workers", "a worker", "million", "", "7 men and 8 women", "Apex Steel"],
    "when": [
        "on March 3",
        "on March 4",
        "in March",
        "on Monday",
        "last week",
        "last year",
        "recently",
        "in 2021",
        "",
    ],
    "where": ["in Tokyo", "in Paris", "near Lake Holm", "at noon", "by Boreal Bank", ""],
}
sentences = st.builds(
    lambda *parts: " ".join(parts) + ".", *(st.sampled_from(part) for part in PARTS.values())
)


@settings(max_examples=60, deadline=None)
@given(st.lists(sentences, min_size=2, max_size=8, unique=True))
@example(["Jo Park hired a worker.", "Jo Park hired 21 workers."])
@example(["Jo Park hired 21 workers.", "Jo Park hired 22 workers at noon on March 3."])
@example(["Apex Steel hired Boreal Bank.", "Boreal Bank hired Apex Steel."])
@example(["Aid reached Southwest today.", "Aid reached Southwestern today."])
@example(["Today Jo Park and Lee Wong won.", "Today Jo Ann Park won.", "Today JAP won."])
def test_what_arrays_say_of_pairs_is_what_the_guards_say(texts: list[str]):
    """A pair barred by the screen is kept apart by guards, and a guard left out finds nothing."""
    comparer = open_comparer(texts)
    for pairs in comparer.find_pairs(min_likeness=0):
        verdicts = comparer.screen(pairs)
        swaps = comparer.flag_swaps(pairs.first, pairs.second)
        rows = zip(*(column.tolist() for column in (*pairs[:2], *verdicts)), strict=True)
        for at, row in enumerate(rows):
            first, second, barred, twice, rest, open_bits, *names = row
            readings = comparer._readings[first], comparer._readings[second]
            found = [told for guard in GUARDS if (told := guard(*readings))]
            assert len(found) >= barred + twice
            assert swaps[at] or guard_roles(*readings) is None
            asked = [guard(*readings) for guard in pick_guards(open_bits)]
            assert list(filter(None, asked)) == found
            doubt = Doubt(open_bits, *names)
            assert list(comparer._list_differences(first, second, doubt)) == found
            if barred:
                assert rest >= comparer.differ(first, second)[1] - 1e-9


def test_screen_settles_plain_numbers_and_dates():
    """One plain number each, or one date each, needs no guard; "over 22" does."""
    texts = ["21 died.", "22 died.", "Over 22 died.", "They died on May 3.", "They died on May 4."]
    comparer = open_comparer(texts)
    barred = set()
    for pairs in comparer.find_pairs(min_likeness=0):
        kept = pairs.keep(comparer.screen(pairs).barred)
        barred |= set(zip(kept.first.tolist(), kept.second.tolist(), strict=True))
    assert barred == {(0, 1), (3, 4)}


@settings(max_examples=30, deadline=None)
@given(st.lists(sentences, min_size=2, max_size=8, unique=True))
def test_many_pairs_are_measured_as_one_by_one(texts: list[str]):
    """Arrays measure many pairs; the likeness is the same to the last bit."""
    comparer = open_comparer(texts)
    pairs = list(combinations(range(len(texts)), 2))
    many = comparer.measure_pairs(pairs * BULK)
    assert many == [comparer.measure_likeness(*pair) for pair in pairs] * BULK


@settings(max_examples=30, deadline=None)
@given(st.lists(sentences, min_size=2, max_size=8, unique=True))
def test_many_pairs_are_barred_as_one_by_one(texts: list[str]):
    """Arrays find that some pair of many is kept apart just where the guards do."""
    comparer = open_comparer(texts)
    for pair in combinations(range(len(texts)), 2):
        many = Evidence(comparer, 0.7).bar_pairs([pair] * BULK)
        assert many == (comparer.differ(*pair)[0] is not None)


def test_all_guards_are_asked_where_nothing_is_known():
    """The bits of all guards give all guards, in their order."""
    assert pick_guards(-1) == GUARDS
    assert pick_guards(0) == ()


@pytest.mark.parametrize("pair", list(combinations(range(5), 2)))
def test_cosine_of_two_rows_is_that_of_many(pair: tuple[int, int]):
    """One pair or many at once, the cosine is the same to the last bit."""
    vectors = np.random.default_rng(0).integers(-30, 31, (5, 256)).astype(np.int8)
    many = relate_rows(vectors, [pair[0]], [pair[1]])
    assert relate_two(vectors, *pair) == many[0]
