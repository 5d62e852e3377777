import json
import random
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimx.errors import InputError
from claimx.records import Span
from claimx.review.evaluate import Evaluation, Gold, Mention, compare_groupings, evaluate, read_gold
from claimx.review.evaluate.bootstrap import Bootstrap
from claimx.review.evaluate.gold import Refusal
from claimx.review.evaluate.links import Stretch, measure_overlaps
from claimx.table import ClaimTable
from tests.support.command import claimx
from tests.support.tables import make_claim, make_document, make_group, make_table

TEXT = "Costs rose 4% in May. Ann Lie said sales fell. Read more here. It rained in Oslo.\n"
FIRST, SECOND = make_document(TEXT, "in/a.txt"), make_document(TEXT, "in/b.txt")


def mention(
    name: str, quote: str, claim: str = "", document: str = "a.txt", **fields: Any
) -> Mention:
    """Make a mention of the first *quote* in the article."""
    start = TEXT.index(quote)
    fields = {"group": name, "quotes": (quote,)} | fields
    spans = (Span(start=start, end=start + len(quote)),)
    return Mention(id=name, document=document, claim=claim or quote, spans=spans, **fields)


def claims(*groups: tuple[str, ...]) -> ClaimTable:
    """Make a table of groups of quotes of the first article."""
    return make_table(
        [FIRST, SECOND],
        [make_group(*(make_claim(FIRST, quote) for quote in quotes)) for quotes in groups],
    )


def score(table: ClaimTable, *mentions: Mention, **fields: Any) -> Evaluation:
    """Evaluate with few rounds, as most tests look at the value alone."""
    return evaluate(table, Gold(mentions=mentions, **fields), rounds=20)


COSTS = mention("costs", "Costs rose 4% in May.")
SALES = mention("sales", "sales fell")
RAIN = mention("rain", "It rained in Oslo.")


def test_perfect_table_is_perfect() -> None:
    found = score(claims(("Costs rose 4% in May.",), ("sales fell",)), COSTS, SALES)
    for scores in (found.span, found.wording, found.bcubed):
        assert (scores.precision.value, scores.recall.value, scores.f1.value) == (1, 1, 1)
    assert (found.exact.value, found.overlap.value) == (1, 1)


def test_recall_counts_mentions_and_precision_claims() -> None:
    table = claims(("Costs rose 4% in May.",), ("Read more",), ("here.",))
    found = score(table, COSTS, SALES)
    assert (found.span.recall.value, found.span.recall.of) == (1 / 2, 2)
    assert (found.span.precision.value, found.span.precision.of) == (1 / 3, 3)
    assert found.span.f1.value == pytest.approx(2 / 5)


def test_one_claim_finds_every_mention_it_covers() -> None:
    whole = "Costs rose 4% in May. Ann Lie said sales fell."
    found = score(claims((whole,)), COSTS, SALES)
    assert (found.span.recall.value, found.span.precision.value) == (1, 1)
    assert found.overlap.value == pytest.approx(len(COSTS.quotes[0]) / len(whole))


@pytest.mark.parametrize(
    ("quote", "recall", "precision"),
    [
        ("Costs rose", 0, 1),  # less than half of the mention, but inside it
        ("Costs rose 4%", 1, 1),
        ("in May. Ann", 0, 1),  # more than half of the claim is inside
        ("May. Ann Lie said", 0, 0),  # less than half either way
    ],
)
def test_half_of_a_mention_must_be_cited(quote: str, recall: int, precision: int) -> None:
    found = score(claims((quote,)), COSTS)
    assert (found.span.recall.value, found.span.precision.value) == (recall, precision)


def test_wording_counts_in_the_same_document_and_with_the_same_numbers() -> None:
    table = claims(("Costs rose 4% in May.",))
    reworded = mention("x", "It rained", "In May, costs rose by 4 percent.")
    assert score(table, reworded).wording.recall.value == 1
    assert score(table, reworded).span.recall.value == 0
    other = mention("x", "It rained", "In May, costs rose by 5 percent.")
    assert score(table, other).wording.recall.value == 0
    elsewhere = mention("x", "It rained", "In May, costs rose by 4 percent.", "b.txt")
    assert score(table, elsewhere, COSTS).wording.recall.value == 1 / 2


def test_core_has_a_recall_of_its_own() -> None:
    table = claims(("Costs rose 4% in May.",))
    aside = mention("sales", "sales fell", is_core=False)
    found = score(table, COSTS, aside, has_tiers=True)
    assert found.core_by_span is not None
    assert (found.core_by_span.value, found.span.recall.value) == (1, 1 / 2)
    assert score(table, COSTS, aside).core_by_span is None


