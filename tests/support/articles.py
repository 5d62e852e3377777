"""Articles that share sentences, and answers about them as a model would give them."""

import random
import re
from pathlib import Path
from typing import Any

import claimx
from tests.support.server import claims, serve

SENTENCES = [
    "Acme opened a plant in Oslo on Monday.",
    "The plant employs 300 people.",
    "Mayor Lie praised the plant on Tuesday.",
    "Bolt closed its factory in Rome in May.",
    "The strike in Rome lasted 12 days.",
    "Norway paid 40 million euros for the plant.",
]


def answer_from(body: dict[str, Any]) -> dict[str, Any]:
    """Answer as a model would: one claim of each numbered sentence, word for word."""
    user = body["messages"][1]["content"]
    numbered = re.findall(r"^\[?(\d+)\]?[.:)]? (.+)$", user, flags=re.MULTILINE)
    return claims(
        *(
            {
                "sentences": [int(number)],
                "quote": text,
                "speaker": None,
                "claim": text,
                "modality": "asserted",
            }
            for number, text in numbered
        )
    )


def write_articles(folder: Path, count: int = 4) -> Path:
    """Write articles that share sentences, so that there is something to group."""
    chance = random.Random(7)
    folder.mkdir(exist_ok=True)
    for number in range(count):
        text = " ".join(chance.sample(SENTENCES, 4))
        (folder / f"{number}.txt").write_text(f"{text} Outlet {number} reported this.")
    return folder


def extract(folder: Path, script: Any, **options: Any) -> tuple[claimx.ClaimTable, int]:
    with serve(script) as server:
        table = claimx.extract(
            folder,
            **{
                "model": "m",
                "strategy": "window",
                "base_url": server.url,
                "cache": None,
                "segment_tokens": 20,
            }
            | options,
        )
        return table, len(server.requests)
