"""
Time what is done with a finished table: load, verify, show, diff, and every form it is written in.

    python benchmarks/outputs.py [CITATIONS]

Makes a table over invented articles in a temporary folder; times are CPU seconds.
"""

import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from claimx.read import read_documents
from claimx.records import Alignment, Claim, Document, Run, Span, content_id
from claimx.render import FORMATS, render_table
from claimx.review.diff import diff
from claimx.review.show import show
from claimx.review.verify import verify
from claimx.table import ClaimTable, build_table, load_table

_WORDS = ("costs", "sales", "plant", "Oslo", "May", "police", "rain", "fell", "rose", "said", "21")
_SENTENCES = 200


class Group(NamedTuple):
    """A group as the matcher gives it."""

    claim: Claim
    claims: list[Claim]


def make_articles(folder: Path, count: int) -> tuple[Document, ...]:
    """Write *count* articles and read them."""
    rng = random.Random(1)
    for number in range(count):
        sentences = (
            " ".join(rng.choices(_WORDS, k=rng.randint(8, 24))).capitalize() + "."
            for _ in range(_SENTENCES)
        )
        text = "".join(one + rng.choice((" ", " ", "\n\n")) for one in sentences)
        (folder / f"{number:04}.txt").write_text(text + "\n")
    return read_documents([folder]).documents


def make_claims(document: Document) -> list[Claim]:
    """Make a claim of every sentence."""
    return [
        Claim(
            id=content_id(document.id, str(match.start())),
            document_id=document.id,
            text=match[0],
            quote=match[0],
            alignment=Alignment(
                status="exact", spans=(Span(start=match.start(), end=match.end()),), score=1
            ),
        )
        for match in re.finditer(r"\S[^.]*\.", document.text)
    ]


def make_table(documents: tuple[Document, ...]) -> ClaimTable:
    """Group the claims of all documents by twos, whatever they say."""
    claims = [claim for document in documents for claim in make_claims(document)]
    random.Random(2).shuffle(claims)
    groups = [Group(claims[at], claims[at : at + 2]) for at in range(0, len(claims), 2)]
    return build_table(documents, groups, [], [], [], Run(claimx_version="0", model="none"))


def report(name: str, work: Callable[[], Any]) -> Any:
    """Time *work*, print the time, and give what came of it."""
    begin = time.process_time()
    result = work()
    print(f"| {name} | {time.process_time() - begin:.2f} |", flush=True)
    return result


def main(citations: int) -> None:
    """Time everything once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = make_table(make_articles(folder, -(-citations // _SENTENCES)))
        print(f"{len(table.claims):,} citations in {len(table.documents)} documents\n")
        print("| step | CPU seconds |\n|---|---|")
        path = folder / ".table.json"
        path.write_text(table.to_json(), "utf-8")
        loaded = report("load", lambda: load_table(path))
        report("verify, nothing changed", lambda: verify(loaded))
        for one in folder.glob("*.txt"):
            one.write_text("New on top.\n" + one.read_text().replace(" Oslo", " Bergen"))
        changed = report("verify, every file changed", lambda: verify(loaded))
        report("diff with itself", lambda: diff(table, loaded))
        report("show", lambda: show(table))
        for known in FORMATS:
            report(known.name, lambda known=known: render_table(table, known.name))
        print(f"\nafter the change: {changed.counts()}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
