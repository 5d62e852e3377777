"""
Measure extracted claims against gold annotations: what is found, what is right, how it reads.

    python benchmarks/extraction.py GOLD TABLE.json [TABLE.json ...] [--errors]
    python benchmarks/extraction.py --public DIR

GOLD is a folder with `mentions.jsonl` (id, doc, spans, claim, speaker,
modality, group), `tiers.jsonl` (id, tier) and `not_claims.jsonl` (doc, span);
documents are named by file name. Scoring is many to many.

By span, `claimx.evaluate` scores; what it does not measure is measured here.
By wording, a claim that is right by span must also say the mention: the local matcher finds the two
alike and nothing that keeps them apart, or three in four of the mention's
content words are in the claim (a claim is right by wording if it says a
mention, or three in four of its own words are in one). Speaker and modality
are compared on the claim that is most alike.

DIR has public sets, one JSON object a line: `text` and `gold`, a list of
`claim` and, in some, `spans`. Without spans, a gold claim is found if three in
four of its content words are in one extracted claim. Only the extractive
reader is run on them. Intervals are 95%, from 2,000 seeded resamplings.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import claimx
from claimx.ground.quality import check_claims
from claimx.language.anaphora import find_opening
from claimx.match import MatchSettings, explain_pair
from claimx.read import make_document
from claimx.records import Claim
from claimx.review.evaluate import Measure
from claimx.segment.statements import list_content
from claimx.table import ClaimTable

Spans = list[tuple[int, int]]
MOST_WORDS = 0.75
MIN_SCORE = MatchSettings().min_score
# Said of many people; they tell nobody apart.
TITLES = frozenset(
    (
        "the",
        "a",
        "an",
        "of",
        "us",
        "u.s.",
        "mr.",
        "and",
        "minister",
        "secretary",
        "defense",
        "officials",
    )
)


KINDS = {"fragment": "fragment", "unsupported": "leaked", "duplicate": "said twice"}


class Mention(NamedTuple):
    """A gold mention, or a cited claim: its document, where it stands and what it says."""

    document: str
    spans: Spans
    text: str = ""
    speaker: str | None = None
    modality: str = ""
    group: str = ""


class Scores(NamedTuple):
    """One outcome a mention or claim, 1 or 0, from which shares and intervals follow."""

    said: list[int]
    right_wording: list[int]
    speaker: list[int]
    modality: list[int]
    resolved: list[int]
    single: list[int]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON Lines file."""
    if not path.is_file():
        sys.exit(f"{path}: missing. Give the folder of the annotation.")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def overlap(a: Spans, b: Spans) -> int:
    """Count the characters in both; neither overlaps itself."""
    return sum(
        max(0, min(x_end, y_end) - max(x_start, y_start))
        for x_start, x_end in a
        for y_start, y_end in b
    )


def length(spans: Spans) -> int:
    """Count the characters of *spans*."""
    return sum(end - start for start, end in spans)


def covers(a: Mention, b: Mention) -> bool:
    """Tell whether *a* holds at least half of *b*."""
    return a.document == b.document and 2 * overlap(a.spans, b.spans) >= length(b.spans)


def share_words(part: str, whole: str) -> float:
    """Give the share of the content words of *part* that *whole* has."""
    words = list_content(part)
    return len(words & list_content(whole)) / len(words) if words else 0.0


def says(claim: str, mention: str) -> bool:
    """Tell whether *claim* says what *mention* does, and perhaps more."""
    comparison = explain_pair(claim, mention)
    alike = comparison.apart is None and comparison.score >= MIN_SCORE
    return alike or share_words(mention, claim) >= MOST_WORDS


def name_words(speaker: str | None) -> frozenset[str]:
    """List the words that tell *speaker* from others; all of them if only titles are there."""
    words = frozenset((speaker or "").lower().replace("’s", "").split())
    return words - TITLES or words


def same_speaker(a: str | None, b: str | None) -> bool:
    """Tell whether two speakers share a telling word, or are both nobody."""
    return bool(name_words(a) & name_words(b)) or a == b


def list_claims(table: ClaimTable) -> list[Mention]:
    """List the cited claims of *table*."""
    return [wrap_claim(claim) for claim in table.claims]


def wrap_claim(claim: Claim) -> Mention:
    """Make of *claim* what is compared."""
    spans = [(span.start, span.end) for span in claim.spans]
    name = Path(claim.document_id).name
    return Mention(name, spans, claim.text, claim.speaker, claim.modality)


class Gold(NamedTuple):
    """An annotation: mentions, which of them are core, and what is no claim."""

    mentions: list[Mention]
    core: list[bool]
    refused: list[Mention]


