from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimx.match.embed import relate_rows, relate_two
from claimx.match.guards import GUARDS, list_differences
from claimx.match.matching import open_comparer
from claimx.match.screen import pick_guards

PARTS = {
    "who": ["Apex Steel", "Boreal Bank", "Jo Park (JP)", "Jo Park", "JP", "the firm", "Japan"],
    "verb": ["fired", "hired", "did not hire", "plans to hire", "hired and then fired"],
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
    "count": ["people", "workers", "a worker", "million", "", "7 men and 8 women", "workers"],
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
    "where": ["in Tokyo", "in Paris", "near Lake Holm", "at noon", ""],
}
sentences = st.builds(
    lambda *parts: " ".join(parts) + ".", *(st.sampled_from(part) for part in PARTS.values())
)


@settings(max_examples=60, deadline=None)
@given(st.lists(sentences, min_size=2, max_size=8, unique=True))
@example(["Jo Park hired a worker.", "Jo Park hired 21 workers."])
@example(["Jo Park hired 21 workers.", "Jo Park hired 22 workers at noon on March 3."])
def test_what_arrays_say_of_pairs_is_what_the_guards_say(texts: list[str]):
    """A pair barred by the screen is kept apart by guards, and a guard left out finds nothing."""
    comparer = open_comparer(texts)
    for pairs in comparer.find_pairs(min_likeness=0):
        verdicts = comparer.screen(pairs)
        rows = zip(*(column.tolist() for column in (*pairs[:2], *verdicts)), strict=True)
        for first, second, barred, twice, rest, open_bits in rows:
            readings = comparer._readings[first], comparer._readings[second]
            found = list(list_differences(*readings))
            assert len(found) >= barred + twice
            asked = [guard(*readings) for guard in pick_guards(open_bits)]
            assert list(filter(None, asked)) == found
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