def test_claims_on_refused_text_are_counted_unless_they_are_right() -> None:
    start = TEXT.index("Read")
    refused = Refusal(document="a.txt", span=Span(start=start, end=start + 15))
    table = claims(("Read more here.",), ("It rained in Oslo.",), ("Costs rose",))
    assert score(table, COSTS, refusals=(refused,)).on_refused == 1
    right = mention("more", "Read more here.")
    assert score(table, COSTS, right, refusals=(refused,)).on_refused == 0


def test_grouping_is_judged_over_claims_that_state_a_mention() -> None:
    one, two = mention("1", "Costs rose", group="g"), mention("2", "It rained", group="g")
    apart = claims(("Costs rose",), ("It rained",), ("Read more",))
    assert score(apart, one, two).bcubed.recall.value == 1 / 2
    assert score(apart, one, two).bcubed.precision.of == 2
    assert score(apart, one, two).pairs.recall.value == 0
    joined = claims(("Costs rose", "It rained"))
    assert score(joined, one, two).pairs.f1.value == 1
    assert score(joined, COSTS, RAIN).bcubed.precision.value == 1 / 2


def test_documents_are_counted_that_only_one_side_has() -> None:
    """An annotated document that was not read is missed; one not annotated is not judged."""
    table = make_table([SECOND], [make_group(make_claim(SECOND, "Costs rose"))])
    found = score(table, COSTS)
    assert (found.absent, found.unjudged, found.span.recall.value) == (("a.txt",), 1, 0)
    assert found.span.precision.value is None


@pytest.mark.parametrize("name", ["a.txt", "in/a.txt"])
def test_documents_go_by_their_id_or_the_name_of_their_file(name: str) -> None:
    found = score(claims(("Costs rose",)), mention("m", "Costs rose", document=name))
    assert (found.span.f1.value, found.absent) == (1, ())


def test_table_and_annotation_without_claims_have_nothing_to_count() -> None:
    found = score(claims())
    assert found.span.f1.value is found.bcubed.f1.value is found.exact.value is None
    assert "precision                  -  " in found.to_text()


def test_annotation_of_another_text_is_refused() -> None:
    moved = COSTS.model_copy(update={"spans": (Span(start=1, end=22),)})
    with pytest.raises(InputError) as caught:
        score(claims(("Costs rose",)), moved)
    assert str(caught.value) == (
        "costs: 'Costs rose 4% in May.' should stand at 1:22 of a.txt, but "
        "'osts rose 4% in May. ' does. The annotation is of another text."
    )


def test_intervals_are_the_same_every_time_and_hold_the_value() -> None:
    outcomes = [(1, 1)] * 30 + [(0, 1)] * 10
    first, second = (Bootstrap(1000, 7).measure(outcomes) for _ in range(2))
    assert first == second
    assert first.value == 0.75
    assert first.low is not None
    assert first.high is not None
    # the normal approximation gives 0.62 and 0.88
    assert 0.58 < first.low < 0.66
    assert 0.84 < first.high < 0.92
    shares = [(at / 100, 1) for at in range(100)]
    assert Bootstrap(50, 7).measure(shares) != Bootstrap(50, 8).measure(shares)


# What the definitions say, by brute force

labels = st.integers(1, 4)
items = st.lists(st.tuples(st.frozensets(labels, min_size=1, max_size=2), labels), min_size=1)


@given(items)
def test_grouping_is_as_defined(items: list[tuple[frozenset[int], int]]) -> None:
    gold, found = [one for one, _ in items], [one for _, one in items]
    scores = compare_groupings(gold, found)
    pairs = list(combinations(range(len(items)), 2))
    same_gold = {pair for pair in pairs if gold[pair[0]] & gold[pair[1]]}
    same_found = {pair for pair in pairs if found[pair[0]] == found[pair[1]]}
    both = 2 * len(same_gold & same_found)
    assert [sum(column) for column in zip(*scores.pair_precision, strict=True)] == [
        both,
        2 * len(same_found),
    ]
    assert [sum(column) for column in zip(*scores.pair_recall, strict=True)] == [
        both,
        2 * len(same_gold),
    ]
    for at, (share, _) in enumerate(scores.bcubed_precision):
        mates = [other for other in range(len(items)) if found[other] == found[at]]
        right = [other for other in mates if gold[other] & gold[at]]
        assert share == len(right) / len(mates)