def read_gold(folder: Path) -> Gold:
    """Read the annotation in *folder*."""
    tiers = {row["id"]: row["tier"] for row in read_lines(folder / "tiers.jsonl")}
    rows = read_lines(folder / "mentions.jsonl")
    mentions = [
        Mention(
            row["doc"],
            [(start, end) for start, end in row["spans"]],
            row["claim"],
            row["speaker"],
            row["modality"],
            row["group"],
        )
        for row in rows
    ]
    refused = [
        Mention(row["doc"], [tuple(row["span"])]) for row in read_lines(folder / "not_claims.jsonl")
    ]
    return Gold(mentions, [tiers[row["id"]] == "core" for row in rows], refused)


def limit_gold(gold: Gold, table: ClaimTable) -> Gold:
    """Keep what *gold* says of the documents in *table*."""
    read = {Path(document.id).name for document in table.documents}
    kept = [
        (mention, core)
        for mention, core in zip(gold.mentions, gold.core, strict=True)
        if mention.document in read
    ]
    return Gold(
        [mention for mention, _ in kept],
        [core for _, core in kept],
        [no for no in gold.refused if no.document in read],
    )


class Errors(NamedTuple):
    """What is wrong, by kind: each a line for a reader."""

    lines: list[tuple[str, str]]

    def count(self) -> Counter[str]:
        """Count the errors of each kind."""
        return Counter(kind for kind, _ in self.lines)


def score(gold: Gold, claims: Sequence[Mention]) -> tuple[Scores, Errors]:
    """Score *claims* against *gold*, and list the errors."""
    near = [[c for c in claims if covers(c, m) or covers(m, c)] for m in gold.mentions]
    tellers = [
        [c for c in close if says(c.text, m.text)]
        for m, close in zip(gold.mentions, near, strict=True)
    ]
    errors: list[tuple[str, str]] = []
    said, speaker, modality = [], [], []
    for mention, core, telling in zip(gold.mentions, gold.core, tellers, strict=True):
        if core:
            said.append(int(bool(telling)))
            if not telling:
                errors.append(("missed", f"{mention.document[:3]}: {mention.text}"))
        if not telling:
            continue
        best = max(telling, key=lambda claim: explain_pair(claim.text, mention.text).similarity)
        modality.append(int(best.modality == mention.modality))
        if mention.speaker:
            speaker.append(int(same_speaker(best.speaker, mention.speaker)))
            if not speaker[-1]:
                line = f"{best.speaker} for {mention.speaker}: {best.text}"
                errors.append(("mis-attributed", line))
    worded, resolved, single = [], [], []
    for claim in claims:
        close = [m for m in gold.mentions if covers(claim, m) or covers(m, claim)]
        told = [m for m in close if says(claim.text, m.text)]
        worded.append(
            int(bool(told) or any(share_words(claim.text, m.text) >= MOST_WORDS for m in close))
        )
        opening = find_opening(claim.text)
        resolved.append(int(opening is None))
        single.append(int(len({m.group for m in told}) < 2))
        touched = any(covers(claim, no) or covers(no, claim) for no in gold.refused)
        where = f"{claim.document[:3]}: {claim.text}"
        if touched and not close:
            errors.append(("boilerplate", where))
        elif not worded[-1]:
            errors.append(("says something else", where))
        if opening:
            errors.append(("unresolved", where))
        if not single[-1]:
            errors.append(("merged", where))
    scores = Scores(said, worded, speaker, modality, resolved, single)
    return scores, Errors(errors)


def list_faults(table: ClaimTable) -> list[tuple[str, str]]:
    """List the claims of *table* that the checks of claimx would reject, or that leak."""
    faults = []
    for document in table.documents:
        claims = [claim for claim in table.claims if claim.document_id == document.id]
        for claim, reason, _ in check_claims(claims, document):
            leaks = any("from elsewhere" in flag.message for flag in claim.flags)
            kind = KINDS.get(reason or "") or ("leaked" if leaks else "")
            if kind:
                faults.append((kind, f"{document.id[:3]}: {claim.text}"))
    return faults


def show_share(outcomes: Sequence[int], seed: int = 0, rounds: int = 2000) -> str:
    """Say a share with its 95% bootstrap interval: ``0.85 [0.80, 0.89]``."""
    if not outcomes:
        return "-"
    chance = random.Random(seed)
    shares = sorted(
        sum(chance.choices(outcomes, k=len(outcomes))) / len(outcomes) for _ in range(rounds)
    )
    low, high = shares[int(0.025 * rounds)], shares[int(0.975 * rounds)]
    return f"{sum(outcomes) / len(outcomes):.3f} [{low:.3f}, {high:.3f}]"


