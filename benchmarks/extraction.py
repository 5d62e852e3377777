"""
Measure extracted spans against a gold annotation: recall of mentions, precision of claims.

    python benchmarks/extraction.py GOLD TABLE.json [TABLE.json ...]

GOLD is a folder with `mentions.jsonl` (id, doc, spans), `tiers.jsonl` (id,
tier) and `not_claims.jsonl` (doc, span); documents are named by file name.
Scoring is many to many: a mention is found if some claim's citations cover
half of its characters; a claim is right if it finds a mention of any tier, or
half of it lies inside one; it is serious if it touches text marked as no claim
and no mention. Intervals are 95%, from 2,000 seeded resamplings.
"""

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from claimx.table import ClaimTable

Spans = list[tuple[int, int]]


class Mention(NamedTuple):
    """A gold mention, or a cited claim: its document and where it stands."""

    document: str
    spans: Spans


class Scores(NamedTuple):
    """One outcome a mention or claim, 1 or 0, from which shares and intervals follow."""

    found_core: list[int]
    found_all: list[int]
    right: list[int]
    serious: int


def read_lines(path: Path) -> list[dict[str, object]]:
    """Read a JSON Lines file."""
    if not path.is_file():
        sys.exit(f"{path}: missing. Give the folder of the gold annotation.")
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


def list_claims(table: ClaimTable) -> list[Mention]:
    """List the cited claims of *table*."""
    return [
        Mention(Path(claim.document_id).name, [(span.start, span.end) for span in claim.spans])
        for claim in table.claims
    ]


def score(gold: Path, claims: Sequence[Mention]) -> Scores:
    """Score *claims* against the annotation in *gold*."""
    tiers = {row["id"]: row["tier"] for row in read_lines(gold / "tiers.jsonl")}
    rows = read_lines(gold / "mentions.jsonl")
    mentions = [Mention(row["doc"], [tuple(span) for span in row["spans"]]) for row in rows]
    refused = [
        Mention(row["doc"], [tuple(row["span"])]) for row in read_lines(gold / "not_claims.jsonl")
    ]
    found = [int(any(covers(claim, mention) for claim in claims)) for mention in mentions]
    right = [
        int(any(covers(claim, mention) or covers(mention, claim) for mention in mentions))
        for claim in claims
    ]
    serious = sum(
        not ok and any(covers(claim, no) or covers(no, claim) for no in refused)
        for claim, ok in zip(claims, right, strict=True)
    )
    core = [hit for hit, row in zip(found, rows, strict=True) if tiers[row["id"]] == "core"]
    return Scores(core, found, right, serious)


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


def main(gold: Path, tables: Sequence[Path]) -> None:
    """Print one row a table."""
    print("| table | model | claims | recall, core | recall, all | precision | serious |")
    print("|---|---|---|---|---|---|---|")
    for path in tables:
        table = ClaimTable.from_json(path.read_bytes())
        result = score(gold, list_claims(table))
        print(
            f"| {path.name} | {table.run.model} | {len(result.right)} "
            f"| {show_share(result.found_core)} | {show_share(result.found_all)} "
            f"| {show_share(result.right)} | {result.serious} |"
        )


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
