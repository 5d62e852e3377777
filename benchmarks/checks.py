"""
Measure what the checks do to right claims, and whether they catch wrong ones.

    python benchmarks/checks.py --topics DIR... --pairs FILE...

DIR holds ``articles/`` and ``mentions.jsonl``: claims written down by hand (doc, claim,
quotes, speaker, modality), which are sent through the checks as if a model had proposed
them. FILE is a table with tabs of a claim, the words it cites (``source``) and a ``label``,
faithful or unfaithful. What is not given, or not there, is said and left out.
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import claimx
from claimx.assess import assess_proposals
from claimx.extract import Proposal
from claimx.records import Claim, Document

Row = dict[str, Any]
_ELLIPSIS = " ... "


def check_topic(folder: Path) -> Counter[str]:
    """Count what became of the right claims in *folder*, of their speakers and modality."""
    counts: Counter[str] = Counter()
    documents = {
        Path(one.id).name: one for one in claimx.read_documents(folder / "articles").documents
    }
    by_document = defaultdict(list)
    for line in (folder / "mentions.jsonl").read_text("utf-8").splitlines():
        mention = json.loads(line)
        by_document[mention["doc"]].append(mention)
    for name, mentions in by_document.items():
        counts.update(_check_document(documents[name], mentions))
    return counts


def _check_document(document: Document, mentions: list[Row]) -> Counter[str]:
    proposals = (
        Proposal(
            document_id=document.id,
            segment=0,
            claim=one["claim"],
            quote=_ELLIPSIS.join(one["quotes"]),
            near=(),
            speaker=one["speaker"],
            modality=one["modality"],
        )
        for one in mentions
    )
    kept: dict[str, Claim] = {}
    for claim in assess_proposals(document, proposals).claims:
        kept.setdefault(claim.text, claim)
    counts = Counter(claims=len(mentions))
    for mention in mentions:
        found = kept.get(mention["claim"])
        counts.update(["rejected"] if found is None else _compare(found, mention))
    return counts


def _compare(claim: Claim, mention: Row) -> list[str]:
    """List what *claim*, which stood the checks, shares with *mention* and what it lost."""
    seen = []
    if claim.flags:
        seen.append("flagged")
    if claim.modality == mention["modality"]:
        seen.append("modality")
    if mention["speaker"]:
        seen.append("speakers")
        if claim.speaker is None:
            seen.append("lost")
        elif not _list_words(claim.speaker) & _list_words(mention["speaker"]):
            seen.append("replaced")
    return seen


def _list_words(speaker: str) -> set[str]:
    return set(speaker.lower().replace("’", "'").replace("'s", "").split())


def check_pairs(path: Path) -> dict[str, tuple[int, int]]:
    """Count for each label of *path* the claims that are flagged, of how many."""
    flagged = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            flags = claimx.ground_claim(row["claim"], row["source"], row["source"])
            flagged[row["label"]].append(bool(flags))
    return {label: (sum(seen), len(seen)) for label, seen in sorted(flagged.items())}


def main() -> None:
    """Print one table of the topics and one of the pairs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--topics", nargs="*", type=Path, default=[])
    parser.add_argument("--pairs", nargs="*", type=Path, default=[])
    arguments = parser.parse_args()
    print("| topic | claims | rejected | flagged | modality kept | speakers | lost | replaced |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in arguments.topics:
        if not (folder / "mentions.jsonl").is_file() or not (folder / "articles").is_dir():
            print(f"| {folder.name}: not there, left out |")
            continue
        seen = check_topic(folder)
        cells = ("claims", "rejected", "flagged", "modality", "speakers", "lost", "replaced")
        print(f"| {folder.name} | {' | '.join(str(seen[cell]) for cell in cells)} |")
    print("\n| pairs | label | flagged | of |\n|---|---|---|---|")
    for path in arguments.pairs:
        if not path.is_file():
            print(f"| {path.name}: not there, left out |")
            continue
        for label, (count, total) in check_pairs(path).items():
            print(f"| {path.name} | {label} | {count} | {total} |")


if __name__ == "__main__":
    main()