MEASURES = {
    "core recall by wording": lambda s: show_share(s.said),
    "precision by wording": lambda s: show_share(s.right_wording),
    "speaker, where gold has one": lambda s: show_share(s.speaker),
    "modality": lambda s: show_share(s.modality),
    "self-contained": lambda s: show_share(s.resolved),
    "of one group only": lambda s: show_share(s.single),
    "claims": lambda s: str(len(s.resolved)),
    "claims a mention": lambda s: f"{len(s.resolved) / len(s.modality):.2f}" if s.modality else "-",
}
BY_SPAN: dict[str, Callable[[claimx.Evaluation], str]] = {
    "core recall by span": lambda one: show_measure(one.core_by_span or one.span.recall),
    "precision by span": lambda one: show_measure(one.span.precision),
    "on text that is no claim": lambda one: str(one.on_refused),
}


def show_measure(measure: Measure) -> str:
    """Say a share of `claimx.evaluate` as `show_share` does."""
    if measure.value is None:
        return "-"
    return f"{measure.value:.3f} [{measure.low or 0:.3f}, {measure.high or 0:.3f}]"


def evaluate_table(table: ClaimTable, folder: Path) -> claimx.Evaluation:
    """Evaluate *table* against what the annotation in *folder* says of its documents."""
    read = {Path(document.id).name for document in table.documents}
    gold = claimx.read_gold(folder)
    mentions = tuple(one for one in gold.mentions if one.document in read)
    refusals = tuple(one for one in gold.refusals if one.document in read)
    limited = gold.model_copy(update={"mentions": mentions, "refusals": refusals})
    return claimx.evaluate(table, limited, rounds=2000)


def compare_tables(folder: Path, paths: Sequence[Path], *, with_errors: bool) -> None:
    """Print a column for each table, and the errors by kind."""
    gold = read_gold(folder)
    tables = [ClaimTable.from_json(path.read_bytes()) for path in paths]
    results = [score(limit_gold(gold, table), list_claims(table)) for table in tables]
    print("| |", " | ".join(path.stem for path in paths), "|")
    print("|---|" + "---|" * len(paths))
    print("| prompts |", " | ".join(one.run.prompt or one.run.model for one in tables), "|")
    evaluations = [evaluate_table(table, folder) for table in tables]
    for name, show_evaluation in BY_SPAN.items():
        print(f"| {name} |", " | ".join(map(show_evaluation, evaluations)), "|")
    for name, show in MEASURES.items():
        print(f"| {name} |", " | ".join(show(scores) for scores, _ in results), "|")
    for table, (_, errors) in zip(tables, results, strict=True):
        errors.lines.extend(list_faults(table))
    counts = [errors.count() for _, errors in results]
    for kind in sorted(set().union(*counts)):
        print(f"| {kind} |", " | ".join(str(count[kind]) for count in counts), "|")
    if with_errors:
        for path, (_, errors) in zip(paths, results, strict=True):
            for kind, line in sorted(errors.lines):
                print(f"{path.stem}\t{kind}\t{line}")


def find_public(rows: Iterable[dict[str, Any]]) -> tuple[list[int], int]:
    """Read each text of *rows*; say which gold claims were found, and how many were extracted."""
    found: list[int] = []
    claims = 0
    for row in rows:
        document = make_document(row["text"], row["doc"])
        said = list_claims(claimx.extract(document, model="extractive"))
        claims += len(said)
        for gold in row["gold"]:
            spans = [(start, end) for start, end in gold.get("spans") or []]
            mention = Mention(Path(document.id).name, spans)
            if spans:
                found.append(int(any(covers(claim, mention) for claim in said)))
            else:
                hits = (share_words(gold["claim"], claim.text) >= MOST_WORDS for claim in said)
                found.append(int(any(hits)))
    return found, claims


def measure_public(folder: Path) -> None:
    """Print one row for each public set in *folder*."""
    print("| set | gold claims | recall | by | claims |")
    print("|---|---|---|---|---|")
    for path in sorted(folder.glob("extraction_*.jsonl")):
        rows = read_lines(path)
        found, claims = find_public(rows)
        by = "span" if any(gold.get("spans") for row in rows for gold in row["gold"]) else "words"
        name = path.stem.removeprefix("extraction_")
        print(f"| {name} | {len(found)} | {show_share(found)} | {by} | {claims} |")


def main() -> None:
    """Read the arguments and print what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path, nargs="?")
    parser.add_argument("tables", type=Path, nargs="*")
    parser.add_argument("--errors", action="store_true", help="list every error after the table")
    parser.add_argument("--public", type=Path, help="folder of the public sets")
    given = parser.parse_args()
    if given.public:
        measure_public(given.public)
    if given.gold:
        compare_tables(given.gold, given.tables, with_errors=given.errors)


if __name__ == "__main__":
    main()