@given(st.integers(0, 1000))
def test_overlaps_are_those_of_every_pair(seed: int) -> None:
    chance = random.Random(seed)

    def make(count: int) -> list[Stretch]:
        starts = [chance.sample(range(0, 60, 10), chance.randint(1, 3)) for _ in range(count)]
        return [
            Stretch(
                chance.choice("ab"),
                [Span(start=at, end=at + chance.randint(1, 10)) for at in sorted(own)],
            )
            for own in starts
        ]

    some, others = make(6), make(6)
    expected = {}
    for i, one in enumerate(some):
        for j, other in enumerate(others):
            mine, theirs = (
                {at for span in it.spans for at in range(span.start, span.end)}
                for it in (one, other)
            )
            if one.document == other.document and mine & theirs:
                expected[i, j] = len(mine & theirs)
    assert measure_overlaps(some, others) == expected


# Files and the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a table and its annotation."""
    (tmp_path / "t.json").write_text(claims(("Costs rose 4% in May.",), ("Read more",)).to_json())
    gold = tmp_path / "gold"
    gold.mkdir()
    rows = [
        {"id": one.id, "doc": one.document, "claim": one.claim, "group": one.group, "more": 1}
        | {"spans": [[span.start, span.end] for span in one.spans], "quotes": one.quotes}
        for one in (COSTS, SALES)
    ]
    (gold / "mentions.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    return tmp_path


def test_annotation_is_read_with_and_without_its_optional_files(folder: Path) -> None:
    assert read_gold(folder / "gold") == Gold(mentions=(COSTS, SALES))
    (folder / "gold" / "tiers.jsonl").write_text('{"id": "sales", "tier": "background"}\n')
    (folder / "gold" / "not_claims.jsonl").write_text('{"doc": "a.txt", "span": [0, 5]}\n')
    gold = read_gold(folder / "gold")
    assert [one.is_core for one in gold.mentions] == [True, False]
    assert gold.has_tiers
    assert gold.refusals == (Refusal(document="a.txt", span=Span(start=0, end=5)),)


def test_command_writes_a_number_a_line(folder: Path) -> None:
    result = claimx("eval", "t.json", "gold", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1:4] == [
        ["claims", "by", "span"],
        ["precision", "0.500", "0.000", "-", "1.000", "2"],
        ["recall", "0.500", "0.000", "-", "1.000", "2"],
    ]
    assert result.stdout.endswith("intervals: bootstrap, 1000 rounds, seed 0\n")


def test_command_writes_json_that_is_the_same_every_time(folder: Path) -> None:
    args = ["eval", "t.json", "gold", "-f", "json", "--seed", "3", "--rounds", "50"]
    first, second = (claimx(*args, cwd=folder).stdout for _ in range(2))
    assert first == second
    plain = json.loads(first)
    assert plain["span"]["f1"]["value"] == 0.5
    assert (plain["seed"], plain["rounds"]) == (3, 50)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "mentions.jsonl, line 1: the whole: Invalid JSON: "),
        ("[]", "mentions.jsonl, line 1: the whole: "),
        ('{"id": "m"}', "mentions.jsonl, line 1: doc: Field required. See docs/gold.md."),
        (
            '{"id":"m","doc":"a","claim":"c","group":"g","spans":[]}',
            "mentions.jsonl, line 1: spans",
        ),
        (
            '{"id":"m","doc":"a","claim":"c","group":"g","spans":[[5,5]]}',
            "mentions.jsonl, line 1: spans.0: ",
        ),
        (
            '{"id":"m","doc":"a","claim":"c","group":"g","spans":[5]}',
            "mentions.jsonl, line 1: spans.0: ",
        ),
        (
            '{"id":"m","doc":"a","claim":"c","group":"g","spans":[[]]}',
            "mentions.jsonl, line 1: spans.0: ",
        ),
    ],
)
def test_line_that_is_no_mention_is_named(folder: Path, line: str, message: str) -> None:
    (folder / "gold" / "mentions.jsonl").write_text(line)
    result = claimx("eval", "t.json", "gold", cwd=folder)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"claimx: gold/{message}")
    assert len(result.stderr.splitlines()) == 1


def test_folder_without_annotation_is_named(folder: Path) -> None:
    result = claimx("eval", "t.json", "nowhere", cwd=folder)
    assert result.returncode == 1
    assert result.stderr == (
        "claimx: nowhere/mentions.jsonl: cannot be read (No such file or directory). Give the "
        "folder of a gold annotation.\n"
    )
